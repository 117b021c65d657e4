package web

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/people"
)

// signInPage is the door of the console.
type signInPage struct {
	Theme string
	Email string
	Next  string
	Fault string
}

// askSignIn shows the sign-in; whoever is signed in already goes on.
func (s *Site) askSignIn(c echo.Context) error {
	caller, err := s.staffBehind(c.Request().Context())
	if err != nil {
		return err
	}
	if caller.Kind != "" {
		return seeOther(c, inside(c.QueryParam("next")))
	}
	return s.render(c, http.StatusOK, "console/signin", signInPage{Theme: themeOf(c), Next: inside(c.QueryParam("next"))})
}

// signIn checks address and password and opens a session under a new token. A
// wrong password and an unknown address get the same answer.
func (s *Site) signIn(c echo.Context) error {
	form, err := posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	user, err := s.People.SignIn(ctx, s.Now(), form.Get("email"), form.Get("password"), s.network(c))
	if err == nil {
		if err := people.Enter(ctx, s.console, user.ID); err != nil {
			return err
		}
		return seeOther(c, inside(form.Get("next")))
	}
	return s.notSignedIn(c, form, err)
}

// notSignedIn says why nobody was let in. What was typed as the address stays,
// the password does not.
func (s *Site) notSignedIn(c echo.Context, form url.Values, err error) error {
	page := signInPage{Theme: themeOf(c), Email: cutText(form.Get("email"), 254), Next: inside(form.Get("next"))}
	status := findFault(err).status
	switch {
	case errors.Is(err, people.ErrCredentials):
		status, page.Fault = http.StatusUnprocessableEntity, "That email and password do not belong together"
	case as[people.ErrTooMany](err), errors.Is(err, people.ErrBusy):
		page.Fault = sentence(err.Error())
		setWait(c, max(waitOf(err), 5*time.Second))
	default:
		return err
	}
	return s.render(c, status, "console/signin", page)
}

// signOut ends the session.
func (s *Site) signOut(c echo.Context) error {
	if err := s.console.Destroy(c.Request().Context()); err != nil {
		return err
	}
	return seeOther(c, "/console/signin")
}

// inside keeps a way back inside the console: an address of another site, or
// one that pretends, leads to the queue.
func inside(next string) string {
	first, _, _ := strings.Cut(next, "?")
	if path.Clean(first) != first || first != "/console" && !strings.HasPrefix(first, "/console/") || strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(first, "/console/signin") {
		return "/console"
	}
	return next
}
