package mailbox_test

import (
	"os"
	"strings"
	"testing"

	"dsr/mailbox"
)

// body reads a letter of plain text.
func body(text string) *mailbox.Message {
	return read(letterHead + "Content-Type: text/plain; charset=utf-8\n\n" + text)
}

// page reads a letter of HTML.
func page(html string) *mailbox.Message {
	return read(letterHead + "Content-Type: text/html; charset=utf-8\n\n" + html)
}

// TestWhatOthersWroteIsSetApart: by the lines with which mail programs of eight
// languages announce it.
func TestWhatOthersWroteIsSetApart(t *testing.T) {
	for _, announcement := range []string{
		"On Tue, 3 Feb 2026 at 10:00, Moxora <p@moxora.example> wrote:",
		"On 3 Feb 2026, at 10:00, Moxora <p@moxora.example> wrote:",
		"On 03/02/2026 10:00, Moxora wrote:",
		"On Tue, 3 Feb 2026 at 10:00, Moxora privacy team, who have a long name <\nprivacy@moxora.example> wrote:",
		"Am Di., 3. Feb. 2026 um 10:00 Uhr schrieb Moxora <p@moxora.example>:",
		"Am 03.02.26 um 10:00 schrieb Moxora:",
		"Le mar. 3 févr. 2026 à 10:00, Moxora <p@moxora.example> a écrit :",
		"Le 03/02/2026 à 10:00, Moxora a écrit :",
		"El mar, 3 feb 2026 a las 10:00, Moxora (<p@moxora.example>) escribió:",
		"El 03/02/2026 a las 10:00, Moxora escribió:",
		"Moxora <p@moxora.example> escreveu (terça, 3/02/2026 à(s) 10:00):",
		"Em ter., 3 de fev. de 2026 às 10:00, Moxora <p@moxora.example> escreveu:",
		"No dia 3 de fev. de 2026, às 10:00, Moxora <p@moxora.example> escreveu:",
		"Op di 3 feb 2026 om 10:00 schreef Moxora <p@moxora.example>:",
		"Op 3 feb. 2026, om 10:00 heeft Moxora <p@moxora.example> het volgende geschreven:",
		"Il giorno mar 3 feb 2026 alle ore 10:00 Moxora <p@moxora.example> ha scritto:",
		"Il 03/02/2026 10:00, Moxora ha scritto:",
		"wt., 3 lut 2026 o 10:00 Moxora <p@moxora.example> napisał(a):",
		"W dniu 3.02.2026 o 10:00, Moxora pisze:",
		"Den tis 3 feb. 2026 kl 10:00 skrev Moxora <p@moxora.example>:",
	} {
		m := body("My answer is yes.\n" + announcement + "\n\n> Is it?\n> Really?\n")
		if m.Text != "My answer is yes." || !strings.HasPrefix(m.Quoted, announcement) || !strings.HasSuffix(m.Quoted, "> Really?") {
			t.Errorf("%s\nthe text is %q, the quote %q", announcement, m.Text, m.Quoted)
		}
	}
}

// TestHeaderBlocksEndWhatWasWritten: Outlook's, in eight languages, and the
// dividers of others.
func TestHeaderBlocksEndWhatWasWritten(t *testing.T) {
	for _, block := range []string{
		"From: Moxora <p@moxora.example>\nSent: 03 February 2026 10:00\nTo: Ann\nSubject: Data",
		"*From:* Moxora <p@moxora.example>\n*Sent:* 03 February 2026 10:00\n*To:* Ann\n*Subject:* Data",
		"Von: Moxora\nGesendet: Dienstag, 3. Februar 2026 10:00\nAn: Ann\nBetreff: Daten",
		"Gesendet: Dienstag, 3. Februar 2026 um 10:00 Uhr\nVon: Moxora\nAn: ann@example.org\nBetreff: Daten",
		"De : Moxora\nEnvoyé : mardi 3 février 2026 10:00\nÀ : Ann\nObjet : Données",
		"De: Moxora\nEnviado el: martes, 3 de febrero de 2026 10:00\nPara: Ann\nAsunto: Datos",
		"De: Moxora\nEnviada em: terça-feira, 3 de fevereiro de 2026 10:00\nPara: Ann\nAssunto: Dados",
		"Van: Moxora\nVerzonden: dinsdag 3 februari 2026 10:00\nAan: Ann\nOnderwerp: Gegevens",
		"Da: Moxora\nInviato: martedì 3 febbraio 2026 10:00\nA: Ann\nOggetto: Dati",
		"Od: Moxora\nWysłano: wtorek, 3 lutego 2026 10:00\nDo: Ann\nTemat: Dane",
		"________________________________\nFrom: Moxora\nSent: 3 February 2026\nTo: Ann\nSubject: Data",
		"-----Original Message-----\nFrom: Moxora",
		"-----Ursprüngliche Nachricht-----\nVon: Moxora",
		"---------- Forwarded message ---------\nFrom: Moxora",
		"Begin forwarded message:\n\nFrom: Moxora",
		"El mar, 3 feb 2026 a las 10:00, Moxora (<p@moxora.example>) escribió:",
	} {
		m := body("My answer.\n\nAnn\n\n" + block + "\n\nYour question?\n\nMore of it.\n")
		if m.Text != "My answer.\n\nAnn" || m.Quoted != block+"\n\nYour question?\n\nMore of it." {
			t.Errorf("%s\nthe text is %q, the quote %q", block, m.Text, m.Quoted)
		}
	}
}

