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

// Text returns the sentence under a key with its placeholders filled from
// pairs of name and value: Text("letters.received.subject", "reference", ref).
// A value is a string, an int (written as Number does) or anything fmt can
// print. An unknown key and a placeholder left empty are ErrGap.
func (p Printer) Text(key string, pairs ...any) (string, error) {
	return p.speak(key, nil, pairs)
}

// Plural returns the form of the sentence that fits n, with n under the
// placeholder {{.n}}. The errors are those of Text.
func (p Printer) Plural(key string, n int, pairs ...any) (string, error) {
	return p.speak(key, n, append([]any{"n", n}, pairs...))
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

func orGap(text, key string, err error) string {
	if err == nil {
		return text
	}
	return openGap + key + ": " + err.Error() + closeGap
}

func (p Printer) speak(key string, count any, pairs []any) (string, error) {
	values, err := p.values(pairs)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	text, err := p.voice.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: key, TemplateData: values, PluralCount: count, TemplateParser: strictParser{},
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

func (p Printer) values(pairs []any) (map[string]string, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("%w: a name without a value", ErrGap)
	}
	values := make(map[string]string, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%w: %v is not the name of a placeholder", ErrGap, pairs[i])
		}
		switch value := pairs[i+1].(type) {
		case string:
			values[name] = value
		case int:
			values[name] = p.Number(value)
		default:
			values[name] = fmt.Sprint(value)
		}
	}
	return values, nil
}
