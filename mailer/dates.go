package mailer

import (
	"dsr/deadlines"
	"dsr/words"
)

// Why a date moved that the requester had been told.
const (
	DatesByLaw     = "law"     // another law applies, because of where they live
	DatesByRight   = "right"   // their request uses another right than was read from it
	DatesByReceipt = "receipt" // it reached us on another day than was recorded
)

// DatesChanged tells the requester that a date they were told has moved: the
// dates as they are now, those of before, and why.
type DatesChanged struct {
	Case           // as it is now: with the new right and day of receipt
	Why            string
	Promise        *Limit         // nil when the policy states none
	Law            Law            // as it is now
	LawBefore      deadlines.Date // the law's last day they had been told; 0: it has not moved, or there was none
	PromiseBefore  deadlines.Date // the same of the promise
	ReceivedBefore deadlines.Date // the day of receipt of before; only for DatesByReceipt
	Provisional    bool           // as in Received
}

// Compose writes the letter. Everything is required but Promise, and the dates
// of before but one.
func (l DatesChanged) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "dates_changed", l.Controller)
	c.title(c.say("letters.dates_changed.subject", "reference", l.Reference), c.say("letters.dates_changed.heading"))
	c.paragraph(c.asked(l.Case), c.say("letters.dates_changed.text"))
	c.facts(append([]Fact{c.reference(l.Reference)}, c.dates(l.Right, l.Promise, l.Law)...)...)
	c.section(c.say("letters.dates_changed.before"), l.before(c)...)
	c.section(c.say("letters.fact.why"), l.why(c)...)
	c.open(l.Link)
	c.section(c.say("letters.disagree.heading"), c.say("letters.disagree.write"))
	return c.done()
}

// before gives the dates as they were told.
func (l DatesChanged) before(c *composer) (sentences []string) {
	if l.LawBefore != 0 {
		sentences = append(sentences, c.say("letters.running.before", "date", c.date(l.LawBefore)))
	}
	if l.PromiseBefore != 0 {
		sentences = append(sentences, c.say("letters.dates_changed.promise", "date", c.date(l.PromiseBefore)))
	}
	if len(sentences) == 0 {
		c.fail("no date of before is named")
	}
	return sentences
}

// why gives the reason in plain words.
func (l DatesChanged) why(c *composer) []string {
	var why []string
	switch l.Why {
	case DatesByReceipt:
		why = append(why, c.say("letters.dates_changed.why.receipt", "before", c.date(l.ReceivedBefore), "date", c.date(l.Received)))
	case DatesByRight:
		why = append(why, c.say("letters.dates_changed.why.right", "right", c.say("rights."+l.Right+".name")))
	case DatesByLaw:
		if l.Provisional {
			return []string{c.to(l.Case, "letters.dates_changed.why.assumed")}
		}
		why = append(why, c.say("letters.dates_changed.why.law", "place", l.Law.Place))
	default:
		c.fail("it is not said why the dates moved")
	}
	if l.Provisional {
		why = append(why, c.to(l.Case, "letters.received.provisional"))
	}
	return why
}
