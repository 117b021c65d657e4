package mailbox

import (
	"bytes"
	"regexp"
	"strings"
)

// most recipients of a report that are looked through.
const mostRecipients = 500

// mostDiagnostic is how many characters of a server's answer are kept.
const mostDiagnostic = 500

// report reads what a bounce says: the machine's part where there is one, else
// what older systems wrote for people.
func (r *reading) report(h header, root *part) *Report {
	var found Report
	if status := root.find("message/delivery-status", "message/global-delivery-status"); status != nil {
		found = r.deliveryStatus(r.content(status))
	} else {
		found = r.oldReport(h)
	}
	if found.Recipient == "" {
		if failed := r.addresses(h.all("x-failed-recipients")); len(failed) > 0 {
			found.Recipient = failed[0].Email
		}
	}
	returned := root.find("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
	if returned != nil {
		head, _ := (&reading{message: &Message{}}).head(r.content(returned))
		if id := first(identifiers(head.get("message-id"))); id != "" {
			found.OriginalMessageID = id
		}
	}
	if found.OriginalMessageID == "" {
		found.OriginalMessageID = found.OriginalID
	}
	if found.Recipient == "" {
		r.fault(faultReport)
	}
	return &found
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// deliveryStatus reads the groups of fields of a delivery status (RFC 3464, 2):
// the first is of the message, each further one of a recipient.
func (r *reading) deliveryStatus(body []byte) Report {
	quiet := &reading{message: &Message{}}
	var of Report
	var best header
	for groups := 0; len(body) > 0 && groups <= mostRecipients; groups++ {
		var group header
		group, body = quiet.fields(bytes.TrimLeft(body, "\r\n"))
		if id := group.get("original-envelope-id"); id != "" {
			of.EnvelopeID = shortLine(id, mostDiagnostic)
		}
		for _, name := range []string{"x-original-message-id", "original-message-id"} {
			if id := first(identifiers(group.get(name))); id != "" {
				of.OriginalID = id
			}
		}
		if (group.has("final-recipient") || group.has("original-recipient")) && (best == nil || graver(group, best)) {
			best = group
		}
	}
	of.Recipient = r.recipient(best)
	of.Action = action(best)
	of.Status = statusCode.FindString(best.get("status"))
	of.Diagnostic = shortLine(afterType(best.get("diagnostic-code")), mostDiagnostic)
	of.RemoteMTA = shortLine(afterType(best.get("remote-mta")), 255)
	return of
}

// graver reports whether a recipient's news are worse than another's.
func graver(a, b header) bool {
	weight := map[string]int{"failed": 2, "delayed": 1}
	return weight[action(a)] > weight[action(b)]
}

// recipient returns the address we wrote to, else where it went in the end.
func (r *reading) recipient(group header) string {
	for _, name := range []string{"original-recipient", "final-recipient"} {
		if found := r.addresses([]string{afterType(group.get(name))}); len(found) > 0 {
			return found[0].Email
		}
	}
	return ""
}

// action returns one of the five actions (RFC 3464, 2.3.3), else "".
func action(group header) string {
	word := strings.ToLower(firstWord(group.get("action")))
	switch word {
	case "failed", "delayed", "delivered", "relayed", "expanded":
		return word
	}
	return ""
}

// afterType returns what stands behind the type in "rfc822; a@example.org".
func afterType(value string) string {
	if _, after, found := strings.Cut(value, ";"); found {
		value = after
	}
	return strings.TrimSpace(value)
}

// statusCode finds an enhanced status code (RFC 3463).
var statusCode = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)

// reply finds the line in which a server refused.
var reply = regexp.MustCompile(`(?m)^.*?\b([45]\d\d[ -].{3,})$`)

// refusedAddress finds the first address of a report for people: in angle
// brackets, or before a colon, or alone on its line.
var refusedAddress = regexp.MustCompile(`(?m)<([^<>\s@]+@[^<>\s@]+)>|^\s*([^<>\s@:]+@[^<>\s@:]+?)(?::|\s*$)`)

// returnedID finds the Message-ID of the letter that is returned as text.
var returnedID = regexp.MustCompile(`(?im)^[ \t>]*Message-ID:\s*(<[^<>\s]+>)`)

// late finds the words, and lateSubject the subjects, of a warning that a letter
// is still under way: older servers write it like a report that it failed.
var (
	late        = regexp.MustCompile(`(?i)not yet been delivered|could not be delivered (?:yet|for the last)|delivery attempts will continue|will (?:keep|continue) (?:on )?(?:trying|to try|retrying|to be (?:re)?tried)|you do not need to resend|this is a warning message only`)
	lateSubject = regexp.MustCompile(`(?i)delayed \d+ hours|^warning: (?:message|could not send)|^delivery (?:status notification )?\(?delay`)
)

// oldReport reads the report of a system that writes for people only: sendmail's
// transcript, Exim's list, qmail's "<address>:".
func (r *reading) oldReport(h header) Report {
	var of Report
	text := r.message.Text
	above := text
	if at := returnedID.FindStringSubmatchIndex(text); at != nil {
		of.OriginalMessageID = first(identifiers(text[at[2]:at[3]]))
		above = text[:at[0]]
	}
	if failed := r.addresses(h.all("x-failed-recipients")); len(failed) > 0 {
		of.Recipient = failed[0].Email
	} else if found := refusedAddress.FindStringSubmatch(above); found != nil {
		of.Recipient = first(emails(r.addresses([]string{found[1] + found[2]})))
	}
	if found := reply.FindStringSubmatch(above); found != nil {
		of.Diagnostic = shortLine(found[1], mostDiagnostic)
		of.Action = map[byte]string{'5': "failed", '4': "delayed"}[found[1][0]]
	}
	of.Status = statusCode.FindString(above)
	switch {
	case late.MatchString(above) || lateSubject.MatchString(r.message.Subject):
		of.Action = "delayed"
	case of.Action == "" && of.Recipient != "":
		of.Action = map[bool]string{true: "delayed", false: "failed"}[strings.HasPrefix(of.Status, "4")]
	}
	return of
}

func emails(list []Address) []string {
	var found []string
	for _, a := range list {
		found = append(found, a.Email)
	}
	return found
}

// shortLine keeps the beginning of what a server wrote, on one line.
func shortLine(value string, most int) string {
	cleaned, _ := cleanLine(guess([]byte(value)))
	return truncate(cleaned, most)
}
