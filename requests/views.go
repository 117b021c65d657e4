package requests

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// SavedView is a list somebody gave a name. It is a filter and nothing else:
// whoever opens it sees what they may see.
type SavedView struct {
	ID      int64
	Name    string
	Query   string // the filter, as words
	Shared  bool
	OwnerID int64
	// Policies says to whom a shared view is offered: ids of packs, or "*" for
	// those who serve all.
	Policies string
	Mine     bool // the caller made it
}

// Limits on saved views.
const (
	MaxViews    = 50 // of one person
	MaxViewName = 60 // characters
)

type viewRow struct {
	bun.BaseModel `bun:"table:views,alias:w"`

	ID       int64  `bun:"id,pk"`
	OwnerID  int64  `bun:"owner_id"`
	Name     string `bun:"name"`
	Query    string `bun:"query"`
	Shared   bool   `bun:"shared"`
	Policies string `bun:"policies"`
}

// Views lists the saved views of a caller: their own, then those that are shared
// with whoever serves the same policies.
func (o *Office) Views(ctx context.Context, caller access.Caller) ([]SavedView, error) {
	if err := mayList(caller); err != nil {
		return nil, err
	}
	var rows []viewRow
	err := o.db.Read().NewSelect().Model(&rows).Where("w.owner_id = ? OR w.shared", caller.ID).OrderExpr("w.name, w.id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	var mine, shared []SavedView
	for _, row := range rows {
		v := SavedView{ID: row.ID, Name: row.Name, Query: row.Query, Shared: row.Shared, OwnerID: row.OwnerID, Policies: row.Policies, Mine: row.OwnerID == caller.ID}
		switch {
		case v.Mine:
			mine = append(mine, v)
		case offered(caller, v.Policies):
			shared = append(shared, v)
		}
	}
	return append(mine, shared...), nil
}

// offered reports whether a shared view is one for a caller.
func offered(caller access.Caller, policies string) bool {
	if _, all := caller.Policies.List(); all || policies == "*" {
		return all
	}
	for _, id := range strings.Split(policies, ",") {
		if !caller.Policies.Include(id) {
			return false
		}
	}
	return true
}

// ViewAudience says with whom a view of a filter is shared: those who may see
// every policy it names, or else every policy its maker serves.
func (o *Office) ViewAudience(caller access.Caller, f Filter) string {
	var named []string
	for _, t := range f.Tokens {
		if t.Key == "policy" && caller.May(access.View, t.Value) {
			named = append(named, t.Value)
		}
	}
	ids, all := caller.Policies.List()
	switch {
	case len(named) > 0:
		slices.Sort(named)
		return strings.Join(slices.Compact(named), ",")
	case all:
		return "*"
	}
	slices.Sort(ids)
	return strings.Join(ids, ",")
}

// SaveView keeps a filter under a name. The errors are FieldErrors with the
// fields name and list, ErrForbidden and those of the database.
func (o *Office) SaveView(ctx context.Context, caller access.Caller, now time.Time, name, query string, shared bool) (SavedView, error) {
	if err := mayList(caller); err != nil {
		return SavedView{}, err
	}
	f := ParseFilter(query)
	v := SavedView{Name: strings.Join(strings.Fields(name), " "), Query: f.String(), Shared: shared, OwnerID: caller.ID, Policies: o.ViewAudience(caller, f), Mine: true}
	faults := v.faults()
	if f.Searches() {
		faults["list"] = "A view cannot look for a reference or an address: it would be kept for everybody to read. Take that word out of the filter."
	}
	if len(faults) > 0 {
		return v, faults
	}
	now = now.UTC().Truncate(time.Microsecond)
	err := o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var count, same int
		if err := database.Row(ctx, tx, []any{&count, &same}, "SELECT count(*), "+tally("name = ?")+" FROM views WHERE owner_id = ?", v.Name, caller.ID); err != nil {
			return err
		}
		switch {
		case same > 0:
			return FieldErrors{"name": "You have a view of this name already. Choose another name."}
		case count >= MaxViews:
			return FieldErrors{"name": fmt.Sprintf("You have %d views, which is as many as one can have. Delete one first.", MaxViews)}
		}
		var err error
		v.ID, err = database.Insert(ctx, tx, "INSERT INTO views (owner_id, name, query, shared, policies, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			v.OwnerID, v.Name, v.Query, v.Shared, v.Policies, now, now)
		if err != nil || !v.Shared {
			return err
		}
		return houseEntry(ctx, tx, now, caller, "share_view", Detail{"view": v.ID})
	})
	return v, err
}

