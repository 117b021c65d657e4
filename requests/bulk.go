package requests

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/deadlines"
	"dsr/vault"
)

// The acts that can be done to many requests at once. Each is the verb of one
// request, done to one after the other through the same door; a letter they send
// says the same to everybody.
const (
	BulkAssign  = "assign"
	BulkTakeUp  = "take-up"
	BulkLabel   = "label"
	BulkUnlabel = "unlabel"
	BulkExtend  = "extend"
	BulkSpam    = "spam"
	BulkNone    = "no-request"
	BulkNotSpam = "not-spam"
	BulkReopen  = "reopen"
)

// BulkActs lists them in the order of the bar.
func BulkActs() []string {
	return []string{BulkAssign, BulkTakeUp, BulkLabel, BulkUnlabel, BulkExtend, BulkNone, BulkSpam, BulkNotSpam, BulkReopen}
}

// MaxBulk is how many requests one bulk act can hold.
const MaxBulk = 5000

// BulkInline is how many are done while the person waits; more are done by a
// job.
const BulkInline = 200

// The states of a bulk act.
const (
	BulkDraft   = "draft"   // looked at, nothing done
	BulkRunning = "running" // being done
	BulkDone    = "done"
)

// What came of one request of a bulk act.
const (
	ItemCan     = "can"     // nothing stands against it; once it runs: waits for its turn
	ItemCannot  = "cannot"  // something stood against it when it was looked at
	ItemDone    = "done"    // done
	ItemMoved   = "moved"   // somebody changed it after it was looked at: left alone
	ItemRefused = "refused" // something stood against it by the time it was its turn
)

