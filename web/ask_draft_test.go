package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/policies"
)

func TestGoingBackLoadingAnewAndTwoTabsLoseNothing(t *testing.T) {
	s := openStreet(t)
	one, two := s.browser(), s.browser()
	two.http.Jar = one.http.Jar // two tabs of one browser
	one.asks("moxora", "DE", policies.Access)
	two.asks("moxora", "US-CA", policies.Deletion, policies.OptOutSale)
	one.open(one.address.Path).sees(http.StatusOK, "Get a copy of my information", "Germany").seesNot("Delete my information")
	one.follow("Back").at("/particular").sees(http.StatusOK, "The time in March, please.")
	one.follow("Back").at("/find").follow("Back").at("/who").follow("Back").at("/where").follow("Back").at("/what")
	if got := held(one.form(""))["right"]; !slices.Equal(got, []string{"access"}) {
		t.Errorf("ticked is %v", got)
	}
	// Continue from an answered question leads back to the check.
	one.press(url.Values{"right": {"access", "correction"}}).at("/check").sees(http.StatusOK, "Correct my information")
	one.press(nil).sees(http.StatusOK, "We have your requests")
	two.open(two.address.Path).at("/check").press(nil).sees(http.StatusOK, "We have your requests")
	if s.count() != 4 {
		t.Errorf("there are %d requests, want 4", s.count())
	}
}

func TestSendingTwiceGivesTheSameReceipt(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "DE", policies.Access)
	check := b.address.Path
	first := b.press(nil).address.Path
	for range 2 {
		if b.post(check, nil); b.address.Path != first {
			t.Errorf("sent again it led to %s, not %s", b.address.Path, first)
		}
	}
	// Every page of a form that was sent leads to its confirmation.
	for _, step := range []string{"what", "where", "find", "check"} {
		if b.open(strings.TrimSuffix(check, "check") + step); b.address.Path != first {
			t.Errorf("%s led to %s", step, b.address.Path)
		}
	}
	b.post(strings.TrimSuffix(check, "check")+"find", url.Values{"email": {"x@example.org"}}).sees(http.StatusOK, "We have your request")
	s.deliver()
	if s.count() != 1 || len(s.post) != 1 {
		t.Errorf("%d requests and %d letters", s.count(), len(s.post))
	}
}

func TestManySendAtOnceAndEachFormIsReceivedOnce(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "DE", policies.Access)
	done := make(chan string)
	for range 8 {
		go func() {
			res, err := b.http.PostForm(b.address.String(), nil)
			if err != nil {
				done <- err.Error()
				return
			}
			res.Body.Close()
			done <- res.Request.URL.Path
		}()
	}
	seen := map[string]bool{}
	for range 8 {
		seen[<-done] = true
	}
	if len(seen) != 1 || s.count() != 1 {
		t.Errorf("%d receipts and %d requests: %v", len(seen), s.count(), seen)
	}
}

func TestAFormThatEndedKeepsWhatWasJustTyped(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "DE", policies.Access)
	base := strings.TrimSuffix(b.address.Path, "check")
	s.later(23 * time.Hour)
	b.open(base + "find").sees(http.StatusOK)
	s.later(2 * time.Hour)
	b.open(base+"check").sees(http.StatusGone, "This form has ended", "Begin again").post(base+"check", nil).sees(http.StatusGone)
	b.post(base+"find", url.Values{"email": {"late@example.org"}}).at("/what").sees(http.StatusOK, "We kept what you just entered")
	b.press(url.Values{"right": {"access"}}).livesIn("DE").press(url.Values{"who": {"self"}})
	b.at("/particular").follow("Back").sees(http.StatusOK)
	if !strings.Contains(b.body, `value="late@example.org"`) {
		t.Error("the address is gone")
	}
	b.open("/moxora/request/ABCDEFGHIJKLMNOPQRSTUVWXYZ/find").sees(http.StatusGone, "This form has ended")
	b.open("/opvio" + strings.TrimPrefix(base, "/moxora") + "what").sees(http.StatusGone) // another policy's form
}

func TestAFirstPageOfAnotherDayOrPlaceIsShownAgain(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/moxora/request")
	s.later(25 * time.Hour)
	b.press(url.Values{"right": {"access"}}).sees(http.StatusUnprocessableEntity, "open for a long time")
	b.press(nil).at("/where")
	b.open("/moxora/request").post("/moxora/request", url.Values{"right": {"access"}, "form": {"forged"}}).sees(http.StatusUnprocessableEntity, "press the button again")
	b.open("/opvio/request")
	token := held(b.form(""))["form"]
	b.post("/moxora/request", url.Values{"right": {"access"}, "form": token}).sees(http.StatusUnprocessableEntity)
}

