package requests

import (
	"slices"

	"dsr/deadlines"
	"dsr/mailer"
	"dsr/policies"
	"dsr/workflow"
)

// The kinds of letters that tell what became of a request, and those that
// follow from a change by themselves.
const (
	LetterNothing   = "nothing_found"
	LetterDeleted   = "deleted"
	LetterCorrected = "corrected"
	LetterOptedOut  = "opted_out"
	LetterNotUs     = "not_us"
	LetterLate      = "late"
	LetterDates     = "dates_changed"
	LetterVerified  = "team_verified"
	LetterSearched  = "team_searched"
	LetterVolume    = "team_volume"
)

// grantedLetter tells that everything was done, in the words of what it was, or
// that nothing was found.
func (o *occasion) grantedLetter(v *Decide) composer {
	kind := LetterAnswer
	switch right := o.request.Right; {
	case v.Outcome == NothingFound:
		kind = LetterNothing
	case right == policies.Deletion:
		return deletedLetter(given(v.Items), v.Told, nil)
	case right == policies.Correction:
		kind = LetterCorrected
	case right.IsOptOut():
		kind = LetterOptedOut
	}
	return givenLetter(kind, given(v.Items), v.Told)
}

// given names the kinds of information that were given, changed or deleted whole.
func given(items []Item) (names []string) {
	for _, item := range items {
		if item.Decision == Give {
			names = append(names, item.What)
		}
	}
	return names
}

// givenLetter is one of the letters in which nothing is kept back.
func givenLetter(kind string, what []string, told string) composer {
	return composer{kind: kind, letter: func(d *draft) composable {
		switch kind {
		case LetterNothing:
			return mailer.NothingFound{Case: d.matter(), Until: d.linkUntil(), Appeal: d.appeal()}
		case LetterCorrected:
			return mailer.Corrected{Case: d.matter(), What: what, Told: told, Until: d.linkUntil()}
		case LetterOptedOut:
			return mailer.OptedOut{Case: d.matter(), On: deadlines.DateOf(d.now, d.place.Zone), Until: d.linkUntil()}
		}
		return mailer.AnswerReady{Case: d.matter(), Until: d.linkUntil()}
	}}
}

// deletedLetter names what is gone, and what was kept and why.
func deletedLetter(what []string, told string, kept []exception) composer {
	return composer{kind: LetterDeleted, letter: func(d *draft) composable {
		return mailer.Deleted{Case: d.matter(), What: what, Kept: exceptionsOf(kept), Told: told, Until: d.linkUntil(), Appeal: d.appeal()}
	}}
}

// notUsLetter says that another controller decides.
func notUsLetter(text string) composer {
	return composer{kind: LetterNotUs, letter: func(d *draft) composable {
		return mailer.NotUs{Case: d.matter(), Text: typed(text), Regulator: d.regulator(), Court: d.regime.Establish != ""}
	}}
}

// lateNotice is the letter to a requester whose answer the law wanted by now: at
// the reminder that says so to the team, once for a request, however often its
// dates move. Who was never told that we have the request gets none.
func (o *occasion) lateNotice(m *reminder) ([]composer, error) {
	c := o.request.AnswerClock(policies.ByLaw)
	if c == nil || c.Name() != m.about || reminderLetterKind(m) != LetterOverdue || m.kind == escalation || o.request.Suspect != "" {
		return nil, nil
	}
	n, err := o.office.db.Read().NewSelect().Table("letters").Where("request_id = ? AND kind = ?", o.request.ID, LetterLate).Count(o.ctx)
	if err != nil || n > 0 {
		return nil, err
	}
	return []composer{lateLetter()}, nil
}

func lateLetter() composer {
	return composer{kind: LetterLate, letter: func(d *draft) composable {
		return mailer.Late{Case: d.datedMatter(), Law: d.law(d.after), Regulator: d.regulator(), Court: d.regime.Establish != ""}
	}}
}

// datedMatter is matter for a letter about dates: those of a second look are
// its own.
func (d *draft) datedMatter() mailer.Case {
	matter := d.matter()
	if d.after.AppealOf != 0 {
		matter.Right = string(policies.Appeal)
	}
	return matter
}

// follows are the letters that no form asks for: they follow from what a step
// does to the request. The event names the one to the requester.
func (s *step) follows(o *occasion) (letters []composer) {
	if c := s.datesLetter(); c != nil {
		letters = append(letters, *c)
		s.event.Change.Letter = LetterDates
	}
	told := ""
	switch {
	case s.plan.act == ActFindings:
		told = LetterSearched
	case !s.before.Proved() && s.after.Proved() && (s.plan.act == ActConfirm || s.plan.act == ActRecordProof):
		told = LetterVerified
	}
	if told == "" {
		return letters
	}
	for _, letter := range toAssignee(o, told) {
		if letter.toStaff != staffID(o.caller.Actor()) {
			letters = append(letters, letter)
		}
	}
	return letters
}

// datesLetter tells the requester that a date they were told has moved, because
// staff found that law, right or receipt were other than first thought.
func (s *step) datesLetter() *composer {
	moves := []workflow.Act{ActSetLaw, ActCorrect, ActConfirmReading}
	if !slices.Contains(moves, s.plan.act) || s.before.Suspect != "" || !s.after.Undecided() {
		return nil
	}
	law, promise := s.was(policies.ByLaw), s.was(policies.ByPromise)
	if law == 0 && promise == 0 {
		return nil
	}
	c := datesChangedLetter(s.before, s.whyMoved(), law, promise)
	return &c
}

// whyMoved is the reason as the letter knows it.
func (s *step) whyMoved() string {
	switch {
	case s.plan.act == ActCorrect:
		return mailer.DatesByReceipt
	case s.before.Right != s.after.Right:
		return mailer.DatesByRight
	}
	return mailer.DatesByLaw
}

// was is the day of an answer as it was told, where it is another one now; 0
// where it is not, or stood still.
func (s *step) was(basis policies.Basis) deadlines.Date {
	before, after := s.before.AnswerClock(basis), s.after.AnswerClock(basis)
	switch {
	case before == nil || !before.MetAt.IsZero() || before.Due.Held != "":
		return 0
	case after != nil && (after.Due.Held != "" || after.Due.Date == before.Due.Date):
		return 0
	}
	return before.Due.Date
}

func datesChangedLetter(before *Request, why string, law, promise deadlines.Date) composer {
	return composer{kind: LetterDates, letter: func(d *draft) composable {
		letter := mailer.DatesChanged{
			Case: d.datedMatter(), Why: why, Promise: d.promise(d.after), LawBefore: law, PromiseBefore: promise,
			Provisional: d.after.Provisional, Law: d.law(d.after),
		}
		if why == mailer.DatesByReceipt {
			letter.ReceivedBefore = deadlines.DateOf(before.ReceivedAt, d.place.Zone)
		}
		return letter
	}}
}
