// Package imap watches one mailbox of an IMAP server (RFC 3501, RFC 9051): it
// hands each new message on, marks it and moves it aside, and goes on where it
// stopped. It deletes nothing and expunges nothing but what MOVE itself does.
//
// It hands a message on at least once, each time under the same source, and
// marks it after it is known to be durable: whoever takes messages knows them
// by their source. It trusts the server with no byte and no minute more than a
// command needs.
//
// It refuses to know what a message says, where positions are kept, and who
// else may watch.
package imap

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"

	"dsr/mailbox"
)

// Security is how a connection is protected.
type Security string

// The kinds of protection.
const (
	TLS      Security = "tls"      // from the first byte; port 993
	StartTLS Security = "starttls" // begins in the clear and refuses to go on without TLS; port 143
	None     Security = "none"     // on this machine only
)

var (
	// ErrAccount says that a mailbox cannot be watched as it is described.
	ErrAccount = errors.New("the mailbox cannot be watched as it is described")
	// ErrSignIn says that the server took neither name nor secret.
	ErrSignIn = errors.New("the mail server refuses the sign-in")
	// ErrCertificate says that the server could not prove who it is.
	ErrCertificate = errors.New("the certificate of the mail server is not believed")
	// ErrSilent says that the server took longer over an answer than it may.
	ErrSilent = errors.New("the mail server does not answer in time")
	// ErrFlood says that the server sent more than an answer can need.
	ErrFlood = errors.New("the mail server sends more than it was asked for")
	// ErrProtocol says that the server's answers make no sense.
	ErrProtocol = errors.New("the mail server does not keep to IMAP")
)

// Account is a mailbox and how to get into it: by a password or, where Token
// is set, by OAuth 2 (OAUTHBEARER of RFC 7628, else XOAUTH2). Secrets are asked
// for at each sign-in, so that they may change while it is watched.
type Account struct {
	Name     string // of the mailbox in sources, logs and positions; letters, digits, - and _
	Policy   string // whose mailbox it is
	Address  string // host:port; the host is the name that the certificate must have
	Security Security
	User     string
	Password func() (string, error)
	Token    func(ctx context.Context) (string, error)
	Folder   string         // that is watched; "" is INBOX
	Done     string         // that taken messages are moved to, levels parted by /; "" leaves them, marked
	Poll     time.Duration  // between two looks where nothing was heard; 0 is two minutes
	Roots    *x509.CertPool // who vouches for the server; nil: whom the system trusts
}

// The defaults of what an account and a watcher leave open.
const (
	inbox        = "INBOX"
	usualPoll    = 2 * time.Minute
	longestIdle  = 25 * time.Minute // servers may hang up after 30 (RFC 2177)
	usualPause   = 2 * time.Second
	longestPause = 5 * time.Minute
	patience     = time.Minute
)

// Check reports what keeps an account from being watched, as ErrAccount.
func (a Account) Check() error {
	host, _, err := net.SplitHostPort(a.Address)
	switch {
	case a.Name == "" || strings.ContainsFunc(a.Name, oddInName):
		return fmt.Errorf("%w: its name must be of letters, digits, - and _", ErrAccount)
	case a.Policy == "":
		return fmt.Errorf("%w: %s names no policy", ErrAccount, a.Name)
	case err != nil || host == "":
		return fmt.Errorf("%w: the address of %s is not like imap.example.com:993", ErrAccount, a.Name)
	case a.Security != TLS && a.Security != StartTLS && a.Security != None:
		return fmt.Errorf("%w: the security of %s must be tls, starttls or none", ErrAccount, a.Name)
	case a.Security == None && !onLoopback(host):
		return fmt.Errorf("%w: %s would be read over the network without TLS", ErrAccount, a.Name)
	case a.User == "" || (a.Password == nil) == (a.Token == nil):
		return fmt.Errorf("%w: %s needs a user and either a password or a token", ErrAccount, a.Name)
	case strings.ContainsAny(a.Folder+a.Done, "*%\r\n"):
		return fmt.Errorf("%w: a folder of %s has a character that no folder can have", ErrAccount, a.Name)
	case a.Poll < 0:
		return fmt.Errorf("%w: the time between two looks at %s is negative", ErrAccount, a.Name)
	}
	return nil
}

func oddInName(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// onLoopback judges by the name alone: a look-up could be led astray.
func onLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

func (a Account) folder() string {
	if a.Folder == "" {
		return inbox
	}
	return a.Folder
}

// Place is where a watcher keeps how far it read. UIDs count in a folder of one
// UIDVALIDITY; both are zero where nothing was read yet.
type Place struct {
	Position func(ctx context.Context) (validity, uid uint32, err error)
	Save     func(ctx context.Context, validity, uid uint32) error
	Fault    func(ctx context.Context, sentence string) error // the mailbox cannot be read, and why
}

// Watcher watches one mailbox. Only one should run per mailbox: two lose nothing
// and hand nothing on under two sources, but some servers then leave a second
// copy in Done.
type Watcher struct {
	Account Account
	// Take keeps a message. Nil says that it is durable, mailbox.ErrRefused that
	// it never will be; any other error means later.
	Take  func(ctx context.Context, d mailbox.Delivery) error
	Place Place
	Log   *slog.Logger // never told an address, a secret or a word of a message

	Patience     time.Duration // for one answer of the server; 0 is a minute
	Pause        time.Duration // after the first failure, doubled after each further one; 0 is two seconds
	LongestPause time.Duration // 0 is five minutes

	// stumbled holds the messages of the folder at which the last visits ended,
	// so that the next one begins with the others.
	stumbled map[uint32]bool
	validity uint32 // of the folder that stumbled counts in
}

// Run watches until ctx ends, and then returns nil. Whatever fails is told to
// Log and Place and tried again after a pause; only an account that cannot be
// watched at all is an error.
func (w *Watcher) Run(ctx context.Context) error {
	if err := w.Account.Check(); err != nil {
		return err
	}
	pause := w.first()
	for {
		looked, err := w.visit(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if looked {
			pause = w.first()
		}
		w.tell(ctx, err)
		if !rest(ctx, pause/2+rand.N(pause/2+1)) {
			return nil
		}
		pause = min(2*pause, or(w.LongestPause, longestPause))
	}
}

func (w *Watcher) first() time.Duration { return or(w.Pause, usualPause) }

// visit connects once and looks until something fails. It says whether it
// could look at all.
func (w *Watcher) visit(ctx context.Context) (looked bool, err error) {
	v, err := w.open(ctx)
	if err != nil {
		return false, err
	}
	defer v.close()
	for {
		if err := v.look(ctx); err != nil {
			return looked, err
		}
		looked = true
		if err := v.listen(ctx); err != nil {
			return looked, err
		}
	}
}

func (w *Watcher) tell(ctx context.Context, err error) {
	w.Log.Warn("a mailbox cannot be read", "mailbox", w.Account.Name, "error", err)
	if err := w.Place.Fault(ctx, err.Error()); err != nil {
		w.Log.Warn("the state of a mailbox cannot be written down", "mailbox", w.Account.Name, "error", err)
	}
}

// rest waits, and reports whether ctx is still alive.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}
