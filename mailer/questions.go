package mailer

import (
	"dsr/deadlines"
	"dsr/words"
)

// Effect is what waiting for the requester does to the law's clock.
type Effect string

// The effects.
const (
	Runs     Effect = "runs"     // nothing (11 CCR 7021(b), and every US state)
	Pauses   Effect = "pauses"   // the days until the reply do not count
	Restarts Effect = "restarts" // the time counts from the reply (UK GDPR Art. 12A(2))
)

// ProofNeeded asks the requester to prove who they are, or that they may act
// for somebody else.
type ProofNeeded struct {
	Case
	Authority bool           // proof that they may act for somebody, not of who they are
	What      string         // what is asked for, typed by staff
	Why       string         // why it is needed, typed by staff
	Until     deadlines.Date // the last day to send it
	Effect    Effect
	LawBy     deadlines.Date // the law's last day where the clock runs on; may be zero
	PromiseBy deadlines.Date // the promised day, which does not wait; may be zero
}

// Compose writes the letter. Everything is required but LawBy and PromiseBy.
func (l ProofNeeded) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "proof", l.Controller)
	if l.Authority {
		c.title(c.say("letters.authority.subject", "reference", l.Reference), c.say("letters.authority.heading"))
		c.paragraph(c.asked(l.Case), c.say("letters.authority.reason"))
	} else {
		c.title(c.to(l.Case, "letters.proof.subject", "reference", l.Reference), c.to(l.Case, "letters.proof.heading"))
		c.paragraph(c.asked(l.Case), c.to(l.Case, "letters.proof.reason"))
	}
	c.facts(
		c.reference(l.Reference),
		Fact{Label: c.say("letters.proof.what"), Value: typed(l.What)},
		Fact{Label: c.say("letters.fact.why"), Value: typed(l.Why)},
		Fact{Label: c.say("letters.proof.until"), Value: said(c.date(l.Until)), Strong: true},
	)
	c.section(c.say("letters.proof.how.heading"), c.say("letters.proof.how.text"))
	c.open(l.Link)
	c.effect("letters.dates.proof.", l.Effect, l.LawBy, l.PromiseBy)
	c.lapse(l.Right, l.Until)
	return c.done()
}

// lapse says what happens if no proof comes. A request that only stops a use is
// never set aside.
func (c *composer) lapse(right string, until deadlines.Date) {
	if !stopsUse(right) {
		c.paragraph(c.say("letters.proof.lapse", "date", c.date(until)))
	}
}

// ProofFailed tells the requester that what they sent does not prove enough, or
// cannot be read, and what to send instead. It has been deleted.
type ProofFailed struct {
	Case
	Authority bool           // as in ProofNeeded
	Why       string         // why it does not do, typed by staff
	What      string         // what is asked for now, typed by staff
	Until     deadlines.Date // the last day to send it
	Effect    Effect
	LawBy     deadlines.Date // as for ProofNeeded
	PromiseBy deadlines.Date
}

// Compose writes the letter. Everything is required but LawBy and PromiseBy.
func (l ProofFailed) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "proof_failed", l.Controller)
	c.title(c.say("letters.proof_failed.subject", "reference", l.Reference), c.say("letters.proof_failed.heading"))
	short := c.to(l.Case, "letters.proof_failed.proof")
	if l.Authority {
		short = c.say("letters.proof_failed.authority")
	}
	c.paragraph(c.asked(l.Case), short, c.say("letters.proof_failed.deleted"))
	c.facts(
		c.reference(l.Reference),
		Fact{Label: c.say("letters.fact.why"), Value: typed(l.Why)},
		Fact{Label: c.say("letters.proof_failed.what"), Value: typed(l.What)},
		Fact{Label: c.say("letters.proof.until"), Value: said(c.date(l.Until)), Strong: true},
	)
	c.section(c.say("letters.proof.how.heading"), c.say("letters.proof.how.text"))
	c.open(l.Link)
	c.effect("letters.dates.proof.", l.Effect, l.LawBy, l.PromiseBy)
	c.lapse(l.Right, l.Until)
	return c.done()
}

