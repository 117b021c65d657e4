package mailer_test

import "dsr/mailer"

func outcomeLetters() map[string]composed {
	access := theCase("MOX-4K7P-92", "access", "2026-10-26")
	deletion := theCase("MOX-4K7P-92", "deletion", "2026-10-26")
	california := mailer.Law{Place: "California", Limit: days(45, "2026-12-10")}
	kept := []mailer.Exception{{
		What: "Invoices", Ground: "legal_obligation_retain", Article: "UK GDPR Art. 17(3)(b)", Text: "We keep them for six years.\n\nAfter that they are deleted.",
	}}
	console := team("MOX-4K7P-92").Console
	return map[string]composed{
		"nothing-found": mailer.NothingFound{Case: access, Until: day("2026-12-31"), Appeal: mailer.Appeal{Until: day("2027-01-15"), Regulator: ico(), Court: true}},
		"deleted":       mailer.Deleted{Case: deletion, Until: day("2026-12-31")},
		"deleted-with-exceptions": mailer.Deleted{
			Case: deletion, Until: day("2026-12-31"), What: []string{"Account and profile", "Support conversations"}, Kept: kept,
			Told: "Our newsletter service.", Appeal: mailer.Appeal{Until: day("2027-01-15"), Regulator: ico(), Court: true},
		},
		"corrected": mailer.Corrected{
			Case: theCase("MOX-4K7P-92", "correction", "2026-10-26"), What: []string{"Postal address"}, Told: "Our delivery company.", Until: day("2026-12-31"),
		},
		"opted-out": mailer.OptedOut{Case: theCase("MOX-7T4F-11", "opt_out.sale_sharing", "2026-10-26"), On: day("2026-10-27"), Until: day("2026-11-26")},
		"not-us": mailer.NotUs{
			Case: access, Text: "We keep this information for your employer. Please write to its privacy team.", Regulator: ico(), Court: true,
		},
		"late": mailer.Late{Case: access, Law: mailer.Law{Place: "The United Kingdom", Limit: months(1, "2026-11-26")}, Regulator: ico(), Court: true},
		"dates-changed": mailer.DatesChanged{
			Case: access, Why: mailer.DatesByLaw, Promise: days(30, "2026-11-25"), Law: california, LawBefore: day("2026-11-26"),
		},
		"dates-changed-assumed": mailer.DatesChanged{
			Case: access, Why: mailer.DatesByLaw, Promise: days(30, "2026-11-25"), LawBefore: day("2026-11-26"), Provisional: true,
			Law: mailer.Law{Place: "Kenya", Limit: days(7, "2026-11-02"), Assumed: true},
		},
		"dates-changed-receipt": mailer.DatesChanged{
			Case: access, Why: mailer.DatesByReceipt, Promise: days(30, "2026-11-25"), Law: california,
			LawBefore: day("2026-12-14"), PromiseBefore: day("2026-11-29"), ReceivedBefore: day("2026-10-30"),
		},
		"dates-changed-right": mailer.DatesChanged{
			Case: deletion, Why: mailer.DatesByRight, Promise: days(30, "2026-11-25"), Law: california, PromiseBefore: day("2026-11-02"),
		},
		"team-verified": mailer.Verified{Team: team("MOX-4K7P-92"), Clock: lawClock()},
		"team-searched": mailer.Searched{Team: team("MOX-4K7P-92"), Clock: lawClock()},
		"team-volume": mailer.Volume{
			Console: console, Policy: "Moxora", On: day("2026-11-23"), Count: 184, Usual: 12, Link: "https://privacy.moxora.example/console/queue?q=policy:moxora",
		},
	}
}
