// Package agents keeps who asks for other people: their address, proved once,
// the authority they showed, uploaded once and used for many requests, and the
// tables of requests they sent in one file.
//
// An agent is known per policy, because what one controller accepted says
// nothing to another. Names, addresses, documents and the rows of tables are
// sealed under a key of the agent's own, like everything that names a person.
//
// The package does not know what an agent asks for, which authority a law
// takes, or how a letter reads; requests do. What has to be written together
// with its rows, the caller passes as an [Along].
package agents

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/identity"
	"dsr/vault"
)

// ErrNotFound is returned for what is not known, and for what belongs to
// another agent.
var ErrNotFound = errors.New("no such agent, document or table")

// What somebody who asks for others says they are.
const (
	AsAgent  = "agent"  // a person or firm with permission
	AsParent = "parent" // who is legally responsible for a child
)

// Agent is somebody who asks for others under one policy.
type Agent struct {
	ID        int64
	Policy    string
	Email     string
	Name      string
	Language  string // of their letters, BCP 47
	Relation  string // AsAgent or AsParent
	CreatedAt time.Time
	ProvedAt  time.Time          // when they first opened a letter of ours; zero: not yet
	Authority identity.Authority // accepted for whomever they ask for, or ""
	DigestOff bool               // they want no weekly letter

	key vault.Key
}

// Along is what has to be written in the same transaction.
type Along func(ctx context.Context, tx bun.Tx) error

// Register holds the agents. It is safe for use by several goroutines.
type Register struct {
	db   *database.DB
	ring *vault.Ring
}

// Open returns the agents kept in a migrated database.
func Open(db *database.DB, ring *vault.Ring) *Register { return &Register{db: db, ring: ring} }

type sealedAgent struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

type row struct {
	bun.BaseModel `bun:"table:agents,alias:a"`

	ID          int64              `bun:"id,pk"`
	Policy      string             `bun:"policy"`
	Person      []byte             `bun:"person"`
	WrappedKey  []byte             `bun:"wrapped_key"`
	Sealed      []byte             `bun:"sealed"`
	Language    string             `bun:"language"`
	Relation    string             `bun:"relation"`
	CreatedAt   time.Time          `bun:"created_at"`
	ProvedAt    bun.NullTime       `bun:"proved_at"`
	DigestOffAt bun.NullTime       `bun:"digest_off_at"`
	Authority   identity.Authority `bun:"authority"`
}

// Index is the blind index under which an agent's address is kept.
func (g *Register) Index(email string) []byte {
	return g.ring.Index("agent", strings.ToLower(email))
}

// Ensure returns the agent of an address under a policy and makes them known
// when they are not. The address is normalised by the caller; a name that was
// given before is kept.
func (g *Register) Ensure(ctx context.Context, now time.Time, policy, email, name, language string) (Agent, error) {
	person := g.Index(email)
	a, err := g.ByIndex(ctx, policy, person)
	if !errors.Is(err, ErrNotFound) {
		return a, err
	}
	key, wrapped, err := g.ring.NewKey()
	if err != nil {
		return Agent{}, err
	}
	plain, err := json.Marshal(sealedAgent{email, name})
	if err != nil {
		return Agent{}, err
	}
	sealed, err := key.Seal(label(policy, person), plain)
	if err != nil {
		return Agent{}, err
	}
	err = g.write(ctx, `INSERT INTO agents (policy, person, wrapped_key, sealed, language, created_at, digested_on) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (policy, person) DO NOTHING`, policy, person, wrapped, sealed, language, cut(now), now.UTC().Format(time.DateOnly))
	if err != nil {
		return Agent{}, fmt.Errorf("an agent was not made known: %w", err)
	}
	return g.ByIndex(ctx, policy, person)
}

// Find returns an agent by number, or ErrNotFound.
func (g *Register) Find(ctx context.Context, id int64) (Agent, error) {
	return g.one(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("a.id = ?", id) })
}

// ByIndex returns an agent by the blind index of their address, or ErrNotFound.
func (g *Register) ByIndex(ctx context.Context, policy string, person []byte) (Agent, error) {
	return g.one(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("a.policy = ? AND a.person = ?", policy, person)
	})
}

