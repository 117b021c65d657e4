package requests

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/outbox"
	"dsr/people"
)

// bulkKind is the kind of outbox job that works on a bulk act.
const bulkKind = "bulk"

// bulkStep is how many requests one job works on; then another takes its turn.
const bulkStep = 100

// afterCrash is when the job looks whether what was done at once was done to its
// end.
const afterCrash = 30 * time.Second

// errTaken undoes what was done to a request that somebody else's turn has done
// already.
var errTaken = errors.New("this request of the bulk act is done already")

// StartBulk lets a draft begin. Up to BulkInline requests are done before it
// returns; the rest of more, and what a crash left over, is done by jobs. The
// errors are ErrNotFound, ErrInvalid where the form is not complete or nothing
// can be done, ErrStale when it has begun already, and those of the database.
func (o *Office) StartBulk(ctx context.Context, caller access.Caller, now func() time.Time, id int64) error {
	row, err := o.bulkRow(ctx, caller, id)
	if err != nil {
		return err
	}
	waiting, err := o.itemsOf(ctx, id, ItemCan)
	switch {
	case err != nil:
		return err
	case row.State != BulkDraft:
		return ErrStale
	case !row.Checked || len(waiting) == 0:
		return FieldErrors{"selection": "Nothing can be done yet with these requests."}
	}
	at, first := now().UTC().Truncate(time.Microsecond), time.Time{}
	if len(waiting) <= BulkInline {
		first = at.Add(afterCrash)
	}
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := database.Exec(ctx, tx, "UPDATE bulks SET state = 'running', started_at = ? WHERE id = ? AND state = 'draft'", at, id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(ErrStale, err)
		}
		if err := houseEntry(ctx, tx, at, caller, "bulk", Detail{"bulk": id, "act": row.Act, "requests": len(waiting)}); err != nil {
			return err
		}
		return outbox.Add(ctx, tx, at, bulkJob(id, 0, first))
	})
	if err != nil {
		return err
	}
	if !first.IsZero() {
		return o.workBulk(ctx, now, id, BulkInline)
	}
	o.wake()
	return nil
}

// bulkJob is the step of a bulk act that begins after a request.
func bulkJob(id int64, after int, at time.Time) outbox.Job {
	return outbox.Job{Kind: bulkKind, DedupeKey: fmt.Sprintf("bulk:%d:%d", id, after), Payload: []byte(itoa(id)), AvailableAt: at}
}

// RunBulk is the outbox's handler for bulk acts. Each request is changed and
// noted in one transaction, so that after a crash, or where two work on the same
// act, none is done twice and none is left out.
func (o *Office) RunBulk(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		id, err := numberOf(job)
		if err != nil {
			return err
		}
		return o.workBulk(ctx, now, id, bulkStep)
	}
}

// workBulk does the next requests of a bulk act; what is left then is another
// job's.
func (o *Office) workBulk(ctx context.Context, now func() time.Time, id int64, most int) error {
	row := new(bulkRow)
	if err := o.db.Read().NewSelect().Model(row).Where("b.id = ?", id).Scan(ctx); err != nil || row.State != BulkRunning {
		return err
	}
	form, err := o.openForm(row)
	if err != nil {
		return err
	}
	caller, err := o.callerOf(ctx, row.OwnerID)
	if err != nil {
		return err
	}
	var items []bulkItem
	err = o.db.Read().NewSelect().Model(&items).ColumnExpr("i.n, i.request_id, i.revision, r.reference").
		Join("JOIN requests AS r ON r.id = i.request_id").Where("i.bulk_id = ? AND i.state = ?", id, ItemCan).OrderExpr("i.n").Limit(int64(most) + 1).Scan(ctx)
	if err != nil {
		return err
	}
	for _, item := range items[:min(most, len(items))] {
		if err := o.workItem(ctx, caller, now(), id, item, form.verb(row.Act)); err != nil {
			return err
		}
	}
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		at := now().UTC().Truncate(time.Microsecond)
		if len(items) > most {
			return outbox.Add(ctx, tx, at, bulkJob(id, items[most-1].N, time.Time{}))
		}
		_, err := database.Exec(ctx, tx, `UPDATE bulks SET state = 'done', finished_at = ? WHERE id = ? AND state = 'running'
			AND NOT EXISTS (SELECT 1 FROM bulk_items WHERE bulk_id = ? AND state = 'can')`, at, id, id)
		return err
	})
}

// callerOf is a member of staff with the rights they have now; somebody who has
// left may do nothing.
func (o *Office) callerOf(ctx context.Context, id int64) (access.Caller, error) {
	user, err := o.people.Find(ctx, id)
	if errors.Is(err, people.ErrNotFound) || err == nil && !user.Active {
		return access.Caller{Kind: access.Staff, ID: id}, nil
	}
	return user.Caller(), err
}

// workItem does the act to one request as it was looked at, and notes what came
// of it.
func (o *Office) workItem(ctx context.Context, caller access.Caller, now time.Time, id int64, item bulkItem, verb Verb) error {
	_, err := o.Do(ctx, caller, now, item.Reference, item.Revision, bulkVerb{verb: verb, id: id, n: item.N})
	switch {
	case err == nil, errors.Is(err, errTaken):
		return nil
	case errors.Is(err, ErrStale):
		return o.noteItem(ctx, id, item.N, ItemMoved, "Somebody changed it after you looked at the list. It was left as it is.", "")
	}
	reason, source, told := reasonOf(err)
	if !told {
		return err
	}
	return o.noteItem(ctx, id, item.N, ItemRefused, reason, source)
}

func (o *Office) noteItem(ctx context.Context, id int64, n int, state, reason, source string) error {
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := markItem(ctx, tx, id, n, state, reason, source)
		if errors.Is(err, errTaken) {
			return nil
		}
		return err
	})
}

// markItem notes what came of a request, unless it was noted before.
func markItem(ctx context.Context, tx bun.Tx, id int64, n int, state, reason, source string) error {
	result, err := database.Exec(ctx, tx, "UPDATE bulk_items SET state = ?, reason = ?, source = ? WHERE bulk_id = ? AND n = ? AND state = 'can'",
		state, cut(reason, 900), cut(source, 300), id, n)
	if err != nil {
		return err
	}
	if changed, err := result.RowsAffected(); err != nil || changed != 1 {
		return errors.Join(errTaken, err)
	}
	return nil
}

// bulkVerb is a verb done to one request of a bulk act: that it is done is noted
// in the same transaction.
type bulkVerb struct {
	verb Verb
	id   int64
	n    int
}

func (v bulkVerb) plan(o *occasion) (*plan, error) {
	p, err := v.verb.plan(o)
	if errors.Is(err, errAlready) {
		return p, FieldErrors{"": "It is so already."}
	}
	if err != nil {
		return p, err
	}
	also := p.also
	p.also = func(ctx context.Context, tx bun.Tx, at time.Time) error {
		if also != nil {
			if err := also(ctx, tx, at); err != nil {
				return err
			}
		}
		return markItem(ctx, tx, v.id, v.n, ItemDone, "", "")
	}
	return p, nil
}
