package vault

import "encoding/hex"

// KeyLine is what may be known of one key of a ring.
type KeyLine struct {
	ID    string // 8 hexadecimal digits, as in the key file
	Made  string // the day it was made: 2006-01-02
	First bool   // root of the blind index, the signatures and the checkpoints: never removed
	Last  bool   // wraps new data keys
}

// Keys lists the ring in the order of its file.
func (r *Ring) Keys() []KeyLine {
	lines := make([]KeyLine, len(r.keys))
	for i, k := range r.keys {
		lines[i] = KeyLine{ID: hex.EncodeToString(k.id[:]), Made: k.created, First: i == 0, Last: i == len(r.keys)-1}
	}
	return lines
}

// WrappedBy returns the id of the key that wrapped a data key, as it stands in
// the key file, and "" for what is no wrapped key or a destroyed one.
func WrappedBy(wrapped []byte) string {
	if len(wrapped) != wrappedSize || wrapped[0] != version {
		return ""
	}
	return hex.EncodeToString(wrapped[1 : 1+idSize])
}
