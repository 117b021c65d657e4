package words_test

import (
	"strings"
	"testing"

	"dsr/words"
)

func TestACompanySaysASentenceItsOwnWay(t *testing.T) {
	shipped := load(t).In("pl")
	own, err := shipped.With(map[string]words.Forms{
		"letters.received.subject": {"other": "{{.reference}}: dziękujemy"},
		"letters.received.several.on": {
			"one": "Jeden wniosek, {{.date}}.", "few": "{{.n}} wnioski, {{.date}}.", "many": "{{.n}} wniosków, {{.date}}.", "other": "{{.n}} wniosku, {{.date}}.",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		own.T("letters.received.subject", "reference", "MOX-1"):          "MOX-1: dziękujemy",
		own.N("letters.received.several.on", 3, "date", "dziś"):          "3 wnioski, dziś.",
		own.N("letters.received.several.on", 5, "date", "dziś"):          "5 wniosków, dziś.",
		own.T("letters.received.heading"):                                shipped.T("letters.received.heading"),
		own.Date(2026, 11, 22):                                           shipped.Date(2026, 11, 22),
		own.N("letters.law.gives.days", 2, "law", "x"):                   shipped.N("letters.law.gives.days", 2, "law", "x"),
		load(t).In("pl").T("letters.received.subject", "reference", "x"): shipped.T("letters.received.subject", "reference", "x"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestASentenceThatCannotStandInALetterIsRefusedAtItsForm(t *testing.T) {
	p := load(t).In("en")
	for _, x := range []struct {
		name, key, form, says string
		typed                 words.Forms
	}{
		{"a placeholder was dropped", "letters.received.subject", "other", "{{.reference}} is missing", words.Forms{"other": "Thanks"}},
		{"a placeholder nobody fills", "letters.received.heading", "other", "no placeholders", words.Forms{"other": "Dear {{.name}}"}},
		{"braces that do not close", "letters.received.subject", "other", "two braces", words.Forms{"other": "{{.reference}: thanks"}},
		{"a sentence that computes", "letters.received.subject", "other", "two braces", words.Forms{"other": "{{.reference}} {{if .x}}"}},
		{"nothing", "letters.received.heading", "other", "Write a sentence", words.Forms{"other": "  "}},
		{"a plural form left out", "letters.partly.items", "one", "Write a sentence", words.Forms{"other": "All but {{.n}}."}},
		{"a form the language does not have", "letters.partly.items", "few", "no form", words.Forms{"one": "All but one.", "few": "x", "other": "All but {{.n}}."}},
		{"the number is missing for many", "letters.partly.items", "other", "{{.n}} is missing", words.Forms{"one": "All but one.", "other": "All but some."}},
		{"two lines", "letters.received.subject", "other", "one line", words.Forms{"other": "{{.reference}}\nBcc: everybody"}},
		{"a mark that turns the writing around", "letters.received.heading", "other", "one line", words.Forms{"other": "a\u202eb"}},
		{"a sign for what was lost", "letters.received.heading", "other", "one line", words.Forms{"other": "a\ufffdb"}},
		{"a book", "letters.received.heading", "other", "at most", words.Forms{"other": strings.Repeat("word ", 200)}},
	} {
		faults := p.Check(x.key, x.typed)
		if len(faults) != 1 || !strings.Contains(faults[x.form], x.says) {
			t.Errorf("%s: got %q, want %q at %s", x.name, faults, x.says, x.form)
		}
		if _, err := p.With(map[string]words.Forms{x.key: x.typed}); err == nil {
			t.Errorf("%s: it is spoken all the same", x.name)
		}
	}
	if faults := p.Check("letters.partly.items", words.Forms{"one": "All but one.", "other": "All but {{.n}}."}); len(faults) != 0 {
		t.Error("a form for one may write the number as a word:", faults)
	}
}
