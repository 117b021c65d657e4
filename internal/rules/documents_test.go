package rules_test

import (
	"flag"
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"dsr/requests"
)

var update = flag.Bool("update", false, "write the lifecycle diagram into README.md")

// mostReadme is how many lines README.md may have.
const mostReadme = 150

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheReadmeShowsTheLifecycle: the diagram is the program's own.
func TestTheReadmeShowsTheLifecycle(t *testing.T) {
	machine, err := requests.Lifecycle()
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- lifecycle: go test ./internal/rules -update -->\n```mermaid\n", "```\n"
	readme := read(t, "README.md")
	before, rest, found := strings.Cut(readme, begin)
	shown, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("README.md has no diagram after the line %q", strings.TrimSpace(begin))
	}
	drawn := machine.Mermaid()
	if shown == drawn {
		return
	}
	if !*update {
		t.Fatal("README.md shows another lifecycle than requests/lifecycle.go: run go test ./internal/rules -update")
	}
	if err := os.WriteFile(filepath.Join(root, "README.md"), []byte(before+begin+drawn+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTheReadmeIsShort(t *testing.T) {
	if n := strings.Count(read(t, "README.md"), "\n"); n > mostReadme {
		t.Errorf("README.md has %d lines, the limit is %d", n, mostReadme)
	}
}

// documents lists the papers people read.
func documents(t *testing.T) []string {
	t.Helper()
	papers, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"README.md", "CHANGELOG.md"}
	for _, p := range papers {
		names = append(names, "docs/"+filepath.Base(p))
	}
	return names
}

// TestLinksLeadSomewhere: every link to a file of this repository has its file.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	for _, name := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(read(t, name), -1) {
			if strings.Contains(found[1], ":") {
				continue // another site
			}
			target := path.Join(path.Dir(name), found[1])
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which is not there", name, target)
			}
		}
	}
}

// TestTheReadmeNamesEverySetting compares the flags of dsr serve, read from
// the structs of cmd/dsr, with README.md: each stands there with its twin in the
// environment.
func TestTheReadmeNamesEverySetting(t *testing.T) {
	readme := read(t, "README.md")
	settings := settingsOf(t, "serveCommand")
	if len(settings) < 8 {
		t.Fatalf("only %d settings were found in cmd/dsr: %v", len(settings), settings)
	}
	for _, name := range settings {
		row := fmt.Sprintf("| `--%s` | `DSR_%s` |", name, strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
		if !strings.Contains(readme, row) {
			t.Errorf("README.md has no row %s", row)
		}
	}
}

// settingsOf lists the flags of a command, those of embedded structs included.
func settingsOf(t *testing.T, command string) []string {
	t.Helper()
	structs := map[string]*ast.StructType{}
	for _, s := range readSource(t).room("cmd/dsr").product() {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if of, ok := spec.Type.(*ast.StructType); ok {
					structs[spec.Name.Name] = of
				}
			}
			return true
		})
	}
	var names []string
	var list func(of *ast.StructType)
	list = func(of *ast.StructType) {
		for _, f := range of.Fields.List {
			if embedded, ok := f.Type.(*ast.Ident); ok && len(f.Names) == 0 {
				list(structs[embedded.Name])
				continue
			}
			for _, name := range f.Names {
				names = append(names, flagName(t, name.Name, f.Tag))
			}
		}
	}
	list(structs[command])
	return names
}

// flagName writes a field as kong does: DatabaseFile is database-file, unless
// the tag names it.
func flagName(t *testing.T, field string, tag *ast.BasicLit) string {
	t.Helper()
	if tag != nil {
		text, err := strconv.Unquote(tag.Value)
		if err != nil {
			t.Fatal(err)
		}
		if name := reflect.StructTag(text).Get("name"); name != "" {
			return name
		}
	}
	var b strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// TestTheNoticeNamesEveryLibrary: NOTICE lists each module of go.mod with its
// licence, and nothing else.
func TestTheNoticeNamesEveryLibrary(t *testing.T) {
	listed := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^  (\S+/\S+) +\S`).FindAllStringSubmatch(read(t, "NOTICE"), -1) {
		listed[found[1]] = true
	}
	for _, m := range required(t) {
		if !listed[m] {
			t.Errorf("NOTICE does not name %s, which go.mod requires: add it with its licence", m)
		}
		delete(listed, m)
	}
	for m := range listed {
		t.Errorf("NOTICE names %s, which go.mod does not require", m)
	}
}