// TestAPersonsWordsAreKept: what only looks like a quote stays.
func TestAPersonsWordsAreKept(t *testing.T) {
	for _, c := range []struct{ name, body, text string }{
		{"answers between quoted lines", "> One?\n\nYes.\n\n> Two?\nNo.\n> Three?", "Yes.\n\nNo."},
		{"an answer below a quote", "On 3 Feb 2026 Moxora wrote:\n> One?\n\nYes.", "Yes."},
		{"a sentence that says who wrote, without a quote", "On 3 February 2026 your shop wrote:\nwe have your data.\nDelete it.", "On 3 February 2026 your shop wrote:\nwe have your data.\nDelete it."},
		{"a letter with the header of a letter", "From: Ann Doe\nDate: 3 February 2026\nTo: Moxora\nSubject: access\n\nPlease send my data.", "From: Ann Doe\nDate: 3 February 2026\nTo: Moxora\nSubject: access\n\nPlease send my data."},
		{"a form with From and To", "I flew\nFrom: Rome\nTo: Paris\nand want my data.", "I flew\nFrom: Rome\nTo: Paris\nand want my data."},
		{"a forwarded letter without words of one's own", "---------- Forwarded message ---------\nFrom: Moxora\n\nYour account.", "Your account."},
		{"a line of dashes", "One.\n--\nTwo.", "One.\n--\nTwo."},
		{"a signature's mark before a long text", "One.\n-- \n" + strings.Repeat("more\n", 20), "One.\n-- \n" + strings.TrimSpace(strings.Repeat("more\n", 20))},
		{"a signature without a letter", "-- \nAnn Doe", "-- \nAnn Doe"},
		{"words between the signature and the quote", "Yes.\n-- \nAnn\n\nOn 3 Feb 2026 M <m@x.example> wrote:\n> One?\n\nAnd one more thing.", "Yes.\n\nAnd one more thing."},
		{"a line that a mail store marked", "One.\n>From now on, delete.\nTwo.", "One.\nFrom now on, delete.\nTwo."},
		{"a line above an announcement", "I say:\nYes.\nOn 3 Feb 2026 at 10:00, M <m@x.example> wrote:\n> One?", "I say:\nYes."},
		{"a dated sentence above an announcement", "> Where?\nOn 3.2.2026 I moved.\nM <m@x.example> wrote:\n> One?", "On 3.2.2026 I moved."},
		{"a sentence that names an address above a quote", "I wrote to <m@x.example> on Monday, and this came:\n> One?", "I wrote to <m@x.example> on Monday, and this came:"},
		{"a colon above a quote", "You asked:\n> One?\nYes.", "You asked:\nYes."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := body(c.body).Text; got != c.text {
				t.Errorf("the text is %q, not %q", got, c.text)
			}
		})
	}
}

func TestFlowedLinesArePutTogether(t *testing.T) {
	for _, c := range []struct{ name, params, body, text, quoted string }{
		{"a paragraph", "", "one \ntwo \nthree\nfour", "one two three\nfour", ""},
		{"a language without blanks", "; delsp=yes", "個人情 \n報", "個人情報", ""},
		{"quotes of two depths", "", "> one \n> two\n>> deep \n> not deep", "", "> one two\n>> deep\n> not deep"},
		{"a signature after a line that flows", "", "one \n-- \nAnn", "one", "-- \nAnn"},
		{"a mark that is none", "", " >one\n From two", ">one\nFrom two", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := read(letterHead + "Content-Type: text/plain; charset=utf-8; format=flowed" + c.params + "\n\n" + c.body)
			if m.Text != c.text || m.Quoted != c.quoted {
				t.Errorf("the text is %q, the quote %q", m.Text, m.Quoted)
			}
		})
	}
}

