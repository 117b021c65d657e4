package requests

import (
	"time"

	"github.com/uptrace/bun"

	"dsr/deadlines"
	"dsr/policies"
)

// settle copies what the queue and the sweeps sort by from the clocks: the
// governing limit, whether it is held, and the first reminder after an instant.
func (r *Request) settle(book *policies.Book, from time.Time) error {
	r.DueAt, r.DueClock, r.Held = NothingDue, "", ""
	r.NextReminderAt, r.NextReminder = bun.NullTime{}, ""
	if c := r.Governing(); c != nil {
		r.DueAt, r.DueClock, r.Held = c.Due.Limit(), c.Name(), c.Due.Held
	}
	next, err := r.nextReminder(book, reminder{at: from})
	if err != nil || next == nil {
		return err
	}
	r.NextReminderAt, r.NextReminder = bun.NullTime{Time: next.at}, next.key()
	return nil
}

// reminder is one threshold of one clock.
type reminder struct {
	at        time.Time
	clock     string
	threshold string
}

func (m reminder) key() string { return m.clock + "/" + m.threshold }

// after orders reminders by instant, then by name, so that two of one instant
// both get their turn.
func (m reminder) after(other reminder) bool {
	if !m.at.Equal(other.at) {
		return m.at.After(other.at)
	}
	return m.key() > other.key()
}

// nextReminder returns the first reminder after another, or nil: of any running
// clock of an open request, of a wait for proof, of an answer's files.
func (r *Request) nextReminder(book *policies.Book, last reminder) (*reminder, error) {
	place, err := book.Place(r.Ruling.Zone, r.Ruling.Calendar)
	if err != nil {
		return nil, err
	}
	var next *reminder
	for _, m := range r.reminders(place) {
		if m.after(last) && (next == nil || next.after(m)) {
			next = &m
		}
	}
	return next, nil
}

// reminders lists everything the request still has to remind somebody of.
func (r *Request) reminders(place deadlines.Place) []reminder {
	var list []reminder
	for i := range r.Clocks {
		if c := &r.Clocks[i]; c.MetAt.IsZero() && r.Open() {
			list = append(list, c.reminders(r.ReceivedAt, place)...)
		}
	}
	if w := r.proofWait(); w != nil {
		list = append(list, w.reminders()...)
	}
	if m := r.filesReminder(); m != nil {
		list = append(list, *m)
	}
	return list
}

func (c *Clock) reminders(received time.Time, place deadlines.Place) []reminder {
	thresholds := c.Due.Thresholds(received, place)
	list := make([]reminder, len(thresholds))
	for i, t := range thresholds {
		list[i] = reminder{at: t.At.UTC().Truncate(time.Microsecond), clock: c.Name(), threshold: t.Name}
	}
	return list
}
