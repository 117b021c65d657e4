package database

import (
	"context"
	"io/fs"
)

// MigrateFiles lets tests bring their own tables.
func (db *DB) MigrateFiles(ctx context.Context, files fs.FS) error { return db.migrate(ctx, files) }

// Lock keeps other migrations out.
func (db *DB) Lock(ctx context.Context) (unlock func(), err error) { return db.lock(ctx) }

// Numbered and the errors a caller need not tell apart are shown to tests.
var (
	Numbered = numbered
	ErrGone  = errGone
	ErrLost  = errLost
)
