package mailbox

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
)

// bareAddress finds what looks like an address in a line that no grammar fits.
var bareAddress = regexp.MustCompile(`[^\s<>()\[\],;:"'@\\]+@[^\s<>()\[\],;:"'@\\]+`)

// veil stands for the beginning of an encoded word: a character of no meaning.
const veil = "\ue000"

// bracketed finds what stands between < and >.
var bracketed = regexp.MustCompile(`<\s*([^<>\s]+)\s*>`)

// quotedString is a quoted string or a comment that has none inside it.
var quotedString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)`)

// sender reads From. A message with two From lines, a known trick to show one
// sender and to be checked for the other, has both.
func (r *reading) sender(h header) {
	lines := h.all("from")
	m := r.message
	m.From = r.addresses(lines)
	switch {
	case len(lines) > 1:
		r.fault(faultFromTwice)
	case len(m.From) > 1:
		r.fault(faultFromSeveral)
	case len(m.From) == 0:
		r.fault(faultFromMissing)
	}
	for _, line := range lines {
		outside := encodedWord.ReplaceAllString(line, "")
		if !strings.Contains(outside, "@") && strings.Contains(r.line(line), "@") {
			r.fault(faultFromHidden)
		}
	}
	for _, a := range m.From {
		if named := bareAddress.FindString(a.Name); named != "" && !strings.EqualFold(named, a.Email) {
			r.fault(faultFromName)
		}
	}
}

// addresses reads address fields. Where the grammar of RFC 5322 does not fit, it
// takes what can only be meant as an address. It never takes one out of an
// encoded word: what a server checked stood outside (RFC 2047, 5).
func (r *reading) addresses(values []string) []Address {
	var list []Address
	for _, value := range values {
		for _, a := range r.addressLine(value) {
			if len(list) == maxAddresses {
				r.fault(faultAddressFlood)
				return list
			}
			list = append(list, a)
		}
	}
	return list
}

// addressLine reads one address field.
func (r *reading) addressLine(value string) []Address {
	value = strings.TrimSpace(r.bare(value))
	if value == "" || value == nullSender {
		return nil
	}
	// Encoded words are veiled from the parser, which gives up a line for one that
	// it cannot decode. An address that has the veil is not plausible.
	parsed, err := mail.ParseAddressList(strings.ReplaceAll(value, "=?", veil))
	if err != nil {
		return r.guessAddresses(value)
	}
	var list []Address
	for _, a := range parsed {
		if !plausible(a.Address) {
			r.fault(faultAddress)
			continue
		}
		list = append(list, Address{Name: r.line(strings.ReplaceAll(a.Name, veil, "=?")), Email: a.Address})
	}
	return list
}

// guessAddresses reads an address field that breaks the grammar. Between two
// commas, what stands in < > is the address and the rest is a name; where
// nothing does, every word with an @ is one.
func (r *reading) guessAddresses(value string) []Address {
	if !strings.Contains(value, "@") {
		if encodedWord.MatchString(value) {
			r.fault(faultAddress)
		}
		return nil // "undisclosed-recipients:;"
	}
	r.fault(faultAddress)
	var list []Address
	for _, piece := range splitOutside(value, ',') {
		inside := bracketed.FindAllStringSubmatch(quotedString.ReplaceAllString(piece, ""), -1)
		name := strings.Trim(bracketed.ReplaceAllString(piece, ""), ` "`)
		if len(inside) == 0 {
			name = ""
			for _, found := range bareAddress.FindAllString(quotedString.ReplaceAllString(piece, ""), maxAddresses+1) {
				inside = append(inside, []string{found, found})
			}
		}
		for _, found := range inside {
			if plausible(found[1]) {
				list = append(list, Address{Name: r.line(name), Email: found[1]})
			}
		}
	}
	return list
}

// plausible reports whether an address has one @, no encoded word and nothing
// that could pass for another address.
func plausible(email string) bool {
	local, host, found := strings.Cut(email, "@")
	if !found || local == "" || host == "" || len(email) > 320 || strings.Contains(email, "=?") {
		return false
	}
	if strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(host, "..") {
		return false
	}
	return strings.IndexFunc(email[len(local)+1:], odd) < 0 && strings.IndexFunc(local, odd) < 0
}

// odd reports whether a character has no place in an address that is shown to
// people.
func odd(c rune) bool {
	return strings.ContainsRune(`@<>()[],;:"\`, c) || unicode.IsSpace(c) || !unicode.IsGraphic(c) || invisible(c)
}

// splitOutside divides a line at a separator, but not inside quotes, comments
// or angle brackets.
func splitOutside(line string, separator byte) []string {
	var pieces []string
	quoted, depth, start := false, 0, 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '<':
			depth++
		case (c == ')' || c == '>') && depth > 0:
			depth--
		case c == separator && depth == 0:
			pieces = append(pieces, line[start:i])
			start = i + 1
		}
	}
	return append(pieces, line[start:])
}
