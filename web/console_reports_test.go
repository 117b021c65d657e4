package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// worked is a street with some requests that were answered, refused and left.
func worked(t *testing.T) *street {
	s := openStreet(t)
	for i, policy := range []string{"moxora", "moxora", "opvio"} {
		r := s.arrive(s.ago(float64(30+i)), policy, "US-CA", "dana@example.org", policies.OptOutSale)
		s.do(r.Reference, requests.TakeUp{})
		s.do(r.Reference, requests.RecordFindings{Systems: []requests.Searched{{System: "CRM", Found: "found"}}})
		s.do(r.Reference, requests.Decide{Outcome: requests.Granted, Text: "It is done."})
	}
	s.arrive(s.ago(2), "opvio", "GB", "ese@example.org", policies.Access)
	return s
}

func TestTheDashboardDrawsAndSaysTheSameNumbers(t *testing.T) {
	s := worked(t)
	s.hire("tom@example.com", "Tom Reyes", access.Auditor, access.AllPolicies())
	b := s.desk("tom@example.com")
	b.open("/console/dashboard").sees(http.StatusOK, "Dashboard", "Received each week", "Promises kept", "How this is counted", "first reply, typically in 48 hours", "CRM, Moxora", "Whose move it was")
	b.open("/console/dashboard?period=days&from=2031-01-01&until=2031-01-31&policy=vensor").sees(http.StatusOK, "There is nothing to count yet")
	b.open("/console/reports?policy=opvio&law=ccpa").sees(http.StatusOK, "Opvio, California CCPA", "Answers by right and law", "Opt-out, sale and sharing")
	b.open("/console/reports?period=year").sees(http.StatusOK, "Received each month", "By handler", "Mara")
}

func TestAReportThatCannotBeCountedSaysWhy(t *testing.T) {
	s := worked(t)
	b := s.desk("mara@example.com")
	for _, c := range []struct{ query, says string }{
		{"period=days&from=2026-05-01&until=2026-04-01", "Choose a last day that is not before the first"},
		{"period=days&from=soon&until=", "Enter the first day, like 2026-01-31"},
		{"period=fortnight", "Choose one of the periods"},
		{"law=hammurabi", "Choose one of the laws"},
		{"right=%3Cscript%3E", "Choose one of the rights"},
	} {
		b.open("/console/dashboard?"+c.query).sees(http.StatusUnprocessableEntity, "There is a problem", c.says)
	}
	for _, path := range []string{
		"/console/dashboard?policy=nobody", "/console/reports/yearly?law=hammurabi", "/console/reports/yearly?year=1066", "/console/reports/yearly?year=next", "/console/reports/yearly?policy=nobody",
	} {
		b.open(path).sees(http.StatusNotFound)
	}
}

func TestTheYearlyTableIsAPageATableAndABlockToCopy(t *testing.T) {
	s := worked(t)
	b := s.desk("mara@example.com")
	year := s.ago(30).Format("2006")
	page := "/console/reports/yearly?" + url.Values{"law": {"CCPA"}, "year": {year}}.Encode()
	b.open(page).sees(http.StatusOK, "California CCPA, "+year, "Requests to delete", "11 CCR 7102", "<caption>Requests under the California CCPA")
	status, header, table := b.fetch(strings.Replace(page, "yearly?", "yearly.csv?", 1))
	if kind := header.Get("Content-Type"); status != http.StatusOK || !strings.HasPrefix(kind, "text/csv") || !strings.Contains(header.Get("Content-Disposition"), "attachment") ||
		!strings.Contains(table, "Requests to opt out of sale or sharing,yes,") {
		t.Errorf("the table came as %d %q:\n%s", status, kind, table)
	}
	b.open("/console/reports/yearly?law=UK_GDPR&year="+year).sees(http.StatusOK, "UK GDPR, "+year)
}

// TestReportsTellNothingOfOtherPolicies: for who serves Opvio alone, Moxora does
// not exist, neither by name nor in a number.
func TestReportsTellNothingOfOtherPolicies(t *testing.T) {
	s := worked(t)
	s.hire("olga@example.com", "Olga Opvio", access.Administrator, access.OnlyPolicies("opvio"))
	b := s.desk("olga@example.com")
	for _, path := range []string{"/console/dashboard", "/console/reports?period=year", "/console/reports/yearly", "/console/reports/figures.csv", "/console/reports/yearly.csv"} {
		status, _, body := b.fetch(path)
		if status != http.StatusOK || strings.Contains(strings.ToLower(body), "moxora") {
			t.Errorf("%s answered %d, or tells of Moxora", path, status)
		}
		joined := "?"
		if strings.Contains(path, "?") {
			joined = "&"
		}
		b.open(path + joined + "policy=moxora").sees(http.StatusNotFound)
	}
}
