package console

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
	"dsr/wording"
)

// letterTextsPage lists the letters of one policy, in each language.
type letterTextsPage struct {
	shell
	Policies  []tabLink
	Policy    string
	Languages []string
	Letters   []letterTextLine
	Others    []letterTextLine // to agents and staff, which say the same for every company
	Changed   string
}

// tabLink is one of several views of a page.
type tabLink struct {
	Name, Href string
	Current    bool
}

// letterTextLine is one letter with its texts.
type letterTextLine struct {
	Name, When string
	Texts      []letterTextCell
}

// letterTextCell is the text of one language.
type letterTextCell struct {
	Language, Href string
	Version        int  // 0: nobody ever changed it
	Own            bool // what it says is not all shipped
	Outgrown       bool // a sentence of it is left out, because the shipped one changed
}

// letterTexts shows the list.
func (s *Console) letterTexts(c echo.Context) (err error) {
	if err := allowed(c, access.ReadAudit, ""); err != nil {
		return err
	}
	packs := s.controllers(site.Caller(c))
	if len(packs) == 0 {
		return requests.ErrNotFound
	}
	policy := c.QueryParam("policy")
	if policy == "" {
		policy = packs[0].ID
	}
	page := letterTextsPage{}
	if page.Policy, err = s.packNamed(c, policy); err != nil {
		return err
	}
	if page.shell, err = s.shell(c, "Texts of letters", ""); err != nil {
		return err
	}
	for _, p := range packs {
		page.Policies = append(page.Policies, tabLink{p.Controller.Name, "/console/settings/letters?policy=" + url.QueryEscape(p.ID), p.ID == policy})
	}
	versions, err := s.Office.Texts().Changed(c.Request().Context(), policy)
	if err != nil {
		return err
	}
	page.list(s.Office.Texts(), policy, versions)
	return s.render(c, http.StatusOK, "settings_letters", page)
}

// list makes the table.
func (page *letterTextsPage) list(book *wording.Book, policy string, versions []wording.Version) {
	current, own := map[wording.Place]wording.Version{}, 0
	for _, v := range versions {
		current[v.Place] = v
	}
	for _, l := range book.Languages() {
		page.Languages = append(page.Languages, l.Name)
	}
	for _, letter := range wording.Letters() {
		line := letterTextLine{Name: letter.Name, When: letter.When}
		for _, l := range book.Languages() {
			v := current[wording.Place{Policy: policy, Kind: letter.Kind, Language: l.Tag}]
			cell := letterTextCell{
				Language: l.Name, Href: letterTextAddress(wording.Place{Policy: policy, Kind: letter.Kind, Language: l.Tag}),
				Version: v.Number, Own: len(v.Texts) > 0, Outgrown: len(v.Texts) > 0 && len(book.Outgrown(v)) > 0,
			}
			if cell.Own {
				own++
			}
			line.Texts = append(line.Texts, cell)
		}
		page.Letters = append(page.Letters, line)
	}
	page.Others = otherLetters(policy)
	page.Changed = "All of them say what is shipped"
	if own > 0 {
		page.Changed = counted(own, "text") + " of your own"
	}
}

// letterTextAddress is the page of one text.
func letterTextAddress(at wording.Place) string {
	return "/console/settings/letters/" + url.PathEscape(at.Policy) + "/" + at.Kind + "/" + at.Language
}
