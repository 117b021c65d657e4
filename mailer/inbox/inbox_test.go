package inbox_test

import (
	"context"
	"errors"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"dsr/mailer/inbox"
)

func start(t *testing.T, options inbox.Options) *inbox.Inbox {
	t.Helper()
	in, err := inbox.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

// post sends a letter with another client than ours.
func post(t *testing.T, in *inbox.Inbox, subject, body string) {
	t.Helper()
	letter := "Subject: " + subject + "\r\nMessage-ID: <" + subject + "@test>\r\n" + body
	if err := smtp.SendMail(in.Address(), nil, "a@example.org", []string{"b@example.org"}, []byte(letter)); err != nil {
		t.Fatal(err)
	}
}

func TestLettersAreKeptNewestFirstUpToANumber(t *testing.T) {
	in := start(t, inbox.Options{Keep: 2})
	for _, subject := range []string{"one", "two", "three"} {
		post(t, in, subject, "\r\nhello\r\n")
	}
	got := in.Messages()
	if len(got) != 2 || got[0].Subject != "three" || got[1].Subject != "two" || got[0].Number != 3 {
		t.Fatalf("got %+v", got)
	}
	if m, ok := in.Message(2); !ok || m.Text != "hello\n" || m.MessageID != "two@test" || m.From != "a@example.org" || m.To[0] != "b@example.org" {
		t.Errorf("got %+v", m)
	}
	if _, ok := in.Message(1); ok {
		t.Error("the oldest letter is still there")
	}
}

func TestPartsAndEncodingsAreRead(t *testing.T) {
	in := start(t, inbox.Options{})
	post(t, in, "=?utf-8?q?gr=C3=BC=C3=9Fe?=", "Content-Type: multipart/alternative; boundary=x\r\n\r\n"+
		"--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ngr=C3=BC=\r\n=C3=9Fe\r\n"+
		"--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+aGk8L3A+\r\n--x--\r\n")
	m := in.Messages()[0]
	if m.Subject != "grüße" || strings.TrimSpace(m.Text) != "grüße" || m.HTML != "<p>hi</p>" {
		t.Errorf("got %q, %q, %q", m.Subject, m.Text, m.HTML)
	}
}

func TestWaitingEndsWithTheLetterOrWithTheContext(t *testing.T) {
	in := start(t, inbox.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	found := make(chan inbox.Message, 1)
	go func() {
		m, err := in.WaitFor(ctx, func(m inbox.Message) bool { return m.Subject == "two" })
		if err != nil {
			t.Error(err)
		}
		found <- m
	}()
	post(t, in, "one", "\r\nhello\r\n")
	post(t, in, "two", "\r\nhello\r\n")
	if m := <-found; m.Number != 2 {
		t.Errorf("got letter %d", m.Number)
	}
	if all, err := in.Wait(ctx, 2); err != nil || len(all) != 2 {
		t.Errorf("got %d letters, %v", len(all), err)
	}
	short, stop := context.WithTimeout(ctx, 20*time.Millisecond)
	defer stop()
	if _, err := in.Wait(short, 3); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if _, err := in.WaitFor(short, func(inbox.Message) bool { return false }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestOnlyThisMachineCanReachIt(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":1025", "192.0.2.1:1025", "localhost:1025", "nonsense"} {
		if in, err := inbox.Start(inbox.Options{Address: address}); !errors.Is(err, inbox.ErrNotLoopback) {
			t.Errorf("%s: got %v", address, err)
			if in != nil {
				in.Close()
			}
		}
	}
}

func TestClosingTwiceIsNoFault(t *testing.T) {
	in := start(t, inbox.Options{})
	for range 2 {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAHangingConnectionEndsWhenTheMailboxCloses(t *testing.T) {
	in := start(t, inbox.Options{})
	in.Break(inbox.Fault{At: inbox.AtSender, Hang: true})
	client, err := smtp.Dial(in.Address())
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Hello("localhost"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- client.Mail("a@example.org") }()
	in.Close()
	if err := <-done; err == nil {
		t.Error("the letter was taken")
	}
}
