package deadlines

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Threshold is an instant at which somebody is reminded of a clock.
type Threshold struct {
	Name string // 10d, 3bd, today, overdue; 50%, 4h, due for clocks of hours
	At   time.Time
}

// Percent is the unit of a lead that is a part of the whole time of a clock.
const Percent Unit = "percent"

// Lead says when to remind of a clock that has not run out: so long before its
// end, "10 days", "3 business days" or "4 hours", or once a part of its whole
// time is over, "75 %".
type Lead struct {
	N    int
	Unit Unit // CalendarDays, BusinessDays, Hours or Percent
}

// The most a lead may say.
const (
	mostLeadDays  = 90
	mostLeadHours = 240
)

// ParseLead reads a lead as it is written above.
func ParseLead(s string) (Lead, error) {
	if number, found := strings.CutSuffix(strings.TrimSpace(s), "%"); found {
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || n < 1 || n > 99 {
			return Lead{}, fmt.Errorf("%q is no part of a time from 1 %% to 99 %%", s)
		}
		return Lead{n, Percent}, nil
	}
	t, err := ParseTerm(s)
	switch {
	case err != nil || t.Unit == Months:
		return Lead{}, fmt.Errorf("%q is not like \"10 days\", \"3 business days\", \"4 hours\" or \"75 %%\"", s)
	case t.Unit == Hours && t.N > mostLeadHours:
		return Lead{}, fmt.Errorf("%q is more than %d hours before", s, mostLeadHours)
	case t.Unit != Hours && t.N > mostLeadDays:
		return Lead{}, fmt.Errorf("%q is more than %d days before", s, mostLeadDays)
	}
	return Lead(t), nil
}

// String writes the lead as ParseLead reads it.
func (l Lead) String() string {
	if l.Unit == Percent {
		return strconv.Itoa(l.N) + " %"
	}
	return Term(l).String()
}

// UnmarshalText reads what String writes.
func (l *Lead) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLead(string(text))
	return err
}

// Name is the short name of its threshold: 10d, 3bd, 4h, 75%.
func (l Lead) Name() string {
	return strconv.Itoa(l.N) + map[Unit]string{CalendarDays: "d", BusinessDays: "bd", Hours: "h", Percent: "%"}[l.Unit]
}

// ofHours reports whether a lead is meant for clocks of hours.
func (l Lead) ofHours() bool { return l.Unit == Hours || l.Unit == Percent }

// fitting are the leads for a clock of hours or of days, or those of the house
// where none is for it.
func fitting(leads []Lead, hours bool) []Lead {
	var list []Lead
	for _, l := range leads {
		if l.ofHours() == hours {
			list = append(list, l)
		}
	}
	switch {
	case len(list) > 0:
		return list
	case hours:
		return []Lead{{50, Percent}, {75, Percent}}
	}
	return []Lead{{10, CalendarDays}, {5, CalendarDays}, {3, CalendarDays}, {1, CalendarDays}}
}

// remindHour is when on a local day reminders of days go out: before work.
const remindHour = 7

// morning is the hour of reminders on a local day, by the clock on the wall also
// where the clocks were changed that night.
func morning(d Date, zone *time.Location) time.Time {
	year, month, day := d.Civil()
	return time.Date(year, time.Month(month), day, remindHour, 0, 0, 0, zone)
}

// Thresholds lists when to remind of a clock that began at an instant, in
// order: by the leads that are meant for it, else by those of the house, and
// when it runs out. Reminders of days go by the cautious date; those that would
// lie before the beginning are left out. A held clock has none: its date is not
// fixed.
func (d *Due) Thresholds(begun time.Time, p Place, leads ...Lead) []Threshold {
	if d.Held != "" {
		return nil
	}
	hours := d.Before.IsZero()
	last := min(d.Cautious, d.Date)
	var all []Threshold
	for _, l := range fitting(leads, hours) {
		at := time.Time{}
		switch l.Unit {
		case CalendarDays:
			at = morning(last.AddDays(-l.N), p.Zone)
		case BusinessDays:
			at = morning(p.Calendar.workingFrom(last, -l.N), p.Zone)
		case Hours:
			at = d.At.Add(-time.Duration(l.N) * time.Hour)
		case Percent:
			at = begun.Add(d.At.Sub(begun) / 100 * time.Duration(l.N))
		}
		all = append(all, Threshold{l.Name(), at})
	}
	if hours {
		all = append(all, Threshold{"due", d.At})
	} else {
		all = append(all, Threshold{"today", morning(last, p.Zone)}, Threshold{"overdue", d.Before})
	}
	all = slices.DeleteFunc(all, func(t Threshold) bool { return !t.At.After(begun) })
	slices.SortStableFunc(all, func(a, b Threshold) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
	return all
}

// Past returns the instant so long after a clock ran out: its limit itself for
// no time, hours later, or the morning of the day, or working day, that is so
// many after the last one.
func (d *Due) Past(t Term, p Place) time.Time {
	switch {
	case t.IsZero():
		return d.Limit()
	case t.Unit == Hours:
		return d.Limit().Add(time.Duration(t.N) * time.Hour)
	}
	return MorningAfter(d.Date, t, p)
}

// MorningAfter returns the hour of reminders on the day, or working day, that is
// so many after a date. The term is one in days.
func MorningAfter(d Date, t Term, p Place) time.Time {
	if t.Unit == BusinessDays {
		return morning(p.Calendar.workingFrom(d, t.N), p.Zone)
	}
	return morning(d.AddDays(t.N), p.Zone)
}

// LastCall returns when to say that an extension can still be announced: the
// morning of the last working day of the first period, and that period's last
// day. It is false where the rule knows no extension, one was made, the clock is
// held, or the period has no working day.
func (r *Rule) LastCall(d *Due, f *Facts, p Place) (time.Time, Date, bool) {
	if r.Extension.IsZero() && !r.OpenEnded || f.Extension != nil || d.Held != "" || d.Before.IsZero() {
		return time.Time{}, 0, false
	}
	day := min(d.Cautious, d.FirstDate)
	for ; day > d.Start; day-- {
		if !p.Calendar.Closed(day) {
			return morning(day, p.Zone), d.FirstDate, true
		}
	}
	return time.Time{}, 0, false
}

// workingFrom returns the n-th working day after a date, or before it where n is
// negative. Outside the coverage only weekends are known, which is enough for a
// reminder: no date depends on it.
func (c *Calendar) workingFrom(d Date, n int) Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		d += Date(step)
		if !c.Closed(d) {
			n--
		}
	}
	return d
}
