package deadlines_test

import (
	"slices"
	"testing"
	"time"

	"dsr/deadlines"
)

func lead(t *testing.T, s string) deadlines.Lead {
	t.Helper()
	l, err := deadlines.ParseLead(s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLeadsAreCountedByTheCalendarAndTheWall(t *testing.T) {
	for name, c := range map[string]struct {
		received string
		leads    []string
		want     []string
	}{
		"working days over Easter": {"2026-03-07T09:00:00Z", []string{"3 business days", "1 business day"}, // due 7 April, the day after Easter Monday
			[]string{"3bd 2026-03-31T06:00:00Z", "1bd 2026-04-02T06:00:00Z", "today 2026-04-07T06:00:00Z", "overdue 2026-04-07T23:00:00Z"}},
		"the clocks go forward": {"2026-02-28T09:00:00Z", []string{"1 day"}, // the 29th of March is the day of the change
			[]string{"1d 2026-03-29T06:00:00Z", "today 2026-03-30T06:00:00Z", "overdue 2026-03-30T23:00:00Z"}},
		"hours are for other clocks": {"2026-05-01T09:00:00Z", []string{"4 hours", "75 %"},
			[]string{"10d 2026-05-22T06:00:00Z", "5d 2026-05-27T06:00:00Z", "3d 2026-05-29T06:00:00Z", "1d 2026-05-31T06:00:00Z", "today 2026-06-01T06:00:00Z", "overdue 2026-06-01T23:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			received := at(c.received)
			rule := month()
			if name == "the clocks go forward" {
				rule.Term = term("30 days")
			}
			due, err := rule.Due(&deadlines.Facts{ReceivedAt: received}, here(t))
			if err != nil {
				t.Fatal(err)
			}
			var leads []deadlines.Lead
			for _, s := range c.leads {
				leads = append(leads, lead(t, s))
			}
			var got []string
			for _, th := range due.Thresholds(received, here(t), leads...) {
				got = append(got, th.Name+" "+th.At.UTC().Format(time.RFC3339))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("due %s, reminded at %v, want %v", due.Date, got, c.want)
			}
		})
	}
}

func TestHoursAreRemindedOfInHoursOrParts(t *testing.T) {
	rule := &deadlines.Rule{Start: deadlines.FromReceipt, Term: term("48 hours"), Roll: deadlines.RollNone}
	received := at("2026-05-01T09:00:00Z")
	due, err := rule.Due(&deadlines.Facts{ReceivedAt: received}, here(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, th := range due.Thresholds(received, here(t), lead(t, "10 days"), lead(t, "4 hours"), lead(t, "25 %"), lead(t, "72 hours")) {
		got = append(got, th.Name+" "+th.At.UTC().Format("02T15:04"))
	}
	if want := []string{"25% 01T21:00", "4h 03T05:00", "due 03T09:00"}; !slices.Equal(got, want) {
		t.Errorf("reminded at %v, want %v", got, want)
	}
	if past := due.Past(term("1 business day"), here(t)); !past.Equal(at("2026-05-04T06:00:00Z")) {
		t.Errorf("one working day later is %s", past)
	}
	if past := due.Past(term("4 hours"), here(t)); !past.Equal(at("2026-05-03T13:00:00Z")) {
		t.Errorf("four hours later is %s", past)
	}
}

func TestTheLastCallIsOnAWorkingDay(t *testing.T) {
	rule := month()
	rule.Roll = deadlines.RollNone                                   // the period can end on a day off
	facts := deadlines.Facts{ReceivedAt: at("2026-03-06T09:00:00Z")} // ends on Easter Monday
	due, err := rule.Due(&facts, here(t))
	if err != nil {
		t.Fatal(err)
	}
	when, day, lawful := rule.LastCall(&due, &facts, here(t))
	if !lawful || day != on("2026-04-06") || !when.Equal(at("2026-04-02T06:00:00Z")) {
		t.Errorf("the last call for %s comes at %s: %v", day, when, lawful)
	}
	facts.Extension = &deadlines.Extension{Term: term("1 month"), SentAt: at("2026-03-10T09:00:00Z")}
	if _, _, lawful := rule.LastCall(&due, &facts, here(t)); lawful {
		t.Error("what was extended can be extended again")
	}
	facts.Extension, rule.Extension, rule.OpenEnded = nil, deadlines.Term{}, false
	if _, _, lawful := rule.LastCall(&due, &facts, here(t)); lawful {
		t.Error("a rule without an extension has a last call")
	}
}
