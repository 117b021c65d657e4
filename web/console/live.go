package console

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// livePage says how many requests came into a list since it was shown.
type livePage struct {
	New  int
	Href string // of the list
}

// liveRoutes are the addresses that an open list asks by itself.
func (s *Console) liveRoutes() []site.Route {
	ask := site.Get("/console/live", site.Staff, s.live)
	ask.Asks = true
	return []site.Route{ask}
}

// Live is where the list that is shown asks for what is new.
func (p queuePage) Live() string {
	return "/console/live?" + url.Values{"q": {p.Query}, "since": {strconv.FormatInt(p.At.UnixMilli(), 10)}}.Encode()
}

// live answers with the line that stands above the list: the rows themselves
// never move under somebody's hand. Who comes here by hand is led to the list.
func (s *Console) live(c echo.Context) error {
	list := queueAddress(c.QueryParam("q"))
	if c.Request().Header.Get("HX-Request") == "" {
		return site.SeeOther(c, list)
	}
	now, since := s.Now(), s.Now()
	if ms, err := strconv.ParseInt(c.QueryParam("since"), 10, 64); err == nil {
		since = time.UnixMilli(ms)
	}
	n, err := s.Office.Arrived(c.Request().Context(), site.Caller(c), now, requests.ParseFilter(c.QueryParam("q")), since, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "live", livePage{New: n, Href: list})
}