// faults says what is wrong with a view's name.
func (v *SavedView) faults() FieldErrors {
	faults := FieldErrors{}
	switch n := utf8.RuneCountInString(v.Name); {
	case n == 0:
		faults["name"] = "Give the view a name."
	case n > MaxViewName:
		faults["name"] = fmt.Sprintf("Use at most %d characters; these are %d.", MaxViewName, n)
	case strings.Contains(v.Name, "@"):
		faults["name"] = "A name must not hold anybody's address."
	}
	return faults
}

// View returns a saved view the caller may see, or ErrNotFound.
func (o *Office) View(ctx context.Context, caller access.Caller, id int64) (SavedView, error) {
	views, err := o.Views(ctx, caller)
	for _, v := range views {
		if v.ID == id {
			return v, err
		}
	}
	if err == nil {
		err = ErrNotFound
	}
	return SavedView{}, err
}

// ChangeView renames one of the caller's own views, shares it or takes it back.
// Its filter stays. Somebody else's is ErrNotFound or, where it is shared with
// them, ErrForbidden.
func (o *Office) ChangeView(ctx context.Context, caller access.Caller, now time.Time, id int64, name string, shared bool) (SavedView, error) {
	before, err := o.ownView(ctx, caller, id)
	if err != nil {
		return before, err
	}
	v := before
	v.Name, v.Shared, v.Policies = strings.Join(strings.Fields(name), " "), shared, o.ViewAudience(caller, ParseFilter(v.Query))
	if faults := v.faults(); len(faults) > 0 {
		return v, faults
	}
	now = now.UTC().Truncate(time.Microsecond)
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "UPDATE views SET name = ?, shared = ?, policies = ?, changed_at = ? WHERE id = ? AND owner_id = ?", v.Name, v.Shared, v.Policies, now, id, caller.ID)
		if err != nil || !v.Shared && !before.Shared {
			return err
		}
		return houseEntry(ctx, tx, now, caller, shareAct(v.Shared), Detail{"view": id})
	})
	return v, err
}

func shareAct(shared bool) string {
	if shared {
		return "share_view"
	}
	return "unshare_view"
}

// DeleteView takes one of the caller's own views away.
func (o *Office) DeleteView(ctx context.Context, caller access.Caller, now time.Time, id int64) error {
	v, err := o.ownView(ctx, caller, id)
	if err != nil {
		return err
	}
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "DELETE FROM views WHERE id = ? AND owner_id = ?", id, caller.ID)
		if err != nil || !v.Shared {
			return err
		}
		return houseEntry(ctx, tx, now, caller, shareAct(false), Detail{"view": id, "deleted": true})
	})
}

func (o *Office) ownView(ctx context.Context, caller access.Caller, id int64) (SavedView, error) {
	v, err := o.View(ctx, caller, id)
	if err == nil && !v.Mine {
		err = fmt.Errorf("%w: only who made a view can change it", ErrForbidden)
	}
	return v, err
}

// Columns returns the names of the columns somebody chose for their lists; none
// means the usual ones.
func (o *Office) Columns(ctx context.Context, caller access.Caller) ([]string, error) {
	var columns string
	err := database.Row(ctx, o.db.Read(), []any{&columns}, "SELECT columns FROM queue_columns WHERE user_id = ?", caller.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil || columns == "" {
		return nil, err
	}
	return strings.Split(columns, ","), nil
}

// ChooseColumns keeps which columns somebody wants to see; none brings the usual
// ones back. What the names mean is the page's business.
func (o *Office) ChooseColumns(ctx context.Context, caller access.Caller, columns []string) error {
	if err := mayList(caller); err != nil {
		return err
	}
	list := cut(strings.Join(columns, ","), 500)
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "INSERT INTO queue_columns (user_id, columns) VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET columns = excluded.columns", caller.ID, list)
		return err
	})
}
