package requests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// PrepareBulk freezes a list of requests and looks at what the act would do to
// each. Nothing is done to them yet. The errors are FieldErrors with the field
// selection, ErrForbidden and those of the database.
func (o *Office) PrepareBulk(ctx context.Context, caller access.Caller, now time.Time, act string, s Selection) (int64, error) {
	if err := mayList(caller); err != nil {
		return 0, err
	}
	if !slices.Contains(BulkActs(), act) {
		return 0, FieldErrors{"act": "Choose what to do with these requests."}
	}
	ids, err := o.selected(ctx, caller, now, s)
	if err != nil {
		return 0, err
	}
	return o.makeBulk(ctx, caller, now, act, BulkForm{}, ids)
}

// selected lists the requests of a selection by number, in the order of the
// list.
func (o *Office) selected(ctx context.Context, caller access.Caller, now time.Time, s Selection) (ids []int64, err error) {
	q := o.db.Read().NewSelect().TableExpr("requests AS r").Column("r.id").Limit(MaxBulk + 1)
	switch {
	case s.All:
		q = o.apply(q, caller, now, s.Filter)
	case len(s.References) == 0:
		return nil, FieldErrors{"selection": "Tick at least one request first."}
	default:
		q = scope(q, caller).Where("r.reference IN ?", bun.Tuple(slices.Clone(s.References[:min(len(s.References), MaxBulk+1)])))
	}
	if err := s.Filter.order(q, false).Scan(ctx, &ids); err != nil {
		return nil, err
	}
	switch {
	case len(ids) == 0:
		return nil, FieldErrors{"selection": "None of these requests is there any more."}
	case len(ids) > MaxBulk:
		return nil, FieldErrors{"selection": fmt.Sprintf("More than %d requests match, which is as many as can be done at once. Narrow the filter and do it in parts.", MaxBulk)}
	}
	return ids, nil
}

// draftsKept is how long a bulk act that was only looked at is kept.
const draftsKept = 24 * time.Hour

// makeBulk looks at the requests and keeps the act as a draft.
func (o *Office) makeBulk(ctx context.Context, caller access.Caller, now time.Time, act string, form BulkForm, ids []int64) (id int64, err error) {
	now = now.UTC().Truncate(time.Microsecond)
	checked := len(form.faults(act)) == 0
	items, err := o.holdAgainst(ctx, caller, now, act, &form, checked, ids)
	if err != nil {
		return 0, err
	}
	key, wrapped, err := o.ring.NewKey()
	if err != nil {
		return 0, err
	}
	sealed, err := sealForm(key, &form)
	if err != nil {
		return 0, err
	}
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		old := "SELECT id FROM bulks WHERE owner_id = ? AND state = 'draft' AND created_at < ?"
		if _, err := database.Exec(ctx, tx, "DELETE FROM bulk_items WHERE bulk_id IN ("+old+")", caller.ID, now.Add(-draftsKept)); err != nil {
			return err
		}
		if _, err := database.Exec(ctx, tx, "DELETE FROM bulks WHERE id IN ("+old+")", caller.ID, now.Add(-draftsKept)); err != nil {
			return err
		}
		var err error
		id, err = database.Insert(ctx, tx, "INSERT INTO bulks (owner_id, act, state, wrapped_key, sealed, checked, created_at) VALUES (?, ?, 'draft', ?, ?, ?, ?)",
			caller.ID, act, wrapped, sealed, checked, now)
		if err != nil {
			return err
		}
		return insertItems(ctx, tx, id, items)
	})
	return id, err
}

// holdAgainst asks of each request whether the act could be done to it now, as its
// page would. Requests the caller does not see are left out.
func (o *Office) holdAgainst(ctx context.Context, caller access.Caller, now time.Time, act string, form *BulkForm, checked bool, ids []int64) ([]bulkItem, error) {
	var items []bulkItem
	verb := form.verb(act)
	for part := range slices.Chunk(ids, 200) {
		list, err := o.byIDs(ctx, part...)
		if err != nil {
			return nil, err
		}
		known := make(map[int64]*Request, len(list))
		for _, r := range list {
			known[r.ID] = r
		}
		for _, id := range part {
			r := known[id]
			if r == nil || !caller.May(access.View, r.Policy) {
				continue
			}
			item, err := o.holdOne(ctx, caller, now, r, verb, checked)
			if err != nil {
				return nil, err
			}
			item.N = len(items) + 1
			items = append(items, item)
		}
	}
	return items, nil
}

