package requests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/outbox"
	"dsr/policies"
)

// Reading is what rules read from a message, and nobody has confirmed yet. The
// words themselves stay sealed with the message; rules are named by their ids.
type Reading struct {
	Mail      int64       `json:"mail"`
	Rights    []ReadRight `json:"rights,omitempty"` // the surest first
	Residence string      `json:"residence,omitempty"`
	Told      bool        `json:"told,omitempty"`  // the residence was not read: the requester said it on their page
	After     string      `json:"after,omitempty"` // reference of the request that had ended, which the message answers
}

// ReadRight is one right that the words of a message ask for.
type ReadRight struct {
	Right policies.Right `json:"right"`
	Rules []string       `json:"rules"` // ids of the rules, as package proposals names them
}

// ConfirmReading says what a message asks for: as the rules read it, or
// otherwise. Until somebody has, nothing is decided on it.
type ConfirmReading struct {
	Right     policies.Right // "": as it was read
	Residence string         // "": nobody knows
	// Also are further rights that the message asks for. Each becomes a request
	// of its own.
	Also []policies.Right
}

func (v ConfirmReading) plan(o *occasion) (*plan, error) {
	r := o.request
	p := &plan{act: ActConfirmReading, permission: access.TakeUp, whole: true}
	if r.Facts.Reading == nil {
		p.object("", "What this request asks for was confirmed already.")
		return p, nil
	}
	right := r.Right
	if v.Right != "" && v.Right != right {
		p.right(o, v.Right)
		right = v.Right
	}
	q := policies.Question{Pack: o.pack, Right: right, Residence: v.Residence, ReceivedAt: r.ReceivedAt}
	ruling, err := o.office.book.Rule(q)
	if err != nil {
		p.whole = false
		p.fail("right", fmt.Sprintf("Neither the %s policy nor the law there gives this right. Choose another, or say that it is not meant for you.", o.pack.Controller.Name))
		return p, nil
	}
	v.Also = slices.DeleteFunc(slices.Clone(v.Also), func(r policies.Right) bool { return r == right })
	given := o.office.book.Given(o.pack, v.Residence, r.ReceivedAt)
	if slices.ContainsFunc(v.Also, func(r policies.Right) bool { return !slices.Contains(given, r) }) {
		p.fail("also", fmt.Sprintf("Neither the %s policy nor the law there gives all of these rights. Choose among the others.", o.pack.Controller.Name))
	}
	if len(v.Also) > 0 {
		p.also = v.receiveAlso(o)
	}
	law, content, err := lawOf(v.Residence, &ruling)
	if err != nil {
		return nil, err
	}
	if law.Ruling != r.RulingHash || law.Residence != r.Residence {
		p.change.Law, p.change.content = &law, content
	}
	if r.Suspect != "" {
		p.change.Letter = LetterReceived
		p.letters, err = o.heldBack()
	}
	return p, err
}

// alsoKind is the kind of outbox job that receives the further rights of a
// message.
const alsoKind = "mail_also"

// receiveAlso leaves that job, in the transaction that confirms the first right.
func (v ConfirmReading) receiveAlso(o *occasion) func(context.Context, bun.Tx, time.Time) error {
	r := o.request
	return func(ctx context.Context, tx bun.Tx, at time.Time) error {
		payload, err := json.Marshal(furtherRights{Reference: r.Reference, Rights: v.Also})
		if err != nil {
			return err
		}
		return outbox.Add(ctx, tx, at, outbox.Job{Kind: alsoKind, DedupeKey: alsoKind + ":" + itoa(r.ID), RequestID: r.ID, Payload: payload})
	}
}

// furtherRights is what such a job knows.
type furtherRights struct {
	Reference string           `json:"reference"`
	Rights    []policies.Right `json:"rights"`
}

// ReceiveAlso is the outbox's handler for the further rights of a message: each
// becomes a request of its own, from the same receipt.
func (o *Office) ReceiveAlso(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		var further furtherRights
		if err := json.Unmarshal(job.Payload, &further); err != nil {
			return fmt.Errorf("%w: its payload names no request", outbox.ErrPermanent)
		}
		caller := access.MachineNamed("mailbox")
		first, err := o.find(ctx, caller, further.Reference)
		if err != nil {
			return err
		}
		key, err := o.keyOf(first)
		if err != nil {
			return err
		}
		person, err := key.person(first)
		if err != nil || person.Email == "" {
			return err // erased meanwhile
		}
		_, err = o.Receive(ctx, caller, now(), Submission{
			Nonce: fmt.Sprintf("%s/%016d", alsoKind, first.ID), Policy: first.Policy, Rights: further.Rights, Residence: first.Residence,
			Channel: "mail", Language: first.Language, ReceivedAt: first.ReceivedAt, Person: person,
		})
		if errors.Is(err, ErrInvalid) {
			return fmt.Errorf("%w: %w", outbox.ErrPermanent, err)
		}
		return err
	}
}

// againstUnread keeps a request whose message nobody has read from going on.
func (o *occasion) againstUnread() []Objection {
	if o.request.Facts.Reading == nil {
		return nil
	}
	return []Objection{{Sentence: "Say first what the message asks for: confirm what was read from it, or choose another right."}}
}
