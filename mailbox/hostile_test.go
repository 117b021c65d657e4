package mailbox_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"dsr/mailbox"
)

// read reads a message written with \n as line ends.
func read(lines string) *mailbox.Message {
	return mailbox.Read([]byte(strings.ReplaceAll(lines, "\n", "\r\n")), ours)
}

const letterHead = "From: Ann <ann@example.org>\nTo: privacy@moxora.example\nSubject: Data\nMessage-ID: <1@example.org>\n"

// TestWhatIsBrokenIsStillRead: each message is malformed in a way that mail is,
// and its words arrive all the same, with a sentence about the fault.
func TestWhatIsBrokenIsStillRead(t *testing.T) {
	for _, c := range []struct{ name, raw, text, fault string }{
		{"no header at all", "Please delete my data.\nThank you.\n", "Please delete my data.\nThank you.", "without a header"},
		{"no header, and a colon", "Note: please delete my data.\n\nThank you.\n", "Note: please delete my data.\n\nThank you.", "without a header"},
		{"an empty message", "", "", "no words"},
		{"a header that never ends", letterHead, "", "no words"},
		{"the empty line before the body is missing", letterHead + "Please delete my data,\nnow: all of it.\n", "Please delete my data,\nnow: all of it.", "no header field"},
		{"a line of rubbish in the header", "From: ann@example.org\nrubbish\nSubject: x\nMessage-ID: <1@x.org>\n\nwords", "words", "no header field"},
		{"the line of an mbox file before it", "From ann@example.org Mon Feb  2 10:00:00 2026\n" + letterHead + "\nwords", "words", ""},
		{"empty lines before it", "\n\n" + letterHead + "\nwords", "words", ""},
		{"two subjects", letterHead + "Subject: other\n\nwords", "words", "stands several times"},
		{"base64 cut off", letterHead + "Content-Transfer-Encoding: base64\n\nUGxlYXNlIGRlbGV0ZSBt", "Please delete m", ""},
		{"base64 cut off within four characters", letterHead + "Content-Transfer-Encoding: base64\n\nUGxlYXNlIGRlbGV0ZSBteQ", "Please delete my", "base64"},
		{"base64 with rubbish in it", letterHead + "Content-Transfer-Encoding: base64\n\nUGxl!YXNl\n", "Please", "base64"},
		{"two texts in base64 one after the other", letterHead + "Content-Transfer-Encoding: base64\n\nSGVsbG8=\nIHlvdQ==\n", "Hello you", ""},
		{"a stray = in quoted-printable", letterHead + "Content-Transfer-Encoding: quoted-printable\n\n1+1=2 and =C3=A9 =\nend=", "1+1=2 and é end", "quoted-printable"},
		{"an unknown transfer encoding", letterHead + "Content-Transfer-Encoding: x-own\n\nwords", "words", "transfer encoding"},
		{"an unknown charset", letterHead + "Content-Type: text/plain; charset=x-nobody\n\nl\xf6schen", "löschen", "not known"},
		{"a charset that is unsafe", letterHead + "Content-Type: text/plain; charset=iso-2022-kr\n\nplease delete", "please delete", "not known"},
		{"no charset and Windows bytes", letterHead + "\nl\xf6schen \x96 bitte", "löschen – bitte", "does not name"},
		{"no charset and UTF-8", letterHead + "\nlöschen", "löschen", "does not name"},
		{"UTF-8 that is Latin 1", letterHead + "Content-Type: text/plain; charset=utf-8\n\nl\xf6schen", "löschen", "not in the character set"},
		{"Latin 1 that is UTF-8", letterHead + "Content-Type: text/plain; charset=iso-8859-1\n\nlöschen", "löschen", "not in the character set"},
		{"UTF-8 with one byte wrong", letterHead + "Content-Type: text/plain; charset=utf-8\n\nfür dich\xff größer", "für dich\ufffd größer", "not in the character set"},
		{"a charset in quotes and capitals", letterHead + "Content-Type: TEXT/PLAIN; Charset=\"ISO-8859-15\"\n\n5 \xa4", "5 €", ""},
		{"a content type that is none", letterHead + "Content-Type: text\n\nwords", "words", ""},
		{"a parameter without a value", letterHead + "Content-Type: text/plain; charset; format=\n\nwords", "words", ""},
		{"a multipart without its boundary", letterHead + "Content-Type: multipart/mixed\n\n--edge-of-part\n\nwords\n--edge-of-part--\n", "words", "set apart"},
		{"a multipart with another boundary", letterHead + "Content-Type: multipart/mixed; boundary=one\n\n--another-edge\nContent-Type: text/plain\n\nwords\n--another-edge--\n", "words", "set apart"},
		{"a multipart that has no parts", letterHead + "Content-Type: multipart/mixed; boundary=one\n\nonly words\n", "only words", "set apart"},
		{"a multipart that breaks off", letterHead + "Content-Type: multipart/mixed; boundary=one\n\n--one\n\nwords\n", "words", "breaks off"},
		{"a boundary that another begins with", letterHead + "Content-Type: multipart/mixed; boundary=one\n\n--one\n\nwords\n--onemore\nmore\n--one--\n", "words\n--onemore\nmore", ""},
		{"HTML inside nothing", letterHead + "Content-Type: text/html\n\n</div><p>one<p>two</b><script>no", "one\n\ntwo", ""},
		{"control characters and a turned direction", letterHead + "Content-Type: text/plain; charset=utf-8\n\na\x00b\x1b[31mc \u202egnp.exe\u2066x", "ab[31mc gnp.exex", "out of the text"},
		{"only the head of the parts", letterHead + "Content-Type: multipart/mixed; boundary=one\n\n--one\nContent-Type: text/plain", "", "no words"},
		{"encrypted by OpenPGP", letterHead + "Content-Type: multipart/encrypted; boundary=one; protocol=\"application/pgp-encrypted\"\n\n--one\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--one--\n", "", "encrypted"},
		{"a piece of a message", letterHead + "Content-Type: message/partial; number=1; total=3\n\nhalf", "", "one piece"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := read(c.raw)
			if m.Text != c.text {
				t.Errorf("the text is %q, not %q", m.Text, c.text)
			}
			if got := strings.Join(m.Faults, " "); c.fault != "" && !strings.Contains(got, c.fault) {
				t.Errorf("the faults %q do not say %q", m.Faults, c.fault)
			} else if c.fault == "" && len(m.Faults) > 0 && !strings.Contains(got, "Message-ID") {
				t.Errorf("there is no fault, and %q is said", m.Faults)
			}
		})
	}
}

