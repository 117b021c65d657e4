package web

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/policies"
	"dsr/web/site"
)

// formPath begins the address of every page of the form, in the table of routes.
const formPath = "/:policy/request"

// framable reports whether the pages of a route may stand in a frame of another
// site: the form up to its confirmation, and the choice of a language on the
// way. Everything behind a link or a password never does, so that nobody is
// brought to press a button they do not see (clickjacking).
func framable(r site.Route) bool {
	return r.Path == "/language" || r.Path == formPath || strings.HasPrefix(r.Path, formPath+"/")
}

// framers lists the origins whose pages may show this one: those that the owner
// of the policy allows.
func (s *public) framers(c echo.Context) []string {
	pack := s.packOf(c)
	if back := backTo(c.QueryParam("back")); pack == nil && isForm(back) {
		pack = s.packBehind(back)
	}
	if pack == nil {
		return nil
	}
	return pack.Embed.Origins
}

// isForm reports whether an address of this site is a page of the form.
func isForm(address string) bool {
	path, _, _ := strings.Cut(address, "?")
	parts := strings.Split(path, "/")
	return len(parts) > 2 && parts[2] == "request"
}

// inFrames lets the pages of the form stand in frames.
func (s *public) inFrames(table []site.Route) []site.Route {
	for i, r := range table {
		if framable(r) {
			table[i].Handle = func(c echo.Context) error {
				s.allowFrame(c)
				return r.Handle(c)
			}
		}
	}
	return table
}

// allowFrame opens a page of the form to the origins of its policy, also to
// pages that isolate themselves (Cross-Origin-Embedder-Policy), which take in
// nothing that does not say so itself.
func (s *public) allowFrame(c echo.Context) {
	origins := s.framers(c)
	if len(origins) == 0 {
		return
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", site.ContentPolicy(strings.Join(origins, " ")))
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Add("Vary", "Sec-Fetch-Dest")
}

// inFrame reports whether a page of the form is being shown in a frame (Fetch
// Metadata, section 2.1). Of a browser that does not say, it is assumed where
// frames are allowed: a link that opens a window of its own works either way.
func inFrame(c echo.Context, p *policies.Pack) bool {
	if p == nil || len(p.Embed.Origins) == 0 {
		return false
	}
	switch c.Request().Header.Get("Sec-Fetch-Dest") {
	case "iframe", "frame", "":
		return isForm(c.Request().URL.Path) || c.Path() == "/language"
	}
	return false
}

// linkedRight is the right that the link to the form names, or "". Whoever
// pressed "Delete my data" on a page of the company has said what they want, so
// it is ticked for them, and the form says that the link did it. A link that
// names several has been made by somebody who was not asked: it ticks nothing.
func (s *public) linkedRight(c echo.Context, p *policies.Pack) policies.Right {
	named := c.QueryParams()["right"]
	if len(named) != 1 {
		return ""
	}
	right, err := policies.ParseRight(named[0])
	if err != nil || !slices.Contains(s.Book.Given(p, "", s.Now()), right) {
		return ""
	}
	return right
}
