package policies

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Translations are a text of a file in other languages than the file's own, by
// language tag (BCP 47): "de", "pt-PT".
type Translations map[string]string

// languageTag is the usual form of BCP 47: language, script, region.
var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)

// In returns the text in a language, else in the nearest of the same language
// ("pt-PT" for "pt"), else the base text.
func (t Translations) In(lang, base string) string {
	primary := primaryOf(lang)
	for _, tag := range []string{lang, primary} {
		if text := t[tag]; text != "" {
			return text
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(t)) {
		if primaryOf(tag) == primary {
			return t[tag]
		}
	}
	return base
}

// primaryOf returns the language of a tag without script and region.
func primaryOf(tag string) string {
	primary, _, _ := strings.Cut(tag, "-")
	return primary
}

// LabelIn returns the question on the form in a language.
func (i Identifier) LabelIn(lang string) string { return i.OtherLabels.In(lang, i.Label) }

// HintIn returns the line below the question in a language, or "".
func (i Identifier) HintIn(lang string) string { return i.OtherHints.In(lang, i.Hint) }

// LimitsIn returns the limits of a right in a language, or "".
func (r PromisedRight) LimitsIn(lang string) string { return r.OtherLimits.In(lang, r.Limits) }

// ScopeIn returns what a right is about in a language, or "" for everything.
func (r PromisedRight) ScopeIn(lang string) string { return r.OtherScopes.In(lang, r.Scope) }

// NameIn returns the name that an authority has in a language.
func (a Authority) NameIn(lang string) string { return a.OtherNames.In(lang, a.Name) }

// translated is one text of a pack that requesters read, with its translations.
type translated struct {
	key  string // identifiers[0].label_in
	name string // workspace, label
	base string
	in   Translations
}

// translated lists the texts that requesters read, in file order.
func (p *Pack) translated() []translated {
	var list []translated
	for i, r := range p.Rights {
		name := strings.Join(append([]string{string(r.Right)}, r.Residences...), " ")
		list = append(list,
			translated{fmt.Sprintf("rights[%d].limits_in", i), name + ", limits", r.Limits, r.OtherLimits},
			translated{fmt.Sprintf("rights[%d].scope_in", i), name + ", scope", r.Scope, r.OtherScopes})
	}
	for i, id := range p.Identifiers {
		list = append(list,
			translated{fmt.Sprintf("identifiers[%d].label_in", i), id.Name + ", label", id.Label, id.OtherLabels},
			translated{fmt.Sprintf("identifiers[%d].hint_in", i), id.Name + ", hint", id.Hint, id.OtherHints})
	}
	return slices.DeleteFunc(list, func(t translated) bool { return t.base == "" && len(t.in) == 0 })
}

// translations lists every translation by itself, to compare two packs.
func (p *Pack) translations() []namedText {
	var list []namedText
	for _, t := range p.translated() {
		for _, tag := range slices.Sorted(maps.Keys(t.in)) {
			list = append(list, namedText{t.name + " in " + tag, t.in[tag]})
		}
	}
	return list
}

// lint checks the tags, and that every translation says something.
func (t translated) lint(at placed) error {
	for _, tag := range slices.Sorted(maps.Keys(t.in)) {
		switch {
		case !languageTag.MatchString(tag):
			return at(tag+":", "%s: %q is no language tag like de or pt-PT", t.key, tag)
		case strings.TrimSpace(t.in[tag]) == "":
			return at(tag+":", "%s: the text in %s is empty", t.key, tag)
		case t.base == "":
			return at(tag+":", "%s translates a text that is not there: give it without _in too", t.key)
		}
	}
	return nil
}
