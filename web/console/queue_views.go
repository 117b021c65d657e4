package console

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// queueRoutes are the addresses around the list of requests.
func (s *Console) queueRoutes() []site.Route {
	return []site.Route{
		site.Get("/console/views", site.Staff, s.listViews),
		site.Post("/console/views", site.Staff, s.saveView),
		site.Get("/console/views/:view", site.Staff, s.askView),
		site.Post("/console/views/:view", site.Staff, s.changeView),
		site.Post("/console/views/:view/delete", site.Staff, s.deleteView),
		site.Get("/console/columns", site.Staff, s.askColumns),
		site.Post("/console/columns", site.Staff, s.chooseColumns),
		site.Post("/console/export", site.Staff, s.exportList),
		site.Get("/console/bulk", site.Staff, s.listBulks),
		site.Post("/console/bulk", site.Staff, s.prepareBulk),
		site.Get("/console/bulk/:bulk", site.Staff, s.showBulk),
		site.Post("/console/bulk/:bulk/check", site.Staff, s.checkBulk),
		site.Post("/console/bulk/:bulk/start", site.Staff, s.startBulk),
		site.Post("/console/bulk/:bulk/again", site.Staff, s.retryBulk),
	}
}

// savedMenu is the menu of saved views above a list.
type savedMenu struct {
	Mine, Shared []savedItem
	Current      string // the name of the one that is shown, or ""
	Save         string // address where the list can be saved; "" where it is a view already
}

// savedItem is one saved view.
type savedItem struct {
	Name, Href string
	Current    bool
}

// savedMenu lists the saved views and marks the one a filter is.
func (s *Console) savedMenu(c echo.Context, f requests.Filter) (savedMenu, error) {
	menu := savedMenu{Save: "/console/views?" + strings.TrimPrefix(queueAddress(f.String()), "/console?")}
	views, err := s.Office.Views(c.Request().Context(), site.Caller(c))
	for _, v := range views {
		item := savedItem{Name: v.Name, Href: queueAddress(v.Query), Current: v.Query == f.String()}
		if item.Current && menu.Current == "" {
			menu.Current = v.Name
		}
		if v.Mine {
			menu.Mine = append(menu.Mine, item)
		} else {
			menu.Shared = append(menu.Shared, item)
		}
	}
	if _, found := shippedView(f); found || menu.Current != "" || f.Searches() {
		menu.Save = ""
	}
	return menu, err
}

// viewsPage lists the saved views and saves another.
type viewsPage struct {
	shell
	Name, Query string
	Shared      bool
	Audience    string // with whom it would be shared
	Saving      bool   // a filter was handed over
	Back        string
	Saved       []viewRow
	Problems    site.Problems
}

// viewRow is a saved view of the list.
type viewRow struct {
	Name, Href, Query string
	Sharing           string
	Change            string // address, for one's own
}

// listViews shows the saved views; with a filter in the address it offers to
// save that one.
func (s *Console) listViews(c echo.Context) error {
	f := requests.ParseFilter(c.QueryParam("q"))
	return s.showViews(c, http.StatusOK, viewsPage{Query: f.String(), Saving: c.QueryParam("q") != ""})
}

func (s *Console) showViews(c echo.Context, status int, page viewsPage) (err error) {
	if page.shell, err = s.shell(c, "Views", ""); err != nil {
		return err
	}
	page.Bad = len(page.Problems) > 0
	page.Back, _ = backToList(c)
	page.Audience = s.audience(s.Office.ViewAudience(site.Caller(c), requests.ParseFilter(page.Query)))
	views, err := s.Office.Views(c.Request().Context(), site.Caller(c))
	if err != nil {
		return err
	}
	team, err := s.team(c)
	if err != nil {
		return err
	}
	for _, v := range views {
		row := viewRow{Name: v.Name, Href: queueAddress(v.Query), Query: v.Query, Sharing: "Only you"}
		switch {
		case v.Mine && v.Shared:
			row.Sharing = "Shared with " + s.audience(v.Policies)
		case !v.Mine:
			row.Sharing = "Shared by " + team.person(v.OwnerID)
		}
		if v.Mine {
			row.Change = fmt.Sprintf("/console/views/%d", v.ID)
		}
		page.Saved = append(page.Saved, row)
	}
	return s.render(c, status, "queue_views", page)
}

