package outbox_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/outbox"
)

func TestBackoffStaysInItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := outbox.Policy{
			First:   time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "first")),
			Longest: time.Duration(rapid.Int64Range(1, int64(24*time.Hour)).Draw(t, "longest")),
			Seed:    rapid.Uint64().Draw(t, "seed"),
		}
		job, attempt := rapid.Int64().Draw(t, "job"), rapid.IntRange(-1, 10_000).Draw(t, "attempt")
		pause := p.Backoff(job, attempt)
		plain := p.First
		for i := 1; i < attempt && plain < p.Longest; i++ {
			plain *= 2
		}
		plain = min(plain, p.Longest)
		if float64(pause) < 0.8*float64(plain)-1 || float64(pause) > 1.2*float64(plain) {
			t.Errorf("a pause of %v for a plain one of %v", pause, plain)
		}
		if again := p.Backoff(job, attempt); again != pause {
			t.Errorf("the same attempt pauses %v and %v", pause, again)
		}
	})
}

func TestBackoffSpreadsJobsThatFailedTogether(t *testing.T) {
	seen := make(map[time.Duration]bool)
	for job := range int64(100) {
		seen[outbox.DefaultPolicy().Backoff(job, 3)] = true
	}
	if len(seen) < 90 {
		t.Errorf("100 jobs come back at %d times", len(seen))
	}
	one, other := outbox.Policy{Seed: 1}, outbox.Policy{Seed: 2}
	if one.Backoff(1, 1) == other.Backoff(1, 1) {
		t.Error("the seed changes nothing")
	}
}

func TestAFailingJobIsGivenUpWhenTooOldOrTriedTooOften(t *testing.T) {
	for _, c := range []struct {
		name     string
		policy   outbox.Policy
		attempts int
		want     string
	}{
		{"a day by the age", outbox.Policy{First: time.Minute, Longest: time.Hour, MaxAge: 24 * time.Hour}, 30, "given up after 23 hours: the server is down"},
		{"three attempts", outbox.Policy{MaxAttempts: 3}, 3, "given up after 3 attempts: the server is down"},
		{"short of a minute", outbox.Policy{MaxAge: time.Minute}, 3, "given up after 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, db *database.DB) {
				add(t, db, noon, letter("a"))
				now, tried := noon, 0
				for ; only(t, db, "a").State == outbox.StateReady && tried < 100; tried++ {
					now = only(t, db, "a").AvailableAt
					job := claim(t, db, now, 1)[0]
					write(t, db, func(ctx context.Context, tx bun.Tx) error {
						return c.policy.Fail(ctx, tx, now, job, "the server is down")
					})
				}
				job := wantState(t, db, "a", outbox.StateDead)
				if !strings.HasPrefix(job.LastError, c.want) {
					t.Errorf("buried because %q, want %q", job.LastError, c.want)
				}
				if tried < c.attempts-2 || tried > c.attempts+2 || job.SettledAt != now {
					t.Errorf("tried %d times, want about %d; settled %v at %v", tried, c.attempts, job.SettledAt, now)
				}
			})
		})
	}
}

func TestAJobThatKillsItsWorkersIsGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		add(t, db, noon, letter("a"))
		want := outbox.Wanted{Kinds: []string{"letter"}, Limit: 1, Lease: time.Minute, Policy: outbox.Policy{MaxAttempts: 4}}
		claims := 0
		for hour := range 20 {
			jobs, err := outbox.Claim(t.Context(), db, noon.Add(time.Duration(hour)*time.Hour), want)
			if err != nil {
				t.Fatal(err)
			}
			claims += len(jobs)
		}
		job := wantState(t, db, "a", outbox.StateDead)
		if claims != 4 || job.LastError != "given up after 4 attempts: the process that worked on it ended or hung" {
			t.Errorf("claimed %d times, buried because %q", claims, job.LastError)
		}
	})
}

