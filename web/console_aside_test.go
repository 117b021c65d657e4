package web_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"dsr/access"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/policies"
	"dsr/requests"
)

// suspected receives a request that triage looks twice at.
func (s *street) suspected(email, why string) *requests.Request {
	s.Helper()
	receipt, err := s.site.Office.Receive(s.Context(), access.Caller{Kind: access.Requester}, s.ago(2), requests.Submission{
		Nonce: rand.Text(), Policy: "moxora", Rights: []policies.Right{policies.Access}, Residence: "GB", Channel: "form", Language: "en", Suspect: why,
		Person: requests.Person{Email: email},
	})
	if err != nil {
		s.Fatal(err)
	}
	return receipt.Requests[0]
}

// evenings carries out the reminders of each day from one to another.
func (s *street) evenings(from, to time.Time) {
	s.Helper()
	for at := from; !at.After(to); at = at.AddDate(0, 0, 1) {
		now := func() time.Time { return at }
		for {
			swept, err := s.site.Office.Sweep(s.Context(), at)
			if err != nil {
				s.Fatal(err)
			}
			done, err := outbox.Drain(s.Context(), s.site.DB, at, map[string]outbox.Handler{
				"reminder": s.site.Office.Remind(now),
				"letter":   s.site.Office.SendLetter("privacy@example.com", now, func(context.Context, mailer.Envelope) error { return nil }),
			})
			if err != nil {
				s.Fatal(err)
			}
			if swept+done == 0 {
				break
			}
		}
	}
}

// views lists the numbers beside the views.
func (b *browser) views() map[string]string {
	b.Helper()
	counts := map[string]string{}
	for _, ul := range find(b.doc, func(n *html.Node) bool { return attr(n, "aria-labelledby") == "nav-requests" }) {
		for _, a := range find(ul, element("a")) {
			counts[textOf(find(a, element("span"))[0])] = strings.TrimPrefix(strings.TrimSpace(textOf(a)), textOf(find(a, element("span"))[0]))
		}
	}
	return counts
}

// current is the phase that the stepper marks.
func (b *browser) current() string {
	b.Helper()
	for _, li := range find(b.doc, func(n *html.Node) bool { return attr(n, "aria-current") == "step" }) {
		return textOf(li)
	}
	return ""
}

func TestASuspectedRequestWaitsForOneWordAndLosesNothing(t *testing.T) {
	s := openStreet(t)
	person, spam := s.suspected("jo.target@example.org", requests.SuspectMailbox), s.suspected("offers@example.net", requests.SuspectNetwork)
	s.deliver()
	if len(s.post) != 0 {
		t.Fatalf("%d letters went out", len(s.post))
	}
	b := s.desk("mara@example.com")
	if got := b.views(); got["Suspected spam"] != "2" || got["Set aside"] != "0" || got["Appeals"] != "0" {
		t.Errorf("the views count %v", got)
	}
	b.open("/console?q=is:suspect").sees(200, "Suspected spam", "2 requests", "Say whether it is spam", "j•••@example.org")
	b.follow(person.Reference).sees(200, "Is it spam? Many forms name this mailbox", "The dates run from the receipt all the same", "It is spam: set it aside", "held back")

	b.follow("Not spam").sees(200, "Many forms name this mailbox", "we have your request").fill("/not-spam", nil).at(person.Reference).sees(200, "The first letter is on its way.", "Mara Lindqvist said that it is no spam").seesNot("Is it spam?")
	s.deliver()
	if len(s.post) != 1 || s.post[0].To != "jo.target@example.org" {
		t.Errorf("the letters are %+v", s.post)
	}
	b.open("/console/requests/"+person.Reference+"/not-spam").sees(200, "Nothing is suspected of this request")

	page := "/console/requests/" + spam.Reference
	b.open(page+"/spam").sees(200, "Nobody is written to", "Triage → Set aside").seesNot("Show the letter")
	b.fill("/spam", nil).at(page).sees(200, "Set aside as spam. No letter was sent.", "Set aside, spam", "Taken for spam on", "Mara Lindqvist set the request aside as spam").seesNot("days left", "<figure")
	if got := b.current(); got != "Set aside" {
		t.Errorf("the stepper stands at %q", got)
	}
	s.later(time.Minute) // the numbers are kept for a moment
	b.open("/console")
	if got := b.views(); got["Suspected spam"] != "0" || got["Set aside"] != "1" || got["All open"] != "1" {
		t.Errorf("the views count %v", got)
	}
	b.open("/console?q=is:spam").sees(200, "1 request", spam.Reference, "Taken for spam", "Nothing; it is set aside and can be opened again").follow(spam.Reference)
	b.follow("Open again").sees(200, "It counts from", "we have your request", "Set aside → Triage").fill("/reopen", url.Values{"reason": {"They telephoned."}}).at(page)
	b.sees(200, "Open again. It counts from its first receipt.", "Mara Lindqvist opened the request again", "They telephoned.").seesNot("Taken for spam on")
	s.deliver()
	if len(s.post) != 2 {
		t.Errorf("%d letters went out, want 2", len(s.post))
	}
}

