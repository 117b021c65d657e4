package requests

import (
	"cmp"
	"strings"

	"dsr/deadlines"
	"dsr/mailer"
	"dsr/policies"
)

// staffReminder is what a member of the team, or a mailbox, reads of a reminder.
// Everything but that a clock has run out can wait for the end of quiet hours.
func (o *occasion) staffReminder(m *reminder, user int64) composer {
	switch m.kind {
	case lastCall:
		return composer{kind: LetterLastDay, toStaff: user, calm: true, letter: func(d *draft) composable { return d.lastExtension(m) }}
	case question:
		return composer{kind: LetterQuestionOpen, toStaff: user, calm: true, letter: func(d *draft) composable { return d.questionOpen(m) }}
	}
	kind := reminderLetterKind(m)
	letter := reminderLetter(kind, user, o.request.clockNamed(m.about))
	letter.calm = kind == LetterSoon || kind == LetterToday
	return letter
}

// reminderLetterKind is the kind of letter about a clock's threshold or step.
func reminderLetterKind(m *reminder) string {
	switch {
	case m.kind == lastCall:
		return LetterLastDay
	case m.kind == question:
		return LetterQuestionOpen
	case m.kind == escalation && m.step.To == policies.ToOfficer:
		return LetterEscalation
	case m.kind == escalation || m.threshold == "overdue" || m.threshold == "due":
		return LetterOverdue
	case m.threshold == "today":
		return LetterToday
	}
	return LetterSoon
}

// lastExtension is the letter about the last day to extend a clock.
func (d *draft) lastExtension(m *reminder) composable {
	c := d.after.clockNamed(m.about)
	return mailer.LastExtension{
		Team: d.team(), Clock: d.clock(c), Until: c.Due.FirstDate, Law: policies.Cited(cmp.Or(c.Rule.Sources.Extension, c.Rule.Sources.Term)),
	}
}

// questionOpen is the letter about a question that holds a clock.
func (d *draft) questionOpen(m *reminder) composable {
	kind := deadlines.HoldKind(strings.TrimPrefix(m.about, questionClock))
	letter := mailer.QuestionOpen{Team: d.team(), About: string(kind), ByAgent: d.after.Facts.Agent != nil}
	if h := d.after.OpenHold(kind); h != nil {
		letter.Since = deadlines.DateOf(h.From, d.place.Zone)
		letter.Days = max(1, int(deadlines.DateOf(d.now, d.place.Zone)-letter.Since))
	}
	return letter
}
