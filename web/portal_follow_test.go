package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/people"
	"dsr/policies"
	"dsr/web"
)

// asksToFollow types an address into the page for it.
func (b *browser) asksToFollow(policy, address string) *browser {
	b.Helper()
	return b.open("/"+policy+"/follow").sees(http.StatusOK, "Which email address did you use?").press(url.Values{"email": {address}})
}

func TestFollowOpensAllRequestsOfAnAddress(t *testing.T) {
	s := openStreet(t)
	_, first := s.received("moxora", "DE", policies.Access)
	_, second := s.received("moxora", "DE", policies.Deletion)
	_, elsewhere := s.received("opvio", "DE", policies.Access)
	behalf := s.asksForAnother("agent", "DE", policies.Access)
	s.settles()

	b := s.browser().asksToFollow("moxora", " "+dana+" ").sees(http.StatusOK, "Look into your mailbox", "If we have requests made with this address").seesNot(dana)
	if strings.Contains(b.address.String(), "dana") {
		t.Errorf("the address is in %s", b.address)
	}
	link := s.linkTo(dana)
	b.open(link).sees(http.StatusOK, "Is this your email address?", "all requests that were made with this address").seesNot(first, second, dana)
	b.press(nil).at("/my").sees(http.StatusOK, "Your requests", first, second, behalf, "Pat O’Neil asked us for this on your behalf").seesNot(elsewhere)
	b.open("/my/"+behalf).sees(http.StatusOK, "If you did not want this, you can stop it", "All your requests").follow("All your requests").at("/my")

	// The link was used up; its page leads to a new one by address.
	s.browser().open(link).sees(http.StatusGone, "This link was used already").seesNot("We can send a new link").follow("Follow my requests").at("/moxora/follow")
	// Pressed again while the visit is open it leads on.
	b.open(link).at("/my")
}

func TestFollowByCodeOpensTheSame(t *testing.T) {
	s := openStreet(t)
	_, reference := s.received("moxora", "DE", policies.Access)
	s.settles()
	b := s.browser().asksToFollow("moxora", strings.ToUpper(dana[:1])+dana[1:])
	code := s.codeTo(dana)
	b.press(url.Values{"code": {""}}).errs("code").sees(http.StatusUnprocessableEntity, "Enter the 6 digits from the letter, like 042917")
	b.press(url.Values{"code": {wrongCode(code)}}).errs("code").sees(http.StatusUnprocessableEntity, "This code does not fit.")
	if len(b.cookies()) != 0 {
		t.Error("a wrong code sets a cookie")
	}
	b.press(url.Values{"code": {code[:3] + " " + code[3:]}}).at("/"+reference).sees(http.StatusOK, dana)
	s.browser().asksToFollow("moxora", dana).press(url.Values{"code": {code}}).errs("code") // used up
}

// written counts the rows this site has written since it began.
func (s *street) written() (rows int64) {
	s.Helper()
	err := s.site.DB.Write(s.Context(), func(ctx context.Context, tx bun.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT total_changes()").Scan(&rows)
	})
	if err != nil {
		s.Fatal(err)
	}
	return rows
}

// masked takes out of an answer what differs from one visit to the next.
func masked(text string) string {
	for pattern, mask := range map[string]string{`follow(/|%2f)[A-Za-z0-9_-]+`: "follow/TICKET", `E-\d{8}-[0-9A-F]{4}`: "NUMBER"} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, mask)
	}
	return text
}

// asked is everything somebody who asks can see and measure of one address.
type asked struct {
	status, codeStatus int
	location           string
	page, codePage     string
	rows, codeRows     int64
}

