package mailer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

const (
	textColumns = 66 // the width of the text version
	labelMax    = 26 // labels wider than this stand on a line of their own
)

// renderText writes a letter in 66 columns. A letter in another script counts
// as many columns as a terminal gives it.
func renderText(l Letter) string {
	t := textWriter{colon: l.Colon}
	t.Grow(3000)
	t.underlined(l.Heading, '=')
	for _, b := range l.Blocks {
		t.block(b)
	}
	// "-- " with its space is the mark by which mail programs know a footer.
	t.line("-- ")
	for _, line := range l.Footer {
		t.wrapped(line, "", "")
	}
	return t.String()
}

// textWriter writes one letter as text. Labels end in the language's colon.
type textWriter struct {
	strings.Builder
	colon string
}

func (t *textWriter) line(s string) {
	t.WriteString(s)
	t.WriteByte('\n')
}

// block writes one block and the empty line after it.
func (t *textWriter) block(b Block) {
	switch {
	case !b.Heading.empty():
		t.underlined(b.Heading.Text, '-')
		return
	case !b.Item.empty():
		t.run(b.Item, "", "")
		return
	case len(b.Facts) > 0:
		t.facts(b.Facts)
	case len(b.List) > 0:
		for _, item := range b.List {
			t.run(item, "- ", "  ")
		}
	case !b.Quote.empty():
		for _, line := range b.Quote.Lines() {
			t.wrapped(line, "> ", "> ")
		}
	case b.Action != nil:
		t.line(b.Action.Label + t.colon)
		t.line(b.Action.URL)
	default:
		t.paragraph(b.Paragraph)
	}
	t.line("")
}

// paragraph joins sentences; an address ends the line it stands after and
// takes one of its own, so that mail programs find it whole.
func (t *textWriter) paragraph(runs []Run) {
	var sentences []string
	for _, r := range runs {
		sentences = append(sentences, strings.Join(r.Lines(), " "))
		if r.Link != "" {
			t.wrapped(strings.Join(sentences, " "), "", "")
			t.line(r.Link)
			sentences = nil
		}
	}
	if len(sentences) > 0 {
		t.wrapped(strings.Join(sentences, " "), "", "")
	}
}

// run keeps the line breaks a person typed.
func (t *textWriter) run(r Run, first, rest string) {
	for _, line := range r.Lines() {
		t.wrapped(line, first, rest)
		first = rest
	}
	if r.Link != "" {
		t.line(first + r.Link)
	}
}

// facts aligns the values behind the widest label.
func (t *textWriter) facts(rows []Fact) {
	wide := 0
	for _, f := range rows {
		if w := columns(f.Label+t.colon) + 2; w <= labelMax {
			wide = max(wide, w)
		}
	}
	wide = max(wide, 4)
	rest := strings.Repeat(" ", wide)
	for _, f := range rows {
		first := f.Label + t.colon
		if pad := wide - columns(first); pad > 0 {
			first += strings.Repeat(" ", pad)
		} else {
			t.line(first)
			first = rest
		}
		t.run(f.Value, first, rest)
		if f.Note != "" {
			t.wrapped(f.Note, rest, rest)
		}
	}
}

// underlined writes a heading with a line of marks as wide as its widest line.
func (t *textWriter) underlined(heading string, mark byte) {
	widest := t.wrapped(heading, "", "")
	for range widest {
		t.WriteByte(mark)
	}
	t.WriteString("\n\n")
}

// wrapped writes a text broken at spaces into 66 columns, its first line after
// one prefix and the others after another of the same width, and returns the
// width of the widest line without its prefix. A word wider than a line is
// broken between wide characters, which need no space between words, and else
// left whole. An empty text gives an empty line.
func (t *textWriter) wrapped(s, first, rest string) (widest int) {
	if s == "" {
		t.line(strings.TrimRight(first, " "))
		return 0
	}
	limit, used := textColumns-columns(first), 0
	t.WriteString(first)
	for word := range strings.FieldsFuncSeq(s, breakable) {
		for word != "" {
			piece, wide := fitting(word, limit)
			word = word[len(piece):]
			if used > 0 && used+1+wide > limit {
				t.WriteByte('\n')
				t.WriteString(rest)
				used = 0
			}
			if used > 0 {
				t.WriteByte(' ')
				used++
			}
			t.WriteString(piece)
			used += wide
			widest = max(widest, used)
		}
	}
	t.WriteByte('\n')
	return widest
}

// breakable is any space but those that hold words together.
func breakable(r rune) bool {
	return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f'
}

// fitting is the part of a word that fits into a line, and its width.
func fitting(word string, limit int) (piece string, wide int) {
	for i, r := range word {
		w := runeColumns(r)
		if wide+w > limit && w == 2 && i > 0 {
			return word[:i], wide
		}
		wide += w
	}
	return word, wide
}

// columns is the width of a text on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// runeColumns follows Unicode's East Asian Width (UAX #11): marks that combine
// take no room, wide characters two columns, those of ambiguous width one.
func runeColumns(r rune) int {
	switch {
	case r < utf8.RuneSelf:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
