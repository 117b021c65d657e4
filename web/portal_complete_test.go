package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dsr/access"
	"dsr/mailbox"
	"dsr/policies"
	"dsr/requests"
)

// writes lets a letter come by mail, without a name, and opens the link of the
// letter that confirms it.
func (s *street) writes(words string) (*browser, string) {
	s.Helper()
	raw := "Message-ID: <one@example.org>\r\nFrom: " + dana + "\r\nSubject: My data\r\n\r\n" + words + "\r\n"
	s.handIn(mailbox.Delivery{Policy: "moxora", Door: "lmtp", Source: "lmtp:1", ReceivedAt: s.now(), Raw: []byte(raw), Size: int64(len(raw))})
	b := s.browser().open(s.linkTo(dana)).press(nil)
	return b, b.address.Path[strings.LastIndexByte(b.address.Path, '/')+1:]
}

const askForAccess = "Please send me a copy of all personal data you hold about me."

// Three lines by mail become a request; behind the link their writer says the
// rest on one page, and reads that the days are counted anew by it.
func TestWhoWroteByMailSaysTheRestOnOnePage(t *testing.T) {
	s := openStreet(t)
	b, reference := s.writes(askForAccess)
	if letter := s.newest(dana); !strings.Contains(strings.Join(strings.Fields(letter.Text), " "), "still missing: where you live, your name and other details to find you by") {
		t.Errorf("the letter reads\n%s", letter.Text)
	}
	b.sees(http.StatusOK, "Tell us more, so that we can find you", "Still missing: where you live, your name and other details to find you by.")
	b.follow("Add what is missing").sees(http.StatusOK, "Tell us more about yourself", "Workspace name", "(optional)")
	b.press(nil).errs("country").sees(http.StatusUnprocessableEntity, "Fill in at least one line before you send it")
	b.press(url.Values{"country": {"US"}, "name": {"Dana Whitlock"}}).sees(http.StatusOK, "One thing more: choose below where in the country")
	b.press(nil).errs("state")
	if kept := held(b.form("")); kept.Get("name") != "Dana Whitlock" || kept.Get("country") != "US" {
		t.Errorf("the page kept %v", kept)
	}
	twin := *b
	last := url.Values{"state": {"US-CA"}, "id-workspace": {" Hallam \t& Sons "}}
	b.press(last).at("/"+reference).sees(http.StatusOK, "Thank you. We have added what you told us.", "the dates below have changed", "California", "Hallam & Sons").seesNot("Tell us more")
	twin.press(last).at("/"+reference).sees(http.StatusOK, "Thank you. We have added what you told us.")
	b.open("/my/"+reference+"/complete").at("/"+reference).sees(http.StatusOK, "There is nothing to add to this request at the moment.")
	v := s.view(reference)
	n := 0
	for _, e := range v.Timeline {
		if e.Act == requests.ActComplete {
			n++
		}
	}
	if n != 1 || v.Residence != "US-CA" {
		t.Errorf("it was added %d times, residence %q", n, v.Residence)
	}
}

// A country the rules read from the letter stands chosen, with its states.
func TestWhatWasReadStandsChosenAndCanBeChanged(t *testing.T) {
	s := openStreet(t)
	b, reference := s.writes("Please delete my account. I live in California.")
	b.sees(http.StatusOK, "Still missing: your name and other details to find you by.")
	b.follow("Add what is missing").sees(http.StatusOK, "We read this from your message. Change it if it is not right.")
	if kept := held(b.form("")); kept.Get("country") != "US" || kept.Get("state") != "US-CA" {
		t.Errorf("chosen is %v", kept)
	}
	b.press(url.Values{"country": {"DE"}}).at("/"+reference).sees(http.StatusOK, "Germany").seesNot("Tell us more")
}

