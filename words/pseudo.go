package words

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Pseudo is the tag of a language nobody speaks: English, every letter with a
// mark on it and every word running from right to left, a third longer. In it a
// page shows at a glance which text came by no catalogue, what breaks when
// sentences grow, and what still believes that all writing begins at the left.
// The tag is Arabic in a region for private use (UTS 35, pseudo-locales), so
// dates, plural forms and names of countries follow the grammar of a real
// right-to-left language.
const Pseudo = "ar-XB"

// LoadWithPseudo reads the catalogue built into the program and makes Pseudo
// from its English, for the pages of tests and of a developer's machine. People
// are never offered it, and letters are not written in it: they refuse its marks
// of direction, so whoever writes them keeps to Load, which speaks English for
// a language it does not know.
func LoadWithPseudo() (*Catalogue, error) {
	files, err := fs.Sub(embedded, "catalogue")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCatalogue, err)
	}
	tags, read, err := readFolders(files)
	if err != nil {
		return nil, err
	}
	for _, m := range read[Base] {
		read[Pseudo] = append(read[Pseudo], pseudoMessage(m))
	}
	return assemble(append(tags, Pseudo), read)
}

// pseudoMessage makes one message of the pseudo-language. Where English has
// plural forms it gets all six of Arabic.
func pseudoMessage(m *i18n.Message) *i18n.Message {
	switch m.ID {
	case "language.direction":
		return &i18n.Message{ID: m.ID, Other: "rtl"}
	case "language.name":
		return &i18n.Message{ID: m.ID, Other: pseudoText("Pseudo")}
	}
	other := pseudoText(m.Other)
	if len(forms(m)) == 1 {
		return &i18n.Message{ID: m.ID, Other: other}
	}
	one := other
	if m.One != "" {
		one = pseudoText(m.One)
	}
	return &i18n.Message{ID: m.ID, Zero: other, One: one, Two: other, Few: other, Many: other, Other: other}
}

// The marks around a word that runs from right to left although its letters do
// not (Unicode UAX 9: RLO and PDF).
const (
	rightToLeft = "\u202e"
	endOfRun    = "\u202c"
)

// marked holds every letter's stand-in. Vowels are doubled, which makes a
// sentence about a third longer.
var marked = strings.NewReplacer(
	"a", "áá", "b", "ƀ", "c", "ç", "d", "đ", "e", "éé", "f", "ƒ", "g", "ğ", "h", "ħ", "i", "íí", "j", "ĵ", "k", "ķ", "l", "ł", "m", "ɱ",
	"n", "ñ", "o", "óó", "p", "þ", "q", "ǫ", "r", "ř", "s", "š", "t", "ţ", "u", "úú", "v", "ṽ", "w", "ŵ", "x", "ẋ", "y", "ý", "z", "ž",
	"A", "ÁÁ", "B", "Ɓ", "C", "Ç", "D", "Đ", "E", "ÉÉ", "F", "Ƒ", "G", "Ğ", "H", "Ħ", "I", "ÍÍ", "J", "Ĵ", "K", "Ķ", "L", "Ł", "M", "Ḿ",
	"N", "Ñ", "O", "ÓÓ", "P", "Þ", "Q", "Ǫ", "R", "Ř", "S", "Š", "T", "Ţ", "U", "ÚÚ", "V", "Ṽ", "W", "Ŵ", "X", "Ẋ", "Y", "Ý", "Z", "Ž")

var wordWithLetters = regexp.MustCompile(`\S*\pL\S*`)

// pseudoText rewrites the words of a text that checkMessage has let through and
// leaves its placeholders as they are.
func pseudoText(text string) string {
	s, err := parseSentence(text)
	if err != nil {
		return text
	}
	var b strings.Builder
	for i, part := range s {
		if i%2 == 1 {
			b.WriteString("{{." + part + "}}")
			continue
		}
		b.WriteString(wordWithLetters.ReplaceAllStringFunc(part, func(word string) string {
			return rightToLeft + marked.Replace(word) + endOfRun
		}))
	}
	return b.String()
}
