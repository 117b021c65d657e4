package deadlines_test

import (
	"testing"
	"time"

	"dsr/deadlines"

	"pgregory.net/rapid"
)

func TestCivilDatesAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(-200_000, 200_000).Draw(t, "days")
		d := deadlines.Date(days)
		want := time.Unix(int64(days)*86400, 0).UTC()
		year, month, day := d.Civil()
		if year != want.Year() || month != int(want.Month()) || day != want.Day() {
			t.Fatalf("day %d is %d-%d-%d, want %s", days, year, month, day, want.Format(time.DateOnly))
		}
		if d.Weekday() != want.Weekday() || d.String() != want.Format(time.DateOnly) {
			t.Fatalf("%s is a %s, want %s", d, d.Weekday(), want.Weekday())
		}
		back, err := deadlines.NewDate(year, month, day)
		if err != nil || back != d {
			t.Fatalf("%s comes back as %s: %v", d, back, err)
		}
	})
}

func TestMonthsAreClampedOnceFromTheStart(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"},
		{"2024-01-31", 1, "2024-02-29"},
		{"2026-08-31", 3, "2026-11-30"},
		{"2026-12-15", 1, "2027-01-15"},
		{"2026-03-31", 1, "2026-04-30"},
		{"2026-05-31", -3, "2026-02-28"},
		{"2026-01-15", -1, "2025-12-15"},
	} {
		from, err := deadlines.ParseDate(c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := from.AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s and %d months is %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestNoDateIsMadeUp(t *testing.T) {
	for _, s := range []string{"2026-02-29", "2026-13-01", "2026-00-10", "26-1-1", "", "2026-04-31", "tomorrow"} {
		if d, err := deadlines.ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %s, want an error", s, d)
		}
	}
	if _, err := deadlines.NewDate(2026, 2, 29); err == nil {
		t.Error("29 February 2026 was accepted")
	}
}

// The first instant of each local day, in every zone that has odd ones.
func TestEveryLocalDayBeginsAtItsFirstInstant(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/London", "Europe/Berlin", "America/Los_Angeles", "America/New_York",
		"America/Sao_Paulo", "America/Havana", "Atlantic/Azores", "Asia/Beirut", "Africa/Cairo", "America/Asuncion",
		"Pacific/Auckland", "Pacific/Apia", "Pacific/Kiritimati", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		first, _ := deadlines.ParseDate("2009-01-01")
		for d := first; d < first+7500; d++ {
			start := d.Start(zone)
			if name == "Pacific/Apia" && d.String() == "2011-12-30" {
				if !start.Equal((d + 1).Start(zone)) {
					t.Fatalf("the day Samoa skipped begins at %s", start)
				}
				continue
			}
			if deadlines.DateOf(start, zone) != d || deadlines.DateOf(start.Add(-time.Nanosecond), zone) >= d {
				t.Fatalf("%s in %s begins at %s, which is not its first instant", d, name, start.In(zone))
			}
			if start.After((d - 1).Start(zone).Add(26*time.Hour)) && name != "Pacific/Apia" {
				t.Fatalf("%s in %s begins %s after the day before", d, name, start.Sub((d - 1).Start(zone)))
			}
		}
	}
}

func BenchmarkStart(b *testing.B) {
	zone, _ := time.LoadLocation("America/Los_Angeles")
	d, _ := deadlines.ParseDate("2026-11-21")
	b.ReportAllocs()
	for b.Loop() {
		d.Start(zone)
	}
}
