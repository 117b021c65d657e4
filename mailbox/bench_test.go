package mailbox_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"dsr/mailbox"
)

// BenchmarkATypicalReply is a reply of 30 KB in both forms with a long quote.
func BenchmarkATypicalReply(b *testing.B) {
	var plain, rich strings.Builder
	plain.WriteString("My answer is in these lines.\n\nAnn\n\nOn Tue, 3 Feb 2026 at 10:00, Moxora <p@moxora.example> wrote:\n")
	rich.WriteString("<div>My answer is in these lines.</div><div class=3D\"gmail_quote\"><blockquote class=3D\"gmail_quote\">")
	for i := range 150 {
		fmt.Fprintf(&plain, "> Line %d of what was asked, as long as lines in letters are.\n", i)
		fmt.Fprintf(&rich, "<p style=3D\"margin:0\">Line %d of what was asked, as long as lines in<br>\nletters <a href=3D\"https://m.example/%d\">are</a>.</p>\n", i, i)
	}
	raw := []byte(letterHead + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" + plain.String() +
		"\n--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" + rich.String() + "</blockquote></div>\n--b--\n")
	measure(b, raw)
}

// BenchmarkTheSameInHTMLAlone has no plain form to read.
func BenchmarkTheSameInHTMLAlone(b *testing.B) {
	measure(b, []byte(letterHead+"Content-Type: text/html; charset=utf-8\n\n"+
		strings.Repeat("<p style=\"margin:0\">A line of what was asked, as long as lines in<br>letters <a href=\"https://m.example/\">are</a>.</p>\n", 260)))
}

// BenchmarkTwentyMegabytes is a letter with a scan.
func BenchmarkTwentyMegabytes(b *testing.B) {
	measure(b, withAttachment(bytes.Repeat([]byte("scan"), 15<<20/4)))
}

func measure(b *testing.B, raw []byte) {
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if m := mailbox.Read(raw, ours); m.Kind != mailbox.Letter {
			b.Fatal(m.Kind)
		}
	}
}
