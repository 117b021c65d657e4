package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dsr/policies"
	"dsr/web"
)

// framedBy lets pages of some origins show the form of Moxora.
func framedBy(t *testing.T, origins ...string) func(*web.Site) {
	return func(s *web.Site) {
		p, err := s.Book.Pack("moxora")
		if err != nil {
			t.Fatal(err)
		}
		p.Embed.Origins = origins
	}
}

const shop = "https://www.moxora.example"

// Of every address in the table the form alone may stand in a frame, and in
// those of its owner alone.
func TestTheFormAloneStandsInFramesOfItsOwner(t *testing.T) {
	_, dev := withMailbox(t)
	s := openStreet(t, dev, framedBy(t, shop, "https://moxora.example"))
	framed := map[string]bool{}
	for _, r := range s.routes() {
		path := concrete(r.Path)
		if r.Path == "/language" {
			path += "?back=/moxora/request"
		}
		_, h, _ := s.raw(r.Method, path, "application/x-www-form-urlencoded", "", "Sec-Fetch-Dest", "iframe")
		form := strings.HasPrefix(r.Path, "/:policy/request") || r.Path == "/language"
		want := "'none'"
		if form {
			want = shop + " https://moxora.example"
			framed[r.Path] = true
		}
		if r.Path == "/mailbox/:number/html" {
			continue // a letter, in the frame of the mailbox of a developer's machine
		}
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "; frame-ancestors "+want+";") || strings.Count(csp, "frame-ancestors") != 1 {
			t.Errorf("%s %s: %q", r.Method, r.Path, csp)
		}
		if opened := h.Get("Cross-Origin-Resource-Policy") == "cross-origin"; opened != form {
			t.Errorf("%s %s: Cross-Origin-Resource-Policy is %q", r.Method, r.Path, h.Get("Cross-Origin-Resource-Policy"))
		}
	}
	for _, path := range []string{"/:policy/request", "/:policy/request/:draft/:step", "/:policy/request/:draft/check", "/:policy/request/done/:receipt"} {
		if !framed[path] {
			t.Errorf("%s is not in the table any more", path)
		}
	}
	for _, path := range []string{"/opvio/request", "/language?back=/opvio/request", "/language?back=/moxora/use", "/language?back=/my", "/language", "/moxora"} {
		if _, h, _ := s.raw("GET", path, "", ""); !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s may be framed: %q", path, h.Get("Content-Security-Policy"))
		}
	}
}

// framed is a browser whose pages stand in a frame of another site: it keeps no
// cookie there.
func (s *street) framed() *browser {
	b := s.browser()
	b.http.Jar = nil
	b.headers = http.Header{"Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Dest": {"iframe"}, "Accept-Language": {"pl"}}
	return b
}

func (b *browser) speaks(language string) *browser {
	b.Helper()
	if !strings.Contains(b.body, `<html lang="`+language+`"`) {
		b.Errorf("%s is not in %s:\n%s", b.address, language, b.brief())
	}
	if cookie := b.header.Get("Set-Cookie"); cookie != "" {
		b.Errorf("%s sets the cookie %s", b.address, cookie)
	}
	return b
}

