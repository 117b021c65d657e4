package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
	"dsr/wording"
)

// letterShownPage shows a letter that has no text of its own: one to staff or to
// an agent, as it would read for a request.
type letterShownPage struct {
	shell
	Address, Back         string
	Policy, Letter, When  string
	Tag, Dir              string
	Reference, Unreadable string
	Samples               []string
	Shown                 []requests.Specimen
}

// otherLetters are the lines of the letters that cannot be changed.
func otherLetters(policy string) (lines []letterTextLine) {
	for _, k := range requests.LetterKinds() {
		if k.Own {
			continue
		}
		whom := "To the agent"
		if k.Audience == "staff" {
			whom = "To the team"
		}
		lines = append(lines, letterTextLine{Name: k.Name, When: k.When, Texts: []letterTextCell{{Language: whom, Href: letterShownAddress(policy, k.Kind)}}})
	}
	return lines
}

// letterShownAddress is the page of a letter that cannot be changed.
func letterShownAddress(policy, kind string) string {
	return "/console/settings/letters/" + url.PathEscape(policy) + "/" + kind
}

// letterShown shows one.
func (s *Console) letterShown(c echo.Context) (err error) {
	if err := allowed(c, access.ReadAudit, ""); err != nil {
		return err
	}
	policy, kinds := c.Param("policy"), requests.LetterKinds()
	page := letterShownPage{Tag: "en", Dir: "ltr", Back: "/console/settings/letters?policy=" + url.QueryEscape(policy)}
	if page.Policy, err = s.packNamed(c, policy); err != nil {
		return err
	}
	i := slices.IndexFunc(kinds, func(k requests.LetterKind) bool { return k.Kind == c.Param("kind") && !k.Own })
	if i < 0 {
		return fmt.Errorf("%w: letter", requests.ErrNotFound)
	}
	page.Letter, page.When, page.Address = kinds[i].Name, kinds[i].When, letterShownAddress(policy, kinds[i].Kind)
	if page.Samples, err = s.Office.Newest(c.Request().Context(), site.Caller(c), policy, 10); err != nil {
		return err
	}
	page.Reference = strings.ToUpper(strings.TrimSpace(c.QueryParam("reference")))
	if page.Reference == "" && len(page.Samples) > 0 {
		page.Reference = page.Samples[0]
	}
	if page.shell, err = s.shell(c, page.Letter, ""); err != nil {
		return err
	}
	if page.Reference != "" {
		at := wording.Place{Policy: policy, Kind: kinds[i].Kind, Language: page.Tag}
		page.Shown, err = s.Office.Gallery(c.Request().Context(), site.Caller(c), s.Now(), at, page.Reference)
		var fields requests.FieldErrors
		switch {
		case errors.As(err, &fields):
			page.Unreadable = fields["reference"]
		case errors.Is(err, requests.ErrNotFound):
			page.Unreadable = "There is no such request."
		case err != nil:
			return err
		}
	}
	return s.render(c, http.StatusOK, "settings_letter_shown", page)
}
