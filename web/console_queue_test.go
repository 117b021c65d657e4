package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/policies"
)

func policiesOf(ids ...string) access.Policies { return access.OnlyPolicies(ids...) }

// rows lists the references of the table, in its order.
func (b *browser) rows() []string {
	b.Helper()
	var list []string
	for _, td := range find(b.doc, func(n *html.Node) bool { return n.Data == "td" && attr(n, "class") == "c-ref" }) {
		list = append(list, textOf(find(td, element("a"))[0]))
	}
	return list
}

// Every request is on exactly one page, in the order of the governing dates,
// however one pages, on either engine.
func TestPagesFollowEachOtherWithoutGapsOrRepeats(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := openStreetOn(t, db)
		const n = 113
		b := s.desk("mara@example.com")
		for i := range n {
			s.arrive(s.ago(float64(i%20)+0.5), "sectora", "DE", fmt.Sprintf("p%d@example.org", i), policies.Access)
		}
		status, header, page := b.fetch("/console")
		if status != 200 || len(page) > 100_000 {
			t.Errorf("a page of 50 rows has %d bytes, %v", len(page), header)
		}
		var forward, pages []string
		for address := "/console?q=is:open"; address != ""; {
			pages = append(pages, address)
			b.openLarge(address)
			forward = append(forward, b.rows()...)
			if len(pages) == 1 {
				b.sees(200, "113 requests", "1 to 50 of 113")
			}
			address = b.rel("next")
		}
		b.sees(200, "101 to 113 of 113")
		seen := slices.Clone(forward)
		slices.Sort(seen)
		if len(forward) != n || len(slices.Compact(seen)) != n || len(pages) != 3 {
			t.Errorf("%d rows, %d different, on %d pages", len(forward), len(slices.Compact(seen)), len(pages))
		}
		back := b.rows()
		for b.rel("prev") != "" {
			b.openLarge(b.rel("prev"))
			back = append(b.rows(), back...)
		}
		b.sees(200, "1 to 50 of 113")
		if !slices.Equal(back, forward) {
			t.Error("the way back shows other rows than the way there")
		}
		// A key that is damaged, of another view or of another order: said, and the first page offered.
		for _, address := range []string{"q=is:open&after=nonsense", "q=policy:sectora&after=" + keyOf(pages[1]), "q=is:open+sort:received&after=" + keyOf(pages[1]), "q=is:open&before=" + keyOf(pages[1]) + "x"} {
			b.openLarge("/console?" + address)
			b.sees(http.StatusNotFound, "This page of the list does not exist any more", "1 to 50 of 113")
		}
		b.open("/console?q=is:closed&after="+keyOf(pages[1])).sees(http.StatusNotFound, "This page of the list does not exist any more", "No request")
	})
}

func keyOf(address string) string {
	u, _ := url.Parse(address)
	return u.Query().Get("after")
}

func (b *browser) rel(name string) string {
	for _, a := range find(b.doc, element("a")) {
		if attr(a, "rel") == name {
			return attr(a, "href")
		}
	}
	return ""
}

func TestAFilterOfNonsenseIsSaidAndTheRestStillApplied(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	s.arrive(s.ago(3), "moxora", "GB", "e2@example.org", policies.Deletion)
	b := s.desk("mara@example.com")
	b.open("/console?q="+url.QueryEscape("right:access colour:red is:late due:soon")).sees(200, `"colour" is no filter.`, "is:late is not understood", "due:soon is not understood", "1 request", r.Reference)
	for _, q := range []string{
		"'; DROP TABLE requests; --", "%", "%%%___", "\\", "is:", ":::", "right:", "law:'", "assignee:99999999999999999999", "assignee:-1", "due:-5d", "due:99999999999d", "due:today",
		strings.Repeat("a", 5000), strings.Repeat("is:open ", 400), "<script>alert(1)</script>", "\x00", "\xff\xfe", "é" + strings.Repeat("é", 600), "?!(x)", "is:open?0=1", "policy:%2e%2e", "phase:closed", "waiting:nobody",
	} {
		b.open("/console?q=" + url.QueryEscape(q))
		if b.status != 200 {
			t.Errorf("the filter %.40q answered %d", q, b.status)
		}
		b.seesNot("<script>alert")
	}
	b.open("/console").sees(200, "2 requests")
}

func TestChipsAndTheTypedFilterMirrorEachOther(t *testing.T) {
	s := openStreet(t)
	s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	b := s.desk("mara@example.com")
	b.open("/console?q=is:open+right:access").sees(200, "Remove is:open", "Remove right:access", "1 request")
	b.follow("Remove is:open")
	if got := b.address.Query().Get("q"); got != "right:access" {
		t.Errorf("without is:open the filter is %q", got)
	}
	b.follow("Deletion")
	if got := b.address.Query().Get("q"); got != "right:deletion" {
		t.Errorf("another right in its place gives %q", got)
	}
	b.sees(200, "0 requests", "No request matches").follow("Clear all").sees(200, "1 request")
}

