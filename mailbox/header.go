package mailbox

import (
	"bytes"
	"strings"
)

// field is one field of a header: its name in lower case, and its value on one
// line, not decoded.
type field struct{ name, value string }

// header is the fields of a message or part, topmost first.
type header []field

// get returns the topmost field of a name, "" where there is none.
func (h header) get(name string) string {
	for _, f := range h {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// all returns the values of a name, topmost first.
func (h header) all(name string) []string {
	var values []string
	for _, f := range h {
		if f.name == name {
			values = append(values, f.value)
		}
	}
	return values
}

// has reports whether there is a field of one of the names.
func (h header) has(name string) bool {
	for _, f := range h {
		if f.name == name {
			return true
		}
	}
	return false
}

// is reports whether a field says a word, in any case.
func (h header) is(name, word string) bool {
	return strings.EqualFold(strings.TrimSpace(h.get(name)), word)
}

// head divides a message into header and body. It forgives what comes before a
// header: empty lines, and the line of an mbox file.
func (r *reading) head(raw []byte) (header, []byte) {
	if bytes.IndexByte(raw, '\n') < 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	trimmed := bytes.TrimLeft(raw, "\r\n")
	if line, after := cutLine(trimmed); bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")) {
		trimmed = after
	}
	if len(trimmed) > 0 && !goesOn(trimmed, 200) {
		r.fault(faultNoHeader)
		return nil, raw
	}
	return r.fields(trimmed)
}

// fields reads header fields up to the empty line that ends them.
func (r *reading) fields(raw []byte) (header, []byte) {
	var h header
	size := 0
	for len(raw) > 0 {
		line, after := cutLine(raw)
		if len(line) == 0 {
			return h, after
		}
		n := fieldLength(raw)
		if size += n; size > maxHead && len(h) > 0 || len(h) >= maxFields {
			r.fault(faultHeaderFlood)
			return h, afterHeader(raw)
		}
		name := fieldName(line)
		switch {
		case name == "" && !goesOn(raw, 20): // the empty line is missing, and here begins what was written
			r.fault(faultHeaderLine)
			return h, raw
		case name == "":
			r.fault(faultHeaderLine)
		default:
			h = append(h, field{name, r.unfold(raw[:n])})
		}
		raw = raw[n:]
	}
	return h, nil
}

// afterHeader finds the body of a header that is not read to its end.
func afterHeader(raw []byte) []byte {
	for len(raw) > 0 {
		line, after := cutLine(raw)
		if len(line) == 0 {
			return after
		}
		raw = after
	}
	return nil
}

// cutLine divides at the first line end, which is left out.
func cutLine(raw []byte) (line, after []byte) {
	line, after, _ = bytes.Cut(raw, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), after
}

// fieldLength counts the bytes of the field at the top, with the lines that
// continue it.
func fieldLength(raw []byte) int {
	n := 0
	for {
		end := bytes.IndexByte(raw[n:], '\n')
		if end < 0 {
			return len(raw)
		}
		n += end + 1
		if n >= len(raw) || raw[n] != ' ' && raw[n] != '\t' {
			return n
		}
	}
}

// fieldName returns the name of a field in lower case, "" where the line is
// none. Blanks before the colon are an old habit (RFC 5322, 4.5).
func fieldName(line []byte) string {
	name, _, found := bytes.Cut(line, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	if !found || len(name) == 0 || len(name) > 100 {
		return ""
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return ""
		}
	}
	return strings.ToLower(string(name))
}

// goesOn reports whether a header begins here, or goes on after a line that is no
// field: one of so many lines is a field that mail is known to have.
func goesOn(raw []byte, lines int) bool {
	for range lines {
		line, after := cutLine(raw)
		if len(line) == 0 {
			return false
		}
		switch name := fieldName(line); {
		case strings.HasPrefix(name, "content-"), strings.HasPrefix(name, "x-"), strings.HasPrefix(name, "list-"), strings.HasPrefix(name, "arc-"):
			return true
		case usual[name]:
			return true
		}
		raw = after
	}
	return false
}

// usual lists fields whose names are no words a letter would begin a line with
// by chance before it has begun.
var usual = map[string]bool{
	"from": true, "to": true, "cc": true, "subject": true, "date": true, "message-id": true, "received": true,
	"return-path": true, "delivered-to": true, "reply-to": true, "sender": true, "mime-version": true,
	"references": true, "in-reply-to": true, "authentication-results": true, "dkim-signature": true,
	"auto-submitted": true, "precedence": true, "envelope-to": true,
}

// unfold takes the value out of a field and puts it on one line.
func (r *reading) unfold(raw []byte) string {
	_, value, _ := bytes.Cut(raw, []byte(":"))
	if len(value) > maxField {
		r.fault(faultFieldLong)
		value = value[:maxField]
	}
	var b strings.Builder
	for len(value) > 0 {
		var line []byte
		line, value = cutLine(value)
		if line = bytes.Trim(line, " \t\r"); len(line) > 0 {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.Write(line)
		}
	}
	return b.String()
}
