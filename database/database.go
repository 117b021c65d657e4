// Package database owns the shelves: it opens SQLite or PostgreSQL from one
// URL, decides how writes are ordered and made durable, migrates under a lock,
// and says in plain words what the engine refused.
//
// On SQLite one goroutine owns the only connection that writes. It takes the
// jobs that are queued, at most 64, runs each inside a savepoint of one
// transaction, commits once, waits for the disk once (synchronous FULL), and
// only then answers. A job that fails undoes its own rows and nobody else's.
// On PostgreSQL every write is a transaction of its own, and one that lost a
// race (deadlock, serialization) runs again a few times.
//
// A function given to [DB.Write] may therefore run more than once, each time
// after everything it did before was undone: it sets its results anew, returns
// the errors it gets, and touches nothing but the transaction.
//
// Rows are written and read through Bun models. Where a write must be fast,
// [Exec], [Insert] and [Row] send the same values as bound arguments of a text
// that never changes, so that the engine parses it once; what they write and
// what Bun writes read back alike on both engines.
//
// The package refuses to know what is stored: no domain type, no clock, no key.
// Its errors carry a code and a sentence; the text of a statement, and with it
// the values Bun puts there, never gets into a message.
package database

import (
	"context"
	"fmt"
	"sync"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Engine is one of the two kinds of database.
type Engine string

// The engines.
const (
	SQLite     Engine = "SQLite"
	PostgreSQL Engine = "PostgreSQL"
)

// EngineOf says on which engine a transaction or pool runs.
func EngineOf(db bun.IDB) Engine {
	if db.Dialect().Name() == dialect.PG {
		return PostgreSQL
	}
	return SQLite
}

// DB is an open database. It is safe for use by several goroutines; several
// processes of one host may open the same SQLite file.
type DB struct {
	path        string // the SQLite file; empty on PostgreSQL
	read, write *bun.DB
	writer      *writer // nil on PostgreSQL

	gate   sync.RWMutex // held shared by every write, exclusively by Close
	closed bool
}

// Engine returns the kind of database.
func (db *DB) Engine() Engine { return EngineOf(db.read) }

// Read returns the pool for reading. On SQLite its connections refuse to
// write, and each sees what was committed when its statement or transaction
// began. Rows left open keep SQLite from folding its log into the file: close
// them soon, and read long lists page by page.
func (db *DB) Read() *bun.DB { return db.read }

// Write runs fn in a transaction and returns when its rows are durable, or
// with the error of fn or of the commit when nothing of it was kept.
//
// Until fn begins, ctx may call it off, and a wait of 30 seconds ends with
// [ErrBusy]. Once begun it goes to its end although ctx is cancelled, so the
// answer always tells the truth; on PostgreSQL a run is cut off after 30
// seconds. A panic in fn is returned as a [*Panic]. Calling Write with the
// context given to fn returns [ErrNested].
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	if ctx.Value(insideKey{}) != nil {
		return ErrNested
	}
	db.gate.RLock()
	defer db.gate.RUnlock()
	if db.closed {
		return ErrClosed
	}
	if db.writer != nil {
		return db.writer.write(ctx, fn)
	}
	return db.writeRetrying(ctx, fn)
}

// Close lets the writes that were called before it finish, then closes all
// connections. Further writes get [ErrClosed]. Closing twice is harmless.
func (db *DB) Close() error {
	db.gate.Lock()
	defer db.gate.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	if db.writer != nil {
		db.writer.close()
	}
	// Readers first: the last connection to go folds the log into the file.
	if err := db.read.Close(); err != nil {
		return fmt.Errorf("closing the readers: %w", hide(err))
	}
	if err := db.write.Close(); err != nil {
		return fmt.Errorf("closing the writer: %w", hide(err))
	}
	return nil
}

// insideKey marks the context of a running write. It is no argument to
// anybody: it only lets a nested write fail at once, where it would otherwise
// wait for the writer, which waits for it.
type insideKey struct{}

type inside struct{ context.Context }

func (c inside) Value(key any) any {
	if key == (insideKey{}) {
		return true
	}
	return c.Context.Value(key)
}

// Panic is what a function given to [DB.Write] panicked with. Its rows were
// undone. Stack is for the log; Value may hold anything and is not printed.
type Panic struct {
	Value any
	Stack []byte
}

// Error tells that there was a panic and, if the runtime raised it, which.
func (p *Panic) Error() string {
	if err, ok := p.Value.(runtimeError); ok {
		return "a write panicked and was undone: " + err.Error()
	}
	return "a write panicked and was undone"
}
