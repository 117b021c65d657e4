package lmtp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	netsmtp "net/smtp"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"dsr/internal/mailhost"
	"dsr/mailbox"
	"dsr/mailbox/lmtp"
)

// soon is how long a test waits for what must come.
const soon = 20 * time.Second

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// door is a running server and what came through it.
type door struct {
	t       *testing.T
	address net.Addr
	came    chan mailbox.Delivery
	stop    func()
}

// open starts a server. The function answers deliveries; nil takes all.
func open(t *testing.T, now time.Time, answer func(context.Context, mailbox.Delivery) error) *door {
	t.Helper()
	listener, err := lmtp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{t: t, address: listener.Addr(), came: make(chan mailbox.Delivery, 100)}
	server := &lmtp.Server{
		Recipients: map[string]string{"Privacy@Moxora.example": "moxora", "privacy@opvio.example": "opvio", "bounces@mail.example": "moxora"},
		Now:        func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Take: func(ctx context.Context, m mailbox.Delivery) error {
			if answer != nil {
				if err := answer(ctx, m); err != nil {
					return err
				}
			}
			d.came <- m
			return nil
		},
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	d.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		ended <- nil
	}
	t.Cleanup(func() { d.stop() })
	return d
}

func (d *door) client() *smtp.Client {
	d.t.Helper()
	conn, err := net.Dial(d.address.Network(), d.address.String())
	if err != nil {
		d.t.Fatal(err)
	}
	client := smtp.NewClientLMTP(conn)
	d.t.Cleanup(func() { client.Close() })
	return client
}

// next waits for a delivery.
func (d *door) next() mailbox.Delivery {
	d.t.Helper()
	select {
	case m := <-d.came:
		return m
	case <-time.After(soon):
		d.t.Fatal("nothing came")
		return mailbox.Delivery{}
	}
}

// send hands one message over and returns the answer for each recipient, like
// "250" or "554".
func (d *door) send(client *smtp.Client, from string, raw []byte, to ...string) map[string]string {
	d.t.Helper()
	answers := map[string]string{}
	if err := client.Mail(from, nil); err != nil {
		d.t.Fatal(err)
	}
	for _, address := range to {
		var refusal *smtp.SMTPError
		if err := client.Rcpt(address, nil); errors.As(err, &refusal) {
			answers[address] = fmt.Sprint(refusal.Code)
		}
	}
	if len(answers) == len(to) {
		return answers
	}
	w, err := client.Data()
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := w.Write(raw); err != nil {
		d.t.Fatal(err)
	}
	taken, err := w.CloseWithLMTPResponse()
	for address := range taken {
		answers[address] = "250"
	}
	var refusals smtp.LMTPDataError
	errors.As(err, &refusals)
	for address, refusal := range refusals {
		answers[address] = fmt.Sprint(refusal.Code)
	}
	return answers
}

const trace = "Received: from a by mail.example with ESMTP id 1;\r\n\tMon, 2 Mar 2026 09:30:00 +0000\r\n"

var letter = []byte(trace + "From: Lena <lena@example.org>\r\nSubject: My data\r\n\r\n.What do you hold about me?\r\n")

func TestAMessageIsTakenWithItsEnvelope(t *testing.T) {
	d := open(t, noon, nil)
	client := d.client()
	if got := d.send(client, "lena@example.org", letter, "privacy+MOX-1.abc@moxora.EXAMPLE"); got["privacy+MOX-1.abc@moxora.EXAMPLE"] != "250" {
		t.Fatal(got)
	}
	m := d.next()
	if !bytes.Equal(m.Raw, letter) || m.Size != int64(len(letter)) || m.Policy != "moxora" || m.Door != "lmtp" ||
		m.Recipient != "privacy+MOX-1.abc@moxora.EXAMPLE" || m.Sender != "lena@example.org" || !m.ReceivedAt.Equal(noon.Add(-150*time.Minute)) {
		t.Errorf("it came as %+v", m)
	}
	d.send(client, "", letter, "bounces+x@mail.example")
	if m := d.next(); m.Sender != "<>" {
		t.Errorf("the null sender came as %q", m.Sender)
	}
}

func TestEachRecipientHasAnAnswerOfItsOwn(t *testing.T) {
	d := open(t, noon, func(_ context.Context, m mailbox.Delivery) error {
		switch m.Recipient {
		case "privacy+full@moxora.example":
			return errors.New("the disk of 192.0.2.1 is full")
		case "privacy@opvio.example":
			return fmt.Errorf("it ended: %w", mailbox.ErrRefused)
		}
		return nil
	})
	client := d.client()
	got := d.send(client, "lena@example.org", letter, "privacy@moxora.example", "nobody@moxora.example", "privacy+full@moxora.example", "privacy@opvio.example")
	want := map[string]string{"privacy@moxora.example": "250", "nobody@moxora.example": "550", "privacy+full@moxora.example": "451", "privacy@opvio.example": "554"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the answers are %v, not %v", got, want)
	}
	if got := d.send(client, "lena@example.org", letter, "root@localhost"); got["root@localhost"] != "550" {
		t.Errorf("the answers are %v", got)
	}
}

func TestTheSameTransactionHasTheSameSource(t *testing.T) {
	d := open(t, noon, nil)
	client := d.client()
	sent := func(raw []byte, to string) string {
		d.send(client, "lena@example.org", raw, to)
		return d.next().Source
	}
	first := sent(letter, "privacy@moxora.example")
	if again := sent(letter, "privacy@moxora.example"); again != first || !strings.HasPrefix(first, "lmtp:") {
		t.Errorf("the second try has the source %s, the first %s", again, first)
	}
	if other := sent(letter, "privacy@opvio.example"); other == first {
		t.Error("two recipients have one source")
	}
	if other := sent(bytes.Replace(letter, []byte("id 1"), []byte("id 2"), 1), "privacy@moxora.example"); other == first {
		t.Error("a message that was sent twice has one source")
	}
}

