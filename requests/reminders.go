package requests

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/deadlines"
	"dsr/policies"
)

// Which reminders a request still has is a pure function of its timeline, its
// frozen ruling and its frozen pack: all there are, less those its facts say
// were told. The reminders table holds the first of them for the sweep to find.

// reminder is one instant at which somebody hears of one thing.
type reminder struct {
	at        time.Time
	about     string // a clock, "respond.law"; an open question, "question.identity"; "proof"; "files"
	threshold string // 10d, today, overdue; extend; lead, officer+1bd; 24h, lapse; ending
	kind      remindKind
	step      policies.EscalationStep // of an escalation
}

// remindKind says what a reminder does.
type remindKind int

const (
	countdown  remindKind = iota // a clock runs out or has run out
	lastCall                     // the last day to extend lawfully
	escalation                   // somebody above hears that a clock has run out
	question                     // what a paused clock waits for
	proofWanted
	answerFiles
)

func (m *reminder) key() string { return m.about + "/" + m.threshold }

// ladder names what is told step by step: of several steps that are due at once
// only the newest is. What goes to other people is a ladder of its own.
func (m *reminder) ladder() string {
	if m.kind == escalation || m.kind == lastCall {
		return m.key()
	}
	return m.about
}

// after orders reminders by instant, then by name.
func (m *reminder) after(other *reminder) bool {
	if !m.at.Equal(other.at) {
		return m.at.After(other.at)
	}
	return m.key() > other.key()
}

// outstanding reports whether a reminder was not told yet. Where a corrected
// receipt or another law moves a date back, its last step may lie before a
// countdown that was told: that one never silences it.
func (r *Request) outstanding(m *reminder) bool {
	if isLast(m.key()) {
		return m.at.After(r.Facts.Reminded[m.key()])
	}
	return m.at.After(r.Facts.Reminded[m.ladder()])
}

// isLast reports whether a reminder is the last step of its ladder, by its key.
func isLast(key string) bool {
	_, threshold, _ := strings.Cut(key, "/")
	return threshold == "overdue" || threshold == "due" || threshold == lapseNow
}

// nextReminder returns the first reminder that is outstanding, or nil.
func (o *Office) nextReminder(r *Request, pack *policies.Pack) (*reminder, error) {
	place, err := o.book.Place(r.Ruling.Zone, r.Ruling.Calendar)
	if err != nil {
		return nil, err
	}
	var next *reminder
	list := r.reminders(place, pack)
	for i := range list {
		if m := &list[i]; r.outstanding(m) && (next == nil || next.after(m)) {
			next = m
		}
	}
	return next, nil
}

// nextOf is nextReminder for a request whose clocks are worked out.
func (o *Office) nextOf(ctx context.Context, r *Request) (*reminder, error) {
	pack, err := o.frozen.pack(ctx, r.Ruling)
	if err != nil {
		return nil, err
	}
	return o.nextReminder(r, pack)
}

// reminders lists everything the request has to remind somebody of, told or not:
// of its running clocks and open questions, of a wait for proof, of an answer's
// files.
func (r *Request) reminders(place deadlines.Place, pack *policies.Pack) []reminder {
	var list []reminder
	if r.Open() {
		for i := range r.Clocks {
			if c := &r.Clocks[i]; c.MetAt.IsZero() {
				list = append(list, c.reminders(r.ReceivedAt, place, pack)...)
			}
		}
		list = append(list, r.questionReminders(place, pack)...)
		if c := r.AnswerClock(policies.ByLaw); c != nil && c.MetAt.IsZero() {
			if at, _, lawful := c.Rule.LastCall(&c.Due, &r.Facts.Facts, place); lawful && at.After(r.ReceivedAt) {
				list = append(list, reminder{at: at, about: c.Name(), threshold: lastDay, kind: lastCall})
			}
		}
	}
	if w := r.proofWait(); w != nil {
		list = append(list, w.reminders()...)
	}
	if m := r.filesReminder(); m != nil {
		list = append(list, *m)
	}
	for i := range list {
		list[i].at = list[i].at.UTC().Truncate(time.Microsecond)
	}
	return list
}

