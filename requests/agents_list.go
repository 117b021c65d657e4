package requests

import (
	"context"
	"slices"
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

// AskedBy lists what an agent asked for: what is open, or what has ended or was
// set aside.
func (o *Office) AskedBy(ctx context.Context, caller access.Caller, now time.Time, closed bool, p Page) (*AgentPage, error) {
	a, err := o.AgentOf(ctx, caller)
	if err != nil {
		return nil, err
	}
	if p.Size <= 0 || p.Size > 200 {
		p.Size = 50
	}
	page := new(AgentPage)
	err = database.Row(ctx, o.db.Read(), []any{&page.Open, &page.Closed}, `SELECT coalesce(sum(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END), 0),
		coalesce(sum(CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END), 0) FROM requests WHERE agent_id = ?`, a.ID)
	if err != nil {
		return nil, err
	}
	rows, more, err := o.askedRows(ctx, a.ID, closed, p)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		row, err := o.agentRow(r, now)
		if err != nil {
			return nil, err
		}
		page.Rows = append(page.Rows, row)
	}
	page.link(p, more)
	return page, nil
}

// askedRows reads one row more than a page holds, to know whether there are
// more.
func (o *Office) askedRows(ctx context.Context, agent int64, closed bool, p Page) (rows []*Request, more bool, err error) {
	q := o.db.Read().NewSelect().Model(&rows).Where("r.agent_id = ?", agent)
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
	if more = len(rows) > p.Size; more {
		rows = rows[:p.Size]
	}
	if p.Before != "" {
		slices.Reverse(rows)
	}
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

// link sets the keys of the neighbouring pages.
func (page *AgentPage) link(p Page, more bool) {
	if len(page.Rows) == 0 {
		return
	}
	first, last := page.Rows[0].ID, page.Rows[len(page.Rows)-1].ID
	if more || p.Before != "" {
		page.Next = strconv.FormatInt(last, 36)
	}
	if p.After != "" || p.Before != "" && more {
		page.Prev = strconv.FormatInt(first, 36)
	}
}

func (o *Office) agentRow(r *Request, now time.Time) (AgentRow, error) {
	if err := r.unpack(o.rulings); err != nil {
		return AgentRow{}, err
	}
	if err := r.compute(o.book, now); err != nil {
		return AgentRow{}, err
	}
	key, err := o.keyOf(r)
	if err != nil {
		return AgentRow{}, err
	}
	person, err := key.person(r)
	return AgentRow{Request: r, Person: person}, err
}
