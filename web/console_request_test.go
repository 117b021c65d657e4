package web_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// approver makes refusals at Moxora wait for a second person, and hires them.
func (s *street) approver() {
	s.Helper()
	s.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
	s.hire("joon@example.com", "Joon Park", access.Approver, access.AllPolicies())
	admin := s.desk("priya@example.com")
	admin.open("/console/settings/approval").sees(200, "Second person’s approval", "Moxora", "May approve: Joon Park or Priya Nair")
	admin.post("/console/settings/approval", url.Values{"policy": {"moxora"}, "kind": {"refusal"}}).at("/console/settings/approval").sees(200, "Saved.")
}

func TestARefusalIsProposedApprovedAndSent(t *testing.T) {
	s := openStreet(t)
	s.approver()
	r := s.ready("moxora", "GB")
	page := "/console/requests/" + r.Reference
	mara, joon := s.desk("mara@example.com"), s.desk("joon@example.com")
	refusal := url.Values{"by": {"whole"}, "outcome": {"refused"}, "ground": {"others_rights"}, "text": {"It is all about somebody else."}, "added": {"We looked twice."}, "revision": {"4"}}

	mara.open(page + "/decide")
	mara.sendForm("/decide", but(refusal, "preview", "1"), nil).sees(200, "A second person approves this", "Joon Park or Priya Nair", "Send for approval", "To colleagues now; to the requester once it is approved", "We looked twice.")
	mara.sendForm("/decide", refusal, nil).at(page).sees(200, "Sent for approval. Nothing went to the requester yet", "Proposed: refused", "Approve the decision", "second person")
	mara.seesNot("Read the letter and approve")
	mara.open(page+"/approve").sees(http.StatusForbidden, "Approving a decision needs the role approver")

	joon.open(page).sees(200, "Approve and send", "Proposed: refused", "Read the letter and approve", "proposed a decision: refused")
	joon.open(page+"/approve").sees(200, "You are the second person", "It is all about somebody else.", "We looked twice.", "The letter that goes out")
	joon.open(page+"/send-back").fill("/send-back", nil).sees(http.StatusUnprocessableEntity, "Say what should be decided otherwise")
	joon.open(page+"/approve").fill("/approve", nil).at(page).sees(200, "Approved. The letter is on its way.", "approved what Mara Lindqvist decided", "Mara Lindqvist, approved by Joon Park")
	if v := s.stored(r.Reference); v.Phase != requests.Answer || v.Outcome != requests.RefusedAll {
		t.Errorf("it is in %s as %s", v.Phase, v.Outcome)
	}

	// A handler cannot switch it off.
	mara.open("/console/settings/approval").sees(200, "Changing settings needs the role administrator").seesNot("Save for")
	mara.post("/console/settings/approval", url.Values{"policy": {"moxora"}}).sees(http.StatusForbidden)
}

func TestWhatWasProposedIsOvertakenByTheRequester(t *testing.T) {
	s := openStreet(t)
	s.approver()
	r := s.ready("moxora", "GB")
	page := "/console/requests/" + r.Reference
	s.as(s.mara, s.now(), r, requests.Decide{Outcome: requests.RefusedAll, Ground: "others_rights", Text: "No."})
	s.as(requests.RequesterOf(r.SubmissionID), s.now(), r, requests.Reply{Text: "Only my own messages, please."})
	joon := s.desk("joon@example.com")
	joon.open(page).sees(200, "It cannot be approved any more", "the requester wrote", "Look at the proposal again")
	joon.open(page+"/approve").sees(200, "The request has changed since this was proposed")
	joon.open(page+"/send-back").fill("/send-back", url.Values{"reason": {"Read her message first."}}).at(page).sees(200, "Sent back.", "sent the proposed decision back", "Read her message first.")
}

