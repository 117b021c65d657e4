package mailer_test

import (
	"errors"
	"html/template"
	"strings"
	"testing"

	"dsr/mailer"
	"dsr/words"
)

// document is a small letter with one block of each kind.
func document() mailer.Letter {
	return mailer.Letter{
		Kind: "test", Language: words.Language{Tag: "en", Name: "English", Direction: "ltr"},
		Brand:   mailer.Brand{Name: "Moxora", Initial: "M", Colour: "#6C4DF6", DarkColour: "#9D98FF"},
		Subject: "MOX-4K7P-92: a test", Heading: "A test", Colon: ":",
		Blocks: []mailer.Block{
			{Paragraph: []mailer.Run{{Text: "One."}, {Text: "Two:", Link: "https://example.org/two"}}},
			{Facts: []mailer.Fact{{Label: "Why", Value: mailer.Run{Text: "Because <b>", Typed: true}, Note: "A note.", Strong: true}}},
			{Heading: mailer.Run{Text: "A section"}},
			{List: []mailer.Run{{Text: "first"}, {Text: "second", Typed: true}}},
			{Quote: mailer.Run{Text: "line one\nline two\n\n\n another paragraph \n", Typed: true}},
			{Action: &mailer.Action{Label: "Open", URL: "https://example.org/r?a=1&b=2", Bare: "Copy this:"}},
		},
		Footer: []string{"The end."},
	}
}

func TestEveryKindOfBlockStandsInBothVersions(t *testing.T) {
	m, err := mailer.Render(document())
	if err != nil {
		t.Fatal(err)
	}
	want := `A test
======

One. Two:
https://example.org/two

Why:  Because <b>
      A note.

A section
---------

- first
- second

> line one
> line two
>
> another paragraph

Open:
https://example.org/r?a=1&b=2

` + "-- \nThe end.\n"
	if m.Text != want {
		t.Errorf("got:\n%s\nwant:\n%s", m.Text, want)
	}
	for _, part := range []string{
		"Because &lt;b&gt;", `href="https://example.org/r?a=1&amp;b=2"`, "<li style=", "<blockquote", "line one<br>line two<br><br>another paragraph<",
		`lang="en" dir="ltr"`, "background:#6C4DF6", "background: #9D98FF",
	} {
		if !strings.Contains(m.HTML, part) {
			t.Errorf("the HTML lacks %q", part)
		}
	}
	if strings.Contains(m.HTML, "ZgotmplZ") || strings.Contains(m.HTML, "<script") {
		t.Error("the HTML holds what no letter should")
	}
}

func TestADocumentThatIsNotCompleteIsNotRendered(t *testing.T) {
	for name, change := range map[string]func(*mailer.Letter){
		"no subject":                     func(l *mailer.Letter) { l.Subject = " " },
		"two lines of subject":           func(l *mailer.Letter) { l.Subject = "a\nb" },
		"no heading":                     func(l *mailer.Letter) { l.Heading = "" },
		"no colon":                       func(l *mailer.Letter) { l.Colon = "" },
		"no language":                    func(l *mailer.Letter) { l.Language.Tag = "" },
		"no sender":                      func(l *mailer.Letter) { l.Brand.Name = "" },
		"a colour that is none":          func(l *mailer.Letter) { l.Brand.Colour = "red;background:url(x)" },
		"no body":                        func(l *mailer.Letter) { l.Blocks = nil },
		"no footer":                      func(l *mailer.Letter) { l.Footer = nil },
		"an empty line of footer":        func(l *mailer.Letter) { l.Footer = []string{""} },
		"an empty block":                 func(l *mailer.Letter) { l.Blocks[0] = mailer.Block{} },
		"a block that is two things":     func(l *mailer.Letter) { l.Blocks[0].Quote = mailer.Run{Text: "x"} },
		"a fact without a label":         func(l *mailer.Letter) { l.Blocks[1].Facts[0].Label = "" },
		"a fact without a value":         func(l *mailer.Letter) { l.Blocks[1].Facts[0].Value.Text = "" },
		"an empty item":                  func(l *mailer.Letter) { l.Blocks[3].List[0].Text = "" },
		"a gap of the catalogue":         func(l *mailer.Letter) { l.Heading = "⟦letters.x: missing⟧" },
		"words still to be typed":        func(l *mailer.Letter) { l.Blocks[4].Quote.Text = mailer.Unwritten },
		"a control character":            func(l *mailer.Letter) { l.Blocks[4].Quote.Text = "a\x00b" },
		"a turn of direction":            func(l *mailer.Letter) { l.Blocks[4].Quote.Text = "a\u202eb" },
		"a button without a label":       func(l *mailer.Letter) { l.Blocks[5].Action.Label = "" },
		"a button to nowhere":            func(l *mailer.Letter) { l.Blocks[5].Action.URL = "" },
		"a button that is a script":      func(l *mailer.Letter) { l.Blocks[5].Action.URL = "javascript:alert(1)" },
		"a button to half an address":    func(l *mailer.Letter) { l.Blocks[5].Action.URL = "/r/MOX" },
		"a link with a space in it":      func(l *mailer.Letter) { l.Blocks[0].Paragraph[1].Link = "https://example.org/a b" },
		"a link with quotes around more": func(l *mailer.Letter) { l.Blocks[0].Paragraph[1].Link = `https://example.org/"onclick="x` },
	} {
		l := document()
		change(&l)
		if _, err := mailer.Render(l); !errors.Is(err, mailer.ErrIncomplete) {
			t.Errorf("%s: got %v, want ErrIncomplete", name, err)
		}
	}
}

