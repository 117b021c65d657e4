package proposals_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"dsr/policies"
	"dsr/proposals"
	"dsr/strict"
)

func TestAFindingPointsAtItsWordsAndItsRule(t *testing.T) {
	b := book(t)
	text := "Guten Tag,\nbitte löschen Sie mein Konto.\n"
	r := b.Read("Kündigung", text, "")
	if len(r.Rights) != 1 || text[r.Rights[0].Start:r.Rights[0].End] != "bitte löschen Sie mein Konto" || r.Rights[0].In != proposals.InText {
		t.Fatalf("%+v", r)
	}
	rule, known := b.Rule(r.Rights[0].Rule)
	if !known || rule.ID != "de/deletion/asks-to-delete" || rule.Strength != proposals.Sure || rule.Proposes != "deletion" || rule.File != "de.yaml" || rule.Line < 2 {
		t.Errorf("%+v", rule)
	}
	if _, known := b.Rule("de/deletion/none"); known {
		t.Error("a rule nobody wrote is known")
	}
}

func TestTheStrongestFindingStandsFirst(t *testing.T) {
	r := book(t).Read("", "I cite Art. 15 GDPR. Please delete my account.", "")
	if len(r.Rights) != 2 || r.Rights[0].Right != "deletion" || r.Rights[1].Right != "access" {
		t.Errorf("%+v", r.Rights)
	}
}

func TestASubjectThatAnswersIsNotTheWritersOwn(t *testing.T) {
	b := book(t)
	for subject, want := range map[string]int{"Deletion request": 1, "Re: Deletion request": 0, "AW: Deletion request": 0} {
		if r := b.Read(subject, "See below.", ""); len(r.Rights) != want {
			t.Errorf("%q: %+v", subject, r.Rights)
		}
	}
}

func TestTheHintDecidesOnlyWhereTheWordsDoNot(t *testing.T) {
	b := book(t)
	for _, c := range []struct{ text, hint, want string }{
		{"OK", "pt-BR, en;q=0.5", "pt-PT"},
		{"OK", "sv", ""},
		{"Bitte löschen Sie mein Konto, ich brauche es nicht mehr.", "fr", "de"},
		{"Jag vill att ni raderar alla uppgifter som ni har lagrat om mig snarast möjligt tack", "", ""},
	} {
		if got := b.Read("", c.text, c.hint).Language; got != c.want {
			t.Errorf("%q with hint %q: %q, want %q", c.text, c.hint, got, c.want)
		}
	}
}

func TestALongLetterIsCutAndReadInTime(t *testing.T) {
	b := book(t)
	for name, unit := range map[string]string{
		"letters":      "Please delete my account and send me a copy of my data. ",
		"one sentence": "i please not delete my data do you not want my account to be deleted ",
		"short words":  "i i i i a a ",
		"no words":     "\n- . > ",
		"one word":     "x",
		"countries":    "Germany\n",
		"every right":  "stop i object opt out do not sell my data marketing profiling ai please delete my account withdraw consent restrict processing ",
	} {
		text := strings.Repeat(unit, 1+(1<<20)/len(unit))
		began := time.Now()
		r := b.Read("", text, "")
		took := time.Since(began)
		t.Logf("%s: %v, %d findings", name, took, len(r.Rights))
		if took > 600*time.Millisecond { // 200 ms are promised on an idle machine
			t.Errorf("%s: reading 1 MB took %v", name, took)
		}
		if wordless := name == "no words"; r.Cut == wordless {
			t.Errorf("%s: cut is %v", name, r.Cut)
		}
	}
	if b.Read("", "Please delete my account.", "").Cut {
		t.Error("a short letter was cut")
	}
}

