package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"dsr/policies"
)

// Weekdays, holidays, calendars and laws are named in the language of the page,
// also where a date was worked out with them.
func TestDatesAreExplainedInTheLanguageOfThePage(t *testing.T) {
	s := openStreet(t)
	german := func() *browser {
		b := s.browser()
		b.headers.Set("Accept-Language", "de")
		return b
	}
	english := []string{"Saturday", "Sunday", "United States", "California", "European law", "policy of", "Day)"}
	rolled := false
	for range 9 { // one of these days the last one is no working day
		page := german().asks("moxora", "DE", policies.Access).press(nil).sees(http.StatusOK, "Europäische Union", "Datenschutzerklärung vom").seesNot(english...)
		if _, rest, found := strings.Cut(page.text(), "ist kein Arbeitstag ("); found {
			name, _, _ := strings.Cut(rest, ")")
			rolled = true
			if strings.Contains(strings.ToLower(name), "day") {
				t.Errorf("a day off is called %q", name)
			}
		}
		s.later(24 * time.Hour)
	}
	if !rolled {
		t.Error("no date fell on a day off")
	}
	german().asks("moxora", "US-CA", policies.OptOutSale, policies.Access).press(nil).sees(http.StatusOK, "Kalifornien", "Vereinigte Staaten").seesNot(english...)
}
