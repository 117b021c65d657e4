package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// Errors of a sign-in by an identity provider.
var (
	// ErrUnknown is returned for who has no account here and is given none.
	ErrUnknown = errors.New("you have no account here yet: ask an administrator to invite you")
	// ErrUnverified is returned where an account could only be found by an
	// address that the provider does not vouch for.
	ErrUnverified = errors.New("the identity provider does not say that your email address is verified, so it cannot be matched with your account here: ask an administrator")
	// ErrOtherIdentity is returned where the address belongs to a colleague who
	// signs in with another account of the provider.
	ErrOtherIdentity = errors.New("your colleague's account here is tied to another account at the identity provider: ask an administrator to part them")
	// ErrByProvider is returned for a sign-in in another way by somebody whose
	// groups at the provider decide what they may do.
	ErrByProvider = errors.New("sign in by the identity provider: your groups there decide what you may do here")
	// ErrClosed is returned for who has left.
	ErrClosed = errors.New("your account here is closed: ask an administrator")
)

// Outside is somebody an identity provider vouches for, and what they are to be
// here.
type Outside struct {
	// Issuer and Subject together name the account there for good.
	Issuer, Subject string
	Email           string
	Verified        bool // the provider vouches for Email
	Name            string
	// Governs says that Role and Policies, by the person's groups, decide at
	// each sign-in. Otherwise the list of staff does.
	Governs  bool
	Role     access.Role
	Policies access.Policies
	// Create makes an account for who has none.
	Create bool
}

// Arrival is what a sign-in by a provider changed, for what goes along.
type Arrival struct {
	Created bool // a new colleague
	Linked  bool // the account there is known from now on
	Joined  bool // who was invited is at work
	Changed bool // another role, or other policies
	Before  User // as they were, or as they were made
}

// FromOutside returns the colleague an identity provider vouches for. The
// account there is known by issuer and subject; only the first time is it
// looked for by its address, which must be verified, among those invited or at
// work. What goes along is called where something changed. Errors are those of
// this file, FieldErrors for a name or address that cannot be kept, and
// ErrLastAdministrator where the groups would leave nobody who can manage
// staff. It opens no session and counts as the first factor only.
func (r *Register) FromOutside(ctx context.Context, now time.Time, o Outside, also func(Arrival) Along) (u User, err error) {
	err = r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var a Arrival
		row, err := r.knownAs(ctx, tx, o)
		if errors.Is(err, ErrNotFound) {
			a.Linked = true
			row, err = r.welcome(ctx, tx, now, o, &a)
		}
		if err != nil {
			return err
		}
		if a.Before, err = r.open(row); err != nil {
			return err
		}
		if a.Joined, err = join(ctx, tx, now, row); err != nil {
			return err
		}
		if a.Changed, err = govern(ctx, tx, row, o); err != nil {
			return err
		}
		if u, err = r.open(row); err != nil || !a.Linked && !a.Joined && !a.Changed {
			return err
		}
		return also(a)(ctx, tx, u)
	})
	if err != nil {
		return User{}, fmt.Errorf("signing in by the identity provider: %w", err)
	}
	return u, nil
}

// account is the blind index of an account at a provider.
func (r *Register) account(o Outside) []byte {
	return r.ring.Index("user_identities.account", o.Issuer+"\n"+o.Subject)
}

// knownAs finds somebody by the account, or returns ErrNotFound.
func (r *Register) knownAs(ctx context.Context, tx bun.IDB, o Outside) (*userRow, error) {
	var id int64
	err := database.Row(ctx, tx, []any{&id}, "SELECT user_id FROM user_identities WHERE account = ?", r.account(o))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return selectUser(ctx, tx, "u.id = ?", id)
}

// welcome ties the account to the colleague with its address, or to a new one.
func (r *Register) welcome(ctx context.Context, tx bun.Tx, now time.Time, o Outside, a *Arrival) (*userRow, error) {
	now = now.UTC().Truncate(time.Microsecond)
	email, ok := NormalEmail(o.Email)
	if !o.Verified || !ok {
		return nil, ErrUnverified
	}
	row, err := selectUser(ctx, tx, "u.person = ?", r.personOf(email))
	switch {
	case errors.Is(err, ErrNotFound):
		a.Created = true
		if row, err = r.found(ctx, tx, now, o); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case !row.Active && row.InvitedAt.IsZero():
		return nil, ErrClosed
	}
	_, err = database.Exec(ctx, tx, "INSERT INTO user_identities (account, issuer, user_id, linked_at) VALUES (?, ?, ?, ?)",
		r.account(o), r.ring.Index("user_identities.issuer", o.Issuer), row.ID, now)
	if database.IsUnique(err) {
		err = ErrOtherIdentity
	}
	return row, err
}

