package policies

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textHeading is a heading of a policy and the words of its section, which
// include those of the sections below it.
type textHeading struct {
	title    string // as published
	key      string // its words, for comparing
	number   int    // of "7. Your Rights" and "7.2 Export" the 7; 0 without one
	depth    int    // of "7." 1, of "7.2" 2; of an unnumbered heading 0
	hashes   int    // Markdown's signs before it
	level    int    // 1 for a main section
	first    int    // its own first word
	wordSpan        // the words below it
}

const (
	longestHeading = 90 // characters
	longestTitle   = 12 // words
	shortestProse  = 40 // characters of a line that is text below a heading
	numbersMayMiss = 3  // numbers that may be missing between two sections
	fewestNumbered = 3  // numbered headings that make a numbered policy
	linesToBlank   = 5  // a text with a blank line for so many is a spaced one
	listLevel      = 9  // below every section: the items of a list
	mostTitles     = 40 // listed when a section is missing
)

var (
	numberedLine = regexp.MustCompile(`^(?:(?i:section|article|clause|part)\s+)?(\d{1,2}(?:\.\d{1,2})*)[.):]?\s+(["'(]?\p{Lu}.*)$`)
	letteredLine = regexp.MustCompile(`^(?:[IVX]{1,5}|[A-Z])[.)]\s+(["'(]?\p{Lu}.*)$`)
	bulletLine   = regexp.MustCompile(`^(?:[-*•◦▪·–+]|←|→)\s`)
	smallWords   = []string{"the", "a", "an", "and", "or", "of", "to", "in", "on", "for", "from", "by", "with", "our", "your", "we", "you", "us", "about"}
)

// textLine is a line with its place and what stands around it.
type textLine struct {
	text        string // without the blanks around it
	offset      int
	blankBefore bool
	next        string // the next line that is not blank
	blankAfter  bool
}

// linesOf returns the lines that are not blank, and whether the text sets its
// parts apart with blank ones.
func linesOf(plain string) (lines []textLine, spaced bool) {
	offset, blanks, blank := 0, 0, true
	for _, raw := range strings.Split(plain, "\n") {
		trimmed := strings.TrimSpace(raw)
		if trimmed == "" {
			blanks++
			blank = true
		} else {
			if len(lines) > 0 {
				lines[len(lines)-1].next, lines[len(lines)-1].blankAfter = trimmed, blank
			}
			at := offset + strings.Index(raw, trimmed)
			lines = append(lines, textLine{text: trimmed, offset: at, blankBefore: blank})
			blank = false
		}
		offset += len(raw) + 1
	}
	return lines, blanks*linesToBlank > len(lines)
}

// readHeadings finds the headings, their levels and the words below each.
func (t *publishedText) readHeadings(named []string) {
	var style headingStyle
	for _, name := range named {
		style.named = append(style.named, wordKey(name))
		style.sentences = style.sentences || !inTitleCase(name)
	}
	lines, spaced := linesOf(t.plain)
	style.spaced = spaced
	for _, line := range lines {
		if h, ok := style.heading(line); ok {
			h.first = t.wordAt(line.offset)
			h.from = t.wordAt(line.offset + len(line.text))
			t.headings = append(t.headings, h)
		}
	}
	t.dropContents()
	t.setLevels(style.named)
	t.closeSections()
}

// closeSections ends each section where the next of its level or above begins.
func (t *publishedText) closeSections() {
	var open []int
	for i := range t.headings {
		t.headings[i].to = len(t.words)
		for len(open) > 0 && t.headings[i].level <= t.headings[open[len(open)-1]].level {
			t.headings[open[len(open)-1]].to = t.headings[i].first
			open = open[:len(open)-1]
		}
		open = append(open, i)
	}
}

// headingStyle is how the headings of a text look, as far as its lines and the
// names in the pack tell.
type headingStyle struct {
	named     []string // keys of the sections that the pack names
	spaced    bool     // empty lines stand between the parts of the text
	sentences bool     // some named section is written like a sentence: "Your rights"
}

// heading decides whether a line is a heading.
func (s headingStyle) heading(line textLine) (textHeading, bool) {
	title := strings.TrimLeft(line.text, "#")
	h := textHeading{hashes: len(line.text) - len(title)}
	title = strings.Trim(title, " *_:")
	h.title, h.key = oneLine(title), wordKey(title)
	if bulletLine.MatchString(line.text) || h.key == "" || utf8.RuneCountInString(title) > longestHeading {
		return h, false
	}
	rest := title
	if m := numberedLine.FindStringSubmatch(title); m != nil {
		number, below, _ := strings.Cut(m[1], ".")
		h.number, _ = strconv.Atoi(number)
		h.depth, rest = 1, m[2]
		if below != "" {
			h.depth = 2 + strings.Count(below, ".")
		}
	} else if m := letteredLine.FindStringSubmatch(title); m != nil {
		rest = m[1]
	}
	switch {
	case h.hashes > 0 || slices.Contains(s.named, h.key):
		return h, true
	case len(strings.Fields(rest)) > longestTitle || strings.ContainsAny(rest[len(rest)-1:], ".,;!") || strings.Contains(rest, ". "):
		return h, false
	case h.depth > 0 || rest != title:
		return h, true
	}
	return h, s.isTitle(line, title)
}

