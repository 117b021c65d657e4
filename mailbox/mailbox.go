// Package mailbox reads one message of electronic mail: who it is from, what
// the person wrote and what they only quoted, what is attached, and whether a
// person wrote it at all. It owns what is known about the forms of mail (RFC
// 5322, MIME, the habits of mail programs) and nothing else.
//
// It refuses to know a store, a clock, the network and what a request is. It
// fetches nothing a message points to and trusts nothing a message says about
// itself: what it reads are claims, and whoever decides by them says so.
package mailbox

import (
	"errors"
	"time"
)

// MaxMessage is the largest message a door hands over whole, in bytes. Of a
// larger one it hands over the head.
const MaxMessage = 40 << 20

// ErrRefused is what the receiver of a Delivery answers for a message that it
// will never take: a door refuses it for good (RFC 5321, reply 554). Any other
// error means later.
var ErrRefused = errors.New("this message will not be taken")

// Delivery is a message as a door hands it over.
type Delivery struct {
	Policy     string    // whose mailbox
	Door       string    // "imap", "lmtp" or "stdin"
	Source     string    // the same for the same delivery however often it comes: "imap:moxora/INBOX/<uidvalidity>/<uid>"
	ReceivedAt time.Time // when the mailbox's server received it
	Recipient  string    // envelope recipient, where the door knows it
	Sender     string    // envelope sender, where the door knows it; "<>" for the null sender
	Raw        []byte    // at most MaxMessage bytes
	Size       int64     // of the whole message; larger than len(Raw) where only its head was taken
}

// Message is a letter that came in, as far as it could be read.
type Message struct {
	MessageID   string    // without < >; "" where missing or not of the form
	InReplyTo   []string  // Message-IDs without < >
	References  []string  // the same, oldest first
	From        []Address // header From, decoded; several where it names several or stands twice
	ReplyTo     []Address
	To, Cc      []Address
	Recipients  []string  // Delivered-To, X-Original-To, Envelope-To: addresses the receiving server noted
	Date        time.Time // as the sender says, with the offset they gave; zero where missing or unreadable
	Subject     string
	Languages   []string // Content-Language, then Accept-Language, as BCP 47 tags
	Kind        Kind
	Why         string       // the header or part that decided Kind, "" for a letter: "Auto-Submitted: auto-replied"
	Text        string       // what the sender wrote, as plain text without what they quote; of HTML only the words. Of a letter that is handed on without a word of the sender, that letter's
	Quoted      string       // what they quoted below or above, and their signature, plain
	Forwarded   *Forwarded   // somebody else's letter that they hand on, else nil
	Unanswered  bool         // its program asks machines not to answer (X-Auto-Response-Suppress)
	Attachments []Attachment // in the order of the message
	Report      *Report      // of a Bounce, else nil
	Hints       Hints
	Faults      []string // what was wrong with the message, as sentences for staff; never personal data
}

// Address is one mailbox of a header.
type Address struct {
	Name  string // decoded display name, "" where there is none
	Email string // as written, for the caller to normalise; never ""
}

// Attachment is a part of a message that is not its text.
type Attachment struct {
	Name    string // a file name without a path or characters that mislead; never ""
	Type    string // as declared, lower case; the caller decides by content
	Content []byte // decoded
}

// Kind says what sort of message this is. Only a Letter is answered.
type Kind string

// The kinds. Where several would fit, the one further up in this list is given:
// what must never be answered comes before what merely need not be.
const (
	// Loop is our own mail coming back: answering it would go on for ever.
	Loop Kind = "loop"
	// Bounce says what became of a letter that we sent (RFC 3464, or the older forms).
	Bounce Kind = "bounce"
	// AutoReply was written by a machine: an absence note, a receipt (RFC 3834, RFC 8098).
	AutoReply Kind = "auto_reply"
	// Spam was marked as such by a server on the way.
	Spam Kind = "spam"
	// List came through a mailing list or went to many (RFC 2919, RFC 2369).
	List Kind = "list"
	// Letter is everything else.
	Letter Kind = "letter"
)

// Report is what a delivery status notification says (RFC 3464). Of several
// recipients it speaks of one that failed, where one did.
type Report struct {
	EnvelopeID        string // Original-Envelope-Id: the ENVID we sent with (RFC 3461)
	OriginalID        string // the Message-ID that the report itself names (X-Original-Message-ID), without < >
	Recipient         string // the address we wrote to where the report names it, else the final one
	Action            string // "failed", "delayed", "delivered", "relayed" or "expanded"; "" where not said
	Status            string // enhanced status code (RFC 3463): "5.1.1"
	Diagnostic        string // what the refusing server answered
	RemoteMTA         string // the server that answered
	OriginalMessageID string // of the returned message, without < >; where it is not returned, OriginalID
}

// Hints are results that the receiving server noted (RFC 8601). They are never
// proof of identity. Each is the result as named there ("pass", "fail", "none",
// "softfail" …) and "" where nothing was said.
type Hints struct {
	SPF, DKIM, DMARC string
	By               string // the server that checked, by its own account
}

// The bounds of one reading. What lies beyond them stands in the original, and
// a fault says so.
const (
	maxHead        = 512 << 10 // bytes of one header
	maxFields      = 1000      // fields of one header
	maxField       = 64 << 10  // bytes of one field
	maxAddresses   = 200       // of one kind of field
	maxReferences  = 200       // Message-IDs of one kind of field
	maxDepth       = 32        // multiparts inside one another
	maxParts       = 1000      // parts in all
	maxBody        = 16 << 20  // decoded bytes of one text part
	maxText        = 1 << 20   // bytes of Text and Quoted together
	maxName        = 120       // characters of a file name
	maxLine        = 998       // characters of a subject or display name (RFC 5322, 2.1.1)
	maxReceived    = 25        // Received lines of a message that does not go in circles
	maxSignature   = 12        // lines of a signature
	maxAttribution = 4         // lines of "On … wrote:"
)

// reading is one Read under way: what was found, and what counts against the
// bounds.
type reading struct {
	message *Message
	parts   int // opened so far
	text    int // bytes of text so far
}

// Read reads a message as far as it can be read. It never fails: what is wrong
// stands in Faults. ownHosts are the domains that our own Message-IDs end in,
// by which mail of ours that comes back is known.
func Read(raw []byte, ownHosts []string) *Message {
	r := &reading{message: &Message{}}
	head, body := r.head(raw)
	r.envelope(head)
	root := r.open(head, body, 0)
	r.classify(head, root, ownHosts)
	r.contents(root)
	if r.message.Kind == Bounce {
		r.message.Report = r.report(head, root)
	}
	return r.message
}

// Read reads a delivery. It knows more than the message alone: a letter with a
// null envelope sender was written by a machine (RFC 5321, 4.5.5), and one that
// is larger than what was taken is told to be so.
func (d Delivery) Read(ownHosts []string) *Message {
	raw := d.Raw
	if d.Sender == nullSender {
		raw = append([]byte("Return-Path: "+nullSender+"\r\n"), raw...)
	}
	m := Read(raw, ownHosts)
	if d.Size > int64(len(d.Raw)) {
		m.Faults = append(m.Faults, faultOnlyHead)
	}
	return m
}

// Sender returns the one address that a message is from, and false where From
// is missing, unreadable, names several or stands twice.
func (m *Message) Sender() (Address, bool) {
	if len(m.From) != 1 {
		return Address{}, false
	}
	return m.From[0], true
}
