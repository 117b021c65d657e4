// Package drafts keeps the answers of a form under way, between one question
// and the next, for people without an account and without a cookie.
//
// A draft is found by a secret of 130 bits that stands in the address of the
// form's pages; the database keeps the SHA-256 of it only, and the answers
// sealed under a key of the draft's own. So the address holds no answer, two
// tabs are two drafts, and going back or loading a page anew loses nothing. A
// draft ends a day after its last answer. When it was sent its answers are
// erased and it remembers only what it became, so that sending it again leads
// to the same receipt.
//
// The package does not know what an answer is, nor when a form is complete.
package drafts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/vault"
)

// Lifetime is how long a draft is kept after its last answer.
const Lifetime = 24 * time.Hour

// ErrGone is returned for a draft that has ended or never was.
var ErrGone = errors.New("this form is not kept any more")

// Draft is a form under way.
type Draft struct {
	Answers    []byte    // as the caller wrote them; nil once sent
	Begun      time.Time // when the first answer was given
	Submission int64     // what it became when it was sent; 0: not sent yet
}

// Drawer holds the drafts. It is safe for use by several goroutines, and
// several processes may share one database.
type Drawer struct {
	db   *database.DB
	ring *vault.Ring
}

// Open returns the drafts kept in a migrated database.
func Open(db *database.DB, ring *vault.Ring) *Drawer { return &Drawer{db: db, ring: ring} }

// row is a draft as stored.
type row struct {
	hash, wrapped, sealed []byte
	submission            int64
	begun                 time.Time
}

// sweepBatch bounds how many ended drafts one new one takes away.
const sweepBatch = 20

// Begin keeps the first answers under a policy and returns the draft's secret.
// It takes a few drafts away that have ended, so that nobody has to sweep.
func (d *Drawer) Begin(ctx context.Context, now time.Time, policy string, answers []byte) (secret string, err error) {
	secret = rand.Text()
	hash := hashOf(secret)
	key, wrapped, err := d.ring.NewKey()
	if err != nil {
		return "", fmt.Errorf("beginning a draft: %w", err)
	}
	sealed, err := key.Seal(label(hash), answers)
	if err != nil {
		return "", fmt.Errorf("beginning a draft: %w", err)
	}
	now = now.UTC().Truncate(time.Microsecond)
	err = d.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "DELETE FROM drafts WHERE id_hash IN (SELECT id_hash FROM drafts WHERE expires_at <= ? LIMIT ?)", now, sweepBatch)
		if err != nil {
			return err
		}
		_, err = database.Exec(ctx, tx, "INSERT INTO drafts (id_hash, policy, wrapped_key, sealed, begun_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
			hash, policy, wrapped, sealed, now, now.Add(Lifetime))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("beginning a draft: %w", err)
	}
	return secret, nil
}

// Read returns a draft, or ErrGone.
func (d *Drawer) Read(ctx context.Context, now time.Time, policy, secret string) (Draft, error) {
	r, key, err := d.find(ctx, d.db.Read(), now, policy, secret)
	if err != nil {
		return Draft{}, err
	}
	return r.open(key)
}

// Change rewrites the answers of a draft and gives it another day. It returns
// ErrGone, or ErrSent for one that was sent already. The function may run more
// than once.
func (d *Drawer) Change(ctx context.Context, now time.Time, policy, secret string, change func(answers []byte) ([]byte, error)) error {
	return d.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, key, err := d.find(ctx, tx, now, policy, secret)
		if err != nil {
			return err
		}
		draft, err := r.open(key)
		if err != nil {
			return err
		}
		if draft.Submission != 0 {
			return ErrSent
		}
		answers, err := change(draft.Answers)
		if err != nil {
			return err
		}
		sealed, err := key.Seal(label(r.hash), answers)
		if err != nil {
			return fmt.Errorf("changing a draft: %w", err)
		}
		_, err = database.Exec(ctx, tx, "UPDATE drafts SET sealed = ?, expires_at = ? WHERE id_hash = ?", sealed, now.UTC().Add(Lifetime), r.hash)
		return err
	})
}

// ErrSent is returned for a change to a draft that was sent.
var ErrSent = errors.New("this form was sent already")

// Sent erases the answers of a draft and notes the submission it became.
func (d *Drawer) Sent(ctx context.Context, secret string, submission int64) error {
	err := d.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "UPDATE drafts SET sealed = NULL, submission_id = ? WHERE id_hash = ?", submission, hashOf(secret))
		return err
	})
	if err != nil {
		return fmt.Errorf("closing a draft: %w", err)
	}
	return nil
}

func (d *Drawer) find(ctx context.Context, db bun.IDB, now time.Time, policy, secret string) (*row, vault.Key, error) {
	r := &row{hash: hashOf(secret)}
	err := database.Row(ctx, db, []any{&r.wrapped, &r.sealed, &r.submission, &r.begun},
		"SELECT wrapped_key, sealed, submission_id, begun_at FROM drafts WHERE id_hash = ? AND policy = ? AND expires_at > ?",
		r.hash, policy, now.UTC())
	if errors.Is(err, sql.ErrNoRows) {
		return nil, vault.Key{}, ErrGone
	}
	if err != nil {
		return nil, vault.Key{}, fmt.Errorf("finding a draft: %w", err)
	}
	key, err := d.ring.Unwrap(r.wrapped)
	return r, key, err
}

func (r *row) open(key vault.Key) (Draft, error) {
	draft := Draft{Begun: r.begun, Submission: r.submission}
	if draft.Submission != 0 {
		return draft, nil
	}
	var err error
	draft.Answers, err = key.Open(label(r.hash), r.sealed)
	return draft, err
}

func hashOf(secret string) []byte {
	hash := sha256.Sum256([]byte(secret))
	return hash[:]
}

func label(hash []byte) string { return "draft/" + hex.EncodeToString(hash) }
