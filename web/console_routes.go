package web

// consoleRoutes is the part of the table for the privacy team. Each act has
// one page to look at it and one to do it; the list of acts is in
// console_acts.go.
func (s *Site) consoleRoutes() []route {
	const request = "/console/requests/:reference"
	table := []route{
		{"GET", "/console/signin", visitor, s.askSignIn, 0},
		{"POST", "/console/signin", visitor, s.signIn, 0},
		{"POST", "/console/signout", visitor, s.signOut, 0},
		{"GET", "/console/me", staff, s.me, 0},
		{"POST", "/console/me/password", staff, s.setPassword, 0},
		{"POST", "/console/me/theme", staff, s.setTheme, 0},

		{"GET", "/console", staff, s.queue, 0},
		{"GET", "/console/agents", staff, s.agentDocuments, 0},
		{"GET", "/console/agents/:document", staff, s.agentDocument, 0},
		{"POST", "/console/agents/:document", staff, s.judgeDocument, 0},
		{"GET", "/console/agents/files/:file", staff, s.serveDocument, 0},
		{"GET", "/console/policies", staff, s.rules, 0},
		{"GET", "/console/policies/:pack", staff, s.rulesPack, 0},
		{"GET", "/console/laws/:law", staff, s.rulesLaw, 0},

		{"GET", request, staff, s.openRequest, 0},
		{"POST", request + "/show", staff, s.showPerson, 0},
		{"GET", request + "/why/:clock", staff, s.why, 0},
		{"GET", request + "/letters/:letter", staff, s.readLetter, 0},
		{"GET", request + "/letters/:letter/html", staff, s.readLetterHTML, 0},
		{"GET", request + "/files/:file", staff, s.staffDownload, 0},
	}
	for _, a := range staffActs() {
		body := int64(0)
		if a.files {
			body = uploadBytes
		}
		table = append(table,
			route{"GET", request + "/" + a.slug, staff, s.askAct(a), 0},
			route{"POST", request + "/" + a.slug, staff, s.doAct(a), body},
		)
	}
	return table
}
