package requests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/audit"
	"dsr/database"
	"dsr/outbox"
)

// The statements of the hot path: their texts never change, so the engine
// parses each once.
const (
	insertSubmission = `INSERT INTO submissions (id, nonce, policy, channel, language, received_at) VALUES (?, ?, ?, ?, ?, ?)`
	insertRequest    = `INSERT INTO requests (id, submission_id, reference, policy, "right", residence, regime, provisional, channel, language,
		phase, outcome, verified, ruling, facts, received_at, answered_at, closed_at, assignee_id, due_at, due_clock, held,
		last_act, last_actor, last_at, unread, seq, revision, audit_seq, audit_head,
		suspect, appeal_of, agent_id, person, wrapped_key, sealed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updateRequest = `UPDATE requests SET residence = ?, regime = ?, provisional = ?, phase = ?, outcome = ?, verified = ?, ruling = ?, facts = ?,
		answered_at = ?, closed_at = ?, assignee_id = ?, due_at = ?, due_clock = ?, held = ?,
		last_act = ?, last_actor = ?, last_at = ?, unread = ?, seq = ?, revision = ?, audit_seq = ?, audit_head = ?, suspect = ?,
		"right" = ?, received_at = ?, approval = ?, proposer_id = ?
		WHERE id = ? AND seq = ? AND audit_seq = ?`
	insertEvent  = `INSERT INTO events (request_id, seq, at, act, actor, data, sealed, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	insertClocks = "INSERT INTO clocks (request_id, name, due_at, due_date, held, extended, met_at) VALUES "
	updateClocks = ` ON CONFLICT (request_id, name) DO UPDATE SET due_at = excluded.due_at, due_date = excluded.due_date, held = excluded.held,
		extended = excluded.extended, met_at = excluded.met_at`
	clockColumns  = 7
	insertMessage = `INSERT INTO messages (id, request_id, seq, at, author, actor, kind, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	insertLetter  = `INSERT INTO letters (id, request_id, kind, audience, language, message_id, state, created_at, sealed) VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?)`
	insertLink    = `INSERT INTO links (hash, request_id, purpose, created_at, expires_at, code) VALUES (?, ?, ?, ?, ?, ?)`
)

// keep writes one accepted change: the row if nobody was quicker, the event,
// the audit entry, the clocks that changed, the message, its files, the letters
// and the jobs that send them.
func (o *Office) keep(ctx context.Context, tx bun.Tx, s *step) error {
	if law := s.plan.change.Law; law != nil {
		if err := o.rulings.keep(ctx, tx, law.Ruling, s.plan.change.content); err != nil {
			return err
		}
	}
	head, err := audit.NewHead(s.before.ID, s.before.AuditSeq, s.before.AuditHead)
	if err != nil {
		return err
	}
	linked, err := audit.Append(ctx, tx, head, s.entry)
	if errors.Is(err, audit.ErrRaced) {
		return errRaced
	}
	if err != nil {
		return err
	}
	s.after.AuditSeq, s.after.AuditHead = linked.Seq, linked.Hash[:]
	if err := s.update(ctx, tx); err != nil {
		return err
	}
	if err := insertEventRow(ctx, tx, s.event); err != nil {
		return err
	}
	if err := keepClocks(ctx, tx, s.before.Clocks, s.after); err != nil {
		return err
	}
	if err := s.keepReminder(ctx, tx); err != nil {
		return err
	}
	if err := o.keepWords(ctx, tx, s); err != nil {
		return err
	}
	if err := s.dropProposed(ctx, tx); err != nil {
		return err
	}
	if s.plan.also != nil {
		if err := s.plan.also(ctx, tx, s.event.At); err != nil {
			return err
		}
	}
	return keepLetters(ctx, tx, s.event.At, s.after.ID, s.letters)
}

func (s *step) update(ctx context.Context, tx bun.Tx) error {
	r := s.after
	result, err := database.Exec(ctx, tx, updateRequest,
		r.Residence, r.Regime, r.Provisional, string(r.Phase), r.Outcome, string(r.Verified), r.RulingHash, r.FactsText,
		r.AnsweredAt, r.ClosedAt, r.AssigneeID, r.DueAt, r.DueClock, string(r.Held),
		string(r.LastAct), r.LastActor, r.LastAt, r.Unread, r.Seq, r.Revision, r.AuditSeq, r.AuditHead, r.Suspect,
		string(r.Right), r.ReceivedAt, r.Approval, r.ProposerID,
		r.ID, s.before.Seq, s.before.AuditSeq)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(errRaced, err)
	}
	return nil
}

func insertRequestRow(ctx context.Context, tx bun.Tx, r *Request) error {
	_, err := database.Exec(ctx, tx, insertRequest,
		r.ID, r.SubmissionID, r.Reference, r.Policy, string(r.Right), r.Residence, r.Regime, r.Provisional, r.Channel, r.Language,
		string(r.Phase), r.Outcome, string(r.Verified), r.RulingHash, r.FactsText, r.ReceivedAt, r.AnsweredAt, r.ClosedAt, r.AssigneeID,
		r.DueAt, r.DueClock, string(r.Held),
		string(r.LastAct), r.LastActor, r.LastAt, r.Unread, r.Seq, r.Revision, r.AuditSeq, r.AuditHead,
		r.Suspect, r.AppealOf, r.AgentID, r.Person, r.WrappedKey, r.Sealed)
	return err
}

func insertEventRow(ctx context.Context, tx bun.Tx, e *Event) error {
	_, err := database.Exec(ctx, tx, insertEvent, e.RequestID, e.Seq, e.At, string(e.Act), e.Actor, e.Data, e.Sealed, e.Hash)
	if database.IsUnique(err) {
		return errRaced
	}
	return err
}

// keepClocks writes the clock rows that differ from what they were, in one
// statement.
func keepClocks(ctx context.Context, tx bun.Tx, before []Clock, r *Request) error {
	var rows []any
	for i := range r.Clocks {
		c := &r.Clocks[i]
		if unchanged(before, c) {
			continue
		}
		rows = append(rows, r.ID, c.Name(), c.Due.Limit(), c.Due.Date.String(), c.Due.Held != "", c.Due.Extended, nullTime(c.MetAt))
	}
	if len(rows) > 0 {
		text := insertClocks + database.Values(len(rows)/clockColumns, clockColumns) + updateClocks
		if _, err := database.Exec(ctx, tx, text, rows...); err != nil {
			return fmt.Errorf("clocks of %s: %w", r.Reference, err)
		}
	}
	for i := range before { // a change of the law can take a clock away
		if b := &before[i]; !hasClock(r.Clocks, b.Name()) {
			if _, err := database.Exec(ctx, tx, "DELETE FROM clocks WHERE request_id = ? AND name = ?", r.ID, b.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

func hasClock(clocks []Clock, name string) bool {
	return slices.ContainsFunc(clocks, func(c Clock) bool { return c.Name() == name })
}

func unchanged(before []Clock, c *Clock) bool {
	for i := range before {
		if b := &before[i]; b.Name() == c.Name() {
			return b.Due == c.Due && b.MetAt.Equal(c.MetAt)
		}
	}
	return false
}

// keepWords writes the message of a change and its files.
func (o *Office) keepWords(ctx context.Context, tx bun.Tx, s *step) error {
	m := s.plan.message
	if m == nil {
		return nil
	}
	sealed, err := s.key.seal(fmt.Sprintf("message/%d", s.event.Seq), m.body)
	if err != nil {
		return err
	}
	author := "staff"
	if fromOutside(s.event.Actor) {
		author = "requester"
	}
	id := o.ids.next(s.event.At)
	_, err = database.Exec(ctx, tx, insertMessage, id, s.after.ID, s.event.Seq, s.event.At, author, s.event.Actor, m.kind, sealed)
	if err != nil {
		return err
	}
	row := fileRow{RequestID: s.after.ID, MessageID: id, Seq: s.event.Seq, At: s.event.At, Author: author}
	return o.keepFiles(ctx, tx, s.key, row, s.plan)
}

// keepLetters writes letters and, with each, the job that sends it.
func keepLetters(ctx context.Context, tx bun.Tx, now time.Time, request int64, letters []written) error {
	for i := range letters {
		w := &letters[i]
		_, err := database.Exec(ctx, tx, insertLetter, w.id, request, w.kind, w.audience, w.language, w.messageID, now, w.sealed)
		if err != nil {
			return err
		}
		if w.link != nil {
			if _, err := database.Exec(ctx, tx, insertLink, w.link.hash, request, w.link.purpose, now, w.link.expires, w.link.codeMark); err != nil {
				return err
			}
		}
		if err := outbox.Add(ctx, tx, now, letterJob(w.id, request, w.after)); err != nil {
			return err
		}
	}
	return nil
}

// appendAudit adds an entry to a request's chain without changing the request,
// and moves the head that the row remembers.
func (o *Office) appendAudit(ctx context.Context, tx bun.Tx, id int64, e audit.Entry) error {
	linked, err := audit.AppendTo(ctx, tx, id, e)
	if err != nil {
		return err
	}
	_, err = database.Exec(ctx, tx, "UPDATE requests SET audit_seq = ?, audit_head = ? WHERE id = ?", linked.Seq, linked.Hash[:], id)
	return err
}

func nullTime(t time.Time) bun.NullTime { return bun.NullTime{Time: t} }
