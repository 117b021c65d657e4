package mailer

import (
	"time"

	"dsr/deadlines"
	"dsr/words"
)

// LastExtension tells the team that this is the last day on which the law's date
// can be extended.
type LastExtension struct {
	Team
	Clock Clock          // the law's
	Until deadlines.Date // the last day on which an extension can be announced
	Law   string         // the article that allows it
}

// Compose writes the letter. Everything is required.
func (l LastExtension) Compose(p words.Printer) (Letter, error) {
	return l.Team.composeWith(p, "last_extension", func(c *composer) string {
		return c.say("letters.team.last_extension.subject", "reference", l.Reference)
	}, &l.Clock, func(c *composer) []Fact {
		if l.Law == "" {
			c.fail("the article that allows an extension is missing")
		}
		return []Fact{{Label: c.say("letters.team.last_extension.until"), Value: said(c.date(l.Until)), Note: l.Law, Strong: true}}
	})
}

// QuestionOpen reminds the team of a question that holds a clock and was not
// answered yet.
type QuestionOpen struct {
	Team
	About   string // identity, clarification, fee or authority
	ByAgent bool   // an agent has to answer, else the requester
	Since   deadlines.Date
	Days    int // since then
}

// Compose writes the letter. Everything but ByAgent is required.
func (l QuestionOpen) Compose(p words.Printer) (Letter, error) {
	return l.Team.composeWith(p, "question", func(c *composer) string {
		return c.count("letters.team.question.subject", l.Days, "reference", l.Reference)
	}, nil, func(c *composer) []Fact {
		who := c.say("letters.team.question.requester")
		if l.ByAgent {
			who = c.say("letters.team.question.agent")
		}
		return []Fact{
			{Label: c.say("letters.team.question.asked"), Value: said(c.say("letters.team.question.about." + l.About))},
			{Label: c.say("letters.team.question.who"), Value: said(who), Strong: true},
			{Label: c.say("letters.team.question.since"), Value: said(c.date(l.Since))},
		}
	})
}

// TeamDigest tells a member of the team in the morning how the requests stand
// that they look after. It names references, and nobody.
type TeamDigest struct {
	Console  Controller // as in Team
	On       deadlines.Date
	Parts    []DigestPart // those that are not empty
	Link     string       // the queue
	Settings string       // where the letter can be switched off
}

// DigestPart is one list of a digest.
type DigestPart struct {
	About string // overdue, today, week, waiting or replies
	Count int
	First []DigestLine // the most urgent of them
}

// DigestLine is one request of a digest.
type DigestLine struct {
	Reference string
	Right     string         // access, deletion …
	Policy    string         // name of the controller
	By        deadlines.Date // 0 where nothing is due
}

// Compose writes the letter. Everything is required but the dates of lines.
func (l TeamDigest) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "team_digest", l.Console)
	c.title(c.say("reminders.digest.subject", "date", c.date(l.On)), c.say("reminders.digest.heading"))
	if len(l.Parts) == 0 {
		c.fail("there is nothing to tell of")
	}
	for _, part := range l.Parts {
		c.add(Block{Heading: said(c.say("reminders.digest.part", "what", c.say("reminders.digest."+part.About), "n", c.p.Number(part.Count)))})
		var list []Run
		for _, line := range part.First {
			list = append(list, said(line.text(c)))
		}
		c.add(Block{List: list})
		if more := part.Count - len(part.First); more > 0 {
			c.paragraph(c.count("reminders.digest.more", more))
		}
	}
	c.button(c.say("reminders.digest.action"), l.Link)
	if err := checkLink(l.Settings); err != nil {
		c.fail("the link to the settings: %w", err)
	}
	c.letter.Footer = []string{c.say("reminders.digest.footer", "link", l.Settings), c.say("letters.footer.questions", "contact", l.Console.Contact)}
	return c.done()
}

// text is one line: MOX-4K7P-92, Access, Moxora, due 7 December 2026.
func (l DigestLine) text(c *composer) string {
	about := []any{"reference", l.Reference, "right", c.say("rights." + l.Right + ".team"), "policy", l.Policy}
	if l.By == 0 {
		return c.say("reminders.digest.line", about...)
	}
	return c.say("reminders.digest.due", append(about, "date", c.date(l.By))...)
}

// HookFailing tells administrators that reminders cannot be posted to an address
// they configured.
type HookFailing struct {
	Console Controller // as in Team
	Name    string     // of the hook
	Since   time.Time  // in the reader's zone
	Fault   string     // why; without any address
	Link    string     // where it is shown
}

// Compose writes the letter. Everything is required.
func (l HookFailing) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "team_hook", l.Console)
	c.title(c.say("reminders.hook.subject", "name", l.Name), c.say("reminders.hook.heading"))
	c.paragraph(c.say("reminders.hook.text"))
	if l.Name == "" || l.Fault == "" || l.Since.IsZero() {
		c.fail("the name, the fault or the time of the hook is missing")
	}
	c.facts(
		Fact{Label: c.say("reminders.hook.name"), Value: said(l.Name), Strong: true},
		Fact{Label: c.say("reminders.hook.since"), Value: said(c.p.Moment(l.Since))},
		Fact{Label: c.say("reminders.hook.fault"), Value: said(l.Fault)},
	)
	c.button(c.say("reminders.hook.action"), l.Link)
	c.letter.Footer = []string{c.say("letters.team.footer"), c.say("letters.footer.questions", "contact", l.Console.Contact)}
	return c.done()
}
