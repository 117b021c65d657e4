// Package lmtp is the door by which a mail server hands messages over (RFC
// 2033): it answers for each recipient when the message is durable for that
// one, and not before.
//
// It listens on this machine only. It refuses to know what a message says and
// where it is kept.
package lmtp

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"dsr/mailbox"
)

var (
	// ErrAddress says that the door cannot listen where it is told to.
	ErrAddress = errors.New("LMTP is spoken on this machine only: listen at 127.0.0.1:port, [::1]:port or unix:/path")
	// ErrRecipient says that the list of recipients cannot be as it is.
	ErrRecipient = errors.New("the list of recipients is not as it should be")
)

// The bounds of the door.
const (
	mostConnections = 16
	mostRecipients  = 100
	longestLine     = 1 << 20         // bytes; some programs write a page in one line, and refusing it would lose a request
	patience        = 5 * time.Minute // for a command, and for a whole message
	grace           = 20 * time.Second
)

// Server takes messages for some recipients.
type Server struct {
	// Recipients says whose mailbox an address is: its policy. The part of a
	// local part from its first + on is left out, so that privacy+abc@example.com
	// is privacy@example.com.
	Recipients map[string]string
	// Take keeps a message. Nil says that it is durable (250), mailbox.ErrRefused
	// that it never will be (554); any other error means later (451).
	Take func(ctx context.Context, d mailbox.Delivery) error
	Now  func() time.Time
	Log  *slog.Logger // never told an address or a word of a message
}

// Check reports a recipient that is no address or stands twice, as ErrRecipient.
func (s *Server) Check() error {
	seen := map[string]bool{}
	for address := range s.Recipients {
		local, host, found := cutAddress(address)
		if !found || local == "" || host == "" || strings.ContainsAny(local, "+ <>") {
			return fmt.Errorf("%w: %q is no address like privacy@example.com", ErrRecipient, address)
		}
		if seen[bare(address)] {
			return fmt.Errorf("%w: %q stands there twice", ErrRecipient, bare(address))
		}
		seen[bare(address)] = true
	}
	return nil
}

// Listen opens an address: 127.0.0.1:2424, or unix:/run/dsr/lmtp, whose group
// may write to it. What a dead process left at that path is removed.
func Listen(address string) (net.Listener, error) {
	path, isUnix := strings.CutPrefix(address, "unix:")
	if !isUnix {
		host, _, err := net.SplitHostPort(address)
		ip, errIP := netip.ParseAddr(host)
		if err != nil || errIP != nil || !ip.IsLoopback() {
			return nil, ErrAddress
		}
		return net.Listen("tcp", address)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Type() == os.ModeSocket {
		conn, err := net.Dial("unix", path)
		if err == nil {
			conn.Close()
			return nil, fmt.Errorf("another process listens at %s", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return listener, os.Chmod(path, 0o660)
}

// Serve takes messages until ctx ends, and then lets those under way come to
// their end. It closes the listener.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	if err := s.Check(); err != nil {
		listener.Close()
		return err
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{server: s, ctx: context.WithoutCancel(ctx)}, nil
	}))
	server.LMTP, server.Domain, server.EnableSMTPUTF8, server.ErrorLog = true, "localhost", true, quiet{s.Log}
	server.MaxMessageBytes, server.MaxRecipients, server.MaxLineLength = mailbox.MaxMessage, mostRecipients, longestLine
	server.ReadTimeout, server.WriteTimeout = patience, patience
	var closing sync.WaitGroup
	stop := context.AfterFunc(ctx, func() {
		defer closing.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		if err := server.Shutdown(late); err != nil {
			server.Close()
		}
	})
	closing.Add(1)
	err := server.Serve(&narrow{Listener: listener, free: make(chan struct{}, mostConnections)})
	if stop() { // not ended by ctx
		closing.Done()
		return errors.Join(err, server.Close())
	}
	closing.Wait()
	return nil
}

