package mailer_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"dsr/mailer"
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

func sender(t *testing.T, address string, options mailer.Options) *mailer.Sender {
	t.Helper()
	server, err := mailer.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	s := mailer.NewSender(server, options)
	t.Cleanup(s.Close)
	return s
}

func envelope(id string) mailer.Envelope {
	return mailer.Envelope{
		MessageID: id + "@privacy.moxora.example",
		From:      "Moxora privacy team <privacy@moxora.example>", ReplyTo: "privacy+MOX-4K7P-92@moxora.example",
		To: "jane.doe@example.org", Subject: "MOX-4K7P-92: we need more time",
		InReplyTo: "first@privacy.moxora.example", References: []string{"first@privacy.moxora.example", "second@privacy.moxora.example"},
		Date: time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC),
		Text: "The law’s last day was Monday.\n\n-- \nMoxora\n", HTML: "<p>The law’s last day was Monday.</p>",
	}
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// selfSigned makes a certificate for 127.0.0.1 and the pool that trusts it.
func selfSigned(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mailbox"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestALetterArrivesAsItWasWritten(t *testing.T) {
	in := start(t, inbox.Options{})
	ctx := soon(t)
	if err := sender(t, "smtp://"+in.Address(), mailer.Options{}).Send(ctx, envelope("one")); err != nil {
		t.Fatal(err)
	}
	got, err := in.Wait(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	m, want := got[0], envelope("one")
	if m.Text != want.Text || m.HTML != want.HTML || m.Subject != want.Subject || m.MessageID != want.MessageID {
		t.Errorf("got %+v", m)
	}
	if m.From != "privacy@moxora.example" || len(m.To) != 1 || m.To[0] != want.To {
		t.Errorf("the envelope went from %s to %s", m.From, m.To)
	}
	for name, value := range map[string]string{
		"Auto-Submitted": "auto-generated", "Date": "Wed, 25 Nov 2026 09:30:00 +0000",
		"From": `"Moxora privacy team" <privacy@moxora.example>`, "To": "<jane.doe@example.org>",
		"Reply-To":    "<privacy+MOX-4K7P-92@moxora.example>",
		"In-Reply-To": "<first@privacy.moxora.example>",
		"References":  "<first@privacy.moxora.example> <second@privacy.moxora.example>",
	} {
		if m.Header(name) != value {
			t.Errorf("%s is %q, want %q", name, m.Header(name), value)
		}
	}
	for _, absent := range []string{"User-Agent", "X-Mailer", "List-Unsubscribe", "Bcc", "Precedence"} {
		if m.Header(absent) != "" {
			t.Errorf("%s says %q", absent, m.Header(absent))
		}
	}
	if strings.Contains(strings.ToLower(string(m.Raw)), "go-mail") {
		t.Error("the letter names the library that sent it")
	}
}

func TestOneConnectionIsKeptAndOpenedAgainWhenGone(t *testing.T) {
	in := start(t, inbox.Options{})
	ctx, s := soon(t), sender(t, "smtp://"+in.Address(), mailer.Options{})
	for _, id := range []string{"a", "b", "c"} {
		if err := s.Send(ctx, envelope(id)); err != nil {
			t.Fatal(err)
		}
	}
	if n := in.Connections(); n != 1 {
		t.Errorf("three letters took %d connections", n)
	}
	in.Hangup()
	if err := s.Send(ctx, envelope("d")); err != nil {
		t.Errorf("after the server closed the line: %v", err)
	}
	s.Close()
	if err := s.Send(ctx, envelope("e")); err != nil {
		t.Errorf("after Close: %v", err)
	}
	if n := in.Connections(); n != 3 {
		t.Errorf("a closed line and a good-bye took %d connections in all, want 3", n)
	}
	got, err := in.Wait(ctx, 5)
	if err != nil || len(got) != 5 {
		t.Errorf("%d letters arrived: %v", len(got), err)
	}
}

func TestALineIdleLongerThanItsTimeoutStillWorks(t *testing.T) {
	in := start(t, inbox.Options{})
	ctx, s := soon(t), sender(t, "smtp://"+in.Address(), mailer.Options{Timeout: 150 * time.Millisecond})
	if err := s.Send(ctx, envelope("a")); err != nil {
		t.Fatal(err)
	}
	idle, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	<-idle.Done()
	if err := s.Send(ctx, envelope("b")); err != nil {
		t.Fatal(err)
	}
	if n := in.Connections(); n != 1 {
		t.Errorf("the idle line was not used again: %d connections", n)
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	status := [3]int{5, 1, 1}
	for name, c := range map[string]struct {
		fault  inbox.Fault
		kind   error
		code   int
		status string
		step   string
	}{
		"the recipient does not exist": {inbox.Fault{At: inbox.AtRecipient, Code: 550, Status: status, Say: "no such user <jane.doe@example.org> (Jane.Doe unknown)"}, mailer.ErrPermanent, 550, "5.1.1", "the recipient"},
		"the recipient is greylisted":  {inbox.Fault{At: inbox.AtRecipient, Code: 451, Status: [3]int{4, 7, 1}, Say: "later, jane.doe@example.org"}, mailer.ErrTemporary, 451, "4.7.1", "the recipient"},
		"the mailbox is full":          {inbox.Fault{At: inbox.AtRecipient, Code: 452, Status: [3]int{4, 2, 2}, Say: "jane.doe: full"}, mailer.ErrTemporary, 452, "4.2.2", "the recipient"},
		"the sender is not allowed":    {inbox.Fault{At: inbox.AtSender, Code: 550, Status: [3]int{5, 7, 1}, Say: "no"}, mailer.ErrPermanent, 550, "5.7.1", "the sender"},
		"the sign-in is wanted":        {inbox.Fault{At: inbox.AtSender, Code: 530, Status: [3]int{5, 7, 0}, Say: "sign in first"}, mailer.ErrTemporary, 530, "5.7.0", "the sender"},
		"the content is refused":       {inbox.Fault{At: inbox.AfterLetter, Code: 554, Status: [3]int{5, 6, 0}, Say: "looks like spam"}, mailer.ErrPermanent, 554, "5.6.0", "the letter"},
		"the server is short of space": {inbox.Fault{At: inbox.AfterLetter, Code: 452, Status: [3]int{4, 3, 1}, Say: "try later"}, mailer.ErrTemporary, 452, "4.3.1", "the letter"},
		"the line breaks mid-letter":   {inbox.Fault{At: inbox.MidLetter, Drop: true}, mailer.ErrTemporary, 0, "", "the letter"},
		"the line breaks at the end":   {inbox.Fault{At: inbox.AfterLetter, Drop: true}, mailer.ErrTemporary, 0, "", "the letter"},
		"the line breaks at the start": {inbox.Fault{At: inbox.AtSender, Drop: true}, mailer.ErrTemporary, 0, "", "the sender"},
	} {
		in := start(t, inbox.Options{})
		ctx, s := soon(t), sender(t, "smtp://"+in.Address(), mailer.Options{})
		c.fault.Times = 1
		in.Break(c.fault)
		err := s.Send(ctx, envelope("one"))
		var failure *mailer.Failure
		if !errors.Is(err, c.kind) || !errors.As(err, &failure) || failure.Code != c.code || failure.Status != c.status || failure.Step != c.step {
			t.Errorf("%s: got %#v", name, err)
			continue
		}
		if text := strings.ToLower(err.Error()); strings.Contains(text, "jane") || strings.Contains(text, "privacy.moxora") {
			t.Errorf("%s: the failure names a person or the letter: %v", name, err)
		}
		if err := s.Send(ctx, envelope("one")); err != nil {
			t.Errorf("%s: once mended, the same letter fails: %v", name, err)
		}
		if got := in.Messages(); len(got) != 1 || got[0].MessageID != "one@privacy.moxora.example" {
			t.Errorf("%s: %d letters arrived", name, len(got))
		}
	}
}

func TestARefusedRecipientDoesNotCostTheConnection(t *testing.T) {
	in := start(t, inbox.Options{})
	ctx, s := soon(t), sender(t, "smtp://"+in.Address(), mailer.Options{})
	in.Greylist(2)
	for i := range 3 {
		if err := s.Send(ctx, envelope("one")); (i < 2) != errors.Is(err, mailer.ErrTemporary) {
			t.Errorf("attempt %d: %v", i+1, err)
		}
	}
	if n := in.Connections(); n != 1 {
		t.Errorf("it took %d connections", n)
	}
}

func TestALetterTakenJustBeforeTheLineBreaksComesAgainWithTheSameID(t *testing.T) {
	in := start(t, inbox.Options{})
	ctx, s := soon(t), sender(t, "smtp://"+in.Address(), mailer.Options{})
	in.Break(inbox.Fault{At: inbox.AfterTaking, Drop: true, Times: 1})
	if err := s.Send(ctx, envelope("one")); !errors.Is(err, mailer.ErrTemporary) {
		t.Fatalf("got %v", err)
	}
	if err := s.Send(ctx, envelope("one")); err != nil {
		t.Fatal(err)
	}
	got, err := in.Wait(ctx, 2)
	if err != nil || got[0].MessageID != got[1].MessageID {
		t.Errorf("two letters must be known as one: %v", err)
	}
}

func TestAServerThatHangsIsLeftWhenTheContextEnds(t *testing.T) {
	for _, at := range []inbox.Stage{inbox.AtSender, inbox.AtRecipient, inbox.MidLetter, inbox.AfterLetter} {
		in := start(t, inbox.Options{})
		s := sender(t, "smtp://"+in.Address(), mailer.Options{})
		in.Break(inbox.Fault{At: at, Hang: true, Times: 1})
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err := s.Send(short, envelope("one"))
		cancel()
		if !errors.Is(err, mailer.ErrTemporary) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v", at, err)
		}
		if err := s.Send(soon(t), envelope("one")); err != nil {
			t.Errorf("%s: the next attempt fails: %v", at, err)
		}
	}
}

func TestAServerThatNeverGreetsIsLeftToo(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s := sender(t, "smtp://"+silent.Addr().String(), mailer.Options{})
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.Send(short, envelope("one")); !errors.Is(err, mailer.ErrTemporary) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	own := sender(t, "smtp://"+silent.Addr().String(), mailer.Options{Timeout: 100 * time.Millisecond})
	if err := own.Send(soon(t), envelope("one")); !errors.Is(err, mailer.ErrTemporary) {
		t.Errorf("with its own timeout: got %v", err)
	}
}

func TestNoServerAtAllIsTemporary(t *testing.T) {
	in := start(t, inbox.Options{})
	address := in.Address()
	in.Close()
	err := sender(t, "smtp://"+address, mailer.Options{}).Send(soon(t), envelope("one"))
	var failure *mailer.Failure
	if !errors.Is(err, mailer.ErrTemporary) || !errors.As(err, &failure) || failure.Step != "connecting" {
		t.Errorf("got %v", err)
	}
}

func TestTLSIsUsedAndChecked(t *testing.T) {
	certificate, trusted := selfSigned(t)
	_, stranger := selfSigned(t)
	for name, c := range map[string]struct {
		options inbox.Options
		address string
		roots   *x509.CertPool
		works   bool
	}{
		"STARTTLS with a trusted certificate":     {inbox.Options{Certificate: certificate}, "smtp://ada:s3cret@%?tls=starttls", trusted, true},
		"STARTTLS with a stranger's certificate":  {inbox.Options{Certificate: certificate}, "smtp://ada:s3cret@%?tls=starttls", stranger, false},
		"STARTTLS that the server does not offer": {inbox.Options{}, "smtp://ada:s3cret@%?tls=starttls", trusted, false},
		"TLS from the first byte":                 {inbox.Options{Certificate: certificate, ImplicitTLS: true}, "smtps://ada:s3cret@%", trusted, true},
		"TLS with a stranger's certificate":       {inbox.Options{Certificate: certificate, ImplicitTLS: true}, "smtps://ada:s3cret@%", stranger, false},
		"TLS to a server without":                 {inbox.Options{}, "smtps://ada:s3cret@%", trusted, false},
		"a wrong password":                        {inbox.Options{Certificate: certificate}, "smtp://ada:wr0ng@%?tls=starttls", trusted, false},
		"a password on this machine without TLS":  {inbox.Options{}, "smtp://ada:s3cret@%", nil, true},
	} {
		c.options.User, c.options.Password = "ada", "s3cret"
		in := start(t, c.options)
		s := sender(t, strings.Replace(c.address, "%", in.Address(), 1), mailer.Options{Roots: c.roots, Timeout: 5 * time.Second})
		err := s.Send(soon(t), envelope("one"))
		if c.works && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !c.works && (!errors.Is(err, mailer.ErrTemporary) || len(in.Messages()) != 0) {
			t.Errorf("%s: got %v, want a temporary failure and no letter", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "wr0ng")) {
			t.Errorf("%s: the failure shows the password", name)
		}
	}
}

func TestAnEnvelopeAtFaultNeverReachesTheServer(t *testing.T) {
	in := start(t, inbox.Options{})
	s := sender(t, "smtp://"+in.Address(), mailer.Options{})
	inject := "x\r\nBcc: everybody@example.org"
	for name, change := range map[string]func(*mailer.Envelope){
		"a line break in the subject":    func(e *mailer.Envelope) { e.Subject = inject },
		"a line break in From":           func(e *mailer.Envelope) { e.From = "a\r\nBcc: b@c.org <a@b.org>" },
		"a line break in To":             func(e *mailer.Envelope) { e.To = "a@b.org\nBcc: c@d.org" },
		"a line break in Reply-To":       func(e *mailer.Envelope) { e.ReplyTo = "a@b.org\r\nX: y" },
		"a line break in the message ID": func(e *mailer.Envelope) { e.MessageID = "a@b\r\nBcc: c@d.org" },
		"a line break in In-Reply-To":    func(e *mailer.Envelope) { e.InReplyTo = inject },
		"a line break in References":     func(e *mailer.Envelope) { e.References = []string{"a@b", inject} },
		"angle brackets in an ID":        func(e *mailer.Envelope) { e.MessageID = "a@b> <c@d" },
		"no message ID":                  func(e *mailer.Envelope) { e.MessageID = "" },
		"no recipient":                   func(e *mailer.Envelope) { e.To = "" },
		"two recipients":                 func(e *mailer.Envelope) { e.To = "a@b.org, c@d.org" },
		"a recipient without a domain":   func(e *mailer.Envelope) { e.To = "jane" },
		"a domain that cannot be":        func(e *mailer.Envelope) { e.To = "jane@exa_mple..org" },
		"a very long mailbox":            func(e *mailer.Envelope) { e.To = strings.Repeat("j", 65) + "@example.org" },
		"no sender":                      func(e *mailer.Envelope) { e.From = "" },
		"no date":                        func(e *mailer.Envelope) { e.Date = time.Time{} },
		"no subject":                     func(e *mailer.Envelope) { e.Subject = "" },
		"no text":                        func(e *mailer.Envelope) { e.Text = " \n" },
		"no HTML":                        func(e *mailer.Envelope) { e.HTML = "" },
	} {
		e := envelope("one")
		change(&e)
		err := s.Send(soon(t), e)
		if !errors.Is(err, mailer.ErrPermanent) {
			t.Errorf("%s: got %v, want ErrPermanent", name, err)
		} else if strings.Contains(err.Error(), "jane") {
			t.Errorf("%s: the failure names a person: %v", name, err)
		}
	}
	if in.Connections() != 0 {
		t.Error("the server was asked about an envelope at fault")
	}
}

func TestInternationalAddresses(t *testing.T) {
	old, modern := start(t, inbox.Options{}), start(t, inbox.Options{SMTPUTF8: true})
	e := envelope("one")
	e.To = "jane@bücher.example"
	e.Subject = "MOX-4K7P-92: wir brauchen länger für Ihre Anfrage, bitte haben Sie noch etwas Geduld"
	if err := sender(t, "smtp://"+old.Address(), mailer.Options{}).Send(soon(t), e); err != nil {
		t.Fatal(err)
	}
	m := old.Messages()[0]
	if m.To[0] != "jane@xn--bcher-kva.example" || m.Subject != e.Subject {
		t.Errorf("it went to %s as %q", m.To[0], m.Subject)
	}
	e.To = "jäne@bücher.example"
	if err := sender(t, "smtp://"+old.Address(), mailer.Options{}).Send(soon(t), e); !errors.Is(err, mailer.ErrPermanent) {
		t.Errorf("a server without SMTPUTF8: got %v", err)
	}
	if err := sender(t, "smtp://"+modern.Address(), mailer.Options{}).Send(soon(t), e); err != nil {
		t.Errorf("a server with SMTPUTF8: %v", err)
	} else if to := modern.Messages()[0].To[0]; to != "jäne@xn--bcher-kva.example" {
		t.Errorf("it went to %s", to)
	}
}

func TestAWorkerThatWaitsItsTurnCanGiveUp(t *testing.T) {
	in := start(t, inbox.Options{})
	s := sender(t, "smtp://"+in.Address(), mailer.Options{})
	in.Break(inbox.Fault{At: inbox.AtRecipient, Hang: true, Times: 1})
	first, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Send(first, envelope("one")) }()
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	<-short.Done()
	if err := s.Send(short, envelope("two")); !errors.Is(err, mailer.ErrTemporary) {
		t.Errorf("got %v", err)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the first got %v", err)
	}
}
