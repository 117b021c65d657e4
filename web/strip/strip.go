// Package strip draws the deadline strip: the promise above, the law below, the
// calendar between them. It owns three drawings of the same facts (large for
// the request page, mini for a queue row, one bar for the requester), the list
// of words that repeats each drawing, and the month grids of "Why this date?".
//
// A drawing is inline SVG without a viewBox: every x is a per cent of the width
// and every y a pixel, so that text and hairlines never scale. Classes and
// presentation attributes only, because the pages forbid inline style.
//
// The package computes no due date and knows no law, no request and no clock of
// its own: instants, marks and words come from the caller.
package strip

import (
	"sort"
	"time"
)

// Clock is one due date on a rail.
type Clock struct {
	// Basis is the caption of the rail, such as "30 days" or "UK GDPR".
	Basis string
	// What names the thing due where it is not the answer: "first reply".
	What string
	// Start is where the rail begins; zero means the receipt.
	Start time.Time
	// Due is the first instant that is too late: the start of the day after a
	// day-due, or the instant itself when Hours is set.
	Due time.Time
	// Hours marks a term counted in hours, whose time of day matters.
	Hours bool
	// Governs marks the clock that the work has to keep to.
	Governs bool
	// Provisional marks a date that still moves because a hold is open.
	Provisional bool
	// Met is the instant the duty was done; zero while it is open.
	Met time.Time
	// Holds are the lawful pauses of this clock, in any order.
	Holds []Hold
	// FirstDue is the due instant before an extension, FirstNote what is said
	// under it ("notice sent 27 Oct").
	FirstDue  time.Time
	FirstNote string
	// RolledFrom is the due instant before it moved to a working day.
	RolledFrom time.Time
	// Reason stands behind the date in the requester's list.
	Reason string
}

// Hold is a pause. From is its first instant, To the first instant after it;
// a zero To means that the hold is still open.
type Hold struct {
	From, To    time.Time
	Label, Note string
}

// Station is another date of the law on its rail, such as the acknowledgement.
// At is exclusive, like Clock.Due.
type Station struct {
	At          time.Time
	Label, Note string
	Met         bool
}

// Strip holds the facts of one request that its strip shows.
type Strip struct {
	Now  time.Time
	Zone *time.Location // days are shown in this zone; nil means UTC
	// Received is the instant of receipt; ReceivedNote says how ("09:12, by form").
	Received     time.Time
	ReceivedNote string
	// Promise is the upper rail, Law the lower one. Either may be missing.
	Promise, Law *Clock
	Stations     []Station
	// Closed tells weekends and holidays by the first instant of a day in Zone;
	// nil means Saturdays and Sundays.
	Closed func(day time.Time) bool
	// SoonDays is the number of calendar days left at which a date turns amber;
	// zero means 4.
	SoonDays int
}

// State returns the class of the whole strip: "late" when the governing date
// has passed, "soon" when it is near, "held" while a hold is open, else "".
// A hold does not hide a near date of the other clock: a promise that runs on
// and governs is still soon or late.
func (s Strip) State() string {
	c := s.governing()
	switch {
	case c == nil:
		return ""
	case s.late(c):
		return "late"
	case s.held(c):
		return "held"
	case s.daysLeft(c) <= s.soonDays():
		return "soon"
	case s.held(s.Promise) || s.held(s.Law):
		return "held"
	}
	return ""
}

// governing returns the open clock marked so by the caller, else the open one
// that is due first, else nil.
func (s Strip) governing() *Clock {
	var first *Clock
	for _, c := range []*Clock{s.Promise, s.Law} {
		switch {
		case c == nil || !c.Met.IsZero():
		case c.Governs:
			return c
		case first == nil || c.Due.Before(first.Due):
			first = c
		}
	}
	return first
}

// soonDays is the setting, or the usual four days.
func (s Strip) soonDays() int {
	if s.SoonDays == 0 {
		return 4
	}
	return s.SoonDays
}

