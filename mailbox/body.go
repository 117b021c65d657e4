package mailbox

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// passage is the same words in two forms: as a mail program offers them to
// programs that show HTML and to those that do not (multipart/alternative).
type passage struct{ plain, rich []*part }

// sorting divides the leaves of a message into words and attachments.
type sorting struct {
	*reading
	passages []*passage
	leaves   int
}

// wantsHTML finds the sentence that stands for a text which only HTML has.
var wantsHTML = regexp.MustCompile(`(?i)\bhtml\b`)

// contents reads the words and the attachments.
func (r *reading) contents(root *part) {
	s := &sorting{reading: r}
	s.sort(root, nil)
	var texts []string
	for _, p := range s.passages {
		if text := r.passage(p); strings.TrimSpace(text) != "" {
			texts = append(texts, text)
		}
	}
	text := strings.Join(texts, "\n\n")
	m := r.message
	if m.Kind == Bounce { // a machine's words; what it returns is the report's matter
		m.Text = text
	} else {
		m.divide(text)
	}
	if strings.TrimSpace(text) == "" && m.Kind == Letter {
		r.fault(faultEmpty)
	}
}

// sort walks through the parts in their order. Inside an alternative all words
// belong to one passage.
func (s *sorting) sort(p *part, of *passage) {
	switch {
	case p.kind == "multipart/alternative" && len(p.inside) > 0:
		if of == nil {
			of = &passage{}
			s.passages = append(s.passages, of)
		}
		fallthrough
	case len(p.inside) > 0:
		s.remark(p)
		for _, inner := range p.inside {
			s.sort(inner, of)
		}
	case strings.HasPrefix(p.kind, "multipart/"): // too deep, or empty
	default:
		s.leaf(p, of)
	}
}

// leaf puts a part where it belongs.
func (s *sorting) leaf(p *part, of *passage) {
	s.leaves++
	s.remark(p)
	words := !p.apart && (p.name == "" || s.leaves == 1 && p.kind != "application/octet-stream")
	switch {
	case words && (p.kind == "text/plain" || p.kind == "text/html"):
		if of == nil {
			of = &passage{}
			s.passages = append(s.passages, of)
		}
		if p.kind == "text/html" {
			of.rich = append(of.rich, p)
		} else {
			of.plain = append(of.plain, p)
		}
	case of != nil && otherForm[p.kind] && !p.apart:
	case s.message.Kind == Bounce && machineParts[p.kind]:
	default:
		s.attach(p)
	}
}

// otherForm lists further forms of the same words in an alternative.
var otherForm = map[string]bool{"text/x-amp-html": true, "text/enriched": true, "text/richtext": true, "text/watch-html": true}

// machineParts lists the parts of a report that its Report is made of.
var machineParts = map[string]bool{
	"message/delivery-status": true, "message/global-delivery-status": true, "message/rfc822": true,
	"message/global": true, "text/rfc822-headers": true, "message/global-headers": true,
}

// remark says as a fault what keeps a part from being read.
func (r *reading) remark(p *part) {
	switch {
	case p.kind == "multipart/encrypted",
		(p.kind == "application/pkcs7-mime" || p.kind == "application/x-pkcs7-mime") && p.params["smime-type"] != "signed-data":
		r.fault(faultEncrypted)
	case p.kind == "message/partial":
		r.fault(faultPartial)
	}
}

// attach keeps a part as an attachment.
func (s *sorting) attach(p *part) {
	content := s.content(p)
	if len(content) == 0 && p.name == "" {
		return
	}
	m := s.message
	name := p.name
	if name == "" {
		name = "attachment-" + strconv.Itoa(len(m.Attachments)+1) + extension[p.kind]
	}
	m.Attachments = append(m.Attachments, Attachment{Name: name, Type: p.kind, Content: content})
}

// extension gives attachments without a name the usual ending of their type.
var extension = map[string]string{
	"message/rfc822": ".eml", "text/calendar": ".ics", "application/ms-tnef": ".dat", "image/png": ".png",
	"image/jpeg": ".jpg", "image/gif": ".gif", "application/pdf": ".pdf", "text/plain": ".txt", "text/html": ".html",
	"application/pgp-signature": ".asc", "application/pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m",
	"text/vcard": ".vcf", "text/x-vcard": ".vcf", "message/delivery-status": ".txt", "text/rfc822-headers": ".txt",
}

// passage reads the plain form where it says something, else the HTML.
func (r *reading) passage(p *passage) string {
	var plain []string
	for _, part := range p.plain {
		plain = append(plain, r.plain(part))
	}
	text := strings.Join(plain, "\n\n")
	if len(p.rich) == 0 || says(text) {
		return text
	}
	var rich []string
	for _, part := range p.rich {
		rich = append(rich, r.rich(part))
	}
	if words := strings.Join(rich, "\n\n"); says(words) {
		return words
	}
	return text
}

// says reports whether a text has words, and not only those that ask for a
// program which shows HTML.
func says(text string) bool {
	if strings.IndexFunc(text, unicode.IsLetter) < 0 {
		return strings.IndexFunc(text, unicode.IsNumber) >= 0
	}
	return len(text) > 300 || !wantsHTML.MatchString(text)
}

// plain reads a part of plain text.
func (r *reading) plain(p *part) string {
	text := r.decoded(p)
	if strings.EqualFold(p.params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(p.params["delsp"], "yes"))
	}
	return r.clean(text)
}

// rich reads the words of a part of HTML.
func (r *reading) rich(p *part) string {
	source := r.decoded(p)
	text, hidden := wordsOf(source)
	if hidden {
		r.fault(faultHidden)
	}
	return r.clean(text)
}

// decoded reads the characters of a part.
func (r *reading) decoded(p *part) string {
	data := r.content(p)
	if len(data) > maxBody {
		r.fault(faultLong)
		data = data[:maxBody]
	}
	name := p.params["charset"]
	if name == "" && p.kind == "text/html" {
		name = metaCharset(data)
	}
	text, fault := decode(data, name)
	if fault != "" {
		r.fault(fault)
	}
	return text
}

// clean makes a text fit to be read and counts it against the bound of all text.
func (r *reading) clean(text string) string {
	if room := max(0, maxText-r.text); len(text) > room {
		r.fault(faultLong)
		text = strings.ToValidUTF8(text[:room], "")
	}
	text, clean := cleanText(text)
	if !clean {
		r.fault(faultControls)
	}
	r.text += len(text)
	return text
}

// metaCharset finds the character set that an HTML page names in itself.
func metaCharset(data []byte) string {
	if found := metaTag.FindSubmatch(data[:min(len(data), 2048)]); found != nil {
		return string(found[1])
	}
	return ""
}

var metaTag = regexp.MustCompile(`(?i)<meta[^>]{0,200}charset\s*=\s*["']?\s*([a-z0-9_:.-]{2,40})`)
