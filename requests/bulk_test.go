package requests_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/outbox"
	"dsr/policies"
	"dsr/requests"
)

func (h *house) prepare(who access.Caller, act, q string) int64 {
	h.Helper()
	id, err := h.PrepareBulk(h.Context(), who, h.clock, act, requests.Selection{All: true, Filter: requests.ParseFilter(q)})
	if err != nil {
		h.Fatal(err)
	}
	return id
}

func (h *house) check(who access.Caller, id int64, form requests.BulkForm) {
	h.Helper()
	if err := h.CheckBulk(h.Context(), who, h.clock, id, form); err != nil {
		h.Fatal(err)
	}
}

func (h *house) start(who access.Caller, id int64) {
	h.Helper()
	if err := h.StartBulk(h.Context(), who, h.now, id); err != nil {
		h.Fatal(err)
	}
}

// counted checks how many requests of a bulk act came to what, "can 3 cannot 2".
func (h *house) counted(who access.Caller, id int64, state string, want map[string]int) *requests.Bulk {
	h.Helper()
	b, err := h.Bulk(h.Context(), who, id)
	if err != nil {
		h.Fatal(err)
	}
	if b.State != state || fmt.Sprint(b.Count) != fmt.Sprint(want) {
		h.Errorf("the bulk act is %s with %v, want %s with %v: %+v", b.State, b.Count, state, want, b.Groups)
	}
	return b
}

// to chooses somebody to assign to.
func to(id int64) requests.BulkForm { return requests.BulkForm{Assignee: &id} }

func TestABulkActSaysWhoCanAndWhyOthersCannot(t *testing.T) {
	each(t, func(h *house) {
		all := h.crowd(6)
		h.last = all[0].Reference
		h.do(requests.TakeUp{})
		id := h.prepare(h.mara, requests.BulkTakeUp, "")
		b := h.counted(h.mara, id, requests.BulkDraft, map[string]int{"can": 5, "cannot": 1})
		if why := b.Groups[1]; why.References[0] != all[0].Reference || why.Reason == "" {
			h.Errorf("%+v", b.Groups)
		}
		h.start(h.mara, id)
		b = h.counted(h.mara, id, requests.BulkDone, map[string]int{"done": 5, "cannot": 1})
		if n := len(h.list(h.mara, "phase:search assignee:me")); n != 6 || b.EndedAt.IsZero() {
			h.Errorf("%d are taken up", n)
		}
		if err := h.StartBulk(h.Context(), h.mara, h.now, id); !errors.Is(err, requests.ErrStale) {
			h.Errorf("a second start gave %v", err)
		}
		h.deliver().verified()
	})
}

func TestOneExtensionFitsOnlyThoseWhoseLawAllowsIt(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02")
		uk := h.receive("sectora", "GB", policies.Access).Requests[0]
		ca := h.receive("sectora", "US-CA", policies.Access).Requests[0]
		out := h.receive("opvio", "US-CA", policies.OptOutSale).Requests[0]
		h.on("2026-03-10")
		id := h.prepare(h.mara, requests.BulkExtend, "")
		h.counted(h.mara, id, requests.BulkDraft, map[string]int{"can": 2, "cannot": 1})
		err := h.CheckBulk(h.Context(), h.mara, h.clock, id, requests.BulkForm{Ground: "complex"})
		var faults requests.FieldErrors
		if !errors.As(err, &faults) || faults["reason"] == "" || faults["until"] == "" || faults["ground"] != "" {
			h.Errorf("an empty form: %v", err)
		}
		if err := h.StartBulk(h.Context(), h.mara, h.now, id); !errors.Is(err, requests.ErrInvalid) {
			h.Errorf("started with an empty form: %v", err)
		}
		ground := h.grounds(uk.Reference)
		h.check(h.mara, id, requests.BulkForm{Ground: ground, Reason: "There is a lot to go through.", Until: "2026-05-29"})
		b, err := h.Bulk(h.Context(), h.mara, id)
		if err != nil {
			h.Fatal(err)
		}
		for _, g := range b.Groups {
			for _, ref := range g.References {
				if can := g.State == requests.ItemCan; can == (ref == out.Reference) || !can && g.Reason == "" {
					if ref == uk.Reference || ref == out.Reference {
						h.Errorf("%s: %+v", ref, g)
					}
				}
			}
		}
		h.start(h.mara, id)
		h.deliver()
		if n := len(h.list(h.mara, "has:extension")); n == 0 || n != b.Count["can"] {
			h.Errorf("%d were extended, %d could be (California: %s)", n, b.Count["can"], ca.Reference)
		}
		h.verified()
	})
}

