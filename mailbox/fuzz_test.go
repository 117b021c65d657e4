package mailbox_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"dsr/mailbox"
)

// FuzzRead: whatever comes, Read returns, says the same twice, stays within its
// bounds and shows nothing hidden. Findings stay in testdata/fuzz.
func FuzzRead(f *testing.F) {
	samples, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range samples {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(nested(40)))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=\"\"\n\n----\n\n--\n"))
	f.Add([]byte(letterHead + "Content-Type: text/html\n\n<ol><li><table><td hidden><a href=https://x>y<blockquote type=cite><pre>\n<p>-- <br></ol>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := string(raw)
		m := mailbox.Read(raw, ours)
		if string(raw) != before {
			t.Fatal("the original is changed")
		}
		if again := mailbox.Read(raw, ours); !reflect.DeepEqual(m, again) {
			t.Fatalf("read as\n%s\nand then as\n%s", form(m), form(again))
		}
		bounded(t, m, len(raw))
		shownAsItIs(t, m)
		if m.Kind == "" || (m.Why == "") != (m.Kind == mailbox.Letter) || (m.Report != nil) != (m.Kind == mailbox.Bounce) {
			t.Errorf("kind %q by %q with the report %v", m.Kind, m.Why, m.Report)
		}
	})
}

// bounded fails where a message of n bytes became more than it can.
func bounded(t *testing.T, m *mailbox.Message, n int) {
	t.Helper()
	size := 0
	for _, a := range m.Attachments {
		size += len(a.Content)
		if a.Name == "" || utf8.RuneCountInString(a.Name) > 150 || strings.ContainsAny(a.Name, `/\`) {
			t.Errorf("an attachment is called %q", a.Name)
		}
	}
	switch {
	case size > n:
		t.Errorf("%d bytes of attachments", size)
	case len(m.Text)+len(m.Quoted) > 3<<20, len(m.Attachments) > 1001, len(m.Faults) > 40:
		t.Errorf("%d and %d bytes of text, %d attachments, %d faults", len(m.Text), len(m.Quoted), len(m.Attachments), len(m.Faults))
	case len(m.From) > 200, len(m.To) > 200, len(m.References) > 200, len(m.Languages) > 10:
		t.Errorf("%d senders, %d recipients, %d references", len(m.From), len(m.To), len(m.References))
	}
}

// shownAsItIs fails where a field holds what people would not see.
func shownAsItIs(t *testing.T, m *mailbox.Message) {
	t.Helper()
	lines := []string{m.Subject, m.MessageID, m.Why, m.Hints.By}
	for _, list := range [][]mailbox.Address{m.From, m.ReplyTo, m.To, m.Cc} {
		for _, a := range list {
			lines = append(lines, a.Name, a.Email)
			if a.Email == "" || strings.Count(a.Email, "@") != 1 {
				t.Errorf("an address is %q", a.Email)
			}
		}
	}
	for _, a := range m.Attachments {
		lines = append(lines, a.Name, a.Type)
	}
	if m.Report != nil {
		lines = append(lines, m.Report.Recipient, m.Report.Diagnostic, m.Report.EnvelopeID, m.Report.RemoteMTA, m.Report.OriginalMessageID)
	}
	for _, s := range append(lines, m.References...) {
		if strings.ContainsAny(s, "\n\t") {
			t.Errorf("a line is %q", s)
		}
		hidden(t, s)
	}
	hidden(t, m.Text)
	hidden(t, m.Quoted)
}

func hidden(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is no text", s)
	}
	if i := strings.IndexFunc(s, func(c rune) bool {
		return unicode.IsControl(c) && c != '\n' && c != '\t' || unicode.Is(unicode.Bidi_Control, c)
	}); i >= 0 {
		t.Errorf("%q has a control character at %d", s, i)
	}
}
