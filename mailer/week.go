package mailer

import (
	"dsr/deadlines"
	"dsr/words"
)

// WeekReport tells those who answer for policies how the week went, in figures
// alone: no reference and nobody's data.
type WeekReport struct {
	Console     Controller // the product as sender; Contact is where staff ask
	From, Until deadlines.Date
	Policies    []WeekFigures
	Link        string // the dashboard of that week
}

// WeekFigures are the figures of one policy.
type WeekFigures struct {
	Policy   string // name of the controller: "Moxora"
	Received int
	Answered int
	OnTime   int // of Counted
	Counted  int // answers the law set a day for, and what is late without one
	Open     int
	Overdue  int // of Open
	Due      int // in the next seven days
	// Untrue are the policy's promises, word for word, that do not hold.
	Untrue []string
}

// Compose writes the letter. Everything but Untrue is required; counts may be
// zero.
func (l WeekReport) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "team_week", l.Console)
	c.title(c.say("reports.week.subject", "date", c.date(l.From)), c.say("reports.week.heading"))
	c.paragraph(c.say("reports.week.text", "from", c.date(l.From), "until", c.date(l.Until)))
	if len(l.Policies) == 0 {
		c.fail("there is no policy")
	}
	for _, f := range l.Policies {
		c.add(Block{Heading: said(f.Policy)})
		c.facts(f.facts(c)...)
	}
	c.button(c.say("reports.week.action"), l.Link)
	c.letter.Footer = []string{c.say("reports.week.footer"), c.say("letters.footer.questions", "contact", l.Console.Contact)}
	return c.done()
}

func (f WeekFigures) facts(c *composer) []Fact {
	for _, n := range []int{f.Received, f.Answered, f.OnTime, f.Counted - f.OnTime, f.Overdue, f.Open - f.Overdue, f.Due} {
		if n < 0 {
			c.fail("a count is below zero, or more than what it is of")
		}
	}
	number := func(key string, n int) Fact { return Fact{Label: c.say(key), Value: said(c.p.Number(n))} }
	rows := []Fact{number("reports.week.received", f.Received), number("reports.week.answered", f.Answered)}
	if f.Counted > 0 {
		rows = append(rows, Fact{Label: c.say("reports.week.on_time"), Value: said(c.say("reports.week.of", "part", c.p.Number(f.OnTime), "all", c.p.Number(f.Counted)))})
	}
	overdue := number("reports.week.overdue", f.Overdue)
	overdue.Strong = f.Overdue > 0
	rows = append(rows, number("reports.week.open", f.Open), overdue, number("reports.week.due", f.Due))
	for _, phrase := range f.Untrue {
		if phrase == "" {
			c.fail("the words of a promise are missing")
		}
		rows = append(rows, Fact{Label: c.say("reports.week.untrue"), Value: said("“" + phrase + "”"), Strong: true})
	}
	return rows
}
