package web_test

import (
	"compress/gzip"
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dsr/policies"
	"dsr/web"
)

const star = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path d="M5 0 10 10H0z"/></svg>`

// branded gives Moxora a logo, a telephone and a postal address.
func branded(t *testing.T, kind, content string) func(*web.Site) {
	return func(s *web.Site) {
		p, err := s.Book.Pack("moxora")
		if err != nil {
			t.Fatal(err)
		}
		p.Brand.LogoFile = &policies.Logo{Type: kind, Content: []byte(content)}
		p.Contacts.Phone = "+49 (30) 123 45-67"
		p.Controller.Address = "Moxora <Ltd>\n1 Long Street\n"
	}
}

func TestALogoStandsForTheInitialAndRunsNothing(t *testing.T) {
	for kind, content := range map[string]string{"image/svg+xml": star, "image/png": picture(t)} {
		s := openStreet(t, branded(t, kind, content))
		b := s.browser().open("/moxora/request").sees(http.StatusOK)
		images := find(b.doc, element("img"))
		if len(images) != 1 || attr(images[0], "alt") != "Moxora" || strings.Contains(b.body, "brand-mark") {
			t.Fatalf("%s: the page has %d pictures, or the initial too", kind, len(images))
		}
		path := attr(images[0], "src")
		status, h, body := s.raw("GET", path, "", "", "Accept-Encoding", "identity")
		if status != http.StatusOK || body != content || h.Get("Content-Type") != kind {
			t.Errorf("%s: %d, %s, %d bytes", path, status, h.Get("Content-Type"), len(body))
		}
		for name, want := range map[string]string{
			"Cache-Control": "immutable", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "; sandbox",
		} {
			if !strings.Contains(h.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		parts := strings.Split(path, "/")
		if _, h, _ := s.raw("GET", "/brand/another/"+parts[3], "", ""); strings.Contains(h.Get("Cache-Control"), "immutable") {
			t.Error("a logo of another version is kept for ever")
		}
		if status, _, _ := s.raw("GET", "/brand/"+parts[2]+"/opvio.svg", "", ""); status != http.StatusNotFound {
			t.Errorf("the logo of a policy without one answers %d", status)
		}
		b.open("/opvio/request").sees(http.StatusOK)
		if !strings.Contains(b.body, "brand-mark") || strings.Contains(b.body, "<img") {
			t.Error("a policy without a logo shows no initial")
		}
	}
}

// A picture is packed once, however large it is.
func TestALargeLogoIsWholeInABrowser(t *testing.T) {
	content := star
	for range 200 {
		content += "<!--" + rand.Text() + "-->"
	}
	s := openStreet(t, branded(t, "image/svg+xml", content))
	b := s.browser().open("/moxora/request").sees(http.StatusOK)
	_, h, body := s.raw("GET", attr(find(b.doc, element("img"))[0], "src"), "", "", "Accept-Encoding", "gzip")
	packed, err := gzip.NewReader(strings.NewReader(body))
	if err != nil || h.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%q: %v", h.Get("Content-Encoding"), err)
	}
	if got, err := io.ReadAll(packed); err != nil || string(got) != content {
		t.Errorf("unpacked it is %d bytes of %d that begin with %.20q: %v", len(got), len(content), got, err)
	}
}

func TestALogoOfAnotherKindDoesNotStart(t *testing.T) {
	s := openStreet(t)
	branded(t, "text/html", "<p>hello")(&s.site)
	if _, err := web.New(s.site); err == nil || !strings.Contains(err.Error(), "moxora") {
		t.Errorf("the site starts with it: %v", err)
	}
}

// The same help stands on every page of a policy, word for word (WCAG 2.2,
// 3.2.6), and says all the ways to reach the company.
func TestEveryPageOfAPolicyHasTheSameHelp(t *testing.T) {
	s := openStreet(t, branded(t, "image/svg+xml", star))
	b, reference := s.received("moxora", "GB", policies.Access)
	receipt, link := b.address.Path, s.link()
	want := s.helpOn(b.open("/moxora/request"))
	for _, says := range []string{"privacy team", "+49 (30) 123 45-67", "Moxora <Ltd>", "1 Long Street"} {
		if !strings.Contains(want, says) {
			t.Errorf("the help does not say %q: %s", says, want)
		}
	}
	if len(find(b.doc, func(n *html.Node) bool { return attr(n, "href") == "tel:+49301234567" })) != 1 {
		t.Error("the number cannot be dialled")
	}
	same := func(path string) {
		t.Helper()
		if got := s.helpOn(b.open(path)); got != want {
			t.Errorf("%s (%d) has the help %q, want %q", path, b.status, got, want)
		}
	}
	for _, path := range []string{receipt, "/language?back=/moxora/request", "/moxora/use", "/moxora/accessibility", link, "/moxora/request/x/what", "/moxora/request/x/check", "/moxora/request/done/x", "/moxora/request/x/nowhere"} {
		same(path)
	}
	for _, step := range []string{"what", "where", "who", "find", "particular", "check"} {
		b.asks("moxora", "GB", policies.Access)
		same(strings.TrimSuffix(b.address.Path, "check") + step)
	}
	b.open(link).press(nil)
	for _, path := range []string{"", "/message", "/withdraw"} {
		same("/my/" + reference + path)
	}
	b = s.browser()
	same(link) // used up
	if got := s.helpOn(b.open("/")); got != "" {
		t.Errorf("a page of no policy has the help %q", got)
	}
}

// helpOn returns the words of the help block, or "".
func (s *street) helpOn(b *browser) string {
	for _, n := range find(b.doc, element("aside")) {
		return strings.Join(strings.Fields(textOf(n)), " ")
	}
	return ""
}
