package policies

import (
	"regexp"
	"slices"
	"strings"
)

// publishedText is a policy's text cut into words. All comparing is done on
// words, so that quotes, dashes, bullets, emphasis, line ends and the width of
// the lines make no difference; the words themselves must agree.
type publishedText struct {
	plain    string // with plain quotes, dashes, spaces and line ends
	words    []textWord
	headings []textHeading
	times    []statedTime
	breaks   [][]int // where sentences end and begin, in bytes of plain
	lineEnds []int   // in bytes of plain
}

// textWord is one word or number, in lower case, with its bytes in plain.
type textWord struct {
	word       string
	start, end int
}

var wordPattern = regexp.MustCompile(`\d+(?:[.,]\d+)*|[\p{L}\p{M}]+`)

// plainSigns makes the many signs that mean the same into one. Signs that show
// nothing (zero-width ones, soft hyphens, the byte order mark) vanish.
var plainSigns = strings.NewReplacer(
	"\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n",
	"\u00a0", " ", "\u2007", " ", "\u2009", " ", "\u202f", " ", "\u3000", " ", "\t", " ",
	"\u00ad", "", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "",
	"‘", "'", "’", "'", "‚", "'", "‛", "'", "′", "'", "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`,
	"‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "―", "-", "−", "-",
	"…", "...", "ﬁ", "fi", "ﬂ", "fl", "`", "",
)

// readPublished cuts a text. The section names of the pack help to tell a
// heading from a line of text.
func readPublished(text string, named []string) *publishedText {
	t := &publishedText{plain: plainSigns.Replace(strings.ToValidUTF8(text, "\ufffd"))}
	t.words = wordsOf(t.plain)
	t.times = statedTimes(t.plain, t.words)
	t.breaks = sentenceBreak.FindAllStringIndex(t.plain, -1)
	for i := range len(t.plain) {
		if t.plain[i] == '\n' {
			t.lineEnds = append(t.lineEnds, i)
		}
	}
	t.readHeadings(named)
	return t
}

// wordsOf cuts a text whose signs are plain into words.
func wordsOf(plain string) []textWord {
	var words []textWord
	for _, at := range wordPattern.FindAllStringIndex(plain, -1) {
		words = append(words, textWord{strings.ToLower(plain[at[0]:at[1]]), at[0], at[1]})
	}
	return words
}

