package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/web/site"
)

// keysCookie keeps that somebody does without keyboard shortcuts. A shortcut of
// one letter must be possible to switch off, because it goes off while somebody
// speaks to their computer (WCAG 2.2, 2.1.4).
const keysCookie = "dsr_keys"

// shortcutRoutes are the addresses of the keyboard's page.
func (s *Console) shortcutRoutes() []site.Route {
	return []site.Route{
		site.Get("/console/keys", site.Staff, s.askShortcuts),
		site.Post("/console/keys", site.Staff, s.setShortcuts),
	}
}

// hasKeys reports whether the pages in this browser have shortcuts.
func hasKeys(c echo.Context) bool {
	cookie, err := c.Cookie(keysCookie)
	return err != nil || cookie.Value != "off"
}

// shortcut is a key, or two pressed one after the other, and what it does.
type shortcut struct {
	Keys string // with a blank between two
	Does string
	at   string // the page it leads to, which not everybody has; or ""
}

// Each lists the keys to press.
func (s shortcut) Each() []string { return strings.Fields(s.Keys) }

// shortcutGroup are the shortcuts of one kind of page.
type shortcutGroup struct {
	Name, ID  string
	Shortcuts []shortcut
}

// shortcuts lists the keys that shortcuts.js knows.
func shortcuts() []shortcutGroup {
	return []shortcutGroup{
		{"Everywhere", "everywhere", []shortcut{
			{Keys: "/", Does: "Search: go to the filter of the queue"},
			{Keys: "?", Does: "Open this page"},
			{Keys: "g o", Does: "Go to all open requests"},
			{Keys: "g m", Does: "Go to my work"},
			{Keys: "g d", Does: "Go to the dashboard", at: "/console/dashboard"},
			{Keys: "n", Does: "Record a new request", at: "/console/new"},
		}},
		{"In the queue", "queue", []shortcut{
			{Keys: "j", Does: "Next request"},
			{Keys: "k", Does: "Previous request"},
			{Keys: "Enter", Does: "Open the request"},
			{Keys: "p", Does: "Look at the request beside the list; Esc closes it"},
			{Keys: "x", Does: "Select the request, or take it out again"},
			{Keys: "b", Does: "Go to what can be done with all that are selected"},
			{Keys: "a", Does: "Assign the request"},
			{Keys: "e", Does: "Extend its time"},
			{Keys: "m", Does: "Write to the requester"},
		}},
		{"On a request", "request", []shortcut{
			{Keys: "j", Does: "Next request of the list"},
			{Keys: "k", Does: "Previous request of the list"},
			{Keys: "u", Does: "Back to the list"},
			{Keys: "a", Does: "Assign"},
			{Keys: "e", Does: "Extend"},
			{Keys: "m", Does: "Write to the requester"},
		}},
	}
}

// shortcutsPage lists the shortcuts and switches them.
type shortcutsPage struct {
	shell
	Groups []shortcutGroup
}

// askShortcuts shows it.
func (s *Console) askShortcuts(c echo.Context) (err error) {
	page := shortcutsPage{Groups: shortcuts()}
	if page.shell, err = s.shell(c, "Keyboard", ""); err != nil {
		return err
	}
	for i := range page.Groups {
		page.Groups[i].Shortcuts = slices.DeleteFunc(page.Groups[i].Shortcuts, func(k shortcut) bool {
			return k.at != "" && !slices.ContainsFunc(page.Manage, func(p placeLink) bool { return p.Href == k.at })
		})
	}
	return s.render(c, http.StatusOK, "shortcuts", page)
}

// setShortcuts switches the shortcuts on or off in this browser.
func (s *Console) setShortcuts(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	if form.Get("keys") == "off" {
		s.keepCookie(c, keysCookie, "off", yearInSeconds)
		s.say(c, "Keyboard shortcuts are off in this browser.")
	} else {
		s.keepCookie(c, keysCookie, "", -1)
		s.say(c, "Keyboard shortcuts are on in this browser.")
	}
	return site.SeeOther(c, "/console/keys")
}
