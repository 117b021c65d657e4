package mailbox

import (
	"regexp"
	"strings"
)

// Forwarded is somebody else's letter that the sender hands on.
type Forwarded struct {
	From string // who wrote it, as the program that forwarded it says; "" where it does not
	Text string // what they wrote, without what they quote
}

// deepestForward is how many times a letter is unwrapped that was handed on
// again and again.
const deepestForward = 5

// forwarding finds the line that programs of eight languages draw above a letter
// that is handed on.
var forwarding = regexp.MustCompile(`(?i)^\s*(?:-{2,}|_{2,})\s*(?:forwarded message|weitergeleitete nachricht|message transféré|message transmis|mensaje reenviado|mensagem encaminhada|mensagem reencaminhada|doorgestuurd bericht|messaggio inoltrato|wiadomość przekazana|przekazana wiadomość|treść przekazanej wiadomości)\s*:?\s*(?:-{2,}|_{2,})\s*$|` +
	`^\s*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado|início da mensagem (?:reencaminhada|encaminhada)|begin doorgestuurd bericht|inizio messaggio inoltrato|początek przekazywanej wiadomości)\s*:\s*$`)

// handedOn finds the subject of a letter that is handed on. Outlook draws the
// same lines above what it answers, and only the subject tells them apart.
var handedOn = regexp.MustCompile(`(?i)^\s*(?:fwd?|wg|tr|rv|enc|i|pd|doorst)\s*:`)

// divide parts a text into what its sender wrote and what was quoted, and where
// the sender handed somebody else's letter on, into that letter too. The lines
// that say who wrote it are nobody's words and count as quoted. Where the sender
// added none of their own, the other's words are what the message says.
func (m *Message) divide(text string) {
	above, head, below := forwardIn(text, handedOn.MatchString(m.Subject))
	if head == "" {
		m.Text, m.Quoted = unquoted(text)
		return
	}
	m.Forwarded = &Forwarded{From: writerIn(head)}
	rest := below
	for range deepestForward {
		before, again, after := forwardIn(below, false)
		if again == "" || strings.TrimSpace(before) != "" {
			break
		}
		below, m.Forwarded.From = after, writerIn(again)
	}
	inner, quoted := unquoted(below)
	m.Forwarded.Text = inner
	if m.Text, m.Quoted = unquoted(above); m.Text == "" {
		m.Text, m.Quoted = inner, joined(m.Quoted, head, quoted)
		return
	}
	m.Quoted = joined(m.Quoted, head, rest)
}

// joined puts an empty line between the passages that say something.
func joined(passages ...string) string {
	var said []string
	for _, p := range passages {
		if p = strings.TrimSpace(p); p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "\n\n")
}

// forwardIn divides a text where a letter begins that is handed on: what stands
// above it, the lines of a program about it, and the letter. head is "" where
// there is none, or only inside of what is answered.
func forwardIn(text string, handedOn bool) (above, head, below string) {
	l := &letter{lines: strings.Split(text, "\n")}
	l.cut = make([]bool, len(l.lines))
	l.marks()
	l.announcements()
	for i, line := range l.lines {
		if l.cut[i] {
			continue
		}
		drawn := strings.ContainsAny(line, "-_:") && forwarding.MatchString(line)
		if !drawn && !l.beginsTail(i) {
			continue
		}
		if !drawn && !(handedOn && l.headerBlock(i)) {
			return text, "", ""
		}
		lines := l.lines[i:]
		end := headEnd(lines, drawn)
		return strings.Join(l.lines[:i], "\n"), strings.Join(lines[:end], "\n"), strings.Join(unmarked(lines[end:]), "\n")
	}
	return text, "", ""
}

// headEnd counts the lines that a program wrote above a letter: the drawn one and
// the block of header lines, which may be folded, marked or spread by empty lines.
func headEnd(lines []string, drawn bool) int {
	end := 0
	if drawn {
		end = 1
	}
	labelled := false // the line before belongs to the block
	for i := end; i < len(lines) && i < end+8; i++ {
		line := unmark(lines[i])
		switch {
		case roleOf(line) != roleNone:
			labelled, end = true, i+1
		case strings.TrimSpace(line) == "":
			labelled = false
		case labelled && (strings.TrimLeft(line, " \t") != line || strings.Contains(line, "@")): // folded
			end = i + 1
		default:
			return end
		}
	}
	return end
}

// writerIn reads who wrote a letter out of the lines above it.
func writerIn(head string) string {
	for line := range strings.SplitSeq(head, "\n") {
		if line = unmark(line); roleOf(line) == roleFrom {
			_, value, _ := strings.Cut(line, ":")
			return shorten(strings.Trim(value, " *"))
		}
	}
	return ""
}

// unmark takes one ">" away from a line.
func unmark(line string) string { return strings.TrimPrefix(strings.TrimPrefix(line, ">"), " ") }

// unmarked does so for a letter of which every line has one, as some programs
// hand letters on.
func unmarked(lines []string) []string {
	var bare []string
	for _, line := range lines {
		if strings.TrimSpace(line) != "" && !markedLine(line) {
			return lines
		}
		bare = append(bare, unmark(line))
	}
	return bare
}
