package audit

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Sealed is a checkpoint for a list: what it says, without its heads.
type Sealed struct {
	Number   int64
	At       time.Time
	CoversTo int64 // highest row id covered
	Covers   int64 // entries covered by this and all earlier checkpoints
	Grown    int64 // entries covered by this one alone
	KeyID    string
	Anchor   Anchor // to note elsewhere
}

// Checkpoints lists the newest checkpoints, at most limit.
func Checkpoints(ctx context.Context, db bun.IDB, limit int) ([]Sealed, error) {
	var rows []checkpointRow
	err := db.NewSelect().Model(&rows).Column("number", "at", "covers_to", "covers", "digest", "key_id", "public_key", "prev_digest").
		OrderExpr("number DESC").Limit(int64(limit) + 1).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing checkpoints: %w", err)
	}
	var list []Sealed
	for i, row := range rows {
		if i == limit {
			break
		}
		c, _ := row.checkpoint()
		s := Sealed{Number: c.Number, At: c.At, CoversTo: c.CoversTo, Covers: c.Covers, Grown: c.Covers, KeyID: c.KeyID, Anchor: c.anchor()}
		if i+1 < len(rows) {
			s.Grown -= rows[i+1].Covers
		}
		list = append(list, s)
	}
	return list, nil
}

// VerifyNewest is Verify for the part of the log that the last so many
// checkpoints cover, and what came after: quick enough for a page. The
// checkpoint before them is held against its own signature, and each chain is
// picked up at the entry before that part; what stands further back is left to
// Verify. Where there are no more checkpoints than that, or that one is gone, it
// is Verify.
func VerifyNewest(ctx context.Context, db bun.IDB, last int, report func(Finding), keys ...ed25519.PublicKey) (Summary, error) {
	newest, err := newestNumber(ctx, db)
	if err != nil {
		return Summary{}, err
	}
	from := newest - int64(last)
	if from < 1 {
		return Verify(ctx, db, Anchor{}, report, keys...)
	}
	if len(keys) == 0 {
		return Summary{}, ErrNoKey
	}
	v := newVerifier(report, keys)
	err = v.begin(ctx, db, from)
	if errors.Is(err, sql.ErrNoRows) {
		return Verify(ctx, db, Anchor{}, report, keys...) // it was taken away, which Verify tells
	}
	if err != nil {
		return v.sum, err
	}
	covered := v.sum.Entries
	if err := walkAfter(ctx, db, from, v.last.CoversTo, v); err != nil {
		return v.sum, err
	}
	sum := v.finish()
	sum.Entries -= covered
	return sum, nil
}

// begin puts the verifier behind a checkpoint, as if it had gone through all
// before it.
func (v *verifier) begin(ctx context.Context, db bun.IDB, number int64) error {
	var row checkpointRow
	if err := db.NewSelect().Model(&row).Where("number = ?", number).Scan(ctx); err != nil {
		return fmt.Errorf("reading checkpoint %d: %w", number, err)
	}
	c, readable := row.checkpoint()
	if fault := v.judge(c, readable); fault != "" && fault != CheckpointReplaced {
		v.finding(fault, Finding{Checkpoint: number})
	}
	v.last, v.sum.Entries = c, c.Covers
	var heads []link
	err := db.NewRaw(`SELECT e.id, e.chain, e.seq, e.hash FROM audit_entries AS e JOIN (
			SELECT chain, MAX(seq) AS seq FROM audit_entries
			WHERE id <= ? AND chain IN (SELECT chain FROM audit_entries WHERE id > ?) GROUP BY chain
		) AS h ON h.chain = e.chain AND h.seq = e.seq`, c.CoversTo, c.CoversTo).Scan(ctx, &heads)
	for _, l := range heads {
		h := l.head()
		v.tails[h.Chain] = tail{seq: h.Seq, hash: h.Hash}
	}
	return err
}
