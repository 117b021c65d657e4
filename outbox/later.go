package outbox

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Postponed is returned by a handler for a job that it did not try: the job is
// put back, and no attempt is counted.
type Postponed struct {
	Until  time.Time
	Reason string // holds no person's data
}

// Error is the reason.
func (p *Postponed) Error() string { return p.Reason }

// Hurried is returned by a handler for a failure that has nothing to do with
// the job: it is tried again within a time, however often it failed before.
type Hurried struct {
	Err    error
	Within time.Duration
}

// Error is that of the failure.
func (h *Hurried) Error() string { return h.Err.Error() }

// Unwrap returns the failure.
func (h *Hurried) Unwrap() error { return h.Err }

// postpone puts a claimed job back as if it had not been claimed.
func postpone(ctx context.Context, tx bun.IDB, job Job, p *Postponed) error {
	return settle(ctx, tx, job, "state = 'ready', available_at = ?, last_error = ?, attempts = attempts - 1", p.Until, shorten(p.Reason))
}

// Policies are the policies of kinds of jobs that have one of their own.
type Policies map[string]Policy

// of is the policy of a kind, or the one for all others.
func (p Policies) of(kind string, others Policy) Policy {
	if own, ok := p[kind]; ok {
		return own
	}
	return others
}