// TestHTMLBecomesWords: only what a mail program would show, and where its
// links lead.
func TestHTMLBecomesWords(t *testing.T) {
	for _, c := range []struct{ name, html, text string }{
		{"paragraphs and line breaks", "<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"},
		{"lines as Gmail makes them", "<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"},
		{"blanks", "one\n   two&nbsp; three <b> four</b>five", "one two  three fourfive"},
		{"lists", "<ul><li>one<li><p>two</p></ul><ol><li>a</li><li>b</li></ol>", "- one\n- two\n\n1. a\n2. b"},
		{"a link", `<a href="https://a.example/x">here</a>.`, "here (https://a.example/x)."},
		{"a link that says where it leads", `<a href="https://www.a.example/">a.example</a>`, "a.example"},
		{"a link that says it leads elsewhere", `<a href="https://evil.example">https://a.example</a>`, "https://a.example (https://evil.example)"},
		{"links that are none of the web", `<a href="javascript:x()">a</a> <a href="data:text/html,x">b</a> <a href="file:///etc">c</a> <a href=" java&#10;script:x">d</a> <a href="mailto:a@b.example">e</a>`, "a b c d e"},
		{"a link with a turned direction", "<a href=\"https://a.example/\u202egpj\">a</a>", "a (https://a.example/gpj)"},
		{"scripts and styles", "<style>x</style>one<script>two</script><noscript>three</noscript><template>four</template>", "one"},
		{"a script that is not closed", "one<script>two", "one"},
		{"hidden words", `one<span style="DISPLAY : none">two</span><p hidden>three</p><div style="font-size:0px">four</div><i style="visibility:hidden">five</i>`, "one"},
		{"a hidden paragraph that is not closed", `<p style="display:none">one<p>two`, "two"},
		{"small words", `<span style="font-size:0.9em;opacity:0.5">one</span>`, "one"},
		{"a head that is not closed", "<html><head><title>x</title><p>one", "one"},
		{"images", `<img src="https://t.example/1.gif" alt="no"><picture><source srcset=x></picture>one`, "one"},
		{"a table", "<table><tr><th>Name</th><td>Ann</td></tr><tr><td>Town</td><td>York</td></tr></table>", "Name Ann\nTown York"},
		{"an indented paragraph of one's own", `<blockquote style="margin-left:40px">one</blockquote>`, "one"},
		{"a comment", "one<!-- two --><!--[if mso]>three<![endif]-->", "one"},
		{"characters by name and number", "&uuml;&#8364;&amp;&lt;b&gt;", "ü€&<b>"},
		{"text that is written", "<pre>a\n  b</pre>", "a\n  b"},
		{"a text that another charset names in itself", `<meta charset="utf-8">ü`, "ü"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := page(c.html).Text; got != c.text {
				t.Errorf("the text is %q, not %q", got, c.text)
			}
		})
	}
}

func TestHTMLQuotesAreSetApart(t *testing.T) {
	for _, c := range []struct{ name, html, text, quoted string }{
		{"Gmail", `yes<div class="gmail_quote"><div class="gmail_attr">On 3 Feb 2026 M &lt;m@x.example&gt; wrote:<br></div><blockquote class="gmail_quote"><p>one</p><p>two</p></blockquote></div>`, "yes", "On 3 Feb 2026 M <m@x.example> wrote:\n\n> one\n>\n> two"},
		{"Gmail with answers inside", `<div class="gmail_quote">On 3 Feb 2026 M &lt;m@x.example&gt; wrote:<blockquote class="gmail_quote">one</blockquote><div>yes</div><blockquote class="gmail_quote">two</blockquote>no</div>`, "yes\n\nno", "On 3 Feb 2026 M <m@x.example> wrote:\n\n> one\n> two"},
		{"Apple", `yes<blockquote type="cite">On 3 Feb 2026, at 10:00, M wrote:<br><br>one</blockquote>`, "yes", "> On 3 Feb 2026, at 10:00, M wrote:\n>\n> one"},
		{"quotes inside quotes", `<blockquote type=cite>one<blockquote type=cite>two</blockquote></blockquote>yes`, "yes", "> one\n>\n> > two"},
		{"a signature of Gmail", `yes<br><span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Ann</div>`, "yes", "-- \nAnn"},
		{"a signature of Thunderbird", `<p>yes</p><div class="moz-signature">-- <br>Ann</div>`, "yes", "-- \nAnn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if m := page(c.html); m.Text != c.text || m.Quoted != c.quoted {
				t.Errorf("the text is %q, the quote %q", m.Text, m.Quoted)
			}
		})
	}
}

// TestPlainTextIsPreferredWhereItSaysSomething: of the two forms of a letter.
func TestPlainTextIsPreferredWhereItSaysSomething(t *testing.T) {
	for _, c := range []struct{ name, plain, html, text string }{
		{"both say it", "plain", "<p>rich</p>", "plain"},
		{"the plain one is empty", " \n", "<p>rich</p>", "rich"},
		{"the plain one asks for another program", "This message needs a program that shows HTML.", "<p>rich</p>", "rich"},
		{"the HTML is empty too", "Read the HTML, please.", "<p></p>", "Read the HTML, please."},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := read(letterHead + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n" + c.plain +
				"\n--b\nContent-Type: text/html\n\n" + c.html + "\n--b--\n")
			if m.Text != c.text || len(m.Attachments) > 0 {
				t.Errorf("the text is %q, with %d attachments", m.Text, len(m.Attachments))
			}
		})
	}
}

// TestNothingIsFetched: this package cannot reach the network.
func TestNothingIsFetched(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), "_test.go") || !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		source, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, pkg := range []string{`"net"`, `"net/http"`, `"os"`, `"os/exec"`} {
			if strings.Contains(string(source), pkg) {
				t.Errorf("%s imports %s", f.Name(), pkg)
			}
		}
	}
}