func TestAJobWhoseLastAttemptDiedIsLeftToItsHandler(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		policy := outbox.Policy{First: time.Minute, Longest: time.Minute, MaxAge: time.Hour}
		want := outbox.Wanted{Kinds: []string{"letter"}, Limit: 1, Lease: time.Minute, Policy: policy}
		take := func(at time.Duration) []outbox.Job {
			t.Helper()
			jobs, err := outbox.Claim(t.Context(), db, noon.Add(at), want)
			if err != nil {
				t.Fatal(err)
			}
			return jobs
		}
		add(t, db, noon, letter("a"))
		first := take(0)[0]
		write(t, db, func(ctx context.Context, tx bun.Tx) error {
			return outbox.Retry(ctx, tx, first, noon.Add(59*time.Minute), "the server is down")
		})
		if jobs := take(59 * time.Minute); len(jobs) != 1 {
			t.Fatalf("%d jobs for the last attempt", len(jobs))
		} // and its process dies
		if jobs := take(time.Hour + time.Minute); len(jobs) != 0 {
			t.Errorf("%d jobs without a pause", len(jobs))
		}
		job := wantState(t, db, "a", outbox.StateReady)
		jobs := take(time.Hour + 3*time.Minute)
		if len(jobs) != 1 || jobs[0].Attempts != 3 {
			t.Fatalf("lost as %+v, then claimed %+v", job, jobs)
		}
		if why := policy.Ends(noon.Add(time.Hour+3*time.Minute), jobs[0], nil); why != "given up after 1 hours" {
			t.Errorf("its handler hears %q", why)
		}
	})
}

func TestTheAgeOfAJobCountsFromItsFirstAttempt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		policy := outbox.Policy{First: time.Minute, Longest: time.Minute, MaxAge: time.Hour}
		fail := func(at time.Time) outbox.Job {
			t.Helper()
			job := claim(t, db, at, 1)[0]
			write(t, db, func(ctx context.Context, tx bun.Tx) error { return policy.Fail(ctx, tx, at, job, "the server is down") })
			return only(t, db, "a")
		}
		add(t, db, noon, letter("a"))
		later := noon.Add(48 * time.Hour) // for as long nobody ran
		if job := fail(later); job.State != outbox.StateReady || job.RetryFrom != later {
			t.Errorf("after the first attempt: %+v", job)
		}
		if job := fail(later.Add(30 * time.Minute)); job.State != outbox.StateReady || job.RetryFrom != later {
			t.Errorf("after another within the hour: %+v", job)
		}
		if job := fail(later.Add(time.Hour)); job.State != outbox.StateDead || job.LastError != "given up after 1 hours: the server is down" {
			t.Errorf("after the hour: %+v", job)
		}
	})
}

func TestAJobLeasedInTheFutureIsNotLostUntilThen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		add(t, db, noon, letter("a"))
		claim(t, db, noon.AddDate(1, 0, 0), 1) // by a process whose clock was set ahead, and which died
		claim(t, db, noon, 1)                  // finds the lease
		if jobs := claim(t, db, noon.Add(time.Minute), 1); len(jobs) != 1 || jobs[0].Attempts != 2 {
			t.Errorf("a minute later %+v", jobs)
		}
		if jobs := claim(t, db, noon.Add(-24*time.Hour), 1); len(jobs) != 0 || only(t, db, "a").State != outbox.StateLeased {
			t.Errorf("a clock in another time zone took it: %+v", jobs)
		}
	})
}

func TestAnAttemptUnderAClockThatWasAheadMakesNoJobYounger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		add(t, db, noon, letter("a"))
		job := claim(t, db, noon.AddDate(1, 0, 0), 1)[0]
		write(t, db, func(ctx context.Context, tx bun.Tx) error {
			return outbox.Retry(ctx, tx, job, noon, "the server is down")
		})
		if job := claim(t, db, noon, 1)[0]; job.RetryFrom != noon || job.Attempts != 2 {
			t.Errorf("it is tried from %v, %d times", job.RetryFrom, job.Attempts)
		}
	})
}

func TestAReasonIsCutAndMadeText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		add(t, db, noon, letter("a"))
		job := claim(t, db, noon, 1)[0]
		write(t, db, func(ctx context.Context, tx bun.Tx) error {
			return outbox.Bury(ctx, tx, noon, job, "\xff\x00"+strings.Repeat("ä", 600))
		})
		if got := []rune(only(t, db, "a").LastError); len(got) != 500 || got[0] != '\uFFFD' || got[1] != 'ä' || got[499] != '…' {
			t.Errorf("%d letters: %s", len(got), string(got))
		}
	})
}
