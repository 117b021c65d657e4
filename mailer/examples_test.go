package mailer_test

import (
	"maps"
	"time"

	"dsr/deadlines"
	"dsr/mailer"
	"dsr/words"
)

// composed is any letter of this package.
type composed interface {
	Compose(words.Printer) (mailer.Letter, error)
}

func day(s string) deadlines.Date {
	d, err := deadlines.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func days(n int, by string) *mailer.Limit {
	return &mailer.Limit{Term: deadlines.Term{N: n, Unit: deadlines.CalendarDays}, By: day(by)}
}

func months(n int, by string) *mailer.Limit {
	return &mailer.Limit{Term: deadlines.Term{N: n, Unit: deadlines.Months}, By: day(by)}
}

func hours(n int, at string) *mailer.Limit {
	t, err := time.Parse("2006-01-02 15:04 -0700 MST", at)
	if err != nil {
		panic(err)
	}
	return &mailer.Limit{Term: deadlines.Term{N: n, Unit: deadlines.Hours}, At: t}
}

func controller() mailer.Controller {
	return mailer.Controller{
		Name: "Moxora", Initial: "M", Colour: "#6C4DF6", DarkColour: "#9D98FF",
		Operator: "Moxtech Developers", Contact: "support@moxtech.example",
	}
}

func theCase(reference, right, received string) mailer.Case {
	return mailer.Case{
		Controller: controller(), Reference: reference, Right: right, Received: day(received),
		Link: "https://privacy.moxora.example/r/" + reference + "/k7d2",
	}
}

// forAnother is a case whose reader acts for the person it is about.
func forAnother(c mailer.Case) mailer.Case {
	c.ForOther = true
	return c
}

func team(reference string) mailer.Team {
	return mailer.Team{
		Console:   mailer.Controller{Name: "dsr", Initial: "d", Colour: "#0B5A6F", DarkColour: "#7CC7DC", Contact: "privacy@moxora.example"},
		Reference: reference, Right: "access", Law: "UK GDPR", Policy: "Moxora",
		Link: "https://privacy.moxora.example/console/requests/" + reference,
	}
}

// appealed is about another look at a request that was answered.
func appealed(t mailer.Team) mailer.Team {
	t.Of = "MOX-4K7P-92"
	return t
}

func lawClock() mailer.Clock {
	return mailer.Clock{Name: "Answer, by law", Basis: "UK GDPR Art. 12A", By: day("2026-12-07"), Next: "Record the answer, handler"}
}

func ico() *mailer.Regulator {
	return &mailer.Regulator{
		Name: "Information Commissioner’s Office (ICO)",
		URL:  "https://ico.org.uk/make-a-complaint",
	}
}

// letters are one full example of each letter, with everything optional set,
// under the name of its golden file.
func letters() map[string]composed {
	all := receivedLetters()
	maps.Copy(all, questionLetters())
	maps.Copy(all, answerLetters())
	maps.Copy(all, outcomeLetters())
	maps.Copy(all, waitingLetters())
	maps.Copy(all, linkLetters())
	maps.Copy(all, appealLetters())
	maps.Copy(all, agentLetters())
	maps.Copy(all, teamLetters())
	maps.Copy(all, weekLetters())
	maps.Copy(all, reminderLetters())
	maps.Copy(all, accountLetters())
	return all
}

func receivedLetters() map[string]composed {
	california := mailer.Law{Place: "California", Limit: days(45, "2027-01-05")}
	return map[string]composed{
		"received": mailer.Received{
			Controller: controller(), Received: day("2026-11-21"), Link: "https://privacy.moxora.example/r/MOX-7T4E-26/k7d2",
			Mailbox: mailer.MailboxRuns, Code: "482913", MoreProof: true,
			Requests: []mailer.Asked{{
				Reference: "MOX-7T4E-26", Right: "access", Answer: days(30, "2026-12-21"), Law: california,
				FirstReply: hours(48, "2026-11-23 14:30 -0800 PST"), Typical: true, Finish: days(30, "2026-12-22"),
			}},
		},
		"received-several": mailer.Received{
			Controller: controller(), Received: day("2026-11-21"), Link: "https://privacy.moxora.example/r/MOX-7T4E-26/k7d2",
			Mailbox: mailer.MailboxWaits,
			Requests: []mailer.Asked{
				{Reference: "MOX-7T4E-26", Right: "access", Answer: days(30, "2026-12-21"), Law: mailer.Law{Place: "The United Kingdom", Limit: months(1, "2026-12-21")}},
				{Reference: "MOX-7T4F-11", Right: "opt_out.marketing", Law: mailer.Law{Place: "The United Kingdom", Limit: months(1, "2026-12-21")}},
			},
		},
		"received-law-first": mailer.Received{
			Controller: controller(), Received: day("2026-11-21"), Link: "https://privacy.moxora.example/r/MOX-7T4E-26/k7d2",
			Mailbox: mailer.MailboxNoProof,
			Requests: []mailer.Asked{{
				Reference: "MOX-7T4E-26", Right: "deletion", Answer: days(30, "2026-12-21"),
				Law: mailer.Law{Place: "South Korea", Limit: days(10, "2026-12-01")},
			}},
		},
		"received-by-mail": mailer.Received{
			Controller: controller(), Received: day("2026-11-21"), Link: "https://privacy.moxora.example/r/MOX-7T4E-26/k7d2",
			Mailbox: mailer.MailboxRuns, Provisional: true, Missing: mailer.Missing{Place: true, Name: true, More: true}, Also: []string{"deletion", "opt_out.marketing"},
			Requests: []mailer.Asked{{Reference: "MOX-7T4E-26", Right: "access", Answer: days(30, "2026-12-21"), Law: mailer.Law{Place: "Kenya", Limit: days(7, "2026-11-28"), Assumed: true}}},
		},
		"received-no-dates": mailer.Received{
			Controller: controller(), Received: day("2026-11-21"), Link: "https://privacy.moxora.example/r/MOX-7T4E-26/k7d2",
			Mailbox:  mailer.MailboxNoProof,
			Requests: []mailer.Asked{{Reference: "MOX-7T4E-26", Right: "correction", Law: mailer.Law{Place: "Japan"}}},
		},
	}
}

func questionLetters() map[string]composed {
	access := theCase("MOX-4K7P-92", "access", "2026-10-26")
	return map[string]composed{
		"proof": mailer.ProofNeeded{
			Case: access, Effect: mailer.Runs, Until: day("2026-11-09"), LawBy: day("2026-12-07"), PromiseBy: day("2026-11-25"),
			What: "Please sign in to your account and press the button there.",
			Why:  "The request came from an address that your account does not have.",
		},
		"proof-authority": mailer.ProofNeeded{
			Case: forAnother(access), Authority: true, Effect: mailer.Restarts, Until: day("2026-11-09"),
			What: "A letter signed by the person you act for.", Why: "Without it we may not tell you anything.",
		},
		"proof-other": mailer.ProofNeeded{
			Case: forAnother(access), Effect: mailer.Runs, Until: day("2026-11-09"), LawBy: day("2026-12-07"),
			What: "The date of birth, and the last order.", Why: "Two people of this name have an account.",
		},
		"clarification": mailer.ClarificationNeeded{
			Case: access, Effect: mailer.Pauses, Until: day("2026-11-09"), PromiseBy: day("2026-11-25"),
			Question: "Do you want the support conversations too?\nThey go back to 2019.",
		},
		"running": mailer.Running{
			Case: access, Clarification: true, Effect: mailer.Pauses, Waited: 9, Before: day("2026-11-26"),
			Promise: days(30, "2026-11-25"), Law: mailer.Law{Place: "The United Kingdom", Limit: months(1, "2026-12-07")},
		},
		"running-restarted": mailer.Running{
			Case: access, Effect: mailer.Restarts, Restarted: day("2026-11-07"), Before: day("2026-11-26"),
			Law: mailer.Law{Place: "The United Kingdom", Limit: months(1, "2026-12-07")},
		},
	}
}

func answerLetters() map[string]composed {
	access := theCase("MOX-4K7P-92", "access", "2026-10-26")
	reason := "We found more than 31,000 email records. We have to read 11 support conversations by hand, so that we do not show you other people’s details."
	return map[string]composed{
		"extended": mailer.Extended{
			Case: access, Was: day("2026-12-07"), Until: day("2026-12-18"), Ground: "complex", Article: "UK GDPR, Article 12A",
			Reason: reason, Promise: days(30, "2026-11-25"), Regulator: ico(),
		},
		"message": mailer.NewMessage{Case: access},
		"answer":  mailer.AnswerReady{Case: access, Until: day("2026-12-31")},
		"partly-refused": mailer.PartlyRefused{
			Case: access, Until: day("2026-12-31"),
			Exceptions: []mailer.Exception{
				{What: "Support conversations", Ground: "others_rights", Article: "UK GDPR Art. 15(4)", Text: "We covered the names of other customers, because they have rights too."},
				{What: "Risk scores", Ground: "trade_secret", Article: "UK GDPR Art. 15(4)", Text: "How they are made is a secret.\n\nWhich of your information goes into them stands in the answer."},
			},
			Appeal: mailer.Appeal{Until: day("2027-01-15"), Regulator: ico(), Court: true},
		},
		"refused": mailer.Refused{
			Case: theCase("MOX-4K7P-92", "deletion", "2026-10-26"), Ground: "legal_claims", Article: "UK GDPR Art. 17(3)(e)",
			Text:   "A court case about your order is open.",
			Appeal: mailer.Appeal{Until: day("2027-01-15"), Regulator: ico(), Court: true, OptOut: "https://privacy.moxora.example/moxora/request"},
		},
		"refused-several": mailer.Refused{
			Case: theCase("MOX-4K7P-92", "deletion", "2026-10-26"), Text: "We looked at each of them.",
			Exceptions: []mailer.Exception{
				{What: "Invoices", Ground: "legal_obligation_retain", Article: "GDPR Art. 17(3)(b)", Text: "We keep them for ten years."},
				{What: "Correspondence", Ground: "legal_claims", Article: "GDPR Art. 17(3)(e)", Text: "A court case about your order is open."},
			},
			Appeal: mailer.Appeal{Regulator: ico(), Court: true},
		},
		"refused-other": mailer.Refused{
			Case: forAnother(access), Ground: "not_subject", Article: "GDPR Art. 4(1); GDPR Art. 15(1)", Text: "No account has ever had this address.",
			Appeal: mailer.Appeal{Regulator: ico(), Court: true},
		},
		"withdrawn": mailer.Withdrew{Case: access, On: day("2026-11-02")},
	}
}

func teamLetters() map[string]composed {
	return map[string]composed{
		"team-assigned":   mailer.Assigned{Team: team("MOX-4K7P-92"), Clock: lawClock()},
		"team-new-appeal": mailer.Arrived{Team: appealed(team("MOX-9C2R-55")), Clock: lawClock()},
		"team-new":        mailer.Arrived{Team: team("MOX-4K7P-92"), Clock: lawClock()},
		"team-replied":    mailer.Replied{Team: team("MOX-4K7P-92")},
		"team-approval":   mailer.ApprovalWanted{Team: team("MOX-4K7P-92"), Clock: lawClock()},
		"team-sent-back":  mailer.SentBack{Team: team("MOX-4K7P-92"), Clock: lawClock()},
		"team-soon":       mailer.DueSoon{Team: team("MOX-4K7P-92"), Clock: lawClock(), Left: mailer.Span{Days: 3}},
		"team-soon-hours": mailer.DueSoon{
			Team: team("OPV-4K7P-92"), Left: mailer.Span{Hours: 24},
			Clock: mailer.Clock{
				Name: "First reply, by promise", Basis: "privacy policy, section 8",
				At: hours(48, "2026-11-23 14:30 +0000 GMT").At, Next: "Write to the requester, handler",
			},
		},
		"team-today":      mailer.DueToday{Team: team("MOX-4K7P-92"), Clock: lawClock()},
		"team-overdue":    mailer.Overdue{Team: team("MOX-4K7P-92"), Clock: lawClock(), Late: mailer.Span{Days: 1}},
		"team-escalation": mailer.Escalation{Team: team("MOX-4K7P-92"), Clock: lawClock(), Late: mailer.Span{Days: 2}},
	}
}
