package strip

import (
	"fmt"
	"math"
	"time"
)

// zone is the zone in which days are shown.
func (s Strip) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// closed tells whether the day that begins at the instant is no working day.
func (s Strip) closed(day time.Time) bool {
	if s.Closed != nil {
		return s.Closed(day)
	}
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
}

// lastDay is an instant in the last day on which the clock is still kept.
func (c *Clock) lastDay() time.Time { return lastDay(c.Due, c.Hours) }

// lastDay moves an exclusive instant back into its last day. A term in hours
// ends at the instant itself, which is shown with its time.
func lastDay(due time.Time, hours bool) time.Time {
	if hours {
		return due
	}
	return due.Add(-time.Nanosecond)
}

// civil numbers local days, so that two of them can be subtracted.
func civil(t time.Time, zone *time.Location) int {
	y, m, d := t.In(zone).Date()
	return int(math.Floor(float64(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()) / 86400))
}

// midnight is the start of the local day of t, moved by days.
func midnight(t time.Time, zone *time.Location, days int) time.Time {
	y, m, d := t.In(zone).Date()
	return startOf(civil(time.Date(y, m, d+days, 0, 0, 0, 0, time.UTC), time.UTC), zone)
}

// startOf is the first instant of a local day by its civil number. Where summer
// time begins at midnight there is no such hour, and time.Date may answer with
// the day before.
func startOf(n int, zone *time.Location) time.Time {
	y, m, d := time.Unix(int64(n)*86400, 0).UTC().Date()
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	for range 26 {
		if civil(t, zone) >= n {
			break
		}
		t = t.Add(time.Hour)
	}
	return t
}

// daysLeft counts calendar days from today to the last day of the clock; it is
// negative once that day has passed.
func (s Strip) daysLeft(c *Clock) int {
	return civil(c.lastDay(), s.zone()) - civil(s.Now, s.zone())
}

// day writes "Wed 25 Nov", with the year where it is not this year.
func (s Strip) day(t time.Time) string {
	t = t.In(s.zone())
	if t.Year() != s.Now.In(s.zone()).Year() {
		return t.Format("Mon 2 Jan 2006")
	}
	return t.Format("Mon 2 Jan")
}

// due writes the clock's date, with the time where the term is in hours.
func (s Strip) due(c *Clock) string {
	if c.Hours {
		return s.day(c.Due) + ", " + c.Due.In(s.zone()).Format("15:04")
	}
	return s.day(c.lastDay())
}

// short writes "28 Oct".
func (s Strip) short(t time.Time) string { return t.In(s.zone()).Format("2 Jan") }

// span writes the days of a hold, both inside: "28 Oct to 5 Nov".
func (s Strip) span(h Hold) string {
	if h.To.IsZero() {
		return "from " + s.short(h.From)
	}
	from, to := s.short(h.From), s.short(lastDay(h.To, false))
	if from == to {
		return from
	}
	return from + " to " + to
}

// distance says how far the clock is from its due instant.
func (s Strip) distance(c *Clock) string {
	if c.Hours {
		hours := c.Due.Sub(s.Now).Hours()
		switch {
		case hours <= -1:
			return "over by " + count(int(-hours), "hour")
		case hours < 0:
			return "over by less than an hour"
		case hours < 1:
			return "less than an hour left"
		}
		return count(int(hours), "hour") + " left"
	}
	switch n := s.daysLeft(c); {
	case n < 0:
		return "over by " + count(-n, "day")
	case n == 0:
		return "due today"
	default:
		return count(n, "day") + " left"
	}
}

// kept says how a clock that was met was met.
func (s Strip) kept(c *Clock) string {
	n := civil(c.lastDay(), s.zone()) - civil(c.Met, s.zone())
	switch {
	case !c.Met.Before(c.Due) && n == 0:
		return "late on the day"
	case n < 0:
		return count(-n, "day") + " late"
	case n == 0:
		return "on the last day"
	default:
		return count(n, "day") + " early"
	}
}

// count writes a number with its English unit.
func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
