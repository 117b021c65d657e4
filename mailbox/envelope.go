package mailbox

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
)

// single lists the fields that may stand once (RFC 5322, 3.6; RFC 2045, 3).
var single = []string{"date", "subject", "message-id", "in-reply-to", "references", "reply-to", "to", "cc", "sender",
	"content-type", "content-transfer-encoding"}

// messageID is an identifier between < and >, as generously as programs write it.
var messageID = regexp.MustCompile(`<([^<>\s@\x00-\x1f]{1,500}@[^<>\s@\x00-\x1f]{1,400})>`)

// languageTag is the form of a BCP 47 tag.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$`)

// envelope reads what the header says about the letter.
func (r *reading) envelope(h header) {
	m := r.message
	for _, name := range single {
		if len(h.all(name)) > 1 {
			r.fault(faultTwice)
		}
	}
	r.sender(h)
	m.ReplyTo = r.addresses(h.all("reply-to"))
	m.To = r.addresses(h.all("to"))
	m.Cc = r.addresses(h.all("cc"))
	m.Recipients = r.noted(h)
	m.Subject = r.line(h.get("subject"))
	m.Date = r.date(h.get("date"))
	if ids := identifiers(h.get("message-id")); len(ids) > 0 {
		m.MessageID = ids[0]
	} else {
		r.fault(faultMessageID)
	}
	m.InReplyTo = identifiers(strings.Join(h.all("in-reply-to"), " "))
	m.References = identifiers(strings.Join(h.all("references"), " "))
	m.Languages = languages(append(h.all("content-language"), h.all("accept-language")...))
	m.Hints = hints(h)
	m.Unanswered = unanswered(h)
}

// unanswered reports whether a program asks that no machine answers what it
// sent (MS-OXCMAIL, 2.1.3.2.16). One that only wants no reports does not.
func unanswered(h header) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(h.get("x-auto-response-suppress")), func(c rune) bool { return c == ',' || c == ';' || c == ' ' }) {
		if word == "all" || word == "autoreply" {
			return true
		}
	}
	return false
}

// noted lists the addresses to which the receiving server delivered, each once.
func (r *reading) noted(h header) []string {
	var list []string
	for _, name := range []string{"delivered-to", "x-original-to", "envelope-to"} {
		for _, a := range r.addresses(h.all(name)) {
			if !slices.Contains(list, a.Email) {
				list = append(list, a.Email)
			}
		}
	}
	return list
}

// identifiers reads the Message-IDs of a field; of a flood the last, which are
// the nearest.
func identifiers(value string) []string {
	var ids []string
	for _, found := range messageID.FindAllStringSubmatch(value, -1) {
		if id, clean := cleanLine(found[1]); clean && !slices.Contains(ids[max(0, len(ids)-maxReferences):], id) {
			ids = append(ids, id)
		}
	}
	return ids[max(0, len(ids)-maxReferences):]
}

// date reads a date as RFC 5322 and its forerunners write it. The offset stays
// as the sender gave it.
func (r *reading) date(value string) time.Time {
	if value == "" {
		return time.Time{}
	}
	at, err := mail.ParseDate(value)
	if err != nil {
		at, err = time.Parse("Mon Jan _2 15:04:05 2006", value)
	}
	if err != nil || at.Year() < 1970 || at.Year() > 9999 {
		r.fault(faultDate)
		return time.Time{}
	}
	_, offset := at.Zone()
	// Parse gives the machine's own zone where the offset is the same: the
	// result must not hang on where it is read.
	return at.In(time.FixedZone("", offset))
}

// languages reads language tags in their order, without their weights.
func languages(values []string) []string {
	var tags []string
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			tag, _, _ := strings.Cut(part, ";")
			tag = strings.TrimSpace(tag)
			if languageTag.MatchString(tag) && !slices.Contains(tags, tag) && len(tags) < 10 {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}
