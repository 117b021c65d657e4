package requests

import (
	"fmt"
	"slices"
	"strings"
)

// Filter says which requests a list holds and how they are sorted. It is
// written as words, so that a view is a link: "is:overdue right:deletion
// law:ccpa policy:moxora assignee:me due:7d sort:received-desc".
type Filter struct {
	Tokens []Token // as typed, in order, for chips
	Closed bool    // what is closed or set aside instead of what is open
	Any    bool    // a reference or an address was typed: open or closed alike
	Faults []string
}

// Token is one word of a filter. A word without a key is searched as a
// reference or an address.
type Token struct{ Key, Value string }

// String writes the token so that it is read again as the same.
func (t Token) String() string {
	value := t.Value
	if strings.ContainsAny(value, parting) {
		value = `"` + value + `"`
	}
	if t.Key == "" {
		return value
	}
	return t.Key + ":" + value
}

// longestFilter is how many bytes of a filter are read.
const longestFilter = 500

// ParseFilter reads a filter. Words it does not understand are kept out of the
// list's conditions and named in Faults.
func ParseFilter(q string) Filter {
	var f Filter
	for _, word := range filterWords(cut(strings.ToValidUTF8(strings.ReplaceAll(q, "\x00", " "), " "), longestFilter)) {
		key, value, found := strings.Cut(word, ":")
		if !found {
			f.word(word)
			continue
		}
		t := Token{strings.ToLower(key), strings.ToLower(value)}
		if fault := t.fault(); fault != "" {
			f.Faults = append(f.Faults, fault)
			continue
		}
		f.Tokens = append(f.Tokens, t)
		f.Closed = f.Closed || t.ended()
	}
	for _, t := range f.Tokens {
		f.Any = f.Any && t.Key != "is" && t.Key != "closed"
	}
	f.checkSort()
	return f
}

// parting are the characters between the words of a filter.
const parting = " \t\r\n"

// filterWords parts a filter at its spaces; a value in quotes may hold some.
func filterWords(q string) []string {
	var words []string
	var word strings.Builder
	quoted := false
	for _, r := range q + " " {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && strings.ContainsRune(parting, r):
			if word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
		default:
			word.WriteRune(r)
		}
	}
	if rest := strings.TrimSpace(word.String()); rest != "" { // a quote that was not shut
		words = append(words, rest)
	}
	return words
}

// ended reports whether a word asks for requests that are not open.
func (t Token) ended() bool {
	switch t.Key {
	case "is", "phase":
		return slices.Contains([]string{"closed", "aside", "spam", "lapsed", "no-request"}, t.Value)
	}
	return t.Key == "closed"
}

// shortestReference keeps a search from listing all requests of a policy.
const shortestReference = 5

// word takes a word without a key: a reference, the beginning of one, or an
// address.
func (f *Filter) word(word string) {
	if len(word) < shortestReference {
		f.Faults = append(f.Faults, fmt.Sprintf("%q is too short to look for. Type at least %d characters of a reference, like MOX-8, or a whole address.", word, shortestReference))
		return
	}
	f.Tokens, f.Any = append(f.Tokens, Token{Value: word}), true
}

// String writes the filter as typed.
func (f Filter) String() string {
	words := make([]string, len(f.Tokens))
	for i, t := range f.Tokens {
		words[i] = t.String()
	}
	return strings.Join(words, " ")
}

// Without returns the filter as text without one token.
func (f Filter) Without(i int) string {
	rest := Filter{Tokens: slices.Delete(slices.Clone(f.Tokens), i, i+1)}
	return rest.String()
}

// Searches reports whether the filter looks for a reference or an address. Such
// a filter is kept nowhere: it can name a person.
func (f Filter) Searches() bool {
	return slices.ContainsFunc(f.Tokens, func(t Token) bool { return t.Key == "" })
}

// Told writes the filter for the audit trail, without what was searched for.
func (f Filter) Told() string {
	words := make([]string, len(f.Tokens))
	for i, t := range f.Tokens {
		if words[i] = t.String(); t.Key == "" {
			words[i] = "(a reference or an address)"
		}
	}
	return strings.Join(words, " ")
}
