package proposals

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is one word of a letter.
type word struct {
	start, end int // bytes in the part it stands in
	folded     string
	line       int // number of its line
	sentence   int // number of its sentence
}

// breaks says what ends no sentence although it looks so.
type breaks struct {
	short map[string]bool // "art", "abs", "no"
}

func noBreaks() breaks { return breaks{} }

// cutter walks through a text once and collects its words.
type cutter struct {
	text           string
	breaks         breaks
	words          []word
	room           int // bytes of words that may still be read
	line, sentence int
	blank          bool // nothing but space since the last line break
	buffer         []byte
}

// cut divides a text into words. A line that begins with > is quoted and holds
// none. Not more than most words are read, and not more than MaxText bytes.
func cut(text string, b breaks, most int) []word {
	words, _ := cutAt(text, b, most, MaxText)
	return words
}

// cutAt is cut with a limit in bytes. It also says how many of them are left,
// or -1 where the text went on.
func cutAt(text string, b breaks, most, room int) ([]word, int) {
	c := cutter{text: text, breaks: b, room: room, blank: true}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case letter(r):
			if c.blank && c.bullet(i) {
				c.sentence++
			}
			end := c.word(i, r)
			if end-i > c.room || len(c.words) == most {
				return c.words, -1
			}
			c.take(i, end)
			i, c.blank = end, false
			continue
		case r == '\n':
			c.newLine()
		case r == '>' && c.blank:
			i = c.skipLine(i)
			continue
		case c.blank && strings.ContainsRune("-–—*•·", r):
			c.sentence++ // an item of a list
		default:
			c.mark(r, i, size)
		}
		i += size
	}
	return c.words, c.room
}

// word returns where the word that begins at i ends. A full stop between
// digits belongs to it: 1798.105 is one word. The folded word is in c.buffer.
func (c *cutter) word(i int, r rune) int {
	c.buffer = c.buffer[:0]
	last, end := r, i
	for end < len(c.text) {
		r, size := utf8.DecodeRuneInString(c.text[end:])
		switch {
		case letter(r):
			c.buffer = fold(c.buffer, r)
		case silent(r):
		case r == '.' && unicode.IsDigit(last) && end+1 < len(c.text) && '0' <= c.text[end+1] && c.text[end+1] <= '9':
			c.buffer = append(c.buffer, '.')
		default:
			return end
		}
		last, end = r, end+size
	}
	return end
}

// take keeps the word in c.buffer.
func (c *cutter) take(start, end int) {
	c.room -= end - start
	c.words = append(c.words, word{start: start, end: end, folded: string(c.buffer), line: c.line, sentence: c.sentence})
}

// newLine counts a line. An empty one ends the sentence.
func (c *cutter) newLine() {
	if c.blank {
		c.sentence++
	}
	c.line++
	c.blank = true
}

// skipLine leaves a quoted line out and returns where the next begins.
func (c *cutter) skipLine(i int) int {
	c.sentence++
	next := strings.IndexByte(c.text[i:], '\n')
	if next < 0 {
		return len(c.text)
	}
	c.line++
	return i + next + 1
}

// bullet reports whether a number or letter at i counts an item: "2)", "a.".
func (c *cutter) bullet(i int) bool {
	end := i
	for end < len(c.text) && end < i+2 && ('0' <= c.text[end] && c.text[end] <= '9' || end == i && 'a' <= c.text[i] && c.text[i] <= 'z') {
		end++
	}
	return end > i && end < len(c.text) && (c.text[end] == ')' || c.text[end] == '.' && end+1 < len(c.text) && c.text[end+1] == ' ')
}

// mark looks at a sign that is no letter: some end the sentence.
func (c *cutter) mark(r rune, i, size int) {
	if !unicode.IsSpace(r) {
		c.blank = false
	}
	switch r {
	case '!', '?', '…', '。':
		c.sentence++
	case '.':
		if c.stops(i + size) {
			c.sentence++
		}
	}
}

// stops reports whether the full stop before next ends a sentence: not after
// an abbreviation, an initial or an ordinal number, and not inside an address.
func (c *cutter) stops(next int) bool {
	if len(c.words) == 0 || c.words[len(c.words)-1].end != next-1 {
		return true
	}
	last := c.words[len(c.words)-1].folded
	if c.breaks.short[last] || len(last) == 1 || len(last) == 2 && last[0] <= '9' {
		return false
	}
	if next == len(c.text) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(c.text[next:])
	return !letter(r) || unicode.IsUpper(r) && len(last) > 3
}
