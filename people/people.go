// Package people owns the members of staff: who they are, how they come and
// leave, how they prove who they are with a password and a second factor, the
// sessions that follow, and the counting of attempts that keeps guessers at bay.
// Sessions of requesters are kept in the same table.
//
// # Limits that shut nobody out
//
// A failed sign-in is counted three times, in the database, so that several
// processes share one count:
//
//   - for the address from this network: 10 at once, then one every 90 seconds;
//   - for the network, whatever the address: 60 at once, then one a minute;
//   - for the address from all networks where its owner is not known: 50 at
//     once, then one every 72 seconds.
//
// A network is known for an account when somebody signed in there with
// everything that was asked of them in the last 90 days. From a known network
// only the first limit counts. The second step of a sign-in has two limits laid
// out alike, and tighter. So a stranger who keeps guessing a colleague's
// password, from however many networks, uses up limits that do not apply where
// the colleague works; and from one network alone cannot even use up the third,
// because the first lets through less than the third gives back. No limit is a
// lock: each gives back one attempt after another, nobody has to be let in
// again by hand, and [ErrTooMany] says how long to wait. A refused attempt
// counts nowhere, so that hammering does not lengthen the wait, and a right
// password takes its own count back.
//
// What remains is a slow-down, in two cases: a stranger in the colleague's own
// network, and a colleague in a network they were never in while strangers from
// several networks are guessing at their address.
//
// An address that nobody has is counted, looked up and hashed like any other,
// so neither time nor answer tells whether it exists. Addresses and networks
// stand in the tables as keyed blind indexes only.
//
// # What it refuses to know
//
// It knows no request, no policy pack's contents and no page. It does not ask
// who may change staff: the door does, with [access.ManageStaff]. What belongs
// to a change in the same transaction, its audit entry above all, the door
// hands in as an [Along].
package people

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/vault"
)

// Errors that callers tell apart.
var (
	// ErrNotFound is returned when no member of staff has the id or address.
	ErrNotFound = errors.New("there is no such colleague")
	// ErrCredentials is returned for a wrong password, an unknown address and
	// somebody who has left, all alike.
	ErrCredentials = errors.New("the address or the password is not right")
	// ErrBusy is returned when too many passwords wait to be checked. Nothing
	// was counted; trying again a moment later is the remedy.
	ErrBusy = errors.New("too many people are signing in at this moment: try again in a few seconds")
	// ErrLastAdministrator is returned when nobody would be left who can
	// change staff.
	ErrLastAdministrator = errors.New("this is the last active administrator: make somebody else administrator first")
	// ErrInvalid is wrapped by FieldErrors.
	ErrInvalid = errors.New("something in the form needs mending")
)

// FieldErrors holds a sentence for each field a person can mend: "email",
// "name", "role", "policies" and "password". It never repeats what was typed.
type FieldErrors map[string]string

// Error joins the sentences in the order of their fields' names.
func (f FieldErrors) Error() string {
	sentences := make([]string, 0, len(f))
	for _, field := range slices.Sorted(maps.Keys(f)) {
		sentences = append(sentences, field+": "+f[field])
	}
	return strings.Join(sentences, " ")
}

// Unwrap makes errors.Is(err, ErrInvalid) true.
func (f FieldErrors) Unwrap() error { return ErrInvalid }

// User is a member of staff.
type User struct {
	ID int64
	// Email is in the form NormalEmail gives it.
	Email string
	Name  string
	Role  access.Role
	// Policies are the packs they serve.
	Policies access.Policies
	// Active is false for somebody who has left, or has not come yet. The row
	// stays, because the timeline and the audit log name its id.
	Active bool
	// Invited says that an invitation waits for its answer.
	Invited bool
	// SignedInAt is when they last signed in with all that was asked; zero: never.
	SignedInAt time.Time
	Factors    Factors
	// Linked says that an account at the identity provider is known to be theirs.
	Linked bool
}

// State is where somebody stands with the house.
type State string

// The states of a colleague.
const (
	Invited State = "invited" // has a link to choose a password with
	AtWork  State = "active"
	Left    State = "left"
)

// State returns where the user stands.
func (u User) State() State {
	switch {
	case u.Active:
		return AtWork
	case u.Invited:
		return Invited
	}
	return Left
}

// Caller returns the user as the one who asks. Somebody who has left is nobody.
func (u User) Caller() access.Caller {
	if !u.Active {
		return access.Caller{}
	}
	return access.Caller{Kind: access.Staff, ID: u.ID, Name: u.Name, Role: u.Role, Policies: u.Policies}
}

// Along runs in the transaction of a change, after it, with the user as
// changed. Its error undoes the change. It may run more than once, see
// [database.DB.Write].
type Along func(ctx context.Context, tx bun.Tx, u User) error

func runAlong(ctx context.Context, tx bun.Tx, u User, also []Along) error {
	for _, fn := range also {
		if err := fn(ctx, tx, u); err != nil {
			return err
		}
	}
	return nil
}

// Register is the list of staff. It is safe for use by several goroutines, and
// several processes may share one database.
type Register struct {
	db   *database.DB
	ring *vault.Ring
	hash *hasher
}

// New returns the register kept in a migrated database. It hashes once, to have
// something to compare the passwords of unknown addresses with.
func New(db *database.DB, ring *vault.Ring, cost Hashing) (*Register, error) {
	hash, err := newHasher(cost)
	if err != nil {
		return nil, err
	}
	return &Register{db: db, ring: ring, hash: hash}, nil
}

// readableFor is how long what a letter to staff said is kept: it is of use until
// a bounce has come back and somebody has asked where it went.
const readableFor = 90 * 24 * time.Hour

// sweepBatch bounds how many rows one transaction removes: on SQLite everybody
// else waits for it.
const sweepBatch = 1000

// Sweep removes what time has settled: attempts that are forgiven, networks not
// seen for 90 days, links and sessions a day after their end, and what letters
// said that were sent, 90 days after they were written: that they were stays
// known. It returns how many rows it removed or emptied.
func (r *Register) Sweep(ctx context.Context, now time.Time) (removed int64, err error) {
	for _, part := range []struct {
		statement string
		before    any
	}{
		{"DELETE FROM attempts WHERE key IN (SELECT key FROM attempts WHERE clear_at <= ? LIMIT ?)", now.UnixMicro()},
		{`DELETE FROM user_networks WHERE (user_id, network) IN
			(SELECT user_id, network FROM user_networks WHERE seen_at <= ? LIMIT ?)`, now.Add(-knownFor)},
		{"DELETE FROM account_links WHERE hash IN (SELECT hash FROM account_links WHERE expires_at <= ? LIMIT ?)", now.Add(-keepEnded)},
		{"DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions WHERE expires_at <= ? LIMIT ?)", now.Add(-keepEnded)},
		{`UPDATE staff_letters SET sealed = '' WHERE id IN
			(SELECT id FROM staff_letters WHERE created_at <= ? AND state = 'sent' AND length(sealed) > 0 LIMIT ?)`, now.Add(-readableFor)},
	} {
		for n := int64(sweepBatch); n == sweepBatch; removed += n {
			if n, err = r.remove(ctx, part.statement, part.before); err != nil {
				return removed, fmt.Errorf("sweeping sessions and attempts: %w", err)
			}
		}
	}
	return removed, nil
}

func (r *Register) remove(ctx context.Context, statement string, before any) (n int64, err error) {
	err = r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err = affected(database.Exec(ctx, tx, statement, before, sweepBatch))
		return err
	})
	return n, err
}
