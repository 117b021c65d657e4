package mailer

import (
	"time"

	"dsr/deadlines"
	"dsr/words"
)

// Team is what every letter to staff needs. It is all such a letter may say
// about a request: the rest is on the page behind the link.
type Team struct {
	Console   Controller // the product as sender; Contact is where staff ask
	Reference string
	Right     string
	Of        string // the first request's reference, where another look is asked for; else ""
	Law       string // short name: "UK GDPR"
	Policy    string // name of the controller: "Moxora"
	Link      string // the request's page in the console
}

// Clock is the clock a letter to staff is about.
type Clock struct {
	Name  string         // as the console calls it: "Answer, by law"
	Basis string         // article, or section of the policy
	By    deadlines.Date // the last day; unused when At is set
	At    time.Time      // the last instant in the controller's zone, for hours
	Next  string         // the next step and whose it is
}

// Span is a number of days or of hours; one of the two is zero.
type Span struct{ Days, Hours int }

// Assigned tells a member of the team that a request is theirs.
type Assigned struct {
	Team
	Clock Clock // the one that governs
}

// Compose writes the letter. Everything is required.
func (l Assigned) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "assigned", func(c *composer) string {
		return c.say("letters.team.assigned.subject", "reference", l.Reference)
	}, &l.Clock)
}

// Arrived tells the team of a new request.
type Arrived struct {
	Team
	Clock Clock // the one that governs
}

// Compose writes the letter. Everything is required.
func (l Arrived) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "new", func(c *composer) string {
		return c.say("letters.team.new.subject", "reference", l.Reference)
	}, &l.Clock)
}

// Replied tells the team that the requester wrote, answered or sent something.
type Replied struct{ Team }

// Compose writes the letter. Everything is required.
func (l Replied) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "replied", func(c *composer) string {
		return c.say("letters.team.replied.subject", "reference", l.Reference)
	}, nil)
}

// Bounced tells the team that a letter to the requester could not be delivered.
type Bounced struct{ Team }

// Compose writes the letter. Everything is required.
func (l Bounced) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "bounced", func(c *composer) string {
		return c.say("letters.team.bounced.subject", "reference", l.Reference)
	}, nil)
}

// ApprovalWanted asks a second person to approve a decision that a colleague
// proposed.
type ApprovalWanted struct {
	Team
	Clock Clock // the one that governs: it runs on meanwhile
}

// Compose writes the letter. Everything is required.
func (l ApprovalWanted) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "approval", func(c *composer) string {
		return c.say("letters.team.approval.subject", "reference", l.Reference)
	}, &l.Clock)
}

// SentBack tells whoever proposed a decision that it was not approved. The
// reason stands on the request's page.
type SentBack struct {
	Team
	Clock Clock // as in ApprovalWanted
}

// Compose writes the letter. Everything is required.
func (l SentBack) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "sent_back", func(c *composer) string {
		return c.say("letters.team.sent_back.subject", "reference", l.Reference)
	}, &l.Clock)
}

// DueSoon reminds of a clock that runs out in some days or hours.
type DueSoon struct {
	Team
	Clock Clock
	Left  Span
}

// Compose writes the letter. Everything is required.
func (l DueSoon) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "soon", func(c *composer) string {
		return c.span("letters.team.soon.subject", l.Left, l.Reference)
	}, &l.Clock)
}

// DueToday reminds of a clock that runs out today.
type DueToday struct {
	Team
	Clock Clock
}

// Compose writes the letter. Everything is required.
func (l DueToday) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "today", func(c *composer) string {
		return c.say("letters.team.today.subject", "reference", l.Reference)
	}, &l.Clock)
}

// Overdue tells the team that a clock has run out.
type Overdue struct {
	Team
	Clock Clock
	Late  Span
}

// Compose writes the letter. Everything is required.
func (l Overdue) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "overdue", func(c *composer) string {
		return c.span("letters.team.overdue.subject", l.Late, l.Reference)
	}, &l.Clock)
}

// Escalation tells the policy's data protection contact that a clock has run
// out.
type Escalation struct {
	Team
	Clock Clock
	Late  Span
}

// Compose writes the letter. Everything is required.
func (l Escalation) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "escalation", func(c *composer) string {
		return c.span("letters.team.escalation.subject", l.Late, l.Reference)
	}, &l.Clock)
}

// compose writes any letter to staff: they differ in subject, heading and one
// sentence, and in whether a clock is named.
func (t Team) compose(p words.Printer, kind string, subject func(*composer) string, clock *Clock) (Letter, error) {
	return t.composeWith(p, kind, subject, clock, func(*composer) []Fact { return nil })
}

// composeWith is compose with facts of the letter's own.
func (t Team) composeWith(p words.Printer, kind string, subject func(*composer) string, clock *Clock, own func(*composer) []Fact) (Letter, error) {
	c := begin(p, "team_"+kind, t.Console)
	keys := "letters.team." + kind
	c.title(subject(c), c.say(keys+".heading"))
	c.paragraph(c.say(keys + ".text"))
	rows := []Fact{
		{Label: c.say("letters.team.fact.reference"), Value: said(t.Reference), Strong: true},
		{Label: c.say("letters.team.fact.right"), Value: said(c.say("rights." + t.Right + ".team"))},
	}
	if t.Of != "" {
		rows = append(rows, Fact{Label: c.say("letters.appeal.of"), Value: said(t.Of)})
	}
	rows = append(rows, Fact{Label: c.say("letters.team.fact.law"), Value: said(t.Law)}, Fact{Label: c.say("letters.team.fact.policy"), Value: said(t.Policy)})
	if clock != nil {
		rows = append(rows, clock.facts(c)...)
	}
	c.facts(append(rows, own(c)...)...)
	c.button(c.say("letters.team.action"), t.Link)
	c.letter.Footer = []string{c.say("letters.team.footer"), c.say("letters.footer.questions", "contact", t.Console.Contact)}
	return c.done()
}

// facts are the rows about a clock: what it waits for and on what basis, when
// it ends, and the step that ends it.
func (k Clock) facts(c *composer) []Fact {
	due := ""
	if !k.At.IsZero() {
		due = c.p.Moment(k.At)
	} else {
		due = c.date(k.By)
	}
	return []Fact{
		{Label: c.say("letters.team.fact.clock"), Value: said(k.Name), Note: k.basis(c)},
		{Label: c.say("letters.team.fact.due"), Value: said(due), Strong: true},
		{Label: c.say("letters.team.fact.next"), Value: said(k.Next)},
	}
}

// basis is required, though it stands where other letters have optional notes:
// a date without its source is not shown to staff.
func (k Clock) basis(c *composer) string {
	if k.Basis == "" {
		c.fail("the basis of the clock is missing")
	}
	return k.Basis
}

// span speaks a subject that counts days or hours.
func (c *composer) span(key string, s Span, reference string) string {
	switch {
	case s.Days > 0 && s.Hours == 0:
		return c.count(key+".days", s.Days, "reference", reference)
	case s.Hours > 0 && s.Days == 0:
		return c.count(key+".hours", s.Hours, "reference", reference)
	}
	c.fail("it is not said how many days or hours")
	return ""
}
