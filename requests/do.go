package requests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/audit"
	"dsr/database"
)

// errRaced is returned inside when another writer was quicker; the door then
// looks again at the request as it is now.
var errRaced = errors.New("the request changed while it was written")

// errAlready is returned inside for what was done a moment ago: a form that was
// sent twice does nothing the second time.
var errAlready = errors.New("this was done already")

// Do is the one door: it carries a verb out on a request, or returns why not.
//
// seen is the revision the caller looked at, from a form; zero for callers that
// need not have looked. The errors are ErrNotFound, ErrForbidden, ErrStale,
// FieldErrors and *Refused; forbidden and refused attempts are recorded.
func (o *Office) Do(ctx context.Context, caller access.Caller, now time.Time, reference string, seen int64, v Verb) (*Request, error) {
	now = now.UTC().Truncate(time.Microsecond)
	for range 10 {
		after, err := o.attempt(ctx, caller, now, reference, seen, v)
		if !errors.Is(err, errRaced) {
			return after, err
		}
	}
	return nil, ErrStale
}

func (o *Office) attempt(ctx context.Context, caller access.Caller, now time.Time, reference string, seen int64, v Verb) (*Request, error) {
	if err := o.refreshCalendars(ctx); err != nil {
		return nil, err
	}
	occasion, err := o.at(ctx, caller, now, reference)
	if err != nil {
		return nil, err
	}
	if seen != 0 && seen != occasion.request.Revision {
		return occasion.request, ErrStale
	}
	p, err := occasion.prepare(v)
	if errors.Is(err, errAlready) {
		return occasion.request, nil
	}
	if err != nil {
		return occasion.request, errors.Join(err, occasion.refused(p, err))
	}
	step, err := occasion.carry(p)
	if err != nil {
		return nil, err
	}
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return o.keep(ctx, tx, step) })
	if database.IsUnique(err) {
		return nil, errRaced // a reference or an id that was taken already
	}
	if err != nil {
		return nil, err
	}
	o.noted(step)
	return step.after, nil
}

// at finds a request the caller may see and makes the occasion.
func (o *Office) at(ctx context.Context, caller access.Caller, now time.Time, reference string) (*occasion, error) {
	r, err := o.find(ctx, caller, reference)
	if err != nil {
		return nil, err
	}
	return o.look(ctx, caller, now, r)
}

// step is one accepted change on its way into the database.
type step struct {
	before, after *Request
	plan          *plan
	event         *Event
	entry         audit.Entry
	letters       []written
	key           sealer
	last, next    *reminder // the next reminder before and after; nil where there is none
}

// carry works out what a plan does, without writing anything.
func (o *occasion) carry(p *plan) (*step, error) {
	key, err := o.office.keyOf(o.request)
	if err != nil {
		return nil, err
	}
	s := &step{before: o.request, after: o.request.clone(), plan: p, key: key}
	if len(p.files) > 0 { // what is approved names those of its proposal
		p.change.Files, p.change.FileSums = len(p.files), sumsOf(p.files)
	}
	s.event = &Event{RequestID: o.request.ID, Seq: o.request.Seq + 1, At: o.now, Act: p.act, Actor: o.caller.Actor(), Change: p.change}
	if err := o.office.advance(s, o); err != nil {
		return nil, err
	}
	p.letters = append(p.letters, s.follows(o)...)
	if s.letters, err = o.office.write(o, s); err != nil {
		return nil, err
	}
	return s, s.seal(o.caller, o.now)
}

// advance projects the event and works the clocks out anew.
func (o *Office) advance(s *step, at *occasion) error {
	if s.plan.change.Law != nil {
		if err := o.rulings.learn(s.plan.change.Law.Ruling, s.plan.change.content); err != nil {
			return err
		}
	}
	if err := s.after.apply(o.machine, s.event); err != nil {
		return err
	}
	if err := s.after.rule(o.rulings); err != nil {
		return err
	}
	if err := s.after.compute(o.book, at.now); err != nil {
		return err
	}
	s.event.Change.Moved = moved(s.before, s.after)
	s.after.settle()
	return s.planReminder(o, at.pack)
}

