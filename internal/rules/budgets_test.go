package rules_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The budgets. What is over one of them stands in overBudget, with the reason.
const (
	medianFunction  = 10 // lines, from func to the closing brace
	usualFunction   = 45 // 95 of 100 functions are not longer
	longestFunction = 90
	usualHandler    = 25
	longestFile     = 400
	mostInterfaces  = 6
	mostMethods     = 3
	mostLibraries   = 30 // modules that the program itself imports
	leastDocumented = 90 // of 100 exported names
)

// overBudget lists the functions and files that may be longer, with the reason.
func overBudget() map[string]string {
	return map[string]string{}
}

// function is one function of the product and how many lines it takes.
type function struct {
	name    string // policies/resolve.go Book.Rule
	room    string
	lines   int
	handler bool // takes an echo.Context and nothing else
}

func functions(tree *tree) []function {
	var list []function
	for _, r := range tree.rooms {
		for _, s := range r.product() {
			for _, d := range s.ast.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
					list = append(list, function{
						name: s.path + " " + fullName(f), room: r.path, lines: tree.lines(f),
						handler: roomOf(r.path) == "web" && f.Recv != nil && takesContext(f),
					})
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b function) int { return a.lines - b.lines })
	return list
}

// fullName writes a method as Type.Name.
func fullName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	return receiver(f) + "." + f.Name.Name
}

func receiver(f *ast.FuncDecl) string {
	of := f.Recv.List[0].Type
	for {
		switch x := of.(type) {
		case *ast.StarExpr:
			of = x.X
		case *ast.IndexExpr:
			of = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func takesContext(f *ast.FuncDecl) bool {
	if f.Type.Params.NumFields() != 1 || f.Type.Results.NumFields() != 1 {
		return false
	}
	sel, ok := f.Type.Params.List[0].Type.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Context"
}

func TestBudgetOfFunctions(t *testing.T) {
	list := functions(readSource(t))
	median, usual, longest := list[len(list)/2].lines, list[len(list)*95/100].lines, list[len(list)-1]
	t.Logf("%d functions: median %d lines (budget %d), 95 of 100 at most %d (budget %d), longest %d (budget %d), %s",
		len(list), median, medianFunction, usual, usualFunction, longest.lines, longestFunction, longest.name)
	if median > medianFunction {
		t.Errorf("the median function has %d lines, the budget is %d", median, medianFunction)
	}
	if usual > usualFunction {
		t.Errorf("95 of 100 functions have at most %d lines, the budget is %d", usual, usualFunction)
	}
	allowed := overBudget()
	for _, f := range list {
		switch {
		case f.lines > longestFunction && allowed[f.name] == "":
			t.Errorf("%s has %d lines, the limit is %d: divide it", f.name, f.lines, longestFunction)
		case f.lines > usualFunction:
			t.Logf("long: %s, %d lines", f.name, f.lines)
		case f.handler && f.lines > usualHandler:
			t.Logf("long for a handler: %s, %d lines", f.name, f.lines)
		}
	}
}

func TestBudgetOfFiles(t *testing.T) {
	allowed := overBudget()
	code, comments := 0, 0
	longest, name := 0, ""
	tree := readSource(t)
	for _, r := range tree.rooms {
		for _, s := range r.sources {
			lines := strings.Count(s.text, "\n")
			if lines > longest {
				longest, name = lines, s.path
			}
			if lines > longestFile && allowed[s.path] == "" {
				t.Errorf("%s has %d lines, the limit is %d: divide it", s.path, lines, longestFile)
			}
			if s.test {
				continue
			}
			code += lines
			for _, group := range s.ast.Comments {
				comments += tree.lines(group)
			}
		}
	}
	t.Logf("longest file %s: %d lines (limit %d); %d lines without tests, %d of 100 with a comment (15 to 22 is the aim)",
		name, longest, longestFile, code, comments*100/code)
}

// TestBudgetOfInterfaces: an interface is declared by its consumer, small, and
// only where two things implement it.
func TestBudgetOfInterfaces(t *testing.T) {
	tree := readSource(t)
	var found []string
	for _, r := range tree.rooms {
		for _, s := range r.product() {
			ast.Inspect(s.ast, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if !ok {
					return true
				}
				of, ok := spec.Type.(*ast.InterfaceType)
				if !ok {
					return true
				}
				found = append(found, fmt.Sprintf("%s.%s (%d)", r.path, spec.Name.Name, of.Methods.NumFields()))
				if of.Methods.NumFields() > mostMethods {
					t.Errorf("%s: interface %s has %d methods, the limit is %d", tree.place(spec), spec.Name.Name, of.Methods.NumFields(), mostMethods)
				}
				return true
			})
		}
	}
	t.Logf("%d interfaces (limit %d), with the number of their methods: %s", len(found), mostInterfaces, strings.Join(found, ", "))
	if len(found) > mostInterfaces {
		t.Errorf("there are %d interfaces, the limit is %d", len(found), mostInterfaces)
	}
}

func TestBudgetOfExportedNames(t *testing.T) {
	tree := readSource(t)
	all, documented := 0, 0
	var bare []string
	for _, r := range tree.rooms {
		for _, s := range r.product() {
			exported(s.ast, func(name string, at ast.Node, doc bool) {
				all++
				if doc {
					documented++
					return
				}
				bare = append(bare, fmt.Sprintf("%s %s", tree.place(at), name))
			})
		}
	}
	share := documented * 100 / all
	t.Logf("%d of %d exported names have a comment: %d of 100 (at least %d)", documented, all, share, leastDocumented)
	for _, b := range bare {
		t.Log("without a comment: " + b)
	}
	if share < leastDocumented {
		t.Errorf("only %d of 100 exported names have a comment", share)
	}
}

// exported calls visit for each exported function, method of an exported type,
// type, constant and variable. A comment on a group counts for its members.
func exported(file *ast.File, visit func(name string, at ast.Node, documented bool)) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || token.IsExported(receiver(d))) {
				visit(fullName(d), d, d.Doc != nil)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if spec.Name.IsExported() {
						visit(spec.Name.Name, spec, d.Doc != nil || spec.Doc != nil)
					}
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						if name.IsExported() {
							visit(name.Name, spec, d.Doc != nil || spec.Doc != nil || spec.Comment != nil)
						}
					}
				}
			}
		}
	}
}

// required reads the modules of go.mod, longest path first.
func required(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, found := range regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/\S+|\S+\.\S+) v\S+`).FindAllStringSubmatch(string(text), -1) {
		modules = append(modules, found[1])
	}
	slices.SortFunc(modules, func(a, b string) int { return len(b) - len(a) })
	return modules
}

func TestBudgetOfLibraries(t *testing.T) {
	modules := required(t)
	used := map[string]bool{}
	for _, r := range readSource(t).rooms {
		if roomOf(r.path) == "bench" || roomOf(r.path) == "internal" {
			continue
		}
		for _, s := range r.product() {
			for _, pkg := range s.imports() {
				for _, m := range modules {
					if pkg == m || strings.HasPrefix(pkg, m+"/") {
						used[m] = true
						break
					}
				}
			}
		}
	}
	var list []string
	for m := range used {
		list = append(list, m)
	}
	slices.Sort(list)
	t.Logf("%d libraries imported by the program itself (limit %d): %s", len(list), mostLibraries, strings.Join(list, ", "))
	if len(list) > mostLibraries {
		t.Errorf("the program imports %d libraries, the limit is %d", len(list), mostLibraries)
	}
}
