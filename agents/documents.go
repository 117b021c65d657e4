package agents

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/identity"
)

// The states of a document.
const (
	Waiting   = "waiting"   // nobody has looked at it yet
	Accepted  = "accepted"  // it shows that the agent may act
	Refused   = "refused"   // it does not; its content is gone
	Withdrawn = "withdrawn" // it did once; its content is gone
)

// ErrJudged is returned for a document about which somebody else has decided
// meanwhile.
var ErrJudged = errors.New("somebody has decided about this document in the meantime")

// ErrTooMany is returned when MostWaiting documents of an agent wait already.
var ErrTooMany = errors.New("too many documents of this agent wait to be looked at")

// MostWaiting is how many documents of one agent may wait at a time.
const MostWaiting = 20

// Document is what an agent sent to show that they may act for somebody.
type Document struct {
	ID        int64
	AgentID   int64
	Authority identity.Authority
	RequestID int64 // the one request it is for; 0: whomever the agent asks for
	State     string
	SentAt    time.Time
	JudgedAt  time.Time
	JudgedBy  int64 // member of staff
	Name      string
	Type      string // MIME type by content
	Size      int64
	SHA256    string
	Reason    string // why it was refused or withdrawn, for the agent
}

// Kept reports whether the content is still there.
func (d *Document) Kept() bool { return d.State == Waiting || d.State == Accepted }

type documentRow struct {
	bun.BaseModel `bun:"table:agent_documents,alias:d"`

	ID           int64              `bun:"id,pk"`
	AgentID      int64              `bun:"agent_id"`
	Authority    identity.Authority `bun:"authority"`
	RequestID    int64              `bun:"request_id"`
	State        string             `bun:"state"`
	SentAt       time.Time          `bun:"sent_at"`
	JudgedAt     bun.NullTime       `bun:"judged_at"`
	JudgedBy     int64              `bun:"judged_by"`
	Type         string             `bun:"type"`
	Size         int64              `bun:"size"`
	SHA256       string             `bun:"sha256"`
	SealedName   []byte             `bun:"sealed_name"`
	SealedReason []byte             `bun:"sealed_reason"`
}

func (a *Agent) document(r *documentRow) (Document, error) {
	d := Document{
		ID: r.ID, AgentID: r.AgentID, Authority: r.Authority, RequestID: r.RequestID, State: r.State, SentAt: r.SentAt,
		JudgedAt: r.JudgedAt.Time, JudgedBy: r.JudgedBy, Type: r.Type, Size: r.Size, SHA256: r.SHA256,
	}
	name, err := a.open("document/name", r.SealedName)
	if err != nil {
		return d, err
	}
	reason, err := a.open("document/reason", r.SealedReason)
	d.Name, d.Reason = string(name), string(reason)
	return d, err
}

// partSize is how much sealed content one row holds.
const partSize = 256 << 10

// KeepDocument seals a document of an agent and keeps it in parts. One that was
// sent twice and waits is kept once. ErrTooMany means that others wait first.
func (g *Register) KeepDocument(ctx context.Context, now time.Time, a *Agent, d Document, content []byte) (id int64, err error) {
	sum := sha256.Sum256(content)
	d.SHA256 = hex.EncodeToString(sum[:])
	name, err := a.seal("document/name", []byte(d.Name))
	if err != nil {
		return 0, err
	}
	parts, err := a.sealParts(d.SHA256, content)
	if err != nil {
		return 0, err
	}
	err = g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		var waiting int
		if err := database.Row(ctx, tx, []any{&waiting}, "SELECT count(*) FROM agent_documents WHERE agent_id = ? AND state = 'waiting'", a.ID); err != nil {
			return err
		}
		err = database.Row(ctx, tx, []any{&id}, `SELECT id FROM agent_documents WHERE agent_id = ? AND state = 'waiting' AND sha256 = ?
			AND authority = ? AND request_id = ?`, a.ID, d.SHA256, string(d.Authority), d.RequestID)
		switch {
		case !errors.Is(err, sql.ErrNoRows):
			return err
		case waiting >= MostWaiting:
			return ErrTooMany
		}
		id, err = database.Insert(ctx, tx, `INSERT INTO agent_documents (agent_id, authority, request_id, state, sent_at, type, size, sha256, sealed_name)
			VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?, ?)`, a.ID, string(d.Authority), d.RequestID, cut(now), d.Type, int64(len(content)), d.SHA256, name)
		for n := 0; n < len(parts) && err == nil; n++ {
			_, err = database.Exec(ctx, tx, "INSERT INTO agent_document_parts (document_id, n, sealed) VALUES (?, ?, ?)", id, n, parts[n])
		}
		return err
	})
	return id, err
}