func TestLettersKeepToTheirBudgets(t *testing.T) {
	l := document()
	l.Subject = "MOX-4K7P-92: " + strings.Repeat("long ", 12)
	if _, err := mailer.Render(l); !errors.Is(err, mailer.ErrTooLong) {
		t.Errorf("a long subject: %v", err)
	}
	l = document()
	l.Blocks[4].Quote.Text = strings.Repeat("words ", 6000)
	if _, err := mailer.Render(l); !errors.Is(err, mailer.ErrTooLong) {
		t.Errorf("a long text: %v", err)
	}
	p := english(t)
	for name, example := range letters() {
		m, err := write(p, example)
		if err != nil {
			t.Fatal(name, err)
		}
		if len(m.HTML) > 12_000 || len(m.Text) > 3_000 {
			t.Errorf("%s takes %d bytes of HTML and %d of text", name, len(m.HTML), len(m.Text))
		}
	}
}

func TestThePreviewMarksTypedWordsAndLeadsNowhere(t *testing.T) {
	l := document()
	l.Blocks[3].List[1].Text = mailer.Unwritten
	got, err := mailer.Preview(l)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []template.HTML{
		`<article class="letter" lang="en" dir="ltr">`, `<mark class="typed">Because &lt;b&gt;</mark>`, `<li><mark class="typed">…</mark></li>`,
		`<mark class="typed">line one<br>line two<br><br>another paragraph</mark>`, `<span class="letter-action">Open</span>`, `<span class="letter-note">A note.</span>`,
	} {
		if !strings.Contains(string(got), string(part)) {
			t.Errorf("the preview lacks %s:\n%s", part, got)
		}
	}
	for _, absent := range []string{"style=", "<a ", "href", "a=1", "<html"} {
		if strings.Contains(string(got), absent) {
			t.Errorf("the preview holds %q", absent)
		}
	}
	l.Heading = ""
	if _, err := mailer.Preview(l); !errors.Is(err, mailer.ErrIncomplete) {
		t.Errorf("a letter that lacks more than typed words: %v", err)
	}
}

func TestALetterCanBeShownBeforeItsWordsAreTyped(t *testing.T) {
	p := english(t)
	extended := letters()["extended"].(mailer.Extended)
	extended.Reason = mailer.Unwritten
	letter, err := extended.Compose(p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mailer.Preview(letter); err != nil {
		t.Error(err)
	}
	if _, err := mailer.Render(letter); !errors.Is(err, mailer.ErrIncomplete) {
		t.Errorf("it must not be sent: %v", err)
	}
}

func TestTheNewDateMustBeLater(t *testing.T) {
	extended := letters()["extended"].(mailer.Extended)
	extended.Until = extended.Was
	if _, err := extended.Compose(english(t)); !errors.Is(err, mailer.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
}

func TestOtherScriptsAreWrappedByTheirWidth(t *testing.T) {
	l := document()
	l.Language = words.Language{Tag: "ja", Name: "日本語", Direction: "ltr"}
	l.Heading = "ご請求"
	l.Blocks = []mailer.Block{
		{Paragraph: []mailer.Run{{Text: strings.Repeat("漢字", 40)}}},
		{Facts: []mailer.Fact{
			{Label: "理由", Value: mailer.Run{Text: "wide"}},
			{Label: "e\u0301te\u0301", Value: mailer.Run{Text: "combined"}},
			{Label: "a label that is much too wide for its column", Value: mailer.Run{Text: "below"}},
		}},
	}
	m, err := mailer.Render(l)
	if err != nil {
		t.Fatal(err)
	}
	want := "ご請求\n======\n\n" + strings.Repeat("漢字", 16) + "漢\n" + "字" + strings.Repeat("漢字", 16) + "\n" + strings.Repeat("漢字", 7) + "\n\n" +
		"理由:  wide\ne\u0301te\u0301:   combined\na label that is much too wide for its column:\n       below\n"
	if !strings.HasPrefix(m.Text, want) {
		t.Errorf("got:\n%s\nwant:\n%s", m.Text, want)
	}
}

func TestALanguageFromRightToLeftTurnsTheLetterRound(t *testing.T) {
	l := document()
	l.Language = words.Language{Tag: "he", Name: "עברית", Direction: "rtl"}
	m, err := mailer.Render(l)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.HTML, `dir="rtl"`) || !strings.Contains(m.HTML, `align="right"`) || !strings.Contains(m.HTML, "border-right-width:3px") {
		t.Error("the letter still begins at the left")
	}
}
