package calendars

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/strict"

	"github.com/goccy/go-yaml/ast"
)

// document is a calendar's file.
type document struct {
	Calendar  string   `yaml:"calendar" validate:"required"`
	Name      string   `yaml:"name" validate:"required"`
	Extends   string   `yaml:"extends"` // the calendar whose holidays are its holidays too
	Source    string   `yaml:"source" validate:"required"`
	Certainty string   `yaml:"certainty" validate:"required,oneof='found' 'from knowledge'"`
	Coverage  coverage `yaml:"coverage" validate:"required"`
	Weekend   []day    `yaml:"weekend" validate:"required,min=1"`
	Note      string   `yaml:"note"`
	Holidays  []rule   `yaml:"holidays"`
}

// coverage is the first and the last year a calendar knows.
type coverage struct {
	From int `yaml:"from" validate:"required,min=1970"`
	To   int `yaml:"to" validate:"required,max=2199"`
}

// rule says on which days a holiday falls: by words for every year, or by
// dates for the years nobody can compute.
type rule struct {
	Name     string   `yaml:"name" validate:"required"`
	On       phrase   `yaml:"on"`
	Through  phrase   `yaml:"through"`  // last day of a closure that begins with On
	Dates    []date   `yaml:"dates"`    // instead of On
	Observed observed `yaml:"observed"` // where the holiday goes, by weekday
	From     int      `yaml:"from"`     // first year, 0 = always
	To       int      `yaml:"to"`       // last year, 0 = always
	Except   []int    `yaml:"except"`   // years in which it does not fall
}

// day is a day of the week, "Saturday".
type day time.Weekday

// UnmarshalYAML reads an English weekday.
func (d *day) UnmarshalYAML(node ast.Node) error {
	weekday, err := weekdayOf(node.GetToken().Value)
	if err != nil {
		return &fault{node.GetToken(), err.Error()}
	}
	*d = day(weekday)
	return nil
}

// date is a date written as 2006-01-02.
type date deadlines.Date

// UnmarshalYAML reads the date and refuses one that does not exist.
func (d *date) UnmarshalYAML(node ast.Node) error {
	parsed, err := deadlines.ParseDate(node.GetToken().Value)
	if err != nil {
		return &fault{node.GetToken(), fmt.Sprintf("%q is no date; write it like 2026-12-28", node.GetToken().Value)}
	}
	*d = date(parsed)
	return nil
}

// observed says by how many days a holiday moves when it falls on a weekday:
// {Saturday: 2 days after, Sunday: 1 day after}.
type observed map[time.Weekday]int

// UnmarshalYAML reads the weekdays and the distances.
func (o *observed) UnmarshalYAML(node ast.Node) error {
	entries, ok := node.(ast.MapNode)
	if !ok {
		return &fault{node.GetToken(), "observed must name weekdays: {Saturday: 2 days after, Sunday: 1 day after}"}
	}
	*o = observed{}
	for each := entries.MapRange(); each.Next(); {
		weekday, err := weekdayOf(each.Key().GetToken().Value)
		if err != nil {
			return &fault{each.Key().GetToken(), err.Error()}
		}
		days, err := distance(strings.Fields(each.Value().GetToken().Value))
		if err != nil {
			return &fault{each.Value().GetToken(), err.Error()}
		}
		(*o)[weekday] = days
	}
	return nil
}

// define reads a calendar's file and takes the calendar into the set.
func (s *Set) define(file string, data []byte, operator bool) error {
	var doc document
	if err := s.reader.Decode(file, data, &doc); err != nil {
		return err
	}
	id := "calendar: " + doc.Calendar
	if old, ok := s.byID[doc.Calendar]; ok && (old.operator == operator || len(old.about.Overrides) > 0) {
		return strict.At(file, data, id, fmt.Sprintf("calendar %s is already defined or amended, see %s", doc.Calendar, old.file))
	}
	if doc.Coverage.From > doc.Coverage.To {
		return strict.At(file, data, "coverage:", fmt.Sprintf("the coverage ends in %d, before it begins in %d", doc.Coverage.To, doc.Coverage.From))
	}
	inherited, hash, err := s.inherit(file, data, &doc)
	if err != nil {
		return err
	}
	holidays, err := doc.holidays(file, data, inherited)
	if err != nil {
		return err
	}
	e := &entry{file: file, weekend: doc.weekend(), extends: doc.Extends != "", operator: operator}
	e.about = About{Certainty: doc.Certainty, Note: strings.TrimSpace(doc.Note)}
	e.calendar, err = deadlines.NewCalendar(doc.Calendar, doc.Name, e.weekend, doc.Coverage.From, doc.Coverage.To, holidays)
	if err != nil {
		return strict.At(file, data, id, err.Error())
	}
	e.calendar.Source, e.calendar.SHA256 = strings.TrimSpace(doc.Source), hash
	s.byID[doc.Calendar] = e
	return nil
}

// inherit returns the holidays of the calendar that a document extends, and
// the hash of the document, which covers what it inherits too.
func (s *Set) inherit(file string, data []byte, doc *document) ([]deadlines.Holiday, string, error) {
	if doc.Extends == "" {
		return nil, digest(data), nil
	}
	base, err := s.entry(doc.Extends)
	if err != nil {
		return nil, "", strict.At(file, data, "extends:", err.Error())
	}
	if base.extends {
		return nil, "", strict.At(file, data, "extends:", fmt.Sprintf("%s itself extends a calendar: name the one below it", doc.Extends))
	}
	first, last := base.calendar.Coverage()
	if doc.Coverage.From < first.Year() || doc.Coverage.To > last.Year() {
		return nil, "", strict.At(file, data, "coverage:", fmt.Sprintf("%s is known from %d to %d only", doc.Extends, first.Year(), last.Year()))
	}
	return base.calendar.Holidays(), digest([]byte(base.calendar.SHA256), data), nil
}

func (d *document) weekend() []time.Weekday {
	days := make([]time.Weekday, len(d.Weekend))
	for i, w := range d.Weekend {
		days[i] = time.Weekday(w)
	}
	return days
}

// digest returns the SHA-256 of the parts, one to a line, in hex.
func digest(parts ...[]byte) string {
	h := sha256.New()
	for i, part := range parts {
		if i > 0 {
			h.Write([]byte("\n"))
		}
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
