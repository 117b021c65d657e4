package web_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// heads are the labels of the table's columns.
func (b *browser) heads() (labels []string) {
	b.Helper()
	for _, th := range find(b.doc, element("th")) {
		if attr(th, "role") == "columnheader" {
			labels = append(labels, strings.Join(strings.Fields(textOf(th)), " "))
		}
	}
	return labels
}

func TestAListIsSortedByItsHeadsAndTheOrderStandsInTheAddress(t *testing.T) {
	s := openStreet(t)
	old := s.arrive(s.ago(9), "moxora", "GB", "a@example.org", policies.Access)
	young := s.arrive(s.ago(1), "moxora", "GB", "b@example.org", policies.Access)
	b := s.desk("mara@example.com")
	b.open("/console?q=right:access").follow("Newest first")
	if got := b.address.Query().Get("q"); got != "right:access sort:received-desc" {
		t.Errorf("the filter is %q", got)
	}
	if got := b.rows(); !slices.Equal(got, []string{young.Reference, old.Reference}) {
		t.Errorf("newest first: %v", got)
	}
	b.sees(200, "sort: newest first").follow("Longest waiting first")
	if got := b.rows(); !slices.Equal(got, []string{old.Reference, young.Reference}) {
		t.Errorf("longest waiting first: %v", got)
	}
	b.follow("Reference, requester")
	sorted := find(b.doc, func(n *html.Node) bool { return attr(n, "aria-sort") == "ascending" })
	if len(sorted) != 1 || !strings.Contains(textOf(sorted[0]), "Reference") || !slices.IsSorted(b.rows()) {
		t.Errorf("by reference: %v, %d heads sorted", b.rows(), len(sorted))
	}
	b.follow("Reference, requester")
	if got := b.address.Query().Get("q"); got != "right:access sort:reference-desc" {
		t.Errorf("the head turns the order to %q", got)
	}
	b.open("/console?q=sort:closed").sees(200, "sort:closed does not fit this list", "2 requests")
}

// The panel stands beside its list, which keeps its page, order and boxes.
func TestARequestIsLookedAtBesideItsList(t *testing.T) {
	s := openStreet(t)
	first := s.arrive(s.ago(9), "moxora", "GB", "erika@example.org", policies.Access)
	next := s.arrive(s.ago(3), "sectora", "DE", "max@example.org", policies.Deletion)
	b := s.desk("mara@example.com")
	b.open("/console?q=sort:received").follow("Look at "+first.Reference+" beside the list").sees(200, "Last events", "e•••@example.org", "Promise: answer", "Take up", "2 requests")
	if q := b.address.Query(); q.Get("q") != "sort:received" || q.Get("peek") != first.Reference {
		t.Errorf("the address is %s", b.address)
	}
	b.follow("Look at the request after").sees(200, next.Reference, "Law: answer").seesNot("Look at the request after").follow("Close this panel")
	if q := b.address.Query(); q.Get("q") != "sort:received" || q.Has("peek") {
		t.Errorf("the closed panel leads to %s", b.address)
	}
	b.seesNot("Last events", "erika@")
	s.hire("nora@example.com", "Nora Sand", access.Handler, access.OnlyPolicies("sectora"))
	for _, ref := range []string{first.Reference, "MOX-0000-00", "<script>", "%00"} {
		s.desk("nora@example.com").open("/console?peek="+url.QueryEscape(ref)).sees(200, "is not there", "1 request").seesNot("Last events")
	}
}

func TestNextAndPreviousLeadThroughTheListARequestWasOpenedFrom(t *testing.T) {
	s := openStreet(t)
	var refs []string
	for i := range 4 {
		refs = append(refs, s.arrive(s.ago(float64(9-i)), "moxora", "GB", "a@example.org", policies.Access).Reference)
	}
	s.arrive(s.ago(5), "moxora", "GB", "a@example.org", policies.Deletion)
	b := s.desk("mara@example.com")
	b.open("/console?q=right:access+sort:received").follow(refs[1]).sees(200, "2 of 4").follow("Next in the list").sees(200, refs[2], "3 of 4").follow("Previous in the list").sees(200, refs[1])
	s.do(refs[2], requests.TakeUp{})
	b.open("/console?q=phase:triage+right:access+sort:received").follow(refs[1]).sees(200, "2 of 3").follow("Next in the list").sees(200, refs[3], "3 of 3")
	// Found by an address: it was opened from no list.
	b.open("/console?q=a@example.org").follow(refs[1]).seesNot("Next in the list")
}

