package console

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// destinationView is a domain that letters wait for.
type destinationView struct{ Domain, Count, Why, Last string }

// returnedShown is how many letters that came back the page lists.
const returnedShown = 50

// addTroubles adds where letters wait and which came back.
func (s *Console) addTroubles(c echo.Context, v voice, page *mailPage) error {
	ctx, caller := c.Request().Context(), site.Caller(c)
	waiting, err := s.Office.Destinations(ctx, caller)
	if err != nil {
		return err
	}
	for _, d := range waiting {
		view := destinationView{Domain: d.Domain, Count: counted(d.Waiting, "letter"), Why: whyWaiting(d), Last: stamp(d.LastAt)}
		if d.Domain == "" {
			view.Domain = "other domains, a single letter each"
		}
		page.Waiting = append(page.Waiting, view)
	}
	returned, all, err := s.Office.Returned(ctx, caller, returnedShown)
	if err != nil {
		return err
	}
	for _, l := range returned {
		view := stuckView{Kind: v.letter(l.Kind), To: readerOf(l.Audience), Reference: l.Reference, Policy: l.Policy, Written: stamp(l.BouncedAt), Error: l.Error}
		if l.Reference != "" {
			view.Href = requestAddress(l.Reference)
		}
		page.Returned = append(page.Returned, view)
	}
	page.Figures = append(page.Figures, mailFigure{Name: "Came back", Value: fmt.Sprint(all), Note: "taken by a mail server, and not delivered after all"})
	return nil
}

// whyWaiting says why letters wait for a domain, and since when.
func whyWaiting(d requests.Destination) string {
	why := map[string]string{
		"greylisted": "asked to come again later (greylisted)", "refused": "not taken for now",
		"unreachable": "your mail server could not be reached", "paced": "as many left as may in a minute",
	}[d.Kind]
	return why + ", since " + stamp(d.Since)
}

// readerOf says whom a letter of the post goes to.
func readerOf(audience string) string {
	switch audience {
	case "staff":
		return "the team"
	case "agent":
		return "an agent"
	case "colleague":
		return "a colleague"
	}
	return "the requester"
}