func (o *Office) holdOne(ctx context.Context, caller access.Caller, now time.Time, r *Request, verb Verb, checked bool) (bulkItem, error) {
	item := bulkItem{RequestID: r.ID, Revision: r.Revision, State: ItemCan}
	at, err := o.look(ctx, caller, now, r)
	if err != nil {
		return item, err
	}
	_, err = at.prepare(verb)
	if err == nil || !checked && (errors.Is(err, ErrInvalid) || errors.Is(err, errAlready)) {
		return item, nil // what is not typed yet speaks against nobody
	}
	reason, source, told := reasonOf(err)
	if !told {
		return item, err
	}
	item.State, item.Reason, item.Source = ItemCannot, reason, source
	return item, nil
}

// CheckBulk takes what was typed for a draft and looks at its requests anew:
// they are the same as before, each as it stands now. The errors are FieldErrors,
// ErrNotFound, ErrStale when the act has begun meanwhile, and those of the
// database.
func (o *Office) CheckBulk(ctx context.Context, caller access.Caller, now time.Time, id int64, form BulkForm) error {
	row, err := o.bulkRow(ctx, caller, id)
	if err != nil {
		return err
	}
	if faults := form.faults(row.Act); len(faults) > 0 {
		return faults
	}
	ids, err := o.itemsOf(ctx, id)
	if err != nil {
		return err
	}
	items, err := o.holdAgainst(ctx, caller, now.UTC().Truncate(time.Microsecond), row.Act, &form, true, ids)
	if err != nil {
		return err
	}
	key, err := o.ring.Unwrap(row.WrappedKey)
	if err != nil {
		return err
	}
	sealed, err := sealForm(key, &form)
	if err != nil {
		return err
	}
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := database.Exec(ctx, tx, "UPDATE bulks SET sealed = ?, checked = ? WHERE id = ? AND state = 'draft'", sealed, true, id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(ErrStale, err)
		}
		if _, err := database.Exec(ctx, tx, "DELETE FROM bulk_items WHERE bulk_id = ?", id); err != nil {
			return err
		}
		return insertItems(ctx, tx, id, items)
	})
}

// itemsOf lists the requests of a bulk act by number, in their order; with
// states, those in one of them.
func (o *Office) itemsOf(ctx context.Context, id int64, states ...string) (ids []int64, err error) {
	q := o.db.Read().NewSelect().Table("bulk_items").Column("request_id").Where("bulk_id = ?", id).Order("n")
	if len(states) > 0 {
		q = q.Where("state IN ?", bun.Tuple(states))
	}
	err = q.Scan(ctx, &ids)
	return ids, err
}

// RetryBulk looks anew at those requests of a finished bulk act that somebody
// had changed, for the same act with the same words.
func (o *Office) RetryBulk(ctx context.Context, caller access.Caller, now time.Time, id int64) (int64, error) {
	row, err := o.bulkRow(ctx, caller, id)
	if err != nil {
		return 0, err
	}
	form, err := o.openForm(row)
	if err != nil {
		return 0, err
	}
	ids, err := o.itemsOf(ctx, id, ItemMoved)
	if err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		return 0, FieldErrors{"selection": "None of these requests is left to try again."}
	}
	return o.makeBulk(ctx, caller, now, row.Act, form, ids)
}

// PreviewBulk works out what a bulk act would do to one of its requests: its
// letter is the example of all.
func (o *Office) PreviewBulk(ctx context.Context, caller access.Caller, now time.Time, b *Bulk, reference string) (*Preview, error) {
	return o.Preview(ctx, caller, now, reference, b.Form.verb(b.Act))
}
