package mailbox_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dsr/mailbox"
)

var update = flag.Bool("update", false, "write the read forms of the sample messages")

// ours are the domains our own Message-IDs end in.
var ours = []string{"dsr.moxora.example"}

// TestSampleMessagesAreReadAsAPersonWould compares each message of testdata, in
// the forms of many mail programs and servers, with its read form beside it.
func TestSampleMessagesAreReadAsAPersonWould(t *testing.T) {
	samples, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(samples) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, name := range samples {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".eml"), func(t *testing.T) {
			got := form(mailbox.Read(sample(t, filepath.Base(name)), ours))
			golden := strings.TrimSuffix(name, ".eml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s is read as\n%s\nand was read as\n%s", name, got, want)
			}
		})
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// form writes a message as it was read, for a person to review.
func form(m *mailbox.Message) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name+":", value)
		}
	}
	line("kind", strings.TrimSuffix(fmt.Sprintf("%s, by %s", m.Kind, m.Why), ", by "))
	line("from", list(m.From))
	sender, one := m.Sender()
	line("sender", map[bool]string{true: sender.Email, false: "not certain"}[one])
	line("reply to", list(m.ReplyTo))
	line("to", list(m.To))
	line("cc", list(m.Cc))
	line("delivered", strings.Join(m.Recipients, ", "))
	if !m.Date.IsZero() {
		line("date", m.Date.Format(time.RFC1123Z))
	}
	line("subject", m.Subject)
	line("languages", strings.Join(m.Languages, ", "))
	line("message id", m.MessageID)
	line("in reply to", strings.Join(m.InReplyTo, ", "))
	line("references", strings.Join(m.References, ", "))
	if h := m.Hints; h != (mailbox.Hints{}) {
		line("hints", fmt.Sprintf("spf=%s dkim=%s dmarc=%s by %s", h.SPF, h.DKIM, h.DMARC, h.By))
	}
	if r := m.Report; r != nil {
		line("report", fmt.Sprintf("%s %s %s", r.Action, r.Recipient, r.Status))
		line("  envelope", r.EnvelopeID)
		line("  says", r.Diagnostic)
		line("  by", r.RemoteMTA)
		line("  of", r.OriginalMessageID)
		line("  names", r.OriginalID)
	}
	for _, a := range m.Attachments {
		line("attachment", fmt.Sprintf("%s, %s, %d bytes", a.Name, a.Type, len(a.Content)))
	}
	for _, f := range m.Faults {
		line("fault", f)
	}
	fmt.Fprintf(&b, "\n===== text\n%s\n===== quoted\n%s\n", m.Text, m.Quoted)
	return b.String()
}

func list(addresses []mailbox.Address) string {
	var all []string
	for _, a := range addresses {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s <%s>", a.Name, a.Email)))
	}
	return strings.Join(all, ", ")
}
