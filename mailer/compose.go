package mailer

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"

	"dsr/deadlines"
	"dsr/words"
)

// Controller is the company in whose name a letter to a requester goes out.
type Controller struct {
	Name       string // as people know it: Moxora
	Initial    string // one or two letters: M
	Colour     string // see Brand
	DarkColour string
	Operator   string // the company behind the name; may be empty
	Contact    string // mailbox for questions
}

// Product is the product itself, as sender of letters to the team, who ask at
// the contact.
func Product(contact string) Controller {
	return Controller{Name: "dsr", Initial: "d", Colour: "#0B5A6F", DarkColour: "#7CC7DC", Contact: contact}
}

// Case is what every letter to a requester about one request needs.
type Case struct {
	Controller Controller
	Reference  string
	Right      string // access, deletion, opt_out.marketing …
	Received   deadlines.Date
	Link       string // the request's page, with what lets the reader in
	// ForOther says that the reader acts for the person the request is about,
	// as an agent or a parent: then no sentence speaks of "your information".
	ForOther bool
}

// composer builds a letter and keeps what is missing until the end, so that
// the letters themselves read like letters.
type composer struct {
	p      words.Printer
	letter Letter
	faults []error
}

// begin starts a letter of a kind and writes its footer: who operates the
// service, that nothing is attached and no password wanted, whom to ask.
func begin(p words.Printer, kind string, from Controller) *composer {
	c := &composer{p: p, letter: Letter{Kind: kind, Language: p.Language()}}
	c.letter.Colon = c.say("letters.colon")
	c.letter.Brand = Brand{Name: from.Name, Initial: from.Initial, Colour: from.Colour, DarkColour: from.DarkColour}
	if from.Operator != "" {
		operated := c.say("letters.footer.operator", "name", from.Name, "operator", from.Operator)
		c.letter.Footer = append(c.letter.Footer, operated+" "+c.say("letters.footer.safe"))
	} else {
		c.letter.Footer = append(c.letter.Footer, c.say("letters.footer.safe"))
	}
	if _, err := mail.ParseAddress(from.Contact); err != nil {
		c.fail("the address for questions is missing or not an address")
	}
	c.letter.Footer = append(c.letter.Footer, c.say("letters.footer.questions", "contact", from.Contact))
	return c
}

// done returns the letter, or ErrIncomplete with everything that is missing.
func (c *composer) done() (Letter, error) {
	if len(c.faults) > 0 {
		return Letter{}, c.letter.fault(errors.Join(c.faults...))
	}
	if err := c.letter.checkButTyped(); err != nil {
		return Letter{}, err
	}
	return c.letter, nil
}

// fail notes something that keeps the letter from being sent.
func (c *composer) fail(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf(format, args...))
}

// say speaks a sentence of the catalogue.
func (c *composer) say(key string, pairs ...any) string {
	text, err := c.p.Text(key, pairs...)
	if err != nil {
		c.faults = append(c.faults, err)
	}
	return text
}

// to speaks a sentence to the reader of a case, who may act for somebody else.
func (c *composer) to(l Case, key string, pairs ...any) string {
	return c.say(c.p.KeyFor(key, l.ForOther), pairs...)
}

// count speaks a sentence that depends on a number, which must be positive.
func (c *composer) count(key string, n int, pairs ...any) string {
	if n < 1 {
		c.fail("%s: the number is missing", key)
	}
	text, err := c.p.Plural(key, n, pairs...)
	if err != nil {
		c.faults = append(c.faults, err)
	}
	return text
}

// date writes a date in full.
func (c *composer) date(d deadlines.Date) string {
	if d == 0 {
		c.fail("a date is missing")
	}
	return c.p.Date(d.Civil())
}

// title sets subject and heading.
func (c *composer) title(subject, heading string) {
	c.letter.Subject, c.letter.Heading = subject, heading
}

func (c *composer) add(b Block) { c.letter.Blocks = append(c.letter.Blocks, b) }

// paragraph adds whole sentences, one after the other.
func (c *composer) paragraph(sentences ...string) {
	c.add(Block{Paragraph: []Run{said(strings.Join(sentences, " "))}})
}

// facts adds the table of facts. A letter has one, or one for each request.
func (c *composer) facts(rows ...Fact) { c.add(Block{Facts: rows}) }

// section adds a heading and a paragraph.
func (c *composer) section(heading string, sentences ...string) {
	c.add(Block{Heading: said(heading)})
	c.paragraph(sentences...)
}

// open adds the button that opens the request's page.
func (c *composer) open(link string) { c.button(c.say("letters.action.open"), link) }

// button adds the letter's action with the sentence that goes before the bare
// address.
func (c *composer) button(label, link string) {
	if err := checkLink(link); err != nil {
		c.fail("the link to the page: %w", err)
	}
	c.add(Block{Action: &Action{Label: label, URL: link, Bare: c.say("letters.action.bare")}})
}

// asked says what the reader asked for, and when.
func (c *composer) asked(l Case) string {
	own := c.say("rights."+l.Right+".asked_on", "date", c.date(l.Received))
	if l.ForOther {
		return c.say("letters.other.asked_on", "date", c.date(l.Received))
	}
	return own
}

// code adds the code that does on a page what the button does, where there is
// one. The page is the one on which the reader sent or asked for something, and
// gives the key of the sentence that says so.
func (c *composer) code(code, page string) {
	if code == "" {
		return
	}
	if !sixDigits.MatchString(code) {
		c.fail("the code is not six digits")
		return
	}
	c.facts(Fact{
		Label: c.say("letters.code.label"), Value: said(code[:3] + " " + code[3:]), Note: c.say("letters.code." + page), Strong: true,
	})
}

// The pages on which a code can be typed.
const (
	pageSent  = "sent"  // the one that is shown when a request was sent
	pageAsked = "asked" // the one on which the reader asked for the letter
)

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// stopsUse tells the rights that only end a use of information: nobody has to
// prove anything for them, and they are never set aside (11 CCR 7026(d),
// 7060(b)).
func stopsUse(right string) bool {
	return strings.HasPrefix(right, "opt_out.") || right == "limit_sensitive"
}

// reference is the row every letter begins its facts with.
func (c *composer) reference(reference string) Fact {
	if reference == "" {
		c.fail("the reference is missing")
	}
	return Fact{Label: c.say("letters.fact.reference"), Value: said(reference)}
}
