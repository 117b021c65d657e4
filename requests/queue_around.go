package requests

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
)

// Around says where a request stands in a list.
type Around struct {
	Prev, Next string // references of its neighbours, or ""
	// Within says that the request is itself in the list. After an act it may
	// have left it; its neighbours are then those of where it would stand.
	Within bool
	// Position counts from 1; zero where the request is not in the list, or so
	// deep in it that nobody counts.
	Position, Total int
}

// deepest is how far a position is counted.
const deepest = 1000

// Around finds the neighbours of a request in a list as it is now.
func (o *Office) Around(ctx context.Context, caller access.Caller, now time.Time, f Filter, reference string) (Around, error) {
	r, err := o.find(ctx, caller, reference)
	if err != nil {
		return Around{}, err
	}
	var a Around
	if a.Prev, err = o.neighbour(ctx, caller, now, f, r, true); err != nil {
		return a, err
	}
	if a.Next, err = o.neighbour(ctx, caller, now, f, r, false); err != nil {
		return a, err
	}
	a.Within, err = o.matching(caller, now, f, "1").Where("r.id = ?", r.ID).Exists(ctx)
	if err != nil || !a.Within {
		return a, err
	}
	before, err := o.before(ctx, caller, now, f, r)
	if err != nil || before >= deepest {
		return a, err
	}
	a.Position = before + 1
	a.Total, err = o.total(ctx, caller, now, f)
	return a, err
}

func (o *Office) neighbour(ctx context.Context, caller access.Caller, now time.Time, f Filter, r *Request, backwards bool) (reference string, err error) {
	q := o.matching(caller, now, f, "r.reference")
	err = f.order(f.beyond(q, f.cursorOf(r), backwards), backwards).Limit(1).Scan(ctx, &reference)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return reference, err
}

// before counts what stands before a request in a list, up to deepest.
func (o *Office) before(ctx context.Context, caller access.Caller, now time.Time, f Filter, r *Request) (int, error) {
	return o.countRows(ctx, f.beyond(o.matching(caller, now, f, "1"), f.cursorOf(r), true).Limit(deepest))
}

// mostNew is how far new requests are counted.
const mostNew = 100

// Arrived counts the requests of a list that came into it after an instant and
// are not among those shown: new ones, and those that were assigned since. It
// counts to 100.
func (o *Office) Arrived(ctx context.Context, caller access.Caller, now time.Time, f Filter, since time.Time, shown []string) (int, error) {
	if err := mayList(caller); err != nil {
		return 0, err
	}
	since = since.UTC().Truncate(time.Microsecond)
	some := o.matching(caller, now, f, "1").
		Where("(r.id >= ? OR r.last_at > ? AND r.last_act = ?)", idsFrom(since.Add(time.Millisecond)), since, string(ActAssign)).Limit(mostNew)
	if len(shown) > 0 {
		some = some.Where("r.reference NOT IN ?", bun.Tuple(slices.Clone(shown[:min(len(shown), 200)])))
	}
	return o.countRows(ctx, some)
}

// exportPage is how many requests an export reads at a time.
const exportPage = 200

// Export hands every request of a list to a function, page by page, addresses
// masked. That it was done, by whom, with which filter and how many requests
// matched is on the trail of the house before the first one is handed out.
func (o *Office) Export(ctx context.Context, caller access.Caller, now time.Time, f Filter, each func(Row) error) error {
	if err := mayList(caller); err != nil {
		return err
	}
	matching, err := o.countTo(ctx, caller, now, f, 100_000_000)
	if err != nil {
		return err
	}
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return houseEntry(ctx, tx, now, caller, "export_list", Detail{"filter": f.Told(), "requests": matching})
	})
	if err != nil {
		return err
	}
	for p := (Page{Size: exportPage}); ; {
		list, more, err := o.rows(ctx, caller, now, f, p)
		if err != nil {
			return err
		}
		rows, err := o.openRows(list, now)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
		p.After = f.cursorOf(list[len(list)-1]).key()
	}
}
