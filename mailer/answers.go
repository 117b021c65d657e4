package mailer

import (
	"strings"

	"dsr/deadlines"
	"dsr/words"
)

// Regulator is the authority a requester can complain to.
type Regulator struct {
	Name string // as it calls itself: "Information Commissioner’s Office (ICO)"
	URL  string
}

// Extended tells the requester that the answer takes longer. Sending it is the
// act of extending: without it in time, no law allows the later date.
type Extended struct {
	Case
	Was       deadlines.Date // the law's last day until now
	Until     deadlines.Date // the new last day, chosen by staff
	Ground    string         // complex, number_of_requests, necessary, consultation, interference, format, notice
	Article   string         // what allows it: "UK GDPR, Article 12A"
	Reason    string         // typed by staff
	Promise   *Limit         // a promise that the new date breaks; nil when none
	Regulator *Regulator     // nil where the law names none
}

// Compose writes the letter. Everything is required but Promise and Regulator.
func (l Extended) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "extended", l.Controller)
	c.title(c.say("letters.extended.subject", "reference", l.Reference), c.say("letters.extended.heading"))
	c.paragraph(c.asked(l.Case), c.say("letters.extended.longer"))
	if l.Until <= l.Was {
		c.fail("the new date is not later than the old one")
	}
	c.facts(
		c.reference(l.Reference),
		Fact{
			Label: c.say("letters.fact.answer_by"), Value: typed(c.date(l.Until)), Strong: true,
			Note: c.say("letters.extended.before", "date", c.date(l.Was)),
		},
		Fact{Label: c.say("letters.fact.why"), Value: typed(l.Reason)},
	)
	lawful := []string{c.say("letters.extended.ground."+l.Ground, "law", c.p.Cite(l.Article))}
	if l.Promise != nil {
		lawful = append(lawful, c.term("letters.extended.promise", l.Promise.Term, "date", c.when(l.Promise)))
	}
	c.paragraph(lawful...)
	c.open(l.Link)
	c.section(c.say("letters.disagree.heading"), c.say("letters.disagree.write"))
	c.complain(l.Regulator)
	return c.done()
}

// complain adds where to complain to the paragraph above.
func (c *composer) complain(r *Regulator) {
	if r == nil {
		return
	}
	last := &c.letter.Blocks[len(c.letter.Blocks)-1]
	if err := checkLink(r.URL); err != nil {
		c.fail("the regulator's address: %w", err)
	}
	last.Paragraph = append(last.Paragraph, Run{Text: c.say("letters.disagree.regulator", "regulator", r.Name), Link: r.URL})
}

// NewMessage tells the requester that a message waits on their page. The
// message itself stays there.
type NewMessage struct{ Case }

// Compose writes the letter. Everything is required.
func (l NewMessage) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "message", l.Controller)
	c.title(c.say("letters.message.subject", "reference", l.Reference), c.say("letters.message.heading"))
	c.paragraph(c.asked(l.Case), c.say("letters.message.text"))
	c.facts(c.reference(l.Reference))
	c.open(l.Link)
	return c.done()
}

// AnswerReady tells the requester that everything they asked for was done.
type AnswerReady struct {
	Case
	Until deadlines.Date // the last day the link opens the answer
}

// Compose writes the letter. Everything is required.
func (l AnswerReady) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "answer", l.Controller)
	c.title(c.say("letters.answer.subject", "reference", l.Reference), c.say("letters.answer.heading"))
	c.paragraph(c.asked(l.Case), c.carriedOut(l.Case))
	c.facts(c.reference(l.Reference), c.openUntil(l.Until))
	c.paragraph(c.say("letters.answer.where"), c.say("letters.answer.keep"))
	c.open(l.Link)
	return c.done()
}

// openUntil is the row that says how long the link opens the answer.
func (c *composer) openUntil(until deadlines.Date) Fact {
	return Fact{Label: c.say("letters.answer.until"), Value: said(c.date(until)), Strong: true}
}

// Appeal is how the requester can object to a refusal.
type Appeal struct {
	Until     deadlines.Date // the last day to ask for another look; zero when there is none
	Regulator *Regulator     // nil where the law names none
	Court     bool           // the law names a court too (GDPR Art. 12(4))
	// OptOut is where the reader can ask that their information is not sold or
	// shared, which a refusal to delete has to offer in California (11 CCR
	// 7022(g)); "" where nothing is offered.
	OptOut string
}

// Exception is one thing that was not done, of several.
type Exception struct {
	What    string // typed by staff, a kind of information, never its content
	Ground  string // one of the grounds of the catalogue: others_rights, legal_claims …
	Article string // what allows it: "GDPR Art. 15(4)"
	Text    string // typed by staff
}

