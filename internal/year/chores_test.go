package year_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"dsr/audit"
	"dsr/deadlines"
	"dsr/intake"
	"dsr/policies"
	"dsr/requests"
)

// weather is what the day is like for the post.
func (w *world) weather() {
	if w.calm {
		return
	}
	switch {
	case w.post.down:
		w.post.down = w.chance(450) // it may stay away for days
	case w.chance(35):
		w.post.down = true
		w.done["days without SMTP"]++
	}
	w.post.grey = w.chance(200)
	if w.post.down {
		w.note("there is no mail server")
	}
}

// chores are done once a day by whoever holds the leases; some are rare.
func (w *world) chores() {
	h := w.houses[0]
	chore := func(name string, do func(context.Context, time.Time) error) { w.attempt(h, name, do) }
	chore("checkpoint", func(ctx context.Context, now time.Time) error {
		_, err := audit.Checkpoint(ctx, h.db, w.ring, now)
		return err
	})
	chore("digests", h.office.Digest)
	chore("week-reports", h.weekly.Sweep)
	chore("agents", h.office.SweepAgents)
	chore("people", h.office.SweepPeople)
	if w.day%7 == 6 { // by the hour in truth, which a year has no time for
		chore("statistics", func(ctx context.Context, _ time.Time) error { return h.db.Optimize(ctx) })
	}
	if w.day%3 == 0 {
		chore("retention", func(ctx context.Context, now time.Time) error {
			n, err := h.office.SweepRetention(ctx, now)
			w.done["erased"] += n
			return err
		})
	}
	if w.day == 40 {
		for _, p := range h.office.Book().Packs()[:3] {
			chore("set-retention", func(ctx context.Context, now time.Time) error {
				return h.office.SetRetention(ctx, w.team.chief, now, p.ID, 2)
			})
		}
	}
	if w.day%50 == 20 {
		w.setDay(h)
	}
	if w.day == 200 { // somebody leaves; what was theirs stays with their name
		leaves := w.team.handlers[1]
		chore("let-leave", func(ctx context.Context, now time.Time) error {
			return h.office.LetLeave(ctx, w.team.chief, now, leaves.ID)
		})
		w.team.handlers = slices.Delete(w.team.handlers, 1, 2)
	}
	if w.day%7 == 3 {
		w.sortMail(h)
		w.bulk(h)
	}
	if w.day%11 == 5 {
		chore("retry-letters", func(ctx context.Context, now time.Time) error {
			n, err := h.office.RetryAllLetters(ctx, w.team.chief, now)
			w.done["letters retried"] += n
			return err
		})
	}
	if w.day%4 == 1 {
		w.askLink(h)
	}
	w.dispute(h)
}

// setDay makes a day that lies ahead a day off, in a calendar that requests
// count by, or takes back what was set.
func (w *world) setDay(h *house) {
	calendar := []string{"DE", "US-CA", "GB-EAW", "FR"}[w.random.IntN(4)]
	today := deadlines.DateOf(w.clock, time.UTC)
	c := requests.DayChange{Calendar: calendar, Date: today.AddDays(6 + w.random.IntN(40)), Off: true, Name: "Day of mourning", Reason: "The government says so."}
	w.attempt(h, "set-day "+calendar+" "+c.Date.String(), func(ctx context.Context, now time.Time) error {
		edition, err := h.office.CalendarEdition(ctx, w.team.chief, calendar)
		if err != nil {
			return err
		}
		if len(edition.Days) > 0 && w.chance(300) {
			c = requests.DayChange{Calendar: calendar, Date: edition.Days[0].Date, Undo: true, Reason: "It was a mistake."}
		}
		_, err = h.office.SetDay(ctx, w.team.chief, now, edition.Number, c)
		return err
	})
}

// sortMail says what becomes of messages that wait for staff.
func (w *world) sortMail(h *house) {
	list, err := h.office.Mails(context.Background(), w.team.chief, intake.Filter{Outcomes: []intake.Outcome{intake.Unsorted}, Limit: 3})
	if err != nil {
		w.fault(nil, "the messages that wait: %v", err)
	}
	for _, m := range list {
		reference := ""
		if n := len(w.ledger.open); n > 0 && w.chance(500) {
			if of := w.ledger.open[w.random.IntN(n)]; of.policy == m.Policy {
				reference = of.reference
			}
		}
		w.attempt(h, fmt.Sprintf("sort-mail %d", m.ID), func(ctx context.Context, now time.Time) error {
			return h.office.SortMail(ctx, w.team.chief, now, m.ID, reference)
		})
	}
}

// bulk does one thing to many requests.
func (w *world) bulk(h *house) {
	var references []string
	for _, m := range w.ledger.open {
		if w.chance(200) {
			references = append(references, m.reference)
		}
	}
	if len(references) == 0 {
		return
	}
	who := w.team.handlers[0]
	act := []string{requests.BulkLabel, requests.BulkAssign, requests.BulkTakeUp}[w.random.IntN(3)]
	form := requests.BulkForm{Label: "together", Assignee: &w.team.chief.ID}
	w.attempt(h, fmt.Sprintf("bulk %s of %d", act, len(references)), func(ctx context.Context, now time.Time) error {
		id, err := h.office.PrepareBulk(ctx, who, now, act, requests.Selection{References: references})
		if err != nil {
			return err
		}
		if err := h.office.CheckBulk(ctx, who, now, id, form); err != nil {
			return err
		}
		return h.office.StartBulk(ctx, who, func() time.Time { return w.now(h) }, id)
	})
}

// askLink is somebody who asks for a link to all that is theirs.
func (w *world) askLink(h *house) {
	p := w.town.anybody()
	pack := h.office.Book().Packs()[w.random.IntN(5)]
	w.attempt(h, "ask-link", func(ctx context.Context, now time.Time) error { return h.office.AskLink(ctx, now, pack.ID, p.email) })
	if n := len(w.ledger.order); n > 0 {
		m := w.ledger.order[w.random.IntN(n)]
		w.attempt(h, fmt.Sprintf("send-link #%d", m.number), func(ctx context.Context, now time.Time) error { return h.office.SendLink(ctx, now, m.reference) })
	}
}

// dispute keeps a closed request beyond its time, or releases it.
func (w *world) dispute(h *house) {
	if n := len(w.ledger.order); n > 0 && w.chance(100) {
		m := w.ledger.order[w.random.IntN(n)]
		w.do(h, w.team.chief, m, 0, requests.KeepForDispute{Reason: "They wrote to the regulator.", Release: w.chance(500)})
	}
}

// packs are the policies of the year.
func (w *world) packs() []*policies.Pack { return w.houses[0].office.Book().Packs() }
