package mailbox

import "strings"

// signatureLine begins a signature (RFC 3676, 4.3).
const signatureLine = "-- "

// unflow puts the lines of a flowed text together again (RFC 3676): a line that
// ends in a blank goes on in the next, if both are quoted equally deep. With
// delsp the blank is no part of the text.
func unflow(text string, delsp bool) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var out strings.Builder
	out.Grow(len(text))
	open, openDepth := false, 0
	for line := range strings.SplitSeq(text, "\n") {
		depth := 0
		for depth < len(line) && line[depth] == '>' {
			depth++
		}
		// The blank before a ">" that is no mark stays, to tell it from one.
		if line = line[depth:]; !strings.HasPrefix(line, " >") || depth > 0 {
			line = strings.TrimPrefix(line, " ")
		}
		flows := strings.HasSuffix(line, " ") && line != signatureLine
		if open && (depth != openDepth || line == signatureLine) {
			open = false
			out.WriteByte('\n')
		}
		if !open && depth > 0 {
			out.WriteString(strings.Repeat(">", depth) + " ")
		}
		if flows && delsp {
			line = line[:len(line)-1]
		}
		out.WriteString(line)
		if open, openDepth = flows, depth; !open {
			out.WriteByte('\n')
		}
	}
	return strings.TrimSuffix(out.String(), "\n")
}
