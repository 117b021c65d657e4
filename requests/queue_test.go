package requests_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// list reads all of a list, page by page of seven, and checks that the way back
// shows the same.
func (h *house) list(who access.Caller, q string) []string {
	h.Helper()
	f := requests.ParseFilter(q)
	var there, back []string
	for p := (requests.Page{Size: 7}); ; {
		page, err := h.Queue(h.Context(), who, h.clock, f, p)
		if err != nil {
			h.Fatal(q, err)
		}
		there = append(there, refs(page)...)
		if page.Next == "" || len(page.Rows) == 0 {
			if page.Total != len(there) {
				h.Errorf("%q holds %d requests and says %d", q, len(there), page.Total)
			}
			back = refs(page)
			for page.Prev != "" {
				if page, err = h.Queue(h.Context(), who, h.clock, f, requests.Page{Before: page.Prev, Size: 7}); err != nil {
					h.Fatal(q, err)
				}
				back = append(refs(page), back...)
			}
			break
		}
		p.After = page.Next
	}
	if !slices.Equal(there, back) {
		h.Errorf("%q: the way back shows %v, the way there %v", q, back, there)
	}
	return there
}

func refs(page *requests.QueuePage) (list []string) {
	for _, r := range page.Rows {
		list = append(list, r.Reference)
	}
	return list
}

// crowd receives requests of several rights, places and days.
func (h *house) crowd(n int) []*requests.Request {
	h.Helper()
	places := []string{"GB", "DE", "US-CA"}
	var all []*requests.Request
	for i := range n {
		h.on("2026-03-02").clock = h.clock.Add(time.Duration((i*7)%n) * 5 * time.Hour)
		all = append(all, h.receive([]string{"moxora", "sectora"}[i%2], places[i%3], []policies.Right{policies.Access, policies.Deletion}[i/2%2]).Requests[0])
	}
	h.on("2026-03-10")
	return all
}

func TestEveryOrderListsEachRequestOnceInBothDirections(t *testing.T) {
	each(t, func(h *house) {
		all := h.crowd(25)
		for _, r := range all[:6] {
			h.last = r.Reference
			h.do(requests.Dismiss{Outcome: requests.NotUs, Text: "This is for another company."})
			h.clock = h.clock.Add(time.Minute)
		}
		for _, sort := range []string{"due", "received", "reference", "event"} {
			up, down := h.list(h.mara, "sort:"+sort), h.list(h.mara, "is:open sort:"+sort+"-desc")
			slices.Reverse(down)
			if len(up) != 19 || !slices.Equal(up, down) {
				h.Errorf("sorted by %s: %v and %v", sort, up, down)
			}
		}
		if got := h.list(h.mara, "sort:reference"); !slices.IsSorted(got) {
			h.Errorf("by reference: %v", got)
		}
		for _, sort := range []string{"closed", "received", "reference"} {
			up, down := h.list(h.mara, "is:closed sort:"+sort), h.list(h.mara, "is:closed sort:"+sort+"-desc")
			slices.Reverse(down)
			if len(up) != 6 || !slices.Equal(up, down) {
				h.Errorf("closed, sorted by %s: %v and %v", sort, up, down)
			}
		}
		for q, want := range map[string]string{"sort:closed": "It can be sorted by due, received, reference or event", "is:closed sort:event": "closed, received or reference", "sort:colour": "is not understood"} {
			if f := requests.ParseFilter(q); len(f.Faults) != 1 || !strings.Contains(f.Faults[0], want) {
				h.Errorf("%q: %v", q, f.Faults)
			}
		}
	})
}

// A key of another view, of another order, or of nowhere leads to no page.
func TestAKeyOfAnotherListIsNotTaken(t *testing.T) {
	each(t, func(h *house) {
		h.crowd(9)
		page, err := h.Queue(h.Context(), h.mara, h.clock, requests.ParseFilter("sort:received"), requests.Page{Size: 4})
		if err != nil || page.Next == "" {
			h.Fatal(err)
		}
		for _, q := range []string{"sort:received-desc", "sort:due", "", "is:open sort:received", "is:closed", "right:access sort:received"} {
			if _, err := h.Queue(h.Context(), h.mara, h.clock, requests.ParseFilter(q), requests.Page{After: page.Next}); !errors.Is(err, requests.ErrPage) {
				h.Errorf("%q took a key of another list: %v", q, err)
			}
		}
		for _, key := range []string{"nonsense", page.Next[:len(page.Next)-3], page.Next + "x", "e30", strings.Repeat("A", 9000), "bnVsbA", "\x00"} {
			if _, err := h.Queue(h.Context(), h.mara, h.clock, requests.ParseFilter("sort:received"), requests.Page{Before: key}); !errors.Is(err, requests.ErrPage) {
				h.Errorf("the key %.20q: %v", key, err)
			}
		}
	})
}

