package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// showPage asks an auditor why they need to see who a requester is.
type showPage struct {
	shell
	Reference, Address string
	To, Reason         string
	Problems           site.Problems
}

// askShow shows it.
func (s *Console) askShow(c echo.Context) error {
	return s.showReason(c, http.StatusOK, showPage{To: c.QueryParam("to")})
}

func (s *Console) showReason(c echo.Context, status int, page showPage) error {
	v, err := s.Office.Open(c.Request().Context(), site.Caller(c), s.Now(), c.Param("reference"), false)
	if err != nil {
		return err
	}
	page.Reference, page.Address = v.Reference, requestAddress(v.Reference)
	if page.shell, err = s.shell(c, "Show who it is", ""); err != nil {
		return err
	}
	page.Bad = len(page.Problems) > 0
	return s.render(c, status, "people_show", page)
}

// withoutReason sends who has to give a reason to the page that asks for it, and
// says there what is missing.
func (s *Console) withoutReason(c echo.Context, form url.Values, err error) error {
	var faults requests.FieldErrors
	if !errors.As(err, &faults) || faults["reason"] == "" {
		return err
	}
	if form.Get("asked") == "" {
		to := ""
		if at := form.Get("to"); shownAt(at) != shownAt("") {
			to = "?to=" + at
		}
		return site.SeeOther(c, requestAddress(c.Param("reference"))+"/show"+to)
	}
	return s.showReason(c, http.StatusUnprocessableEntity, showPage{
		To: form.Get("to"), Reason: site.Cut(form.Get("reason"), requests.MaxDetails),
		Problems: site.Problems{{Field: "reason", Sentence: strings.TrimSuffix(faults["reason"], ".")}},
	})
}