func TestTheFormIsFilledInInAFrameWithoutCookies(t *testing.T) {
	s := openStreet(t, framedBy(t, shop))
	b := s.framed()
	b.headers.Set("Sec-Fetch-Site", "cross-site") // the company's page opens the frame
	b.open("/moxora/request?language=de").sees(http.StatusOK).speaks("de")
	b.headers.Set("Sec-Fetch-Site", "same-origin") // what the frame posts is its own
	b.press(nil).sees(http.StatusUnprocessableEntity).speaks("de")
	b.press(url.Values{"right": {"access"}}).at("/where").speaks("de")

	// Another language, chosen in the frame, stays with the form.
	b.follow("Deutsch").at("/language").speaks("de").post("/language", url.Values{"language": {"fr"}, "back": {held(b.form("/language")).Get("back")}}).at("/where").speaks("fr")
	b.livesIn("DE").at("/who").speaks("fr").press(url.Values{"who": {"self"}})
	b.at("/find").speaks("fr").press(url.Values{"email": {"dana.whitlock@example.org"}}).at("/particular").speaks("fr").press(nil)
	b.at("/check").speaks("fr").press(nil).sees(http.StatusOK).speaks("fr").press(nil).sees(http.StatusOK).speaks("fr")
	b.follow("Français").at("/language").post("/language", url.Values{"language": {"it"}, "back": {held(b.form("/language")).Get("back")}}).sees(http.StatusOK).speaks("it")
	if s.deliver(); len(s.post) == 0 || !strings.Contains(s.post[0].Text, "Bonjour") && !strings.Contains(s.post[0].Text, "demande") {
		t.Error("the letter is not in the language of the form")
	}
}

func TestLinksOutOfTheFormLeaveItInItsFrame(t *testing.T) {
	s := openStreet(t, framedBy(t, shop))
	for _, c := range []struct {
		dest, path string
		outside    bool
	}{
		{"iframe", "/moxora/request", true}, {"", "/moxora/request", true}, {"document", "/moxora/request", false},
		{"document", "/moxora/use", false}, {"", "/moxora/use", false}, {"iframe", "/opvio/request", false}, {"", "/opvio/request", false},
	} {
		b := s.browser()
		b.headers.Set("Sec-Fetch-Dest", c.dest)
		b.open(c.path).sees(http.StatusOK)
		for _, a := range find(find(b.doc, element("footer"))[0], element("a")) {
			if away := attr(a, "target") == "_blank" && attr(a, "rel") == "noopener" && strings.Contains(textOf(a), "opens in a new window"); away != c.outside {
				t.Errorf("%s as %q: the link %s opens outside: %v", c.path, c.dest, attr(a, "href"), away)
			}
		}
	}
}

// ticked are the rights a page has ticked.
func (b *browser) ticked() string {
	return strings.Join(held(b.form(""))["right"], " ")
}

func TestALinkToTheFormTicksTheOneRightItNames(t *testing.T) {
	s := openStreet(t)
	b := s.browser()
	for query, want := range map[string]string{
		"": "", "?right=deletion": "deletion", "?right=erasure": "deletion", "?right=opt_out.profiling": "opt_out.profiling",
		"?right=everything": "", "?right=deletion&right=access": "", "?right=appeal": "", "?right=": "", "?right=%00": "", "?email=x%40example.org": "",
	} {
		b.open("/moxora/request" + query).sees(http.StatusOK)
		if got := b.ticked(); got != want {
			t.Errorf("%q ticks %q, want %q", query, got, want)
		}
		if said := strings.Contains(b.text(), "You came here by a link that chose"); said != (want != "") {
			t.Errorf("%q: the page says that a link chose: %v", query, said)
		}
		b.seesNot("x@example.org")
	}
	// The person has the last word, whatever the address says.
	b.open("/moxora/request?right=deletion&language=en").press(url.Values{"right": {"access"}}).at("/where").open(strings.TrimSuffix(b.address.Path, "where") + "what")
	if got := b.ticked(); got != "access" {
		t.Errorf("the form holds %q", got)
	}
	b.open("/moxora?right=" + string(policies.OptOutSale) + "&language=nl").speaks("nl")
	if got := b.ticked(); got != string(policies.OptOutSale) {
		t.Errorf("the short address ticks %q", got)
	}
	b.follow("Nederlands").post("/language", url.Values{"language": {"es"}, "back": {held(b.form("/language")).Get("back")}})
	if got := b.ticked(); got != string(policies.OptOutSale) || !strings.Contains(b.body, `<html lang="es"`) {
		t.Errorf("after a change of language %q is ticked", got)
	}
}
