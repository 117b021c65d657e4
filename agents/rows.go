package agents

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Rows lists the rows of a table in one state, by number, at most limit.
func (g *Register) Rows(ctx context.Context, a *Agent, batch int64, state string, limit int) ([]Row, error) {
	var rows []struct {
		N         int    `bun:"n"`
		State     string `bun:"state"`
		Mark      []byte `bun:"mark"`
		RequestID int64  `bun:"request_id"`
		Sealed    []byte `bun:"sealed"`
	}
	err := g.db.Read().NewSelect().TableExpr("agent_batch_rows AS w").Column("w.n", "w.state", "w.mark", "w.request_id", "w.sealed").
		Join("JOIN agent_batches b ON b.id = w.batch_id").Where("w.batch_id = ? AND b.agent_id = ? AND w.state = ?", batch, a.ID, state).
		Order("w.n").Limit(int64(limit)).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	list := make([]Row, len(rows))
	for i, r := range rows {
		list[i] = Row{N: r.N, State: r.State, Mark: r.Mark, RequestID: r.RequestID}
		if list[i].Content, err = a.open("batch/row", r.Sealed); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// RowDone notes what became of a row that waited. What it said is forgotten
// once it is a request, and kept with its faults while it has to be mended.
func (g *Register) RowDone(ctx context.Context, a *Agent, batch int64, r Row) error {
	var sealed []byte
	if r.State == RowBad {
		var err error
		if sealed, err = a.seal("batch/row", r.Content); err != nil {
			return err
		}
	}
	return g.write(ctx, "UPDATE agent_batch_rows SET state = ?, request_id = ?, sealed = ? WHERE batch_id = ? AND n = ? AND state = 'waiting'", r.State, r.RequestID, sealed, batch, r.N)
}

// KnownRows says which of the given marks rows of tables sent since an instant
// bear that became requests or are about to. A mark holds the agent, so it finds
// no other's rows.
func (g *Register) KnownRows(ctx context.Context, since time.Time, marks [][]byte) (map[string]bool, error) {
	known := map[string]bool{}
	for from := 0; from < len(marks); from += rowsAtOnce {
		var found [][]byte
		err := g.db.Read().NewSelect().TableExpr("agent_batch_rows AS w").Column("w.mark").Join("JOIN agent_batches b ON b.id = w.batch_id").
			Where("w.state IN ('waiting', 'received') AND b.created_at > ? AND w.mark IN ?", cut(since), bun.Tuple(marks[from:min(from+rowsAtOnce, len(marks))])).Scan(ctx, &found)
		if err != nil {
			return nil, err
		}
		for _, mark := range found {
			known[string(mark)] = true
		}
	}
	return known, nil
}

// FinishBatch notes that no row of a table waits any more, and writes what
// follows along. false means that it had been noted before, or that rows wait.
func (g *Register) FinishBatch(ctx context.Context, now time.Time, batch int64, along Along) (first bool, err error) {
	err = g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := changed(database.Exec(ctx, tx, `UPDATE agent_batches SET state = 'done', finished_at = ? WHERE id = ? AND state = 'running'
			AND NOT EXISTS (SELECT 1 FROM agent_batch_rows w WHERE w.batch_id = agent_batches.id AND w.state = 'waiting')`, cut(now), batch))
		if first = n > 0; err != nil || !first {
			return err
		}
		return along(ctx, tx)
	})
	return first, err
}

// Unconfirmed lists the requests of a table about which its letter has not told
// their clocks yet, at most limit.
func (g *Register) Unconfirmed(ctx context.Context, batch int64, limit int) (list []int64, err error) {
	err = g.db.Read().NewSelect().Table("agent_batch_rows").Column("request_id").Where("batch_id = ? AND state = 'received' AND NOT confirmed", batch).
		Order("n").Limit(int64(limit)).Scan(ctx, &list)
	return list, err
}

// Confirmed notes that a request's clocks know of the table's letter.
func (g *Register) Confirmed(ctx context.Context, batch, request int64) error {
	return g.write(ctx, "UPDATE agent_batch_rows SET confirmed = ? WHERE batch_id = ? AND request_id = ?", true, batch, request)
}

// ClearBad takes the rows that need mending away, with what they say.
func (g *Register) ClearBad(ctx context.Context, a *Agent, batch int64) error {
	return g.write(ctx, `UPDATE agent_batch_rows SET state = 'cleared', sealed = NULL WHERE state = 'bad' AND batch_id IN
		(SELECT id FROM agent_batches WHERE id = ? AND agent_id = ?)`, batch, a.ID)
}

// How long things are kept that nobody needs any more.
const (
	badRowsKept  = 90 * 24 * time.Hour // rows nobody mended
	linksKept    = 30 * 24 * time.Hour // links that have ended, so that their page can say so
	unprovedKept = 24 * time.Hour      // agents without a link who never proved their mailbox
)

// Sweep takes away what nobody needs any more: rows that were not mended, links
// that ended long ago, and who was never heard of again after they typed an
// address.
func (g *Register) Sweep(ctx context.Context, now time.Time) error {
	now = cut(now)
	// r.agent_id <> 0 is the condition of the index: SQLite wants to read it.
	const idle = `SELECT id FROM agents WHERE proved_at IS NULL AND created_at < ?
		AND NOT EXISTS (SELECT 1 FROM agent_links l WHERE l.agent_id = agents.id)
		AND NOT EXISTS (SELECT 1 FROM requests r WHERE r.agent_id = agents.id AND r.agent_id <> 0)`
	for _, s := range []struct {
		statement string
		before    time.Time
	}{
		{"UPDATE agent_batch_rows SET state = 'cleared', sealed = NULL WHERE state = 'bad' AND batch_id IN (SELECT id FROM agent_batches WHERE created_at < ?)", now.Add(-badRowsKept)},
		{"DELETE FROM agent_links WHERE expires_at < ?", now.Add(-linksKept)},
		{"DELETE FROM agent_letters WHERE agent_id IN (" + idle + ")", now.Add(-unprovedKept)},
		{"DELETE FROM agents WHERE id IN (" + idle + ")", now.Add(-unprovedKept)},
	} {
		if err := g.write(ctx, s.statement, s.before); err != nil {
			return err
		}
	}
	return nil
}
