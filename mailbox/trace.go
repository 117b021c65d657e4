package mailbox

import (
	"bytes"
	"net/mail"
	"strings"
	"time"
)

// oldestTrace is how long a mail server keeps trying to hand a message on
// (RFC 5321, 4.5.4.1). What is older is not its own note.
const oldestTrace = 7 * 24 * time.Hour

// ReceivedAt is when the server that hands a message over received it, by the
// trace line that it put on top (RFC 5321, 4.4). A message that waited because
// we were away is as old as that line says, and so are its clocks. Where there
// is no such line, or it names an instant after now or more than a week before,
// it is now.
func ReceivedAt(raw []byte, now time.Time) time.Time {
	head, _ := Split(raw[:min(len(raw), maxHead)])
	for len(head) > 0 {
		field := firstField(head)
		head = head[len(field):]
		name, value, _ := strings.Cut(string(field), ":")
		if !strings.EqualFold(name, "Received") {
			continue
		}
		_, date, _ := cutLast(value, ";")
		at, err := mail.ParseDate(strings.Join(strings.Fields(date), " "))
		if err != nil || at.After(now) || now.Sub(at) > oldestTrace {
			return now
		}
		return at.UTC()
	}
	return now
}

// firstField returns the first field of a header with the lines that continue
// it.
func firstField(head []byte) []byte {
	for end := 0; ; {
		line := bytes.IndexByte(head[end:], '\n')
		if line < 0 {
			return head
		}
		end += line + 1
		if end == len(head) || head[end] != ' ' && head[end] != '\t' {
			return head[:end]
		}
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