func TestFilterWordsFindWhatTheySay(t *testing.T) {
	each(t, func(h *house) {
		all := h.crowd(12)
		h.last = all[9].Reference // sectora, GB, access: the law alone, and a question stops it
		h.do(requests.TakeUp{}).do(requests.AskQuestion{Question: "Which account?"})
		h.clock = h.clock.Add(time.Hour)
		h.last = all[2].Reference
		h.request = all[2]
		h.asRequester(requests.Reply{Text: "Hello?"})
		h.last = all[1].Reference
		h.do(requests.Dismiss{Outcome: requests.NotUs, Text: "This is for another company."})
		h.sql(fmt.Sprintf("INSERT INTO request_labels (request_id, label, policy) VALUES (%d, 'urgent', 'moxora'), (%d, 'needs legal', 'sectora')", all[4].ID, all[5].ID))
		for _, c := range []struct {
			q    string
			want int
		}{
			{"", 11}, {"is:open", 11}, {"policy:moxora", 6}, {"policy:moxora policy:sectora", 11}, {"right:access right:erasure place:de", 3},
			{"place:us", 4}, {"place:us-ca", 4}, {"place:gb", 4}, {"place:unknown", 0}, {"law:ccpa", 4}, {"law:ccpa law:uk-gdpr", 8},
			{"has:reply", 1}, {"has:agent", 0}, {"has:files", 0}, {"has:label", 2}, {"label:urgent", 1}, {`label:"needs legal"`, 1}, {"label:none", 0}, {"has:extension", 0},
			{"is:held", 1}, {"waiting:requester", 1}, {"waiting:systems", 1}, {"waiting:team", 10}, {"assignee:me", 1}, {"assignee:nobody", 10}, {"assignee:me assignee:nobody", 11},
			{"received:30d", 11}, {"received:today", 0}, {"closed:30d", 1}, {"is:closed", 1}, {"closed:30d right:deletion", 0}, {"due:99d", 11}, {"due:today", 0},
			{"dana.whitlock@example.org", 12}, {"DANA.whitlock@example.org", 12}, {"nobody@example.org", 0}, {all[3].Reference, 1}, {strings.ToLower(all[3].Reference[:6]), 1}, {"dana.whitlock@example.org right:deletion", 6},
		} {
			if got := h.list(h.mara, c.q); len(got) != c.want {
				h.Errorf("%q finds %d, want %d", c.q, len(got), c.want)
			}
		}
	})
}

func TestUnknownWordsOfAFilterAreToldInASentence(t *testing.T) {
	each(t, func(h *house) {
		narrow := h.hire("nora@example.com", "Nora", access.Handler, access.OnlyPolicies("sectora"))
		for q, want := range map[string]string{
			"colour:red": `"colour" is no filter. There are is, has, right`, "is:late": "is:late is not understood. It can be one of open, overdue", "due:soon": "like due:7d", "right:flying": "is no right",
			"place:germany": "Write a code, like place:de", "assignee:mara": "assignee:me or assignee:nobody", "label:": "needs a word after it", "MOX": "too short", "law:moon": "law:moon is no law that is loaded",
			"policy:moxora": "policy:moxora is no policy you work with", "policy:nowhere": "policy:nowhere is no policy you work with", "received:-3d": "like received:7d", "closed:99999d": "like closed:7d",
		} {
			page, err := h.Queue(h.Context(), narrow, h.clock, requests.ParseFilter(q), requests.Page{})
			if err != nil || len(page.Filter.Faults) != 1 || !strings.Contains(page.Filter.Faults[0], want) {
				h.Errorf("%q: %v, %v", q, page.Filter.Faults, err)
			}
		}
		if got := requests.ParseFilter(`label:"needs legal" is:open "rest`).String(); got != `label:"needs legal" is:open` {
			h.Errorf("words in quotes are read as %q", got)
		}
	})
}

