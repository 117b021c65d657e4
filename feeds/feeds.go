// Package feeds gives each member of staff a calendar of due dates that their
// own calendar program reads by a secret address (iCalendar, RFC 5545).
//
// The address holds 24 random bytes; the database keeps their hash. Whoever has
// it reads what its owner may see at that moment and nothing else: role, policies
// and whether they are still at work are asked anew at every visit. An address
// that is unknown, was revoked or belongs to somebody who has left is one and the
// same ErrNotFound.
//
// # What stands in it
//
// An all-day event for each clock of an open request, on the civil day of the
// clock's own zone; a promise in hours has its time in the text. An event names
// the reference, the right, the policy, whose clock it is and the address of the
// request's page, and never a person. A held clock's day is provisional, and so
// is its event. When a clock is met or its request is closed the event is
// cancelled, stays so for two weeks and is gone.
//
// # Moves
//
// An event keeps its UID for good. Its SEQUENCE is the number of seconds from
// receipt to the last change that could have moved it, so it grows with every
// move and nothing has to be remembered.
//
// The package knows the calendar's format and its own table, and nothing of
// pages, laws or letters.
package feeds

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/people"
	"dsr/requests"
	"dsr/words"
)

var (
	// ErrNotFound is returned for an address that opens no calendar, whatever
	// the reason, and for somebody who has none.
	ErrNotFound = errors.New("there is no such calendar")
	// ErrScope is returned for a choice that there is not.
	ErrScope = errors.New("choose which requests the calendar shows")
)

// Scope says which requests a feed shows.
type Scope string

// The scopes.
const (
	Mine Scope = "mine" // those assigned to its owner
	All  Scope = "all"  // those its owner may see
)

// secretBytes is how much of an address cannot be guessed.
const secretBytes = 24

// Feed is somebody's calendar, without the secret of its address.
type Feed struct {
	Scope  Scope
	MadeAt time.Time
	ReadAt time.Time // the last visit, to ten minutes; zero before the first
}

// Feeds keeps the calendars of a house. It is safe for use by several
// goroutines.
type Feeds struct {
	db     *database.DB
	office *requests.Office
	people *people.Register
	words  words.Printer
}

// Open returns the feeds of a migrated database.
func Open(db *database.DB, office *requests.Office, register *people.Register, catalogue *words.Catalogue) *Feeds {
	return &Feeds{db: db, office: office, people: register, words: catalogue.In(words.Base)}
}

// feedRow is a row of feeds.
type feedRow struct {
	bun.BaseModel `bun:"table:feeds,alias:f"`

	UserID     int64        `bun:"user_id,pk"`
	SecretHash []byte       `bun:"secret_hash"`
	Scope      Scope        `bun:"scope"`
	MadeAt     time.Time    `bun:"made_at"`
	ReadAt     bun.NullTime `bun:"read_at"`
	Digest     string       `bun:"digest"`
	ChangedAt  time.Time    `bun:"changed_at"`
}

// Of returns somebody's own feed, or ErrNotFound.
func (f *Feeds) Of(ctx context.Context, caller access.Caller) (Feed, error) {
	row, err := f.row(ctx, "f.user_id = ?", caller.ID)
	if err != nil {
		return Feed{}, err
	}
	return Feed{Scope: row.Scope, MadeAt: row.MadeAt, ReadAt: row.ReadAt.Time}, nil
}

func (f *Feeds) row(ctx context.Context, where string, arg any) (*feedRow, error) {
	row := new(feedRow)
	err := f.db.Read().NewSelect().Model(row).Where(where, arg).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading a calendar feed: %w", err)
	}
	return row, nil
}

// Make gives the caller a new secret, which is returned this once; an older one
// opens nothing from then on. It stands on the audit trail of the house.
func (f *Feeds) Make(ctx context.Context, caller access.Caller, now time.Time, scope Scope) (secret string, err error) {
	if scope != Mine && scope != All {
		return "", ErrScope
	}
	if caller.Kind != access.Staff || caller.ID == 0 {
		return "", ErrNotFound
	}
	raw := make([]byte, secretBytes)
	rand.Read(raw)
	secret = base64.RawURLEncoding.EncodeToString(raw)
	now = now.UTC().Truncate(time.Microsecond)
	err = f.change(ctx, caller, now, "make_calendar", requests.Detail{"scope": scope}, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, `INSERT INTO feeds (user_id, secret_hash, scope, made_at, digest, changed_at) VALUES (?, ?, ?, ?, '', ?)
			ON CONFLICT (user_id) DO UPDATE SET secret_hash = excluded.secret_hash, scope = excluded.scope, made_at = excluded.made_at,
			read_at = NULL, digest = '', changed_at = excluded.changed_at`, caller.ID, hashOf(secret), string(scope), now, now)
		return err
	})
	return secret, err
}

// Choose changes what the caller's feed shows; the address stays.
func (f *Feeds) Choose(ctx context.Context, caller access.Caller, now time.Time, scope Scope) error {
	if scope != Mine && scope != All {
		return ErrScope
	}
	return f.change(ctx, caller, now, "choose_calendar", requests.Detail{"scope": scope}, func(ctx context.Context, tx bun.Tx) error {
		return one(database.Exec(ctx, tx, "UPDATE feeds SET scope = ? WHERE user_id = ?", string(scope), caller.ID))
	})
}

// Revoke takes the caller's feed away: its address opens nothing any more.
func (f *Feeds) Revoke(ctx context.Context, caller access.Caller, now time.Time) error {
	return f.change(ctx, caller, now, "revoke_calendar", nil, func(ctx context.Context, tx bun.Tx) error {
		return one(database.Exec(ctx, tx, "DELETE FROM feeds WHERE user_id = ?", caller.ID))
	})
}

// change does something to a feed and puts it on the audit trail of the house.
func (f *Feeds) change(ctx context.Context, caller access.Caller, now time.Time, act string, detail requests.Detail, do func(context.Context, bun.Tx) error) error {
	return f.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := do(ctx, tx); err != nil {
			return err
		}
		return requests.OnHouse(now, caller, act, detail)(ctx, tx, people.User{})
	})
}

// one reports ErrNotFound for a statement that changed nothing.
func one(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