// grounds returns a ground of extension that a request's law knows.
func (h *house) grounds(reference string) string {
	h.Helper()
	v, err := h.Open(h.Context(), h.mara, h.clock, reference, false)
	if err != nil || len(v.Version.Extensions) == 0 {
		h.Fatal("no ground to extend: ", err)
	}
	return v.Version.Extensions[0].Ground
}

// Half of the requests move between the look and the act: those are left as
// they are, reported, and can be tried again.
func TestRequestsThatMovedMeanwhileAreLeftAndReported(t *testing.T) {
	each(t, func(h *house) {
		all := h.crowd(8)
		joon := h.hire("joon@example.com", "Joon", access.Handler, access.AllPolicies())
		id := h.prepare(h.mara, requests.BulkAssign, "")
		h.check(h.mara, id, to(h.mara.ID))
		for _, r := range all[:4] {
			h.last = r.Reference
			if err := h.try(joon, requests.Assign{UserID: joon.ID}); err != nil {
				h.Fatal(err)
			}
		}
		h.start(h.mara, id)
		b := h.counted(h.mara, id, requests.BulkDone, map[string]int{"done": 4, "moved": 4})
		if !strings.Contains(b.Groups[1].Reason, "Somebody changed it") || len(b.Groups[1].References) != 4 {
			h.Errorf("%+v", b.Groups)
		}
		if n := len(h.list(joon, "assignee:me")); n != 4 {
			h.Errorf("Joon has %d", n)
		}
		again, err := h.RetryBulk(h.Context(), h.mara, h.clock, id)
		if err != nil {
			h.Fatal(err)
		}
		h.counted(h.mara, again, requests.BulkDraft, map[string]int{"can": 4})
		h.start(h.mara, again)
		h.counted(h.mara, again, requests.BulkDone, map[string]int{"done": 4})
		h.deliver().verified()
	})
}

func TestTwoPeopleAtOnceDoNothingTwice(t *testing.T) {
	each(t, func(h *house) {
		h.crowd(12)
		joon := h.hire("joon@example.com", "Joon", access.Handler, access.AllPolicies())
		ids := map[int64]access.Caller{h.prepare(h.mara, requests.BulkTakeUp, ""): h.mara, h.prepare(joon, requests.BulkTakeUp, ""): joon}
		var both sync.WaitGroup
		for id, who := range ids {
			both.Go(func() {
				if err := h.StartBulk(h.Context(), who, h.now, id); err != nil {
					h.Error(err)
				}
			})
		}
		both.Wait()
		done, moved := 0, 0
		for id, who := range ids {
			b, err := h.Bulk(h.Context(), who, id)
			if err != nil || b.State != requests.BulkDone {
				h.Error(b, err)
			}
			done, moved = done+b.Count["done"], moved+b.Count["moved"]
			if _, err := h.Bulk(h.Context(), access.Caller{Kind: access.Staff, ID: 999, Role: access.Administrator, Policies: access.AllPolicies()}, id); !errors.Is(err, requests.ErrNotFound) {
				h.Errorf("somebody else reads the report: %v", err)
			}
		}
		if done != 12 || moved != 12 {
			h.Errorf("%d done, %d reported as moved", done, moved)
		}
		h.verified()
	})
}

// More than a person waits for is done by jobs; the job breaks off again and
// again and still does each request once.
func TestALargeBulkActGoesOnAfterACrash(t *testing.T) {
	each(t, func(h *house) {
		const n = 230
		for i := range n {
			h.receive("sectora", []string{"GB", "DE"}[i%2], policies.Access)
		}
		id := h.prepare(h.mara, requests.BulkLabel, "")
		h.check(h.mara, id, requests.BulkForm{Label: "Data breach"})
		h.start(h.mara, id)
		h.counted(h.mara, id, requests.BulkRunning, map[string]int{"can": n})
		for crash := range 4 { // the program dies between two requests
			ctx, stop := context.WithCancel(h.Context())
			calls := 0
			dying := func() time.Time {
				if calls++; calls > 10+crash*7 {
					stop()
				}
				return h.clock
			}
			if err := h.RunBulk(dying)(ctx, outbox.Job{Payload: fmt.Append(nil, id)}); err == nil {
				h.Fatal("it did not die")
			}
			stop()
		}
		h.deliver()
		b := h.counted(h.mara, id, requests.BulkDone, map[string]int{"done": n})
		if got := len(h.list(h.mara, `label:"data breach"`)); got != n || b.Total() != n {
			h.Errorf("%d are labelled", got)
		}
		var events int
		if err := h.db.Read().NewSelect().Table("events").ColumnExpr("count(*)").Where("act = ?", string(requests.ActLabel)).Scan(h.Context(), &events); err != nil || events != n {
			h.Errorf("%d events for %d requests, %v", events, n, err)
		}
		// The same label again: each has it already, and taking it off works.
		id = h.prepare(h.mara, requests.BulkLabel, "policy:sectora place:gb")
		h.check(h.mara, id, requests.BulkForm{Label: "data  breach"})
		h.counted(h.mara, id, requests.BulkDraft, map[string]int{"cannot": n / 2})
		id = h.prepare(h.mara, requests.BulkUnlabel, "place:gb")
		h.check(h.mara, id, requests.BulkForm{Label: "data breach"})
		h.start(h.mara, id)
		h.counted(h.mara, id, requests.BulkDone, map[string]int{"done": n / 2})
	})
}

