package console

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/people"
	"dsr/web/site"
)

// signInPage is the door of the console.
type signInPage struct {
	Theme string
	Email string
	Next  string
	Flash string
	Fault string
	Ways  ways
}

// askSignIn shows the sign-in; whoever is signed in already goes on.
func (s *Console) askSignIn(c echo.Context) error {
	caller, err := s.StaffBehind(c.Request().Context())
	if err != nil {
		return err
	}
	if caller.Kind != "" {
		return site.SeeOther(c, inside(c.QueryParam("next")))
	}
	return s.showSignIn(c, http.StatusOK, signInPage{
		Next: inside(c.QueryParam("next")), Flash: s.Desks.PopString(c.Request().Context(), flashKey),
	})
}

// signIn checks address and password and opens a session under a new token, or
// asks for the second step. A wrong password and an unknown address get the same
// answer.
func (s *Console) signIn(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	user, err := s.People.SignIn(ctx, s.Now(), form.Get("email"), form.Get("password"), s.Network(c), s.onSignIn("password"))
	if errors.Is(err, people.ErrByProvider) {
		return s.notSignedOn(c, inside(form.Get("next")), err)
	}
	if err != nil {
		return s.notSignedIn(c, form, err)
	}
	if user.Factors.Any() {
		if err := people.Begin(ctx, s.Desks, s.Now(), user.ID); err != nil {
			return err
		}
		return site.SeeOther(c, "/console/signin/factor?next="+url.QueryEscape(inside(form.Get("next"))))
	}
	if err := s.letIn(c, user); err != nil {
		return err
	}
	return s.arrived(c, user, form.Get("next"))
}

// notSignedIn says why nobody was let in. What was typed as the address stays,
// the password does not.
func (s *Console) notSignedIn(c echo.Context, form url.Values, err error) error {
	page := signInPage{Email: site.Cut(form.Get("email"), 254), Next: inside(form.Get("next"))}
	status := site.StatusOf(err)
	switch {
	case errors.Is(err, people.ErrCredentials):
		status, page.Fault = http.StatusUnprocessableEntity, "That email and password do not belong together"
	case site.Is[people.ErrTooMany](err), errors.Is(err, people.ErrBusy):
		page.Fault = later(c, err)
	default:
		return err
	}
	return s.showSignIn(c, status, page)
}

// later tells the browser when to try again, and the person in a sentence.
func later(c echo.Context, err error) string {
	site.SetWait(c, max(site.WaitOf(err), 5*time.Second))
	return sentence(err.Error())
}

// signOut ends the session.
func (s *Console) signOut(c echo.Context) error {
	ctx := c.Request().Context()
	caller, err := s.StaffBehind(ctx)
	if err != nil {
		return err
	}
	if err := s.Desks.Destroy(ctx); err != nil {
		return err
	}
	if caller.Kind != "" {
		if err := s.Office.SignedOut(ctx, caller, s.Now()); err != nil {
			return err
		}
	}
	return site.SeeOther(c, "/console/signin")
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
