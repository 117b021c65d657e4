package web

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/strip"
)

// queuePage is the list of requests: the console's home.
type queuePage struct {
	shell
	Heading string
	Closed  bool   // the list is of requests that are closed or set aside, the last first
	Ended   string // what its dates are: Closed, Set aside
	Total   string // 17 requests
	Query   string
	Faults  []string
	Chips   []chip
	Menus   []chipMenu
	Rows    []queueRow
	Ruler   template.HTML
	Caption string
	Range   string // 1 to 17 of 17
	Prev    string // address, or ""
	Next    string
	Empty   *emptyList
}

// queueRow is one request of the list.
type queueRow struct {
	Ref, Href   string
	Last        bool // the one opened last
	Due         dueText
	Mini        template.HTML
	Person      string
	Right       string
	Place, Law  string
	Phase       string
	Step, Whose string
	Assignee    actorView
	Event, When string
	Unread      bool
}

// queueSize is how many rows a page of the list has.
const queueSize = 50

// queue shows the list that the filter in the address describes.
func (s *Site) queue(c echo.Context) error {
	filter := requests.ParseFilter(c.QueryParam("q"))
	list, err := s.Office.Queue(c.Request().Context(), callerOf(c), s.Now(), filter, requests.Page{After: c.QueryParam("after"), Before: c.QueryParam("before"), Size: queueSize})
	if err != nil {
		return err
	}
	page, err := s.queuePage(c, list)
	if err != nil {
		return err
	}
	s.rememberView(c, filter)
	return s.render(c, http.StatusOK, "console/queue", page)
}

// queuePage words a list. One without rows says what is true instead.
func (s *Site) queuePage(c echo.Context, list *requests.QueuePage) (page queuePage, err error) {
	filter := list.Filter
	page = queuePage{Query: c.QueryParam("q"), Faults: filter.Faults, Closed: filter.Closed, Ended: endedText(filter), Ruler: strip.Ruler(s.Now(), time.UTC)}
	if page.shell, err = s.shell(c, "Requests", viewQuery(filter)); err != nil {
		return page, err
	}
	page.name()
	page.Total = counted(list.Total, "request")
	page.Caption = page.Heading + ", " + page.Total + ", " + orderText(filter)
	v, err := s.team(c)
	if err != nil {
		return page, err
	}
	page.Chips, page.Menus = chipsOf(filter), s.menus(v, callerOf(c), filter)
	if page.Rows, err = s.queueRows(c, v, list.Rows); err != nil {
		return page, err
	}
	page.link(c, list, filter)
	if len(page.Rows) == 0 {
		page.Empty, err = s.emptyList(c, v, filter, page.Heading)
	}
	return page, err
}

// name calls the page after the view it shows.
func (p *queuePage) name() {
	p.Heading = "Requests"
	for _, v := range p.Views {
		if v.Current {
			p.Heading = v.Name
		}
	}
	p.Title, p.Here = p.Heading, p.Heading
}

// viewQuery is the query of the shipped view a filter is. No filter shows what
// is open.
func viewQuery(f requests.Filter) string {
	if q := f.String(); q != "" {
		return q
	}
	return "is:open"
}

// endedText says what became of the requests of a list that are not open.
func endedText(f requests.Filter) string {
	if slices.ContainsFunc(f.Tokens, func(t requests.Token) bool { return t.Key == "is" && t.Value == "closed" }) {
		return "Closed"
	}
	return "Set aside"
}

// orderText says by what the list is sorted.
func orderText(f requests.Filter) string {
	if f.Closed {
		return "the last " + lower(endedText(f)) + " first"
	}
	return "the earliest governing date first"
}

// queueRows words the rows and marks the one opened last.
func (s *Site) queueRows(c echo.Context, v voice, rows []requests.Row) ([]queueRow, error) {
	last := ""
	if cookie, err := c.Cookie(lastCookie); err == nil {
		last = cookie.Value
	}
	list := make([]queueRow, len(rows))
	for i, r := range rows {
		row, err := s.queueRow(v, callerOf(c), r)
		if err != nil {
			return nil, err
		}
		row.Last = r.Reference == last
		list[i] = row
	}
	return list, nil
}

