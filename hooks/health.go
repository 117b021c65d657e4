package hooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Health is how posts to a hook went.
type Health struct {
	bun.BaseModel `bun:"table:hooks,alias:h"`

	Name         string       `bun:",pk"`
	DeliveredAt  bun.NullTime // the last one
	FailingSince bun.NullTime // since when none was delivered; zero: the last one was
	Fault        string       // why the last one was not
	ToldAt       bun.NullTime // when administrators heard of it
}

// TellAfter is how long a hook fails before administrators hear of it.
const TellAfter = 48 * time.Hour

// All returns how every hook is that was ever posted to, by name.
func All(ctx context.Context, db *database.DB) ([]Health, error) {
	var list []Health
	err := db.Read().NewSelect().Model(&list).Order("h.name").Scan(ctx)
	return list, err
}

// Delivered notes that a post arrived.
func Delivered(ctx context.Context, tx bun.IDB, now time.Time, name string) error {
	_, err := database.Exec(ctx, tx, `INSERT INTO hooks (name, delivered_at, fault) VALUES (?, ?, '')
		ON CONFLICT (name) DO UPDATE SET delivered_at = excluded.delivered_at, failing_since = NULL, fault = '', told_at = NULL`, name, now.UTC())
	return noted(name, err)
}

// Failed notes that a post did not arrive, and reports whether administrators
// have to hear of it now: then it is noted that they did. The fault holds no
// address.
func Failed(ctx context.Context, tx bun.IDB, now time.Time, name, fault string) (tell bool, since time.Time, err error) {
	now = now.UTC().Truncate(time.Microsecond)
	_, err = database.Exec(ctx, tx, `INSERT INTO hooks (name, failing_since, fault) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET failing_since = COALESCE(hooks.failing_since, excluded.failing_since), fault = excluded.fault`, name, now, fault)
	if err != nil {
		return false, since, noted(name, err)
	}
	result, err := database.Exec(ctx, tx, "UPDATE hooks SET told_at = ? WHERE name = ? AND told_at IS NULL AND failing_since <= ?", now, name, now.Add(-TellAfter))
	if err != nil {
		return false, since, noted(name, err)
	}
	n, err := result.RowsAffected()
	return n == 1, since, errors.Join(err, database.Row(ctx, tx, []any{&since}, "SELECT failing_since FROM hooks WHERE name = ?", name))
}

func noted(name string, err error) error {
	if err != nil {
		return fmt.Errorf("noting how the hook %s is: %w", name, err)
	}
	return nil
}
