package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// letterPage is a letter as it was sent.
type letterPage struct {
	shell
	Ref, Back, HTML string
	From, To        string
	Subject, Text   string
}

// readLetter shows a letter as text, with the address of its HTML.
func (s *Console) readLetter(c echo.Context) error {
	letter, err := s.letterAt(c)
	if err != nil {
		return err
	}
	ref := c.Param("reference")
	page := letterPage{Ref: ref, Back: requestAddress(ref), HTML: requestAddress(ref) + "/letters/" + c.Param("letter") + "/html",
		From: letter.From, To: letter.To, Subject: letter.Subject, Text: letter.Text}
	if page.shell, err = s.shell(c, letter.Subject, ""); err != nil {
		return err
	}
	page.Here = ref
	return s.render(c, http.StatusOK, "letter", page)
}

// letterPolicy lets a letter use its own inline styles and nothing else: it is
// shown as mail programs show it, in a page of its own.
const letterPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"

// readLetterHTML shows a letter as HTML.
func (s *Console) readLetterHTML(c echo.Context) error {
	letter, err := s.letterAt(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", letterPolicy)
	return c.HTML(http.StatusOK, letter.HTML)
}

// letterAt opens the letter in the address.
func (s *Console) letterAt(c echo.Context) (requests.Envelope, error) {
	id, err := site.Number(c, "letter")
	if err != nil {
		return requests.Envelope{}, err
	}
	return s.Office.ReadLetter(c.Request().Context(), site.Caller(c), c.Param("reference"), id)
}