// sealParts seals a content in parts. The number of each and whether it is the
// last are bound to it, so that a document that lost its end does not open.
func (a *Agent) sealParts(sum string, content []byte) (parts [][]byte, err error) {
	for n := 0; len(content) > 0 || n == 0; n++ {
		part := content[:min(partSize, len(content))]
		content = content[len(part):]
		sealed, err := a.seal(partLabel(sum, n, len(content) == 0), part)
		if err != nil {
			return nil, err
		}
		parts = append(parts, sealed)
	}
	return parts, nil
}

func partLabel(sum string, n int, last bool) string {
	what := "document/" + sum + "/" + strconv.Itoa(n)
	if last {
		what += "/last"
	}
	return what
}

// CopyDocument writes the content of a document, part by part. What was refused
// or withdrawn has none any more: ErrNotFound.
func (g *Register) CopyDocument(ctx context.Context, w io.Writer, a *Agent, d *Document) error {
	parts := max(1, int((d.Size+partSize-1)/partSize))
	for n := range parts {
		var sealed []byte
		err := database.Row(ctx, g.db.Read(), []any{&sealed}, "SELECT sealed FROM agent_document_parts WHERE document_id = ? AND n = ?", d.ID, n)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		part, err := a.open(partLabel(d.SHA256, n, n == parts-1), sealed)
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, bytes.NewReader(part)); err != nil {
			return err
		}
	}
	return nil
}

// Documents lists the documents of an agent, the newest first, at most limit.
func (g *Register) Documents(ctx context.Context, a *Agent, limit int) ([]Document, error) {
	var rows []*documentRow
	if err := g.db.Read().NewSelect().Model(&rows).Where("d.agent_id = ?", a.ID).Order("d.id DESC").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, err
	}
	list := make([]Document, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = a.document(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Document returns a document and whose it is, or ErrNotFound.
func (g *Register) Document(ctx context.Context, id int64) (Agent, Document, error) {
	r := new(documentRow)
	err := g.db.Read().NewSelect().Model(r).Where("d.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Agent{}, Document{}, ErrNotFound
	}
	if err != nil {
		return Agent{}, Document{}, err
	}
	a, err := g.Find(ctx, r.AgentID)
	if err != nil {
		return a, Document{}, err
	}
	d, err := a.document(r)
	return a, d, err
}

// Shown is a document with who sent it.
type Shown struct {
	Agent
	Document
}

// Inbox lists documents in one state under the policies given (all: every one),
// the oldest first, at most limit.
func (g *Register) Inbox(ctx context.Context, state string, policies []string, all bool, limit int) ([]Shown, error) {
	var rows []*documentRow
	if err := inState(g.db.Read().NewSelect().Model(&rows), state, policies, all).Order("d.id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, err
	}
	list, known := make([]Shown, len(rows)), map[int64]Agent{}
	for i, r := range rows {
		a, found := known[r.AgentID]
		var err error
		if !found {
			if a, err = g.Find(ctx, r.AgentID); err != nil {
				return nil, fmt.Errorf("document %d: %w", r.ID, err)
			}
			known[r.AgentID] = a
		}
		list[i].Agent = a
		if list[i].Document, err = a.document(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// CountWaiting counts the documents that wait under the policies given.
func (g *Register) CountWaiting(ctx context.Context, policies []string, all bool) (n int, err error) {
	err = inState(g.db.Read().NewSelect().TableExpr("agent_documents AS d"), Waiting, policies, all).ColumnExpr("count(*)").Scan(ctx, &n)
	return n, err
}

func inState(q *bun.SelectQuery, state string, policies []string, all bool) *bun.SelectQuery {
	q = q.Join("JOIN agents a ON a.id = d.agent_id").Where("d.state = ?", state)
	if !all {
		q = q.Where("a.policy IN ?", bun.Tuple(append([]string{""}, policies...)))
	}
	return q
}
