package requests

import (
	"bytes"
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"dsr/audit"
)

// Mismatch is one way in which the database does not agree with its timelines.
type Mismatch struct {
	Reference string
	What      string
}

// String writes the mismatch on one line.
func (m Mismatch) String() string { return m.Reference + ": " + m.What }

// VerifyReport counts what VerifyTimelines looked at.
type VerifyReport struct {
	Requests, Events int
	Heads            []audit.Head // of every request, for comparing with the log
}

// verifyPage is how many requests are replayed at a time.
const verifyPage = 200

// VerifyTimelines replays the timeline of every request and compares what
// comes out with the rows: phase, outcome, law, facts, clocks, dates. Each
// difference is reported; the heads it returns are for audit.CompareHeads.
func (o *Office) VerifyTimelines(ctx context.Context, report func(Mismatch)) (VerifyReport, error) {
	var done VerifyReport
	for last := int64(-1); ; {
		var rows []*Request
		err := o.db.Read().NewSelect().Model(&rows).Where("r.id > ?", last).Order("r.id").Limit(verifyPage).Scan(ctx)
		if err != nil || len(rows) == 0 {
			return done, err
		}
		if err := o.verifyRows(ctx, rows, &done, report); err != nil {
			return done, err
		}
		last = rows[len(rows)-1].ID
	}
}

func (o *Office) verifyRows(ctx context.Context, rows []*Request, done *VerifyReport, report func(Mismatch)) error {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var events []*Event
	err := o.db.Read().NewSelect().Model(&events).Where("e.request_id IN ?", bun.Tuple(ids)).Order("e.request_id", "e.seq").Scan(ctx)
	if err != nil {
		return err
	}
	timelines := map[int64][]*Event{}
	for _, e := range events {
		timelines[e.RequestID] = append(timelines[e.RequestID], e)
	}
	clocks, err := o.clockRows(ctx, ids)
	if err != nil {
		return err
	}
	labels, err := o.labelRows(ctx, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		r.Facts.Labels = labels[r.ID] // as their own rows have them
		done.Requests++
		done.Events += len(timelines[r.ID])
		head, err := audit.NewHead(r.ID, r.AuditSeq, r.AuditHead)
		if err != nil {
			report(Mismatch{r.Reference, err.Error()})
		}
		done.Heads = append(done.Heads, head)
		replayed := &Request{ID: r.ID}
		for _, what := range o.verifyOne(r, replayed, timelines[r.ID], clocks[r.ID]) {
			report(Mismatch{r.Reference, what})
		}
		if replayed.Clocks != nil {
			if err := o.verifyReminder(ctx, replayed, report); err != nil {
				return err
			}
		}
	}
	return nil
}

// verifyOne replays one timeline and lists where the row differs.
func (o *Office) verifyOne(r, replayed *Request, events []*Event, clocks map[string]clockRow) []string {
	var faults []string
	for _, e := range events {
		if !bytes.Equal(e.Hash, e.sum()) {
			faults = append(faults, fmt.Sprintf("event %d was altered: its hash does not fit", e.Seq))
		}
		if err := e.decode(); err != nil {
			return append(faults, err.Error())
		}
		if err := replayed.apply(o.machine, e); err != nil {
			return append(faults, fmt.Sprintf("event %d cannot follow: %v", e.Seq, err))
		}
	}
	if len(events) == 0 {
		return []string{"there is no timeline"}
	}
	if err := replayed.rule(o.rulings); err != nil {
		return append(faults, err.Error())
	}
	last := events[len(events)-1]
	if err := replayed.compute(o.book, last.At); err != nil {
		return append(faults, err.Error())
	}
	replayed.settle()
	if err := replayed.pack(); err != nil {
		return append(faults, err.Error())
	}
	return append(append(faults, r.differs(replayed)...), replayed.differClocks(clocks)...)
}

// differs names the columns in which a row is not what its timeline makes it.
// A held clock's provisional date depends on the day of looking and is left out.
func (r *Request) differs(want *Request) []string {
	var faults []string
	compare := func(what string, got, want any) {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			faults = append(faults, fmt.Sprintf("%s is %v in the row, %v by the timeline", what, got, want))
		}
	}
	compare("the reference", r.Reference, want.Reference)
	compare("the policy", r.Policy, want.Policy)
	compare("the right", r.Right, want.Right)
	compare("the residence", r.Residence, want.Residence)
	compare("the law", r.Regime, want.Regime)
	compare("the ruling", r.RulingHash, want.RulingHash)
	compare("the phase", r.Phase, want.Phase)
	compare("the outcome", r.Outcome, want.Outcome)
	compare("the proof of identity", r.Verified, want.Verified)
	compare("the assignee", r.AssigneeID, want.AssigneeID)
	compare("the receipt", r.ReceivedAt.UTC(), want.ReceivedAt.UTC())
	compare("the answer", r.AnsweredAt.UTC(), want.AnsweredAt.UTC())
	compare("the closing", r.ClosedAt.UTC(), want.ClosedAt.UTC())
	compare("the hold", r.Held, want.Held)
	compare("the number of events", r.Seq, want.Seq)
	compare("the revision", r.Revision, want.Revision)
	compare("the suspicion", r.Suspect, want.Suspect)
	compare("the case looked at again", r.AppealOf, want.AppealOf)
	compare("the agent", r.AgentID, want.AgentID)
	compare("the approval", r.Approval, want.Approval)
	compare("the proposer", r.ProposerID, want.ProposerID)
	compare("the facts", r.FactsText, want.FactsText)
	compare("what its label rows hold", r.Facts.Labels, want.Facts.Labels)
	if r.Held == "" {
		compare("the governing date", r.DueAt.UTC(), want.DueAt.UTC())
		compare("the governing clock", r.DueClock, want.DueClock)
	}
	return faults
}

type clockRow struct {
	RequestID int64        `bun:"request_id"`
	Name      string       `bun:"name"`
	DueDate   string       `bun:"due_date"`
	MetAt     bun.NullTime `bun:"met_at"`
	Held      bool         `bun:"held"`
}

func (o *Office) clockRows(ctx context.Context, ids []int64) (map[int64]map[string]clockRow, error) {
	var rows []clockRow
	err := o.db.Read().NewSelect().Table("clocks").Column("request_id", "name", "due_date", "met_at", "held").Where("request_id IN ?", bun.Tuple(ids)).Scan(ctx, &rows)
	byRequest := map[int64]map[string]clockRow{}
	for _, row := range rows {
		if byRequest[row.RequestID] == nil {
			byRequest[row.RequestID] = map[string]clockRow{}
		}
		byRequest[row.RequestID][row.Name] = row
	}
	return byRequest, err
}

func (r *Request) differClocks(rows map[string]clockRow) []string {
	var faults []string
	for i := range r.Clocks {
		c := &r.Clocks[i]
		row, found := rows[c.Name()]
		switch {
		case !found:
			faults = append(faults, "the clock "+c.Name()+" is missing")
		case !row.MetAt.UTC().Equal(c.MetAt.UTC()):
			faults = append(faults, "the clock "+c.Name()+" stopped at another instant than the timeline says")
		case row.Held != (c.Due.Held != ""):
			faults = append(faults, "the clock "+c.Name()+" is held in one of row and timeline only")
		case !row.Held && row.DueDate != c.Due.Date.String():
			faults = append(faults, fmt.Sprintf("the clock %s is due on %s in the row, on %s by the timeline", c.Name(), row.DueDate, c.Due.Date))
		}
	}
	return faults
}