// quiet takes what the library logs: what went wrong with a connection, which
// may quote what came over it.
type quiet struct{ log *slog.Logger }

// Printf notes that there was something.
func (q quiet) Printf(string, ...any) { q.log.Warn("an LMTP connection failed") }

// Println notes that there was something.
func (q quiet) Println(...any) { q.log.Warn("an LMTP connection failed") }

// narrow lets in so many connections at a time. The others wait in the
// system's queue.
type narrow struct {
	net.Listener
	free chan struct{}
}

// Accept waits for a place, and then for a connection.
func (n *narrow) Accept() (net.Conn, error) {
	n.free <- struct{}{}
	conn, err := n.Listener.Accept()
	if err != nil {
		<-n.free
		return nil, err
	}
	return &placed{Conn: conn, leave: sync.OnceFunc(func() { <-n.free })}, nil
}

// placed is a connection that gives its place back.
type placed struct {
	net.Conn
	leave func()
}

// Close ends the connection.
func (p *placed) Close() error {
	defer p.leave()
	return p.Conn.Close()
}

// session is one connection, and the message under way on it.
type session struct {
	server     *Server
	ctx        context.Context
	sender     string
	recipients []recipient
}

type recipient struct{ address, policy string }

// Reset forgets the message under way.
func (s *session) Reset() { s.sender, s.recipients = "", nil }

// Logout ends the connection.
func (s *session) Logout() error { return nil }

// Mail begins a message. The null sender is written as such.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.sender = from
	if from == "" {
		s.sender = "<>"
	}
	return nil
}

// Rcpt takes an address that is ours.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	policy, ours := s.server.policyOf(to)
	if !ours {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox here"}
	}
	s.recipients = append(s.recipients, recipient{to, policy})
	return nil
}

// policyOf looks an address up, without what follows a + in its local part.
func (s *Server) policyOf(address string) (policy string, ours bool) {
	wanted := bare(address)
	for ours, policy := range s.Recipients {
		if bare(ours) == wanted {
			return policy, true
		}
	}
	return "", false
}

func bare(address string) string {
	local, host, _ := cutAddress(address)
	local, _, _ = strings.Cut(local, "+")
	return strings.ToLower(local + "@" + host)
}

func cutAddress(address string) (local, host string, found bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address, "", false
	}
	return address[:at], address[at+1:], true
}

// Data is how a message comes where the client does not want an answer for each
// recipient; LMTP always does.
func (s *session) Data(io.Reader) error { return errors.ErrUnsupported }

// LMTPData takes the message for each recipient. What breaks off is taken for
// none.
func (s *session) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	raw, err := io.ReadAll(r)
	switch {
	case errors.Is(err, smtp.ErrDataTooLarge):
		return smtp.ErrDataTooLarge
	case err != nil:
		return later("The message broke off")
	}
	now := s.server.Now()
	for _, to := range s.recipients {
		status.SetStatus(to.address, s.answer(s.server.Take(s.ctx, mailbox.Delivery{
			Policy: to.policy, Door: "lmtp", Source: source(raw, to.address), ReceivedAt: mailbox.ReceivedAt(raw, now),
			Recipient: to.address, Sender: s.sender, Raw: raw, Size: int64(len(raw)),
		})))
	}
	return nil
}

// source is the same for the same message to the same recipient. The message
// holds the trace line of the server that hands it over, which differs between
// two messages that a person sent twice, and not between two tries with one.
func source(raw []byte, recipient string) string {
	sum := sha256.New()
	sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(recipient))))
	io.WriteString(sum, recipient)
	sum.Write(raw)
	return fmt.Sprintf("lmtp:%x", sum.Sum(nil))
}

func later(sentence string) error {
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: sentence}
}

// answer is what the client is told. Why something failed stands in our log and
// is none of its business.
func (s *session) answer(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mailbox.ErrRefused):
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "This message will not be taken"}
	}
	s.server.Log.Error("a message could not be kept; the mail server will try again", "error", err)
	return later("Not now; try again later")
}
