package mailer_test

import "dsr/mailer"

// waitingLetters are about requests that wait for the requester, in time and
// after it.
func waitingLetters() map[string]composed {
	access, deletion := theCase("MOX-4K7P-92", "access", "2026-10-26"), theCase("MOX-4K7P-92", "deletion", "2026-10-26")
	forOther := forAnother(access)
	california := mailer.Law{Place: "California", Limit: days(45, "2026-12-10")}
	return map[string]composed{
		"nudge-mailbox": mailer.Nudge{
			Case: access, Mailbox: true, Until: day("2026-11-09"), Code: "028301", LawBy: day("2026-12-10"),
		},
		"nudge-proof-last": mailer.Nudge{Case: deletion, Last: true, Until: day("2026-11-09")},
		"proof-failed": mailer.ProofFailed{
			Case: deletion, Effect: mailer.Runs, Until: day("2026-11-23"), LawBy: day("2026-12-10"), PromiseBy: day("2026-11-25"),
			Why:  "The picture is too dark to read.",
			What: "Please send us one of these:\n- the number of your last invoice\n- the month in which you joined",
		},
		"proof-failed-authority": mailer.ProofFailed{
			Case: forOther, Authority: true, Effect: mailer.Pauses, Until: day("2026-11-23"),
			Why: "The permission is not signed.", What: "The same letter with the person’s signature.",
		},
		"lapsed-mailbox": mailer.Lapsed{Case: access, Mailbox: true, On: day("2026-11-09"), Regulator: ico(), Court: true},
		"lapsed-proof":   mailer.Lapsed{Case: deletion, On: day("2026-11-09")},
		"reopened":       mailer.Reopened{Case: access, Promise: days(30, "2026-11-25"), Law: california},
		"reopened-late":  mailer.Reopened{Case: deletion, Passed: true, Law: california},
	}
}

// linkLetters carry little more than a link.
func linkLetters() map[string]composed {
	return map[string]composed{
		"link": mailer.FreshLink{
			Controller: controller(), Reference: "MOX-4K7P-92", Link: "https://privacy.moxora.example/r/MOX-4K7P-92/q3w8",
			Code: "482913", Until: day("2026-12-31"),
		},
		"your-requests": mailer.YourRequests{
			Controller: controller(), Link: "https://privacy.moxora.example/r/q3w8", Code: "482913", Until: day("2026-12-31"),
		},
		"answer-expiring": mailer.AnswerExpiring{Case: theCase("MOX-4K7P-92", "access", "2026-10-26"), Until: day("2026-12-31")},
	}
}

func appealLetters() map[string]composed {
	appeal := theCase("MOX-9Q2A-44", "access", "2026-12-14")
	return map[string]composed{
		"appeal-received": mailer.AppealReceived{
			Case: appeal, Of: "MOX-4K7P-92", Promise: days(30, "2027-01-13"),
			Law: mailer.Law{Place: "Colorado", Limit: days(45, "2027-01-28")},
		},
		"appeal-received-aim": mailer.AppealReceived{
			Case: appeal, Of: "MOX-4K7P-92", Acknowledge: true, Law: mailer.Law{Aim: day("2027-01-13")},
		},
		"appeal-changed": mailer.AppealDecided{Case: appeal, Of: "MOX-4K7P-92", Outcome: mailer.AppealChanged, Until: day("2027-02-20")},
		"appeal-partly": mailer.AppealDecided{
			Case: appeal, Of: "MOX-4K7P-92", Outcome: mailer.AppealPartly, Until: day("2027-02-20"),
			Ground: "others_rights", Article: "UK GDPR Art. 15(4)", Text: "The names of the other two customers stay covered.",
			Appeal: mailer.Appeal{Regulator: ico(), Court: true},
		},
		"appeal-stands": mailer.AppealDecided{
			Case: appeal, Of: "MOX-4K7P-92", Outcome: mailer.AppealStands, Until: day("2027-02-20"),
			Text:   "We read all 11 conversations once more.\n\nNone of them can be shown without showing who else took part.",
			Appeal: mailer.Appeal{Regulator: &mailer.Regulator{Name: "Attorney General of Colorado", URL: "https://coag.gov/file-complaint"}},
		},
	}
}
