package strict_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"dsr/strict"
)

type term string

func (t *term) UnmarshalText(text []byte) error {
	if !strings.HasSuffix(string(text), "days") {
		return fmt.Errorf("term %q is not a number of days", text)
	}
	*t = term(text)
	return nil
}

type pack struct {
	Name   string `yaml:"name" validate:"required"`
	Level  string `yaml:"level" validate:"omitempty,oneof=low high"`
	Age    int    `yaml:"age"`
	Term   term   `yaml:"term"`
	Rights []struct {
		Right string `yaml:"right" validate:"required"`
	} `yaml:"rights" validate:"required,dive"`
}

const good = "name: moxora\nlevel: low\nage: 16\nterm: 30 days\nrights:\n  - right: access\n"

func TestASoundFileIsRead(t *testing.T) {
	var p pack
	if err := strict.NewReader().Decode("p.yaml", []byte(good), &p); err != nil || p.Name != "moxora" || p.Rights[0].Right != "access" {
		t.Errorf("%+v: %v", p, err)
	}
}

func TestEachFaultPointsAtItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ data, place, words string }{
		"an unknown key":           {strings.Replace(good, "age", "agee", 1), "p.yaml:3:1", "agee"},
		"a wrong type":             {strings.Replace(good, "16", "sixteen", 1), "p.yaml:3:6", "cannot"},
		"a key given twice":        {good + "name: other\n", "p.yaml:7:1", "name"},
		"a missing section":        {strings.Replace(good, "rights:\n  - right: access\n", "", 1), "p.yaml:1:1", "rights is missing"},
		"a missing part inside":    {strings.Replace(good, "right: access", "right: ''", 1), "p.yaml:6:", "right is missing"},
		"a value outside":          {strings.Replace(good, "low", "middle", 1), "p.yaml:2:", "one of: low, high"},
		"a type that reads itself": {strings.Replace(good, "30 days", "thirty moons", 1), "p.yaml:4:7", "thirty moons"},
		"no YAML":                  {"name: [moxora\n", "p.yaml:1:", ""},
		"nothing":                  {"  \n", "p.yaml", "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			err := strict.NewReader().Decode("p.yaml", []byte(c.data), new(pack))
			var fault *strict.Error
			if !errors.As(err, &fault) {
				t.Fatalf("got %v", err)
			}
			if text := err.Error(); !strings.HasPrefix(text, c.place) || !strings.Contains(text, c.words) {
				t.Errorf("got\n%s\nwant it at %s with %q", text, c.place, c.words)
			}
			if fault.Line > 0 && !strings.Contains(fault.Excerpt, "^") {
				t.Error("there is no caret")
			}
		})
	}
}

func TestALaterCheckPointsAsWell(t *testing.T) {
	err := strict.At("p.yaml", []byte(good), "access", "no such right")
	if want := "p.yaml:6:12: no such right"; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("\xff\xfe"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = strict.NewReader().Decode("p.yaml", data, new(pack))
	})
}
