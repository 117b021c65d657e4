package proposals

import "strings"

// atom numbers one word, stem, ending or length of number that phrases name.
type atom int32

// alphabet numbers everything that phrases compare a word with, so that a word
// of a letter is looked up once and not once for each phrase.
type alphabet struct {
	exact, stems, endings map[string]atom
	numbers               map[int]atom
	next                  atom
	longest               int // bytes of the longest stem or ending
}

func newAlphabet() *alphabet {
	return &alphabet{exact: map[string]atom{}, stems: map[string]atom{}, endings: map[string]atom{}, numbers: map[int]atom{}}
}

// word numbers a folded word, stem or ending.
func (a *alphabet) word(folded string, stem, ending bool) atom {
	table := a.exact
	switch {
	case stem:
		table = a.stems
	case ending:
		table = a.endings
	}
	if known, ok := table[folded]; ok {
		return known
	}
	if stem || ending {
		a.longest = max(a.longest, len(folded))
	}
	a.next++
	table[folded] = a.next
	return a.next
}

// number numbers the numbers of so many digits.
func (a *alphabet) number(digits int) atom {
	if known, ok := a.numbers[digits]; ok {
		return known
	}
	a.next++
	a.numbers[digits] = a.next
	return a.next
}

// of lists everything a folded word is.
func (a *alphabet) of(folded string) []atom {
	var list []atom
	add := func(n atom, ok bool) {
		if ok {
			list = append(list, n)
		}
	}
	n, ok := a.exact[folded]
	add(n, ok)
	for length := 1; length <= min(len(folded), a.longest); length++ {
		n, ok = a.stems[folded[:length]]
		add(n, ok)
		n, ok = a.endings[folded[len(folded)-length:]]
		add(n, ok)
	}
	if strings.Trim(folded, "0123456789") == "" {
		n, ok = a.numbers[len(folded)]
		add(n, ok)
	}
	return list
}
