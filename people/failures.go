package people

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Failures counts the failed sign-ins of one hour: numbers, and no address.
type Failures struct {
	Hour      time.Time // its beginning
	Passwords int64     // wrong passwords of somebody's account
	Unknown   int64     // addresses that nobody has
	Factors   int64     // wrong second steps
	Accounts  int64     // how many accounts it was tried on
}

// failed counts a failed try; nobody is 0.
func (r *Register) failed(ctx context.Context, now time.Time, userID int64, step string) error {
	err := r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, `INSERT INTO failed_sign_ins (hour, user_id, step, failures) VALUES (?, ?, ?, 1)
			ON CONFLICT (hour, user_id, step) DO UPDATE SET failures = failed_sign_ins.failures + 1`,
			now.UTC().Truncate(time.Hour), userID, step)
		return err
	})
	return counting(err)
}

// TakeFailures removes the counts of hours that are over and hands them to what
// keeps them, hour by hour, in the same transaction.
func (r *Register) TakeFailures(ctx context.Context, now time.Time, keep func(ctx context.Context, tx bun.Tx, f Failures) error) error {
	over := now.UTC().Truncate(time.Hour)
	var waiting bool
	if err := database.Row(ctx, r.db.Read(), []any{&waiting}, "SELECT EXISTS (SELECT 1 FROM failed_sign_ins WHERE hour < ?)", over); err != nil || !waiting {
		return counting(err)
	}
	err := r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var list []Failures
		err := tx.NewSelect().Table("failed_sign_ins").Column("hour").
			ColumnExpr("COALESCE(sum(CASE WHEN step = 'password' AND user_id <> 0 THEN failures END), 0) AS passwords").
			ColumnExpr("COALESCE(sum(CASE WHEN step = 'password' AND user_id = 0 THEN failures END), 0) AS unknown").
			ColumnExpr("COALESCE(sum(CASE WHEN step = 'factor' THEN failures END), 0) AS factors").
			ColumnExpr("count(DISTINCT CASE WHEN user_id <> 0 THEN user_id END) AS accounts").
			Where("hour < ?", over).Group("hour").Order("hour").Scan(ctx, &list)
		if err != nil {
			return err
		}
		for _, f := range list {
			if err := keep(ctx, tx, f); err != nil {
				return err
			}
		}
		_, err = database.Exec(ctx, tx, "DELETE FROM failed_sign_ins WHERE hour < ?", over)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the failed sign-ins: %w", err)
	}
	return nil
}
