package database

import (
	"context"

	"github.com/uptrace/bun"
)

// Optimize lets the engine count what its tables hold, so that it chooses the
// right index, and lets PostgreSQL note which pages hold nothing but settled
// rows: without that a list is counted row by row instead of from its index,
// and PostgreSQL by itself waits until a fifth of a table has changed. It takes
// a second or two on a million requests and stands in nobody's way.
func (db *DB) Optimize(ctx context.Context) error {
	if db.Engine() == PostgreSQL {
		_, err := db.read.ExecContext(ctx, "VACUUM (ANALYZE)") // never in a transaction
		return err
	}
	return db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "PRAGMA analysis_limit = 2000"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "ANALYZE")
		return err
	})
}
