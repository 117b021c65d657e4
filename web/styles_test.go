package web_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	remark   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	property = regexp.MustCompile(`[;{]\s*([a-z-]+)\s*:\s*([^;{}]+)`)
	side     = regexp.MustCompile(`\b(left|right)\b`)
	fourway  = regexp.MustCompile(`^(margin|padding|inset|border-(width|style|color|radius)|scroll-(margin|padding))$`)
	twoparts = regexp.MustCompile(`\([^()]*\)`)
)

// In a right-to-left language a page is the mirror of itself. That holds when
// no rule names the left or the right: margins, paddings and edges are told by
// where writing begins and ends.
func TestStylesNameNeitherLeftNorRight(t *testing.T) {
	// Ticks are turned boxes with two borders; they look the same everywhere.
	allowed := map[string]bool{"border-width: 0 0 3px 3px": true, "border-width: 0 0 2px 2px": true}
	sheets, err := fs.Glob(os.DirFS("."), "*/assets/*.css")
	if err != nil || len(sheets) < 3 {
		t.Fatalf("%d style sheets: %v", len(sheets), err)
	}
	for _, file := range append(sheets, "assets/ask.css") {
		css, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rules := remark.ReplaceAllString(string(css), "")
		found := property.FindAllStringSubmatch(rules, -1)
		if len(found) < 5 {
			t.Errorf("%s: only %d rules were read", file, len(found))
		}
		for _, rule := range found {
			name, value := rule[1], strings.TrimSpace(rule[2])
			switch {
			case allowed[name+": "+value] || strings.HasPrefix(name, "grid-"):
			case side.MatchString(name) && !strings.HasPrefix(name, "--"), side.MatchString(strings.NewReplacer("--left", "", "-left)", ")").Replace(value)):
				t.Errorf("%s names a side: %s: %s", file, name, value)
			case fourway.MatchString(name) && lopsided(value):
				t.Errorf("%s: %s: %s: its left and right differ; say inline-start and inline-end", file, name, value)
			}
		}
	}
}

// lopsided reports whether a value for four sides differs from left to right.
func lopsided(value string) bool {
	parts := strings.Fields(twoparts.ReplaceAllStringFunc(value, func(s string) string { return strings.ReplaceAll(s, " ", "") }))
	return len(parts) >= 4 && parts[1] != parts[3]
}

// What points the way, points the other way from right to left; time does not.
func TestSignsThatPointAreMirroredAndTimeIsNot(t *testing.T) {
	base, err := os.ReadFile("site/assets/base.css")
	if err != nil {
		t.Fatal(err)
	}
	ask, err := os.ReadFile("assets/ask.css")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(base), "[dir=rtl] :is(.back, .crumb, .more > summary) > .i { transform: scaleX(-1) }") {
		t.Error("the signs for back and on are not mirrored")
	}
	if !regexp.MustCompile(`\.r \{[^{}]*direction: ltr`).Match(ask) {
		t.Error("the bar of dates follows the direction of writing")
	}
}
