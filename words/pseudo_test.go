package words_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"dsr/words"
)

func loadPseudo(t *testing.T) *words.Catalogue {
	t.Helper()
	c, err := words.LoadWithPseudo()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestThePseudoLanguageIsNotOfferedToPeople(t *testing.T) {
	c := load(t)
	for _, l := range c.Languages() {
		if l.Tag == words.Pseudo || l.Direction == "rtl" {
			t.Errorf("the shipped catalogue offers %v", l)
		}
	}
	if tag := c.In(words.Pseudo).Language().Tag; tag != words.Base || c.Match("ar-XB") != words.Base {
		t.Errorf("the shipped catalogue speaks %s for %s", tag, words.Pseudo)
	}
}

func TestThePseudoLanguageIsWhole(t *testing.T) {
	c := loadPseudo(t)
	for _, gap := range c.Gaps() {
		t.Error(gap)
	}
	p := c.In(words.Pseudo)
	if l := p.Language(); l.Tag != words.Pseudo || l.Direction != "rtl" || plain(l.Name) {
		t.Errorf("it calls itself %+v", l)
	}
	if got := len(c.Languages()); got != len(load(t).Languages())+1 {
		t.Errorf("%d languages", got)
	}
}

func TestNoEnglishIsLeftInThePseudoLanguage(t *testing.T) {
	c := loadPseudo(t)
	en, p := c.In("en"), c.In(words.Pseudo)
	for _, key := range []string{"ask.skip", "ask.what.lead", "errors.draft.text", "language.month.5", "places.US-CA", "portal.withdraw.text"} {
		was, is := en.T(key), p.T(key)
		if plain(is) || words.HasGap(is) {
			t.Errorf("%s: %q", key, is)
		}
		if grown := float64(letters(is)) / float64(letters(was)); grown < 1.25 || grown > 1.6 {
			t.Errorf("%s grew by %.2f: %q", key, grown, is)
		}
	}
	if got := p.T("ask.help.write", "name", "Moxora"); !strings.Contains(got, "Moxora") || plain(strings.ReplaceAll(got, "Moxora", "")) {
		t.Errorf("a placeholder's value must stay as it is: %q", got)
	}
	for _, n := range []int{0, 1, 2, 3, 11, 100} {
		if got := p.N("ask.mend.long", n); plain(got) || words.HasGap(got) {
			t.Errorf("%d: %q", n, got)
		}
	}
	if got := p.Date(2026, 12, 21); plain(got) || !strings.Contains(got, "21") || !strings.Contains(got, "2026") {
		t.Errorf("a date is %q", got)
	}
	if got := p.Number(31000); got != "31,000" {
		t.Errorf("a number is %q", got)
	}
	if got := p.Country("DE"); plain(got) {
		t.Errorf("Germany is %q", got)
	}
}

// plain reports whether a text has a letter without a mark.
func plain(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < utf8.RuneSelf && unicode.IsLetter(r) })
}

// letters counts what a reader sees of a text: not the marks of direction.
func letters(s string) int {
	return utf8.RuneCountInString(strings.NewReplacer("\u202e", "", "\u202c", "").Replace(s))
}
