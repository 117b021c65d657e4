package year_test

import (
	"context"
	"crypto/ed25519"
	"iter"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/audit"
	"dsr/requests"
)

// count holds the database against what the timelines say, after each day; in
// full it goes through all there is.
func (w *world) count(full bool) {
	w.Helper()
	ctx := context.Background()
	step := func(what string, err error) {
		w.Helper()
		if err != nil {
			w.fault(nil, "%s: %v", what, err)
		}
	}
	step("reading the days off", w.ledger.learnDays(ctx))
	touched, err := w.ledger.read(ctx)
	step("reading the timelines", err)
	w.ledger.running()
	w.ledger.overdue(w.clock)
	if full {
		touched = slices.Clone(w.ledger.order)
	}
	step("the rows", w.checkRows(ctx, touched))
	step("the clocks", w.checkClocks(ctx))
	step("the letters", w.checkLetters(ctx, touched))
	step("the other letters", w.checkOthers(ctx, "agent_letters", "agent_letter", full))
	step("the other letters", w.checkOthers(ctx, "staff_letters", "staff_letter", full))
	step("the messages", w.checkMails(ctx, full))
	if !full {
		step("the newest of the audit log", w.checkNewest(ctx))
		return
	}
	step("the audit log", w.checkAudit(ctx))
	step("what lies in the clear", w.checkSecrets(ctx))
	step("the figures", w.checkFigures(ctx))
	w.checkPost()
}

// row is what the office projects of a request.
type row struct {
	ID         int64        `bun:"id"`
	Phase      string       `bun:"phase"`
	Outcome    string       `bun:"outcome"`
	Seq        int64        `bun:"seq"`
	Held       string       `bun:"held"`
	DueAt      time.Time    `bun:"due_at"`
	AssigneeID int64        `bun:"assignee_id"`
	ClosedAt   bun.NullTime `bun:"closed_at"`
	AnsweredAt bun.NullTime `bun:"answered_at"`
	Regime     string       `bun:"regime"`
}

// inParts calls do with some ids at a time.
func inParts(list []*matter, do func(ids []int64) error) error {
	for part := range slices.Chunk(list, 400) {
		ids := make([]int64, len(part))
		for i, m := range part {
			ids[i] = m.id
		}
		if err := do(ids); err != nil {
			return err
		}
	}
	return nil
}

// checkRows compares the rows of requests with their timelines.
func (w *world) checkRows(ctx context.Context, list []*matter) error {
	return inParts(list, func(ids []int64) error {
		var rows []row
		err := w.ledger.db().NewRaw("SELECT id, phase, outcome, seq, held, due_at, assignee_id, closed_at, answered_at, regime FROM requests WHERE id IN ?", bun.Tuple(ids)).Scan(ctx, &rows)
		if err != nil {
			return err
		}
		found := map[int64]*row{}
		for i := range rows {
			found[rows[i].ID] = &rows[i]
		}
		for _, id := range ids {
			m, r := w.ledger.byID[id], found[id]
			if r == nil {
				w.fault(m, "its row is gone")
				continue
			}
			w.checkRow(m, r)
		}
		return nil
	})
}

func (w *world) checkRow(m *matter, r *row) {
	compare := func(what string, got, want any) {
		if got != want {
			w.fault(m, "%s is %v in the row, %v by the timeline", what, got, want)
		}
	}
	compare("the phase", r.Phase, string(m.phase))
	compare("the outcome", r.Outcome, m.outcome)
	compare("the number of events", r.Seq, m.seq)
	compare("the assignee", r.AssigneeID, m.assignee)
	compare("the law", r.Regime, m.law.Regime)
	compare("the closing", r.ClosedAt.UTC(), m.closed)
	compare("the answer", r.AnsweredAt.UTC(), m.answered)
	due, runs, err := m.governing(m.last)
	switch {
	case err != nil:
		w.fault(m, "its clocks: %v", err)
	case !runs:
		compare("the governing date", r.DueAt.UTC(), requests.NothingDue)
	case due.Held == "":
		compare("the governing date", r.DueAt.UTC(), due.Limit().UTC())
		compare("the hold", r.Held, "")
	default:
		compare("the hold", r.Held, string(due.Held))
	}
}

