package web

import (
	"net/url"

	"dsr/web/site"

	"github.com/labstack/echo/v4"
)

// errorPage is what the page of an error shows.
type errorPage struct {
	frame
	Icon    string
	Heading string
	Text    string
	Number  string // to quote; the log has it too
	Action  *action
}

// action is the one thing a person can do next.
type action struct {
	Href, Label string
	Post        bool // a form with a button, for what changes something
}

// showFault shows the page of an error.
func (s *public) showFault(c echo.Context, f site.Fault) error {
	page := errorPage{frame: s.frame(c, s.packOf(c)), Icon: "warn", Number: f.Number}
	page.Here = "" // an address that failed leads nowhere, and may name a request
	page.Heading, page.Text = page.T("errors."+f.Key+".heading"), page.T("errors."+f.Key+".text")
	if f.Wait > 0 {
		page.Text = page.N("errors."+f.Key+".wait", site.Minutes(f.Wait))
	}
	page.Title, page.Action = page.Heading, s.wayOn(c, page.frame, f.Key)
	return s.render(c, f.Status, "errors/error", page)
}

// wayOn is what a requester can do next about an error, or nil.
func (s *public) wayOn(c echo.Context, f frame, key string) *action {
	switch key {
	case "draft":
		return &action{Href: "/" + c.Param("policy") + "/request", Label: f.T("errors.draft.action")}
	case "no_visit", "ticket":
		return &action{Href: s.followURL(s.packOf(c)), Label: f.T("errors.no_visit.action")}
	case "code_tries":
		return &action{Href: pageBefore(c), Label: f.T("errors.code_tries.action")}
	case "files_ended":
		return &action{Href: "/my/" + url.PathEscape(c.Param("reference")) + "/renew", Label: f.T("portal.files.renew"), Post: true}
	}
	return nil
}
