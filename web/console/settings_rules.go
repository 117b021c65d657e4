package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// editionsPage lists every edition of packs and laws that requests stand on.
type editionsPage struct {
	shell
	Packs, Laws []editionGroup
	Older       int // open requests on editions that are not in force
}

// editionGroup is one pack or law with its editions, the one in force first.
type editionGroup struct {
	Name, Href string
	Editions   []editionLine
}

// editionLine is one edition.
type editionLine struct {
	Version, Hash, Since string
	InForce              bool
	Open                 int
	Diff                 string // address of the difference to the one in force, or ""
}

// editions shows the list.
func (s *Console) editions(c echo.Context) (err error) {
	if err := allowed(c, access.ReadAudit, ""); err != nil {
		return err
	}
	list, err := s.Office.RuleEditions(c.Request().Context(), site.Caller(c))
	if err != nil {
		return err
	}
	var page editionsPage
	if page.shell, err = s.shell(c, "Editions of policies and laws", ""); err != nil {
		return err
	}
	for len(list) > 0 {
		first := list[0]
		n := slices.IndexFunc(list, func(e requests.RuleEdition) bool { return e.ID != first.ID || e.Kind != first.Kind })
		if n < 0 {
			n = len(list)
		}
		group := s.editionGroup(list[:n])
		for _, e := range list[:n] {
			if !e.InForce {
				page.Older += e.Open
			}
		}
		if first.Kind == "pack" {
			page.Packs = append(page.Packs, group)
		} else {
			page.Laws = append(page.Laws, group)
		}
		list = list[n:]
	}
	return s.render(c, http.StatusOK, "settings_rules", page)
}

// editionGroup words the editions of one pack or law.
func (s *Console) editionGroup(list []requests.RuleEdition) editionGroup {
	first := list[0]
	group := editionGroup{Name: s.editionName(first), Href: "/console/laws/" + strings.ToLower(first.ID)}
	if first.Kind == "pack" {
		group.Href = "/console/policies/" + first.ID
	}
	if !first.InForce { // the file is gone, and its page with it
		group.Href = ""
	}
	for _, e := range list {
		line := editionLine{Version: e.Version, Hash: shortHash(e.SHA256), Since: stamp(e.Since), InForce: e.InForce, Open: e.Open}
		if e.SHA256 != first.SHA256 {
			line.Diff = "/console/settings/rules/difference?" + url.Values{"old": {e.SHA256}, "new": {first.SHA256}}.Encode()
		}
		group.Editions = append(group.Editions, line)
	}
	return group
}

// editionName is the name of a pack's controller, or of a law.
func (s *Console) editionName(e requests.RuleEdition) string {
	if e.Kind == "pack" {
		return s.policyName(e.ID)
	}
	if r, err := s.Book.Regime(e.ID); err == nil {
		return r.Name
	}
	return e.ID
}

// editionDiffPage is the difference between two editions.
type editionDiffPage struct {
	shell
	Name                string
	OldVersion, OldHash string
	OldSince            string
	NewVersion, NewHash string
	NewSince            string
	Open                int // requests that keep the old one
	Pack                bool
	Changes             []policies.Change
	Lines               []policies.Line
}

// editionDiff shows it.
func (s *Console) editionDiff(c echo.Context) (err error) {
	if err := allowed(c, access.ReadAudit, ""); err != nil {
		return err
	}
	d, err := s.Office.DiffRules(c.Request().Context(), site.Caller(c), c.QueryParam("old"), c.QueryParam("new"))
	if errors.Is(err, requests.ErrNoRules) {
		return requests.ErrNotFound
	}
	if err != nil {
		return err
	}
	page := editionDiffPage{
		Name: s.editionName(d.Fresh), Pack: d.Old.Kind == "pack", Open: d.Old.Open, Changes: d.Changes, Lines: d.Lines,
		OldVersion: d.Old.Version, OldHash: shortHash(d.Old.SHA256), OldSince: stamp(d.Old.Since),
		NewVersion: d.Fresh.Version, NewHash: shortHash(d.Fresh.SHA256), NewSince: stamp(d.Fresh.Since),
	}
	if page.shell, err = s.shell(c, "What differs", ""); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "settings_difference", page)
}
