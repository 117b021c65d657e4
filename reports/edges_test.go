package reports_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/deadlines"
	"dsr/internal/dbtest"
	"dsr/policies"
	"dsr/reports"
	"dsr/requests"
)

func onSQLite(t *testing.T) *house {
	t.Helper()
	return open(t, dbtest.Open(t, dbtest.SQLite(t)))
}

func (h *house) figures(q reports.Question) *reports.Figures {
	h.Helper()
	f, err := h.Figures(h.Context(), h.admin, lookBack, q)
	h.must(err)
	return f
}

// TestAPeriodBeginsAndEndsAtMidnightOfThePolicysZone asks on both engines for
// days around a change of the clocks, a leap day and the turn of a year.
func TestAPeriodBeginsAndEndsAtMidnightOfThePolicysZone(t *testing.T) {
	each(t, func(h *house) {
		for _, at := range []string{
			"2024-02-29T07:59:59.999999Z", "2024-02-29T08:00:00Z", "2024-03-01T07:59:59.999999Z", "2024-03-01T08:00:00Z", // Los Angeles, eight hours behind
			"2026-03-08T07:59:59.999999Z", "2026-03-08T08:00:00Z", "2026-03-09T06:59:59.999999Z", "2026-03-09T07:00:00Z", // a day of 23 hours
			"2025-12-31T23:59:59.999999Z", "2026-01-01T07:59:59.999999Z", "2026-01-01T08:00:00Z",
		} {
			h.at(at).receive("opvio", "US-CA", policies.Access)
		}
		for _, c := range []struct {
			from, until string
			want        int
		}{
			{"2024-02-28", "2024-02-28", 1}, {"2024-02-29", "2024-02-29", 2}, {"2024-03-01", "2024-03-01", 1},
			{"2026-03-07", "2026-03-07", 1}, {"2026-03-08", "2026-03-08", 2}, {"2026-03-09", "2026-03-09", 1},
			{"2025-12-31", "2025-12-31", 2}, {"2026-01-01", "2026-01-01", 1}, {"2024-01-01", "2026-12-31", 11},
		} {
			f := h.figures(reports.Question{Period: period(c.from, c.until), Policy: "opvio"})
			steps := 0
			for _, s := range f.Received.Steps {
				steps += s.Total
			}
			if f.Received.Total != c.want || steps != c.want {
				h.Errorf("%s to %s: %d received, %d in steps, want %d", c.from, c.until, f.Received.Total, steps, c.want)
			}
		}
	})
}

// TestDaysAreThoseOfTheCalendarWhereThePolicyIs: an answer in the same night is
// a day later if midnight lay between, and not if it did not.
func TestDaysAreThoseOfTheCalendarWhereThePolicyIs(t *testing.T) {
	each(t, func(h *house) {
		for _, c := range []struct{ received, answered string }{
			{"2026-03-01T07:59:59.999999Z", "2026-03-01T08:00:00Z"},        // one day: 28 February to 1 March
			{"2026-03-01T08:00:00Z", "2026-03-02T07:59:59.999999Z"},        // none
			{"2026-10-31T06:30:00Z", "2026-11-02T07:30:00Z"},               // two: the clocks go back between
			{"2024-02-28T20:00:00Z", "2024-03-01T20:00:00Z"},               // two: over the leap day
			{"2025-12-31T12:00:00Z", "2026-01-20T12:00:00Z"},               // twenty
			{"2026-05-01T12:00:00.999999Z", "2026-05-01T12:00:00.999999Z"}, // at once
		} {
			h.at(c.received)
			r := h.receive("opvio", "US-CA", policies.OptOutSale)
			h.at(c.answered).answer(r)
		}
		f := h.figures(reports.Question{Period: period("2024-01-01", "2026-12-31"), Policy: "opvio"})
		want := []int64{0, 0, 1, 2, 2, 20}
		if d := f.Answered.Days; d.N() != 6 || d.Median() != 1.5 || d.Mean() != float64(25)/6 || d.P90() != 20 {
			h.Errorf("days are %s, want those of %v", spread(d), want)
		}
	})
}

