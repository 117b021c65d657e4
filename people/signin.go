package people

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// The limits of a sign-in; the package comment says what they are for.
const (
	pairCount, pairPer       = 10, 15 * time.Minute
	networkCount, networkPer = 60, time.Hour
	accountCount, accountPer = 50, time.Hour

	// knownFor is how long a network stays known after the last sign-in there.
	knownFor = 90 * 24 * time.Hour
)

// attempt is one try to sign in.
type attempt struct {
	email   string
	person  []byte // blind index of the address
	network string
	place   []byte // blind index of address and network
}

func (r *Register) attempt(email, network string) attempt {
	normal, ok := NormalEmail(email)
	if !ok {
		// Nobody has it; it is counted and hashed all the same.
		normal = strings.ToLower(strings.TrimSpace(email))
	}
	return attempt{
		email:   normal,
		person:  r.personOf(normal),
		network: network,
		place:   r.ring.Index("user_networks.network", normal+"\n"+network),
	}
}

// charges returns the limits that count, by whether the network is known.
func (r *Register) charges(a attempt, known bool) charges {
	pair := charge{attemptKey(r.ring, "sign-in from network", a.email+"\n"+a.network), Limit{pairCount, pairPer}}
	if known {
		return charges{pair}
	}
	return charges{
		pair,
		{attemptKey(r.ring, "sign-in network", a.network), Limit{networkCount, networkPer}},
		{attemptKey(r.ring, "sign-in account", a.email), Limit{accountCount, accountPer}},
	}
}

// SignIn checks an address and a password. The network says where the attempt
// comes from: what [NetworkOf] returns for the client's address. Errors are
// ErrCredentials, [ErrTooMany], ErrBusy and those of the database; the first
// takes the same time for every address.
//
// It opens no session: see [Enter]. For who has a second factor it is the first
// step only: the network is not known by it, nothing goes along, and the door
// calls [Begin] instead.
func (r *Register) SignIn(ctx context.Context, now time.Time, email, password, network string, also ...Along) (User, error) {
	return r.prove(ctx, now, email, password, network, func(ctx context.Context, tx bun.Tx, u User, place []byte) error {
		if u.Factors.Any() {
			return nil
		}
		return r.arrive(ctx, tx, now, u, place, also)
	})
}

// CheckPassword asks somebody who is signed in for their password again. It
// counts like SignIn and has the same errors.
func (r *Register) CheckPassword(ctx context.Context, now time.Time, id int64, password, network string) error {
	u, err := r.Find(ctx, id)
	if err != nil {
		return err
	}
	_, err = r.prove(ctx, now, u.Email, password, network, func(context.Context, bun.Tx, User, []byte) error { return nil })
	return err
}

// arrival runs in the transaction that notes a right password.
type arrival func(ctx context.Context, tx bun.Tx, u User, place []byte) error

func (r *Register) prove(ctx context.Context, now time.Time, email, password, network string, then arrival) (User, error) {
	a := r.attempt(email, network)
	row, err := r.lookUp(ctx, now, a)
	if err != nil {
		return User{}, fmt.Errorf("signing in: %w", err)
	}
	limits := r.charges(a, row.Known)
	// Whoever is over a limit shall not take a place in the queue.
	if err := limits.look(ctx, r.db.Read(), now); err != nil {
		return User{}, err
	}
	var renewed string
	err = r.hash.within(ctx, func() error {
		// Counted before the password is checked, or guesses at the same
		// instant would all be the first.
		if err := limits.take(ctx, r.db, now); err != nil {
			return err
		}
		right, better, err := r.hash.check(password, row.PasswordHash)
		if err == nil && !(right && row.Active) {
			err = ErrCredentials
		}
		renewed = better
		return err
	})
	if errors.Is(err, ErrCredentials) {
		err = cmp.Or(r.failed(ctx, now, row.ID, "password"), err)
	}
	if err != nil {
		return User{}, err
	}
	return r.admit(ctx, row, renewed, a, limits, then)
}

// lookUp returns the row of the address, or an empty one, in one query either
// way.
func (r *Register) lookUp(ctx context.Context, now time.Time, a attempt) (*userRow, error) {
	row := new(userRow)
	err := selection(r.db.Read().NewSelect(), row).
		ColumnExpr("n.network IS NOT NULL AS known").
		Join("LEFT JOIN user_networks AS n ON n.user_id = u.id AND n.network = ? AND n.seen_at > ?", a.place, now.Add(-knownFor)).
		Where("u.person = ?", a.person).
		Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return row, err
}

// admit writes down that a password is right: its count is taken back.
func (r *Register) admit(ctx context.Context, row *userRow, renewed string, a attempt, limits charges, then arrival) (u User, err error) {
	err = r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		current, err := selectUser(ctx, tx, "u.id = ?", row.ID)
		if err != nil {
			return err
		}
		if !current.Active || current.PasswordHash != row.PasswordHash {
			return ErrCredentials // changed while this one was being checked
		}
		if err := limits.giveBack(ctx, tx); err != nil {
			return err
		}
		if u, err = r.open(current); err != nil {
			return err
		}
		if err := then(ctx, tx, u, a.place); err != nil || renewed == "" {
			return err
		}
		_, err = database.Exec(ctx, tx, "UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?",
			renewed, row.ID, row.PasswordHash)
		return err
	})
	if err != nil && !errors.Is(err, ErrCredentials) {
		err = fmt.Errorf("signing in user %d: %w", row.ID, err)
	}
	return u, err
}
