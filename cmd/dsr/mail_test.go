package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"dsr/intake"
	"dsr/internal/mailhost"
	"dsr/mailbox"
	"dsr/mailer"
	"dsr/mailer/inbox"
	"dsr/vault"
	"dsr/web"
)

// site is a database, its keys and a mail file, and any number of processes
// that serve them.
type site struct {
	*testing.T
	store store
	mail  string // the mail file
	inbox *inbox.Inbox
}

func newSite(t *testing.T, mail string) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{T: t, store: store{Database: filepath.Join(dir, "dsr.db"), KeyFile: filepath.Join(dir, "keys"), BaseURL: "http://127.0.0.1:8080"}, mail: filepath.Join(dir, "mail.yaml")}
	if _, err := vault.CreateRing(s.store.KeyFile, time.Now()); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"mail.yaml": strings.ReplaceAll(mail, "DIR", dir), "password": mailhost.Password + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if s.inbox, err = inbox.Start(inbox.Options{Keep: 100}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.inbox.Close() })
	return s
}

// serve runs one process until the function it returns is called.
func (s *site) serve() (stop func()) {
	s.Helper()
	server, err := mailer.ParseURL("smtp://" + s.inbox.Address())
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t := &terminal{ctx: ctx, out: io.Discard, err: io.Discard, now: time.Now}
	book, err := packs{}.load()
	if err != nil {
		s.Fatal(err)
	}
	p := plant{log: slog.New(slog.DiscardHandler), listen: "127.0.0.1:0", from: "privacy@example.com", smtp: server, limits: web.Limits{FormTime: -1}}
	if p.limits, err = (limits{LimitDrafts: 100, LimitIntake: 100, LimitLinks: 100, LimitTarget: 100}).web(); err != nil {
		s.Fatal(err)
	}
	if p.mail, err = loadMail(s.mail, book); err != nil {
		s.Fatal(err)
	}
	ready, ended := make(chan bool), make(chan error, 1)
	p.ready = func(*house, string) { close(ready) }
	go func() { ended <- p.open(t, s.store, packs{}) }()
	select {
	case <-ready:
	case err := <-ended:
		s.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.Error(err)
		}
	})
	s.Cleanup(stop)
	return stop
}

// mails waits until so many messages have become something, and returns them,
// oldest first.
func (s *site) mails(n int) []intake.Mail {
	s.Helper()
	t := &terminal{ctx: s.Context(), now: time.Now}
	h, err := s.store.open(t, packs{}, nil)
	if err != nil {
		s.Fatal(err)
	}
	defer h.close()
	late := time.After(60 * time.Second)
	turn := time.NewTicker(20 * time.Millisecond)
	defer turn.Stop()
	for {
		list, err := intake.Open(h.db, h.ring).List(s.Context(), intake.Filter{Limit: 100})
		if err != nil {
			s.Fatal(err)
		}
		settled := 0
		for _, m := range list {
			if m.Outcome != intake.Waiting {
				settled++
			}
		}
		if settled >= n && settled == len(list) {
			return list
		}
		select {
		case <-turn.C:
		case <-late:
			s.Fatalf("of %d messages came %d, of which %d became something", n, len(list), settled)
		}
	}
}

func asking(n int) []byte {
	return fmt.Appendf(nil, "Message-ID: <%d@example.org>\r\nFrom: Dana Whitlock <dana%d@example.org>\r\nSubject: My data\r\n\r\nPlease delete my account and all my data. I live in Germany.\r\n", n, n)
}

// overLMTP hands a message to the socket as a mail server does.
func overLMTP(t *testing.T, path, to string, raw []byte) {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	client := smtp.NewClientLMTP(conn)
	defer client.Close()
	if err := errors.Join(client.Mail("dana@example.org", nil), client.Rcpt(to, nil)); err != nil {
		t.Fatal(err)
	}
	w, err := client.Data()
	if err != nil {
		t.Fatal(err)
	}
	w.Write(raw)
	if _, err := w.CloseWithLMTPResponse(); err != nil {
		t.Fatal(err)
	}
}

const watched = `mailboxes:
  - name: moxora
    policy: moxora
    address: %s
    security: none
    user: privacy
    password_file: DIR/password
    poll: 10s
`

func TestMailComesInByEveryDoorAndEachMessageBecomesOneThing(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	s := newSite(t, fmt.Sprintf(watched, host.IMAP)+"lmtp:\n  listen: unix:DIR/lmtp\n  recipients:\n    privacy@moxora.example: moxora\noutgoing:\n  reply_addresses:\n    moxora: privacy+{token}@moxora.example\n")
	arrived := time.Now().Add(-26 * time.Hour).UTC().Truncate(time.Second)
	box := host.Client("privacy")
	host.Append(box, "INBOX", arrived, asking(1))
	s.serve()
	s.mails(1)
	overLMTP(t, filepath.Join(filepath.Dir(s.mail), "lmtp"), "privacy+hello@moxora.example", asking(2))
	overLMTP(t, filepath.Join(filepath.Dir(s.mail), "lmtp"), "privacy@moxora.example", asking(1)) // the same message by another door
	pipe := mailReceive{store: s.store, Policy: "moxora"}
	for range 2 {
		if err := pipe.Run(&terminal{ctx: t.Context(), in: bytes.NewReader(asking(3)), now: time.Now}); err != nil {
			t.Fatal(err)
		}
	}
	outcomes := map[string]int{}
	for _, m := range s.mails(4) {
		outcomes[m.Door+" "+string(m.Outcome)]++
		if m.Door == "imap" && !m.ReceivedAt.Equal(arrived) {
			t.Errorf("it arrived %v, not %v", m.ReceivedAt, arrived)
		}
	}
	if want := "map[imap request:1 lmtp repeated:1 lmtp request:1 stdin request:1]"; fmt.Sprint(outcomes) != want {
		t.Errorf("they became %v, not %s", outcomes, want)
	}
	var out bytes.Buffer
	if err := (&mailStatus{store: s.store}).Run(&terminal{ctx: t.Context(), out: &out, now: time.Now}); err != nil || !strings.Contains(out.String(), "read up to UID 1 of") {
		t.Errorf("the status is %q, %v", out.String(), err)
	}
}

