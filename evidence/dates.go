package evidence

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
)

// yearbook is rules/calendar.json: the holidays the dates were worked out with.
type yearbook struct {
	ID       string    `json:"calendar"`
	Name     string    `json:"name"`
	SHA256   string    `json:"sha256,omitempty"` // of the file it was read from
	Weekend  []int     `json:"weekend"`          // 0 is Sunday
	From     int       `json:"from"`             // first year covered
	To       int       `json:"to"`
	Holidays []holiday `json:"holidays"`
}

// holiday is one day off.
type holiday struct {
	Date deadlines.Date `json:"date"`
	Name string         `json:"name"`
}

// yearbookOf writes a calendar under the name that a ruling has for it: DE@3 for
// an edition with days that the team set.
func yearbookOf(c *deadlines.Calendar, name string) yearbook {
	first, last := c.Coverage()
	y := yearbook{ID: name, Name: c.Name, SHA256: c.SHA256, From: first.Year(), To: last.Year(), Holidays: []holiday{}}
	for day := range 7 {
		if c.Weekend(time.Weekday(day)) {
			y.Weekend = append(y.Weekend, day)
		}
	}
	for _, h := range c.Holidays() {
		y.Holidays = append(y.Holidays, holiday{h.Date, h.Name})
	}
	return y
}

// longestCoverage bounds the years of a calendar out of a file.
const longestCoverage = 300

// calendar makes the calendar that the file describes.
func (y yearbook) calendar() (*deadlines.Calendar, error) {
	if y.From < 1900 || y.To < y.From || y.To-y.From > longestCoverage || len(y.Holidays) > 100*longestCoverage {
		return nil, errors.New("it covers no years that a request can fall into")
	}
	var weekend []time.Weekday
	for _, day := range y.Weekend {
		if day < 0 || day > 6 {
			return nil, errors.New("its week has another day than seven")
		}
		weekend = append(weekend, time.Weekday(day))
	}
	var holidays []deadlines.Holiday
	for _, h := range y.Holidays {
		holidays = append(holidays, deadlines.Holiday{Date: h.Date, Name: h.Name})
	}
	return deadlines.NewCalendar(policies.CalendarOf(y.ID), y.Name, weekend, y.From, y.To, holidays)
}

// clocks works every date out again, from the ruling, the timeline and the
// holidays in the pack, and holds these against the program's own.
func (c *checker) clocks(r *requests.Request, ruling *policies.Ruling) {
	var said []requests.Derivation
	var book yearbook
	if !c.read(clocksName, &said) || !c.read(calendarName, &book) {
		return
	}
	calendar, err := book.calendar()
	zone, zoneErr := time.LoadLocation(ruling.Zone)
	if err != nil || zoneErr != nil || book.ID != ruling.Calendar {
		c.finding("%s is not the calendar that the ruling names, or cannot be read", calendarName)
		return
	}
	before, place := c.report.Findings, deadlines.Place{Zone: zone, Calendar: calendar}
	if len(said) != len(ruling.Clocks) {
		c.finding("%s has another number of clocks than the ruling", clocksName)
	}
	for i := range said {
		c.clock(&said[i], r, ruling, place)
	}
	if c.report.Findings == before {
		c.proved("The dates of all %d clocks follow from rules, timeline and holidays: they were worked out again, step by step.", len(said))
	}
	c.holidays(book, ruling)
}

// clock works one date out again.
func (c *checker) clock(said *requests.Derivation, r *requests.Request, ruling *policies.Ruling, place deadlines.Place) {
	n := slices.IndexFunc(ruling.Clocks, func(k policies.Clock) bool { return k.Name() == said.Clock })
	if n < 0 {
		c.finding("%s tells of a clock that the ruling does not know: %s", clocksName, quoted(said.Clock))
		return
	}
	facts := r.Facts.Facts
	facts.AsOf = c.manifest.MadeAt
	due, steps, err := ruling.Clocks[n].Rule.Explain(&facts, place)
	// What the team set in a calendar is told beside the steps and moves no date
	// by itself: it is among the holidays.
	told := slices.DeleteFunc(slices.Clone(said.Steps), func(s deadlines.Step) bool { return s.Kind == deadlines.StepCalendar })
	switch {
	case err != nil || due.Date != said.DueDate:
		c.finding("the clock %s is due on %s by the rules and the timeline, and the pack says %s", quoted(said.Clock), due.Date, said.DueDate)
	case fmt.Sprint(steps) != fmt.Sprint(told) || !said.MetAt.Equal(r.Facts.Met[said.Clock]):
		c.finding("the clock %s has another way to its date than the pack says", quoted(said.Clock))
	}
}

// holidays says whether the pack's calendar is one this program knows itself.
func (c *checker) holidays(book yearbook, ruling *policies.Ruling) {
	if c.options.Book == nil {
		return
	}
	place, err := c.options.Book.Place(ruling.Zone, ruling.Calendar)
	if err == nil && fmt.Sprint(yearbookOf(place.Calendar, ruling.Calendar)) == fmt.Sprint(book) {
		c.proved("The holidays are those that this program has for %s.", quoted(book.Name))
		return
	}
	c.open("The holidays of %s are not those that this program has: the controller set some, or one of the two is older. The manifest vouches for them.", quoted(book.Name))
}
