package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dsr/access"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

// joon is a second handler of all policies.
func (s *street) joon() access.Caller {
	s.Helper()
	user, err := s.site.People.Create(s.Context(), s.now(), people.User{
		Email: "joon@example.com", Name: "Joon Park", Role: access.Handler, Policies: access.AllPolicies(), Active: true,
	}, "another long pass phrase")
	if err != nil {
		s.Fatal(err)
	}
	return user.Caller()
}

// refuses answers a request with a refusal.
func (s *street) refuses(reference string) {
	s.Helper()
	s.decides(reference, requests.Decide{Outcome: requests.RefusedAll, Ground: s.ground(reference).Ground, Text: "We cannot do that."})
}

func TestAppealFromTheFirstAnswerToTheLastWord(t *testing.T) {
	s := openStreet(t)
	b, first := s.inside("moxora", "GB", policies.Deletion)
	b.open("/my/"+first+"/appeal").at("/"+first).sees(http.StatusOK, "You cannot ask for another look at this request now.") // nothing was decided yet
	s.refuses(first)
	b.open("/my").sees(http.StatusOK, "We have answered", "Not happy with the answer?", "Somebody who did not make the decision reads what you write", "Information Commissioner")
	b.follow("Ask us to look again").at("/appeal").sees(http.StatusOK, "What should we look at again?", "Somebody who did not make the decision looks at it.", "We aim to answer by")
	b.sends(nil, nil).errs("text").sees(http.StatusUnprocessableEntity, "Say what we should look at again")
	b.sends(url.Values{"text": {strings.Repeat("x", 10_001)}}, map[string]string{"page.pdf": "<html>"}).errs("text", "file")
	twin := *b
	b.sends(url.Values{"text": {"You forgot the newsletter."}}, map[string]string{"proof.png": picture(t)})
	second := strings.TrimPrefix(b.address.Path, "/my/")
	if second == first {
		t.Fatal("there is no new case")
	}
	b.sees(http.StatusOK, "We look at our decision again", "We have what you wrote, and look at our decision again.", second, "Somebody who did not make the first decision does that.", "You forgot the newsletter.", "The first request:", first, "We aim to answer by")
	twin.sends(url.Values{"text": {"You forgot the newsletter."}}, nil).at("/"+second).sees(http.StatusOK, "We have what you wrote")
	twin.open("/my/" + first + "/appeal").at("/" + second)
	b.follow(first).at("/"+first).sees(http.StatusOK, "You asked us to look again. The page for that is:", second, "proof.png").seesNot("Ask us to look again")
	b.open("/my").at("/my").sees(http.StatusOK, "Look again at your answer", first, second)

	// The confirmation of the first request knows nothing of the case.
	if list, err := s.site.Office.Mine(t.Context(), requests.RequesterOf(s.view(first).SubmissionID), s.now()); err != nil || len(list) != 2 {
		t.Errorf("the submission holds %d requests: %v", len(list), err)
	}
	if _, err := s.site.Office.Do(t.Context(), s.mara, s.now(), second, 0, requests.TakeUp{}); err != nil {
		t.Fatal(err)
	}
	s.do(second, requests.RecordFindings{Systems: []requests.Searched{{System: "CRM", Found: "found"}}})
	decision := requests.Decide{Outcome: requests.RefusedAll, Text: "We looked at all of it again."}
	if _, err := s.site.Office.Do(t.Context(), s.mara, s.now(), second, 0, decision); !refused(err) {
		t.Errorf("the first decider decided again: %v", err)
	}
	if _, err := s.site.Office.Do(t.Context(), s.joon(), s.now(), second, 0, decision); err != nil {
		t.Fatal(err)
	}
	b.open("/my/"+second).sees(http.StatusOK, "Our decision stands", "We looked at all of it again.", "do not look a third time", "Information Commissioner").seesNot("Ask us to look again")
	b.open("/my/"+second+"/appeal").at("/"+second).sees(http.StatusOK, "You cannot ask for another look at this request now.")
	b.post("/my/"+second+"/appeal", url.Values{"text": {"Once more."}}).sees(http.StatusUnsupportedMediaType)
}

func refused(err error) bool { return errors.As(err, new(*requests.Refused)) }

func TestAppealIsAnsweredInTheTimeOfTheLaw(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-VA", policies.Access)
	s.refuses(reference)
	b.open("/my").follow("Ask us to look again").sees(http.StatusOK, "That is the time the law gives us.").seesNot("You can ask for this until")
	b.sends(url.Values{"text": {"Please look again."}}, nil).sees(http.StatusOK, "We look at our decision again", "How we worked out these dates", "Virginia gives us 60 days")
}

func TestAppealOfAnotherPersonsRequestIsNotFound(t *testing.T) {
	s := openStreet(t)
	_, reference := s.inside("moxora", "GB", policies.Deletion)
	s.refuses(reference)
	b, _ := s.inside("moxora", "GB", policies.Access)
	for _, page := range []string{"/appeal", "/proof", "/message", "/withdraw"} {
		b.open("/my/"+reference+page).sees(http.StatusNotFound, "There is no such page")
	}
	for _, button := range []string{"/reopen", "/renew", "/withdraw", "/link"} {
		b.post("/my/"+reference+button, url.Values{}).sees(http.StatusNotFound, "There is no such page")
	}
}
