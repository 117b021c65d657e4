package mailer

import (
	"dsr/deadlines"
	"dsr/words"
)

// Verified tells whoever has a request that its requester has proved who they
// are, so that it can go on.
type Verified struct {
	Team
	Clock Clock // the one that governs
}

// Compose writes the letter. Everything is required.
func (l Verified) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "verified", func(c *composer) string {
		return c.say("letters.team.verified.subject", "reference", l.Reference)
	}, &l.Clock)
}

// Searched tells whoever has a request that the last of its systems has
// answered, so that it can be decided.
type Searched struct {
	Team
	Clock Clock
}

// Compose writes the letter. Everything is required.
func (l Searched) Compose(p words.Printer) (Letter, error) {
	return l.Team.compose(p, "searched", func(c *composer) string {
		return c.say("letters.team.searched.subject", "reference", l.Reference)
	}, &l.Clock)
}

// Volume tells those who answer for a policy that far more requests came on a
// day than usual: a campaign, a breach in the news, or somebody playing with the
// form. It is about no single request.
type Volume struct {
	Console Controller // as in Team
	Policy  string     // name of the controller
	On      deadlines.Date
	Count   int // requests that came on that day so far
	Usual   int // of a day, in the weeks before
	Link    string
}

// Compose writes the letter. Everything is required but Usual, which may be
// zero.
func (l Volume) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "team_volume", l.Console)
	c.title(c.say("letters.team.volume.subject", "policy", l.Policy), c.say("letters.team.volume.heading"))
	c.paragraph(c.say("letters.team.volume.text"))
	if l.Policy == "" || l.Count <= l.Usual {
		c.fail("the policy is missing, or nothing is unusual about the number")
	}
	c.facts(
		Fact{Label: c.say("letters.team.fact.policy"), Value: said(l.Policy), Strong: true},
		Fact{Label: c.say("letters.team.volume.on"), Value: said(c.date(l.On))},
		Fact{Label: c.say("letters.team.volume.count"), Value: said(c.p.Number(l.Count)), Strong: true},
		Fact{Label: c.say("letters.team.volume.usual"), Value: said(c.p.Number(l.Usual))},
	)
	c.button(c.say("letters.team.volume.action"), l.Link)
	c.letter.Footer = []string{c.say("letters.team.footer"), c.say("letters.footer.questions", "contact", l.Console.Contact)}
	return c.done()
}
