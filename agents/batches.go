package agents

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// The states of a row of a table.
const (
	RowWaiting  = "waiting"  // not looked at yet
	RowReceived = "received" // it became a request
	RowAgain    = "again"    // it had become one before
	RowBad      = "bad"      // the agent has something to mend in it
	RowCleared  = "cleared"  // it was bad, and the agent took it away
)

// Batch is a table of requests that an agent sent in one file.
type Batch struct {
	ID         int64
	AgentID    int64
	Hash       []byte // SHA-256 of the file
	Language   string // the agent's, for its letters
	CreatedAt  time.Time
	FinishedAt time.Time // zero while it is worked on
	Rows       int
	Name       string         // of the file
	Unused     []string       // headings nobody here knows
	Count      map[string]int // rows by state
}

// Running reports whether rows wait to be received.
func (b *Batch) Running() bool { return b.FinishedAt.IsZero() }

// Done counts the rows that need no more work.
func (b *Batch) Done() int { return b.Rows - b.Count[RowWaiting] }

// Row is one row of a table.
type Row struct {
	N         int // as a spreadsheet counts: the header is row 1
	State     string
	Mark      []byte // blind index of what it says
	RequestID int64  // what it became
	Content   []byte // as the caller wrote it; nil once it became a request
}

// sealedBatch is what is sealed of a table as a whole.
type sealedBatch struct {
	Name   string   `json:"name"`
	Unused []string `json:"unused,omitempty"`
}

type batchRow struct {
	bun.BaseModel `bun:"table:agent_batches,alias:b"`

	ID         int64        `bun:"id,pk"`
	AgentID    int64        `bun:"agent_id"`
	Hash       []byte       `bun:"hash"`
	Language   string       `bun:"language"`
	RowCount   int          `bun:"row_count"`
	CreatedAt  time.Time    `bun:"created_at"`
	FinishedAt bun.NullTime `bun:"finished_at"`
	Sealed     []byte       `bun:"sealed"`
}

// KeepBatch keeps a table with its rows, and writes what follows along, with the
// table's number. The same file sent before is that table: again is true and
// nothing is written.
func (g *Register) KeepBatch(ctx context.Context, now time.Time, a *Agent, b *Batch, rows []Row, along func(ctx context.Context, tx bun.Tx, id int64) error) (id int64, again bool, err error) {
	plain, err := json.Marshal(sealedBatch{b.Name, b.Unused})
	if err != nil {
		return 0, false, err
	}
	sealed, err := a.seal("batch", plain)
	if err != nil {
		return 0, false, err
	}
	contents := make([][]byte, len(rows))
	for i := range rows {
		if contents[i], err = a.seal("batch/row", rows[i].Content); err != nil {
			return 0, false, err
		}
	}
	err = g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := database.Row(ctx, tx, []any{&id}, "SELECT id FROM agent_batches WHERE agent_id = ? AND hash = ?", a.ID, b.Hash)
		if again = err == nil; !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		id, err = database.Insert(ctx, tx, "INSERT INTO agent_batches (agent_id, hash, language, state, row_count, created_at, sealed) VALUES (?, ?, ?, 'running', ?, ?, ?)",
			a.ID, b.Hash, b.Language, len(rows), cut(now), sealed)
		if err != nil {
			return err
		}
		if err := insertRows(ctx, tx, id, rows, contents); err != nil {
			return err
		}
		return along(ctx, tx, id)
	})
	return id, again, err
}

// rowsAtOnce is how many rows one statement writes.
const rowsAtOnce = 200

func insertRows(ctx context.Context, tx bun.Tx, batch int64, rows []Row, contents [][]byte) error {
	for from := 0; from < len(rows); from += rowsAtOnce {
		to := min(from+rowsAtOnce, len(rows))
		var args []any
		for i := from; i < to; i++ {
			args = append(args, batch, rows[i].N, rows[i].State, rows[i].Mark, false, contents[i])
		}
		_, err := database.Exec(ctx, tx, "INSERT INTO agent_batch_rows (batch_id, n, state, mark, confirmed, sealed) VALUES "+database.Values(to-from, 6), args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// Batch returns a table of an agent with its rows counted, or ErrNotFound.
func (g *Register) Batch(ctx context.Context, a *Agent, id int64) (Batch, error) {
	list, err := g.batches(ctx, a, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("b.id = ?", id) })
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Batch{}, err
	}
	return list[0], nil
}

// Batches lists the tables of an agent, the newest first, at most limit.
func (g *Register) Batches(ctx context.Context, a *Agent, limit int) ([]Batch, error) {
	return g.batches(ctx, a, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("b.id DESC").Limit(int64(limit)) })
}

func (g *Register) batches(ctx context.Context, a *Agent, which func(*bun.SelectQuery) *bun.SelectQuery) ([]Batch, error) {
	var rows []*batchRow
	if err := which(g.db.Read().NewSelect().Model(&rows).Where("b.agent_id = ?", a.ID)).Scan(ctx); err != nil {
		return nil, err
	}
	list := make([]Batch, len(rows))
	for i, r := range rows {
		b := Batch{ID: r.ID, AgentID: r.AgentID, Hash: r.Hash, Language: r.Language, CreatedAt: r.CreatedAt, FinishedAt: r.FinishedAt.Time, Rows: r.RowCount}
		plain, err := a.open("batch", r.Sealed)
		if err != nil {
			return nil, err
		}
		var s sealedBatch
		if err := json.Unmarshal(plain, &s); err != nil {
			return nil, err
		}
		b.Name, b.Unused = s.Name, s.Unused
		if b.Count, err = g.countRows(ctx, r.ID); err != nil {
			return nil, err
		}
		list[i] = b
	}
	return list, nil
}

func (g *Register) countRows(ctx context.Context, batch int64) (map[string]int, error) {
	var rows []struct {
		State string `bun:"state"`
		N     int    `bun:"n"`
	}
	err := g.db.Read().NewSelect().Table("agent_batch_rows").ColumnExpr("state, count(*) AS n").Where("batch_id = ?", batch).Group("state").Scan(ctx, &rows)
	count := map[string]int{}
	for _, r := range rows {
		count[r.State] = r.N
	}
	return count, err
}

// OwnerOf returns the agent who sent a table, or ErrNotFound.
func (g *Register) OwnerOf(ctx context.Context, batch int64) (Agent, error) {
	var id int64
	err := database.Row(ctx, g.db.Read(), []any{&id}, "SELECT agent_id FROM agent_batches WHERE id = ?", batch)
	if errors.Is(err, sql.ErrNoRows) {
		return Agent{}, ErrNotFound
	}
	if err != nil {
		return Agent{}, err
	}
	return g.Find(ctx, id)
}
