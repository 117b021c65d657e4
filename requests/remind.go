package requests

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/outbox"
	"dsr/policies"
)

// reminderKind is the kind of outbox job that carries out one reminder.
const reminderKind = "reminder"

// SweepBatch is how many due reminders one sweep takes at once.
const SweepBatch = 500

// Sweep turns every reminder that is due into a job, at most SweepBatch at a
// time, and returns how many it took. A reminder is taken and its job left in
// one transaction; what was told already stands on the request's timeline, so
// neither a crash nor a second process tells it twice. Whoever holds the lease
// calls it until it takes none.
func (o *Office) Sweep(ctx context.Context, now time.Time) (int, error) {
	now = now.UTC().Truncate(time.Microsecond)
	taken := 0
	err := o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if database.EngineOf(tx) == database.PostgreSQL {
			taken, err = outbox.Gather(ctx, tx, now, reminderKind, takeReminders, now, SweepBatch)
			return err
		}
		if taken, err = outbox.Gather(ctx, tx, now, reminderKind, copyReminders, now, SweepBatch); err == nil {
			_, err = database.Exec(ctx, tx, dropReminders, now, SweepBatch)
		}
		return err
	})
	if taken > 0 && err == nil {
		o.wake()
	}
	return taken, err
}

// How due reminders are taken. PostgreSQL deletes and gives them in one
// statement, past those that another process is taking; SQLite, where nobody
// else writes meanwhile, copies them and deletes the same ones.
const (
	dueReminders  = " FROM reminders WHERE at <= ? ORDER BY at, request_id LIMIT ?"
	takeReminders = `DELETE FROM reminders WHERE request_id IN (SELECT request_id` + dueReminders + ` FOR UPDATE SKIP LOCKED)
		RETURNING request_id, convert_to(what, 'UTF8') AS payload`
	copyReminders = "SELECT request_id, CAST(what AS BLOB) AS payload" + dueReminders
	dropReminders = "DELETE FROM reminders WHERE request_id IN (SELECT request_id" + dueReminders + ")"
)

// Remind is the outbox's handler for reminders: it writes to whoever must act
// and lines up the next one.
func (o *Office) Remind(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		var reference string
		err := database.Row(ctx, o.db.Read(), []any{&reference}, "SELECT reference FROM requests WHERE id = ?", job.RequestID)
		if err != nil {
			return fmt.Errorf("the request of a reminder: %w", err)
		}
		at := now()
		after, err := o.Do(ctx, access.MachineNamed("reminders"), at, reference, 0, remind{key: string(job.Payload)})
		var refused *Refused
		switch {
		case errors.As(err, &refused):
			return fmt.Errorf("%w: %w", outbox.ErrPermanent, err) // each attempt would stand in the audit trail
		case err != nil && !errors.Is(err, errEarly):
			return err
		}
		next, err := o.replan(ctx, at, after)
		if err != nil || next == nil || next.at.After(at) {
			return err
		}
		_, err = o.Sweep(ctx, at) // the next is due already and need not wait for a sweep's turn
		return err
	}
}

// errEarly is returned inside for a reminder whose instant lies ahead again: it
// moved, or the machine's clock was set back.
var errEarly = errors.New("this reminder is not due yet")

// replan returns what a request has to be reminded of next, and lines it up
// where nothing is planned. Where a reminder was taken and not told, the table holds
// nothing of its request; and dates of held clocks move from day to day without
// an event that would plan them.
func (o *Office) replan(ctx context.Context, now time.Time, r *Request) (*reminder, error) {
	for range 10 {
		next, err := o.nextOf(ctx, r)
		if err != nil || next == nil {
			return next, err
		}
		planned, err := o.lineUp(ctx, r, next)
		if err != nil || planned {
			return next, err
		}
		occasion, err := o.at(ctx, access.MachineNamed("reminders"), now, r.Reference)
		if err != nil {
			return nil, err
		}
		r = occasion.request
	}
	return nil, ErrStale // the job is tried again
}

// lineUp plans a reminder where its request has none, and reports whether it has
// one then. A request that moved since it was read has none, and has to be read
// again: its act left alone what stayed the same before and after.
func (o *Office) lineUp(ctx context.Context, r *Request, next *reminder) (planned bool, err error) {
	count := func(db bun.IDB) error {
		var n int
		err := database.Row(ctx, db, []any{&n}, "SELECT COUNT(*) FROM reminders WHERE request_id = ?", r.ID)
		planned = n > 0
		return err
	}
	if err := count(o.db.Read()); err != nil || planned {
		return planned, err
	}
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, `INSERT INTO reminders (request_id, at, what) SELECT id, ?, ? FROM requests WHERE id = ? AND seq = ?
			ON CONFLICT (request_id) DO NOTHING`, next.at, next.key(), r.ID, r.Seq)
		if err != nil {
			return err
		}
		return count(tx)
	})
	return planned, err
}

