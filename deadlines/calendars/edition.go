package calendars

import (
	"encoding/json"
	"fmt"
	"slices"

	"dsr/deadlines"
)

// Day is one day that an operator knows better than a calendar's file.
type Day struct {
	Date   deadlines.Date
	Off    bool           // a day off; else a holiday that is a working day after all
	Name   string         // of the day off
	Reason string         // why, in words that requesters can read
	Source string         // where it was announced, may be empty
	By     string         // who set it: staff:12
	On     deadlines.Date // when it was set
}

// Cite names a day off with whoever set it, for an explanation.
func (d Day) Cite() string {
	text := fmt.Sprintf("%s, set by the privacy team on %s: %s", d.Name, longDay(d.On), d.Reason)
	if d.Source != "" {
		text += " (" + d.Source + ")"
	}
	return text
}

// Sentence says what was set, by whom and why, for an explanation.
func (d Day) Sentence() string {
	text := fmt.Sprintf("%s counts as a working day, set by the privacy team on %s: %s.", longDay(d.Date), longDay(d.On), d.Reason)
	if d.Off {
		text = fmt.Sprintf("%s is a day off (%s), set by the privacy team on %s: %s.", longDay(d.Date), d.Name, longDay(d.On), d.Reason)
	}
	return text
}

// CheckDays says what is wrong with days that somebody sets, in a sentence for
// them: a day that is off already, one that is no holiday and shall be none, one
// outside the coverage.
func (s *Set) CheckDays(id string, days []Day) error {
	e, err := s.entry(id)
	if err != nil {
		return err
	}
	c := e.calendar
	first, last := c.Coverage()
	for _, d := range days {
		switch name := c.HolidayName(d.Date); {
		case d.Date < first || d.Date > last:
			return fmt.Errorf("%s is known from %d to %d only", c.Name, first.Year(), last.Year())
		case d.Off && name != "":
			return fmt.Errorf("%s is a holiday already: %s", longDay(d.Date), name)
		case d.Off && c.Weekend(d.Date.Weekday()):
			return fmt.Errorf("%s is no working day anyway", longDay(d.Date))
		case !d.Off && name == "":
			return fmt.Errorf("%s is no holiday of %s that could be taken away", longDay(d.Date), c.Name)
		}
	}
	return nil
}

// Edition returns a calendar with the days an operator knows better. The
// calendar of the files stays as it is. A day that the files have learned of
// since, or lost, changes nothing any more.
func (s *Set) Edition(id string, days []Day) (*deadlines.Calendar, error) {
	e, err := s.entry(id)
	if err != nil {
		return nil, err
	}
	c := e.calendar
	holidays := slices.Clone(c.Holidays())
	for _, d := range days {
		at := slices.IndexFunc(holidays, func(h deadlines.Holiday) bool { return h.Date == d.Date })
		switch {
		case d.Off && at < 0:
			holidays = append(holidays, deadlines.Holiday{Date: d.Date, Name: d.Cite()})
		case !d.Off && at >= 0:
			holidays = slices.Delete(holidays, at, at+1)
		}
	}
	content, err := json.Marshal(days)
	if err != nil {
		return nil, err
	}
	first, last := c.Coverage()
	edition, err := deadlines.NewCalendar(c.ID, c.Name, e.weekend, first.Year(), last.Year(), holidays)
	if err != nil {
		return nil, err
	}
	edition.Source, edition.SHA256 = c.Source, digest([]byte(c.SHA256), content)
	return edition, nil
}
