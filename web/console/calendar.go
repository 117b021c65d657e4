package console

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/feeds"
	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// calendarPage is where somebody of the team makes, changes and revokes the
// address their own calendar reads due dates from.
type calendarPage struct {
	shell
	Has      bool
	Address  string // shown once, when it was made
	Made     string
	Read     string
	Scopes   []option
	Problems site.Problems
}

const calendarAddress = "/console/me/calendar"

// calendarRoutes are the addresses of this file. That of a calendar itself is
// for everybody: the secret in it says whose it is.
func (s *Console) calendarRoutes() []site.Route {
	return []site.Route{
		site.Get(calendarAddress, site.Staff, s.calendar),
		site.Post(calendarAddress, site.Staff, s.makeCalendar),
		site.Post(calendarAddress+"/choose", site.Staff, s.chooseCalendar),
		site.Post(calendarAddress+"/revoke", site.Staff, s.revokeCalendar),
		site.Get("/calendar/:file", site.Everyone, s.serveCalendar),
	}
}

// feeds are the calendars of the house.
func (s *Console) feeds() *feeds.Feeds { return feeds.Open(s.DB, s.Office, s.People, s.Words) }

// calendar shows the page.
func (s *Console) calendar(c echo.Context) error { return s.showCalendar(c, http.StatusOK, "", nil) }

// showCalendar shows the page, with the address just after it was made.
func (s *Console) showCalendar(c echo.Context, status int, secret string, faults site.Problems) error {
	page := calendarPage{Problems: faults}
	if secret != "" {
		page.Address = s.Office.BaseURL() + "/calendar/" + secret + ".ics"
	}
	feed, err := s.feeds().Of(c.Request().Context(), site.Caller(c))
	switch {
	case errors.Is(err, feeds.ErrNotFound):
		feed.Scope = feeds.Mine
	case err != nil:
		return err
	default:
		page.Has, page.Made, page.Read = true, feed.MadeAt.UTC().Format("2 Jan 2006"), "not yet"
		if !feed.ReadAt.IsZero() {
			page.Read = feed.ReadAt.UTC().Format("2 Jan 2006, 15:04 MST")
		}
	}
	page.Scopes = []option{
		{Value: string(feeds.Mine), Label: "Requests assigned to me", Chosen: feed.Scope == feeds.Mine},
		{Value: string(feeds.All), Label: "All requests I may see", Chosen: feed.Scope == feeds.All},
	}
	if page.shell, err = s.shell(c, "Calendar", ""); err != nil {
		return err
	}
	page.Bad = len(faults) > 0
	return s.render(c, status, "calendar", page)
}

// makeCalendar makes a new address and shows it this once. It answers with the
// page itself: to lead on to another the secret would have to be kept somewhere.
func (s *Console) makeCalendar(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	secret, err := s.feeds().Make(c.Request().Context(), site.Caller(c), s.Now(), feeds.Scope(form.Get("scope")))
	if errors.Is(err, feeds.ErrScope) {
		return s.showCalendar(c, http.StatusUnprocessableEntity, "", chooseScope())
	}
	if err != nil {
		return err
	}
	return s.showCalendar(c, http.StatusOK, secret, nil)
}

func chooseScope() site.Problems {
	return site.Problems{{Field: "scope", Sentence: "Choose which requests the calendar shows"}}
}

// chooseCalendar changes what the calendar shows; its address stays.
func (s *Console) chooseCalendar(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	err = s.feeds().Choose(c.Request().Context(), site.Caller(c), s.Now(), feeds.Scope(form.Get("scope")))
	switch {
	case errors.Is(err, feeds.ErrScope):
		return s.showCalendar(c, http.StatusUnprocessableEntity, "", chooseScope())
	case err != nil && !errors.Is(err, feeds.ErrNotFound):
		return err
	case err == nil:
		s.say(c, "Changed. Your calendar shows it the next time it asks.")
	}
	return site.SeeOther(c, calendarAddress)
}

// revokeCalendar takes the address away.
func (s *Console) revokeCalendar(c echo.Context) error {
	err := s.feeds().Revoke(c.Request().Context(), site.Caller(c), s.Now())
	if err != nil && !errors.Is(err, feeds.ErrNotFound) {
		return err
	}
	s.say(c, "The address opens nothing any more. Take it out of your calendar.")
	return site.SeeOther(c, calendarAddress)
}

// How often calendars are read: by one network, in which a whole team may sit,
// and by one address. What is typed is counted alike whether it opens one or not.
func perNetwork() people.Limit { return people.Limit{Count: 1200, Per: time.Hour} }
func perCalendar() people.Limit {
	return people.Limit{Count: 120, Per: time.Hour}
}

// serveCalendar answers a calendar program. What opens no calendar is not found,
// whatever the reason.
func (s *Console) serveCalendar(c echo.Context) error {
	secret, named := strings.CutSuffix(c.Param("file"), ".ics")
	if !named || len(secret) > 100 {
		return requests.ErrNotFound
	}
	if err := s.Allow(c, "calendar", s.Network(c), perNetwork()); err != nil {
		return err
	}
	if err := s.Allow(c, "calendar-address", secret, perCalendar()); err != nil {
		return err
	}
	reading, err := s.feeds().Read(c.Request().Context(), s.Now(), secret)
	if errors.Is(err, feeds.ErrNotFound) {
		return requests.ErrNotFound
	}
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/calendar; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, `inline; filename="privacy-requests.ics"`)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", reading.ETag)
	c.Request().Header.Del("Range") // a part of a calendar is none
	http.ServeContent(c.Response(), c.Request(), "", reading.Changed, bytes.NewReader(reading.Content))
	return nil
}
