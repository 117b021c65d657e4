package rules_test

import (
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dsr/policies"
)

// fields are the keys of one kind of YAML mapping, each with whether it must
// be there.
type fields map[string]bool

// TestEveryFieldHasAnEntry compares docs/policy-format.md with the structs that
// the files are read into: a field without a row fails, and a row without a
// field.
func TestEveryFieldHasAnEntry(t *testing.T) {
	want := map[string]fields{}
	gather(want, reflect.TypeFor[policies.Pack]())
	gather(want, reflect.TypeFor[policies.Regime]())
	calendarFields(t, want)

	got := documentedFields(t)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		rows, there := got[name]
		if !there {
			t.Errorf("policy-format.md has no table for %s: begin one with <!-- fields: %s -->", name, name)
			continue
		}
		for key, required := range want[name] {
			says, there := rows[key]
			switch {
			case !there:
				t.Errorf("%s: the key %q has no row", name, key)
			case says != required:
				t.Errorf("%s: the row of %q says required: %v; it is %v", name, key, says, required)
			}
		}
		for key := range rows {
			if _, there := want[name][key]; !there {
				t.Errorf("%s: the row of %q has no key", name, key)
			}
		}
	}
	for name := range got {
		if want[name] == nil {
			t.Errorf("policy-format.md has a table for %s, which no file is read into", name)
		}
	}
}

// gather takes in the fields of a struct and of every struct of its package
// that they hold.
func gather(into map[string]fields, typ reflect.Type) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ.PkgPath() != reflect.TypeFor[policies.Pack]().PkgPath() || into["policies."+typ.Name()] != nil {
		return
	}
	found := fields{}
	into["policies."+typ.Name()] = found
	for f := range typ.Fields() {
		if f.Tag.Get("yaml") == "-" {
			continue
		}
		found.add(f.Tag)
		gather(into, f.Type)
	}
}

// add takes in the field of a struct by its tags.
func (f fields) add(tag reflect.StructTag) {
	key, _, _ := strings.Cut(tag.Get("yaml"), ",")
	f[key] = strings.HasPrefix(tag.Get("validate"), "required")
}

// calendarFields reads the structs of the calendar files, which their package
// keeps to itself, from its source.
func calendarFields(t *testing.T, into map[string]fields) {
	for _, s := range readSource(t).room("deadlines/calendars").product() {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			of, ok := spec.Type.(*ast.StructType)
			if !ok || spec.Name.Name == "kind" { // kind reads two keys of document ahead of it
				return true
			}
			found := fields{}
			for _, f := range of.Fields.List {
				if f.Tag == nil {
					continue
				}
				tag, err := strconv.Unquote(f.Tag.Value)
				if err != nil {
					t.Fatal(err)
				}
				found.add(reflect.StructTag(tag))
			}
			if len(found) > 0 {
				into["calendars."+spec.Name.Name] = found
			}
			return true
		})
	}
}

// documentedFields reads the tables of policy-format.md that follow a marker.
func documentedFields(t *testing.T) map[string]fields {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs/policy-format.md"))
	if err != nil {
		t.Fatal(err)
	}
	marker := regexp.MustCompile(`^<!-- fields: (\S+) -->$`)
	row := regexp.MustCompile("^\\| `([^`]+)` \\|( yes)? \\| \\S.* \\|$")
	found, table := map[string]fields{}, fields(nil)
	for n, line := range strings.Split(string(text), "\n") {
		switch {
		case marker.MatchString(line):
			table = fields{}
			found[marker.FindStringSubmatch(line)[1]] = table
		case !strings.HasPrefix(line, "|"):
			table = nil
		case table == nil || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| Key"):
		case !row.MatchString(line):
			t.Errorf("policy-format.md:%d: a row reads | `key` | yes | meaning |, with the second cell empty when it need not be there", n+1)
		default:
			m := row.FindStringSubmatch(line)
			table[m[1]] = m[2] != ""
		}
	}
	return found
}
