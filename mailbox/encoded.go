package mailbox

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"unicode/utf8"
)

// encodedWord is =?charset*language?encoding?text?= (RFC 2047, RFC 2231), with
// the blanks inside that some programs leave there.
var encodedWord = regexp.MustCompile(`=\?([^?*\s]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=`)

// line reads a field of words: encoded words decoded, one line, nothing hidden.
func (r *reading) line(value string) string {
	decoded := r.words(value)
	if strings.Contains(decoded, "=?") && strings.Contains(decoded, "?=") {
		r.fault(faultEncodedWord)
	}
	cleaned, clean := cleanLine(decoded)
	if !clean {
		r.fault(faultHeaderControls)
	}
	return truncate(cleaned, maxLine)
}

// bare takes hidden characters out of a field that has a grammar and leaves its
// encoded words for later.
func (r *reading) bare(value string) string {
	cleaned, clean := cleanLine(r.bytes(value))
	if !clean {
		r.fault(faultHeaderControls)
	}
	return cleaned
}

// words decodes the encoded words of a field. Neighbours in the same charset are
// put together before they are decoded: some programs cut a character in two.
func (r *reading) words(value string) string {
	var out strings.Builder
	var pending []byte
	charset, last := "", 0
	flush := func() {
		out.WriteString(r.decodeWord(pending, charset))
		pending = nil
	}
	for _, at := range encodedWord.FindAllStringSubmatchIndex(value, -1) {
		between := value[last:at[0]]
		if last == 0 || strings.TrimSpace(between) != "" {
			flush()
			out.WriteString(r.bytes(between))
		}
		if name := value[at[2]:at[3]]; !strings.EqualFold(name, charset) {
			flush()
			charset = name
		}
		pending = append(pending, wordBytes(value[at[6]:at[7]], value[at[4]])...)
		last = at[1]
	}
	flush()
	out.WriteString(r.bytes(value[last:]))
	return out.String()
}

// wordBytes decodes the text of an encoded word, Q or B.
func wordBytes(text string, encoding byte) []byte {
	if encoding == 'b' || encoding == 'B' {
		decoded, _ := lenientBase64([]byte(text))
		return decoded
	}
	decoded, _ := lenientQuoted(bytes.ReplaceAll([]byte(text), []byte("_"), []byte("=20")))
	return decoded
}

// decodeWord reads the bytes of an encoded word. Its faults are the header's.
func (r *reading) decodeWord(data []byte, charset string) string {
	if len(data) == 0 {
		return ""
	}
	text, fault := decode(data, charset)
	if fault != "" {
		r.fault(faultHeaderBytes)
	}
	return text
}

// bytes reads a field's raw bytes: UTF-8 as RFC 6532 allows, or a guess.
func (r *reading) bytes(value string) string {
	if utf8.ValidString(value) {
		return value
	}
	r.fault(faultHeaderBytes)
	return guess([]byte(value))
}

// lenientBase64 decodes what can be decoded, and reports whether it was whole.
// Padding in the middle, which comes of two encoded texts put together, is
// passed over.
func lenientBase64(data []byte) ([]byte, bool) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(data)))
	if n, err := base64.StdEncoding.Decode(out, data); err == nil {
		return out[:n], true
	}
	out = out[:0]
	var bits uint32
	count, whole := 0, true
	finish := func() {
		switch count {
		case 2:
			out = append(out, byte(bits>>4))
		case 3:
			out = append(out, byte(bits>>10), byte(bits>>2))
		}
		bits, count = 0, 0
	}
	for _, c := range data {
		v, digit := base64Digit(c)
		switch {
		case digit:
			bits, count = bits<<6|uint32(v), count+1
			if count == 4 {
				out = append(out, byte(bits>>16), byte(bits>>8), byte(bits))
				bits, count = 0, 0
			}
		case c == '=':
			finish()
		case c > ' ':
			whole = false
		}
	}
	whole = whole && count == 0
	finish()
	return out, whole
}

// base64Digit returns the value of a digit of base64 (RFC 4648, 4).
func base64Digit(c byte) (byte, bool) {
	switch {
	case 'A' <= c && c <= 'Z':
		return c - 'A', true
	case 'a' <= c && c <= 'z':
		return c - 'a' + 26, true
	case '0' <= c && c <= '9':
		return c - '0' + 52, true
	case c == '+':
		return 62, true
	case c == '/':
		return 63, true
	}
	return 0, false
}

// lenientQuoted decodes quoted-printable (RFC 2045, 6.7). What is no code stays
// as it stands, and is reported: a person's words must not end at a stray "=".
func lenientQuoted(data []byte) ([]byte, bool) {
	out := make([]byte, 0, len(data))
	whole := true
	for len(data) > 0 {
		at := bytes.IndexByte(data, '=')
		if at < 0 {
			return append(out, data...), whole
		}
		out, data = append(out, data[:at]...), data[at:]
		if len(data) >= 3 {
			high, ok := hex(data[1])
			low, ok2 := hex(data[2])
			if ok && ok2 {
				out, data = append(out, high<<4|low), data[3:]
				continue
			}
		}
		if n := softBreak(data[1:]); n >= 0 {
			data = data[1+n:]
			continue
		}
		out, data, whole = append(out, '='), data[1:], false
	}
	return out, whole
}

// softBreak counts the bytes of a line end after "=", with the blanks that a
// server may have left before it; -1 where the line goes on.
func softBreak(data []byte) int {
	for i, c := range data {
		switch c {
		case '\n':
			return i + 1
		case ' ', '\t', '\r':
		default:
			return -1
		}
	}
	return len(data)
}

// hex returns the value of a hexadecimal digit.
func hex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
