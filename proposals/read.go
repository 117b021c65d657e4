package proposals

import (
	"cmp"
	"slices"
	"strings"
)

// finding is a hit of a rule, as bytes of its part.
type finding struct {
	rule       *rule
	proposes   string // right, kind of sign, law or code of a place
	in         string
	first, end int // words
	start, to  int // bytes
}

// Read proposes what a letter is about. The hint is the language its headers
// name (RFC 3282), "" where they name none; it only decides between languages
// that are nearly level. The same letter is always read the same way, in time
// proportional to its length.
//
// A subject that begins with "Re:" is somebody else's and is not read.
func (b *Book) Read(subject, text, hint string) Reading {
	br := breaks{short: b.short}
	head, room := cutAt(subject, br, maxWords, MaxText)
	body, left := []word(nil), -1
	if room >= 0 {
		body, left = cutAt(text, br, maxWords-len(head), room)
	}
	var found []finding
	var back takenBack
	if len(head) > 0 && !b.replies[head[0].folded] {
		found = b.find(b.sheet(InSubject, head), &back)
	}
	found = back.from(append(found, b.find(b.sheet(InText, body), &back)...))
	reading := Reading{Cut: left < 0, Doubted: slices.Compact(slices.Sorted(slices.Values(back.rights)))}
	reading.Language = b.languages.guess(slices.Concat(head, body), found, hint)
	for _, f := range merged(found) {
		reading.add(f)
	}
	return reading
}

// add files a finding under its kind.
func (r *Reading) add(f finding) {
	switch f.rule.kind {
	case rights:
		r.Rights = append(r.Rights, Finding{f.proposes, f.rule.ID, f.in, f.start, f.to})
	case signs:
		r.NotARequest = append(r.NotARequest, Finding{f.proposes, f.rule.ID, f.in, f.start, f.to})
	case laws:
		r.Law = append(r.Law, LawNamed{f.proposes, f.rule.ID, f.in, f.start, f.to})
	case residence:
		r.Residence = append(r.Residence, Place{f.proposes, f.rule.ID, f.in, f.start, f.to})
	}
}

// find collects what the rules find in one part, without what is negated.
func (b *Book) find(s *sheet, back *takenBack) []finding {
	hits := b.hits(s)
	voids := collect(hits, len(s.words))
	back.denials = append(back.denials, voids.denials...)
	var found []finding
	for _, h := range hits {
		if h.phrase.void {
			continue
		}
		if voids.meet(h) {
			if h.phrase.rule.kind == rights {
				back.rights = append(back.rights, h.phrase.rule.Proposes)
			}
			continue
		}
		f := finding{rule: h.phrase.rule, proposes: h.phrase.rule.Proposes, in: s.in, first: h.first, end: h.last}
		if f.rule.kind == residence {
			if f.proposes = b.placeIn(s.words[h.first:h.last]); f.proposes == "" {
				continue
			}
		}
		f.start, f.to = s.words[h.first].start, s.words[h.last-1].end
		found = append(found, f)
	}
	return giveWay(found, len(s.words))
}

// cover says by name which words of a part are covered.
type cover map[string][]bool

// mark covers the words from first to before end, of so many in all.
func (c cover) mark(name string, words, first, end int) {
	if c[name] == nil {
		c[name] = make([]bool, words)
	}
	for i := first; i < end; i++ {
		c[name][i] = true
	}
}

// meets reports whether one of the words is covered.
func (c cover) meets(name string, first, end int) bool {
	return c[name] != nil && slices.Contains(c[name][first:end], true)
}

// voids is where findings are negated: by right, and by rule.
type voids struct {
	rights  cover
	rules   map[*rule][]hit // in the order of their first words
	denials []*denial
}

// takenBack is what words of a letter take back, in both its parts.
type takenBack struct {
	rights  []Right // a finding was dropped
	denials []*denial
}

// from drops the findings that the letter denies as a whole.
func (t *takenBack) from(found []finding) []finding {
	return slices.DeleteFunc(found, func(f finding) bool {
		denied := f.rule.kind == rights && slices.ContainsFunc(t.denials, func(d *denial) bool {
			return slices.Contains(d.rights, f.proposes) && (!d.unsure || f.rule.Strength != Sure)
		})
		if denied {
			t.rights = append(t.rights, f.proposes)
		}
		return denied
	})
}