func (s *street) asksRaw(address string) asked {
	s.Helper()
	const form = "application/x-www-form-urlencoded"
	before := s.written()
	var a asked
	status, header, body := s.raw("POST", "/moxora/follow", form, url.Values{"email": {address}}.Encode(), "Accept-Encoding", "identity")
	a.status, a.location, a.rows = status, masked(header.Get("Location")), s.written()-before
	a.page = masked(body)
	to := header.Get("Location")
	_, _, body = s.raw("GET", to, "", "", "Accept-Encoding", "identity")
	a.page += masked(body)
	before = s.written()
	a.codeStatus, _, body = s.raw("POST", to, form, "code=000000", "Accept-Encoding", "identity")
	a.codePage, a.codeRows = masked(body), s.written()-before
	return a
}

func TestFollowAnswersAlikeWhetherAnAddressIsKnown(t *testing.T) {
	s := openStreet(t)
	s.received("moxora", "DE", policies.Access)
	s.settles()
	letters := len(s.post)
	// The row that counts a network's attempts is new only once.
	s.asksRaw("somebody.first@example.net")
	known := s.asksRaw(dana)
	for _, unknown := range []string{"nobody@example.org", "dana.whitlock@example.com", "Dana.Whitlock+x@example.org"} {
		s.alike(unknown, s.asksRaw(unknown), known)
	}
	if known.status != http.StatusSeeOther || known.location != "/moxora/follow/TICKET" || known.codeStatus != http.StatusUnprocessableEntity || known.rows == 0 || known.codeRows == 0 {
		t.Errorf("%+v", known)
	}
	s.settles()
	if got := len(s.post) - letters; got != 1 || s.post[len(s.post)-1].To != dana {
		t.Errorf("%d letters went out", got)
	}
	// Once a letter lies there with a code to guess at, wrong guesses still look
	// the same, and write as much.
	s.alike("with a code out", s.asksRaw(dana), s.asksRaw("nobody@example.org"))
}

// alike checks that nothing tells one address from another.
func (s *street) alike(name string, a, b asked) {
	s.Helper()
	if a == b {
		return
	}
	s.Errorf("%s: pages alike %t %t, else %d %d %s %d %d and %d %d %s %d %d", name, a.page == b.page, a.codePage == b.codePage,
		a.status, a.codeStatus, a.location, a.rows, a.codeRows, b.status, b.codeStatus, b.location, b.rows, b.codeRows)
}

func TestFollowIsLimitedAndNobodyCanTell(t *testing.T) {
	s := openStreet(t, func(site *web.Site) { site.Limits.Links = plenty() })
	s.received("moxora", "DE", policies.Access)
	s.settles()
	s.post = nil
	var pages []string
	for range 7 {
		b := s.browser().asksToFollow("moxora", dana).sees(http.StatusOK, "Look into your mailbox")
		pages = append(pages, masked(b.body))
		s.settles()
	}
	if len(s.post) != 4 {
		t.Errorf("%d letters went to one mailbox in an hour, want 4", len(s.post))
	}
	for _, page := range pages[1:] {
		if page != pages[0] {
			t.Error("the page over the limit differs")
		}
	}
	// No other door sends more to that mailbox either.
	b := s.browser().asks("moxora", "DE", policies.Access).press(nil)
	s.settles()
	s.post = nil
	b.fill("", nil).sees(http.StatusOK, "If there is anything to send, a new link is on its way")
	if s.settles(); len(s.post) != 0 {
		t.Error("another door sent a fifth")
	}
	s.later(time.Hour)
	s.browser().asksToFollow("moxora", dana)
	if s.settles(); len(s.post) != 1 {
		t.Error("an hour later none went out")
	}
}

func TestFollowIsLimitedByNetworkForAllAddresses(t *testing.T) {
	s := openStreet(t, func(site *web.Site) { site.Limits.Links = people.Limit{Count: 2, Per: time.Hour} })
	s.received("moxora", "DE", policies.Access)
	s.settles()
	s.post = nil
	for _, address := range []string{"a@example.org", "b@example.org", dana} {
		s.browser().asksToFollow("moxora", address).sees(http.StatusOK, "Look into your mailbox")
	}
	if s.settles(); len(s.post) != 0 {
		t.Error("the third from one network was sent")
	}
}

