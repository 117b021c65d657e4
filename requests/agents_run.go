package requests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/agents"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/people"
	"dsr/policies"
)

// confirmPart begins the payload of the job that tells the requests of a table
// that its letter has left.
const confirmPart = "confirm:"

// batchStep is how many rows one job works on; then another takes its turn, so
// that letters of others do not wait behind a long table.
const batchStep = 100

// RunBatch is the outbox's handler for tables. Each row is received by itself
// and then noted: after a crash it is received again as the same submission, and
// the others follow.
func (o *Office) RunBatch(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		payload, confirming := strings.CutPrefix(string(job.Payload), confirmPart)
		id, err := strconv.ParseInt(payload, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: its payload names no table", outbox.ErrPermanent)
		}
		if confirming {
			return o.confirmBatch(ctx, now(), id)
		}
		return o.runBatch(ctx, now, id)
	}
}

func (o *Office) runBatch(ctx context.Context, now func() time.Time, id int64) error {
	a, err := o.agents.OwnerOf(ctx, id)
	if err != nil {
		return err
	}
	batch, err := o.agents.Batch(ctx, &a, id)
	if err != nil || !batch.Running() {
		return err
	}
	rows, err := o.agents.Rows(ctx, &a, id, agents.RowWaiting, batchStep+1)
	if err != nil {
		return err
	}
	for _, row := range rows[:min(batchStep, len(rows))] {
		done, err := o.receiveRow(ctx, now(), &a, &batch, row)
		if err != nil {
			return err
		}
		if err := o.agents.RowDone(ctx, &a, id, done); err != nil {
			return err
		}
	}
	if len(rows) <= batchStep {
		return o.finishBatch(ctx, now(), &a, id)
	}
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return outbox.Add(ctx, tx, now().UTC(), batchJob(id, rows[batchStep].N))
	})
	o.wake()
	return err
}

// How many letters an agent's tables may send to others in a day: to one
// mailbox, and in all while nothing that the agent showed was accepted. What is
// over it is received, with its dates, and waits for triage before it writes to
// anybody.
func mailboxLimit() people.Limit  { return people.Limit{Count: 6, Per: 24 * time.Hour} }
func newcomerLimit() people.Limit { return people.Limit{Count: 300, Per: 24 * time.Hour} }

// receiveRow makes a request of a row. Faults that show only now go back to the
// agent with the row.
func (o *Office) receiveRow(ctx context.Context, now time.Time, a *agents.Agent, batch *agents.Batch, row agents.Row) (agents.Row, error) {
	var c RowContent
	if err := json.Unmarshal(row.Content, &c); err != nil {
		return row, fmt.Errorf("%w: row %d of table %d cannot be read", outbox.ErrPermanent, row.N, batch.ID)
	}
	s := Submission{
		Nonce: o.rowNonce(a.ID, batch.Hash, row.N), Policy: a.Policy, Rights: []policies.Right{c.Right}, Residence: c.Residence,
		Channel: "form", Language: batch.Language, ReceivedAt: batch.CreatedAt, Batch: true,
		Person: Person{
			Email: c.Email, Name: c.Cells[ColumnName], Details: c.Cells[ColumnDetails],
			Agent: &Agent{Email: a.Email, Name: a.Name, Relation: agents.AsAgent, Reference: c.Cells[ColumnOwn]},
		},
	}
	var err error
	if s.Suspect, err = o.tooMuch(ctx, now, a, c.Email); err != nil {
		return row, err
	}
	receipt, err := o.Receive(ctx, access.Caller{Kind: access.Agent, ID: a.ID}, now, s)
	switch {
	case err == nil:
		row.State, row.RequestID = agents.RowReceived, receipt.Requests[0].ID
		return row, nil
	case errors.Is(err, ErrInvalid), errors.Is(err, policies.ErrNotGiven):
		c.fault(RowFault{Column: ColumnRight, Code: "not_given", Value: string(c.Right), Hint: c.Residence})
	case errors.Is(err, deadlines.ErrCoverage):
		c.fault(RowFault{Code: "coverage"})
	default:
		return row, err
	}
	row.State = agents.RowBad
	row.Content, err = json.Marshal(c)
	return row, err
}

// tooMuch says why triage should look twice at a row, or "".
func (o *Office) tooMuch(ctx context.Context, now time.Time, a *agents.Agent, email string) (string, error) {
	limiter := people.NewLimiter(o.db, o.ring)
	ok, _, err := limiter.Allow(ctx, now, "table mailbox", a.Policy+" "+strings.ToLower(email), mailboxLimit())
	if err != nil || !ok {
		return SuspectMailbox, err
	}
	if a.Authority != "" {
		return "", nil
	}
	ok, _, err = limiter.Allow(ctx, now, "table agent", itoa(a.ID), newcomerLimit())
	if err != nil || !ok {
		return SuspectNetwork, err
	}
	return "", nil
}

// finishBatch writes the one letter about a table when all its rows are done.
func (o *Office) finishBatch(ctx context.Context, now time.Time, a *agents.Agent, id int64) error {
	batch, err := o.agents.Batch(ctx, a, id)
	if err != nil {
		return err
	}
	received, bad := batch.Count[agents.RowReceived], batch.Count[agents.RowBad]
	along := func(context.Context, bun.Tx) error { return nil }
	if received+bad > 0 {
		along, err = o.toAgent(now, a, agentPost{
			kind: LetterBatch, occasion: "batch:" + itoa(id), language: batch.Language,
			letter: func(l agentLink) composable {
				return mailer.BatchReceived{Controller: l.controller, Link: l.address, Received: received, Rejected: bad, On: l.today}
			},
		})
		if err != nil {
			return err
		}
	}
	_, err = o.agents.FinishBatch(ctx, now, id, along)
	o.wake()
	return err
}

// confirmBatch notes on each request of a table that the agent has its
// confirmation: the law's clock for that stops.
func (o *Office) confirmBatch(ctx context.Context, now time.Time, id int64) error {
	for {
		waiting, err := o.agents.Unconfirmed(ctx, id, batchStep)
		if err != nil || len(waiting) == 0 {
			return err
		}
		list, err := o.byIDs(ctx, waiting...)
		if err != nil {
			return err
		}
		for _, r := range list {
			if _, err := o.Do(ctx, access.MachineNamed("post"), now, r.Reference, 0, confirmRow{}); err != nil {
				return err
			}
		}
		for _, request := range waiting {
			if err := o.agents.Confirmed(ctx, id, request); err != nil {
				return err
			}
		}
	}
}

// confirmRow is what the letter about a table does to one request of it.
type confirmRow struct{}

func (confirmRow) plan(*occasion) (*plan, error) {
	return &plan{act: ActLetterSent, permission: access.Remind, change: Change{Letter: LetterBatch}}, nil
}
