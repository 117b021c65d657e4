package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// retentionPage says how long requests are kept and what is erased next.
type retentionPage struct {
	shell
	MayNot   string
	LastRun  string
	Policies []retentionLine
	Laws     []retentionLaw
	Held     []heldLine
	Problems site.Problems
	Dispute  disputeForm
}

// retentionLine is one policy.
type retentionLine struct {
	ID, Name, Field                  string
	Months                           string // as typed or kept; "" for always
	Kept, Held, Passed, Soon, Erased int
	Error                            string
	MayNot                           bool
}

// retentionLaw is what a law says about keeping the record.
type retentionLaw struct{ Law, Time, Source string }

// heldLine is one request that is kept because of a dispute.
type heldLine struct{ Reference, Href, Policy, Since string }

// disputeForm keeps a request, or releases it.
type disputeForm struct{ Reference, Reason, Release string }

// retention shows it.
func (s *Console) retention(c echo.Context) error {
	return s.showRetention(c, http.StatusOK, nil, "", "", disputeForm{})
}

// showRetention shows the page with what was typed: months for one policy, or
// the form about a dispute.
func (s *Console) showRetention(c echo.Context, status int, faults site.Problems, policy, months string, dispute disputeForm) (err error) {
	page := retentionPage{Problems: faults, Dispute: dispute, MayNot: mayNot(c, "")}
	ctx, caller := c.Request().Context(), site.Caller(c)
	list, err := s.Office.Retentions(ctx, caller, s.Now())
	if err != nil {
		return err
	}
	held, err := s.Office.HeldRequests(ctx, caller)
	if err != nil {
		return err
	}
	run, err := s.Office.LastRetentionRun(ctx)
	if err != nil {
		return err
	}
	if page.shell, err = s.shell(c, "Retention", ""); err != nil {
		return err
	}
	page.Bad = len(faults) > 0
	page.LastRun = "It has not run yet; it runs once a day"
	if !run.At.IsZero() {
		page.LastRun = fmt.Sprintf("Last run %s, %s erased", stamp(run.At), counted(run.Erased, "request"))
	}
	for _, r := range list {
		page.Policies = append(page.Policies, s.retentionLine(c, r, faults, policy, months))
	}
	page.Laws = s.retentionLaws()
	for i := range held {
		r := &held[i]
		page.Held = append(page.Held, heldLine{r.Reference, requestAddress(r.Reference), s.policyName(r.Policy), stamp(r.Facts.LegalHold)})
	}
	return s.render(c, status, "settings_retention", page)
}

// retentionLine words one policy.
func (s *Console) retentionLine(c echo.Context, r requests.Retention, faults site.Problems, policy, typed string) retentionLine {
	line := retentionLine{
		ID: r.Policy, Name: s.policyName(r.Policy), Field: "months." + r.Policy, Kept: r.Kept, Held: r.Held, Passed: r.Passed, Soon: r.Soon, Erased: r.Erased,
		MayNot: mayNot(c, r.Policy) != "",
	}
	if r.Months > 0 {
		line.Months = strconv.Itoa(r.Months)
	}
	if policy == r.Policy {
		line.Months = typed
	}
	line.Error = faults.At(line.Field)
	return line
}

// retentionLaws lists the laws that name a time, each once.
func (s *Console) retentionLaws() (laws []retentionLaw) {
	for _, r := range s.Book.Regimes() {
		v := inForce(r, s.Now())
		if v == nil {
			continue
		}
		if term, source, named := v.Retention(policies.Access); named {
			laws = append(laws, retentionLaw{r.Name, term.String() + " after receipt", source})
		}
	}
	return laws
}

// setRetention sets the period of one policy.
func (s *Console) setRetention(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	policy := form.Get("policy")
	name, err := s.packNamed(c, policy)
	if err != nil {
		return err
	}
	typed, months := site.Trimmed(form, "months"), 0
	if typed != "" {
		if months, err = strconv.Atoi(typed); err != nil || months == 0 {
			months = -1
		}
	}
	err = s.Office.SetRetention(c.Request().Context(), site.Caller(c), s.Now(), policy, months)
	var fields requests.FieldErrors
	if errors.As(err, &fields) {
		faults := site.Problems{{Field: "months." + policy, Sentence: fields["months"]}}
		return s.showRetention(c, http.StatusUnprocessableEntity, faults, policy, typed, disputeForm{})
	}
	if err != nil {
		return err
	}
	if months == 0 {
		s.say(c, "Requests of "+name+" are kept for good.")
	} else {
		s.say(c, fmt.Sprintf("Requests of %s are erased %s after they are closed, or later where a law says so.", name, counted(months, "month")))
	}
	return site.SeeOther(c, "/console/settings/retention")
}

// keepForDispute keeps a request beyond its time, or releases it.
func (s *Console) keepForDispute(c echo.Context) error {
	if err := allowed(c, access.Settings, ""); err != nil {
		return err
	}
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	typed := disputeForm{Reference: strings.ToUpper(site.Trimmed(form, "reference")), Reason: site.Trimmed(form, "reason"), Release: form.Get("release")}
	verb := requests.KeepForDispute{Release: typed.Release != "", Reason: typed.Reason}
	_, err = s.Office.Do(c.Request().Context(), site.Caller(c), s.Now(), typed.Reference, 0, verb)
	var fields requests.FieldErrors
	var refused *requests.Refused
	fault := site.Problem{}
	switch {
	case errors.As(err, &fields):
		fault = site.Problem{Field: "reason", Sentence: cmp.Or(fields["reason"], "Say why.")}
	case errors.As(err, &refused):
		fault = site.Problem{Field: "reference", Sentence: refused.Error()}
	case errors.Is(err, requests.ErrNotFound):
		fault = site.Problem{Field: "reference", Sentence: "There is no such request."}
	case err != nil:
		return err
	default:
		said := "It is kept until somebody releases it."
		if verb.Release {
			said = "It is released: its own time counts again."
		}
		s.say(c, said)
		return site.SeeOther(c, "/console/settings/retention")
	}
	return s.showRetention(c, http.StatusUnprocessableEntity, site.Problems{fault}, "", "", typed)
}