func TestColumnsAreChosenAndComeBack(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "a@example.org", policies.Access)
	s.do(r.Reference, requests.AddLabel{Label: "newsletter"})
	b := s.desk("mara@example.com")
	usual := []string{"Select all on this page", "Due", "", "Reference, requester", "Right", "Place and law", "Phase", "Next step, and whose", "Assignee", "Last event"}
	if got := b.open("/console").heads(); len(got) != len(usual) || got[4] != usual[4] {
		t.Errorf("the usual columns are %q", got)
	}
	b.open("/console/columns").fill("/console/columns", url.Values{"column": {"right", "labels", "received", "nonsense"}}).at("/console").sees(200, "Your lists have these columns now.", "newsletter")
	if got := b.heads(); !slices.Equal(got, []string{"Select all on this page", "Due", "Reference, requester", "Right", "Received", "Labels"}) {
		t.Errorf("the chosen columns are %q", got)
	}
	if got := s.desk("mara@example.com").open("/console").heads(); len(got) != 6 {
		t.Errorf("in another browser they are %q", got)
	}
	b.open("/console/columns").fill("/console/columns", url.Values{"column": {}})
	if got := b.heads(); !slices.Equal(got, []string{"Select all on this page", "Due", "Reference, requester"}) {
		t.Errorf("without any: %q", got)
	}
	b.post("/console/columns", url.Values{"usual": {"1"}}).sees(200, "usual columns again", "Next step, and whose")
}

func TestViewsAreSavedSharedRenamedAndDeleted(t *testing.T) {
	s := openStreet(t)
	s.hire("nora@example.com", "Nora Sand", access.Handler, access.OnlyPolicies("sectora"))
	s.hire("joon@example.com", "Joon Park", access.Approver, access.AllPolicies())
	s.arrive(s.ago(3), "moxora", "GB", "a@example.org", policies.Deletion)
	b, nora, joon := s.desk("mara@example.com"), s.desk("nora@example.com"), s.desk("joon@example.com")
	b.open("/console?q=right:deletion+sort:received").follow("Save this list as a view").sees(200, "everybody who serves all policies")
	b.fill("/console/views", url.Values{"name": {" "}}).sees(http.StatusUnprocessableEntity, "There is a problem", "Give the view a name.")
	b.fill("/console/views", url.Values{"name": {"Old deletions"}}).sees(200, "The view “Old deletions” is saved.", "1 request")
	if got := b.address.Query().Get("q"); got != "right:deletion sort:received" {
		t.Errorf("the saved list is %q", got)
	}
	joon.open("/console").seesNot("Old deletions")
	b.open("/console/views").follow("Change").fill("/console/views/1", url.Values{"name": {"Deletions, oldest first"}, "shared": {"yes"}}).sees(200, "is changed", "Shared with everybody who serves all policies")
	joon.open("/console").sees(200, "Deletions, oldest first").follow("Deletions, oldest first").sees(200, "1 request").open("/console/views").sees(200, "Shared by Mara Lindqvist").seesNot("Change Deletions")
	nora.open("/console/views").seesNot("Deletions, oldest first")
	// For the people of one policy, who see in it what they may see.
	b.open("/console/views?q=policy:sectora+policy:moxora").sees(200, "everybody who serves Moxora and Sectora")
	b.open("/console/views?q=policy:sectora").fill("/console/views", url.Values{"name": {"Ours"}, "shared": {"yes"}})
	nora.open("/console").follow("Ours").sees(200, "Ours", "0 requests")
	for _, path := range []string{"/console/views/1", "/console/views/2", "/console/views/99", "/console/views/x"} {
		nora.open(path).sees(http.StatusNotFound)
		nora.post(path, url.Values{"name": {"Mine now"}}).sees(http.StatusNotFound)
		nora.post(path+"/delete", url.Values{}).sees(http.StatusNotFound)
	}
	b.open("/console/views/1").fill("/delete", url.Values{}).sees(200, "is deleted").seesNot("Change Deletions")
	b.post("/console/views", url.Values{"name": {"Dana"}, "list": {"dana@example.org"}}).sees(http.StatusUnprocessableEntity, "A view cannot look for a reference or an address")
}