func TestWhatIsTooLargeIsRefusedAndTheNextMessageIsTaken(t *testing.T) {
	d := open(t, noon, nil)
	client := d.client()
	large := append(bytes.Clone(letter), bytes.Repeat([]byte(strings.Repeat("x", 76)+"\r\n"), 60_000_000/78)...)
	if got := d.send(client, "lena@example.org", large, "privacy@moxora.example"); got["privacy@moxora.example"] != "552" {
		t.Errorf("the answers are %v", got)
	}
	if err := client.Mail("lena@example.org", &smtp.MailOptions{Size: 60_000_000}); err == nil {
		t.Error("the size that was announced is taken")
	}
	long := append(bytes.Clone(letter), strings.Repeat("y", 700_000)+"\r\n"...)
	if got := d.send(client, "lena@example.org", long, "privacy@moxora.example"); got["privacy@moxora.example"] != "250" {
		t.Errorf("the answers are %v", got)
	}
	if m := d.next(); !bytes.Equal(m.Raw, long) {
		t.Errorf("%d bytes came, not %d", len(m.Raw), len(long))
	}
}

func TestWhatBreaksOffIsNotTaken(t *testing.T) {
	d := open(t, noon, nil)
	for _, rest := range []string{"Subject: half", strings.Repeat("z", 2<<20)} {
		conn, err := net.Dial(d.address.Network(), d.address.String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, "LHLO me\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<privacy@moxora.example>\r\nDATA\r\n")
		io.WriteString(conn, rest)
		conn.(*net.TCPConn).CloseWrite()
		said, _ := io.ReadAll(conn) // to its end: the server has dealt with it
		if strings.Contains(string(said), "queued") {
			t.Errorf("it said %s", said)
		}
		conn.Close()
	}
	if len(d.came) != 0 {
		t.Errorf("%d bytes were taken", len((<-d.came).Raw))
	}
}

func TestSoManyConnectionsAreServedAndTheOthersWait(t *testing.T) {
	d := open(t, noon, nil)
	var inside []*smtp.Client
	for range 16 {
		client := d.client()
		if err := client.Hello("me"); err != nil {
			t.Fatal(err)
		}
		inside = append(inside, client)
	}
	late := d.client()
	greeted := make(chan error, 1)
	go func() { greeted <- late.Hello("me") }()
	inside[3].Quit()
	select {
	case err := <-greeted:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(soon):
		t.Error("it is never let in")
	}
}

func TestAMessageUnderWayIsTakenToItsEnd(t *testing.T) {
	began, goOn := make(chan bool), make(chan bool)
	d := open(t, noon, func(ctx context.Context, _ mailbox.Delivery) error {
		close(began)
		<-goOn
		return ctx.Err()
	})
	client := d.client()
	answers := make(chan map[string]string, 1)
	go func() { answers <- d.send(client, "lena@example.org", letter, "privacy@moxora.example") }()
	<-began
	stopped := make(chan bool)
	go func() { d.stop(); close(stopped) }()
	close(goOn)
	if got := <-answers; got["privacy@moxora.example"] != "250" {
		t.Errorf("the answers are %v", got)
	}
	client.Quit()
	<-stopped
}

func TestItListensOnThisMachineOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":2424", "192.0.2.1:24", "mail.example.com:24", "nonsense"} {
		if listener, err := lmtp.Listen(address); !errors.Is(err, lmtp.ErrAddress) {
			t.Errorf("at %s it listens: %v, %v", address, listener, err)
		}
	}
	for _, recipients := range []map[string]string{{"privacy": "moxora"}, {"privacy+a@x.example": "moxora"}, {"Privacy@x.example": "moxora", "privacy@x.example": "opvio"}} {
		if err := (&lmtp.Server{Recipients: recipients}).Check(); !errors.Is(err, lmtp.ErrRecipient) {
			t.Errorf("%v: %v", recipients, err)
		}
	}
}

func TestASocketOfADeadProcessIsNoObstacleAndOneOfALivingIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lmtp")
	dead, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	dead.Close()
	living, err := lmtp.Listen("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer living.Close()
	if _, err := lmtp.Listen("unix:" + path); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second process listens there: %v", err)
	}
}

// TestARealMailServerHandsItsMailOver: from whoever sends, by SMTP to
// OpenSMTPD, and from it to us.
func TestARealMailServerHandsItsMailOver(t *testing.T) {
	now := time.Now()
	d := open(t, now.Add(time.Minute), nil)
	host := mailhost.StartOpenSMTPD(t, "moxora.example", d.address.String())
	if host == nil {
		return
	}
	body := []byte("From: Lena <lena@example.org>\r\nMessage-ID: <1@example.org>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\nSubject: My data\r\n\r\n.What do you hold about me?\r\n")
	for _, from := range []string{"lena@example.org", ""} {
		if err := netsmtp.SendMail(host.SMTP, nil, from, []string{"privacy+MOX-1.abc@moxora.example"}, body); err != nil {
			t.Fatal(err)
		}
		m := d.next()
		if !bytes.HasSuffix(m.Raw, body) || m.Policy != "moxora" || m.Recipient != "privacy+MOX-1.abc@moxora.example" {
			t.Errorf("it came as %+v: %s", m, m.Raw)
		}
		if want := from; m.Sender != want && !(from == "" && m.Sender == "<>") {
			t.Errorf("its sender is %q", m.Sender)
		}
		if since := m.ReceivedAt.Sub(now); since < -2*time.Second || since > 30*time.Second {
			t.Errorf("it was received %v after it was sent", since)
		}
	}
}
