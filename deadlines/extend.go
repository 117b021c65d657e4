package deadlines

import (
	"slices"
	"time"
)

// extend applies an extension that was lawfully announced: counted as a new
// total from day 0, never as two steps, and never more than the rule allows.
func (c *computation) extend() error {
	e := c.facts.Extension
	if e == nil || !c.facts.AsOf.IsZero() && e.SentAt.After(c.facts.AsOf) {
		return nil
	}
	d := &c.due
	source := c.rule.Sources.orTerm(c.rule.Sources.Extension)
	until, refusal, err := c.extended(e)
	if err != nil {
		return err
	}
	if refusal != NotRefused {
		d.Refused = refusal
		c.step(Step{Kind: StepExtensionRefused, Date: d.Date, Since: c.local(e.SentAt), Name: string(refusal), Source: source})
		return nil
	}
	if e.Until != nil {
		until = until.AddDays(c.heldAfter(e.SentAt))
		d.Cautious = until
	} else {
		d.Cautious = until.AddDays(-c.replyDays)
	}
	d.Unrolled, d.Extended = until, true
	c.step(Step{Kind: StepExtension, Date: until, Since: c.local(e.SentAt), Term: e.Term, Source: source})
	if err := c.settle(); err != nil {
		return err
	}
	d.Before = d.Date.AddDays(1).Start(c.place.Zone)
	return nil
}

// heldAfter counts the days of holds that began after a new date was told:
// they come on top of it.
func (c *computation) heldAfter(sent time.Time) int {
	n := 0
	for i := range c.facts.Holds {
		h := &c.facts.Holds[i]
		if h.From.After(sent) && c.happened(h) && slices.Contains(c.rule.Suspends, h.Kind) {
			n += c.newDays(i)
		}
	}
	return n
}

// extended returns the last day an extension gives, before rolling, or why it
// gives none.
func (c *computation) extended(e *Extension) (Date, Refusal, error) {
	switch {
	case c.rule.Extension.IsZero() && !c.rule.OpenEnded:
		return 0, NotAllowed, nil
	case !e.SentAt.Before(c.due.FirstBefore):
		return 0, TooLate, nil
	case e.Until == nil && e.Term.IsZero():
		return 0, noDateInFacts, nil
	case e.Until != nil && *e.Until <= c.due.FirstDate:
		return 0, NotLater, nil
	}
	if c.rule.OpenEnded && e.Until != nil {
		return *e.Until, NotRefused, nil
	}
	latest, err := c.latest(c.rule.Extension)
	if err != nil {
		return 0, NotRefused, err
	}
	until := latest
	if e.Until != nil {
		until = *e.Until
	} else if until, err = c.latest(e.Term); err != nil {
		return 0, NotRefused, err
	}
	rolled, err := c.roll(latest)
	if err != nil {
		return 0, NotRefused, err
	}
	if until > rolled && !c.rule.OpenEnded {
		return 0, TooLong, nil
	}
	return until, NotRefused, nil
}

// latest returns the end of the first term and an added one, counted together
// from day 0, with the days held.
func (c *computation) latest(added Term) (Date, error) {
	first := c.rule.Term
	if first.Unit == added.Unit && added.Unit == Months {
		return c.due.Start.AddMonths(first.N + added.N).AddDays(c.due.HeldDays), nil
	}
	base := c.due.Unrolled
	switch added.Unit {
	case CalendarDays:
		return base.AddDays(added.N), nil
	case Months:
		return base.AddMonths(added.N), nil
	case BusinessDays:
		return c.place.Calendar.addWorking(base, added.N)
	}
	return base, nil
}

// Latest returns the last day an extension could lawfully give, rolled where
// the rule rolls, or false when the rule knows none or sets no cap.
func (r *Rule) Latest(f *Facts, p Place) (Date, bool, error) {
	if r.Extension.IsZero() {
		return 0, false, nil
	}
	whole := *f
	whole.Extension = &Extension{Term: r.Extension, SentAt: f.ReceivedAt}
	due, err := r.Due(&whole, p)
	if err != nil || !due.Extended {
		return 0, false, err
	}
	return due.Date, true, nil
}

// Extendable reports why an extension to a new last day could not lawfully be
// announced at an instant; NotRefused means it could.
func (r *Rule) Extendable(f *Facts, p Place, until Date, at time.Time) (Refusal, error) {
	if f.Extension != nil {
		return NotAllowed, nil
	}
	asked := *f
	asked.Extension, asked.AsOf = &Extension{Until: &until, SentAt: at}, at // a question that is open then counts
	due, err := r.Due(&asked, p)
	return due.Refused, err
}

// finish keeps the rolled date for information, reports the roll and the other
// reading, and closes the chain of steps.
func (c *computation) finish() {
	d := &c.due
	d.Rolled = d.Date
	if c.place.Calendar != nil {
		if next, err := c.place.Calendar.next(d.Unrolled); err == nil {
			d.Rolled = next
		}
	}
	source := c.rule.Sources.orTerm(c.rule.Sources.Roll)
	switch {
	case d.Date != d.Unrolled:
		c.step(Step{Kind: StepRoll, Since: d.Unrolled, Date: d.Date, Name: c.closedName(d.Unrolled), Source: source})
	case d.Rolled != d.Date:
		c.step(Step{Kind: StepKept, Since: d.Rolled, Date: d.Date, Name: c.closedName(d.Unrolled), Source: source})
	}
	if d.Held != "" {
		c.step(Step{Kind: StepHeld, Hold: d.Held, Since: c.local(d.HeldSince), Date: d.Date})
		return
	}
	c.step(Step{Kind: StepDue, Date: d.Date, At: d.Before})
	if d.Cautious < d.Date {
		c.step(Step{Kind: StepReading, Date: d.Cautious})
	}
}

// closedName says why a date is no working day.
func (c *computation) closedName(d Date) string {
	if !c.explain {
		return ""
	}
	if name := c.place.Calendar.HolidayName(d); name != "" {
		return name
	}
	return d.Weekday().String()
}
