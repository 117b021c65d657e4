package words

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// MaxOwn is how long one form of a company's own sentence may be, in
// characters.
const MaxOwn = 600

// Forms are the forms of one sentence by the names of CLDR: "other" alone, or
// "one" and "other", or what else the grammar of a language has.
type Forms map[string]string

// own is a company's sentence in place of the catalogue's.
type own struct {
	sentence sentence
	plural   *i18n.Localizer // nil for a sentence without plural forms
}

// Forms returns the sentence of the catalogue under a key, form by form; empty
// when the printer's language does not have the key.
func (p Printer) Forms(key string) Forms {
	m := p.voice.messages[key]
	if m == nil {
		return Forms{}
	}
	return forms(m)
}

// Placeholders lists the names between braces in the catalogue's sentence,
// sorted.
func (p Printer) Placeholders(key string) []string {
	return placeholders(p.Forms(key)["other"])
}

// Check says, form by form and in sentences for whoever typed it, what keeps a
// text from standing in for the catalogue's sentence under a key. It must have
// the same forms and fill the same placeholders; only a form for one number may
// write the number as a word. Nothing wrong gives an empty map.
func (p Printer) Check(key string, typed Forms) map[string]string {
	shipped := p.Forms(key)
	faults := map[string]string{}
	for form := range typed {
		if shipped[form] == "" {
			faults[form] = "The shipped sentence has no form “" + form + "”."
		}
	}
	wanted := p.Placeholders(key)
	for form := range shipped {
		if fault := checkOwn(typed[form], wanted, len(shipped) > 1 && form != "other"); fault != "" {
			faults[form] = fault
		}
	}
	return faults
}

// checkOwn is Check for one form.
func checkOwn(text string, wanted []string, mayDropN bool) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "Write a sentence, or go back to the shipped one."
	case len([]rune(text)) > MaxOwn:
		return fmt.Sprintf("Write at most %d characters; this is %d.", MaxOwn, len([]rune(text)))
	case strings.ContainsFunc(text, Unprintable):
		return "Write it on one line, without characters that cannot be printed."
	}
	cut, err := parseSentence(text)
	if err != nil {
		return "A placeholder is written {{.name}}, in small letters, with two braces on each side. Other braces cannot stand in a letter."
	}
	got := cut.names()
	for _, name := range got {
		if !slices.Contains(wanted, name) {
			return "Nothing fills {{." + name + "}} here: " + allowed(wanted)
		}
	}
	for _, name := range wanted {
		if !slices.Contains(got, name) && (name != "n" || !mayDropN) {
			return "{{." + name + "}} is missing. The sentence must keep it."
		}
	}
	return ""
}

// Unprintable reports characters that have no place in a letter: those that
// control, those that change the direction of writing and could make a text read
// as something else (Unicode UAX 9), and the one that stands for what was lost.
func Unprintable(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == unicode.ReplacementChar
}

// allowed lists what may stand between braces.
func allowed(names []string) string {
	if len(names) == 0 {
		return "this sentence has no placeholders."
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = "{{." + name + "}}"
	}
	return "it knows " + strings.Join(quoted, ", ") + "."
}

// With returns a printer of the same language that speaks the given sentences
// instead of the catalogue's. All must have passed Check; one that does not is
// ErrCatalogue.
func (p Printer) With(texts map[string]Forms) (Printer, error) {
	v := *p.voice
	v.own = make(map[string]own, len(texts))
	bundle := i18n.NewBundle(language.Make(v.Tag))
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		for form, fault := range p.Check(key, texts[key]) {
			return Printer{}, fmt.Errorf("%w: %s, form %s: %s", ErrCatalogue, key, form, fault)
		}
		cut, err := parseSentence(texts[key]["other"])
		if err != nil {
			return Printer{}, fmt.Errorf("%w: %s: %w", ErrCatalogue, key, err)
		}
		o := own{sentence: cut}
		if len(texts[key]) > 1 {
			if err := bundle.AddMessages(language.Make(v.Tag), message(key, texts[key])); err != nil {
				return Printer{}, fmt.Errorf("%w: %s: %w", ErrCatalogue, key, err)
			}
			o.plural = i18n.NewLocalizer(bundle, v.Tag)
		}
		v.own[key] = o
	}
	return Printer{&v}, nil
}

// message puts forms into the shape of go-i18n.
func message(key string, f Forms) *i18n.Message {
	return &i18n.Message{ID: key, Zero: f["zero"], One: f["one"], Two: f["two"], Few: f["few"], Many: f["many"], Other: f["other"]}
}
