package mailer_test

import (
	"strings"
	"testing"

	"dsr/mailer"
	"dsr/mailer/inbox"
)

// Every letter leaves as text before HTML, in UTF-8 and short lines, and says
// what language it is in and whether it answers somebody's message.
func TestALetterLeavesInAFormEveryServerTakes(t *testing.T) {
	in := start(t, inbox.Options{})
	ctx, s := soon(t), sender(t, "smtp://"+in.Address(), mailer.Options{})
	sent := 0
	for _, p := range append(others(t), english(t)) {
		m, err := write(p, letters()["received-several"])
		if err != nil {
			t.Fatal(err)
		}
		e := envelope(p.Language().Tag)
		e.Subject, e.Text, e.HTML, e.Language, e.Answers = m.Subject, m.Text, m.HTML, p.Language().Tag, true
		if err := s.Send(ctx, e); err != nil {
			t.Fatal(err)
		}
		sent++
		got, err := in.WaitFor(ctx, func(m inbox.Message) bool { return m.MessageID == e.MessageID })
		if err != nil {
			t.Fatal(err)
		}
		if got.Text != m.Text || got.HTML != m.HTML || got.Subject != m.Subject {
			t.Errorf("%s: it arrived changed", e.Language)
		}
		if got.Header("Content-Language") != e.Language || got.Header("Auto-Submitted") != "auto-replied" || got.Header("List-Unsubscribe") != "" {
			t.Errorf("%s: its headers are %q and %q", e.Language, got.Header("Content-Language"), got.Header("Auto-Submitted"))
		}
		raw := string(got.Raw)
		text, html := strings.Index(raw, "Content-Type: text/plain; charset=UTF-8"), strings.Index(raw, "Content-Type: text/html; charset=UTF-8")
		if text < 0 || html < text || strings.Count(raw, "Content-Transfer-Encoding: quoted-printable") != 2 {
			t.Errorf("%s: text stands at %d, HTML at %d", e.Language, text, html)
		}
		for line := range strings.SplitSeq(raw, "\r\n") {
			if len(line) > 76 && !strings.HasPrefix(line, "Content-Type: multipart/") && !strings.HasPrefix(line, " boundary=") {
				t.Errorf("%s: a line has %d bytes: %.40q", e.Language, len(line), line)
			}
		}
	}
	if sent != 8 {
		t.Errorf("%d languages were tried", sent)
	}
}
