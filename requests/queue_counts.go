package requests

import (
	"context"
	"slices"
	"sync"
	"time"

	"dsr/access"
	"dsr/database"
)

// Counts are the numbers beside the shipped views.
type Counts struct {
	Open, Mine, Week, Overdue, Requester, Systems, Triage, Unverified, OptOuts, Unread int
	Suspect                                                                            int // triage looks twice at them
	Aside                                                                              int // lapsed or taken for spam, and opened again in one click
	Appeals                                                                            int // open second looks
	Closed                                                                             int // closed within the last 30 days
	Approve                                                                            int // decisions that wait for a second person
}

// closedDays is how far the shipped view of closed requests looks back.
const closedDays = 30

// counts keeps the numbers of each scope for a moment: they are the same for
// every page somebody opens within it.
type counts struct {
	mu   sync.Mutex
	kept map[string]keptCounts
}

type keptCounts struct {
	Counts
	asOf
}

// countsKept is how long numbers may be old when this process has written since.
const countsKept = 2 * time.Second

// asOf is when numbers were counted, and how much this process had written by
// then.
type asOf struct {
	at      time.Time
	written int64
}

// good reports whether they are still told: for countsKept, and for longer where
// this process has written nothing since.
func (a asOf) good(now time.Time, written int64) bool {
	age := now.Sub(a.at).Abs()
	return age < countsKept || a.written == written && age < 15*countsKept
}

// Counts returns the numbers beside the shipped views; see countsKept for how
// old they may be.
func (o *Office) Counts(ctx context.Context, caller access.Caller, now time.Time) (Counts, error) {
	scope := caller.Actor() + caller.Policies.String()
	o.counts.mu.Lock()
	defer o.counts.mu.Unlock()
	written := o.written.Load()
	if kept := o.counts.kept[scope]; kept.good(now, written) {
		return kept.Counts, nil
	}
	c, err := o.count(ctx, caller, now)
	if err != nil {
		return c, err
	}
	if o.counts.kept == nil || len(o.counts.kept) > 1000 {
		o.counts.kept = map[string]keptCounts{}
	}
	o.counts.kept[scope] = keptCounts{c, asOf{now, written}}
	return c, nil
}

// tally counts, among the rows of a query, those of a condition.
func tally(condition string) string {
	return "coalesce(sum(CASE WHEN " + condition + " THEN 1 ELSE 0 END), 0)"
}

func (o *Office) count(ctx context.Context, caller access.Caller, now time.Time) (Counts, error) {
	var c Counts
	var scope string
	var within []any
	if ids, all := caller.Policies.List(); !all {
		scope, within = " AND "+filtering(o.db.Read(), "policy")+" IN "+database.Values(1, len(ids)+1), []any{""}
		for _, id := range ids {
			within = append(within, id)
		}
	}
	// What is rare has an index of its own and is counted by it.
	rare := func(condition string) string {
		return "(SELECT count(*) FROM requests WHERE " + condition + scope + ")"
	}
	query := "SELECT count(*), " + tally("assignee_id = ?") + ", " + tally("due_at <= ?") + ", " + tally("held = '' AND due_at <= ?") + ", " +
		tally("phase = 'verification' OR held <> ''") + ", " + tally("phase = 'search'") + ", " + tally("phase = 'triage'") + ", " +
		tally("verified = 'none' AND "+gated) + ", " + tally(`"right" LIKE 'opt_out.%' OR "right" = 'limit_sensitive'`) + ", " + tally("unread") + ", " +
		rare("suspect <> '' AND closed_at IS NULL") + ", " + rare("phase = 'aside' AND closed_at IS NOT NULL") + ", " + rare("appeal_of <> 0 AND closed_at IS NULL") + ", " +
		rare("phase = 'closed' AND closed_at IS NOT NULL AND closed_at >= ?") + ", " + rare("approval <> '' AND closed_at IS NULL") +
		" FROM requests WHERE closed_at IS NULL" + scope
	args := slices.Concat([]any{caller.ID, now.AddDate(0, 0, 7+1), now}, within, within, within, []any{now.AddDate(0, 0, -closedDays)}, within, within, within)
	err := database.Row(ctx, o.db.Read(), []any{
		&c.Open, &c.Mine, &c.Week, &c.Overdue, &c.Requester, &c.Systems, &c.Triage, &c.Unverified, &c.OptOuts, &c.Unread,
		&c.Suspect, &c.Aside, &c.Appeals, &c.Closed, &c.Approve,
	}, query, args...)
	return c, err
}
