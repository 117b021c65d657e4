package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/outbox"
)

// eachBubble runs a test on both engines with a clock of its own, which moves
// on when everybody waits.
func eachBubble(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		synctest.Test(t, func(t *testing.T) { test(t, dbtest.Open(t, url)) })
	})
}

// run starts a worker for letters; stop ends it and waits.
func run(t *testing.T, db *database.DB, o outbox.Options, handler outbox.Handler) (w *outbox.Worker, stop func()) {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w = outbox.NewWorker(db, time.Now, o)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx, map[string]outbox.Handler{"letter": handler}) })
	return w, func() {
		cancel()
		running.Wait()
	}
}

func TestAWorkerTriesAgainUntilTheJobIsDone(t *testing.T) {
	eachBubble(t, func(t *testing.T, db *database.DB) {
		add(t, db, time.Now(), letter("a"))
		began := time.Now()
		var tries []time.Duration
		done := make(chan struct{})
		_, stop := run(t, db, outbox.Options{}, func(_ context.Context, job outbox.Job) error {
			tries = append(tries, time.Since(began).Round(time.Second))
			switch job.Attempts {
			case 1:
				return errors.New("the server is down")
			case 2:
				panic("oh")
			}
			close(done)
			return nil
		})
		<-done
		stop()
		if len(tries) != 3 || tries[1] < 8*time.Second || tries[1] > 14*time.Second || tries[2]-tries[1] < 16*time.Second || tries[2]-tries[1] > 26*time.Second {
			t.Errorf("tried after %v", tries)
		}
		if job := wantState(t, db, "a", outbox.StateDone); job.LastError != "" || job.Attempts != 3 {
			t.Errorf("settled as %+v", job)
		}
	})
}

func TestAWorkerOutlivesADayWithoutTheServer(t *testing.T) {
	eachBubble(t, func(t *testing.T, db *database.DB) {
		for i := range 2 {
			add(t, db, time.Now(), letter(fmt.Sprint(i)))
		}
		back := time.Now().Add(24 * time.Hour)
		var sent sync.WaitGroup
		sent.Add(2)
		_, stop := run(t, db, outbox.Options{Poll: 5 * time.Minute}, func(context.Context, outbox.Job) error {
			if time.Now().Before(back) {
				return errors.New("connection refused")
			}
			sent.Done()
			return nil
		})
		sent.Wait()
		if late := time.Since(back); late > 25*time.Minute {
			t.Errorf("the last letter went %v after the server was back", late)
		}
		stop()
		for i := range 2 {
			wantState(t, db, fmt.Sprint(i), outbox.StateDone)
		}
	})
}

func TestAPermanentFailureIsNotRepeated(t *testing.T) {
	eachBubble(t, func(t *testing.T, db *database.DB) {
		add(t, db, time.Now(), letter("a"))
		tried := make(chan struct{}, 9)
		_, stop := run(t, db, outbox.Options{}, func(context.Context, outbox.Job) error {
			tried <- struct{}{}
			return fmt.Errorf("%w: the mailbox does not exist", outbox.ErrPermanent)
		})
		<-tried
		time.Sleep(time.Hour) // virtual, in no real time: every pause before another try would be over
		stop()
		if job := wantState(t, db, "a", outbox.StateDead); job.LastError != "the mailbox does not exist" || len(tried) != 0 {
			t.Errorf("buried because %q, tried %d times more", job.LastError, len(tried))
		}
	})
}

func TestWakeSparesTheWaitAndPollNeedsNoWake(t *testing.T) {
	eachBubble(t, func(t *testing.T, db *database.DB) {
		got := make(chan time.Time)
		w, stop := run(t, db, outbox.Options{Poll: time.Minute}, func(context.Context, outbox.Job) error {
			got <- time.Now()
			return nil
		})
		defer stop()
		synctest.Wait() // until it has looked once
		began := time.Now()
		add(t, db, began, letter("a"))
		w.Wake()
		if at := <-got; at.Sub(began) > time.Second {
			t.Errorf("woken after %v", at.Sub(began))
		}
		synctest.Wait()
		began = time.Now()
		add(t, db, began, letter("b"))
		if at := <-got; at.Sub(began) > time.Minute {
			t.Errorf("found after %v", at.Sub(began))
		}
	})
}

func TestNoMoreJobsAtOnceThanAllowed(t *testing.T) {
	eachBubble(t, func(t *testing.T, db *database.DB) {
		for i := range 20 {
			add(t, db, time.Now(), letter(fmt.Sprint(i)))
		}
		var now, most atomic.Int64
		var all sync.WaitGroup
		all.Add(20)
		_, stop := run(t, db, outbox.Options{Concurrency: 3}, func(context.Context, outbox.Job) error {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second) // virtual, in no real time: a job that lasts, so that others stand beside it
			now.Add(-1)
			all.Done()
			return nil
		})
		all.Wait()
		stop()
		if most.Load() != 3 {
			t.Errorf("%d jobs at once, want 3", most.Load())
		}
	})
}