// Whatever the words, nobody finds, counts or steps to what they may not see.
func TestListsAreBoundToWhatTheCallerMaySee(t *testing.T) {
	each(t, func(h *house) {
		all := h.crowd(10)
		narrow := h.hire("nora@example.com", "Nora", access.Handler, access.OnlyPolicies("sectora"))
		for _, q := range []string{"", "policy:moxora", "dana.whitlock@example.org", all[0].Reference, "is:open sort:received", "policy:moxora policy:sectora"} {
			for _, ref := range h.list(narrow, q) {
				if strings.HasPrefix(ref, "MOX") {
					h.Errorf("%q shows %s", q, ref)
				}
			}
		}
		if _, err := h.Around(h.Context(), narrow, h.clock, requests.ParseFilter(""), all[0].Reference); !errors.Is(err, requests.ErrNotFound) {
			h.Errorf("neighbours of a request of another policy: %v", err)
		}
		exported := 0
		if err := h.Export(h.Context(), narrow, h.clock, requests.ParseFilter(""), func(r requests.Row) error {
			if exported++; r.Policy != "sectora" || !strings.Contains(r.Email, "•••") {
				h.Errorf("exported %s, %s", r.Reference, r.Email)
			}
			return nil
		}); err != nil || exported != 5 {
			h.Errorf("%d exported, %v", exported, err)
		}
		if n, err := h.Arrived(h.Context(), narrow, h.clock, requests.ParseFilter(""), h.clock.AddDate(-1, 0, 0), nil); err != nil || n != 5 {
			h.Errorf("%d arrived, %v", n, err)
		}
		if _, err := h.Queue(h.Context(), requests.RequesterOf(1), h.clock, requests.ParseFilter(""), requests.Page{}); !errors.Is(err, requests.ErrForbidden) {
			h.Errorf("a requester reads the queue: %v", err)
		}
	})
}

// Next leads on although the request at hand has left the list meanwhile.
func TestNeighboursFollowTheListAsItIsNow(t *testing.T) {
	each(t, func(h *house) {
		h.crowd(6)
		f := requests.ParseFilter("phase:triage sort:received")
		order := h.list(h.mara, f.String())
		a, err := h.Around(h.Context(), h.mara, h.clock, f, order[2])
		if want := (requests.Around{Prev: order[1], Next: order[3], Within: true, Position: 3, Total: 6}); err != nil || a != want {
			h.Fatalf("%+v, %v", a, err)
		}
		for _, i := range []int{2, 3} {
			h.last = order[i]
			h.do(requests.TakeUp{})
		}
		a, err = h.Around(h.Context(), h.mara, h.clock, f, order[2])
		if want := (requests.Around{Prev: order[1], Next: order[4]}); err != nil || a != want {
			h.Errorf("after it was taken up: %+v, %v", a, err)
		}
		if a, _ = h.Around(h.Context(), h.mara, h.clock, f, order[0]); a.Prev != "" || a.Position != 1 || a.Total != 4 {
			h.Errorf("the first: %+v", a)
		}
		if a, _ = h.Around(h.Context(), h.mara, h.clock, f, order[5]); a.Next != "" {
			h.Errorf("the last: %+v", a)
		}
	})
}

func TestWhatArrivesIsCountedOnceItIsNotShown(t *testing.T) {
	each(t, func(h *house) {
		all := h.crowd(4)
		h.on("2026-03-11")
		since := h.clock
		h.clock = h.clock.Add(time.Minute)
		fresh := h.receive("moxora", "GB", policies.Access).Requests[0]
		h.receive("moxora", "GB", policies.Deletion)
		count := func(q string, shown ...string) int {
			n, err := h.Arrived(h.Context(), h.mara, h.clock, requests.ParseFilter(q), since, shown)
			if err != nil {
				h.Fatal(err)
			}
			return n
		}
		if a, b, c := count(""), count("", fresh.Reference), count("right:deletion law:uk-gdpr"); a != 2 || b != 1 || c != 1 {
			h.Errorf("%d new, %d of them not shown, %d deletions", a, b, c)
		}
		h.last = all[0].Reference
		h.do(requests.Assign{UserID: h.mara.ID})
		if n := count("assignee:me"); n != 1 {
			h.Errorf("%d came to me", n)
		}
	})
}
