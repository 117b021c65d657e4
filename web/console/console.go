// Package console is the door of the privacy team: the queue, the page of a
// request, its acts, and what the team sets about itself.
//
// It knows who is signed in and words what the rooms below answer. Whether an
// act is lawful, and when an answer is due, it asks; it knows no SQL and no law.
package console

import (
	"embed"

	"github.com/labstack/echo/v4"

	"dsr/reports"
	"dsr/web/site"
)

//go:embed all:templates assets
var files embed.FS

// Console is the pages of the team.
type Console struct {
	*site.Site
	pages   *site.Pages
	reports *reports.Desk
}

// Open makes the console in a house. It fails when a template is not sound.
func Open(house *site.Site) (*Console, error) {
	pages, err := house.Furnish(files)
	if err != nil {
		return nil, err
	}
	desk, err := reports.Open(house.DB, house.Book, house.Words)
	return &Console{Site: house, pages: pages, reports: desk}, err
}

// render writes a page of the console.
func (s *Console) render(c echo.Context, status int, name string, page any) error {
	return s.pages.Render(c, status, name, page)
}