// audience says in words with whom a view is shared.
func (s *Console) audience(policies string) string {
	if policies == "*" {
		return "everybody who serves all policies"
	}
	names := strings.Split(policies, ",")
	for i, id := range names {
		names[i] = s.policyName(id)
	}
	return "everybody who serves " + enumerated(names, "and")
}

// saveView keeps a list under a name.
func (s *Console) saveView(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	v, err := s.Office.SaveView(c.Request().Context(), site.Caller(c), s.Now(), form.Get("name"), form.Get("list"), form.Has("shared"))
	var faults requests.FieldErrors
	switch {
	case errors.As(err, &faults):
		page := viewsPage{Name: form.Get("name"), Query: form.Get("list"), Shared: form.Has("shared"), Saving: true, Problems: fieldProblems(faults, "list", "name")}
		return s.showViews(c, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	s.say(c, "The view “"+v.Name+"” is saved.")
	return site.SeeOther(c, queueAddress(v.Query))
}

// fieldProblems lists the faults of a form in the order of its fields.
func fieldProblems(faults requests.FieldErrors, fields ...string) (list site.Problems) {
	for _, field := range fields {
		if faults[field] != "" {
			list = append(list, site.Problem{Field: field, Sentence: faults[field]})
		}
	}
	return list
}

// viewPage is one saved view and what can be done with it.
type viewPage struct {
	shell
	Name, Query string
	Shared      bool
	Audience    string
	Address     string
	Problems    site.Problems
}

// askView shows one of the caller's own views.
func (s *Console) askView(c echo.Context) error {
	v, err := s.viewAt(c)
	if err != nil {
		return err
	}
	return s.showView(c, http.StatusOK, v, nil)
}

// viewAt is the caller's own view in the address.
func (s *Console) viewAt(c echo.Context) (requests.SavedView, error) {
	id, err := site.Number(c, "view")
	if err != nil {
		return requests.SavedView{}, err
	}
	v, err := s.Office.View(c.Request().Context(), site.Caller(c), id)
	if err == nil && !v.Mine {
		return v, requests.ErrNotFound
	}
	return v, err
}

func (s *Console) showView(c echo.Context, status int, v requests.SavedView, problems site.Problems) (err error) {
	page := viewPage{Name: v.Name, Query: v.Query, Shared: v.Shared, Address: fmt.Sprintf("/console/views/%d", v.ID), Problems: problems}
	page.Audience = s.audience(s.Office.ViewAudience(site.Caller(c), requests.ParseFilter(v.Query)))
	if page.shell, err = s.shell(c, "Change a view", ""); err != nil {
		return err
	}
	page.Bad = len(problems) > 0
	return s.render(c, status, "queue_view", page)
}

// changeView renames a view, shares it or takes it back.
func (s *Console) changeView(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	v, err := s.viewAt(c)
	if err != nil {
		return err
	}
	changed, err := s.Office.ChangeView(c.Request().Context(), site.Caller(c), s.Now(), v.ID, form.Get("name"), form.Has("shared"))
	var faults requests.FieldErrors
	if errors.As(err, &faults) {
		v.Name, v.Shared = form.Get("name"), form.Has("shared")
		return s.showView(c, http.StatusUnprocessableEntity, v, fieldProblems(faults, "name"))
	}
	if err != nil {
		return err
	}
	s.say(c, "The view “"+changed.Name+"” is changed.")
	return site.SeeOther(c, "/console/views")
}

// deleteView takes a view away. The requests in it stay as they are.
func (s *Console) deleteView(c echo.Context) error {
	v, err := s.viewAt(c)
	if err != nil {
		return err
	}
	if err := s.Office.DeleteView(c.Request().Context(), site.Caller(c), s.Now(), v.ID); err != nil {
		return err
	}
	s.say(c, "The view “"+v.Name+"” is deleted. The requests in it are as they were.")
	return site.SeeOther(c, "/console/views")
}
