package requests

import (
	"fmt"
	"strings"

	"dsr/access"
	"dsr/deadlines"
	"dsr/policies"
)

// TakeUp begins the search. Whoever takes up a request that nobody has becomes
// its assignee.
type TakeUp struct{}

func (TakeUp) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActTakeUp, permission: access.TakeUp}
	if o.request.AssigneeID == 0 && o.caller.Kind == access.Staff {
		id := o.caller.ID
		p.change.Assignee = &id
	}
	return p, nil
}

// AskQuestion asks the requester what exactly they mean. Where the regime lets
// it, the days until the reply do not count.
type AskQuestion struct {
	Question string
}

func (v AskQuestion) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActAskQuestion, permission: access.Clarify, change: Change{HoldOpen: deadlines.HoldClarification, Letter: LetterQuestion}}
	p.text = tidy(v.Question)
	p.require("question", p.text, "Write the question as the person will read it.")
	p.message = &message{kind: "clarification", body: p.text}
	p.letters = []composer{questionLetter(p.text)}
	return p, nil
}

// AnswerQuestion records the requester's reply to an open question, given on
// their page or to staff by another way.
type AnswerQuestion struct {
	Text  string
	Files []Upload
}

func (v AnswerQuestion) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActAnswer, permission: access.Clarify, change: Change{HoldShut: deadlines.HoldClarification, Letter: LetterThanks}, files: v.Files}
	p.text = tidy(v.Text)
	p.require("text", p.text, "Write the answer.")
	p.message = &message{kind: "clarification", body: p.text}
	p.letters = []composer{thanksLetter()}
	if o.caller.Kind != access.Staff {
		p.permission = access.Message
		p.letters = append(p.letters, toAssignee(o, LetterReplied)...)
	}
	return p, nil
}

// Extend tells the requester that the answer takes longer. Sending the notice
// is the act: it counts only if it goes before the first date.
type Extend struct {
	Ground string // one the regime knows
	Reason string // as the requester reads it
	Until  string // new last day, 2006-01-02
}

func (v Extend) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActExtend, permission: access.Extend, change: Change{Ground: v.Ground, Letter: LetterExtended}}
	p.text = tidy(v.Reason)
	p.require("reason", p.text, "Write the reason as the person will read it. The law asks for one.")
	if !o.extensionGround(v.Ground) {
		p.fail("ground", "Choose why more time is needed. Staff shortage or holidays are not reasons in law.")
	}
	until, err := deadlines.ParseDate(v.Until)
	if err != nil {
		p.fail("until", "Enter the new date, like 18 12 2026.")
		return p, nil
	}
	if c := o.request.AnswerClock(policies.ByLaw); c != nil && o.request.Facts.Extension == nil {
		refusal, err := c.Rule.Extendable(&o.request.Facts.Facts, o.place, until, o.now)
		if err != nil {
			return nil, err
		}
		if sentence := o.extensionRefusal(c, refusal, until); sentence != "" {
			p.fail("until", sentence)
		}
	}
	p.change.Extension = &deadlines.Extension{Until: &until, SentAt: o.now}
	p.letters = []composer{extendedLetter(p.text, v.Ground)}
	return p, nil
}

func (o *occasion) extensionGround(ground string) bool {
	for _, g := range o.version.Extensions {
		if g.Ground == ground {
			return true
		}
	}
	return false
}

// extensionRefusal words what is wrong with a date; what is wrong with
// extending at all is a standing guard.
func (o *occasion) extensionRefusal(c *Clock, refusal deadlines.Refusal, until deadlines.Date) string {
	switch refusal {
	case deadlines.NotLater:
		return "Choose a day after " + long(c.Due.FirstDate) + ", the day the law gives without an extension."
	case deadlines.TooLate:
		return "It is too late to extend: the first period is over."
	case deadlines.TooLong:
		facts := o.request.Facts.Facts
		facts.AsOf = o.now
		latest, _, _ := c.Rule.Latest(&facts, o.place)
		return fmt.Sprintf("%s is later than the law allows. The last possible day is %s.", long(until), long(latest))
	}
	return ""
}

// tidy trims a text, makes its line ends plain and leaves the mark out that
// parts the words of an event.
func tidy(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", between, "").Replace(s))
}
