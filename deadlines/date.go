package deadlines

import (
	"fmt"
	"time"
)

// Date is a civil date in the proleptic Gregorian calendar, counted in days
// since 1 January 1970. It has no zone: a day in Berlin and the same day in
// Los Angeles are equal Dates that begin at different instants.
type Date int32

const (
	daysPerEra = 146097 // days in 400 Gregorian years
	epochShift = 719468 // days from 1 March 0000 to 1 January 1970
)

// NewDate returns the date of a year, month and day. A day outside its month
// is an error: it is never carried into the next month.
func NewDate(year, month, day int) (Date, error) {
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, fmt.Errorf("there is no date %04d-%02d-%02d", year, month, day)
	}
	return civil(year, month, day), nil
}

// civil counts days by shifting the year to begin in March, so that the leap
// day is the last of the year.
func civil(year, month, day int) Date {
	if month <= 2 {
		year--
	}
	era := floorDiv(year, 400)
	yearOfEra := year - era*400
	dayOfYear := (153*((month+9)%12)+2)/5 + day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return Date(era*daysPerEra + dayOfEra - epochShift)
}

// Civil returns the year, the month (1 to 12) and the day of the month.
func (d Date) Civil() (year, month, day int) {
	z := int(d) + epochShift
	era := floorDiv(z, daysPerEra)
	doe := z - era*daysPerEra
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = (mp+2)%12 + 1
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// ParseDate reads a date written as 2006-01-02.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("there is no date %q; write it like 2026-11-21", s)
	}
	return civil(t.Year(), int(t.Month()), t.Day()), nil
}

// DateOf returns the local date of an instant in a zone.
func DateOf(t time.Time, zone *time.Location) Date {
	_, offset := t.In(zone).Zone()
	return Date(floorDiv(int(t.Unix())+offset, 86400))
}

// Start returns the first instant of the local day in a zone. Where the clocks
// jump over midnight it is the first instant after the jump; where midnight
// comes twice it is the first of the two.
func (d Date) Start(zone *time.Location) time.Time {
	wall := int64(d) * 86400
	var first time.Time
	// Two offsets can meet within a day; of the instants that read midnight or
	// follow a jump over it, the earliest that lies in the day is its start.
	for _, guess := range [3]int64{wall - 14*3600, wall, wall + 14*3600} {
		begin, end := time.Unix(guess, 0).In(zone).ZoneBounds()
		_, offset := time.Unix(guess, 0).In(zone).Zone()
		t := time.Unix(wall-int64(offset), 0)
		if !begin.IsZero() && t.Before(begin) {
			t = begin
		}
		if !end.IsZero() && !t.Before(end) {
			continue
		}
		if DateOf(t, zone) == d && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if first.IsZero() { // a place that crossed the date line skipped the day
		return d.AddDays(1).Start(zone)
	}
	return first.UTC()
}

// AddDays returns the date n days later.
func (d Date) AddDays(n int) Date { return d + Date(n) }

// AddMonths returns the same day number n months later or, where that month is
// too short, its last day (Reg. 1182/71 Art. 3(2)(c)). It clamps once, from the
// start: 31 August and three months is 30 November.
func (d Date) AddMonths(n int) Date {
	year, month, day := d.Civil()
	months := year*12 + month - 1 + n
	year, month = floorDiv(months, 12), months-floorDiv(months, 12)*12+1
	return civil(year, month, min(day, daysIn(year, month)))
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Weekday((int(d)%7 + 11) % 7)
}

// Year returns the year of the date.
func (d Date) Year() int {
	year, _, _ := d.Civil()
	return year
}

// String writes the date as 2006-01-02.
func (d Date) String() string {
	year, month, day := d.Civil()
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

// MarshalText writes the date as 2006-01-02.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a date written as 2006-01-02.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Time returns noon UTC of the date, for formatting its parts only.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400+43200, 0).UTC() }

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
