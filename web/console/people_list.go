package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// peoplePage lists who works here.
type peoplePage struct {
	shell
	People []personRow
	Rules  []ruleRow
	Whole  bool // the caller may ask everybody
	Choose []option
	Within []option
}

// personRow is one line of the list.
type personRow struct {
	ID                    int64
	Name, Email, Role     string
	Policies, Factor      string
	Seen                  string
	State                 string
	Mine, Within, Invited bool
	Left                  bool
}

// ruleRow says of whom a second factor is asked.
type ruleRow struct{ Policy, Name, By string }

// peopleRoutes are the addresses of the staff list.
func (s *Console) peopleRoutes() []site.Route {
	const person = "/console/people/:person"
	return []site.Route{
		site.Get("/console/people", site.Staff, s.peopleList),
		site.Get("/console/people/new", site.Staff, s.askInvite),
		site.Post("/console/people/new", site.Staff, s.invite),
		site.Post("/console/people/factor", site.Staff, s.ruleFactor),
		site.Get(person, site.Staff, s.person),
		site.Post(person, site.Staff, s.changePerson),
		site.Post(person+"/:act", site.Staff, s.personAct),
		site.Get(requestRoute+"/show", site.Staff, s.askShow),
	}
}

// peopleList shows it.
func (s *Console) peopleList(c echo.Context) error {
	ctx, caller, page := c.Request().Context(), site.Caller(c), peoplePage{}
	list, err := s.Office.Colleagues(ctx, caller)
	if err != nil {
		return err
	}
	for _, u := range list {
		page.People = append(page.People, s.personRow(caller, u))
	}
	slices.SortStableFunc(page.People, func(a, b personRow) int { return rank(a) - rank(b) })
	rules, err := s.People.FactorRules(ctx)
	if err != nil {
		return err
	}
	page.Whole = caller.Policies.Cover(access.AllPolicies())
	for _, r := range rules {
		if r.Policy == people.AllOfThem || caller.Policies.Include(r.Policy) {
			page.Rules = append(page.Rules, ruleRow{Policy: r.Policy, Name: s.ruleName(r.Policy), By: r.ByWhen.UTC().Format("Mon 2 Jan 2006")})
		}
	}
	if page.Whole {
		page.Choose = append(page.Choose, option{Value: people.AllOfThem, Label: "everybody", Chosen: true})
	}
	for _, p := range s.controllers(caller) {
		page.Choose = append(page.Choose, option{Value: p.ID, Label: "who serves " + p.Controller.Name})
	}
	page.Within = []option{{Value: "14", Label: "within 14 days", Chosen: true}, {Value: "30", Label: "within 30 days"}, {Value: "7", Label: "within 7 days"}, {Value: "0", Label: "at once"}}
	if page.shell, err = s.shell(c, "People", ""); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "people_list", page)
}

// rank puts those at work first and those who have left last.
func rank(p personRow) int {
	switch {
	case p.Left:
		return 2
	case p.Invited:
		return 1
	}
	return 0
}

func (s *Console) ruleName(policy string) string {
	if policy == people.AllOfThem {
		return "Everybody"
	}
	return "Who serves " + s.policyName(policy)
}

// personRow words somebody for an administrator.
func (s *Console) personRow(caller access.Caller, u requests.Colleague) personRow {
	row := personRow{
		ID: u.ID, Name: u.Name, Email: u.Email, Role: sentence(string(u.Role)), Policies: s.policyNames(u.Policies), Within: u.Within,
		Factor: factorText(u.Factors), Seen: "Never", State: "Active", Mine: u.ID == caller.ID,
		Invited: u.State() == people.Invited, Left: u.State() == people.Left,
	}
	if !u.Within {
		row.Policies += " and others"
	}
	if !u.SignedInAt.IsZero() {
		row.Seen = u.SignedInAt.UTC().Format("Mon 2 Jan 2006")
	}
	switch {
	case row.Invited:
		row.State = "Invited"
	case row.Left:
		row.State = "Left"
	}
	return row
}

// policyNames writes a set of policies by the names of their controllers.
func (s *Console) policyNames(p access.Policies) string {
	ids, all := p.List()
	if all {
		return "All"
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = s.policyName(id)
	}
	return strings.Join(names, ", ")
}

// factorText says what somebody has beside their password.
func factorText(f people.Factors) string {
	switch {
	case f.App && f.Passkeys > 0:
		return "App and passkey"
	case f.App:
		return "App"
	case f.Passkeys > 0:
		return "Passkey"
	}
	return "None"
}

