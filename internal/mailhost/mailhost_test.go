package mailhost_test

import (
	"net/smtp"
	"testing"
	"time"

	"dsr/internal/mailhost"
)

func TestAMailboxIsServedAndOutlivesItsServer(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	mara := host.Client("mara")
	host.Append(mara, "INBOX", time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), []byte("Subject: x\r\n\r\nHello\r\n"))
	host.Kill()
	host.Start()
	if list := host.List(host.Client("mara"), "INBOX"); len(list) != 1 || string(list[0].Raw) != "Subject: x\r\n\r\nHello\r\n" {
		t.Errorf("the mailbox holds %v", list)
	}
}

func TestMailIsTakenByOneServerAndKeptByTheOther(t *testing.T) {
	host := mailhost.StartDovecot(t)
	if host == nil {
		return
	}
	relay := mailhost.StartOpenSMTPD(t, "moxora.example", host.LMTP)
	if relay == nil {
		return
	}
	err := smtp.SendMail(relay.SMTP, nil, "lena@example.org", []string{"privacy@moxora.example"}, []byte("From: lena@example.org\r\nSubject: Hello\r\n\r\nWhat do you hold about me?\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	box := host.Client("privacy@moxora.example")
	late := time.After(20 * time.Second)
	turn := time.NewTicker(20 * time.Millisecond)
	defer turn.Stop()
	for {
		if list := host.List(box, "INBOX"); len(list) == 1 {
			return
		}
		select {
		case <-turn.C:
		case <-late:
			t.Fatal("the message did not arrive")
		}
	}
}
