package console

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
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
	Heads   []queueHead
	Columns shownColumns
	Sorting chipMenu // the orders this list has
	Saved   savedMenu
	Bar     *bulkBar // nil for who may change nothing
	Peek    *peekPanel
	New     string // address where a request is recorded, or ""
	Lost    bool   // the address was of another page; this is the first
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
	StepTitle   string // the step again where its cell may be too narrow for it
	Assignee    actorView
	Event, When string
	Unread      bool
	Received    string
	Labels      []string
	Controller  string
	PeekHref    string
	Peeked      bool // its panel is open
}

// queueSize is how many rows a page of the list has.
const queueSize = 50

// queue shows the list that the filter in the address describes. A key of
// another list, or one that is damaged, leads to the first page and says so.
func (s *Console) queue(c echo.Context) error {
	filter, status := requests.ParseFilter(c.QueryParam("q")), http.StatusOK
	ctx, caller := c.Request().Context(), site.Caller(c)
	list, err := s.Office.Queue(ctx, caller, s.Now(), filter, requests.Page{After: c.QueryParam("after"), Before: c.QueryParam("before"), Size: queueSize})
	lost := errors.Is(err, requests.ErrPage)
	if lost {
		status = http.StatusNotFound
		list, err = s.Office.Queue(ctx, caller, s.Now(), filter, requests.Page{Size: queueSize})
	}
	if err != nil {
		return err
	}
	page, err := s.queuePage(c, list, lost)
	if err != nil {
		return err
	}
	s.rememberView(c, filter)
	return s.render(c, status, "queue", page)
}

// lostPage says of an address that it is no page of the list.
const lostPage = "This page of the list does not exist any more: its address belongs to another view or order, or was changed. Here is the first page."

// queuePage words a list. One without rows says what is true instead.
func (s *Console) queuePage(c echo.Context, list *requests.QueuePage, lost bool) (page queuePage, err error) {
	filter, caller := list.Filter, site.Caller(c)
	page = queuePage{Query: c.QueryParam("q"), Faults: filter.Faults, Closed: filter.Closed, Ended: endedText(filter), Ruler: strip.Ruler(s.Now(), time.UTC), Lost: lost}
	if lost {
		page.Faults = append([]string{lostPage}, page.Faults...)
	}
	if page.shell, err = s.shell(c, "Requests", viewQuery(filter)); err != nil {
		return page, err
	}
	if page.Saved, err = s.savedMenu(c, filter); err != nil {
		return page, err
	}
	page.name()
	page.Total = totalText(list)
	page.Caption = page.Heading + ", " + page.Total + ", " + orderText(filter)
	v, err := s.team(c)
	if err != nil {
		return page, err
	}
	page.Chips, page.Menus, page.Sorting = s.chipsOf(v, filter), s.menus(v, caller, filter), sortMenu(filter)
	columns, err := s.Office.Columns(c.Request().Context(), caller)
	if err != nil {
		return page, err
	}
	page.Columns = columnsOf(columns)
	if caller.May(access.Receive, "") {
		page.New = newAddress
	}
	page.Heads = headsOf(filter, page.Columns)
	if page.Rows, err = s.queueRows(c, v, list.Rows); err != nil {
		return page, err
	}
	page.link(c, list, filter)
	if len(page.Rows) == 0 {
		page.Empty, err = s.emptyList(c, v, filter)
		return page, err
	}
	page.Bar = barOf(caller, filter, list)
	page.Peek, err = s.peek(c, v, &page)
	return page, err
}

// totalText says how many requests a list has, as far as they are counted.
func totalText(list *requests.QueuePage) string {
	if list.More {
		return "more than " + grouped(list.Total) + " requests"
	}
	return manyOf(list.Total, "request", "requests")
}

// name calls the page after the view it shows.
func (p *queuePage) name() {
	p.Heading = "Requests"
	for _, v := range p.Views {
		if v.Current {
			p.Heading = v.Name
		}
	}
	if name := p.Saved.Current; name != "" && p.Heading == "Requests" {
		p.Heading = name
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

// link sets the range that is shown and the addresses of the neighbouring
// pages. The number of the first row travels with the address, because pages
// follow each other by key and not by number.
func (p *queuePage) link(c echo.Context, list *requests.QueuePage, f requests.Filter) {
	if len(p.Rows) == 0 {
		return
	}
	first, err := strconv.Atoi(c.QueryParam("n"))
	if err != nil || p.Lost || first < 1 || c.QueryParam("after") == "" && c.QueryParam("before") == "" || list.Prev == "" {
		first = 1
	}
	last := min(first+len(p.Rows)-1, max(list.Total, len(p.Rows)))
	total := grouped(list.Total)
	if list.More {
		total = "more than " + total
	}
	p.Range = fmt.Sprintf("%s to %s of %s", grouped(first), grouped(last), total)
	if list.Next != "" && (last < list.Total || list.More || c.QueryParam("before") != "") {
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
func (s *Console) rememberView(c echo.Context, f requests.Filter) {
	if f.Searches() {
		s.keepCookie(c, viewCookie, "", -1)
		return
	}
	s.keepCookie(c, viewCookie, url.QueryEscape(f.String()), 0)
}

// openedFrom is the list that a request was opened from, or false.
func openedFrom(c echo.Context) (requests.Filter, bool) {
	cookie, err := c.Cookie(viewCookie)
	if err != nil {
		return requests.Filter{}, false
	}
	query, err := url.QueryUnescape(cookie.Value)
	if err != nil || len(query) > 500 {
		return requests.Filter{}, false
	}
	return requests.ParseFilter(query), true
}

// backToList is the way back from a request to the list it was opened from.
func backToList(c echo.Context) (href, name string) {
	f, found := openedFrom(c)
	if !found {
		return "/console", "All open"
	}
	if v, found := shippedView(f); found {
		return v.Href(), v.Name
	}
	return queueAddress(f.String()), "Requests"
}
