package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// entryRow is an entry as stored, and as a line of an export. Hashes are plain
// bytes here, so that one of a wrong size can be read and be told.
type entryRow struct {
	bun.BaseModel `bun:"table:audit_entries" json:"-"`

	ID        int64     `bun:"id,pk,autoincrement" json:"id"`
	Chain     int64     `bun:"chain" json:"chain"`
	Seq       int64     `bun:"seq" json:"seq"`
	At        time.Time `bun:"at" json:"at"`
	Actor     string    `bun:"actor" json:"actor"`
	Act       string    `bun:"act" json:"act"`
	Outcome   string    `bun:"outcome" json:"outcome"`
	Reason    string    `bun:"reason" json:"reason"`
	EventSeq  int64     `bun:"event_seq" json:"event_seq"`
	EventHash []byte    `bun:"event_hash" json:"event_hash"`
	Detail    string    `bun:"detail" json:"detail"`
	PrevHash  []byte    `bun:"prev_hash" json:"prev_hash"`
	Hash      []byte    `bun:"hash" json:"hash"`
}

// entry returns the row as an Entry; false means that a hash in it has the
// wrong size, so that it cannot be what was written.
func (r entryRow) entry() (Entry, bool) {
	e := Entry{
		ID: r.ID, Chain: r.Chain, Seq: r.Seq, At: r.At.UTC(), Actor: r.Actor, Act: r.Act,
		Outcome: Outcome(r.Outcome), Reason: r.Reason, EventSeq: r.EventSeq, Detail: r.Detail,
	}
	n := copy(e.EventHash[:], r.EventHash) + copy(e.PrevHash[:], r.PrevHash) + copy(e.Hash[:], r.Hash)
	return e, n == 3*len(Hash{}) && len(r.EventHash)+len(r.PrevHash)+len(r.Hash) == n
}

// Append writes the entry behind head, in the caller's transaction and with
// one INSERT, and returns it as linked, without its row id. The caller keeps
// the new head. It fails with ErrEntry, with ErrRaced when somebody else went
// on from the same head, or with the database's error.
func Append(ctx context.Context, tx bun.IDB, head Head, e Entry) (Entry, error) {
	linked := []Entry{Link(head, e)}
	return linked[0], insert(ctx, tx, linked)
}

// AppendFirst writes the first entry of one or more new chains, named by each
// entry's Chain, with one INSERT and without reading; 2,700 at most. Errors are
// those of Append; ErrRaced means that such a chain exists already.
func AppendFirst(ctx context.Context, tx bun.IDB, entries ...Entry) ([]Entry, error) {
	linked := make([]Entry, len(entries))
	for i, e := range entries {
		linked[i] = Link(Head{Chain: e.Chain}, e)
	}
	if len(linked) == 0 {
		return linked, nil
	}
	return linked, insert(ctx, tx, linked)
}

// AppendTo reads the head of the chain and writes the entry behind it, for
// chains whose head nobody keeps, such as the House. On PostgreSQL whoever comes
// second waits until the first has committed; SQLite has one writer anyway.
// Errors are those of Append; ErrRaced can only come where others write to the
// chain by Append, and then means to retry the whole transaction.
func AppendTo(ctx context.Context, tx bun.IDB, chain int64, e Entry) (Entry, error) {
	if database.EngineOf(tx) == database.PostgreSQL {
		if _, err := database.Exec(ctx, tx, "SELECT pg_advisory_xact_lock(?, ?)", chainLocks, int32(chain)); err != nil {
			return Entry{}, fmt.Errorf("waiting for audit chain %d: %w", chain, err)
		}
	}
	head, err := ReadHead(ctx, tx, chain)
	if err != nil {
		return Entry{}, err
	}
	return Append(ctx, tx, head, e)
}

// ReadHead returns the last entry of a chain as stored; an unknown chain has a
// head with Seq 0.
func ReadHead(ctx context.Context, db bun.IDB, chain int64) (Head, error) {
	var row entryRow
	err := db.NewSelect().Model(&row).Column("seq", "hash").
		Where("chain = ?", chain).OrderExpr("seq DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{Chain: chain}, nil
	}
	if err != nil {
		return Head{}, fmt.Errorf("reading the head of audit chain %d: %w", chain, err)
	}
	return NewHead(chain, row.Seq, row.Hash)
}

// chainLocks parts the locks of chains from others a database may hold.
const chainLocks = 0x64737241 // "dsrA"

const insertEntries = `INSERT INTO audit_entries (chain, seq, at, actor, act, outcome,
	reason, event_seq, event_hash, detail, prev_hash, hash) VALUES `

