package mailbox

import (
	"strings"
)

// letter is a text by lines, each marked where it is quoted.
type letter struct {
	lines []string
	cut   []bool
}

// unquoted divides a text into what its sender wrote and what they quoted. It
// takes away only what is surely quoted: lines that begin with ">", with the
// line that announces them; all below a mail program's header block or divider;
// a signature. Lines between quoted ones are answers and stay. A cut that is made
// by words alone, and would leave nothing, is not made: to show a quote is better
// than to lose what a person wrote.
func unquoted(text string) (own, quoted string) {
	l := &letter{lines: strings.Split(text, "\n")}
	l.cut = make([]bool, len(l.lines))
	l.marks()
	l.announcements()
	l.tail()
	l.signatures()
	l.between()
	return l.join(false), l.join(true)
}

// marks finds lines that begin with ">". A lone ">From" is the work of a mail
// store, which must not let a line begin with From.
func (l *letter) marks() {
	for i, line := range l.lines {
		l.cut[i] = markedLine(line) && !(strings.HasPrefix(line, ">From ") && !l.markedAt(i-1) && !l.markedAt(i+1))
	}
	for i, line := range l.lines {
		if !l.cut[i] && strings.HasPrefix(line, ">From ") {
			l.lines[i] = line[1:]
		}
	}
}

func (l *letter) markedAt(i int) bool { return i >= 0 && i < len(l.lines) && markedLine(l.lines[i]) }

// markedLine reports a line that begins with ">". One that begins with a blank
// before it was written so (RFC 3676, 4.4).
func markedLine(line string) bool { return strings.HasPrefix(line, ">") }

// announcements finds "On … wrote:" above each run of marked lines.
func (l *letter) announcements() {
	for i := range l.lines {
		if !l.cut[i] || i > 0 && l.cut[i-1] {
			continue
		}
		end := i
		for end > 0 && strings.TrimSpace(l.lines[end-1]) == "" {
			end--
		}
		l.mark(end-l.announcement(end), end)
	}
}

// announcement counts the lines above a place that say who wrote what is below:
// as few as do, but so many that the first of them begins as such lines begin.
func (l *letter) announcement(end int) int {
	fewest := 0
	for n := 1; n <= maxAttribution && end-n >= 0 && !l.cut[end-n] && strings.TrimSpace(l.lines[end-n]) != ""; n++ {
		if n > 1 && strings.ContainsAny(l.lines[end-n][len(l.lines[end-n])-1:], ".!?") {
			break // a sentence ends there
		}
		text := strings.Join(l.lines[end-n:end], " ")
		switch {
		case !announces(text):
		case begins.MatchString(text):
			return n
		case fewest == 0:
			fewest = n
		}
	}
	return fewest
}

// tail finds where a program put the letter that is answered, unmarked, below
// the answer. All from there on is quoted.
func (l *letter) tail() {
	for i := range l.lines {
		if l.cut[i] || !l.beginsTail(i) {
			continue
		}
		if l.hasWords(0, i) {
			for i > 0 && rule(l.lines[i-1]) {
				i--
			}
			l.mark(i, len(l.lines))
		}
		return
	}
}

// beginsTail reports whether a line begins what a program quotes unmarked: a
// divider with words, a block of header lines, or "On … wrote:" that names date,
// hour and address.
func (l *letter) beginsTail(i int) bool {
	if strings.TrimSpace(l.lines[i]) == "" {
		return false
	}
	if strings.ContainsAny(l.lines[i], "-_:") && (divider.MatchString(l.lines[i]) || forwarding.MatchString(l.lines[i]) || l.headerBlock(i)) {
		return true
	}
	for n := 1; n <= maxAttribution && i+n <= len(l.lines); n++ {
		last := strings.TrimSpace(l.lines[i+n-1])
		if last == "" || l.cut[i+n-1] {
			return false
		}
		if strings.HasSuffix(last, ":") {
			return announcesUnmarked(strings.Join(l.lines[i:i+n], " "))
		}
	}
	return false
}

// headerBlock reports whether the lines from i on are the header that Outlook
// and others put above what is answered: who, when, and to whom or about what.
func (l *letter) headerBlock(i int) bool {
	if r := roleOf(l.lines[i]); r != roleFrom && r != roleSent {
		return false
	}
	var seen [roles]bool
	other := 0
	for j := i; j < len(l.lines) && j < i+14; j++ {
		r := roleOf(l.lines[j])
		if r == roleNone {
			// One long line of recipients may be folded, and HTML leaves empty lines.
			if other++; other > 4 {
				break
			}
			continue
		}
		seen[r] = true
	}
	return seen[roleFrom] && seen[roleSent] && (seen[roleTo] || seen[roleSubject])
}

// signatures finds "-- " with a few lines below it.
func (l *letter) signatures() {
	words := false // above
	for i, line := range l.lines {
		words = words || l.hasWords(i, i+1)
		if l.cut[i] || line != signatureLine || !words {
			continue
		}
		end, count := i+1, 0
		for end < len(l.lines) && !l.cut[end] && count <= maxSignature {
			if strings.TrimSpace(l.lines[end]) != "" {
				count++
			}
			end++
		}
		if count <= maxSignature {
			l.mark(i, end)
		}
	}
}

// between gives empty lines that lie between quoted ones to the quote.
func (l *letter) between() {
	for i := 0; i < len(l.lines); i++ {
		if l.cut[i] || strings.TrimSpace(l.lines[i]) != "" || i == 0 || !l.cut[i-1] {
			continue
		}
		end := i
		for end < len(l.lines) && strings.TrimSpace(l.lines[end]) == "" {
			end++
		}
		if end < len(l.lines) && l.cut[end] {
			l.mark(i, end)
		}
		i = end
	}
}

func (l *letter) mark(from, to int) {
	for i := from; i < to; i++ {
		l.cut[i] = true
	}
}

// hasWords reports whether a person's words stand between two lines.
func (l *letter) hasWords(from, to int) bool {
	for i := from; i < to; i++ {
		if !l.cut[i] && strings.TrimSpace(l.lines[i]) != "" && !rule(l.lines[i]) {
			return true
		}
	}
	return false
}

// join returns the lines that are quoted, or those that are not.
func (l *letter) join(quoted bool) string {
	var lines []string
	for i, line := range l.lines {
		if l.cut[i] == quoted {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(squeeze(strings.Join(lines, "\n")))
}

// rule reports a line that is only drawn, or empty.
func rule(line string) bool { return strings.Trim(line, "-_=* \t") == "" }
