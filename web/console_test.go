package web_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/web"

	"net/http/httptest"
	"path/filepath"
)

const passPhrase = "a long enough pass phrase"

// openStreetOn starts a site on a database of either engine.
func openStreetOn(t *testing.T, db *database.DB) *street {
	t.Helper()
	s := &street{T: t, log: new(safeBuffer), clock: time.Now().UTC().Truncate(time.Second)}
	ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), s.clock)
	if err != nil {
		t.Fatal(err)
	}
	s.furnish(db, ring)
	if s.handler, err = web.New(s.site); err != nil {
		t.Fatal(err)
	}
	s.server = httptest.NewServer(s.handler)
	t.Cleanup(s.server.Close)
	return s
}

// hire adds a member of staff.
func (s *street) hire(email, name string, role access.Role, serves access.Policies) access.Caller {
	s.Helper()
	user, err := s.site.People.Create(s.Context(), s.now(), people.User{Email: email, Name: name, Role: role, Policies: serves}, passPhrase)
	if err != nil {
		s.Fatal(err)
	}
	return user.Caller()
}

// desk is a browser of somebody who has signed in.
func (s *street) desk(email string) *browser {
	s.Helper()
	b := s.browser()
	b.open("/console/signin").fill("/console/signin", url.Values{"email": {email}, "password": {passPhrase}}).sees(http.StatusOK, "All open")
	return b
}

// ago returns an instant some days before now.
func (s *street) ago(days float64) time.Time {
	return s.now().Add(-time.Duration(days * 24 * float64(time.Hour)))
}

// arrive receives one request at an instant.
func (s *street) arrive(at time.Time, policy, residence, email string, right policies.Right) *requests.Request {
	s.Helper()
	receipt, err := s.site.Office.Receive(s.Context(), access.Caller{Kind: access.Requester}, at, requests.Submission{
		Nonce: rand.Text(), Policy: policy, Rights: []policies.Right{right}, Residence: residence, Channel: "form", Language: "en",
		Person: requests.Person{Email: email, Name: "Efe Okonjo", Details: "Everything about <b>newsletters</b>, please.", Identifiers: map[string]string{"workspace": "Okonjo Ceramics"}},
	})
	if err != nil {
		s.Fatal(err)
	}
	return receipt.Requests[0]
}

// as carries out a verb as somebody at an instant.
func (s *street) as(who access.Caller, at time.Time, r *requests.Request, v requests.Verb) {
	s.Helper()
	if _, err := s.site.Office.Do(s.Context(), who, at, r.Reference, 0, v); err != nil {
		s.Fatalf("%T: %v", v, err)
	}
}

// prove lets the requester prove their mailbox.
func (s *street) prove(at time.Time, r *requests.Request) {
	s.Helper()
	s.as(requests.RequesterOf(r.SubmissionID), at, r, requests.ConfirmMailbox{})
}

// refusals counts the refused attempts in the audit trail.
func (s *street) refusals() (n int) {
	s.Helper()
	err := database.Row(s.Context(), s.site.DB.Read(), []any{&n}, "SELECT count(*) FROM audit_entries WHERE outcome = 'refused'")
	if err != nil {
		s.Fatal(err)
	}
	return n
}

func (s *street) stored(reference string) *requests.View {
	s.Helper()
	v, err := s.site.Office.Open(context.Background(), s.mara, s.now(), reference, true)
	if err != nil {
		s.Fatal(err)
	}
	return v
}