// The team was quicker with where they live: that stays, and the name is kept.
func TestWhatTheTeamNotedMeanwhileStaysAndTheRestIsTaken(t *testing.T) {
	s := openStreet(t)
	b, reference := s.writes(askForAccess)
	b.open("/my/" + reference + "/complete")
	twin := *b
	s.do(reference, requests.SetLaw{Residence: "DE", Reason: "She wrote so."})
	b.press(url.Values{"country": {"FR"}, "name": {"Dana"}}).sees(http.StatusOK, "Thank you.", "had already been noted here", "Germany").seesNot("France")
	twin.press(url.Values{"country": {"FR"}}).sees(http.StatusOK, "had already been noted here").seesNot("Thank you.")
	s.do(reference, requests.Dismiss{Outcome: requests.NotUs, Text: "Not ours."})
	twin.open("/my/"+reference+"/complete").at("/"+reference).sees(http.StatusOK, "There is nothing to add")
	twin.post("/my/"+reference+"/complete", url.Values{"id-workspace": {"Late"}}).at("/"+reference).sees(http.StatusOK, "There is nothing to add")
}

func TestHostileCompletionsAreWordsOrMended(t *testing.T) {
	s := openStreet(t)
	b, reference := s.writes(askForAccess)
	page := "/my/" + reference + "/complete"
	long := strings.Repeat("ñ", 201)
	for _, c := range []struct {
		values url.Values
		fields []string
	}{
		{url.Values{"country": {"ZZ"}}, []string{"country"}},
		{url.Values{"country": {"US-CA"}}, []string{"country"}},
		{url.Values{"country": {"US"}, "state": {""}}, []string{"state"}},
		{url.Values{"name": {long}, "id-workspace": {long}}, []string{"name", "id-workspace"}},
		{url.Values{"id-password": {"x"}, "residence": {"DE"}}, []string{"country"}},
	} {
		b.open(page).post(page, c.values).errs(c.fields...)
	}
	b.open(page).post(page, url.Values{"country": {"US"}, "state": {"CA-ON"}}).sees(http.StatusOK, "One thing more")
	evil := `"><script>alert(1)</script> ` + "\u202e' OR 1=1 --"
	b.open(page).press(url.Values{"name": {evil}}).at("/"+reference).sees(http.StatusOK, "Still missing: where you live and other details to find you by.").seesNot("<script>")
	if v := s.view(reference); v.Residence != "" {
		t.Errorf("the residence is %q", v.Residence)
	}
}

// Nobody adds anything to what their link does not open, and an agent reads of
// the person and not of themselves.
func TestACompletionIsForWhoeverAsked(t *testing.T) {
	s := openStreet(t)
	_, reference := s.writes(askForAccess)
	page := "/my/" + reference + "/complete"
	add := url.Values{"name": {"Eve"}}
	stranger := s.browser()
	stranger.open(page).sees(http.StatusUnauthorized).post(page, add).sees(http.StatusUnauthorized)
	r := s.arrive(s.now(), "moxora", "DE", "eve@example.org", policies.Access)
	s.browser().open(s.linkTo("eve@example.org")).press(nil).at("/"+r.Reference).open(page).sees(http.StatusNotFound).post(page, add).sees(http.StatusNotFound)
	agent := s.agent("desk@permission.example", "Permission Ltd", "agent")
	agent.open(page).sees(http.StatusNotFound).post(page, add).sees(http.StatusNotFound)

	receipt, err := s.site.Office.Receive(s.Context(), s.mara, s.now(), requests.Submission{
		Nonce: "by-phone-from-the-agent", Policy: "moxora", Rights: []policies.Right{policies.Access}, Channel: "phone", Language: "en",
		Person: requests.Person{Email: "walter@example.org", Agent: &requests.Agent{Email: "desk@permission.example", Name: "Permission Ltd", Relation: "agent"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	theirs := receipt.Requests[0]
	agent.open("/my/"+theirs.Reference).sees(http.StatusOK, "Tell us more, so that we can find this person", "the name of this person")
	agent.follow("Add what is missing").sees(http.StatusOK, "Name of this person").press(url.Values{"country": {"DE"}, "name": {"Walter"}}).sees(http.StatusOK, "Thank you.")
	if v, err := s.site.Office.Open(s.Context(), access.Caller{Kind: access.Requester, Submissions: []int64{theirs.SubmissionID}}, s.now(), theirs.Reference, false); err != nil || v.Person.Name != "Walter" || v.Residence != "DE" {
		t.Errorf("they know %+v: %v", v.Person, err)
	}
}
