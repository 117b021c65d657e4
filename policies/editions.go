package policies

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"dsr/deadlines"
	"dsr/deadlines/calendars"
)

// ErrEdition is returned for an edition of a calendar that was never set.
var ErrEdition = errors.New("this edition of the calendar is not known")

// Edition is a calendar with the days that an operator knew better from some
// instant on. A ruling names the edition it counts by, DE@3, so that a request
// is always computed by the days that were known for it.
type Edition struct {
	Calendar string
	Number   int // from 1; 0 is the calendar of the files
	Days     []calendars.Day
}

// Name is how a ruling names the edition: DE@3, and DE for the files' own.
func (e Edition) Name() string { return editionName(e.Calendar, e.Number) }

func editionName(calendar string, number int) string {
	if number == 0 {
		return calendar
	}
	return calendar + "@" + strconv.Itoa(number)
}

// CalendarOf takes the number of an edition off a name that a ruling has.
func CalendarOf(name string) string {
	calendar, _, _ := strings.Cut(name, "@")
	return calendar
}

// editions are the one part of a book that changes while it is in use.
type editions struct {
	mu     sync.RWMutex
	built  map[string]*deadlines.Calendar // by name
	newest map[string]int                 // by calendar
	more   func() error                   // tells the book of editions set meanwhile; may be nil
}

// Amend tells the book of editions. Those it knows stay as they are: an edition
// never changes. more is asked for an edition that the book does not know yet.
func (b *Book) Amend(list []Edition, more func() error) error {
	e := &b.editions
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.built == nil {
		e.built, e.newest = map[string]*deadlines.Calendar{}, map[string]int{}
	}
	e.more = more
	for _, one := range list {
		if e.built[one.Name()] == nil {
			calendar, err := b.calendars.Edition(one.Calendar, one.Days)
			if err != nil {
				return fmt.Errorf("calendar %s: %w", one.Name(), err)
			}
			e.built[one.Name()] = calendar
		}
		e.newest[one.Calendar] = max(e.newest[one.Calendar], one.Number)
	}
	return nil
}

// TryEdition builds a calendar with days that are not set yet. Its errors are
// sentences for whoever sets them.
func (b *Book) TryEdition(calendar string, days []calendars.Day) (*deadlines.Calendar, error) {
	if err := b.calendars.CheckDays(calendar, days); err != nil {
		return nil, err
	}
	return b.calendars.Edition(calendar, days)
}

// Newest names the newest edition of a calendar.
func (b *Book) Newest(calendar string) string {
	b.editions.mu.RLock()
	defer b.editions.mu.RUnlock()
	return editionName(calendar, b.editions.newest[calendar])
}

// calendar finds a calendar by its id, or by the name of an edition.
func (b *Book) calendar(name string) (*deadlines.Calendar, error) {
	if CalendarOf(name) == name {
		return b.calendars.Calendar(name)
	}
	if c, more := b.edition(name); c != nil {
		return c, nil
	} else if more != nil {
		if err := more(); err != nil {
			return nil, err
		}
	}
	if c, _ := b.edition(name); c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrEdition, name)
}

func (b *Book) edition(name string) (*deadlines.Calendar, func() error) {
	b.editions.mu.RLock()
	defer b.editions.mu.RUnlock()
	return b.editions.built[name], b.editions.more
}

// Calendars lists the calendars by which requests can be counted, by id.
func (b *Book) Calendars() []*deadlines.Calendar {
	var list []*deadlines.Calendar
	for _, id := range b.calendars.IDs() {
		if c, err := b.calendars.Calendar(id); err == nil {
			list = append(list, c)
		}
	}
	return list
}
