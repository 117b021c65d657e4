package reports_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/reports"
)

func period(from, until string) reports.Period {
	a, err := deadlines.ParseDate(from)
	b, err2 := deadlines.ParseDate(until)
	if err != nil || err2 != nil {
		panic("a date of a test cannot be read")
	}
	return reports.Period{From: a, Until: b}
}

// TestEveryFigureEqualsACountOverTheTimelines compares what the desk reads from
// rows with a replay of every event, for many questions, on both engines.
func TestEveryFigureEqualsACountOverTheTimelines(t *testing.T) {
	each(t, func(h *house) {
		h.seed(180)
		all := h.timelines(lookBack)
		for _, q := range []reports.Question{
			{Period: period("2025-06-01", "2026-12-09")},
			{Period: period("2026-01-01", "2026-12-31")},
			{Period: period("2026-09-21", "2026-12-09"), Policy: "opvio"},
			{Period: period("2026-01-01", "2026-12-31"), Policy: "moxora"},
			{Period: period("2025-01-01", "2025-12-31"), Law: "ccpa"},
			{Period: period("2025-06-01", "2026-12-09"), Right: policies.Access},
			{Period: period("2026-02-01", "2026-02-28"), Policy: "opvio", Law: "ccpa"},
			{Period: period("2020-01-01", "2026-12-31"), Law: "eu_gdpr", Right: policies.Deletion},
			{Period: period("2031-01-01", "2031-01-31")},
		} {
			h.Run(fmt.Sprintf("%s to %s %s %s %s", q.Period.From, q.Period.Until, q.Policy, q.Law, q.Right), func(t *testing.T) {
				f, err := h.Figures(t.Context(), h.admin, lookBack, q)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := spoken(f), h.recount(all, q); got != want {
					t.Errorf("the desk and the timelines differ:\n%s", difference(got, want))
				}
			})
		}
		h.years(all)
	})
}

// difference shows the lines of one text that the other does not have.
func difference(got, want string) string {
	var text strings.Builder
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for _, line := range g {
		if !slices.Contains(w, line) {
			fmt.Fprintln(&text, "  desk:     ", line)
		}
	}
	for _, line := range w {
		if !slices.Contains(g, line) {
			fmt.Fprintln(&text, "  timelines:", line)
		}
	}
	return text.String()
}

// spoken writes every figure as a line.
func spoken(f *reports.Figures) string {
	var c counted
	c.line("received: %d, appeals %d", f.Received.Total, f.Received.Appeals)
	for _, s := range f.Received.Steps {
		if s.Total != 0 {
			c.line("step %s to %s: %d", s.From, s.Until, s.Total)
		}
		for right, n := range s.ByRight {
			c.line("step %s %s: %d", s.From, right, n)
		}
	}
	for _, n := range f.Received.ByRight {
		c.line("right %s: %d", n.Of, n.N)
	}
	for _, n := range f.Received.ByLaw {
		c.line("law %s: %d", n.Of, n.N)
	}
	a := f.Answered
	c.line("answered: %d, late and open %d, days %s", a.Total, a.LateOpen, spread(a.Days))
	c.line("on time: law %v, promise %v", a.Law, a.Promise)
	for _, g := range a.ByGroup {
		c.line("group %s %s: %s, law %v", g.Right, g.Law, spread(g.Days), g.OnLaw)
	}
	for _, o := range a.Outcomes {
		c.line("outcome %s: %d", o.Of, o.N)
	}
	c.line("open: %+v", f.Open)
	for _, l := range f.Load {
		if l.Due != 0 {
			c.line("load %s: %d, %d by promise", l.Day, l.Due, l.ByPromise)
		}
	}
	for _, p := range f.Promises {
		c.line("promise %s %s %q: %v, %s", p.Policy, p.Kind, p.Phrase, p.Kept, p.Wording)
	}
	c.line("proof: %+v", f.Proof)
	c.line("waiting: %d of %d, %v %v %v", f.Waiting.Answers, f.Waiting.Of, f.Waiting.Team, f.Waiting.Systems, f.Waiting.Requester)
	for _, x := range f.Handlers {
		c.line("handler %d: %d, %v, %s", x.ID, x.Answers, x.OnLaw, spread(x.Days))
	}
	for _, s := range f.Systems {
		c.line("system %s %s: %s, %v", s.Policy, s.Name, spread(s.Hours), s.OnLaw)
	}
	return c.text()
}
