package web_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/web"
)

// limited opens a site with limits, behind a proxy that is believed.
func limited(t *testing.T, change func(*web.Limits)) *street {
	return openStreet(t, func(site *web.Site) {
		site.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		change(&site.Limits)
	})
}

// from is a browser in a network of its own.
func (s *street) from(network int) *browser {
	b := s.browser()
	b.headers.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", network))
	return b
}

// stopsAdvertising walks an opt-out up to its last page.
func (b *browser) stopsAdvertising(email string) *browser {
	b.Helper()
	return b.open("/sectora/request").press(ticked(policies.OptOutMarketing)).press(url.Values{"email": {email}}).at("/check")
}

// suspects counts the requests that triage should look at twice, by reason.
func (s *street) suspects() map[string]int {
	s.Helper()
	page, err := s.site.Office.Queue(s.Context(), s.mara, s.now(), requests.ParseFilter("is:suspect"), requests.Page{Size: 200})
	if err != nil {
		s.Fatal(err)
	}
	count := map[string]int{}
	for _, row := range page.Rows {
		if count[row.Suspect]++; row.DueAt == requests.NothingDue {
			s.Errorf("%s has no date", row.Reference)
		}
	}
	return count
}

func TestNobodyCanFloodAStrangersMailbox(t *testing.T) {
	s := limited(t, func(l *web.Limits) { l.Mailbox = people.Limit{} })
	names := []string{"victim@example.org", "Victim@Example.ORG", "victim+1@example.org", "vic.tim@example.org", "v.i.c.t.i.m+x@example.org", "victim@example.org"}
	confirmations := map[string]bool{}
	var held string
	for i, name := range names {
		b := s.from(i+1).stopsAdvertising(name).press(nil).sees(http.StatusOK, "We have your request")
		held = b.reference()
		said := strings.ReplaceAll(b.text(), held, "")
		confirmations[strings.ReplaceAll(said, "V•••", "v•••")] = true
		b.post(b.address.Path, nil) // send me the link again
	}
	// It may say that somebody looks first, and nothing of why.
	if len(confirmations) > 2 {
		t.Errorf("the confirmation tells one from the other: %v", confirmations)
	}
	if got := s.suspects(); s.count() != 6 || got["mailbox"] != 3 {
		t.Errorf("%d requests were received, %v are for triage", s.count(), got)
	}
	if s.deliver(); len(s.post) > 7 {
		t.Errorf("%d letters went to one mailbox: three confirmations and four links are the most in an hour", len(s.post))
	}
	before := len(s.post)
	s.do(held, requests.Clear{})
	if s.deliver(); len(s.post) != before+1 {
		t.Errorf("once triage has cleared a request %d letters go out, want 1", len(s.post)-before)
	}
	if s.from(50).stopsAdvertising("somebody.else@example.org").press(nil); s.suspects()["mailbox"] != 2 {
		t.Errorf("another mailbox is suspected too: %v", s.suspects())
	}
}

func TestADayAllowsAMailboxNoMoreThanEight(t *testing.T) {
	s := limited(t, func(l *web.Limits) { l.Mailbox = people.Limit{Count: 3, Per: time.Hour} })
	for hour := range 12 {
		for i := range 2 {
			s.from(10*hour+i+1).stopsAdvertising("victim@example.org").press(nil).sees(http.StatusOK, "We have your request")
		}
		s.later(time.Hour)
	}
	// Over twelve hours eight go at once, and one more every three hours.
	if got := s.suspects()["mailbox"]; s.count() != 24 || got < 12 || got > 13 {
		t.Errorf("of %d requests %d wait for triage, want 12", s.count(), got)
	}
}

func TestTheMailboxOfWhoAsksForAnotherIsSparedToo(t *testing.T) {
	s := limited(t, func(l *web.Limits) { l.Mailbox = people.Limit{Count: 2, Per: time.Hour} })
	for i := range 3 {
		b := s.from(i + 1).open("/moxora/request").press(ticked(policies.Access)).livesIn("GB").press(url.Values{"who": {"agent"}})
		b.press(url.Values{"email": {fmt.Sprintf("p%d@example.org", i)}, "own_name": {"Agency"}, "own_email": {"victim@example.org"}})
		b.press(nil).at("/check").press(nil).sees(http.StatusOK, "We have your request")
	}
	if got := s.suspects(); got["mailbox"] != 1 || s.count() != 3 {
		t.Errorf("%d requests, suspected %v", s.count(), got)
	}
}

