package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/web/site"
)

// errorPage is what the page of an error shows. It stands in the frame of the
// console where somebody is signed in.
type errorPage struct {
	shell
	Icon          string
	Heading, Text string
	Details       []string // sentences of the law or the house
	Number        string   // to quote; the log has it too
	Again         string   // where the page can be asked for again, or ""
	Kept          string   // the way back to a form whose words were kept, or ""
	Quote, Back   string
}

// ShowFault shows the page of an error.
func (s *Console) ShowFault(c echo.Context, f site.Fault) error {
	w := s.Words.In("en")
	page := errorPage{
		Icon: "warn", Heading: w.T("errors." + f.Key + ".heading"), Text: w.T("errors." + f.Key + ".text"),
		Details: site.Details(f.Cause), Number: f.Number, Quote: w.T("errors.quote_admin"), Back: w.T("errors.console.back"),
	}
	if f.Wait > 0 {
		page.Text = w.N("errors."+f.Key+".wait", site.Minutes(f.Wait))
	}
	if f.Key == "forbidden" {
		page.Icon = "lock"
	}
	if f.Key == "signed_out" {
		page.Kept = s.keepTyped(c)
	}
	if f.Status >= http.StatusInternalServerError && c.Request().Method == http.MethodGet {
		page.Again = c.Request().URL.RequestURI()
	}
	if site.Caller(c).Kind == access.Staff {
		var err error
		if page.shell, err = s.around(c, page.Heading, ""); err == nil {
			return s.render(c, f.Status, "error", page)
		}
		s.Log.Error("the frame of an error broke", "number", f.Number, "error", err)
	}
	page.shell = shell{Title: page.Heading, Theme: themeOf(c)}
	return s.render(c, f.Status, "error_bare", page)
}

// nowhere answers for every address of the console that is in no table, so that
// whoever is signed in stays in its frame.
func (s *Console) nowhere(echo.Context) error { return echo.ErrNotFound }
