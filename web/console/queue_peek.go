package console

import (
	"errors"
	"fmt"
	"html/template"
	"net/url"

	"github.com/labstack/echo/v4"

	"dsr/requests"
	"dsr/web/site"
)

// peekPanel is a request beside the list it stands in.
type peekPanel struct {
	Ref, Href  string
	Right      string
	Tag        dueText
	TagClass   string
	Facts      []fact
	Cards      []clockCard
	Strip      template.HTML
	Lines      []timelineLine
	Primary    *actLink
	Shut       string // the list without the panel
	Prev, Next string // the neighbours on this page
}

// peekLines is how many of the last events a panel shows.
const peekLines = 5

// peekAddress is the list as it is shown, with a request beside it; none where
// its filter is too long to be repeated in each row.
func peekAddress(c echo.Context, reference string) string {
	q := listAddress(c)
	if len(q.Get("q")) > longestMenus {
		return ""
	}
	q.Set("peek", reference)
	return "?" + q.Encode()
}

// listAddress is the query of the list that is shown, without a panel.
func listAddress(c echo.Context) url.Values {
	q := url.Values{}
	for _, name := range []string{"q", "after", "before", "n"} {
		if v := c.QueryParam(name); v != "" {
			q.Set(name, v)
		}
	}
	return q
}

// peek opens the request that the address wants beside the list, or nil. One
// that is not there, or not for the caller, is told like a filter's fault.
func (s *Console) peek(c echo.Context, team voice, page *queuePage) (*peekPanel, error) {
	reference := c.QueryParam("peek")
	if reference == "" {
		return nil, nil
	}
	v, err := s.Office.Open(c.Request().Context(), site.Caller(c), s.Now(), reference, false)
	if errors.Is(err, requests.ErrNotFound) {
		page.Faults = append(page.Faults, "The request you wanted beside the list is not there.")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	place, err := s.Book.Place(v.Ruling.Zone, v.Ruling.Calendar)
	if err != nil {
		return nil, err
	}
	p := &peekPanel{Ref: v.Reference, Href: requestAddress(v.Reference), Right: team.right(v.Right)}
	p.Tag, p.TagClass = tagOf(v, place)
	p.Cards = clockwork{View: v, place: place, book: s.Book}.cards()
	if v.Phase != requests.Aside {
		p.Strip = stripFor(v.Request, place, v.Now).Mini()
	}
	p.Primary, _ = actLinks(v)
	t := teller{voice: team, caller: site.Caller(c).ID, place: place, now: v.Now, req: v}
	p.Facts = peekFacts(t, v)
	for i := max(0, len(v.Timeline)-peekLines); i < len(v.Timeline); i++ {
		line := t.line(&v.Timeline[i])
		line.Clock, line.Link = ago(v.Timeline[i].At, v.Now, place.Zone), "" // it leads to a place on another page
		p.Lines = append(p.Lines, line)
	}
	p.link(c, page.Rows)
	return p, nil
}

// peekFacts are the facts that stand in the list too, and the little more that
// decides whether to open the page.
func peekFacts(t teller, v *requests.View) []fact {
	next := v.Next()
	facts := []fact{
		{Name: "Requester", Text: v.Person.Email}, {Name: "Place and law", Text: placeAndLaw(t, v)}, {Name: "Phase", Text: requests.PhaseName(v.Phase)},
		{Name: "Next step", Text: joined(next.What, whose(next, v.AssigneeID, t.caller))},
	}
	assignee := "Nobody"
	if v.AssigneeID != 0 {
		assignee = t.voice.person(v.AssigneeID)
	}
	facts = append(facts, fact{Name: "Assignee", Text: assignee})
	if len(v.Facts.Labels) > 0 {
		facts = append(facts, fact{Name: "Labels", Text: joined(v.Facts.Labels...)})
	}
	return facts
}

// placeAndLaw names residence and law of a request.
func placeAndLaw(t teller, v *requests.View) string {
	return joined(t.voice.place(v.Residence), v.Ruling.RegimeName)
}

// joined writes words after each other, without those that are empty.
func joined(words ...string) string {
	text := ""
	for _, w := range words {
		switch {
		case w == "":
		case text == "":
			text = w
		default:
			text += ", " + w
		}
	}
	return text
}

// link sets where the panel's own links lead.
func (p *peekPanel) link(c echo.Context, rows []queueRow) {
	p.Shut = "/console?" + listAddress(c).Encode()
	for i, row := range rows {
		if row.Ref != p.Ref {
			continue
		}
		if i > 0 {
			p.Prev = rows[i-1].PeekHref
		}
		if i+1 < len(rows) {
			p.Next = rows[i+1].PeekHref
		}
	}
}

// aroundLinks are the steps from a request to its neighbours in the list it was
// opened from.
type aroundLinks struct {
	Prev, Next string // addresses, or ""
	Place      string // 3 of 17
}

// neighbours finds them; there are none for a request that was found by a search.
func (s *Console) neighbours(c echo.Context, reference string) (*aroundLinks, error) {
	f, found := openedFrom(c)
	if !found || f.Searches() {
		return nil, nil
	}
	a, err := s.Office.Around(c.Request().Context(), site.Caller(c), s.Now(), f, reference)
	if err != nil {
		return nil, err
	}
	links := new(aroundLinks)
	if a.Prev != "" {
		links.Prev = requestAddress(a.Prev)
	}
	if a.Next != "" {
		links.Next = requestAddress(a.Next)
	}
	if a.Position > 0 {
		links.Place = fmt.Sprintf("%s of %s", grouped(a.Position), grouped(a.Total))
	}
	return links, nil
}
