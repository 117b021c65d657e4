package mailer_test

import (
	"slices"
	"strings"
	"testing"

	"dsr/mailer"
)

// Both versions hold the same words in the same order. Only what belongs to the
// look of the HTML is taken out before: the sender's mark on top, and the bare
// address below the button with the sentence before it.
func TestTheHTMLSaysNothingTheTextDoesNot(t *testing.T) {
	p := english(t)
	for name, l := range letters() {
		letter, err := l.Compose(p)
		if err != nil {
			t.Fatal(name, err)
		}
		m, err := mailer.Render(letter)
		if err != nil {
			t.Fatal(name, err)
		}
		body := m.HTML[strings.Index(m.HTML, "<h1"):]
		for _, b := range letter.Blocks {
			if b.Action != nil {
				body = strings.Replace(body, b.Action.Bare, "", 1)
			}
		}
		spoken, written := plainWords(body, true), plainWords(m.Text, false)
		written = slices.DeleteFunc(written, func(w string) bool { return w == "--" })
		if !slices.Equal(bare(spoken), bare(written)) {
			t.Errorf("%s: the versions differ:\n%q\n%q", name, bare(spoken), bare(written))
		}
	}
}

// bare are words without the marks of a list or of a label.
func bare(words []string) (all []string) {
	for _, w := range words {
		if w = strings.Trim(w, ":"); w != "" && w != "-" && w != ">" {
			all = append(all, w)
		}
	}
	return all
}