// queueRow words one request of the list.
func (s *Site) queueRow(v voice, caller access.Caller, r requests.Row) (queueRow, error) {
	place, err := s.Book.Place(r.Ruling.Zone, r.Ruling.Calendar)
	if err != nil {
		return queueRow{}, err
	}
	now, next := s.Now(), r.Next()
	row := queueRow{
		Ref: r.Reference, Href: requestAddress(r.Reference), Due: dueOf(r.Request, place, now),
		Person: r.Email, Right: v.right(r.Right), Place: v.place(r.Residence), Law: r.Ruling.RegimeName,
		Phase: requests.PhaseName(r.Phase), Step: next.What, Whose: whose(next, r.AssigneeID, caller.ID),
		Event: lastEvent(r.LastAct, r.Channel), When: ago(r.LastAt, now, place.Zone), Unread: r.Unread,
	}
	if r.Phase != requests.Aside {
		row.Mini = stripFor(r.Request, place, now).Mini()
	}
	if r.AppealOf != 0 {
		row.Right = "Appeal: " + lower(row.Right)
		if r.LastAct == requests.ActReceive {
			row.Event = "Appeal received"
		}
	}
	if r.Provisional {
		row.Law += ", assumed"
	}
	if r.AssigneeID != 0 {
		name := v.person(r.AssigneeID)
		row.Assignee = actorView{Who: name, Initials: initials(name), Mine: r.AssigneeID == caller.ID}
	}
	return row, nil
}

// whose says whose move it is, "you" where the team's move is the caller's.
func whose(next requests.Step, assignee, caller int64) string {
	if next.Whose == "privacy team" && assignee == caller {
		return "you"
	}
	return next.Whose
}

// link sets the range that is shown and the addresses of the neighbouring
// pages. The number of the first row travels with the address, because pages
// follow each other by key and not by number.
func (p *queuePage) link(c echo.Context, list *requests.QueuePage, f requests.Filter) {
	if len(p.Rows) == 0 {
		return
	}
	first, err := strconv.Atoi(c.QueryParam("n"))
	if err != nil || first < 1 || c.QueryParam("after") == "" && c.QueryParam("before") == "" || list.Prev == "" {
		first = 1
	}
	last := min(first+len(p.Rows)-1, max(list.Total, len(p.Rows)))
	p.Range = fmt.Sprintf("%s to %s of %s", grouped(first), grouped(last), grouped(list.Total))
	if list.Next != "" && (last < list.Total || c.QueryParam("before") != "") {
		p.Next = pageAddress(f, "after", list.Next, last+1)
	}
	if list.Prev != "" {
		p.Prev = pageAddress(f, "before", list.Prev, max(1, first-queueSize))
	}
}

// pageAddress is the page after or before a key, with the number of its first row.
func pageAddress(f requests.Filter, side, key string, first int) string {
	return "/console?" + url.Values{"q": {f.String()}, side: {key}, "n": {strconv.Itoa(first)}}.Encode()
}

// grouped writes a number with commas.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Cookies that live as long as the browser's window: the request opened last,
// and the list it was opened from.
const (
	lastCookie = "dsr_last"
	viewCookie = "dsr_view"
)

// rememberView keeps the list for the way back, unless it was searched by
// somebody's address or reference: that belongs in no cookie.
func (s *Site) rememberView(c echo.Context, f requests.Filter) {
	for _, t := range f.Tokens {
		if t.Key == "" {
			return
		}
	}
	s.keepCookie(c, viewCookie, url.QueryEscape(f.String()), 0)
}

// backToList is the way back from a request to the list it was opened from.
func backToList(c echo.Context) (href, name string) {
	cookie, err := c.Cookie(viewCookie)
	if err != nil {
		return "/console", "All open"
	}
	query, err := url.QueryUnescape(cookie.Value)
	if err != nil || len(query) > 500 {
		return "/console", "All open"
	}
	f := requests.ParseFilter(query)
	for _, v := range shipped(requests.Counts{}) {
		if v.Query == viewQuery(f) {
			return v.Href(), v.Name
		}
	}
	return queueAddress(f.String()), "Requests"
}

// isShipped reports whether a filter is one of the shipped views.
func isShipped(f requests.Filter) bool {
	for _, v := range shipped(requests.Counts{}) {
		if strings.EqualFold(v.Query, viewQuery(f)) {
			return true
		}
	}
	return false
}
