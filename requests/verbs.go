package requests

import (
	"fmt"
	"strings"

	"dsr/access"
	"dsr/deadlines"
	"dsr/identity"
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

// AskProof asks the requester to prove who they are. It is a letter that names
// exactly what is asked for and why; what it does to the clocks follows the
// regime: a hold in the Union, a later start in the United Kingdom, nothing in
// the United States.
type AskProof struct {
	What string // what the person should send, in words they understand
	Why  string // why less is not enough
}

func (v AskProof) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActAskProof, permission: access.Verify, change: Change{HoldOpen: deadlines.HoldIdentity, Letter: LetterProof}}
	what, why := tidy(v.What), tidy(v.Why)
	p.require("what", what, "Say exactly what the person should send. Ask for no more than you need.")
	p.require("why", why, "Say why it is needed: the person reads it.")
	p.text = what + "\n\n" + why
	p.message = &message{kind: "proof", body: p.text}
	p.letters = []composer{proofLetter(what, why)}
	return p, nil
}

// RecordProof notes that the proof came and that it fits. What was given is
// not kept; the timeline says only that it was.
type RecordProof struct {
	Level string // identity.Level reached
}

func (v RecordProof) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActRecordProof, permission: access.Verify, change: Change{HoldShut: deadlines.HoldIdentity, Letter: LetterThanks}}
	level, err := identity.ParseLevel(v.Level)
	switch {
	case err != nil:
		p.fail("level", "Choose how the person proved who they are.")
	case o.request.Ruling.Level.Needs(level):
		p.fail("level", fmt.Sprintf("%s asks for more proof for this right: %s.", o.regime.Name, LevelName(o.request.Ruling.Level)))
	}
	p.change.Verified = level
	p.letters = []composer{thanksLetter()}
	return p, nil
}

// ConfirmMailbox notes that the requester pressed the button behind a link sent
// to their mailbox.
type ConfirmMailbox struct{}

func (ConfirmMailbox) plan(*occasion) (*plan, error) {
	return &plan{act: ActConfirm, permission: access.Verify, change: Change{Verified: identity.Mailbox}}, nil
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
	case deadlines.TooLong:
		latest, _, _ := c.Rule.Latest(&o.request.Facts.Facts, o.place)
		return fmt.Sprintf("%s is later than the law allows. The last possible day is %s.", long(until), long(latest))
	}
	return ""
}

// Decide sends the answer: granted, partly granted, refused, or nothing found.
type Decide struct {
	Outcome string
	Ground  string   // for what is refused; one the regime knows for the right
	Text    string   // what the requester reads
	Files   []Upload // the information itself
}

func (v Decide) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActDecide, permission: access.Decide, change: Change{Outcome: v.Outcome}, files: v.Files}
	p.text = tidy(v.Text)
	p.require("text", p.text, "Write what the person will read: what was done, what they get, what is kept back and why.")
	p.message = &message{kind: "answer", body: p.text}
	switch v.Outcome {
	case Granted, NothingFound:
		p.change.Letter = LetterAnswer
		p.letters = []composer{answerLetter(v.Outcome, p.text)}
	case Partly, RefusedAll:
		p.refuse(o, v.Outcome, v.Ground)
	default:
		p.fail("outcome", "Choose what the decision is.")
	}
	if (v.Outcome == Granted || v.Outcome == Partly) && !o.request.Proved() {
		p.object(o.identitySource(), "Identity is not proved yet. Nothing may be given out or changed for somebody who has not shown who they are: wait for %s.", LevelName(o.request.Ruling.Level))
	}
	return p, nil
}

// refuse checks the ground and writes the letter of a refusal in whole or part.
func (p *plan) refuse(o *occasion, outcome, name string) {
	ground, known := o.refusable(name)
	switch {
	case len(o.version.Grounds(o.request.Right)) == 0:
		p.object(o.regime.Law, "%s knows no ground to refuse this right.", o.regime.Name)
	case !known:
		p.fail("ground", "Choose the ground in law. Without one a request cannot be refused.")
	}
	p.change.Ground = name
	p.change.Letter = LetterRefused
	if outcome == Partly {
		p.change.Letter = LetterPartly
	}
	p.letters = []composer{refusalLetter(p.change.Letter, p.text, ground)}
}

// tidy trims a text and makes its line ends plain.
func tidy(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}
