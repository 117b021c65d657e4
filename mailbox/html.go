package mailbox

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// page turns HTML into text while it is read. It works on the tokens and not on
// a tree: a short text can make a tree grow without bounds.
type page struct {
	out    strings.Builder
	open   []element
	breaks int  // line ends owed before the next word
	space  bool // a blank is owed before the next word
	marker bool // the last word was the dash of a list's item
	hidden bool // words were left out that a program would not show
	last   int  // depth of quotes at the last word

	silent, secret, quoted, pre, signing int // open elements of each sort
}

// element is a tag that is open.
type element struct {
	name    string
	silent  bool   // its words are for no reader
	secret  bool   // its words are hidden from the reader
	quoted  bool   // what it holds is quoted
	pre     bool   // blanks and line ends are meant
	signing bool   // "--" in it begins a signature
	href    string // where a link leads on the web
	start   int    // of a link's words in the output
	items   int    // of a list, so far
}

const (
	mostOpen  = 120  // elements at once; further ones are read as if they were not there
	mostDeep  = 10   // quotes inside one another
	mostOfURL = 2000 // bytes of an address of the web
)

// wordsOf returns the words of an HTML text: lines where it has them, dashes
// before the items of a list, addresses of the web behind the words that lead
// there, and "> " before what is quoted. Nothing is fetched. It reports whether
// the text has words that it hides; they are left out.
func wordsOf(source string) (string, bool) {
	p := &page{}
	z := html.NewTokenizer(strings.NewReader(source))
	for p.out.Len() <= maxText {
		switch z.Next() {
		case html.ErrorToken:
			p.popTo(0)
			return p.out.String(), p.hidden
		case html.TextToken:
			p.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := string(name)
			p.start(tag, attributes(z, more))
		case html.EndTagToken:
			name, _ := z.TagName()
			p.end(string(name))
		}
	}
	return p.out.String(), p.hidden
}

// attributes reads those that matter. A very long one is an image in disguise.
func attributes(z *html.Tokenizer, more bool) map[string]string {
	var found map[string]string
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch k := string(key); k {
		case "href", "style", "class", "type", "hidden", "name":
			if found == nil {
				found = map[string]string{}
			}
			if _, twice := found[k]; !twice && len(value) <= 2*mostOfURL {
				found[k] = strings.TrimSpace(string(value))
			}
		}
	}
	return found
}

// start reads a tag that opens an element.
func (p *page) start(name string, a map[string]string) {
	p.implied(name)
	if p.silent == 0 {
		p.layout(name)
	}
	// What is not for readers is not shown, however deep it lies.
	if void(name) || len(p.open) >= mostOpen && (p.silent > 0 || !silent(name)) {
		return
	}
	_, hidden := a["hidden"]
	p.push(element{
		name: name, silent: silent(name), secret: hidden || hides(a["style"]),
		quoted: quotes(name, a), pre: name == "pre" || name == "textarea",
		signing: signatureClass.MatchString(a["class"]), href: webAddress(name, a["href"]),
	})
}

// layout gives a tag its lines.
func (p *page) layout(name string) {
	switch name {
	case "br":
		p.breaks = min(p.breaks+1, 2)
		p.space, p.marker = false, false
	case "li":
		p.item()
	case "td", "th":
		p.space = true
	default:
		p.owe(p.around(name))
	}
}

// around counts the line ends around an element where it stands: a list inside
// an item needs no empty line.
func (p *page) around(name string) int {
	if name == "ul" || name == "ol" {
		for _, e := range p.open {
			if e.name == "li" {
				return 1
			}
		}
	}
	return lines(name)
}

// owe asks for line ends before the next word: one for a new line, two for an
// empty one between. The dash of an item stays with its words.
func (p *page) owe(n int) {
	if n > 0 && !p.marker {
		p.breaks = max(p.breaks, n)
		p.space = false
	}
}

