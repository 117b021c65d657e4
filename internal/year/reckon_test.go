package year_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
)

// reminded holds an event that reminds against what was owed the moment before:
// a reminder is of something owed, at an instant that has come, and told once.
func (l *ledger) reminded(m *matter, e *event) {
	if m.ruling == nil {
		return
	}
	list, err := m.owes(e.At)
	if err != nil {
		l.report(m, "%v", err)
		return
	}
	if e.Act == string(requests.ActLapse) {
		e.Reminder = "proof/lapse"
		if i := slices.IndexFunc(list, func(o owed) bool { return o.key == e.Reminder && !o.at.After(e.At) }); i >= 0 {
			e.planned = list[i].at
		}
	}
	l.tell(m, e, list, e.Reminder, e.planned)
	for _, key := range e.Passed {
		if key == e.Reminder && strings.HasSuffix(key, "/extend") {
			continue // the day was over by then, and nobody is told what they cannot do any more
		}
		i := slices.IndexFunc(list, func(o owed) bool { return o.key == key && !o.at.After(e.planned) })
		if i < 0 {
			l.report(m, "the reminder %s of %s stands for %s, which was not owed", e.Reminder, stamp(e.planned), key)
			continue
		}
		if list[i].final {
			l.report(m, "the reminder %s of %s stands for %s, which nothing can stand for", e.Reminder, stamp(e.planned), key)
		}
		l.tell(m, e, list, key, list[i].at)
	}
}

func (l *ledger) tell(m *matter, e *event, list []owed, key string, planned time.Time) {
	i := slices.IndexFunc(list, func(o owed) bool { return o.key == key && o.at.Equal(planned) })
	switch {
	case i < 0:
		l.report(m, "the reminder %s of %s was told at %s and not owed", key, stamp(planned), stamp(e.At))
		return
	case planned.After(e.At):
		l.report(m, "the reminder %s of %s was told at %s, before its time", key, stamp(planned), stamp(e.At))
	case slices.ContainsFunc(m.told[key], planned.Equal):
		l.report(m, "the reminder %s of %s was told twice, the second time at %s", key, stamp(planned), stamp(e.At))
	}
	m.told[key] = append(m.told[key], planned)
	if ladder := list[i].ladder; planned.After(m.ladders[ladder]) {
		m.ladders[ladder] = planned
	}
}

// covered reports whether what is owed was told: itself, or something later of
// the same ladder, which says more. That a date has passed is told as such.
func (m *matter) covered(o owed) bool {
	if slices.ContainsFunc(m.told[o.key], func(at time.Time) bool { return !at.Before(o.at) }) {
		return true
	}
	return !o.final && !m.ladders[o.ladder].Before(o.at)
}

// reckon works out what a matter owes from now on.
func (l *ledger) reckon(m *matter, at time.Time) error {
	before := slices.Clone(m.pending)
	m.pending = m.pending[:0]
	if m.ruling == nil || m.phase == requests.New {
		return nil
	}
	list, err := m.owes(at)
	if err != nil {
		return fmt.Errorf("%s: %w", m.reference, err)
	}
	for _, o := range list {
		if m.covered(o) {
			continue
		}
		if o.since = o.at; at.After(o.since) {
			o.since = at
		}
		for _, b := range before {
			if b.key == o.key && b.at.Equal(o.at) {
				o.since = b.since
			}
		}
		m.pending = append(m.pending, o)
	}
	return nil
}

// missed names what was owed for more than a day when something else happened to
// a matter: sweeps come many times a day.
func (l *ledger) missed(m *matter, at time.Time) {
	for i, o := range m.pending {
		if o.since.Add(26*time.Hour).Before(at) && (o.final || !m.later(i, at)) {
			l.report(m, "the reminder %s of %s was owed from %s on and not told by %s", o.key, stamp(o.at), stamp(o.since), stamp(at))
		}
	}
}

// overdue names every reminder that is owed by an instant and was not told.
func (l *ledger) overdue(now time.Time) {
	for _, m := range l.order {
		for i, o := range m.pending {
			if o.at.After(now) {
				break
			}
			switch {
			case o.law && (strings.HasSuffix(o.key, "/overdue") || strings.HasSuffix(o.key, "/due")):
				l.report(m, "the law's date passed at %s and nobody was told: %s is missing", stamp(o.at), o.key)
			case o.final || !m.later(i, now):
				l.report(m, "the reminder %s of %s is missing", o.key, stamp(o.at))
			}
		}
	}
}

// later reports whether something of the same ladder is owed by now that says
// more: after a standstill only the last is told.
func (m *matter) later(i int, now time.Time) bool {
	for _, o := range m.pending[i+1:] {
		if o.ladder == m.pending[i].ladder && !o.at.After(now) {
			return true
		}
	}
	return false
}

// running checks that no open matter is without a clock: one runs or is lawfully
// held until there is an answer.
func (l *ledger) running() {
	for _, m := range l.open {
		if !m.undecided() || m.ruling == nil {
			continue
		}
		waits := false
		for i := range m.ruling.Clocks {
			c := &m.ruling.Clocks[i]
			waits = waits || c.Answers() && m.metAt(c).IsZero()
		}
		if !waits {
			l.report(m, "it is open in %s and no clock waits for its answer", m.phase)
		}
	}
}

// governing is when the clock that governs is due, and whether it is held; false
// where nothing runs.
func (m *matter) governing(at time.Time) (due deadlines.Due, runs bool, err error) {
	dues, err := m.dues(at)
	if err != nil || !m.open() {
		return due, false, err
	}
	best := -1
	for i := range dues {
		c := &m.ruling.Clocks[i]
		if !m.metAt(c).IsZero() {
			continue
		}
		if best < 0 || sooner(c, &dues[i], &m.ruling.Clocks[best], &dues[best]) {
			best = i
		}
	}
	if best < 0 {
		return due, false, nil
	}
	return dues[best], true, nil
}

// sooner orders clocks: one that runs before one that is held, then by limit, a
// promise before a law.
func sooner(a *policies.Clock, da *deadlines.Due, b *policies.Clock, db *deadlines.Due) bool {
	switch {
	case (da.Held != "") != (db.Held != ""):
		return db.Held != ""
	case !da.Limit().Equal(db.Limit()):
		return da.Limit().Before(db.Limit())
	}
	return a.Basis == policies.ByPromise && b.Basis != policies.ByPromise
}

// learnDays takes in the editions of calendars that were set since.
func (l *ledger) learnDays(ctx context.Context) error {
	var rows []struct {
		Calendar string `bun:"calendar"`
		Number   int    `bun:"number"`
		Days     string `bun:"days"`
	}
	if err := l.db().NewRaw("SELECT calendar, number, days FROM calendar_editions ORDER BY calendar, number").Scan(ctx, &rows); err != nil {
		return err
	}
	if len(rows) == l.editions {
		return nil
	}
	l.editions = len(rows)
	list := make([]policies.Edition, len(rows))
	for i, row := range rows {
		list[i] = policies.Edition{Calendar: row.Calendar, Number: row.Number}
		if err := json.Unmarshal([]byte(row.Days), &list[i].Days); err != nil {
			return err
		}
	}
	return l.book.Amend(list, func() error { return nil })
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05.000000") }
