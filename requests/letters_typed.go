package requests

import (
	"context"
	"slices"
	"time"

	"dsr/access"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/policies"
)

// replyDays is how long a requester is given to answer a question. It is the
// house's own measure; nothing lapses by itself when it is over.
const replyDays = 14

// effect says what a kind of hold does to the law's clock.
func (d *draft) effect(kind deadlines.HoldKind) mailer.Effect {
	c := d.after.LawClock()
	switch {
	case d.request.over(d.now):
		return mailer.Runs // a question revives nothing
	case c != nil && slices.Contains(c.Rule.Suspends, kind):
		return mailer.Pauses
	case c != nil && slices.Contains(c.Rule.MovesStart, kind):
		return mailer.Restarts
	}
	return mailer.Runs
}

// over reports whether the law's last day had passed at an instant.
func (r *Request) over(now time.Time) bool {
	c := r.LawClock()
	return c != nil && c.Due.Held == "" && !c.Due.OnTime(now)
}

// lawBy is the law's day where a question does not stop it, or zero.
func (d *draft) lawBy(kind deadlines.HoldKind) deadlines.Date {
	if c := d.after.AnswerClock(policies.ByLaw); c != nil && d.effect(kind) == mailer.Runs {
		return c.Due.Date
	}
	return 0
}

func (d *draft) replyUntil() deadlines.Date {
	return deadlines.DateOf(d.now, d.place.Zone).AddDays(replyDays)
}

func proofLetter(what, why string) composer {
	return composer{kind: LetterProof, letter: func(d *draft) composable {
		return mailer.ProofNeeded{
			Case: d.matter(), What: typed(what), Why: typed(why), Until: d.replyUntil(),
			Effect: d.effect(deadlines.HoldIdentity), LawBy: d.lawBy(deadlines.HoldIdentity), PromiseBy: d.promiseBy(),
		}
	}}
}

func questionLetter(question string) composer {
	return composer{kind: LetterQuestion, letter: func(d *draft) composable {
		return mailer.ClarificationNeeded{
			Case: d.matter(), Question: typed(question), Until: d.replyUntil(),
			Effect: d.effect(deadlines.HoldClarification), LawBy: d.lawBy(deadlines.HoldClarification), PromiseBy: d.promiseBy(),
		}
	}}
}

// thanksLetter tells the requester that the clock runs again, and to when.
func thanksLetter() composer {
	return composer{kind: LetterThanks, letter: func(d *draft) composable {
		kind := deadlines.HoldIdentity
		if d.request.OpenHold(deadlines.HoldClarification) != nil && d.after.OpenHold(deadlines.HoldClarification) == nil {
			kind = deadlines.HoldClarification
		}
		letter := mailer.Running{
			Case: d.matter(), Clarification: kind == deadlines.HoldClarification, Effect: d.effect(kind),
			Promise: d.promise(d.after), Law: d.law(d.after),
		}
		if c := d.after.AnswerClock(policies.ByLaw); c != nil {
			letter.Before, letter.Waited, letter.Restarted = d.unheld(c, kind), c.Due.HeldDays, c.Due.Start
		}
		if letter.Effect == mailer.Pauses && letter.Waited == 0 {
			letter.Effect = mailer.Runs // asked when the period was over: nothing was gained
		}
		return letter
	}}
}

// unheld is the law's last day as it was before the question was asked.
func (d *draft) unheld(c *Clock, kind deadlines.HoldKind) deadlines.Date {
	facts := d.request.Facts.Facts
	facts.AsOf = d.now
	facts.Holds = slices.DeleteFunc(slices.Clone(facts.Holds), func(h deadlines.Hold) bool { return h.Kind == kind && h.To.IsZero() })
	due, err := c.Rule.Due(&facts, d.place)
	if err != nil {
		return c.Due.Date
	}
	return due.Date
}

func extendedLetter(reason, ground string) composer {
	return composer{kind: LetterExtended, letter: func(d *draft) composable {
		letter := mailer.Extended{Case: d.matter(), Ground: ground, Reason: typed(reason), Regulator: d.regulator()}
		if c := d.request.AnswerClock(policies.ByLaw); c != nil {
			letter.Was, letter.Article = c.Due.FirstDate, c.Rule.Sources.Term
			if c.Rule.Sources.Extension != "" {
				letter.Article = c.Rule.Sources.Extension
			}
		}
		if c := d.after.AnswerClock(policies.ByLaw); c != nil {
			letter.Until = c.Due.Date
		}
		if promise := d.promise(d.after); promise != nil && promise.By < letter.Until {
			letter.Promise = promise
		}
		return letter
	}}
}