func (g *Register) one(ctx context.Context, where func(*bun.SelectQuery) *bun.SelectQuery) (Agent, error) {
	r := new(row)
	err := where(g.db.Read().NewSelect().Model(r)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Agent{}, ErrNotFound
	}
	if err != nil {
		return Agent{}, err
	}
	return g.open(r)
}

func (g *Register) open(r *row) (Agent, error) {
	a := Agent{
		ID: r.ID, Policy: r.Policy, Language: r.Language, Relation: r.Relation, CreatedAt: r.CreatedAt,
		ProvedAt: r.ProvedAt.Time, Authority: r.Authority, DigestOff: !r.DigestOffAt.IsZero(),
	}
	var err error
	if a.key, err = g.ring.Unwrap(r.WrappedKey); err != nil {
		return a, fmt.Errorf("agent %d: %w", r.ID, err)
	}
	plain, err := a.key.Open(label(r.Policy, r.Person), r.Sealed)
	if err != nil {
		return a, fmt.Errorf("agent %d: %w", r.ID, err)
	}
	var s sealedAgent
	err = json.Unmarshal(plain, &s)
	a.Email, a.Name = s.Email, s.Name
	return a, err
}

func label(policy string, person []byte) string { return fmt.Sprintf("agent/%s/%x", policy, person) }

// Proved notes that an agent opened a letter sent to their mailbox. first says
// that nothing had proved it before.
func (g *Register) Proved(ctx context.Context, now time.Time, id int64) (first bool, err error) {
	err = g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		first, err = proved(ctx, tx, cut(now), id)
		return err
	})
	return first, err
}

func proved(ctx context.Context, tx bun.Tx, now time.Time, id int64) (first bool, err error) {
	n, err := changed(database.Exec(ctx, tx, "UPDATE agents SET proved_at = ? WHERE id = ? AND proved_at IS NULL", now, id))
	return n > 0, err
}

// SetDigest switches the weekly letter of an agent on or off.
func (g *Register) SetDigest(ctx context.Context, now time.Time, id int64, on bool) error {
	off := bun.NullTime{}
	if !on {
		off.Time = cut(now)
	}
	return g.write(ctx, "UPDATE agents SET digest_off_at = ? WHERE id = ?", off, id)
}

// DueForDigest lists agents of a policy whose week, named by its Monday, was
// not looked at yet: those after a number, at most limit.
func (g *Register) DueForDigest(ctx context.Context, policy, monday string, after int64, limit int) ([]Agent, error) {
	var rows []*row
	err := g.db.Read().NewSelect().Model(&rows).Where("a.policy = ? AND a.digested_on < ? AND a.id > ?", policy, monday, after).
		Where("a.proved_at IS NOT NULL AND a.digest_off_at IS NULL").Order("a.id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, err
	}
	return g.openAll(rows)
}

// Digested notes that an agent's week was looked at, and writes what follows
// from it along. false means that somebody else was quicker and nothing was
// written.
func (g *Register) Digested(ctx context.Context, id int64, monday string, along Along) (first bool, err error) {
	err = g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		first = false
		n, err := changed(database.Exec(ctx, tx, "UPDATE agents SET digested_on = ? WHERE id = ? AND digested_on < ?", monday, id, monday))
		if err != nil || n == 0 {
			return err
		}
		first = true
		return along(ctx, tx)
	})
	return first, err
}

func (g *Register) openAll(rows []*row) ([]Agent, error) {
	list := make([]Agent, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = g.open(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// write runs one statement in a transaction of its own.
func (g *Register) write(ctx context.Context, statement string, args ...any) error {
	return g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, statement, args...)
		return err
	})
}

// changed counts the rows that a statement met.
func changed(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// seal and open keep what belongs to an agent under their key, each thing under
// a label of its own.
func (a *Agent) seal(what string, plain []byte) ([]byte, error) {
	return a.key.Seal(fmt.Sprintf("agent/%d/%s", a.ID, what), plain)
}

func (a *Agent) open(what string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	plain, err := a.key.Open(fmt.Sprintf("agent/%d/%s", a.ID, what), sealed)
	if err != nil {
		return nil, fmt.Errorf("agent %d, %s: %w", a.ID, what, err)
	}
	return plain, nil
}

// cut brings an instant into the form it is stored in.
func cut(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
