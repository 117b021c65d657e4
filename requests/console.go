package requests

import (
	"context"
	"slices"
	"time"

	"dsr/access"
	"dsr/deadlines"
	"dsr/policies"
)

// This file holds what only the console and the command line read. It has no
// rule of its own.

// Derivation is why one clock of a request is due when it is: the same steps
// for the page, the JSON behind it and the command line.
type Derivation struct {
	Reference string             `json:"reference"`
	Clock     string             `json:"clock"` // respond.law
	Kind      policies.ClockKind `json:"kind"`
	Basis     policies.Basis     `json:"basis"`
	State     ClockState         `json:"state"`
	Governs   bool               `json:"governs"`
	Received  time.Time          `json:"received_at"`
	AsOf      time.Time          `json:"as_of"`
	Zone      string             `json:"zone"`
	Calendar  string             `json:"calendar"`
	DueDate   deadlines.Date     `json:"due_date"`
	Before    time.Time          `json:"due_before,omitzero"` // exclusive, for days and months
	At        time.Time          `json:"due_at,omitzero"`     // inclusive, for hours
	MetAt     time.Time          `json:"met_at,omitzero"`
	Phrase    string             `json:"phrase,omitempty"` // a promise's own words
	Note      string             `json:"note,omitempty"`
	Certainty string             `json:"certainty"`
	Rules     RuleFile           `json:"rules"`
	Steps     []deadlines.Step   `json:"steps"`

	Request *Request        `json:"-"`
	Of      *Clock          `json:"-"` // the clock itself
	Place   deadlines.Place `json:"-"`
}

// RuleFile names the file a clock comes from, in the edition that was frozen
// on the request.
type RuleFile struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// Derive explains one clock of a request by its name. A clock the request does
// not have is ErrNotFound.
func (o *Office) Derive(ctx context.Context, caller access.Caller, now time.Time, reference, clock string) (*Derivation, error) {
	at, err := o.at(ctx, caller, now.UTC().Truncate(time.Microsecond), reference)
	if err != nil {
		return nil, err
	}
	for i := range at.request.Clocks {
		if c := &at.request.Clocks[i]; c.Name() == clock {
			return at.derive(c)
		}
	}
	return nil, ErrNotFound
}

func (o *occasion) derive(c *Clock) (*Derivation, error) {
	facts := o.request.Facts.Facts
	facts.AsOf = o.now
	due, steps, err := c.Rule.Explain(&facts, o.place)
	if err != nil {
		return nil, err
	}
	ruling := o.request.Ruling
	set, err := o.office.setDays(o.ctx, ruling.Calendar, due.Start, due.Date)
	if err != nil {
		return nil, err
	}
	steps = slices.Insert(steps, max(0, len(steps)-1), set...)
	d := &Derivation{
		Reference: o.request.Reference, Clock: c.Name(), Kind: c.Kind, Basis: c.Basis, State: c.State(o.now), Governs: c.Governs,
		Received: o.request.ReceivedAt, AsOf: o.now, Zone: ruling.Zone, Calendar: ruling.Calendar,
		DueDate: due.Date, Before: due.Before, At: due.At, MetAt: c.MetAt, Phrase: c.Phrase, Note: c.Note,
		Certainty: c.Rule.Sources.Certainty, Steps: steps, Request: o.request, Of: c, Place: o.place,
		Rules: RuleFile{ruling.Regime, ruling.Version, ruling.SHA256},
	}
	if c.Basis == policies.ByPromise {
		d.Rules = RuleFile{ruling.Pack, ruling.PackVersion, ruling.PackSHA256}
	}
	return d, nil
}

// LastExtended returns the last day that an extension of the law's answer could
// lawfully give, or false when the law knows none, sets no cap, or none is left.
func (v *View) LastExtended(book *policies.Book) (deadlines.Date, bool, error) {
	c := v.AnswerClock(policies.ByLaw)
	if c == nil || v.Facts.Extension != nil {
		return 0, false, nil
	}
	place, err := book.Place(v.Ruling.Zone, v.Ruling.Calendar)
	if err != nil {
		return 0, false, err
	}
	facts := v.Facts.Facts
	facts.AsOf = v.Now
	return c.Rule.Latest(&facts, place)
}

// SinceRevision lists what changed after the revision somebody saw: the events
// that make a form stale.
func (v *View) SinceRevision(seen int64) []Event {
	var since []Event
	for _, e := range v.Timeline {
		if e.Seq > seen && !quiet(e.Act) {
			since = append(since, e)
		}
	}
	return since
}

// FirstDates lists when the clocks that run now were due on the day of receipt,
// before anything moved them. It is empty when law or receipt were set anew
// since: then other clocks ran at first.
func (v *View) FirstDates(place deadlines.Place) ([]Moved, error) {
	for i := range v.Timeline {
		if act := v.Timeline[i].Act; act == ActSetLaw || act == ActCorrect {
			return nil, nil
		}
	}
	var dates []Moved
	facts := deadlines.Facts{ReceivedAt: v.ReceivedAt}
	for i := range v.Clocks {
		c := &v.Clocks[i]
		due, err := c.Rule.Due(&facts, place)
		if err != nil {
			return nil, err
		}
		dates = append(dates, Moved{Clock: c.Name(), To: due.Date})
	}
	return dates, nil
}

// MovedBy lists the dates an event moved. While a question is open a date
// changes every day and says nothing, so it is told when the reply comes: from
// what it would have been without the question.
func (v *View) MovedBy(e *Event, place deadlines.Place) ([]Moved, error) {
	switch {
	case e.Change.HoldOpen != "":
		return slices.DeleteFunc(slices.Clone(e.Change.Moved), func(m Moved) bool { return v.waitsFor(m.Clock, e.Change.HoldOpen) }), nil
	case e.Change.HoldShut == "":
		return e.Change.Moved, nil
	}
	facts := v.Facts.Facts
	facts.AsOf = e.At
	without := facts
	without.Holds = slices.DeleteFunc(slices.Clone(facts.Holds), func(h deadlines.Hold) bool { return h.Kind == e.Change.HoldShut && h.To.Equal(e.At) })
	var moves []Moved
	for i := range v.Clocks {
		c := &v.Clocks[i]
		from, err := c.Rule.Due(&without, place)
		if err != nil {
			return nil, err
		}
		to, err := c.Rule.Due(&facts, place)
		if err != nil {
			return nil, err
		}
		if from.Date != to.Date {
			moves = append(moves, Moved{Clock: c.Name(), From: from.Date, To: to.Date})
		}
	}
	return moves, nil
}

// waitsFor reports whether a clock stops or starts late for a kind of hold.
func (v *View) waitsFor(clock string, kind deadlines.HoldKind) bool {
	for i := range v.Clocks {
		if c := &v.Clocks[i]; c.Name() == clock {
			return slices.Contains(c.Rule.Suspends, kind) || slices.Contains(c.Rule.MovesStart, kind)
		}
	}
	return false
}
