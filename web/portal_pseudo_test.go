package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"dsr/policies"
	"dsr/requests"
)

// Every page of the requester, in the pseudo-language that is written from right
// to left: what a page says came from the catalogue, or browser.sound says so.

func TestPortalPagesAreWholeInThePseudoLanguage(t *testing.T) {
	s := openStreet(t, inPseudo(t))
	b := s.arabic()
	_, reference := s.received("moxora", "US-CA", policies.Access)
	page := "/my/" + reference
	b.open(s.linkTo(dana)).sees(http.StatusOK).press(nil).at(reference)
	s.do(reference, requests.AskProof{Declaration: true, What: "1", Why: "2"})
	b.open(page).sees(http.StatusOK).open(page+"/proof").sends(nil, nil).sees(http.StatusUnprocessableEntity)
	b.sends(url.Values{"text": {"3"}, "declared": {"yes"}}, nil).sees(http.StatusOK)
	s.do(reference, requests.RecordProof{Level: "three_points", Matched: []string{"full_name", "last_use", "username"}})
	ground := s.ground(reference).Ground
	s.decides(reference, requests.Decide{Text: "4", Items: []requests.Item{
		{What: "5", Decision: requests.Give}, {What: "6", Decision: requests.Part, Ground: ground, Text: "7"}, {What: "8", Decision: requests.Keep, Ground: ground, Text: "9"},
	}, Files: []requests.Upload{{Name: "1.txt", Type: "text/plain", Content: []byte("1")}}})
	b.open(page).sees(http.StatusOK).open(page+"/appeal").sees(http.StatusOK).sends(nil, nil).sees(http.StatusUnprocessableEntity)
	b.sends(url.Values{"text": {"1"}}, nil).sees(http.StatusOK).open("/my").at("/my").open(page).sees(http.StatusOK)
	b.fill("/my/leave-everywhere", nil).sees(http.StatusOK)
	s.later(time.Second)
	b.open("/my").sees(http.StatusUnauthorized).open("/follow").sees(http.StatusOK)
	b.open("/moxora/follow").press(nil).sees(http.StatusUnprocessableEntity)
	b.press(url.Values{"email": {dana}}).sees(http.StatusOK).press(nil).sees(http.StatusUnprocessableEntity)
	b.press(url.Values{"code": {"000000"}}).sees(http.StatusUnprocessableEntity)
	b.open(s.linkTo(dana)).sees(http.StatusOK).press(nil).sees(http.StatusOK)
	b.open("/moxora/follow/x").sees(http.StatusGone)
}

func TestPortalPagesOfWhatIsSetAsideAreWholeInThePseudoLanguage(t *testing.T) {
	s := openStreet(t, inPseudo(t))
	s.later(-29 * 24 * time.Hour)
	_, reference := s.received("moxora", "DE", policies.Access)
	s.settles()
	s.later(29 * 24 * time.Hour)
	b := s.arabic().open(s.linkTo(dana)).sees(http.StatusOK).press(nil).at(reference)
	s.do(reference, requests.Dismiss{Outcome: requests.Spam})
	b.open("/my").sees(http.StatusOK).fill("/reopen", nil).sees(http.StatusOK)
	for _, not := range []string{"proof", "question", "reopen", "appeal", "withdraw"} {
		b.open("/my/" + reference + "?not=" + not).sees(http.StatusOK)
	}
	for _, done := range []string{"message", "answer", "proof", "withdrawn", "link", "reopened", "renewed", "appeal"} {
		b.open("/my/" + reference + "?done=" + done).sees(http.StatusOK)
	}
}

func TestThePageThatCompletesARequestIsWholeInThePseudoLanguage(t *testing.T) {
	s := openStreet(t, inPseudo(t))
	receipt, err := s.site.Office.Receive(s.Context(), s.mara, s.now(), requests.Submission{
		Nonce: "a-call-without-a-place", Policy: "moxora", Rights: []policies.Right{policies.Access}, Channel: "phone", Language: "en", Person: requests.Person{Email: dana},
	})
	if err != nil {
		t.Fatal(err)
	}
	reference := receipt.Requests[0].Reference
	b := s.arabic().open(s.linkTo(dana)).press(nil).sees(http.StatusOK).open("/my/" + reference + "/complete").sees(http.StatusOK)
	b.press(nil).sees(http.StatusUnprocessableEntity).press(url.Values{"country": {"US"}}).sees(http.StatusOK).press(nil).sees(http.StatusUnprocessableEntity)
	b.press(url.Values{"state": {"US-CA"}, "id-workspace": {"1"}}).sees(http.StatusOK)
	for _, not := range []string{"complete", "place"} {
		b.open("/my/" + reference + "?done=complete&not=" + not).sees(http.StatusOK)
	}
}