func messageLetter() composer {
	return composer{kind: LetterMessage, letter: func(d *draft) composable { return mailer.NewMessage{Case: d.matter()} }}
}

func answerLetter(outcome, _ string) composer {
	return composer{kind: LetterAnswer, letter: func(d *draft) composable {
		return mailer.AnswerReady{Case: d.matter(), NothingFound: outcome == NothingFound, Until: d.linkUntil()}
	}}
}

func (d *draft) linkUntil() deadlines.Date {
	return deadlines.DateOf(d.now.Add(LinkLifetime), d.place.Zone)
}

func (d *draft) appeal() mailer.Appeal {
	return mailer.Appeal{Regulator: d.regulator(), Court: d.regime.Establish != ""}
}

func refusalLetter(kind, text string, ground policies.RefusalGround) composer {
	return composer{kind: kind, letter: func(d *draft) composable {
		if kind == LetterPartly {
			return mailer.PartlyRefused{
				Case: d.matter(), Until: d.linkUntil(), Appeal: d.appeal(),
				Exceptions: []mailer.Exception{{What: d.office.words.In(d.after.Language).T("letters.partly.rest"), Ground: ground.Ground, Article: ground.Source, Text: typed(text)}},
			}
		}
		return mailer.Refused{Case: d.matter(), Ground: ground.Ground, Article: ground.Source, Text: typed(text), Appeal: d.appeal()}
	}}
}

// dismissedLetter refuses without a decision: the request is for somebody
// else, or nobody proved that it is theirs.
func dismissedLetter(outcome, text string) composer {
	ground := "id_not_verified"
	if outcome == NotUs {
		ground = "not_subject"
	}
	return composer{kind: LetterRefused, letter: func(d *draft) composable {
		article := d.regime.Law
		if known, ok := d.refusable(ground); ok {
			article = known.Source
		}
		return mailer.Refused{Case: d.matter(), Ground: ground, Article: article, Text: typed(text), Appeal: d.appeal()}
	}}
}

func withdrawnLetter() composer {
	return composer{kind: LetterWithdrawn, letter: func(d *draft) composable {
		return mailer.Withdrew{Case: d.matter(), On: deadlines.DateOf(d.now, d.place.Zone)}
	}}
}

// typed lets a letter be shown before its form is filled in. A letter with the
// mark in it is never sent.
func typed(s string) string {
	if s == "" {
		return mailer.Unwritten
	}
	return s
}

// writeReceived composes the one letter that confirms a submission. It belongs
// to the first request, whose link opens them all.
func (o *Office) writeReceived(ctx context.Context, now time.Time, pack *policies.Pack, s *Submission, steps []*step) ([]written, error) {
	letter := mailer.Received{Controller: o.controller(pack), Received: 0, Mailbox: mailer.MailboxNoProof}
	for _, st := range steps {
		at, err := o.look(ctx, access.MachineNamed("intake"), now, st.after)
		if err != nil {
			return nil, err
		}
		d := &draft{occasion: at, after: st.after}
		letter.Received = deadlines.DateOf(s.ReceivedAt, at.place.Zone)
		letter.Requests = append(letter.Requests, d.asked())
		letter.Provisional = letter.Provisional || st.after.Provisional
		if !st.after.Proved() {
			letter.Mailbox = mailer.MailboxRuns
		}
	}
	first := steps[0]
	w := written{id: o.ids.next(now), kind: LetterReceived, audience: "requester", language: s.Language, to: s.Person.replyTo(), link: o.newLink(now)}
	letter.Link = o.baseURL + "/r/" + w.link.token
	draft, err := letter.Compose(o.words.In(s.Language))
	if err != nil {
		return nil, err
	}
	w.draft = draft
	if err := o.finish(&w, pack, first.key); err != nil {
		return nil, err
	}
	return []written{w}, nil
}

// asked is one request of a submission, with its dates, for the first letter.
func (d *draft) asked() mailer.Asked {
	asked := mailer.Asked{Reference: d.after.Reference, Right: string(d.after.Right), Answer: d.promise(d.after), Law: d.law(d.after)}
	for i := range d.after.Clocks {
		c := &d.after.Clocks[i]
		switch {
		case c.Basis != policies.ByPromise:
		case c.Kind == policies.FirstResponse:
			asked.FirstReply, asked.Typical = limit(c, d.place.Zone), c.Wording == "typical"
		case c.Kind == policies.Fulfil:
			asked.Finish = limit(c, d.place.Zone)
		}
	}
	return asked
}