func TestFollowAsksForAnAddressInWords(t *testing.T) {
	s := openStreet(t)
	long := strings.Repeat("x", 9000)
	for typed, says := range map[string]string{
		"": "Enter an email address", "   ": "Enter an email address", "dana": "name@example.com", "dana@": "name@example.com", "@example.org": "name@example.com",
		"dana@example": "name@example.com", "a@b.org, c@d.org": "name@example.com", "dana@example.org\r\nBcc: x@example.org": "name@example.com",
		"<script>alert(1)</script>@x": "name@example.com", long + "@example.org": "name@example.com", "Dana <dana@example.org>": "name@example.com",
	} {
		b := s.browser().asksToFollow("moxora", typed).errs("email").sees(http.StatusUnprocessableEntity, says)
		if want := strings.TrimSpace(typed); len(want) < 300 && !strings.ContainsAny(want, "\r\n") && held(b.form("")).Get("email") != want {
			t.Errorf("%q came back as %q", typed, held(b.form("")).Get("email"))
		}
	}
	for _, good := range []string{"dana+tag@example.org", "dana@münchen.example", "o'neil@example.org"} {
		s.browser().asksToFollow("moxora", good).sees(http.StatusOK, "Look into your mailbox")
	}
	s.browser().post("/nobody/follow", url.Values{"email": {dana}}).sees(http.StatusNotFound)
}

func TestFollowPageEndsAndCannotBeForged(t *testing.T) {
	s := openStreet(t)
	s.received("moxora", "DE", policies.Access)
	s.settles()
	b := s.browser().asksToFollow("moxora", dana)
	ticket, code := b.address.Path, s.codeTo(dana)
	for _, forged := range []string{flipped(ticket), ticket[:len(ticket)-2], ticket + "A", strings.Replace(ticket, "moxora", "opvio", 1), "/moxora/follow/x", "/moxora/follow/" + strings.Repeat("A", 48), "/moxora/follow/" + strings.Repeat("A", 4000)} {
		s.browser().open(forged).sees(http.StatusGone, "This page has ended").follow("Follow my requests")
		s.browser().post(forged, url.Values{"code": {code}}).sees(http.StatusGone, "This page has ended")
	}
	s.later(24*time.Hour + time.Second)
	b.open(ticket).sees(http.StatusGone, "It works for one day.").post(ticket, url.Values{"code": {code}}).sees(http.StatusGone)
}

func TestFollowIsFoundFromWhereALinkIsMissed(t *testing.T) {
	s := openStreet(t)
	s.browser().open("/my").sees(http.StatusUnauthorized, "Open the link in our letter").follow("Follow my requests").at("/follow").
		sees(http.StatusOK, "Whom did you ask?", "Moxora", "Vensor AI").follow("Moxora").at("/moxora/follow")
	s.browser().open("/r/x").sees(http.StatusGone).follow("Follow my requests").at("/follow")
	b, _ := s.received("opvio", "DE", policies.Access)
	b.follow("Lost the link?").at("/opvio/follow")
}

func TestFollowIsNotLockedForAPersonByAStranger(t *testing.T) {
	s := openStreet(t, func(site *web.Site) { site.Limits.Codes = people.Limit{Count: 10, Per: time.Hour} })
	_, reference := s.received("moxora", "DE", policies.Access)
	s.settles()
	stranger := s.browser().asksToFollow("moxora", dana)
	link, code := s.linkTo(dana), s.codeTo(dana)
	for range 10 {
		stranger.press(url.Values{"code": {wrongCode(code)}}).errs("code")
	}
	ticket := stranger.address.Path
	stranger.press(url.Values{"code": {wrongCode(code)}}).sees(http.StatusTooManyRequests, "Too many codes were tried", "the button in the letter works all the same", "You can enter another code in 6 minutes.")
	if wait := stranger.header.Get("Retry-After"); wait != "361" && wait != "360" {
		t.Errorf("Retry-After is %q", wait)
	}
	stranger.follow("Back").at(ticket)
	s.browser().open(link).press(nil).at("/"+reference).sees(http.StatusOK, dana)
}
