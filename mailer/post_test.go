package mailer_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
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

// speak plays a server that answers some commands in its own way and all others
// well, and returns where it is and what it was asked.
func speak(t *testing.T, answers map[string]string) (address string, asked func(command string) int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	var mu sync.Mutex
	counts := map[string]int{}
	converse := func(conn net.Conn) {
		defer conn.Close()
		fmt.Fprint(conn, "220 ready\r\n")
		letter := false
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			command, _, _ := strings.Cut(lines.Text(), " ")
			if letter && command != "." {
				continue
			}
			mu.Lock()
			counts[command]++
			mu.Unlock()
			letter = command == "DATA"
			answer := map[bool]string{true: "354 go on", false: "250 yes"}[letter]
			if own, ok := answers[command]; ok {
				answer = own
			}
			fmt.Fprint(conn, answer+"\r\n")
		}
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go converse(conn)
		}
	}()
	return listener.Addr().String(), func(command string) int {
		mu.Lock()
		defer mu.Unlock()
		return counts[command]
	}
}

func TestARefusedNoopSaysNothingAboutTheLetter(t *testing.T) {
	for answer, want := range map[string]int{ // lines that three letters take
		"502 5.5.1 command not implemented": 1,
		"450 4.3.2 not now":                 1,
		"421 4.4.2 idle for too long":       3,
	} {
		address, asked := speak(t, map[string]string{"NOOP": answer})
		s := sender(t, "smtp://"+address, mailer.Options{})
		for _, id := range []string{"one", "two", "three"} {
			if err := s.Send(soon(t), envelope(id)); err != nil {
				t.Errorf("%s: letter %s: %v", answer, id, err)
			}
		}
		if asked("EHLO") != want || asked("NOOP") != 2 || asked("DATA") != 3 {
			t.Errorf("%s: %d letters over %d lines, %d times asked whether one lives", answer, asked("DATA"), asked("EHLO"), asked("NOOP"))
		}
	}
}

func TestWhatIsKeptOfAnAnswerIsText(t *testing.T) {
	for says, want := range map[string]string{
		"550 5.2.2 Bo\xeete pleine":                            "550 5.2.2 Bo\uFFFDte pleine",
		"550 5.2.2\tvoll:\r\n Tür zu":                          "550 5.2.2 voll: Tür zu",
		"550 5.2.2 full\x00 \x1b[31mred\a":                     "550 5.2.2 full [31mred",
		"550 no jane\x00.doe@example.org, and no jane.\x7fdoe": "550 no (address), and no (address)",
	} {
		if got := mailer.Redact(says, "jane.doe@example.org"); got != want {
			t.Errorf("of %q is kept %q, want %q", says, got, want)
		}
	}
}

func TestAServerThatHangsInTheLetterIsLeftAfterAWhile(t *testing.T) {
	in := start(t, inbox.Options{})
	s := sender(t, "smtp://"+in.Address(), mailer.Options{Patience: 2 * time.Second})
	in.Break(inbox.Fault{At: inbox.MidLetter, Hang: true, Times: 1})
	if err := s.Send(soon(t), envelope("one")); !errors.Is(err, mailer.ErrTemporary) || !strings.Contains(err.Error(), "the letter") {
		t.Errorf("got %v", err)
	}
	if err := s.Send(soon(t), envelope("one")); err != nil || len(in.Messages()) != 1 {
		t.Errorf("then %d letters, %v", len(in.Messages()), err)
	}
}

// busy is what a server says that wants to be left alone for a while.
func busy(at inbox.Stage) inbox.Fault {
	return inbox.Fault{At: at, Code: 421, Status: [3]int{4, 3, 2}, Say: "too many connections"}
}

