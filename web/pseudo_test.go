package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"dsr/deadlines/calendars"
	"dsr/policies"
	"dsr/requests"
	"dsr/web"
	"dsr/words"
)

// inPseudo makes a site speak the pseudo-language as well.
func inPseudo(t *testing.T) func(*web.Site) {
	t.Helper()
	c, err := words.LoadWithPseudo()
	if err != nil {
		t.Fatal(err)
	}
	return func(s *web.Site) { s.Words = c }
}

// own are texts that no catalogue translates: names, addresses, references,
// abbreviations of time zones and the program's own name.
var own = regexp.MustCompile(`[\w.•-]+@[\w.-]+|[A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{2}|E-\d{8}-[0-9A-F]{4}|\((UTC|CES?T|GMT|BST|P[SD]T)\)|\bdsr\b|\b\d\.(txt|bin)\b|\b(www\.)?[a-z-]+(\.[a-z]+)+(/[\w/.-]*)?`)

var latin = regexp.MustCompile(`[A-Za-z]+`)

// marked checks, of a page in the pseudo-language, that every text a person
// reads or hears came from the catalogue: none has a letter without its mark.
// Parts that say they are in another language, or in none, are left out.
func (b *browser) marked() {
	b.Helper()
	for n := range b.doc.Descendants() {
		switch {
		case n.Type == html.TextNode && n.Parent.Data != "style":
			b.markedText(n.Parent, n.Data)
		case n.Type == html.ElementNode:
			for _, key := range []string{"aria-label", "alt", "title", "placeholder"} {
				b.markedText(n, attr(n, key))
			}
		}
	}
}

func (b *browser) markedText(n *html.Node, text string) {
	b.Helper()
	if words.HasGap(text) {
		return // said already, of every page
	}
	for ; n != nil; n = n.Parent {
		if tag := attr(n, "lang"); tag != "" && tag != words.Pseudo || attr(n, "translate") == "no" {
			return
		}
	}
	for _, proper := range b.properTexts() {
		text = strings.ReplaceAll(text, proper, "")
	}
	if left := latin.FindAllString(own.ReplaceAllString(text, ""), -1); len(left) > 0 {
		b.Errorf("%s (%d) says %q in %q, which is in no catalogue", b.address.Path, b.status, left, strings.TrimSpace(text))
	}
}

