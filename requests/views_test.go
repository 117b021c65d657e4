package requests_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"dsr/access"
	"dsr/requests"
)

func (h *house) views(who access.Caller) (names []string) {
	h.Helper()
	list, err := h.Views(h.Context(), who)
	if err != nil {
		h.Fatal(err)
	}
	for _, v := range list {
		names = append(names, v.Name)
	}
	return names
}

func (h *house) save(who access.Caller, name, q string, shared bool) requests.SavedView {
	h.Helper()
	v, err := h.SaveView(h.Context(), who, h.clock, name, q, shared)
	if err != nil {
		h.Fatal(err)
	}
	return v
}

// A private view is its maker's. A shared one is offered to those who may see
// every policy it is about, and opens nothing to them.
func TestSavedViewsArePrivateOrSharedWithWhomTheyConcern(t *testing.T) {
	each(t, func(h *house) {
		moxora := h.hire("m@example.com", "M", access.Handler, access.OnlyPolicies("moxora"))
		both := h.hire("b@example.com", "B", access.Handler, access.OnlyPolicies("moxora", "sectora"))
		h.save(h.mara, "Mine", "right:deletion", false)
		everything := h.save(h.mara, "Everything", "sort:received", true)
		h.save(h.mara, "Moxora late", "policy:moxora is:overdue", true)
		h.save(both, "Both of ours", "is:unread", true)
		own := h.save(moxora, "Own", "is:held", true)
		for _, c := range []struct {
			who  access.Caller
			want []string
		}{
			{h.mara, []string{"Everything", "Mine", "Moxora late", "Both of ours", "Own"}},
			{moxora, []string{"Own", "Moxora late"}},
			{both, []string{"Both of ours", "Moxora late", "Own"}},
		} {
			if got := h.views(c.who); !slices.Equal(got, c.want) {
				h.Errorf("%s sees %v, want %v", c.who.Name, got, c.want)
			}
		}
		if _, err := h.ChangeView(h.Context(), moxora, h.clock, everything.ID, "Stolen", true); !errors.Is(err, requests.ErrNotFound) {
			h.Errorf("renaming a view one does not see: %v", err)
		}
		if err := h.DeleteView(h.Context(), both, h.clock, own.ID); !errors.Is(err, requests.ErrForbidden) {
			h.Errorf("deleting a view of somebody else: %v", err)
		}
		if _, err := h.ChangeView(h.Context(), moxora, h.clock, own.ID, "Only mine", false); err != nil {
			h.Error(err)
		}
		if err := h.DeleteView(h.Context(), h.mara, h.clock, everything.ID); err != nil {
			h.Error(err)
		}
		if got := h.views(both); !slices.Equal(got, []string{"Both of ours", "Moxora late"}) {
			h.Errorf("after it was taken back: %v", got)
		}
		var trail []string
		if err := h.db.Read().NewSelect().Table("audit_entries").Column("act").Where("chain = 0 AND act LIKE '%view'").Order("seq").Scan(h.Context(), &trail); err != nil {
			h.Fatal(err)
		}
		if got := strings.Join(trail, " "); got != "share_view share_view share_view share_view unshare_view unshare_view" {
			h.Errorf("the trail of the house: %s", got)
		}
	})
}

func TestAViewThatNamesAPersonIsNotKept(t *testing.T) {
	each(t, func(h *house) {
		h.save(h.mara, "Twice", "is:held", false)
		for _, c := range []struct{ name, q, field string }{
			{"Twice", "is:open", "name"},
			{"Dana", "dana.whitlock@example.org", "list"}, {"One", "MOX-8H2D-5K", "list"}, {"", "is:open", "name"},
			{"dana@example.org", "is:open", "name"}, {strings.Repeat("x", 61), "is:open", "name"},
		} {
			_, err := h.SaveView(h.Context(), h.mara, h.clock, c.name, c.q, false)
			var faults requests.FieldErrors
			if !errors.As(err, &faults) || faults[c.field] == "" {
				h.Errorf("%q, %q: %v", c.name, c.q, err)
			}
		}
	})
}

func TestColumnsAreChosenByEachPerson(t *testing.T) {
	each(t, func(h *house) {
		joon := h.hire("joon@example.com", "Joon", access.Handler, access.AllPolicies())
		for _, want := range [][]string{{"due", "ref"}, {"due", "right", "labels"}, nil} {
			if err := h.ChooseColumns(h.Context(), h.mara, want); err != nil {
				h.Fatal(err)
			}
			if got, err := h.Columns(h.Context(), h.mara); err != nil || !slices.Equal(got, want) {
				h.Errorf("%v, %v, want %v", got, err, want)
			}
		}
		if got, err := h.Columns(h.Context(), joon); err != nil || got != nil {
			h.Errorf("a colleague has %v, %v", got, err)
		}
		gone, cancel := context.WithCancel(h.Context())
		cancel()
		if got, err := h.Columns(gone, h.mara); err == nil {
			h.Errorf("what cannot be read is %v", got)
		}
	})
}