// Who floods a mailbox for an hour does not use up what its owner may have for
// the rest of the day.
func TestAFloodUsesUpAnHourAndNotTheDay(t *testing.T) {
	s := limited(t, func(l *web.Limits) { l.Mailbox = people.Limit{Count: 3, Per: time.Hour} })
	for i := range 20 {
		s.from(i+1).stopsAdvertising("victim@example.org").press(nil).sees(http.StatusOK, "We have your request")
	}
	s.later(time.Hour)
	s.from(60).stopsAdvertising("victim@example.org").press(nil).sees(http.StatusOK, "We have your request")
	if got := s.suspects()["mailbox"]; got != 17 {
		t.Errorf("of 21 requests %d wait for triage, want 17", got)
	}
}

// heavy is a browser without scripts in a network that has sent too much: it is
// at the last page, which brings work to do.
func (s *street) heavy(network int, email string) (path, page string) {
	s.Helper()
	const form = "application/x-www-form-urlencoded"
	from := []string{"X-Forwarded-For", fmt.Sprintf("203.0.113.%d", network), "Sec-Fetch-Site", "same-origin", "Accept-Encoding", "identity"}
	_, _, first := s.raw("GET", "/sectora/request", "", "", from...)
	_, token, _ := strings.Cut(first, `name="form" value="`)
	token, _, _ = strings.Cut(token, `"`)
	_, h, _ := s.raw("POST", "/sectora/request", form, url.Values{"right": {"opt_out.marketing"}, "form": {token}}.Encode(), from...)
	_, h, _ = s.raw("POST", h.Get("Location"), form, url.Values{"email": {email}}.Encode(), from...)
	path = h.Get("Location")
	status, h, page := s.raw("GET", path, "", "", from...)
	if status != http.StatusOK {
		s.Fatalf("the last page answered %d", status)
	}
	csp := h.Get("Content-Security-Policy")
	if scripts := strings.Contains(page, "<script"); scripts != strings.Contains(csp, "; script-src 'self'") || strings.Count(csp, "script-src") > 1 {
		s.Errorf("with a script on the page (%v) the policy is %q", scripts, csp)
	}
	return path, page
}

// sends presses the last button of a form, with a solution or without.
func (s *street) sends(network int, path string, values url.Values) (receipt string) {
	s.Helper()
	status, h, page := s.raw("POST", path, "application/x-www-form-urlencoded", values.Encode(), "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", network))
	if status != http.StatusSeeOther || !strings.Contains(h.Get("Location"), "/request/done/") {
		s.Fatalf("sending answered %d: %.600s", status, page)
	}
	return h.Get("Location")
}

// solved does the work of a page.
func (s *street) solved(page string) url.Values {
	s.Helper()
	token, pieces, zeros := within(page, `data-token="`), within(page, `data-pieces="`), within(page, `data-bits="`)
	many, err := strconv.Atoi(pieces)
	if err != nil {
		s.Fatalf("the page brings no work: %.3000s", page)
	}
	least, _ := strconv.Atoi(zeros)
	var found []string
	for piece := range many {
		for n := 0; ; n++ {
			sum := sha256.Sum256(fmt.Appendf(nil, "%s.%d.%d", token, piece, n))
			if bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:])) >= least {
				found = append(found, strconv.Itoa(n))
				break
			}
		}
	}
	return url.Values{"task": {within(page, `name="task" value="`)}, "work": {strings.Join(found, ".")}}
}

