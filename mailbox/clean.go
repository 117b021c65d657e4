package mailbox

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// invisible reports characters that show nothing and can make one text look
// like another: zero widths, direction marks, tags. The two joiners, without
// which Persian and many pictograms fall apart, are not among them.
func invisible(c rune) bool {
	switch {
	case c == 0x200b, c == 0x2060, c == 0xfeff, c == 0xad, c == 0x180e, c >= 0xe0000 && c <= 0xe007f:
		return true
	case c == 0x200e, c == 0x200f, c == 0x61c:
		return true
	}
	return turns(c)
}

// turns reports characters that turn the direction of what follows.
func turns(c rune) bool { return c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 }

// separator reports the characters that end lines besides \n.
func separator(c rune) bool { return c == 0x2028 || c == 0x2029 || c == 0x85 }

// cleanLine makes a header's words fit for one line: NFC, blanks as single
// spaces, nothing hidden. It reports false where something hidden was there.
func cleanLine(s string) (string, bool) {
	clean, plain := true, true
	for i := 0; i < len(s); i++ {
		plain = plain && s[i] >= ' ' && s[i] < 0x7f
	}
	if !plain {
		s = strings.Map(func(c rune) rune {
			switch {
			case c == '\t' || c == '\n' || c == '\r' || separator(c) || unicode.IsSpace(c):
				return ' '
			case unicode.IsControl(c) || invisible(c) || !utf8.ValidRune(c):
				clean = false
				return -1
			}
			return c
		}, s)
		s = norm.NFC.String(s)
	}
	return strings.Join(strings.Fields(s), " "), clean
}

// cleanText makes a body fit to be read: lines end in \n, blanks that are no
// space become one, nothing hidden is left, and no more than one empty line
// stands between two others. It reports false where something was hidden that
// no program puts there by habit.
func cleanText(s string) (string, bool) {
	clean := true
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t' || c >= ' ' && c < 0x7f:
			return c
		case c == '\f' || c == '\v' || separator(c):
			return '\n'
		case unicode.IsSpace(c):
			return ' '
		case unicode.IsControl(c) || turns(c):
			clean = false
			return -1
		case invisible(c):
			return -1
		}
		return c
	}, s)
	return squeeze(norm.NFC.String(s)), clean
}

// squeeze takes blanks from the ends of lines, but not from the line "-- " that
// begins a signature, and empty lines where several follow each other.
func squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	empty := 0
	for line := range strings.SplitSeq(s, "\n") {
		if line != signatureLine {
			line = strings.TrimRight(line, " \t")
		}
		if line == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n"[:min(empty, 1)+1])
		}
		b.WriteString(line)
		empty = 0
	}
	return b.String()
}

// truncate cuts a text to a number of characters.
func truncate(s string, most int) string {
	if len(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}

// fileName makes a name fit to be shown and saved: the last part of a path,
// nothing hidden, nothing a file system refuses, and not too long. It is "" where
// nothing is left.
func (r *reading) fileName(name string) string {
	cleaned, clean := cleanLine(name)
	base := path.Base(strings.Trim(strings.ReplaceAll(cleaned, `\`, "/"), "/"))
	base = strings.Map(func(c rune) rune {
		if strings.ContainsRune(`<>:"|?*/`, c) {
			return '_'
		}
		return c
	}, base)
	base = strings.Trim(base, ". ")
	if ext := path.Ext(base); utf8.RuneCountInString(base) > maxName {
		ext = truncate(ext, 10)
		base = truncate(base, maxName-utf8.RuneCountInString(ext)) + ext
	}
	if !clean || base != cleaned {
		r.fault(faultName)
	}
	return base
}
