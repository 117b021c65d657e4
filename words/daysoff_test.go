package words_test

import "testing"

func TestDaysOffAreNamedInTheirLanguage(t *testing.T) {
	c := load(t)
	for _, x := range []struct{ tag, name, want string }{
		{"en", "Good Friday", "Good Friday"}, {"de", "Good Friday", "Karfreitag"}, {"pl", "Sunday", "niedziela"},
		{"fr", "Boxing Day (substitute day)", "lendemain de Noël (jour de remplacement)"},
		{"en", "Ice hockey bronze medal day", "Ice hockey bronze medal day"}, {"it", "Ice hockey bronze medal day", "giorno festivo"},
		{"es", "New Year's Day", "Año Nuevo"},
	} {
		if got := c.In(x.tag).DayOff(x.name); got != x.want {
			t.Errorf("%s: %s is %q, want %q", x.tag, x.name, got, x.want)
		}
	}
}

func TestLawsAreNamedByTheirPlace(t *testing.T) {
	c := load(t)
	for _, x := range []struct{ tag, code, want string }{
		{"en", "EU", "European law"}, {"de", "EU", "Europäische Union"}, {"fr", "US-CA", "Californie"}, {"en", "US-CA", "California"},
		{"pl", "SG", "Singapur"}, {"de", "nowhere", "Atlantis"}, {"de", "", "Atlantis"},
	} {
		if got := c.In(x.tag).Law(x.code, "Atlantis"); got != x.want {
			t.Errorf("%s: the law of %s is that of %q, want %q", x.tag, x.code, got, x.want)
		}
	}
}
