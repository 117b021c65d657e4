package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/outbox"
)

var noon = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

// write runs fn in a transaction.
func write(t testing.TB, db *database.DB, fn func(ctx context.Context, tx bun.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func add(t testing.TB, db *database.DB, now time.Time, jobs ...outbox.Job) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx bun.Tx) error { return outbox.Add(ctx, tx, now, jobs...) })
}

// claim takes up to limit letters for a minute.
func claim(t testing.TB, db *database.DB, now time.Time, limit int) []outbox.Job {
	t.Helper()
	jobs, err := outbox.Claim(context.Background(), db, now, outbox.Wanted{Kinds: []string{"letter"}, Limit: limit, Lease: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func only(t testing.TB, db *database.DB, key string) outbox.Job {
	t.Helper()
	jobs, err := outbox.Find(context.Background(), db.Read(), key)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%d jobs with the key %s, %v", len(jobs), key, err)
	}
	return jobs[0]
}

func wantState(t testing.TB, db *database.DB, key string, want outbox.State) outbox.Job {
	t.Helper()
	job := only(t, db, key)
	if job.State != want {
		t.Errorf("job %s is %s (%s), want %s", key, job.State, job.LastError, want)
	}
	return job
}

func letter(key string) outbox.Job {
	return outbox.Job{Kind: "letter", DedupeKey: key, RequestID: 7, Payload: []byte(`{"letter":3}`)}
}

func TestAJobIsKeptOrLostWithItsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		no := errors.New("no")
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := outbox.Add(ctx, tx, noon, letter("lost")); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		add(t, db, noon, letter("kept"))
		jobs := claim(t, db, noon, 10)
		if len(jobs) != 1 || jobs[0].DedupeKey != "kept" {
			t.Fatalf("claimed %+v", jobs)
		}
		job := jobs[0]
		if job.Kind != "letter" || job.RequestID != 7 || string(job.Payload) != `{"letter":3}` || job.Attempts != 1 ||
			job.AvailableAt != noon || job.CreatedAt != noon || job.RetryFrom != noon || !job.SettledAt.IsZero() || job.Token == "" {
			t.Errorf("claimed %+v", job)
		}
	})
}

func TestADedupeKeyBelongsToOneJobAlsoAfterItWasDone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		add(t, db, noon, letter("a"), letter("b"), letter("a"), outbox.Job{Kind: "letter"}, outbox.Job{Kind: "letter"})
		jobs := claim(t, db, noon, 10)
		if len(jobs) != 4 {
			t.Fatalf("%d jobs, want a, b and two without a key", len(jobs))
		}
		for _, job := range jobs {
			write(t, db, func(ctx context.Context, tx bun.Tx) error { return outbox.Done(ctx, tx, noon, job) })
		}
		add(t, db, noon, letter("b"), letter("c"))
		if jobs := claim(t, db, noon, 10); len(jobs) != 1 || jobs[0].DedupeKey != "c" {
			t.Errorf("claimed %+v, want c only", jobs)
		}
	})
}

func TestManyJobsAreAddedAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		var jobs []outbox.Job
		for i := range 250 {
			jobs = append(jobs, letter(fmt.Sprint(i)))
		}
		add(t, db, noon, jobs...)
		add(t, db, noon, jobs...)
		if got := claim(t, db, noon, 1000); len(got) != 250 || got[0].DedupeKey != "0" || got[249].DedupeKey != "249" {
			t.Errorf("claimed %d jobs", len(got))
		}
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return outbox.Add(ctx, tx, noon, outbox.Job{})
		})
		if err == nil {
			t.Error("a job without a kind was added")
		}
	})
}

func TestAJobWaitsUntilItIsAvailable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		later, soon := letter("later"), letter("soon")
		later.AvailableAt, soon.AvailableAt = noon.Add(time.Hour), noon.Add(time.Minute)
		other := outbox.Job{Kind: "copy"}
		add(t, db, noon, later, soon, other)
		for _, step := range []struct {
			at   time.Time
			want string
		}{
			{noon, "[]"},
			{noon.Add(time.Minute - time.Microsecond), "[]"},
			{noon.Add(time.Minute), "[soon]"},
			{noon.Add(time.Minute), "[]"},
			{noon.Add(time.Hour), "[later]"},
		} {
			keys := []string{}
			for _, job := range claim(t, db, step.at, 10) {
				keys = append(keys, job.DedupeKey)
				write(t, db, func(ctx context.Context, tx bun.Tx) error { return outbox.Done(ctx, tx, step.at, job) })
			}
			if fmt.Sprint(keys) != step.want {
				t.Errorf("%v: claimed %v, want %s", step.at, keys, step.want)
			}
		}
	})
}

