package mailer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"dsr/mailer"
	"dsr/mailer/inbox"
)

func TestALetterSaysWhereReportsOnItGo(t *testing.T) {
	for _, offers := range []bool{true, false} {
		in := start(t, inbox.Options{DSN: offers})
		e := envelope("one")
		e.BounceTo, e.EnvelopeID = "bounces+lq1.abcdefghij@mail.example", "l+q=1.abcdefghij"
		if err := sender(t, "smtp://"+in.Address(), mailer.Options{}).Send(soon(t), e); err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{true: "HDRS l+q=1.abcdefghij FAILURE,DELAY"}[offers]
		if m := in.Messages()[0]; m.From != e.BounceTo || m.Reports != want || !strings.Contains(m.Header("From"), "privacy@moxora.example") {
			t.Errorf("reports on it go to %s as %q", m.From, m.Reports)
		}
	}
}

func post(t *testing.T, address string, pace mailer.Pace, now func() time.Time) *mailer.Post {
	t.Helper()
	server, err := mailer.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	p := mailer.NewPost(server, 4, pace, now, mailer.Options{Timeout: 5 * time.Second})
	t.Cleanup(p.Close)
	return p
}

func TestAPostSendsOverSeveralConnectionsAtItsPace(t *testing.T) {
	in := start(t, inbox.Options{})
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	p := post(t, "smtp://"+in.Address(), mailer.Pace{PerDomain: 100}, func() time.Time { return now })
	var all sync.WaitGroup
	results := make(chan error, 40)
	for i := range 40 {
		all.Go(func() { results <- p.Send(soon(t), envelope(fmt.Sprint("n", i))) })
	}
	all.Wait()
	close(results)
	sent, held := 0, 0
	for err := range results {
		var h *mailer.Held
		switch {
		case err == nil:
			sent++
		case errors.As(err, &h):
			held++
		default:
			t.Error(err)
		}
	}
	if sent != 10 || held != 30 || in.Connections() > 4 {
		t.Errorf("%d left, %d were held, over %d connections", sent, held, in.Connections())
	}
}

func TestAServerThatIsGoneIsAskedNowAndThen(t *testing.T) {
	in := start(t, inbox.Options{})
	address := in.Address()
	in.Close()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	p := post(t, "smtp://"+address, mailer.Pace{PerMinute: 10}, func() time.Time { return now })
	for range 1000 {
		var failure *mailer.Failure
		if err := p.Send(soon(t), envelope("one")); !errors.As(err, &failure) || !failure.Unreachable() {
			t.Fatal(err)
		}
	}
	if since, why := p.Unreachable(); !since.Equal(now) || why == "" {
		t.Errorf("unreachable since %v: %q", since, why)
	}
	start(t, inbox.Options{Address: address})
	now = now.Add(time.Minute)
	if err := p.Send(soon(t), envelope("one")); err != nil {
		t.Errorf("once it is back: %v", err)
	}
	if since, _ := p.Unreachable(); !since.IsZero() {
		t.Error("it is still said to be gone")
	}
}

func TestACertificateForAnotherNameIsNamedAsSuch(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "other"}, DNSNames: []string{"mail.other.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	in := start(t, inbox.Options{Certificate: &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}})
	err = sender(t, "smtp://"+in.Address()+"?tls=starttls", mailer.Options{Roots: pool}).Send(soon(t), envelope("one"))
	if !errors.Is(err, mailer.ErrTemporary) || !strings.Contains(err.Error(), "certificate") || len(in.Messages()) != 0 {
		t.Errorf("got %v", err)
	}
}

func TestBadAnswersAreRecordedAndNoLetterDoubles(t *testing.T) {
	for name, c := range map[string]struct {
		fault     inbox.Fault
		permanent bool
		says      string
	}{
		"421 at the sender":        {inbox.Fault{At: inbox.AtSender, Code: 421, Status: [3]int{4, 3, 2}, Say: "closing"}, false, "(the sender): 421"},
		"421 at the recipient":     {inbox.Fault{At: inbox.AtRecipient, Code: 421, Status: [3]int{4, 3, 2}, Say: "closing"}, false, "(the recipient): 421"},
		"421 after the letter":     {inbox.Fault{At: inbox.AfterLetter, Code: 421, Status: [3]int{4, 3, 2}, Say: "closing"}, false, "(the letter): 421"},
		"552 at the recipient":     {inbox.Fault{At: inbox.AtRecipient, Code: 552, Status: [3]int{5, 2, 2}, Say: "full"}, true, "(the recipient): 552"},
		"550 after the letter":     {inbox.Fault{At: inbox.AfterLetter, Code: 550, Status: [3]int{5, 7, 1}, Say: "no"}, true, "(the letter): 550"},
		"greylisting":              {inbox.Fault{At: inbox.AtRecipient, Code: 451, Status: [3]int{4, 7, 1}, Say: "later"}, false, "(the recipient): 451"},
		"a line cut in the letter": {inbox.Fault{At: inbox.MidLetter, Drop: true}, false, "(the letter)"},
	} {
		in := start(t, inbox.Options{})
		p := post(t, "smtp://"+in.Address(), mailer.Pace{}, time.Now)
		c.fault.Times = 1
		in.Break(c.fault)
		err := p.Send(soon(t), envelope("one"))
		if err == nil || errors.Is(err, mailer.ErrPermanent) != c.permanent || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if err := p.Send(soon(t), envelope("one")); err != nil || len(in.Messages()) != 1 {
			t.Errorf("%s: then %d letters, %v", name, len(in.Messages()), err)
		}
	}
}

func TestAServerThatHangsInTheLetterIsLeftAfterAWhile(t *testing.T) {
	in := start(t, inbox.Options{})
	s := sender(t, "smtp://"+in.Address(), mailer.Options{Patience: 100 * time.Millisecond})
	in.Break(inbox.Fault{At: inbox.MidLetter, Hang: true, Times: 1})
	if err := s.Send(soon(t), envelope("one")); !errors.Is(err, mailer.ErrTemporary) || !strings.Contains(err.Error(), "the letter") {
		t.Errorf("got %v", err)
	}
	if err := s.Send(soon(t), envelope("one")); err != nil || len(in.Messages()) != 1 {
		t.Errorf("then %d letters, %v", len(in.Messages()), err)
	}
}
