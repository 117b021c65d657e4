package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// root is the folder of the module, seen from this package.
const root = "../.."

// module is how our own import paths begin.
const module = "dsr/"

// tree is the source of the module.
type tree struct {
	files *token.FileSet
	rooms []*room
}

// room is one package: a folder with Go files.
type room struct {
	path    string // web/strip
	sources []*source
}

// source is one Go file.
type source struct {
	path string // web/strip/pen.go
	text string
	test bool
	ast  *ast.File
}

var readTree = sync.OnceValues(func() (*tree, error) {
	t := &tree{files: token.NewFileSet()}
	err := walk(func(name string) error {
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(t.files, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		r := t.room(path.Dir(name))
		r.sources = append(r.sources, &source{path: name, text: string(text), test: strings.HasSuffix(name, "_test.go"), ast: parsed})
		return nil
	})
	return t, err
})

// source returns the tree, read once.
func readSource(t *testing.T) *tree {
	t.Helper()
	all, err := readTree()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// walk calls visit with the path of every file that belongs to the repository.
func walk(visit func(name string) error) error {
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && slices.Contains([]string{".git", "bin", "run", "coverage", "node_modules"}, rel):
			return filepath.SkipDir
		case d.IsDir() || strings.Contains(d.Name(), ".db"):
			return nil
		}
		return visit(rel)
	})
}

func (t *tree) room(dir string) *room {
	for _, r := range t.rooms {
		if r.path == dir {
			return r
		}
	}
	r := &room{path: dir}
	t.rooms = append(t.rooms, r)
	return r
}

// product lists the files of a room that are not tests.
func (r *room) product() []*source {
	return slices.DeleteFunc(slices.Clone(r.sources), func(s *source) bool { return s.test })
}

// place writes where a node stands.
func (t *tree) place(n ast.Node) string { return t.files.Position(n.Pos()).String() }

// lines counts the lines a node takes.
func (t *tree) lines(n ast.Node) int {
	return t.files.Position(n.End()).Line - t.files.Position(n.Pos()).Line + 1
}

// imports lists the import paths of a file.
func (s *source) imports() []string {
	var list []string
	for _, spec := range s.ast.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err == nil {
			list = append(list, name)
		}
	}
	return list
}

// selectors calls visit with every "package.Name" a file uses.
func (s *source) selectors(visit func(at ast.Node, pkg, name string)) {
	ast.Inspect(s.ast, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok {
				visit(n, x.Name, sel.Sel.Name)
			}
		}
		return true
	})
}

// resolve says what each name in the room's product files stands for, without
// looking into any other package: enough to tell a package's own variables.
func (t *tree) resolve(r *room) *types.Info {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	var files []*ast.File
	for _, s := range r.product() {
		files = append(files, s.ast)
	}
	config := types.Config{Importer: hollow{}, Error: func(error) {}}
	// Names of other packages stay unknown and are reported; that is expected.
	_, _ = config.Check(module+r.path, t.files, files, info)
	return info
}

// hollow imports every package as an empty one.
type hollow struct{}

// Import returns an empty package of that path.
func (hollow) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}
