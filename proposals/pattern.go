package proposals

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// longestSpan is how many words a phrase can reach over, gaps included.
const longestSpan = 62

// element is one place of a phrase: a word, a gap, the edge of a line, or a
// choice of sequences.
type element struct {
	words    []atom // one of these
	choice   *choice
	gap      int // up to so many words
	edge     bool
	optional bool
}

// choice is a set of sequences, found by the words they can begin with.
type choice struct {
	number int // its place in a sheet's memory, -1 where none is kept
	starts map[atom][][]element
	span   int
}

// phrase is a compiled phrase of a rule. With void it takes findings away
// instead of making one: those of its rule, or those of the rights in against.
type phrase struct {
	number   int
	language uint // the bit of its language; 0 where it holds in every one
	rule     *rule
	void     bool
	against  []Right
	denial   *denial // of a phrase that takes findings back in the whole letter
	unless   bool    // this phrase takes the meaning of its denial away
	seq      []element
}

// compiler turns phrases into sequences.
type compiler struct {
	alphabet *alphabet
	numbered int
	sources  map[string]string  // lists that can be named, as written
	lists    map[string]*choice // those that were read already
	open     []string           // those being read now
}

// sequence reads a phrase. tail allows a gap at its end.
func (c *compiler) sequence(text string, tail bool) ([]element, error) {
	var seq []element
	for part := range strings.FieldsSeq(text) {
		e, err := c.element(part)
		if err != nil {
			return nil, err
		}
		seq = append(seq, e)
	}
	switch {
	case !slices.ContainsFunc(seq, func(e element) bool { return !e.optional && (e.choice != nil || e.words != nil) }):
		return nil, fmt.Errorf("the phrase %q needs at least one word that may not be missing", text)
	case seq[0].gap > 0:
		return nil, fmt.Errorf("the phrase %q may not begin with a gap", text)
	case seq[len(seq)-1].gap > 0 && !tail:
		return nil, fmt.Errorf("the phrase %q may not end with a gap", text)
	case seq[len(seq)-1].optional:
		return nil, fmt.Errorf("the phrase %q ends with a word that may be missing: leave it out", text)
	case span(seq) > longestSpan:
		return nil, fmt.Errorf("the phrase %q can reach over %d words; %d are the most", text, span(seq), longestSpan)
	}
	return seq, nil
}

// element reads one part of a phrase, which has no space in it.
func (c *compiler) element(part string) (element, error) {
	if part == "^" {
		return element{edge: true}, nil
	}
	if count, gap := strings.CutPrefix(part, ".."); gap {
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 || n > 40 {
			return element{}, fmt.Errorf("%q is no gap: write ..3 for up to three words, at most ..40", part)
		}
		return element{gap: n}, nil
	}
	inner, opened := strings.CutPrefix(part, "(")
	inner, closed := strings.CutSuffix(inner, ")")
	if opened != closed {
		return element{}, fmt.Errorf("%q has one bracket: write (word) for a word that may be missing", part)
	}
	e, err := c.alternatives(part, strings.Split(inner, "/"))
	e.optional = opened
	return e, err
}

// alternatives reads the words of one place. Where each is a single word they
// are compared at once, else they become a choice.
func (c *compiler) alternatives(part string, texts []string) (element, error) {
	var all [][]element
	var words []atom
	single := true
	for _, text := range texts {
		seq, err := c.alternative(part, text)
		if err != nil {
			return element{}, err
		}
		if all = append(all, seq); len(seq) == 1 && seq[0].choice == nil {
			words = append(words, seq[0].words...)
		} else {
			single = false
		}
	}
	switch {
	case single:
		return element{words: words}, nil
	case len(all) == 1 && len(all[0]) == 1:
		return all[0][0], nil
	}
	return element{choice: newChoice(-1, all)}, nil
}

// alternative reads one of them: <list>, stem*, *ending, 99999, word, two_words.
func (c *compiler) alternative(part, text string) ([]element, error) {
	if name, named := strings.CutPrefix(text, "<"); named {
		list, err := c.list(strings.TrimSuffix(name, ">"))
		return []element{{choice: list}}, err
	}
	if len(text) >= 4 && strings.Trim(text, "9") == "" {
		return []element{{words: []atom{c.alphabet.number(len(text))}}}, nil
	}
	var seq []element
	for piece := range strings.SplitSeq(text, "_") {
		stem, open := strings.CutSuffix(piece, "*")
		ending, begun := strings.CutPrefix(stem, "*")
		spelt := spellings(ending)
		if spelt[0] == "" || open && begun || (open || begun) && strings.Contains(spelt[0], " ") {
			return nil, fmt.Errorf("%q in %q is no word", piece, part)
		}
		seq = append(seq, c.pieces(spelt, open, begun)...)
	}
	return seq, nil
}

// pieces makes the places of a piece that punctuation may divide: opt-out.
func (c *compiler) pieces(spelt []string, stem, ending bool) []element {
	seq := make([]element, len(strings.Fields(spelt[0])))
	for _, spelling := range spelt {
		for i, w := range strings.Fields(spelling) {
			seq[i].words = append(seq[i].words, c.alphabet.word(w, stem, ending))
		}
	}
	return seq
}

// list reads the list of a name, once.
func (c *compiler) list(name string) (*choice, error) {
	if list, done := c.lists[name]; done {
		return list, nil
	}
	text, known := c.sources[name]
	if !known {
		return nil, fmt.Errorf("there is no list <%s>", name)
	}
	if slices.Contains(c.open, name) {
		return nil, fmt.Errorf("the list <%s> is made of itself", name)
	}
	c.open = append(c.open, name)
	var all [][]element
	for item := range strings.SplitSeq(text, ",") {
		seq, err := c.sequence(item, false)
		if err != nil {
			return nil, fmt.Errorf("in the list <%s>: %w", name, err)
		}
		all = append(all, seq)
	}
	c.open = c.open[:len(c.open)-1]
	list := newChoice(c.numbered, all)
	c.numbered++
	c.lists[name] = list
	return list, nil
}

func newChoice(number int, all [][]element) *choice {
	made := &choice{number: number, starts: map[atom][][]element{}}
	for _, seq := range all {
		made.span = max(made.span, span(seq))
		for _, a := range firsts(seq) {
			made.starts[a] = append(made.starts[a], seq)
		}
	}
	return made
}

// firsts lists the words a sequence can begin with, each once.
func firsts(seq []element) []atom {
	var list []atom
	for _, e := range seq {
		list = append(list, e.words...)
		if e.choice != nil {
			for a := range e.choice.starts {
				list = append(list, a)
			}
		}
		if !e.optional && !e.edge {
			break
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// span is the most words a sequence can reach over.
func span(seq []element) int {
	words := 0
	for _, e := range seq {
		switch {
		case e.choice != nil:
			words += e.choice.span
		case e.words != nil:
			words++
		}
		words += e.gap
	}
	return words
}
