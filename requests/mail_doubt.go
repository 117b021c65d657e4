package requests

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"dsr/mailbox"
)

// Doubt is why nobody should answer a message before somebody has looked at it.
type Doubt struct {
	Says   string // in short, for staff
	Words  string // what it stands on, masked where it is an address; may be ""
	Reason string
	sender bool // it is about whom the message is from, not about what it says
}

// unreadLocal finds the local parts of addresses that nobody reads, as eight
// languages write them.
var unreadLocal = regexp.MustCompile(`(?i)^(?:.*[._+-])?(?:no[._-]?repl(?:y|ies)|(?:do[._-]?not|dont)[._-]?reply|nicht[._-]?antworten|keine[._-]?antwort|ne[._-]?pas[._-]?repondre|no[._-]?responder|nao[._-]?respond(?:er|a)|non?[._-]?rispondere|niet[._-]?(?:be)?antwoorden|nie[._-]?odpowiadaj|post-?master|mailer[._-]?daemon|bounces?)(?:[._+-].*)?$`)

// anAddress finds an address among other words.
var anAddress = regexp.MustCompile(`[^\s<>()@,;:"]+@[^\s<>()@,;:"]+`)

// doubtsOf lists what stands against answering a message at once: the gravest
// first. Where two machines answer each other, or a letter goes to whoever handed
// a request on, nobody is helped; and a stranger reads it where the address to be
// answered is not the one the message is from.
func (o *Office) doubtsOf(m *incoming) (list []Doubt) {
	sender, _ := m.sender()
	local, host := halves(sender.Email)
	if o.ownAddress(sender.Email, m) {
		list = append(list, Doubt{"It came from an address of our own", Mask(sender.Email), "A letter to it would come back here. Find out who wrote it.", true})
	}
	if unreadLocal.MatchString(local) {
		list = append(list, Doubt{"It came from an address that nobody reads", Mask(sender.Email), "A machine sent it: a form, a shop, a mail server. A letter to it reaches nobody.", true})
	}
	if m.Unanswered {
		list = append(list, Doubt{"A machine sent it", "X-Auto-Response-Suppress", "The program that sent it asks not to be answered by programs.", true})
	}
	if m.Hints.DMARC == "fail" {
		list = append(list, Doubt{"The sender may be forged", "DMARC fail", "The mail server that received it says so.", true})
	}
	if other := m.answersTo(sender); other != "" {
		if _, there := halves(other); !strings.EqualFold(there, host) || m.Hints.DMARC != "pass" {
			list = append(list, Doubt{"Its sender asks for answers to another address", Mask(other), "Letters go to the address it is from. Find out whose the other one is before anything is sent.", true})
		}
	}
	if m.Forwarded != nil {
		list = append(list, Doubt{"It was handed on: the words are of somebody else", masked(anAddress.FindString(m.Forwarded.From)), "Letters would go to whoever handed it on. Correct the address to that of the person.", false})
	}
	if m.after != "" {
		list = append(list, Doubt{"It answers a request that has ended", m.after, "Its words ask for something, so it is a request of its own, with dates of its own, until you say otherwise.", false})
	}
	switch m.Kind {
	case mailbox.List:
		list = append(list, Doubt{"It came through a list, or went to many", m.Why, "A group address puts this on all that it hands on, and so does a newsletter.", false})
	case mailbox.AutoReply, mailbox.Loop, mailbox.Bounce:
		list = append(list, Doubt{"It looked as if a machine wrote it", m.Why, "Somebody of the team said that it is a request.", false})
	}
	return list
}

// answersTo is the address that a message asks to be answered at, where it is
// another than its sender's.
func (m *incoming) answersTo(sender mailbox.Address) string {
	for _, a := range m.ReplyTo {
		if email, err := NormalAddress(a.Email); err != nil || !strings.EqualFold(email, sender.Email) {
			return a.Email
		}
	}
	return ""
}

// ownAddress reports whether an address is one of the house: a contact of a
// policy, the one that letters come from or one by which mail finds its way back,
// the watched mailbox, or of the domain that letters name themselves by.
func (o *Office) ownAddress(email string, m *incoming) bool {
	is := func(own string) bool { return own != "" && strings.EqualFold(own, email) }
	for _, p := range o.book.Packs() {
		if is(p.Contacts.Privacy) || is(p.Contacts.DPO) || is(p.Contacts.General) || fits(o.routes.Replies[p.ID], email) {
			return true
		}
	}
	_, host := halves(email)
	return is(o.routes.From) || fits(o.routes.Bounces, email) || strings.EqualFold(host, o.domain) || is(m.delivery.Recipient) || slices.ContainsFunc(m.Recipients, is)
}

// fits reports whether an address is one of a pattern, with a token or without.
func fits(pattern, email string) bool {
	before, after, _ := strings.Cut(pattern, "{token}")
	return pattern != "" && (len(tokensIn(pattern, []string{email})) > 0 || strings.EqualFold(strings.TrimRight(before, "+.-_")+after, email))
}

// masked is an address as whoever reads a request sees it, or "•••" for none.
func masked(address string) string { return cmp.Or(Mask(address), "•••") }

func halves(email string) (local, host string) {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return email, ""
	}
	return email[:at], email[at+1:]
}
