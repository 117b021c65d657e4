package rules_test

import (
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// keepsState lists the package variables that do change, with the reason.
func keepsState() map[string]string {
	return map[string]string{
		"internal/dbtest.server": "one PostgreSQL server for all tests of a process",
		"internal/dbtest.notRun": "counts what could not run",
	}
}

// TestNoPackageKeepsStateThatChanges: package variables are errors, patterns,
// embedded files and tables that are written down once and never assigned.
func TestNoPackageKeepsStateThatChanges(t *testing.T) {
	exceptions := keepsState()
	tree := readSource(t)
	for _, r := range tree.rooms {
		info := tree.resolve(r)
		for _, s := range r.product() {
			for _, spec := range variables(s.ast) {
				for i, name := range spec.Names {
					if exceptions[r.path+"."+name.Name] != "" {
						delete(exceptions, r.path+"."+name.Name)
						continue
					}
					if name.Name == "_" || embeds(s.ast, spec) {
						continue
					}
					if i >= len(spec.Values) || !constant(spec.Values[i]) {
						t.Errorf("%s: variable %s is no error, pattern, embedded file or table", tree.place(name), name.Name)
					}
				}
			}
			assigned(s.ast, info, func(at ast.Node, name string) {
				t.Errorf("%s: %s belongs to a package and is changed here", tree.place(at), name)
			})
		}
	}
	stale(t, exceptions)
}

// stale fails for exceptions that nothing needs any more.
func stale[V any](t *testing.T, exceptions map[string]V) {
	t.Helper()
	for name := range exceptions {
		t.Errorf("%s needs no exception any more: strike it from the list", name)
	}
}

// variables lists the package variables of a file.
func variables(file *ast.File) []*ast.ValueSpec {
	var list []*ast.ValueSpec
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				list = append(list, spec.(*ast.ValueSpec))
			}
		}
	}
	return list
}

// embeds reports whether a variable is filled from a file at compile time.
func embeds(file *ast.File, spec *ast.ValueSpec) bool {
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || !slices.ContainsFunc(g.Specs, func(s ast.Spec) bool { return s == spec }) {
			continue
		}
		for _, doc := range []*ast.CommentGroup{g.Doc, spec.Doc} {
			if doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") }) {
				return true
			}
		}
	}
	return false
}

// constant reports whether a value is one that a program would keep in a
// constant if Go let it: a table, an error, a pattern, an instant, or what is
// worked out once from what the program was built with.
func constant(value ast.Expr) bool {
	switch v := value.(type) {
	case *ast.CompositeLit, *ast.BasicLit:
		return true
	case *ast.CallExpr:
		sel, ok := v.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		if x, ok := sel.X.(*ast.Ident); ok {
			return slices.Contains([]string{"errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer",
				"template.Must", "time.Date", "netip.MustParsePrefix", "sync.OnceValues"}, x.Name+"."+sel.Sel.Name)
		}
		return constant(sel.X) // time.Date(…).UnixMilli()
	}
	return false
}

// assigned calls found wherever a function changes a package variable or lets
// its address out.
func assigned(file *ast.File, info *types.Info, found func(at ast.Node, name string)) {
	check := func(at ast.Node, e ast.Expr) {
		if name := packageVariable(e, info); name != "" {
			found(at, name)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				check(n, left)
			}
		case *ast.IncDecStmt:
			check(n, n.X)
		case *ast.RangeStmt:
			check(n, n.Key)
			check(n, n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				check(n, n.X)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear") && len(n.Args) > 0 {
				check(n, n.Args[0])
			}
		}
		return true
	})
}

// packageVariable returns the name of the package variable at the root of an
// expression like table[key].field, or "".
func packageVariable(e ast.Expr, info *types.Info) string {
	for {
		switch x := e.(type) {
		case *ast.IndexExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			if of, ok := x.X.(*ast.Ident); ok {
				if _, other := info.Uses[of].(*types.PkgName); other {
					return of.Name + "." + x.Sel.Name
				}
			}
			e = x.X
		case *ast.Ident:
			if v, ok := info.Uses[x].(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
				return x.Name
			}
			return ""
		default:
			return ""
		}
	}
}

