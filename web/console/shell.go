package console

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// shell is what every page of the console has around its main part.
type shell struct {
	Title  string
	Here   string // what the bar on a phone calls this page
	Theme  string // light, dark or "": as the system has it
	Me     actorView
	Views  []viewLink
	Manage []placeLink
	Mine   bool // the page is the caller's own
	Bad    bool // a form came back with something to mend
	Flash  string
	// Papers counts the documents of agents that wait; nil for who may not judge
	// them.
	Papers *int
	Keys   bool      // the caller has keyboard shortcuts
	Nonce  string    // by which the browser knows the scripts of this answer
	At     time.Time // when the page was made
}

// shell makes the frame of a page, with the sentence left for it. The query is
// that of the view the page is under, or "".
func (s *Console) shell(c echo.Context, title, query string) (shell, error) {
	sh, err := s.around(c, title, query)
	if err == nil {
		sh.Flash = s.Desks.PopString(c.Request().Context(), flashKey)
	}
	return sh, err
}

// around makes the frame of a page that leaves the sentence for the next one.
func (s *Console) around(c echo.Context, title, query string) (shell, error) {
	ctx, caller := c.Request().Context(), site.Caller(c)
	counts, err := s.Office.Counts(ctx, caller, s.Now())
	if err != nil {
		return shell{}, err
	}
	sh := shell{Title: title, Here: title, Theme: themeOf(c), Views: shipped(counts), Keys: hasKeys(c), Nonce: allowScripts(c), At: s.Now()}
	sh.Me = actorView{Who: caller.Name, Initials: initials(caller.Name), Mine: true}
	for i := range sh.Views {
		if v := &sh.Views[i]; v.Query == query {
			v.Current, v.Alarm = true, false
		}
	}
	if sh.Papers, err = s.papers(ctx, caller); err != nil {
		return shell{}, err
	}
	unsorted, err := s.Office.UnsortedMails(ctx, caller)
	if err != nil {
		return shell{}, err
	}
	sh.Manage, sh.Mine = s.places(c, sh.Papers, &unsorted), under(c.Path(), minePath)
	return sh, nil
}

// allowScripts lets the scripts of one answer run that bear its nonce (Content
// Security Policy Level 3, section 2.3.1) and fetch parts of this site's pages.
func allowScripts(c echo.Context) (nonce string) {
	nonce = rand.Text()
	c.Response().Header().Set("Content-Security-Policy", site.ContentPolicy(site.NoAncestors)+"; script-src 'nonce-"+nonce+"'; connect-src 'self'")
	return nonce
}

// allowed returns nothing where the caller has a permission for a policy ("" is
// the house itself), else requests.ErrForbidden with the reason, which its page
// shows.
func allowed(c echo.Context, p access.Permission, policy string) error {
	if why := site.Caller(c).WhyNot(p, policy); why != "" {
		return fmt.Errorf("%w: %s", requests.ErrForbidden, why)
	}
	return nil
}

// flashKey is where a session keeps the sentence that the next page says once.
const flashKey = "flash"

// mostSaid is how many bytes of a text a session takes.
const mostSaid = 200

// say leaves a sentence for the next page, or its beginning where somebody's long
// name stands in it.
func (s *Console) say(c echo.Context, sentence string) {
	if len(sentence) > mostSaid {
		sentence = strings.ToValidUTF8(sentence[:mostSaid-len("…")], "") + "…"
	}
	s.Desks.Put(c.Request().Context(), flashKey, sentence)
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
func (s *Console) keepCookie(c echo.Context, name, value string, seconds int) {
	c.SetCookie(&http.Cookie{Name: name, Value: value, Path: "/console", MaxAge: seconds, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
}

// team returns the console's voice with the names of all staff.
func (s *Console) team(c echo.Context) (voice, error) {
	users, err := s.People.List(c.Request().Context())
	v := voice{Printer: s.Words.In("en"), people: make(map[int64]string, len(users)), near: map[int64]bool{}, book: s.Book, words: s.Words, office: s.Office}
	for _, u := range users {
		v.people[u.ID] = u.Name
		v.near[u.ID] = !site.Caller(c).Policies.Both(u.Policies).Empty()
	}
	return v, err
}

// controllers lists the policies a caller serves, for menus and forms.
func (s *Console) controllers(caller access.Caller) []*policies.Pack {
	return s.packsFor(caller, access.View)
}

// packsFor lists the policies for which a caller has a permission.
func (s *Console) packsFor(caller access.Caller, p access.Permission) []*policies.Pack {
	var list []*policies.Pack
	for _, pack := range s.Book.Packs() {
		if caller.May(p, pack.ID) {
			list = append(list, pack)
		}
	}
	return list
}
