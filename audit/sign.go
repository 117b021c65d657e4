package audit

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/vault"
)

// ErrForeign means that the newest checkpoint was changed or signed by another
// key, so that nothing may be signed behind it: run the verification.
var ErrForeign = errors.New("the last checkpoint of the audit log is not ours or was changed")

// maxCovered bounds the entries of one checkpoint, and with them its heads
// (480 kB) and the memory verification needs for it.
const maxCovered = 10_000

// checkpointRow is a checkpoint as stored, and as a line of an export.
type checkpointRow struct {
	bun.BaseModel `bun:"table:audit_checkpoints" json:"-"`

	Number     int64     `bun:"number,pk" json:"number"`
	At         time.Time `bun:"at" json:"at"`
	CoversTo   int64     `bun:"covers_to" json:"covers_to"`
	Covers     int64     `bun:"covers" json:"covers"`
	Heads      []byte    `bun:"heads" json:"heads"`
	PrevDigest []byte    `bun:"prev_digest" json:"prev_digest"`
	Digest     []byte    `bun:"digest" json:"digest"`
	KeyID      string    `bun:"key_id" json:"key_id"`
	PublicKey  []byte    `bun:"public_key" json:"public_key"`
	Signature  []byte    `bun:"signature" json:"signature"`
}

func rowOfCheckpoint(c checkpoint) checkpointRow {
	heads := c.Heads
	if heads == nil {
		heads = []byte{}
	}
	return checkpointRow{
		Number: c.Number, At: c.At, CoversTo: c.CoversTo, Covers: c.Covers, Heads: heads,
		PrevDigest: c.PrevDigest[:], Digest: c.Digest[:],
		KeyID: c.KeyID, PublicKey: c.PublicKey, Signature: c.Signature,
	}
}

// checkpoint returns the row; false means that a hash or the key has the wrong
// size.
func (r checkpointRow) checkpoint() (checkpoint, bool) {
	c := checkpoint{
		Number: r.Number, At: r.At.UTC(), CoversTo: r.CoversTo, Covers: r.Covers, Heads: r.Heads,
		KeyID: r.KeyID, PublicKey: r.PublicKey, Signature: r.Signature,
	}
	n := copy(c.PrevDigest[:], r.PrevDigest) + copy(c.Digest[:], r.Digest)
	sound := n == 2*len(Hash{}) && len(r.PrevDigest)+len(r.Digest) == n && len(r.PublicKey) == ed25519.PublicKeySize
	return c, sound
}

// link is what a checkpoint needs of an entry.
type link struct {
	ID    int64
	Chain int64
	Seq   int64
	Hash  []byte
}

func (l link) head() Head {
	h := Head{Chain: l.Chain, Seq: l.Seq}
	copy(h.Hash[:], l.Hash)
	return h
}

// Checkpoint signs what was written since the last checkpoint, with as many
// checkpoints as it takes, and returns the anchor of the newest one, which may
// be an older call's when nothing was written since. Its cost grows with what
// is new, not with the log. One process at a time should call it; of two that
// do, one gets ErrRaced and nothing is lost. It fails with ErrForeign when the
// newest checkpoint does not stand up to the ring's key, and with an error for
// which database.IsBusy holds when writers kept the log: the next call will do.
func Checkpoint(ctx context.Context, db *database.DB, ring *vault.Ring, now time.Time) (Anchor, error) {
	key := ring.CheckpointKey()
	last, err := newest(ctx, db.Read())
	if err != nil {
		return Anchor{}, err
	}
	if last.Number > 0 && !(last.whole() && last.signedBy([]ed25519.PublicKey{key.Public().(ed25519.PublicKey)})) {
		return Anchor{}, fmt.Errorf("checkpoint %d: %w", last.Number, ErrForeign)
	}
	upTo, err := settled(ctx, db, last.CoversTo)
	if err != nil {
		return Anchor{}, err
	}
	for last.CoversTo < upTo {
		next, err := signNext(ctx, db, last, upTo, key, now)
		if err != nil {
			return Anchor{}, err
		}
		last = next
	}
	return last.anchor(), nil
}

// newest returns the checkpoint with the highest number, or the zero one.
func newest(ctx context.Context, db bun.IDB) (checkpoint, error) {
	var row checkpointRow
	err := db.NewSelect().Model(&row).OrderExpr("number DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return checkpoint{}, nil
	}
	if err != nil {
		return checkpoint{}, fmt.Errorf("reading the last checkpoint: %w", err)
	}
	c, sound := row.checkpoint()
	if !sound {
		return checkpoint{}, fmt.Errorf("checkpoint %d: %w", row.Number, ErrForeign)
	}
	return c, nil
}

// settled returns the highest row id of the log such that no lower id can
// still appear. On SQLite that is the last committed one, since writes come one
// after the other. On PostgreSQL a writer takes its id long before it commits:
// for the instant of the question the table is locked against writers, which
// waits for those at work. It rather gives up than let others wait, and does so
// before the server's search for deadlocks begins (after one second).
func settled(ctx context.Context, db *database.DB, covered int64) (int64, error) {
	id, err := lastID(ctx, db.Read())
	if err != nil || id <= covered || db.Engine() == database.SQLite {
		return id, err
	}
	err = db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, stmt := range []string{"SET LOCAL lock_timeout = '500ms'", "LOCK TABLE audit_entries IN SHARE MODE"} {
			if _, err := tx.ExecContext(ctx, stmt); err != nil {
				return fmt.Errorf("waiting for audit entries being written: %w", err)
			}
		}
		var err error
		id, err = lastID(ctx, tx)
		return err
	})
	return id, err
}

func signNext(ctx context.Context, db *database.DB, last checkpoint, upTo int64, key ed25519.PrivateKey, now time.Time) (checkpoint, error) {
	var grown []link
	err := db.Read().NewSelect().Table("audit_entries").Column("id", "chain", "seq", "hash").
		Where("id > ?", last.CoversTo).Where("id <= ?", upTo).OrderExpr("id").Limit(maxCovered).Scan(ctx, &grown)
	if err != nil {
		return checkpoint{}, fmt.Errorf("reading the audit log after row %d: %w", last.CoversTo, err)
	}
	if len(grown) == maxCovered {
		upTo = grown[maxCovered-1].ID
	}
	next := follow(last, grown, upTo, key, now)
	err = db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := rowOfCheckpoint(next)
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	if database.IsUnique(err) {
		return checkpoint{}, fmt.Errorf("checkpoint %d: %w", next.Number, ErrRaced)
	}
	if err != nil {
		return checkpoint{}, fmt.Errorf("writing checkpoint %d: %w", next.Number, err)
	}
	return next, nil
}
