package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

func TestManyRequestsAreAssignedAtOnceAfterALook(t *testing.T) {
	s := openStreet(t)
	joon := s.hire("joon@example.com", "Joon Park", access.Approver, access.OnlyPolicies("moxora"))
	a := s.arrive(s.ago(9), "moxora", "GB", "a@example.org", policies.Access)
	other := s.arrive(s.ago(8), "sectora", "DE", "b@example.org", policies.Access)
	moved := s.arrive(s.ago(7), "moxora", "GB", "c@example.org", policies.Access)
	b := s.desk("mara@example.com")
	b.open("/console").fill("/console/bulk", url.Values{"r": {a.Reference, other.Reference, moved.Reference}, "act": {"assign"}}).sees(200, "Assign requests", "3 selected, 3 can", "Nothing was changed and nothing was sent")
	b.fill("/check", url.Values{"assignee": {""}}).sees(http.StatusUnprocessableEntity, "There is a problem", "Choose who takes these requests.")
	b.fill("/check", url.Values{"assignee": {fmt.Sprint(joon.ID)}}).sees(200, "3 selected, 2 can, 1 cannot", "Choose somebody who serves this policy.", "Assign 2 requests", "Joon Park, approver")
	s.do(moved.Reference, requests.TakeUp{})
	report := b.fill("/start", url.Values{}).address.Path
	b.sees(200, "1 done, 1 changed meanwhile, 1 left out", "Somebody changed it after you looked at the list", moved.Reference, "Look again at the 1 that changed")
	// It was done once, whoever presses again, and its report can be read again.
	b.post(report+"/start", url.Values{}).sees(200, "1 done, 1 changed meanwhile")
	b.open("/console/bulk").follow("Assign requests").at(report)
	b.fill("/again", url.Values{}).sees(200, "1 selected, 1 can", "Assign 1 request").fill("/start", url.Values{}).sees(200, "1 done")
	b.open("/console?q=assignee:"+fmt.Sprint(joon.ID)).sees(200, "2 requests", "assignee: Joon Park")
	// Nobody else reads it.
	s.desk("joon@example.com").open(report).sees(http.StatusNotFound)
}

func TestAllThatMatchAreFrozenWhenTheyAreLookedAt(t *testing.T) {
	s := openStreet(t)
	b := s.desk("mara@example.com")
	for i := range 56 {
		s.arrive(s.ago(float64(i)/10+1), "sectora", []string{"GB", "DE"}[i%2], fmt.Sprintf("p%d@example.org", i), policies.Access)
	}
	b.openLarge("/console?q=right:access")
	b.sees(200, "All 56 that match")
	b.fill("/console/bulk", url.Values{"every": {"1"}, "act": {"label"}}).sees(200, "56 selected, 56 can", "44 more")
	b.fill("/check", url.Values{"label": {"a@b"}}).sees(200, "56 selected, 56 cannot", "Use letters, digits")
	b.fill("/check", url.Values{"label": {"Backlog"}}).sees(200, "Label 56 requests")
	late := s.arrive(s.ago(0), "sectora", "GB", "late@example.org", policies.Access)
	b.fill("/start", url.Values{}).sees(200, "56 done")
	b.openLarge("/console?q=label:backlog")
	b.sees(200, "56 requests").seesNot(late.Reference)
	b.openLarge("/console?q=right:access")
	b.fill("/console/bulk", url.Values{"all": {"page"}, "act": {"spam"}}).sees(200, "50 selected, 50 can", "Set aside 50 requests")
}

func TestManyAreExtendedWithOneReasonAndItsLetterIsShownFirst(t *testing.T) {
	s := openStreet(t)
	uk := s.arrive(s.ago(5), "sectora", "GB", "a@example.org", policies.Access)
	optOut := s.arrive(s.ago(5), "opvio", "US-CA", "b@example.org", policies.OptOutSale)
	until := s.now().AddDate(0, 0, 60)
	b := s.desk("mara@example.com")
	b.open("/console").fill("/console/bulk", url.Values{"r": {uk.Reference, optOut.Reference}, "act": {"extend"}}).sees(200, "2 selected, 1 can, 1 cannot", "gives no extension for this right")
	b.fill("/check", url.Values{"ground": {"complex"}, "reason": {"It is a lot to read."}, "day": {"x"}}).sees(http.StatusUnprocessableEntity, "Enter the new date", "It is a lot to read.")
	b.fill("/check", url.Values{"ground": {"complex"}, "reason": {"It is a lot to read."}, "day": {until.Format("2")}, "month": {until.Format("1")}, "year": {until.Format("2006")}}).
		sees(200, "The letter that goes out", "It is a lot to read.", "a•••@example.org", "Send notices and extend 1 request")
	s.deliver()
	s.post = nil
	b.fill("/start", url.Values{}).sees(200, "1 done, 1 left out")
	s.deliver()
	if len(s.post) != 1 || !strings.Contains(s.post[0].Text, "It is a lot to read.") {
		t.Errorf("%d letters went out", len(s.post))
	}
}

func TestABulkActOfNothingOrOfNonsenseIsToldAndDoesNothing(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(5), "moxora", "GB", "a@example.org", policies.Access)
	s.hire("nora@example.com", "Nora Sand", access.Handler, access.OnlyPolicies("sectora"))
	s.hire("ada@example.com", "Ada Byron", access.Auditor, access.AllPolicies())
	b := s.desk("mara@example.com")
	b.post("/console/bulk", url.Values{"act": {"spam"}, "q": {"right:access"}}).sees(200, "Tick at least one request first.")
	if got := b.address.Query().Get("q"); got != "right:access" {
		t.Errorf("the way back leads to %q", got)
	}
	b.post("/console/bulk", url.Values{"act": {"erase"}, "r": {r.Reference}}).sees(200, "Choose what to do with these requests.")
	b.post("/console/bulk", url.Values{"act": {"spam"}, "r": {"NOT-HERE-00"}}).sees(200, "None of these requests is there any more.")
	s.desk("nora@example.com").post("/console/bulk", url.Values{"act": {"spam"}, "r": {r.Reference}}).sees(200, "None of these requests is there any more.")
	ada := s.desk("ada@example.com")
	ada.open("/console").seesNot("Select "+r.Reference, "Mark as spam")
	ada.post("/console/bulk", url.Values{"act": {"spam"}, "r": {r.Reference}}).sees(200, "1 selected, 1 cannot", "You are signed in as auditor")
	for _, path := range []string{"/console/bulk/999", "/console/bulk/x"} {
		b.open(path).sees(http.StatusNotFound)
		b.post(path+"/start", url.Values{}).sees(http.StatusNotFound)
		b.post(path+"/check", url.Values{}).sees(http.StatusNotFound)
		b.post(path+"/again", url.Values{}).sees(http.StatusNotFound)
	}
	b.open("/console").sees(200, "1 request")
}
