package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// TryLease takes or renews the lease of a name for holder until now + ttl and
// tells whether holder has it. It has it until then, or until it calls
// [Release], and nobody else does. Processes that share leases must have clocks
// that agree to much less than ttl. A lease that ends far off was taken while a
// clock was wrong, and binds nobody.
func TryLease(ctx context.Context, db *database.DB, name, holder string, now time.Time, ttl time.Duration) (bool, error) {
	if taken, err := takenByAnother(ctx, db.Read(), name, holder, now, ttl); taken || err != nil {
		return false, err
	}
	var mine bool
	err := db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := database.Exec(ctx, tx, `INSERT INTO leases (name, holder, until) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until
			WHERE leases.until <= ? OR leases.until > ? OR leases.holder = EXCLUDED.holder`, name, holder, now.Add(ttl), now, now.Add(unlikely(ttl)))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		mine = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("taking the lease %s: %w", name, err)
	}
	return mine, nil
}

// unlikely is from when on a lease ends too far off to have been taken by a right
// clock: an hour at least, so that two processes whose clocks differ by minutes
// do not take it from each other by turns.
func unlikely(ttl time.Duration) time.Duration { return max(2*ttl, time.Hour) }

// takenByAnother spares the writer the tries that cannot succeed.
func takenByAnother(ctx context.Context, db bun.IDB, name, holder string, now time.Time, ttl time.Duration) (bool, error) {
	var who string
	var until time.Time
	err := database.Row(ctx, db, []any{&who, &until}, "SELECT holder, until FROM leases WHERE name = ?", name)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the lease %s: %w", name, err)
	}
	return who != holder && until.After(now) && !until.After(now.Add(unlikely(ttl))), nil
}

// Release gives the lease of a name back, if holder has it.
func Release(ctx context.Context, db *database.DB, name, holder string) error {
	err := db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "DELETE FROM leases WHERE name = ? AND holder = ?", name, holder)
		return err
	})
	if err != nil {
		return fmt.Errorf("releasing the lease %s: %w", name, err)
	}
	return nil
}