// TestTricksWithTheSenderDoNotWork: what servers check and what people see is
// the same address, or none.
func TestTricksWithTheSenderDoNotWork(t *testing.T) {
	for _, c := range []struct{ name, from, sender, shown, fault string }{
		{"a plain address", "From: ann@example.org", "ann@example.org", "", ""},
		{"a name in quotes", `From: "Ann, \"the\" Doe" <ann@example.org>`, "ann@example.org", `Ann, "the" Doe`, ""},
		{"a name in a comment", "From: ann@example.org (Ann Doe)", "ann@example.org", "Ann Doe", ""},
		{"an encoded name", "From: =?iso-8859-1?q?J=F6rg?= <j@example.org>", "j@example.org", "Jörg", ""},
		{"an encoded name within quotes", `From: "=?utf-8?b?SsO2cmc=?=" <j@example.org>`, "j@example.org", "Jörg", ""},
		{"a character divided between two encoded words", "From: =?utf-8?b?SsM=?= =?utf-8?b?tnJn?= <j@example.org>", "j@example.org", "Jörg", ""},
		{"a name of raw bytes", "From: J\xf6rg <j@example.org>", "j@example.org", "Jörg", "guessed"},
		{"a name that is another address", "From: ceo@moxora.example <evil@example.net>", "evil@example.net", "ceo@moxora.example", "looks like"},
		{"an encoded name that is another address", "From: =?utf-8?q?ceo=40moxora=2Eexample?= <evil@example.net>", "evil@example.net", "ceo@moxora.example", "looks like"},
		{"the address as its own name", `From: "ann@example.org" <ann@example.org>`, "ann@example.org", "ann@example.org", ""},
		{"an address inside an encoded word", "From: =?utf-8?q?Ann_=3Cann=40example=2Eorg=3E?=", "", "", "hides its address"},
		{"an encoded word in the address", "From: <=?utf-8?q?ann?=@example.org>", "", "", "malformed"},
		{"an encoded word inside an encoded word", "From: =?utf-8?b?PT91dGYtOD9xP2E/PQ==?= <ann@example.org>", "ann@example.org", "=?utf-8?q?a?=", "stands inside another"},
		{"an encoded line end", "From: =?utf-8?q?Ann=0D=0ABcc:_x=40y.example?= <ann@example.org>", "ann@example.org", "Ann Bcc: x@y.example", "looks like"},
		{"a turned direction", "From: =?utf-8?q?=E2=80=AEgro.elpmaxe=40nna?= <evil@example.net>", "evil@example.net", "gro.elpmaxe@nna", "taken out of the header"},
		{"a NUL", "From: an\x00n@example.org", "ann@example.org", "", "taken out of the header"},
		{"an address in the local part", `From: "ann@example.org"@evil.example`, "", "", "malformed"},
		{"two addresses", "From: ann@example.org, bob@example.org", "", "", "several senders"},
		{"two in angle brackets", "From: <ann@example.org> <bob@example.org>", "", "", "several senders"},
		{"two lines", "From: ann@example.org\nFrom: bob@example.org", "", "", "several From lines"},
		{"the same twice", "From: ann@example.org\nFrom: ann@example.org", "", "", "several From lines"},
		{"a group without members", "From: undisclosed:;", "", "", "names no sender"},
		{"no From", "X: y", "", "", "names no sender"},
		{"an empty From", "From:", "", "", "names no sender"},
		{"an unclosed bracket", "From: Ann <ann@example.org", "ann@example.org", "", "malformed"},
		{"an international address", "From: =?utf-8?q?J=C3=B6rg?= <jörg@müller.example>", "jörg@müller.example", "Jörg", ""},
		{"a hidden blank in the address", "From: ann\u200b@example.org", "ann@example.org", "", "taken out of the header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := read(c.from + "\nMessage-ID: <1@example.org>\n\nwords")
			sender, one := m.Sender()
			if one != (c.sender != "") || sender.Email != c.sender || sender.Name != c.shown {
				t.Errorf("the sender is %q <%s> of %v, not %q <%s>", sender.Name, sender.Email, m.From, c.shown, c.sender)
			}
			if got := strings.Join(m.Faults, " "); c.fault != "" && !strings.Contains(got, c.fault) || c.fault == "" && got != "" {
				t.Errorf("the faults %q do not say %q", m.Faults, c.fault)
			}
			for _, f := range m.Faults {
				if strings.Contains(f, "@") || strings.Contains(f, "Ann") {
					t.Errorf("a fault has personal data: %q", f)
				}
			}
		})
	}
}

