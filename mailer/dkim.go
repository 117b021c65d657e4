package mailer

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// The signing itself is ours: the library that sends the letters folds the list
// of signed headers within a name, and such a signature never fits.

// signedHeaders are under the signature. One that a letter does not have is
// signed as missing, and From and Subject once more than they stand there, so
// that nobody can add one on the way (RFC 6376, 5.4.2 and 8.15).
func signedHeaders() []string {
	return []string{
		"From", "From", "To", "Subject", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References",
		"MIME-Version", "Content-Type", "Auto-Submitted",
	}
}

// sign returns the header that goes above a message, relaxed/relaxed.
func (d *DKIM) sign(message []byte, now time.Time) (string, error) {
	head, body, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	algorithm := "rsa-sha256"
	if _, ok := d.key.(ed25519.PrivateKey); ok {
		algorithm = "ed25519-sha256"
	}
	sum := sha256.Sum256(relaxedBody(body))
	names := signedHeaders()
	unsigned := fmt.Sprintf("v=1; a=%s; c=relaxed/relaxed; d=%s; s=%s;\r\n\tt=%d; bh=%s;\r\n\th=%s;\r\n\tb=",
		algorithm, d.Domain, d.Selector, now.Unix(), base64.StdEncoding.EncodeToString(sum[:]), strings.Join(names, ":\r\n\t "))
	var signed strings.Builder
	fields := fieldsOf(head)
	for _, name := range names {
		key := strings.ToLower(name)
		if values := fields[key]; len(values) > 0 { // the lowest first (RFC 6376, 5.4.2)
			signed.WriteString(relaxedHeader(key, values[len(values)-1]) + "\r\n")
			fields[key] = values[:len(values)-1]
		}
	}
	signed.WriteString(relaxedHeader("dkim-signature", unsigned))
	hash := sha256.Sum256([]byte(signed.String()))
	// RFC 8463, 3: Ed25519 signs the hash too, and not the text.
	options := crypto.SignerOpts(crypto.SHA256)
	if algorithm == "ed25519-sha256" {
		options = crypto.Hash(0)
	}
	proof, err := d.key.Sign(rand.Reader, hash[:], options)
	if err != nil {
		return "", err
	}
	return "DKIM-Signature: " + unsigned + folded(base64.StdEncoding.EncodeToString(proof)) + "\r\n", nil
}

// fieldsOf gathers the values of the head by name in small letters, from the
// top down.
func fieldsOf(head []byte) map[string][]string {
	fields := map[string][]string{}
	last := ""
	for _, line := range strings.Split(string(head), "\r\n") {
		if n := len(fields[last]); n > 0 && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
			fields[last][n-1] += "\r\n" + line
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		last = strings.ToLower(strings.TrimSpace(name))
		fields[last] = append(fields[last], value)
	}
	return fields
}

// relaxedHeader writes a header without its folds and spare blanks (RFC 6376,
// 3.4.2).
func relaxedHeader(name, value string) string {
	return name + ":" + strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }), " ")
}

// relaxedBody drops spare blanks and the empty lines at the end (RFC 6376,
// 3.4.4).
func relaxedBody(body []byte) []byte {
	lines := strings.Split(string(body), "\r\n")
	for i, line := range lines {
		lines[i] = blanksOnce(strings.TrimRight(line, " \t"))
	}
	text := strings.TrimRight(strings.Join(lines, "\r\n"), "\r\n")
	if text == "" {
		return nil
	}
	return []byte(text + "\r\n")
}

// blanksOnce makes one space of several blanks.
func blanksOnce(line string) string {
	if !strings.Contains(line, "  ") && !strings.Contains(line, "\t") {
		return line
	}
	var text strings.Builder
	blank := false
	for i := range len(line) {
		is := line[i] == ' ' || line[i] == '\t'
		switch {
		case !is:
			text.WriteByte(line[i])
		case !blank:
			text.WriteByte(' ')
		}
		blank = is
	}
	return text.String()
}

// folded breaks a long signature into lines.
func folded(text string) string {
	const width = 72
	var lines []string
	for len(text) > width {
		lines, text = append(lines, text[:width]), text[width:]
	}
	return strings.Join(append(lines, text), "\r\n\t")
}