func TestAnotherLanguageKeepsEveryAnswer(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/moxora/request").press(ticked(policies.Access, policies.Correction)).livesIn("US-CA")
	b.press(url.Values{"who": {"agent"}}).at("/find")
	for _, language := range []struct{ tag, heading string }{
		{"de", "Wie finden wir diese Person"}, {"fr", "Comment retrouver cette personne"}, {"pl", "Jak możemy znaleźć tę osobę"},
	} {
		find := b.address.Path
		b.open("/language?back="+url.QueryEscape(find)).fill("/language", url.Values{"language": {language.tag}}).at("/find").sees(http.StatusOK, language.heading)
	}
	b.press(url.Values{"email": {"ese@example.org"}, "own_name": {"Kim"}, "own_email": {"kim@example.org"}, "id-workspace": {"Print & Co"}})
	b.press(url.Values{"words": {"Zażółć gęślą jaźń."}}).at("/check")
	b.sees(http.StatusOK, "Otrzymać kopię swoich danych", "Poprawić swoje dane", "Kalifornia", "Innej osoby", "ese@example.org", "Kim", "Print & Co", "Zażółć gęślą jaźń.")
	b.open("/language?back="+url.QueryEscape(b.address.Path)).fill("/language", url.Values{"language": {"it"}}).at("/check")
	b.sees(http.StatusOK, "Ottenere una copia dei miei dati", "California", "Un’altra persona", "Zażółć gęślą jaźń.").press(nil)
	if b.sees(http.StatusOK, "Abbiamo ricevuto"); s.count() != 2 {
		t.Errorf("there are %d requests", s.count())
	}
	if s.deliver(); len(s.post) == 0 || !strings.Contains(s.post[0].Subject+s.post[0].Text, "richiest") {
		t.Error("the letter is not in the language of the form")
	}
}

func TestAnEarlierAnswerThatChangesAddsAndTakesAwayQuestions(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "", policies.OptOutMarketing)
	b.follow("Change what you would like to do").press(ticked(policies.OptOutMarketing, policies.Access))
	b.at("/where").livesIn("DE").at("/who").press(url.Values{"who": {"self"}}).at("/particular").press(url.Values{"words": {"All of 2024."}})
	b.at("/check").sees(http.StatusOK, "dana.whitlock@example.org", "Germany", "All of 2024.")

	// A country with laws by state asks for the state.
	b.follow("Change where you live").press(url.Values{"country": {"US"}}).at("/where").sees(http.StatusOK, "State, province or territory")
	check := strings.TrimSuffix(b.address.Path, "where") + "check"
	b.open(check).at("/where") // the way to the end leads through the open question
	b.press(url.Values{"country": {"US"}, "state": {"US-CA"}})
	// California gives no opt-out of marketing: go on without it.
	b.at("/where").sees(http.StatusUnprocessableEntity, "California").press(url.Values{"without": {"1"}}).at("/check").seesNot("Stop advertising")

	// For somebody else two more lines are needed, on a page that was answered.
	b.follow("Change who this is for").press(url.Values{"who": {"agent"}}).at("/find")
	b.press(url.Values{"own_name": {"Kim"}, "own_email": {"kim@example.org"}}).at("/check").sees(http.StatusOK, "kim@example.org", "All of 2024.")
	b.follow("Change who this is for").press(url.Values{"who": {"self"}}).at("/check").seesNot("kim@example.org")
	b.follow("Change who this is for").press(url.Values{"who": {"child"}}).at("/check").sees(http.StatusOK, "kim@example.org")

	// Taking back a consent needs neither the place nor the person behind it.
	b.follow("Change what you would like to do").press(ticked(policies.WithdrawConsent)).at("/check")
	b.seesNot("California", "kim@example.org", "Your child").sees(http.StatusOK, "All of 2024.")
	b.press(nil).sees(http.StatusOK, "We have your request", "d•••@example.org")
}

func TestOnePageInTwoTabsKeepsWhatEachAnswered(t *testing.T) {
	s := openStreet(t)
	one := s.browser().asks("moxora", "DE", policies.Access)
	base := strings.TrimSuffix(one.address.Path, "check")
	two := s.browser().open(base + "find")
	one.open(base + "particular").press(url.Values{"words": {"From the first tab."}}).at("/check")
	two.press(url.Values{"email": {"second.tab@example.org"}}).at("/check").sees(http.StatusOK, "From the first tab.", "second.tab@example.org")
	one.open(base+"check").sees(http.StatusOK, "second.tab@example.org").press(nil).sees(http.StatusOK, "We have your request")
	two.press(nil).sees(http.StatusOK, "We have your request")
	if s.count() != 1 {
		t.Errorf("two tabs made %d requests", s.count())
	}
}

// Whatever error page comes in between, the form is as it was.
func TestNoErrorPageLosesAForm(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "US-CA", policies.Access, policies.OptOutSale)
	check := b.address.Path
	before := b.text()
	const form = "application/x-www-form-urlencoded"
	for _, step := range []string{"what", "where", "who", "find", "particular", "check", "nonsense"} {
		path := strings.TrimSuffix(check, "check") + step
		for _, post := range []struct{ kind, body string }{
			{form, "right=%zz"}, {form, "words=a%00b&email=a%00b"}, {form, "words=%ff"}, {form, strings.Repeat("x=1&", 10_000)},
			{form, "words=" + strings.Repeat("x", 2<<20)}, {"multipart/form-data; boundary=x", "--x--"}, {"application/json", "{}"}, {"text/plain", "words=1"}, {"", "words=1"},
		} {
			if status, _, page := s.raw("POST", path, post.kind, post.body, "Accept-Encoding", "identity"); status < 400 || status >= 500 || !strings.Contains(page, "E-"+s.now().Format("20060102")) {
				t.Errorf("POST %s of %.30q (%s) answered %d", step, post.body, post.kind, status)
			}
		}
	}
	if b.open(check).sees(http.StatusOK); b.text() != before {
		t.Errorf("the form has changed:\n%s\nwas:\n%s", b.text(), before)
	}
	if b.press(nil).sees(http.StatusOK, "We have your requests"); s.count() != 2 {
		t.Errorf("there are %d requests", s.count())
	}
}
