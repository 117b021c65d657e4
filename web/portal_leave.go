package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
)

// leave ends the visit in this browser.
func (s *public) leave(c echo.Context) error { return s.left(c, "portal.left.text") }

// leaveEverywhere ends every visit to the same requests, in every browser. What
// a link opens from now on begins anew.
func (s *public) leaveEverywhere(c echo.Context) error {
	ctx := context.WithoutCancel(c.Request().Context())
	callers, err := s.Visiting(ctx)
	if err != nil {
		return err
	}
	for _, caller := range callers {
		if err := s.Office.SignOut(ctx, caller, s.Now()); err != nil {
			return err
		}
	}
	return s.left(c, "portal.left.everywhere")
}

// left forgets the visit and says so.
func (s *public) left(c echo.Context, key string) error {
	if err := s.Visits.Destroy(c.Request().Context()); err != nil {
		return err
	}
	page := sentPage{frame: s.frame(c, nil), Follow: s.followURL(nil)}
	page.Here = "" // this page came by a button: its address leads elsewhere
	page.Title, page.Text = page.T("portal.left.heading"), page.T(key)
	return s.render(c, http.StatusOK, "portal/left", page)
}
