package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
	"dsr/wording"
	"dsr/words"
)

// letterTextPage is the text of one letter in one language: its open parts, the
// letter as it would read, and its versions.
type letterTextPage struct {
	shell
	at        wording.Place
	letter    wording.Letter
	Address   string
	Back      string
	Policy    string
	Letter    string
	When      string
	Language  string
	Tag, Dir  string // of the language
	Version   int
	Standing  string
	MayNot    string
	Problems  site.Problems
	Parts     []letterPart
	Outgrown  []string
	Reference string
	Samples   []string
	Shown     []requests.Specimen
	History   []letterVersion
	Own       bool // something can be reset
}

// letterPart is one sentence that can be changed.
type letterPart struct {
	Name    string
	Fills   []string // placeholders it must keep
	Forms   []letterForm
	Changed bool
}

// letterForm is one form of the sentence: the only one, or one of those that the
// grammar has for numbers.
type letterForm struct {
	Field, Label, Shipped, Value, Error string
	Rows                                int
}

// letterVersion is one saved text.
type letterVersion struct {
	Number         int
	Who, When      string
	Note           string
	Changes        []letterChange
	Current        bool
	ShippedAgain   bool
	CanBeRestored  bool
	RestoreAddress string
}

// letterChange is one sentence that a version changed.
type letterChange struct{ Part, Before, After string }

// versionsShown is how many versions the page lists.
const versionsShown = 20

// letterText shows the text in force.
func (s *Console) letterText(c echo.Context) error {
	page, err := s.letterPage(c)
	if err != nil {
		return err
	}
	current, err := s.Office.Texts().Current(c.Request().Context(), page.at)
	if err != nil {
		return err
	}
	page.Reference = c.QueryParam("reference")
	return s.showLetterText(c, http.StatusOK, page, current.Texts)
}

// letterPage begins the page of the text that the address names. A policy that
// the caller does not serve is not there.
func (s *Console) letterPage(c echo.Context) (*letterTextPage, error) {
	if err := allowed(c, access.ReadAudit, ""); err != nil {
		return nil, err
	}
	page := &letterTextPage{at: wording.Place{Policy: c.Param("policy"), Kind: c.Param("kind"), Language: c.Param("language")}}
	var err error
	if page.Policy, err = s.packNamed(c, page.at.Policy); err != nil {
		return nil, err
	}
	if page.letter, err = wording.LetterOf(page.at.Kind); err != nil {
		return nil, fmt.Errorf("%w: letter", requests.ErrNotFound)
	}
	language := s.Office.Texts().Shipped(page.at.Language).Language()
	if language.Tag != page.at.Language {
		return nil, fmt.Errorf("%w: language", requests.ErrNotFound)
	}
	page.Letter, page.When, page.Language, page.Tag, page.Dir = page.letter.Name, page.letter.When, language.Name, language.Tag, language.Direction
	page.Address, page.Back = letterTextAddress(page.at), "/console/settings/letters?policy="+url.QueryEscape(page.at.Policy)
	page.MayNot = mayNot(c, page.at.Policy)
	page.Samples, err = s.Office.Newest(c.Request().Context(), site.Caller(c), page.at.Policy, 10)
	return page, err
}

// showLetterText fills the page with texts and shows it.
func (s *Console) showLetterText(c echo.Context, status int, page *letterTextPage, texts wording.Texts) (err error) {
	if page.shell, err = s.shell(c, page.Letter+", "+page.Language, ""); err != nil {
		return err
	}
	page.fill(s.Office.Texts().Shipped(page.at.Language), texts)
	if err := s.addVersions(c, page); err != nil {
		return err
	}
	if page.Reference == "" && len(page.Samples) > 0 {
		page.Reference = page.Samples[0]
	}
	if page.Reference != "" && len(page.Problems) == 0 {
		if err := s.addSpecimens(c, page, texts); err != nil {
			return err
		}
	}
	page.Bad = len(page.Problems) > 0
	if page.Bad {
		status = http.StatusUnprocessableEntity
	}
	return s.render(c, status, "settings_letter", page)
}

