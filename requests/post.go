package requests

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/audit"
	"dsr/database"
	"dsr/outbox"
)

// ErrNoLetter is returned for a letter that is not there, that the caller may
// not see, or that has left or is on its way already.
var ErrNoLetter = errors.New("this letter does not wait for anybody")

// PostHealth says how the post of the policies somebody serves stands.
type PostHealth struct {
	LastSent   time.Time // when the newest letter left; zero: none ever did
	Fresh      int       // wait for their first attempt
	Retrying   int       // failed at least once and are tried again
	Failed     int       // refused for good, or given up after five days
	OldestWait time.Time // when the oldest letter was written that has not left and is still tried; zero: none waits

	Untold      int       // reminders that were due and could not be told: a fault of the program or its store
	UntoldSince time.Time // since when the oldest of them was tried; zero: there is none
}

// StuckLetter is a letter that did not leave at its first attempt.
type StuckLetter struct {
	Job       int64  // by which it is tried again; 0 where that can no longer be done
	Reference string // of the request; "" for a letter to an agent about none
	Policy    string
	Kind      string
	Audience  string // requester, staff or agent; colleague: staff, about no request
	WrittenAt time.Time
	Attempts  int
	Error     string    // what the mail server said, without addresses
	NextAt    time.Time // of the next attempt; zero when there will be none
	GivenUp   bool
}

// The letters about requests, those to agents and those to staff about none, in
// one shape for all. The last are of no policy: who reads the audit sees them.
const allLetters = `(
	SELECT l.id, l.kind, l.audience, l.state, l.created_at, l.sent_at, l.bounced_at, l.last_error, r.reference, r.policy, 'letter:' || CAST(l.id AS TEXT) AS job_key
	FROM letters AS l JOIN requests AS r ON r.id = l.request_id
	UNION ALL
	SELECT l.id, l.kind, 'agent', l.state, l.created_at, l.sent_at, l.bounced_at, l.last_error, '', a.policy, 'agent_letter:' || CAST(l.id AS TEXT)
	FROM agent_letters AS l JOIN agents AS a ON a.id = l.agent_id
	UNION ALL
	SELECT l.id, l.kind, 'colleague', l.state, l.created_at, l.sent_at, l.bounced_at, l.last_error, '', '', 'staff_letter:' || CAST(l.id AS TEXT)
	FROM staff_letters AS l)`

// postOf keeps a query over all letters to what a caller's policies allow, and
// to those that are of none.
func postOf(query *bun.SelectQuery, caller access.Caller) *bun.SelectQuery {
	ids, all := caller.Policies.List()
	if all {
		return query
	}
	return query.Where("l.policy IN ?", bun.Tuple(append(ids, "")))
}

