package calendars_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/deadlines"
	"dsr/deadlines/calendars"
)

var update = flag.Bool("update", false, "write the golden files anew")

// load returns the embedded calendars and those of the directories.
func load(t testing.TB, dirs ...string) *calendars.Set {
	t.Helper()
	set, err := calendars.Load(dirs...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func calendar(t testing.TB, set *calendars.Set, id string) *deadlines.Calendar {
	t.Helper()
	c, err := set.Calendar(id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func on(t testing.TB, s string) deadlines.Date {
	t.Helper()
	d, err := deadlines.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lines returns the lines of a file that are no comments.
func lines(t testing.TB, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSpace(string(data)), "\n")
	return slices.DeleteFunc(all, func(l string) bool { return strings.HasPrefix(l, "#") })
}

// TestTheCheckedYearsAgreeExactly compares with lists that were checked by
// hand: no day more, no day less.
func TestTheCheckedYearsAgreeExactly(t *testing.T) {
	set := load(t)
	for _, line := range lines(t, "testdata/checked-years.txt") {
		w := strings.Fields(line)
		id, year, all, want := w[0], w[1], w[2] == "=", w[3:]
		t.Run(id+" "+year, func(t *testing.T) {
			var got []string
			for _, h := range calendar(t, set, id).Holidays() {
				if text := h.Date.String(); text[:4] == year && !strings.HasPrefix(h.Name, "Summer closure") {
					got = append(got, text[5:])
				}
			}
			if all && !slices.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
			for _, day := range want {
				if !slices.Contains(got, day) {
					t.Errorf("%s is missing", day)
				}
			}
		})
	}
}

// TestDaysThatAreEasyToGetWrong reads the years in which rules meet weekends,
// each other, or an act of parliament.
func TestDaysThatAreEasyToGetWrong(t *testing.T) {
	set := load(t)
	for _, line := range lines(t, "testdata/tricky-days.txt") {
		w := strings.SplitN(line, " ", 3)
		c, date, want := calendar(t, set, w[0]), on(t, w[1]), strings.TrimPrefix(w[2], "-")
		if got := c.HolidayName(date); got != want {
			t.Errorf("%s %s is %q, want %q", c.ID, date, got, want)
		}
		working, err := c.Working(date)
		if open := want == "" && !c.Weekend(date.Weekday()); working != open || err != nil {
			t.Errorf("%s %s is a working day: %t (%v), want %t", c.ID, date, working, err, open)
		}
	}
}

// TestEveryCalendarReadsAsItsGoldenFile prints each calendar for a person to
// review. Run it with -update after changing a calendar, and read the change.
func TestEveryCalendarReadsAsItsGoldenFile(t *testing.T) {
	set := load(t)
	kept := map[string]bool{}
	for _, id := range set.IDs() {
		file := filepath.Join("testdata", id+".golden")
		kept[file] = true
		got := review(t, set, id)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s changed:\n%s\nit was:\n%s", file, got, want)
		}
	}
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !kept[f] {
			t.Errorf("%s belongs to no calendar", f)
		}
	}
}

// review writes a calendar's head and its holidays of 2025 to 2027.
func review(t *testing.T, set *calendars.Set, id string) string {
	t.Helper()
	c := calendar(t, set, id)
	about, err := set.About(id)
	if err != nil {
		t.Fatal(err)
	}
	first, last := c.Coverage()
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n%s\n%s; covers %d to %d\n", c.ID, c.Name, c.Source, about.Certainty, first.Year(), last.Year())
	for year := 2025; year <= 2027; year++ {
		fmt.Fprintf(&b, "\n%d\n", year)
		for _, h := range c.Holidays() {
			if h.Date.Year() == year {
				fmt.Fprintf(&b, "  %s %s  %s\n", h.Date.Weekday().String()[:3], h.Date, h.Name)
			}
		}
	}
	return b.String()
}

// TestEveryFileIsNamedAfterItsCalendar keeps the folder readable, and each
// calendar cited.
func TestEveryFileIsNamedAfterItsCalendar(t *testing.T) {
	set := load(t)
	files, err := filepath.Glob("data/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, id := range set.IDs() {
		want = append(want, "data/"+strings.ToLower(id)+".yaml")
		c := calendar(t, set, id)
		if c.Source == "" || len(c.SHA256) != 64 || c.Name == "" {
			t.Errorf("%s lacks its source, hash or name: %q %q %q", id, c.Source, c.SHA256, c.Name)
		}
	}
	slices.Sort(want)
	if !slices.Equal(files, want) {
		t.Errorf("files %v\nwant  %v", files, want)
	}
}

func TestAnUnknownCalendarNamesThoseNearIt(t *testing.T) {
	set := load(t)
	for id, want := range map[string]string{
		"GB-ENG": `unknown calendar "GB-ENG"; near it are: GB-EAW, GB-NIR, GB-SCT`,
		"gb_eaw": `unknown calendar "gb_eaw"; near it are: GB-EAW, GB-NIR, GB-SCT`,
		"US-CA":  `unknown calendar "US-CA"; near it are: US-FED`,
		"XK":     `unknown calendar "XK"; near it are: DK, SK`,
		"":       `unknown calendar ""; there are: AT, AU, BE`,
	} {
		_, err := set.Calendar(id)
		if !errors.Is(err, calendars.ErrUnknown) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", id, err, want)
		}
		if _, err := set.About(id); !errors.Is(err, calendars.ErrUnknown) {
			t.Errorf("About(%q): got %v", id, err)
		}
	}
}

func TestOnlyCanadaWorksOnSaturdays(t *testing.T) {
	set := load(t)
	for _, id := range set.IDs() {
		c := calendar(t, set, id)
		if got, want := c.Weekend(time.Saturday), !strings.HasPrefix(id, "CA-"); got != want || !c.Weekend(time.Sunday) {
			t.Errorf("%s: Saturday is weekend: %t, want %t", id, got, want)
		}
	}
}
