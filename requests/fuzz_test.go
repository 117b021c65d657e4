package requests_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"dsr/intake"
	"dsr/internal/dbtest"
	"dsr/mailbox"
	"dsr/policies"
	"dsr/requests"
)

// FuzzThread: whatever comes to a mailbox gets one outcome, joins a request only
// when it is from the address of who asked for it, and is answered to nobody
// but its sender. The words in braces stand for what two people's letters hold.
// Findings stay in testdata/fuzz.
func FuzzThread(f *testing.F) {
	c := openCorrespondence(f)
	erin := "From: Erin <erin@example.net>\r\n"
	for _, seed := range []string{
		"Subject: Re: {dana}\r\n\r\nThank you.",
		"Message-ID: <a@example.org>\r\n" + dana + "\r\nSubject: Re: {dana}\r\nIn-Reply-To: <{dana letter}>\r\n\r\nThank you.",
		"Message-ID: <b@example.org>\r\n" + dana + "\r\nTo: {dana reply}\r\nSubject: Re: {erin}\r\n\r\nAnd {erin}?",
		"Message-ID: <c@example.org>\r\n" + dana + "\r\nTo: {erin reply}\r\nReferences: <{erin letter}>\r\nSubject: {erin}\r\n\r\nMine too.",
		"Message-ID: <d@example.org>\r\n" + erin + "To: {dana reply}\r\nCc: {erin reply}\r\nSubject: x\r\n\r\nHello.",
		"Message-ID: <e@example.org>\r\n" + erin + dana + "\r\nSubject: {dana} {erin}\r\n\r\nTwo senders.",
		"Message-ID: <f@example.org>\r\nFrom: \"dana.whitlock@example.org\" <erin@example.net>\r\nReply-To: dana.whitlock@example.org\r\nSubject: {dana}\r\n\r\nWho am I?",
		"Message-ID: <g@example.org>\r\nFrom: =?utf-8?q?dana.whitlock=40example.org=2C?= <erin@example.net>\r\nReferences: <{dana letter}> <{erin letter}>\r\n\r\nHello.",
		"Message-ID: <h@example.org>\r\n" + dana + "\r\nAuto-Submitted: auto-replied\r\nSubject: Automatic: {dana}\r\n\r\nI am away.",
		"Message-ID: <i@example.org>\r\nFrom: <MAILER-DAEMON@example.org>\r\nReturn-Path: <>\r\nTo: {dana bounce}\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nNo.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; dana.whitlock@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--",
		"Message-ID: <j@example.org>\r\nFrom: new@example.com\r\nReply-To: victim@example.com\r\nSubject: My data\r\n\r\nPlease delete all my data. I live in Germany.",
		"Message-ID: <{dana letter}>\r\n" + dana + "\r\nSubject: {dana}\r\n\r\nOur own.",
		"Message-ID: <k@example.org>\r\n" + dana + "\r\nSubject: " + strings.Repeat("{erin} ", 60) + "\r\n\r\nMany.",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c.TB = t
		c.arrives([]byte(c.filled.Replace(string(raw))))
	})
}

// correspondence is a house where two people have a request each.
type correspondence struct {
	*house
	filled *strings.Replacer
	owner  map[string]string // of a request, by its reference
	came   int
}

func openCorrespondence(f *testing.F) *correspondence {
	f.Helper()
	c := &correspondence{house: open(f, dbtest.Open(f, dbtest.SQLite(f))), owner: map[string]string{}}
	c.receive("moxora", "DE", policies.Access)
	dana := c.deliver().lettersTo(person)[0]
	c.owner[c.last] = person
	danas := c.last
	c.mailTo("moxora", "From: Erin <erin@example.net>", "Subject: My data", "", "Please delete my account and all my data. I live in Germany.")
	erin := c.lettersTo("erin@example.net")[0]
	erins := c.mails()[0].Reference
	c.owner[erins] = "erin@example.net"
	c.filled = strings.NewReplacer(
		"{dana}", danas, "{dana letter}", dana.MessageID, "{dana reply}", dana.ReplyTo, "{dana bounce}", dana.BounceTo,
		"{erin}", erins, "{erin letter}", erin.MessageID, "{erin reply}", erin.ReplyTo, "{erin bounce}", erin.BounceTo,
	)
	return c
}

// arrives lets a message come and checks what became of it.
func (c *correspondence) arrives(raw []byte) {
	c.Helper()
	newest := func() *requests.MailLine {
		list, err := c.Mails(c.Context(), c.mara, intake.Filter{Limit: 1})
		if err != nil || len(list) == 0 {
			c.Fatalf("%d messages are listed: %v", len(list), err)
		}
		return &list[0]
	}
	before := newest().ID
	c.came++
	c.clock = c.clock.Add(time.Second)
	c.post = nil
	c.handIn(mailbox.Delivery{Policy: "moxora", Door: "lmtp", Source: fmt.Sprintf("lmtp:fuzz%d", c.came), ReceivedAt: c.clock, Raw: bytes.Clone(raw), Size: int64(len(raw))})
	line := newest()
	if line.ID == before {
		return // it came before
	}
	read := mailbox.Read(raw, []string{"privacy.example.com"})
	from := ""
	if sender, clear := read.Sender(); clear {
		from, _ = requests.NormalAddress(sender.Email)
	}
	switch owner := c.owner[line.Reference]; {
	case line.Outcome == intake.Waiting:
		c.Errorf("it was not sorted:\n%s", raw)
	case line.Outcome == intake.Reply && (from == "" || !strings.EqualFold(from, owner)):
		c.Errorf("words of %q joined the request of %q:\n%s", from, owner, raw)
	case line.Outcome == intake.Request && owner == "":
		c.owner[line.Reference] = from
	case line.Outcome == intake.Request:
		c.Errorf("it began the request %s, which was there:\n%s", line.Reference, raw)
	}
	for _, e := range c.post {
		if e.To != "mara@example.com" && (e.To != from || read.Kind != mailbox.Letter) {
			c.Errorf("%q from %q (%s) is answered to %s:\n%s", e.Subject, from, read.Kind, e.To, raw)
		}
	}
}
