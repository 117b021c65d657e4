package calendars_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dsr/deadlines/calendars"
	"dsr/strict"
)

// directory writes files into a new directory.
func directory(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const head = `calendar: XX
name: Testland
source: Holidays Act
certainty: found
coverage: {from: 2024, to: 2027}
weekend: [Saturday, Sunday]
`

const jubilee = `override: GB-EAW
remove:
  - date: 2027-05-31
    reason: Moved to June by proclamation of 1 March 2027
add:
  - date: 2027-06-03
    name: Spring bank holiday (moved)
    reason: Proclamation of 1 March 2027
`

func TestAnOverrideMovesAHolidayAndChangesTheHash(t *testing.T) {
	plain := load(t)
	before := calendar(t, plain, "GB-EAW")
	set := load(t, directory(t, map[string]string{"jubilee.yaml": jubilee, "notes.txt": "not read"}))
	after := calendar(t, set, "GB-EAW")

	if name := after.HolidayName(on(t, "2027-06-03")); name != "Spring bank holiday (moved)" {
		t.Errorf("3 June is %q", name)
	}
	if working, err := after.Working(on(t, "2027-05-31")); !working || err != nil {
		t.Errorf("31 May is still closed (%v)", err)
	}
	if before.SHA256 == after.SHA256 || len(after.SHA256) != 64 {
		t.Errorf("the hash did not change: %s", after.SHA256)
	}
	if !strings.HasSuffix(after.Source, "; amended by jubilee.yaml") {
		t.Errorf("the source does not name the override: %s", after.Source)
	}
	about, err := set.About("GB-EAW")
	if err != nil || len(about.Overrides) != 2 || !strings.Contains(about.Overrides[1], "2027-06-03") {
		t.Errorf("the overrides are not told: %q (%v)", about.Overrides, err)
	}
	if calendar(t, set, "GB-NIR").SHA256 != calendar(t, plain, "GB-NIR").SHA256 {
		t.Error("another calendar changed too")
	}
}

func TestTheSameFilesGiveTheSameHash(t *testing.T) {
	dir := directory(t, map[string]string{"jubilee.yaml": jubilee})
	a, b := load(t, dir), load(t, dir)
	for _, id := range a.IDs() {
		if calendar(t, a, id).SHA256 != calendar(t, b, id).SHA256 {
			t.Errorf("%s has two hashes", id)
		}
	}
}

func TestARefusedOverrideSaysWhyAndWhereAndChangesNothing(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"a day that is no holiday":     {"override: DE\nremove:\n  - date: 2027-06-03\n    reason: mistaken\n", "o.yaml:3:11: Thu 2027-06-03 cannot be removed: it is no holiday in DE"},
		"a day that is one already":    {"override: DE\nadd:\n  - date: 2027-05-06\n    name: Ascension\n    reason: mistaken\n", "it is already a holiday in DE, Ascension Day"},
		"a day outside the coverage":   {"override: DE\nadd:\n  - date: 2036-05-06\n    name: New\n    reason: new act\n", "Tue 2036-05-06 cannot be added: DE is known from 2020 to 2035 only"},
		"the same day twice":           {"override: DE\nadd:\n  - date: 2027-06-03\n    name: A\n    reason: b\n  - date: 2027-06-03\n    name: B\n    reason: b\n", "already a holiday in DE, A"},
		"a calendar nobody knows":      {"override: DD\nadd:\n  - date: 2027-06-03\n    name: A\n    reason: b\n", `o.yaml:1:1: unknown calendar "DD"`},
		"a day without a reason":       {"override: DE\nadd:\n  - date: 2027-06-03\n    name: A\n", "reason is missing"},
		"an added day without a name":  {"override: DE\nadd:\n  - date: 2027-06-03\n    reason: A\n", "name is missing"},
		"a day that does not exist":    {"override: DE\nadd:\n  - date: 2027-02-29\n    name: A\n    reason: b\n", `o.yaml:3:11: "2027-02-29" is no date`},
		"nothing to add or remove":     {"override: DE\n", "must add or remove a day"},
		"a key nobody knows":           {"override: DE\nadded: []\n", `o.yaml:2:1: unknown field "added"`},
		"a list where a date is due":   {"override: DE\nadd:\n  - date: [2027-06-03]\n    name: A\n    reason: b\n", "is no date"},
		"an empty file":                {"\n", "the file is empty"},
		"a removal before an addition": {"override: DE\nremove:\n  - date: 2027-05-06\n    reason: a\nadd:\n  - date: 2027-05-07\n    name: A\n    reason: b\n  - date: 2027-05-17\n    name: C\n    reason: d\n", "already a holiday in DE, Whit Monday"},
	} {
		t.Run(name, func(t *testing.T) {
			set := load(t)
			before := calendar(t, set, "DE")
			err := set.Override("o.yaml", []byte(tt.text))
			var fault *strict.Error
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v\nwant %s", err, tt.want)
			}
			if calendar(t, set, "DE") != before {
				t.Error("the calendar changed")
			}
		})
	}
}

