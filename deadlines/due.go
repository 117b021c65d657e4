package deadlines

import (
	"fmt"
	"slices"
	"time"
)

// Due computes when a clock is due. It allocates nothing.
func (r *Rule) Due(f *Facts, p Place) (Due, error) {
	c := computation{rule: r, facts: f, place: p}
	return c.run()
}

// Explain computes the same and returns each step of the way.
func (r *Rule) Explain(f *Facts, p Place) (Due, []Step, error) {
	c := computation{rule: r, facts: f, place: p, steps: make([]Step, 0, 10), explain: true}
	due, err := c.run()
	return due, c.steps, err
}

// computation walks from receipt to the due instant. The steps are kept only
// when somebody asked for them, so that both ways run the same code.
type computation struct {
	rule    *Rule
	facts   *Facts
	place   Place
	due     Due
	explain bool
	steps   []Step

	replyDays int // holds whose day of reply another reading would count
}

func (c *computation) run() (Due, error) {
	if c.facts.ReceivedAt.IsZero() {
		return Due{}, fmt.Errorf("%w: there is no instant of receipt", ErrRule)
	}
	c.step(Step{Kind: StepReceived, At: c.facts.ReceivedAt, Date: c.local(c.facts.ReceivedAt)})
	if c.rule.Term.Unit == Hours {
		c.hours()
		return c.due, nil
	}
	c.start()
	err := c.days()
	return c.due, err
}

// hours adds elapsed hours on the UTC line; weekends, holidays and clock
// changes do not stop them.
func (c *computation) hours() {
	at := c.facts.ReceivedAt.Add(time.Duration(c.rule.Term.N) * time.Hour).UTC()
	date := c.local(at)
	c.due.Start = c.local(c.facts.ReceivedAt)
	c.due.At, c.due.Date, c.due.FirstDate = at, date, date
	c.due.Unrolled, c.due.Rolled, c.due.Cautious = date, date, date
	c.step(Step{Kind: StepRule, Date: c.due.Start, Term: c.rule.Term, Source: c.rule.Sources.Term})
	c.step(Step{Kind: StepElapsed, Term: c.rule.Term, Date: date, At: at, Source: c.rule.Sources.orTerm(c.rule.Sources.Count)})
	c.step(Step{Kind: StepDue, Date: date, At: at})
}

// start finds day 0: receipt, or what the rule waits for.
func (c *computation) start() {
	begin := c.facts.ReceivedAt
	source := c.rule.Sources.orTerm(c.rule.Sources.Start)
	c.due.Start = c.local(begin)
	switch c.rule.Start {
	case FromRelevantTime:
		for i := range c.facts.Holds {
			h := &c.facts.Holds[i]
			if !slices.Contains(c.rule.MovesStart, h.Kind) || !c.happened(h) {
				continue
			}
			end := c.endOf(h)
			if end.After(begin) {
				begin = end
			}
		}
		c.due.Start = c.local(begin)
	case FromReflection:
		for i := range c.facts.Holds {
			if h := &c.facts.Holds[i]; h.Kind == HoldFee && c.happened(h) {
				c.due.Start = c.local(h.From).AddDays(ReflectionDays)
				c.step(Step{Kind: StepReflection, Date: c.due.Start, Since: c.local(h.From), Source: source})
				return
			}
		}
	}
	kind := StepStart
	if begin.After(c.facts.ReceivedAt) {
		kind = StepMoved
	}
	c.step(Step{Kind: kind, Date: c.due.Start, At: begin, Source: source})
}

// days counts in days or months: base, holds, extension, roll.
func (c *computation) days() error {
	d := &c.due
	base, err := c.add(c.rule.Term)
	if err != nil {
		return err
	}
	d.Unrolled = base
	if err := c.hold(base); err != nil {
		return err
	}
	if err := c.settle(); err != nil {
		return err
	}
	d.FirstDate, d.FirstBefore = d.Date, d.Date.AddDays(1).Start(c.place.Zone)
	d.Before = d.FirstBefore
	if err := c.extend(); err != nil {
		return err
	}
	c.finish()
	return nil
}

// add counts a term from day 0.
func (c *computation) add(t Term) (Date, error) {
	d, source := c.due.Start, c.rule.Sources.orTerm(c.rule.Sources.Count)
	c.step(Step{Kind: StepRule, Date: d, Term: t, Source: c.rule.Sources.Term})
	switch t.Unit {
	case CalendarDays:
		d = d.AddDays(t.N)
		c.step(Step{Kind: StepDays, Term: t, Date: d, Source: source})
	case BusinessDays:
		end, err := c.place.Calendar.addWorking(d, t.N)
		if err != nil {
			return 0, err
		}
		d = end
		c.step(Step{Kind: StepBusinessDays, Term: t, Date: d, Name: c.place.Calendar.Name, Source: source})
	case Months:
		d = d.AddMonths(t.N)
		kind := StepMonths
		if _, _, want := c.due.Start.Civil(); dayOf(d) != want {
			kind = StepClamped
		}
		c.step(Step{Kind: kind, Term: t, Date: d, Source: source})
	default:
		return 0, fmt.Errorf("%w: unit %q", ErrRule, t.Unit)
	}
	return d, nil
}