// nested is a letter that many multiparts enclose.
func nested(depth int) string {
	var open, end strings.Builder
	for i := range depth {
		fmt.Fprintf(&open, "Content-Type: multipart/mixed; boundary=edge%d\n\n--edge%d\n", i, i)
		fmt.Fprintf(&end, "\n--edge%d--\n", depth-1-i)
	}
	return letterHead + open.String() + "Content-Type: text/plain\n\ndeep words" + end.String()
}

// TestFloodsAreBounded: a message that is made to be heavy is read in its
// beginning, and says so.
func TestFloodsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	for _, c := range []struct{ name, raw, fault string }{
		{"a thousand multiparts inside one another", nested(1000), "too deep"},
		{"five thousand parts", letterHead + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: image/png\n\nx\n", 5000) + "--b--\n", "too many parts"},
		{"a hundred thousand header fields", strings.Repeat("X-Flood: water\n", 100_000) + letterHead + "\nwords", "far longer"},
		{"a field of a hundred kilobytes", letterHead + "X-Long: " + long[:100<<10] + "\n\nwords", "far too long"},
		{"a name of three megabytes", "From: " + long + " <a@example.org>\n\nwords", "far too long"},
		{"ten thousand recipients", letterHead + "Cc: " + strings.Repeat("a@b.example, ", 4000) + "\n\nwords", "more addresses"},
		{"a text of three megabytes", letterHead + "\n" + long, "too long to show"},
		{"HTML that opens and never closes", letterHead + "Content-Type: text/html\n\n" + strings.Repeat("<div><blockquote type=cite><a href=https://x.example>", 30_000) + "words", ""},
		{"HTML with a script below all depths", letterHead + "Content-Type: text/html\n\n" + strings.Repeat("<div>", 1000) + "words<script>no</script>", ""},
		{"HTML whose formatting would multiply", letterHead + "Content-Type: text/html\n\n<p>" + strings.Repeat("<b><i><u>", 200) + strings.Repeat("<p>x", 100_000), ""},
		{"a million empty lines", letterHead + "\n" + strings.Repeat("\n", 1_000_000) + "words", ""},
		{"half a million quotes", letterHead + "\n" + strings.Repeat("On 1.1.2026 a <a@b.example> wrote:\n> x\n", 30_000), ""},
		{"a quarter of a million signatures", letterHead + "\n" + strings.Repeat("-- \n", 250_000), ""},
		{"signatures after words", letterHead + "\nwords\n" + strings.Repeat("-- \n", 250_000), ""},
		{"comments inside comments", letterHead + "Authentication-Results: " + strings.Repeat("(", 60_000) + "\n\nwords", ""},
		{"a thousand parameters", letterHead + "Content-Type: text/plain" + strings.Repeat("; a*1=b", 5_000) + "\n\nwords", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := read(c.raw)
			if got := strings.Join(m.Faults, " "); c.fault != "" && !strings.Contains(got, c.fault) {
				t.Errorf("the faults %q do not say %q", m.Faults, c.fault)
			}
			if n := len(m.Text) + len(m.Quoted); n > 2<<20 {
				t.Errorf("%d bytes of text", n)
			}
			if len(m.Attachments) > 1000 || len(m.Faults) > 40 || len(m.Cc) > 200 || len(m.Subject) > 4000 {
				t.Errorf("%d attachments, %d faults, %d copies", len(m.Attachments), len(m.Faults), len(m.Cc))
			}
		})
	}
}

