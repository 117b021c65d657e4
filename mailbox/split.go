package mailbox

import (
	"bytes"
	"slices"
	"strings"
)

// Split parts a message at the first empty line into its header and its body.
// Where there is none, all of it is header.
func Split(raw []byte) (head, body []byte) {
	for i := 0; i < len(raw); {
		end := bytes.IndexByte(raw[i:], '\n')
		if end < 0 {
			break
		}
		if line := bytes.TrimRight(raw[i:i+end], "\r"); len(line) == 0 {
			return raw[:i], raw[i+end+1:]
		}
		i += end + 1
	}
	return raw, nil
}

// MessageIDOf is the Message-ID of a header block, "" where it is missing or
// unusable.
func MessageIDOf(head []byte) string { return Read(head, nil).MessageID }

// SendersOf lists the addresses that a header block is from, in lower case and
// in one order however it names them.
func SendersOf(head []byte) []string {
	senders := emails(Read(head, nil).From)
	for i := range senders {
		senders[i] = strings.ToLower(senders[i])
	}
	slices.Sort(senders)
	return slices.Compact(senders)
}