// BulkForm is what is typed for a bulk act. Fields an act does not use are
// empty.
type BulkForm struct {
	Assignee *int64 `json:"assignee,omitempty"` // 0: nobody; nil: not chosen yet
	Label    string `json:"label,omitempty"`
	Ground   string `json:"ground,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Until    string `json:"until,omitempty"` // 2006-01-02
}

// verb is what the act does to one request.
func (f *BulkForm) verb(act string) Verb {
	switch act {
	case BulkAssign:
		if f.Assignee == nil {
			return Assign{}
		}
		return Assign{UserID: *f.Assignee}
	case BulkTakeUp:
		return TakeUp{}
	case BulkLabel:
		return AddLabel{Label: f.Label}
	case BulkUnlabel:
		return RemoveLabel{Label: f.Label}
	case BulkExtend:
		return Extend{Ground: f.Ground, Reason: f.Reason, Until: f.Until}
	case BulkSpam:
		return Dismiss{Outcome: Spam}
	case BulkNone:
		return Dismiss{Outcome: NoRequest}
	case BulkNotSpam:
		return Clear{}
	case BulkReopen:
		return Reopen{}
	}
	return nil
}

// faults says what is missing in the form as such; what does not fit a single
// request is told of that request.
func (f *BulkForm) faults(act string) FieldErrors {
	var p plan
	switch act {
	case BulkAssign:
		if f.Assignee == nil {
			p.fail("assignee", "Choose who takes these requests.")
		}
	case BulkLabel, BulkUnlabel:
		if NormalLabel(f.Label) == "" {
			p.fail("label", "Write the label.")
		}
	case BulkExtend:
		if f.Ground == "" {
			p.fail("ground", "Choose why more time is needed. Staff shortage or holidays are not reasons in law.")
		}
		p.require("reason", tidy(f.Reason), "Write the reason as each person will read it. The law asks for one.")
		if _, err := deadlines.ParseDate(f.Until); err != nil {
			p.fail("until", "Enter the new date, like 18 12 2026.")
		}
	}
	return p.fields
}

// Selection says which requests a bulk act is for: those ticked, or all that
// match a filter at this moment.
type Selection struct {
	References []string
	All        bool
	Filter     Filter
}

// Bulk is one act on many requests, from the look at it to its report. Only who
// made it sees it.
type Bulk struct {
	ID        int64
	Act       string
	State     string // draft, running or done
	Checked   bool   // the form is complete and every request was held against it
	Form      BulkForm
	CreatedAt time.Time
	StartedAt time.Time
	EndedAt   time.Time
	Count     map[string]int // requests by what came of them
	Groups    []BulkGroup    // requests by what came of them and why, those that can first
}

// Total is how many requests there are.
func (b *Bulk) Total() (n int) {
	for _, count := range b.Count {
		n += count
	}
	return n
}

// BulkGroup is the requests of a bulk act of which the same is true.
type BulkGroup struct {
	State, Reason, Source string
	References            []string
}

type bulkRow struct {
	bun.BaseModel `bun:"table:bulks,alias:b"`

	ID         int64        `bun:"id,pk"`
	OwnerID    int64        `bun:"owner_id"`
	Act        string       `bun:"act"`
	State      string       `bun:"state"`
	WrappedKey []byte       `bun:"wrapped_key"`
	Sealed     []byte       `bun:"sealed"`
	Checked    bool         `bun:"checked"`
	CreatedAt  time.Time    `bun:"created_at"`
	StartedAt  bun.NullTime `bun:"started_at"`
	FinishedAt bun.NullTime `bun:"finished_at"`
}

// bulkItem is one request of a bulk act.
type bulkItem struct {
	bun.BaseModel `bun:"table:bulk_items,alias:i"`

	BulkID    int64  `bun:"bulk_id"`
	N         int    `bun:"n"`
	RequestID int64  `bun:"request_id"`
	Revision  int64  `bun:"revision"`
	State     string `bun:"state"`
	Reason    string `bun:"reason"`
	Source    string `bun:"source"`
	Reference string `bun:"reference,scanonly"`
}

const bulkLabel = "bulk/form"

func sealForm(key vault.Key, form *BulkForm) ([]byte, error) {
	plain, err := json.Marshal(form)
	if err != nil {
		return nil, err
	}
	return key.Seal(bulkLabel, plain)
}

func (o *Office) openForm(row *bulkRow) (form BulkForm, err error) {
	key, err := o.ring.Unwrap(row.WrappedKey)
	if err != nil {
		return form, fmt.Errorf("bulk act %d: %w", row.ID, err)
	}
	plain, err := key.Open(bulkLabel, row.Sealed)
	if err != nil {
		return form, fmt.Errorf("bulk act %d: %w", row.ID, err)
	}
	return form, json.Unmarshal(plain, &form)
}

// bulkRow reads a bulk act of a caller; those of others do not exist for them.
func (o *Office) bulkRow(ctx context.Context, caller access.Caller, id int64) (*bulkRow, error) {
	if err := mayList(caller); err != nil {
		return nil, err
	}
	row := new(bulkRow)
	err := o.db.Read().NewSelect().Model(row).Where("b.id = ? AND b.owner_id = ?", id, caller.ID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return row, err
}

// Bulk reads a bulk act with what is true of each of its requests. Requests that
// the caller may not see any more are left out.
func (o *Office) Bulk(ctx context.Context, caller access.Caller, id int64) (*Bulk, error) {
	row, err := o.bulkRow(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	form, err := o.openForm(row)
	if err != nil {
		return nil, err
	}
	b := row.bulk()
	b.Form = form
	var items []bulkItem
	q := o.db.Read().NewSelect().Model(&items).ColumnExpr("i.state, i.reason, i.source, r.reference").
		Join("JOIN requests AS r ON r.id = i.request_id").Where("i.bulk_id = ?", id).OrderExpr("i.n")
	if err := scope(q, caller).Scan(ctx); err != nil {
		return nil, err
	}
	b.group(items)
	return &b, nil
}

// bulk is a bulk act without its form and its requests.
func (row *bulkRow) bulk() Bulk {
	return Bulk{
		ID: row.ID, Act: row.Act, State: row.State, Checked: row.Checked, Count: map[string]int{},
		CreatedAt: row.CreatedAt, StartedAt: row.StartedAt.Time, EndedAt: row.FinishedAt.Time,
	}
}

// group sorts the requests by what is true of them.
func (b *Bulk) group(items []bulkItem) {
	index := map[[3]string]int{}
	for _, i := range items {
		b.Count[i.State]++
		key := [3]string{i.State, i.Reason, i.Source}
		at, known := index[key]
		if !known {
			at, index[key] = len(b.Groups), len(b.Groups)
			b.Groups = append(b.Groups, BulkGroup{State: i.State, Reason: i.Reason, Source: i.Source})
		}
		b.Groups[at].References = append(b.Groups[at].References, i.Reference)
	}
	order := []string{ItemDone, ItemCan, ItemMoved, ItemRefused, ItemCannot}
	slices.SortStableFunc(b.Groups, func(x, y BulkGroup) int {
		if d := slices.Index(order, x.State) - slices.Index(order, y.State); d != 0 {
			return d
		}
		return len(y.References) - len(x.References)
	})
}

// Bulks lists the last bulk acts of a caller, the newest first, without their
// requests.
func (o *Office) Bulks(ctx context.Context, caller access.Caller, limit int) ([]Bulk, error) {
	if err := mayList(caller); err != nil {
		return nil, err
	}
	var rows []bulkRow
	err := o.db.Read().NewSelect().Model(&rows).Where("b.owner_id = ? AND b.state <> 'draft'", caller.ID).OrderExpr("b.id DESC").Limit(int64(limit)).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	list, ids := make([]Bulk, len(rows)), make([]int64, len(rows))
	for i := range rows {
		list[i], ids[i] = rows[i].bulk(), rows[i].ID
	}
	var counts []struct {
		BulkID int64  `bun:"bulk_id"`
		State  string `bun:"state"`
		N      int    `bun:"n"`
	}
	err = o.db.Read().NewSelect().Table("bulk_items").Column("bulk_id", "state").ColumnExpr("count(*) AS n").
		Where("bulk_id IN ?", bun.Tuple(ids)).Group("bulk_id", "state").Scan(ctx, &counts)
	for _, c := range counts {
		list[slices.Index(ids, c.BulkID)].Count[c.State] = c.N
	}
	return list, err
}

// insertItems writes requests of a bulk act, many with one statement.
func insertItems(ctx context.Context, tx bun.Tx, id int64, items []bulkItem) error {
	const columns, batch = 7, 500
	for part := range slices.Chunk(items, batch) {
		args := make([]any, 0, columns*len(part))
		for _, i := range part {
			args = append(args, id, i.N, i.RequestID, i.Revision, i.State, cut(i.Reason, 900), cut(i.Source, 300))
		}
		_, err := database.Exec(ctx, tx, "INSERT INTO bulk_items (bulk_id, n, request_id, revision, state, reason, source) VALUES "+database.Values(len(part), columns), args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// reasonOf writes an objection, or what does not fit, as the report says it.
func reasonOf(err error) (reason, source string, told bool) {
	var refusal *Refused
	var fields FieldErrors
	switch {
	case errors.As(err, &refusal) && len(refusal.Objections) > 0:
		return refusal.Objections[0].Sentence, refusal.Objections[0].Source, true
	case errors.As(err, &fields):
		if fields["ground"] != "" {
			return "Its law does not know this reason for more time.", "", true
		}
		for _, name := range []string{"assignee", "until", "reason", "label", "outcome", ""} {
			if fields[name] != "" {
				return fields[name], "", true
			}
		}
		return "The form needs mending for this request.", "", true
	case errors.Is(err, errAlready):
		return "It is so already.", "", true
	case errors.Is(err, ErrForbidden):
		return strings.TrimPrefix(err.Error(), ErrForbidden.Error()+": "), "", true
	case errors.Is(err, ErrNotFound):
		return "You can no longer see this request.", "", true
	}
	return "", "", false
}