func TestLawRightAndReceiptAreMendedWithTheirDifference(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "DE", "e@example.org", policies.Access)
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page+"/set-law").fill("/set-law", url.Values{"residence": {"US-CA"}, "preview": {"1"}}).sees(200, "What changes", "California", "Before", "After", "Answer, by law")
	b.fill("/set-law", url.Values{"residence": {"US-CA"}}).sees(http.StatusUnprocessableEntity, "Say how you know where the person lives")
	scope := url.Values{"residence": {"US-CA"}, "right": {"portability"}, "reason": {"She wrote so."}}
	b.fill("/set-law", scope).sees(200, "See first what changes", "Nothing was saved yet.", "She wrote so.")
	b.fill("/set-law", scope).at(page).sees(200, "Saved. The clocks are worked out anew.", "Right: Portability")

	received := s.now().AddDate(0, 0, -5)
	form := url.Values{"day": {received.Format("2")}, "month": {received.Format("1")}, "year": {received.Format("2006")}, "time": {"9.05"}, "reason": {"The stamp says so."}}
	b.open(page+"/correct-receipt").sees(200, "Day of receipt", "Time of day")
	b.fill("/correct-receipt", but(form, "year", "2031")).sees(http.StatusUnprocessableEntity, "cannot lie in the future", "The stamp says so.")
	b.fill("/correct-receipt", but(form, "time", "noon")).sees(http.StatusUnprocessableEntity, "Enter the day and the time it was received")
	b.fill("/correct-receipt", but(form, "preview", "1")).sees(200, "What changes", "Received")
	b.fill("/correct-receipt", form).at(page).sees(200, "Corrected.", "corrected the receipt to "+received.Format("Mon 2 Jan 2006")+", 09:05", "The stamp says so.")
}

func TestLabelsAreAddedAndTakenOff(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page).fill("/labels", url.Values{"label": {"Two Workspaces"}}).at(page).sees(200, "two workspaces", "added the label")
	b.post(page+"/labels", url.Values{"label": {"dana@example.org"}}).at(page).sees(200, "The label was not added", "no place for an address")
	b.post(page+"/labels", url.Values{"remove": {"two workspaces"}}).at(page).sees(200, "took the label “two workspaces” off")
	s.hire("eve@example.com", "Eve Wu", access.Auditor, access.AllPolicies())
	eve := s.desk("eve@example.com")
	eve.open(page).sees(200, "Labels").seesNot("New label")
	eve.post(page+"/labels", url.Values{"label": {"mine"}}).sees(http.StatusForbidden, "Labelling needs the role handler")
}

func TestARequestIsKeyedInWithItsTrueReceipt(t *testing.T) {
	s := openStreet(t)
	s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Correction)
	b := s.desk("mara@example.com")
	at := s.now().AddDate(0, 0, -2)
	form := url.Values{"policy": {"moxora"}, "channel": {"post"}, "day": {at.Format("2")}, "month": {at.Format("1")}, "year": {at.Format("2006")}, "time": {"10:15"},
		"right": {"access", "deletion"}, "residence": {"GB"}, "language": {"en"}, "email": {"E@Example.org"}, "details": {"Everything you have."}, "for": {"self"}}
	b.open("/console/new").sees(200, "New request", "How did it come?")
	b.fill("/console/new", url.Values{"policy": {"moxora"}, "check": {"1"}, "day": {"1"}, "month": {"1"}, "year": {"2031"}, "time": {"9:00"}}).
		sees(http.StatusUnprocessableEntity, "Choose how it came", "cannot lie in the future", "Choose what you would like to do", "Enter an email address")
	b.fill("/console/new", but(form, "check", "1")).sees(200, "Open already under this address", "Correction", "Answer, by law", "Record the request", "Everything you have.")
	b.fill("/console/new", but(form, "email", "f@example.org")).sees(200, "No open request under this address", "Record the request")
	b.fill("/console/new", nil).sees(200, "Recorded: MOX-", "The first letter is on its way", "Post, English", "Sent together with this")
	v := s.stored(path.Base(b.address.Path))
	if v.Channel != "post" || v.ReceivedAt.After(s.now().Add(-20*time.Hour)) {
		t.Errorf("it came by %s at %s", v.Channel, v.ReceivedAt)
	}
	s.hire("eve@example.com", "Eve Wu", access.Auditor, access.AllPolicies())
	s.desk("eve@example.com").open("/console/new").sees(http.StatusForbidden, "Recording a request needs the role handler")
}

func TestAFormLeftOvernightKeepsItsWords(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page + "/message")
	words := "A long message, written in the evening."
	tab := s.browser() // another window of the same browser, in which the session ends
	tab.http.Jar = b.http.Jar
	tab.post("/console/signout", nil)
	b.sendForm("/message", url.Values{"text": {words}}, nil).sees(http.StatusUnauthorized, "Sign in and go on: what you typed is kept")
	b.follow("Sign in and go on").fill("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {passPhrase}}).sees(200, "What you typed is here again", words)
	b.sendForm("/message", url.Values{"text": {words}}, nil).at(page).sees(200, "Message sent", words)
	if strings.Contains(b.text(), "There is a problem") {
		t.Error("the page has a problem")
	}
}

// but sets one value of a form.
func but(form url.Values, name, value string) url.Values {
	changed := url.Values{}
	for k, v := range form {
		changed[k] = v
	}
	changed.Set(name, value)
	return changed
}