// lastDay is the threshold of the last day on which a clock can be extended.
const lastDay = "extend"

// reminders are the thresholds of one clock, and the steps after it ran out.
func (c *Clock) reminders(received time.Time, place deadlines.Place, pack *policies.Pack) []reminder {
	thresholds := c.Due.Thresholds(received, place, pack.Leads(c.Kind)...)
	if len(thresholds) == 0 {
		return nil // it is held
	}
	steps := pack.EscalationSteps()
	list := make([]reminder, 0, len(thresholds)+len(steps))
	for _, t := range thresholds {
		list = append(list, reminder{at: t.At, about: c.Name(), threshold: t.Name})
	}
	for _, step := range steps {
		threshold := step.To
		if !step.After.IsZero() {
			threshold += "+" + deadlines.Lead(step.After).Name()
		}
		list = append(list, reminder{at: c.Due.Past(step.After, place), about: c.Name(), threshold: threshold, kind: escalation, step: step})
	}
	return list
}

// questionClock is what reminders of an open question are about.
const questionClock = "question."

// questionReminders are those of the questions that hold a running clock.
func (r *Request) questionReminders(place deadlines.Place, pack *policies.Pack) []reminder {
	var list []reminder
	for i := range r.Facts.Holds {
		h := &r.Facts.Holds[i]
		if !h.To.IsZero() || !r.holds(h.Kind) {
			continue
		}
		asked := deadlines.DateOf(h.From, place.Zone)
		for _, age := range pack.QuestionAges() {
			list = append(list, reminder{
				at: deadlines.MorningAfter(asked, age, place), about: questionClock + string(h.Kind), threshold: deadlines.Lead(age).Name(), kind: question,
			})
		}
	}
	return list
}

// holds reports whether a question holds a clock that would run without it.
func (r *Request) holds(kind deadlines.HoldKind) bool {
	for i := range r.Clocks {
		if c := &r.Clocks[i]; c.MetAt.IsZero() && c.Due.Held == kind {
			return true
		}
	}
	return false
}

// planReminder works out the next reminder before and after a change.
func (s *step) planReminder(o *Office, pack *policies.Pack) (err error) {
	if s.last, err = o.nextReminder(s.before, pack); err != nil {
		return err
	}
	s.next, err = o.nextReminder(s.after, pack)
	return err
}

// keepReminder writes the next reminder where the change made it another. One
// that stays is left alone: it waits in the table, or the sweep has taken it
// already and its job goes on from it.
func (s *step) keepReminder(ctx context.Context, tx bun.Tx) error {
	switch {
	case s.last == nil && s.next == nil, s.last != nil && s.next != nil && s.last.key() == s.next.key() && s.last.at.Equal(s.next.at):
		return nil
	case s.next == nil:
		_, err := database.Exec(ctx, tx, "DELETE FROM reminders WHERE request_id = ?", s.after.ID)
		return err
	}
	_, err := database.Exec(ctx, tx, `INSERT INTO reminders (request_id, at, what) VALUES (?, ?, ?)
		ON CONFLICT (request_id) DO UPDATE SET at = excluded.at, what = excluded.what`, s.after.ID, s.next.at, s.next.key())
	return err
}

// projectReminder notes how far a ladder is told. The map is another request's
// too until it changes.
func (r *Request) projectReminder(c *Change) {
	if c.Planned == nil {
		return
	}
	told := maps.Clone(r.Facts.Reminded)
	if told == nil {
		told = map[string]time.Time{}
	}
	told[ladderOf(c.Reminder)] = *c.Planned
	if isLast(c.Reminder) {
		told[c.Reminder] = *c.Planned
	}
	r.Facts.Reminded = told
}

// ladderOf is the ladder of a reminder by its key.
func ladderOf(key string) string {
	about, threshold, _ := strings.Cut(key, "/")
	if threshold == lastDay || strings.HasPrefix(threshold, policies.ToLead) || strings.HasPrefix(threshold, policies.ToOfficer) {
		return key
	}
	return about
}
