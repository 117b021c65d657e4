package mailer

import (
	"slices"
	"strings"
	"unicode/utf8"

	"dsr/deadlines"
	"dsr/words"
)

// OnYourBehalf tells a person that somebody asked us for something in their
// name. It never asks them to confirm an opt-out: the law lets us ask that for
// other rights only (11 CCR 7063(a)).
type OnYourBehalf struct {
	Controller Controller
	Agent      string  // who asked, as they typed it
	Requests   []Asked // the first one's reference stands in the subject
	Received   deadlines.Date
	Link       string
	// Confirm asks the person to say that it is right. Opt-outs among the
	// requests are left out of that; where there is nothing else it is a fault.
	Confirm bool
}

// Compose writes the letter. Everything is required but what Received does not
// require of its requests.
func (l OnYourBehalf) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "on_your_behalf", l.Controller)
	if len(l.Requests) == 0 {
		c.fail("there is no request")
		return c.done()
	}
	c.title(c.say("letters.on_your_behalf.subject", "reference", l.Requests[0].Reference), c.say("letters.on_your_behalf.heading"))
	c.paragraph(c.count("letters.on_your_behalf.on", len(l.Requests), "date", c.date(l.Received)))
	c.facts(Fact{Label: c.say("letters.on_your_behalf.by"), Value: typedName(l.Agent), Note: c.say("letters.on_your_behalf.name")})
	for _, a := range l.Requests {
		c.add(Block{Heading: said(c.say("rights." + a.Right + ".name"))})
		c.facts(a.facts(c)...)
	}
	l.what(c)
	c.button(c.say("letters.on_your_behalf.action"), l.Link)
	return c.done()
}

// what says what the person can do, or has to.
func (l OnYourBehalf) what(c *composer) {
	unwanted := c.say("letters.on_your_behalf.unwanted")
	if !l.Confirm {
		c.section(c.say("letters.on_your_behalf.follow.heading"), c.say("letters.on_your_behalf.follow.text"), unwanted)
		return
	}
	sentences := []string{c.say("letters.on_your_behalf.confirm.text")}
	switch stopping := l.stopping(); stopping {
	case 0:
	case len(l.Requests):
		c.fail("nobody may be asked to confirm an opt-out")
	default:
		sentences = append(sentences, c.say("letters.on_your_behalf.confirm.but"))
	}
	c.section(c.say("letters.on_your_behalf.confirm.heading"), append(sentences, unwanted)...)
}

// stopping counts the requests that nobody has to confirm.
func (l OnYourBehalf) stopping() int {
	n := 0
	for _, a := range l.Requests {
		if stopsUse(a.Right) {
			n++
		}
	}
	return n
}

// longestName is how much of a typed name a letter shows, in characters: more
// than any name needs, and too little for an advertisement.
const longestName = 80

// typedName is a name that a stranger typed, on one line and without characters
// that could keep the letter from leaving.
func typedName(name string) Run {
	name = strings.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && unprintable(c) {
			return -1
		}
		return c
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	if utf8.RuneCountInString(name) > longestName {
		name = strings.TrimSpace(string([]rune(name)[:longestName])) + "…"
	}
	return typed(name)
}

// AgentLink sends an agent the link to the page where they show that they may
// act for others, send batches and see all requests they made.
type AgentLink struct {
	Controller Controller
	Link       string
	Code       string         // six digits for the page they sent or asked on; may be empty
	Until      deadlines.Date // the last day the link works
	First      bool           // they asked for the first time: the button proves their mailbox
}

// Compose writes the letter. Everything is required but Code.
func (l AgentLink) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "agent_link", l.Controller)
	subject, why, page := c.say("letters.agent_link.subject"), c.say("letters.agent_link.text"), pageAsked
	notYou := c.say("letters.link.not_you")
	if l.First {
		subject, why, page = c.say("letters.agent_link.first.subject"), c.say("letters.agent_link.first.text"), pageSent
		notYou = c.say("letters.received.not_you")
	}
	c.title(subject, c.say("letters.agent_link.heading"))
	c.paragraph(why)
	c.facts(c.linkUntil(l.Until))
	c.button(c.say("letters.agent_link.action"), l.Link)
	c.code(l.Code, page)
	c.paragraph(c.say("letters.agent_link.what"))
	c.paragraph(notYou)
	return c.done()
}

