package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
)

// Two people have the same form open: the second is told what changed, loses
// no word, and can go on.
func TestTheSecondOfTwoIsToldWhatChangedAndLosesNoWord(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	page := "/console/requests/" + r.Reference
	first, second := s.desk("mara@example.com"), s.desk("mara@example.com")
	words := "Which of the two workspaces do you mean?"
	first.open(page + "/ask-clarification")
	second.open(page + "/ask-clarification")
	s.as(s.mara, s.now(), r, requests.TakeUp{})
	first.fill("/ask-clarification", url.Values{"question": {words}}).sees(http.StatusConflict, "Somebody changed this request in the meantime", "Mara Lindqvist took the request up", words)
	if v := s.stored(r.Reference); len(v.Messages) != 0 {
		t.Fatal("a stale form was carried out")
	}
	first.fill("/ask-clarification", nil).at(page).sees(200, "Question sent.", words)

	// Now the act itself is not lawful any more; the words are shown to be kept.
	second.fill("/ask-clarification", url.Values{"question": {"The same question, asked by another"}}).sees(http.StatusConflict, "A question of", "is still open", "What you typed", "The same question, asked by another", "asked what is meant", "What you can do now")
	if v := s.stored(r.Reference); len(v.Messages) != 1 {
		t.Errorf("%d messages, want 1", len(v.Messages))
	}
}

func TestLookingAtALetterSaysWhatChangedMeanwhile(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	b := s.desk("mara@example.com")
	b.open("/console/requests/" + r.Reference + "/ask-clarification")
	s.as(s.mara, s.now(), r, requests.TakeUp{})
	b.fill("/ask-clarification", url.Values{"question": {"Which?"}, "preview": {"1"}}).sees(200, "Somebody changed this request in the meantime", "Which?")
}

func TestAnActThatIsNotLawfulSaysWhyAndWhatElseCanBeDone(t *testing.T) {
	s := openStreet(t)
	late := s.arrive(s.ago(40), "moxora", "DE", "k@example.org", policies.Deletion)
	s.as(s.mara, s.ago(39), late, requests.TakeUp{})
	page := "/console/requests/" + late.Reference
	b := s.desk("mara@example.com")
	b.open(page).sees(200, "Overdue", "Extend the law’s dateCannot extend: the first period ended on")
	b.open(page+"/extend").sees(200, "Cannot extend: the first period ended on", "a notice sent now would change nothing", "GDPR Art. 12(3)", "What you can do now", "Record what was found", "Silence never counts as done").seesNot("This attempt")
	if len(find(b.doc, element("figure"))) != 1 || s.refusals() != 0 {
		t.Error("the strip is missing, or looking was recorded as trying")
	}
	b.post(page+"/extend", url.Values{"revision": {"2"}, "ground": {"complex"}, "reason": {"Many words typed in vain."}, "added": {"And a paragraph."}, "day": {"1"}, "month": {"1"}, "year": {"2030"}})
	b.sees(http.StatusConflict, "Cannot extend", "What you typed", "Many words typed in vain.", "And a paragraph.", "This attempt is in the audit trail")
	if s.refusals() != 1 {
		t.Errorf("%d refusals in the audit trail, want 1", s.refusals())
	}

	// California gives no date up for an opt-out, and nobody is asked who they are.
	optOut := s.arrive(s.ago(2), "opvio", "US-CA", "t@example.org", policies.OptOutSale)
	b.open("/console/requests/"+optOut.Reference+"/ask-proof").sees(200, "An opt-out may not be held up for proof of identity")
	b.open("/console/requests/"+optOut.Reference+"/extend").sees(200, "gives no extension for this right")

	// What is given out waits for proof of who asks.
	unproved := s.arrive(s.ago(2), "vensor", "DE", "u@example.org", policies.Access)
	s.as(s.mara, s.ago(1), unproved, requests.TakeUp{})
	s.as(s.mara, s.ago(1), unproved, requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
	b.open("/console/requests/"+unproved.Reference+"/decide").sees(200, "Identity is not proved yet")
	b.sendForm("/decide", url.Values{"by": {"whole"}, "outcome": {"granted"}, "text": {"Here it is."}}, nil).sees(http.StatusConflict, "Identity is not proved yet", "Here it is.")
}

func TestExtendingSaysItsRangeAndShowsBeforeAndAfter(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(5), "moxora", "GB", "e@example.org", policies.Access)
	s.as(s.mara, s.ago(4), r, requests.TakeUp{})
	page := "/console/requests/" + r.Reference
	v := s.stored(r.Reference)
	first := v.AnswerClock(policies.ByLaw).Due.Date
	until := s.working(v, first.AddDays(10)).Time()
	date := url.Values{"day": {until.Format("2")}, "month": {until.Format("1")}, "year": {until.Format("2006")}}
	b := s.desk("mara@example.com")
	b.open(page+"/extend").sees(200, "Can be extended", "UK GDPR Art. 12A(3)", "The promise stays on", "Any day from "+first.AddDays(1).Time().Format("Mon 2 Jan 2006")+" to ")
	b.fill("/extend", nil).sees(422, "Choose why more time is needed", "Write the reason as the person will read it", "Enter the new date, like 18 12 2026.")
	b.fill("/extend", url.Values{"day": {"31"}, "month": {"2"}, "year": {"2027"}}).sees(422, "Enter the new date, like 18 12 2026.")
	far := first.AddDays(300).Time()
	b.fill("/extend", url.Values{"ground": {"complex"}, "reason": {"Much to read."}, "day": {far.Format("2")}, "month": {far.Format("1")}, "year": {far.Format("2006")}}).sees(422, "is later than the law allows. The last possible day is")
	b.fill("/extend", merged(date, "preview", "1")).sees(200, first.Time().Format("Mon 2 Jan 2006")+" → "+until.Format("Mon 2 Jan 2006"), "unchanged, governs", "we need more time", "Much to read.")
	b.fill("/extend", date).at(page).sees(200, "Extended. The notice is on its way.", "extended the law’s date: the request is complex", "→ "+until.Format("Mon 2 Jan"))
	b.open(page+"/extend").sees(200, "The law allows one extension, and it has been used")
}

