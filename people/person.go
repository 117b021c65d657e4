package people

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"dsr/access"
)

const (
	maxEmail = 254 // bytes of a path without its brackets (RFC 5321, 4.5.3.1.3)
	maxLocal = 64  // bytes before the @ (RFC 5321, 4.5.3.1.1)
	maxName  = 120 // characters
)

// NormalEmail returns an address in the one form in which it is kept and
// compared: trimmed, in lower case and NFC, its domain in ASCII (RFC 5891).
// It is false for what cannot be the address of a colleague's mailbox.
func NormalEmail(s string) (string, bool) {
	if s = strings.TrimSpace(s); len(s) > 2*maxEmail {
		return "", false // not worth parsing; the domain may be shorter in ASCII
	}
	s = strings.ToLower(norm.NFC.String(s))
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Name != "" || parsed.Address != s || strings.ContainsFunc(s, unwritable) {
		return "", false
	}
	at := strings.LastIndexByte(s, '@')
	local := s[:at]
	domain, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil || !strings.Contains(domain, ".") || len(local) > maxLocal || len(local)+1+len(domain) > maxEmail {
		return "", false
	}
	return local + "@" + domain, true
}

// unwritable tells what has no place in an address or, but for the space, in
// a name.
func unwritable(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError
}

func unwritableInName(r rune) bool { return r != ' ' && unwritable(r) }

// mend puts the fields into the form they are kept in, and names those a
// person has to mend.
func (u *User) mend() FieldErrors {
	fields := FieldErrors{}
	email, ok := NormalEmail(u.Email)
	if !ok {
		fields["email"] = "Enter an email address with an @ and a full domain, like name@example.com."
	}
	u.Email = email
	u.Name = strings.TrimSpace(norm.NFC.String(u.Name))
	switch {
	case u.Name == "":
		fields["name"] = "Enter the name colleagues know this person by."
	case utf8.RuneCountInString(u.Name) > maxName:
		fields["name"] = fmt.Sprintf("Write at most %d characters.", maxName)
	case strings.ContainsFunc(u.Name, unwritableInName):
		fields["name"] = "Write the name on one line, without control characters."
	}
	if !slices.Contains([]access.Role{access.Handler, access.Approver, access.Administrator, access.Auditor}, u.Role) {
		fields["role"] = "Choose one of the roles handler, approver, administrator and auditor."
	}
	if _, ok := writePolicies(u.Policies); !ok {
		fields["policies"] = "Choose all policies or at least one, by its id in lower-case letters, digits and hyphens."
	}
	return fields
}

// everyPolicy stands in the column for all packs, those to come included.
const everyPolicy = "*"

func writePolicies(p access.Policies) (string, bool) {
	ids, all := p.List()
	if all {
		return everyPolicy, true
	}
	for _, id := range ids {
		if id == "" || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", false
		}
	}
	slices.Sort(ids)
	return strings.Join(slices.Compact(ids), ","), len(ids) > 0
}

func readPolicies(s string) access.Policies {
	if s == everyPolicy {
		return access.AllPolicies()
	}
	return access.OnlyPolicies(strings.Split(s, ",")...)
}
