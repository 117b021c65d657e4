package proposals

import (
	"math/bits"
	"slices"
)

// sheet is one part of a letter, prepared for comparing.
type sheet struct {
	in     string
	words  []word
	atoms  [][]atom   // of each word
	heard  []uint     // of each word: the languages its sentence may be in, a bit each
	ends   []int      // of each word: the number of the first word after its sentence
	memory [][]uint64 // by list and word: where the list can end; bit 0 says it was computed
	tried  []int      // by phrase: the last word it was tried at
}

// sheet prepares the words of one part.
func (b *Book) sheet(in string, words []word) *sheet {
	s := &sheet{
		in: in, words: words, atoms: make([][]atom, len(words)), ends: make([]int, len(words)),
		memory: make([][]uint64, b.lists), tried: make([]int, len(b.phrases)),
	}
	known := map[string][]atom{}
	for i, w := range words {
		list, done := known[w.folded]
		if !done {
			list = b.alphabet.of(w.folded)
			known[w.folded] = list
		}
		s.atoms[i] = list
	}
	for i := len(words) - 1; i >= 0; i-- {
		s.ends[i] = i + 1
		if i+1 < len(words) && words[i+1].sentence == words[i].sentence {
			s.ends[i] = s.ends[i+1]
		}
	}
	for i := range s.tried {
		s.tried[i] = -1
	}
	s.heard = b.languages.heard(words, s.ends)
	return s
}

// hit is a phrase found: words from first to before last.
type hit struct {
	phrase      *phrase
	first, last int
}

// hits tries every phrase wherever one of its first words stands.
func (b *Book) hits(s *sheet) []hit {
	var found []hit
	for i := range s.words {
		for _, a := range s.atoms[i] {
			for _, p := range b.starts[a] {
				if s.tried[p.number] == i {
					continue
				}
				s.tried[p.number] = i
				if p.language != 0 && p.language&s.heard[i] == 0 {
					continue
				}
				if reach := s.run(p.seq, i); reach != 0 {
					found = append(found, hit{p, i, i + bits.Len64(reach) - 1})
				}
			}
		}
	}
	return found
}

// run compares a sequence with the words from i on. Bit n of the answer says
// that it can end before word i+n. All the ways are followed at once, so that
// the time does not depend on how many there are.
func (s *sheet) run(seq []element, i int) uint64 {
	reach, limit := uint64(1), s.ends[i]-i // a sequence never leaves its sentence
	for _, e := range seq {
		next := uint64(0)
		if e.optional || e.gap > 0 {
			next = reach
		}
		for n := range e.gap {
			next |= reach << (n + 1)
		}
		for left := reach; left != 0 && e.gap == 0; left &= left - 1 {
			n := bits.TrailingZeros64(left)
			switch {
			case e.edge:
				if s.edge(i + n) {
					next |= 1 << n
				}
			case n < limit:
				next |= s.place(e, i+n) << n
			}
		}
		if limit < 63 {
			next &= 1<<(limit+1) - 1
		}
		if reach = next; reach == 0 {
			return 0
		}
	}
	return reach
}

// place compares one place of a phrase with the words from i on.
func (s *sheet) place(e element, i int) uint64 {
	if e.choice != nil {
		return s.choice(e.choice, i)
	}
	for _, a := range s.atoms[i] {
		if slices.Contains(e.words, a) {
			return 1 << 1
		}
	}
	return 0
}

// choice compares a list with the words from i on and remembers the answer.
func (s *sheet) choice(c *choice, i int) uint64 {
	if c.number >= 0 && s.memory[c.number] == nil {
		s.memory[c.number] = make([]uint64, len(s.words))
	}
	if c.number >= 0 && s.memory[c.number][i] != 0 {
		return s.memory[c.number][i] &^ 1
	}
	reach := uint64(0)
	for _, a := range s.atoms[i] {
		for _, seq := range c.starts[a] {
			reach |= s.run(seq, i)
		}
	}
	if c.number >= 0 {
		s.memory[c.number][i] = reach | 1
	}
	return reach &^ 1
}

// edge reports whether a line begins or ends before word i.
func (s *sheet) edge(i int) bool {
	return i == 0 || i >= len(s.words) || s.words[i-1].line != s.words[i].line
}
