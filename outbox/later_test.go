package outbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/outbox"
)

func TestAPolicyMayNameItsFirstPauses(t *testing.T) {
	p := outbox.Policy{Pauses: []time.Duration{time.Minute, 5 * time.Minute}, First: time.Hour, Longest: 3 * time.Hour}
	for attempt, want := range map[int]time.Duration{0: time.Minute, 1: time.Minute, 2: 5 * time.Minute, 3: time.Hour, 4: 2 * time.Hour, 5: 3 * time.Hour, 90: 3 * time.Hour} {
		if got := p.Backoff(7, attempt); got < want*8/10 || got > want*12/10 {
			t.Errorf("after attempt %d it pauses %v, want about %v", attempt, got, want)
		}
	}
}

func TestKindsHaveTheirOwnPoliciesAndJobsCanBePutBackOrHurried(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		add(t, db, noon, letter("a"))
		policies := outbox.Policies{"letter": {Pauses: []time.Duration{10 * time.Hour}, First: 10 * time.Hour, Longest: 10 * time.Hour, MaxAge: 15 * time.Hour}}
		now := noon
		drain := func(result error) outbox.Job {
			t.Helper()
			handler := func(context.Context, outbox.Job) error { return result }
			if _, err := outbox.DrainBy(t.Context(), db, now, map[string]outbox.Handler{"letter": handler}, policies); err != nil {
				t.Fatal(err)
			}
			return only(t, db, "a")
		}
		job := drain(&outbox.Postponed{Until: noon.Add(time.Minute), Reason: "too many"})
		if job.Attempts != 0 || job.State != outbox.StateReady || !job.AvailableAt.Equal(noon.Add(time.Minute)) || job.LastError != "too many" {
			t.Errorf("put back: %+v", job)
		}
		now = job.AvailableAt
		down := errors.New("nobody answers")
		if job = drain(&outbox.Hurried{Err: down, Within: time.Minute}); job.Attempts != 1 || job.AvailableAt.Sub(now) > 75*time.Second {
			t.Errorf("hurried: %+v", job)
		}
		now = job.AvailableAt
		if job = drain(down); job.AvailableAt.Sub(now) < 8*time.Hour {
			t.Errorf("by the policy of its kind: %+v", job)
		}
		now = job.AvailableAt
		if why := policies["letter"].Ends(now, job, down); why == "" {
			t.Error("it is not said that it ends")
		}
		if job = drain(down); job.State != outbox.StateDead {
			t.Errorf("too old: %+v", job)
		}
	})
}
