package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dsr/policies"
	"dsr/requests"
)

// family is one sign on the screen and seven characters in a text.
const family = "👨‍👩‍👧‍👦"

// accented is one sign made of two characters.
const accented = "e\u0301"

// filled repeats a text up to exactly so many characters.
func filled(text string, characters int) string {
	runes := []rune(strings.Repeat(text, characters))
	return string(runes[:characters])
}

// named opens a form for somebody else at the page that asks for names.
func (s *street) named() *browser {
	s.Helper()
	return s.browser().open("/moxora/request").press(ticked(policies.Access)).livesIn("GB").press(url.Values{"who": {"agent"}}).at("/find")
}

func TestEveryFieldTakesWhatFitsAndSaysWhenItDoesNot(t *testing.T) {
	s := openStreet(t)
	local, label := strings.Repeat("l", 64), strings.Repeat("d", 60)
	longest := local + "@" + label + "." + label + "." + label + ".org" // 64+1+3*61+3 characters
	for _, unit := range []string{"a", "ü", "名", family, accented} {
		for _, over := range []int{0, 1} {
			b := s.named()
			name, workspace := filled(unit, 200+over), filled(unit, 200+over)
			b.press(url.Values{"email": {longest}, "own_name": {name}, "own_email": {"k@example.org"}, "id-workspace": {workspace}})
			if over > 0 {
				b.sees(http.StatusUnprocessableEntity, "Enter your name in at most 200 characters", "Write at most 200 characters")
				if kept := held(b.form("")); kept.Get("own_name") != name || kept.Get("id-workspace") != workspace || kept.Get("email") != longest {
					t.Errorf("what was typed is lost: %.80v", kept)
				}
				continue
			}
			words := filled(unit, requests.MaxDetails)
			b.at("/particular").press(url.Values{"words": {words + unit}})
			b.sees(http.StatusUnprocessableEntity, "Write at most 10,000 characters; these are 10,00")
			if kept := held(b.form("")).Get("words"); kept != words+unit {
				t.Error("the words are lost")
			}
			b.press(url.Values{"words": {words}}).at("/check").sees(http.StatusOK, longest)
			if n := strings.Count(b.text(), name); n < 2 {
				t.Errorf("of %q the page shows %d", unit, n)
			}
			b.press(nil).sees(http.StatusOK, "We have your request")
		}
	}
	if s.count() != 5 {
		t.Errorf("%d of 5 requests were received", s.count())
	}
	b := s.named()
	b.press(url.Values{"email": {"l" + longest}, "own_name": {"K"}, "own_email": {"x@" + strings.Repeat(label+".", 5) + "org"}})
	b.sees(http.StatusUnprocessableEntity, "Enter one email address and nothing else", "Enter your own email address and nothing else")
}

// Line ends count once, however a program writes them.
func TestLinesAreCountedAndKeptAsLines(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "DE", policies.Access).follow("Change anything particular")
	b.press(url.Values{"words": {strings.Repeat("1234\r\n", 2000)}}).at("/check") // 10,000 with each line end as one
	b.follow("Change anything particular").press(url.Values{"words": {"one\r\ntwo\vthree\ffour\u2028five\rsix"}}).at("/check")
	b.follow("Change anything particular")
	if got := held(b.form("")).Get("words"); got != "one\ntwo\nthree\nfour\nfive\nsix" {
		t.Errorf("the lines are %q", got)
	}
	b = s.named().press(url.Values{"email": {"p@example.org"}, "own_name": {"Kim\r\nBcc: all@example.org"}, "own_email": {"k@example.org"}, "id-workspace": {"a\nb"}})
	b.at("/particular").press(nil).sees(http.StatusOK, "Kim Bcc: all@example.org", "a b").press(nil).sees(http.StatusOK, "We have your request")
	if s.deliver(); strings.Contains(s.post[0].Text, "\nBcc:") {
		t.Error("a name has made a line of its own")
	}
}

