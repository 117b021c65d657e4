package inbox

import (
	"crypto/subtle"
	"io"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one connection's talk with the mailbox.
type session struct {
	inbox    *Inbox
	conn     *smtp.Conn
	signedIn bool
	from     string
	to       []string
	reports  string
}

// AuthMechanisms offers a sign-in when the mailbox wants one.
func (s *session) AuthMechanisms() []string {
	if s.inbox.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth checks user and password.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		want := s.inbox.options
		if subtle.ConstantTimeCompare([]byte(user+"\x00"+password), []byte(want.User+"\x00"+want.Password)) != 1 {
			return smtp.ErrAuthFailed
		}
		s.signedIn = true
		return nil
	}), nil
}

// Mail begins a letter.
func (s *session) Mail(from string, options *smtp.MailOptions) error {
	if s.inbox.options.User != "" && !s.signedIn {
		return smtp.ErrAuthRequired
	}
	s.from, s.reports = from, strings.TrimSpace(string(options.Return)+" "+options.EnvelopeID)
	return s.inbox.misbehave(AtSender, s.conn.Conn())
}

// Rcpt adds a recipient.
func (s *session) Rcpt(to string, options *smtp.RcptOptions) error {
	if err := s.inbox.misbehave(AtRecipient, s.conn.Conn()); err != nil {
		return err
	}
	s.to = append(s.to, to)
	for i, occasion := range options.Notify {
		s.reports += [...]string{" ", ","}[min(i, 1)] + string(occasion)
	}
	return nil
}

// Data takes the letter itself.
func (s *session) Data(r io.Reader) error {
	if s.inbox.faulty(MidLetter) {
		_, _ = io.CopyN(io.Discard, r, 64)
		return s.inbox.misbehave(MidLetter, s.conn.Conn())
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.inbox.misbehave(AfterLetter, s.conn.Conn()); err != nil {
		return err
	}
	m, err := parse(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "the letter cannot be read: " + err.Error()}
	}
	m.From, m.To, m.Reports = s.from, append([]string{}, s.to...), s.reports
	s.inbox.keep(m)
	if s.inbox.faulty(AfterTaking) {
		return s.inbox.misbehave(AfterTaking, s.conn.Conn())
	}
	return nil
}

// Reset forgets a letter that was begun.
func (s *session) Reset() { s.from, s.to, s.reports = "", nil, "" }

// Logout ends the talk.
func (s *session) Logout() error { return nil }