func insert(ctx context.Context, tx bun.IDB, linked []Entry) error {
	const columns = 12
	args := make([]any, 0, columns*len(linked))
	for _, e := range linked {
		if err := e.check(); err != nil {
			return fmt.Errorf("audit chain %d: %w", e.Chain, err)
		}
		args = append(args, e.Chain, e.Seq, e.At, e.Actor, e.Act, string(e.Outcome),
			e.Reason, e.EventSeq, e.EventHash[:], e.Detail, e.PrevHash[:], e.Hash[:])
	}
	_, err := database.Exec(ctx, tx, insertEntries+database.Values(len(linked), columns), args...)
	if database.IsUnique(err) {
		return fmt.Errorf("audit chain %d, entry %d: %w", linked[0].Chain, linked[0].Seq, ErrRaced)
	}
	if err != nil {
		return fmt.Errorf("writing audit chain %d: %w", linked[0].Chain, err)
	}
	return nil
}

const pageSize = 1000

// The casts let a page be read in which somebody wrote text into a number:
// verification must name such a row, not stumble over it.
const entryColumns = `id, CAST(chain AS BIGINT) AS chain, CAST(seq AS BIGINT) AS seq, at, actor, act,
	outcome, reason, CAST(event_seq AS BIGINT) AS event_seq, event_hash, detail, prev_hash, hash`

// visitor goes through the log in the order in which checkpoints were signed:
// the entries a checkpoint covers come before it.
type visitor interface {
	entry(entryRow) error
	checkpoint(checkpointRow) error
}

// walk shows the visitor the log as it is now; what is written meanwhile is
// left out.
func walk(ctx context.Context, db bun.IDB, to visitor) error {
	// Not 0: nothing must hide below it.
	return walkAfter(ctx, db, math.MinInt64, math.MinInt64, to)
}

// walkAfter is walk for the checkpoints after a number and the rows after one.
func walkAfter(ctx context.Context, db bun.IDB, number, at int64, to visitor) error {
	last, err := newestNumber(ctx, db)
	if err != nil {
		return err
	}
	end, err := lastID(ctx, db) // after the checkpoints, so that it is not below theirs
	if err != nil {
		return err
	}
	entries := func(upTo int64) error {
		err := eachEntry(ctx, db, at, upTo, to.entry)
		at = max(at, upTo)
		return err
	}
	err = eachCheckpoint(ctx, db, number, last, func(row checkpointRow) error {
		// One that was altered does not say where it belongs.
		if c, readable := row.checkpoint(); readable && c.whole() {
			if err := entries(c.CoversTo); err != nil {
				return err
			}
		}
		return to.checkpoint(row)
	})
	if err != nil {
		return err
	}
	return entries(end)
}

// eachEntry calls do for the rows after one id, up to and with another.
func eachEntry(ctx context.Context, db bun.IDB, after, upTo int64, do func(entryRow) error) error {
	for {
		var rows []entryRow
		err := db.NewSelect().Model(&rows).ColumnExpr(entryColumns).
			Where("id > ?", after).Where("id <= ?", upTo).OrderExpr("id").Limit(pageSize).Scan(ctx)
		if err != nil {
			return fmt.Errorf("reading the audit log after row %d: %w", after, err)
		}
		for _, r := range rows {
			if err := do(r); err != nil {
				return err
			}
			after = r.ID
		}
		if len(rows) < pageSize {
			return nil
		}
	}
}

// eachInChain calls do for the rows of one chain, by number.
func eachInChain(ctx context.Context, db bun.IDB, chain int64, do func(entryRow) error) error {
	for after := int64(math.MinInt64); ; {
		var rows []entryRow
		err := db.NewSelect().Model(&rows).ColumnExpr(entryColumns).
			Where("chain = ?", chain).Where("seq > ?", after).OrderExpr("seq").Limit(pageSize).Scan(ctx)
		if err != nil {
			return fmt.Errorf("reading audit chain %d after entry %d: %w", chain, after, err)
		}
		for _, r := range rows {
			if err := do(r); err != nil {
				return err
			}
			after = r.Seq
		}
		if len(rows) < pageSize {
			return nil
		}
	}
}

// eachCheckpoint calls do for the checkpoints after one number, up to and with
// another. Their heads can be large, so few are held at a time.
func eachCheckpoint(ctx context.Context, db bun.IDB, after, upTo int64, do func(checkpointRow) error) error {
	const few = 20
	for {
		var rows []checkpointRow
		err := db.NewSelect().Model(&rows).
			Where("number > ?", after).Where("number <= ?", upTo).OrderExpr("number").Limit(few).Scan(ctx)
		if err != nil {
			return fmt.Errorf("reading the checkpoints after %d: %w", after, err)
		}
		for _, r := range rows {
			if err := do(r); err != nil {
				return err
			}
			after = r.Number
		}
		if len(rows) < few {
			return nil
		}
	}
}

// lastID returns the highest row id, 0 for an empty log.
func lastID(ctx context.Context, db bun.IDB) (int64, error) {
	return highest(ctx, db, "audit_entries", "id")
}

func newestNumber(ctx context.Context, db bun.IDB) (int64, error) {
	return highest(ctx, db, "audit_checkpoints", "number")
}

func highest(ctx context.Context, db bun.IDB, table, column string) (int64, error) {
	var n int64
	err := db.NewSelect().Table(table).ColumnExpr("COALESCE(MAX(?), 0)", bun.Ident(column)).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("reading the end of %s: %w", table, err)
	}
	return n, nil
}
