// Package calendars owns the holidays: one YAML file a calendar, each citing
// the act its days come from, and turns them into deadlines.Calendar values.
//
// The files state rules a lawyer can read ("last Monday in May", "2 days
// before Easter Sunday") and the years they are known for. Where it is doubtful
// that a day is a holiday it is left out and the note says so: a missing
// holiday makes a deadline earlier, never later. A calendar reads:
//
//	calendar: XX
//	name: Testland
//	source: Holidays Act, s. 1
//	certainty: found
//	coverage: {from: 2024, to: 2035}
//	weekend: [Saturday, Sunday]
//	holidays:
//	  - name: Founding Day
//	    on: 1 July
//	    observed: {Saturday: 2 days after, Sunday: 1 day after}
//	    from: 2026
//	  - name: Jubilee
//	    dates: [2027-06-03]
//
// What an operator knows better goes into a calendar of their own or into an
// override; both change the hash that is stored beside a computed date:
//
//	override: XX
//	remove:
//	  - date: 2027-07-01
//	    reason: moved by proclamation
//	add:
//	  - date: 2027-07-02
//	    name: Founding Day (moved)
//	    reason: moved by proclamation
//
// The package refuses to know what a deadline is, which law uses which
// calendar, and what today is.
package calendars

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/strict"

	"github.com/goccy/go-yaml"
)

// ErrUnknown is returned for a calendar id that no file defines.
var ErrUnknown = errors.New("unknown calendar")

//go:embed data/*.yaml
var embedded embed.FS

// Set holds calendars by id. Once it is built it is safe for use by several
// goroutines; Override is part of building it.
type Set struct {
	reader *strict.Reader
	byID   map[string]*entry
}

type entry struct {
	file     string
	about    About
	calendar *deadlines.Calendar
	weekend  []time.Weekday
	extends  bool // built on another calendar
	operator bool // read from a directory, not embedded
}

// About tells where a calendar's days come from and how sure they are.
type About struct {
	Certainty string   // "found" (read in a source) or "from knowledge"
	Note      string   // what is left out or doubtful, or ""
	Overrides []string // "added 2028-06-05 Jubilee: proclamation of …", in order
}

// Load reads the embedded calendars and then the YAML files of the
// directories: whole calendars, which may replace an embedded one of the same
// id, and overrides. A fault in a file is a *strict.Error.
func Load(dirs ...string) (*Set, error) {
	s := &Set{reader: strict.NewReader(), byID: map[string]*entry{}}
	files, err := contents(embedded, "data", "")
	if err != nil {
		return nil, err
	}
	if err := s.read(files, false); err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		files, err := contents(os.DirFS(dir), ".", dir)
		if err != nil {
			return nil, fmt.Errorf("read the calendars in %s: %w", dir, err)
		}
		if err := s.read(files, true); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// source is one file and its content.
type source struct {
	file string
	data []byte
	kind kind
}

// kind is the part of a file that tells a calendar from an override, and a
// calendar that stands alone from one that extends another.
type kind struct {
	Override string `yaml:"override"`
	Extends  string `yaml:"extends"`
}

func contents(root fs.FS, dir, shown string) ([]source, error) {
	list, err := fs.ReadDir(root, dir)
	if err != nil {
		return nil, err
	}
	var files []source
	for _, f := range list {
		if ext := filepath.Ext(f.Name()); f.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		path := f.Name()
		if dir != "." {
			path = dir + "/" + path
		}
		data, err := fs.ReadFile(root, path)
		if err != nil {
			return nil, err
		}
		s := source{file: filepath.Join(shown, path), data: data}
		// A file too broken to tell its kind is read as a calendar, and the
		// strict reader then says where it is broken.
		_ = yaml.Unmarshal(data, &s.kind)
		files = append(files, s)
	}
	return files, nil
}

// read takes in files in the order in which they may lean on each other:
// calendars that stand alone, calendars that extend them, overrides.
func (s *Set) read(files []source, operator bool) error {
	rank := func(f source) int {
		switch {
		case f.kind.Override != "":
			return 2
		case f.kind.Extends != "":
			return 1
		}
		return 0
	}
	slices.SortStableFunc(files, func(a, b source) int { return rank(a) - rank(b) })
	for _, f := range files {
		var err error
		if f.kind.Override != "" {
			err = s.Override(f.file, f.data)
		} else {
			err = s.define(f.file, f.data, operator)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Calendar returns the calendar with an id such as GB-EAW, or ErrUnknown with
// the ids that are near.
func (s *Set) Calendar(id string) (*deadlines.Calendar, error) {
	e, err := s.entry(id)
	if err != nil {
		return nil, err
	}
	return e.calendar, nil
}

// About returns the certainty and the note of a calendar, or ErrUnknown.
func (s *Set) About(id string) (About, error) {
	e, err := s.entry(id)
	if err != nil {
		return About{}, err
	}
	return e.about, nil
}

func (s *Set) entry(id string) (*entry, error) {
	if e, ok := s.byID[id]; ok {
		return e, nil
	}
	if near := s.near(id); len(near) > 0 {
		return nil, fmt.Errorf("%w %q; near it are: %s", ErrUnknown, id, strings.Join(near, ", "))
	}
	return nil, fmt.Errorf("%w %q; there are: %s", ErrUnknown, id, strings.Join(s.IDs(), ", "))
}

// IDs returns the ids of all calendars in order.
func (s *Set) IDs() []string { return slices.Sorted(maps.Keys(s.byID)) }

// near returns the ids of the same country, or that differ in one letter.
func (s *Set) near(id string) []string {
	wanted := strings.ToUpper(strings.TrimSpace(id))
	country, _, _ := strings.Cut(strings.ReplaceAll(wanted, "_", "-"), "-")
	var near []string
	for _, known := range s.IDs() {
		place, _, _ := strings.Cut(known, "-")
		if place == country || differs(known, wanted) <= 1 {
			near = append(near, known)
		}
	}
	return near
}

// differs counts the letters in which two ids of the same length differ; ids of
// different lengths differ in all.
func differs(a, b string) int {
	if len(a) != len(b) {
		return max(len(a), len(b))
	}
	n := 0
	for i := range len(a) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}