// working is a date or the next working day where a request is handled.
func (s *street) working(v *requests.View, d deadlines.Date) deadlines.Date {
	s.Helper()
	place, err := s.site.Book.Place(v.Ruling.Zone, v.Ruling.Calendar)
	if err != nil {
		s.Fatal(err)
	}
	for place.Calendar.Closed(d) {
		d++
	}
	return d
}

func merged(values url.Values, name, value string) url.Values {
	all := url.Values{name: {value}}
	for k, v := range values {
		all[k] = v
	}
	return all
}

func TestTheLawIsSetWhereItWasAssumed(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "vensor", "", "s@example.org", policies.Access)
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	b.open(page).sees(200, "The law is only assumed", "the strictest law we know is used", "The policy states no response time.", "No date", "Residence not known yet")
	b.follow("Set the residence").fill("/set-law", url.Values{"reason": {"They wrote so."}}).sees(422, "Choose a country")
	b.fill("/set-law", url.Values{"residence": {"DE"}, "preview": {"1"}}).sees(200, "→ EU GDPR", "They wrote so.")
	b.fill("/set-law", nil).at(page).sees(200, "EU GDPR, version 2018-05, from residence: Germany", "set the residence: Germany").seesNot("only assumed")
}

func TestEveryActIsReachedFromItsRequest(t *testing.T) {
	s := openStreet(t)
	b := s.desk("mara@example.com")
	for name, r := range s.gallery() {
		b.open("/console/requests/" + r.Reference).sees(200)
		links := find(b.doc, element("a"))
		acts := 0
		for _, a := range links {
			if href := attr(a, "href"); strings.HasPrefix(href, "/console/requests/"+r.Reference+"/") && !strings.Contains(href, "/why/") && !strings.Contains(href, "/letters/") && !strings.Contains(href, "/files/") {
				acts++
				b.open(href)
				if b.status != 200 {
					t.Errorf("%s: %s answered %d", name, href, b.status)
				}
			}
		}
		if acts < 2 {
			t.Errorf("%s: only %d acts", name, acts)
		}
		for _, c := range s.stored(r.Reference).Clocks {
			b.open("/console/requests/"+r.Reference+"/why/"+c.Name()).sees(200, "Why this date?")
		}
	}
}

