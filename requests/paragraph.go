package requests

import (
	"encoding/json"
	"fmt"
	"strings"
)

// MaxAdded is how many characters a paragraph may have that somebody adds to a
// letter.
const MaxAdded = 1500

// WithParagraph carries a verb out and puts a paragraph of the caller's own
// into its letter to the requester, before the letter's button. What the letter
// must say stands above and below it as ever.
type WithParagraph struct {
	Verb Verb
	Text string
}

func (v WithParagraph) plan(o *occasion) (*plan, error) {
	o.added = tidy(v.Text)
	p, err := v.Verb.plan(o)
	if err != nil || o.added == "" {
		return p, err
	}
	if n := len([]rune(o.added)); n > MaxAdded {
		p.fail("added", fmt.Sprintf("Write at most %d characters; this is %d.", MaxAdded, n))
	}
	for _, c := range p.letters {
		if c.takesParagraph() {
			p.added = o.added
		}
	}
	return p, nil
}

// takesParagraph reports whether a letter goes to whoever asked.
func (c composer) takesParagraph() bool { return !c.internal() && !c.toPerson }

// between parts the words of an act, the paragraph that was added to its letter
// and the evidence of a decision, where they are sealed with the event.
const between = "\x1e"

// words are what is sealed with the event.
func (p *plan) words() string {
	return strings.TrimRight(strings.Join([]string{p.text, p.added, p.evidence}, between), between)
}

// unfold parts the words of an event.
func (e *Event) unfold() error {
	if e.Act == ActPropose {
		var r resolution
		if err := json.Unmarshal([]byte(e.Text), &r); err != nil {
			return fmt.Errorf("event %d of request %d: its proposal cannot be read: %w", e.Seq, e.RequestID, err)
		}
		e.Text, e.Added, e.Evidence = r.Text, r.Added, r.Evidence
		return nil
	}
	e.Text, e.Added, _ = strings.Cut(e.Text, between)
	e.Added, e.Evidence, _ = strings.Cut(e.Added, between)
	return nil
}