// Rights count when the act is done, not when it was started.
func TestABulkActStopsWhenItsMakerLosesTheirRole(t *testing.T) {
	each(t, func(h *house) {
		for range requests.BulkInline + 1 {
			h.receive("sectora", "GB", policies.Access)
		}
		nora := h.hire("nora@example.com", "Nora", access.Handler, access.OnlyPolicies("sectora"))
		id := h.prepare(nora, requests.BulkTakeUp, "")
		h.start(nora, id)
		h.dismissed(nora)
		h.deliver()
		var refused int
		if err := h.db.Read().NewSelect().Table("bulk_items").ColumnExpr("count(*)").Where("state = 'refused'").Scan(h.Context(), &refused); err != nil || refused != requests.BulkInline+1 {
			h.Errorf("%d refused, %v", refused, err)
		}
		if n := len(h.list(h.mara, "phase:search")); n != 0 {
			h.Errorf("%d were taken up", n)
		}
	})
}

// dismissed lets somebody leave.
func (h *house) dismissed(who access.Caller) {
	h.Helper()
	err := h.db.Write(h.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Table("users").Set("active = ?", false).Where("id = ?", who.ID).Exec(ctx)
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
}

func TestWhatASelectionCannotBe(t *testing.T) {
	each(t, func(h *house) {
		all := h.crowd(4)
		nora := h.hire("nora@example.com", "Nora", access.Handler, access.OnlyPolicies("sectora"))
		for name, c := range map[string]struct {
			who  access.Caller
			act  string
			s    requests.Selection
			want string
		}{
			"nothing ticked":               {h.mara, requests.BulkSpam, requests.Selection{}, "selection"},
			"no such act":                  {h.mara, "erase", requests.Selection{References: []string{all[0].Reference}}, "act"},
			"requests of another policy":   {nora, requests.BulkSpam, requests.Selection{References: []string{all[0].Reference, all[2].Reference}}, "selection"},
			"a filter that matches nobody": {h.mara, requests.BulkSpam, requests.Selection{All: true, Filter: requests.ParseFilter("is:overdue right:correction")}, "selection"},
		} {
			var faults requests.FieldErrors
			if _, err := h.PrepareBulk(h.Context(), c.who, h.clock, c.act, c.s); !errors.As(err, &faults) || faults[c.want] == "" {
				h.Errorf("%s: %v", name, err)
			}
		}
		auditor := h.hire("ada@example.com", "Ada", access.Auditor, access.AllPolicies())
		id := h.prepare(auditor, requests.BulkSpam, "")
		b := h.counted(auditor, id, requests.BulkDraft, map[string]int{"cannot": 4})
		if !strings.Contains(b.Groups[0].Reason, "signed in as auditor") {
			h.Errorf("%+v", b.Groups)
		}
	})
}

// A colleague may have done the same to a request since it was looked at.
func TestTheExampleOfABulkActCanBeOneThatIsSoAlready(t *testing.T) {
	each(t, func(h *house) {
		h.last = h.crowd(2)[0].Reference
		id := h.prepare(h.mara, requests.BulkLabel, "")
		h.check(h.mara, id, requests.BulkForm{Label: "urgent"})
		h.do(requests.AddLabel{Label: "urgent"})
		b := h.counted(h.mara, id, requests.BulkDraft, map[string]int{"can": 2})
		if preview, err := h.PreviewBulk(h.Context(), h.mara, h.clock, b, h.last); err != nil || len(preview.Letters) != 0 {
			h.Errorf("the example is %+v: %v", preview, err)
		}
	})
}

func TestTheListOfBulkActsCountsEachOfItsOwn(t *testing.T) {
	each(t, func(h *house) {
		h.crowd(6)
		gb := h.prepare(h.mara, requests.BulkTakeUp, "place:gb")
		h.start(h.mara, gb)
		de := h.prepare(h.mara, requests.BulkTakeUp, "place:de")
		h.start(h.mara, de)
		h.prepare(h.mara, requests.BulkTakeUp, "") // only looked at
		list, err := h.Bulks(h.Context(), h.mara, 10)
		if err != nil || len(list) != 2 || list[0].ID != de || list[1].ID != gb || list[0].Count["done"] != 2 || list[1].Total() != 2 {
			h.Errorf("the list is %+v: %v", list, err)
		}
	})
}
