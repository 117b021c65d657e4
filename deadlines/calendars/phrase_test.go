package calendars

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPhrasesNameTheirDays(t *testing.T) {
	for words, want := range map[string]string{
		"1 January":                                "2026-01-01",
		"31 December":                              "2026-12-31",
		"first Monday in May":                      "2026-05-04",
		"third Monday in January":                  "2026-01-19",
		"fourth Thursday in November":              "2026-11-26",
		"last Monday in May":                       "2026-05-25",
		"last Saturday in February":                "2026-02-28",
		"last Thursday in December":                "2026-12-31",
		"Saturday on or after 20 June":             "2026-06-20",
		"Saturday after 20 June":                   "2026-06-27",
		"Monday before 25 May":                     "2026-05-18",
		"Monday on or before 25 May":               "2026-05-25",
		"Easter Sunday":                            "2026-04-05",
		"2 days before Easter Sunday":              "2026-04-03",
		"39 days after Easter Sunday":              "2026-05-14",
		"48 days before Orthodox Easter Sunday":    "2026-02-23",
		"1 day after fourth Thursday in November":  "2026-11-27",
		"Friday before fourth Monday in October":   "2026-10-23",
		"Wednesday before 23 November":             "2026-11-18",
		"1 day before Monday on or after 1 August": "2026-08-02",
	} {
		in, err := reckon(strings.Fields(words))
		if err != nil {
			t.Errorf("%s: %v", words, err)
			continue
		}
		if got := in(2026).String(); got != want {
			t.Errorf("%s is %s, want %s", words, got, want)
		}
	}
}

func TestWordsThatNameNoDayAreRefused(t *testing.T) {
	for words, want := range map[string]string{
		"":                              "write it like",
		"Christmas":                     "write it like",
		"29 February":                   "no day 29 in every year",
		"31 April":                      "no day 31",
		"0 May":                         "no day 0",
		"one May":                       "no day of the month",
		"1 Mai":                         `"Mai" is no month`,
		"fifth Monday in May":           `"fifth" is none of`,
		"first Moonday in May":          `"Moonday" is no day of the week`,
		"first Monday in may":           `"may" is no month`,
		"Monday near 25 May":            "before, after",
		"Monday on or near 25 May":      "before, after",
		"Monday before":                 "write it like",
		"Monday on before 25 May":       "before, after",
		"2 days since Easter Sunday":    "before or after",
		"0 days before Easter Sunday":   "1 to 120 days",
		"365 days after Easter Sunday":  "1 to 120 days",
		"two days before Easter Sunday": "1 to 120 days",
		"2 days before Ester Sunday":    `"Sunday" is no month`,
		"Monday on or after":            "before, after",
	} {
		_, err := reckon(strings.Fields(words))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", words, err, want)
		}
	}
}

// TestAnyWordsAreReadOrRefused throws words of the grammar and others at the
// reader: it must never panic, and what it reads must lie near its year.
func TestAnyWordsAreReadOrRefused(t *testing.T) {
	word := rapid.OneOf(
		rapid.SampledFrom(strings.Fields("first last Monday Sunday in on or before after day days 1 2 31 120 May June Easter Orthodox")),
		rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 0, 9).Draw(t, "words")
		year := rapid.IntRange(1971, 2198).Draw(t, "year")
		in, err := reckon(words)
		if err != nil {
			return
		}
		if got := in(year).Year(); got < year-2 || got > year+2 {
			t.Fatalf("%v of %d falls in %d", words, year, got)
		}
	})
}
