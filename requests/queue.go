package requests

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

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

// Queue lists what a caller may see, in the order of the filter. The errors are
// ErrForbidden, ErrPage and those of the database.
func (o *Office) Queue(ctx context.Context, caller access.Caller, now time.Time, f Filter, p Page) (*QueuePage, error) {
	if err := mayList(caller); err != nil {
		return nil, err
	}
	if p.Size <= 0 || p.Size > 200 {
		p.Size = 50
	}
	f.Faults = append(slices.Clone(f.Faults), o.unknown(caller, f)...)
	page := &QueuePage{Filter: f}
	rows, more, err := o.rows(ctx, caller, now, f, p)
	if err != nil {
		return nil, err
	}
	if page.Rows, err = o.openRows(ctx, rows, now); err != nil {
		return nil, err
	}
	page.link(p, more)
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
	sort := f.Sort()
	ids := o.apply(o.db.Read().NewSelect().TableExpr("requests AS r").Column("r.id"), caller, now, f).Limit(int64(p.Size) + 1)
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
		ids = sort.beyond(ids, c, backwards)
	}
	q := o.db.Read().NewSelect().Model(&rows).Where("r.id IN (?)", sort.order(ids, backwards))
	if err := sort.order(q, backwards).Scan(ctx); err != nil {
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

// link sets the keys of the neighbouring pages.
func (page *QueuePage) link(p Page, more bool) {
	if len(page.Rows) == 0 {
		return
	}
	first, last := page.Filter.cursorOf(page.Rows[0].Request), page.Filter.cursorOf(page.Rows[len(page.Rows)-1].Request)
	if more || p.Before != "" {
		page.Next = last.key()
	}
	if p.After != "" || p.Before != "" && more {
		page.Prev = first.key()
	}
}

// openRows opens what a list shows of its requests.
func (o *Office) openRows(ctx context.Context, requests []*Request, now time.Time) ([]Row, error) {
	rows := make([]Row, len(requests))
	for i, r := range requests {
		var err error
		if rows[i], err = o.row(r, now); err != nil {
			return nil, err
		}
	}
	return rows, nil
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

// manyMatches is from how many matches on a total is kept for a moment: counting
// them takes longer than finding the page.
const manyMatches = 2000

// total counts the matches of a list. A large total is kept as long as the
// numbers beside the views are.
func (o *Office) total(ctx context.Context, caller access.Caller, now time.Time, f Filter) (int, error) {
	key, written := caller.Actor()+caller.Policies.String()+" "+f.String(), o.written.Load()
	o.totals.Lock()
	kept, ok := o.totals.kept[key]
	o.totals.Unlock()
	if age := now.Sub(kept.at).Abs(); ok && (age < countsKept || kept.written == written && age < 15*countsKept) {
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
	o.totals.kept[key] = keptTotal{n, now, written}
	return n, nil
}

// totals keeps large totals of lists.
type totals struct {
	sync.Mutex
	kept map[string]keptTotal
}

type keptTotal struct {
	n       int
	at      time.Time
	written int64
}

// countTo counts the matches of a filter, at most limit of them.
func (o *Office) countTo(ctx context.Context, caller access.Caller, now time.Time, f Filter, limit int) (n int, err error) {
	some := o.apply(o.db.Read().NewSelect().TableExpr("requests AS r").ColumnExpr("1"), caller, now, f).Limit(int64(limit))
	err = o.db.Read().NewSelect().TableExpr("(?) AS matches", some).ColumnExpr("count(*)").Scan(ctx, &n)
	return n, err
}