// fill makes the parts of the form.
func (page *letterTextPage) fill(shipped words.Printer, texts wording.Texts) {
	for _, p := range page.letter.Parts {
		original := shipped.Forms(p.Key)
		part := letterPart{Name: p.Name, Changed: texts[p.Key] != nil}
		for _, name := range shipped.Placeholders(p.Key) {
			part.Fills = append(part.Fills, "{{."+name+"}}")
		}
		for _, form := range formsInOrder(original) {
			value := original[form]
			if own := texts[p.Key]; own != nil {
				value = own[form]
			}
			field := letterField(p.Key, form)
			part.Forms = append(part.Forms, letterForm{
				Field: field, Label: formLabel(form, len(original)), Shipped: original[form], Value: value, Error: page.Problems.At(field), Rows: 1 + len([]rune(value))/70,
			})
		}
		page.Parts = append(page.Parts, part)
	}
}

// formsInOrder lists forms from few to many.
func formsInOrder(f words.Forms) (names []string) {
	for _, name := range []string{"zero", "one", "two", "few", "many", "other"} {
		if f[name] != "" {
			names = append(names, name)
		}
	}
	return names
}

// formLabel names a form by the numbers it is for.
func formLabel(form string, of int) string {
	switch {
	case of == 1:
		return ""
	case form == "one":
		return "For one"
	case form == "few":
		return "For a few, as the language counts"
	case form == "many":
		return "For many, as the language counts"
	case form == "other":
		return "For other numbers"
	}
	return "For " + form
}

// letterField is the name of a box in the form.
func letterField(key, form string) string { return "text." + key + "." + form }

// addVersions adds how the text stands and what it was before.
func (s *Console) addVersions(c echo.Context, page *letterTextPage) error {
	book := s.Office.Texts()
	history, err := book.History(c.Request().Context(), page.at, versionsShown+1)
	if err != nil {
		return err
	}
	v, err := s.team(c)
	if err != nil {
		return err
	}
	page.Standing = "Shipped text"
	for i, saved := range history {
		if i == 0 {
			page.Version, page.Own = saved.Number, len(saved.Texts) > 0
			if page.Own {
				page.Standing = "Own text, version " + strconv.Itoa(saved.Number)
			}
			page.Outgrown = partNames(page.letter, book.Outgrown(saved))
		}
		if i == versionsShown {
			break
		}
		before := wording.Version{}
		if i+1 < len(history) {
			before = history[i+1]
		}
		line := letterVersion{
			Number: saved.Number, Who: v.author(saved.Author), When: stamp(saved.At), Current: i == 0, ShippedAgain: len(saved.Texts) == 0,
			Changes: rewordings(page.letter, book.Shipped(page.at.Language), before.Texts, saved.Texts), CanBeRestored: i > 0 && page.MayNot == "",
		}
		if saved.Restores > 0 {
			line.Note = "Brings back version " + strconv.Itoa(saved.Restores)
		}
		page.History = append(page.History, line)
	}
	return nil
}

// rewordings lists the sentences that differ between two texts, old and new.
func rewordings(letter wording.Letter, shipped words.Printer, before, after wording.Texts) (changes []letterChange) {
	for _, p := range letter.Parts {
		was, is := shipped.Forms(p.Key), shipped.Forms(p.Key)
		if own := before[p.Key]; own != nil {
			was = own
		}
		if own := after[p.Key]; own != nil {
			is = own
		}
		for _, form := range formsInOrder(shipped.Forms(p.Key)) {
			if was[form] != is[form] {
				changes = append(changes, letterChange{p.Name, was[form], is[form]})
			}
		}
	}
	return changes
}

// partNames names sentences by what they are in the letter.
func partNames(letter wording.Letter, keys []string) (names []string) {
	for _, key := range keys {
		name := key
		for _, p := range letter.Parts {
			if p.Key == key {
				name = p.Name
			}
		}
		names = append(names, name)
	}
	return names
}

// addSpecimens shows the letter as it would read for a request.
func (s *Console) addSpecimens(c echo.Context, page *letterTextPage, texts wording.Texts) (err error) {
	page.Shown, err = s.Office.Specimens(c.Request().Context(), site.Caller(c), s.Now(), page.at, texts, strings.ToUpper(page.Reference))
	var fields requests.FieldErrors
	switch {
	case errors.As(err, &fields):
		page.Problems = append(page.Problems, site.Problem{Field: "reference", Sentence: fields["reference"]})
		return nil
	case errors.Is(err, requests.ErrNotFound):
		page.Problems = append(page.Problems, site.Problem{Field: "reference", Sentence: "There is no such request."})
		return nil
	}
	return err
}
