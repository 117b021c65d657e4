package deadlines_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"dsr/deadlines"

	"pgregory.net/rapid"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func on(s string) deadlines.Date {
	d, err := deadlines.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func term(s string) deadlines.Term {
	t, err := deadlines.ParseTerm(s)
	if err != nil {
		panic(err)
	}
	return t
}

// here is a place with two holidays: Friday 3 April and Monday 6 April 2026.
func here(t testing.TB) deadlines.Place {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := deadlines.NewCalendar("TEST", "Testland", []time.Weekday{time.Saturday, time.Sunday}, 2020, 2030,
		[]deadlines.Holiday{{Date: on("2026-04-03"), Name: "Good Friday"}, {Date: on("2026-04-06"), Name: "Easter Monday"}})
	if err != nil {
		t.Fatal(err)
	}
	return deadlines.Place{Zone: zone, Calendar: calendar}
}

func month() *deadlines.Rule {
	return &deadlines.Rule{
		Start: deadlines.FromReceipt, Term: term("1 month"), Roll: deadlines.RollForward,
		Suspends: []deadlines.HoldKind{deadlines.HoldClarification}, Extension: term("2 months"),
		Sources: deadlines.Sources{Term: "Art. 12(3)"},
	}
}

func hold(kind deadlines.HoldKind, from, to string) deadlines.Hold {
	h := deadlines.Hold{Kind: kind, From: at(from)}
	if to != "" {
		h.To = at(to)
	}
	return h
}

func TestHoldsTakeOutDaysAsASet(t *testing.T) {
	received := at("2026-05-01T09:00:00Z")
	for name, c := range map[string]struct {
		holds []deadlines.Hold
		want  string
		days  int
	}{
		"none":                       {nil, "2026-06-01", 0},
		"one":                        {[]deadlines.Hold{hold("clarification", "2026-05-05T09:00:00Z", "2026-05-08T09:00:00Z")}, "2026-06-05", 4},
		"two that overlap":           {[]deadlines.Hold{hold("clarification", "2026-05-05T09:00:00Z", "2026-05-08T09:00:00Z"), hold("clarification", "2026-05-07T09:00:00Z", "2026-05-10T09:00:00Z")}, "2026-06-08", 6},
		"asked and answered at once": {[]deadlines.Hold{hold("clarification", "2026-05-05T09:00:00Z", "2026-05-05T10:00:00Z")}, "2026-06-02", 1},
		"another kind stops nothing": {[]deadlines.Hold{hold("identity", "2026-05-05T09:00:00Z", "2026-05-08T09:00:00Z")}, "2026-06-01", 0},
		"asked when it was over":     {[]deadlines.Hold{hold("clarification", "2026-06-02T09:00:00Z", "2026-06-09T09:00:00Z")}, "2026-06-01", 0},
		"asked on the last day":      {[]deadlines.Hold{hold("clarification", "2026-06-01T09:00:00Z", "2026-06-02T09:00:00Z")}, "2026-06-03", 2},
	} {
		t.Run(name, func(t *testing.T) {
			due, err := month().Due(&deadlines.Facts{ReceivedAt: received, Holds: c.holds}, here(t))
			if err != nil || due.Date != on(c.want) || due.HeldDays != c.days {
				t.Errorf("due %s with %d days held, want %s with %d: %v", due.Date, due.HeldDays, c.want, c.days, err)
			}
		})
	}
}

func TestAnOpenHoldLeavesAProvisionalDate(t *testing.T) {
	facts := deadlines.Facts{ReceivedAt: at("2026-05-01T09:00:00Z"), Holds: []deadlines.Hold{hold("clarification", "2026-05-05T09:00:00Z", "")}}
	facts.AsOf = at("2026-05-11T09:00:00Z")
	due, err := month().Due(&facts, here(t))
	if err != nil || due.Held != deadlines.HoldClarification || due.Date != on("2026-06-08") {
		t.Errorf("held %q, provisionally due %s: %v", due.Held, due.Date, err)
	}
	if thresholds := due.Thresholds(facts.ReceivedAt, here(t)); len(thresholds) != 0 {
		t.Errorf("a held clock reminds at %v", thresholds)
	}
	facts.AsOf = at("2026-05-04T09:00:00Z") // before the question
	if due, _ = month().Due(&facts, here(t)); due.Held != "" || due.Date != on("2026-06-01") {
		t.Errorf("before the question: held %q, due %s", due.Held, due.Date)
	}
}

func TestExtensionsCountOnlyWhenLawful(t *testing.T) {
	received := at("2026-05-01T09:00:00Z")
	until := func(s string) *deadlines.Date { d := on(s); return &d }
	for name, c := range map[string]struct {
		extension deadlines.Extension
		rule      func(*deadlines.Rule)
		want      string
		refused   deadlines.Refusal
	}{
		"in time":             {deadlines.Extension{Term: term("2 months"), SentAt: at("2026-05-20T09:00:00Z")}, nil, "2026-08-03", ""},
		"a day of choice":     {deadlines.Extension{Until: until("2026-06-19"), SentAt: at("2026-05-20T09:00:00Z")}, nil, "2026-06-19", ""},
		"on the last evening": {deadlines.Extension{Term: term("1 month"), SentAt: at("2026-06-01T22:59:59Z")}, nil, "2026-07-01", ""},
		"a second too late":   {deadlines.Extension{Term: term("1 month"), SentAt: at("2026-06-01T23:00:00Z")}, nil, "2026-06-01", deadlines.TooLate},
		"too long":            {deadlines.Extension{Term: term("3 months"), SentAt: at("2026-05-20T09:00:00Z")}, nil, "2026-06-01", deadlines.TooLong},
		"a day too long":      {deadlines.Extension{Until: until("2026-08-04"), SentAt: at("2026-05-20T09:00:00Z")}, nil, "2026-06-01", deadlines.TooLong},
		"not later":           {deadlines.Extension{Until: until("2026-06-01"), SentAt: at("2026-05-20T09:00:00Z")}, nil, "2026-06-01", deadlines.NotLater},
		"none allowed":        {deadlines.Extension{Term: term("1 month"), SentAt: at("2026-05-20T09:00:00Z")}, func(r *deadlines.Rule) { r.Extension = deadlines.Term{} }, "2026-06-01", deadlines.NotAllowed},
		"without a cap":       {deadlines.Extension{Until: until("2027-01-04"), SentAt: at("2026-05-20T09:00:00Z")}, func(r *deadlines.Rule) { r.Extension, r.OpenEnded = deadlines.Term{}, true }, "2027-01-04", ""},
	} {
		t.Run(name, func(t *testing.T) {
			rule := month()
			if c.rule != nil {
				c.rule(rule)
			}
			due, err := rule.Due(&deadlines.Facts{ReceivedAt: received, Extension: &c.extension}, here(t))
			if err != nil || due.Date != on(c.want) || due.Refused != c.refused || due.Extended != (c.refused == "") {
				t.Errorf("due %s, extended %v, refused %q; want %s, %q: %v", due.Date, due.Extended, due.Refused, c.want, c.refused, err)
			}
			if due.FirstDate != on("2026-06-01") {
				t.Errorf("the first date moved to %s", due.FirstDate)
			}
		})
	}
}

func TestHoursAreElapsedTime(t *testing.T) {
	rule := &deadlines.Rule{Start: deadlines.FromReceipt, Term: term("48 hours"), Roll: deadlines.RollNone}
	due, err := rule.Due(&deadlines.Facts{ReceivedAt: at("2026-03-28T12:30:00Z")}, here(t)) // the clocks go forward on the 29th
	if err != nil || !due.At.Equal(at("2026-03-30T12:30:00Z")) {
		t.Fatalf("due at %s: %v", due.At, err)
	}
	if !due.OnTime(due.At) || due.OnTime(due.At.Add(time.Nanosecond)) {
		t.Error("the limit of hours is inclusive")
	}
	var names []string
	for _, th := range due.Thresholds(at("2026-03-28T12:30:00Z"), here(t)) {
		names = append(names, th.Name)
	}
	if !slices.Equal(names, []string{"50%", "75%", "due"}) {
		t.Errorf("reminders at %v", names)
	}
}

func TestBusinessDaysSkipHolidays(t *testing.T) {
	rule := &deadlines.Rule{Start: deadlines.FromReceipt, Term: term("3 business days"), Roll: deadlines.RollNone}
	due, err := rule.Due(&deadlines.Facts{ReceivedAt: at("2026-04-01T09:00:00Z")}, here(t))
	if err != nil || due.Date != on("2026-04-08") { // 2, 7, 8
		t.Errorf("due %s: %v", due.Date, err)
	}
}

func TestOutsideTheCoverageThereIsNoDate(t *testing.T) {
	for _, rule := range []*deadlines.Rule{month(), {Start: deadlines.FromReceipt, Term: term("15 business days"), Roll: deadlines.RollNone}} {
		if due, err := rule.Due(&deadlines.Facts{ReceivedAt: at("2030-12-25T09:00:00Z")}, here(t)); !errors.Is(err, deadlines.ErrCoverage) {
			t.Errorf("%s beyond the coverage is due %s: %v", rule.Term, due.Date, err)
		}
	}
}

func TestSenselessRulesAreRefused(t *testing.T) {
	for name, rule := range map[string]deadlines.Rule{
		"no term":                    {Start: deadlines.FromReceipt, Roll: deadlines.RollNone},
		"an unknown start":           {Start: "whenever", Term: term("1 month"), Roll: deadlines.RollNone},
		"an unknown roll":            {Start: deadlines.FromReceipt, Term: term("1 month"), Roll: "backward"},
		"hours that roll":            {Start: deadlines.FromReceipt, Term: term("48 hours"), Roll: deadlines.RollForward},
		"holds of business days":     {Start: deadlines.FromReceipt, Term: term("5 business days"), Roll: deadlines.RollNone, Suspends: []deadlines.HoldKind{"fee"}},
		"a start that nothing moves": {Start: deadlines.FromReceipt, Term: term("1 month"), Roll: deadlines.RollNone, MovesStart: []deadlines.HoldKind{"fee"}},
	} {
		if err := rule.Check(); !errors.Is(err, deadlines.ErrRule) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, s := range []string{"", "month", "1", "0 days", "-1 days", "1 fortnight", "99999 days", "1.5 months"} {
		if got, err := deadlines.ParseTerm(s); err == nil {
			t.Errorf("%q was read as %s", s, got)
		}
	}
}

func TestRemindersGoByTheCautiousDate(t *testing.T) {
	facts := deadlines.Facts{ReceivedAt: at("2026-05-01T09:00:00Z"), Holds: []deadlines.Hold{hold("clarification", "2026-05-05T09:00:00Z", "2026-05-08T09:00:00Z")}}
	due, _ := month().Due(&facts, here(t))
	if due.Date != on("2026-06-05") || due.Cautious != on("2026-06-04") {
		t.Fatalf("due %s, cautiously %s", due.Date, due.Cautious)
	}
	thresholds := due.Thresholds(facts.ReceivedAt, here(t))
	if got := thresholds[len(thresholds)-2]; got.Name != "today" || !got.At.Equal(at("2026-06-04T06:00:00Z")) {
		t.Errorf("the reminder of the day comes at %s", got.At)
	}
	if got := thresholds[len(thresholds)-1]; got.Name != "overdue" || !got.At.Equal(due.Before) {
		t.Errorf("overdue is told at %s, the limit is %s", got.At, due.Before)
	}
}

// Any facts: explaining never changes the date, dates never lie before receipt,
// the limit is the start of the next local day, and more holds never shorten.
func TestPropertiesOfDueDates(t *testing.T) {
	place := here(t)
	kinds := []deadlines.HoldKind{"identity", "clarification", "fee", "authority"}
	rapid.Check(t, func(t *rapid.T) {
		base := at("2024-01-01T00:00:00Z")
		minute := func(label string) time.Time {
			return base.Add(time.Duration(rapid.IntRange(0, 3*365*24*60).Draw(t, label)) * time.Minute)
		}
		rule := &deadlines.Rule{
			Start: deadlines.FromRelevantTime, Roll: rapid.SampledFrom([]deadlines.Roll{deadlines.RollNone, deadlines.RollForward}).Draw(t, "roll"),
			Term:     deadlines.Term{N: rapid.IntRange(1, 90).Draw(t, "n"), Unit: rapid.SampledFrom([]deadlines.Unit{deadlines.CalendarDays, deadlines.Months}).Draw(t, "unit")},
			Suspends: []deadlines.HoldKind{"clarification"}, MovesStart: []deadlines.HoldKind{"identity", "fee"}, Extension: term("45 days"),
		}
		rule.Term.N = min(rule.Term.N, 24)
		facts := &deadlines.Facts{ReceivedAt: minute("received")}
		for range rapid.IntRange(0, 3).Draw(t, "holds") {
			h := deadlines.Hold{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), From: facts.ReceivedAt.Add(time.Duration(rapid.IntRange(0, 40*24).Draw(t, "from")) * time.Hour)}
			if rapid.Bool().Draw(t, "answered") {
				h.To = h.From.Add(time.Duration(rapid.IntRange(0, 30*24).Draw(t, "to")) * time.Hour)
			}
			facts.Holds = append(facts.Holds, h)
		}
		facts.AsOf = facts.ReceivedAt.Add(time.Duration(rapid.IntRange(0, 100*24).Draw(t, "as of")) * time.Hour)
		due, err := rule.Due(facts, place)
		if err != nil {
			t.Fatal(err)
		}
		explained, steps, err := rule.Explain(facts, place)
		if err != nil || explained != due || len(steps) < 4 {
			t.Fatalf("explaining it gives %+v, not %+v: %v", explained, due, err)
		}
		for _, s := range steps {
			if s.Text() == "" || s.Heading() == "" {
				t.Fatalf("step %s has no words", s.Kind)
			}
		}
		if due.Date <= deadlines.DateOf(facts.ReceivedAt, place.Zone) || due.Date < due.Unrolled || due.Cautious > due.Date {
			t.Fatalf("odd dates: %+v", due)
		}
		if !due.Before.Equal(due.Date.AddDays(1).Start(place.Zone)) || !due.OnTime(due.Before.Add(-1)) || due.OnTime(due.Before) {
			t.Fatalf("the limit %s is not the end of %s", due.Before, due.Date)
		}
		fewer := *facts
		fewer.Holds = nil
		if without, err := rule.Due(&fewer, place); err != nil || without.Date > due.Date {
			t.Fatalf("holds shortened the time from %s to %s: %v", without.Date, due.Date, err)
		}
	})
}

func TestDueAllocatesNothing(t *testing.T) {
	place, rule := here(t), month()
	facts := &deadlines.Facts{ReceivedAt: at("2026-05-01T09:00:00Z"), Holds: []deadlines.Hold{hold("clarification", "2026-05-05T09:00:00Z", "2026-05-08T09:00:00Z")}}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := rule.Due(facts, place); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("Due allocates %v times", n)
	}
}
