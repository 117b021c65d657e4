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
	// Pauses are the first pauses, one after each failure; from then on First,
	// doubled each time.
	Pauses      []time.Duration
	First       time.Duration // pause after the first failure; it doubles each time
	Longest     time.Duration // the longest pause
	MaxAge      time.Duration // how long a job is tried, from its first attempt
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
	d.Seed, d.Pauses = p.Seed, p.Pauses
	return d
}

// Backoff returns the pause after an attempt, counted from 1: First, doubled
// with each attempt, at most Longest, and up to a fifth more or less, so that
// jobs that failed together do not come back together.
func (p Policy) Backoff(job int64, attempt int) time.Duration {
	p = p.orDefault()
	jitter := rand.New(rand.NewPCG(p.Seed^uint64(job), uint64(attempt))).Float64()
	return time.Duration(float64(p.plain(attempt)) * (0.8 + 0.4*jitter))
}

// plain is the pause without its jitter.
func (p Policy) plain(attempt int) time.Duration {
	attempt = max(attempt, 1)
	if attempt <= len(p.Pauses) {
		return min(p.Pauses[attempt-1], p.Longest)
	}
	pause := p.First
	for i := len(p.Pauses) + 1; i < attempt && pause < p.Longest; i++ {
		pause *= 2
	}
	return min(pause, p.Longest)
}

// Ends says why a claimed job that fails now with an error is given up: "given
// up after 119 hours"; "" where it is tried again.
func (p Policy) Ends(now time.Time, job Job, err error) string {
	var hurried *Hurried
	if errors.As(err, &hurried) {
		return p.ends(now, job, hurried.Within)
	}
	return p.ends(now, job, 0)
}

// ends says why a job that fails now is given up, or "".
func (p Policy) ends(now time.Time, job Job, within time.Duration) string {
	p = p.orDefault()
	if why := p.tooOften(job); why != "" {
		return why
	}
	if now.Add(p.pause(job, within)).After(job.RetryFrom.Add(p.MaxAge)) {
		return "given up after " + span(now.Sub(job.RetryFrom))
	}
	return ""
}

// tooOften says that a job was tried as often as it may be, or "".
func (p Policy) tooOften(job Job) string {
	if p = p.orDefault(); job.Attempts >= p.MaxAttempts {
		return fmt.Sprintf("given up after %d attempts", job.Attempts)
	}
	return ""
}

// pause is the one before the next attempt, which may be hurried.
func (p Policy) pause(job Job, within time.Duration) time.Duration {
	p = p.orDefault()
	if within > 0 && within < p.plain(job.Attempts) {
		p.Pauses, p.First, p.Longest = nil, within, within // with its own jitter
	}
	return p.Backoff(job.ID, job.Attempts)
}

// Fail settles a claimed job whose attempt failed: it is tried again after the
// pause, or buried when it was tried too long or too often.
func (p Policy) Fail(ctx context.Context, tx bun.IDB, now time.Time, job Job, reason string) error {
	return p.fail(ctx, tx, now, job, reason, 0)
}

func (p Policy) fail(ctx context.Context, tx bun.IDB, now time.Time, job Job, reason string, within time.Duration) error {
	if why := p.ends(now, job, within); why != "" {
		return Bury(ctx, tx, now, job, why+": "+reason)
	}
	return Retry(ctx, tx, job, now.Add(p.pause(job, within)), reason)
}

// lose settles a job whose worker let the lease run out. However old it is, it
// is tried once more: only its handler can tell anybody that it is given up. It
// pauses like any other, for it may be what ended the worker.
func (p Policy) lose(ctx context.Context, tx bun.IDB, now time.Time, job Job) error {
	const reason = "the process that worked on it ended or hung"
	if why := p.tooOften(job); why != "" {
		return Bury(ctx, tx, now, job, why+": "+reason)
	}
	return Retry(ctx, tx, job, now.Add(p.pause(job, 0)), reason)
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
	var postponed *Postponed
	switch {
	case err == nil:
		return Done(ctx, tx, now, job)
	case errors.As(err, &postponed):
		return postpone(ctx, tx, job, postponed)
	case errors.Is(err, ErrPermanent):
		return Bury(ctx, tx, now, job, strings.TrimPrefix(err.Error(), ErrPermanent.Error()+": "))
	}
	var hurried *Hurried
	if errors.As(err, &hurried) {
		return p.fail(ctx, tx, now, job, err.Error(), hurried.Within)
	}
	return p.Fail(ctx, tx, now, job, err.Error())
}
