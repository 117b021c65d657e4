package main

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/internal/dbtest"
	"dsr/outbox"
	"dsr/requests"
)

// TestNothingElseWaitsForWhoHangs: a mail server and a hook take what comes and
// answer nothing, and every other kind of job is done meanwhile.
func TestNothingElseWaitsForWhoHangs(t *testing.T) {
	db := dbtest.Open(t, dbtest.SQLite(t))
	hang, hanging, done := make(chan struct{}), make(chan string, 100), make(chan string, 100)
	jobs, outside, inside := map[string]outbox.Handler{}, []outbox.Job{}, []outbox.Job{}
	for kind := range new(requests.Office).Jobs("privacy@example.com", time.Now, nil) {
		if _, letter := requests.LetterPolicies()[kind]; letter || kind == requests.HookKind {
			jobs[kind] = func(context.Context, outbox.Job) error {
				hanging <- kind
				<-hang
				return nil
			}
			for range 10 {
				outside = append(outside, outbox.Job{Kind: kind})
			}
			continue
		}
		jobs[kind] = func(context.Context, outbox.Job) error {
			done <- kind
			return nil
		}
		inside = append(inside, outbox.Job{Kind: kind})
	}
	p := plant{log: slog.New(slog.DiscardHandler)}
	p.hire(db, time.Now)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { p.work(ctx, jobs) })
	defer running.Wait()
	defer close(hang)
	defer stop()
	late := time.After(time.Minute)
	see := func(whose <-chan string, many int, what string, added []outbox.Job) {
		t.Helper()
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { return outbox.Add(ctx, tx, time.Now(), added...) })
		if err != nil {
			t.Fatal(err)
		}
		p.wake()
		for n := range many {
			select {
			case <-whose:
			case <-late:
				t.Fatalf("%d of %d %s", n, many, what)
			}
		}
	}
	see(hanging, 2*4, "letters and posts hang", outside)
	see(done, len(inside), "other jobs are done", inside)
}
