package requests

import (
	"slices"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/mailer"
	"dsr/policies"
)

func proofLetter(proof *Proof, what, why string) composer {
	return composer{kind: LetterProof, letter: func(d *draft) composable {
		kind := proof.hold()
		return mailer.ProofNeeded{
			Case: d.matter(), Authority: proof.Authority, What: typed(d.wanted(proof, what)), Why: typed(why), Until: d.proofUntil(),
			Effect: d.effect(kind), LawBy: d.lawBy(kind), PromiseBy: d.promiseBy(),
		}
	}}
}

func proofFailedLetter(proof *Proof, what, why string) composer {
	return composer{kind: LetterProofFailed, letter: func(d *draft) composable {
		kind := proof.hold()
		return mailer.ProofFailed{
			Case: d.matter(), Authority: proof.Authority, What: typed(what), Why: typed(why), Until: d.proofUntil(),
			Effect: d.effect(kind), LawBy: d.lawBy(kind), PromiseBy: d.promiseBy(),
		}
	}}
}

// wanted names what is asked for in the requester's language: the data points,
// the declaration, and what staff wrote.
func (d *draft) wanted(proof *Proof, what string) string {
	var lines []string
	for _, name := range proof.Points {
		lines = append(lines, d.office.PointLabel(d.pack, d.after.Language, name))
	}
	if proof.Declaration {
		lines = append(lines, d.office.words.In(d.after.Language).T("proof.declaration.label"))
	}
	if what != "" {
		lines = append(lines, what)
	}
	return strings.Join(lines, "\n")
}

// PointLabel names a data point in a language.
func (o *Office) PointLabel(pack *policies.Pack, language, name string) string {
	for _, id := range pack.Identifiers {
		if id.Name == name {
			return id.LabelIn(language)
		}
	}
	return o.words.In(language).T("proof.point." + name)
}

// proofUntil is the last whole day before the request is set aside.
func (d *draft) proofUntil() deadlines.Date {
	if wait := d.after.proofWait(); wait != nil {
		return deadlines.DateOf(wait.lapse, d.place.Zone).AddDays(-1)
	}
	return d.replyUntil()
}

// nudgeLetter carries a code for whoever has a page open that takes it.
func nudgeLetter(wait *proofWait, channel string, last bool) composer {
	return composer{kind: LetterNudge, code: wait.mailbox && !letterLike(channel), letter: func(d *draft) composable {
		letter := mailer.Nudge{Case: d.matter(), Mailbox: wait.mailbox, Last: last, Until: deadlines.DateOf(wait.lapse, d.place.Zone), Code: d.code}
		if c := d.after.AnswerClock(policies.ByLaw); c != nil && c.Due.Held == "" && c.Due.OnTime(d.now) {
			letter.LawBy = c.Due.Date
		}
		return letter
	}}
}

func lapsedLetter() composer {
	return composer{kind: LetterLapsed, letter: func(d *draft) composable {
		return mailer.Lapsed{
			Case: d.matter(), On: deadlines.DateOf(d.now, d.place.Zone), Mailbox: !d.request.Facts.Proof.Waiting(),
			Regulator: d.regulator(), Court: d.regime.Establish != "",
		}
	}}
}

func reopenedLetter() composer {
	return composer{kind: LetterReopened, letter: func(d *draft) composable {
		letter := mailer.Reopened{Case: d.matter(), Promise: d.promise(d.after), Law: d.law(d.after), Passed: d.after.over(d.now)}
		if c := d.after.AnswerClock(policies.ByPromise); c != nil && c.MetAt.IsZero() {
			letter.Passed = letter.Passed || !c.Due.OnTime(d.now)
		}
		return letter
	}}
}

func expiringLetter() composer {
	return composer{kind: LetterExpiring, letter: func(d *draft) composable {
		return mailer.AnswerExpiring{Case: d.matter(), Until: d.after.FilesUntil(d.place.Zone)}
	}}
}

