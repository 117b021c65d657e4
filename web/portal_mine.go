package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
	"dsr/words"
)

// ownRequest is one request on a page that shows several.
type ownRequest struct {
	*dates
	House    string // whose it is, where a visit opens requests to several
	Lead     string
	Says     string
	Href     string
	Withdraw bool
	Aside    bool
}

type minePage struct {
	frame
	Lead     string
	Requests []ownRequest
	Before   string // addresses of the pages before and after, or ""
	After    string
}

const (
	// othersShown is how many other requests stand below one, minePerPage how
	// many on a page of the list: a bar of dates takes its room.
	othersShown = 2
	minePerPage = 8
)

// mine shows all requests that the visit opens, or leads to the only one.
func (s *public) mine(c echo.Context) error {
	if caller := site.Caller(c); caller.Kind == access.Agent && len(caller.Submissions) == 0 {
		return site.SeeOther(c, "/agent")
	}
	list, err := s.sorted(c)
	if err != nil {
		return err
	}
	switch len(list) {
	case 0:
		return site.ErrNoVisit
	case 1:
		return site.SeeOther(c, "/my/"+url.PathEscape(list[0].Reference))
	}
	return s.showList(c, list)
}

// showList renders one page of the list.
func (s *public) showList(c echo.Context, list []*requests.Request) (err error) {
	from, _ := strconv.Atoi(c.QueryParam("from"))
	if from < 0 || from >= len(list) {
		from = 0
	}
	page := minePage{frame: s.frame(c, s.packOfAll(list))}
	page.Title, page.Lead = page.T("portal.mine.heading"), page.N("portal.mine.lead", len(list))
	shown := list[from:min(from+minePerPage, len(list))]
	if page.Requests, err = s.own(c, page.Printer, shown, page.House.ID == ""); err != nil {
		return err
	}
	if from > 0 && page.Here != "" {
		page.Here = c.Request().URL.Path + "?from=" + strconv.Itoa(from)
	}
	if from > 0 {
		page.Before = "/my?from=" + strconv.Itoa(max(0, from-minePerPage))
	}
	if next := from + minePerPage; next < len(list) {
		page.After = "/my?from=" + strconv.Itoa(next)
	}
	return s.render(c, http.StatusOK, "portal/mine", page)
}

// sorted lists what the visit opens: first what waits for its reader, then what
// is answered, then the rest by its day. An agent who came by their own link
// has a list of their own instead.
func (s *public) sorted(c echo.Context) ([]*requests.Request, error) {
	list, err := s.Office.Mine(c.Request().Context(), site.Caller(c), s.Now())
	slices.SortStableFunc(list, func(a, b *requests.Request) int {
		if d := urgency(a) - urgency(b); d != 0 {
			return d
		}
		return a.DueAt.Compare(b.DueAt)
	})
	return list, err
}

// urgency orders requests by how much their requester has to do with them.
func urgency(r *requests.Request) int {
	switch stage := stageOf(r); {
	case stage == "question" || stage == "proof" || stage == "authority":
		return 0
	case stage == requests.Lapsed:
		return 1
	case r.Phase == requests.Answer:
		return 2
	case r.Open():
		return 3
	}
	return 4
}

// packOfAll is the policy of a list of requests, or nil for several.
func (s *public) packOfAll(list []*requests.Request) *policies.Pack {
	for _, r := range list {
		if r.Policy != list[0].Policy {
			return nil
		}
	}
	return s.PackNamed(list[0].Policy)
}

// own words requests for a page that shows several.
func (s *public) own(c echo.Context, w words.Printer, list []*requests.Request, named bool) ([]ownRequest, error) {
	lines := make([]ownRequest, len(list))
	for i, r := range list {
		v, err := s.Office.Open(c.Request().Context(), site.Caller(c), s.Now(), r.Reference, false)
		if err != nil {
			return nil, err
		}
		k, err := s.reading(w, v, s.ActingOn(c, v.Request))
		if err != nil {
			return nil, err
		}
		if lines[i], err = k.own(v); err != nil {
			return nil, err
		}
		if named {
			lines[i].House = v.Pack.Controller.Name
		}
	}
	return lines, nil
}

func (k *calendar) own(v *requests.View) (ownRequest, error) {
	d, err := k.dates()
	if err != nil {
		return ownRequest{}, err
	}
	return ownRequest{
		dates: d, Lead: k.lead(), Says: k.T("portal.stage." + k.stage() + ".text"), Href: "/my/" + url.PathEscape(v.Reference),
		Withdraw: withdrawable(v.Request), Aside: v.Phase == requests.Aside,
	}, nil
}

// addOthers adds the other requests of the visit, the most urgent ones.
func (s *public) addOthers(page *statusPage, c echo.Context, v *requests.View) error {
	list, err := s.sorted(c)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(r *requests.Request) bool { return r.ID == v.ID })
	page.More = len(list)
	page.Others, err = s.own(c, page.Printer, list[:min(len(list), othersShown)], false)
	return err
}
