// Package outbox owns work that must be done once although processes die:
// letters to send, reminders to write, copies to make. A job is a row written
// in the transaction that causes it, so there is never a change without its
// job, nor a job without its change.
//
// A worker claims a job for a time (its lease) and gets a token. Whoever lets
// the lease run out has lost the job: the next one claims it under a new token,
// and the old token opens nothing any more ([ErrFenced]). A job is therefore
// done at least once, and settled exactly once. An action that cannot be
// repeated unnoticed carries the job's id outside, as a letter does in its
// Message-ID. A job that fails is tried again, later and later, until that has
// lasted too long or the failure is permanent; then it is dead and waits for a
// person, who may revive it.
//
// A dedupe key makes adding a job idempotent for as long as the row stands,
// also after the job was done.
//
// The payload of a job carries ids only, and an error that a handler returns is
// stored and logged: neither may hold a person's data.
//
// For work done from time to time by one of several processes the package has
// leases with a name: see [TryLease].
//
// The package refuses to know what a job means, and what time it is: the time
// is an argument, and a function given to the [Worker].
package outbox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

var (
	// ErrFenced is returned to who acts on a job whose lease he has lost, or
	// which is settled already.
	ErrFenced = errors.New("the job is no longer in these hands")
	// ErrNotDead is returned by [Revive] for a job that is not dead.
	ErrNotDead = errors.New("the job is not dead")
	// ErrPermanent marks the error of a handler as one that no repetition
	// mends: wrap it with %w.
	ErrPermanent = errors.New("permanent failure")
)

// State is where a job stands.
type State string

// The states of a job.
const (
	StateReady  State = "ready"  // waits until it is available
	StateLeased State = "leased" // a worker has it
	StateDone   State = "done"   // succeeded
	StateDead   State = "dead"   // given up, until a person revives it
)

// Job is a piece of work. The caller of [Add] sets the first group of fields.
type Job struct {
	Kind string
	// DedupeKey, if any, belongs to one job only: adding a second changes
	// nothing. By custom it begins with the kind.
	DedupeKey string
	RequestID int64  // what it is for, or zero
	Payload   []byte // ids only
	// AvailableAt is the earliest time to do it; zero means at once.
	AvailableAt time.Time

	ID        int64
	State     State
	Attempts  int       // how often it was claimed
	Token     string    `bun:"lease_token"` // opens the job while it is leased
	LastError string    // why it failed last
	CreatedAt time.Time // when it was added
	RetryFrom time.Time // since when it is tried; before its first attempt: available or revived
	SettledAt time.Time // when it was done or given up, else zero
}

// columns are those of a Job, in no order that matters.
const columns = "id, kind, dedupe_key, request_id, payload, state, available_at, attempts, " +
	"lease_token, last_error, created_at, retry_from, settled_at"

// batch is how many jobs one statement adds.
const batch = 100

// Add adds jobs in the transaction of the caller. Jobs whose dedupe key exists
// are left out silently. Tell the worker of this process by [Worker.Wake] once
// the transaction is committed; others find the jobs when they look next.
func Add(ctx context.Context, tx bun.IDB, now time.Time, jobs ...Job) error {
	for len(jobs) > 0 {
		n := min(batch, len(jobs))
		if err := add(ctx, tx, now, jobs[:n]); err != nil {
			return fmt.Errorf("adding jobs: %w", err)
		}
		jobs = jobs[n:]
	}
	return nil
}

func add(ctx context.Context, tx bun.IDB, now time.Time, jobs []Job) error {
	args := make([]any, 0, 7*len(jobs))
	for _, job := range jobs {
		if job.Kind == "" {
			return errors.New("a job needs a kind")
		}
		var key any
		if job.DedupeKey != "" {
			key = job.DedupeKey
		}
		at := job.AvailableAt
		if at.IsZero() {
			at = now
		}
		args = append(args, job.Kind, key, job.RequestID, job.Payload, at, now, at)
	}
	_, err := database.Exec(ctx, tx, "INSERT INTO outbox (kind, dedupe_key, request_id, payload, available_at, created_at, retry_from) VALUES "+
		database.Values(len(jobs), 7)+" ON CONFLICT (dedupe_key) DO NOTHING", args...)
	return err
}

// List returns the jobs in a state, newest first, at most limit of them. After
// is the id of the last job of the page before, or zero for the first page.
func List(ctx context.Context, db bun.IDB, state State, limit int, after int64) ([]Job, error) {
	if after == 0 {
		after = math.MaxInt64
	}
	query := "SELECT " + columns + " FROM outbox WHERE state = ? AND id < ? ORDER BY id DESC LIMIT ?"
	jobs, err := scan(ctx, db, query, state, after, limit)
	if err != nil {
		return nil, fmt.Errorf("listing %s jobs: %w", state, err)
	}
	return jobs, nil
}

// Find returns the jobs that have one of the dedupe keys, oldest first.
func Find(ctx context.Context, db bun.IDB, keys ...string) ([]Job, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	jobs, err := scan(ctx, db, "SELECT "+columns+" FROM outbox WHERE dedupe_key IN ? ORDER BY id", bun.Tuple(keys))
	if err != nil {
		return nil, fmt.Errorf("finding jobs: %w", err)
	}
	return jobs, nil
}

// scan reads jobs by a query with Bun's placeholders.
func scan(ctx context.Context, db bun.IDB, query string, args ...any) ([]Job, error) {
	var jobs []Job
	if err := db.NewRaw(query, args...).Scan(ctx, &jobs); err != nil {
		return nil, err
	}
	for i := range jobs {
		job := &jobs[i]
		for _, t := range []*time.Time{&job.AvailableAt, &job.CreatedAt, &job.RetryFrom, &job.SettledAt} {
			*t = t.UTC() // RETURNING on SQLite gives the zone of the machine
		}
	}
	return jobs, nil
}
