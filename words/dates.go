package words

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// calendar is what a language needs to write dates and numbers, read once.
// Months and weekdays count as in package time; month 0 is unused.
type calendar struct {
	months, shortMonths     [13]string
	weekdays, shortWeekdays [7]string
	firstDay                string // the 1st of a month: "1", "1er", "1º"
	group                   string // between groups of three digits
	groupFrom               int    // numbers of this many digits and more are grouped
}

// readCalendar reads names of months and weekdays once, so that a date costs no
// look-ups.
func (p Printer) readCalendar() (calendar, error) {
	var c calendar
	var faults []error
	read := func(key string) string {
		text, err := p.Text(key)
		if err != nil {
			faults = append(faults, err)
		}
		return text
	}
	for i := 1; i <= 12; i++ {
		c.months[i] = read("language.month." + strconv.Itoa(i))
		c.shortMonths[i] = read("language.month.short." + strconv.Itoa(i))
	}
	for i := range 7 {
		c.weekdays[i] = read("language.weekday." + strconv.Itoa(i))
		c.shortWeekdays[i] = read("language.weekday.short." + strconv.Itoa(i))
	}
	c.firstDay = read("language.day.first")
	c.group = read("language.number.group")
	digits := read("language.number.digits")
	if len(faults) > 0 {
		return c, faults[0]
	}
	var err error
	if c.groupFrom, err = strconv.Atoi(digits); err != nil || c.groupFrom < 4 {
		return c, fmt.Errorf("language.number.digits must be 4 or more, not %q", digits)
	}
	return c, nil
}

// Date writes a date in full: "Monday 21 December 2026".
func (p Printer) Date(year, month, day int) string {
	return p.date("language.date.full", year, month, day, false)
}

// Day writes a date without its year: "Monday 21 December".
func (p Printer) Day(year, month, day int) string {
	return p.date("language.date.day", year, month, day, false)
}

// LongDate writes a date without its weekday: "21 December 2026".
func (p Printer) LongDate(year, month, day int) string {
	return p.date("language.date.long", year, month, day, false)
}

// ShortDay writes weekday, day and month, shortened: "Mon 21 Dec".
func (p Printer) ShortDay(year, month, day int) string {
	return p.date("language.date.weekday", year, month, day, true)
}

// ShortDate writes day and month, shortened: "21 Dec".
func (p Printer) ShortDate(year, month, day int) string {
	return p.date("language.date.short", year, month, day, true)
}

// Time writes the time of day in the zone t carries: "14:30".
func (p Printer) Time(t time.Time) string {
	return p.T("language.time", "hour", t.Format("15"), "minute", t.Format("04"))
}

// Moment writes an instant in the zone t carries, and names the zone:
// "14:30 (CET) on Monday 21 December 2026".
func (p Printer) Moment(t time.Time) string {
	year, month, day := t.Date()
	return p.T("language.moment", "time", p.Time(t), "zone", t.Format("MST"), "date", p.Date(year, int(month), day))
}

// date fills a pattern. Every pattern is given all four parts and names those it
// wants.
func (p Printer) date(pattern string, year, month, day int, short bool) string {
	when := time.Date(year, time.Month(month), day, 12, 0, 0, 0, time.UTC)
	if y, m, d := when.Date(); y != year || int(m) != month || d != day {
		return orGap("", pattern, fmt.Errorf("%w: there is no date %04d-%02d-%02d", ErrGap, year, month, day))
	}
	c := &p.voice.calendar
	monthName, weekday, number := c.months[month], c.weekdays[when.Weekday()], strconv.Itoa(day)
	if short {
		monthName, weekday = c.shortMonths[month], c.shortWeekdays[when.Weekday()]
	}
	if day == 1 {
		number = c.firstDay
	}
	return p.T(pattern, "weekday", weekday, "day", number, "month", monthName, "year", strconv.Itoa(year))
}

// Number writes a whole number with the language's grouping: "31,000".
func (p Printer) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	c := &p.voice.calendar
	if c.groupFrom == 0 || len(digits) < c.groupFrom {
		return sign + digits
	}
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(c.group)
		}
		b.WriteRune(digit)
	}
	return sign + b.String()
}

// List joins items as the language does: "a, b and c". No items give "".
func (p Printer) List(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	case 2:
		return p.T("language.list.pair", "before", items[0], "after", items[1])
	}
	all, last := items[0], len(items)-1
	for _, item := range items[1:last] {
		all = p.T("language.list.more", "before", all, "after", item)
	}
	return p.T("language.list.last", "before", all, "after", items[last])
}
