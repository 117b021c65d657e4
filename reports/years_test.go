package reports_test

import (
	"fmt"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/reports"
)

// years compares the yearly tables.
func (h *house) years(all []*told) {
	h.Helper()
	for _, law := range []string{"ccpa", "eu_gdpr", "us-va"} {
		for _, year := range []int{2024, 2025, 2026} {
			for _, policy := range []string{"", "opvio"} {
				y, err := h.Yearly(h.Context(), h.admin, lookBack, policy, law, year)
				h.must(err)
				if got, want := spokenYear(y), h.recountYear(all, policy, law, year); got != want {
					h.Errorf("%s %d %s: the desk and the timelines differ:\n%s", law, year, policy, difference(got, want))
				}
			}
		}
	}
}

func spokenYear(y *reports.Yearly) string {
	var c counted
	for _, r := range y.Rows {
		if r.Received+r.Carried+r.Whole+r.Part+r.Denied+r.Other != 0 {
			c.line("%v: carried %d received %d whole %d part %d denied %d other %d open %d days %s", r.Rights, r.Carried, r.Received, r.Whole, r.Part, r.Denied, r.Other, r.Open, spread(r.Days))
		}
	}
	for _, d := range y.Denials {
		c.line("denied %q: %d", d.Ground, d.N)
	}
	return c.text()
}

func (h *house) recountYear(all []*told, policy, law string, year int) string {
	rows, days, grounds := map[string]*reports.YearlyRow{}, map[string]list{}, tally{}
	for _, t := range all {
		if t.AppealOf != 0 || t.outcome == "spam" || t.outcome == "no_request" || !strings.EqualFold(t.law.Regime, law) || policy != "" && t.Policy != policy {
			continue
		}
		zone := h.ZoneOf(t.Policy)
		yearOf := func(at time.Time) int { return at.In(zone).Year() }
		key := fmt.Sprint([]policies.Right{t.Right})
		if law == "ccpa" && (t.Right == policies.Access || t.Right == policies.Portability) {
			key = "[access portability]"
		}
		if rows[key] == nil {
			rows[key] = new(reports.YearlyRow)
		}
		row, ended := rows[key], t.ended
		if !t.answer().IsZero() {
			ended = t.answer()
		}
		switch over := !ended.IsZero(); {
		case yearOf(t.ReceivedAt) > year || over && yearOf(ended) < year:
			continue
		case yearOf(t.ReceivedAt) < year:
			row.Carried++
		default:
			row.Received++
		}
		if ended.IsZero() || yearOf(ended) > year {
			row.Open++
			continue
		}
		switch t.outcome {
		case "granted", "nothing_found":
			row.Whole++
		case "partly":
			row.Part++
		case "refused", "unproved":
			row.Denied++
			grounds[fmt.Sprintf("%q", t.why())]++
		default:
			row.Other++
			continue
		}
		days[key] = append(days[key], int(deadlines.DateOf(ended, zone)-deadlines.DateOf(t.ReceivedAt, zone)))
	}
	var c counted
	for key, r := range rows {
		if r.Received+r.Carried+r.Whole+r.Part+r.Denied+r.Other != 0 {
			c.line("%s: carried %d received %d whole %d part %d denied %d other %d open %d days %s", key, r.Carried, r.Received, r.Whole, r.Part, r.Denied, r.Other, r.Open, days[key])
		}
	}
	grounds.lines(&c, "denied")
	return c.text()
}

// why is the ground of a denial.
func (t *told) why() string {
	if t.outcome == "unproved" {
		return t.outcome
	}
	return t.ground
}
