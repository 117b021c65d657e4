package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"dsr/mailbox/imap"
	"dsr/mailbox/lmtp"
	"dsr/policies"
	"dsr/requests"
	"dsr/strict"
)

// mailFile is the file of --mail: by which doors mail comes in, and by which
// addresses answers find their way back.
type mailFile struct {
	Mailboxes []mailboxEntry `yaml:"mailboxes" validate:"dive"`
	LMTP      *lmtpEntry     `yaml:"lmtp"`
	Outgoing  outgoingEntry  `yaml:"outgoing"`

	name string
	data []byte
}

// mailboxEntry is a mailbox that is watched.
type mailboxEntry struct {
	Name         string        `yaml:"name" validate:"required"`
	Policy       string        `yaml:"policy" validate:"required"`
	Address      string        `yaml:"address" validate:"required"`
	Security     imap.Security `yaml:"security" validate:"required,oneof=tls starttls none"`
	User         string        `yaml:"user" validate:"required"`
	PasswordFile string        `yaml:"password_file"`
	TokenFile    string        `yaml:"token_file"`
	RootsFile    string        `yaml:"roots_file"`
	Folder       string        `yaml:"folder"`
	Done         string        `yaml:"done"`
	Poll         time.Duration `yaml:"poll"`
}

// lmtpEntry is the door for a mail server on this machine.
type lmtpEntry struct {
	Listen     string            `yaml:"listen" validate:"required"`
	Recipients map[string]string `yaml:"recipients" validate:"required,min=1"`
}

// outgoingEntry says what letters bear so that answers find their way back.
type outgoingEntry struct {
	ReplyAddresses map[string]string `yaml:"reply_addresses"`
	BounceAddress  string            `yaml:"bounce_address"`
	Limits         *paceEntry        `yaml:"limits"`
	DKIM           *dkimEntry        `yaml:"dkim"`
	SMIME          *smimeEntry       `yaml:"smime"`
}

// Every mailbox is polled at least so often, and at most.
const (
	leastPoll = 10 * time.Second
	mostPoll  = time.Hour
)

// processed is where taken messages go if the file does not say.
const processed = "dsr/Processed"

// tokenMark is what an address for answers holds in place of the mark of a
// request.
const tokenMark = "{token}"

// loadMail reads a mail file. Every fault names its line and column.
func loadMail(name string, book *policies.Book) (*mailFile, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	m := &mailFile{name: name, data: data}
	if err := strict.NewReader().Decode(name, data, m); err != nil {
		return nil, err
	}
	for _, check := range []func(*policies.Book) error{m.checkMailboxes, m.checkLMTP, m.checkOutgoing} {
		if err := check(book); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// at places a fault at the last line that holds a text.
func (m *mailFile) at(text string, sentence string, args ...any) error {
	return strict.At(m.name, m.data, text, fmt.Sprintf(sentence, args...))
}

func (m *mailFile) checkMailboxes(book *policies.Book) error {
	known := map[string]bool{}
	for _, e := range m.Mailboxes {
		if known[e.Name] {
			return m.at("name: "+e.Name, "there are two mailboxes of the name %s", e.Name)
		}
		known[e.Name] = true
		if _, err := book.Pack(e.Policy); err != nil {
			return m.at("policy: "+e.Policy, "there is no policy %s", e.Policy)
		}
		if (e.PasswordFile == "") == (e.TokenFile == "") {
			return m.at("name: "+e.Name, "%s needs either a password_file or a token_file", e.Name)
		}
		if e.Poll != 0 && (e.Poll < leastPoll || e.Poll > mostPoll) {
			return m.at("poll: ", "poll must be %v to %v", leastPoll, mostPoll)
		}
		for _, file := range []string{e.PasswordFile, e.TokenFile, e.RootsFile} {
			if _, err := os.Stat(file); file != "" && err != nil {
				return m.at(file, "the file %s cannot be read", file)
			}
		}
		account, err := e.account()
		if err == nil {
			err = account.Check()
		}
		if err != nil {
			return m.at("name: "+e.Name, "%v", err)
		}
	}
	return nil
}

func (m *mailFile) checkLMTP(book *policies.Book) error {
	if m.LMTP == nil {
		return nil
	}
	for address, policy := range m.LMTP.Recipients {
		if _, err := book.Pack(policy); err != nil {
			return m.at(address, "%s belongs to the policy %s, which there is not", address, policy)
		}
	}
	if err := (&lmtp.Server{Recipients: m.LMTP.Recipients}).Check(); err != nil {
		return m.at("recipients:", "%v", err)
	}
	return nil
}

// checkOutgoing sees that an answer to each address leads back to its request:
// the mark of one takes the place of {token}.
func (m *mailFile) checkOutgoing(book *policies.Book) error {
	if address := m.Outgoing.BounceAddress; address != "" {
		if err := m.checkMarked(address); err != nil {
			return err
		}
	}
	for policy, address := range m.Outgoing.ReplyAddresses {
		if _, err := book.Pack(policy); err != nil {
			return m.at(policy, "there is no policy %s", policy)
		}
		if err := m.checkMarked(address); err != nil {
			return err
		}
	}
	return nil
}

func (m *mailFile) checkMarked(address string) error {
	local, _, _ := strings.Cut(address, "@")
	_, err := requests.NormalAddress(strings.Replace(address, tokenMark, "mox-8h2d-5k.abcdefghij", 1))
	if strings.Count(local, tokenMark) != 1 || err != nil {
		return m.at(address, "write it like privacy+{token}@example.com: the mark of a request takes the place of {token}")
	}
	return nil
}

// routes is what letters bear so that answers find their way back.
func (m *mailFile) routes() requests.MailRoutes {
	if m == nil {
		return requests.MailRoutes{}
	}
	return requests.MailRoutes{Replies: m.Outgoing.ReplyAddresses, Bounces: m.Outgoing.BounceAddress}
}

// account is a mailbox as the watcher takes it. Its secret is read anew at each
// sign-in.
func (e *mailboxEntry) account() (imap.Account, error) {
	a := imap.Account{
		Name: e.Name, Policy: e.Policy, Address: e.Address, Security: e.Security, User: e.User,
		Folder: e.Folder, Done: e.Done, Poll: e.Poll,
	}
	if e.Done == "" {
		a.Done = processed
	}
	if e.PasswordFile != "" {
		a.Password = func() (string, error) { return secret(e.PasswordFile) }
	}
	if e.TokenFile != "" {
		a.Token = func(context.Context) (string, error) { return secret(e.TokenFile) }
	}
	if e.RootsFile == "" {
		return a, nil
	}
	pem, err := os.ReadFile(e.RootsFile)
	if err != nil {
		return a, err
	}
	a.Roots = x509.NewCertPool()
	if !a.Roots.AppendCertsFromPEM(pem) {
		return a, errors.New("roots_file holds no certificate (PEM)")
	}
	return a, nil
}

// secret reads the only line of a file.
func secret(file string) (string, error) {
	content, err := os.ReadFile(file)
	text := strings.TrimRight(string(content), "\r\n")
	if err == nil && text == "" {
		return "", fmt.Errorf("the file %s is empty", file)
	}
	return text, err
}
