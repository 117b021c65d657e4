package console

import (
	"math"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
	"dsr/web/site"
)

// minePath is where the pages of the caller's own begin.
const minePath = "/console/me"

// place is a page of the side column beside the views of the queue.
type place struct {
	name, icon, path string
	also             string            // another path whose pages are under it, or ""
	may              access.Permission // of who sees it
}

// placeLink is a place as the side column shows it.
type placeLink struct {
	Name, Icon, Href string
	Count            string // of what waits there: "3", "99+"; "": nothing is counted
	Current          bool
}

// allPlaces lists them in the order of the column.
func allPlaces() []place {
	return []place{
		{name: "New request", icon: "plus", path: "/console/new", may: access.Receive},
		{name: "Dashboard", icon: "chart", path: "/console/dashboard", may: access.Report},
		{name: "Reports", icon: "file", path: "/console/reports", may: access.Report},
		{name: "Mail", icon: "mail", path: mailPath, may: access.View},
		{name: "Agents", icon: "users", path: "/console/agents", may: access.Verify},
		{name: "Policies and laws", icon: "law", path: "/console/policies", also: "/console/laws", may: access.View},
		{name: "People", icon: "people", path: "/console/people", may: access.ManageStaff},
		{name: "Settings", icon: "gear", path: "/console/settings", may: access.Settings},
	}
}

// places lists the pages of the side column that the caller's role may use.
func (s *Console) places(c echo.Context, papers, unsorted *int) []placeLink {
	var list []placeLink
	for _, p := range allPlaces() {
		if !site.Caller(c).May(p.may, "") {
			continue
		}
		link := placeLink{Name: p.name, Icon: p.icon, Href: p.path, Current: under(c.Path(), p.path) || p.also != "" && under(c.Path(), p.also)}
		switch p.path {
		case "/console/agents":
			link.Count = atMost(papers, math.MaxInt)
		case mailPath:
			link.Count = atMost(unsorted, requests.MostUnsorted)
		}
		list = append(list, link)
	}
	return list
}

// atMost writes a count that was counted as far as most: "99+" for 100 and more.
func atMost(n *int, most int) string {
	switch {
	case n == nil:
		return ""
	case *n >= most:
		return strconv.Itoa(most-1) + "+"
	}
	return strconv.Itoa(*n)
}

// under reports whether an address is a page or stands below it.
func under(address, page string) bool {
	return address == page || strings.HasPrefix(address, page+"/")
}