func TestALongJobKeepsItsLease(t *testing.T) {
	eachBubble(t, func(t *testing.T, db *database.DB) {
		add(t, db, time.Now(), letter("a"))
		var runs atomic.Int64
		ended := make(chan struct{}, 9)
		long := func(context.Context, outbox.Job) error {
			runs.Add(1)
			time.Sleep(10 * time.Minute) // virtual, in no real time: ten times the lease, in which the other worker would take it
			ended <- struct{}{}
			return nil
		}
		_, stopOne := run(t, db, outbox.Options{Lease: time.Minute}, long)
		_, stopOther := run(t, db, outbox.Options{Lease: time.Minute, Grace: time.Hour}, long)
		<-ended
		synctest.Wait() // until its end is written down
		stopOne()
		stopOther()
		if job := wantState(t, db, "a", outbox.StateDone); runs.Load() != 1 || job.Attempts != 1 {
			t.Errorf("ran %d times, claimed %d times", runs.Load(), job.Attempts)
		}
	})
}

func TestAHandlerIsToldThatItsLeaseIsLost(t *testing.T) {
	eachBubble(t, func(t *testing.T, db *database.DB) {
		add(t, db, time.Now(), letter("a"))
		cause := make(chan error)
		_, stop := run(t, db, outbox.Options{Lease: time.Minute}, func(ctx context.Context, job outbox.Job) error {
			// Somebody else settles the job meanwhile.
			write(t, db, func(ctx context.Context, tx bun.Tx) error { return outbox.Done(ctx, tx, time.Now(), job) })
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return errors.New("this must not be written down")
		})
		if err := <-cause; !errors.Is(err, outbox.ErrFenced) {
			t.Errorf("the handler was stopped by %v", err)
		}
		stop()
		wantState(t, db, "a", outbox.StateDone)
	})
}

func TestAWorkerStopsGracefully(t *testing.T) {
	eachBubble(t, func(t *testing.T, db *database.DB) {
		add(t, db, time.Now(), letter("quick"), letter("stuck"), letter("next"))
		begun := make(chan struct{}, 2)
		_, stop := run(t, db, outbox.Options{Concurrency: 2, Grace: 20 * time.Second}, func(ctx context.Context, job outbox.Job) error {
			begun <- struct{}{}
			if job.DedupeKey == "stuck" {
				<-ctx.Done()
				return ctx.Err()
			}
			time.Sleep(5 * time.Second) // virtual, in no real time: a job that ends within the grace of a stop
			return nil
		})
		<-begun
		<-begun
		began := time.Now()
		stop()
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("it stopped after %v, want the grace period", took)
		}
		wantState(t, db, "quick", outbox.StateDone)
		if job := wantState(t, db, "next", outbox.StateReady); job.Attempts != 0 {
			t.Errorf("a job was begun after the stop: %+v", job)
		}
		if job := wantState(t, db, "stuck", outbox.StateReady); job.LastError != "context canceled" {
			t.Errorf("cut off as %+v", job)
		}
	})
}

func TestWhatAHandlerPanickedWithIsNotLogged(t *testing.T) {
	url := dbtest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.Open(t, url)
		add(t, db, time.Now(), letter("a"))
		var log strings.Builder
		panicked := make(chan struct{})
		_, stop := run(t, db, outbox.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(context.Context, outbox.Job) error {
			defer close(panicked)
			panic("jane@example.org")
		})
		<-panicked
		stop()
		if text := log.String(); strings.Contains(text, "jane") || !strings.Contains(text, "a handler panicked") {
			t.Errorf("the log says %s", text)
		}
		if job := wantState(t, db, "a", outbox.StateReady); job.LastError != "the handler panicked" {
			t.Errorf("the job says %q", job.LastError)
		}
	})
}

func TestAnEndThatCannotBeWrittenDownIsWrittenLater(t *testing.T) {
	url := dbtest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.Open(t, url)
		query := func(query string) {
			write(t, db, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, query)
				return err
			})
		}
		add(t, db, time.Now(), letter("a"))
		runs := 0
		began := make(chan struct{})
		_, stop := run(t, db, outbox.Options{}, func(context.Context, outbox.Job) error {
			runs++
			query("CREATE TRIGGER trouble BEFORE UPDATE OF settled_at ON outbox BEGIN SELECT RAISE(ABORT, 'trouble'); END")
			close(began)
			return nil
		})
		<-began
		time.Sleep(10 * time.Second) // virtual, in no real time: settling must have failed several times, which nothing announces
		wantState(t, db, "a", outbox.StateLeased)
		query("DROP TRIGGER trouble")
		time.Sleep(5 * time.Second) // virtual, in no real time: past the next try to settle, which nothing announces
		stop()
		wantState(t, db, "a", outbox.StateDone)
		if runs != 1 {
			t.Errorf("ran %d times", runs)
		}
	})
}

func TestManyWorkersOfOneProcessShareNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		var jobs []outbox.Job
		for i := range 100 {
			jobs = append(jobs, letter(fmt.Sprint(i)))
		}
		add(t, db, time.Now().Add(-time.Second), jobs...)
		var mu sync.Mutex
		var got []int64
		var all sync.WaitGroup
		all.Add(len(jobs))
		var stops []func()
		for range 4 {
			_, stop := run(t, db, outbox.Options{Poll: 5 * time.Millisecond}, func(_ context.Context, job outbox.Job) error {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, job.ID)
				if len(got) <= len(jobs) {
					all.Done()
				}
				return nil
			})
			stops = append(stops, stop)
		}
		all.Wait()
		for _, stop := range stops {
			stop()
		}
		slices.Sort(got)
		if len(got) != len(jobs) || len(slices.Compact(got)) != len(jobs) {
			t.Errorf("%d runs for %d jobs", len(got), len(jobs))
		}
	})
}