func TestPartsNotTooDeepAreRead(t *testing.T) {
	if m := read(nested(20)); m.Text != "deep words" || len(m.Faults) > 0 {
		t.Errorf("the text is %q with the faults %q", m.Text, m.Faults)
	}
}

// TestALargeMessageIsReadWhole reads one of the largest size a door hands over.
func TestALargeMessageIsReadWhole(t *testing.T) {
	scan := bytes.Repeat([]byte("scan"), 7<<20)
	m := mailbox.Read(withAttachment(scan), ours)
	if m.Text != "My papers." || len(m.Attachments) != 1 || !bytes.Equal(m.Attachments[0].Content, scan) {
		t.Errorf("the text is %q, with %d attachments and the faults %q", m.Text, len(m.Attachments), m.Faults)
	}
}

// withAttachment is a letter with one file.
func withAttachment(content []byte) []byte {
	var b bytes.Buffer
	b.WriteString(letterHead + "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"papers\"\n\n--papers\nContent-Type: text/plain\n\nMy papers.\n" +
		"--papers\nContent-Type: application/pdf; name=scan.pdf\nContent-Disposition: attachment; filename=scan.pdf\nContent-Transfer-Encoding: base64\n\n")
	encoded := base64.StdEncoding.EncodeToString(content)
	for len(encoded) > 76 {
		b.WriteString(encoded[:76] + "\n")
		encoded = encoded[76:]
	}
	b.WriteString(encoded + "\n--papers--\n")
	return b.Bytes()
}
