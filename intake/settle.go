package intake

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
	"dsr/mailbox"
)

// Verdict is what a message turned out to be and what became of it.
type Verdict struct {
	Kind      mailbox.Kind
	Why       string
	Outcome   Outcome
	RequestID int64
	Summary   Summary
	// ByStaff says that a person settles it, who may undo what was settled by
	// itself or by hand before: that a message is noted, or dropped.
	ByStaff bool
}

// Summary is what lists show of a message. It is kept sealed.
type Summary struct {
	From        string        `json:"from,omitempty"`
	Subject     string        `json:"subject,omitempty"`
	Attachments int           `json:"attachments,omitempty"`
	Hints       mailbox.Hints `json:"hints"`
	Faults      []string      `json:"faults,omitempty"`
}

// Settle writes down what became of a message, once: in the transaction that
// carries it out. ErrSettled says that somebody did so before. A message that
// waits for staff may be settled again, and so may, by staff, one that became
// nothing: no machine has the last word on what a person wrote.
func (g *Register) Settle(ctx context.Context, tx bun.IDB, now time.Time, m *Mail, v Verdict) error {
	summary, err := g.sealSummary(m, v.Summary)
	if err != nil {
		return err
	}
	result, err := database.Exec(ctx, tx, `UPDATE mails SET kind = ?, why = ?, outcome = ?, request_id = ?, settled_at = ?, summary = ?
		WHERE id = ? AND (outcome IN ('waiting', 'unsorted') OR ? AND outcome IN ('noted', 'dropped'))`,
		string(v.Kind), cut(v.Why, 200), string(v.Outcome), v.RequestID, now.UTC(), summary, m.ID, v.ByStaff)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrSettled, err)
	}
	return nil
}

func (g *Register) sealSummary(m *Mail, s Summary) ([]byte, error) {
	key, err := g.ring.Unwrap(m.WrappedKey)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return key.Seal("mail/summary", plain)
}

// Summary opens what lists show of a message; it is empty for one that was not
// read yet, or whose original is gone.
func (g *Register) Summary(m *Mail) (s Summary, err error) {
	if len(m.SealedSummary) == 0 || len(m.WrappedKey) == 0 {
		return s, nil
	}
	key, err := g.ring.Unwrap(m.WrappedKey)
	if err != nil {
		return s, err
	}
	plain, err := key.Open("mail/summary", m.SealedSummary)
	if err != nil {
		return s, fmt.Errorf("mail %d: %w", m.ID, err)
	}
	return s, json.Unmarshal(plain, &s)
}

// Find returns a message without its content.
func (g *Register) Find(ctx context.Context, id int64) (*Mail, error) {
	m := new(Mail)
	err := g.db.Read().NewSelect().Model(m).Where("m.id = ?", id).Scan(ctx)
	return m, notFound(err)
}

// OfRequest lists the messages that belong to a request, oldest first.
func (g *Register) OfRequest(ctx context.Context, request int64) (list []Mail, err error) {
	err = g.db.Read().NewSelect().Model(&list).Where("m.request_id <> 0 AND m.request_id = ?", request).Order("m.id").Scan(ctx)
	return list, err
}

// Filter says which messages a list shows.
type Filter struct {
	Policies []string // nil: all
	Outcomes []Outcome
	Before   int64 // the last id of the page before; 0: the newest
	Limit    int
}

// List returns messages, newest first.
func (g *Register) List(ctx context.Context, f Filter) (list []Mail, err error) {
	if f.Policies != nil && len(f.Policies) == 0 {
		return nil, nil
	}
	return list, f.apply(g.db.Read().NewSelect().Model(&list)).OrderExpr("m.id DESC").Scan(ctx)
}

// Count counts such messages, up to the filter's limit.
func (g *Register) Count(ctx context.Context, f Filter) (int, error) {
	if f.Policies != nil && len(f.Policies) == 0 {
		return 0, nil
	}
	some := f.apply(g.db.Read().NewSelect().Model((*Mail)(nil)).ColumnExpr("1"))
	n, err := g.db.Read().NewSelect().TableExpr("(?) AS m", some).Count(ctx)
	return int(n), err
}

// apply restricts a query to what the filter lets through.
func (f Filter) apply(q *bun.SelectQuery) *bun.SelectQuery {
	q = q.Limit(int64(f.Limit))
	if f.Policies != nil {
		q = q.Where("m.policy IN ?", bun.Tuple(f.Policies))
	}
	if len(f.Outcomes) > 0 {
		q = q.Where("m.outcome IN ?", bun.Tuple(f.Outcomes))
	}
	if f.Before > 0 {
		q = q.Where("m.id < ?", f.Before)
	}
	return q
}

// Forget destroys the originals of a request's messages: their keys first, so
// that nothing that is left of them can be read.
func Forget(ctx context.Context, tx bun.IDB, request int64) error {
	return forget(ctx, tx, "request_id <> 0 AND request_id = ?", request)
}

// Sweep destroys the originals of messages that belong to no request and were
// settled before an instant: what was dropped, noted or came back.
func (g *Register) Sweep(ctx context.Context, before time.Time) error {
	return g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return forget(ctx, tx, "request_id = 0 AND outcome IN ('dropped', 'noted', 'bounce') AND settled_at < ? AND wrapped_key IS NOT NULL", before.UTC())
	})
}

// forget keeps the row and its blind index: a message that comes once more is
// still known.
func forget(ctx context.Context, tx bun.IDB, where string, arg any) error {
	if _, err := database.Exec(ctx, tx, "DELETE FROM mail_parts WHERE mail_id IN (SELECT id FROM mails WHERE "+where+")", arg); err != nil {
		return err
	}
	_, err := database.Exec(ctx, tx, "UPDATE mails SET wrapped_key = NULL, sealed = NULL, summary = NULL WHERE "+where, arg)
	return err
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

func cutLine(s string) (first, rest string) {
	first, rest, _ = strings.Cut(s, "\n")
	return first, rest
}

func cut(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
