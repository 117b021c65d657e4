package console

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/deadlines"
	"dsr/policies"
	"dsr/web/site"
)

// rulesPage lists the policy packs and the laws in force.
type rulesPage struct {
	shell
	Packs []packLine
	Laws  []lawLine
	// Editions says that the caller may see older editions and what differs.
	Editions bool
}

// packLine is one policy of the list.
type packLine struct{ Name, Href, Entity, Date, Version, Hash, Promises string }

// lawLine is one law of the list.
type lawLine struct{ Name, Href, Place, Version, Hash, Answer string }

// rules shows the list.
func (s *Console) rules(c echo.Context) (err error) {
	var page rulesPage
	if page.shell, err = s.shell(c, "Policies and laws", ""); err != nil {
		return err
	}
	page.Editions = site.Caller(c).May(access.ReadAudit, "")
	team, err := s.team(c)
	if err != nil {
		return err
	}
	for _, p := range s.controllers(site.Caller(c)) {
		page.Packs = append(page.Packs, packLine{p.Controller.Name, "/console/policies/" + p.ID, p.Controller.Entity, policyDay(p), p.Version, shortHash(p.SHA256), promisesText(p)})
	}
	for _, r := range s.Book.Regimes() {
		line := lawLine{Name: r.Name, Href: "/console/laws/" + strings.ToLower(r.ID), Place: team.places(r.Residences), Version: "not in force yet", Hash: shortHash(r.SHA256), Answer: answerTerm(&r.Versions[0])}
		if v := inForce(r, s.Now()); v != nil {
			line.Version, line.Answer = v.Version, answerTerm(v)
		}
		page.Laws = append(page.Laws, line)
	}
	return s.render(c, http.StatusOK, "rules", page)
}

// inForce is the version of a law for requests received today, or nil.
func inForce(r *policies.Regime, now time.Time) *policies.RegimeVersion {
	today := deadlines.DateOf(now, time.UTC)
	for i := len(r.Versions) - 1; i >= 0; i-- {
		if v := &r.Versions[i]; v.From == nil || *v.From <= today {
			return v
		}
	}
	return nil
}

// places names the first few of many residences.
func (v voice) places(codes []string) string {
	const shown = 3
	names := placesOf(v, codes[:min(shown, len(codes))])
	if more := len(codes) - len(names); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), more)
	}
	return strings.Join(names, ", ")
}

// policyDay is the date of a policy.
func policyDay(p *policies.Pack) string {
	if p.Policy.Date == nil {
		return "undated"
	}
	return p.Policy.Date.Time().Format("2 Jan 2006")
}

// promisesText names the promises that run a clock, or says that there is none.
func promisesText(p *policies.Pack) string {
	var terms []string
	for _, group := range [][]policies.Promise{p.Promises.Response, p.Promises.Fulfilment} {
		for i := range group {
			if !group[i].Term.IsZero() {
				terms = append(terms, promiseText(&group[i]))
			}
		}
	}
	if len(terms) == 0 {
		return "none: the law’s clock runs alone"
	}
	return strings.Join(terms, "; ")
}

// promiseText writes a promise: answer within 30 days.
func promiseText(p *policies.Promise) string {
	text := kindText(p.Clock)
	if p.Term.IsZero() {
		return text + ", no number of days"
	}
	text += " within " + p.Term.String()
	if p.Wording == "typical" {
		text += ", “typically”"
	}
	return text
}

// answerTerm is the time a law gives for an answer to the first right it lists.
func answerTerm(v *policies.RegimeVersion) string {
	for i := range v.Clocks {
		if c := &v.Clocks[i]; c.Clock == policies.Respond {
			return c.Term.String()
		}
	}
	return "no number of days"
}

// policyPage is one policy pack: what its policy promises, and where it says so.
type policyPage struct {
	shell
	Name, Hash string
	Facts      []fact
	Rights     []statedView
	Promises   []statedView
	NoPromise  string
	Others     []statedView
}

// statedView is something a policy states, with its place in the text.
type statedView struct{ What, Detail, Section, Phrase string }

// rulesPack shows one policy pack.
func (s *Console) rulesPack(c echo.Context) error {
	p, err := s.Book.Pack(c.Param("pack"))
	if err != nil || !site.Caller(c).May(access.View, p.ID) {
		return policies.ErrNoPolicy
	}
	v, err := s.team(c)
	if err != nil {
		return err
	}
	page := policyPage{Name: p.Controller.Name, Hash: p.SHA256, NoPromise: p.Promises.NoResponse}
	if page.shell, err = s.shell(c, p.Controller.Name+" policy", ""); err != nil {
		return err
	}
	page.addPolicy(p)
	page.addRights(v, p)
	page.addPromises(p)
	return s.render(c, http.StatusOK, "pack", page)
}