func TestWhatNobodyProvedLapsesAndIsOpenedAgainInOneClick(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(45), "nexoro", "DE", "zofia.kern@example.net", policies.Deletion)
	older := s.arrive(s.ago(60), "nexoro", "DE", "older@example.net", policies.Deletion)
	s.evenings(s.ago(60), s.ago(1))
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open("/console?q=is:aside").sees(200, "Set aside", "2 requests", "Lapsed", "the last set aside first")
	if rows := b.rows(); len(rows) != 2 || rows[0] != r.Reference || rows[1] != older.Reference {
		t.Errorf("the rows are %q", rows)
	}
	b.open("/console?q=is:spam").sees(200, "0 requests").open("/console?q=is:closed").sees(200, "0 requests")
	b.open(page).sees(200, "Set aside, lapsed", "nobody proved that it is theirs", "It is not refused", "if it is opened again",
		"Reminder sent: proof has not come after a day", "Reminder sent: proof has not come after three days", "Reminder sent: without proof it is set aside tomorrow",
		"Set aside: nobody proved in time that it is theirs. One click opens it again", "Letter “We have set your request aside” sent to the requester")
	for _, act := range []string{"/take-up", "/decide", "/extend"} {
		b.open(page+act).sees(200, "The request is set aside", "Open again")
	}
	b.open(page).follow("Open again").fill("/reopen", nil).at(page).sees(200, "Triage", "Overdue")
	if v := s.stored(r.Reference); v.Phase != requests.Triage || v.Outcome != "" {
		t.Errorf("it is in %s as %q", v.Phase, v.Outcome)
	}
}

func TestTheNumbersBesideTheViewsAreThoseOfOnesPolicies(t *testing.T) {
	s := openStreet(t)
	s.hire("tomas@example.com", "Tomas Rey", access.Handler, access.OnlyPolicies("opvio"))
	s.suspected("a@example.org", requests.SuspectMailbox)
	aside := s.suspected("b@example.org", requests.SuspectMailbox)
	s.as(s.mara, s.now(), aside, requests.Dismiss{Outcome: requests.Spam})
	s.appealed()
	if got := s.desk("mara@example.com").views(); got["Suspected spam"] != "1" || got["Set aside"] != "1" || got["Appeals"] != "1" {
		t.Errorf("Mara counts %v", got)
	}
	if got := s.desk("tomas@example.com").views(); got["Suspected spam"]+got["Set aside"]+got["Appeals"] != "000" {
		t.Errorf("Tomas counts %v", got)
	}
}

// appealed receives a request in Virginia that is refused and looked at again.
func (s *street) appealed() (first, second *requests.Request) {
	s.Helper()
	first = s.arrive(s.ago(20), "moxora", "US-VA", "ruth.ames@example.com", policies.Access)
	s.prove(s.ago(19.9), first)
	s.as(s.mara, s.ago(19), first, requests.TakeUp{})
	s.as(s.mara, s.ago(18), first, requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
	s.as(s.mara, s.ago(10), first, requests.Decide{Outcome: requests.RefusedAll, Ground: "manifestly_unfounded", Text: "You had it twice in June."})
	s.as(requests.RequesterOf(first.SubmissionID), s.ago(5), first, requests.Appeal{Text: "I never saw the notes of my calls."})
	v := s.stored(s.stored(first.Reference).Facts.Appealed)
	return first, v.Request
}

func TestASecondLookIsDecidedBySomebodyElse(t *testing.T) {
	s := openStreet(t)
	s.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
	first, second := s.appealed()
	there := "/console/requests/" + second.Reference
	b := s.desk("mara@example.com")
	b.open("/console?q=is:appeal").sees(200, "Appeals", "Appeal: access", "Appeal received", second.Reference).seesNot(first.Reference)
	b.open("/console/requests/"+first.Reference).sees(200, "The requester asked us to look again", "asked us to look again, under "+second.Reference, "I never saw the notes of my calls.").follow("See the second look").at(second.Reference)
	b.sees(200, "A second look at an answer", "Mara Lindqvist decided the first time and may not decide this; anybody else who serves Moxora may.", "Requester asked us to look again at "+first.Reference, "Proof of the mailbox, shown for "+first.Reference, "59.1-577(C)")
	b.follow("See the first request").at(first.Reference)

	s.as(s.mara, s.ago(4), second, requests.TakeUp{})
	s.as(s.mara, s.ago(3), second, requests.RecordFindings{Systems: []requests.Searched{{System: "Call notes", Found: "found"}}})
	b.open(there).sees(200, "Assign to a colleague", "Not now: You made the first decision on "+first.Reference)
	b.open(there+"/decide").sees(200, "You made the first decision on "+first.Reference, "assign this request to a colleague", "What you can do now", "Whoever did not give the first answer may decide")
	b.follow("Assign to a colleague").sees(200, "Mara Lindqvist, handler (made the first decision and may not make this one)", "Priya Nair, administrator")
	if s.refusals() != 0 {
		t.Error("looking was recorded as trying")
	}
	b.open(there + "/decide")
	b.postAs(there+"/decide", url.Values{"revision": {itoa(s.stored(second.Reference).Revision)}, "outcome": {"refused"}, "text": {"No."}, "shown": {"1"}}).sees(http.StatusConflict, "You made the first decision", "This attempt is in the audit trail")

	priya := s.desk("priya@example.com")
	priya.open(there+"/decide").sees(200, "Decide the second look").sendForm("/decide", url.Values{"switch": {"whole"}}, nil).sees(200, "The first answer stands", "Changed in part")
	priya.sendForm("/decide", url.Values{"outcome": {"granted"}, "text": {"You get the notes of your calls."}, "preview": {"1"}}, nil).sees(200, "we have changed our decision", "You get the notes of your calls.")
	priya.sendForm("/decide", nil, nil).at(second.Reference).sees(200, "Answer sent.", "Priya Nair decided and sent the answer: granted")
}
