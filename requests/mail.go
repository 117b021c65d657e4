package requests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"dsr/intake"
	"dsr/mailbox"
	"dsr/outbox"
)

// mailKind is the kind of outbox job that reads one message.
const mailKind = "mail"

// TakeMail keeps a message that came to a policy's mailbox, sealed, and leaves
// the job that reads it. When it returns without error the message is on disk;
// one that was taken before changes nothing. The errors are
// policies.ErrNoPolicy and those of the database.
func (o *Office) TakeMail(ctx context.Context, now time.Time, d mailbox.Delivery) error {
	if _, err := o.book.Pack(d.Policy); err != nil {
		return err
	}
	if d.ReceivedAt.IsZero() || d.ReceivedAt.After(now) {
		d.ReceivedAt = now // no clock begins in the future because a server's is wrong
	}
	fresh, err := o.mails.Keep(ctx, now, &d, func(ctx context.Context, tx bun.Tx, id int64) error {
		number := strconv.FormatInt(id, 10)
		return outbox.Add(ctx, tx, now.UTC(), outbox.Job{Kind: mailKind, DedupeKey: mailKind + ":" + number, Payload: []byte(number)})
	})
	if fresh {
		o.wake()
	}
	return err
}

// ReadMail is the outbox's handler for messages: it says what one is, and does
// what follows. Every way ends in one outcome; a crash on the way begins again
// and finds what was done.
func (o *Office) ReadMail(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		id, err := strconv.ParseInt(string(job.Payload), 10, 64)
		if err != nil {
			return fmt.Errorf("%w: its payload names no message", outbox.ErrPermanent)
		}
		kept, d, err := o.mails.Delivery(ctx, id)
		if errors.Is(err, intake.ErrNotFound) || err == nil && kept.Outcome != intake.Waiting {
			return nil
		}
		m := &incoming{id: id, now: now().UTC().Truncate(time.Microsecond), kept: kept, Message: &mailbox.Message{Kind: mailbox.Letter}}
		if err != nil {
			if kept == nil {
				return err
			}
			return o.sorted(ctx, job, m, err)
		}
		m.delivery, m.Message = d, d.Read([]string{o.domain})
		return o.sorted(ctx, job, m, o.sort(ctx, m))
	}
}

// sorted says what follows from an attempt to sort a message. One that nothing
// can be done with is shown to staff: a message that only a list of failed jobs
// knows is lost.
func (o *Office) sorted(ctx context.Context, job outbox.Job, m *incoming, result error) error {
	var refused *Refused
	switch {
	case result == nil || errors.Is(result, intake.ErrSettled):
		return nil
	case !errors.As(result, &refused) && !errors.Is(result, outbox.ErrPermanent) && outbox.DefaultPolicy().Ends(m.now, job, result) == "":
		return result
	}
	v := m.verdict(intake.Unsorted)
	v.Summary.Faults = append(v.Summary.Faults, faultUnsorted)
	err := o.settleMail(ctx, m, v)
	if errors.Is(err, intake.ErrSettled) {
		err = nil
	}
	if err != nil || refused != nil {
		return err
	}
	return result // the log keeps why, and the worker gives it up
}

// faultUnsorted is what staff read of a message that the program failed on.
const faultUnsorted = "The program could not sort this message by itself. Say what it is."

// incoming is one message while it is sorted.
type incoming struct {
	*mailbox.Message
	id       int64
	now      time.Time
	kept     *intake.Mail
	delivery *mailbox.Delivery
	after    string // reference of a request that has ended, which the message answers and asks for something anew
}

// sort decides what becomes of a message. What is automatic is never answered.
func (o *Office) sort(ctx context.Context, m *incoming) error {
	if m.Kind == mailbox.Bounce {
		return o.sortBounce(ctx, m)
	}
	r, err := o.requestOf(ctx, m)
	if err != nil {
		return err
	}
	switch {
	case m.Kind == mailbox.AutoReply || m.Kind == mailbox.Loop:
		return o.note(ctx, m, r)
	case r != nil && o.asksAnew(m, r):
		m.after = r.Reference
		return o.admitMail(ctx, m)
	case r != nil:
		return o.join(ctx, m, r)
	case m.Kind == mailbox.List:
		return o.admitListed(ctx, m)
	}
	return o.admitMail(ctx, m)
}

// asksAnew reports whether a person's reply to a closed request of theirs asks for
// a right: nothing runs there any more, so it is a request of its own. Who does
// not agree with the answer replies to it, and what was only set aside is opened
// again.
func (o *Office) asksAnew(m *incoming, r *Request) bool {
	sender, _ := m.sender()
	email, err := NormalAddress(sender.Email)
	if err != nil || r.Phase != Closed || !bytes.Equal(o.indexOf(email), r.Person) {
		return false
	}
	pack, err := o.book.Pack(m.kept.Policy)
	if err != nil {
		return false
	}
	read := o.readWords(m, pack)
	return len(read.rights) > 0 && !read.contests
}

// note keeps an automatic message beside the request it speaks of, if any.
func (o *Office) note(ctx context.Context, m *incoming, r *Request) error {
	v := m.verdict(intake.Noted)
	if r != nil && r.Facts.Erased.IsZero() { // beside one that is erased nothing is kept
		v.RequestID = r.ID
	}
	return o.settleMail(ctx, m, v)
}

func (m *incoming) verdict(outcome intake.Outcome) intake.Verdict {
	return intake.Verdict{Kind: m.Kind, Why: m.Why, Outcome: outcome, Summary: m.summary()}
}

// summary is what lists show of the message.
func (m *incoming) summary() intake.Summary {
	s := intake.Summary{Subject: cutRunes(m.Subject, 300), Attachments: len(m.Attachments), Hints: m.Hints, Faults: m.Faults}
	if len(m.From) > 0 {
		s.From = m.From[0].Email
	}
	return s
}

func (o *Office) settleMail(ctx context.Context, m *incoming, v intake.Verdict) error {
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return o.mails.Settle(ctx, tx, m.now, m.kept, v) })
}

// along settles a message in the transaction of the act that it leads to.
func (o *Office) along(m *incoming, v intake.Verdict) func(context.Context, bun.Tx, time.Time) error {
	return func(ctx context.Context, tx bun.Tx, _ time.Time) error {
		return o.mails.Settle(ctx, tx, m.now, m.kept, v)
	}
}

// sortBounce gives a report of a mail server back to the letter it speaks of.
// What speaks of none of ours is only noted.
func (o *Office) sortBounce(ctx context.Context, m *incoming) error {
	request, ours, err := o.letterCameBack(ctx, m.now, o.returned(m))
	if err != nil {
		return err
	}
	v := m.verdict(intake.Noted)
	if ours {
		v.Outcome, v.RequestID = intake.Bounce, request
	}
	return o.settleMail(ctx, m, v)
}
