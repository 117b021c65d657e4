package requests

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/policies"
)

// Appeal asks to look again at an answer. It makes a linked case with clocks of
// its own, which somebody decides who did not make the first decision.
type Appeal struct {
	Text  string // why the person does not agree
	Files []Upload
}

func (v Appeal) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActAppeal, permission: access.Appeal, files: v.Files, letters: toAssignee(o, LetterReplied)}
	p.text = tidy(v.Text)
	p.require("text", p.text, "Say what we should look at again.")
	p.message = &message{kind: "message", body: p.text}
	if o.againstAppeal() != nil || len(p.fields) > 0 {
		return p, nil
	}
	st, err := o.appealCase(p.text)
	if err != nil {
		return nil, err
	}
	p.change.Appeal = st.after.Reference
	p.also = func(ctx context.Context, tx bun.Tx, _ time.Time) error {
		return o.office.keepArrival(ctx, tx, st)
	}
	return p, nil
}

// appealCase makes the linked request: the same person, right and law, and what
// they had proved before.
func (o *occasion) appealCase(text string) (*step, error) {
	first := o.request
	ruling, err := o.office.book.RuleAppeal(policies.Question{Pack: o.pack, Right: first.Right, Residence: first.Residence, ReceivedAt: o.now}, first.Regime)
	if err != nil {
		return nil, err
	}
	ruling.Level = first.Ruling.Level
	key, err := o.office.keyOf(first)
	if err != nil {
		return nil, err
	}
	person, err := key.person(first)
	if err != nil {
		return nil, err
	}
	person.Details = text
	st, err := o.office.arrival(o.caller, o.now, o.pack, &person, first.Residence, Received{
		Submission: first.SubmissionID, Policy: first.Policy, Right: first.Right, Channel: "form", Language: first.Language, ReceivedAt: o.now,
		AppealOf: first.ID, AppealRef: first.Reference, NotBy: first.Facts.Decider, NorBy: first.Facts.Approver, Verified: first.Verified,
		Agent: first.AgentID, Represented: first.Facts.Agent,
	}, &ruling)
	if err != nil {
		return nil, err
	}
	at, err := o.office.look(o.ctx, o.caller, o.now, st.after)
	if err != nil {
		return nil, err
	}
	w, err := o.office.compose(at, st.after, st.key, appealLetter(first.Reference))
	if err != nil {
		return nil, fmt.Errorf("the letter about an appeal: %w", err)
	}
	st.letters = []written{w}
	return st, o.office.tellArrivals(o.ctx, o.caller, o.now, o.pack, []*step{st})
}

// againstAppeal says why an answer is not looked at again.
func (o *occasion) againstAppeal() []Objection {
	r := o.request
	switch {
	case r.AppealOf != 0:
		return []Objection{{Sentence: "This is the second look already. The regulator is the next to ask."}}
	case r.Facts.Appealed != "":
		return []Objection{{Sentence: "We look at it again already, under " + r.Facts.Appealed + "."}}
	case r.AnsweredAt.IsZero():
		return []Objection{{Sentence: "There is no decision yet that could be looked at again."}}
	}
	until, limited, err := o.appealUntil()
	if err == nil && limited && deadlines.DateOf(o.now, o.place.Zone) > until {
		return []Objection{{Sentence: "The time to ask for another look ended on " + long(until) + ".", Source: o.regime.Name}}
	}
	return nil
}

// appealUntil is the last day to ask for another look, where the law names one.
func (o *occasion) appealUntil() (deadlines.Date, bool, error) {
	if o.request.AnsweredAt.IsZero() {
		return 0, false, nil
	}
	return o.office.book.AppealUntil(o.request.Ruling, o.request.AnsweredAt.Time)
}

func appealLetter(of string) composer {
	return composer{kind: LetterAppeal, letter: func(d *draft) composable {
		letter := mailer.AppealReceived{Case: d.matter(), Of: of, Promise: d.promise(d.after), Law: d.law(d.after)}
		for i := range d.after.Clocks {
			letter.Acknowledge = letter.Acknowledge || d.after.Clocks[i].Kind == policies.Acknowledge
		}
		return letter
	}}
}

func appealDecidedLetter(outcome, ground, text string) composer {
	return composer{kind: LetterAppealDecided, letter: func(d *draft) composable {
		letter := mailer.AppealDecided{Case: d.matter(), Of: d.after.Facts.AppealOf, Text: typed(text), Until: d.linkUntil(), Appeal: d.appeal()}
		switch outcome {
		case Granted, NothingFound:
			letter.Outcome = "changed"
		case Partly:
			letter.Outcome = "partly"
		default:
			letter.Outcome = "stands"
		}
		if known, ok := d.refusable(ground); ok {
			letter.Ground, letter.Article = known.Ground, policies.Cited(known.Source)
		}
		return letter
	}}
}
