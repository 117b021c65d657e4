package requests

import (
	"slices"
	"strings"

	"dsr/policies"
	"dsr/words"
)

// glossary knows what people write in a table for a right or a place: our names
// and those of the laws, the sentences of the form, in English and every other
// language of the catalogue.
type glossary struct {
	rights map[string]policies.Right
	places map[string][]string // codes by name
	here   words.Printer
	near   map[string]string // suggestions made so far, by what was typed
}

// mostNear bounds how many words of one table are compared with all others.
const mostNear = 200

// glossaryOf gathers them.
func (o *Office) glossaryOf() *glossary {
	g := &glossary{rights: map[string]policies.Right{}, places: map[string][]string{}, here: o.words.In(words.Base), near: map[string]string{}}
	for _, language := range o.words.Languages() {
		p := o.words.In(language.Tag)
		for _, right := range policies.Rights() {
			g.rights[plainName(p.T("ask.right."+string(right)+".label"))] = right
		}
		for _, country := range p.Countries() {
			g.place(country)
			for _, part := range p.Subdivisions(country.Code) {
				g.place(part)
			}
		}
	}
	for alias, code := range map[string]string{"usa": "US", "united_states_of_america": "US", "america": "US", "uk": "GB", "great_britain": "GB", "britain": "GB", "holland": "NL", "czech_republic": "CZ"} {
		g.places[alias] = []string{code}
	}
	return g
}

func (g *glossary) place(p words.Place) {
	name := plainName(p.Name)
	if !slices.Contains(g.places[name], p.Code) {
		g.places[name] = append(g.places[name], p.Code)
	}
}

// right reads a right, or suggests the nearest name of one.
func (g *glossary) right(typed string) (right policies.Right, suggestion string) {
	name := plainName(typed)
	if right, err := policies.ParseRight(name); err == nil && slices.Contains(policies.Rights(), right) {
		return right, ""
	}
	if right, known := g.rights[name]; known {
		return right, ""
	}
	return "", g.nearest("right/"+name, func() string {
		best, found := len(name)/3+1, ""
		for _, right := range policies.Rights() {
			if d := distance(name, plainName(string(right))); d < best {
				best, found = d, string(right)
			}
		}
		for label, right := range g.rights {
			// Of two that are as near, the first in the alphabet: a map has no order.
			if d := distance(name, label); d < best || d == best && found != "" && string(right) < found {
				best, found = d, string(right)
			}
		}
		return found
	})
}

// nearest remembers suggestions, and makes no more than mostNear of them.
func (g *glossary) nearest(typed string, find func() string) string {
	found, known := g.near[typed]
	if !known && len(g.near) < mostNear {
		found = find()
		g.near[typed] = found
	}
	return found
}

// residence reads where somebody lives from one cell: a code, or the name of a
// country or of a part of one. A name of several places is none, and its codes
// are what to write instead.
func (g *glossary) residence(typed string) (code, suggestion string) {
	if typed == "" {
		return "", ""
	}
	if code := strings.ToUpper(strings.ReplaceAll(typed, "_", "-")); g.here.HasPlace(code) {
		return code, ""
	}
	switch codes := g.places[plainName(typed)]; len(codes) {
	case 0:
		return "", g.nearestPlace(plainName(typed), "")
	case 1:
		return codes[0], ""
	default:
		return "", strings.Join(codes, ", ")
	}
}

// state reads a part of a country: "CA", "US-CA" or "California". A country
// whose parts have no laws of their own takes any.
func (g *glossary) state(country, typed string) (code, suggestion string) {
	if typed == "" || len(g.here.Subdivisions(country)) == 0 {
		return country, ""
	}
	code = strings.ToUpper(typed)
	if !strings.HasPrefix(code, country+"-") {
		code = country + "-" + code
	}
	if g.here.HasPlace(code) {
		return code, ""
	}
	for _, code := range g.places[plainName(typed)] {
		if strings.HasPrefix(code, country+"-") {
			return code, ""
		}
	}
	return "", g.nearestPlace(plainName(typed), country+"-")
}

// nearestPlace is the code of the place whose name is nearest, or "".
func (g *glossary) nearestPlace(name, prefix string) string {
	return g.nearest("place/"+prefix+name, func() (code string) {
		best := max(2, len(name)/3) + 1
		for known, codes := range g.places {
			d := distance(name, known)
			for _, c := range codes {
				if strings.HasPrefix(c, prefix) && (d < best || d == best && code != "" && c < code) {
					best, code = d, c
				}
			}
		}
		return code
	})
}

// distance is how many letters must be changed, added or taken away to make one
// word of another (Levenshtein). Words far apart in length are not compared.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	const longest = 60
	if len(x) > longest || len(y) > longest {
		return longest
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before := row[0]
		row[0] = i + 1
		for j := range y {
			cost := before
			if x[i] != y[j] {
				cost = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], cost
		}
	}
	return row[len(y)]
}
