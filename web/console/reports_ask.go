package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/deadlines"
	"dsr/policies"
	"dsr/reports"
	"dsr/requests"
	"dsr/web/site"
)

// reportAsk is the form above every report: what is counted. It stands in the
// address, so that a report is a link.
type reportAsk struct {
	Action                         string
	Periods, Policies, Laws, Right []option
	From, Until                    string
	Other                          bool   // the days are typed
	Query                          string // of this report, for what is linked from it
	Says                           string // the period and the policies in words
	Problems                       site.Problems
}

// otherDays is the period that is typed.
const otherDays = "days"

// reportPeriods are the periods by name, in the order of the form.
var reportPeriods = [...]struct{ name, label string }{
	{reports.Weeks, "12 weeks"}, {reports.ThisMonth, "This month"}, {reports.LastMonth, "Last month"}, {reports.Quarter, "This quarter"},
	{reports.ThisYear, "This year"}, {reports.LastYear, "Last year"}, {otherDays, "Other days"},
}

// reportQuestion reads what is asked for from an address. What cannot be read
// is a problem of the form, and the period falls back on the usual one.
func (s *Console) reportQuestion(c echo.Context, action string) (reports.Question, reportAsk, error) {
	query := c.QueryParams()
	q := reports.Question{Policy: query.Get("policy"), Law: query.Get("law"), Right: policies.Right(query.Get("right"))}
	ask := reportAsk{Action: action, From: query.Get("from"), Until: query.Get("until"), Query: query.Encode()}
	if err := allowed(c, access.Report, q.Policy); err != nil {
		if q.Policy != "" && allowed(c, access.Report, "") == nil {
			err = requests.ErrNotFound // a policy they do not serve does not exist for them
		}
		return q, ask, err
	}
	today := deadlines.DateOf(s.Now(), s.reports.ZoneOf(q.Policy))
	name := query.Get("period")
	if name == "" {
		name = reports.Weeks
	}
	period, known := reports.Named(name, today)
	if name == otherDays {
		period, known = ask.typed()
	}
	if !known {
		if len(ask.Problems) == 0 {
			ask.Problems = site.Problems{{Field: "period", Sentence: "Choose one of the periods"}}
			name = reports.Weeks
		}
		period, _ = reports.Named(reports.Weeks, today)
	}
	q.Period = period
	s.reportOptions(c, &ask, &q, name)
	return q, ask, nil
}

// typed reads the days of the form.
func (a *reportAsk) typed() (reports.Period, bool) {
	from, err := deadlines.ParseDate(a.From)
	if err != nil {
		a.Problems = append(a.Problems, site.Problem{Field: "from", Sentence: "Enter the first day, like 2026-01-31"})
	}
	until, err := deadlines.ParseDate(a.Until)
	if err != nil {
		a.Problems = append(a.Problems, site.Problem{Field: "until", Sentence: "Enter the last day, like 2026-03-31"})
	}
	p := reports.Period{From: from, Until: until}
	if len(a.Problems) == 0 {
		if err := p.Valid(); errors.Is(err, reports.ErrPeriod) {
			a.Problems = site.Problems{{Field: "until", Sentence: "Choose a last day that is not before the first, and at most thirty years"}}
		}
	}
	return p, len(a.Problems) == 0
}

// reportOptions fills the menus and says in words what is counted. A law or a
// right that there is not is a problem.
func (s *Console) reportOptions(c echo.Context, ask *reportAsk, q *reports.Question, period string) {
	for _, p := range reportPeriods {
		ask.Periods = append(ask.Periods, option{Value: p.name, Label: p.label, Chosen: p.name == period})
	}
	ask.Other = period == otherDays
	var who string
	ask.Policies, who = s.policyMenu(site.Caller(c), q.Policy)
	law, right := "", ""
	if regime, err := s.Book.Regime(q.Law); err == nil {
		q.Law, law = regime.ID, ", "+regime.Name
	}
	ask.Laws = append([]option{{Label: "All laws", Chosen: q.Law == ""}}, s.lawMenu(q.Law)...)
	ask.Right = []option{{Label: "All rights", Chosen: q.Right == ""}}
	for _, r := range policies.Rights() {
		if ask.Right = append(ask.Right, option{Value: string(r), Label: s.reports.RightName(r), Chosen: r == q.Right}); r == q.Right {
			right = ", " + s.reports.RightName(r)
		}
	}
	if q.Law != "" && law == "" {
		ask.Problems, q.Law = append(ask.Problems, site.Problem{Field: "law", Sentence: "Choose one of the laws"}), ""
	}
	if q.Right != "" && right == "" {
		ask.Problems, q.Right = append(ask.Problems, site.Problem{Field: "right", Sentence: "Choose one of the rights"}), ""
	}
	ask.Says = periodText(q.Period) + ", " + cmp.Or(who, "all policies") + law + right
}

// policyMenu offers the policies that a caller serves, and names the one chosen.
func (s *Console) policyMenu(caller access.Caller, chosen string) (menu []option, name string) {
	menu = []option{{Label: "All policies", Chosen: chosen == ""}}
	for _, p := range s.controllers(caller) {
		menu = append(menu, option{Value: p.ID, Label: p.Controller.Name, Chosen: p.ID == chosen})
		if p.ID == chosen {
			name = p.Controller.Name
		}
	}
	return menu, name
}

// lawMenu offers the laws.
func (s *Console) lawMenu(chosen string) (menu []option) {
	for _, r := range s.Book.Regimes() {
		menu = append(menu, option{Value: r.ID, Label: r.Name, Chosen: r.ID == chosen})
	}
	return menu
}

// Link is another page about the same question.
func (a reportAsk) Link(path string) string {
	if a.Query == "" {
		return path
	}
	return path + "?" + a.Query
}

// periodText writes a period as short as it can be read.
func periodText(p reports.Period) string {
	from, until := p.From.Time(), p.Until.Time()
	switch {
	case p.From == p.Until:
		return until.Format("2 Jan 2006")
	case from.Year() != until.Year():
		return from.Format("2 Jan 2006") + " to " + until.Format("2 Jan 2006")
	}
	return from.Format("2 Jan") + " to " + until.Format("2 Jan 2006")
}

// figuresFor counts, and turns the desk's refusals into the console's.
func (s *Console) figuresFor(c echo.Context, q reports.Question) (*reports.Figures, error) {
	f, err := s.reports.Figures(c.Request().Context(), site.Caller(c), s.Now(), q)
	return f, reportFault(err)
}

func reportFault(err error) error {
	switch {
	case errors.Is(err, reports.ErrForbidden):
		return fmt.Errorf("%w: %w", requests.ErrForbidden, err)
	case errors.Is(err, reports.ErrNotFound), errors.Is(err, reports.ErrPeriod), errors.Is(err, policies.ErrNoRegime):
		return requests.ErrNotFound
	}
	return err
}

// yearlyAddress is the yearly table of a law.
func yearlyAddress(law, policy string, year int) string {
	v := url.Values{"law": {law}, "year": {fmt.Sprint(year)}}
	if policy != "" {
		v.Set("policy", policy)
	}
	return "/console/reports/yearly?" + v.Encode()
}
