package requests

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/intake"
)

// FieldAdmit is the field of FieldErrors that says why a message cannot become
// a request.
const FieldAdmit = "admit"

// SortMail says what becomes of a message that waits for staff, or that was
// noted or dropped: it joins the request of a reference, or it is dropped.
func (o *Office) SortMail(ctx context.Context, caller access.Caller, now time.Time, id int64, reference string) error {
	m, err := o.sortable(ctx, caller, now, id)
	if err != nil {
		return err
	}
	if reference == "" {
		return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			if err := o.mails.Settle(ctx, tx, m.now, m.kept, m.byStaff(intake.Dropped)); err != nil {
				return err
			}
			return houseEntry(ctx, tx, now, caller, "drop_mail", Detail{"mail": id, "policy": m.kept.Policy})
		})
	}
	r, err := o.find(ctx, caller, reference)
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && r.Policy != m.kept.Policy:
		return FieldErrors{"reference": "No request of this policy has this reference."}
	case err != nil:
		return err
	}
	err = o.joinBy(ctx, caller, m, r)
	var refused *Refused
	if errors.As(err, &refused) {
		return FieldErrors{"reference": refused.Objections[0].Sentence}
	}
	return err
}

// joinBy adds a message to a request because somebody of the team says that it
// belongs there. One from the requester, or who speaks for them, is theirs; one
// from anybody else is not, and nobody but the team reads it.
func (o *Office) joinBy(ctx context.Context, caller access.Caller, m *incoming, r *Request) error {
	if err := r.unpack(o.rulings); err != nil {
		return err
	}
	v := m.byStaff(intake.Reply)
	v.RequestID = r.ID
	sender, clear := m.sender()
	if clear && r.Facts.Erased.IsZero() {
		theirs, err := o.belongs(r, sender)
		if err != nil {
			return err
		}
		if theirs {
			return o.reply(ctx, caller, m, r, v)
		}
	}
	_, err := o.Do(ctx, caller, m.now, r.Reference, 0, mailedNote{mail: m, verdict: v, office: o})
	return err
}

// mailedNote is a message of somebody else that staff add to a request.
type mailedNote struct {
	mail    *incoming
	verdict intake.Verdict
	office  *Office
}

func (v mailedNote) plan(*occasion) (*plan, error) {
	p := &plan{act: ActNote, permission: access.Search, change: Change{Mail: v.mail.id}}
	from := "nobody it names"
	if len(v.mail.From) > 0 {
		from = strings.Join(v.mail.senders(), ", ")
	}
	p.text = cutRunes(fmt.Sprintf("A message by mail, not from the requester but from %s:\n\n%s", from, v.mail.words(len(v.mail.Attachments))), MaxDetails)
	p.message = &message{kind: "note", body: p.text}
	p.also = v.office.along(v.mail, v.verdict)
	return p, nil
}

// senders are the addresses that a message says it is from, masked: the message
// itself, which names them, is opened on record.
func (m *incoming) senders() (list []string) {
	for _, a := range m.From {
		list = append(list, Mask(a.Email))
	}
	return list
}

// AdmitMail makes a request of a message that was noted, dropped or left to be
// sorted, because somebody of the team says that it is one. It was received when
// the message was: the law does not wait for us to notice.
func (o *Office) AdmitMail(ctx context.Context, caller access.Caller, now time.Time, id int64) (*Request, error) {
	m, err := o.sortable(ctx, caller, now, id)
	if err != nil {
		return nil, err
	}
	if _, clear := m.sender(); !clear {
		return nil, FieldErrors{FieldAdmit: "The message does not say whom to answer. Key in a new request instead."}
	}
	switch m.kept.Outcome {
	case intake.Unsorted, intake.Noted, intake.Dropped:
	default:
		return nil, intake.ErrSettled
	}
	r, err := o.admitBy(ctx, caller, m)
	if unfit(err) {
		return nil, FieldErrors{FieldAdmit: "It cannot become a request as it is. Key in a new request instead."}
	}
	return r, err
}

// sortable opens a message for somebody who may say what it is.
func (o *Office) sortable(ctx context.Context, caller access.Caller, now time.Time, id int64) (*incoming, error) {
	line, err := o.mailFor(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	if why := caller.WhyNot(access.TakeUp, line.Policy); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	kept, d, err := o.mails.Delivery(ctx, id)
	if err != nil {
		return nil, errors.Join(ErrNoMail, err)
	}
	return &incoming{id: id, now: now.UTC().Truncate(time.Microsecond), kept: kept, delivery: d, Message: d.Read([]string{o.domain})}, nil
}

// byStaff is a verdict of somebody of the team.
func (m *incoming) byStaff(outcome intake.Outcome) intake.Verdict {
	v := m.verdict(outcome)
	v.ByStaff = true
	return v
}