// remind tells somebody what a reminder is for.
type remind struct{ key string }

func (v remind) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActRemind, permission: access.Remind}
	m := o.reached(v.key)
	switch {
	case m == nil:
		return p, errAlready // told, or nothing waits any more
	case m.at.After(o.now):
		return p, errEarly
	case m.kind == proofWanted && m.threshold == lapseNow:
		return lapse{}.plan(o)
	}
	m, p.change.Passed = o.newest(m)
	p.change.Reminder, p.change.Planned = m.key(), &m.at
	if m.kind == lastCall && !o.now.Before(o.request.clockNamed(m.about).Due.FirstBefore) {
		p.change.Passed = append(p.change.Passed, m.key()) // the day is over: nobody can use it any more
		return p, nil
	}
	return p, o.remindOf(p, m)
}

// reached returns an outstanding reminder by its key, or nil.
func (o *occasion) reached(key string) *reminder {
	list := o.request.reminders(o.place, o.pack)
	for i := range list {
		if m := &list[i]; m.key() == key && o.request.outstanding(m) {
			return m
		}
	}
	return nil
}

// newest returns the last reminder of a ladder that is due, and the keys of
// those it stands for: after a standstill one letter is enough. That nobody
// answered in time is an act of its own and never passed over.
func (o *occasion) newest(m *reminder) (*reminder, []string) {
	list := o.request.reminders(o.place, o.pack)
	due := func(other *reminder) bool {
		return other.ladder() == m.ladder() && other.threshold != lapseNow && o.request.outstanding(other) && !other.at.After(o.now)
	}
	newest := m
	for i := range list {
		if due(&list[i]) && list[i].after(newest) {
			newest = &list[i]
		}
	}
	var passed []string
	for i := range list {
		if due(&list[i]) && newest.after(&list[i]) {
			passed = append(passed, list[i].key())
		}
	}
	return newest, passed
}

// remindOf says who is written to, and what.
func (o *occasion) remindOf(p *plan, m *reminder) error {
	switch m.kind {
	case proofWanted:
		p.change.Letter = LetterNudge
		p.letters = []composer{nudgeLetter(o.request.proofWait(), o.request.Channel, m.threshold == nudgeLast)}
		return nil
	case answerFiles:
		p.change.Letter = LetterExpiring
		p.letters = []composer{expiringLetter()}
		return nil
	}
	readers, mailbox, err := o.readersOf(m)
	if err != nil {
		return err
	}
	for _, user := range readers {
		p.letters = append(p.letters, o.staffReminder(m, user))
	}
	if mailbox != "" {
		letter := o.staffReminder(m, 0)
		letter.toMailbox = mailbox
		p.letters = append(p.letters, letter)
	}
	late, err := o.lateNotice(m)
	if len(late) > 0 {
		p.change.Letter = LetterLate
	}
	p.letters = append(p.letters, late...)
	p.also = o.tellHooks(m)
	return err
}

func (r *Request) clockNamed(name string) *Clock {
	for i := range r.Clocks {
		if r.Clocks[i].Name() == name {
			return &r.Clocks[i]
		}
	}
	return nil
}

// readersOf lists who of the team hears of a reminder, and a mailbox that does.
func (o *occasion) readersOf(m *reminder) (users []int64, mailbox string, err error) {
	if m.kind != escalation {
		users, err = o.responsible()
		return users, "", err
	}
	if m.step.To == policies.ToLead {
		if users, err = o.withRole(access.Approver); len(users) == 0 && err == nil {
			users, err = o.withRole(access.Administrator)
		}
		return users, "", err
	}
	mailbox = o.office.contactsOf(o.pack).Officer()
	list, err := o.office.people.ForPolicy(o.ctx, o.request.Policy, access.Administrator)
	for _, u := range list {
		if !strings.EqualFold(u.Email, mailbox) {
			users = append(users, u.ID)
		}
	}
	return users, mailbox, err
}

// responsible lists who hears of a clock: the assignee if they may still work on
// the request, or else all who could take it.
func (o *occasion) responsible() ([]int64, error) {
	if o.request.AssigneeID != 0 {
		user, err := o.office.people.Find(o.ctx, o.request.AssigneeID)
		if err == nil && user.Caller().May(access.TakeUp, o.request.Policy) {
			return []int64{user.ID}, nil
		}
	}
	return o.withRole(access.Handler, access.Administrator)
}

// withRole lists those at work who serve the request's policy in a role.
func (o *occasion) withRole(roles ...access.Role) ([]int64, error) {
	list, err := o.office.people.ForPolicy(o.ctx, o.request.Policy, roles...)
	ids := make([]int64, len(list))
	for i, u := range list {
		ids[i] = u.ID
	}
	return ids, err
}