// ruleFactor begins or ends to ask for a second factor.
func (s *Console) ruleFactor(c echo.Context) error {
	if err := allowed(c, access.ManageStaff, ""); err != nil {
		return err
	}
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	ctx, caller, policy := c.Request().Context(), site.Caller(c), form.Get("policy")
	if form.Get("drop") != "" {
		if err := s.Office.DropFactor(ctx, caller, s.Now(), policy); err != nil {
			return err
		}
		s.say(c, "A second factor is not asked for there any more.")
		return site.SeeOther(c, "/console/people#factor")
	}
	days, ok := map[string]int{"0": 0, "7": 7, "14": 14, "30": 30}[form.Get("days")]
	if !ok {
		return site.ErrForm
	}
	if err := s.Office.AskFactor(ctx, caller, s.Now(), policy, s.Now().AddDate(0, 0, days)); err != nil {
		return err
	}
	s.say(c, "A second factor is asked for from now on.")
	return site.SeeOther(c, "/console/people#factor")
}

// personForm is what can be typed about somebody.
type personForm struct {
	Email, Name string
	Roles       []roleOption
	All         bool // the box for all policies is offered
	Everything  bool // and chosen
	Policies    []option
}

// roleOption is a role to choose, and what it is for.
type roleOption struct {
	option
	Means string
}

// emptyForm offers what the caller can give.
func (s *Console) emptyForm(caller access.Caller, u people.User) personForm {
	f := personForm{Email: u.Email, Name: u.Name, All: caller.Policies.Cover(access.AllPolicies())}
	_, f.Everything = u.Policies.List()
	for _, r := range []access.Role{access.Handler, access.Approver, access.Administrator, access.Auditor} {
		f.Roles = append(f.Roles, roleOption{option{Value: string(r), Label: sentence(string(r)), Chosen: r == u.Role}, roleText(r)})
	}
	for _, p := range s.controllers(caller) {
		f.Policies = append(f.Policies, option{Value: p.ID, Label: p.Controller.Name, Chosen: !f.Everything && u.Policies.Include(p.ID)})
	}
	return f
}

// typedPerson reads a form about somebody.
func typedPerson(form url.Values) people.User {
	u := people.User{Email: site.Trimmed(form, "email"), Name: site.Trimmed(form, "name"), Role: access.Role(form.Get("role")), Policies: access.OnlyPolicies(form["policy"]...)}
	if form.Get("everything") != "" {
		u.Policies = access.AllPolicies()
	}
	return u
}

// invitePage adds somebody.
type invitePage struct {
	shell
	Form     personForm
	Problems site.Problems
	Days     int
}

// askInvite shows the form.
func (s *Console) askInvite(c echo.Context) error {
	return s.showInvite(c, http.StatusOK, people.User{Role: access.Handler}, nil)
}

func (s *Console) showInvite(c echo.Context, status int, typed people.User, faults site.Problems) (err error) {
	if err := allowed(c, access.ManageStaff, ""); err != nil {
		return err
	}
	page := invitePage{Form: s.emptyForm(site.Caller(c), typed), Problems: faults, Days: int(people.InvitationLifetime / (24 * time.Hour))}
	if page.shell, err = s.shell(c, "Invite a colleague", ""); err != nil {
		return err
	}
	page.Bad = len(faults) > 0
	return s.render(c, status, "people_invite", page)
}

// invite takes it: the colleague gets a letter with a link.
func (s *Console) invite(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	typed := typedPerson(form)
	u, err := s.Office.Invite(c.Request().Context(), site.Caller(c), s.Now(), typed)
	var faults people.FieldErrors
	if errors.As(err, &faults) {
		typed.Email, typed.Name = site.Cut(typed.Email, 254), site.Cut(typed.Name, 200)
		return s.showInvite(c, http.StatusUnprocessableEntity, typed, toMend(faults))
	}
	if err != nil {
		return err
	}
	s.say(c, u.Name+" is invited. The letter is on its way.")
	return site.SeeOther(c, "/console/people")
}

// toMend lists faults in the order of the form.
func toMend(faults people.FieldErrors) site.Problems {
	var list site.Problems
	for _, field := range []string{"email", "name", "role", "policies", "reason"} {
		if sentence := faults[field]; sentence != "" {
			// By its id is how the command line names a policy; here it has a box.
			sentence, _, _ = strings.Cut(sentence, ", by its id")
			list = append(list, site.Problem{Field: field, Sentence: strings.TrimSuffix(sentence, ".")})
		}
	}
	return list
}
