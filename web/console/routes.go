package console

import "dsr/web/site"

// requestRoute is the address of a request, as the table of routes has it.
const requestRoute = "/console/requests/:reference"

// Routes is the table of the console's addresses. The parts of it that belong to
// one subject stand in that subject's file; the list of acts is in acts.go.
func (s *Console) Routes() []site.Route {
	table := []site.Route{
		site.Get("/console/signin", site.Visitor, s.askSignIn),
		site.Post("/console/signin", site.Visitor, s.signIn),
		site.Post("/console/signout", site.Visitor, s.signOut),
		site.Get("/console/me", site.Staff, s.me),
		site.Post("/console/me/password", site.Staff, s.setPassword),
		site.Post("/console/me/theme", site.Staff, s.setTheme),
		site.Post("/console/me/notices", site.Staff, s.setNotices),

		site.Get("/console", site.Staff, s.queue),
		site.Get("/console/*", site.Staff, s.nowhere),
		site.Get("/console/agents", site.Staff, s.agentDocuments),
		site.Get("/console/agents/:document", site.Staff, s.agentDocument),
		site.Post("/console/agents/:document", site.Staff, s.judgeDocument),
		site.Get("/console/agents/files/:file", site.Staff, s.ServeDocument),
		site.Get("/console/policies", site.Staff, s.rules),
		site.Get("/console/policies/:pack", site.Staff, s.rulesPack),
		site.Get("/console/laws/:law", site.Staff, s.rulesLaw),

		site.Get(requestRoute, site.Staff, s.openRequest),
		site.Post(requestRoute+"/show", site.Staff, s.showPerson),
		site.Get(requestRoute+"/why/:clock", site.Staff, s.why),
		site.Get(requestRoute+"/letters/:letter", site.Staff, s.readLetter),
		site.Get(requestRoute+"/letters/:letter/html", site.Staff, s.readLetterHTML),
		site.Get(requestRoute+"/files/:file", site.Staff, s.staffDownload),
	}
	for _, more := range [][]site.Route{
		s.evidenceRoutes(), s.calendarRoutes(),
		s.mailRoutes(),
		s.queueRoutes(),
		s.actRoutes(), s.requestRoutes(),
		s.shortcutRoutes(), s.liveRoutes(),
		s.signInRoutes(), s.factorRoutes(), s.visitRoutes(), s.peopleRoutes(),
		s.signOnRoutes(),
		s.settingsRoutes(),
		s.reportsRoutes(),
	} {
		table = append(table, more...)
	}
	return table
}

// actRoutes are the pages of the acts: one to look at each, one to do it.
func (s *Console) actRoutes() []site.Route {
	var table []site.Route
	for _, a := range staffActs() {
		do := site.Post(requestRoute+"/"+a.slug, site.Staff, s.doAct(a))
		if a.files {
			do = site.PostFiles(do.Path, site.Staff, do.Handle)
		}
		table = append(table, site.Get(do.Path, site.Staff, s.askAct(a)), do)
	}
	return table
}