func TestAnOperatorsCalendarStandsBesideOrInPlaceOfOurs(t *testing.T) {
	dir := directory(t, map[string]string{
		// Read last although its name comes first: it needs the two others.
		"a.yaml":  "override: XX-N\nadd:\n  - date: 2026-07-02\n    name: Fair\n    reason: by-law\n",
		"b.yaml":  strings.Replace(head, "XX\n", "XX-N\nextends: XX\n", 1) + "holidays:\n  - name: North Day\n    on: 1 June\n",
		"c.yml":   head + "holidays:\n  - name: Founding Day\n    on: 1 July\n",
		"sg.yaml": strings.Replace(head, "XX", "BR", 1),
	})
	set := load(t, dir)
	north := calendar(t, set, "XX-N")
	for date, want := range map[string]string{"2026-06-01": "North Day", "2026-07-01": "Founding Day", "2026-07-02": "Fair"} {
		if got := north.HolidayName(on(t, date)); got != want {
			t.Errorf("%s is %q, want %q", date, got, want)
		}
	}
	if got := calendar(t, set, "BR"); got.Name != "Testland" || len(got.Holidays()) != 0 {
		t.Errorf("BR was not replaced: %s", got.Name)
	}
	if north.SHA256 == calendar(t, load(t), "DE").SHA256 {
		t.Error("two calendars have one hash")
	}
}

func TestACalendarDefinedTwiceByTheOperatorIsRefused(t *testing.T) {
	one, two := directory(t, map[string]string{"a.yaml": head}), directory(t, map[string]string{"b.yaml": head})
	if _, err := calendars.Load(one, two); err == nil || !strings.Contains(err.Error(), "already defined or amended") {
		t.Errorf("got %v", err)
	}
	amended := directory(t, map[string]string{"o.yaml": jubilee})
	ours := directory(t, map[string]string{"gb.yaml": strings.Replace(head, "XX", "GB-EAW", 1)})
	if _, err := calendars.Load(amended, ours); err == nil || !strings.Contains(err.Error(), "already defined or amended") {
		t.Errorf("an amended calendar was replaced: %v", err)
	}
}

