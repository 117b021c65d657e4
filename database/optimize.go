package database

import (
	"context"

	"github.com/uptrace/bun"
)

// Optimize lets the engine count what its tables hold, so that it chooses the
// right index. It looks at a sample and takes well under a second; once a day
// is often enough.
func (db *DB) Optimize(ctx context.Context) error {
	return db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if EngineOf(tx) == SQLite {
			if _, err := tx.ExecContext(ctx, "PRAGMA analysis_limit = 2000"); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "ANALYZE")
		return err
	})
}