// seal encrypts the words of the event, hashes it and makes the audit entry.
func (s *step) seal(caller access.Caller, now time.Time) (err error) {
	if words := s.plan.words(); words != "" {
		if s.event.Sealed, err = s.key.seal(fmt.Sprintf("event/%d", s.event.Seq), words); err != nil {
			return err
		}
	}
	if err := s.event.encode(); err != nil {
		return err
	}
	s.entry = audit.Entry{
		At: now, Actor: caller.Actor(), Act: string(s.plan.act), Outcome: audit.Done,
		EventSeq: s.event.Seq, EventHash: audit.Hash(s.event.Hash),
	}
	return s.after.pack()
}

// moved lists the due dates that a change moved.
func moved(before, after *Request) []Moved {
	var list []Moved
	for i := range after.Clocks {
		now := &after.Clocks[i]
		for j := range before.Clocks {
			was := &before.Clocks[j]
			if was.Name() == now.Name() && was.Due.Date != now.Due.Date && now.MetAt.IsZero() {
				list = append(list, Moved{Clock: now.Name(), From: was.Due.Date, To: now.Due.Date})
			}
		}
	}
	return list
}

// clone copies a request deeply enough that projecting an event on the copy
// leaves the original as it was.
func (r *Request) clone() *Request {
	c := *r
	c.Facts.Holds = slices.Clone(r.Facts.Holds)
	c.Facts.Systems = slices.Clone(r.Facts.Systems)
	c.Facts.Labels = slices.Clone(r.Facts.Labels)
	c.Facts.Met = make(map[string]time.Time, len(r.Facts.Met))
	for name, at := range r.Facts.Met {
		c.Facts.Met[name] = at
	}
	c.Clocks = nil
	return &c
}

// refused records an attempt that was forbidden or not lawful. A form that
// needs mending is no attempt.
func (o *occasion) refused(p *plan, cause error) error {
	var refusal *Refused
	if p == nil || !errors.Is(cause, ErrForbidden) && !errors.As(cause, &refusal) {
		return nil
	}
	r := o.request
	entry := audit.Entry{At: o.now, Actor: o.caller.Actor(), Act: string(p.act), Outcome: audit.Refused, Reason: cut(cause.Error(), 900)}
	return o.office.db.Write(o.ctx, func(ctx context.Context, tx bun.Tx) error {
		return o.office.appendAudit(ctx, tx, r.ID, entry)
	})
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// Preview is what a verb would do, for the page that asks before it does it.
type Preview struct {
	Act        string
	Objections []Objection
	Fields     FieldErrors
	Letters    []LetterPreview
	Moved      []Moved
	Before     *Request
	After      *Request // nil when something stands against it
	// Proposes says that a second person has to approve: nothing goes to the
	// requester yet, and their letter is the one to come. Approvers are who is
	// asked, by name.
	Proposes   bool
	Approvers  []string
	Difference *Difference // of clocks and acts, where law, right or receipt change
}

// Preview works a verb out without doing it. What stands against it is part of
// the preview and no error.
func (o *Office) Preview(ctx context.Context, caller access.Caller, now time.Time, reference string, v Verb) (*Preview, error) {
	occasion, err := o.at(ctx, caller, now.UTC().Truncate(time.Microsecond), reference)
	if err != nil {
		return nil, err
	}
	p, err := occasion.prepare(v)
	var refusal *Refused
	var fields FieldErrors
	switch {
	case errors.Is(err, errAlready):
		return &Preview{Act: string(p.act), Before: occasion.request}, nil
	case errors.As(err, &refusal):
		return &Preview{Act: string(p.act), Objections: refusal.Objections, Fields: p.fields, Before: occasion.request}, nil
	case err != nil && !errors.As(err, &fields):
		return nil, err
	}
	preview := &Preview{Act: string(p.act), Fields: fields, Before: occasion.request}
	preview.Letters, preview.After, preview.Moved = occasion.draft(p)
	if p.act == ActPropose {
		preview.Proposes, preview.Approvers = true, p.approvers
		preview.Letters = append(p.coming, preview.Letters...)
	}
	if preview.After == nil || p.act != ActSetLaw && p.act != ActCorrect || len(fields) > 0 && !p.whole {
		return preview, nil
	}
	preview.Difference, err = occasion.difference(preview.After)
	return preview, err
}