func TestADirectoryThatIsNotThereIsAnError(t *testing.T) {
	if _, err := calendars.Load(filepath.Join(t.TempDir(), "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestAFaultyCalendarSaysWhatIsWrongAndWhere holds one fault each.
func TestAFaultyCalendarSaysWhatIsWrongAndWhere(t *testing.T) {
	rule := func(lines string) string { return head + "holidays:\n  - name: Day\n" + lines }
	for name, tt := range map[string]struct{ text, want string }{
		"words that name no day":        {rule("    on: 31 June\n"), "x.yaml:9:9: \"31 June\" names no day: June has no day 31 in every year\n    8 |   - name: Day\n    9 |     on: 31 June\n      |         ^"},
		"an unknown key":                {rule("    when: 1 June\n"), `x.yaml:9:5: unknown field "when"`},
		"a key given twice":             {rule("    on: 1 June\n    on: 2 June\n"), `x.yaml:10:5: mapping key "on" already defined`},
		"a missing section":             {strings.Replace(head, "source: Holidays Act\n", "", 1), "source is missing"},
		"a certainty nobody knows":      {strings.Replace(head, "found", "sure", 1), "certainty must be one of"},
		"a weekday nobody knows":        {strings.Replace(head, "Saturday", "Caturday", 1), `x.yaml:6:11: "Caturday" is no day of the week`},
		"a week without a working day":  {strings.Replace(head, "[Saturday, Sunday]", "[Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday]", 1), "no working day in its week"},
		"a coverage that runs back":     {strings.Replace(head, "2027", "2023", 1), "the coverage ends in 2023, before it begins in 2024"},
		"a year that is no number":      {strings.Replace(head, "2027", "soon", 1), "x.yaml:5:"},
		"neither words nor dates":       {rule("    from: 2025\n"), "x.yaml:8:11: Day: a holiday needs either on or dates"},
		"words and dates":               {rule("    on: 1 June\n    dates: [2025-06-02]\n"), "a holiday needs either on or dates"},
		"a date outside the coverage":   {rule("    dates: [2028-06-02]\n"), "2028-06-02 is outside the coverage, 2024 to 2027"},
		"dates out of order":            {rule("    dates: [2026-06-02, 2025-06-02]\n"), "2025-06-02 does not come after the date before it"},
		"a date given twice":            {rule("    dates: [2026-06-02, 2026-06-02]\n"), "does not come after the date before it"},
		"years on a list of dates":      {rule("    dates: [2026-06-02]\n    from: 2025\n"), "dates stand alone"},
		"years that run back":           {rule("    on: 1 June\n    from: 2026\n    to: 2025\n"), "its years run from 2026 to 2025"},
		"an excepted year outside":      {rule("    on: 1 June\n    from: 2026\n    except: [2025]\n"), "the excepted year 2025 is not among its years"},
		"a rule that never applies":     {rule("    on: 1 June\n    to: 2020\n"), "it never falls in the years 2024 to 2027"},
		"a closure that is observed":    {rule("    on: 1 June\n    through: 3 June\n    observed: {Sunday: 1 day after}\n"), "cannot be observed on another"},
		"a substitute without days":     {rule("    on: 1 June\n    observed: {Sunday: Monday}\n"), `x.yaml:10:24: write the distance like`},
		"a substitute for no weekday":   {rule("    on: 1 June\n    observed: {Someday: 1 day after}\n"), `x.yaml:10:16: "Someday" is no day of the week`},
		"a substitute that is no map":   {rule("    on: 1 June\n    observed: next Monday\n"), "x.yaml:10:15: observed must name weekdays"},
		"a substitute on a weekend":     {rule("    on: 1 June\n    observed: {Saturday: 1 day after}\n"), "its substitute 2024-06-02 is a Sunday"},
		"a substitute on a holiday":     {rule("    on: 1 June\n    observed: {Saturday: 2 days after}\n  - name: Other\n    on: 3 June\n"), "on 2024-06-03 it meets Day (substitute day)"},
		"the same day in two rules":     {rule("    on: 1 June\n  - name: Day\n    dates: [2025-06-01]\n"), "Day: 2025-06-01 is given twice"},
		"a base that is not there":      {strings.Replace(head, "XX\n", "XX\nextends: DD\n", 1), `x.yaml:2:1: unknown calendar "DD"`},
		"a base that extends":           {strings.Replace(head, "XX\n", "XX\nextends: DE-BY\n", 1), "DE-BY itself extends a calendar"},
		"a base that knows fewer years": {strings.Replace(head, "XX\n", "XX\nextends: KR\n", 1) + "", ""},
		"a base that ends too early":    {strings.Replace(strings.Replace(head, "XX\n", "XX\nextends: KR\n", 1), "2027", "2030", 1), "KR is known from 2024 to 2027 only"},
		"no YAML":                       {"calendar: [\n", "x.yaml:1:"},
		"an empty file":                 {"", "the file is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := calendars.Load(directory(t, map[string]string{"x.yaml": tt.text}))
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var fault *strict.Error
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}