// A handler carries a request from the queue to the answered letter, on either
// engine, and sees each letter before it goes.
func TestFromTheQueueToTheAnsweredLetter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := openStreetOn(t, db)
		r := s.arrive(s.ago(10), "moxora", "GB", "e.okonjo@example.org", policies.Access)
		s.prove(s.ago(9.9), r)
		s.deliver()
		page := "/console/requests/" + r.Reference

		b := s.desk("mara@example.com")
		b.open("/console?q=phase:triage").sees(200, "To triage", r.Reference, "e•••@example.org", "Take the request up", "Mailbox proved").follow(r.Reference)
		b.sees(200, "Promise: answer", "20 days left", "Governs", "Law: answer", "Not decided yet", "“Everything about <b>newsletters</b>, please.”", "Requester sent a request by form").seesNot("e.okonjo")

		b.follow("Take up").sees(200, "Triage → Systems", "nobody → Mara Lindqvist").fill("/take-up", nil).at(page).sees(200, "Taken up. Next: search the systems.", "Mara Lindqvist took the request up")
		b.open(page).seesNot("Taken up. Next")

		b.follow("Ask what is meant").sees(200, "The law’s date waits for the reply", "UK GDPR Art. 12A(5)", "We have a question about your request", "…")
		b.fill("/ask-clarification", nil).sees(422, "There is a problem", "Write the question as the person will read it.")
		b.fill("/ask-clarification", url.Values{"question": {"Both workspaces?"}, "preview": {"1"}}).sees(200, "Both workspaces?", "waiting for a reply", "Marked words come from your answers")
		if seen := s.stored(r.Reference); len(seen.Messages) != 0 {
			t.Fatal("looking at a letter sent it")
		}
		b.fill("/ask-clarification", url.Values{"question": {"Both workspaces?"}}).at(page).sees(200, "Question sent.", "asked what is meant", "Law held from today")

		s.as(requests.RequesterOf(r.SubmissionID), s.now(), r, requests.AnswerQuestion{Text: "Only the ceramics one."})
		b.open(page).sees(200, "Only the ceramics one.", "Unread", "Requester answered our question")

		b.follow("Record what was found").sees(200, "Own database")
		b.fill("/findings", url.Values{"found.0": {"found"}, "add": {"1"}}).sees(200)
		rows := url.Values{"system.6": {"Helpdesk"}, "found.6": {"nothing"}, "found.0": {"found"}}
		for i := 1; i < 6; i++ {
			rows.Set(fmt.Sprintf("found.%d", i), "exception")
		}
		b.fill("/findings", url.Values{"system.6": {"Helpdesk"}}).sees(422, "Say for each system what came of it. Silence never counts as done.")
		b.fill("/findings", rows).at(page).sees(200, "Findings saved.", "recorded what was found in 7 systems", "Helpdesk", "Nothing found")

		b.follow("Decide and send the answer").sees(200, "Rights of others · UK GDPR Art. 15(4)")
		b.sendForm("/decide", url.Values{"switch": {"whole"}}, nil).sees(200, "Refused", "Rights of others (UK GDPR Art. 15(4)")
		b.sendForm("/decide", url.Values{"outcome": {"partly"}, "ground": {"others_rights"}, "text": {"You get your account."}, "preview": {"1"}}, nil).sees(200, "your answer is ready, with exceptions", "done 20 days early")
		b.sendForm("/decide", url.Values{"ground": {""}}, nil).sees(422, "Choose the ground in law. Without one a request cannot be refused.")
		b.sendForm("/decide", url.Values{"outcome": {"partly"}, "ground": {"others_rights"}, "text": {"You get your account."}}, nil).sees(200, "Read the letter first", "Nothing was sent yet", "your answer is ready, with exceptions")
		b.sendForm("/decide", url.Values{"outcome": {"partly"}, "ground": {"others_rights"}, "text": {"You get your account."}}, map[string]string{"all.csv": "a,b\n1,2\n"}).at(page)
		b.sees(200, "Answer sent.", "Partly granted, by Mara Lindqvist", "Rights of others", "all.csv", "Done 20 days early")

		b.follow("all.csv")
		if b.body != "a,b\n1,2\n" || b.header.Get("Content-Disposition") != "attachment; filename=all.csv" {
			t.Errorf("the file comes as %q: %q", b.header.Get("Content-Disposition"), b.body)
		}
		s.deliver()
		b.open(page).follow("Your answer is ready, with exceptions").sees(200, "e•••@example.org", "https://privacy.example.com/r/…")
		status, header, body := b.fetch(b.address.Path + "/html")
		if status != 200 || strings.Contains(body, s.link()) || !strings.Contains(body, "/r/…") || !strings.Contains(header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("a letter that was read gives its link away, or is not shut in: %d %v", status, header)
		}

		b.open(page+"/close").fill("/close", nil).sees(422, "Confirm that what the answer says is done in every system.")
		b.fill("/close", url.Values{"done": {"yes"}}).at(page).sees(200, "Closed, partly granted", "closed the request")
		b.open("/console?q=is:closed").sees(200, r.Reference)
		b.open("/console").seesNot(r.Reference)
	})
}

// What the pages say about the dates comes from the office's own derivation.
func TestWhyADateIsWhatItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := openStreetOn(t, db)
		r := s.arrive(s.ago(20), "moxora", "GB", "e@example.org", policies.Access)
		s.as(s.mara, s.ago(18), r, requests.AskQuestion{Question: "Which?"})
		s.as(requests.RequesterOf(r.SubmissionID), s.ago(10), r, requests.AnswerQuestion{Text: "All."})
		page := "/console/requests/" + r.Reference

		b := s.desk("mara@example.com")
		b.open(page).follow("Why this date?").sees(200, "Promise, answer", "“We will respond within 30 days”", "does not stop this clock", "Before ", "dsr explain "+r.Reference+" --clock respond.promise")
		b.open(page+"/why/respond.law").sees(200, "9 days, first and last included, do not count", "Another reading ends earlier", "UK GDPR Art. 12A(5)", "found in the source", "On the calendar", "Governs")
		b.follow("JSON")
		for _, part := range []string{`"clock": "respond.law"`, `"kind": "hold"`, `"n": 9`, `"certainty": "found"`, `"name": "UK_GDPR"`} {
			if !strings.Contains(b.body, part) {
				t.Errorf("the JSON lacks %s:\n%s", part, b.body)
			}
		}
		b.open(page + "/why/respond.nobody").sees(404)

		// The timeline tells a pause when it is over, from the date there would have
		// been without it.
		v := s.stored(r.Reference)
		law := v.AnswerClock(policies.ByLaw)
		b.open(page+"?only=clocks").sees(200, "Requester answered our question").sees(200, "→ "+law.Due.Date.Time().Format("Mon 2 Jan"))
		if moves := strings.Count(b.body, "<del>"); moves != 1 {
			t.Errorf("the timeline tells %d moves, want 1:\n%s", moves, b.text())
		}
	})
}
