package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/evidence"
	"dsr/policies"
)

// The pack is made from the request's own page, and proves itself.
func TestAnEvidencePackIsMadeOnThePageAndProvesItself(t *testing.T) {
	s := openStreet(t)
	ref := s.arrive(s.ago(3), "moxora", "GB", "erin@example.org", policies.Access).Reference
	b := s.desk("mara@example.com")
	b.open("/console/requests/"+ref).follow("Evidence pack").sees(http.StatusOK, "What is in it", "Without personal data", "dsr audit verify")
	for personal, name := range map[string]string{"no": ref + "-evidence.zip", "yes": ref + "-evidence-personal.zip"} {
		b.post("/console/requests/"+ref+"/evidence", url.Values{"personal": {personal}})
		if b.status != http.StatusOK || b.header.Get("Content-Type") != "application/zip" || !strings.Contains(b.header.Get("Content-Disposition"), name) {
			t.Fatalf("%s: %d %v", personal, b.status, b.header)
		}
		report, err := evidence.Verify(strings.NewReader(b.body), int64(len(b.body)), evidence.Options{Book: s.site.Book}, func(f string) { t.Error(f) })
		if err != nil || report.Manifest.Reference != ref || report.Manifest.Personal != (personal == "yes") {
			t.Errorf("%s: %+v, %v", personal, report.Manifest, err)
		}
	}
	b.open("/console/requests/"+ref).sees(http.StatusOK, "made an evidence pack without personal data", "made an evidence pack with personal data")
}

func TestAnAuditorSaysWhyForAWholePack(t *testing.T) {
	s := openStreet(t)
	s.hire("tom@example.com", "Tom Audit", access.Auditor, access.AllPolicies())
	ref := s.arrive(s.ago(3), "moxora", "GB", "erin@example.org", policies.Access).Reference
	b := s.desk("tom@example.com")
	b.open("/console/requests/" + ref + "/evidence")
	b.fill("/evidence", url.Values{"personal": {"yes"}}).sees(http.StatusUnprocessableEntity, "There is a problem", "Say why you take personal data along")
	if got := b.chosen("personal"); got != "yes" {
		t.Errorf("the choice is forgotten: %q", got)
	}
	b.fill("/evidence", url.Values{"personal": {"yes"}, "reason": {"The yearly audit"}})
	if b.status != http.StatusOK || !strings.HasPrefix(b.body, "PK") {
		t.Errorf("with a reason: %d", b.status)
	}
}

func TestNobodyMakesAPackOfWhatTheyDoNotSee(t *testing.T) {
	s := openStreet(t)
	s.hire("ana@example.com", "Ana", access.Handler, access.OnlyPolicies("opvio"))
	ref := s.arrive(s.ago(3), "moxora", "GB", "erin@example.org", policies.Access).Reference
	b := s.desk("ana@example.com")
	b.open("/console/requests/" + ref + "/evidence").sees(http.StatusNotFound)
	b.post("/console/requests/"+ref+"/evidence", url.Values{"personal": {"no"}}).sees(http.StatusNotFound)
}

// The address is shown once, read by a program without a session, and stands in
// no log.
func TestACalendarIsReadByItsSecretAddress(t *testing.T) {
	s := openStreet(t)
	ref := s.arrive(s.ago(3), "moxora", "GB", "erin@example.org", policies.Access).Reference
	b := s.desk("mara@example.com")
	b.open("/console/me/calendar").sees(http.StatusOK, "You have no address yet")
	b.fill("/me/calendar", url.Values{"scope": {"everything"}}).sees(http.StatusUnprocessableEntity, "Choose which requests")
	b.fill("/me/calendar", url.Values{"scope": {"all"}}).sees(http.StatusOK, "It is shown this once")
	secret := calendarOf(b)
	b.open("/console/me/calendar").sees(http.StatusOK, "Last read", "not yet").seesNot("It is shown this once")

	read := func(path string, header ...string) (int, http.Header, string) {
		return s.raw("GET", path, "", "", header...)
	}
	status, header, body := read(secret)
	if status != http.StatusOK || header.Get("Content-Type") != "text/calendar; charset=utf-8" || !strings.Contains(body, ref) || len(header["Set-Cookie"]) > 0 {
		t.Fatalf("%d %v\n%s", status, header, body)
	}
	for name, value := range map[string]string{"If-None-Match": header.Get("ETag"), "If-Modified-Since": header.Get("Last-Modified")} {
		if status, _, body := read(secret, name, value); status != http.StatusNotModified || body != "" {
			t.Errorf("%s: %d", name, status)
		}
	}
	if strings.Contains(s.log.String(), strings.TrimSuffix(strings.TrimPrefix(secret, "/calendar/"), ".ics")) {
		t.Error("the secret stands in the log")
	}

	b.fill("/calendar/choose", url.Values{"scope": {"mine"}}).sees(http.StatusOK, "Changed.")
	if _, _, body := read(secret); strings.Contains(body, ref) {
		t.Error("what is not hers is still there")
	}
	b.fill("/calendar/revoke", nil).sees(http.StatusOK, "opens nothing any more")
	gone, _, said := read(secret)
	never, _, same := read(strings.Replace(secret, secret[10:14], "AAAA", 1))
	if gone != http.StatusNotFound || never != http.StatusNotFound || s.withoutNumber(said) != s.withoutNumber(same) {
		t.Errorf("revoked %d, unknown %d:\n%s\n%s", gone, never, said, same)
	}
	for _, path := range []string{"/calendar/x.ics", strings.TrimSuffix(secret, ".ics"), "/calendar/" + strings.Repeat("A", 5000) + ".ics"} {
		if status, _, _ := read(path); status != http.StatusNotFound {
			t.Errorf("%.30s: %d", path, status)
		}
	}
}

// calendarOf is the path of the address that a page shows.
func calendarOf(b *browser) string {
	b.Helper()
	for _, n := range find(b.doc, element("input")) {
		if path, found := strings.CutPrefix(attr(n, "value"), "https://privacy.example.com"); found && attr(n, "id") == "address" {
			return path
		}
	}
	b.Fatal("the page shows no address")
	return ""
}

func TestACalendarThatIsReadTooOftenIsToldToWait(t *testing.T) {
	s := openStreet(t)
	b := s.desk("mara@example.com")
	b.open("/console/me/calendar").fill("/me/calendar", url.Values{"scope": {"all"}})
	secret, limited := calendarOf(b), 0
	for range 130 {
		if status, header, _ := s.raw("GET", secret, "", ""); status == http.StatusTooManyRequests && header.Get("Retry-After") != "" {
			limited++
		}
	}
	if limited != 10 {
		t.Errorf("%d of 130 visits were told to wait", limited)
	}
	s.later(time.Hour)
	if status, _, _ := s.raw("GET", secret, "", ""); status != http.StatusOK {
		t.Errorf("an hour later: %d", status)
	}
}
