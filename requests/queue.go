package requests

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
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

func (p Page) sized() Page {
	if p.Size <= 0 || p.Size > 200 {
		p.Size = 50
	}
	return p
}

// part takes off the row by which a page knows that there are more, and puts
// the others in the order of the list.
func (p Page) part(rows []*Request) (part []*Request, more bool) {
	if more = len(rows) > p.Size; more {
		rows = rows[:p.Size]
	}
	if p.Before != "" {
		slices.Reverse(rows)
	}
	return rows, more
}

// neighbours are the keys of the pages after and before one, by those of its
// first and last row; "" where there is none.
func (p Page) neighbours(first, last string, more bool) (next, prev string) {
	if more || p.Before != "" {
		next = last
	}
	if p.After != "" || p.Before != "" && more {
		prev = first
	}
	return next, prev
}

// Queue lists what a caller may see, in the order of the filter. The errors are
// ErrForbidden, ErrPage and those of the database.
func (o *Office) Queue(ctx context.Context, caller access.Caller, now time.Time, f Filter, p Page) (*QueuePage, error) {
	if err := mayList(caller); err != nil {
		return nil, err
	}
	p = p.sized()
	f.Faults = append(slices.Clone(f.Faults), o.unknown(caller, f)...)
	page := &QueuePage{Filter: f}
	rows, more, err := o.rows(ctx, caller, now, f, p)
	if err != nil {
		return nil, err
	}
	if page.Rows, err = o.openRows(rows, now); err != nil {
		return nil, err
	}
	if n := len(rows); n > 0 {
		page.Next, page.Prev = p.neighbours(f.cursorOf(rows[0]).key(), f.cursorOf(rows[n-1]).key(), more)
	}
	page.Total, err = o.total(ctx, caller, now, f)
	if limit := f.countLimit(); page.Total > limit {
		page.Total, page.More = limit, true
	}
	return page, err
}

// mayList keeps lists to the console; what a caller sees of them is their scope.
func mayList(caller access.Caller) error {
	if caller.Kind != access.Staff || !caller.May(access.View, "") {
		return ErrForbidden
	}
	return nil
}

// countLimit is how far the matches of a list are counted. Counting on through
// years of closed requests would take longer than anybody waits.
func (f Filter) countLimit() int {
	narrowed := slices.ContainsFunc(f.Tokens, func(t Token) bool { return t.Key != "is" && t.Key != "closed" && t.Key != "sort" })
	switch {
	case f.Closed && narrowed:
		return 2_000
	case f.Closed || f.Any:
		return 10_000
	}
	return 100_000
}

// rows reads one row more than a page holds, to know whether there are more. The
// inner query finds them by the index alone.
func (o *Office) rows(ctx context.Context, caller access.Caller, now time.Time, f Filter, p Page) (rows []*Request, more bool, err error) {
	ids := o.matching(caller, now, f, "r.id").Limit(int64(p.Size) + 1)
	backwards := p.Before != ""
	key := p.After
	if backwards {
		key = p.Before
	}
	if key != "" {
		c, err := f.parseCursor(key)
		if err != nil {
			return nil, false, err
		}
		ids = f.beyond(ids, c, backwards)
	}
	q := o.db.Read().NewSelect().Model(&rows).Where("r.id IN (?)", f.order(ids, backwards))
	if err := f.order(q, backwards).Scan(ctx); err != nil {
		return nil, false, err
	}
	rows, more = p.part(rows)
	return rows, more, nil
}

// openRows opens what a list shows of its requests.
func (o *Office) openRows(requests []*Request, now time.Time) ([]Row, error) {
	rows := make([]Row, len(requests))
	for i, r := range requests {
		person, err := o.listed(r, now)
		if err != nil {
			return nil, err
		}
		rows[i] = Row{Request: r, Email: Mask(person.Email)}
	}
	return rows, nil
}

// listed works out what a list shows of a request, and opens whose it is.
func (o *Office) listed(r *Request, now time.Time) (Person, error) {
	if err := r.unpack(o.rulings); err != nil {
		return Person{}, err
	}
	if err := r.compute(o.book, now); err != nil {
		return Person{}, err
	}
	key, err := o.keyOf(r)
	if err != nil {
		return Person{}, err
	}
	return key.person(r)
}

// manyMatches is from how many matches on a total is kept for a moment: counting
// them takes longer than finding the page.
const manyMatches = 2000

// total counts the matches of a list. A large total is kept as long as the
// numbers beside the views are.
func (o *Office) total(ctx context.Context, caller access.Caller, now time.Time, f Filter) (int, error) {
	key, written := caller.Actor()+caller.Policies.String()+" "+f.String(), o.written.Load()
	o.totals.Lock()
	kept := o.totals.kept[key]
	o.totals.Unlock()
	if kept.good(now, written) {
		return kept.n, nil
	}
	n, err := o.countTo(ctx, caller, now, f, f.countLimit()+1)
	if err != nil || n < manyMatches {
		return n, err
	}
	o.totals.Lock()
	defer o.totals.Unlock()
	if o.totals.kept == nil || len(o.totals.kept) > 1000 {
		o.totals.kept = map[string]keptTotal{}
	}
	o.totals.kept[key] = keptTotal{n, asOf{now, written}}
	return n, nil
}

// totals keeps large totals of lists.
type totals struct {
	sync.Mutex
	kept map[string]keptTotal
}

type keptTotal struct {
	n int
	asOf
}

// countTo counts the matches of a filter, at most limit of them.
func (o *Office) countTo(ctx context.Context, caller access.Caller, now time.Time, f Filter, limit int) (int, error) {
	return o.countRows(ctx, o.matching(caller, now, f, "1").Limit(int64(limit)))
}

// matching is a query for one column of each request of a list.
func (o *Office) matching(caller access.Caller, now time.Time, f Filter, column string) *bun.SelectQuery {
	return o.apply(o.db.Read().NewSelect().TableExpr("requests AS r").ColumnExpr(column), caller, now, f)
}

func (o *Office) countRows(ctx context.Context, some *bun.SelectQuery) (n int, err error) {
	err = o.db.Read().NewSelect().TableExpr("(?) AS matches", some).ColumnExpr("count(*)").Scan(ctx, &n)
	return n, err
}
