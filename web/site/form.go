package site

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"unicode"

	"github.com/go-playground/validator/v10"
	"github.com/labstack/echo/v4"

	"dsr/requests"
)

const (
	// formBytes holds the longest text a form takes, written as %F0%9F%98%80 in
	// place of each of its characters, and what stands beside it.
	formBytes = 12*requests.MaxDetails + 16<<10
	// formFields is how many values a form may have: the console's lists of
	// systems are the longest.
	formFields = 400
)

// Posted reads a form. Whatever is no form of this site (another type, another
// encoding, too many fields) is an error and touches nothing.
func Posted(c echo.Context) (url.Values, error) {
	r := c.Request()
	kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationForm {
		return nil, errMedia
	}
	if err := r.ParseForm(); err != nil {
		if Is[*http.MaxBytesError](err) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: it cannot be read", ErrForm)
	}
	plainLines(r.PostForm)
	return r.PostForm, sound(r.PostForm)
}

// plainLines turns every sign that ends a line into one newline. Programs for
// writing have several of their own, and browsers send two signs for each line.
func plainLines(values url.Values) {
	ends := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
	for _, list := range values {
		for i, v := range list {
			list[i] = ends.Replace(v)
		}
	}
}

// sound checks that every name and value is text: UTF-8 without control
// characters other than tabs and line ends.
func sound(values url.Values) error {
	n := 0
	for name, list := range values {
		for _, v := range list {
			if n++; n > formFields {
				return fmt.Errorf("%w: it has more than %d fields", ErrForm, formFields)
			}
			if !requests.IsText(name) || !requests.IsText(v) {
				return fmt.Errorf("%w: it holds bytes that are no text", ErrForm)
			}
		}
	}
	return nil
}

// Problem is one thing to mend in a form: the field's id and the sentence that
// stands both in the box on top and at the field.
type Problem struct{ Field, Sentence string }

// Problems are in the order of the fields on the page.
type Problems []Problem

// At returns the sentence for a field, or "".
func (list Problems) At(field string) string {
	for _, p := range list {
		if p.Field == field {
			return p.Sentence
		}
	}
	return ""
}

// Checker reads forms into structs by their form tags and checks them by their
// validate tags.
type Checker struct{ validate *validator.Validate }

func newChecker() (*Checker, error) {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("form") })
	err := v.RegisterValidation("address", func(f validator.FieldLevel) bool {
		_, err := requests.NormalAddress(f.Field().String())
		return err == nil
	})
	return &Checker{validate: v}, err
}

// Read fills a struct of lines and lists of strings, and tidies what was typed:
// an address with [PlainAddress], any other line with [OneLine].
func (k *Checker) Read(values url.Values, form any) {
	v := reflect.ValueOf(form).Elem()
	for i := range v.NumField() {
		tags := v.Type().Field(i).Tag
		name, tidy := tags.Get("form"), OneLine
		if strings.HasSuffix(tags.Get("validate"), "address") {
			tidy = PlainAddress
		}
		switch field := v.Field(i); field.Kind() {
		case reflect.String:
			field.SetString(tidy(values.Get(name)))
		case reflect.Slice:
			field.Set(reflect.ValueOf(values[name]))
		}
	}
}

// Check returns the fields that need mending, in the struct's order, each with
// the rule it broke: "email", "required".
func (k *Checker) Check(form any) [][2]string {
	var broken validator.ValidationErrors
	if err := k.validate.Struct(form); !errors.As(err, &broken) {
		return nil
	}
	list := make([][2]string, len(broken))
	for i, b := range broken {
		list[i] = [2]string{b.Field(), b.Tag()}
	}
	return list
}

// MaxLine is how many characters one line of a form may have, as package
// requests takes them.
const MaxLine = 200

// OneLine writes what was given for one line on one line.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// PlainAddress takes out of an address what nobody sees in it: blanks around it,
// and signs of no width and marks of direction that came along when it was
// copied. With them no letter would arrive. The two joiners stay, because names
// of domains are written with them (RFC 5892, appendix A).
func PlainAddress(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
			return -1
		}
		return r
	}, s))
}

// Trimmed returns one value of a form without the blanks around it.
func Trimmed(values url.Values, name string) string { return strings.TrimSpace(values.Get(name)) }

// Cut cuts a text to a number of characters.
func Cut(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n])
}
