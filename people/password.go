package people

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The only bounds of a password, beside what everybody would guess (NIST SP
// 800-63B, 5.1.1.2): any characters, none required.
const (
	MinPassword = 12  // characters: Unicode code points after NFC
	MaxPassword = 256 // bytes of UTF-8 as typed, and after NFC
)

// common holds the passwords most often found in published breaches, and the
// words and keyboard runs they are made of, one a line in lower case.
//
//go:embed common.txt
var common string

// passwordFault returns why a password will not do for somebody, or "".
func passwordFault(password string, u User) string {
	normal := norm.NFC.String(password)
	switch {
	case !utf8.ValidString(password):
		return "The password is not readable as text: type it again."
	case utf8.RuneCountInString(normal) < MinPassword:
		return fmt.Sprintf("Use at least %d characters. Several words in a row are easy to remember.", MinPassword)
	case max(len(password), len(normal)) > MaxPassword:
		return fmt.Sprintf("Use at most %d bytes: that many plain letters, or fewer of other scripts.", MaxPassword)
	case isOf(normal, u):
		return "Choose something other than the person's own name or address."
	case isCommon(normal):
		return "This is one of the first passwords anybody would try: choose another."
	}
	return ""
}

// isOf tells whether a password is nothing but the person's address, the part
// before its @, or their name.
func isOf(password string, u User) bool {
	bare := letters(password)
	local, _, _ := strings.Cut(u.Email, "@")
	for _, own := range []string{u.Email, local, u.Name} {
		if own = letters(own); own != "" && bare != "" && strings.ReplaceAll(bare, own, "") == "" {
			return true
		}
	}
	return false
}

// letters folds case and drops what stands between letters and digits.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// shortUnit is how many characters, repeated, still make no password: "abc1".
const shortUnit = 4

// isCommon tells whether a password is a common one, or a common one or a few
// characters over and over.
func isCommon(password string) bool {
	folded := strings.ToLower(password)
	for entry := range strings.Lines(common) {
		if repeats(folded, strings.TrimSuffix(entry, "\n")) {
			return true
		}
	}
	length := 0 // of folded[:i] in characters
	for i := range folded {
		if length <= shortUnit && repeats(folded, folded[:i]) {
			return true
		}
		length++
	}
	return false
}

// repeats tells whether s is unit again and again, the last one perhaps cut.
func repeats(s, unit string) bool {
	if unit == "" {
		return false
	}
	for strings.HasPrefix(s, unit) {
		s = s[len(unit):]
	}
	return strings.HasPrefix(unit, s)
}
