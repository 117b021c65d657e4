package mailer

import (
	"dsr/deadlines"
	"dsr/words"
)

// Received tells a requester that their request, or their several requests
// sent in one form, arrived: reference, both dates and why, the link, and what
// happens next. It is the confirmation that California's regulations want
// within ten business days (11 CCR 7021(a)).
type Received struct {
	Controller Controller
	Received   deadlines.Date
	Requests   []Asked // the first one's reference stands in the subject
	Link       string
	Mailbox    Mailbox
	// Code is six digits that prove the mailbox on the page instead of the
	// button; "" where nothing is to be proved or there is none.
	Code     string
	ForOther bool // as in Case
	// Provisional says that the law is only assumed, because nobody told us yet
	// where the person lives.
	Provisional bool
	// MoreProof says that a mailbox may not be proof enough for what is asked
	// (11 CCR 7021(a) wants the way to verify described).
	MoreProof bool
	// Also are further rights that rules read in a message. Nobody has confirmed
	// them yet.
	Also []string
	// Missing is what the reader can add on the page, of a request that came
	// without the questions of the form.
	Missing Missing
}

// Missing is what a request came without.
type Missing struct {
	Place bool // where the person lives
	Name  bool
	More  bool // anything else by which the controller finds them
}

// Asked is one request of a submission, with its dates.
type Asked struct {
	Reference  string
	Right      string
	Answer     *Limit // the policy's promise of an answer; nil when it states none
	FirstReply *Limit // the policy's promise of a first reply; may be nil
	Typical    bool   // the policy says "typically" of the first reply
	Finish     *Limit // the policy's promise until it is done; may be nil
	Law        Law
}

// Mailbox says whether pressing the button on the page proves that the mailbox
// is the requester's, and what that has to do with the dates.
type Mailbox string

// The meanings of the button.
const (
	MailboxNoProof Mailbox = "none"  // nothing has to be proved
	MailboxRuns    Mailbox = "runs"  // it proves the mailbox, the dates do not wait
	MailboxWaits   Mailbox = "waits" // it proves the mailbox, the law's date may wait for it
)

// Compose writes the letter. Everything is required but Code and Also, and of the
// requests Answer, FirstReply and Finish; of Law, Place is, unless it is assumed.
// A code where nothing has to be proved is a fault.
func (l Received) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "received", l.Controller)
	switch len(l.Requests) {
	case 0:
		c.fail("there is no request")
	case 1:
		l.single(c, l.Requests[0])
	default:
		l.several(c)
	}
	l.also(c)
	if l.Provisional {
		c.paragraph(c.to(l.reader(), "letters.received.provisional"))
	}
	if list := l.Missing.list(c.p, l.ForOther); len(list) > 0 {
		c.paragraph(c.say("letters.received.missing", "list", c.p.List(list)))
	}
	l.button(c)
	l.next(c)
	return c.done()
}

// reader is who reads the letter, as for any other case.
func (l Received) reader() Case { return Case{ForOther: l.ForOther} }

// single is the letter about one request: its facts stand on top.
func (l Received) single(c *composer, a Asked) {
	c.title(c.say("letters.received.subject", "reference", a.Reference), c.say("letters.received.heading"))
	asked := c.say("rights." + a.Right + ".asked")
	if l.ForOther {
		asked = c.say("letters.other.asked")
	}
	c.paragraph(asked, c.say("letters.received.on", "date", c.date(l.Received)))
	c.facts(a.facts(c)...)
}

// also names what else was read, so that nobody believes it went unheard.
func (l Received) also(c *composer) {
	if len(l.Also) == 0 {
		return
	}
	var names []Run
	for _, right := range l.Also {
		names = append(names, said(c.say("rights."+right+".name")))
	}
	c.paragraph(c.say("letters.received.also"))
	c.add(Block{List: names})
}

// several is the letter about a form in which more than one right was ticked:
// each request has a section of its own.
func (l Received) several(c *composer) {
	c.title(c.say("letters.received.several.subject", "reference", l.Requests[0].Reference), c.say("letters.received.several.heading"))
	c.paragraph(c.count("letters.received.several.on", len(l.Requests), "date", c.date(l.Received)))
	for _, a := range l.Requests {
		c.add(Block{Heading: said(c.say("rights." + a.Right + ".name"))})
		c.facts(a.facts(c)...)
	}
}

// facts are the rows of one request, in the order in which its dates come to
// matter to the reader.
func (a Asked) facts(c *composer) []Fact {
	rows := []Fact{c.reference(a.Reference)}
	if a.FirstReply != nil {
		key := "letters.promise.first_reply"
		if a.Typical {
			key += ".typical"
		}
		rows = append(rows, Fact{
			Label: c.say("letters.fact.first_reply"), Value: said(c.when(a.FirstReply)), Note: c.term(key, a.FirstReply.Term),
		})
	}
	rows = append(rows, c.dates(a.Right, a.Answer, a.Law)...)
	if a.Finish != nil {
		rows = append(rows, Fact{
			Label: c.say("letters.fact.finish_by"), Value: said(c.when(a.Finish)), Note: c.term("letters.promise.finish", a.Finish.Term),
		})
	}
	return rows
}

// button explains what opening the page is good for. A request that needs no
// proof, an opt-out above all, is not made to look as if it did.
func (l Received) button(c *composer) {
	var more []string
	if l.MoreProof {
		more = []string{c.to(l.reader(), "letters.received.mailbox.more")}
	}
	switch l.Mailbox {
	case MailboxRuns, MailboxWaits:
		press, dates := c.to(l.reader(), "letters.received.mailbox.press"), c.say("letters.received.mailbox."+string(l.Mailbox))
		c.section(c.say("letters.received.mailbox.heading"), append([]string{press, dates}, more...)...)
	case MailboxNoProof:
		if l.Code != "" {
			c.fail("there is a code where nothing has to be proved")
		}
		c.section(c.say("letters.received.follow.heading"), append([]string{c.say("letters.received.follow.text")}, more...)...)
	default:
		c.fail("it is not said whether the button proves the mailbox")
	}
	c.open(l.Link)
	c.code(l.Code, pageSent)
}

// next says what happens without the reader doing anything more.
func (l Received) next(c *composer) {
	heading := c.say("letters.received.next.now")
	if l.Mailbox != MailboxNoProof {
		heading = c.say("letters.received.next.then")
	}
	what := ""
	switch {
	case len(l.Requests) != 1:
		what = c.say("letters.received.next.several")
	case l.ForOther:
		what = c.say("letters.other.next")
	default:
		what = c.say("rights." + l.Requests[0].Right + ".next")
	}
	c.section(heading, what, c.say("letters.received.not_you"))
}

// list names what is missing, for a reader it is about or for one who asks for
// somebody else.
func (m Missing) list(p words.Printer, forOther bool) []string {
	whose := ""
	if forOther {
		whose = ".other"
	}
	var list []string
	for _, part := range []struct {
		missing bool
		name    string
	}{{m.Place, "place"}, {m.Name, "name"}, {m.More, "more"}} {
		if part.missing {
			list = append(list, p.T("letters.received.missing."+part.name+whose))
		}
	}
	return list
}
