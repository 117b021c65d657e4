package agents

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Link is a link in a letter to an agent, before it is kept. Only a hash of its
// secret and a mark of its code ever come here.
type Link struct {
	Hash     []byte
	Expires  time.Time
	Code     []byte // mark of the six digits, or nil
	Relation string // what they said they are when they asked for it, or ""
	Language string // in which they asked
}

// Letter is a letter to an agent that is about no single request.
type Letter struct {
	ID        int64
	AgentID   int64
	Occasion  string // written about once, in whatever process
	Kind      string
	Language  string
	MessageID string
	State     string // waiting, sent or failed
	CreatedAt time.Time
	Content   []byte // the whole letter; sealed where it is stored
}

// Post keeps a letter and its link in the caller's transaction. Zero means that
// the occasion has its letter already and nothing was written.
func (g *Register) Post(ctx context.Context, tx bun.Tx, now time.Time, a *Agent, l *Letter, link *Link) (int64, error) {
	sealed, err := a.seal("letter/"+l.MessageID, l.Content)
	if err != nil {
		return 0, err
	}
	var known int64
	switch err := database.Row(ctx, tx, []any{&known}, "SELECT id FROM agent_letters WHERE occasion = ?", l.Occasion); {
	case err == nil:
		return 0, nil
	case !errors.Is(err, sql.ErrNoRows):
		return 0, err
	}
	id, err := database.Insert(ctx, tx, `INSERT INTO agent_letters (agent_id, occasion, kind, language, message_id, state, created_at, sealed)
		VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)`, a.ID, l.Occasion, l.Kind, l.Language, l.MessageID, cut(now), sealed)
	if err != nil {
		return 0, fmt.Errorf("a letter to agent %d was not kept: %w", a.ID, err)
	}
	_, err = database.Exec(ctx, tx, `INSERT INTO agent_links (hash, agent_id, relation, language, created_at, expires_at, code)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, link.Hash, a.ID, link.Relation, link.Language, cut(now), link.Expires, link.Code)
	return id, err
}

// Letter opens a letter and returns whom it goes to, or ErrNotFound.
func (g *Register) Letter(ctx context.Context, id int64) (Agent, Letter, error) {
	l := Letter{ID: id}
	var sealed []byte
	err := database.Row(ctx, g.db.Read(), []any{&l.AgentID, &l.Occasion, &l.Kind, &l.Language, &l.MessageID, &l.State, &l.CreatedAt, &sealed},
		"SELECT agent_id, occasion, kind, language, message_id, state, created_at, sealed FROM agent_letters WHERE id = ?", id)
	if errors.Is(err, sql.ErrNoRows) {
		return Agent{}, l, ErrNotFound
	}
	if err != nil {
		return Agent{}, l, err
	}
	a, err := g.Find(ctx, l.AgentID)
	if err != nil {
		return a, l, err
	}
	l.Content, err = a.open("letter/"+l.MessageID, sealed)
	return a, l, err
}

// LetterSent notes that a letter left, writes what follows from it along, and
// forgets what it said: the agent has it.
func (g *Register) LetterSent(ctx context.Context, now time.Time, id int64, along Along) error {
	return g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := database.Exec(ctx, tx, "UPDATE agent_letters SET state = 'sent', sent_at = ?, last_error = '', sealed = NULL WHERE id = ?", cut(now), id); err != nil {
			return err
		}
		return along(ctx, tx)
	})
}

// LetterFailed notes that the mail server refused a letter for good. The fault
// must not hold an address.
func (g *Register) LetterFailed(ctx context.Context, id int64, fault string) error {
	return g.write(ctx, "UPDATE agent_letters SET state = 'failed', last_error = ? WHERE id = ?", fault, id)
}

// Opened is what a link was when it was looked at.
type Opened struct {
	AgentID int64
	Used    bool
}

// PeekLink says whose a link is, or ErrNotFound.
func (g *Register) PeekLink(ctx context.Context, hash []byte) (Opened, error) {
	var found Opened
	var used bun.NullTime
	err := database.Row(ctx, g.db.Read(), []any{&found.AgentID, &used}, "SELECT agent_id, used_at FROM agent_links WHERE hash = ?", hash)
	if errors.Is(err, sql.ErrNoRows) {
		return found, ErrNotFound
	}
	found.Used = !used.IsZero()
	return found, err
}

// UseLink uses a link up. The agent's mailbox is proved by it, and what they
// typed when they asked for it counts from now on. first says that nothing had
// proved it before. A link that was used or is not known is ErrNotFound.
func (g *Register) UseLink(ctx context.Context, now time.Time, hash []byte) (a Agent, first bool, err error) {
	var id int64
	err = g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		id, first, err = use(ctx, tx, cut(now), hash)
		return err
	})
	if err != nil {
		return Agent{}, false, err
	}
	a, err = g.Find(ctx, id)
	return a, first, err
}

// use is UseLink within a transaction.
func use(ctx context.Context, tx bun.Tx, now time.Time, hash []byte) (id int64, first bool, err error) {
	var relation, language string
	err = database.Row(ctx, tx, []any{&id, &relation, &language}, `UPDATE agent_links SET used_at = ? WHERE hash = ? AND used_at IS NULL
		RETURNING agent_id, relation, language`, now, hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, ErrNotFound
	}
	if err != nil {
		return 0, false, err
	}
	if first, err = proved(ctx, tx, now, id); err != nil {
		return 0, false, err
	}
	_, err = database.Exec(ctx, tx, `UPDATE agents SET language = ?, relation = CASE WHEN ? = '' THEN relation ELSE ? END WHERE id = ?`, language, relation, relation, id)
	return id, first, err
}

// Guess is a try at the code of a letter.
type Guess struct {
	Policy string
	Person []byte    // blind index of the agent's address
	Since  time.Time // codes made before are over
	Tries  int       // how many a code is given
	// Fits judges the code that was typed against the mark kept with a link.
	Fits func(link, mark []byte) bool
}

// UseCode tries a code on the newest live link of an agent that has one. A try
// is counted before it is judged, so that tries made at once cannot outrun the
// count, and one that finds nothing writes as one that does. Every failure is
// ErrNotFound.
func (g *Register) UseCode(ctx context.Context, now time.Time, guess Guess) (a Agent, first bool, err error) {
	var id int64
	err = g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		id, first = 0, false
		var hash, mark []byte
		var tries int
		err := database.Row(ctx, tx, []any{&hash, &mark, &tries}, `UPDATE agent_links SET tries = tries + 1 WHERE hash = (
				SELECT l.hash FROM agent_links l JOIN agents a ON a.id = l.agent_id
				WHERE a.policy = ? AND a.person = ? AND l.code IS NOT NULL AND l.used_at IS NULL AND l.created_at > ?
				ORDER BY l.created_at DESC, l.hash LIMIT 1)
			RETURNING hash, code, tries`, guess.Policy, guess.Person, cut(guess.Since))
		if errors.Is(err, sql.ErrNoRows) {
			_, err = database.Exec(ctx, tx, "UPDATE settings SET value = value WHERE name = 'key_check'")
			return err
		}
		if err != nil || tries > guess.Tries || !guess.Fits(hash, mark) {
			return err
		}
		id, first, err = use(ctx, tx, cut(now), hash)
		return err
	})
	if err == nil && id == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Agent{}, false, err
	}
	a, err = g.Find(ctx, id)
	return a, first, err
}
