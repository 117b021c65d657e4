package outbox_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/outbox"
)

func TestALeaseHasOneHolderAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		steps := []struct {
			name, holder string
			after        time.Duration
			want         bool
			why          string
		}{
			{"sweep", "a", 0, true, "nobody has it"},
			{"sweep", "b", time.Second, false, "a has it"},
			{"other", "b", time.Second, true, "another name is another lease"},
			{"sweep", "a", 50 * time.Second, true, "a renews its own"},
			{"sweep", "b", 100 * time.Second, false, "a has renewed it"},
			{"sweep", "b", 110 * time.Second, true, "a has let it run out, to the microsecond"},
			{"sweep", "a", 111 * time.Second, false, "b has it now"},
			{"sweep", "a", 55 * time.Second, false, "a clock that is behind by less than a lease takes nothing"},
		}
		for _, step := range steps {
			got, err := outbox.TryLease(t.Context(), db, step.name, step.holder, noon.Add(step.after), time.Minute)
			if err != nil || got != step.want {
				t.Errorf("%s for %s after %v: %v %v, but %s", step.name, step.holder, step.after, got, err, step.why)
			}
		}
		release := func(holder string) {
			if err := outbox.Release(t.Context(), db, "sweep", holder); err != nil {
				t.Error(err)
			}
		}
		release("a") // which does not have it
		if got, _ := outbox.TryLease(t.Context(), db, "sweep", "a", noon.Add(112*time.Second), time.Minute); got {
			t.Error("a released what b holds")
		}
		release("b")
		if got, _ := outbox.TryLease(t.Context(), db, "sweep", "a", noon.Add(113*time.Second), time.Minute); !got {
			t.Error("b released it and a did not get it")
		}
	})
}

func TestALeaseFromTheFutureStopsNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for _, step := range []struct {
			holder string
			after  time.Duration
			want   bool
			why    string
		}{
			{"ahead", 365 * 24 * time.Hour, true, "nobody has it, and its clock says so"},
			{"right", time.Second, true, "no right clock gives a lease that long"},
			{"other", 2 * time.Second, false, "the one with the right clock has it"},
			{"ahead", 3 * time.Second, false, "nor does it come back once its clock is right"},
		} {
			got, err := outbox.TryLease(t.Context(), db, "sweep", step.holder, noon.Add(step.after), time.Minute)
			if err != nil || got != step.want {
				t.Errorf("%s after %v: %v %v, but %s", step.holder, step.after, got, err, step.why)
			}
		}
	})
}

func TestContendersNeverHoldALeaseTogether(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		dbtest.Open(t, url)
		var holders, turns atomic.Int64
		var clock atomic.Int64 // seconds, moved on by whoever has had a turn
		var wg sync.WaitGroup
		for i := range 6 {
			db := dbtest.Open(t, url)
			wg.Go(func() {
				for turns.Load() < 30 {
					now := noon.Add(time.Duration(clock.Load()) * time.Second)
					got, err := outbox.TryLease(context.Background(), db, "sweep", fmt.Sprint(i), now, 10*time.Second)
					if err != nil {
						t.Error(err)
						return
					}
					if !got {
						continue
					}
					if n := holders.Add(1); n != 1 {
						t.Errorf("%d holders at once", n)
					}
					turns.Add(1)
					holders.Add(-1)
					if i%2 == 0 {
						clock.Add(10) // lets it run out
					} else if err := outbox.Release(context.Background(), db, "sweep", fmt.Sprint(i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
}

// Two processes whose clocks differ by more than a lease lasts never hold it at
// the same time: the one that is ahead keeps it.
func TestALeaseIsNotTakenByTurnsFromAClockThatIsAhead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for step := range 10 {
			now := noon.Add(time.Duration(step) * 5 * time.Second)
			ahead, err := outbox.TryLease(t.Context(), db, "mailbox", "ahead", now.Add(25*time.Second), 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			right, err := outbox.TryLease(t.Context(), db, "mailbox", "right", now, 20*time.Second)
			if err != nil || ahead && right {
				t.Fatalf("turn %d: both hold it: %v", step, err)
			}
		}
	})
}

// A process whose clock is days behind takes no job away from its worker.
func TestAClockThatIsBehindTakesNoJobAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return outbox.Add(ctx, tx, noon, outbox.Job{Kind: "letter", DedupeKey: "letter:1", Payload: []byte("1")})
		})
		if err != nil {
			t.Fatal(err)
		}
		want := outbox.Wanted{Kinds: []string{"letter"}, Limit: 1, Lease: time.Minute}
		for _, c := range []struct {
			at   time.Duration
			jobs int
		}{{time.Second, 1}, {-72 * time.Hour, 0}, {20 * time.Second, 0}} {
			if jobs, err := outbox.Claim(t.Context(), db, noon.Add(c.at), want); err != nil || len(jobs) != c.jobs {
				t.Errorf("at noon and %s: %d jobs, want %d: %v", c.at, len(jobs), c.jobs, err)
			}
		}
	})
}