func TestAFaultOfARuleNamesItsLine(t *testing.T) {
	const good = "language: en\nlists:\n  data: data, account\nrules:\n  - id: en/deletion/x\n    right: deletion\n    strength: sure\n    reason: A reason.\n    phrases:\n      - delete my <data>\n"
	places := "places:\n  - {code: DE, names: Germany}\n"
	for name, c := range map[string]struct{ from, to, want string }{
		"an unknown right":    {"right: deletion", "right: deletoin", "en.yaml:6:"},
		"an unknown list":     {"<data>", "<date>", "en.yaml:10:9: there is no list <date>"},
		"a gap at the end":    {"my <data>", "my ..3", "en.yaml:10:9"},
		"a gap too wide":      {"my <data>", "..400 <data>", "en.yaml:10:9"},
		"half a bracket":      {"my <data>", "(my <data>", "en.yaml:10:9"},
		"a list of itself":    {"data, account", "data, <data>", "made of itself"},
		"an id of elsewhere":  {"en/deletion/x", "de/deletion/x", "begins with en/"},
		"two purposes":        {"right: deletion", "right: deletion\n    sign: press", "exactly one"},
		"only optional words": {"delete my <data>", "(delete) ..3 (my)", "at least one word"},
		"an unknown key":      {"reason:", "raeson:", "en.yaml:8:"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"places.yaml": {Data: []byte(places)}, "en.yaml": {Data: []byte(strings.Replace(good, c.from, c.to, 1))}}
			if _, err := proposals.LoadFrom(files); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	if _, err := proposals.LoadFrom(fstest.MapFS{"places.yaml": {Data: []byte(places)}, "en.yaml": {Data: []byte(good)}}); err != nil {
		t.Error(err)
	}
}

// TestTheNamesAreThoseOfTheHouse: rights, laws and residences that are
// proposed exist.
func TestTheNamesAreThoseOfTheHouse(t *testing.T) {
	laws, err := policies.Load(policies.Options{})
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, r := range book(t).Rules() {
		kind := strings.Split(r.ID, "/")[1]
		switch {
		case kind == "law":
			named[r.Proposes] = true
			if law, err := laws.Regime(r.Proposes); err != nil || law.ID != r.Proposes {
				t.Errorf("%s proposes the law %s: %v", r.ID, r.Proposes, err)
			}
		case kind != "residence" && !isSign(r.Proposes):
			if right, err := policies.ParseRight(r.Proposes); err != nil || string(right) != r.Proposes {
				t.Errorf("%s proposes the right %s: %v", r.ID, r.Proposes, err)
			}
		}
	}
	for _, law := range laws.Regimes() {
		if !named[law.ID] {
			t.Errorf("no rule knows the law %s by name", law.ID)
		}
		if law.ByChoice {
			continue
		}
		for _, code := range law.Residences {
			if !knowsPlace(t, code) {
				t.Errorf("no name leads to the residence %s of %s", code, law.ID)
			}
		}
	}
}

func isSign(name string) bool {
	for _, s := range proposals.Signs() {
		if s == name {
			return true
		}
	}
	return false
}

// knowsPlace looks for a code in the file of places. Zürich is the one
// residence that people do not name as such.
func knowsPlace(t *testing.T, code string) bool {
	t.Helper()
	data, err := os.ReadFile("rules/places.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return code == "CH-ZH" || strings.Contains(string(data), "code: "+code+"\n") || strings.Contains(string(data), `code: "`+code+"\"\n")
}

func FuzzRead(f *testing.F) {
	b := book(f)
	for _, language := range proposals.Languages() {
		name := "testdata/" + language + ".yaml"
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		var c corpus
		if err := strict.NewReader().Decode(name, data, &c); err != nil {
			f.Fatal(err)
		}
		for _, e := range c.Letters[:20] {
			f.Add(e.Subject, e.Text, e.Hint)
		}
	}
	f.Add("\xff", "Bitte\u00ad lo\u0308schen Sie\u200b mein Konto\xff.", "de")
	f.Fuzz(func(t *testing.T, subject, text, hint string) {
		r := b.Read(subject, text, hint)
		for _, p := range append(append([]proposals.Finding{}, r.Rights...), r.NotARequest...) {
			spot(t, b, subject, text, p.Rule, p.In, p.Start, p.End)
		}
		for _, p := range r.Residence {
			spot(t, b, subject, text, p.Rule, p.In, p.Start, p.End)
		}
		for _, p := range r.Law {
			spot(t, b, subject, text, p.Rule, p.In, p.Start, p.End)
		}
		if again := b.Read(subject, text, hint); !reflect.DeepEqual(r, again) {
			t.Errorf("read differently the second time: %+v, %+v", r, again)
		}
	})
}

// spot checks that a finding lies inside its part, on whole letters, and that
// its rule can be shown.
func spot(t *testing.T, b *proposals.Book, subject, text, rule, in string, start, end int) {
	t.Helper()
	part := map[string]string{proposals.InSubject: subject, proposals.InText: text}[in]
	if start < 0 || end > len(part) || start >= end {
		t.Fatalf("%s: %d to %d of %d bytes", rule, start, end, len(part))
	}
	if !utf8.RuneStart(part[start]) || end < len(part) && utf8.ValidString(part) && !utf8.RuneStart(part[end]) {
		t.Errorf("%s: %d to %d divides a letter", rule, start, end)
	}
	if _, known := b.Rule(rule); !known {
		t.Errorf("no rule %s", rule)
	}
}

// Who forbids it in one sentence does not ask for it in another, where only the
// reason stands. What was taken back is told, so that nobody answers too soon.
func TestWhatALetterForbidsIsNotAskedForElsewhere(t *testing.T) {
	b := book(t)
	for _, c := range []struct {
		text    string
		found   int
		doubted bool
	}{
		{"You will delete my account, I read. Please do not delete my account!", 0, true},
		{"Sie haben angekündigt, mein Konto zu löschen. Das möchte ich auf keinen Fall.", 0, true},
		{"Das möchte ich auf keinen Fall. Bitte löschen Sie mein Konto.", 1, true}, // what is sure stands against a sentence that names nothing
		{"Why don't you delete my account? Please delete my account.", 1, true},
		{"Please delete my account.", 1, false},
	} {
		r := b.Read("", c.text, "")
		if len(r.Rights) != c.found || slices.Contains(r.Doubted, "deletion") != c.doubted {
			t.Errorf("%s: %d findings, doubted: %q", c.text, len(r.Rights), r.Doubted)
		}
	}
	if r := b.Read("Please do NOT delete my account", "I got a mail that you will delete my account.", ""); len(r.Rights) != 0 {
		t.Errorf("what the subject forbids is asked for in the text: %+v", r.Rights)
	}
}
