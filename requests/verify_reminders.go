package requests

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"dsr/database"
)

// verifyReminder compares the planned reminder of a request with the one its
// timeline leads to. One that a sweep has taken stands in the outbox until it is
// told.
func (o *Office) verifyReminder(ctx context.Context, replayed *Request, report func(Mismatch)) error {
	next, err := o.nextOf(ctx, replayed)
	if err != nil {
		return err
	}
	var row struct {
		At   bun.NullTime
		What string
	}
	err = database.Row(ctx, o.db.Read(), []any{&row.At, &row.What}, "SELECT at, what FROM reminders WHERE request_id = ?", replayed.ID)
	missing := errors.Is(err, sql.ErrNoRows)
	switch {
	case err != nil && !missing:
		return err
	case missing && next == nil, !missing && next != nil && row.What == next.key() && row.At.Equal(next.at):
		return nil
	case missing:
		taken, err := o.reminderTaken(ctx, replayed.ID)
		if err == nil && !taken {
			report(Mismatch{replayed.Reference, fmt.Sprintf("the reminder %s of %s is not planned", next.key(), next.at)})
		}
		return err
	case next == nil:
		report(Mismatch{replayed.Reference, fmt.Sprintf("the reminder %s is planned, by the timeline there is none", row.What)})
		return nil
	}
	report(Mismatch{replayed.Reference, fmt.Sprintf("the next reminder is %s of %s in the table, %s of %s by the timeline", row.What, row.At.UTC(), next.key(), next.at)})
	return nil
}

// reminderTaken reports whether a job of the request is still to tell a reminder.
func (o *Office) reminderTaken(ctx context.Context, request int64) (taken bool, err error) {
	var n int64
	err = database.Row(ctx, o.db.Read(), []any{&n}, `SELECT (SELECT count(*) FROM outbox WHERE state = 'ready' AND kind = ? AND request_id = ?) +
		(SELECT count(*) FROM outbox WHERE state = 'leased' AND kind = ? AND request_id = ?) +
		(SELECT count(*) FROM outbox WHERE state = 'dead' AND kind = ? AND request_id = ?)`,
		reminderKind, request, reminderKind, request, reminderKind, request)
	return n > 0, err
}
