package imap_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"dsr/internal/mailhost"
	"dsr/mailbox"
	"dsr/mailbox/imap"
)

// soon is how long a test waits for what must come.
const soon = 20 * time.Second

// ledger is who takes the messages of a test: it knows a message by its source,
// as the real one does, and remembers how far the mailbox was read.
type ledger struct {
	t      *testing.T
	answer func(n int, d mailbox.Delivery) error // to the nth delivery, from 1; nil takes all
	took   chan mailbox.Delivery                 // each delivery that is new
	faults chan string
	log    bytes.Buffer

	mu            sync.Mutex
	n             int
	sources       []string // of all deliveries
	validity, uid uint32
}

func newLedger(t *testing.T) *ledger {
	return &ledger{t: t, took: make(chan mailbox.Delivery, 1000), faults: make(chan string, 10)}
}

func (l *ledger) take(_ context.Context, d mailbox.Delivery) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	known := slices.Contains(l.sources, d.Source)
	if l.answer != nil {
		if err := l.answer(l.n, d); err != nil {
			return err
		}
	}
	l.sources = append(l.sources, d.Source)
	if !known {
		l.took <- d
	}
	return nil
}

// Write takes in the log.
func (l *ledger) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Write(p)
}

func (l *ledger) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.String()
}

func (l *ledger) place() imap.Place {
	return imap.Place{
		Position: func(context.Context) (uint32, uint32, error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.validity, l.uid, nil
		},
		Save: func(_ context.Context, validity, uid uint32) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.validity, l.uid = validity, uid
			return nil
		},
		Fault: func(_ context.Context, sentence string) error {
			select {
			case l.faults <- sentence:
			default: // the test has seen enough
			}
			return nil
		},
	}
}

// watch runs a watcher until the function it returns is called, or the test ends.
func (l *ledger) watch(a imap.Account) (stop func()) {
	w := &imap.Watcher{
		Account: a, Take: l.take, Place: l.place(), Log: slog.New(slog.NewTextHandler(l, nil)),
		Patience: soon, Pause: 10 * time.Millisecond, LongestPause: 50 * time.Millisecond,
	}
	return l.run(w)
}

func (l *ledger) run(w *imap.Watcher) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				l.t.Error(err)
			}
		case <-time.After(soon):
			l.t.Error("the watcher does not end")
		}
	})
	l.t.Cleanup(stop)
	return stop
}

// next waits for the next new message.
func (l *ledger) next() mailbox.Delivery {
	l.t.Helper()
	select {
	case d := <-l.took:
		return d
	case <-time.After(soon):
		l.t.Fatalf("no message was taken; the log says:\n%s", l.said())
		return mailbox.Delivery{}
	}
}

// fault waits for the next fault.
func (l *ledger) fault() string {
	l.t.Helper()
	select {
	case s := <-l.faults:
		return s
	case <-time.After(soon):
		l.t.Fatalf("there was no fault; the log says:\n%s", l.said())
		return ""
	}
}

func (l *ledger) position() (validity, uid uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.validity, l.uid
}

// until looks again and again whether something has come about.
func until(t *testing.T, what string, true func() bool) {
	t.Helper()
	late := time.After(soon)
	turn := time.NewTicker(10 * time.Millisecond)
	defer turn.Stop()
	for !true() {
		select {
		case <-turn.C:
		case <-late:
			t.Fatal("it does not come about that " + what)
		}
	}
}

func account(host *mailhost.Dovecot) imap.Account {
	return imap.Account{
		Name: "moxora", Policy: "moxora", Address: host.IMAP, Security: imap.None, User: "privacy", Poll: time.Hour,
		Password: func() (string, error) { return mailhost.Password, nil }, Done: "dsr/Processed",
	}
}

// done is how Dovecot writes the folder of taken messages.
const done = "dsr.Processed"

func message(n int) []byte {
	return fmt.Appendf(nil, "From: Lena <lena@example.org>\r\nMessage-ID: <%d@example.org>\r\nSubject: Request %d\r\n\r\nWhat do you hold about me?\r\n", n, n)
}

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
