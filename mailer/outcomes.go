package mailer

import (
	"strings"

	"dsr/deadlines"
	"dsr/words"
)

// NothingFound tells the requester that nothing about them was found, and what
// they can do if they expected something.
type NothingFound struct {
	Case
	Until  deadlines.Date // the last day the link opens the answer
	Appeal Appeal
}

// Compose writes the letter. Everything is required but the parts of Appeal.
func (l NothingFound) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "nothing_found", l.Controller)
	c.title(c.say("letters.nothing_found.subject", "reference", l.Reference), c.say("letters.nothing_found.heading"))
	nothing := c.say("letters.answer.nothing")
	if l.ForOther {
		nothing = c.say("letters.other.nothing")
	}
	c.paragraph(c.asked(l.Case), nothing)
	c.facts(c.reference(l.Reference), c.openUntil(l.Until))
	c.section(c.say("letters.nothing_found.expected.heading"), c.to(l.Case, "letters.nothing_found.expected.text"))
	c.open(l.Link)
	c.appeal(l.Appeal)
	return c.done()
}

// Deleted tells the requester what was deleted, what was kept and why, and who
// was told of it (GDPR Art. 17 and 19).
type Deleted struct {
	Case
	What   []string    // kinds of information that are gone, typed by staff; empty: the answer on the page names them
	Kept   []Exception // what was not deleted; empty: all is gone
	Told   string      // whom the company told, typed by staff; may be empty
	Until  deadlines.Date
	Appeal Appeal // used where something was kept
}

// Compose writes the letter. Everything is required but What, Kept, Told and
// the parts of Appeal.
func (l Deleted) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "deleted", l.Controller)
	keys, done := "letters.deleted", c.carriedOut(l.Case)
	if len(l.Kept) > 0 {
		keys, done = "letters.deleted.partly", c.count("letters.partly.items", len(l.Kept))
	}
	c.title(c.say(keys+".subject", "reference", l.Reference), c.say(keys+".heading"))
	c.paragraph(c.asked(l.Case), done)
	c.facts(c.reference(l.Reference), c.openUntil(l.Until))
	c.paragraph(c.say("letters.partly.where"), c.say("letters.answer.keep"))
	c.open(l.Link)
	c.named(c.say("letters.deleted.what"), l.What)
	c.exceptions(l.Case, c.say("letters.deleted.kept"), l.Kept)
	c.section(c.say("letters.deleted.record.heading"), c.say("letters.deleted.record.text"))
	c.told(l.Told)
	if len(l.Kept) > 0 {
		c.appeal(l.Appeal)
	}
	return c.done()
}

// Corrected tells the requester what was corrected, and who was told of it
// (GDPR Art. 16 and 19).
type Corrected struct {
	Case
	What  []string // as in Deleted
	Told  string   // as in Deleted
	Until deadlines.Date
}

// Compose writes the letter. Everything is required but What and Told.
func (l Corrected) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "corrected", l.Controller)
	c.title(c.say("letters.corrected.subject", "reference", l.Reference), c.say("letters.corrected.heading"))
	c.paragraph(c.asked(l.Case), c.carriedOut(l.Case))
	c.facts(c.reference(l.Reference), c.openUntil(l.Until))
	c.paragraph(c.say("letters.partly.where"), c.say("letters.answer.keep"))
	c.open(l.Link)
	c.named(c.say("letters.corrected.what"), l.What)
	c.told(l.Told)
	return c.done()
}

// OptedOut tells the requester that a use of their information has ended.
type OptedOut struct {
	Case  // its Right is one that only ends a use: opt_out.sale_sharing, limit_sensitive …
	On    deadlines.Date
	Until deadlines.Date
}

// Compose writes the letter. Everything is required.
func (l OptedOut) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "opted_out", l.Controller)
	if !stopsUse(l.Right) {
		c.fail("%s is no right that only ends a use", l.Right)
	}
	c.title(c.say("letters.opted_out.subject", "reference", l.Reference), c.say("letters.opted_out.heading"))
	c.paragraph(c.asked(l.Case), c.carriedOut(l.Case))
	c.facts(c.reference(l.Reference), Fact{Label: c.say("letters.opted_out.since"), Value: said(c.date(l.On)), Strong: true}, c.openUntil(l.Until))
	c.section(c.say("letters.opted_out.next.heading"), c.say("letters.opted_out.next.text"), c.say("letters.opted_out.still"))
	c.open(l.Link)
	return c.done()
}

