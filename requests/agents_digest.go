package requests

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"dsr/agents"
	"dsr/database"
	"dsr/mailer"
	"dsr/policies"
)

// digestHour is when an agent's weekly letter is due: on Mondays, where the
// days of the policy begin.
const digestHour = 8

// digestBatch is how many agents are looked at at a time.
const digestBatch = 100

// Digest writes the weekly letters that are due: one to each agent who has
// proved their mailbox and wants it, if something of theirs is open or was
// answered in the week before. Whoever holds the lease calls it; each agent's
// week is noted with their letter, so that a crash writes nobody twice.
func (o *Office) Digest(ctx context.Context, now time.Time) error {
	for _, pack := range o.book.Packs() {
		if err := o.digestOf(ctx, now, pack); err != nil {
			return err
		}
	}
	return nil
}

func (o *Office) digestOf(ctx context.Context, now time.Time, pack *policies.Pack) error {
	zone, err := o.ZoneOf(pack)
	if err != nil {
		return err
	}
	monday := lastMonday(now, zone)
	for last := int64(0); ; {
		due, err := o.agents.DueForDigest(ctx, pack.ID, monday.Format(time.DateOnly), last, digestBatch)
		if err != nil || len(due) == 0 {
			return err
		}
		for i := range due {
			if err := o.digest(ctx, now, monday, &due[i]); err != nil {
				return err
			}
		}
		last = due[len(due)-1].ID
	}
}

// lastMonday is the latest Monday at the hour of the digest that is not in the
// future.
func lastMonday(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	back := (int(local.Weekday()) + 6) % 7
	monday := time.Date(local.Year(), local.Month(), local.Day()-back, digestHour, 0, 0, 0, zone)
	if monday.After(now) {
		monday = time.Date(local.Year(), local.Month(), local.Day()-back-7, digestHour, 0, 0, 0, zone)
	}
	return monday
}

// digest writes one agent's letter, or notes that there is nothing to tell.
func (o *Office) digest(ctx context.Context, now, monday time.Time, a *agents.Agent) error {
	week, err := o.weekOf(ctx, now, monday, a.ID)
	if err != nil {
		return err
	}
	along := func(context.Context, bun.Tx) error { return nil }
	if week.open > 0 || week.answered > 0 {
		along, err = o.toAgent(now, a, agentPost{
			kind: LetterDigest, occasion: "digest:" + itoa(a.ID) + ":" + monday.Format(time.DateOnly),
			letter: func(l agentLink) composable {
				return mailer.AgentDigest{
					Controller: l.controller, Link: l.address, Open: week.open, Waiting: week.waiting, Answered: week.answered, Late: week.late, On: l.today,
				}
			},
		})
		if err != nil {
			return err
		}
	}
	written, err := o.agents.Digested(ctx, a.ID, monday.Format(time.DateOnly), along)
	if written {
		o.wake()
	}
	return err
}

// week is how the requests of an agent stand, in numbers.
type week struct{ open, waiting, late, answered int }

// weekOf counts: what is not answered yet, what of it waits for the agent or
// the person, what is past its last day, and what was answered in the seven
// days before a Monday.
func (o *Office) weekOf(ctx context.Context, now, monday time.Time, agent int64) (w week, err error) {
	const unanswered = "r.closed_at IS NULL AND r.answered_at IS NULL"
	late := unanswered + ` AND EXISTS (SELECT 1 FROM clocks c WHERE c.request_id = r.id AND c.met_at IS NULL AND NOT c.held AND c.due_at <= ?
		AND (c.name LIKE 'respond.%' OR c.name LIKE 'opt_out.%' OR c.name LIKE 'appeal_answer.%'))`
	err = database.Row(ctx, o.db.Read(), []any{&w.open, &w.waiting, &w.late, &w.answered},
		"SELECT "+tally(unanswered)+", "+tally(unanswered+" AND (r.held <> '' OR r.phase = 'verification')")+", "+tally(late)+", "+
			tally("r.answered_at >= ? AND r.answered_at < ?")+" FROM requests r WHERE "+ofAgent,
		now.UTC(), monday.AddDate(0, 0, -7).UTC(), monday.UTC(), agent)
	return w, err
}
