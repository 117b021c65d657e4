package calendars

import (
	"fmt"
	"path/filepath"
	"slices"

	"dsr/deadlines"
	"dsr/strict"
)

// amendment is an override's file: the days an operator knows better.
type amendment struct {
	Override string     `yaml:"override" validate:"required"`
	Add      []addition `yaml:"add"`
	Remove   []removal  `yaml:"remove"`
}

type addition struct {
	Date   date   `yaml:"date" validate:"required"`
	Name   string `yaml:"name" validate:"required"`
	Reason string `yaml:"reason" validate:"required"`
}

type removal struct {
	Date   date   `yaml:"date" validate:"required"`
	Reason string `yaml:"reason" validate:"required"`
}

// Override adds holidays to a calendar and removes others, each with a reason.
// Removals come first, so a holiday can be moved in one file. Removing a day
// that is no holiday, adding one that is, and any day outside the coverage are
// errors; on an error the calendar stays as it was. The calendar gets a new
// hash over its old one and the override. Calendars that extend it keep the
// holidays they had.
func (s *Set) Override(file string, data []byte) error {
	var a amendment
	if err := s.reader.Decode(file, data, &a); err != nil {
		return err
	}
	e, err := s.entry(a.Override)
	if err != nil {
		return strict.At(file, data, "override:", err.Error())
	}
	if len(a.Add)+len(a.Remove) == 0 {
		return strict.At(file, data, "override:", "an override must add or remove a day")
	}
	holidays, date, sentence := a.apply(e.calendar)
	if sentence != "" {
		return strict.At(file, data, date.String(), sentence)
	}
	return s.amend(e, file, data, &a, holidays)
}

// apply returns the holidays after the override, or the date at fault and what
// is wrong with it.
func (a *amendment) apply(c *deadlines.Calendar) ([]deadlines.Holiday, deadlines.Date, string) {
	holidays := slices.Clone(c.Holidays())
	first, last := c.Coverage()
	at := func(d deadlines.Date) int {
		return slices.IndexFunc(holidays, func(h deadlines.Holiday) bool { return h.Date == d })
	}
	for _, r := range a.Remove {
		i := at(deadlines.Date(r.Date))
		if i < 0 {
			return nil, deadlines.Date(r.Date), fmt.Sprintf("%s cannot be removed: it is no holiday in %s", longDay(deadlines.Date(r.Date)), c.ID)
		}
		holidays = slices.Delete(holidays, i, i+1)
	}
	for _, add := range a.Add {
		d := deadlines.Date(add.Date)
		if d < first || d > last {
			return nil, d, fmt.Sprintf("%s cannot be added: %s is known from %d to %d only", longDay(d), c.ID, first.Year(), last.Year())
		}
		if i := at(d); i >= 0 {
			return nil, d, fmt.Sprintf("%s cannot be added: it is already a holiday in %s, %s", longDay(d), c.ID, holidays[i].Name)
		}
		holidays = append(holidays, deadlines.Holiday{Date: d, Name: add.Name})
	}
	return holidays, 0, ""
}

// amend puts a calendar with other holidays in the place of the old one, which
// may already be in use and is left as it is.
func (s *Set) amend(old *entry, file string, data []byte, a *amendment, holidays []deadlines.Holiday) error {
	c := old.calendar
	first, last := c.Coverage()
	fresh, err := deadlines.NewCalendar(c.ID, c.Name, old.weekend, first.Year(), last.Year(), holidays)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	fresh.Source = c.Source + "; amended by " + filepath.Base(file)
	fresh.SHA256 = digest([]byte(c.SHA256), data)
	e := *old
	e.calendar = fresh
	e.about.Overrides = slices.Clone(old.about.Overrides)
	for _, r := range a.Remove {
		e.about.Overrides = append(e.about.Overrides, fmt.Sprintf("removed %s: %s", deadlines.Date(r.Date), r.Reason))
	}
	for _, add := range a.Add {
		e.about.Overrides = append(e.about.Overrides, fmt.Sprintf("added %s %s: %s", deadlines.Date(add.Date), add.Name, add.Reason))
	}
	s.byID[c.ID] = &e
	return nil
}
