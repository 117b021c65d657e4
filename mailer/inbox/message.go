package inbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-message/mail"
)

// Message is a letter as it arrived.
type Message struct {
	Number    int      // counts from 1 in the order of arrival
	From      string   // of the envelope
	To        []string // of the envelope
	Reports   string   // which are wanted of it, as "HDRS x1 FAILURE,DELAY": return, envelope ID, occasions
	Subject   string
	MessageID string // without < >
	Text      string
	HTML      string
	Headers   []Header // in the order of the letter, decoded
	Raw       []byte
}

// Header is one line of the head of a letter.
type Header struct{ Name, Value string }

// Header returns the first value under a name, or "".
func (m Message) Header(name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// parse reads the head, and the text and HTML among the parts.
func parse(raw []byte) (Message, error) {
	m := Message{Raw: raw}
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return m, fmt.Errorf("reading its head: %w", err)
	}
	defer r.Close()
	for fields := r.Header.Fields(); fields.Next(); {
		value, err := fields.Text()
		if err != nil {
			value = fields.Value()
		}
		m.Headers = append(m.Headers, Header{fields.Key(), value})
	}
	m.Subject = m.Header("Subject")
	m.MessageID = strings.Trim(m.Header("Message-ID"), "<>")
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, fmt.Errorf("reading its parts: %w", err)
		}
		if err := m.take(part); err != nil {
			return m, err
		}
	}
}

// take keeps the text and the HTML. Attachments stay in Raw: no letter of ours
// has any.
func (m *Message) take(part *mail.Part) error {
	inline, ok := part.Header.(*mail.InlineHeader)
	if !ok {
		return nil
	}
	kind, _, err := inline.ContentType()
	if err != nil {
		return fmt.Errorf("reading the type of a part: %w", err)
	}
	body, err := io.ReadAll(part.Body)
	if err != nil {
		return fmt.Errorf("reading a part: %w", err)
	}
	text := strings.ReplaceAll(string(body), "\r\n", "\n")
	switch kind {
	case "text/plain":
		m.Text += text
	case "text/html":
		m.HTML += text
	}
	return nil
}
