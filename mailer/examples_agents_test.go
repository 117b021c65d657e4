package mailer_test

import "dsr/mailer"

const agentPage = "https://privacy.moxora.example/agents/k7d2"

// agentLetters go to agents, to parents, and to those they ask for.
func agentLetters() map[string]composed {
	virginia := func(by string) mailer.Law { return mailer.Law{Place: "Virginia", Limit: days(45, by)} }
	page := "https://privacy.moxora.example/r/MOX-7T4E-26/k7d2"
	forOther := forAnother(theCase("MOX-4K7P-92", "access", "2026-10-26"))
	return map[string]composed{
		"received-for-other": mailer.Received{
			Controller: controller(), Received: day("2026-11-21"), Link: page, Mailbox: mailer.MailboxNoProof, ForOther: true,
			Requests: []mailer.Asked{{Reference: "MOX-7T4E-26", Right: "access", Law: virginia("2027-01-05")}},
		},
		"answer-for-other":         mailer.AnswerReady{Case: forOther, Until: day("2026-12-31")},
		"answer-nothing-for-other": mailer.NothingFound{Case: forOther, Until: day("2026-12-31"), Appeal: mailer.Appeal{Regulator: ico(), Court: true}},
		"on-your-behalf": mailer.OnYourBehalf{
			Controller: controller(), Agent: "Ada O’Hara,\r\nFair Data Ltd\u202e", Received: day("2026-11-21"), Link: page,
			Requests: []mailer.Asked{{Reference: "MOX-7T4E-26", Right: "opt_out.sale_sharing", Law: virginia("2027-01-05")}},
		},
		"on-your-behalf-confirm": mailer.OnYourBehalf{
			Controller: controller(), Agent: "Fair Data Ltd", Received: day("2026-11-21"), Link: page, Confirm: true,
			Requests: []mailer.Asked{
				{Reference: "MOX-7T4E-26", Right: "access", Answer: days(30, "2026-12-21"), Law: virginia("2027-01-05")},
				{Reference: "MOX-7T4F-11", Right: "opt_out.profiling", Law: virginia("2027-01-05")},
			},
		},
		"agent-link": mailer.AgentLink{Controller: controller(), Link: agentPage, Code: "482913", Until: day("2026-12-31")},
		"agent-link-first": mailer.AgentLink{
			Controller: controller(), Link: agentPage, Code: "482913", Until: day("2026-12-31"), First: true,
		},
		"authority-accepted": mailer.AuthorityDecided{Controller: controller(), Link: agentPage, Accepted: true, Requests: 12},
		"authority-refused": mailer.AuthorityDecided{
			Controller: controller(), Link: agentPage, Requests: 1,
			Why: "The date is missing, so we cannot see how long the permission holds.\nPlease have it signed again with a date.",
		},
		"batch-received": mailer.BatchReceived{Controller: controller(), Link: agentPage, Received: 1240, Rejected: 3, On: day("2026-11-21")},
		"batch-none":     mailer.BatchReceived{Controller: controller(), Link: agentPage, Rejected: 1, On: day("2026-11-21")},
		"agent-digest": mailer.AgentDigest{
			Controller: controller(), Link: agentPage, Open: 14, Waiting: 5, Answered: 1210, Late: 1, On: day("2026-11-30"),
		},
	}
}
