package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// shell is what every page of the console has around its main part.
type shell struct {
	Title string
	Here  string // what the bar on a phone calls this page
	Theme string // light, dark or "": as the system has it
	Me    actorView
	Views []viewLink
	Rules bool // the page is under "Policies and laws"
	Agent bool // the page is under "Agents"
	Bad   bool // a form came back with something to mend
	Flash string
	// Papers counts the documents of agents that wait; nil for who may not judge
	// them.
	Papers *int
}

// viewLink is a shipped view of the queue in the side column.
type viewLink struct {
	Name, Icon, Query string
	Count             int
	Counted           bool // the number is known
	Current           bool
	Alarm             bool
}

// Href is the address of the view.
func (v viewLink) Href() string { return queueAddress(v.Query) }

// queueAddress is the list a filter describes. The colons stay as typed, so that
// an address can be read.
func queueAddress(query string) string {
	if query == "" {
		return "/console"
	}
	return "/console?q=" + strings.ReplaceAll(url.QueryEscape(query), "%3A", ":")
}

// shipped are the views everybody has.
func shipped(c requests.Counts) []viewLink {
	return []viewLink{
		{Name: "All open", Icon: "fine", Query: "is:open", Count: c.Open, Counted: true},
		{Name: "My work", Icon: "inbox", Query: "is:open assignee:me", Count: c.Mine, Counted: true},
		{Name: "Due this week", Icon: "cal", Query: "due:7d", Count: c.Week, Counted: true},
		{Name: "Overdue", Icon: "late", Query: "is:overdue", Count: c.Overdue, Counted: true, Alarm: c.Overdue > 0},
		{Name: "Waiting for requester", Icon: "user", Query: "waiting:requester", Count: c.Requester, Counted: true},
		{Name: "Waiting for systems", Icon: "systems", Query: "waiting:systems", Count: c.Systems, Counted: true},
		{Name: "To triage", Icon: "filter", Query: "phase:triage", Count: c.Triage, Counted: true},
		{Name: "Unverified", Icon: "mail", Query: "is:unverified", Count: c.Unverified, Counted: true},
		{Name: "Opt-outs", Icon: "stop", Query: "right:opt_out", Count: c.OptOuts, Counted: true},
		{Name: "Unread", Icon: "msg", Query: "is:unread", Count: c.Unread, Counted: true},
		{Name: "Appeals", Icon: "appeal", Query: "is:appeal", Count: c.Appeals, Counted: true},
		{Name: "Suspected spam", Icon: "spam", Query: "is:suspect", Count: c.Suspect, Counted: true},
		{Name: "Set aside", Icon: "pack", Query: "is:aside", Count: c.Aside, Counted: true},
		{Name: "Closed", Icon: "done", Query: "is:closed"},
	}
}

// shell makes the frame of a page. The query is that of the view the page is
// under, or "".
func (s *Site) shell(c echo.Context, title, query string) (shell, error) {
	ctx, caller := c.Request().Context(), callerOf(c)
	counts, err := s.Office.Counts(ctx, caller, s.Now())
	if err != nil {
		return shell{}, err
	}
	sh := shell{Title: title, Here: title, Theme: themeOf(c), Views: shipped(counts), Flash: s.console.PopString(ctx, flashKey)}
	sh.Me = actorView{Who: caller.Name, Initials: initials(caller.Name), Mine: true}
	for i := range sh.Views {
		if v := &sh.Views[i]; v.Query == query {
			v.Current, v.Alarm = true, false
		}
	}
	sh.Papers, err = s.papers(ctx, caller)
	return sh, err
}

// flashKey is where a session keeps the sentence that the next page says once.
const flashKey = "flash"

// say leaves a sentence for the next page.
func (s *Site) say(c echo.Context, sentence string) {
	s.console.Put(c.Request().Context(), flashKey, sentence)
}

// themeCookie keeps how somebody wants the console to look.
const themeCookie = "dsr_theme"

// themeOf is the theme kept in the browser; anything else than ours is none.
func themeOf(c echo.Context) string {
	cookie, err := c.Cookie(themeCookie)
	if err != nil || cookie.Value != "light" && cookie.Value != "dark" {
		return ""
	}
	return cookie.Value
}

// keepCookie keeps a value in the browser, for the console's pages alone. Zero
// seconds keep it until the window is closed.
func (s *Site) keepCookie(c echo.Context, name, value string, seconds int) {
	c.SetCookie(&http.Cookie{Name: name, Value: value, Path: "/console", MaxAge: seconds, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
}

// team returns the console's voice with the names of all staff.
func (s *Site) team(c echo.Context) (voice, error) {
	users, err := s.People.List(c.Request().Context())
	v := voice{Printer: s.Words.In("en"), people: make(map[int64]string, len(users)), book: s.Book, words: s.Words, office: s.Office}
	for _, u := range users {
		v.people[u.ID] = u.Name
	}
	return v, err
}

// controllers lists the policies a caller serves, for menus and forms.
func (s *Site) controllers(caller access.Caller) []*policies.Pack {
	var list []*policies.Pack
	for _, p := range s.Book.Packs() {
		if caller.May(access.View, p.ID) {
			list = append(list, p)
		}
	}
	return list
}
