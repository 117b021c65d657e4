package calendars_test

import (
	"errors"
	"testing"

	"dsr/deadlines"

	"pgregory.net/rapid"
)

// TestWorkingDaysAreConsistent asks random calendars about random days, inside
// and outside their coverage.
func TestWorkingDaysAreConsistent(t *testing.T) {
	set := load(t)
	ids := rapid.SampledFrom(set.IDs())
	rapid.Check(t, func(t *rapid.T) {
		c, err := set.Calendar(ids.Draw(t, "calendar"))
		if err != nil {
			t.Fatal(err)
		}
		first, last := c.Coverage()
		day := first.AddDays(rapid.IntRange(-400, int(last-first)+400).Draw(t, "day"))
		working, err := c.Working(day)
		if day < first || day > last {
			if !errors.Is(err, deadlines.ErrCoverage) {
				t.Fatalf("%s outside the coverage: %t, %v", day, working, err)
			}
			return
		}
		if err != nil || working == c.Closed(day) {
			t.Fatalf("%s: working %t, closed %t, %v", day, working, c.Closed(day), err)
		}
		if closed := c.Weekend(day.Weekday()) || c.HolidayName(day) != ""; closed == working {
			t.Fatalf("%s, a %s, %q: working %t", day, day.Weekday(), c.HolidayName(day), working)
		}
		checkPrevious(t, c, day, working)
	})
}

// checkPrevious holds that the last working day before a day is one, and that
// there is none between.
func checkPrevious(t *rapid.T, c *deadlines.Calendar, day deadlines.Date, working bool) {
	before, err := c.Previous(day)
	first, _ := c.Coverage()
	if err != nil {
		if !errors.Is(err, deadlines.ErrCoverage) || day > first.AddDays(25) {
			t.Fatalf("before %s: %v", day, err)
		}
		return
	}
	if working != (before == day) {
		t.Fatalf("%s is a working day: %t, but the last one is %s", day, working, before)
	}
	for d := before.AddDays(1); d < day; d++ {
		if open, err := c.Working(d); open || err != nil {
			t.Fatalf("%s lies between %s and %s and is open (%v)", d, before, day, err)
		}
	}
}

// TestHolidaysAreInOrderInsideTheCoverageAndNamed holds for every calendar.
func TestHolidaysAreInOrderInsideTheCoverageAndNamed(t *testing.T) {
	set := load(t)
	for _, id := range set.IDs() {
		c := calendar(t, set, id)
		first, last := c.Coverage()
		before := first.AddDays(-1)
		for _, h := range c.Holidays() {
			if h.Date <= before || h.Date > last || h.Name == "" {
				t.Errorf("%s: %s %q after %s", id, h.Date, h.Name, before)
			}
			before = h.Date
		}
		if closed := int(last-first) + 1 - len(c.Holidays()); closed < 200 {
			t.Errorf("%s is closed on nearly every day", id)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}
