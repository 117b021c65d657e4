package migrations

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"text/template"
)

var freeze = flag.Bool("freeze", false, "list every migration file in frozen.txt as released")

func TestReleasedMigrationsNeverChange(t *testing.T) {
	if *freeze {
		if err := os.WriteFile("frozen.txt", frozen(t, Files()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list, err := os.ReadFile("frozen.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := check(Files(), string(list)); err != nil {
		t.Error(err)
	}
}

func TestFreezeRule(t *testing.T) {
	one := &fstest.MapFile{Data: []byte("CREATE TABLE one (id {{.PK}});")}
	two := &fstest.MapFile{Data: []byte("CREATE TABLE two (id {{.PK}});")}
	changed := &fstest.MapFile{Data: []byte("CREATE TABLE one (id {{.PK}}, more TEXT);")}
	released := fstest.MapFS{"001_one.tx.up.sql": one, "002_two.tx.up.sql": two}
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		want  string
	}{
		{"a released file that stands unchanged is fine", released, ""},
		{"a new file after the released ones is fine", fstest.MapFS{
			"001_one.tx.up.sql": one, "002_two.tx.up.sql": two, "003_new.tx.up.sql": changed}, ""},
		{"a released file must not change", fstest.MapFS{
			"001_one.tx.up.sql": changed, "002_two.tx.up.sql": two}, "001_one.tx.up.sql was released and has changed"},
		{"a released file must not go", fstest.MapFS{
			"001_one.tx.up.sql": one}, "002_two.tx.up.sql was released and is gone"},
		{"a released file must not be renamed", fstest.MapFS{
			"001_uno.tx.up.sql": one, "002_two.tx.up.sql": two}, "001_one.tx.up.sql was released and is gone"},
		{"a number must not be used twice", fstest.MapFS{
			"001_one.tx.up.sql": one, "002_two.tx.up.sql": two, "002_new.tx.up.sql": two}, "002_two.tx.up.sql should have the number 003"},
		{"a number must not be left out", fstest.MapFS{
			"001_one.tx.up.sql": one, "002_two.tx.up.sql": two, "004_new.tx.up.sql": two}, "004_new.tx.up.sql should have the number 003"},
		{"a file must run in a transaction", fstest.MapFS{
			"001_one.tx.up.sql": one, "002_two.tx.up.sql": two, "003_new.up.sql": two}, "003_new.up.sql should end in .tx.up.sql"},
		{"a template must be sound", fstest.MapFS{
			"001_one.tx.up.sql": one, "002_two.tx.up.sql": two, "003_new.tx.up.sql": {Data: []byte("{{.Clock}}")}}, "Clock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := check(c.files, string(frozen(t, released)))
			if c.want == "" && err != nil {
				t.Errorf("got %v, want no objection", err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// check holds files against the list of released ones. Because numbers are
// without gaps and released files cannot go, a new file always comes last.
func check(files fs.FS, list string) error {
	var faults []error
	scanner := bufio.NewScanner(strings.NewReader(list))
	for scanner.Scan() {
		want, name, found := strings.Cut(scanner.Text(), "  ")
		if !found {
			continue
		}
		body, err := fs.ReadFile(files, name)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("%s was released and is gone: put it back", name))
		case sum(body) != want:
			faults = append(faults, fmt.Errorf("%s was released and has changed: put the change into a new file", name))
		}
	}
	names, err := fs.Glob(files, "*")
	if err != nil {
		return err
	}
	for i, name := range names {
		faults = append(faults, checkName(i+1, name), render(files, name))
	}
	return errors.Join(faults...)
}

func checkName(number int, name string) error {
	if want := fmt.Sprintf("%03d_", number); !strings.HasPrefix(name, want) {
		return fmt.Errorf("%s should have the number %03d", name, number)
	}
	if !strings.HasSuffix(name, ".tx.up.sql") {
		return fmt.Errorf("%s should end in .tx.up.sql", name)
	}
	return nil
}

// render proves that a file needs nothing the engines do not give.
func render(files fs.FS, name string) error {
	body, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	text, err := template.New(name).Parse(string(body))
	if err != nil {
		return err
	}
	for _, types := range []Types{SQLite(), PostgreSQL()} {
		if err := text.Execute(new(strings.Builder), types); err != nil {
			return err
		}
	}
	return nil
}

func frozen(t *testing.T, files fs.FS) []byte {
	t.Helper()
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	list := "# SHA-256 and name of each released migration file, in order. See the package comment.\n"
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		list += sum(body) + "  " + name + "\n"
	}
	return []byte(list)
}

func sum(body []byte) string { return fmt.Sprintf("%x", sha256.Sum256(body)) }
