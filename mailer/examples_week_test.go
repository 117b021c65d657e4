package mailer_test

import "dsr/mailer"

func weekLetters() map[string]composed {
	return map[string]composed{
		"team-week": mailer.WeekReport{
			Console: team("MOX-4K7P-92").Console, From: day("2026-11-16"), Until: day("2026-11-22"),
			Link: "https://privacy.moxora.example/console/dashboard?period=days&from=2026-11-16&until=2026-11-22",
			Policies: []mailer.WeekFigures{
				{Policy: "Moxora", Received: 14, Answered: 11, OnTime: 10, Counted: 11, Open: 41, Overdue: 2, Due: 9},
				{Policy: "Opvio", Untrue: []string{"typically within 48 hours of receipt"}},
			},
		},
	}
}
