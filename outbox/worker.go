package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Handler does a job. Its context ends when the lease is lost or the worker
// must stop. nil settles the job as done; an error lets it be tried again, or,
// if it wraps [ErrPermanent], buries it. The text of the error is stored and
// logged: it must not hold a person's data. A handler that only writes to the
// database may call [Done] in its own transaction.
type Handler func(ctx context.Context, job Job) error

// Options are the settings of a worker. A zero field means the value noted.
type Options struct {
	Concurrency int           // jobs at once; 4
	Poll        time.Duration // how often to look without being woken; 2 seconds
	Lease       time.Duration // renewed each third of it; 1 minute
	Grace       time.Duration // how long jobs may go on when the worker stops; 20 seconds
	Policy      Policy
	Policies    Policies     // of kinds that have their own
	Log         *slog.Logger // slog.Default()
}

func (o Options) orDefault() Options {
	if o.Concurrency <= 0 {
		o.Concurrency = 4
	}
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	if o.Lease <= 0 {
		o.Lease = time.Minute
	}
	if o.Grace <= 0 {
		o.Grace = 20 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// Worker claims jobs and hands them to handlers.
type Worker struct {
	db      *database.DB
	now     func() time.Time
	options Options
	wake    chan struct{}
}

// NewWorker returns a worker that takes the time from now.
func NewWorker(db *database.DB, now func() time.Time, options Options) *Worker {
	return &Worker{db: db, now: now, options: options.orDefault(), wake: make(chan struct{}, 1)}
}

// Wake makes the worker look for jobs at once. It never waits.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run does jobs of the given kinds until ctx ends, then lets those it has begun
// finish within the grace period and cuts off the rest. When the database
// cannot be read it says so in the log and goes on trying.
func (w *Worker) Run(ctx context.Context, kinds map[string]Handler) {
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var running sync.WaitGroup
	defer w.finish(&running, cut)
	slots := make(chan struct{}, w.options.Concurrency)
	for ctx.Err() == nil {
		jobs, err := w.claim(ctx, kinds, cap(slots)-len(slots))
		if err != nil && ctx.Err() == nil {
			w.options.Log.Error("the outbox cannot be read", "error", err)
		}
		for _, job := range jobs {
			slots <- struct{}{}
			running.Go(func() {
				w.do(work, job, kinds[job.Kind])
				<-slots
				w.Wake() // there may be more
			})
		}
		w.pause(ctx)
	}
}

func (w *Worker) claim(ctx context.Context, kinds map[string]Handler, free int) ([]Job, error) {
	if free == 0 {
		return nil, nil
	}
	names := slices.Sorted(maps.Keys(kinds))
	return Claim(ctx, w.db, w.now(), Wanted{Kinds: names, Limit: free, Lease: w.options.Lease, Policy: w.options.Policy, Policies: w.options.Policies})
}

func (w *Worker) pause(ctx context.Context) {
	poll := time.NewTimer(w.options.Poll)
	defer poll.Stop()
	select {
	case <-ctx.Done():
	case <-w.wake:
	case <-poll.C:
	}
}

// finish waits for the jobs that run, and cuts them off after the grace period.
func (w *Worker) finish(running *sync.WaitGroup, cut func()) {
	grace := time.AfterFunc(w.options.Grace, cut)
	defer grace.Stop()
	running.Wait()
}

// do runs the handler and settles the job by what it returns.
func (w *Worker) do(ctx context.Context, job Job, handler Handler) {
	log := w.options.Log.With("job", job.ID, "kind", job.Kind, "attempt", job.Attempts)
	run, stop := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { w.renew(run, stop, log, job) })
	err := w.call(run, log, job, handler)
	stop(nil)
	renewing.Wait()
	var later *Postponed
	switch {
	case errors.As(err, &later):
		log.Debug("a job waits for its turn", "until", later.Until, "reason", later.Reason)
	case err != nil:
		log.Warn("a job failed", "error", err)
	}
	w.settle(ctx, log, job, err)
}

// call turns a panic of the handler into an error.
func (w *Worker) call(ctx context.Context, log *slog.Logger, job Job, handler Handler) (err error) {
	defer func() {
		if value := recover(); value != nil {
			// The value may hold anything; the stack holds none of it.
			log.Error("a handler panicked", "type", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
			err = errors.New("the handler panicked")
		}
	}()
	return handler(ctx, job)
}

// renew keeps the lease until the handler has returned, and stops the handler
// when the lease is lost.
func (w *Worker) renew(ctx context.Context, stop context.CancelCauseFunc, log *slog.Logger, job Job) {
	tick := time.NewTicker(w.options.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := w.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			return Renew(ctx, tx, job, w.now().Add(w.options.Lease))
		})
		if errors.Is(err, ErrFenced) {
			stop(err)
			return
		}
		if err != nil && ctx.Err() == nil {
			log.Error("a lease cannot be renewed", "error", err)
		}
	}
}

// settle writes down how the job ended. It tries for the time of a lease: what
// is not written down is done again.
func (w *Worker) settle(ctx context.Context, log *slog.Logger, job Job, result error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.options.Lease)
	defer cancel()
	for {
		err := w.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			return w.options.Policies.of(job.Kind, w.options.Policy).settleBy(ctx, tx, w.now(), job, result)
		})
		if err == nil {
			return
		}
		if errors.Is(err, ErrFenced) || errors.Is(err, database.ErrClosed) || ctx.Err() != nil {
			log.Info("a job was not settled here", "reason", err)
			return
		}
		log.Error("a job cannot be settled yet", "error", err)
		again := time.NewTimer(time.Second)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
		}
	}
}