// ClarificationNeeded asks the requester what exactly they mean.
type ClarificationNeeded struct {
	Case
	Question  string         // typed by staff
	Until     deadlines.Date // the last day to answer
	Effect    Effect
	LawBy     deadlines.Date // as for ProofNeeded
	PromiseBy deadlines.Date
}

// Compose writes the letter. Everything is required but LawBy and PromiseBy.
func (l ClarificationNeeded) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "clarification", l.Controller)
	c.title(c.say("letters.clarification.subject", "reference", l.Reference), c.say("letters.clarification.heading"))
	c.paragraph(c.asked(l.Case), c.say("letters.clarification.reason"))
	c.facts(
		c.reference(l.Reference),
		Fact{Label: c.say("letters.clarification.question"), Value: typed(l.Question)},
		Fact{Label: c.say("letters.clarification.until"), Value: said(c.date(l.Until)), Strong: true},
	)
	c.section(c.say("letters.clarification.how.heading"), c.say("letters.clarification.how.text"))
	c.open(l.Link)
	c.effect("letters.dates.clarification.", l.Effect, l.LawBy, l.PromiseBy)
	return c.done()
}

// effect says what a question does to the law's date and to the promise.
func (c *composer) effect(keys string, e Effect, lawBy, promiseBy deadlines.Date) {
	var sentences []string
	switch e {
	case Runs:
		sentences = append(sentences, c.say("letters.dates.runs"))
		if lawBy != 0 {
			sentences = append(sentences, c.say("letters.dates.law_stays", "date", c.date(lawBy)))
		}
	case Pauses, Restarts:
		sentences = append(sentences, c.say(keys+string(e)))
	default:
		c.fail("it is not said what the question does to the dates")
	}
	if promiseBy != 0 {
		sentences = append(sentences, c.say("letters.dates.promise_stays", "date", c.date(promiseBy)))
	}
	c.section(c.say("letters.dates.heading"), sentences...)
}

// Running thanks the requester for their reply and tells the new dates.
type Running struct {
	Case
	Clarification bool           // it was an answer to a question, not a proof
	Effect        Effect         // what the wait did to the law's clock
	Waited        int            // days that do not count; for Pauses only
	Restarted     deadlines.Date // the day the law counts from; for Restarts only
	Before        deadlines.Date // the law's last day before the question; 0 where the law names none
	Promise       *Limit         // nil when the policy states none, or when it has been told that it is not kept
	Law           Law            // with the new last day
}

// Compose writes the letter. Everything is required but Promise and Before,
// and what another Effect needs.
func (l Running) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "running", l.Controller)
	if l.Effect == Runs {
		c.title(c.say("letters.running.subject", "reference", l.Reference), c.say("letters.running.heading"))
	} else {
		c.title(c.say("letters.running.new.subject", "reference", l.Reference), c.say("letters.running.new.heading"))
	}
	thanks := c.say("letters.running.thanks.proof")
	if l.Clarification {
		thanks = c.say("letters.running.thanks.clarification")
	}
	c.paragraph(c.asked(l.Case), thanks)
	c.facts(append([]Fact{c.reference(l.Reference)}, c.dates(l.Right, l.Promise, l.Law)...)...)
	c.section(c.say("letters.running.dates"), l.why(c)...)
	c.paragraph(c.say("letters.running.next"))
	c.open(l.Link)
	return c.done()
}

// why says what became of the law's date.
func (l Running) why(c *composer) []string {
	var why []string
	switch l.Effect {
	case Runs:
		return []string{c.say("letters.running.same")}
	case Pauses:
		why = append(why, c.count("letters.running.waited", l.Waited))
	case Restarts:
		why = append(why, c.say("letters.running.restarts", "date", c.date(l.Restarted)))
	default:
		c.fail("it is not said what the wait did to the dates")
	}
	if l.Before != 0 {
		why = append(why, c.say("letters.running.before", "date", c.date(l.Before)))
	}
	return why
}