// NotUs tells the requester that somebody else decides about what they asked,
// and what staff know about where to turn.
type NotUs struct {
	Case
	Text      string     // typed by staff: who can help
	Regulator *Regulator // nil where the law names none
	Court     bool       // as in Appeal
}

// Compose writes the letter. Everything is required but Regulator and Court.
func (l NotUs) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "not_us", l.Controller)
	c.title(c.say("letters.not_us.subject", "reference", l.Reference), c.say("letters.not_us.heading"))
	c.paragraph(c.asked(l.Case), c.say("letters.not_us.text"))
	c.facts(c.reference(l.Reference))
	c.add(Block{Heading: said(c.say("letters.not_us.where"))})
	if strings.TrimSpace(l.Text) == "" {
		c.fail("it is not said where the person can turn")
	}
	c.add(Block{Quote: typed(l.Text)})
	c.paragraph(c.say("letters.refused.where"))
	c.open(l.Link)
	c.section(c.say("letters.disagree.heading"), c.say("letters.disagree.write"))
	c.elsewhere(l.Court, l.Regulator)
	return c.done()
}

// Late tells the requester, once, that the law's last day has passed without an
// answer. It asks for nothing and excuses nothing.
type Late struct {
	Case
	Law       Law // its Limit is the day or instant that has passed
	Regulator *Regulator
	Court     bool
}

// Compose writes the letter. Everything is required but Regulator and Court.
func (l Late) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "late", l.Controller)
	c.title(c.say("letters.late.subject", "reference", l.Reference), c.say("letters.late.heading"))
	c.paragraph(c.asked(l.Case), c.say("letters.late.text"))
	if l.Law.Limit == nil {
		c.fail("the day that has passed is missing")
		return c.done()
	}
	c.facts(c.reference(l.Reference), Fact{
		Label: c.say("letters.fact.law_day"), Value: said(c.when(l.Law.Limit)), Note: c.gives(l.Law), Strong: true,
	})
	c.section(c.say("letters.received.next.now"), c.say("letters.late.next"))
	c.open(l.Link)
	c.section(c.say("letters.late.complain.heading"), c.say("letters.disagree.write"))
	c.elsewhere(l.Court, l.Regulator)
	return c.done()
}

// carriedOut says that what was asked for is done.
func (c *composer) carriedOut(l Case) string {
	if l.ForOther {
		return c.say("letters.other.done")
	}
	return c.say("rights." + l.Right + ".done")
}

// named adds a list of kinds of information under a heading, if there are any.
func (c *composer) named(heading string, what []string) {
	if len(what) == 0 {
		return
	}
	block := Block{}
	for _, w := range what {
		if strings.TrimSpace(w) == "" {
			c.fail("a kind of information has no name")
		}
		block.List = append(block.List, typed(w))
	}
	c.add(Block{Heading: said(heading)})
	c.add(block)
}

// exceptions gives each thing that was not done with its ground, under a heading,
// if there are any.
func (c *composer) exceptions(l Case, heading string, list []Exception) {
	if len(list) == 0 {
		return
	}
	c.add(Block{Heading: said(heading)})
	for _, e := range list {
		if strings.TrimSpace(e.What) == "" {
			c.fail("it is not said what was left out")
		}
		c.add(Block{Item: typed(e.What)})
		c.because(l, e.Ground, e.Article, e.Text)
	}
}

// told says who else was told that information is gone or was wrong, or that
// the reader can ask.
func (c *composer) told(who string) {
	if strings.TrimSpace(who) == "" {
		c.section(c.say("letters.told.had"), c.say("letters.told.ask"))
		return
	}
	c.add(Block{Heading: said(c.say("letters.told.heading"))})
	c.add(Block{Quote: typed(who)})
}