func TestEveryShippedViewSaysWhenNothingIsInIt(t *testing.T) {
	s := openStreet(t)
	b := s.desk("mara@example.com")
	nav := func() (views []string) {
		for _, ul := range find(b.doc, func(n *html.Node) bool { return attr(n, "aria-labelledby") == "nav-requests" }) {
			for _, a := range find(ul, element("a")) {
				views = append(views, attr(a, "href"))
			}
		}
		return views
	}
	views := nav()
	if len(views) != 15 {
		t.Fatalf("there are %d views", len(views))
	}
	for _, view := range views {
		b.open(view).sees(200, "0 requests")
		if len(find(b.doc, func(n *html.Node) bool { return attr(n, "class") == "blank" })) != 1 || len(find(b.doc, element("table"))) != 0 {
			t.Errorf("%s does not say that it is empty", view)
		}
	}
	later := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	b.open("/console?q=is:overdue").sees(200, "Nothing overdue", "The next date of all: "+later.Reference+", access from United Kingdom, 27 days left", "Open "+later.Reference, "All open, 1")
	b.open("/console?q=is:open+right:access+law:ccpa").sees(200, "No request matches all three filters", "Without law:ccpa there would be 1.")
}

// The states of dates, each as sign, words and class.
func TestDueStatesAreSaidInWordsToo(t *testing.T) {
	s := openStreet(t)
	all := s.gallery()
	b := s.desk("mara@example.com")
	b.open("/console")
	states := map[string]string{}
	for _, tr := range find(b.doc, element("tr")) {
		cells := find(tr, func(n *html.Node) bool { return attr(n, "class") == "c-due" && n.Data == "td" })
		if len(cells) == 0 {
			continue
		}
		ref := textOf(find(find(tr, func(n *html.Node) bool { return attr(n, "class") == "c-ref" })[0], element("a"))[0])
		states[ref] = attr(tr, "class") + ": " + strings.Join(strings.Fields(textOf(cells[0])), " ")
	}
	for name, want := range map[string]string{
		"decision": "late: Overdue ", "hours": "soon: ", "asked for proof": "held: Held, waiting for ID", "new": ": 25 days left", "answered": ": Answered",
	} {
		if got := states[all[name].Reference]; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	b.open("/console?q=closed:30d").sees(200, "Closed, last 30 days", "3 requests", all["closed"].Reference)
	b.open("/console?q=is:spam").sees(200, "Set aside", "the last set aside first", all["spam"].Reference).seesNot(all["closed"].Reference)
	b.open("/console?q=is:closed").sees(200, "3 requests", all["closed"].Reference, all["withdrawn"].Reference)
}

func TestTheRowOpenedLastIsMarkedAndTheWayBackLeadsToItsList(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	other := s.arrive(s.ago(3), "moxora", "GB", "e2@example.org", policies.Access)
	b := s.desk("mara@example.com")
	b.open("/console?q=phase:triage").follow(r.Reference).follow("To triage").at("/console")
	if got := b.address.Query().Get("q"); got != "phase:triage" {
		t.Errorf("the way back leads to %q", got)
	}
	marked := find(b.doc, func(n *html.Node) bool { return n.Data == "tr" && attr(n, "aria-current") == "true" })
	if len(marked) != 1 || !strings.Contains(textOf(marked[0]), r.Reference) || strings.Contains(textOf(marked[0]), other.Reference) {
		t.Errorf("%d rows are marked", len(marked))
	}
	// Somebody's address is kept in no cookie.
	b.open("/console?q=e@example.org").sees(200, r.Reference)
	for _, c := range b.http.Jar.Cookies(b.address) {
		if strings.Contains(c.Value, "example.org") {
			t.Errorf("the cookie %s keeps an address", c.Name)
		}
	}
}

func TestPoliciesAndLawsAreListedWithTheirEditions(t *testing.T) {
	s := openStreet(t)
	b := s.desk("mara@example.com")
	b.open("/console/policies").sees(200, "Moxora", "16 Jan 2024", "answer within 30 days; done in every system within 30 days", "first reply within 48 hours, “typically”", "none: the law’s clock runs alone", "UK GDPR", "sha256 ")
	for _, p := range s.site.Book.Packs() {
		b.open("/console/policies/"+p.ID).sees(200, p.Controller.Entity, p.SHA256, p.Rights[0].Evidence.Section, "“"+strings.Join(strings.Fields(p.Rights[0].Evidence.Phrase), " ")+"”")
	}
	for _, r := range s.site.Book.Regimes() {
		b.open("/console/laws/"+strings.ToLower(r.ID)).sees(200, r.SHA256, r.Versions[len(r.Versions)-1].Version)
		for _, c := range r.Versions[0].Clocks {
			b.sees(200, strings.Join(strings.Fields(c.Source), " "))
		}
	}
	b.open("/console/laws/nowhere").sees(http.StatusNotFound)
	b.open("/console/policies/nobody").sees(http.StatusNotFound)
}

func TestTheTimelineTellsPeopleAndTheMachineApart(t *testing.T) {
	s := openStreet(t)
	r := s.gallery()["answered"]
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page).sees(200, "Mara Lindqvist decided and sent the answer: granted. Law: done in time", "Letter “Done, as you asked” sent to the requester")
	for only, want := range map[string]string{"messages": "No event of this kind.", "decisions": "decided and sent", "system": "Letter “We have your request” sent to the requester", "clocks": "sent a request by form", "nonsense": "took the request up"} {
		b.open(page+"?only="+only).sees(200, want)
	}
	b.open(page)
	if n := len(find(b.doc, func(n *html.Node) bool { return n.Data == "li" && attr(n, "class") == "machine" })); n != 2 {
		t.Errorf("%d lines are the machine's, want 2", n)
	}
}
