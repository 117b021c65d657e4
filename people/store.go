package people

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
)

// userRow is a row of users. Known is filled by the look-up of a sign-in only.
type userRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	ID           int64  `bun:",pk,autoincrement"`
	Person       []byte // blind index of the address
	WrappedKey   []byte
	Sealed       []byte // a sealedPerson
	Role         string
	Policies     string
	PasswordHash string
	Active       bool
	CreatedAt    time.Time
	InvitedAt    bun.NullTime
	JoinedAt     bun.NullTime
	SignedInAt   bun.NullTime

	Known    bool `bun:",scanonly"`
	App      bool `bun:",scanonly"`
	Passkeys int  `bun:",scanonly"`
	Codes    int  `bun:",scanonly"`
	Linked   bool `bun:",scanonly"`
}

func (row *userRow) factors() Factors {
	return Factors{App: row.App, Passkeys: row.Passkeys, Codes: row.Codes}
}

// selection reads rows of users with what they have beside their password.
func selection(query *bun.SelectQuery, model any) *bun.SelectQuery {
	return query.Model(model).ColumnExpr("?TableColumns").
		ColumnExpr("EXISTS (SELECT 1 FROM user_apps AS a WHERE a.user_id = u.id AND a.confirmed_at IS NOT NULL) AS app").
		ColumnExpr("EXISTS (SELECT 1 FROM user_identities AS i WHERE i.user_id = u.id) AS linked").
		ColumnExpr("(SELECT count(*) FROM user_passkeys AS k WHERE k.user_id = u.id) AS passkeys").
		ColumnExpr("(SELECT count(*) FROM user_codes AS c WHERE c.user_id = u.id AND c.used_at IS NULL) AS codes")
}

// sealedPerson is what identifies somebody.
type sealedPerson struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

func (r *Register) personOf(email string) []byte { return r.ring.Index("users.email", email) }

// seal makes the row of somebody new, with a key of their own.
func (r *Register) seal(u User, passwordHash string, now time.Time) (*userRow, error) {
	_, wrapped, err := r.ring.NewKey()
	if err != nil {
		return nil, err
	}
	policies, _ := writePolicies(u.Policies)
	row := &userRow{Person: r.personOf(u.Email), WrappedKey: wrapped, Role: string(u.Role), Policies: policies,
		PasswordHash: passwordHash, Active: u.Active, CreatedAt: now.UTC().Truncate(time.Microsecond)}
	row.Sealed, err = r.sealPerson(row, u)
	return row, err
}

// sealPerson seals who somebody is under the key of their row.
func (r *Register) sealPerson(row *userRow, u User) ([]byte, error) {
	plain, err := json.Marshal(sealedPerson{Email: u.Email, Name: u.Name})
	if err != nil {
		return nil, err
	}
	return r.sealUnder(row, "user", plain)
}

// sealUnder seals something of somebody's under their own key, bound to what it
// is and to whom it belongs.
func (r *Register) sealUnder(row *userRow, what string, plain []byte) ([]byte, error) {
	key, err := r.ring.Unwrap(row.WrappedKey)
	if err != nil {
		return nil, err
	}
	return key.Seal(what+"/"+hex.EncodeToString(row.Person), plain)
}

// openUnder opens what sealUnder sealed.
func (r *Register) openUnder(row *userRow, what string, sealed []byte) ([]byte, error) {
	key, err := r.ring.Unwrap(row.WrappedKey)
	if err != nil {
		return nil, err
	}
	return key.Open(what+"/"+hex.EncodeToString(row.Person), sealed)
}

// openOf is openUnder by the number of somebody.
func (r *Register) openOf(ctx context.Context, db bun.IDB, id int64, what string, sealed []byte) ([]byte, error) {
	row, err := selectUser(ctx, db, "u.id = ?", id)
	if err != nil {
		return nil, err
	}
	return r.openUnder(row, what, sealed)
}

func (r *Register) open(row *userRow) (User, error) {
	plain, err := r.openUnder(row, "user", row.Sealed)
	if err != nil {
		return User{}, fmt.Errorf("reading user %d: %w", row.ID, err)
	}
	var p sealedPerson
	if err := json.Unmarshal(plain, &p); err != nil {
		return User{}, fmt.Errorf("reading user %d: the sealed column holds something else", row.ID)
	}
	return User{ID: row.ID, Email: p.Email, Name: p.Name, Role: access.Role(row.Role),
		Policies: readPolicies(row.Policies), Active: row.Active, Invited: !row.InvitedAt.IsZero(),
		SignedInAt: row.SignedInAt.Time, Factors: row.factors(), Linked: row.Linked}, nil
}

// Find returns a member of staff by id, also one who has left. Nobody is
// ErrNotFound. Doors call it for each request of a session, so that a change
// of role and leaving take effect at once.
func (r *Register) Find(ctx context.Context, id int64) (User, error) {
	row, err := selectUser(ctx, r.db.Read(), "u.id = ?", id)
	if err != nil {
		return User{}, fmt.Errorf("finding user %d: %w", id, err)
	}
	return r.open(row)
}

// ByEmail returns a member of staff by address, in whatever case or form it is
// typed. Nobody, or what is no address, is ErrNotFound.
func (r *Register) ByEmail(ctx context.Context, email string) (User, error) {
	normal, ok := NormalEmail(email)
	if !ok {
		return User{}, fmt.Errorf("finding a user by address: %w", ErrNotFound)
	}
	row, err := selectUser(ctx, r.db.Read(), "u.person = ?", r.personOf(normal))
	if err != nil {
		return User{}, fmt.Errorf("finding a user by address: %w", err)
	}
	return r.open(row)
}

func selectUser(ctx context.Context, db bun.IDB, where string, arg any) (*userRow, error) {
	row := new(userRow)
	err := selection(db.NewSelect(), row).Where(where, arg).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return row, err
}

// List returns everybody, also those who have left, by name.
func (r *Register) List(ctx context.Context) ([]User, error) {
	return r.list(ctx, r.db.Read().NewSelect())
}

// ForPolicy returns those at work who serve a policy pack in one of the roles,
// or in any role when none is given, by name: who is told when a clock of that
// policy is running out, say.
func (r *Register) ForPolicy(ctx context.Context, policy string, roles ...access.Role) ([]User, error) {
	query := r.db.Read().NewSelect().Where("u.active")
	if len(roles) > 0 {
		query = query.Where("u.role IN ?", bun.Tuple(roles))
	}
	users, err := r.list(ctx, query)
	return slices.DeleteFunc(users, func(u User) bool { return !u.Policies.Include(policy) }), err
}

// list sorts here, because the database cannot read the names.
func (r *Register) list(ctx context.Context, query *bun.SelectQuery) ([]User, error) {
	var rows []userRow
	if err := selection(query, &rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("listing users: %w", err)
	}
	users := make([]User, len(rows))
	for i := range rows {
		var err error
		if users[i], err = r.open(&rows[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(users, func(a, b User) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return users, nil
}
