package proposals

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold appends a letter without case and accents, as a person would type it in
// a hurry: É is e, ß is ss, ł is l.
func fold(to []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return append(to, byte(r))
	}
	switch r = unicode.ToLower(r); r {
	case 'ß':
		return append(to, "ss"...)
	case 'ł':
		return append(to, 'l')
	case 'ø':
		return append(to, 'o')
	case 'đ':
		return append(to, 'd')
	case 'æ':
		return append(to, "ae"...)
	case 'œ':
		return append(to, "oe"...)
	case 'ı':
		return append(to, 'i')
	}
	parts := norm.NFKD.PropertiesString(string(r)).Decomposition()
	if parts == nil {
		return utf8.AppendRune(to, r)
	}
	for _, part := range string(parts) {
		if !unicode.Is(unicode.Mn, part) {
			to = utf8.AppendRune(to, unicode.ToLower(part))
		}
	}
	return to
}

// spelt replaces umlauts as those do whose keyboard has none.
var spelt = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "ae", "Ö", "oe", "Ü", "ue")

// spellings folds a text written in a rule: as it is, and with ae for ä.
func spellings(text string) []string {
	folded := []string{foldText(text)}
	if other := foldText(spelt.Replace(text)); other != folded[0] {
		folded = append(folded, other)
	}
	return folded
}

// foldText folds a text of a rule and keeps one space between its words.
func foldText(text string) string {
	var words []string
	for _, w := range cut(text, noBreaks(), maxWords) {
		words = append(words, w.folded)
	}
	return strings.Join(words, " ")
}

// letter reports whether a rune can begin a word.
func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// silent reports whether a rune belongs to a word without being seen: a
// combining accent, a soft hyphen, a mark of zero width.
func silent(r rune) bool { return unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) }
