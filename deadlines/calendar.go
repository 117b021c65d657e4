package deadlines

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrCoverage is returned for a date outside the years a calendar knows. It is
// never read as "no holidays": nobody has said so.
var ErrCoverage = errors.New("outside the calendar's coverage")

// Holiday is a day on which a calendar's offices are closed.
type Holiday struct {
	Date Date
	Name string // in the place's usual English name, "Boxing Day (substitute day)"
}

// Calendar says which days are working days in one place, for the years it
// covers. It is safe for use by several goroutines.
type Calendar struct {
	ID     string // GB-EAW, DE, US-FED
	Name   string // "England and Wales"
	Source string // the act or list the holidays come from
	SHA256 string // of the file the calendar was read from, in hex

	weekend  [7]bool
	first    Date // first day covered
	last     Date // last day covered
	closed   []uint64
	holidays []Holiday
}

// NewCalendar makes a calendar that covers the years from and to, both
// included. Holidays outside these years are ignored.
func NewCalendar(id, name string, weekend []time.Weekday, from, to int, holidays []Holiday) (*Calendar, error) {
	if from > to {
		return nil, fmt.Errorf("calendar %s covers no year: %d to %d", id, from, to)
	}
	c := &Calendar{ID: id, Name: name, first: civil(from, 1, 1), last: civil(to, 12, 31)}
	for _, w := range weekend {
		c.weekend[w] = true
	}
	if !slices.Contains(c.weekend[:], false) {
		return nil, fmt.Errorf("calendar %s has no working day in its week", id)
	}
	c.closed = make([]uint64, int(c.last-c.first)/64+1)
	for _, h := range holidays {
		if h.Date < c.first || h.Date > c.last {
			continue
		}
		n := h.Date - c.first
		c.closed[n/64] |= 1 << (n % 64)
		c.holidays = append(c.holidays, h)
	}
	slices.SortStableFunc(c.holidays, func(a, b Holiday) int { return int(a.Date - b.Date) })
	return c, nil
}

// Working reports whether the date is a working day, or ErrCoverage.
func (c *Calendar) Working(d Date) (bool, error) {
	if d < c.first || d > c.last {
		return false, c.outside(d)
	}
	return !c.weekend[d.Weekday()] && !c.isHoliday(d), nil
}

func (c *Calendar) isHoliday(d Date) bool {
	n := d - c.first
	return c.closed[n/64]&(1<<(n%64)) != 0
}

// Closed reports whether a date inside the coverage is no working day, for
// drawing; outside the coverage it knows the weekend only.
func (c *Calendar) Closed(d Date) bool {
	return c.weekend[d.Weekday()] || d >= c.first && d <= c.last && c.isHoliday(d)
}

// HolidayName returns the name of the holiday on a date, or "".
func (c *Calendar) HolidayName(d Date) string {
	i, found := slices.BinarySearchFunc(c.holidays, d, func(h Holiday, d Date) int { return int(h.Date - d) })
	if !found {
		return ""
	}
	return c.holidays[i].Name
}

// Holidays returns the holidays in order. The caller must not change them.
func (c *Calendar) Holidays() []Holiday { return c.holidays }

// Coverage returns the first and the last day the calendar knows.
func (c *Calendar) Coverage() (first, last Date) { return c.first, c.last }

// Weekend reports whether a day of the week is never a working day.
func (c *Calendar) Weekend(day time.Weekday) bool { return c.weekend[day] }

// next returns the date itself or the first working day after it.
func (c *Calendar) next(d Date) (Date, error) {
	for ; ; d++ {
		if working, err := c.Working(d); working || err != nil {
			return d, err
		}
	}
}

// Previous returns the date itself or the last working day before it, or
// ErrCoverage.
func (c *Calendar) Previous(d Date) (Date, error) {
	for ; ; d-- {
		if working, err := c.Working(d); working || err != nil {
			return d, err
		}
	}
}

// addWorking returns the n-th working day after d; d itself is not counted.
func (c *Calendar) addWorking(d Date, n int) (Date, error) {
	for n > 0 {
		d++
		working, err := c.Working(d)
		if err != nil {
			return d, err
		}
		if working {
			n--
		}
	}
	return d, nil
}

func (c *Calendar) outside(d Date) error {
	return fmt.Errorf("%s is %w of %s (%d to %d): add the years' holidays before counting on", d, ErrCoverage, c.ID, c.first.Year(), c.last.Year())
}
