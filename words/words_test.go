package words_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"dsr/words"
)

// english returns the shipped English files no language can do without, for
// catalogues that add to them.
func english(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS("catalogue"), "en", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path != "en/language.json" && path != "en/places.json" {
			return err
		}
		data, err := os.ReadFile("catalogue/" + path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func load(t *testing.T) *words.Catalogue {
	t.Helper()
	c, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func with(files fstest.MapFS, name, text string) fstest.MapFS {
	files = maps.Clone(files)
	files[name] = &fstest.MapFile{Data: []byte(text)}
	return files
}

func TestShippedLanguagesHaveNoGaps(t *testing.T) {
	for _, gap := range load(t).Gaps() {
		t.Error(gap)
	}
}

func TestLanguagesAreOfferedWithTheirOwnNameAndDirection(t *testing.T) {
	got := load(t).Languages()
	want := words.Language{Tag: "en", Name: "English", Direction: "ltr"}
	if len(got) == 0 || got[0] != want {
		t.Errorf("got %v, want %v first", got, want)
	}
}

func TestDatesAreWrittenInFull(t *testing.T) {
	p := load(t).In("en")
	berlin := time.FixedZone("CET", 3600)
	for _, c := range []struct{ got, want string }{
		{p.Date(2026, 12, 21), "Monday 21 December 2026"},
		{p.Date(2028, 2, 29), "Tuesday 29 February 2028"},
		{p.Day(2026, 11, 25), "Wednesday 25 November"},
		{p.LongDate(2026, 12, 1), "1 December 2026"},
		{p.ShortDay(2026, 11, 25), "Wed 25 Nov"},
		{p.ShortDate(2026, 12, 21), "21 Dec"},
		{p.Time(time.Date(2026, 11, 23, 8, 5, 0, 0, time.UTC)), "08:05"},
		{p.Moment(time.Date(2026, 11, 23, 13, 30, 0, 0, time.UTC).In(berlin)), "14:30 (CET) on Monday 23 November 2026"},
		{p.Number(999), "999"},
		{p.Number(31000), "31,000"},
		{p.Number(-1234567), "-1,234,567"},
		{p.List(nil), ""},
		{p.List([]string{"a"}), "a"},
		{p.List([]string{"a", "b"}), "a and b"},
		{p.List([]string{"a", "b", "c", "d"}), "a, b, c and d"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestADateThatDoesNotExistIsAGap(t *testing.T) {
	p := load(t).In("en")
	for _, got := range []string{p.Date(2026, 2, 29), p.Day(2026, 13, 1), p.ShortDate(2026, 4, 31), p.LongDate(0, 0, 0)} {
		if !words.HasGap(got) {
			t.Errorf("got %q, want a gap", got)
		}
	}
}

func TestPlacesAreNamedAndSorted(t *testing.T) {
	p := load(t).In("en")
	countries := p.Countries()
	if len(countries) != 249 {
		t.Errorf("got %d countries, want the 249 of ISO 3166-1", len(countries))
	}
	if countries[0].Name != "Afghanistan" || countries[1].Name != "Åland Islands" {
		t.Errorf("the list begins with %v, want Å sorted as A", countries[:2])
	}
	for code, want := range map[string]string{"GB": "United Kingdom", "SZ": "Eswatini", "MK": "North Macedonia"} {
		if got := p.Country(code); got != want {
			t.Errorf("%s is %q, want %q", code, got, want)
		}
	}
	for country, want := range map[string]int{"US": 51, "CA": 13, "GB": 4, "DE": 0} {
		parts := p.Subdivisions(country)
		if len(parts) != want {
			t.Errorf("%s has %d parts, want %d", country, len(parts), want)
		}
		for _, part := range parts {
			if p.Subdivision(part.Code) != part.Name || words.HasGap(part.Name) || !p.HasPlace(part.Code) {
				t.Errorf("%v is not well named", part)
			}
		}
	}
	if !words.HasGap(p.Country("XX")) || !words.HasGap(p.Subdivision("US-ZZ")) || p.HasPlace("") {
		t.Error("a place nobody knows must show as a gap")
	}
	countries[0].Name = "changed"
	if p.Countries()[0].Name != "Afghanistan" {
		t.Error("a caller could change the list of countries")
	}
}

func TestTheBrowserChoosesTheLanguage(t *testing.T) {
	files := english(t)
	for path, file := range english(t) {
		files["de"+strings.TrimPrefix(path, "en")] = file
	}
	c, err := words.LoadFrom(files)
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"":                               "en",
		"de":                             "de",
		"de-AT,de;q=0.9,en;q=0.8":        "de",
		"en-US,en;q=0.9,de;q=0.8":        "en",
		"ja, de;q=0.5":                   "de",
		"ja":                             "en",
		"*":                              "en",
		"\x00;;q=x":                      "en",
		strings.Repeat("de-x-aaaa,", 99): "en",
	} {
		if got := c.Match(header); got != want {
			t.Errorf("%.40q gives %q, want %q", header, got, want)
		}
	}
	if tag := c.In("xx").Language().Tag; tag != "en" {
		t.Errorf("an unknown language speaks %q, want the base", tag)
	}
}

func TestASentenceWithAHoleIsNeverPrintedAsWhole(t *testing.T) {
	c, err := words.LoadFrom(with(english(t), "en/test.json",
		`{"test.hello": "Hello {{.name}}, {{.name}}", "test.days": {"one": "one day", "other": "{{.n}} days"}}`))
	if err != nil {
		t.Fatal(err)
	}
	p := c.In("en")
	if got, err := p.Text("test.hello", "name", "Ada"); err != nil || got != "Hello Ada, Ada" {
		t.Errorf("got %q, %v", got, err)
	}
	for n, want := range map[int]string{0: "0 days", 1: "one day", 2: "2 days", 1200: "1,200 days"} {
		if got := p.N("test.days", n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
	for name, pairs := range map[string][]any{
		"no value": nil, "an empty value": {"name", ""}, "another name": {"nome", "Ada"},
		"a name alone": {"name"}, "a name that is none": {7, "Ada"}, "nothing at all": {"name", nil, "name", ""},
	} {
		if got, err := p.Text("test.hello", pairs...); !errors.Is(err, words.ErrGap) || got != "" {
			t.Errorf("%s: got %q, %v, want ErrGap", name, got, err)
		}
		if got := p.T("test.hello", pairs...); !words.HasGap(got) {
			t.Errorf("%s: T gives %q, want a visible gap", name, got)
		}
	}
	if got := p.T("test.nobody"); !words.HasGap(got) || !strings.Contains(got, "test.nobody") {
		t.Errorf("an unknown key gives %q", got)
	}
	if p.Has("test.nobody") || !p.Has("test.hello") {
		t.Error("Has does not know its keys")
	}
}

func TestFaultyMessageFilesAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"the same key twice in a file":  {"en/test.json", `{"test.a": "x", "test.a": "y"}`, "stands in en/test.json already"},
		"the same key nested and flat":  {"en/test.json", `{"test.a": "x", "test": {"a": "y"}}`, "stands in en/test.json already"},
		"a key of another file":         {"en/test.json", `{"language.name": "x"}`, "already"},
		"a key outside its room":        {"en/test.json", `{"ask.a": "x"}`, `must begin with "test."`},
		"a number for a sentence":       {"en/test.json", `{"test.a": 7}`, "is not a sentence"},
		"a list":                        {"en/test.json", `[{"id": "test.a"}]`, "lists have no place"},
		"a lone sentence":               {"en/test.json", `"test.a"`, "en/test.json"},
		"half a file":                   {"en/test.json", `{"test.a": "x"`, "en/test.json"},
		"an empty sentence":             {"en/test.json", `{"test.a": ""}`, "says nothing"},
		"plural forms without other":    {"en/test.json", `{"test.a": {"one": "x"}}`, "without \"other\""},
		"a placeholder with a function": {"en/test.json", `{"test.a": "{{printf .x}}"}`, "written {{.name}}"},
		"a placeholder not closed":      {"en/test.json", `{"test.a": "{{.x}"}`, "written {{.name}}"},
		"a folder that is no language":  {"not a tag/test.json", `{"test.a": "x"}`, "not a language tag"},
		"a direction that is none":      {"de/language.json", `{"language.name": "Deutsch", "language.direction": "up"}`, "ltr or rtl"},
	} {
		_, err := words.LoadFrom(with(english(t), c.file, c.text))
		if !errors.Is(err, words.ErrCatalogue) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := words.LoadFrom(fstest.MapFS{}); !errors.Is(err, words.ErrCatalogue) {
		t.Errorf("no files at all: %v", err)
	}
}

func TestALanguageThatFallsShortIsFound(t *testing.T) {
	base := with(english(t), "en/test.json", `{
		"test.whole": "All of it",
		"test.named": "{{.name}} and {{.place}}",
		"test.days": {"one": "one day for {{.name}}", "other": "{{.n}} days for {{.name}}"}
	}`)
	polish := english(t)
	for path, file := range polish {
		base["pl"+strings.TrimPrefix(path, "en")] = file
	}
	for name, c := range map[string]struct{ text, want string }{
		"a key is missing":      {`"test.named": "{{.place}}: {{.name}}"`, "pl: test.whole: the key is missing"},
		"a key too many":        {`"test.whole": "a", "test.more": "b"`, "pl: test.more: the base language does not have this key"},
		"a placeholder dropped": {`"test.whole": "a", "test.named": "{{.name}}"`, "pl: test.named: form other: it drops {{.place}}"},
		"a placeholder too many": {`"test.whole": "a {{.name}}"`,
			"pl: test.whole: form other: the base language has no {{.name}}"},
		"a plural form missing": {`"test.days": {"one": "dzień {{.name}}", "few": "{{.n}} dni {{.name}}", "other": "{{.n}} dnia {{.name}}"}`,
			"pl: test.days: it has no plural form for 0"},
		"a name dropped in a form": {`"test.days": {"one": "dzień", "few": "{{.n}} dni {{.name}}", "many": "{{.n}} dni {{.name}}", "other": "{{.n}} {{.name}}"}`,
			"pl: test.days: form one: it drops {{.name}}"},
		"plural forms where the base has none": {`"test.whole": {"one": "a", "few": "b", "many": "c", "other": "d"}`,
			"pl: test.whole: it has plural forms, the base language has none"},
	} {
		catalogue, err := words.LoadFrom(with(base, "pl/test.json", "{"+c.text+"}"))
		if err != nil {
			t.Fatal(name, err)
		}
		gaps := catalogue.Gaps()
		if !slices.ContainsFunc(gaps, func(gap string) bool { return strings.HasPrefix(gap, c.want) }) {
			t.Errorf("%s: got %q, want %q", name, gaps, c.want)
		}
	}
	whole := `{"test.whole": "a", "test.named": "{{.place}}: {{.name}}", "test.days": {"one": "dzień {{.name}}",
		"few": "{{.n}} dni {{.name}}", "many": "{{.n}} dni {{.name}}", "other": "{{.n}} dnia {{.name}}"}}`
	catalogue, err := words.LoadFrom(with(base, "pl/test.json", whole))
	if err != nil || len(catalogue.Gaps()) != 0 {
		t.Errorf("a whole language is said to have gaps: %q, %v", catalogue.Gaps(), err)
	}
	for n, want := range map[int]string{1: "dzień Ada", 2: "2 dni Ada", 5: "5 dni Ada", 22: "22 dni Ada"} {
		if got := catalogue.In("pl").N("test.days", n, "name", "Ada"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTheBaseLanguageSpeaksForAnUnfinishedOne(t *testing.T) {
	files := with(english(t), "en/test.json", `{"test.a": "in English"}`)
	for path, file := range english(t) {
		files["he"+strings.TrimPrefix(path, "en")] = file
	}
	files["he/language.json"] = &fstest.MapFile{Data: []byte(strings.Replace(string(files["en/language.json"].Data), `"ltr"`, `"rtl"`, 1))}
	c, err := words.LoadFrom(files)
	if err != nil {
		t.Fatal(err)
	}
	p := c.In("he")
	if got := p.T("test.a"); got != "in English" || p.Has("test.a") {
		t.Errorf("got %q, Has %v", got, p.Has("test.a"))
	}
	if p.Language().Direction != "rtl" {
		t.Error("the direction of writing is lost")
	}
}

func TestPunctuationIsThatOfTheLanguage(t *testing.T) {
	// A plain space lets a line break before the sign that belongs to its word.
	french := regexp.MustCompile(` [:;?!»]|« |[\pL\d}][;?!»]|[\pL\d}]:[\s"]|«[\pL{]`)
	for _, l := range load(t).Languages() {
		files, err := fs.Glob(os.DirFS("catalogue"), l.Tag+"/*.json")
		if err != nil || len(files) == 0 {
			t.Fatal(l.Tag, err)
		}
		for _, file := range files {
			text, err := os.ReadFile("catalogue/" + file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				if strings.Contains(line, `\"`) || strings.Contains(line, "'") {
					t.Errorf("%s has a straight quotation mark: %s", file, line)
				}
				if _, sentence, _ := strings.Cut(line, `": `); l.Tag == "fr" && french.MatchString(sentence) {
					t.Errorf("%s has a sign without its fixed space: %s", file, line)
				}
			}
		}
	}
}
