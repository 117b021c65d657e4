package mailer

import (
	"dsr/deadlines"
	"dsr/words"
)

// Nudge reminds the requester that we still wait for them. An opt-out waits for
// nothing: a nudge about one is a fault.
type Nudge struct {
	Case
	Mailbox bool           // we wait for proof of the mailbox, else for the proof that was asked for
	Last    bool           // the last reminder
	Until   deadlines.Date // the day on which the request is set aside if nothing comes
	Code    string         // six digits for the page shown after sending; may be empty
	LawBy   deadlines.Date // the law's last day where the clock runs on; may be zero
}

// Compose writes the letter. Everything is required but Code and LawBy.
func (l Nudge) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "nudge", l.Controller)
	c.waits(l.Right)
	c.title(c.say(l.subject(), "reference", l.Reference), c.say("letters.nudge.heading"))
	missing, how := c.say("letters.nudge.proof.text"), c.say("letters.nudge.proof.how")
	if l.Mailbox {
		missing, how = c.say("letters.nudge.mailbox.text"), c.to(l.Case, "letters.received.mailbox.press")
	}
	c.paragraph(c.asked(l.Case), missing)
	c.facts(
		c.reference(l.Reference),
		Fact{Label: c.say("letters.nudge.until"), Value: said(c.date(l.Until)), Strong: true},
	)
	c.section(c.say("letters.nudge.how"), how)
	c.open(l.Link)
	c.code(l.Code, pageSent)
	c.section(c.say("letters.nudge.counts"), l.after(c)...)
	return c.done()
}

// subject is the key of the letter's subject.
func (l Nudge) subject() string {
	key := "letters.nudge.proof.subject"
	if l.Mailbox {
		key = "letters.nudge.mailbox.subject"
	}
	if l.Last {
		key += ".last"
	}
	return key
}

// after says what becomes of the request, with the proof and without it.
func (l Nudge) after(c *composer) []string {
	sentences := []string{c.firstDay(l.Case)}
	if l.LawBy != 0 {
		sentences = append(sentences, c.say("letters.dates.law_stays", "date", c.date(l.LawBy)))
	}
	sentences = append(sentences, c.say("letters.nudge.aside", "date", c.date(l.Until)))
	if l.Last {
		sentences = append(sentences, c.say("letters.nudge.last"))
	}
	return sentences
}

// firstDay says that a request keeps the day on which it arrived.
func (c *composer) firstDay(l Case) string {
	return c.say("letters.first_day", "date", c.date(l.Received))
}

// waits refuses a letter that would make a right wait, or end, that may do
// neither.
func (c *composer) waits(right string) {
	if stopsUse(right) {
		c.fail("a request for %s waits for nothing and is never set aside", right)
	}
}

// Lapsed tells the requester that we could not find out whether it is them, and
// have set the request aside. An opt-out never lapses.
type Lapsed struct {
	Case
	On        deadlines.Date // the day it was set aside
	Mailbox   bool           // what did not come: proof of the mailbox, else the proof that was asked for
	Regulator *Regulator     // nil where the law names none
	Court     bool           // the law names a court too
}

// Compose writes the letter. Everything is required but Regulator.
func (l Lapsed) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "lapsed", l.Controller)
	c.waits(l.Right)
	c.title(c.say("letters.lapsed.subject", "reference", l.Reference), c.say("letters.lapsed.heading"))
	why := c.to(l.Case, "letters.lapsed.proof")
	if l.Mailbox {
		why = c.say("letters.lapsed.mailbox")
	}
	c.paragraph(c.asked(l.Case), why, c.say("letters.lapsed.nothing"))
	c.facts(
		c.reference(l.Reference),
		Fact{Label: c.say("letters.lapsed.on"), Value: said(c.date(l.On)), Strong: true},
	)
	c.section(c.say("letters.lapsed.again.heading"), c.say("letters.lapsed.again.text"), c.firstDay(l.Case))
	c.button(c.say("letters.lapsed.action"), l.Link)
	c.section(c.say("letters.disagree.heading"), c.say("letters.disagree.write"))
	c.elsewhere(l.Court, l.Regulator)
	return c.done()
}

// Reopened tells the requester that a request that was set aside goes on, and
// its dates, which count from the day it first arrived.
type Reopened struct {
	Case
	Passed  bool   // one of the dates passed while it was set aside
	Promise *Limit // nil when the policy states none
	Law     Law
}

// Compose writes the letter. Everything is required but Promise; of Law, Place
// is.
func (l Reopened) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "reopened", l.Controller)
	c.title(c.say("letters.reopened.subject", "reference", l.Reference), c.say("letters.reopened.heading"))
	c.paragraph(c.asked(l.Case), c.say("letters.reopened.text", "date", c.date(l.Received)))
	rows := c.dates(l.Right, l.Promise, l.Law)
	if l.Passed {
		rows = c.days(l.Right, l.Promise, l.Law)
	}
	c.facts(append([]Fact{c.reference(l.Reference)}, rows...)...)
	if l.Passed {
		c.paragraph(c.say("letters.reopened.passed"))
	}
	c.paragraph(c.say("letters.reopened.next"))
	c.open(l.Link)
	return c.done()
}
