package mailer_test

import (
	"time"

	"dsr/mailer"
)

func reminderLetters() map[string]composed {
	console := team("MOX-4K7P-92").Console
	return map[string]composed{
		"team-last-extension": mailer.LastExtension{Team: team("MOX-4K7P-92"), Clock: lawClock(), Until: day("2026-12-07"), Law: "UK GDPR Art. 12A(3)"},
		"team-question": mailer.QuestionOpen{
			Team: team("MOX-4K7P-92"), About: "clarification", Since: day("2026-11-16"), Days: 7,
		},
		"team-question-agent": mailer.QuestionOpen{
			Team: team("MOX-4K7P-92"), About: "authority", ByAgent: true, Since: day("2026-11-09"), Days: 14,
		},
		"team-digest": mailer.TeamDigest{
			Console: console, On: day("2026-11-23"),
			Link: "https://privacy.moxora.example/console", Settings: "https://privacy.moxora.example/console/me#letters",
			Parts: []mailer.DigestPart{
				{About: "overdue", Count: 1, First: []mailer.DigestLine{{Reference: "MOX-4K7P-92", Right: "access", Policy: "Moxora", By: day("2026-11-20")}}},
				{About: "today", Count: 1, First: []mailer.DigestLine{{Reference: "OPV-7T4E-26", Right: "deletion", Policy: "Opvio", By: day("2026-11-23")}}},
				{About: "week", Count: 12, First: []mailer.DigestLine{{Reference: "MOX-8H2D-5K", Right: "portability", Policy: "Moxora", By: day("2026-11-25")}}},
				{About: "waiting", Count: 1, First: []mailer.DigestLine{{Reference: "MOX-2B6C-7D", Right: "correction", Policy: "Moxora"}}},
				{About: "replies", Count: 1, First: []mailer.DigestLine{{Reference: "MOX-9Q3R-4S", Right: "access", Policy: "Moxora", By: day("2026-12-14")}}},
			},
		},
		"team-hook": mailer.HookFailing{
			Console: console, Name: "oncall", Since: time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC),
			Fault: "the answer was 500", Link: "https://privacy.moxora.example/console/settings",
		},
	}
}