// hold takes out the days of each lawful pause, as a set of dates. A question
// sent when the period was over revives nothing.
func (c *computation) hold(base Date) error {
	c.due.Cautious = base
	if len(c.facts.Holds) == 0 {
		return nil
	}
	for i := range c.facts.Holds {
		h := &c.facts.Holds[i]
		if !c.happened(h) {
			continue
		}
		if !slices.Contains(c.rule.Suspends, h.Kind) {
			c.unmoved(h)
			continue
		}
		limit, err := c.roll(c.due.Unrolled)
		if err != nil {
			return err
		}
		if c.local(h.From) > limit {
			c.step(Step{Kind: StepHoldTooLate, Hold: h.Kind, Since: c.local(h.From), Date: limit, Source: c.rule.Sources.orTerm(c.rule.Sources.Hold)})
			continue
		}
		n := c.newDays(i)
		if !c.open(h) && n > 0 {
			c.replyDays++
		}
		c.due.HeldDays += n
		c.due.Unrolled = base.AddDays(c.due.HeldDays)
		if c.open(h) {
			continue // the last step says that it is held
		}
		c.step(Step{Kind: StepHold, Hold: h.Kind, N: n, Since: c.local(h.From), Until: c.local(c.endOf(h)), Date: c.due.Unrolled, Source: c.rule.Sources.orTerm(c.rule.Sources.Hold)})
	}
	c.due.Cautious = c.due.Unrolled.AddDays(-c.replyDays)
	c.noteOpen()
	return nil
}

// unmoved says of a hold that does not suspend why the date stays.
func (c *computation) unmoved(h *Hold) {
	if slices.Contains(c.rule.MovesStart, h.Kind) || c.rule.Start == FromReflection && h.Kind == HoldFee {
		return
	}
	c.step(Step{Kind: StepHoldNoEffect, Hold: h.Kind, Since: c.local(h.From), Date: c.due.Unrolled, Source: c.rule.Sources.orTerm(c.rule.Sources.Hold)})
}

// newDays counts the dates of a hold, from the day of asking to the day of the
// reply, that lie in the period and in no earlier hold.
func (c *computation) newDays(i int) int {
	h := &c.facts.Holds[i]
	n := 0
	for d := max(c.local(h.From), c.due.Start); d <= c.local(c.endOf(h)); d++ {
		if !c.covered(d, i) {
			n++
		}
	}
	return n
}

func (c *computation) covered(d Date, before int) bool {
	for i := range c.facts.Holds[:before] {
		h := &c.facts.Holds[i]
		if slices.Contains(c.rule.Suspends, h.Kind) && c.happened(h) && c.local(h.From) <= d && d <= c.local(c.endOf(h)) {
			return true
		}
	}
	return false
}

// noteOpen marks the due date as provisional while an effective hold is open.
func (c *computation) noteOpen() {
	for i := range c.facts.Holds {
		h := &c.facts.Holds[i]
		effective := slices.Contains(c.rule.Suspends, h.Kind) || slices.Contains(c.rule.MovesStart, h.Kind)
		if effective && c.happened(h) && c.open(h) {
			c.due.Held, c.due.HeldSince = h.Kind, h.From
		}
	}
}

// settle rolls the unrolled date where the rule rolls, and the cautious one alike.
func (c *computation) settle() (err error) {
	d := &c.due
	if d.Date, err = c.roll(d.Unrolled); err != nil {
		return err
	}
	d.Cautious, err = c.roll(d.Cautious)
	return err
}

func (c *computation) roll(d Date) (Date, error) {
	if c.rule.Roll == RollForward {
		return c.place.Calendar.next(d)
	}
	return d, nil
}

func (c *computation) local(t time.Time) Date { return DateOf(t, c.place.Zone) }

// happened reports whether a hold had begun at the instant of looking.
func (c *computation) happened(h *Hold) bool {
	return c.facts.AsOf.IsZero() || !h.From.After(c.facts.AsOf)
}

// open reports whether a hold is unanswered at the instant of looking.
func (c *computation) open(h *Hold) bool {
	return h.To.IsZero() || !c.facts.AsOf.IsZero() && h.To.After(c.facts.AsOf)
}

// endOf returns when a hold ended; an open one is counted to the instant of
// looking, so that the date shown is the one an answer now would give.
func (c *computation) endOf(h *Hold) time.Time {
	switch {
	case !c.open(h):
		return h.To
	case c.facts.AsOf.IsZero():
		return h.From
	}
	return c.facts.AsOf
}

func dayOf(d Date) int {
	_, _, day := d.Civil()
	return day
}

func (s *Sources) orTerm(source string) string {
	if source == "" {
		return s.Term
	}
	return source
}
