// Package strict reads YAML files that people write by hand and refuses what
// it does not understand: an unknown key, a wrong type, a key given twice, a
// missing section. Its errors carry file, line and column and point at the
// place with a caret. It knows nothing of what the files mean.
package strict

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/token"
)

// Error is one fault in a file. Line and Column count from 1; zero means the
// fault belongs to the file as a whole.
type Error struct {
	File         string
	Line, Column int
	Sentence     string // what is wrong, without the place
	Excerpt      string // the lines around the place, with a caret, or ""
}

// Error writes file:line:column: sentence, and the excerpt below it.
func (e *Error) Error() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
	}
	if e.Excerpt == "" {
		return place + ": " + e.Sentence
	}
	return place + ": " + e.Sentence + "\n" + e.Excerpt
}

// Reader decodes files into structs whose fields carry yaml and validate tags.
// It is safe for use by several goroutines.
type Reader struct {
	validate *validator.Validate
}

// NewReader returns a Reader that knows the standard rules of validator/v10
// and names a field by its yaml key.
func NewReader() *Reader {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		return name
	})
	return &Reader{validate: v}
}

// Decode reads data, the content of the named file, into the struct that into
// points at. Every fault is an *Error.
func (r *Reader) Decode(file string, data []byte, into any) error {
	if len(strings.TrimSpace(string(data))) == 0 {
		return &Error{File: file, Sentence: "the file is empty"}
	}
	err := yaml.UnmarshalWithOptions(data, into, yaml.Strict(), yaml.DisallowUnknownField(), yaml.Validator(located{r.validate}))
	if err == nil {
		return nil
	}
	return place(file, data, err)
}

// At makes an Error for a fault found after decoding, placed at the last line
// that holds the given text, so that a later check points as well as the
// parser: of two that are one too many it is the second. A text "key: value"
// points at the value. Text that is not in the file, because it is missing, is
// told at the top.
func At(file string, data []byte, text, sentence string) error {
	lines := strings.Split(string(data), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if column := strings.Index(lines[i], text); column >= 0 {
			if key, _, pair := strings.Cut(text, ": "); pair {
				column += len(key) + 2 // the value is at fault, not its key
			}
			return &Error{File: file, Line: i + 1, Column: column + 1, Sentence: sentence, Excerpt: excerpt(data, i+1, column+1)}
		}
	}
	return &Error{File: file, Line: 1, Column: 1, Sentence: sentence, Excerpt: excerpt(data, 1, 1)}
}

// place turns the parser's error into ours.
func place(file string, data []byte, err error) error {
	fault := &Error{File: file}
	var located yaml.Error
	if !errors.As(err, &located) {
		return quoted(file, data, err)
	}
	fault.Sentence = located.GetMessage()
	if at := located.GetToken(); at != nil && at.Position != nil {
		fault.Line, fault.Column = position(at)
		fault.Excerpt = excerpt(data, fault.Line, fault.Column)
	}
	return fault
}

// quoted finds the place of an error that only quotes the value it is about, as
// those of types that read themselves do, or the top of the file.
func quoted(file string, data []byte, err error) error {
	sentence := err.Error()
	if _, rest, found := strings.Cut(sentence, `"`); found {
		if value, _, closed := strings.Cut(rest, `"`); closed && value != "" {
			return At(file, data, value, sentence)
		}
	}
	return At(file, data, "\n", sentence)
}

func position(at *token.Token) (line, column int) {
	return at.Position.Line, max(at.Position.Column, 1)
}

// excerpt shows the line and the one before it, and a caret below the column.
func excerpt(data []byte, line, column int) string {
	lines := strings.Split(string(data), "\n")
	var b strings.Builder
	for n := max(1, line-1); n <= min(line, len(lines)); n++ {
		fmt.Fprintf(&b, "%5d | %s\n", n, lines[n-1])
	}
	fmt.Fprintf(&b, "      | %s^", strings.Repeat(" ", column-1))
	return b.String()
}

// located adapts validator/v10 so that its sentences are ours.
type located struct{ validate *validator.Validate }

// Struct checks the validate tags of one decoded struct.
func (l located) Struct(v any) error {
	err := l.validate.Struct(v)
	var faults validator.ValidationErrors
	if !errors.As(err, &faults) {
		return err
	}
	return fieldFaults(faults)
}

// fieldFaults lets the parser find the place of each fault by its field name.
type fieldFaults validator.ValidationErrors

// Error joins the sentences of all faults.
func (f fieldFaults) Error() string {
	sentences := make([]string, len(f))
	for i, fault := range f {
		sentences[i] = sentence(fault)
	}
	return strings.Join(sentences, "; ")
}

func sentence(f validator.FieldError) string {
	switch f.Tag() {
	case "required":
		return fmt.Sprintf("%s is missing", f.Field())
	case "oneof":
		return fmt.Sprintf("%s must be one of: %s", f.Field(), strings.ReplaceAll(f.Param(), " ", ", "))
	case "min", "gte":
		return fmt.Sprintf("%s must be at least %s", f.Field(), f.Param())
	case "max", "lte":
		return fmt.Sprintf("%s must be at most %s", f.Field(), f.Param())
	}
	return fmt.Sprintf("%s does not fit the rule %q", f.Field(), strings.TrimSuffix(f.Tag()+"="+f.Param(), "="))
}
