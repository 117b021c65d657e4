package requests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/identity"
	"dsr/outbox"
)

// CorrectAddress sets right the address that a person's letters go to, for
// every request they sent with it. What was proved of the old mailbox does not
// count for the new one, and what links to the old one opened is shut.
type CorrectAddress struct {
	Email  string
	Reason string // how the team knows; kept sealed
}

func (v CorrectAddress) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActAddress, permission: access.Correct}
	p.text = tidy(v.Reason)
	p.require("reason", p.text, "Say how you know the right address: the person called, the form has a slip of the pen.")
	key, err := o.office.keyOf(o.request)
	if err != nil {
		return nil, err
	}
	person, err := key.person(o.request)
	if err != nil {
		return nil, err
	}
	email, err := NormalAddress(v.Email)
	switch {
	case err != nil:
		p.fail("email", "Enter an address like name@example.com.")
	case email == person.Email:
		p.fail("email", "This is the address already. Enter the right one.")
	}
	if len(p.fields) > 0 {
		return p, nil
	}
	p.evidence = person.Email + " → " + email
	p.also = func(ctx context.Context, tx bun.Tx, at time.Time) error { return o.moveAddress(ctx, tx, at, email) }
	return p, nil
}

// moveAddress gives all requests of the submission the new address at once, as
// a link to one of them opens all, and shuts what the old one opened. What
// their own timelines say of it follows by a job each.
func (o *occasion) moveAddress(ctx context.Context, tx bun.Tx, at time.Time, email string) error {
	siblings, err := o.office.ofSubmission(ctx, o.request.SubmissionID)
	if err != nil {
		return err
	}
	for _, r := range siblings {
		if !bytes.Equal(r.Person, o.request.Person) || !r.Facts.Erased.IsZero() {
			continue
		}
		if err := o.office.readdress(ctx, tx, at, r, email); err != nil {
			return err
		}
		if r.ID == o.request.ID {
			continue
		}
		job := outbox.Job{Kind: addressKind, DedupeKey: fmt.Sprintf("%s:%d:%d:%d", addressKind, o.request.ID, o.request.Seq, r.ID), RequestID: r.ID, Payload: []byte(r.Reference)}
		if err := outbox.Add(ctx, tx, at, job); err != nil {
			return err
		}
	}
	_, err = database.Exec(ctx, tx, "UPDATE submissions SET signed_out_at = ? WHERE id = ?", at, o.request.SubmissionID)
	return err
}

// readdress seals a person with another address and shuts the links to the one
// before.
func (o *Office) readdress(ctx context.Context, tx bun.Tx, at time.Time, r *Request, email string) error {
	key, err := o.keyOf(r)
	if err != nil {
		return err
	}
	person, err := key.person(r)
	if err != nil {
		return err
	}
	person.Email = email
	sealed, err := key.sealJSON("person", person)
	if err != nil {
		return err
	}
	if _, err := database.Exec(ctx, tx, "UPDATE requests SET person = ?, sealed = ? WHERE id = ?", o.indexOf(email), sealed, r.ID); err != nil {
		return err
	}
	return shutLinks(ctx, tx, at, r.ID)
}

// shutLinks makes the links to a person's mailbox open nothing any more; those
// of whoever asks for them stay.
func shutLinks(ctx context.Context, tx bun.Tx, at time.Time, request int64) error {
	_, err := database.Exec(ctx, tx, "UPDATE links SET used_at = ? WHERE request_id = ? AND used_at IS NULL AND purpose <> ?", at, request, linkAgent)
	return err
}

// addressKind is the kind of outbox job that notes on a timeline that the
// address was corrected with that of another request.
const addressKind = "address_also"

// NoteAddress is the outbox's handler for such jobs.
func (o *Office) NoteAddress(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		_, err := o.Do(ctx, access.MachineNamed("address"), now(), string(job.Payload), 0, addressMoved{})
		var refused *Refused
		if errors.As(err, &refused) || errors.Is(err, ErrNotFound) {
			return nil // erased meanwhile
		}
		return err
	}
}

// addressMoved is what a request says of an address that was corrected together
// with another's.
type addressMoved struct{}

func (addressMoved) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActAddress, permission: access.Remind}
	p.also = func(ctx context.Context, tx bun.Tx, at time.Time) error {
		return shutLinks(ctx, tx, at, o.request.ID) // one may have been written in between
	}
	return p, nil
}

// projectAddress takes back what only the old mailbox proved.
func (r *Request) projectAddress(at time.Time) {
	if r.Verified.ByMailbox() {
		r.Verified = identity.None
	}
	if a := r.Facts.Agent; a != nil {
		agent := *a
		agent.Confirmed = false
		r.Facts.Agent = &agent
	}
	if !r.Facts.AskedMailbox.IsZero() {
		r.Facts.AskedMailbox = at // and the time to prove the new one begins
	}
}