// TestAYearHasWhatHappenedInIt: received in one year and answered in the next,
// a request counts once in each table, and the rows add up.
func TestAYearHasWhatHappenedInIt(t *testing.T) {
	each(t, func(h *house) {
		h.at("2025-12-20T12:00:00Z")
		crossing := h.receive("opvio", "US-CA", policies.Deletion)
		h.at("2026-01-01T07:59:59Z").receive("opvio", "US-CA", policies.OptOutSale) // still 2025 in California
		h.at("2026-01-08T12:00:00Z").answer(crossing)
		row := func(year int, right policies.Right) reports.YearlyRow {
			y, err := h.Yearly(h.Context(), h.admin, lookBack, "opvio", "ccpa", year)
			h.must(err)
			for _, r := range y.Rows {
				if r.Rights[0] == right {
					r.Rights, r.Name, r.Asked = nil, "", false
					return r
				}
			}
			h.Fatalf("%d has no row for %s", year, right)
			return reports.YearlyRow{}
		}
		for _, c := range []struct {
			year                                   int
			right                                  policies.Right
			carried, received, whole, open, median int
		}{
			{2025, policies.Deletion, 0, 1, 0, 1, 0}, {2026, policies.Deletion, 1, 0, 1, 0, 19},
			{2025, policies.OptOutSale, 0, 1, 0, 1, 0}, {2026, policies.OptOutSale, 1, 0, 0, 1, 0}, {2024, policies.Deletion, 0, 0, 0, 0, 0},
		} {
			r := row(c.year, c.right)
			if r.Carried != c.carried || r.Received != c.received || r.Whole != c.whole || r.Open != c.open || r.Days.Median() != float64(c.median) {
				h.Errorf("%s in %d: %+v, want %+v", c.right, c.year, r, c)
			}
		}
	})
}

// TestAnAnswerIsOfWhoeverHadTheRequestThen: who gets it afterwards, to close it,
// did not give the answer.
func TestAnAnswerIsOfWhoeverHadTheRequestThen(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-11-02T10:00:00Z")
		r := h.receive("moxora", "DE", policies.Access)
		h.at("2026-11-09T10:00:00Z").answer(r)
		joon, mara := h.staff[0], h.staff[1]
		h.at("2026-11-10T10:00:00Z")
		if !h.do(joon, r.Reference, requests.Assign{UserID: joon.ID}) {
			h.Fatal("an answered request could not be given to somebody else")
		}
		f := h.figures(reports.Question{Period: period("2026-11-01", "2026-11-30")})
		if len(f.Handlers) != 1 || f.Handlers[0].ID != mara.ID || f.Handlers[0].Answers != 1 {
			h.Errorf("the answer is counted for %+v, want for %d alone", f.Handlers, mara.ID)
		}
	})
}

// TestWhatFallsDueStandsOnItsOwnDay: where several policies are asked for at
// once their days are told in UTC, in which it may be tomorrow already.
func TestWhatFallsDueStandsOnItsOwnDay(t *testing.T) {
	h := onSQLite(t)
	h.at("2026-10-26T20:00:00Z")
	r := h.receive("opvio", "US-CA", policies.Access)
	h.do(h.staff[0], r.Reference, requests.SendMessage{Text: "We are at it."}) // what runs on is the answer
	var due string
	h.must(database.Row(t.Context(), h.db.Read(), []any{&due}, `SELECT c.due_date FROM requests AS r JOIN clocks AS c ON c.request_id = r.id AND c.name = r.due_clock
		WHERE r.id = ?`, r.ID))
	h.at("2026-11-23T03:00:00Z") // the evening before in California
	for _, policy := range []string{"", "opvio"} {
		f, err := h.Figures(t.Context(), h.admin, h.clock, reports.Question{Period: period("2026-11-01", "2026-11-30"), Policy: policy})
		h.must(err)
		for _, l := range f.Load {
			if (l.Due == 1) != (l.Day.String() == due) {
				t.Errorf("asked for policy %q, %d fall due on %s, and the day is %s", policy, l.Due, l.Day, due)
			}
		}
	}
}

func TestOfNothingThereIsNothingToCount(t *testing.T) {
	h := onSQLite(t)
	f := h.figures(reports.Question{Period: period("2026-01-01", "2026-12-31")})
	if f.Received.Total != 0 || f.Answered.Total != 0 || f.Open.Total != 0 || len(f.Promises) != 0 || len(f.Load) != reports.LoadDays {
		t.Errorf("an empty house counts %+v", f)
	}
	if _, counted := f.Answered.Law.Percent(); counted || f.Answered.Days.Median() != 0 || f.Answered.Days.P90() != 0 || f.Answered.Days.Mean() != 0 {
		t.Error("there is a share, or a median, of nothing")
	}
	y, err := h.Yearly(t.Context(), h.admin, lookBack, "", "ccpa", 2026)
	if err != nil || len(y.Rows) != 5 || y.All.Received != 0 {
		t.Errorf("California asks for five rows also of nothing: %+v, %v", y, err)
	}
}

