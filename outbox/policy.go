package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Policy says when a job that failed is tried again, and when no more. The zero
// value of a field means what [DefaultPolicy] has there.
type Policy struct {
	First       time.Duration // pause after the first failure; it doubles each time
	Longest     time.Duration // the longest pause
	MaxAge      time.Duration // how long a job is tried, from when it was available
	MaxAttempts int
	// Seed changes the jitter, which is otherwise the same for the same job and
	// attempt.
	Seed uint64
}

// DefaultPolicy tries after ten seconds, then ever more slowly up to every
// quarter of an hour, for three days: a mail server may be down over a weekend.
func DefaultPolicy() Policy {
	return Policy{First: 10 * time.Second, Longest: 15 * time.Minute, MaxAge: 72 * time.Hour, MaxAttempts: 500}
}

func (p Policy) orDefault() Policy {
	d := DefaultPolicy()
	if p.First > 0 {
		d.First = p.First
	}
	if p.Longest > 0 {
		d.Longest = p.Longest
	}
	if p.MaxAge > 0 {
		d.MaxAge = p.MaxAge
	}
	if p.MaxAttempts > 0 {
		d.MaxAttempts = p.MaxAttempts
	}
	d.Seed = p.Seed
	return d
}

// Backoff returns the pause after an attempt, counted from 1: First, doubled
// with each attempt, at most Longest, and up to a fifth more or less, so that
// jobs that failed together do not come back together.
func (p Policy) Backoff(job int64, attempt int) time.Duration {
	p = p.orDefault()
	pause := p.First
	for i := 1; i < attempt && pause < p.Longest; i++ {
		pause *= 2
	}
	pause = min(pause, p.Longest)
	jitter := rand.New(rand.NewPCG(p.Seed^uint64(job), uint64(attempt))).Float64()
	return time.Duration(float64(pause) * (0.8 + 0.4*jitter))
}

// Fail settles a claimed job whose attempt failed: it is tried again after the
// pause, or buried when it was tried too long or too often.
func (p Policy) Fail(ctx context.Context, tx bun.IDB, now time.Time, job Job, reason string) error {
	p = p.orDefault()
	next := now.Add(p.Backoff(job.ID, job.Attempts))
	switch {
	case job.Attempts >= p.MaxAttempts:
		return Bury(ctx, tx, now, job, fmt.Sprintf("given up after %d attempts: %s", job.Attempts, reason))
	case next.After(job.RetryFrom.Add(p.MaxAge)):
		return Bury(ctx, tx, now, job, fmt.Sprintf("given up after %s: %s", span(now.Sub(job.RetryFrom)), reason))
	}
	return Retry(ctx, tx, job, next, reason)
}

// span writes a duration in full hours, or shorter ones as they are.
func span(d time.Duration) string {
	if d < time.Hour {
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}

// settleBy settles a job by what its handler returned.
func (p Policy) settleBy(ctx context.Context, tx bun.IDB, now time.Time, job Job, err error) error {
	switch {
	case err == nil:
		return Done(ctx, tx, now, job)
	case errors.Is(err, ErrPermanent):
		return Bury(ctx, tx, now, job, strings.TrimPrefix(err.Error(), ErrPermanent.Error()+": "))
	}
	return p.Fail(ctx, tx, now, job, err.Error())
}