// However a name is written, it is kept, and turns nothing around but itself.
func TestNamesOfAllWritingsStandApart(t *testing.T) {
	s := openStreet(t)
	for _, name := range []string{
		"Sukarno", "D’Arcy O'Neil-Smith", "<b>Bobby</b> & \"Tables\"", "علي حسن", "שרה כהן", "علي Smith 42", "\u202egnorw yaw", "\u2067x\u2069\u2069\u2069y", "\u200fRTL", "𝔘𝔫𝔦", "नेहा", family, accented + "lise",
	} {
		b := s.named().press(url.Values{"email": {"p@example.org"}, "own_name": {name}, "own_email": {"k@example.org"}, "id-workspace": {name}})
		b.at("/particular").press(url.Values{"words": {name}}).at("/check").sees(http.StatusOK)
		apart := find(b.doc, func(n *html.Node) bool { return n.Data == "bdi" && textOf(n) == name })
		if len(apart) != 3 {
			t.Errorf("%q stands apart %d times, want 3: %s", name, len(apart), b.body)
		}
		for _, n := range apart {
			if n.Parent.Data != "dd" || n.NextSibling != nil {
				t.Errorf("after %q its line goes on", name)
			}
		}
		b.follow("Change what we look for")
		for _, n := range find(b.doc, isField) {
			want := "auto"
			if attr(n, "type") == "email" {
				want = "ltr"
			}
			if attr(n, "name") != "website" && attr(n, "dir") != want {
				t.Errorf("the line %s runs %q", attr(n, "name"), attr(n, "dir"))
			}
		}
		if kept := held(b.form("")); kept.Get("own_name") != name || kept.Get("id-workspace") != name {
			t.Errorf("%q has become %q", name, kept.Get("own_name"))
		}
		b.press(nil).at("/check").press(nil).sees(http.StatusOK, "We have your request")
	}
}

func TestAddressesOfAllKinds(t *testing.T) {
	s := openStreet(t)
	for _, c := range []struct {
		typed, kept string // kept empty: refused
	}{
		{"dana@example.org", "dana@example.org"},
		{" dana@example.org\t", "dana@example.org"},
		{"dana+privacy@example.org", "dana+privacy@example.org"},
		{"o'neil@example.org", "o'neil@example.org"},
		{"dana@EXAMPLE.ORG", "dana@example.org"},
		{"dana@bücher.example", "dana@xn--bcher-kva.example"},
		{"dana@xn--bcher-kva.example", "dana@xn--bcher-kva.example"},
		{"dana@例え.example", "dana@xn--r8jz45g.example"},
		{"jörg@example.org", "jörg@example.org"}, // RFC 6531: the mail server says whether it takes it
		{"用户@例え.example", "用户@xn--r8jz45g.example"},
		{"\u200bdana\u00ad@example.org\ufeff", "dana@example.org"}, // copied with signs nobody sees
		{"\u202edana@example.org", "dana@example.org"},
		{`"dana whitlock"@example.org`, ""}, // a quoted local part: no mailbox of a person is called so
		{`"dana"@example.org`, ""},
		{"Dana <dana@example.org>", ""},
		{"dana@example.org, kim@example.org", ""},
		{"dana@example.org\r\nBcc: all@example.org", ""},
		{"dana@example.org\u2028Bcc: all@example.org", ""},
		{"dana", ""}, {"@example.org", ""}, {"dana@", ""}, {"dana@localhost", ""}, {"dana@@example.org", ""}, {"dana@exa mple.org", ""},
		{"dana＠example.org", ""}, {"dana@[127.0.0.1]", ""}, {"dana@-example.org", ""}, {"dana@xn--a.example", ""}, {".dana@example.org", ""}, {family, ""},
	} {
		b := s.browser().open("/sectora/request").press(ticked(policies.OptOutMarketing)).press(url.Values{"email": {c.typed}})
		if c.kept == "" {
			if b.status != http.StatusUnprocessableEntity || !contains(b, "Enter one email address and nothing else, like name@example.com") {
				t.Errorf("%q: %d", c.typed, b.status)
			}
			continue
		}
		b.at("/check").press(nil).sees(http.StatusOK, "We have your request")
		row, err := s.site.Office.Open(s.Context(), s.mara, s.now(), b.reference(), true)
		if err != nil || row.Person.Email != c.kept {
			t.Errorf("%q is kept as %q, want %q (%v)", c.typed, row.Person.Email, c.kept, err)
		}
	}
}

