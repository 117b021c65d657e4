package outbox

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Drain does the jobs of the given kinds that are due at an instant, one after
// another, until none is left, and returns how many it did. It is the Worker
// for who plays a story on a clock of his own; failures are settled alike.
func Drain(ctx context.Context, db *database.DB, now time.Time, kinds map[string]Handler) (int, error) {
	return DrainBy(ctx, db, now, kinds, nil)
}

// DrainBy is Drain with policies of their own for some kinds.
func DrainBy(ctx context.Context, db *database.DB, now time.Time, kinds map[string]Handler, policies Policies) (int, error) {
	want := Wanted{Limit: 50, Lease: time.Minute, Policy: DefaultPolicy(), Policies: policies}
	for kind := range kinds {
		want.Kinds = append(want.Kinds, kind)
	}
	slices.Sort(want.Kinds)
	done := 0
	for {
		jobs, err := Claim(ctx, db, now, want)
		if err != nil || len(jobs) == 0 {
			return done, err
		}
		for _, job := range jobs {
			result := kinds[job.Kind](ctx, job)
			err := db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
				return want.Policies.of(job.Kind, want.Policy).settleBy(ctx, tx, now, job, result)
			})
			if err != nil {
				return done, err
			}
			done++
		}
	}
}