// addPolicy names the policy and who answers.
func (page *policyPage) addPolicy(p *policies.Pack) {
	page.Facts = []fact{
		{Name: "Controller", Text: p.Controller.Entity}, {Name: "Policy", Text: p.Policy.Title + ", " + policyDay(p)},
		{Name: "Pack", Text: "version " + p.Version + ", references begin with " + p.Prefix}, {Name: "Requests to", Text: p.Contacts.Privacy},
		{Name: "Days of", Text: strings.TrimSpace(p.Zone + ". " + p.ZoneNote)},
	}
}

// addRights lists the rights, to whom they are promised and how far.
func (page *policyPage) addRights(v voice, p *policies.Pack) {
	for _, r := range p.Rights {
		detail := strings.TrimSpace(r.Limits + " " + r.Scope)
		switch {
		case len(r.Residences) > 0:
			detail = strings.TrimSpace("for people in " + strings.Join(placesOf(v, r.Residences), ", ") + " " + detail)
		case detail == "":
			detail = "everybody"
		}
		page.Rights = append(page.Rights, statedView{v.right(r.Right), detail, r.Evidence.Section, r.Evidence.Phrase})
	}
}

// addPromises lists the times a policy states, and what it states that times
// no request.
func (page *policyPage) addPromises(p *policies.Pack) {
	for _, group := range [][]policies.Promise{p.Promises.Response, p.Promises.Fulfilment} {
		for i := range group {
			q := &group[i]
			page.Promises = append(page.Promises, statedView{sentence(promiseText(q)), rightsText(q.Rights), q.Evidence.Section, q.Evidence.Phrase})
		}
	}
	for _, q := range p.Promises.Retention {
		term := "no number of days"
		if !q.Term.IsZero() {
			term = q.Term.String()
		}
		page.Others = append(page.Others, statedView{"How long records are kept: " + q.Covers, term, q.Evidence.Section, q.Evidence.Phrase})
	}
	for _, n := range p.NotClocks {
		page.Others = append(page.Others, statedView{sentence(n.About), "times no request", n.Evidence.Section, n.Evidence.Phrase})
	}
	for _, h := range p.Holders {
		page.Others = append(page.Others, statedView{h.Name, h.Role, h.Evidence.Section, h.Evidence.Phrase})
	}
}

// placesOf names residences.
func placesOf(v voice, codes []string) []string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = v.place(code)
	}
	return names
}

// rightsText lists rights by the names the rule files use.
func rightsText(rights []policies.Right) string {
	names := make([]string, len(rights))
	for i, r := range rights {
		names[i] = strings.ReplaceAll(strings.Replace(string(r), ".", ": ", 1), "_", " ")
	}
	return strings.Join(names, ", ")
}

// lawPage is one law: its versions, their clocks and where each stands.
type lawPage struct {
	shell
	Name, Law, Hash string
	Places          string
	Regulator, URL  string
	Versions        []lawVersion
}

// lawVersion is the state of a law from one day on.
type lawVersion struct {
	Name, From string
	Clocks     []lawClock
	Notes      []string
}

// lawClock is one clock of a law, with its article and how sure that is.
type lawClock struct{ What, Rights, Term, Stops, Extension, Source, Certainty string }

// rulesLaw shows one law.
func (s *Console) rulesLaw(c echo.Context) error {
	r, err := s.Book.Regime(c.Param("law"))
	if err != nil {
		return policies.ErrNoPolicy
	}
	v, err := s.team(c)
	if err != nil {
		return err
	}
	page := lawPage{Name: r.Name, Law: r.Law, Hash: r.SHA256, Places: strings.Join(placesOf(v, r.Residences), ", "), Regulator: r.Authority.Name, URL: r.Authority.URL}
	if page.shell, err = s.shell(c, r.Name, ""); err != nil {
		return err
	}
	for i := len(r.Versions) - 1; i >= 0; i-- {
		page.Versions = append(page.Versions, lawVersionOf(&r.Versions[i]))
	}
	return s.render(c, http.StatusOK, "law", page)
}

// lawVersionOf words one version of a law.
func lawVersionOf(v *policies.RegimeVersion) lawVersion {
	version := lawVersion{Name: v.Version, From: "from the beginning", Notes: v.Notes}
	if v.From != nil {
		version.From = "for requests received from " + v.From.Time().Format("2 January 2006")
	}
	for i := range v.Clocks {
		c := &v.Clocks[i]
		line := lawClock{What: sentence(kindText(c.Clock)), Rights: rightsText(c.Rights), Term: c.Term.String(), Stops: "nothing", Extension: "none", Source: c.Source, Certainty: certainty(string(c.Certainty))}
		var stops []string
		for _, k := range c.Suspends {
			stops = append(stops, string(k)+" (not counted)")
		}
		for _, k := range c.MovesStart {
			stops = append(stops, string(k)+" (moves the start)")
		}
		if len(stops) > 0 {
			line.Stops = strings.Join(stops, ", ")
		}
		switch {
		case !c.Extension.IsZero():
			line.Extension = c.Extension.String() + ", once"
		case c.OpenEnded:
			line.Extension = "once, no cap"
		}
		version.Clocks = append(version.Clocks, line)
	}
	return version
}
