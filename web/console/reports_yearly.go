package console

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/reports"
	"dsr/requests"
	"dsr/web/site"
)

// yearlyPage is the table of a law for a calendar year.
type yearlyPage struct {
	shell
	Law, LawName    string
	Year            int
	California      bool
	Policies        string
	Rows            []yearlyLine
	All             yearlyLine
	Denials         []reports.Denial
	Laws, Years     []option
	Of              []option // policies
	CSV, Block      string
	Over            bool // the year is over
	Nothing         bool
	At              string
	Published       string // by when it has to be
	DeniedOf, Other int
}

// yearlyLine is one row of it, as written.
type yearlyLine struct {
	Name                                                           string
	Asked                                                          bool
	Carried, Received, Whole, Part, Denied, Other, Open, Med, Mean string
}

func yearlyLineOf(r reports.YearlyRow) yearlyLine {
	return yearlyLine{
		Name: r.Name, Asked: r.Asked, Carried: grouped(r.Carried), Received: grouped(r.Received), Whole: grouped(r.Whole), Part: grouped(r.Part),
		Denied: grouped(r.Denied), Other: grouped(r.Other), Open: grouped(r.Open), Med: spreadText(r.Days, r.Days.Median()), Mean: spreadText(r.Days, r.Days.Mean()),
	}
}

// yearlyTable counts the table an address asks for. Without a law it is
// California's, without a year the last that is over.
func (s *Console) yearlyTable(c echo.Context) (*reports.Yearly, error) {
	if err := allowed(c, access.Report, ""); err != nil {
		return nil, err
	}
	law, year := c.QueryParam("law"), s.Now().UTC().Year()-1
	if law == "" {
		law = reports.California
	}
	if text := c.QueryParam("year"); text != "" {
		var err error
		if year, err = strconv.Atoi(text); err != nil {
			return nil, requests.ErrNotFound
		}
	}
	y, err := s.reports.Yearly(c.Request().Context(), site.Caller(c), s.Now(), c.QueryParam("policy"), law, year)
	return y, reportFault(err)
}

// yearly shows the table.
func (s *Console) yearly(c echo.Context) error {
	y, err := s.yearlyTable(c)
	if err != nil {
		return err
	}
	policy := c.QueryParam("policy")
	page := yearlyPage{
		Law: y.Law, LawName: y.LawName, Year: y.Year, California: y.Law == reports.California, All: yearlyLineOf(y.All), Denials: y.Denials,
		Laws: s.lawMenu(y.Law), Over: y.AsOf.UTC().Year() > y.Year, At: atText(y.AsOf.UTC()),
		CSV: strings.Replace(yearlyAddress(y.Law, policy, y.Year), "/yearly?", "/yearly.csv?", 1), Published: fmt.Sprintf("1 July %d", y.Year+1),
		Nothing: y.All.Received+y.All.Carried == 0, DeniedOf: y.All.Denied,
	}
	if page.shell, err = s.shell(c, "Yearly table", ""); err != nil {
		return err
	}
	if page.Block, err = y.HTML(); err != nil {
		return err
	}
	for _, r := range y.Rows {
		page.Rows = append(page.Rows, yearlyLineOf(r))
	}
	page.Years = yearOptions(y.AsOf.UTC().Year(), y.Year)
	page.Of, page.Policies = s.policyMenu(site.Caller(c), policy)
	page.Policies = cmp.Or(page.Policies, "all policies together")
	return s.render(c, http.StatusOK, "reports_yearly", page)
}

// yearlyCSV gives the table to take along.
func (s *Console) yearlyCSV(c echo.Context) error {
	y, err := s.yearlyTable(c)
	if err != nil {
		return err
	}
	var table bytes.Buffer
	if err := y.CSV(&table); err != nil {
		return err
	}
	return sendCSV(c, fmt.Sprintf("requests-%s-%d.csv", strings.ToLower(y.Law), y.Year), &table)
}
