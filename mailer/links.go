package mailer

import (
	"dsr/deadlines"
	"dsr/words"
)

// FreshLink sends a new link to a requester who asked for one.
type FreshLink struct {
	Controller Controller
	Reference  string
	Link       string
	Code       string         // six digits for the page on which the link was asked for; may be empty
	Until      deadlines.Date // the last day the link works
}

// Compose writes the letter. Everything is required but Code.
func (l FreshLink) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "link", l.Controller)
	c.title(c.say("letters.link.subject", "reference", l.Reference), c.say("letters.link.heading"))
	c.paragraph(c.say("letters.link.text"))
	c.facts(c.reference(l.Reference), c.linkUntil(l.Until))
	c.open(l.Link)
	c.code(l.Code, pageAsked)
	c.paragraph(c.say("letters.link.not_you"))
	return c.done()
}

// linkUntil is the row that says how long a link works.
func (c *composer) linkUntil(until deadlines.Date) Fact {
	return Fact{Label: c.say("letters.link.until"), Value: said(c.date(until)), Strong: true}
}

// YourRequests sends one link to all requests made with an address, to whoever
// reads its mail. It names no request: anybody can ask for it.
type YourRequests struct {
	Controller Controller
	Link       string
	Code       string         // as in FreshLink
	Until      deadlines.Date // the last day the link works
}

// Compose writes the letter. Everything is required but Code.
func (l YourRequests) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "your_requests", l.Controller)
	c.title(c.say("letters.your_requests.subject"), c.say("letters.your_requests.heading"))
	c.paragraph(c.say("letters.your_requests.text"))
	c.facts(c.linkUntil(l.Until))
	c.button(c.say("letters.your_requests.action"), l.Link)
	c.code(l.Code, pageAsked)
	c.paragraph(c.say("letters.your_requests.not_you"))
	return c.done()
}

// AnswerExpiring reminds the requester that the files of an answer can be
// downloaded for a few more days.
type AnswerExpiring struct {
	Case
	Until deadlines.Date // the last day
}

// Compose writes the letter. Everything is required.
func (l AnswerExpiring) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "answer_expiring", l.Controller)
	c.title(c.say("letters.answer_expiring.subject", "reference", l.Reference), c.say("letters.answer_expiring.heading"))
	c.paragraph(c.asked(l.Case), c.say("letters.answer_expiring.text"))
	c.facts(
		c.reference(l.Reference),
		Fact{Label: c.say("letters.answer_expiring.until"), Value: said(c.date(l.Until)), Strong: true},
	)
	c.paragraph(c.say("letters.answer_expiring.again"))
	c.open(l.Link)
	return c.done()
}