// isTitle decides on a line without a number: it reads like a title and stands
// where a title stands.
func (s headingStyle) isTitle(line textLine, title string) bool {
	first, _ := utf8.DecodeRuneInString(title)
	if !unicode.IsUpper(first) || strings.ContainsAny(title, "@:/\"") || strings.HasSuffix(line.text, ":") || line.next == "" {
		return false
	}
	if s.spaced && !line.blankBefore || !inTitleCase(title) && !(s.sentences && s.spaced && line.blankAfter) {
		return false
	}
	// Lines of an address look like titles, but no text follows them.
	prose := utf8.RuneCountInString(line.next) >= shortestProse || strings.HasSuffix(line.next, ".") || !inTitleCase(line.next)
	return prose || line.blankAfter || numberedLine.MatchString(line.next)
}

// inTitleCase reports whether every word but the small ones begins with a
// capital, a digit or a sign.
func inTitleCase(title string) bool {
	for _, word := range strings.Fields(title) {
		first, _ := utf8.DecodeRuneInString(strings.TrimLeft(word, "(\"'"))
		if unicode.IsLower(first) && !slices.Contains(smallWords, strings.ToLower(word)) {
			return false
		}
	}
	return true
}

// dropContents forgets the lines of a table of contents: headings with nothing
// below them that come again later.
func (t *publishedText) dropContents() {
	last := map[string]int{}
	for i, h := range t.headings {
		last[h.key] = i
	}
	var kept []textHeading
	for i, h := range t.headings {
		empty := i+1 < len(t.headings) && h.from == t.headings[i+1].first
		if !empty || last[h.key] == i {
			kept = append(kept, h)
		}
	}
	t.headings = kept
}

// setLevels tells main sections from those below them: by Markdown's signs, or
// by numbers where the main sections carry them, else by their absence.
func (t *publishedText) setLevels(named []string) {
	if slices.ContainsFunc(t.headings, func(h textHeading) bool { return h.hashes > 0 }) {
		t.levelsByHashes()
		return
	}
	numbered := t.mainAreNumbered(named)
	last := 0
	for i := range t.headings {
		h := &t.headings[i]
		switch {
		case numbered && i > 0 && h.continues(t.headings[i-1]) && !slices.Contains(named, h.key):
			h.level = listLevel
		case !numbered:
			h.level = 1 + h.depth
		case h.depth == 0 && last == 0:
			h.level = 1 // a title or a preamble before the first number
		case h.depth == 0:
			h.level = 2
		case h.depth > 1:
			h.level = h.depth
		case h.number >= last && h.number <= last+numbersMayMiss:
			h.level, last = 1, h.number
		default:
			h.level = listLevel // counted on its own, within a section
		}
	}
}

// continues reports whether a numbered line is the next item of the list that
// the line right above it belongs to.
func (h *textHeading) continues(above textHeading) bool {
	return above.level == listLevel && above.from == h.first && h.number == above.number+1
}

// levelsByHashes sets the levels of a Markdown text. A single heading above all
// others is the title, and takes only the words before the first section.
func (t *publishedText) levelsByHashes() {
	highest, count, second := 7, 0, 7
	for _, h := range t.headings {
		switch {
		case h.hashes == 0:
		case h.hashes < highest:
			second, highest, count = highest, h.hashes, 1
		case h.hashes == highest:
			count++
		case h.hashes < second:
			second = h.hashes
		}
	}
	if count == 1 && second < 7 {
		highest = second
	}
	for i := range t.headings {
		h := &t.headings[i]
		h.level = max(1, h.hashes-highest+1)
		if h.hashes == 0 {
			h.level = listLevel // a bold or short line within a section
		}
	}
}

// mainAreNumbered lets the pack decide: most of the headings it names are
// numbered, or most are not. A pack that names none leaves it to the count.
func (t *publishedText) mainAreNumbered(named []string) bool {
	votes, numbered, next := 0, 0, 1
	for _, h := range t.headings {
		if h.depth > 0 && h.number == next {
			numbered, next = numbered+1, next+1
		}
		switch known := slices.ContainsFunc(named, func(key string) bool { return key == h.key || unnumbered(key) == unnumbered(h.key) }); {
		case known && h.depth > 0:
			votes++
		case known:
			votes--
		}
	}
	return votes > 0 || votes == 0 && numbered >= fewestNumbered
}

// unnumbered cuts the number off a heading's key.
func unnumbered(key string) string {
	first, rest, more := strings.Cut(key, " ")
	if more && first[0] >= '0' && first[0] <= '9' {
		return rest
	}
	return key
}

// sections returns the headings of a name. Where none bears it exactly, those
// which differ only in their number are returned, and exact is false.
func (t *publishedText) sections(name string) (found []textHeading, exact bool) {
	key := wordKey(name)
	for _, h := range t.headings {
		if h.key == key {
			found = append(found, h)
		}
	}
	if len(found) > 0 {
		return found, true
	}
	for _, h := range t.headings {
		if unnumbered(h.key) == unnumbered(key) {
			found = append(found, h)
		}
	}
	return found, false
}

// sectionOf names the section a word stands in, main section first.
func (t *publishedText) sectionOf(word int) string {
	last, exact := slices.BinarySearchFunc(t.headings, word, func(h textHeading, at int) int { return h.first - at })
	if !exact {
		last--
	}
	var names []string
	for i, level := last, listLevel+1; i >= 0 && level > 1; i-- {
		if h := t.headings[i]; h.level < level {
			names = append(names, h.title)
			level = h.level
		}
	}
	if len(names) == 0 {
		return beforeHeadings
	}
	slices.Reverse(names)
	return strings.Join(names, " / ")
}

const beforeHeadings = "(before the first heading)"

// titles lists the main sections, for a finding that one is missing.
func (t *publishedText) titles() string {
	var titles []string
	for _, h := range t.headings {
		if h.level == 1 && len(titles) < mostTitles {
			titles = append(titles, h.title)
		}
	}
	return strings.Join(titles, "; ")
}