func TestAnOldTokenOpensNothing(t *testing.T) {
	acts := map[string]func(ctx context.Context, tx bun.Tx, job outbox.Job) error{
		"done": func(ctx context.Context, tx bun.Tx, job outbox.Job) error { return outbox.Done(ctx, tx, noon, job) },
		"retry": func(ctx context.Context, tx bun.Tx, job outbox.Job) error {
			return outbox.Retry(ctx, tx, job, noon, "x")
		},
		"bury": func(ctx context.Context, tx bun.Tx, job outbox.Job) error {
			return outbox.Bury(ctx, tx, noon, job, "x")
		},
		"renew": func(ctx context.Context, tx bun.Tx, job outbox.Job) error {
			return outbox.Renew(ctx, tx, job, noon.Add(time.Hour))
		},
	}
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		add(t, db, noon, letter("a"))
		old := claim(t, db, noon, 1)[0]
		// The lease runs out; the job fails by that, pauses, and is claimed again.
		if jobs := claim(t, db, noon.Add(time.Minute), 1); len(jobs) != 0 {
			t.Fatalf("claimed %+v without a pause", jobs)
		}
		young := claim(t, db, noon.Add(2*time.Minute), 1)[0]
		if young.Attempts != 2 || young.Token == old.Token || young.LastError == "" {
			t.Errorf("claimed %+v", young)
		}
		for name, act := range acts {
			err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { return act(ctx, tx, old) })
			if !errors.Is(err, outbox.ErrFenced) {
				t.Errorf("%s with the old token: %v", name, err)
			}
		}
		write(t, db, func(ctx context.Context, tx bun.Tx) error { return outbox.Done(ctx, tx, noon, young) })
		if err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { return outbox.Done(ctx, tx, noon, young) }); !errors.Is(err, outbox.ErrFenced) {
			t.Errorf("done twice: %v", err)
		}
		wantState(t, db, "a", outbox.StateDone)
	})
}

func TestARenewedLeaseKeepsTheJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		add(t, db, noon, letter("a"))
		job := claim(t, db, noon, 1)[0]
		write(t, db, func(ctx context.Context, tx bun.Tx) error {
			return outbox.Renew(ctx, tx, job, noon.Add(10*time.Minute))
		})
		if jobs := claim(t, db, noon.Add(9*time.Minute), 1); len(jobs) != 0 {
			t.Errorf("claimed %+v", jobs)
		}
		wantState(t, db, "a", outbox.StateLeased)
	})
}

func TestADeadJobWaitsForAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		add(t, db, noon, letter("a"), letter("b"), letter("c"))
		for _, job := range claim(t, db, noon, 10) {
			write(t, db, func(ctx context.Context, tx bun.Tx) error {
				return outbox.Bury(ctx, tx, noon, job, "the mailbox does not exist")
			})
		}
		page, err := outbox.List(t.Context(), db.Read(), outbox.StateDead, 2, 0)
		if err != nil || len(page) != 2 || page[0].DedupeKey != "c" || page[1].DedupeKey != "b" || page[0].SettledAt != noon {
			t.Fatalf("the first page is %+v, %v", page, err)
		}
		page, err = outbox.List(t.Context(), db.Read(), outbox.StateDead, 2, page[1].ID)
		if err != nil || len(page) != 1 || page[0].DedupeKey != "a" || page[0].LastError != "the mailbox does not exist" {
			t.Fatalf("the second page is %+v, %v", page, err)
		}
		if jobs := claim(t, db, noon.AddDate(1, 0, 0), 10); len(jobs) != 0 {
			t.Errorf("the dead walk: %+v", jobs)
		}
		later := noon.Add(48 * time.Hour)
		revive := func(id int64) error {
			return db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { return outbox.Revive(ctx, tx, later, id) })
		}
		if err := revive(page[0].ID); err != nil {
			t.Error(err)
		}
		if err := revive(page[0].ID); !errors.Is(err, outbox.ErrNotDead) {
			t.Errorf("reviving the living: %v", err)
		}
		jobs := claim(t, db, later, 10)
		if len(jobs) != 1 || jobs[0].Attempts != 1 || jobs[0].RetryFrom != later || !jobs[0].SettledAt.IsZero() {
			t.Errorf("claimed %+v", jobs)
		}
	})
}

func TestFindNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for _, keys := range [][]string{nil, {"nothing"}} {
			if jobs, err := outbox.Find(t.Context(), db.Read(), keys...); len(jobs) != 0 || err != nil {
				t.Errorf("%v: %v %v", keys, jobs, err)
			}
		}
	})
}
