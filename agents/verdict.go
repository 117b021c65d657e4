package agents

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/identity"
)

// Verdict is what was decided about a document.
type Verdict struct {
	State  string // Accepted, Refused, or Withdrawn of one that was accepted
	By     int64  // member of staff
	Reason string // for the agent, unless it is accepted
	// Persons are the blind indexes of those it names, as requests keep them:
	// later requests for them need no other document. Everybody, of a document
	// for all requests that asks the person for their own proof as well, makes
	// it count for whomever the agent asks for.
	Persons  [][]byte
	Everyone bool
}

// Judge decides about a document, and writes what follows along. Content that
// has no force any more is deleted. ErrJudged means that somebody was quicker.
func (g *Register) Judge(ctx context.Context, now time.Time, a *Agent, d *Document, v Verdict, along Along) error {
	reason, err := a.seal("document/reason", []byte(v.Reason))
	if err != nil {
		return err
	}
	from := Waiting
	if v.State == Withdrawn {
		from = Accepted
	}
	return g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := changed(database.Exec(ctx, tx, "UPDATE agent_documents SET state = ?, judged_at = ?, judged_by = ?, sealed_reason = ? WHERE id = ? AND state = ?",
			v.State, cut(now), v.By, reason, d.ID, from))
		switch {
		case err != nil:
			return err
		case n == 0:
			return ErrJudged
		case v.State == Accepted:
			err = empower(ctx, tx, a, d, &v)
		default:
			err = disempower(ctx, tx, a, d)
		}
		if err != nil {
			return err
		}
		return along(ctx, tx)
	})
}

// empower lets later requests carry an authority.
func empower(ctx context.Context, tx bun.Tx, a *Agent, d *Document, v *Verdict) error {
	if v.Everyone {
		if _, err := database.Exec(ctx, tx, "UPDATE agents SET authority = ? WHERE id = ?", string(d.Authority), a.ID); err != nil {
			return err
		}
	}
	for _, person := range v.Persons {
		if err := vouch(ctx, tx, a.ID, d, person); err != nil {
			return err
		}
	}
	return nil
}

// Vouch adds a person whom an accepted document names.
func (g *Register) Vouch(ctx context.Context, d *Document, person []byte) error {
	return g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return vouch(ctx, tx, d.AgentID, d, person) })
}

func vouch(ctx context.Context, tx bun.Tx, agent int64, d *Document, person []byte) error {
	_, err := database.Exec(ctx, tx, `INSERT INTO agent_principals (agent_id, person, authority, document_id) VALUES (?, ?, ?, ?)
		ON CONFLICT (agent_id, person) DO UPDATE SET authority = EXCLUDED.authority, document_id = EXCLUDED.document_id`, agent, person, string(d.Authority), d.ID)
	return err
}

// disempower takes the force and the content of a document away. Another one
// that was accepted for everybody goes on standing.
func disempower(ctx context.Context, tx bun.Tx, a *Agent, d *Document) error {
	if _, err := database.Exec(ctx, tx, "DELETE FROM agent_document_parts WHERE document_id = ?", d.ID); err != nil {
		return err
	}
	if _, err := database.Exec(ctx, tx, "DELETE FROM agent_principals WHERE agent_id = ? AND document_id = ?", a.ID, d.ID); err != nil {
		return err
	}
	_, err := database.Exec(ctx, tx, `UPDATE agents SET authority = '' WHERE id = ? AND NOT EXISTS (SELECT 1 FROM agent_documents d
		WHERE d.agent_id = agents.id AND d.state = 'accepted' AND d.request_id = 0 AND d.authority = 'signed_permission')`, a.ID)
	return err
}

// Forget takes away what an agent showed for one request alone, when its
// personal data is erased, and for whom it was unless they ask for the same
// person elsewhere. It runs before the request itself forgets the person.
func Forget(ctx context.Context, tx bun.Tx, agent, request int64, person []byte) error {
	const papers = "(SELECT id FROM agent_documents WHERE agent_id = ? AND request_id = ?)"
	_, err := database.Exec(ctx, tx, `DELETE FROM agent_principals WHERE agent_id = ? AND person = ?
		AND NOT EXISTS (SELECT 1 FROM requests r WHERE r.agent_id = agent_principals.agent_id AND r.agent_id <> 0 AND r.person = agent_principals.person AND r.id <> ?)`, agent, person, request)
	for _, statement := range []string{
		"DELETE FROM agent_principals WHERE document_id IN " + papers,
		"DELETE FROM agent_document_parts WHERE document_id IN " + papers,
		"DELETE FROM agent_documents WHERE id IN " + papers,
	} {
		if err == nil {
			_, err = database.Exec(ctx, tx, statement, agent, request)
		}
	}
	return err
}

// AuthorityFor returns what an agent has shown already for a person: what names
// that person, else what counts for whomever they ask for.
func (g *Register) AuthorityFor(ctx context.Context, a *Agent, person []byte) (identity.Authority, error) {
	var list []identity.Authority
	err := g.db.Read().NewSelect().Table("agent_principals").Column("authority").Where("agent_id = ? AND person = ?", a.ID, person).Scan(ctx, &list)
	if err != nil || len(list) == 0 {
		return a.Authority, err
	}
	return list[0], nil
}