// checkClocks compares the clocks of open requests with their timelines: each
// that runs by the timeline runs in the table, to the same date.
func (w *world) checkClocks(ctx context.Context) error {
	var rows []struct {
		RequestID int64        `bun:"request_id"`
		Name      string       `bun:"name"`
		DueAt     time.Time    `bun:"due_at"`
		MetAt     bun.NullTime `bun:"met_at"`
		Held      bool         `bun:"held"`
	}
	err := w.ledger.db().NewRaw("SELECT c.request_id, c.name, c.due_at, c.met_at, c.held FROM clocks AS c JOIN requests AS r ON r.id = c.request_id WHERE r.closed_at IS NULL").Scan(ctx, &rows)
	if err != nil {
		return err
	}
	found := map[int64]map[string]int{}
	for i, r := range rows {
		if found[r.RequestID] == nil {
			found[r.RequestID] = map[string]int{}
		}
		found[r.RequestID][r.Name] = i
	}
	for _, m := range w.ledger.open {
		dues, err := m.dues(m.last)
		if err != nil {
			return err
		}
		for i := range dues {
			c := &m.ruling.Clocks[i]
			at, there := found[m.id][c.Name()]
			switch {
			case !there:
				w.fault(m, "the clock %s is missing", c.Name())
			case !rows[at].MetAt.UTC().Equal(m.metAt(c)):
				w.fault(m, "the clock %s stopped at %s, by the timeline at %s", c.Name(), stamp(rows[at].MetAt.Time), stamp(m.metAt(c)))
			case rows[at].Held != (dues[i].Held != ""):
				w.fault(m, "the clock %s is held in one of row and timeline only", c.Name())
			case !rows[at].Held && !rows[at].DueAt.Equal(dues[i].Limit()):
				w.fault(m, "the clock %s ends at %s, by the timeline at %s", c.Name(), stamp(rows[at].DueAt), stamp(dues[i].Limit()))
			}
		}
		if len(found[m.id]) != len(dues) {
			w.fault(m, "%d clocks, by the timeline %d", len(found[m.id]), len(dues))
		}
	}
	return nil
}

// checkMails asks that each message that was handed in has one outcome, and one
// row a delivery.
func (w *world) checkMails(ctx context.Context, full bool) error {
	var rows []struct {
		Source    string `bun:"source"`
		Outcome   string `bun:"outcome"`
		RequestID int64  `bun:"request_id"`
	}
	where := " WHERE outcome = 'waiting'"
	if full {
		where = ""
	}
	if err := w.ledger.db().NewRaw("SELECT source, outcome, request_id FROM mails"+where).Scan(ctx, &rows); err != nil {
		return err
	}
	made := 0
	for _, r := range rows {
		belongs := r.Outcome == "reply" || r.Outcome == "request" || r.Outcome == "bounce"
		switch {
		case r.Outcome == "waiting":
			w.fault(nil, "the message %s has no outcome", r.Source)
		case belongs && w.ledger.byID[r.RequestID] == nil:
			w.fault(nil, "the message %s became a %s of no request", r.Source, r.Outcome)
		case r.Outcome == "request":
			made++
		}
	}
	if !full {
		return nil
	}
	for _, r := range rows {
		if !w.mails[r.Source] {
			w.fault(nil, "the message %s was never handed in", r.Source)
		}
	}
	if len(rows) != len(w.mails) {
		w.fault(nil, "%d messages are kept, %d were handed in", len(rows), len(w.mails))
	}
	var begun int
	err := w.ledger.db().NewRaw("SELECT count(*) FROM submissions WHERE nonce LIKE 'mail/%'").Scan(ctx, &begun)
	if err == nil && begun != made {
		w.fault(nil, "%d messages became requests, and %d submissions came by mail", made, begun)
	}
	return err
}

func (w *world) auditKey() ed25519.PublicKey {
	return w.ring.CheckpointKey().Public().(ed25519.PublicKey)
}

// checkNewest verifies what the last checkpoint covers and what came after.
func (w *world) checkNewest(ctx context.Context) error {
	report := func(f audit.Finding) { w.fault(nil, "the audit log: %v", f) }
	_, err := audit.VerifyNewest(ctx, w.ledger.db(), 1, report, w.auditKey())
	return err
}

// checkAudit replays every timeline, verifies the whole log and holds both
// against each other.
func (w *world) checkAudit(ctx context.Context) error {
	done, err := w.houses[0].office.VerifyTimelines(ctx, func(m requests.Mismatch) { w.fault(w.ledger.named(m.Reference), "verifying: %v", m) })
	if err != nil {
		return err
	}
	if done.Requests != len(w.ledger.order) {
		w.fault(nil, "%d requests have a row, %d a timeline", done.Requests, len(w.ledger.order))
	}
	report := func(f audit.Finding) { w.fault(nil, "the audit log: %v", f) }
	if _, err := audit.Verify(ctx, w.ledger.db(), audit.Anchor{}, report, w.auditKey()); err != nil {
		return err
	}
	_, err = audit.CompareHeads(ctx, w.ledger.db(), eachHead(done.Heads), report)
	return err
}

func eachHead(heads []audit.Head) iter.Seq2[audit.Head, error] {
	return func(yield func(audit.Head, error) bool) {
		for _, head := range heads {
			if !yield(head, nil) {
				return
			}
		}
	}
}
