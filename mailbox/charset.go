package mailbox

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
)

// western names the sets in which text that is UTF-8 throughout is never meant
// as it would then read ("Ã¼").
var western = regexp.MustCompile(`^(iso-?8859-?\d+|iso_8859-\d+|windows-125\d|cp125\d|latin-?\d)$`)

// decode reads bytes in a named character set, and says as a fault where it had
// to guess.
func decode(data []byte, name string) (text, fault string) {
	name = strings.ToLower(strings.Trim(name, ` "'`))
	switch name {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "8bit", "default":
		if isASCII(data) {
			return string(data), ""
		}
		return guess(data), faultCharsetNone
	case "utf-8", "utf8", "unicode-1-1-utf-8", "utf-8mb4":
		data = bytes.TrimPrefix(data, []byte("\ufeff"))
		if utf8.Valid(data) {
			return string(data), ""
		}
		return guess(data), faultCharsetWrong
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1":
		name = "windows-1252" // what is meant where it has more than ISO 8859-1 has
	}
	if western.MatchString(name) && !isASCII(data) && utf8.Valid(data) {
		return string(data), faultCharsetWrong
	}
	if text, known := inCharset(data, name); known {
		return text, ""
	}
	return guess(data), faultCharset
}

// inCharset decodes by the tables, and reports whether they have the set.
func inCharset(data []byte, name string) (string, bool) {
	r, err := charset.Reader(name, bytes.NewReader(data))
	if err != nil {
		return "", false
	}
	text, err := io.ReadAll(r)
	// A set that is known to be unsafe is decoded as one replacement character.
	if err != nil || len(data) > 3 && string(text) == "\ufffd" {
		return "", false
	}
	return string(bytes.TrimPrefix(text, []byte("\ufeff"))), true
}

// guess reads bytes of no known set: as UTF-8 where most of them are, else as
// Windows writes western European text.
func guess(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	good, bad := 0, 0
	for rest := data; len(rest) > 0; {
		c, n := utf8.DecodeRune(rest)
		switch {
		case c == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		rest = rest[n:]
	}
	if good > bad {
		return strings.ToValidUTF8(string(data), "\ufffd")
	}
	text, _ := inCharset(data, "windows-1252")
	return text
}

func isASCII(data []byte) bool {
	for _, c := range data {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
