package requests

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/outbox"
)

// reminderKind is the kind of outbox job that carries out one reminder.
const reminderKind = "reminder"

// SweepBatch is how many due reminders one sweep takes at once.
const SweepBatch = 500

// Sweep turns every reminder that is due into a job, at most SweepBatch at a
// time, and returns how many it took. The job's key names request, clock,
// threshold and due date, so that a crash between two sweeps reminds nobody
// twice. Whoever holds the lease calls it until it takes none.
func (o *Office) Sweep(ctx context.Context, now time.Time) (int, error) {
	now = now.UTC().Truncate(time.Microsecond)
	var taken []dueReminder
	err := o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		taken = taken[:0]
		due := tx.NewSelect().Table("requests").Column("id").Where("next_reminder_at <= ?", now).OrderExpr("next_reminder_at").Limit(SweepBatch)
		if database.EngineOf(tx) == database.PostgreSQL {
			due = due.For("UPDATE SKIP LOCKED")
		}
		err := tx.NewRaw(`UPDATE requests SET next_reminder_at = NULL WHERE id IN (?)
			RETURNING id, reference, next_reminder, due_at`, due).Scan(ctx, &taken)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		jobs := make([]outbox.Job, len(taken))
		for i, t := range taken {
			jobs[i] = outbox.Job{
				Kind: reminderKind, RequestID: t.ID, Payload: []byte(t.Reference + " " + t.Next),
				DedupeKey: fmt.Sprintf("reminder:%d:%s:%d", t.ID, t.Next, t.Due.Unix()),
			}
		}
		return outbox.Add(ctx, tx, now, jobs...)
	})
	if len(taken) > 0 && err == nil {
		o.wake()
	}
	return len(taken), err
}

type dueReminder struct {
	ID        int64     `bun:"id"`
	Reference string    `bun:"reference"`
	Next      string    `bun:"next_reminder"`
	Due       time.Time `bun:"due_at"`
}

// Remind is the outbox's handler for reminders: it writes to whoever must act
// and lines up the next one.
func (o *Office) Remind(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		reference, key, found := strings.Cut(string(job.Payload), " ")
		if !found {
			return fmt.Errorf("%w: its payload names no reminder", outbox.ErrPermanent)
		}
		clock, threshold, _ := strings.Cut(key, "/")
		at := now()
		after, err := o.Do(ctx, access.MachineNamed("reminders"), at, reference, 0, remind{clock: clock, threshold: threshold})
		var refused *Refused
		switch {
		case errors.As(err, &refused) || errors.Is(err, ErrNotFound):
			return nil // closed meanwhile
		case err != nil || after.NextReminderAt.IsZero() || after.NextReminderAt.After(at):
			return err
		}
		_, err = o.Sweep(ctx, at) // the next is due already and need not wait for a sweep's turn
		return err
	}
}

// remind tells the team that a clock has reached a threshold.
type remind struct{ clock, threshold string }

func (v remind) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActRemind, permission: access.Remind, change: Change{Reminder: v.clock + "/" + v.threshold}}
	last := o.reached(v)
	if last == nil {
		p.change.Reminder += " (no longer due)"
		return p, nil
	}
	switch {
	case v.clock == waitClock && v.threshold == lapseNow:
		return lapse{}.plan(o)
	case v.clock == waitClock:
		last = o.newest(last)
		v.threshold = last.threshold
		p.change.Reminder, p.change.Letter = last.key(), LetterNudge
		p.letters = []composer{nudgeLetter(o.request.proofWait(), v.threshold == nudgeLast)}
	case v.clock == filesClock:
		p.change.Letter = LetterExpiring
		p.letters = []composer{expiringLetter()}
	default:
		if err := p.remindTeam(o, v); err != nil {
			return nil, err
		}
	}
	next, err := o.request.nextReminder(o.office.book, *last)
	p.next = next
	return p, err
}

// remindTeam writes to whoever must act on a clock.
func (p *plan) remindTeam(o *occasion, v remind) error {
	c := o.request.clockNamed(v.clock)
	users, err := o.responsible()
	if err != nil {
		return err
	}
	for _, user := range users {
		p.letters = append(p.letters, reminderLetter(reminderLetterKind(v.threshold), user, c))
	}
	if v.threshold == "overdue" || v.threshold == "due" {
		escalation := reminderLetter(LetterEscalation, 0, c)
		escalation.toMailbox = o.pack.Contacts.Officer()
		p.letters = append(p.letters, escalation)
	}
	return nil
}

func (r *Request) clockNamed(name string) *Clock {
	for i := range r.Clocks {
		if r.Clocks[i].Name() == name {
			return &r.Clocks[i]
		}
	}
	return nil
}

// reached returns a reminder that still stands: what it is about still waits,
// and its instant has come.
func (o *occasion) reached(v remind) *reminder {
	for _, m := range o.request.reminders(o.place) {
		if m.clock == v.clock && m.threshold == v.threshold && !m.at.After(o.now) {
			return &m
		}
	}
	return nil
}

// newest returns the last reminder to the requester that is due: after a
// standstill they get one letter, not all of them at once.
func (o *occasion) newest(m *reminder) *reminder {
	for _, later := range o.request.proofWait().reminders() {
		if later.threshold != lapseNow && later.after(*m) && !later.at.After(o.now) {
			m = &later
		}
	}
	return m
}

// responsible lists who hears of a reminder: the assignee, or all handlers of
// the policy when nobody has the request.
func (o *occasion) responsible() ([]int64, error) {
	if o.request.AssigneeID != 0 {
		if user, err := o.office.people.Find(o.ctx, o.request.AssigneeID); err == nil && user.Active {
			return []int64{user.ID}, nil
		}
	}
	handlers, err := o.office.people.ForPolicy(o.ctx, o.request.Policy, access.Handler, access.Administrator)
	ids := make([]int64, len(handlers))
	for i, h := range handlers {
		ids[i] = h.ID
	}
	return ids, err
}

func reminderLetterKind(threshold string) string {
	switch threshold {
	case "today":
		return LetterToday
	case "overdue", "due":
		return LetterOverdue
	}
	return LetterSoon
}
