package policies_test

import (
	"strings"
	"testing"

	"dsr/policies"
)

func TestTwoTextsAreComparedLineByLine(t *testing.T) {
	for _, x := range []struct{ name, old, fresh, want string }{
		{"the same text", "a\nb\n", "a\nb\n", ""},
		{"a line changed, with what is around it", "a\nb\nc\nd\ne\nf", "a\nb\nc\nD\ne\nf", "…| c|-d|+D| e|…"},
		{"lines put in front", "a", "x\ny\na", "+x|+y| a"},
		{"lines taken from the end", "a\nb\nc", "a", " a|-b|-c"},
		{"another text", "a", "b", "-a|+b"},
	} {
		var got []string
		for _, l := range policies.DiffLines(x.old, x.fresh, 1) {
			got = append(got, l.Mark+l.Text)
		}
		if line := strings.Join(got, "|"); line != x.want {
			t.Errorf("%s: got %q, want %q", x.name, line, x.want)
		}
	}
}
