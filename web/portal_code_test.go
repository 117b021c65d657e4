package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/web"
)

func TestCodeOfTheFirstLetterOpensTheRequest(t *testing.T) {
	s := openStreet(t)
	b, reference := s.received("moxora", "DE", policies.Access)
	receipt := b.address.Path
	b.sees(http.StatusOK, "Enter the 6 digits from the letter", "Send me the link again")
	code := s.codeTo(dana)
	for _, typed := range []string{"", "12345", "1234567", "abcdef", "٠٤٢٩١٧", strings.Repeat("1", 5000), "<b>123456"} {
		b.open(receipt).fill("/code", url.Values{"code": {typed}}).errs("code").sees(http.StatusUnprocessableEntity, "Enter the 6 digits from the letter, like 042917", reference)
	}
	b.open(receipt).fill("/code", url.Values{"code": {wrongCode(code)}}).errs("code").sees(http.StatusUnprocessableEntity, "This code does not fit.", reference, "We have your request")
	if len(b.cookies()) != 0 {
		t.Error("a wrong code sets a cookie")
	}
	// The page after a wrong code is a confirmation as before: language and all.
	b.follow("English").at("/language")
	b.open(receipt).fill("/code", url.Values{"code": {" " + code[:3] + "-" + code[3:]}}).at("/"+reference).sees(http.StatusOK, dana)
	if v := s.view(reference); v.Verified != "mailbox" {
		t.Errorf("the mailbox is %s", v.Verified)
	}
	other := s.browser().open(receipt).sees(http.StatusOK, reference).seesNot("Enter the 6 digits")
	other.post(receipt+"/code", url.Values{"code": {code}}).errs("code") // used up
}

func TestCodeIsNotAskedForWhereNothingIsProved(t *testing.T) {
	s := openStreet(t)
	b, _ := s.received("moxora", "", policies.OptOutMarketing)
	b.seesNot("Enter the 6 digits", "Open the email").sees(http.StatusOK, "You need not prove anything for that")
	b, _ = s.received("moxora", "DE", policies.OptOutMarketing, policies.Access)
	b.sees(http.StatusOK, "Enter the 6 digits", "Open the email", "We do what you asked")
}

func TestCodeOfANewLetterCounts(t *testing.T) {
	s := openStreet(t)
	b, reference := s.received("moxora", "DE", policies.Access)
	first := s.codeTo(dana)
	s.later(time.Minute)
	b.fill("", nil)
	second := s.codeTo(dana)
	if first == second {
		second = wrongCode(first)
	}
	b.fill("/code", url.Values{"code": {second}}).at("/" + reference)

	b, _ = s.received("moxora", "DE", policies.Deletion)
	code := s.codeTo(dana)
	s.later(24*time.Hour + time.Second)
	b.fill("/code", url.Values{"code": {code}}).errs("code")
}

func TestCodeWithstandsTenThousandGuesses(t *testing.T) {
	s := openStreet(t, func(site *web.Site) { site.Limits.Codes = people.Limit{Count: 10, Per: time.Hour} })
	b, reference := s.received("moxora", "DE", policies.Access)
	receipt, link, code := b.address.Path, s.linkTo(dana), s.codeTo(dana)
	var seen [600]int
	guess := func(code string) int {
		r := httptest.NewRequest(http.MethodPost, receipt+"/code", strings.NewReader("code="+code))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		seen[w.Code]++
		return w.Code
	}
	n := 0
	for i := range 10_000 {
		try := fmt.Sprintf("%06d", i*97%1_000_000)
		if try == code {
			continue
		}
		if n++; guess(try) == http.StatusSeeOther {
			t.Fatalf("guess %d got in", n)
		}
	}
	// The right one is of no use any more either: its tries are used up.
	if guess(code) == http.StatusSeeOther {
		t.Error("the right code got in after 10,000 wrong ones")
	}
	s.later(90 * time.Minute)
	if guess(code) == http.StatusSeeOther {
		t.Error("the right code got in hours after its tries were used up")
	}
	if seen[http.StatusUnprocessableEntity] > 12 || seen[http.StatusTooManyRequests] < 9_000 {
		t.Errorf("%d were tried, %d turned away", seen[http.StatusUnprocessableEntity], seen[http.StatusTooManyRequests])
	}
	s.browser().open(link).press(nil).at("/"+reference).sees(http.StatusOK, dana) // the person's link is not locked
}

func TestCodesGuessedFromOneNetworkAreLimitedToo(t *testing.T) {
	s := openStreet(t, func(site *web.Site) { site.Limits.CodesFrom.Count, site.Limits.CodesFrom.Per = 3, time.Hour })
	for i := range 4 {
		b, _ := s.received("moxora", "DE", policies.Access)
		b.fill("/code", url.Values{"code": {"123456"}})
		if want := map[bool]int{true: http.StatusTooManyRequests, false: http.StatusUnprocessableEntity}[i == 3]; b.status != want {
			t.Errorf("try %d answered %d, want %d", i, b.status, want)
		}
	}
}

func TestCodeAndLinkOfWhatMayBeAbuseWaitForTriage(t *testing.T) {
	s := openStreet(t, func(site *web.Site) { site.Limits.Mailbox = people.Limit{Count: 1, Per: time.Hour} })
	s.received("moxora", "DE", policies.Access)
	s.settles()
	s.post = nil
	b, reference := s.received("moxora", "DE", policies.Deletion)
	if v := s.view(reference); v.Suspect != requests.SuspectMailbox {
		t.Fatalf("it is suspected of %q", v.Suspect)
	}
	b.sees(http.StatusOK, reference, "Somebody looks at what you sent first. Then the confirmation goes to d•••@example.org.").seesNot("Enter the 6 digits", "Send me the link again")
	b.post(b.address.Path, nil).sees(http.StatusOK)
	if s.settles(); len(s.post) != 0 {
		t.Errorf("%d letters went out", len(s.post))
	}
	s.do(reference, requests.Clear{})
	if s.settles(); len(s.post) != 1 {
		t.Errorf("%d letters went out once it was cleared", len(s.post))
	}
	b.open(b.address.Path).sees(http.StatusOK, "Enter the 6 digits", "Send me the link again")
}
