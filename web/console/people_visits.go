package console

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// visitsPage lists where somebody is signed in.
type visitsPage struct {
	shell
	Visits []visitRow
	Others bool // there are more than this one
}

// visitRow is one session as its owner sees it.
type visitRow struct {
	ID, Browser string
	Since, Seen string
	Here        bool
}

// visitRoutes are the addresses of a person's own sessions.
func (s *Console) visitRoutes() []site.Route {
	return []site.Route{
		site.Get("/console/me/sessions", site.Staff, s.visits),
		site.Post("/console/me/sessions/end-others", site.Staff, s.endOthers),
		site.Post("/console/me/sessions/:session/end", site.Staff, s.endVisit),
	}
}

// visits lists them.
func (s *Console) visits(c echo.Context) (err error) {
	ctx, page := c.Request().Context(), visitsPage{}
	list, err := s.People.Visits(ctx, s.Now(), site.Caller(c).ID, s.Desks.Token(ctx))
	if err != nil {
		return err
	}
	for _, v := range list {
		row := visitRow{ID: v.ID, Browser: v.Browser, Since: dayAndTime(v.Since), Seen: dayAndTime(v.Seen), Here: v.Here}
		if row.Browser == "" {
			row.Browser = "A browser"
		}
		page.Visits, page.Others = append(page.Visits, row), page.Others || !v.Here
	}
	if page.shell, err = s.shell(c, "Where you are signed in", ""); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "people_visits", page)
}

// dayAndTime writes an instant, or says that it is not known.
func dayAndTime(t time.Time) string {
	if t.IsZero() {
		return "not known"
	}
	return t.UTC().Format("Mon 2 Jan 2006, 15:04") + " UTC"
}

// endVisit ends one of them.
func (s *Console) endVisit(c echo.Context) error {
	caller := site.Caller(c)
	err := s.People.EndVisit(c.Request().Context(), caller.ID, c.Param("session"), requests.OnHouse(s.Now(), caller, "end_session", nil))
	if err != nil {
		return err
	}
	s.say(c, "That session has ended.")
	return site.SeeOther(c, "/console/me/sessions")
}

// endOthers ends all but this one.
func (s *Console) endOthers(c echo.Context) error {
	ctx, caller := c.Request().Context(), site.Caller(c)
	if err := s.People.EndOthers(ctx, caller.ID, s.Desks.Token(ctx), requests.OnHouse(s.Now(), caller, "end_other_sessions", nil)); err != nil {
		return err
	}
	s.say(c, "Every other session of yours has ended.")
	return site.SeeOther(c, "/console/me/sessions")
}