// item begins an item of the innermost list.
func (p *page) item() {
	p.marker = false
	p.owe(1)
	depth, mark := 0, "-"
	for i := range p.open {
		switch e := &p.open[i]; e.name {
		case "ol":
			e.items++
			depth, mark = depth+1, strconv.Itoa(e.items)+"."
		case "ul", "menu":
			depth, mark = depth+1, "-"
		}
	}
	p.write(strings.Repeat("  ", min(max(0, depth-1), mostDeep)) + mark)
	p.space, p.marker = true, true
}

// end reads a tag that closes an element.
func (p *page) end(name string) {
	for i := len(p.open) - 1; i >= 0; i-- {
		if p.open[i].name == name {
			p.popTo(i)
			return
		}
	}
	if name == "p" || name == "br" { // browsers show these even so
		p.owe(lines(name))
	}
}

// implied closes the elements that end where another begins.
func (p *page) implied(next string) {
	for i := len(p.open) - 1; i >= 0; i-- {
		switch name := p.open[i].name; {
		case endsBefore(name, next):
			p.popTo(i)
		case encloses(name):
			return
		}
	}
}

// push opens an element.
func (p *page) push(e element) {
	p.count(e, 1)
	if e.quoted {
		p.owe(1)
	}
	e.start = p.out.Len()
	p.open = append(p.open, e)
}

// popTo closes all elements down to the one at place i, and it.
func (p *page) popTo(i int) {
	for len(p.open) > i {
		e := p.open[len(p.open)-1]
		p.open = p.open[:len(p.open)-1]
		p.count(e, -1)
		if p.silent > 0 || e.silent {
			continue
		}
		if e.href != "" {
			p.link(e)
		}
		if e.name == "li" {
			p.marker = false
		}
		p.owe(p.around(e.name))
	}
}

// count keeps the number of open elements of each sort.
func (p *page) count(e element, n int) {
	add := func(to *int, is bool) {
		if is {
			*to += n
		}
	}
	add(&p.silent, e.silent)
	add(&p.secret, e.secret)
	add(&p.quoted, e.quoted)
	add(&p.pre, e.pre)
	add(&p.signing, e.signing)
}

// link writes where a link leads, behind its words, unless they say the same.
func (p *page) link(e element) {
	shown := strings.Trim(p.out.String()[e.start:], "\n> ")
	if shown != "" && bareURL(shown) != bareURL(e.href) {
		p.out.WriteString(" (" + e.href + ")")
	}
}

// text reads words.
func (p *page) text(s string) {
	blank := strings.TrimSpace(s) == ""
	if !blank {
		p.implied("#text")
	}
	switch {
	case p.silent > 0:
	case p.secret > 0:
		p.hidden = p.hidden || !blank
	case p.pre > 0:
		p.preformatted(s)
	case p.signing > 0 && strings.TrimSpace(s) == "--":
		p.write(signatureLine)
	default:
		p.running(s)
	}
}

// running reads words between which all blanks are one. The blank that must not
// break a line is none of them.
func (p *page) running(s string) {
	const blanks = " \t\n\r\f"
	for len(s) > 0 {
		word := strings.TrimLeft(s, blanks)
		if len(word) < len(s) {
			p.space = true
		}
		n := strings.IndexAny(word, blanks)
		if n < 0 {
			n = len(word)
		}
		if n > 0 {
			p.write(word[:n])
		}
		s = word[n:]
	}
}

// preformatted reads words whose line ends are meant.
func (p *page) preformatted(s string) {
	for i, line := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if i > 0 {
			p.breaks, p.space = min(p.breaks+1, 2), false
		}
		if line != "" {
			p.write(line)
		}
	}
}

// write puts down a word, after the line ends or the blank owed before it.
func (p *page) write(word string) {
	depth := min(p.quoted, mostDeep)
	switch {
	case p.out.Len() == 0:
		p.out.WriteString(strings.Repeat("> ", depth))
	case p.breaks > 0 || depth != p.last:
		if p.breaks > 1 {
			p.out.WriteString("\n" + strings.Repeat(">", min(depth, p.last)))
		}
		p.out.WriteString("\n" + strings.Repeat("> ", depth))
	case p.space:
		p.out.WriteByte(' ')
	}
	p.out.WriteString(word)
	p.breaks, p.space, p.marker, p.last = 0, false, false, depth
}