// properTexts are what packs and laws hold that is not ours to translate: the
// names of companies and authorities, and the texts a pack translates itself.
func (s *street) properTexts() []string {
	var list []string
	for _, p := range s.site.Book.Packs() {
		for _, id := range p.Identifiers {
			list = append(list, id.Label, id.Hint)
		}
		for _, r := range p.Rights {
			list = append(list, r.Scope+r.Limits)
		}
		for _, promise := range slices.Concat(p.Promises.Response, p.Promises.Fulfilment) {
			list = append(list, promise.Evidence.Section)
		}
		list = append(list, p.Controller.Name)
	}
	for _, r := range s.site.Book.Regimes() {
		list = append(list, r.Authority.Name)
		for _, a := range r.Authorities {
			list = append(list, a.Name)
		}
	}
	list = append(list, "The time in March, please.") // what the person of these tests wrote
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// arabic is a browser whose person reads the pseudo-language.
func (s *street) arabic() *browser {
	b := s.browser()
	b.headers.Set("Accept-Language", words.Pseudo)
	return b
}

func TestEveryPageOfTheFormIsWrittenFromRightToLeft(t *testing.T) {
	s := openStreet(t, inPseudo(t))
	b := s.arabic().open("/").sees(http.StatusOK)
	if page := find(b.doc, element("html"))[0]; attr(page, "dir") != "rtl" || attr(page, "lang") != words.Pseudo {
		t.Fatalf("the page says %v", page.Attr)
	}
	for _, path := range []string{"/language?back=/moxora/request", "/moxora/use", "/moxora/accessibility", "/moxora/request?right=deletion", "/nowhere", "/my", "/r/x"} {
		b.open(path)
	}
	for _, pack := range s.site.Book.Packs() {
		for _, right := range []policies.Right{policies.Access, policies.Correction, policies.OptOutMarketing} {
			s.arabic().wanders(pack.ID, right)
		}
	}
	b.open("/vensor/request").press(nil).sees(http.StatusUnprocessableEntity)
	b.press(url.Values{"right": {"access", "restriction"}}).at("/where").press(nil).sees(http.StatusUnprocessableEntity)
	b.press(url.Values{"country": {"US"}}).at("/where").press(url.Values{"country": {"US"}}).sees(http.StatusUnprocessableEntity)
	b.press(url.Values{"country": {"US"}, "state": {"US-TX"}})
	b.at("/where").sees(http.StatusUnprocessableEntity).press(url.Values{"country": {"DE"}}).at("/who").press(nil).sees(http.StatusUnprocessableEntity)
	b.press(url.Values{"who": {"child"}}).at("/find").press(nil).sees(http.StatusUnprocessableEntity)
	b.press(url.Values{"email": {"x"}, "own_name": {strings.Repeat("7", 201)}, "own_email": {"x"}}).sees(http.StatusUnprocessableEntity)
	b.press(url.Values{"email": {"kim@example.org"}, "own_name": {"7"}, "own_email": {"dana@example.org"}}).at("/particular")
	b.press(url.Values{"words": {strings.Repeat("7", requests.MaxDetails+1)}}).sees(http.StatusUnprocessableEntity)
	b.press(url.Values{"words": {"7"}}).at("/check").sees(http.StatusOK)
	b.post("/moxora/request/ABCDEFGHIJKLMNOPQRSTUVWXYZ/what", url.Values{"right": {"access"}}).at("/where")
	b.open("/moxora/request/ABCDEFGHIJKLMNOPQRSTUVWXYZ/what").sees(http.StatusGone)
	if s.deliver(); len(s.post) == 0 {
		t.Error("whoever reads the pseudo-language gets no letter")
	}
}

// wanders sends a form with one right and reads its confirmation.
func (b *browser) wanders(policy string, right policies.Right) {
	b.Helper()
	b.headers.Set("Sec-GPC", "1")
	b.open("/" + policy + "/request").press(url.Values{"right": {string(right)}})
	if !right.IsOptOut() {
		b.livesIn("DE").at("/who").press(url.Values{"who": {"self"}})
	}
	b.at("/find").press(url.Values{"email": {"dana@example.org"}})
	if !right.IsOptOut() {
		b.at("/particular").press(nil)
	}
	b.at("/check").press(nil).sees(http.StatusOK).press(nil).sees(http.StatusOK)
}

func TestEveryPageBehindALinkIsWrittenFromRightToLeft(t *testing.T) {
	s := openStreet(t, inPseudo(t))
	_, other := s.received("moxora", "GB", policies.Deletion)
	_, reference := s.received("moxora", "US-CA", policies.Access)
	b := s.arabic().open(s.link()).sees(http.StatusOK).press(nil).sees(http.StatusOK)
	page := "/my/" + reference
	s.do(reference, requests.SendMessage{Text: "1"})
	s.do(reference, requests.AskQuestion{Question: "2"})
	b.open(page).sees(http.StatusOK).open(page+"/answer").sendFiles("", nil).sees(http.StatusUnprocessableEntity)
	b.sendFiles("3", nil).sees(http.StatusOK)
	b.open(page+"/message").sendFiles("", map[string]string{"1.txt": "", "2.txt": "\x00"}).sees(http.StatusUnprocessableEntity)
	for _, r := range s.routes() {
		// Every page in the table, as far as a link leads to it.
		path := strings.Replace(concrete(r.Path), "MOX-2222-22", reference, 1)
		if r.Method == http.MethodGet && path != "/healthz" && !strings.HasPrefix(path, "/console") {
			b.open(path)
		}
	}
	b.open(page + "/withdraw").sees(http.StatusOK).press(nil).sees(http.StatusOK)
	b.open("/my/" + other).sees(http.StatusNotFound)
	b.open(page).fill("/link", nil).fill("/my/leave", nil).open(page).sees(http.StatusUnauthorized)
	used := s.link()
	b.open(used).press(nil)
	s.arabic().open(used).sees(http.StatusGone).fill("/new", nil).sees(http.StatusOK)
}

// Whatever the calendars and the laws hold, no language is left with its
// English.
func TestEveryCalendarHolidayAndLawIsNamedInEveryLanguage(t *testing.T) {
	s := openStreet(t, inPseudo(t))
	set, err := calendars.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, german := s.site.Words.In(words.Pseudo), s.site.Words.In("de")
	named, all := map[string]bool{}, map[string]bool{}
	for _, id := range set.IDs() {
		calendar, err := set.Calendar(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Calendar(id, calendar.Name); latin.MatchString(got) || words.HasGap(got) {
			t.Errorf("the calendar %s is called %q", id, got)
		}
		for _, h := range calendar.Holidays() {
			all[h.Name] = true
			if got := p.DayOff(h.Name); latin.MatchString(got) || words.HasGap(got) {
				t.Errorf("%s: %s is called %q", id, h.Name, got)
			}
			if got := german.DayOff(h.Name); got != german.DayOff("a day nobody knows") {
				named[h.Name] = true
			}
		}
	}
	if len(named)*2 < len(all) {
		t.Errorf("only %d of %d holidays have a name of their own", len(named), len(all))
	}
	for _, regime := range s.site.Book.Regimes() {
		if got := p.Law(regime.PlaceCode(), regime.Place); latin.MatchString(got) || words.HasGap(got) {
			t.Errorf("the law %s (%q) is that of %q", regime.ID, regime.PlaceCode(), got)
		}
		if got := s.site.Words.In("en").Law(regime.PlaceCode(), regime.Place); got != regime.Place && !regime.ByChoice {
			t.Errorf("in English the law %s is that of %q, in its file of %q", regime.ID, got, regime.Place)
		}
	}
}
