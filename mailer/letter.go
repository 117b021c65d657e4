package mailer

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"dsr/words"
)

// ErrIncomplete says that something a letter needs is missing or cannot stand
// in a letter. The letter must not be sent.
var ErrIncomplete = errors.New("the letter is not complete")

// Unwritten stands for words a person has still to type, so that a letter can
// be shown before its form is filled in. Render refuses a letter that holds it.
const Unwritten = "…"

// Letter is a letter as a document, before it is HTML or text.
type Letter struct {
	Kind     string // which letter it is, for logs and lists: "extended"
	Language words.Language
	Brand    Brand
	Subject  string // one line, beginning with the reference
	Heading  string
	Colon    string // how the language ends a label in the text version: ":", in French with a space before it
	Blocks   []Block
	Footer   []string // one line each
}

// Brand is whose letter it is.
type Brand struct {
	Name       string
	Initial    string // one or two letters for the square beside the name
	Colour     string // #rrggbb, at least 4.5:1 on white, which is written on it
	DarkColour string // #rrggbb, the same for a dark surface
}

// Block is one piece of a letter. Exactly one of its fields is filled.
type Block struct {
	Heading   Run    // begins a section
	Item      Run    // names one of several things in a section
	Paragraph []Run  // sentences that follow each other
	Facts     []Fact // a table of two columns
	List      []Run
	Quote     Run // words typed by a person, set apart
	Action    *Action
}

// Run is a stretch of words.
type Run struct {
	Text  string
	Typed bool   // typed or chosen by staff for this letter: marked in the preview
	Link  string // an address that follows the words, shown in full
}

// Fact is a row of the table of facts.
type Fact struct {
	Label  string
	Value  Run
	Note   string // a line below the value, may be empty
	Strong bool
}

// Action is the one button of a letter. Its address is also shown in full.
type Action struct {
	Label string
	URL   string
	Bare  string // the sentence before the bare address
}

// said wraps words of the catalogue.
func said(text string) Run { return Run{Text: text} }

// typed wraps words of a person, with the line breaks of any browser and
// without tabs, which come along with what is pasted from a table.
func typed(text string) Run {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ").Replace(text)
	return Run{Text: strings.TrimSpace(text), Typed: true}
}

// Lines cuts the words at line breaks. Of empty lines it keeps one between two
// paragraphs, as "", and none at the ends.
func (r Run) Lines() []string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(r.Text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

// WithParagraph returns the letter with a text of staff before its button, or at
// its end where it has none. An empty line begins a new paragraph; an empty text
// changes nothing. What the letter says by itself stays as it is.
func (l Letter) WithParagraph(text string) Letter {
	var added []Block
	for part := range strings.SplitSeq(typed(text).Text, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			added = append(added, Block{Paragraph: []Run{typed(part)}})
		}
	}
	at := slices.IndexFunc(l.Blocks, func(b Block) bool { return b.Action != nil })
	if at < 0 {
		at = len(l.Blocks)
	}
	l.Blocks = slices.Insert(slices.Clone(l.Blocks), at, added...)
	return l
}

func (r Run) empty() bool { return strings.TrimSpace(r.Text) == "" && r.Link == "" }

// Start is the side of the page on which the letter's language begins, for
// mail clients that know no logical sides.
func (l Letter) Start() string {
	if l.Language.Direction == "rtl" {
		return "right"
	}
	return "left"
}

// check returns ErrIncomplete with the first thing that keeps the letter from
// being sent.
func (l Letter) check() error {
	if err := l.checkButTyped(); err != nil {
		return err
	}
	for _, b := range l.Blocks {
		for _, r := range b.runs() {
			if r.Typed && r.Text == Unwritten {
				return l.fault(errors.New("words that a person has to type are missing"))
			}
		}
	}
	return nil
}

// checkButTyped is check for a letter whose words a person may still be
// typing.
func (l Letter) checkButTyped() error {
	for _, field := range [][2]string{
		{"language", l.Language.Tag}, {"direction", l.Language.Direction}, {"subject", l.Subject},
		{"heading", l.Heading}, {"colon after a label", l.Colon},
		{"name of the sender", l.Brand.Name}, {"initial of the sender", l.Brand.Initial},
	} {
		if err := checkWords(field[0], Run{Text: field[1]}); err != nil {
			return l.fault(err)
		}
	}
	if strings.Contains(l.Subject, "\n") {
		return l.fault(errors.New("the subject has more than one line"))
	}
	for _, colour := range []string{l.Brand.Colour, l.Brand.DarkColour} {
		if !hexColour.MatchString(colour) {
			return l.fault(fmt.Errorf("%q is not a colour like #6c4df6", colour))
		}
	}
	if len(l.Blocks) == 0 || len(l.Footer) == 0 {
		return l.fault(errors.New("it has no body or no footer"))
	}
	for _, line := range l.Footer {
		if err := checkWords("footer", Run{Text: line}); err != nil {
			return l.fault(err)
		}
	}
	for i, block := range l.Blocks {
		if err := block.check(); err != nil {
			return l.fault(fmt.Errorf("block %d: %w", i+1, err))
		}
	}
	return nil
}

// hexColour is the only form of colour that is let into a style.
var hexColour = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// fault names the letter whose fault it is.
func (l Letter) fault(err error) error {
	return fmt.Errorf("letter %q: %w: %w", l.Kind, ErrIncomplete, err)
}

// check refuses a block that is nothing or several things, and faults in its
// words and addresses.
func (b Block) check() error {
	filled := 0
	for _, has := range []bool{!b.Heading.empty(), !b.Item.empty(), len(b.Paragraph) > 0, len(b.Facts) > 0, len(b.List) > 0, !b.Quote.empty(), b.Action != nil} {
		if has {
			filled++
		}
	}
	if filled != 1 {
		return fmt.Errorf("it must be one thing, and is %d", filled)
	}
	for _, f := range b.Facts {
		if err := checkWords("label", said(f.Label)); err != nil {
			return err
		}
	}
	for _, r := range b.runs() {
		if err := checkWords("text", r); err != nil {
			return err
		}
	}
	if b.Action != nil {
		return checkLink(b.Action.URL)
	}
	return nil
}

// runs lists all words of a block but the labels of its facts.
func (b Block) runs() []Run {
	runs := append(append([]Run{}, b.Paragraph...), b.List...)
	for _, f := range b.Facts {
		runs = append(runs, f.Value)
		if f.Note != "" {
			runs = append(runs, said(f.Note))
		}
	}
	for _, r := range []Run{b.Heading, b.Item, b.Quote} {
		if !r.empty() {
			runs = append(runs, r)
		}
	}
	if b.Action != nil {
		runs = append(runs, said(b.Action.Label), said(b.Action.Bare))
	}
	return runs
}

// checkWords refuses words that are missing, have a gap, or hold characters
// that have no place in a letter.
func checkWords(what string, r Run) error {
	switch {
	case strings.TrimSpace(r.Text) == "":
		return fmt.Errorf("the %s is missing", what)
	case !r.Typed && words.HasGap(r.Text):
		return fmt.Errorf("the %s has a gap: %s", what, r.Text)
	case strings.ContainsFunc(r.Text, unprintable):
		return fmt.Errorf("the %s holds a character that cannot be printed", what)
	case r.Link != "":
		return checkLink(r.Link)
	}
	return nil
}

// unprintable reports what has no place in a letter; its lines may end.
func unprintable(c rune) bool { return c != '\n' && words.Unprintable(c) }

// checkLink lets through absolute web addresses only.
func checkLink(link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(link, " \t\r\n<>\"") {
		return errors.New("a link is not a whole web address")
	}
	return nil
}