// within returns what stands after a text up to the next quotation mark.
func within(page, after string) string {
	_, rest, _ := strings.Cut(page, after)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func TestANetworkThatSendsVeryManyFormsWorksForThemOrWaitsForTriage(t *testing.T) {
	s := limited(t, func(l *web.Limits) { l.Ready = people.Limit{Count: 2, Per: time.Hour} })
	for i := range 2 {
		path, page := s.heavy(1, fmt.Sprintf("p%d@example.org", i))
		if strings.Contains(page, "<script") || strings.Contains(page, "your network") {
			t.Fatalf("form %d is suspected: %s", i, page)
		}
		s.sends(1, path, nil)
	}
	path, page := s.heavy(1, "works@example.org")
	if !strings.Contains(page, "Very many forms come from your network at this moment, so your device works something out") || !strings.Contains(page, "You need not do anything") {
		t.Errorf("nothing is said: %s", page)
	}
	s.sends(1, path, s.solved(page))
	if s.count() != 3 || len(s.suspects()) != 0 {
		t.Errorf("somebody who has worked is suspected: %v", s.suspects())
	}
	path, _ = s.heavy(1, "no.script@example.org")
	s.sends(1, path, url.Values{"task": {""}, "work": {""}})
	if s.count() != 4 || s.suspects()["network"] != 1 {
		t.Errorf("%d requests, suspected %v", s.count(), s.suspects())
	}
	if s.deliver(); len(s.post) != 3 {
		t.Errorf("%d letters went out, want none for the one that is suspected", len(s.post))
	}
	if path, page := s.heavy(2, "else@example.org"); strings.Contains(page, "<script") {
		t.Errorf("another network is suspected: %s", path)
	}
	s.later(time.Hour)
	if _, page := s.heavy(1, "later@example.org"); strings.Contains(page, "<script") {
		t.Error("an hour later the network is suspected still")
	}
}

func TestWorkCountsForItsOwnFormOnce(t *testing.T) {
	s := limited(t, func(l *web.Limits) { l.Ready = people.Limit{Count: 1, Per: time.Hour} })
	s.heavy(1, "first@example.org")
	path, page := s.heavy(1, "own@example.org")
	work := s.solved(page)
	receipt := s.sends(1, path, work)
	if again := s.sends(1, path, work); again != receipt || s.count() != 1 {
		t.Errorf("sent again it led to %s, not %s; %d requests", again, receipt, s.count())
	}
	short := url.Values{"task": work["task"], "work": {strings.Repeat("0.", 15) + "0"}}
	for i, c := range []struct {
		name string
		work url.Values
	}{
		{"the work of another form", work},
		{"numbers that solve nothing", short},
		{"a task nobody gave", url.Values{"task": {"AAAA"}, "work": work["work"]}},
		{"numbers without end", url.Values{"task": work["task"], "work": {strings.Repeat("9", 100_000)}}},
		{"a number too many", url.Values{"task": work["task"], "work": {work.Get("work") + ".1"}}},
	} {
		path, page := s.heavy(1, fmt.Sprintf("q%d@example.org", i))
		if c.name == "a number too many" {
			c.work = s.solved(page)
			c.work.Set("work", c.work.Get("work")+".1")
		}
		if s.sends(1, path, c.work); s.suspects()["network"] != i+1 {
			t.Errorf("%s was taken for work: %v", c.name, s.suspects())
		}
	}
}

// Forms that were made ready while nobody looked, to be sent all at once, are
// weighed when they are sent.
func TestFormsMadeReadyInAdvanceAreWeighedAgain(t *testing.T) {
	s := limited(t, func(l *web.Limits) { l.Ready = people.Limit{Count: 2, Per: time.Hour} })
	var ready []string
	for hour := range 4 {
		for i := range 2 {
			path, _ := s.heavy(1, fmt.Sprintf("p%d.%d@example.org", hour, i))
			ready = append(ready, path)
		}
		s.later(61 * time.Minute)
	}
	for _, path := range ready {
		s.sends(1, path, nil)
	}
	if s.count() != 8 || s.suspects()["network"] != 6 {
		t.Errorf("%d requests, suspected %v, want 6", s.count(), s.suspects())
	}
}

func TestAFormThatWasVeryQuickWaitsAndIsTakenAtTheFirstPress(t *testing.T) {
	const least = 1500 * time.Millisecond
	s := limited(t, func(l *web.Limits) { l.FormTime = least })
	b := s.from(1).stopsAdvertising("quick@example.org")
	check, began := b.address.Path, time.Now()
	b.press(nil).sees(http.StatusOK, "We have your request")
	if took := time.Since(began); took < least {
		t.Errorf("it was taken after %v", took)
	}
	began = time.Now()
	if b.post(check, nil).sees(http.StatusOK, "We have your request"); time.Since(began) > least {
		t.Error("sent again it waits again")
	}
	b.stopsAdvertising("slow@example.org")
	s.later(time.Minute)
	began = time.Now()
	if b.press(nil).sees(http.StatusOK, "We have your request"); time.Since(began) > least {
		t.Error("somebody who took their time waits too")
	}
	if s.count() != 2 || len(s.suspects()) != 0 {
		t.Errorf("%d requests, suspected %v", s.count(), s.suspects())
	}
}

// Several presses while a form is held up are one request, and count as one.
func TestAnImpatientPersonWhoPressesTwiceAsksOnce(t *testing.T) {
	s := limited(t, func(l *web.Limits) {
		l.FormTime, l.Mailbox = 150*time.Millisecond, people.Limit{Count: 2, Per: time.Hour}
	})
	b := s.from(1).stopsAdvertising("quick@example.org")
	done := make(chan string)
	for range 4 {
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
	first := <-done
	for range 3 {
		if other := <-done; other != first {
			t.Errorf("one press leads to %s, another to %s", first, other)
		}
	}
	if s.from(2).stopsAdvertising("quick@example.org").press(nil).sees(http.StatusOK); s.count() != 2 || len(s.suspects()) != 0 {
		t.Errorf("there are %d requests, suspected %v", s.count(), s.suspects())
	}
}

// A form that must be sent again because the store failed is no flood of forms.
func TestAFormThatFailsCountsOnce(t *testing.T) {
	s := limited(t, func(l *web.Limits) { l.Mailbox = people.Limit{Count: 2, Per: time.Hour} })
	b := s.from(1).stopsAdvertising("patient@example.org")
	check := b.address.Path
	s.sql("ALTER TABLE letters RENAME TO letters_away")
	for range 5 {
		b.post(check, nil).sees(http.StatusInternalServerError)
	}
	s.sql("ALTER TABLE letters_away RENAME TO letters")
	b.open(check).press(nil).sees(http.StatusOK, "We have your request")
	s.from(2).stopsAdvertising("patient@example.org").press(nil).sees(http.StatusOK, "We have your request")
	if s.count() != 2 || len(s.suspects()) != 0 {
		t.Errorf("there are %d requests, suspected %v", s.count(), s.suspects())
	}
	if s.from(3).stopsAdvertising("patient@example.org").press(nil); s.suspects()["mailbox"] != 1 {
		t.Errorf("a third within the hour is not suspected: %v", s.suspects())
	}
}

func TestWhoLeavesWhileTheFormIsHeldUpHasSentIt(t *testing.T) {
	s := limited(t, func(l *web.Limits) { l.FormTime = 300 * time.Millisecond })
	b := s.from(1).stopsAdvertising("gone@example.org")
	hasty := http.Client{Timeout: 50 * time.Millisecond}
	if _, err := hasty.PostForm(b.address.String(), nil); err == nil {
		t.Fatal("it was not held up")
	}
	// The form leads to its confirmation as soon as it was taken.
	for until := time.Now().Add(10 * time.Second); strings.HasSuffix(b.address.Path, "/check") && time.Now().Before(until); {
		b.open(b.address.Path)
	}
	if b.sees(http.StatusOK, "We have your request"); s.count() != 1 {
		t.Errorf("there are %d requests", s.count())
	}
}

func TestTrapsAndLimitsLoseNothing(t *testing.T) {
	s := openStreet(t, func(site *web.Site) {
		site.Limits = web.Limits{Drafts: people.Limit{Count: 3, Per: time.Hour}, Intake: people.Limit{Count: 1, Per: time.Hour}, FormTime: -1}
	})
	b := s.browser().open("/sectora/request").press(url.Values{"right": {"opt_out.marketing"}})
	b.press(url.Values{"email": {"d@example.org"}, "website": {"https://spam.example"}}).sees(http.StatusUnprocessableEntity, "people cannot see")
	b.press(nil).at("/check").press(nil).sees(http.StatusOK, "We have your request")

	b.open("/sectora/request").press(url.Values{"right": {"opt_out.marketing"}}).press(url.Values{"email": {"e@example.org"}})
	b.press(nil).sees(http.StatusTooManyRequests, "press the button again in 60 minutes", "e@example.org")
	if b.header.Get("Retry-After") == "" {
		t.Error("there is no Retry-After")
	}
	s.later(time.Hour)
	b.press(nil).sees(http.StatusOK, "We have your request")
	for n := range 4 {
		b.open("/sectora/request").press(url.Values{"right": {"access"}})
		if want := n == 3; want != (b.status == http.StatusTooManyRequests) {
			t.Errorf("form %d: %d", n, b.status)
		}
	}
	if got := fmt.Sprint(held(b.form(""))["right"]); got != "[access]" {
		t.Errorf("ticked is %s", got)
	}
}
