package chromium_test

// consolePage is one line of the table of the team's pages: an address of the
// program, and where it is looked at among the samples.
type consolePage struct {
	route string
	as    string   // first name of who looks; "" is nobody
	at    []string // addresses; none: the route's own
	// from is a page and link a selector of one of its links, which leads to the
	// page meant, or to one below which the page stands.
	from, link, below string
	then              string // a selector of a link on that page, which leads on
	status            int64  // what it answers; 0 is 200
	not               string // why there is nothing to look at
	house             bool   // no sample has it: TestWhatTheSamplesLackIsForEverybody
}

// consolePages is the table. The samples are the requests that dsr dev makes.
func consolePages() []consolePage {
	list := append(pagesOfQueue(), pagesOfRequests()...)
	list = append(list, pagesOfPeople()...)
	return append(list, pagesOfHouse()...)
}

// as makes lines of pages that somebody looks at under their own address.
func as(name string, routes ...string) []consolePage {
	list := make([]consolePage, len(routes))
	for i, route := range routes {
		list[i] = consolePage{route: route, as: name}
	}
	return list
}

// housed makes lines of pages that take more than the samples to come to.
func housed(routes ...string) []consolePage {
	list := make([]consolePage, len(routes))
	for i, route := range routes {
		list[i] = consolePage{route: route, house: true}
	}
	return list
}

// unseen makes lines of addresses where there is nothing to look at.
func unseen(why string, routes ...string) []consolePage {
	list := make([]consolePage, len(routes))
	for i, route := range routes {
		list[i] = consolePage{route: route, not: why}
	}
	return list
}

func pagesOfQueue() []consolePage {
	list := []consolePage{
		{route: "/console", as: "mara", at: []string{"/console", "/console?q=is:overdue+right:portability", "/console?q=nonsense:x", "/console?q=is:closed"}},
		{route: "/console/*", as: "mara", at: []string{"/console/nothing"}, status: 404},
		{route: "/console/views/:view", as: "mara", from: "/console/views", link: `main a[href^="/console/views/"]`},
		{route: "/console/bulk/:bulk", as: "mara", from: "/console/bulk"},
	}
	list = append(list, unseen("a part of the queue", "/console/live")...)
	return append(list, as("mara", "/console/views", "/console/columns", "/console/bulk", "/console/keys", "/console/new")...)
}

// pagesOfRequests are a request, its acts and what stands below it.
func pagesOfRequests() []consolePage {
	const request, queue, row = "/console/requests/:reference", "/console?q=assignee:me+phase:decision", ".queue td.c-ref a"
	list := []consolePage{
		{route: request, as: "mara", from: queue, link: row},
		{route: request + "/why/:clock", as: "mara", from: queue, link: row, below: "/why/respond.law"},
		{route: request + "/letters/:letter", as: "mara", from: "/console?q=is:closed", link: row, then: `a[href*="/letters/"]`},
	}
	for _, act := range []string{
		"ask-clarification", "confirm-reading", "ask-proof", "assign", "close", "correct-address", "correct-receipt", "decide", "dismiss", "evidence", "extend", "findings", "message", "not-spam", "note",
		"record-clarification", "record-proof", "reject-proof", "reopen", "send-again", "set-law", "show", "spam", "no-request", "take-up", "withdraw",
	} {
		list = append(list, consolePage{route: request + "/" + act, as: "mara", from: queue, link: row, below: "/" + act})
	}
	// What only an approver may do is told to a handler.
	for _, act := range []string{"approve", "send-back"} {
		list = append(list, consolePage{route: request + "/" + act, as: "mara", from: queue, link: row, below: "/" + act, status: 403})
	}
	list = append(list, unseen("a letter as it was sent", request+"/letters/:letter/html")...)
	return append(list, unseen("a download", request+"/files/:file", "/console/agents/files/:file")...)
}

// pagesOfPeople are those of who signs in, and of the team.
func pagesOfPeople() []consolePage {
	list := []consolePage{
		{route: "/console/people/:person", as: "priya", from: "/console/people", link: `main a[href^="/console/people/"]:not([href$="/new"])`},
		{route: "/console/signin/oidc", at: []string{"/console/signin/oidc"}, status: 404},
		{route: "/console/welcome/:token", at: []string{"/console/welcome/none"}, status: 410},
	}
	list = append(list, housed("/console/signin/factor", "/console/me/factors/app", "/console/me/passkeys/:passkey", "/console/me/passkeys/new", "/console/agents/:document")...)
	list = append(list, unseen("the other house sends people there", "/console/signin/oidc/callback")...)
	list = append(list, as("", "/console/signin", "/console/signin/forgotten", "/console/signin/passkey")...)
	list = append(list, as("mara", "/console/me", "/console/me/calendar", "/console/me/factors", "/console/me/passkeys", "/console/me/sessions")...)
	return append(list, as("priya", "/console/people", "/console/people/new")...)
}

// pagesOfHouse are those of rules, settings and figures.
func pagesOfHouse() []consolePage {
	list := []consolePage{
		{route: "/console/policies/:pack", as: "mara", at: []string{"/console/policies/moxora"}},
		{route: "/console/laws/:law", as: "mara", from: "/console/policies", link: `main a[href^="/console/laws/"]`},
		{route: "/console/settings/letters/:policy/:kind", as: "priya", at: []string{"/console/settings/letters/moxora/team_verified", "/console/settings/letters/moxora/team_overdue"}},
		{route: "/console/settings/letters/:policy/:kind/:language", as: "priya", at: []string{"/console/settings/letters/moxora/received/en"}},
		{route: "/mailbox", at: []string{"/mailbox", "/mailbox?as=text", "/mailbox?as=raw"}},
	}
	list = append(list, unseen("looked at with /mailbox", "/mailbox/:number", "/mailbox/:number/html")...)
	list = append(list, housed("/console/settings/rules/difference")...)
	list = append(list, as("mara", "/console/mail")...)
	list = append(list, consolePage{route: "/console/mail/:mail", as: "mara", at: []string{"/console/mail/1", "/console/mail/3", "/console/mail/4"}})
	list = append(list, unseen("a download", "/console/mail/:mail/original")...)
	list = append(list, as("joon", "/console/agents")...)
	list = append(list, as("mara", "/console/dashboard", "/console/reports", "/console/reports/yearly")...)
	list = append(list, unseen("a download", "/console/reports/figures.csv", "/console/reports/yearly.csv")...)
	list = append(list, as("mara", "/console/policies")...)
	return append(list, as("priya", "/console/settings", "/console/settings/approval", "/console/settings/holidays", "/console/settings/keys", "/console/settings/letters",
		"/console/settings/mail", "/console/settings/retention", "/console/settings/rules")...)
}