func TestWhatNobodysBrowserSendsIsAnsweredClearly(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "DE", policies.Access)
	check := b.address.Path
	base := strings.TrimSuffix(check, "check")
	foreign := strings.Repeat("A", 26)
	for _, c := range []struct {
		name, path string
		status     int
		says       string
	}{
		{"another policy's draft", strings.Replace(base, "/moxora/", "/opvio/", 1) + "find", 200, "We kept what you just entered"},
		{"a draft nobody began", "/moxora/request/" + foreign + "/find", 200, "We kept what you just entered"},
		{"another policy's draft, sent", strings.Replace(check, "/moxora/", "/opvio/", 1), 410, "This form has ended"},
		{"a draft nobody began, sent", "/moxora/request/" + foreign + "/check", 410, "This form has ended"},
		{"a question nobody asks", base + "money", 404, "There is no such page"},
		{"a secret without end", "/moxora/request/" + strings.Repeat("A", 4000) + "/check", 410, "This form has ended"},
		{"a policy of nobody", "/nobody/request", 404, "There is no such page"},
	} {
		other := s.browser().post(c.path, url.Values{"email": {"e@example.org"}, "right": {"access"}})
		if other.status != c.status || !contains(other, c.says) {
			t.Errorf("%s: %d %s", c.name, other.status, other.brief())
		}
	}
	b.open(check).sees(http.StatusOK, "dana.whitlock@example.org").press(nil)
	for _, path := range []string{strings.Replace(b.address.Path, "/moxora/", "/opvio/", 1), b.address.Path + "A", b.address.Path[:len(b.address.Path)-1]} {
		s.browser().open(path).sees(http.StatusNotFound, "There is no such confirmation").seesNot("MOX-")
	}
	if s.count() != 1 {
		t.Errorf("there are %d requests", s.count())
	}
}

// The token of a first page begins as many forms as its button is pressed, each
// with its own draft; only what is sent is a request.
func TestAFirstPagePressedTwiceIsTwoDraftsAndNoRequest(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/moxora/request")
	token := held(b.form("")).Get("form")
	seen := map[string]bool{}
	for range 3 {
		seen[s.browser().post("/moxora/request", url.Values{"form": {token}, "right": {"access"}}).at("/where").address.Path] = true
	}
	if len(seen) != 3 || s.count() != 0 {
		t.Errorf("%d drafts and %d requests", len(seen), s.count())
	}
	for _, forged := range []string{"", "AAAA", token + "A", token[:len(token)-2], strings.Repeat("A", 10_000)} {
		other := s.browser().post("/moxora/request", url.Values{"form": {forged}, "right": {"access"}})
		if other.sees(http.StatusUnprocessableEntity, "Your choices are still here: please press the button again."); held(other.form("")).Get("right") != "access" {
			t.Errorf("the token %.20q loses what was ticked", forged)
		}
		other.press(nil).at("/where")
	}
}

func TestABrowserMayAskForAnyLanguage(t *testing.T) {
	s := openStreet(t)
	for _, accept := range []string{
		strings.Repeat("de-", 3000), strings.Repeat("de,", 3000), "*", "x-klingon", "de;q=2", "de;q=-1", "de;q=NaN", ";;;,,,===", "\x80\xff", "en\t,de", "../../etc/passwd", "<script>alert(1)</script>", "de-DE-u-co-phonebk-x-" + strings.Repeat("a-", 500),
	} {
		status, _, page := s.raw("GET", "/moxora/request", "", "", "Accept-Language", accept, "Accept-Encoding", "identity")
		if status != http.StatusOK || strings.Contains(page, "<script") || !strings.Contains(page, `<html lang="`) {
			t.Errorf("Accept-Language %.40q: %d", accept, status)
		}
	}
	for _, tag := range []string{"de", "xx", "%00", "<b>", strings.Repeat("d", 5000)} {
		if status, _, page := s.raw("GET", "/moxora/request?language="+url.QueryEscape(tag), "", "", "Accept-Encoding", "identity"); status != http.StatusOK || strings.Contains(page, "<b>&lt;") {
			t.Errorf("?language=%.20q: %d", tag, status)
		}
	}
}

// An emoji as long as all others: a form takes it at the limit of its bytes.
func TestTheLongestTextFitsIntoAPost(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "DE", policies.Access).follow("Change anything particular")
	b.press(url.Values{"words": {strings.Repeat("😀", requests.MaxDetails)}}).at("/check").press(nil).sees(http.StatusOK, "We have your request")
	if fmt.Sprint(s.count()) != "1" {
		t.Errorf("%d requests", s.count())
	}
}
