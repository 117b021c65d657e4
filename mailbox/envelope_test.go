package mailbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/mailbox"
)

func TestDatesStayAsTheSenderSays(t *testing.T) {
	for _, c := range []struct{ date, want string }{
		{"Tue, 3 Feb 2026 10:14:08 +0100", "2026-02-03T10:14:08+01:00"},
		{"3 Feb 2026 10:14 -0500", "2026-02-03T10:14:00-05:00"},
		{"Tue, 3 Feb 2026 10:14:08 +0000 (UTC)", "2026-02-03T10:14:08Z"},
		{"Tue, 03 Feb 2026 10:14:08 GMT", "2026-02-03T10:14:08Z"},
		{"Tue Feb  3 10:14:08 2026", "2026-02-03T10:14:08Z"},
		{"yesterday", "0001-01-01T00:00:00Z"},
		{"Mon, 1 Jan 0001 00:00:00 +0000", "0001-01-01T00:00:00Z"},
		{"", "0001-01-01T00:00:00Z"},
	} {
		m := read(letterHead + "Date: " + c.date + "\n\nwords")
		if got := m.Date.Format(time.RFC3339); got != c.want {
			t.Errorf("%q is %s, not %s", c.date, got, c.want)
		}
	}
}

func TestThreadsAreFoundByTheirIdentifiers(t *testing.T) {
	m := read("From: a@b.example\nMessage-ID: (c) <a.1@b.example> rest\nIn-Reply-To: Your letter of Monday <x@y.example>\n" +
		"References: <1@x.example>\n <2@x.example><1@x.example> broken@x <3 4@x> <no-host>\n\nwords")
	if m.MessageID != "a.1@b.example" || !slices.Equal(m.InReplyTo, []string{"x@y.example"}) ||
		!slices.Equal(m.References, []string{"1@x.example", "2@x.example"}) {
		t.Errorf("%q answers %q after %q", m.MessageID, m.InReplyTo, m.References)
	}
	var flood strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&flood, " <%d@x.example>", i)
	}
	m = read(letterHead + "References:" + flood.String() + "\n\nwords")
	if n := len(m.References); n != 200 || m.References[n-1] != "2999@x.example" {
		t.Errorf("of 3000 references %d are kept, the last %q", n, m.References[n-1])
	}
}

func TestTheReceivingServersNotesAreRead(t *testing.T) {
	m := read("Delivered-To: vmail@moxora.example\nX-Original-To: <privacy+r1@moxora.example>\nEnvelope-to: a@moxora.example,\n vmail@moxora.example\n" +
		letterHead + "Content-Language: de-DE, en;q=0.5, *\nAccept-Language: en, fr-CH, <script>\n\nwords")
	if want := []string{"vmail@moxora.example", "privacy+r1@moxora.example", "a@moxora.example"}; !slices.Equal(m.Recipients, want) {
		t.Errorf("it was delivered to %q, not %q", m.Recipients, want)
	}
	if want := []string{"de-DE", "en", "fr-CH"}; !slices.Equal(m.Languages, want) {
		t.Errorf("the languages are %q, not %q", m.Languages, want)
	}
}

// TestFileNamesAreReadAsProgramsWriteThem: in every encoding, and without what
// misleads.
func TestFileNamesAreReadAsProgramsWriteThem(t *testing.T) {
	for _, c := range []struct{ params, name string }{
		{`filename="a b.pdf"`, "a b.pdf"},
		{`filename=a.pdf`, "a.pdf"},
		{`filename="=?utf-8?b?w6QucGRm?="`, "ä.pdf"},
		{`filename==?iso-8859-1?q?=E4_b=2Epdf?=`, "ä b.pdf"},
		{`filename*=utf-8''%C3%A4%20b.pdf`, "ä b.pdf"},
		{`filename*=iso-8859-2'pl'za%B3.pdf`, "zał.pdf"},
		{`filename*0*=utf-8''%C3; filename*1*=%A4; filename*2=".pdf"`, "ä.pdf"},
		{`filename*1="b.pdf"; filename*0="a"`, "ab.pdf"},
		{`filename="a.pdf"; filename="b.exe"`, "a.pdf"},
		{`filename="a;b.pdf"`, "a;b.pdf"},
		{`filename="a\"b.pdf"`, "a_b.pdf"},
		{`filename="../../../etc/passwd"`, "passwd"},
		{`filename="..\\..\\windows\\a.exe"`, "a.exe"},
		{`filename="/"`, "attachment-1.pdf"},
		{`filename=".."`, "attachment-1.pdf"},
		{`filename="..hidden"`, "hidden"},
		{`filename=""`, "attachment-1.pdf"},
		{"filename=\"a\x00\r\n\tb.pdf\"", "a b.pdf"},
		{"filename=\"gpj.\u202eexe.pdf\"", "gpj.exe.pdf"},
		{"filename=\"a\u0308.pdf\"", "ä.pdf"},
		{`filename="` + strings.Repeat("ä", 400) + `.pdf"`, strings.Repeat("ä", 116) + ".pdf"},
	} {
		m := mailbox.Read([]byte(letterHead+"Content-Type: application/pdf\nContent-Disposition: attachment; "+c.params+"\n\nx"), ours)
		if len(m.Attachments) != 1 || m.Attachments[0].Name != c.name {
			t.Errorf("%s: %+v, not %q", c.params, m.Attachments, c.name)
		}
	}
}

// TestEachPartHasItsPlace: what is words, what is a file, and in which order.
func TestEachPartHasItsPlace(t *testing.T) {
	part := func(head, body string) string { return "--b\n" + head + "\n\n" + body + "\n" }
	const plain, html = "Content-Type: text/plain", "Content-Type: text/html"
	for _, c := range []struct{ name, kind, parts, text, files string }{
		{"words around a picture", "mixed", part(plain, "one") + part("Content-Type: image/png", "x") + part(plain, "two"), "one\n\ntwo", "attachment-1.png"},
		{"words with a name that come first", "mixed", part(plain+"; name=body.txt", "one") + part(plain+"; name=notes.txt", "two"), "one", "notes.txt"},
		{"words declared to be a file", "mixed", part(plain, "one") + part(plain+"\nContent-Disposition: attachment", "two"), "one", "attachment-1.txt"},
		{"an invitation among the forms", "alternative", part(plain, "one") + part(html, "two") + part("Content-Type: text/calendar", "three"), "one", "attachment-1.ics"},
		{"a form for another program", "alternative", part(plain, "one") + part("Content-Type: text/x-amp-html", "two") + part(html, "three"), "one", ""},
		{"a letter inside a letter", "mixed", part(plain, "one") + part("Content-Type: message/rfc822", "Subject: x\n\ntwo"), "one", "attachment-1.eml"},
		{"letters of a digest", "digest", part("", "Subject: x\n\ntwo"), "", "attachment-1.eml"},
		{"a signed letter", "signed", part(plain, "one") + part("Content-Type: application/pgp-signature; name=signature.asc", "x"), "one", "signature.asc"},
		{"an empty part", "mixed", part(plain, "one") + part("Content-Type: application/pdf", ""), "one", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := read(letterHead + "Content-Type: multipart/" + c.kind + "; boundary=b\n\n" + c.parts + "--b--\n")
			var files []string
			for _, a := range m.Attachments {
				files = append(files, a.Name)
			}
			if m.Text != c.text || strings.Join(files, " ") != c.files {
				t.Errorf("the text is %q and the files %q, not %q and %q", m.Text, files, c.text, c.files)
			}
		})
	}
}
