package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

type startPage struct {
	frame
	Houses  []house
	Mailbox bool
}

// start lists the policies under which somebody can ask.
func (s *public) start(c echo.Context) error {
	page := startPage{frame: s.frame(c, nil), Mailbox: s.Inbox != nil}
	for _, p := range s.Book.Packs() {
		page.Houses = append(page.Houses, houseOf(p))
	}
	page.Title = page.T("ask.start.heading")
	return s.render(c, http.StatusOK, "ask/start", page)
}

// policyUse tells what is done with what somebody enters.
func (s *public) policyUse(c echo.Context) error { return s.text(c, "use") }

// policyAccess tells how the pages can be used, and whom to tell where not.
func (s *public) policyAccess(c echo.Context) error { return s.text(c, "access") }

type textPage struct {
	frame
	Paragraphs []string
}

func (s *public) text(c echo.Context, name string) error {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	page := textPage{frame: s.frame(c, pack)}
	page.Title = page.T("ask." + name + ".heading")
	for _, n := range []string{"1", "2", "3", "4"} {
		page.Paragraphs = append(page.Paragraphs, page.T("ask."+name+"."+n, "name", pack.Controller.Name, "contact", pack.Contacts.Privacy))
	}
	return s.render(c, http.StatusOK, "ask/text", page)
}

// health answers who watches over the program: it says no more than that the
// database can be read.
func (s *public) health(c echo.Context) error {
	if err := s.DB.Read().PingContext(c.Request().Context()); err != nil {
		return err
	}
	return c.String(http.StatusOK, "ok\n")
}

// robots keeps search engines off every page.
func (s *public) robots(c echo.Context) error {
	return c.String(http.StatusOK, "User-agent: *\nDisallow: /\n")
}

// gpcSince is the day from which these pages honour Global Privacy Control.
const gpcSince = "2026-11-21"

// gpc tells browsers that the signal is honoured (Global Privacy Control,
// section 3.3: the support resource).
func (s *public) gpc(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]any{"gpc": true, "lastUpdate": gpcSince})
}
