package requests

import (
	"dsr/access"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/policies"
)

// outcomeForm stands in for the letters that tell what became of a request, and
// for those that follow from a change, where nothing of the kind happened to it.
func (o *occasion) outcomeForm(kind string, ground policies.RefusalGround) composer {
	switch kind {
	case LetterDeleted:
		kept := exception{Item{What: mailer.Unwritten, Text: mailer.Unwritten}, ground}
		return deletedLetter([]string{mailer.Unwritten}, "", []exception{kept})
	case LetterNothing, LetterCorrected, LetterOptedOut:
		return givenLetter(kind, nil, "")
	case LetterNotUs:
		return notUsLetter("")
	case LetterLate:
		return lateLetter()
	case LetterDates:
		return o.datesSpecimen()
	case LetterMessage:
		return messageLetter()
	case LetterAgentLink, LetterAuthority, LetterBatch, LetterDigest:
		return agentForm(kind)
	}
	return o.teamForm(kind)
}

// datesSpecimen is the letter about a receipt that was recorded five days late.
func (o *occasion) datesSpecimen() composer {
	before := o.request.clone()
	before.ReceivedAt = before.ReceivedAt.AddDate(0, 0, 5)
	for _, basis := range []policies.Basis{policies.ByLaw, policies.ByPromise} {
		if c := o.request.AnswerClock(basis); c != nil {
			later := c.Due.Date.AddDays(5)
			if basis == policies.ByLaw {
				return datesChangedLetter(before, mailer.DatesByReceipt, later, 0)
			}
			return datesChangedLetter(before, mailer.DatesByReceipt, 0, later)
		}
	}
	return datesChangedLetter(before, mailer.DatesByReceipt, 0, 0)
}

// somebody stands for the member of the team whom a shown letter goes to.
const somebody = 1

// teamForm is a letter to the team, about the clock that governs the request.
func (o *occasion) teamForm(kind string) composer {
	c := o.request.urgent()
	switch kind {
	case LetterBounced:
		return bouncedLetter(somebody)
	case LetterSoon, LetterToday, LetterOverdue, LetterEscalation:
		return reminderLetter(kind, somebody, c)
	case LetterLastDay:
		return composer{kind: kind, toStaff: somebody, letter: func(d *draft) composable {
			return mailer.LastExtension{Team: d.team(), Clock: d.clock(c), Until: c.Due.Date, Law: d.regime.Law}
		}}
	case LetterQuestionOpen:
		return composer{kind: kind, toStaff: somebody, letter: func(d *draft) composable {
			today := deadlines.DateOf(d.now, d.place.Zone)
			return mailer.QuestionOpen{Team: d.team(), About: string(deadlines.HoldClarification), Since: today.AddDays(-7), Days: 7}
		}}
	case LetterVolume, LetterMorning, LetterWeek, LetterHook, LetterInvitation, LetterNewPassword, LetterFactorReset:
		return composer{kind: kind, toStaff: somebody, letter: func(d *draft) composable { return d.houseLetter(kind) }}
	}
	return staffLetter(kind, somebody)
}

// houseLetter is a letter to the team that is about no single request, with
// figures that are made up.
func (d *draft) houseLetter(kind string) composable {
	from, console, name := d.office.consoleBrand(d.pack), d.office.baseURL+"/console", d.pack.Controller.Name
	today := deadlines.DateOf(d.now, d.place.Zone)
	link, until := console+"/welcome/…", d.now.AddDate(0, 0, 3).In(d.place.Zone)
	switch kind {
	case LetterMorning:
		line := mailer.DigestLine{Reference: d.after.Reference, Right: string(d.after.Right), Policy: name, By: today}
		parts := []mailer.DigestPart{{About: "today", Count: 1, First: []mailer.DigestLine{line}}, {About: "replies", Count: 2, First: []mailer.DigestLine{line}}}
		return mailer.TeamDigest{Console: from, On: today, Parts: parts, Link: console, Settings: console + "/me#notices"}
	case LetterWeek:
		figures := mailer.WeekFigures{Policy: name, Received: 14, Answered: 11, OnTime: 10, Counted: 11, Open: 41, Overdue: 2, Due: 9}
		return mailer.WeekReport{Console: from, From: today.AddDays(-7), Until: today.AddDays(-1), Policies: []mailer.WeekFigures{figures}, Link: console}
	case LetterHook:
		return mailer.HookFailing{Console: from, Name: "chat", Since: d.now.In(d.place.Zone), Fault: "503", Link: console + "/settings"}
	case LetterInvitation:
		return mailer.Invitation{Console: from, Role: string(access.Handler), Policies: []string{name}, Link: link, Until: until}
	case LetterNewPassword:
		return mailer.NewPassword{Console: from, Link: link, Until: until}
	case LetterFactorReset:
		return mailer.FactorReset{Console: from, Link: console + "/signin"}
	}
	return mailer.Volume{Console: from, Policy: name, On: today, Count: 184, Usual: 12, Link: console + "/queue?q=policy:" + d.pack.ID}
}

// agentForm is a letter to an agent about no single request.
func agentForm(kind string) composer {
	return composer{kind: kind, letter: func(d *draft) composable {
		from, today := d.office.controller(d.pack), deadlines.DateOf(d.now, d.place.Zone)
		link := d.office.baseURL + "/a/…"
		switch kind {
		case LetterAgentLink:
			return mailer.AgentLink{Controller: from, Link: link, Code: "000000", Until: today.AddDays(30)}
		case LetterAuthority:
			return mailer.AuthorityDecided{Controller: from, Link: link, Why: mailer.Unwritten, Requests: 2}
		case LetterBatch:
			return mailer.BatchReceived{Controller: from, Link: link, Received: 40, Rejected: 2, On: today}
		}
		return mailer.AgentDigest{Controller: from, Link: link, Open: 12, Waiting: 3, Answered: 4, Late: 1, On: today}
	}}
}
