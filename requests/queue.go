package requests

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// ErrPage is returned for a page key that is damaged or of another list.
var ErrPage = errors.New("this page of the list does not exist any more")

// QueuePage is one page of a list.
type QueuePage struct {
	Filter Filter
	Rows   []Row
	Total  int  // counted up to a limit
	More   bool // there are more than Total
	// Next and Prev are keys of the neighbouring pages, or "".
	Next, Prev string
}

// Row is one request of a list.
type Row struct {
	*Request
	Email string // masked
}

// Page says which part of a list is wanted: after or before a key.
type Page struct {
	After, Before string
	Size          int // 0: 50
}

// cursor is the place of a row in its list. Pages follow each other by it, so
// that a list stays quick and steady at any depth.
type cursor struct {
	Held   string    `json:"h,omitempty"`
	At     time.Time `json:"t"`
	ID     int64     `json:"i"`
	Closed bool      `json:"c,omitempty"`
}

func (c cursor) key() string {
	data, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

func parseCursor(key string, closed bool) (cursor, error) {
	var c cursor
	data, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil || json.Unmarshal(data, &c) != nil || c.Closed != closed || c.ID == 0 {
		return c, ErrPage
	}
	return c, nil
}

// Queue lists what a caller may see, the earliest governing date first; held
// requests stand last, closed ones are listed the latest first.
func (o *Office) Queue(ctx context.Context, caller access.Caller, now time.Time, f Filter, p Page) (*QueuePage, error) {
	if !caller.May(access.View, "") && caller.Kind != access.Staff {
		return nil, ErrForbidden
	}
	if p.Size <= 0 || p.Size > 200 {
		p.Size = 50
	}
	page := &QueuePage{Filter: f}
	rows, more, err := o.rows(ctx, caller, now, f, p)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		row, err := o.row(r, now)
		if err != nil {
			return nil, err
		}
		page.Rows = append(page.Rows, row)
	}
	page.link(p, more)
	page.Total, err = o.total(ctx, caller, now, f)
	if limit := f.countLimit(); page.Total > limit {
		page.Total, page.More = limit, true
	}
	return page, err
}

// countLimit is how far the matches of a list are counted. Counting on through
// years of closed requests would take longer than anybody waits.
func (f Filter) countLimit() int {
	if f.Closed || f.Any {
		return 10_000
	}
	return 100_000
}

// rows reads one row more than a page holds, to know whether there are more. The
// inner query finds them by the index alone.
func (o *Office) rows(ctx context.Context, caller access.Caller, now time.Time, f Filter, p Page) (rows []*Request, more bool, err error) {
	ids := o.apply(o.db.Read().NewSelect().TableExpr("requests AS r").Column("r.id"), caller, now, f).Limit(int64(p.Size) + 1)
	backwards := p.Before != ""
	key := p.After
	if backwards {
		key = p.Before
	}
	if key != "" {
		c, err := parseCursor(key, f.Closed)
		if err != nil {
			return nil, false, err
		}
		ids = c.restrict(ids, backwards)
	}
	q := o.db.Read().NewSelect().Model(&rows).Where("r.id IN (?)", order(ids, f.Closed, backwards))
	if err := order(q, f.Closed, backwards).Scan(ctx); err != nil {
		return nil, false, err
	}
	if more = len(rows) > p.Size; more {
		rows = rows[:p.Size]
	}
	if backwards {
		slices.Reverse(rows)
	}
	return rows, more, nil
}

func order(q *bun.SelectQuery, closed, backwards bool) *bun.SelectQuery {
	switch {
	case closed && backwards:
		return q.OrderExpr("r.closed_at, r.id")
	case closed:
		return q.OrderExpr("r.closed_at DESC, r.id DESC")
	case backwards:
		return q.OrderExpr("r.held DESC, r.due_at DESC, r.id DESC")
	}
	return q.OrderExpr("r.held, r.due_at, r.id")
}

func (c cursor) restrict(q *bun.SelectQuery, backwards bool) *bun.SelectQuery {
	switch {
	case c.Closed && backwards:
		return q.Where("(r.closed_at, r.id) > (?, ?)", c.At, c.ID)
	case c.Closed:
		return q.Where("(r.closed_at, r.id) < (?, ?)", c.At, c.ID)
	case backwards:
		return q.Where("(r.held, r.due_at, r.id) < (?, ?, ?)", c.Held, c.At, c.ID)
	}
	return q.Where("(r.held, r.due_at, r.id) > (?, ?, ?)", c.Held, c.At, c.ID)
}

// link sets the keys of the neighbouring pages.
func (page *QueuePage) link(p Page, more bool) {
	if len(page.Rows) == 0 {
		return
	}
	first, last := page.Rows[0].cursor(page.Filter.Closed), page.Rows[len(page.Rows)-1].cursor(page.Filter.Closed)
	if more || p.Before != "" {
		page.Next = last.key()
	}
	if p.After != "" || p.Before != "" && more {
		page.Prev = first.key()
	}
}

