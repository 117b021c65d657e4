package mailer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// Sender sends letters to one SMTP server over one connection, which it keeps
// between letters and opens again when it is gone. Give each worker its own;
// calls on the same Sender wait for each other.
type Sender struct {
	server  Server
	options Options
	turn    chan struct{} // holds one token while somebody sends
	line    *line         // nil when not connected
}

// Options are what a Sender needs beyond its server. The zero value is usable.
type Options struct {
	Name    string         // the host name given in EHLO; default: the domain of the first sender
	Roots   *x509.CertPool // who may vouch for the server; default: the system's
	Timeout time.Duration  // the longest that connecting may take; default one minute
	// Patience is how long one letter may take over an open connection; default
	// ten minutes, which a server may take to say that it has a letter (RFC 5321,
	// 4.5.3.2.6): who hangs up earlier sends it twice.
	Patience time.Duration
	Signing  Signing // how letters are signed; the zero value: not at all
}

// line is an open connection.
type line struct {
	client *gomail.Client
	smtp   *smtp.Client
	conn   net.Conn
	kept   bool // since a letter before
}

// NewSender returns a Sender. It connects when the first letter is sent.
func NewSender(server Server, options Options) *Sender {
	if options.Timeout <= 0 {
		options.Timeout = time.Minute
	}
	if options.Patience <= 0 {
		options.Patience = 10 * time.Minute
	}
	return &Sender{server: server, options: options, turn: make(chan struct{}, 1)}
}

// Send sends one letter and returns when the server has taken it. Any error is
// a *Failure, temporary or permanent. When the connection breaks after the
// letter was handed over and before the server said so, the failure is
// temporary and the letter may arrive twice, both times with its Message-ID.
func (s *Sender) Send(ctx context.Context, e Envelope) error {
	p, err := e.packet(s.options.Signing)
	if err != nil {
		return badEnvelope(err)
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return noLine(ctx, ctx.Err())
	}
	kept := s.line != nil
	failure := s.attempt(ctx, p)
	if kept && failure != nil && errors.Is(failure, errStale) {
		failure = s.attempt(ctx, p)
	}
	if failure == nil {
		return nil
	}
	return failure
}

// packet is a letter as it travels.
type packet struct {
	from, to   string // of the envelope
	domain     string // of the sender, for EHLO
	envelopeID string
	wide       bool // an address needs SMTPUTF8
	raw        []byte
}

// packet writes a letter and signs it.
func (e Envelope) packet(signing Signing) (p *packet, err error) {
	m, wide, err := e.message()
	if err != nil {
		return nil, err
	}
	from, err := m.GetSender(false)
	if err != nil {
		return nil, err
	}
	p = &packet{from: strings.Trim(from, "<>"), to: m.GetTo()[0].Address, domain: senderDomain(m), envelopeID: e.EnvelopeID, wide: wide}
	p.raw, err = signing.write(m, e.Date)
	return p, err
}

// errStale says that a kept connection was found closed before anything was
// sent over it, so that the letter can go over a new one at once.
var errStale = errors.New("the connection was closed in the meantime")

// attempt sends over the connection that is open, or opens one. It drops the
// connection when it is of no more use, and keeps it after a plain refusal.
func (s *Sender) attempt(ctx context.Context, p *packet) *Failure {
	if s.line == nil {
		opened, err := s.dial(ctx, p.domain)
		if err != nil {
			return noLine(ctx, err)
		}
		s.line = opened
	}
	if offered, _ := s.line.smtp.Extension("SMTPUTF8"); p.wide && !offered {
		return badEnvelope(errors.New("the address has letters outside ASCII and the server does not take them"))
	}
	at, err := s.line.send(ctx, p, s.options)
	if err == nil {
		return nil
	}
	failure := refusal(ctx, at, err, p.to)
	if failure.lineBroken() || s.line.smtp.Reset() != nil { // RFC 5321, 4.1.1.5
		s.line.conn.Close()
		s.line = nil
	}
	if errors.Is(err, errStale) && ctx.Err() == nil {
		failure.cause = errStale
	}
	return failure
}

