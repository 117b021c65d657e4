package mailer

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"strings"
)

// ErrTooLong says that a letter is larger than mail programs show: its subject
// is cut, or its end is hidden behind a link.
var ErrTooLong = errors.New("the letter is too long")

// Budgets of a message.
const (
	MaxSubject = 70     // columns; phones and lists cut longer ones
	MaxHTML    = 60_000 // bytes; large mailbox providers clip at about 100 kB
	MaxText    = 30_000 // bytes
)

// Message is a letter ready to be stored and sent.
type Message struct {
	Kind    string // the kind of letter: "extended"
	Subject string
	Text    string
	HTML    string
}

//go:embed templates/preview.html
var templateFiles embed.FS

// previewPage is parsed once and never changed: a fault in it stops the
// program at start.
var previewPage = template.Must(template.ParseFS(templateFiles, "templates/preview.html"))

// Render makes a message of a letter. A letter that is not complete is
// ErrIncomplete, one beyond the budgets ErrTooLong.
func Render(l Letter) (Message, error) {
	if err := l.check(); err != nil {
		return Message{}, err
	}
	m := Message{Kind: l.Kind, Subject: l.Subject, Text: renderText(l), HTML: renderHTML(l)}
	return m, m.checkBudgets()
}

// checkBudgets refuses what mail programs would cut.
func (m Message) checkBudgets() error {
	for _, budget := range []struct {
		what      string
		size, max int
	}{
		{"subject", columns(m.Subject), MaxSubject},
		{"HTML", len(m.HTML), MaxHTML},
		{"text", len(m.Text), MaxText},
	} {
		if budget.size > budget.max {
			return fmt.Errorf("letter %q: %w: its %s takes %d of %d", m.Kind, ErrTooLong, budget.what, budget.size, budget.max)
		}
	}
	return nil
}

// Preview shows a letter inside a page of the console: the same document, with
// the words a person typed or chose marked, styled by the page through classes
// that begin with "letter-", and with a button that leads nowhere. A letter may
// hold Unwritten words; any other fault is ErrIncomplete.
func Preview(l Letter) (template.HTML, error) {
	if err := l.checkButTyped(); err != nil {
		return "", err
	}
	var html strings.Builder
	if err := previewPage.Execute(&html, l); err != nil {
		return "", fmt.Errorf("letter %q: %w", l.Kind, err)
	}
	return template.HTML(html.String()), nil
}

// PreviewText is the text version of a letter that may hold Unwritten words, as
// Preview is its page.
func PreviewText(l Letter) string { return renderText(l) }

// PreviewHTML is the HTML of a letter that may hold Unwritten words, whole, as a
// mail program would show it. Preview has let the letter through.
func PreviewHTML(l Letter) string { return renderHTML(l) }
