package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

func TestSigningInTellsNobodyWhoIsHere(t *testing.T) {
	s := openStreet(t)
	b := s.browser()
	b.open("/console/me").at("/console/signin").sees(200, "Sign in")
	answers := map[string]bool{}
	for _, email := range []string{"mara@example.com", "nobody@example.com", "no address", ""} {
		b.open("/console/signin?next=/console/me").fill("/console/signin", url.Values{"email": {email}, "password": {"wrong"}})
		b.sees(422, "That email and password do not belong together")
		answers[strings.ReplaceAll(b.text(), email, "")] = true
	}
	if len(answers) != 1 {
		t.Errorf("the answers differ: %d", len(answers))
	}
	b.fill("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {passPhrase}}).at("/console/me").sees(200, "mara@example.com", "Handler", "Moxora, Nexoro, Opvio, Sectora, Vensor AI")
	b.open("/console/signin?next=/console/policies").at("/console/policies")
	b.fill("/console/signout", nil).at("/console/signin")
	b.open("/console").at("/console/signin")
}

func TestTheWayBackAfterSigningInStaysInside(t *testing.T) {
	s := openStreet(t)
	for _, next := range []string{"https://elsewhere.example", "//elsewhere.example/console", "/console/../..//elsewhere.example", "/\\elsewhere.example", "/consolewithout", "/console/signin", "javascript:alert(1)", "/my"} {
		b := s.browser()
		b.open("/console/signin?next="+url.QueryEscape(next)).fill("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {passPhrase}})
		b.at("/console").sees(200, "All open")
	}
}

func TestGuessingIsSlowedDownWithASentence(t *testing.T) {
	s := openStreet(t)
	b := s.browser()
	for range 11 {
		b.post("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {"wrong"}})
	}
	b.sees(http.StatusTooManyRequests, "Too many attempts: try again in", "There is a problem")
	if b.header.Get("Retry-After") == "" {
		t.Error("nobody says when to try again")
	}
}

func TestANewPasswordEndsEveryOtherSession(t *testing.T) {
	s := openStreet(t)
	b, other := s.desk("mara@example.com"), s.desk("mara@example.com")
	b.open("/console/me")
	b.fill("/me/password", url.Values{"current": {"wrong"}, "password": {"seven herons, no boat"}, "again": {"seven herons, no boat"}}).sees(422, "That is not your password at present")
	b.fill("/me/password", url.Values{"current": {passPhrase}, "password": {"seven herons, no boat"}, "again": {"six herons"}}).sees(422, "The new password is not the same twice")
	b.fill("/me/password", url.Values{"current": {passPhrase}, "password": {"short"}, "again": {"short"}}).sees(422, "Use at least 12 characters")
	b.fill("/me/password", url.Values{"current": {passPhrase}, "password": {"seven herons, no boat"}, "again": {"seven herons, no boat"}}).at("/console/me").sees(200, "Password changed.")
	other.open("/console").at("/console/signin")
	if acts := s.acts(); acts[len(acts)-1] != "change_password" {
		t.Errorf("the trail says %q", acts)
	}
}

func TestTheThemeIsKeptInTheBrowser(t *testing.T) {
	s := openStreet(t)
	b := s.desk("mara@example.com")
	b.seesNot("data-theme").open("/console/me").fill("/me/theme", url.Values{"theme": {"dark"}})
	if !strings.Contains(b.body, `<html lang="en" data-theme="dark">`) {
		t.Error("the page is not dark")
	}
	b.fill("/me/theme", url.Values{"theme": {"<b>"}}).seesNot("data-theme")
}

// The routes are those of the program, so a new one without this check fails.
func TestAnAuditorReadsEverythingAndChangesNothing(t *testing.T) {
	s := openStreet(t)
	s.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
	s.hire("joon@example.com", "Joon Park", access.Auditor, access.AllPolicies())
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	s.postRoom()
	before := s.stored(r.Reference)
	letter := itoa(before.Letters[0].ID)
	b := s.desk("joon@example.com")
	const prefix = "/console/requests/:reference"
	posts := 0
	for _, route := range s.routes() {
		rest, found := strings.CutPrefix(route.Path, prefix)
		if route.Method != http.MethodPost || !found || rest == "/show" || rest == "/evidence" { // these only read
			continue
		}
		posts++
		page, refused := "/console/requests/"+r.Reference, s.refusals()
		if rest != "/labels" { // a form of one line on the request's page
			b.open(page+rest+"?of="+letter).sees(http.StatusForbidden, "You may read this, not change it", "You are signed in as auditor.", "needs the role", "for Moxora. Priya Nair can give it.").seesNot("audit trail")
		}
		values := url.Values{"revision": {"1"}, "text": {"x"}, "what": {"x"}, "why": {"x"}, "question": {"x"}, "reason": {"x"}, "outcome": {"granted"}, "done": {"yes"}, "assignee": {"1"}, "residence": {"DE"}, "level": {"mailbox"}, "label": {"x"}, "of": {letter}}
		b.postAs(page+rest, values)
		b.sees(http.StatusForbidden, "You may read this, not change it", "attempt is in the audit trail.")
		if s.refusals() != refused+1 {
			t.Errorf("the attempt %s is not in the audit trail", rest)
		}
	}
	if posts != 27 {
		t.Errorf("%d acts can be posted, want 27", posts)
	}
	after := s.stored(r.Reference)
	if after.Seq != before.Seq || len(after.Messages) != 0 {
		t.Errorf("the auditor changed something: event %d, was %d", after.Seq, before.Seq)
	}
	b.open("/console/requests/"+r.Reference).sees(200, "As submitted", "Timeline", "You are signed in as auditor. Extending needs the role handler").seesNot("Set the residence</a></p>")
}

// Whoever serves Moxora alone finds nothing of Opvio: in lists, counts,
// search, and by an address they were told.
func TestWhatSomebodyMayNotSeeDoesNotExist(t *testing.T) {
	s := openStreet(t)
	s.hire("tomas@example.com", "Tomas Rey", access.Handler, access.OnlyPolicies("moxora"))
	ours := s.arrive(s.ago(3), "moxora", "GB", "e.okonjo@example.org", policies.Access)
	theirs := s.arrive(s.ago(3), "opvio", "US-CA", "e.okonjo@example.org", policies.Access)
	s.prove(s.ago(2.9), theirs)
	s.as(s.mara, s.ago(2), theirs, requests.TakeUp{})
	s.as(s.mara, s.ago(2), theirs, requests.SendMessage{Text: "Hello", Files: []requests.Upload{{Name: "a.txt", Type: "text/plain", Content: []byte("x")}}})
	s.deliver()
	v := s.stored(theirs.Reference)
	b := s.desk("tomas@example.com")
	b.sees(200, "1 request", ours.Reference, "All open1").seesNot(theirs.Reference, "Opvio")
	for _, q := range []string{theirs.Reference, theirs.Reference[:6], "e.okonjo@example.org", "policy:opvio", "policy:opvio is:open", "law:ccpa", "assignee:" + itoa(s.mara.ID), "is:closed", "phase:systems"} {
		b.open("/console?q="+url.QueryEscape(q)).seesNot("/console/requests/"+theirs.Reference, "Opvio")
	}
	b.open("/console?q=e.okonjo@example.org").sees(200, ours.Reference)
	b.open("/console/requests/" + ours.Reference).seesNot(theirs.Reference)

	nowhere := s.browserText(b, "/console/requests/MOX-2222-22")
	for _, route := range s.routes() {
		if !strings.HasPrefix(route.Path, "/console/requests/:reference") || route.Method == http.MethodHead {
			continue
		}
		path := strings.NewReplacer(":reference", theirs.Reference, ":clock", "respond.law", ":letter", itoa(v.Letters[0].ID), ":file", itoa(v.Files[0].ID)).Replace(route.Path)
		if route.Method == http.MethodGet {
			b.open(path).sees(http.StatusNotFound)
		} else {
			b.postAs(path, url.Values{"revision": {"1"}}).sees(http.StatusNotFound)
		}
		if got := s.withoutNumber(b.text()); got != nowhere {
			t.Errorf("%s %s is told apart from what does not exist:\n%s\n%s", route.Method, path, got, nowhere)
		}
	}
	b.open("/console/policies").sees(200, "Moxora").seesNot("Opvio")
	b.open("/console/policies/opvio").sees(http.StatusNotFound)
	if after := s.stored(theirs.Reference); after.Seq != v.Seq {
		t.Error("something was changed all the same")
	}
}

func TestSomebodyWhoLeavesIsNobodyAtOnce(t *testing.T) {
	s := openStreet(t)
	tomas := s.hire("tomas@example.com", "Tomas Rey", access.Handler, access.AllPolicies())
	b := s.desk("tomas@example.com")
	if err := s.site.People.Deactivate(s.Context(), tomas.ID); err != nil {
		t.Fatal(err)
	}
	b.open("/console").at("/console/signin")
}

func TestTheRequesterIsMaskedUntilShown(t *testing.T) {
	s := openStreet(t)
	s.hire("joon@example.com", "Joon Park", access.Auditor, access.AllPolicies())
	r := s.arrive(s.ago(3), "moxora", "GB", "e.okonjo@example.org", policies.Access)
	page := "/console/requests/" + r.Reference
	b, other := s.desk("mara@example.com"), s.desk("joon@example.com")
	secrets := []string{"e.okonjo", "Efe Okonjo", "Okonjo Ceramics"}
	b.open(page).sees(200, "e•••@example.org", "Showing is recorded.").seesNot(secrets...)
	b.fill("/show", nil).at(page).sees(200, secrets...).sees(200, "Shown to you until", "Mara Lindqvist looked at the requester’s details")
	b.open("/console").seesNot(secrets...).open(page).sees(200, secrets...)
	for _, act := range []string{"/ask-proof", "/assign", "/why/respond.law"} {
		b.open(page + act).seesNot(secrets...)
	}
	other.open(page).seesNot(secrets...)
	other.fill("/show", nil).fill("/show", url.Values{"reason": {"Sample of November"}}).sees(200, secrets...).sees(200, "Joon Park looked at")
	s.later(16 * time.Minute)
	b.open(page).sees(200, "e•••@example.org").seesNot(secrets...)
}

func TestPostsThatAreNoFormsOfThisSite(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	b := s.desk("mara@example.com")
	page := "/console/requests/" + r.Reference
	for name, values := range map[string]url.Values{
		"no revision":        {"question": {"x"}},
		"no number":          {"revision": {"one"}, "question": {"x"}},
		"revision of nobody": {"revision": {"0"}, "question": {"x"}},
		"no text":            {"revision": {"1"}, "question": {"\xff\xfe"}},
		"control characters": {"revision": {"1"}, "question": {"a\x00b"}},
	} {
		b.post(page+"/ask-clarification", values)
		if b.status != http.StatusBadRequest {
			t.Errorf("%s: answered %d", name, b.status)
		}
	}
	b.post(page+"/ask-clarification", url.Values{"revision": {"1"}, "question": {strings.Repeat("a", 10_001)}}).sees(422, "Write at most 10000 characters; this is 10001.")
	b.post(page+"/ask-clarification", url.Values{"revision": {"1"}, "question": {strings.Repeat("a", 400_000)}}).sees(http.StatusRequestEntityTooLarge)
	b.post(page+"/message", url.Values{"revision": {"1"}, "text": {"x"}}).sees(http.StatusUnsupportedMediaType)
	if v := s.stored(r.Reference); v.Seq != 1 {
		t.Errorf("event %d happened", v.Seq)
	}
}