func TestNothingHappensAtImport(t *testing.T) {
	tree := readSource(t)
	for _, r := range tree.rooms {
		for _, s := range r.sources {
			for _, d := range s.ast.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s: init: do it where somebody calls for it", tree.place(f))
				}
			}
		}
	}
}

// TestTestsNeitherSkipNorSleep: what could not run is a failure, and waiting is
// for the fake clock of testing/synctest, with a reason on its line.
func TestTestsNeitherSkipNorSleep(t *testing.T) {
	tree := readSource(t)
	for _, r := range tree.rooms {
		for _, s := range r.sources {
			bubble := slices.Contains(s.imports(), "testing/synctest")
			var remarked []int // lines
			for _, c := range s.ast.Comments {
				remarked = append(remarked, tree.files.Position(c.Pos()).Line)
			}
			s.selectors(func(at ast.Node, pkg, name string) {
				switch {
				case s.test && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, name):
					t.Errorf("%s: %s.%s: a test that cannot run fails, or is counted as NOT RUN", tree.place(at), pkg, name)
				case pkg == "time" && name == "Sleep" && !bubble:
					t.Errorf("%s: time.Sleep: wait for the event, or use testing/synctest", tree.place(at))
				case pkg == "time" && name == "Sleep" && !slices.Contains(remarked, tree.files.Position(at.Pos()).Line):
					t.Errorf("%s: time.Sleep: say beside it what the virtual wait is for", tree.place(at))
				}
			})
		}
	}
}

func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	for _, r := range readSource(t).rooms {
		if len(r.product()) > 0 && !slices.ContainsFunc(r.product(), func(s *source) bool { return s.ast.Doc != nil }) {
			t.Errorf("%s has no package comment", r.path)
		}
	}
}

// workshop lists, in two halves so that this file does not match itself, what
// has no place in the repository: notes to oneself, paths of one machine, hosts
// that only fetch packages, and how the text came about.
func workshop() []*regexp.Regexp {
	var list []*regexp.Regexp
	for _, halves := range [][2]string{
		{`\bTO`, `DO\b`}, {`\bFIX`, `ME\b`}, {`\bX`, `XX\b`}, {`\bHA`, `CK\b`},
		{`(^|[\s"'(=])/wo`, `rk/`}, {`/ro`, `ot/`}, {`/tmp/te`, `am`}, {`\bhel`, `per-`},
		{`(?i)proxy\.gol`, `ang`}, {`(?i)sum\.gol`, `ang`}, {`(?i)registry\.np`, `mjs`}, {`(?i)py`, `pi\.org`}, {`(?i)artif`, `actory`},
		{`(?i)\bcla`, `ude\b`}, {`(?i)\banthr`, `opic\b`}, {`(?i)\bchat`, `gpt`}, {`(?i)\bco`, `pilot\b`}, {`(?i)\bassis`, `tants?\b`},
		{`(?i)\bsub-?ag`, `ents?\b`}, {`\bLL`, `Ms?\b`}, {`(?i)\bAI-gen`, `erated`}, {`(?i)\bgenerated wi`, `th\b`},
	} {
		list = append(list, regexp.MustCompile(halves[0]+halves[1]))
	}
	return list
}

func TestTheRepositoryKeepsItsWorkshopToItself(t *testing.T) {
	patterns := workshop()
	err := walk(func(name string) error {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || strings.ContainsRune(string(text), 0) {
			return err // a picture
		}
		for n, line := range strings.Split(string(text), "\n") {
			for _, p := range patterns {
				if found := p.FindString(line); found != "" {
					t.Errorf("%s:%d: %q has no place here", name, n+1, strings.TrimSpace(found))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
