package policies_test

import (
	"regexp"
	"testing"

	"dsr/policies"
)

// What a letter cites is the citation alone: notes for the team stand behind a
// colon.
func TestALetterCitesNoNotes(t *testing.T) {
	for source, want := range map[string]string{
		"Fla. Stat. 501.706: twice a year": "Fla. Stat. 501.706", "GDPR Art. 17(3)(b)": "GDPR Art. 17(3)(b)", "": "",
		"DPO Art. 18(2): the new date is told (from knowledge)": "DPO Art. 18(2)", "Civil Code Art. 132 (from knowledge)": "Civil Code Art. 132",
	} {
		if got := policies.Cited(source); got != want {
			t.Errorf("%q is cited as %q", source, got)
		}
	}
	note := regexp.MustCompile(`knowledge|national law|guidance|limits|twice|once|told`)
	cites := func(law, source string) {
		if cited := policies.Cited(source); note.MatchString(cited) {
			t.Errorf("%s: a letter would cite %q", law, cited)
		}
	}
	for _, r := range book(t).Regimes() {
		for _, v := range r.Versions {
			for _, g := range v.Refusals {
				cites(r.ID, g.Source)
			}
			for _, g := range v.Extensions {
				cites(r.ID, g.Source)
			}
			for _, c := range v.Clocks {
				cites(r.ID, c.Sources.Extension)
			}
		}
	}
}

// Of one ground a refusal cites the article of the right that was asked for.
func TestARefusalCitesTheArticleOfItsRight(t *testing.T) {
	for _, law := range []string{"EU_GDPR", "UK_GDPR"} {
		r, err := book(t).Regime(law)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Versions {
			for _, right := range policies.Rights() {
				for _, g := range v.Grounds(right) {
					if regexp.MustCompile(`Arts\. 1[58].* 2[01]`).MatchString(g.Source) {
						t.Errorf("%s, %s: %s cites %s", law, right, g.Ground, g.Source)
					}
				}
				seen := map[string]bool{}
				for _, g := range v.Grounds(right) {
					if seen[g.Ground] {
						t.Errorf("%s gives %s the ground %s twice", law, right, g.Ground)
					}
					seen[g.Ground] = true
				}
			}
		}
	}
}
