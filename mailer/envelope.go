package mailer

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
)

// Envelope is a message with everything that goes around it.
type Envelope struct {
	MessageID  string   // without < >, the same for each attempt: "MOX-4K7P-92.17@privacy.example.org"
	From       string   // "Moxora privacy team <privacy@moxora.example>"
	ReplyTo    string   // may be empty
	To         string   // one address; a name beside it is left out
	InReplyTo  string   // message ID this one answers, may be empty
	References []string // message IDs of the conversation, may be empty
	Date       time.Time
	Subject    string
	Text, HTML string
	Language   string // of both versions, as RFC 5646 writes it: "pt-PT"; may be empty
	// Answers says that the letter is the automatic answer to a message of its
	// reader, whose ID is in InReplyTo (RFC 3834).
	Answers bool
	// BounceTo is where mail servers report on this letter (MAIL FROM of RFC
	// 5321); "": the address in From.
	BounceTo string
	// EnvelopeID is what they repeat in their reports, where they offer that
	// (ENVID of RFC 3461); may be empty.
	EnvelopeID string
}

// messageID is the dot-atom form of RFC 5322, 3.6.4, which every mail program
// reads back unchanged.
var messageID = regexp.MustCompile(`^[!#-'*+\-./0-9=?A-Z^-~]+@[!#-'*+\-./0-9=?A-Z^-~]+$`)

// Nameable reports whether a letter can name a message by this ID. What others
// call theirs may be of forms that RFC 5322 knows and a header line does not
// carry safely, or of none: whoever writes a letter leaves those out.
func Nameable(id string) bool { return len(id) <= 250 && messageID.MatchString(id) }

// message builds what go-mail sends, and reports whether an address needs a
// server that takes letters outside ASCII (SMTPUTF8, RFC 6531).
func (e Envelope) message() (m *gomail.Msg, wide bool, err error) {
	if err := e.check(); err != nil {
		return nil, false, err
	}
	m = gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	for _, header := range []struct {
		name gomail.AddrHeader
		text string
	}{{gomail.HeaderFrom, e.From}, {gomail.HeaderTo, e.To}, {gomail.HeaderReplyTo, e.ReplyTo}} {
		if header.text == "" && header.name == gomail.HeaderReplyTo {
			continue
		}
		address, isWide, err := parseAddress(header.text)
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", header.name, err)
		}
		if header.name == gomail.HeaderTo {
			address.Name = ""
		}
		m.SetAddrHeaderFromMailAddress(header.name, address)
		wide = wide || isWide
	}
	if e.BounceTo != "" {
		address, _, err := parseAddress(e.BounceTo)
		if err != nil {
			return nil, false, fmt.Errorf("the address of reports: %w", err)
		}
		m.EnvelopeFromMailAddress(address)
	}
	m.SetMessageIDWithValue(e.MessageID)
	m.SetDateWithValue(e.Date)
	m.Subject(e.Subject)
	submitted := "auto-generated" // RFC 3834: no vacation replies, please
	if e.Answers {
		submitted = "auto-replied"
	}
	m.SetGenHeader("Auto-Submitted", submitted)
	if e.Language != "" {
		m.SetGenHeader(gomail.HeaderContentLang, e.Language)
	}
	if e.InReplyTo != "" {
		m.SetGenHeader(gomail.HeaderInReplyTo, "<"+e.InReplyTo+">")
	}
	if len(e.References) > 0 {
		m.SetGenHeader(gomail.HeaderReferences, "<"+strings.Join(e.References, "> <")+">")
	}
	m.SetBodyString(gomail.TypeTextPlain, e.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, e.HTML)
	return m, wide, nil
}

// check refuses what would break out of a header, and what is missing.
func (e Envelope) check() error {
	for _, header := range [][2]string{
		{"From", e.From}, {"To", e.To}, {"Reply-To", e.ReplyTo}, {"Subject", e.Subject}, {"Message-ID", e.MessageID},
		{"the address of reports", e.BounceTo}, {"Content-Language", e.Language},
	} {
		if strings.ContainsFunc(header[1], unicode.IsControl) {
			return fmt.Errorf("%s holds a line break or another control character", header[0])
		}
	}
	if len(e.EnvelopeID) > 80 || strings.ContainsFunc(e.EnvelopeID, func(r rune) bool { return r < '!' || r > '~' }) {
		return errors.New("the envelope ID is too long or not plain")
	}
	ids := append([]string{e.MessageID}, e.References...)
	if e.InReplyTo != "" {
		ids = append(ids, e.InReplyTo)
	}
	for _, id := range ids {
		if !Nameable(id) {
			return errors.New("a message ID is missing or not of the form name@host")
		}
	}
	if e.Date.IsZero() || e.Subject == "" || strings.TrimSpace(e.Text) == "" || strings.TrimSpace(e.HTML) == "" {
		return errors.New("date, subject, text or HTML is missing")
	}
	return nil
}

// parseAddress reads one address and turns an internationalised domain into
// ASCII (RFC 5891). Its errors never quote the address.
func parseAddress(text string) (address *mail.Address, wide bool, err error) {
	address, err = mail.ParseAddress(text)
	if err != nil {
		return nil, false, errors.New("it is not a mail address")
	}
	at := strings.LastIndexByte(address.Address, '@')
	local, domain := address.Address[:at], address.Address[at+1:]
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || ascii == "" || len(local) > 64 || len(ascii) > 253 {
		return nil, false, errors.New("it is not a mail address that can be reached")
	}
	address.Address = local + "@" + ascii
	return address, strings.ContainsFunc(local, func(r rune) bool { return r > unicode.MaxASCII }), nil
}