// What the next page says is kept in the session, which takes short texts only.
func TestAViewWithALongNameIsSaved(t *testing.T) {
	s := openStreet(t)
	s.arrive(s.ago(3), "moxora", "GB", "a@example.org", policies.Deletion)
	b := s.desk("mara@example.com")
	name := strings.Repeat("消去", 30)
	b.open("/console?q=right:deletion").follow("Save this list as a view").fill("/console/views", url.Values{"name": {name}}).sees(200, "The view “消去", "1 request")
	b.open("/console/views").sees(200, name)
}

// A cell that a spreadsheet would read as a formula is only text.
func TestAListIsTakenAlongAsCSVWithoutFormulasAndRecorded(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "=cmd|calc@example.org", policies.Access)
	s.arrive(s.ago(2), "sectora", "DE", "max@example.org", policies.Deletion)
	s.do(r.Reference, requests.AddLabel{Label: "-1+1"})
	s.hire("nora@example.com", "@Nora", access.Auditor, access.OnlyPolicies("moxora"))
	b := s.desk("nora@example.com")
	b.open("/console?q=max@example.org").sees(200, "0 requests")
	b.post("/console/export", url.Values{"q": {"is:open"}})
	rows, err := csv.NewReader(strings.NewReader(b.body)).ReadAll()
	if err != nil || b.status != 200 || len(rows) != 2 || rows[1][0] != r.Reference {
		t.Fatalf("%d: %v %q", b.status, err, b.body)
	}
	for i, cell := range rows[1] {
		if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
			t.Errorf("%s begins as a formula: %q", rows[0][i], cell)
		}
	}
	if text := strings.Join(rows[1], "|"); !strings.Contains(text, "'=•••@example.org") || !strings.Contains(text, "'-1+1") || strings.Contains(b.body, "calc@") {
		t.Errorf("the row is %q", text)
	}
	if kind, disposition := b.header.Get("Content-Type"), b.header.Get("Content-Disposition"); kind != "text/csv; charset=utf-8" || !strings.HasPrefix(disposition, "attachment; filename=") {
		t.Errorf("%s, %s", kind, disposition)
	}
	b.post("/console/export", url.Values{"q": {"max@example.org right:deletion"}})
	if rows, err := csv.NewReader(strings.NewReader(b.body)).ReadAll(); err != nil || len(rows) != 1 {
		t.Errorf("a list of nothing: %q, %v", b.body, err)
	}
	var told []string
	if err := s.site.DB.Read().NewSelect().Table("audit_entries").Column("detail").Where("act = 'export_list'").Order("id").Scan(t.Context(), &told); err != nil {
		t.Fatal(err)
	}
	want := []string{`{"filter":"is:open","requests":1}`, `{"filter":"(a reference or an address) right:deletion","requests":0}`}
	if !slices.Equal(told, want) {
		t.Errorf("the trail says %q", told)
	}
}

// What stands in titles, which everybody sees who looks over a shoulder or at a
// shared screen, names nobody.
func TestNoTitleOfTheListNamesARequester(t *testing.T) {
	s := openStreet(t)
	s.gallery()
	b := s.desk("mara@example.com")
	b.open("/console")
	for _, n := range find(b.doc, func(n *html.Node) bool { return has(n, "title") }) {
		if strings.Contains(attr(n, "title"), "@") {
			t.Errorf("a title says %q", attr(n, "title"))
		}
	}
	b.seesNot("erika", "max@")
}