// send uses the connection for one letter, closing it when the context ends. It
// returns at which step it failed.
func (l *line) send(ctx context.Context, p *packet, o Options) (at string, err error) {
	stop := context.AfterFunc(ctx, func() { l.conn.Close() })
	defer stop()
	if err := errors.Join(l.lives(o.Timeout), l.smtp.UpdateDeadline(o.Patience)); err != nil {
		return "the connection", errors.Join(errStale, err)
	}
	l.kept = true
	l.smtp.SkipSMTPUTF8(!p.wide)
	l.smtp.SetDSNMailReturnOption(reportWanted(p.envelopeID))
	l.smtp.SetDSNRcptNotifyOption("FAILURE,DELAY")
	if err := l.smtp.Mail("<" + p.from + ">"); err != nil {
		return "the sender", err
	}
	if err := l.smtp.Rcpt("<" + p.to + ">"); err != nil {
		return "the recipient", err
	}
	body, err := l.smtp.Data()
	if err != nil {
		return "the letter", err
	}
	if _, err := body.Write(p.raw); err != nil {
		return "the letter", err // without its end: the server must not take a part for the whole
	}
	return "the letter", body.Close()
}

// lives asks whether a connection that was kept is still there. Whatever is
// answered shows that it is, but for a good-bye (421): some servers know no NOOP,
// and that says nothing about the letter.
func (l *line) lives(timeout time.Duration) error {
	// The deadline of the letter before may have passed while nothing was sent.
	if err := l.smtp.UpdateDeadline(timeout); err != nil || !l.kept {
		return err
	}
	err := l.smtp.Noop()
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code != goodBye {
		return nil
	}
	return err
}

// reportWanted is what MAIL FROM says of reports after "RET=": send our head
// back and not the letter, under its ID (RFC 3461, 4.3 and 4.4; the encoding is
// that of section 4). Servers that know no such reports are not told.
func reportWanted(envelopeID string) string {
	if envelopeID == "" {
		return "HDRS"
	}
	var text strings.Builder
	for _, b := range []byte(envelopeID) {
		if b == '+' || b == '=' {
			fmt.Fprintf(&text, "+%02X", b)
			continue
		}
		text.WriteByte(b)
	}
	return "HDRS ENVID=" + text.String()
}

// dial connects, protects the connection and signs in.
func (s *Sender) dial(ctx context.Context, domain string) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	l := &line{}
	stop := func() bool { return true }
	connect := func(dialling context.Context, network, _ string) (net.Conn, error) {
		var dialer net.Dialer
		conn, err := dialer.DialContext(dialling, network, s.server.address())
		if err != nil {
			return nil, err
		}
		l.conn = conn
		stop = context.AfterFunc(ctx, func() { conn.Close() })
		if s.server.security != implicitTLS {
			return conn, nil
		}
		secured := tls.Client(conn, s.tlsConfig())
		return secured, secured.HandshakeContext(dialling)
	}
	client, err := gomail.NewClient(s.server.Host, s.clientOptions(connect, domain)...)
	if err != nil {
		return nil, err
	}
	l.client = client
	l.smtp, err = client.DialToSMTPClientWithContext(ctx)
	stop()
	if err != nil && l.conn != nil {
		l.conn.Close() // go-mail leaves it open when the greeting or TLS fails
	}
	return l, err
}

// tlsConfig always checks the server's certificate: there is no switch for it.
func (s *Sender) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.server.Host, RootCAs: s.options.Roots, MinVersion: tls.VersionTLS12}
}

// clientOptions are go-mail's settings. Sign-in prefers what does not send the
// password itself; PLAIN and LOGIN need TLS or this machine.
func (s *Sender) clientOptions(connect gomail.DialContextFunc, domain string) []gomail.Option {
	name := s.options.Name
	if name == "" {
		name = domain
	}
	policy := gomail.NoTLS
	if s.server.security == startTLS {
		policy = gomail.TLSMandatory
	}
	options := []gomail.Option{
		gomail.WithPort(s.server.Port), gomail.WithHELO(name), gomail.WithTimeout(s.options.Patience),
		gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(s.tlsConfig()), gomail.WithDialContextFunc(connect),
	}
	if s.server.User != "" {
		options = append(options,
			gomail.WithUsername(s.server.User), gomail.WithPassword(s.server.password()),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5))
	}
	return options
}

// senderDomain is what the EHLO says unless the options name a host: a name
// the receiver can look up, and not that of the machine.
func senderDomain(m *gomail.Msg) string {
	from := m.GetFrom()[0].Address
	return from[strings.LastIndexByte(from, '@')+1:]
}

// Close says good-bye to the server, waiting a few seconds at most, and closes
// the connection. The Sender can be used again.
func (s *Sender) Close() {
	const patience = 5 * time.Second
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if s.line == nil {
		return
	}
	if s.line.smtp.UpdateDeadline(patience) == nil {
		_ = s.line.client.CloseWithSMTPClient(s.line.smtp) // the letters are out, whatever the answer
	}
	s.line.conn.Close()
	s.line = nil
}