// late tells whether the clock is open and its due instant has passed.
func (s Strip) late(c *Clock) bool { return c.Met.IsZero() && !s.Now.Before(c.Due) }

// held tells whether a hold of the clock covers now and the clock is open.
func (s Strip) held(c *Clock) bool {
	if c == nil || !c.Met.IsZero() {
		return false
	}
	for _, h := range c.Holds {
		if open(h, s.Now) {
			return true
		}
	}
	return false
}

// open tells whether the hold covers the instant.
func open(h Hold, now time.Time) bool {
	return !h.From.After(now) && (h.To.IsZero() || h.To.After(now))
}

// start is where the clock's rail begins.
func (s Strip) start(c *Clock) time.Time {
	if c.Start.IsZero() {
		return s.Received
	}
	return c.Start
}

// stop is where the clock's elapsed part ends: the moment it was met, else now.
func (s Strip) stop(c *Clock) time.Time {
	if c.Met.IsZero() {
		return s.Now
	}
	return c.Met
}

// A part is a stretch of a rail drawn in one manner.
type part struct {
	manner   manner
	from, to time.Time
}

// manner is how a stretch is drawn. Form carries the meaning: colour only adds
// urgency, so each manner differs from the others in print too.
type manner int

const (
	past   manner = iota // elapsed, grey
	left                 // remaining on the governing clock, filled
	hollow               // remaining elsewhere, or unused
	dashed               // remaining, provisional
	dots                 // added by an extension
	hold                 // hatched
	over                 // teeth from the due instant on
	roll                 // dotted line over closed days
)

// parts cuts a clock's rail into stretches, in the order in which they are
// painted: what must be seen whole comes last.
func (s Strip) parts(c *Clock) []part {
	start, stop := s.start(c), s.stop(c)
	body := c.Due
	if !c.RolledFrom.IsZero() && c.RolledFrom.Before(c.Due) {
		body = c.RolledFrom
	}
	elapsed := earlier(stop, c.Due)
	holds := disjoint(c.Holds, start, stop)
	var ps []part
	from := start
	for _, h := range holds {
		ps = add(ps, past, from, earlier(h.from, elapsed))
		from = h.to
	}
	ps = add(ps, past, from, elapsed)
	ps = append(ps, s.remaining(c, later(start, elapsed), body)...)
	ps = add(ps, roll, later(elapsed, body), c.Due)
	ps = add(ps, over, c.Due, stop)
	return append(ps, holds...)
}

// remaining is the stretch between the elapsed part and the due instant.
func (s Strip) remaining(c *Clock, from, body time.Time) []part {
	m := hollow
	switch {
	case !c.Met.IsZero():
	case c.Provisional:
		return add(nil, dashed, from, body)
	case c.Governs:
		m = left
	}
	if c.FirstDue.IsZero() || !c.FirstDue.Before(body) || !c.Met.IsZero() {
		return add(nil, m, from, body)
	}
	ps := add(nil, m, from, c.FirstDue)
	return add(ps, dots, later(from, c.FirstDue), body)
}

// disjoint sorts the holds, cuts them to the elapsed time and merges overlaps.
func disjoint(holds []Hold, start, stop time.Time) []part {
	var ps []part
	for _, h := range holds {
		to := stop
		if !h.To.IsZero() {
			to = earlier(h.To, stop)
		}
		ps = add(ps, hold, later(h.From, start), to)
	}
	sort.Slice(ps, func(i, j int) bool { return ps[i].from.Before(ps[j].from) })
	var out []part
	for _, p := range ps {
		if n := len(out); n > 0 && !p.from.After(out[n-1].to) {
			out[n-1].to = later(out[n-1].to, p.to)
			continue
		}
		out = append(out, p)
	}
	return out
}

// add appends a stretch unless it is empty.
func add(ps []part, m manner, from, to time.Time) []part {
	if !from.Before(to) {
		return ps
	}
	return append(ps, part{m, from, to})
}

// earlier returns the earlier of two instants.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// later returns the later of two instants.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
