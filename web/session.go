package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
)

// sessions makes the sessions of one kind.
func (s *Site) sessions(cookie string, lifetime, idle time.Duration) *scs.SessionManager {
	m := people.Sessions(s.DB, people.Options{Cookie: cookie, Path: "/", Lifetime: lifetime, IdleTimeout: idle, Secure: s.Secure, Now: s.Now})
	m.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) {
		s.Log.Error("session", "error", err)
		http.Error(w, "The pages cannot be reached at this moment. Nothing was changed. Try again in a minute.", http.StatusServiceUnavailable)
	}
	return m
}

// callerKey is where a visit keeps who asks, from the check at the door to the
// handler.
const callerKey = "caller"

// callerOf returns who asks: nobody on pages for everyone.
func callerOf(c echo.Context) access.Caller {
	caller, _ := c.Get(callerKey).(access.Caller)
	return caller
}

// admit finds out who asks and lets them in, or says why not.
func (s *Site) admit(c echo.Context, w who) (err error) {
	var caller access.Caller
	switch w {
	case everyone:
		return nil
	case requester:
		caller = s.requesterBehind(c.Request().Context())
	case staff:
		caller, err = s.staffBehind(c.Request().Context())
	case visitor:
		return nil
	}
	if err != nil {
		return err
	}
	if caller.Kind == "" {
		return turnedAway(c, w)
	}
	c.Set(callerKey, caller)
	return nil
}

// turnedAway sends staff who open a page to the sign-in and back again; all
// others get a page that says how to come in.
func turnedAway(c echo.Context, w who) error {
	if w != staff {
		return errNoVisit
	}
	if m := c.Request().Method; m == http.MethodGet || m == http.MethodHead {
		return redirect{"/console/signin?next=" + url.QueryEscape(c.Request().URL.RequestURI())}
	}
	return errSignedOut
}

// submissionsKey is where a requester's session keeps what their links opened.
const submissionsKey = "submissions"

// requesterBehind returns the requester whose session is open, or nobody.
func (s *Site) requesterBehind(ctx context.Context) access.Caller {
	list, _ := s.portal.Get(ctx, submissionsKey).([]int64)
	if len(list) == 0 {
		return access.Caller{}
	}
	return access.Caller{Kind: access.Requester, Submissions: list}
}

// staffBehind returns the member of staff whose session is open, or nobody.
// Who has left the house is nobody from that moment.
func (s *Site) staffBehind(ctx context.Context) (access.Caller, error) {
	id := people.Entered(ctx, s.console)
	if id == 0 {
		return access.Caller{}, nil
	}
	user, err := s.People.Find(ctx, id)
	if errors.Is(err, people.ErrNotFound) {
		return access.Caller{}, nil
	}
	return user.Caller(), err
}