// found makes the account of a new colleague. It has no password.
func (r *Register) found(ctx context.Context, tx bun.Tx, now time.Time, o Outside) (*userRow, error) {
	if !o.Create || !o.Governs {
		return nil, ErrUnknown
	}
	u := User{Email: o.Email, Name: o.Name, Role: o.Role, Policies: o.Policies, Active: true}
	if strings.TrimSpace(u.Name) == "" {
		u.Name, _, _ = strings.Cut(u.Email, "@")
	}
	if faults := u.mend(); len(faults) > 0 {
		return nil, faults
	}
	row, err := r.seal(u, "", now)
	if err != nil {
		return nil, err
	}
	row.JoinedAt = bun.NullTime{Time: now}
	return row, insertUser(ctx, tx, row)
}

// join lets in who is at work, and makes an invited colleague one of them: the
// provider's word stands for the link in the letter.
func join(ctx context.Context, tx bun.Tx, now time.Time, row *userRow) (joined bool, err error) {
	switch {
	case row.Active:
		return false, nil
	case row.InvitedAt.IsZero():
		return false, ErrClosed
	}
	row.Active, row.InvitedAt = true, bun.NullTime{}
	_, err = database.Exec(ctx, tx, "UPDATE users SET active = TRUE, invited_at = NULL, joined_at = COALESCE(joined_at, ?) WHERE id = ?",
		now.UTC().Truncate(time.Microsecond), row.ID)
	if err != nil {
		return false, err
	}
	return true, clearLinks(ctx, tx, row.ID)
}

// govern gives somebody the role and policies of their groups, and says whether
// that changed something.
func govern(ctx context.Context, tx bun.Tx, row *userRow, o Outside) (bool, error) {
	if !o.Governs {
		return false, nil
	}
	after := *row
	after.Role = string(o.Role)
	var ok bool
	if after.Policies, ok = writePolicies(o.Policies); !ok {
		return false, FieldErrors{"policies": "The rules for groups give no policy."}
	}
	if after.Role == row.Role && after.Policies == row.Policies {
		return false, nil
	}
	if err := keepsAdministrator(ctx, tx, row, &after); err != nil {
		return false, err
	}
	row.Role, row.Policies = after.Role, after.Policies
	_, err := database.Exec(ctx, tx, "UPDATE users SET role = ?, policies = ? WHERE id = ?", row.Role, row.Policies, row.ID)
	return true, err
}

// Unlinked lets a sign-in in another way than by the provider go on, with what
// goes along, unless the provider's groups decide about its person: a group that
// was taken away must not be got round by a password. Administrators keep their
// other ways, for the day the provider is down.
func Unlinked(also Along) Along {
	return func(ctx context.Context, tx bun.Tx, u User) error {
		if u.Linked && u.Role != access.Administrator {
			return ErrByProvider
		}
		return also(ctx, tx, u)
	}
}

// ShutOut ends the sessions of the colleague an account at the provider belongs
// to: for who is in no group any more. Nobody is no error.
func (r *Register) ShutOut(ctx context.Context, o Outside, also ...Along) error {
	row, err := r.knownAs(ctx, r.db.Read(), o)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("finding an account of the identity provider: %w", err)
	}
	return r.RevokeAll(ctx, row.ID, also...)
}

// Part forgets the accounts at identity providers that belong to somebody: the
// next sign-in looks for them by address again. The error is ErrNotFound where
// there is none.
func (r *Register) Part(ctx context.Context, id int64, also ...Along) error {
	return r.change(ctx, id, "parting from the identity provider", func(ctx context.Context, tx bun.Tx, _ *userRow) error {
		n, err := affected(database.Exec(ctx, tx, "DELETE FROM user_identities WHERE user_id = ?", id))
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	}, also)
}
