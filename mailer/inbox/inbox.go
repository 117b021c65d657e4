// Package inbox is an SMTP server in memory: the built-in mailbox that shows
// each letter as it was sent, and the other end of the wire in tests.
//
// It listens on loopback only, takes every letter and keeps the last ones. A
// Fault makes it behave as badly as real servers do. It relays nothing, stores
// nothing on disk and knows nothing of what letters mean.
package inbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"sync"

	"github.com/emersion/go-smtp"
)

// ErrNotLoopback is returned for an address other machines could reach.
var ErrNotLoopback = errors.New("the built-in mailbox listens on this machine only")

// Options say how the mailbox listens. The zero value listens on a free port
// of 127.0.0.1 and keeps 200 letters.
type Options struct {
	Address     string           // "127.0.0.1:1025"; a loopback address
	Keep        int              // letters kept, the oldest go first
	Certificate *tls.Certificate // offers STARTTLS with it
	ImplicitTLS bool             // begins with TLS instead; needs Certificate
	User        string           // when set, nobody may send without signing in
	Password    string
	SMTPUTF8    bool // takes addresses outside ASCII (RFC 6531)
	DSN         bool // notes which reports are wanted (RFC 3461)
}

// Inbox is a running mailbox.
type Inbox struct {
	options  Options
	server   *smtp.Server
	listener *listener
	closing  chan struct{} // closed when the mailbox closes
	closed   sync.Once
	served   chan struct{} // closed when nobody is accepted any more

	mu       sync.Mutex
	messages []Message
	arrived  int           // letters ever taken
	news     chan struct{} // closed and replaced when a letter arrives
	fault    *Fault
}

// Start opens a mailbox. Close it when done.
func Start(options Options) (*Inbox, error) {
	if options.Address == "" {
		options.Address = "127.0.0.1:0"
	}
	if options.Keep <= 0 {
		options.Keep = 200
	}
	address, err := netip.ParseAddrPort(options.Address)
	if err != nil || !address.Addr().IsLoopback() {
		return nil, fmt.Errorf("%w: %q is not a loopback address with a port", ErrNotLoopback, options.Address)
	}
	door, err := net.Listen("tcp", options.Address)
	if err != nil {
		return nil, fmt.Errorf("the built-in mailbox: %w", err)
	}
	in := &Inbox{
		options: options,
		closing: make(chan struct{}), served: make(chan struct{}), news: make(chan struct{}),
	}
	in.listener = &listener{Listener: door, inbox: in}
	in.server = in.newServer()
	var accept net.Listener = in.listener
	if options.ImplicitTLS {
		accept = tls.NewListener(in.listener, in.server.TLSConfig)
	}
	go func() {
		defer close(in.served)
		_ = in.server.Serve(accept) // ends with Close
	}()
	return in, nil
}

// newServer sets the server up as the options say. A password may travel
// without TLS only where no certificate is there to protect it.
func (in *Inbox) newServer() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		if _, secured := c.TLSConnectionState(); secured {
			if err := in.misbehave(UnderTLS, c.Conn()); err != nil {
				return nil, err
			}
		}
		return &session{inbox: in, conn: c}, nil
	}))
	s.Domain = "localhost"
	s.ErrorLog = log.New(io.Discard, "", 0)
	s.MaxMessageBytes = 32 << 20
	s.MaxRecipients = 100
	s.EnableSMTPUTF8 = in.options.SMTPUTF8
	s.EnableDSN = in.options.DSN
	s.AllowInsecureAuth = in.options.Certificate == nil
	if in.options.Certificate != nil {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*in.options.Certificate}, MinVersion: tls.VersionTLS12}
	}
	return s
}

// Address is where the mailbox listens: "127.0.0.1:1025".
func (in *Inbox) Address() string { return in.listener.Addr().String() }

// Connections counts the connections ever opened.
func (in *Inbox) Connections() int {
	in.listener.mu.Lock()
	defer in.listener.mu.Unlock()
	return in.listener.accepted
}

// Messages lists the letters kept, the newest first.
func (in *Inbox) Messages() []Message {
	in.mu.Lock()
	defer in.mu.Unlock()
	list := make([]Message, len(in.messages))
	for i, m := range in.messages {
		list[len(list)-1-i] = m
	}
	return list
}

// Message returns the letter with a number, and whether it is still kept.
func (in *Inbox) Message(number int) (Message, bool) {
	for _, m := range in.Messages() {
		if m.Number == number {
			return m, true
		}
	}
	return Message{}, false
}

// Wait returns the letters kept, the newest first, as soon as n have arrived
// since the start.
func (in *Inbox) Wait(ctx context.Context, n int) ([]Message, error) {
	for {
		in.mu.Lock()
		arrived, news := in.arrived, in.news
		in.mu.Unlock()
		if arrived >= n {
			return in.Messages(), nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d letters arrived: %w", arrived, n, ctx.Err())
		}
	}
}

// WaitFor returns the newest letter that fits, as soon as there is one.
func (in *Inbox) WaitFor(ctx context.Context, fits func(Message) bool) (Message, error) {
	for {
		in.mu.Lock()
		news := in.news
		in.mu.Unlock()
		for _, m := range in.Messages() {
			if fits(m) {
				return m, nil
			}
		}
		select {
		case <-news:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("no letter fits: %w", ctx.Err())
		}
	}
}

// keep takes a letter, lets the oldest go and wakes whoever waits.
func (in *Inbox) keep(m Message) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.arrived++
	m.Number = in.arrived
	in.messages = append(in.messages, m)
	if extra := len(in.messages) - in.options.Keep; extra > 0 {
		in.messages = append([]Message{}, in.messages[extra:]...)
	}
	close(in.news)
	in.news = make(chan struct{})
}

// Close stops listening and ends every connection.
func (in *Inbox) Close() error {
	in.closed.Do(func() { close(in.closing) })
	err := in.server.Close()
	// The server forgets a listener it has not begun to serve, and connections
	// it has accepted but not begun to answer.
	in.listener.Close()
	<-in.served
	in.Hangup()
	if errors.Is(err, smtp.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Hangup ends every open connection, as a server does that was restarted.
func (in *Inbox) Hangup() { in.listener.hangup() }