func TestOneRequestIsItsOwnMedian(t *testing.T) {
	h := onSQLite(t)
	h.at("2026-11-02T10:00:00Z")
	r := h.receive("moxora", "DE", policies.Access)
	h.at("2026-11-09T10:00:00Z").answer(r)
	f := h.figures(reports.Question{Period: period("2026-11-01", "2026-11-30")})
	if d := f.Answered.Days; d.N() != 1 || d.Median() != 7 || d.Mean() != 7 || d.P90() != 7 {
		t.Errorf("days are %s, want 7", spread(d))
	}
	if f.Answered.Law != (reports.Share{Part: 1, Of: 1}) || len(f.Promises) != 1 || f.Promises[0].Kept != (reports.Share{Part: 1, Of: 1}) {
		t.Errorf("law %v, promises %+v: want one of one", f.Answered.Law, f.Promises)
	}
}

func TestSpreads(t *testing.T) {
	for _, c := range []struct {
		name              string
		values            []int64
		median, mean, p90 float64
	}{
		{"an even number has its median between the middle two", []int64{1, 2, 3, 10}, 2.5, 4, 10},
		{"an odd number has it in the middle", []int64{9, 1, 5}, 5, 5, 9},
		{"ten values: nine of ten do not exceed the ninth", []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 100}, 5.5, 14.5, 9},
		{"the same value many times", []int64{4, 4, 4, 4}, 4, 4, 4},
		{"nothing", nil, 0, 0, 0},
	} {
		var s reports.Spread
		for _, v := range c.values {
			s.Add(v, 1)
		}
		if s.Median() != c.median || s.Mean() != c.mean || s.P90() != c.p90 {
			t.Errorf("%s: median %v mean %v p90 %v, want %v %v %v", c.name, s.Median(), s.Mean(), s.P90(), c.median, c.mean, c.p90)
		}
	}
}

// TestATypicalPromiseBelowNineInTenIsUntrue: eight first replies within 48 hours
// and two later make 80 %, and the last instant of the 48 hours still counts.
func TestATypicalPromiseBelowNineInTenIsUntrue(t *testing.T) {
	each(t, func(h *house) {
		reply := func(after time.Duration) {
			h.at("2026-06-01T12:00:00Z")
			r := h.receive("opvio", "US-CA", policies.Access)
			h.clock = h.clock.Add(after)
			h.do(h.staff[0], r.Reference, requests.SendMessage{Text: "We are at it."})
		}
		for range 8 {
			reply(48 * time.Hour)
		}
		promise := func() reports.Promise {
			h.Helper()
			f, err := h.Figures(h.Context(), h.admin, lookBack.Add(time.Duration(h.received)*time.Hour), reports.Question{Period: period("2026-06-01", "2026-06-30"), Policy: "opvio"})
			h.must(err)
			for _, p := range f.Promises {
				if p.Kind == policies.FirstResponse {
					return p
				}
			}
			h.Fatal("the promise of a first reply was not counted")
			return reports.Promise{}
		}
		if p := promise(); p.Kept != (reports.Share{Part: 8, Of: 8}) || p.Untrue() || p.Phrase != "typically within 48 hours of receipt" {
			h.Errorf("%+v, want 8 of 8, and true", p)
		}
		reply(48*time.Hour + time.Microsecond)
		reply(72 * time.Hour)
		if p := promise(); p.Kept != (reports.Share{Part: 8, Of: 10}) || !p.Untrue() {
			h.Errorf("%+v, want 8 of 10, and untrue", p)
		}
	})
}

