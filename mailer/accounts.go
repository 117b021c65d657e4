package mailer

import (
	"slices"
	"strings"
	"time"

	"dsr/words"
)

// Invitation asks a new colleague to choose a password.
type Invitation struct {
	Console  Controller // the product as sender; Contact is where staff ask
	Role     string     // handler, approver, administrator, auditor
	Policies []string   // names of the controllers they serve, or what says that it is all
	Link     string
	Until    time.Time // in the zone of the reader's policy
}

// Compose writes the letter. Everything is required.
func (l Invitation) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "invitation", l.Console)
	if slices.Contains(l.Policies, "") {
		c.fail("a policy has no name")
	}
	return c.account("accounts.invitation", l.Console, l.Link,
		Fact{Label: c.say("accounts.fact.role"), Value: said(c.say("accounts.role." + l.Role))},
		Fact{Label: c.say("accounts.fact.policies"), Value: said(strings.Join(l.Policies, ", "))},
		c.linkUntilMoment(l.Until))
}

// NewPassword sends a link to somebody who has forgotten their password.
type NewPassword struct {
	Console Controller
	Link    string
	Until   time.Time // in the zone of the reader's policy
}

// Compose writes the letter. Everything is required.
func (l NewPassword) Compose(p words.Printer) (Letter, error) {
	c := begin(p, "new_password", l.Console)
	return c.account("accounts.password", l.Console, l.Link, c.linkUntilMoment(l.Until))
}

// FactorReset tells somebody that an administrator removed their second factor,
// so that one who did not ask for it can say so.
type FactorReset struct {
	Console Controller
	Link    string // to the sign-in
}

// Compose writes the letter. Everything is required.
func (l FactorReset) Compose(p words.Printer) (Letter, error) {
	return begin(p, "factor_reset", l.Console).account("accounts.reset", l.Console, l.Link)
}

// account composes any letter about somebody's own account.
func (c *composer) account(keys string, console Controller, link string, facts ...Fact) (Letter, error) {
	c.title(c.say(keys+".subject"), c.say(keys+".heading"))
	c.paragraph(c.say(keys + ".text"))
	if len(facts) > 0 {
		c.facts(facts...)
	}
	c.button(c.say(keys+".action"), link)
	c.paragraph(c.say(keys + ".not_you"))
	c.letter.Footer = []string{c.say("accounts.footer"), c.say("letters.footer.questions", "contact", console.Contact)}
	return c.done()
}

// linkUntilMoment is the row that says how long a link works, to the minute.
func (c *composer) linkUntilMoment(until time.Time) Fact {
	if until.IsZero() {
		c.fail("it is not said how long the link works")
		return Fact{}
	}
	return Fact{Label: c.say("accounts.fact.until"), Value: said(c.p.Moment(until)), Strong: true}
}
