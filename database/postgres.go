package database

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
)

// tries is how often a transaction that lost a race is run.
const tries = 5

// writeRetrying runs fn in a transaction of its own, again when PostgreSQL
// undid it in favour of another one.
func (db *DB) writeRetrying(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	for try := 1; ; try++ {
		err := db.writeOnce(ctx, fn)
		if !collided(err) || try == tries {
			return err
		}
		// A pause of random length, or the same two meet again.
		pause := time.NewTimer(time.Duration(rand.IntN(10*try)+1) * time.Millisecond)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
}

func (db *DB) writeOnce(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	// Waiting for a connection may be called off, what follows may not: the
	// caller could not know whether it was kept.
	wait, stopWaiting := context.WithTimeoutCause(ctx, patience, ErrBusy)
	defer stopWaiting()
	conn, err := db.write.Conn(wait)
	if err != nil {
		if wait.Err() != nil {
			return context.Cause(wait)
		}
		return hide(err)
	}
	defer conn.Close()
	run, stop := context.WithTimeout(inside{context.WithoutCancel(ctx)}, patience)
	defer stop()
	tx, err := conn.BeginTx(run, nil)
	if err != nil {
		return err
	}
	kept := false
	defer func() {
		if !kept {
			_ = tx.Rollback() // also when fn ends its goroutine
		}
	}()
	if err := call(run, tx, fn); err != nil {
		return err
	}
	kept = true
	return hide(tx.Commit())
}