// Post says how the letters stand. It needs access.ReadAudit.
func (o *Office) Post(ctx context.Context, caller access.Caller) (PostHealth, error) {
	var h PostHealth
	if why := caller.WhyNot(access.ReadAudit, ""); why != "" {
		return h, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	var last []struct {
		At time.Time `bun:"sent_at"`
	}
	err := servedBy(o.db.Read().NewSelect().TableExpr("letters AS l").Join("JOIN requests AS r ON r.id = l.request_id"), caller, "r.policy").
		ColumnExpr("l.sent_at").Where("l.state = 'sent'").OrderExpr("l.sent_at DESC").Limit(1).Scan(ctx, &last)
	if err != nil {
		return h, fmt.Errorf("the last letter sent: %w", err)
	}
	if len(last) > 0 {
		h.LastSent = last[0].At.UTC()
	}
	var waiting []struct {
		Standing string       `bun:"standing"`
		N        int          `bun:"n"`
		Oldest   bun.NullTime `bun:"oldest"`
	}
	err = stuck(o.db.Read(), caller).ColumnExpr(standing+" AS standing, COUNT(*) AS n, MIN(l.created_at) AS oldest").GroupExpr(standing).Scan(ctx, &waiting)
	if err != nil {
		return h, fmt.Errorf("the letters that wait: %w", err)
	}
	for _, w := range waiting {
		switch w.Standing {
		case "fresh":
			h.Fresh = w.N
		case "retrying":
			h.Retrying = w.N
		default:
			h.Failed = w.N
			continue
		}
		if at := w.Oldest.UTC(); h.OldestWait.IsZero() || at.Before(h.OldestWait) {
			h.OldestWait = at
		}
	}
	h.Untold, h.UntoldSince, err = o.untold(ctx, caller)
	return h, err
}

// untold counts the reminders whose telling failed at least once, and says since
// when the oldest is tried.
func (o *Office) untold(ctx context.Context, caller access.Caller) (n int, since time.Time, err error) {
	for _, state := range []string{"state = 'ready' AND o.attempts > 0", "state = 'dead'"} { // each has an index
		var found struct {
			N      int          `bun:"n"`
			Oldest bun.NullTime `bun:"oldest"`
		}
		query := o.db.Read().NewSelect().TableExpr("outbox AS o").Join("JOIN requests AS r ON r.id = o.request_id").
			ColumnExpr("COUNT(*) AS n, MIN(o.created_at) AS oldest").Where("o.kind = ? AND o."+state, reminderKind)
		if err := servedBy(query, caller, "r.policy").Scan(ctx, &found); err != nil {
			return 0, time.Time{}, fmt.Errorf("the reminders that cannot be told: %w", err)
		}
		if at := found.Oldest.UTC(); found.N > 0 && (since.IsZero() || at.Before(since)) {
			since = at
		}
		n += found.N
	}
	return n, since, nil
}

// standing tells the letters that have not left apart.
const standing = `CASE WHEN l.state = 'failed' OR o.state = 'dead' THEN 'failed' WHEN COALESCE(o.attempts, 0) > 0 THEN 'retrying' ELSE 'fresh' END`

// stuck is everything that has not left.
func stuck(db bun.IDB, caller access.Caller) *bun.SelectQuery {
	return postOf(db.NewSelect().TableExpr(allLetters+" AS l").Join("LEFT JOIN outbox AS o ON o.dedupe_key = l.job_key").Where("l.state <> 'sent'"), caller)
}

// StuckLetters lists letters that did not leave at their first attempt, those
// given up first, then the newest; at most limit. It needs access.ReadAudit.
func (o *Office) StuckLetters(ctx context.Context, caller access.Caller, limit int) ([]StuckLetter, error) {
	if why := caller.WhyNot(access.ReadAudit, ""); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	var rows []struct {
		Job       int64        `bun:"job"`
		Reference string       `bun:"reference"`
		Policy    string       `bun:"policy"`
		Kind      string       `bun:"kind"`
		Audience  string       `bun:"audience"`
		CreatedAt time.Time    `bun:"created_at"`
		Attempts  int          `bun:"attempts"`
		Error     string       `bun:"error"`
		NextAt    bun.NullTime `bun:"next_at"`
		Standing  string       `bun:"standing"`
	}
	err := stuck(o.db.Read(), caller).ColumnExpr(`COALESCE(o.id, 0) AS job, l.reference, l.policy, l.kind, l.audience, l.created_at,
		COALESCE(o.attempts, 0) AS attempts, COALESCE(NULLIF(l.last_error, ''), o.last_error, '') AS error, o.available_at AS next_at, `+standing+" AS standing").
		Where(standing+" <> 'fresh'").OrderExpr("standing, l.created_at DESC").Limit(int64(limit)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("the letters that failed: %w", err)
	}
	list := make([]StuckLetter, len(rows))
	for i, r := range rows {
		list[i] = StuckLetter{
			Job: r.Job, Reference: r.Reference, Policy: r.Policy, Kind: r.Kind, Audience: r.Audience, WrittenAt: r.CreatedAt.UTC(),
			Attempts: r.Attempts, Error: r.Error, GivenUp: r.Standing == "failed",
		}
		if !list[i].GivenUp {
			list[i].NextAt = r.NextAt.UTC()
		}
	}
	return list, nil
}

// RetryLetter lets a letter that was given up be tried again at once. It needs
// access.Settings, and is on the audit trail of its request. The errors are
// ErrForbidden and ErrNoLetter.
func (o *Office) RetryLetter(ctx context.Context, caller access.Caller, now time.Time, job int64) error {
	if why := caller.WhyNot(access.Settings, ""); why != "" {
		return fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	now = now.UTC().Truncate(time.Microsecond)
	err := o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return o.revive(ctx, tx, caller, now, job) })
	if err == nil {
		o.wake()
	}
	return err
}

func (o *Office) revive(ctx context.Context, tx bun.Tx, caller access.Caller, now time.Time, job int64) error {
	var found []struct {
		ID        int64  `bun:"id"`
		Audience  string `bun:"audience"`
		RequestID int64  `bun:"request_id"`
	}
	err := stuck(tx, caller).ColumnExpr("l.id, l.audience, o.request_id").Where("o.id = ? AND o.state = 'dead'", job).Scan(ctx, &found)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return ErrNoLetter
	}
	letter := found[0]
	switch err := outbox.Revive(ctx, tx, now, job); {
	case errors.Is(err, outbox.ErrNotDead):
		return ErrNoLetter
	case err != nil:
		return err
	}
	table := "letters"
	switch letter.Audience {
	case "agent":
		table = "agent_letters"
	case "colleague":
		table = "staff_letters"
	}
	if _, err := database.Exec(ctx, tx, "UPDATE "+table+" SET state = 'waiting', last_error = '' WHERE id = ? AND state = 'failed'", letter.ID); err != nil {
		return err
	}
	const act = "retry_letter"
	if letter.RequestID == 0 {
		return houseEntry(ctx, tx, now, caller, act, Detail{"letter": letter.ID})
	}
	return o.appendAudit(ctx, tx, letter.RequestID, audit.Entry{
		At: now, Actor: caller.Actor(), Act: act, Outcome: audit.Done, Detail: fmt.Sprintf(`{"letter":%d}`, letter.ID),
	})
}

// RetryAllLetters does what RetryLetter does for every letter that was given
// up and that the caller may see, and returns how many those were.
func (o *Office) RetryAllLetters(ctx context.Context, caller access.Caller, now time.Time) (int, error) {
	const atOnce = 200
	done := 0
	for {
		list, err := o.StuckLetters(ctx, caller, atOnce)
		if err != nil {
			return done, err
		}
		before := done
		for _, l := range list {
			if !l.GivenUp || l.Job == 0 {
				continue
			}
			switch err := o.RetryLetter(ctx, caller, now, l.Job); {
			case err == nil:
				done++
			case !errors.Is(err, ErrNoLetter): // somebody else retried it
				return done, err
			}
		}
		if done == before {
			return done, nil
		}
	}
}
