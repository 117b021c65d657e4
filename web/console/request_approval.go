package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// approvalPage says for which decisions a second person is wanted.
type approvalPage struct {
	shell
	Rules  []approvalRule
	WhyNot string // why the caller cannot change it
}

// approvalRule is one policy with the kinds of decisions.
type approvalRule struct {
	ID, Name  string
	Kinds     []approvalKind
	Approvers string
	Alone     bool // at most one person may approve, who cannot approve their own
}

// approvalKind is one kind of decision.
type approvalKind struct {
	Value, Label string
	On           bool
	ByPack       bool // the pack asks for it: it cannot be switched off here
}

// approval shows the rules of the policies the caller serves.
func (s *Console) approval(c echo.Context) (err error) {
	if err := allowed(c, access.View, ""); err != nil {
		return err
	}
	page := approvalPage{WhyNot: site.Caller(c).WhyNot(access.Settings, "")}
	if page.shell, err = s.shell(c, "Second person’s approval", ""); err != nil {
		return err
	}
	rules, err := s.Office.Approvals(c.Request().Context(), site.Caller(c))
	if err != nil {
		return err
	}
	for _, r := range rules {
		rule, err := s.approvalRule(c, r)
		if err != nil {
			return err
		}
		page.Rules = append(page.Rules, rule)
	}
	return s.render(c, http.StatusOK, "request_approval", page)
}

func (s *Console) approvalRule(c echo.Context, r requests.ApprovalRule) (approvalRule, error) {
	rule := approvalRule{ID: r.Pack.ID, Name: r.Pack.Controller.Name}
	for _, kind := range policies.ApprovalKinds() {
		k := approvalKind{Value: kind, Label: approvalName(kind)}
		k.On, k.ByPack = r.Asks(kind)
		rule.Kinds = append(rule.Kinds, k)
	}
	users, err := s.People.ForPolicy(c.Request().Context(), r.Pack.ID, access.Approver, access.Administrator)
	rule.Approvers, rule.Alone = enumerated(namesOf(users), "or"), len(users) < 2
	return rule, err
}

func approvalName(kind string) string {
	if kind == policies.ApproveDeletion {
		return "A decision that deletes"
	}
	return "A decision that refuses, wholly or partly, and a dismissal"
}

// setApproval switches the kinds of one policy on or off.
func (s *Console) setApproval(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	if !site.Caller(c).May(access.View, form.Get("policy")) {
		return policies.ErrNoPolicy
	}
	if err := s.Office.SetApproval(c.Request().Context(), site.Caller(c), s.Now(), form.Get("policy"), form["kind"]); err != nil {
		return err
	}
	s.say(c, "Saved. It counts from the next decision on.")
	return site.SeeOther(c, "/console/settings/approval")
}
