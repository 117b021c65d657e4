package outbox

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Wanted says which jobs to claim and for how long.
type Wanted struct {
	Kinds []string
	Limit int
	Lease time.Duration
	// Policy is for jobs whose worker let the lease run out, but for kinds that
	// have their own.
	Policy   Policy
	Policies Policies
}

// expired is how many lost jobs one claim puts back at most.
const expired = 100

// farOff is how far ahead a lease of a job ends that no worker took by a right
// clock. Leases last minutes, but two days are also more than any two time zones
// differ by: a process in the wrong one must not take what others work on.
const farOff = 48 * time.Hour

// Claim takes jobs that are due, the longest due first, and gives them a new
// token. Before that it treats the jobs of workers that let their lease run out
// as failed attempts, but for one thing: no age buries them. Two claims never
// get the same job, in whatever process they run.
func Claim(ctx context.Context, db *database.DB, now time.Time, want Wanted) ([]Job, error) {
	if due, err := anyDue(ctx, db.Read(), now, want.Kinds); !due || err != nil {
		return nil, err
	}
	var jobs []Job
	err := db.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if err := putBack(ctx, tx, now, want); err != nil {
			return err
		}
		jobs, err = take(ctx, tx, now, want)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claiming jobs: %w", err)
	}
	return jobs, nil
}

// anyDue spares the writer the looks that find nothing.
func anyDue(ctx context.Context, db bun.IDB, now time.Time, kinds []string) (bool, error) {
	if len(kinds) == 0 {
		return false, nil
	}
	args := []any{now, now.Add(farOff), now, now}
	for _, kind := range kinds {
		args = append(args, kind)
	}
	var due bool
	err := database.Row(ctx, db, []any{&due}, `SELECT
		EXISTS (SELECT 1 FROM outbox WHERE state = 'leased' AND lease_until <= ?) OR
		EXISTS (SELECT 1 FROM outbox WHERE state = 'leased' AND lease_until > ? AND available_at <= ?) OR
		EXISTS (SELECT 1 FROM outbox WHERE state = 'ready' AND available_at <= ? AND kind IN `+database.Values(1, len(kinds))+")", args...)
	if err != nil {
		return false, fmt.Errorf("looking for jobs: %w", err)
	}
	return due, nil
}

// putBack takes jobs from workers whose lease has run out, or was taken while
// their clock was wrong. To a clock that is behind every lease looks so, but the
// job is not even due to it yet.
func putBack(ctx context.Context, tx bun.Tx, now time.Time, want Wanted) error {
	lost, err := scan(ctx, tx, "SELECT "+columns+" FROM outbox WHERE state = 'leased' AND (lease_until <= ? OR lease_until > ? AND available_at <= ?) ORDER BY lease_until LIMIT ? "+
		skipLocked(tx), now, now.Add(farOff), now, expired)
	if err != nil {
		return err
	}
	for _, job := range lost {
		if err := want.Policies.of(job.Kind, want.Policy).lose(ctx, tx, now, job); err != nil {
			return err
		}
	}
	return nil
}

// take leases due jobs. The age of one counts from its first attempt: while the
// program stood still nobody tried it. One of a clock that was set ahead counts
// from now as well. MATERIALIZED keeps PostgreSQL from choosing the rows again
// while it updates them.
func take(ctx context.Context, tx bun.Tx, now time.Time, want Wanted) ([]Job, error) {
	query := `WITH due AS MATERIALIZED (
			SELECT id FROM outbox WHERE state = 'ready' AND available_at <= ? AND kind IN ?
			ORDER BY available_at, id LIMIT ? ` + skipLocked(tx) + `)
		UPDATE outbox SET state = 'leased', lease_token = ?, lease_until = ?, attempts = attempts + 1,
			retry_from = CASE WHEN attempts = 0 OR retry_from > ? THEN ? ELSE retry_from END
		WHERE id IN (SELECT id FROM due) RETURNING ` + columns
	jobs, err := scan(ctx, tx, query, now, bun.Tuple(want.Kinds), want.Limit, rand.Text(), now.Add(want.Lease), now, now)
	slices.SortFunc(jobs, func(a, b Job) int {
		return cmp.Or(a.AvailableAt.Compare(b.AvailableAt), cmp.Compare(a.ID, b.ID))
	})
	return jobs, err
}

// skipLocked lets claims of several PostgreSQL processes pass each other. On
// SQLite writes follow one another anyway.
func skipLocked(tx bun.Tx) string {
	if database.EngineOf(tx) == database.PostgreSQL {
		return "FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// Done settles a claimed job as done, in the transaction of the caller: what
// the job did to the database and its end are kept together. [ErrFenced] means
// that the job was lost meanwhile and the transaction should not be kept.
func Done(ctx context.Context, tx bun.IDB, now time.Time, job Job) error {
	return settle(ctx, tx, job, "state = 'done', settled_at = ?, last_error = ''", now)
}

// Bury gives a claimed job up. The reason must not hold a person's data.
func Bury(ctx context.Context, tx bun.IDB, now time.Time, job Job, reason string) error {
	return settle(ctx, tx, job, "state = 'dead', settled_at = ?, last_error = ?", now, shorten(reason))
}

// Retry makes a claimed job available again at a time. The reason must not hold
// a person's data.
func Retry(ctx context.Context, tx bun.IDB, job Job, at time.Time, reason string) error {
	return settle(ctx, tx, job, "state = 'ready', available_at = ?, last_error = ?", at, shorten(reason))
}

// settle ends the lease of a job.
func settle(ctx context.Context, tx bun.IDB, job Job, set string, args ...any) error {
	return change(ctx, tx, job, set+", lease_token = '', lease_until = NULL", args...)
}

// Renew lets the lease of a claimed job end later.
func Renew(ctx context.Context, tx bun.IDB, job Job, until time.Time) error {
	return change(ctx, tx, job, "lease_until = ?", until)
}

func change(ctx context.Context, tx bun.IDB, job Job, set string, args ...any) error {
	query := "UPDATE outbox SET " + set + " WHERE id = ? AND lease_token = ? AND state = 'leased'"
	return one(ctx, tx, job.ID, ErrFenced, query, append(args, job.ID, job.Token)...)
}

// Revive makes a dead job available at once, with a new life of attempts.
func Revive(ctx context.Context, tx bun.IDB, now time.Time, id int64) error {
	query := `UPDATE outbox SET state = 'ready', available_at = ?, retry_from = ?, attempts = 0, settled_at = NULL
		WHERE id = ? AND state = 'dead'`
	return one(ctx, tx, id, ErrNotDead, query, now, now, id)
}

// one runs an update of the job and returns otherwise if it met no row.
func one(ctx context.Context, tx bun.IDB, id int64, otherwise error, query string, args ...any) error {
	res, err := database.Exec(ctx, tx, query, args...)
	if err != nil {
		return fmt.Errorf("job %d: %w", id, err)
	}
	n, err := res.RowsAffected()
	if n == 0 {
		err = errors.Join(otherwise, err)
	}
	if err != nil {
		return fmt.Errorf("job %d: %w", id, err)
	}
	return nil
}

// shorten keeps the first 500 characters of a reason, as text that a database
// takes: what somebody else said may hold anything.
func shorten(reason string) string {
	reason = strings.ReplaceAll(reason, "\x00", "")
	if letters := []rune(reason); len(letters) > 500 {
		return string(letters[:499]) + "…"
	}
	return string([]rune(reason)) // what is not UTF-8 becomes U+FFFD
}
