package chaos_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dsr/internal/dbtest"
	"dsr/internal/mailhost"
)

// TestEachMessageBecomesOneThingThoughProcessesAreKilled: two processes share a
// mailbox on a real server, and each is killed while messages come in.
func TestEachMessageBecomesOneThingThoughProcessesAreKilled(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		const batch, kills = 20, 2
		host := mailhost.StartDovecot(t)
		if host == nil {
			return
		}
		here := newPlace(t, url)
		here.watch(host)
		there := here.beside()
		a := here.archive()
		servers := []*server{here.start(), there.start()}
		box := host.Client("privacy")
		sent := 0
		for turn := range kills + 1 {
			before := a.count("SELECT COUNT(*) FROM mails")
			for range batch {
				sent++
				host.Append(box, "INBOX", time.Now(), fmt.Appendf(nil,
					"Message-ID: <%[1]d@example.org>\r\nFrom: Person <person%[1]d@example.org>\r\nSubject: My data\r\n\r\nPlease delete my account and all my data. I live in Germany.\r\n", sent))
			}
			until(t, "some of them came in", func() bool { return a.count("SELECT COUNT(*) FROM mails") > before+batch/4 })
			if turn < kills {
				servers[turn].kill()
				servers[turn] = servers[turn].start()
			}
		}
		until(t, "each message became something", func() bool {
			return a.count("SELECT COUNT(*) FROM mails WHERE outcome <> 'waiting'") >= sent
		})
		until(t, "each was moved", func() bool { return len(host.List(box, "dsr.Processed")) == sent && len(host.List(box, "INBOX")) == 0 })
		for _, s := range servers {
			s.stop()
		}
		kept := a.count("SELECT COUNT(*) FROM mails")
		requests := a.count("SELECT COUNT(DISTINCT request_id) FROM mails WHERE outcome = 'request'")
		if kept != sent || requests != sent || a.count("SELECT COUNT(*) FROM requests") != sent {
			t.Errorf("of %d messages %d were kept and %d became requests", sent, kept, requests)
		}
		a.sound(sent)
	})
}

// watch lets the servers of a place watch a mailbox.
func (p *place) watch(host *mailhost.Dovecot) {
	p.Helper()
	secret := filepath.Join(p.dir, "secret")
	text := fmt.Sprintf("mailboxes:\n  - name: moxora\n    policy: moxora\n    address: %s\n    security: none\n    user: privacy\n    password_file: %s\n    poll: 10s\n", host.IMAP, secret)
	p.must(os.WriteFile(p.mail, []byte(text), 0o600))
	p.must(os.WriteFile(secret, []byte(mailhost.Password), 0o600))
}