// AuthorityDecided tells an agent whether their document shows that they may
// act.
type AuthorityDecided struct {
	Controller Controller
	Link       string
	Accepted   bool
	Why        string // why not, and what to send instead, typed by staff; not used when Accepted
	Requests   int    // how many requests it is for; may be 0
}

// Compose writes the letter. Everything is required but Requests.
func (l AuthorityDecided) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "authority_decided", l.Controller)
	keys := "letters.authority_decided.refused"
	if l.Accepted {
		keys = "letters.authority_decided.accepted"
	}
	c.title(c.say(keys+".subject"), c.say("letters.authority_decided.heading"))
	sentences := []string{c.say(keys + ".text")}
	if l.Requests != 0 {
		sentences = append(sentences, c.count(keys+".requests", l.Requests))
	}
	c.paragraph(sentences...)
	if !l.Accepted {
		c.facts(Fact{Label: c.say("letters.fact.why"), Value: typed(l.Why)})
		c.section(c.say("letters.proof.how.heading"), c.say("letters.authority_decided.refused.how"))
	}
	c.button(c.say("letters.agent_link.action"), l.Link)
	return c.done()
}

// BatchReceived tells an agent what became of the rows of a table they sent.
type BatchReceived struct {
	Controller Controller
	Link       string
	Received   int // rows that became requests
	Rejected   int // rows that wait on the page, each with its reason
	On         deadlines.Date
}

// Compose writes the letter. Everything is required but one of the two counts.
func (l BatchReceived) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "batch_received", l.Controller)
	c.title(c.say("letters.batch_received.subject"), c.say("letters.batch_received.heading"))
	c.paragraph(c.say("letters.batch_received.text"))
	c.facts(append([]Fact{{Label: c.say("letters.batch_received.on"), Value: said(c.date(l.On))}}, l.counts(c)...)...)
	c.button(c.say("letters.agent_link.action"), l.Link)
	return c.done()
}

// counts are the rows that say how much was taken in, and how much was not.
func (l BatchReceived) counts(c *composer) []Fact {
	if l.Received == 0 && l.Rejected == 0 {
		c.fail("the table had no rows")
		return nil
	}
	taken := Fact{Label: c.say("letters.batch_received.taken"), Value: said(c.say("letters.batch_received.none"))}
	if l.Received != 0 {
		taken.Value = said(c.count("letters.batch_received.requests", l.Received))
		taken.Note = c.say("letters.batch_received.each")
	}
	if l.Rejected == 0 {
		return []Fact{taken}
	}
	return []Fact{taken, {
		Label: c.say("letters.batch_received.left"), Value: said(c.count("letters.batch_received.rows", l.Rejected)),
		Note: c.count("letters.batch_received.why", l.Rejected), Strong: true,
	}}
}

// AgentDigest tells an agent once a week how their requests stand, in numbers
// only.
type AgentDigest struct {
	Controller Controller
	Link       string
	Open       int // not answered yet; Waiting and Late are among them
	Waiting    int // for the agent or for the person
	Answered   int
	Late       int
	On         deadlines.Date
}

// Compose writes the letter. Controller, Link and On are required, and one of
// the counts: of nothing there is no digest.
func (l AgentDigest) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "agent_digest", l.Controller)
	c.title(c.say("letters.agent_digest.subject"), c.say("letters.agent_digest.heading"))
	c.paragraph(c.say("letters.agent_digest.text", "date", c.date(l.On)))
	rows := []Fact{
		{Label: c.say("letters.agent_digest.open"), Value: l.number(c, l.Open), Strong: true},
		{Label: c.say("letters.agent_digest.waiting"), Value: l.number(c, l.Waiting), Note: c.say("letters.agent_digest.waits")},
		{Label: c.say("letters.agent_digest.late"), Value: l.number(c, l.Late), Note: c.say("letters.agent_digest.sorry")},
		{Label: c.say("letters.agent_digest.answered"), Value: l.number(c, l.Answered)},
	}
	rows = slices.DeleteFunc(rows, func(f Fact) bool { return f.Value.empty() })
	if len(rows) == 0 {
		c.fail("there is nothing to tell")
		return c.done()
	}
	c.facts(rows...)
	c.button(c.say("letters.agent_link.action"), l.Link)
	return c.done()
}

// number writes a count, and nothing where there is nothing to count.
func (l AgentDigest) number(c *composer, n int) Run {
	if n < 0 {
		c.fail("a count is below zero")
	}
	if n <= 0 {
		return Run{}
	}
	return said(c.p.Number(n))
}
