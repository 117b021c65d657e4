package reports

import (
	"fmt"
	"time"

	"dsr/deadlines"
)

// Period is a stretch of days, both ends included, in the zone of each policy.
type Period struct{ From, Until deadlines.Date }

// longestPeriod is how many days one report covers at most: thirty years.
const longestPeriod = 30*365 + 8

// Valid returns ErrPeriod with a sentence for a period that cannot be counted.
func (p Period) Valid() error {
	switch {
	case p.Until < p.From:
		return fmt.Errorf("%w: it ends on %s, before it begins on %s", ErrPeriod, p.Until, p.From)
	case p.Days() > longestPeriod:
		return fmt.Errorf("%w: it is longer than thirty years", ErrPeriod)
	}
	return nil
}

// Days counts the days of the period.
func (p Period) Days() int { return int(p.Until-p.From) + 1 }

// Year is a calendar year.
func Year(year int) (Period, error) {
	from, err := deadlines.NewDate(year, 1, 1)
	if err != nil || year < 2000 || year > 2200 {
		return Period{}, fmt.Errorf("%w: choose a year from 2000 to 2200", ErrPeriod)
	}
	return Period{From: from, Until: from.AddMonths(12).AddDays(-1)}, nil
}

// The periods offered by name.
const (
	Weeks     = "weeks" // twelve weeks that begin on Mondays, this one included
	ThisMonth = "month"
	LastMonth = "last_month"
	Quarter   = "quarter"
	ThisYear  = "year"
	LastYear  = "last_year"
)

// Named returns a period by its name, as seen on a day. Those that last still
// end on that day.
func Named(name string, today deadlines.Date) (Period, bool) {
	year, month, day := today.Civil()
	first := today.AddDays(1 - day) // of the month
	january := first.AddMonths(1 - month)
	switch name {
	case Weeks:
		return Period{weekOf(today).AddDays(-11 * 7), today}, true
	case ThisMonth:
		return Period{first, today}, true
	case LastMonth:
		return Period{first.AddMonths(-1), first.AddDays(-1)}, true
	case Quarter:
		return Period{first.AddMonths(-(month - 1) % 3), today}, true
	case ThisYear:
		return Period{january, today}, true
	case LastYear:
		p, err := Year(year - 1)
		return p, err == nil
	}
	return Period{}, false
}

// weekOf is the Monday on or before a day.
func weekOf(d deadlines.Date) deadlines.Date {
	return d.AddDays(-(int(d.Weekday()) + 6) % 7)
}

// Step is what one bar of a period stands for.
type Step string

// The steps.
const (
	ByWeek  Step = "week"
	ByMonth Step = "month"
	ByYear  Step = "year"
)

// Step is as fine as still can be drawn: weeks up to a quarter and a week,
// months up to three years.
func (p Period) Step() Step {
	switch days := p.Days(); {
	case days <= 14*7:
		return ByWeek
	case days <= 3*366:
		return ByMonth
	}
	return ByYear
}

// starts lists the first day of each step; the first is the period's own.
func (p Period) starts() []deadlines.Date {
	var list []deadlines.Date
	for d := p.From; d <= p.Until; d = p.after(d) {
		list = append(list, d)
	}
	return list
}

// after is the first day of the step after the one a day lies in.
func (p Period) after(d deadlines.Date) deadlines.Date {
	_, month, day := d.Civil()
	switch p.Step() {
	case ByWeek:
		return weekOf(d).AddDays(7)
	case ByMonth:
		return d.AddDays(1 - day).AddMonths(1)
	}
	return d.AddDays(1 - day).AddMonths(13 - month)
}

// dayNumber is the local day of an instant, counted from 1970.
func dayNumber(t time.Time, zone *time.Location) int64 { return int64(deadlines.DateOf(t, zone)) }
