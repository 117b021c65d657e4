package words

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// openGap and closeGap surround what stands in a page where a sentence has a
// gap. No catalogue may contain them.
const (
	openGap  = "⟦"
	closeGap = "⟧"
)

// Printer speaks one language. The zero Printer is of no use; get one from
// Catalogue.In. It is a small value, passed as it is.
type Printer struct{ voice *voice }

// Language returns the language the printer speaks.
func (p Printer) Language() Language { return p.voice.Language }

// Has reports whether a key stands in the printer's own language.
func (p Printer) Has(key string) bool {
	_, ok := p.voice.messages[key]
	return ok
}

// KeyFor is the key of a sentence to its reader. Where they act for somebody else
// it is that of the sentence about that person, if there is one.
func (p Printer) KeyFor(key string, forOther bool) string {
	if other := key + ".other"; forOther && p.Has(other) {
		return other
	}
	return key
}

// Text returns the sentence under a key with its placeholders filled from
// pairs of name and value: Text("letters.received.subject", "reference", ref).
// A value is a string, an int (written as Number does) or anything fmt can
// print. An unknown key and a placeholder left empty are ErrGap.
func (p Printer) Text(key string, pairs ...any) (string, error) {
	s, ok := p.voice.sentences[key]
	if o, changed := p.voice.own[key]; changed {
		s, ok = o.sentence, true
	}
	if !ok && p.voice.base != nil {
		s, ok = p.voice.base.sentences[key]
	}
	if !ok {
		return "", fmt.Errorf("%s: %w: no catalogue has this key", key, ErrGap)
	}
	text, err := s.Execute(filling{p, pairs})
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	return text, nil
}

// Plural returns the form of the sentence that fits n, with n under the
// placeholder {{.n}}. The errors are those of Text.
func (p Printer) Plural(key string, n int, pairs ...any) (string, error) {
	localizer := p.voice.localizer
	if o := p.voice.own[key]; o.plural != nil {
		localizer = o.plural
	}
	text, err := localizer.Localize(&i18n.LocalizeConfig{
		MessageID: key, PluralCount: n, TemplateParser: strictParser{},
		TemplateData: filling{p, append([]any{"n", n}, pairs...)},
	})
	// A text beside an error is the base language speaking for a language that
	// lacks the sentence; Gaps reports that, the reader gets a whole sentence.
	if text != "" {
		return text, nil
	}
	if errors.Is(err, ErrGap) {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	return "", fmt.Errorf("%s: %w: no catalogue has this key", key, ErrGap)
}

// T is Text for pages: where Text fails, T returns the key and the fault
// between ⟦ and ⟧, so that the gap is seen and never passes for a sentence.
func (p Printer) T(key string, pairs ...any) string {
	text, err := p.Text(key, pairs...)
	return orGap(text, key, err)
}

// N is Plural for pages, failing as T does.
func (p Printer) N(key string, n int, pairs ...any) string {
	text, err := p.Plural(key, n, pairs...)
	return orGap(text, key, err)
}

// HasGap reports whether a text made by T, N or a date holds a gap.
func HasGap(text string) bool { return strings.Contains(text, openGap) }

// orGap returns the text, or a mark that says what is missing in it.
func orGap(text, key string, err error) string {
	if err == nil {
		return text
	}
	return openGap + key + ": " + err.Error() + closeGap
}
