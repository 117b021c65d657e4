package database

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
)

const (
	// groupSize is how many jobs share one commit at most.
	groupSize = 64
	// patience is how long a write waits until it begins, and how long a
	// transaction on PostgreSQL may take.
	patience = 30 * time.Second
)

// A job waits until the writer starts it or its caller gives it up.
const (
	waiting int32 = iota
	started
	abandoned
)

type job struct {
	ctx   context.Context
	fn    func(context.Context, bun.Tx) error
	state atomic.Int32
	err   error         // set before done is closed
	done  chan struct{} // closed when the answer stands
}

// start tells whether the job is to run. A started job may start again when
// its transaction was lost.
func (j *job) start() bool {
	return j.state.CompareAndSwap(waiting, started) || j.state.Load() == started
}

func (j *job) answer(err error) {
	j.err = err
	close(j.done)
}

// writer owns the connection that writes to SQLite.
type writer struct {
	db      *bun.DB
	jobs    chan *job
	stopped chan struct{}
}

func startWriter(db *bun.DB) *writer {
	w := &writer{db: db, jobs: make(chan *job, groupSize), stopped: make(chan struct{})}
	go w.loop()
	return w
}

// close lets the queue run empty. No write may be called any more.
func (w *writer) close() {
	close(w.jobs)
	<-w.stopped
}

func (w *writer) write(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	wait, cancel := context.WithTimeoutCause(ctx, patience, ErrBusy)
	defer cancel()
	// Without Done, because the driver would interrupt a statement, and SQLite
	// answers an interrupt by undoing the neighbours of the job too.
	j := &job{ctx: inside{context.WithoutCancel(ctx)}, fn: fn, done: make(chan struct{})}
	select {
	case w.jobs <- j:
	case <-wait.Done():
		return context.Cause(wait)
	}
	select {
	case <-j.done:
		return j.err
	case <-wait.Done():
		// Whoever changes the state first decides: the caller who gives up, or
		// the writer that starts.
		if j.state.CompareAndSwap(waiting, abandoned) {
			return context.Cause(wait)
		}
		<-j.done
		return j.err
	}
}

func (w *writer) loop() {
	finished := false
	defer func() {
		if finished {
			close(w.stopped)
			return
		}
		go w.loop() // a job called runtime.Goexit, as a failing test does
	}()
	for first := range w.jobs {
		// Those who were answered just now may queue their next job first: it
		// fills the groups by a third, and waits for nobody.
		runtime.Gosched()
		for group := w.gather(first); len(group) > 0; {
			group = w.attempt(group)
		}
	}
	finished = true
}

// gather takes what is queued.
func (w *writer) gather(first *job) []*job {
	group := []*job{first}
	for len(group) < groupSize {
		select {
		case j, open := <-w.jobs:
			if !open {
				return group
			}
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// attempt runs the jobs in one transaction, answers those whose answer stands
// and returns those that must run again, because a neighbour lost the
// transaction: SQLite undoes all of it when, say, the disk is full.
func (w *writer) attempt(group []*job) []*job {
	// Without a deadline, which would undo the jobs of everybody.
	tx, err := w.db.BeginTx(context.Background(), nil)
	if err != nil {
		answer(group, err)
		return nil
	}
	var kept []*job
	rest := group
	defer func() {
		if len(rest) > 0 { // a job called runtime.Goexit
			_ = tx.Rollback()
			answer(append(kept, rest...), errGone)
		}
	}()
	for i, j := range group {
		rest = group[i:]
		if !j.start() {
			continue
		}
		lost, err := runJob(j, tx)
		switch {
		case lost:
			_ = tx.Rollback() // ends the transaction for database/sql too
			j.answer(err)
			rest = nil
			return append(kept, group[i+1:]...)
		case err != nil:
			j.answer(err)
		default:
			kept = append(kept, j)
		}
	}
	rest = nil
	return w.commit(tx, kept)
}

// commit makes the jobs durable and answers them. When it fails it is not
// known whose rows were too many: each runs again, alone.
func (w *writer) commit(tx bun.Tx, kept []*job) []*job {
	err := hide(tx.Commit())
	if err == nil || len(kept) == 1 {
		answer(kept, err)
		return nil
	}
	for _, j := range kept {
		for again := []*job{j}; len(again) > 0; {
			again = w.attempt(again)
		}
	}
	return nil
}

func answer(jobs []*job, err error) {
	for _, j := range jobs {
		j.answer(err)
	}
}

// runJob runs one job inside a savepoint. Lost tells that the savepoint is
// gone, and with it the transaction.
func runJob(j *job, tx bun.Tx) (lost bool, err error) {
	ctx := context.Background()
	if _, err := tx.Tx.ExecContext(ctx, "SAVEPOINT job"); err != nil {
		return true, err
	}
	if err := call(j.ctx, tx, j.fn); err != nil {
		_, gone := tx.Tx.ExecContext(ctx, "ROLLBACK TO job; RELEASE job")
		return gone != nil, err
	}
	// A function that swallowed the error which cost the transaction is found
	// out here.
	if _, err := tx.Tx.ExecContext(ctx, "RELEASE job"); err != nil {
		return true, errLost
	}
	return false, nil
}

// call turns a panic of fn into an error.
func call(ctx context.Context, tx bun.Tx, fn func(context.Context, bun.Tx) error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &Panic{Value: value, Stack: debug.Stack()}
		}
	}()
	return fn(ctx, tx)
}
