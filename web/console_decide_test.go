package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"dsr/policies"
	"dsr/requests"
)

// ready receives a request for access and searches three systems: two hold
// something.
func (s *street) ready(policy, residence string) *requests.Request {
	s.Helper()
	r := s.arrive(s.ago(10), policy, residence, "e.okonjo@example.org", policies.Access)
	s.prove(s.ago(9.9), r)
	s.as(s.mara, s.ago(9), r, requests.TakeUp{})
	s.as(s.mara, s.ago(8), r, requests.RecordFindings{Systems: []requests.Searched{{System: "App database", Found: "found"}, {System: "Email events", Found: "nothing"}, {System: "Helpdesk", Found: "exception"}}})
	return r
}

func TestADecisionIsMadeItemByItem(t *testing.T) {
	s := openStreet(t)
	r := s.ready("moxora", "GB")
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page+"/decide").sees(200, "Found in App database", "Found in Helpdesk", "Rights of others · UK GDPR Art. 15(4)", "Add another item").seesNot("Found in Email events", "accurate_on_totality\">")
	if names := [2]string{held(b.form("/decide")).Get("what.0"), held(b.form("/decide")).Get("what.1")}; names != [2]string{"App database", "Helpdesk"} {
		t.Errorf("the rows begin as %q", names)
	}

	// A row is added and nothing that was typed is lost.
	b.sendForm("/decide", url.Values{"what.0": {"Your account"}, "decision.0": {"give"}, "text": {"You get most of it."}, "add": {"1"}}, nil).sees(200, "You get most of it.")
	kept := held(b.form("/decide"))
	if kept.Get("what.0") != "Your account" || kept.Get("decision.0") != "give" || !kept.Has("what.2") || kept.Has("what.3") {
		t.Errorf("the form holds %v", kept)
	}

	// What is missing is said at its cell.
	b.sendForm("/decide", url.Values{"what.1": {"Support conversations"}, "decision.1": {"part"}, "decision.2": {"keep"}, "text.2": {"It would help others to get around it."}, "text": {""}}, nil)
	b.sees(422, "There is a problem", "Item 2: Choose the ground in law. Without one nothing can be kept back.", "Write why, as the person will read it.", "Name this kind of information, in at most 200 characters.", "Write what the person will read")
	for _, cell := range []string{"ground.1", "text.1", "what.2", "ground.2"} {
		if b.described(cell) == "" {
			t.Errorf("nothing is said at %s", cell)
		}
	}
	if b.described("what.0")+b.described("text.2") != "" {
		t.Error("a sound cell is called broken")
	}
	b.sendForm("/decide", url.Values{"ground.1": {"others_rights"}, "text.1": {"We covered the names of others."}, "what.2": {"Fraud checks"}, "decision.2": {""}, "ground.2": {"crime_tax"}, "text": {"You get most of it."}}, nil).sees(422, "Choose what is decided about “Fraud checks”.")

	// The letter shows what the person gets, and what not, each with its law.
	b.sendForm("/decide", url.Values{"decision.2": {"keep"}, "preview": {"1"}}, nil)
	b.sees(200, "your answer is ready, with exceptions", "Support conversations", "We covered the names of others.", "Fraud checks", "Partly granted. 3 items: 1 given, 1 given in part, 1 kept back", "UK GDPR Art. 15(4)")
	b.sendForm("/decide", nil, map[string]string{"all.csv": "a,b\n1,2\n"}).at(page)
	b.sees(200, "Answer sent.", "partly granted, 3 items: 1 given, 1 given in part, 1 kept back", "Keep back", "Rights of others", "Can be fetched until", "Not fetched yet", "The requester can ask for another look")
	v := s.stored(r.Reference)
	if v.Outcome != requests.Partly || len(v.Answer.Items) != 3 || v.Answer.Items[2].Ground != "crime_tax" {
		t.Errorf("decided %s: %+v", v.Outcome, v.Answer)
	}
}

// described is what is said to be wrong with a control.
func (b *browser) described(id string) string {
	b.Helper()
	for _, n := range find(b.doc, element("p")) {
		if attr(n, "id") == id+"-err" {
			return textOf(n)
		}
	}
	return ""
}

func TestAWholeDecisionStaysPossibleAndSwitchingLosesNothing(t *testing.T) {
	s := openStreet(t)
	r := s.ready("moxora", "GB")
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page + "/decide")
	b.sendForm("/decide", url.Values{"what.0": {"Your account"}, "decision.0": {"keep"}, "ground.0": {"others_rights"}, "text.0": {"Because."}, "text": {"In short."}, "switch": {"whole"}}, nil)
	b.sees(200, "Nothing found about this person", "In short.", "Decide item by item").seesNot("Add another item")
	b.sendForm("/decide", url.Values{"outcome": {"refused"}, "ground": {"others_rights"}, "switch": {"items"}}, nil).sees(200, "Add another item", "Because.")
	kept := held(b.form("/decide"))
	for name, want := range map[string]string{"what.0": "Your account", "decision.0": "keep", "ground.0": "others_rights", "what.1": "Helpdesk", "outcome": "refused", "text": "In short."} {
		if kept.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, kept.Get(name), want)
		}
	}
	b.sendForm("/decide", url.Values{"switch": {"whole"}}, nil).sendForm("/decide", url.Values{"outcome": {"granted"}, "preview": {"1"}}, nil).sees(200, "your answer is ready", "Open → Granted")
	b.sendForm("/decide", nil, nil).at(page).sees(200, "decided and sent the answer: granted")
}

func TestAnOptOutIsDecidedAsAWhole(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "sectora", "GB", "e@example.org", policies.OptOutMarketing)
	s.as(s.mara, s.ago(2), r, requests.TakeUp{})
	s.as(s.mara, s.ago(1), r, requests.RecordFindings{Systems: []requests.Searched{{System: "Mail list", Found: "found"}}})
	b := s.desk("mara@example.com")
	b.open("/console/requests/"+r.Reference+"/decide").sees(200, "Granted: the person gets what they asked for", "Decide item by item")
}

func TestWhatWasTypedAboutItemsIsKeptWhenSomebodyWasQuicker(t *testing.T) {
	s := openStreet(t)
	r := s.ready("moxora", "GB")
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page + "/decide")
	typed := url.Values{"what.0": {"Your account"}, "decision.0": {"keep"}, "ground.0": {"others_rights"}, "text.0": {"A long explanation."}, "evidence.0": {"Joon read it."}, "what.1": {""}, "text": {"In short."}, "shown": {"1"}}
	s.as(requests.RequesterOf(r.SubmissionID), s.now(), r, requests.Reply{Text: "And the newsletters, please."})
	b.sendForm("/decide", typed, nil).sees(http.StatusConflict, "Somebody changed this request in the meantime", "wrote a message", "A long explanation.", "In short.")

	// Withdrawn meanwhile: the words are shown to be copied.
	s.as(requests.RequesterOf(r.SubmissionID), s.now(), r, requests.Withdraw{})
	b.sendForm("/decide", nil, nil).sees(http.StatusConflict, "The request is closed", "What you typed", "A long explanation.", "Joon read it.", "In short.")
}
