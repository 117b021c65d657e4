package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Gaps compares every language with the base and says, one sentence each and
// sorted, where it falls short: a key it lacks, a key the base does not have, a
// plural form its grammar needs, a placeholder the base does not use or that
// it drops. A catalogue ready to ship has none.
func (c *Catalogue) Gaps() []string {
	var all []string
	base := c.voices[0]
	for _, v := range c.voices {
		for key := range v.messages {
			if base.messages[key] == nil {
				all = append(all, fmt.Sprintf("%s: %s: the base language does not have this key", v.Tag, key))
			}
		}
		for key, m := range base.messages {
			for _, gap := range v.compare(key, m) {
				all = append(all, fmt.Sprintf("%s: %s: %s", v.Tag, key, gap))
			}
		}
	}
	slices.Sort(all)
	return all
}

// compare says where a language's sentence differs from the base's.
func (v *voice) compare(key string, base *i18n.Message) []string {
	own := v.messages[key]
	if own == nil {
		return []string{"the key is missing"}
	}
	var gaps []string
	plural := len(forms(base)) > 1
	if plural {
		gaps = v.missingForms(key, own)
	} else if len(forms(own)) > 1 {
		gaps = append(gaps, "it has plural forms, the base language has none")
	}
	wanted := placeholders(base.Other)
	for form, text := range forms(own) {
		if diff := differ(wanted, placeholders(text), plural && form != "other"); diff != "" {
			gaps = append(gaps, "form "+form+": "+diff)
		}
	}
	return gaps
}

// missingForms tries numbers until every form a grammar chooses for whole
// numbers has been asked for (CLDR plural rules repeat within the first two
// hundred, except for round millions).
func (v *voice) missingForms(key string, own *i18n.Message) []string {
	fill := filling{printer: Printer{v}}
	for _, text := range forms(own) {
		for _, name := range placeholders(text) {
			fill.pairs = append(fill.pairs, name, "x")
		}
	}
	for _, n := range append(countTo(200), 1000, 1_000_000) {
		_, err := v.localizer.Localize(&i18n.LocalizeConfig{
			MessageID: key, TemplateData: fill, PluralCount: n, TemplateParser: strictParser{},
		})
		if err != nil {
			return []string{fmt.Sprintf("it has no plural form for %d: %v", n, err)}
		}
	}
	return nil
}

// countTo lists 0 to last.
func countTo(last int) []int {
	numbers := make([]int, last+1)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// placeholders lists the names in a text that checkMessage has let through.
func placeholders(text string) []string {
	s, err := parseSentence(text)
	if err != nil {
		return nil
	}
	return s.names()
}

// differ names the placeholders one side has and the other lacks. A form for
// a fixed number may write the number as a word and drop {{.n}}.
func differ(wanted, got []string, mayDropN bool) string {
	var faults []string
	for _, name := range wanted {
		if !slices.Contains(got, name) && (name != "n" || !mayDropN) {
			faults = append(faults, "it drops {{."+name+"}}")
		}
	}
	for _, name := range got {
		if !slices.Contains(wanted, name) {
			faults = append(faults, "the base language has no {{."+name+"}}")
		}
	}
	return strings.Join(faults, ", ")
}
