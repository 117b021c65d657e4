package words_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A key in Go stands as the first argument of T, N, Text, Plural or of a
// function that passes it on (say, count); in a template after t, n, .T or .N.
var (
	goKey       = regexp.MustCompile(`\b(?:T|N|Text|Plural|say|count)\(\s*"([a-z_]+(?:\.[A-Za-z0-9_-]+)+)"`)
	templateKey = regexp.MustCompile(`(?:\.T|\.N|\bt|\bn)\s+"([a-z_]+(?:\.[A-Za-z0-9_-]+)+)"`)
)

func TestEveryKeyInTheSourcesStandsInTheCatalogue(t *testing.T) {
	p := load(t).In("en")
	seen := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != ".." || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		pattern := goKey
		switch filepath.Ext(path) {
		case ".html", ".tmpl", ".gohtml":
			pattern = templateKey
		case ".go":
			if strings.HasSuffix(path, "_test.go") {
				return nil
			}
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range pattern.FindAllStringSubmatch(string(text), -1) {
			seen++
			if !p.Has(found[1]) {
				t.Errorf("%s: no catalogue has the key %q", path, found[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("no key was found in any source: the patterns no longer fit")
	}
}

func TestEveryGroundOfALawHasASentenceForTheRequester(t *testing.T) {
	files, err := filepath.Glob("../policies/regimes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no regimes were found", err)
	}
	ground, p := regexp.MustCompile(`\bground: *"?([a-z0-9_]+)`), load(t).In("en")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range ground.FindAllStringSubmatch(string(text), -1) {
			if !p.Has("letters.ground."+found[1]) && !p.Has("letters.extended.ground."+found[1]) {
				t.Errorf("%s: the ground %q has no sentence", file, found[1])
			}
		}
	}
}