func (r Row) cursor(closed bool) cursor {
	if closed {
		return cursor{At: r.ClosedAt.Time, ID: r.ID, Closed: true}
	}
	return cursor{Held: string(r.Held), At: r.DueAt, ID: r.ID}
}

// row opens what a list shows of a request.
func (o *Office) row(r *Request, now time.Time) (Row, error) {
	if err := r.unpack(o.rulings); err != nil {
		return Row{}, err
	}
	if err := r.compute(o.book, now); err != nil {
		return Row{}, err
	}
	key, err := o.keyOf(r)
	if err != nil {
		return Row{}, err
	}
	person, err := key.person(r)
	return Row{Request: r, Email: Mask(person.Email)}, err
}

func (o *Office) total(ctx context.Context, caller access.Caller, now time.Time, f Filter) (n int, err error) {
	some := o.apply(o.db.Read().NewSelect().TableExpr("requests AS r").ColumnExpr("1"), caller, now, f).Limit(int64(f.countLimit()) + 1)
	err = o.db.Read().NewSelect().TableExpr("(?) AS matches", some).ColumnExpr("count(*)").Scan(ctx, &n)
	return n, err
}

// Counts are the numbers beside the shipped views.
type Counts struct {
	Open, Mine, Week, Overdue, Requester, Systems, Triage, Unverified, OptOuts, Unread int
	Suspect                                                                            int // triage looks twice at them
	Aside                                                                              int // lapsed or taken for spam, and opened again in one click
	Appeals                                                                            int // open second looks
}

// counts keeps the numbers of each scope for a moment: they are the same for
// every page somebody opens within it.
type counts struct {
	mu   sync.Mutex
	kept map[string]keptCounts
}

type keptCounts struct {
	Counts
	at      time.Time
	written int64
}

// countsKept is how long numbers may be old when others write meanwhile.
const countsKept = 2 * time.Second

// Counts returns the numbers beside the shipped views, at most countsKept old;
// after a change of this process they are counted anew within that time.
func (o *Office) Counts(ctx context.Context, caller access.Caller, now time.Time) (Counts, error) {
	scope := caller.Actor() + caller.Policies.String()
	o.counts.mu.Lock()
	defer o.counts.mu.Unlock()
	written := o.written.Load()
	if kept, ok := o.counts.kept[scope]; ok && (now.Sub(kept.at).Abs() < countsKept || kept.written == written && now.Sub(kept.at).Abs() < 15*countsKept) {
		return kept.Counts, nil
	}
	c, err := o.count(ctx, caller, now)
	if err != nil {
		return c, err
	}
	if o.counts.kept == nil || len(o.counts.kept) > 1000 {
		o.counts.kept = map[string]keptCounts{}
	}
	o.counts.kept[scope] = keptCounts{Counts: c, at: now, written: written}
	return c, nil
}

func (o *Office) count(ctx context.Context, caller access.Caller, now time.Time) (Counts, error) {
	var c Counts
	one := func(condition string) string {
		return "coalesce(sum(CASE WHEN " + condition + " THEN 1 ELSE 0 END), 0)"
	}
	var scope string
	var within []any
	if ids, all := caller.Policies.List(); !all {
		scope, within = " AND policy IN "+database.Values(1, len(ids)+1), []any{""}
		for _, id := range ids {
			within = append(within, id)
		}
	}
	// What is rare has an index of its own and is counted by it.
	rare := func(condition string) string {
		return "(SELECT count(*) FROM requests WHERE " + condition + scope + ")"
	}
	query := "SELECT count(*), " + one("assignee_id = ?") + ", " + one("due_at <= ?") + ", " + one("held = '' AND due_at <= ?") + ", " +
		one("phase = 'verification' OR held <> ''") + ", " + one("phase = 'search'") + ", " + one("phase = 'triage'") + ", " +
		one("verified = 'none' AND "+gated) + ", " + one(`"right" LIKE 'opt_out.%' OR "right" = 'limit_sensitive'`) + ", " + one("unread") + ", " +
		rare("suspect <> '' AND closed_at IS NULL") + ", " + rare("phase = 'aside' AND closed_at IS NOT NULL") + ", " + rare("appeal_of <> 0 AND closed_at IS NULL") +
		" FROM requests WHERE closed_at IS NULL" + scope
	args := slices.Concat([]any{caller.ID, now.AddDate(0, 0, 7+1), now}, within, within, within, within)
	err := database.Row(ctx, o.db.Read(), []any{
		&c.Open, &c.Mine, &c.Week, &c.Overdue, &c.Requester, &c.Systems, &c.Triage, &c.Unverified, &c.OptOuts, &c.Unread,
		&c.Suspect, &c.Aside, &c.Appeals,
	}, query, args...)
	return c, err
}