func TestTwoProcessesWatchAMailboxInTurn(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	s := newSite(t, fmt.Sprintf(watched, host.IMAP))
	box := host.Client("privacy")
	first := s.serve()
	s.serve()
	for n := range 5 {
		host.Append(box, "INBOX", time.Now(), asking(n))
	}
	s.mails(5)
	first() // gives the mailbox back
	for n := range 5 {
		host.Append(box, "INBOX", time.Now(), asking(5+n))
	}
	if list := s.mails(10); len(list) != 10 {
		t.Errorf("10 messages became %d things", len(list))
	}
}

func TestAPipeIsToldWhatToDo(t *testing.T) {
	s := newSite(t, "mailboxes: []\n")
	if h, err := s.store.open(&terminal{ctx: t.Context(), now: time.Now}, packs{}, nil); err != nil {
		t.Fatal(err)
	} else {
		h.close()
	}
	elsewhere := s.store
	elsewhere.Database = filepath.Join(t.TempDir(), "none.db")
	for name, c := range map[string]struct {
		command mailReceive
		in      io.Reader
		code    int
	}{
		"a message":            {mailReceive{store: s.store, Policy: "moxora"}, bytes.NewReader(asking(1)), 0},
		"nothing":              {mailReceive{store: s.store, Policy: "moxora"}, strings.NewReader(""), 65},
		"no such policy":       {mailReceive{store: s.store, Policy: "nobody"}, bytes.NewReader(asking(1)), 75},
		"no database":          {mailReceive{store: elsewhere, Policy: "moxora"}, bytes.NewReader(asking(1)), 75},
		"no instant":           {mailReceive{store: s.store, Policy: "moxora", Received: "noon"}, bytes.NewReader(asking(1)), 75},
		"a pipe that breaks":   {mailReceive{store: s.store, Policy: "moxora"}, io.MultiReader(bytes.NewReader(asking(1)), broken{}), 75},
		"larger than is taken": {mailReceive{store: s.store, Policy: "moxora"}, io.MultiReader(bytes.NewReader(asking(9)), io.LimitReader(zeros{}, mailbox.MaxMessage+1000)), 0},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.command.Run(&terminal{ctx: t.Context(), in: c.in, now: time.Now})
			var exit exitError
			if errors.As(err, &exit); exit.code != c.code || (err == nil) != (c.code == 0) {
				t.Errorf("it exits with %d: %v", exit.code, err)
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte("0"), len(p)))
	return len(p), nil
}

func TestAMailFileIsReadStrictly(t *testing.T) {
	book, err := packs{}.load()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := strings.ReplaceAll(`mailboxes:
  - name: moxora
    policy: moxora
    address: imap.example.com:993
    security: tls
    user: privacy@moxora.example
    password_file: SECRET
    poll: 5m
lmtp:
  listen: 127.0.0.1:2424
  recipients:
    privacy@opvio.example: opvio
outgoing:
  reply_addresses:
    moxora: privacy+{token}@moxora.example
  bounce_address: bounces+{token}@mail.example
`, "SECRET", secret)
	load := func(text string) (*mailFile, error) {
		name := filepath.Join(dir, "mail.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return loadMail(name, book)
	}
	m, err := load(good)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := m.Mailboxes[0].account(); err != nil || a.Done != "dsr/Processed" || a.Poll != 5*time.Minute || m.routes().Bounces != "bounces+{token}@mail.example" {
		t.Errorf("it reads %+v %v %v", a, m.routes(), err)
	}
	for _, c := range []struct{ old, new, says string }{
		{"poll:", "pol:", ":8:5: "},
		{"policy: moxora", "policy: nobody", ":3:13: there is no policy nobody"},
		{"security: tls", "security: ssl", "security must be one of: tls, starttls, none"},
		{"security: tls", "security: none", "without TLS"},
		{"password_file: ", "token_file: /nowhere\n    password_file: ", "either a password_file or a token_file"},
		{secret, "/nowhere", ":7:20: the file /nowhere cannot be read"},
		{"password_file:", "roots_file: " + secret + "\n    password_file:", "no certificate"},
		{"poll: 5m", "poll: 5s", ":8:11: poll must be 10s to 1h0m0s"},
		{"lmtp:", "  - {name: moxora, policy: moxora, address: 'h:1', security: tls, user: u, password_file: " + secret + "}\nlmtp:", "two mailboxes of the name moxora"},
		{"opvio.example: opvio", "opvio.example: nobody", "belongs to the policy nobody"},
		{"privacy@opvio.example", "privacy", "no address like"},
		{"privacy+{token}", "privacy", ":15:13: write it like privacy+{token}@example.com"},
		{"bounces+{token}@mail.example", "'{token}{token}@x'", "write it like"},
		{"    moxora: privacy+", "    nobody: privacy+", "there is no policy nobody"},
	} {
		if _, err := load(strings.Replace(good, c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: it says %v, not %q", c.new, err, c.says)
		}
	}
}
