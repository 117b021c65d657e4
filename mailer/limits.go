package mailer

import (
	"time"

	"dsr/deadlines"
)

// Limit is a time that a law or a promise gives, and the day or instant at
// which it ends.
type Limit struct {
	Term deadlines.Term // as stated: 45 days, 1 month, 48 hours
	By   deadlines.Date // the last day; unused for hours
	At   time.Time      // the last instant, in the controller's zone; for hours only
}

// Law is what a law says about the date of the answer.
type Law struct {
	Place string // as it begins a sentence: "California", "European law"
	Limit *Limit // nil where the law names no number
	// Aim is the day the company has set itself where the law names no number.
	Aim deadlines.Date
	// Extended says that Limit ends later than its Term, because the reader has
	// been told in time that it takes longer.
	Extended bool
	// Assumed says that the law is only taken for theirs, as the strictest of all
	// that may be, because nobody knows yet where they live. It is not named then.
	Assumed bool
}

// inHours tells the limits that end at an instant from those that end with a
// day.
func (l *Limit) inHours() bool { return l.Term.Unit == deadlines.Hours }

// day is the local day on which the limit ends.
func (l *Limit) day() deadlines.Date {
	if l.inHours() {
		return deadlines.DateOf(l.At, l.At.Location())
	}
	return l.By
}

// when writes the end of a limit.
func (c *composer) when(l *Limit) string {
	if !l.inHours() {
		return c.date(l.By)
	}
	if l.At.IsZero() {
		c.fail("an instant is missing")
	}
	return c.p.Moment(l.At)
}

// term speaks a sentence about a term, under the key and the term's unit.
func (c *composer) term(key string, t deadlines.Term, pairs ...any) string {
	unit := string(t.Unit)
	if t.Unit == deadlines.CalendarDays {
		unit = "days"
	}
	return c.count(key+"."+unit, t.N, pairs...)
}

// dates are the rows that say by when the answer comes: the earlier of promise
// and law first, as the date the reader can rely on, the other below it. Neither
// hides the other.
func (c *composer) dates(right string, promise *Limit, law Law) []Fact {
	first := Fact{Label: c.byLabel(right), Strong: true}
	switch {
	case law.Limit == nil && promise == nil:
		first.Note = c.noNumber(law) + " " + c.say("letters.promise.none")
		if law.Aim != 0 {
			first.Value = said(c.date(law.Aim))
		} else {
			first.Label, first.Value = c.say("letters.fact.when"), said(c.say("letters.fact.without_delay"))
		}
		return []Fact{first}
	case promise == nil:
		first.Value, first.Note = said(c.when(law.Limit)), c.gives(law)+" "+c.say("letters.promise.none")
		return []Fact{first}
	case law.Limit == nil:
		first.Value, first.Note = said(c.when(promise)), c.promises(promise)+" "+c.noNumber(law)
		return []Fact{first}
	case law.Limit.day() < promise.day():
		first.Value, first.Note = said(c.when(law.Limit)), c.gives(law)
		return []Fact{first, {Label: c.say("letters.fact.promise_day"), Value: said(c.when(promise)), Note: c.promises(promise)}}
	}
	first.Value, first.Note = said(c.when(promise)), c.promises(promise)
	return []Fact{first, {Label: c.say("letters.fact.law_day"), Value: said(c.when(law.Limit)), Note: c.gives(law)}}
}

// days are the rows of dates of which one has passed: they promise nothing, but
// for the day the company has set itself where there is no other.
func (c *composer) days(right string, promise *Limit, law Law) (rows []Fact) {
	if promise == nil && law.Limit == nil {
		return c.dates(right, nil, law)
	}
	if promise != nil {
		rows = append(rows, Fact{Label: c.say("letters.fact.promise_day"), Value: said(c.when(promise)), Note: c.promises(promise), Strong: true})
	}
	if law.Limit != nil {
		rows = append(rows, Fact{Label: c.say("letters.fact.law_day"), Value: said(c.when(law.Limit)), Note: c.gives(law), Strong: promise == nil})
	}
	return rows
}

// byLabel names the date: most rights are answered, some are simply done.
func (c *composer) byLabel(right string) string {
	if stopsUse(right) || right == "withdraw_consent" {
		return c.say("letters.fact.done_by")
	}
	return c.say("letters.fact.answer_by")
}

// noNumber says that the law gives no number to count.
func (c *composer) noNumber(law Law) string {
	return c.say("letters.law.no_number", "law", c.nameOf(law))
}

// nameOf names a law, but for one that is only assumed.
func (c *composer) nameOf(law Law) string {
	if law.Assumed {
		return c.say("letters.law.strictest")
	}
	return law.Place
}

// gives says how long the law gives, and that it allowed more where it did.
func (c *composer) gives(law Law) string {
	key := "letters.law.gives"
	switch {
	case law.Extended:
		key = "letters.law.extended"
	case law.Assumed:
		return c.term("letters.law.assumed", law.Limit.Term)
	}
	return c.term(key, law.Limit.Term, "law", c.nameOf(law))
}

// promises says how long the policy promises.
func (c *composer) promises(l *Limit) string { return c.term("letters.promise.says", l.Term) }