func TestAServerThatGoesAwayInTheMiddleCostsOneAttempt(t *testing.T) {
	const drip = 300 * time.Millisecond // no answer is over before everybody here has left
	short := mailer.Options{Timeout: 3 * time.Second, Patience: 3 * time.Second}
	var all sync.WaitGroup // at once: some wait for their time to be over
	for name, c := range map[string]struct {
		fault   inbox.Fault
		options mailer.Options
		code    int
		says    string
		copies  int // in the end
	}{
		"421 at the greeting":              {busy(inbox.AtGreeting), mailer.Options{}, 421, "(connecting): 421 \"4.3.2 too many connections\"", 1},
		"421 in answer to STARTTLS":        {busy(inbox.AtStartTLS), mailer.Options{}, 421, "(connecting): 421 \"4.3.2 too many connections\"", 1},
		"421 after STARTTLS":               {busy(inbox.UnderTLS), mailer.Options{}, 421, "(connecting): 421 \"4.3.2 too many connections\"", 1},
		"closing at the greeting":          {inbox.Fault{At: inbox.AtGreeting, Drop: true}, mailer.Options{}, 0, "(connecting): the mail server hung up without an answer", 1},
		"closing after STARTTLS":           {inbox.Fault{At: inbox.UnderTLS, Drop: true}, mailer.Options{}, 0, "(connecting): the mail server hung up without an answer", 1},
		"closing after the final dot":      {inbox.Fault{At: inbox.AfterLetter, Drop: true}, mailer.Options{}, 0, "(the letter): the mail server hung up without an answer", 1},
		"closing once the letter is taken": {inbox.Fault{At: inbox.AfterTaking, Drop: true}, mailer.Options{}, 0, "(the letter): the mail server hung up without an answer", 2},
		"hanging at the greeting":          {inbox.Fault{At: inbox.AtGreeting, Hang: true}, short, 0, "(connecting): the mail server did not answer in time", 1},
		"slow bytes from the greeting on":  {inbox.Fault{At: inbox.AtGreeting, Slow: drip}, short, 0, "(connecting): the mail server did not answer in time", 1},
		"slow bytes after STARTTLS":        {inbox.Fault{At: inbox.UnderTLS, Slow: drip}, short, 0, "(connecting): the mail server did not answer in time", 1},
		"slow bytes from the sender on":    {inbox.Fault{At: inbox.AtSender, Slow: drip}, short, 0, "(the sender): the mail server did not answer in time", 1},
		"slow bytes after the letter":      {inbox.Fault{At: inbox.AfterLetter, Slow: drip}, short, 0, "(the letter): the mail server did not answer in time", 2},
	} {
		certificate, trusted := selfSigned(t)
		in := start(t, inbox.Options{Certificate: certificate})
		c.options.Roots = trusted
		ctx, s := soon(t), sender(t, "smtp://"+in.Address()+"?tls=starttls", c.options)
		c.fault.Times = 1
		in.Break(c.fault)
		all.Go(func() {
			err := s.Send(ctx, envelope("one"))
			var failure *mailer.Failure
			if !errors.As(err, &failure) || !errors.Is(err, mailer.ErrTemporary) || failure.Code != c.code || !strings.HasSuffix(err.Error(), c.says) {
				t.Errorf("%s: it says %v", name, err)
				return
			}
			if ctx.Err() != nil || failure.Unreachable() != strings.HasPrefix(c.says, "(connecting)") {
				t.Errorf("%s: it took until %v, and no connection could be had: %v", name, ctx.Err(), failure.Unreachable())
			}
			if err := s.Send(ctx, envelope("one")); err != nil || in.Connections() != 2 {
				t.Errorf("%s: the next attempt, over connection %d: %v", name, in.Connections(), err)
				return
			}
			arrived, err := in.Wait(ctx, c.copies)
			if err != nil || len(arrived) != c.copies || arrived[0].MessageID != arrived[c.copies-1].MessageID {
				t.Errorf("%s: %d letters arrived: %v", name, len(arrived), err)
			}
		})
	}
	all.Wait()
}

func TestAServerThatWantsNobodyIsLeftAloneForAWhile(t *testing.T) {
	in := start(t, inbox.Options{})
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	p := post(t, "smtp://"+in.Address(), mailer.Pace{}, func() time.Time { return now })
	in.Break(inbox.Fault{At: inbox.AtGreeting, Code: 421, Status: [3]int{4, 3, 2}, Say: "too many connections", Times: 1})
	for range 100 {
		if err := p.Send(soon(t), envelope("one")); !errors.Is(err, mailer.ErrTemporary) || !strings.Contains(err.Error(), "too many connections") {
			t.Fatal(err)
		}
	}
	if n := in.Connections(); n != 1 {
		t.Errorf("100 letters asked it %d times", n)
	}
	now = now.Add(time.Minute)
	if err := p.Send(soon(t), envelope("one")); err != nil || len(in.Messages()) != 1 {
		t.Errorf("then %d letters arrived: %v", len(in.Messages()), err)
	}
}

func TestASlowServerIsWaitedFor(t *testing.T) {
	certificate, trusted := selfSigned(t)
	for _, at := range []inbox.Stage{inbox.AtGreeting, inbox.AtStartTLS, inbox.UnderTLS, inbox.AtSender, inbox.AtRecipient, inbox.AfterLetter, inbox.AfterTaking} {
		in := start(t, inbox.Options{Certificate: certificate})
		s := sender(t, "smtp://"+in.Address()+"?tls=starttls", mailer.Options{Roots: trusted})
		in.Break(inbox.Fault{At: at, Slow: time.Microsecond, Times: 1})
		for _, id := range []string{"one", "two"} { // the second over the line that stays slow
			if err := s.Send(soon(t), envelope(id)); err != nil {
				t.Errorf("slow from %s on: %v", at, err)
			}
		}
		if len(in.Messages()) != 2 || in.Connections() != 1 {
			t.Errorf("slow from %s on: %d letters came over %d connections", at, len(in.Messages()), in.Connections())
		}
	}
}
