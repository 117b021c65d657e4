package requests

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
)

// DueDates lists the requests whose dates belong in somebody's calendar: those
// that are open, and those closed since an instant, so that a calendar learns
// that they are. With mine, only those assigned to the caller. The earliest due
// come first, at most so many of each kind; clocks are worked out.
func (o *Office) DueDates(ctx context.Context, caller access.Caller, now, since time.Time, mine bool, most int) ([]*Request, error) {
	if err := mayList(caller); err != nil {
		return nil, err
	}
	var list []*Request
	for _, part := range []func(*bun.SelectQuery) *bun.SelectQuery{
		func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("r.closed_at IS NULL").OrderExpr("r.held, r.due_at, r.id")
		},
		func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("r.closed_at >= ?", since).OrderExpr("r.closed_at DESC, r.id DESC")
		},
	} {
		var rows []*Request
		q := scope(part(o.db.Read().NewSelect().Model(&rows)), caller).Limit(int64(most))
		if mine {
			q = q.Where("r.assignee_id = ?", caller.ID)
		}
		if err := q.Scan(ctx); err != nil {
			return nil, err
		}
		list = append(list, rows...)
	}
	for _, r := range list {
		if err := r.unpack(o.rulings); err != nil {
			return nil, err
		}
		if err := r.compute(o.book, now); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// BaseURL is where staff and requesters reach the pages, without a slash at the
// end.
func (o *Office) BaseURL() string { return o.baseURL }