// gallery has one request in each phase and state.
func (s *street) gallery() map[string]*requests.Request {
	s.Helper()
	proof := requests.AskProof{What: "Your customer number", Why: "Two people have your name."}
	found := requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}, Summary: "Little."}
	all := map[string]*requests.Request{}
	add := func(name, policy, residence string, right policies.Right, days float64, verbs ...requests.Verb) {
		r := s.arrive(s.ago(days), policy, residence, strings.ToLower(strings.ReplaceAll(name, " ", "."))+"@example.org", right)
		s.prove(s.ago(days-0.1), r)
		for i, v := range verbs {
			s.as(s.mara, s.ago(days-0.2-float64(i)/10), r, v)
		}
		all[name] = r
	}
	decide := requests.Decide{Outcome: requests.Granted, Text: "Done."}
	add("new", "moxora", "GB", policies.Access, 5)
	add("hours", "opvio", "US-CA", policies.Access, 1)
	add("opt out", "opvio", "US-CA", policies.OptOutSale, 1)
	add("no promise", "sectora", "BR", policies.Portability, 3)
	add("unknown place", "nexoro", "", policies.Deletion, 2)
	add("asked for proof", "nexoro", "FR", policies.Access, 5, proof)
	add("question", "moxora", "GB-SCT", policies.Access, 5, requests.AskQuestion{Question: "Which?"})
	add("search", "vensor", "US-TX", policies.Access, 3, requests.TakeUp{}, requests.Note{Text: "Careful."})
	add("decision", "moxora", "DE", policies.Deletion, 40, requests.TakeUp{}, found)
	add("extended", "moxora", "AT", policies.Access, 5, requests.TakeUp{}, requests.Extend{Ground: "complex", Reason: "Much.", Until: s.ago(-60).Format(time.DateOnly)})
	add("answered", "sectora", "GB", policies.OptOutMarketing, 3, requests.TakeUp{}, found, decide)
	add("closed", "sectora", "GB", policies.OptOutMarketing, 4, requests.TakeUp{}, found, decide, requests.Close{Done: true})
	add("withdrawn", "moxora", "CH", policies.Correction, 4, requests.Withdraw{Reason: "By phone."})
	add("dismissed", "moxora", "US-CA", policies.Correction, 4, requests.Dismiss{Outcome: requests.NotUs, Text: "Ask the other company."})
	add("spam", "moxora", "US-CA", policies.Correction, 4, requests.Dismiss{Outcome: requests.Spam})
	s.deliver()
	return all
}

func TestFilesThatAreNotTakenAreSaidAtTheField(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	page := "/console/requests/" + r.Reference
	b := s.desk("mara@example.com")
	text := url.Values{"text": {"Please see."}}
	for content, want := range map[string]string{
		"":                                  "is empty",
		"MZ\x90\x00\x03\x00\x00\x00binary":  "is of a type that is not taken",
		strings.Repeat("a", 20<<20+1):       "is larger than 20 MB",
		"<html><script>alert(1)</script>\n": "is of a type that is not taken",
	} {
		b.open(page+"/message").sendForm("/message", text, map[string]string{"a.txt": content}).sees(422, "The file “a", want, "Please see.")
	}
	b.open(page+"/message").sendForm("/message", merged(text, "preview", "1"), map[string]string{"a.txt": "hello"}).sees(200, "Choose the files again", "You have a new message")
	files := map[string]string{}
	for i := range 6 {
		files[fmt.Sprintf("%d.txt", i)] = "hello"
	}
	b.open(page+"/message").sendForm("/message", text, files).sees(422, "Send at most 5 files at once")
	if v := s.stored(r.Reference); v.Seq != 1 {
		t.Errorf("event %d happened", v.Seq)
	}
	b.open(page+"/message").sendForm("/message", text, map[string]string{"a.txt": "hello"}).at(page).sees(200, "Message sent to the requester.", "Please see.", "a.txt")
}

func TestAnAssigneeIsChosenAmongThoseWhoServeThePolicy(t *testing.T) {
	s := openStreet(t)
	r := s.arrive(s.ago(3), "moxora", "GB", "e@example.org", policies.Access)
	page := "/console/requests/" + r.Reference
	priya := s.hire("priya@example.com", "Priya Nair", "administrator", policiesOf("moxora"))
	s.hire("tomas@example.com", "Tomas Rey", "handler", policiesOf("opvio"))
	s.hire("joon@example.com", "Joon Park", "auditor", policiesOf("moxora"))
	b := s.desk("mara@example.com")
	b.open(page+"/assign").sees(200, "Mara Lindqvist, handler", "Priya Nair, administrator").seesNot("Tomas Rey", "Joon Park", "back to the team")
	b.fill("/assign", nil).sees(422, "Choose somebody who serves this policy.")
	b.fill("/assign", url.Values{"assignee": {itoa(priya.ID)}, "preview": {"1"}}).sees(200, "a colleague", "assigned to you", "nobody → Priya Nair")
	b.fill("/assign", nil).at(page).sees(200, "Assigned.", "assigned the request to Priya Nair")
	b.open(page+"/assign").fill("/assign", url.Values{"assignee": {"0"}}).at(page).sees(200, "took the assignee away")
}
