package requests

import (
	"context"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// AgentRow is one request of an agent's list, with the person as they typed
// them.
type AgentRow struct {
	*Request
	Person Person
}

// AgentPage is one page of an agent's list, the newest request first.
type AgentPage struct {
	Rows         []AgentRow
	Open, Closed int    // how many there are of each
	Next, Prev   string // keys of the neighbouring pages, or ""
}

// ofAgent is the condition of what an agent asked for. Its second half is that of
// their index: SQLite does not use one whose condition it cannot read.
const ofAgent = "r.agent_id = ? AND r.agent_id <> 0"

// AskedBy lists what an agent asked for: what is open, or what has ended or was
// set aside.
func (o *Office) AskedBy(ctx context.Context, caller access.Caller, now time.Time, closed bool, p Page) (*AgentPage, error) {
	a, err := o.AgentOf(ctx, caller)
	if err != nil {
		return nil, err
	}
	p = p.sized()
	page := new(AgentPage)
	err = database.Row(ctx, o.db.Read(), []any{&page.Open, &page.Closed},
		"SELECT "+tally("closed_at IS NULL")+", "+tally("closed_at IS NOT NULL")+" FROM requests r WHERE "+ofAgent, a.ID)
	if err != nil {
		return nil, err
	}
	rows, more, err := o.askedRows(ctx, a.ID, closed, p)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		person, err := o.listed(r, now)
		if err != nil {
			return nil, err
		}
		page.Rows = append(page.Rows, AgentRow{Request: r, Person: person})
	}
	if n := len(rows); n > 0 {
		page.Next, page.Prev = p.neighbours(strconv.FormatInt(rows[0].ID, 36), strconv.FormatInt(rows[n-1].ID, 36), more)
	}
	return page, nil
}

// askedRows reads one row more than a page holds, to know whether there are
// more.
func (o *Office) askedRows(ctx context.Context, agent int64, closed bool, p Page) (rows []*Request, more bool, err error) {
	q := o.db.Read().NewSelect().Model(&rows).Where(ofAgent, agent)
	if closed {
		q = q.Where("r.closed_at IS NOT NULL")
	} else {
		q = q.Where("r.closed_at IS NULL")
	}
	if q, err = p.byID(q); err != nil {
		return nil, false, err
	}
	if err := q.Limit(int64(p.Size) + 1).Scan(ctx); err != nil {
		return nil, false, err
	}
	rows, more = p.part(rows)
	return rows, more, nil
}

// byID restricts a query to what lies beyond a key, the newest first; before a
// key the other way round.
func (p Page) byID(q *bun.SelectQuery) (*bun.SelectQuery, error) {
	key, beyond, order := p.After, "r.id < ?", "r.id DESC"
	if p.Before != "" {
		key, beyond, order = p.Before, "r.id > ?", "r.id"
	}
	q = q.OrderExpr(order)
	if key == "" {
		return q, nil
	}
	id, err := strconv.ParseInt(key, 36, 64)
	if err != nil {
		return nil, ErrPage
	}
	return q.Where(beyond, id), nil
}