// everyRight stands in a file's exceptions for all of them.
const everyRight = "all"

func collect(hits []hit, words int) voids {
	v, undone := voids{rights: cover{}, rules: map[*rule][]hit{}}, cover{}
	for _, h := range hits {
		if h.phrase.void && h.phrase.rule != nil {
			v.rules[h.phrase.rule] = append(v.rules[h.phrase.rule], h)
		}
		for _, right := range h.phrase.against {
			v.rights.mark(right, words, h.first, h.last)
		}
		if h.phrase.unless {
			undone.mark(h.phrase.denial.name, words, h.first, h.last)
		}
	}
	for _, h := range hits {
		if d := h.phrase.denial; d != nil && !h.phrase.unless && !undone.meets(d.name, h.first, h.last) {
			v.denials = append(v.denials, d)
		}
	}
	return v
}

// meet reports whether a hit shares a word with a negation of it.
func (v voids) meet(h hit) bool {
	r := h.phrase.rule
	if r.kind == rights {
		if v.rights.meets(r.Proposes, h.first, h.last) || v.rights.meets(everyRight, h.first, h.last) {
			return true
		}
	}
	list := v.rules[r]
	from, _ := slices.BinarySearchFunc(list, h.first-longestSpan, func(other hit, first int) int { return cmp.Compare(other.first, first) })
	for _, other := range list[from:] {
		if other.first >= h.last {
			return false
		}
		if other.last > h.first {
			return true
		}
	}
	return false
}

// giveWay drops the findings of one part that share a word with one of a rule
// that stands instead of them.
func giveWay(found []finding, words int) []finding {
	taken := cover{}
	for _, f := range found {
		for _, weaker := range f.rule.insteadOf {
			taken.mark(weaker, words, f.first, f.end)
		}
	}
	return slices.DeleteFunc(found, func(f finding) bool { return taken.meets(f.proposes, f.first, f.end) })
}

// strength orders the strengths, strongest first.
func strength(r *rule) int { return slices.Index([]string{Sure, Likely, Hint}, r.Strength) }

// merged makes one of findings that propose the same about the same words, and
// puts the strongest first. The strongest rule gives its id. A country gives
// way to a part of it, wherever that was found.
func merged(found []finding) []finding {
	found = withoutWholes(found)
	slices.SortStableFunc(found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.rule.kind, b.rule.kind), strings.Compare(a.proposes, b.proposes),
			strings.Compare(a.in, b.in), cmp.Compare(a.first, b.first))
	})
	var list []finding
	for _, f := range found {
		if n := len(list) - 1; n >= 0 && list[n].same(f) && f.first < list[n].end {
			f.first, f.start = list[n].first, list[n].start
			if list[n].end > f.end {
				f.end, f.to = list[n].end, list[n].to
			}
			if cmp.Or(cmp.Compare(strength(list[n].rule), strength(f.rule)), strings.Compare(list[n].rule.ID, f.rule.ID)) <= 0 {
				f.rule = list[n].rule
			}
			list[n] = f
			continue
		}
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(a, b finding) int {
		return cmp.Or(cmp.Compare(strength(a.rule), strength(b.rule)), strings.Compare(a.in, b.in),
			cmp.Compare(a.start, b.start), strings.Compare(a.rule.ID, b.rule.ID))
	})
	return list
}

// same reports whether two findings propose the same in the same part.
func (f finding) same(other finding) bool {
	return f.rule.kind == other.rule.kind && f.proposes == other.proposes && f.in == other.in
}

// withoutWholes drops a country where a part of it was found.
func withoutWholes(found []finding) []finding {
	divided := map[string]bool{}
	for _, f := range found {
		if country, _, part := strings.Cut(f.proposes, "-"); part && f.rule.kind == residence {
			divided[country] = true
		}
	}
	return slices.DeleteFunc(found, func(f finding) bool { return f.rule.kind == residence && divided[f.proposes] })
}