// wordKey joins the words of a short text, for comparing headings.
func wordKey(s string) string {
	var b strings.Builder
	for _, w := range wordsOf(plainSigns.Replace(s)) {
		b.WriteString(w.word)
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

// wordAt returns the index of the first word that begins at or after a byte.
func (t *publishedText) wordAt(offset int) int {
	i, _ := slices.BinarySearchFunc(t.words, offset, func(w textWord, at int) int { return w.start - at })
	return i
}

// wordSpan is a run of words: from the first to before the last.
type wordSpan struct{ from, to int }

// holds reports whether a span lies within this one.
func (s wordSpan) holds(other wordSpan) bool { return s.from <= other.from && other.to <= s.to }

// find returns where a phrase stands, word for word, inside a span.
func (t *publishedText) find(phrase []textWord, in wordSpan) []wordSpan {
	var found []wordSpan
	for i := in.from; len(phrase) > 0 && i+len(phrase) <= in.to; i++ {
		if slices.EqualFunc(phrase, t.words[i:i+len(phrase)], func(a, b textWord) bool { return a.word == b.word }) {
			found = append(found, wordSpan{i, i + len(phrase)})
		}
	}
	return found
}

// findReworded returns where a phrase stands in one of the sections if its
// numbers and times are allowed to differ, so that a changed number can be told
// from a lost phrase.
func (t *publishedText) findReworded(phrase string, sections []textHeading) (wordSpan, bool) {
	plain := plainSigns.Replace(phrase)
	words := wordsOf(plain)
	want, have := shapeOf(words, statedTimes(plain, words)), shapeOf(t.words, t.times)
	if !slices.ContainsFunc(want, func(s wordShape) bool { return s.what == anyNumber || s.what == anyTime }) {
		return wordSpan{}, false
	}
	for i := 0; i+len(want) <= len(have); i++ {
		run := have[i : i+len(want)]
		if !slices.EqualFunc(want, run, func(a, b wordShape) bool { return a.what == b.what }) {
			continue
		}
		span := wordSpan{run[0].from, run[len(run)-1].to}
		if slices.ContainsFunc(sections, func(s textHeading) bool { return s.holds(span) }) {
			return span, true
		}
	}
	return wordSpan{}, false
}

const (
	anyNumber = "#"
	anyTime   = "# days"
)

// wordShape is a word, or a sign that stands for any number or any time.
type wordShape struct {
	what string
	wordSpan
}

// shapeOf turns words into shapes; the times must be those of the words.
func shapeOf(words []textWord, times []statedTime) []wordShape {
	var shape []wordShape
	for i := 0; i < len(words); {
		next := wordShape{words[i].word, wordSpan{i, i + 1}}
		if len(times) > 0 && times[0].from == i {
			next = wordShape{anyTime, times[0].wordSpan}
			times = times[1:]
		} else if isNumber(words[i].word) {
			next.what = anyNumber
		}
		shape = append(shape, next)
		i = next.to
	}
	return shape
}

// quote returns the text of a span as one line.
func (t *publishedText) quote(s wordSpan) string {
	if s.from >= s.to {
		return ""
	}
	return oneLine(t.plain[t.words[s.from].start:t.words[s.to-1].end])
}

var signsOfLayout = strings.NewReplacer("**", "", "•", " ", "\n", " ")

// oneLine takes out line ends, bullets and emphasis, for quoting.
func oneLine(s string) string {
	return strings.Join(strings.Fields(signsOfLayout.Replace(s)), " ")
}

var (
	// sentenceBreak is the end of a sentence, a bullet, an empty line, or a line
	// end before a line that begins like a sentence.
	sentenceBreak = regexp.MustCompile(`[.!?]["')\]]*\s+["'(\[*•-]*[\p{Lu}\d]|•|\n[ ]*\n|\n[ ]*["'(\[*#-]*[\p{Lu}]`)
	sentenceEnd   = regexp.MustCompile(`^[.!?]["')\]]*`)
)

// sentence returns the words of the sentence around a span.
func (t *publishedText) sentence(s wordSpan) wordSpan {
	from, to := 0, len(t.plain)
	first, last := t.words[s.from].start, t.words[s.to-1].end
	next, _ := slices.BinarySearchFunc(t.breaks, first, func(b []int, at int) int { return b[0] - at })
	if next > 0 {
		from = t.breaks[next-1][0]
		from += len(sentenceEnd.FindString(t.plain[from:]))
	}
	for ; next < len(t.breaks); next++ {
		if t.breaks[next][0] >= last {
			to = t.breaks[next][0]
			break
		}
	}
	return wordSpan{t.wordAt(from), t.wordAt(to)}
}

const longestQuote = 240 // bytes

// quoteSentence returns the sentence around a span as one line, cut around it
// where it is too long to read.
func (t *publishedText) quoteSentence(s wordSpan) string {
	around := t.sentence(s)
	if end := t.words[around.to-1].end; end-t.words[around.from].start <= longestQuote {
		return t.quote(around) + sentenceEnd.FindString(t.plain[end:])
	}
	from, to := max(around.from, s.from-15), min(around.to, s.to+15)
	return "... " + t.quote(wordSpan{from, to}) + " ..."
}

// line returns the line of the text that a word stands in, from 1.
func (t *publishedText) line(word int) int {
	before, _ := slices.BinarySearch(t.lineEnds, t.words[word].start)
	return 1 + before
}
