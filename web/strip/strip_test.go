package strip_test

import (
	"bytes"
	"encoding/xml"
	"html/template"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dsr/web/strip"
)

// golden compares a drawing with its file; UPDATE_GOLDEN=1 writes it anew.
func golden(t *testing.T, name string, drawn template.HTML) {
	t.Helper()
	// One element a line, so that a change shows where it is.
	got := []byte(strings.ReplaceAll(string(drawn), "><", ">\n<") + "\n")
	path := filepath.Join("testdata", strings.NewReplacer(" ", "-", ",", "").Replace(name)+".svg")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s has changed; look at it, then run the test with UPDATE_GOLDEN=1.\n%s", path, got)
	}
}

func TestEveryStateIsDrawnAsAgreed(t *testing.T) {
	golden(t, "defs", strip.Defs())
	golden(t, "mini ruler", strip.Ruler(now, london))
	for _, s := range largeStates() {
		golden(t, "large "+s.name, s.Large())
	}
	for _, s := range miniStates() {
		golden(t, "mini "+s.name, s.Mini())
	}
	for _, s := range requesterStates() {
		golden(t, "requester "+s.name, s.Requester(english())+strip.Key(s.RequesterRows(english())))
	}
}

func TestStateIsThatOfTheGoverningClock(t *testing.T) {
	hold := []strip.Hold{{From: day(11, 13)}}
	for _, c := range []struct {
		name         string
		promise, law *strip.Clock
		want         string
	}{
		{"nothing to keep", nil, nil, ""},
		{"far away", nil, &strip.Clock{Due: end(11, 26), Governs: true}, ""},
		{"four days left", nil, &strip.Clock{Due: end(11, 25), Governs: true}, "soon"},
		{"the last minute of the last day", nil, &strip.Clock{Due: now.Add(time.Minute), Governs: true}, "soon"},
		{"the first instant that is too late", nil, &strip.Clock{Due: now, Governs: true}, "late"},
		{"late, though held", nil, &strip.Clock{Due: end(11, 20), Governs: true, Holds: hold}, "late"},
		{"near, but its own clock is held", nil, &strip.Clock{Due: end(11, 23), Governs: true, Holds: hold}, "held"},
		{"a near promise runs on while the law is held", &strip.Clock{Due: end(11, 23), Governs: true}, &strip.Clock{Due: end(12, 7), Holds: hold}, "soon"},
		{"a far promise while the law is held", &strip.Clock{Due: end(12, 3), Governs: true}, &strip.Clock{Due: end(12, 7), Holds: hold}, "held"},
		{"unmarked: the earlier open one", &strip.Clock{Due: end(11, 19), Met: day(11, 18)}, &strip.Clock{Due: end(11, 23)}, "soon"},
		{"all met", &strip.Clock{Due: end(11, 19), Met: day(11, 18)}, &strip.Clock{Due: end(11, 19), Met: day(11, 18)}, ""},
	} {
		if got := base(at(10, 26, 9, 0), c.promise, c.law).State(); got != c.want {
			t.Errorf("%s: state %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMiniStripsFitTheirBudget(t *testing.T) {
	const mean, most = 530, 750 // bytes; fifty of them stand on a page
	var sum int
	for _, s := range miniStates() {
		n := len(s.Mini())
		sum += n
		if n > most {
			t.Errorf("%s takes %d bytes, more than %d", s.name, n, most)
		}
	}
	if got := sum / len(miniStates()); got > mean {
		t.Errorf("a mini strip takes %d bytes in the mean, more than %d", got, mean)
	}
}

func TestTheTextSaysEveryFact(t *testing.T) {
	for _, c := range []struct {
		name  string
		drawn template.HTML
		want  string
	}{
		{"large", clarified().Large(), "Received Mon 26 Oct. Promise due Wed 25 Nov, governs. Law due Mon 7 Dec. Law held 28 Oct to 5 Nov. Law rolled from Sat 5 Dec. Today Sat 21 Nov."},
		{"mini", clarified().Mini(), "Received Mon 26 Oct. Promise due Wed 25 Nov, governs. Law due Mon 7 Dec. Law held 28 Oct to 5 Nov."},
		{"overdue", largeStates()[4].Mini(), "Received Mon 19 Oct. Promise due Wed 18 Nov, governs, over by 3 days. Law due Thu 19 Nov, over by 2 days."},
		{"hours", largeStates()[5].Mini(), "Received Fri 20 Nov. Promise, first reply, due Sun 22 Nov, 22:10, governs. Law, answer, due Mon 4 Jan 2027."},
		{"held", miniStates()[5].Mini(), "Received Sun 1 Nov. Law due Mon 7 Dec, provisional, governs. Law held from 13 Nov."},
		{"answered", largeStates()[6].Mini(), "Received Tue 20 Oct. Promise due Thu 19 Nov, met Wed 18 Nov. Law due Wed 25 Nov, met Wed 18 Nov. Law held 22 Oct to 26 Oct."},
		{"requester", clarified().Requester(english()), "You asked: Monday 26 October. We waited for your reply: 28 October to 5 November. These 9 days do not count in law. We promise an answer by: Wednesday 25 November. Moxora’s privacy policy says 30 days. The law’s last day: Monday 7 December. The United Kingdom gives us one month. Today: Saturday 21 November."},
	} {
		if got := title(t, c.drawn); got != c.want {
			t.Errorf("%s says\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestRowsStandInOrderOfTime(t *testing.T) {
	want := []struct{ heading, text string }{
		{"Received Mon 26 Oct", "09:12, by form"},
		{"Held 9 days for clarification", "28 Oct to 5 Nov, law only"},
		{"Today, Sat 21 Nov", ""},
		{"Wed 25 Nov, governs", "Promise: 30 days, 4 days left"},
		{"Mon 7 Dec", "Law: UK GDPR, 16 days left, rolled from Sat 5 Dec"},
	}
	rows := clarified().Rows()
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, w := range want {
		if rows[i].Heading != w.heading || rows[i].Text != w.text {
			t.Errorf("row %d is %q, %q, want %q, %q", i+1, rows[i].Heading, rows[i].Text, w.heading, w.text)
		}
	}
}

func TestRequesterRowsChangeTheirWordsOnceAnswered(t *testing.T) {
	var headings []string
	for _, r := range largeStates()[6].RequesterRows(english()) {
		headings = append(headings, r.Heading)
	}
	want := "You asked|We waited for your reply|We answered|We had promised|The law’s last day was"
	if got := strings.Join(headings, "|"); got != want {
		t.Errorf("headings %s, want %s", got, want)
	}
}

func TestARailBeginsWhereItsClockStarts(t *testing.T) {
	// The law's rail is the first rectangle of a mini strip without a promise.
	late := base(at(11, 1, 9, 0), nil, &strip.Clock{Start: now, Due: end(12, 21), Governs: true})
	first := regexp.MustCompile(`<rect class="(\w)" x="([^"]*)"`).FindStringSubmatch(string(late.Mini()))
	if first == nil || first[1] != "g" || first[2] != "33.3%" {
		t.Errorf("the rail begins with %q, want the remaining part at today's 33.3%%", first)
	}
}

func TestAnUnknownMarkIsAnEmptyBox(t *testing.T) {
	if got := strip.Mark(`"><script>`); strings.Contains(string(got), "script") {
		t.Errorf("the name reached the page: %s", got)
	}
}

// title returns the text of the first title element.
func title(t *testing.T, drawn template.HTML) string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(drawn)))
	for {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("no title in %s: %v", drawn, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "title" {
			continue
		}
		var text string
		if err := d.DecodeElement(&text, &start); err != nil {
			t.Fatal(err)
		}
		return text
	}
}
