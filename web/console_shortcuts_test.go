package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/policies"
)

// Shortcuts of one key are listed without a script, and who switches them off
// gets pages without them (WCAG 2.2, 2.1.4).
func TestShortcutsAreListedAndCanBeSwitchedOff(t *testing.T) {
	s := openStreet(t)
	b := s.desk("mara@example.com")
	b.open("/console/keys").sees(http.StatusOK, "Shortcuts are on", "Next request", "Select the request", "Everything they do can be done with links")
	if !strings.Contains(b.body, "/shortcuts.js") {
		t.Error("the page has no shortcuts")
	}
	b.fill("/console/keys", url.Values{"keys": {"off"}}).at("/console/keys").sees(http.StatusOK, "Keyboard shortcuts are off in this browser.", "Switch the shortcuts on")
	b.seesNot("/shortcuts.js").open("/console").sees(http.StatusOK).seesNot("/shortcuts.js").open("/console/me").sees(http.StatusOK, "are off in this browser")
	b.open("/console/keys").fill("/console/keys", url.Values{"keys": {"on"}}).sees(http.StatusOK, "Shortcuts are on")
	if !strings.Contains(b.body, "/shortcuts.js") {
		t.Error("they do not come back")
	}
}

// The side column shows what there is and what the caller's role may use.
func TestTheSideColumnLeadsNowhereThatIsNotThereOrNotAllowed(t *testing.T) {
	s := openStreet(t)
	s.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
	s.hire("joon@example.com", "Joon Park", access.Auditor, access.AllPolicies())
	link := regexp.MustCompile(`<li><a href="(/console/[^"?]+)"`)
	for _, email := range []string{"mara@example.com", "priya@example.com", "joon@example.com"} {
		b := s.desk(email)
		_, nav, _ := strings.Cut(b.body, `aria-labelledby="nav-manage"`)
		nav, _, _ = strings.Cut(nav, "</ul>")
		found := link.FindAllStringSubmatch(nav, -1)
		if len(found) == 0 {
			t.Errorf("%s finds nothing beside the queue", email)
		}
		for _, l := range found {
			b.open(l[1]).sees(http.StatusOK)
			if !strings.Contains(b.body, `<li><a href="`+l[1]+`" aria-current="page">`) {
				t.Errorf("%s: the column does not say that this page is open", l[1])
			}
		}
		if new := strings.Contains(nav, "/console/new"); email == "joon@example.com" && new {
			t.Error("an auditor is offered to record requests")
		}
	}
}

// An open list learns how many requests came in meanwhile. Whoever follows the
// address by hand comes to the list.
func TestAnOpenListIsToldWhatCameInMeanwhile(t *testing.T) {
	s := openStreet(t)
	s.hire("tomas@example.com", "Tomas Rey", access.Handler, access.OnlyPolicies("opvio"))
	s.arrive(s.now(), "moxora", "GB", "a@example.org", policies.Access)
	b, other := s.desk("mara@example.com"), s.desk("tomas@example.com")
	found := regexp.MustCompile(`hx-get="([^"]+)"`).FindStringSubmatch(b.open("/console?q=is:open").body)
	if found == nil {
		t.Fatal("the list asks for nothing")
	}
	live := strings.ReplaceAll(found[1], "&amp;", "&")
	asks := func(b *browser, address string) string {
		req, err := http.NewRequest(http.MethodGet, s.server.URL+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("HX-Request", "true")
		res, err := b.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%d %v", res.StatusCode, err)
		}
		return strings.TrimSpace(string(body))
	}
	if line := asks(b, live); line != "" {
		t.Errorf("nothing came in, and the line is %q", line)
	}
	s.later(time.Second)
	for i := range 3 {
		s.arrive(s.now(), "moxora", "GB", fmt.Sprintf("n%d@example.org", i), policies.Access)
	}
	if line := asks(b, live); line != `<a class="new-rows" href="/console?q=is:open">3 new, show</a>` {
		t.Errorf("the line is %q", line)
	}
	if line := asks(other, live); line != "" {
		t.Errorf("who serves another policy is told %q", line)
	}
	if line := asks(b, "/console/live?q=nonsense:x&since=yesterday"); line != "" {
		t.Errorf("nonsense is answered by %q", line)
	}
	b.open(live).at("/console").sees(http.StatusOK, "All open")
	for range 6 { // what a page asks by itself is no visit
		s.later(25 * time.Minute)
		asks(b, live)
	}
	s.later(40 * time.Minute)
	req, err := http.NewRequest(http.MethodGet, s.server.URL+live, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("HX-Request", "true")
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized || res.Header.Get("HX-Refresh") != "true" {
		t.Errorf("an open page of who is signed out is answered by %d, %q", res.StatusCode, res.Header.Get("HX-Refresh"))
	}
	b.open("/console").at("/console/signin")
}

// A first visit to a full list loads less than 100 kB, styles and scripts
// included, as they come over the wire.
func TestAFullListIsLight(t *testing.T) {
	s := openStreet(t)
	b := s.desk("mara@example.com")
	for i := range 50 {
		s.arrive(s.ago(float64(i%20)+0.5), "moxora", "GB", strconv.Itoa(i)+"@example.org", policies.Access)
	}
	_, _, page := b.fetch("/console")
	if rows := strings.Count(page, "<tr role=\"row\""); rows != 51 {
		t.Errorf("the list has %d rows and its head", rows)
	}
	wire, plain := packed(t, page), len(page)
	seen := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?:href|src)="(/assets/[^"#]+)`).FindAllStringSubmatch(page, -1) {
		if !seen[found[1]] {
			seen[found[1]] = true
			_, _, file := s.raw("GET", found[1], "", "", "Accept-Encoding", "identity")
			_, _, gz := s.raw("GET", found[1], "", "", "Accept-Encoding", "gzip")
			wire, plain = wire+len(gz), plain+len(file)
		}
	}
	t.Logf("%d files beside the page: %d bytes over the wire, %d unpacked", len(seen), wire, plain)
	if len(seen) < 5 || wire > 100_000 {
		t.Errorf("%d files and the page are %d bytes", len(seen), wire)
	}
}

// packed is how many bytes a page takes as the site sends it.
func packed(t *testing.T, page string) int {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, page); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
