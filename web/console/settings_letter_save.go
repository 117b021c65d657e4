package console

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
	"dsr/wording"
	"dsr/words"
)

// setLetterText saves what was typed, or shows the letter with it.
func (s *Console) setLetterText(c echo.Context) error {
	page, err := s.letterPage(c)
	if err != nil {
		return err
	}
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	page.Reference = site.Trimmed(form, "reference")
	typed := page.typed(s.Office.Texts(), form)
	if form.Get("preview") != "" {
		_, err := s.Office.Texts().Check(page.at, typed)
		return s.afterLetterText(c, page, typed, err)
	}
	saved, err := s.Office.SaveText(c.Request().Context(), site.Caller(c), s.Now(), page.at, seenVersion(form), typed, 0)
	if err != nil {
		return s.afterLetterText(c, page, typed, err)
	}
	s.say(c, "Saved as version "+strconv.Itoa(saved.Number)+". Letters written from now on say this.")
	return site.SeeOther(c, page.Address)
}

// typed reads the boxes of the letter.
func (page *letterTextPage) typed(book *wording.Book, form url.Values) wording.Texts {
	texts := wording.Texts{}
	for _, p := range page.letter.Parts {
		forms := words.Forms{}
		for name := range book.Shipped(page.at.Language).Forms(p.Key) {
			// Spaces that hold words together are part of some languages' sentences.
			forms[name] = strings.TrimSpace(strings.NewReplacer("\n", " ", "\t", " ").Replace(form.Get(letterField(p.Key, name))))
		}
		texts[p.Key] = forms
	}
	return texts
}

// seenVersion is the version that the form was made from.
func seenVersion(form url.Values) int {
	n, err := strconv.Atoi(form.Get("version"))
	if err != nil {
		return -1 // no version: somebody else's form
	}
	return n
}

// afterLetterText shows the page again with what was typed, and what stands
// against saving it.
func (s *Console) afterLetterText(c echo.Context, page *letterTextPage, typed wording.Texts, err error) error {
	var faults wording.FieldErrors
	switch {
	case errors.As(err, &faults):
		page.Problems = page.toMend(s.Office.Texts(), faults)
	case errors.Is(err, wording.ErrStale):
		page.Problems = site.Problems{{Field: "history", Sentence: "Somebody saved another version while you were writing. It stands in the list of versions; what you typed is kept here. Look at both, then save again."}}
	case errors.Is(err, wording.ErrSame):
		page.Problems = site.Problems{{Field: "main", Sentence: "Nothing differs from the text in force."}}
	case err != nil:
		return err
	}
	return s.showLetterText(c, http.StatusOK, page, changed(s.Office.Texts().Shipped(page.at.Language), typed))
}

// changed leaves out what was not changed, so that it does not count as changed.
func changed(shipped words.Printer, typed wording.Texts) wording.Texts {
	texts := wording.Texts{}
	for key, forms := range typed {
		for name, text := range shipped.Forms(key) {
			if forms[name] != text {
				texts[key] = forms
			}
		}
	}
	return texts
}

// toMend puts what has to be mended in the order of the page.
func (page *letterTextPage) toMend(book *wording.Book, faults wording.FieldErrors) (list site.Problems) {
	for _, p := range page.letter.Parts {
		for _, form := range formsInOrder(book.Shipped(page.at.Language).Forms(p.Key)) {
			if sentence := faults[wording.Field(p.Key, form)]; sentence != "" {
				list = append(list, site.Problem{Field: letterField(p.Key, form), Sentence: sentence})
			}
		}
	}
	return list
}

// resetLetterText brings the shipped text back.
func (s *Console) resetLetterText(c echo.Context) error {
	return s.bringBack(c, func(url.Values) (int, error) { return 0, nil })
}

// restoreLetterText brings an older version back.
func (s *Console) restoreLetterText(c echo.Context) error {
	return s.bringBack(c, func(form url.Values) (int, error) {
		n, err := strconv.Atoi(form.Get("number"))
		if err != nil || n < 1 {
			return 0, requests.ErrNotFound
		}
		return n, nil
	})
}

// bringBack saves an older version anew; number 0 is the shipped text.
func (s *Console) bringBack(c echo.Context, which func(url.Values) (int, error)) error {
	page, err := s.letterPage(c)
	if err != nil {
		return err
	}
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	number, err := which(form)
	if err != nil {
		return err
	}
	old, err := s.Office.Texts().Numbered(c.Request().Context(), page.at, number)
	if errors.Is(err, wording.ErrNoVersion) {
		return requests.ErrNotFound
	}
	if err != nil {
		return err
	}
	_, err = s.Office.SaveText(c.Request().Context(), site.Caller(c), s.Now(), page.at, seenVersion(form), old.Texts, number)
	switch {
	case errors.Is(err, wording.ErrStale):
		s.say(c, "Somebody saved another version in the meantime. Nothing was changed.")
	case errors.Is(err, wording.ErrSame):
		s.say(c, "This text is in force already.")
	case err != nil:
		current, currentErr := s.Office.Texts().Current(c.Request().Context(), page.at)
		if currentErr != nil {
			return currentErr
		}
		return s.afterLetterText(c, page, current.Texts, err)
	case number == 0:
		s.say(c, "The shipped text is back.")
	default:
		s.say(c, "Version "+strconv.Itoa(number)+" is back.")
	}
	return site.SeeOther(c, page.Address)
}