// PartlyRefused tells the requester what was done and what was not, each
// exception with its ground, and what they can do about it.
type PartlyRefused struct {
	Case
	Exceptions []Exception
	Told       string // as in Deleted; empty where nothing was deleted or corrected
	Until      deadlines.Date
	Appeal     Appeal
}

// Compose writes the letter. Everything is required but Told and the parts of
// Appeal.
func (l PartlyRefused) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "partly_refused", l.Controller)
	c.title(c.say("letters.partly.subject", "reference", l.Reference), c.say("letters.partly.heading"))
	c.paragraph(c.asked(l.Case), c.count("letters.partly.items", len(l.Exceptions)))
	c.facts(c.reference(l.Reference), c.openUntil(l.Until))
	c.paragraph(c.say("letters.partly.where"), c.say("letters.answer.keep"))
	c.open(l.Link)
	c.exceptions(l.Case, c.say("letters.partly.rest"), l.Exceptions)
	if l.Told != "" {
		c.told(l.Told)
	}
	c.appeal(l.Appeal)
	return c.done()
}

// Refused tells the requester that nothing of what they asked for is done: on
// one ground, or for several things on a ground each.
type Refused struct {
	Case
	Ground     string // as in Exception; not used where there are Exceptions
	Article    string
	Text       string      // typed by staff; may be empty where there are Exceptions
	Exceptions []Exception // each thing with its ground; may be empty
	Appeal     Appeal
}

// Compose writes the letter. Everything is required but Exceptions, what they
// stand for, and the parts of Appeal.
func (l Refused) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "refused", l.Controller)
	c.title(c.say("letters.refused.subject", "reference", l.Reference), c.say("letters.refused.heading"))
	c.paragraph(c.asked(l.Case))
	c.facts(c.reference(l.Reference))
	l.reasons(c)
	c.paragraph(c.say("letters.refused.where"))
	c.open(l.Link)
	c.appeal(l.Appeal)
	return c.done()
}

// reasons gives the ground, or of several things each with its own after the
// words about all of them.
func (l Refused) reasons(c *composer) {
	heading := c.say("letters.refused.because")
	switch {
	case len(l.Exceptions) == 0:
		c.add(Block{Heading: said(heading)})
		c.because(l.Case, l.Ground, l.Article, l.Text)
		return
	case strings.TrimSpace(l.Text) != "":
		c.add(Block{Heading: said(heading)})
		c.add(Block{Quote: typed(l.Text)})
	}
	c.exceptions(l.Case, c.say("letters.partly.rest"), l.Exceptions)
}

// because gives a ground with its law, and the words of the person who decided.
func (c *composer) because(l Case, ground, article, text string) {
	c.paragraph(c.to(l, "letters.ground."+ground), c.say("letters.refused.law", "law", c.p.Cite(article)))
	if strings.TrimSpace(text) == "" {
		c.fail("the words about the ground %s are missing", ground)
	}
	c.add(Block{Quote: typed(text)})
}

// appeal says what the reader can do who does not agree.
func (c *composer) appeal(a Appeal) {
	again := c.say("letters.again.text")
	if a.Until != 0 {
		again = c.say("letters.again.until", "date", c.date(a.Until))
	}
	c.section(c.say("letters.again.heading"), again)
	c.elsewhere(a.Court, a.Regulator)
	if a.OptOut != "" {
		c.add(Block{Paragraph: []Run{{Text: c.say("letters.refused.opt_out"), Link: a.OptOut}}})
	}
}

// elsewhere adds to the paragraph above where the reader can go who does not
// agree with us.
func (c *composer) elsewhere(court bool, r *Regulator) {
	if court {
		last := &c.letter.Blocks[len(c.letter.Blocks)-1]
		last.Paragraph = append(last.Paragraph, said(c.say("letters.disagree.court")))
	}
	c.complain(r)
}

// Withdrew confirms to the requester that they took their request back.
type Withdrew struct {
	Case
	On deadlines.Date
}

// Compose writes the letter. Everything is required.
func (l Withdrew) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "withdrawn", l.Controller)
	c.title(c.say("letters.withdrawn.subject", "reference", l.Reference), c.say("letters.withdrawn.heading"))
	c.paragraph(c.asked(l.Case), c.say("letters.withdrawn.text", "date", c.date(l.On)))
	c.facts(c.reference(l.Reference))
	c.paragraph(c.say("letters.withdrawn.not_you"), c.say("letters.withdrawn.again"))
	c.open(l.Link)
	return c.done()
}
