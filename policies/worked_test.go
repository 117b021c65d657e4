package policies_test

import (
	"os"
	"strings"
	"sync"
	"testing"

	"dsr/policies"
)

// loaded reads all files once: a Book never changes.
var loaded = sync.OnceValues(func() (*policies.Book, error) { return policies.Load(policies.Options{}) })

func book(t testing.TB) *policies.Book {
	t.Helper()
	b, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheWorkedExamplesComeOut(t *testing.T) {
	data, err := os.ReadFile("testdata/worked.json")
	if err != nil {
		t.Fatal(err)
	}
	differences, n, err := book(t).CheckWorked(data)
	if err != nil || n != 29 {
		t.Fatalf("%d examples: %v", n, err)
	}
	for _, d := range differences {
		t.Error(d)
	}
}

// A check that cannot fail is none: each spoilt example must be noticed.
func TestAWrongExampleIsNamed(t *testing.T) {
	data, err := os.ReadFile("testdata/worked.json")
	if err != nil {
		t.Fatal(err)
	}
	b := book(t)
	for _, c := range []struct{ old, new, want string }{
		{`"due_date": "2024-12-27"`, `"due_date": "2024-12-26"`, "P02"},
		{`"due_before": "2023-09-01T23:00:00Z"`, `"due_before": "2023-09-02T00:00:00Z"`, "P10"},
		{`"n": 45, "unit": "calendar_days", "roll": "none"}, "zone": "America/New_York"`, `"n": 44, "unit": "calendar_days", "roll": "none"}, "zone": "America/New_York"`, "our rule is"},
		{`"paused_days": 6`, `"paused_days": 5`, "P16"},
		{`"state": "paused"`, `"state": "running"`, "P21"},
		{`"regime": "NZ"`, `"regime": "ATLANTIS"`, "ATLANTIS"},
		{`"weekday": "tue", "due_before": "2027-01-13T08:00:00Z"`, `"weekday": "wed", "due_before": "2027-01-13T08:00:00Z"`, "P13"},
		{`"operative_due_date": "2026-08-14"`, `"operative_due_date": "2026-08-17"`, "P24"},
		{`"due_at": "2026-11-03T00:00:00Z"`, `"due_at": "2026-11-03T01:00:00Z"`, "P20"},
		{`"extension_valid": true, "due_date": "2024-12-03"`, `"extension_valid": false, "due_date": "2024-12-03"`, "P07"},
		{`"notice_sent_at": "2026-04-10T15:00:00Z"`, `"notice_sent_at": "2026-04-17T15:00:00Z"`, "P28"},
	} {
		spoilt := strings.Replace(string(data), c.old, c.new, 1)
		if spoilt == string(data) {
			t.Errorf("the file does not hold %s", c.old)
			continue
		}
		differences, _, err := b.CheckWorked([]byte(spoilt))
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, d := range differences {
			all.WriteString(d.String() + "\n")
		}
		if !strings.Contains(all.String(), c.want) {
			t.Errorf("%s → %s was not noticed as %s: %s", c.old, c.new, c.want, all.String())
		}
	}
}

func TestAFileThatHoldsNoExamplesIsAnError(t *testing.T) {
	for _, data := range []string{"", "{}", "[]", `{"schema":"deadline-example/1","examples":[]}`, `{"schema":"other/9","examples":[{}]}`, "\xff\xfe"} {
		if _, _, err := book(t).CheckWorked([]byte(data)); err == nil {
			t.Errorf("%q was taken for a file of examples", data)
		}
	}
}

// Every law's own examples run.
func TestTheExamplesOfEveryLawComeOut(t *testing.T) {
	b := book(t)
	for _, r := range b.Regimes() {
		for _, fault := range b.CheckExamples(r) {
			t.Error(fault)
		}
	}
}