// TestFiguresKeepToThePoliciesOfTheirReader compares what somebody bound to one
// policy is told with a house in which there is nothing else.
func TestFiguresKeepToThePoliciesOfTheirReader(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-10-05T10:00:00Z")
		for _, policy := range []string{"moxora", "sectora", "vensor"} {
			h.answer(h.receive(policy, "US-CA", policies.Access))
			h.receive(policy, "DE", policies.Deletion)
		}
		year := period("2026-01-01", "2026-12-31")
		alone := spoken(h.figures(reports.Question{Period: year, Policy: "sectora"}))
		for _, role := range []access.Role{access.Handler, access.Approver, access.Administrator, access.Auditor} {
			bound := access.Caller{Kind: access.Staff, ID: 9, Role: role, Policies: access.OnlyPolicies("sectora")}
			f, err := h.Figures(h.Context(), bound, lookBack, reports.Question{Period: year})
			h.must(err)
			if got := spoken(f); got != alone {
				h.Errorf("a %s for Sectora is told more or less than Sectora’s figures:\n%s", role, difference(got, alone))
			}
			for _, other := range []string{"moxora", "nobody-has-this"} {
				if _, err := h.Figures(h.Context(), bound, lookBack, reports.Question{Period: year, Policy: other}); !errors.Is(err, reports.ErrNotFound) {
					h.Errorf("a %s for Sectora asked for %s: %v, want no such policy", role, other, err)
				}
			}
			y, err := h.Yearly(h.Context(), bound, lookBack, "", "ccpa", 2026)
			if err != nil || y.All.Received != 1 || strings.Join(y.Policies, " ") != "sectora" {
				h.Errorf("the yearly table of a %s for Sectora: %+v, %v", role, y, err)
			}
			if _, err := h.Yearly(h.Context(), bound, lookBack, "moxora", "ccpa", 2026); !errors.Is(err, reports.ErrNotFound) {
				h.Errorf("another’s yearly table: %v, want no such policy", err)
			}
		}
		for _, nobody := range []access.Caller{{}, {Kind: access.Requester}, {Kind: access.Staff, Role: "visitor", Policies: access.AllPolicies()}} {
			if _, err := h.Figures(h.Context(), nobody, lookBack, reports.Question{Period: year}); !errors.Is(err, reports.ErrForbidden) {
				h.Errorf("%+v was told figures: %v", nobody, err)
			}
		}
		none := access.Caller{Kind: access.Staff, ID: 9, Role: access.Auditor}
		if f, err := h.Figures(h.Context(), none, lookBack, reports.Question{Period: year}); err != nil || f.Received.Total+f.Open.Total != 0 {
			h.Errorf("an auditor of no policy was told %+v, %v", f, err)
		}
	})
}

func TestPeriodsByName(t *testing.T) {
	for _, c := range []struct{ today, name, want string }{
		{"2026-11-22", reports.Weeks, "2026-08-31 2026-11-22"}, {"2026-11-23", reports.Weeks, "2026-09-07 2026-11-23"},
		{"2024-02-29", reports.ThisMonth, "2024-02-01 2024-02-29"}, {"2024-03-31", reports.LastMonth, "2024-02-01 2024-02-29"},
		{"2026-01-01", reports.LastMonth, "2025-12-01 2025-12-31"}, {"2026-11-22", reports.Quarter, "2026-10-01 2026-11-22"},
		{"2026-03-31", reports.Quarter, "2026-01-01 2026-03-31"}, {"2026-01-01", reports.LastYear, "2025-01-01 2025-12-31"},
		{"2026-12-31", reports.ThisYear, "2026-01-01 2026-12-31"},
	} {
		today, err := deadlines.ParseDate(c.today)
		if err != nil {
			t.Fatal(err)
		}
		p, known := reports.Named(c.name, today)
		if got := p.From.String() + " " + p.Until.String(); !known || got != c.want {
			t.Errorf("%s on %s is %s, want %s", c.name, c.today, got, c.want)
		}
	}
	for _, p := range []reports.Period{period("2026-02-02", "2026-02-01"), period("1990-01-01", "2026-02-01")} {
		if err := p.Valid(); !errors.Is(err, reports.ErrPeriod) {
			t.Errorf("%v to %v: %v, want a refusal", p.From, p.Until, err)
		}
	}
}

// TestTablesToTakeAlongHoldNoFormula: a system may be called anything.
func TestTablesToTakeAlongHoldNoFormula(t *testing.T) {
	h := onSQLite(t)
	h.at("2026-11-02T10:00:00Z")
	r := h.receive("moxora", "US-CA", policies.OptOutSale)
	h.do(h.staff[0], r.Reference, requests.TakeUp{})
	h.do(h.staff[0], r.Reference, requests.RecordFindings{Systems: []requests.Searched{{System: `=HYPERLINK("https://bad.example")`, Found: "nothing"}, {System: "@sum", Found: "nothing"}}})
	h.do(h.staff[0], r.Reference, requests.Decide{Outcome: requests.NothingFound, Text: "Nothing."})
	var figures, table bytes.Buffer
	h.must(h.CSV(&figures, h.figures(reports.Question{Period: period("2026-11-01", "2026-11-30")})))
	y, err := h.Yearly(t.Context(), h.admin, lookBack, "", "ccpa", 2026)
	h.must(err)
	h.must(y.CSV(&table))
	for _, text := range []string{figures.String(), table.String()} {
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		rows, err := r.ReadAll()
		h.must(err)
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("a spreadsheet would run %q", cell)
				}
			}
		}
	}
	if !strings.Contains(figures.String(), `'=HYPERLINK`) || !strings.Contains(figures.String(), "'@sum") {
		t.Error("the systems are not in the table")
	}
	html, err := y.HTML()
	if err != nil || strings.Count(html, "<tr>") != 6 || !strings.Contains(html, "<td>1</td>") || strings.Contains(html, "class=") {
		t.Errorf("%v, or not a plain table of a head and five rows:\n%s", err, html)
	}
}