// thanksLetter tells the requester that the clock runs again, and to when.
func thanksLetter() composer {
	return composer{kind: LetterThanks, letter: func(d *draft) composable {
		kind := deadlines.HoldIdentity
		if p := d.request.Facts.Proof; p != nil {
			kind = p.hold()
		}
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

// unheld is the law's last day as it would be without the last question of a
// kind.
func (d *draft) unheld(c *Clock, kind deadlines.HoldKind) deadlines.Date {
	facts := d.request.Facts.Facts
	facts.AsOf = d.now
	for i := len(facts.Holds) - 1; i >= 0; i-- {
		if facts.Holds[i].Kind == kind {
			facts.Holds = slices.Delete(slices.Clone(facts.Holds), i, i+1)
			break
		}
	}
	due, err := c.Rule.Due(&facts, d.place)
	if err != nil {
		return c.Due.Date
	}
	return due.Date
}

// proofWait is a wait for proof that only the requester can end.
type proofWait struct {
	mailbox bool      // proof of the mailbox; else what was asked for
	since   time.Time // when it was asked for
	lapse   time.Time // when the request is set aside
}

// proofWait returns the wait for proof that can end in setting the request
// aside, or nil. No opt-out ever waits.
func (r *Request) proofWait() *proofWait {
	w := proofWait{}
	switch p := r.Facts.Proof; {
	case r.Right.IsOptOut() || !r.Undecided() || r.Suspect != "":
		return nil
	case p.Waiting():
		w.since = p.AskedAt
	case p.Given():
		return nil
	case !r.Facts.AskedMailbox.IsZero() && r.Ruling.Level == identity.Mailbox && identity.Mailbox.Needs(r.Verified):
		w.mailbox, w.since = true, r.Facts.AskedMailbox
	default:
		return nil
	}
	w.lapse = r.lapseAt(w.since)
	return &w
}

// lapseAt is LapseAfter the asking, but a day before the law's last day, so
// that the letter about it is an answer in time, and never under three days.
func (r *Request) lapseAt(since time.Time) time.Time {
	at := since.Add(LapseAfter)
	if c := r.LawClock(); c != nil && c.Due.Held == "" {
		if day := c.Due.Limit().Add(-24 * time.Hour); day.Before(at) {
			at = day
		}
	}
	if least := since.Add(72 * time.Hour); at.Before(least) {
		at = least
	}
	return at.UTC().Truncate(time.Microsecond)
}

// The thresholds of a wait for proof and of an answer's files.
const (
	waitClock   = "proof"
	filesClock  = "files"
	nudgeFirst  = "24h"
	nudgeSecond = "72h"
	nudgeLast   = "last"
	lapseNow    = "lapse"
	filesEnding = "ending"
)

// reminders lists when the requester hears of a wait: after a day, after three,
// a day before it lapses, and then it lapses.
func (w *proofWait) reminders() []reminder {
	last := w.lapse.Add(-24 * time.Hour)
	list := []reminder{w.reminder(last, nudgeLast), w.reminder(w.lapse, lapseNow)}
	for _, early := range []reminder{w.reminder(w.since.Add(24*time.Hour), nudgeFirst), w.reminder(w.since.Add(72*time.Hour), nudgeSecond)} {
		if early.at.Before(last) {
			list = append(list, early)
		}
	}
	return list
}

func (w *proofWait) reminder(at time.Time, threshold string) reminder {
	return reminder{at: at, about: waitClock, threshold: threshold, kind: proofWanted}
}

// filesReminder is when the requester hears that files of an answer, not yet
// fetched, can be fetched for three more days; nil when there is nothing to say.
func (r *Request) filesReminder() *reminder {
	if r.Facts.FilesTill.IsZero() || !r.Facts.Collected.IsZero() || !r.Facts.Erased.IsZero() {
		return nil
	}
	return &reminder{at: r.Facts.FilesTill.Add(-96 * time.Hour), about: filesClock, threshold: filesEnding, kind: answerFiles}
}
