package mailer_test

import (
	"errors"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/mailer"
	"dsr/words"
)

var update = flag.Bool("update", false, "write the golden letters anew")

func english(t *testing.T) words.Printer {
	t.Helper()
	c, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.In("en")
}

func write(p words.Printer, l composed) (mailer.Message, error) {
	letter, err := l.Compose(p)
	if err != nil {
		return mailer.Message{}, err
	}
	return mailer.Render(letter)
}

// tongues are the printers a letter is read in: staff are written to in English.
func tongues(t *testing.T, name string) []words.Printer {
	t.Helper()
	if strings.HasPrefix(name, "team-") {
		return []words.Printer{english(t)}
	}
	return append([]words.Printer{english(t)}, others(t)...)
}

// Each letter has a file in each language, as text and as HTML, and the index
// lists their subjects for a person to read through.
func TestLettersReadAsTheirGoldenFiles(t *testing.T) {
	index, wanted := strings.Builder{}, map[string]bool{"index.txt": true}
	if *update {
		if err := os.RemoveAll(goldenFolder); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(letters())) {
		fmt.Fprintf(&index, "%s\n", name)
		for _, p := range tongues(t, name) {
			m, err := write(p, letters()[name])
			if err != nil {
				t.Errorf("%s, %s: %v", name, p.Language().Tag, err)
				continue
			}
			fmt.Fprintf(&index, "  %-6s%s\n", p.Language().Tag, m.Subject)
			file := filepath.Join(name, p.Language().Tag)
			wanted[file+".txt"], wanted[file+".html"] = true, true
			compare(t, file+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
			compare(t, file+".html", m.HTML)
		}
	}
	compare(t, "index.txt", index.String())
	err := filepath.WalkDir(goldenFolder, func(path string, entry fs.DirEntry, err error) error {
		if name, _ := filepath.Rel(goldenFolder, path); err == nil && !entry.IsDir() && !wanted[name] {
			t.Errorf("%s is the golden file of no letter", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

const goldenFolder = "testdata/letters"

// compare holds a letter against its golden file, or writes the file anew.
func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(goldenFolder, name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("there is no golden letter %s: look at it and run the test with -update", path)
		return
	}
	if got != string(want) {
		t.Errorf("%s differs; if the new letter is right, run the test with -update.\ngot:\n%s", path, got)
	}
}

// optional names the fields a letter can do without: those a policy or a law
// may not have, and switches. Every other field must be filled. What one example
// can do without and another cannot stands with the example's name.
var optional = []string{
	`^Controller\.Operator$|\.Controller\.Operator$|\.Console\.Operator$`,
	`^Received\.Requests\[\d\]\.(Answer|FirstReply|Finish)$`,
	`^Received\.Requests\[\d\]\.Law\.(Limit|Aim)$`,
	`^ProofNeeded\.(LawBy|PromiseBy)$`, `^ClarificationNeeded\.(LawBy|PromiseBy)$`,
	`^Running\.(Promise|Before|Law\.Limit|Law\.Aim)$`,
	`^Extended\.(Promise|Regulator)$`,
	`\.Appeal\.(Until|Regulator|OptOut)$`,
	`^Received\.Also$`, `^(Received|FreshLink|YourRequests|Nudge|AgentLink)\.Code$`,
	`^Nudge\.LawBy$`, `^ProofFailed\.(LawBy|PromiseBy)$`, `^Lapsed\.Regulator$`,
	`^Reopened\.(Promise|Law\.Limit)$`,
	`^AppealReceived\.(Promise|Law\.Limit)$`, `^AppealDecided\.Ground$`,
	`^OnYourBehalf\.Requests\[\d\]\.(Answer|Law\.Limit)$`,
	`^AuthorityDecided\.Requests$`, `^AgentDigest\.(Open|Waiting|Answered|Late)$`,
	`^WeekReport\.Policies\[\d\]\.(Received|Answered|OnTime|Overdue|Due|Untrue)$`,
	`^Deleted\.(What|Kept|Told)$`, `^Corrected\.(What|Told)$`, `^(NotUs|Late)\.Regulator$`, `^Volume\.Usual$`, `^TeamDigest\.Parts\[\d\]\.(Count|First\[\d\]\.By)$`,
	`^DatesChanged\.(Promise|Law\.Limit)$`, `^dates-changed-receipt DatesChanged\.(LawBefore|PromiseBefore)$`, `^dates-changed-assumed DatesChanged\.Law\.Place$`, `^refused-several Refused\.Text$`,
	`\.Team\.Of$`, `^received-by-mail Received\.Requests\[\d\]\.Law\.Place$`,
	`^batch-received BatchReceived\.(Received|Rejected)$`,
}

func TestALetterWithoutAnyOfItsFieldsIsNotWritten(t *testing.T) {
	p := english(t)
	isOptional := regexp.MustCompile(strings.Join(optional, "|"))
	tried := 0
	for _, name := range slices.Sorted(maps.Keys(letters())) {
		l := letters()[name]
		kind := reflect.TypeOf(l).Name()
		for _, path := range leaves(reflect.ValueOf(l), kind) {
			copied := reflect.New(reflect.TypeOf(l)).Elem()
			copied.Set(reflect.ValueOf(letters()[name]))
			if !blank(copied, kind, path) {
				continue
			}
			tried++
			can := isOptional.MatchString(path) || isOptional.MatchString(name+" "+path)
			m, err := write(p, copied.Interface().(composed))
			switch {
			case can && err != nil:
				t.Errorf("%s without %s: %v, but it can do without", name, path, err)
			case can && strings.Contains(m.Text, "  .") || words.HasGap(m.Text+m.Subject):
				t.Errorf("%s without %s has a gap:\n%s", name, path, m.Text)
			case !can && !errors.Is(err, mailer.ErrIncomplete):
				t.Errorf("%s without %s: got %v, want ErrIncomplete", name, path, err)
			}
		}
	}
	if tried < 700 {
		t.Errorf("only %d fields were blanked: the walk no longer finds them", tried)
	}
}

// leaves lists the fields of a value that are not switches and not empty
// already, and the pointers and lists on the way.
func leaves(v reflect.Value, path string) []string {
	if v.IsZero() || v.Kind() == reflect.Bool {
		return nil
	}
	switch {
	case v.Kind() == reflect.Pointer:
		return append([]string{path}, leaves(v.Elem(), path)...)
	case v.Kind() == reflect.Slice:
		all := []string{path}
		for i := range v.Len() {
			all = append(all, leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
		return all
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		var all []string
		for i := range v.NumField() {
			all = append(all, leaves(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
		return all
	}
	return []string{path}
}

// blank sets the field at a path to nothing. The unit of a term and the day of
// a limit in hours cannot be told from others and are passed over.
func blank(v reflect.Value, at, path string) bool {
	if at == path && v.Kind() != reflect.Struct || at == path && v.Type() == reflect.TypeFor[time.Time]() {
		v.SetZero()
		return true
	}
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return blank(v.Elem(), at, path)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if blank(v.Index(i), fmt.Sprintf("%s[%d]", at, i), path) {
				return true
			}
		}
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		for i := range v.NumField() {
			if blank(v.Field(i), at+"."+v.Type().Field(i).Name, path) {
				return true
			}
		}
	}
	return false
}

func TestBothVersionsSayTheSame(t *testing.T) {
	p := english(t)
	for name, l := range letters() {
		m, err := write(p, l)
		if err != nil {
			t.Fatal(name, err)
		}
		visible := plainWords(m.HTML[strings.Index(m.HTML, "<body"):], true)
		rest := visible
		for _, word := range plainWords(m.Text, false) {
			at := slices.Index(rest, word)
			if at < 0 {
				t.Errorf("%s: the text says %q where the HTML has none of it left", name, word)
				break
			}
			rest = rest[at+1:]
		}
	}
}

var (
	tags       = regexp.MustCompile(`<[^>]*>`)
	decoration = regexp.MustCompile(`^(=+|-+|>)$`)
)

// plainWords are the words a reader sees, without the marks of the text
// version and without punctuation at their ends.
func plainWords(s string, isHTML bool) []string {
	if isHTML {
		s = html.UnescapeString(tags.ReplaceAllString(s, " "))
	}
	var all []string
	for word := range strings.FieldsSeq(s) {
		if word = strings.Trim(word, ":"); !decoration.MatchString(word) && word != "" {
			all = append(all, word)
		}
	}
	return all
}

func TestTheTextVersionKeepsToItsColumns(t *testing.T) {
	p := english(t)
	for name, l := range letters() {
		m, err := write(p, l)
		if err != nil {
			t.Fatal(name, err)
		}
		for line := range strings.Lines(m.Text) {
			line = strings.TrimSuffix(line, "\n")
			if len([]rune(line)) > 66 && !strings.HasPrefix(line, "https://") {
				t.Errorf("%s: %q is wider than 66 columns", name, line)
			}
			if strings.HasSuffix(line, " ") && line != "-- " {
				t.Errorf("%s: %q ends in a space", name, line)
			}
		}
		if strings.Count(m.Text, "\n-- \n") != 1 {
			t.Errorf("%s: there is not one footer", name)
		}
	}
}

func TestRequestersReadNoJargon(t *testing.T) {
	p := english(t)
	for name, l := range letters() {
		m, err := write(p, l)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, word := range []string{"data subject", "dsar", "erasure", "erase", "controller", "gdpr request"} {
			if !strings.HasPrefix(name, "team-") && strings.Contains(strings.ToLower(m.Subject+m.Text), word) {
				t.Errorf("%s says %q to a requester", name, word)
			}
		}
		if !reference.MatchString(m.Subject) && !aboutMany.MatchString(name) {
			t.Errorf("%s: the subject %q does not begin with the reference", name, m.Subject)
		}
	}
}

var (
	reference = regexp.MustCompile(`^[A-Z]{3}-[0-9A-Z]{4}-\d\d: `)
	// aboutMany are the letters that are about no one request.
	aboutMany = regexp.MustCompile(`^(your-requests|agent-|authority-|batch-|team-(volume|digest|hook|invitation|new-password|factor-reset|week))`)
)

var rights = []string{
	"access", "correction", "deletion", "portability", "objection", "restriction", "withdraw_consent", "limit_sensitive",
	"automated_decision", "opt_out.sale_sharing", "opt_out.marketing", "opt_out.ai_processing", "opt_out.profiling",
	"appeal", "complaint",
}

func TestEveryRightHasItsSentences(t *testing.T) {
	p := english(t)
	for _, right := range rights {
		received := letters()["received"].(mailer.Received)
		several := letters()["received-several"].(mailer.Received)
		answer := letters()["answer"].(mailer.AnswerReady)
		assigned := letters()["team-assigned"].(mailer.Assigned)
		received.Requests[0].Right, several.Requests[1].Right, answer.Right, assigned.Right = right, right, right, right
		for _, l := range []composed{received, several, answer, assigned} {
			if _, err := write(p, l); err != nil {
				t.Errorf("%s: %v", right, err)
			}
		}
	}
	answer := letters()["answer"].(mailer.AnswerReady)
	answer.Right = "erasure"
	if _, err := write(p, answer); !errors.Is(err, mailer.ErrIncomplete) {
		t.Errorf("a right nobody knows: got %v", err)
	}
}
