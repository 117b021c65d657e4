package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"dsr/policies"
	"dsr/requests"
)

// Visits begin by the system's clock, so these stories begin in the past and
// people come in today.

func TestLinkOpensALapsedRequestAgainInOneClick(t *testing.T) {
	s := openStreet(t)
	s.later(-29 * 24 * time.Hour)
	_, reference := s.received("moxora", "DE", policies.Access)
	received := s.view(reference).ReceivedAt
	s.settles()
	s.later(29 * 24 * time.Hour)
	s.settles()
	if v := s.view(reference); v.Phase != requests.Aside || v.Outcome != requests.Lapsed {
		t.Fatalf("it is in %s, %s", v.Phase, v.Outcome)
	}
	link := s.linkTo(dana)
	b := s.browser().open(link).sees(http.StatusOK, "Open your request again?", reference, "It keeps the day on which it reached us.")
	if v := s.view(reference); v.Phase != requests.Aside {
		t.Fatal("looking at the link opened it again")
	}
	b.press(nil).at("/"+reference).sees(http.StatusOK, "We have your request", "You asked").seesNot("set your request aside")
	if v := s.view(reference); !v.Open() || !v.ReceivedAt.Equal(received) || v.Verified != "mailbox" {
		t.Errorf("it is in %s, received %s, proved %s", v.Phase, v.ReceivedAt, v.Verified)
	}
	b.post("/my/"+reference+"/reopen", url.Values{}).at("/"+reference).sees(http.StatusOK, "Your request is open again.")
}

func TestPortalOpensAgainWhatLapsedForWantOfProof(t *testing.T) {
	s := openStreet(t)
	s.later(-40 * 24 * time.Hour)
	_, reference := s.received("moxora", "US-CA", policies.Access)
	s.settles()
	if _, err := s.site.Office.UseLink(t.Context(), s.now(), s.link()[len("/r/"):]); err != nil {
		t.Fatal(err)
	}
	s.asksForThree(reference)
	s.later(39 * 24 * time.Hour)
	s.settles()
	s.later(24 * time.Hour)
	b := s.browser().asksToFollow("moxora", dana)
	b.press(url.Values{"code": {s.codeTo(dana)}}).at("/"+reference).sees(http.StatusOK, "We have set your request aside", "We gave nothing out and changed nothing.", "Your request keeps that day.", "Open it again")
	b.seesNot("We need something from you", `class="r late"`)
	b.open("/my/"+reference+"/proof").at("/"+reference).sees(http.StatusOK, "Nothing has to be proved for this request at the moment.")
	twin := *b.open("/my")
	b.fill("/reopen", nil).at("/"+reference).sees(http.StatusOK, "Your request is open again.", "We need to know that it is you", "We need something from you")
	twin.fill("/reopen", nil).at("/"+reference).sees(http.StatusOK, "Your request is open again.")
	b.follow("Send it to us").sends(url.Values{"point-full_name": {"Dana"}, "declared": {"yes"}}, nil).sees(http.StatusOK, "We are comparing what you sent")
}

func TestPortalOpensAgainWhatWasTakenForSpam(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "DE", policies.Access)
	s.do(reference, requests.Dismiss{Outcome: requests.Spam})
	b.open("/my").sees(http.StatusOK, "We have set this request aside", "We were not sure that a person sent it.", "Your request keeps that day.").seesNot("spam", "Spam")
	b.fill("/reopen", nil).at("/"+reference).sees(http.StatusOK, "Your request is open again.", "We answer by")
	s.do(reference, requests.Dismiss{Outcome: requests.Spam})
	twin := *b.open("/my")
	b.follow("Withdraw it").press(nil).sees(http.StatusOK, "You have withdrawn this request.")
	twin.fill("/reopen", nil).at("/"+reference).sees(http.StatusOK, "This request cannot be opened again. You can make a new one at any time.", "You withdrew this request")
}

func TestPortalFilesEndAndAreMadeReadyAgain(t *testing.T) {
	s := openStreet(t)
	s.later(-32 * 24 * time.Hour)
	_, reference := s.received("moxora", "DE", policies.OptOutMarketing)
	s.decides(reference, requests.Decide{Outcome: requests.Granted, Text: "Done.", Files: []requests.Upload{{Name: "all.zip", Type: "application/zip", Content: []byte("PK\x03\x04")}}})
	s.settles()
	till := s.view(reference).Facts.FilesTill
	s.later(32 * 24 * time.Hour)
	s.settles()
	b := s.browser().asksToFollow("moxora", dana)
	b.press(url.Values{"code": {s.codeTo(dana)}}).at("/"+reference).sees(http.StatusOK, "all.zip", "The time to download it ended on", "It is still here.").seesNot(">Download")
	file := "/my/" + reference + "/files/" + strconv.FormatInt(s.view(reference).Files[0].ID, 10)
	b.open(file).sees(http.StatusGone, "The time to download this file is over", "for another 30 days").fill("/renew", nil)
	b.at("/"+reference).sees(http.StatusOK, "Your files are ready again.", "You can download it until").seesNot("ended on")
	if now := s.view(reference).Facts.FilesTill; !now.After(till) || !now.Equal(s.now().Add(requests.AnswerLifetime+24*time.Hour)) {
		t.Errorf("they end on %s", now)
	}
	if b.open(file); b.body != "PK\x03\x04" {
		t.Errorf("the download is %q", b.body)
	}
	b.open("/my").post("/my/"+reference+"/renew", url.Values{}).sees(http.StatusOK, "Your files are ready again.")
}

func TestPortalHasNoFilesToRenewWhereThereAreNone(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "DE", policies.Access)
	b.post("/my/"+reference+"/renew", url.Values{}).at("/" + reference).sees(http.StatusOK).seesNot("ready again")
	b.open("/my/" + reference + "/files/1").sees(http.StatusNotFound).open("/my/" + reference + "/files/x").sees(http.StatusNotFound)
}
