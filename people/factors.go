package people

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Errors of the second factor.
var (
	// ErrFactor is returned for a code that is wrong, ended or used before.
	ErrFactor = errors.New("this code is not right, or was used before")
	// ErrNoFactor is returned where somebody has no such factor.
	ErrNoFactor = errors.New("no such second factor is set up")
)

// Factors says what somebody has beside their password. Recovery codes stand
// in for a lost factor and are none themselves.
type Factors struct {
	App      bool // an authenticator app (RFC 6238)
	Passkeys int
	Codes    int // recovery codes that are left
}

// Any says whether signing in takes a second step.
func (f Factors) Any() bool { return f.App || f.Passkeys > 0 }

// The limits of the second step, tighter than those of a password, because a
// code has six digits only. They are laid out alike: who guesses elsewhere uses
// up a limit that does not count where the account's owner has been, and one
// network alone never uses up the limit of the account.
const (
	stepPairCount, stepPairPer       = 5, 75 * time.Minute
	stepAccountCount, stepAccountPer = 20, 4 * time.Hour
)

// step is one try at the second step of somebody.
type step struct {
	user    User
	place   []byte
	charges charges
}

// stepOf finds who tries, and the limits that count for them there.
func (r *Register) stepOf(ctx context.Context, now time.Time, id int64, network string) (step, error) {
	u, err := r.Find(ctx, id)
	if err != nil {
		return step{}, err
	}
	if !u.Active {
		return step{}, ErrCredentials
	}
	a := r.attempt(u.Email, network)
	row, err := r.lookUp(ctx, now, a)
	if err != nil {
		return step{}, fmt.Errorf("signing in user %d: %w", id, err)
	}
	s := step{user: u, place: a.place, charges: charges{
		{attemptKey(r.ring, "second step from network", a.email+"\n"+network), Limit{stepPairCount, stepPairPer}}}}
	if !row.Known {
		s.charges = append(s.charges, charge{attemptKey(r.ring, "second step", a.email), Limit{stepAccountCount, stepAccountPer}})
	}
	return s, nil
}

// TryFactor counts a try at somebody's second step before it is judged, and
// returns ErrTooMany when it may not go on. [Register.Admit] takes it back.
func (r *Register) TryFactor(ctx context.Context, now time.Time, id int64, network string) error {
	_, err := r.try(ctx, now, id, network)
	return err
}

func (r *Register) try(ctx context.Context, now time.Time, id int64, network string) (step, error) {
	s, err := r.stepOf(ctx, now, id, network)
	if err != nil {
		return step{}, err
	}
	if err := s.charges.look(ctx, r.db.Read(), now); err != nil {
		return step{}, err
	}
	return s, s.charges.take(ctx, r.db, now)
}

// PassFactor takes a code of the app, or a recovery code, as the second step of
// somebody whose password was right, and admits them. Errors are ErrFactor,
// [ErrTooMany], ErrCredentials for who has left meanwhile and ErrNotFound.
func (r *Register) PassFactor(ctx context.Context, now time.Time, id int64, code, network string, also ...Along) (User, error) {
	if err := r.TryFactor(ctx, now, id, network); err != nil {
		return User{}, err
	}
	err := r.proveCode(ctx, now, id, code)
	if errors.Is(err, ErrFactor) {
		err = cmp.Or(r.failed(ctx, now, id, "factor"), err)
	}
	if err != nil {
		return User{}, err
	}
	return r.Admit(ctx, now, id, network, also...)
}

// proveCode uses a code up, whichever kind it is.
func (r *Register) proveCode(ctx context.Context, now time.Time, id int64, code string) error {
	right := false
	err := r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if right, err = r.useAppCode(ctx, tx, now, id, code); right || err != nil {
			return err
		}
		right, err = r.useRecoveryCode(ctx, tx, now, id, code)
		return err
	})
	if err != nil {
		return fmt.Errorf("the second step of user %d: %w", id, err)
	}
	if !right {
		return ErrFactor
	}
	return nil
}

// Admit writes down that somebody has given all that is asked of them: what was
// counted against their second step is taken back and the network is known from
// now on. A door calls it after its own proof (a passkey, a provider's word);
// the others do so themselves. It opens no session: see [Enter].
func (r *Register) Admit(ctx context.Context, now time.Time, id int64, network string, also ...Along) (User, error) {
	s, err := r.stepOf(ctx, now, id, network)
	if err != nil {
		return User{}, err
	}
	err = r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := selectUser(ctx, tx, "u.id = ?", id)
		if err != nil {
			return err
		}
		if !row.Active {
			return ErrCredentials
		}
		if err := s.charges.giveBack(ctx, tx); err != nil {
			return err
		}
		return r.arrive(ctx, tx, now, s.user, s.place, also)
	})
	if err != nil && !errors.Is(err, ErrCredentials) {
		err = fmt.Errorf("signing in user %d: %w", id, err)
	}
	return s.user, err
}

// arrive notes a complete sign-in.
func (r *Register) arrive(ctx context.Context, tx bun.Tx, now time.Time, u User, place []byte, also []Along) error {
	now = now.UTC().Truncate(time.Microsecond)
	_, err := database.Exec(ctx, tx, `INSERT INTO user_networks (user_id, network, seen_at) VALUES (?, ?, ?)
		ON CONFLICT (user_id, network) DO UPDATE SET seen_at = EXCLUDED.seen_at`, u.ID, place, now)
	if err != nil {
		return err
	}
	if _, err := database.Exec(ctx, tx, "UPDATE users SET signed_in_at = ? WHERE id = ?", now, u.ID); err != nil {
		return err
	}
	return runAlong(ctx, tx, u, also)
}

// ResetFactors takes every second factor and recovery code from somebody and
// ends their sessions: for who has lost them. Errors are ErrNotFound and
// ErrNoFactor.
func (r *Register) ResetFactors(ctx context.Context, id int64, also ...Along) error {
	return r.change(ctx, id, "resetting the second factor", func(ctx context.Context, tx bun.Tx, row *userRow) error {
		if !row.factors().Any() {
			return ErrNoFactor
		}
		if err := clearFactors(ctx, tx, id); err != nil {
			return err
		}
		row.App, row.Codes, row.Passkeys = false, 0, 0
		return endSessions(ctx, tx, id)
	}, also)
}

// clearFactors removes all there is beside the password.
func clearFactors(ctx context.Context, tx bun.Tx, id int64) error {
	for _, table := range []string{"user_apps", "user_codes", "user_passkeys"} {
		if _, err := database.Exec(ctx, tx, "DELETE FROM "+table+" WHERE user_id = ?", id); err != nil {
			return err
		}
	}
	return nil
}
