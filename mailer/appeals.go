package mailer

import (
	"strings"

	"dsr/deadlines"
	"dsr/words"
)

// AppealReceived tells the requester that we look at a decision again, who does
// it, and by when they get an answer.
type AppealReceived struct {
	Case           // of the appeal: its own reference and day; Right is the first request's
	Of      string // the first request's reference
	Promise *Limit // nil when the policy states none
	Law     Law    // may have only Aim, where the law knows no appeal
	// Acknowledge says that a law wants the arrival confirmed by a day of its
	// own, and that this letter does it (UK Data Protection Act 2018, s. 164A).
	Acknowledge bool
}

// Compose writes the letter. Everything is required but Promise; of Law, either
// Place and Limit or Aim is, where there is no Promise.
func (l AppealReceived) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "appeal_received", l.Controller)
	c.title(c.say("letters.appeal_received.subject", "reference", l.Reference), c.say("letters.appeal_received.heading"))
	sentences := []string{c.again(l.Case), c.say("letters.appeal_received.who")}
	if l.Acknowledge {
		sentences = append(sentences, c.say("letters.appeal_received.acknowledge"))
	}
	c.paragraph(sentences...)
	c.facts(append([]Fact{c.reference(l.Reference), c.first(l.Of, l.Right)}, l.dates(c)...)...)
	c.section(c.say("letters.received.next.now"), c.say("rights.appeal.next"))
	c.open(l.Link)
	return c.done()
}

// dates are the rows that say by when the answer comes. Where the law has no
// date for an appeal, nothing is said about what else it asks for.
func (l AppealReceived) dates(c *composer) []Fact {
	if l.Law.Limit != nil {
		return c.dates("appeal", l.Promise, l.Law)
	}
	row := Fact{Label: c.byLabel("appeal"), Strong: true}
	if l.Promise != nil {
		row.Value, row.Note = said(c.when(l.Promise)), c.promises(l.Promise)
	} else {
		row.Value, row.Note = said(c.date(l.Law.Aim)), c.say("letters.appeal.aim")
	}
	return []Fact{row}
}

// again says that the reader asked for another look, and when.
func (c *composer) again(l Case) string {
	return c.say("rights.appeal.asked_on", "date", c.date(l.Received))
}

// first is the row that names the request whose answer is looked at again.
func (c *composer) first(reference, right string) Fact {
	if reference == "" {
		c.fail("the reference of the first request is missing")
	}
	return Fact{Label: c.say("letters.appeal.of"), Value: said(reference), Note: c.say("rights." + right + ".name")}
}

// What becomes of a decision that was looked at again.
const (
	AppealChanged = "changed" // it is changed as the requester asked
	AppealPartly  = "partly"  // a part of it is changed
	AppealStands  = "stands"  // it is not changed
)

// AppealDecided tells the requester what became of the decision, and where they
// can go who still do not agree. It offers no third look.
type AppealDecided struct {
	Case           // of the appeal, as in AppealReceived
	Of      string // the first request's reference
	Outcome string // AppealChanged, AppealPartly or AppealStands
	Ground  string // as in Exception; may be empty
	Article string // what allows it; required with Ground, else not used
	Text    string // the reason, typed by staff; not required for AppealChanged
	Until   deadlines.Date
	Appeal  Appeal // its own Until is not used
}

// Compose writes the letter. Everything is required but Ground and what it
// needs, and the parts of Appeal.
func (l AppealDecided) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "appeal_decided", l.Controller)
	keys := "letters.appeal_decided." + l.Outcome
	c.title(c.say(keys+".subject", "reference", l.Reference), c.say("letters.appeal_decided.heading"))
	c.paragraph(c.again(l.Case), c.say(keys+".text"), c.say("letters.appeal_decided.who"))
	c.facts(c.reference(l.Reference), c.first(l.Of, l.Right), c.openUntil(l.Until))
	c.paragraph(c.say("letters.answer.keep"))
	l.reason(c)
	c.open(l.Link)
	if l.Outcome != AppealChanged {
		c.section(c.say("letters.appeal_decided.next.heading"), c.say("letters.appeal_decided.next.text"))
		c.elsewhere(l.Appeal.Court, l.Appeal.Regulator)
	}
	return c.done()
}

// reason gives the reason of the person who decided, and a ground of the law
// where they named one.
func (l AppealDecided) reason(c *composer) {
	text := strings.TrimSpace(l.Text)
	if l.Outcome == AppealChanged && (text == "" || text == Unwritten) {
		return
	}
	heading := c.say("letters.refused.because")
	if l.Outcome == AppealPartly {
		heading = c.say("letters.appeal_decided.partly.because")
	}
	c.add(Block{Heading: said(heading)})
	if l.Ground != "" {
		c.because(l.Case, l.Ground, l.Article, l.Text)
		return
	}
	if text == "" {
		c.fail("the reason for the decision is missing")
	}
	c.add(Block{Quote: typed(l.Text)})
}
