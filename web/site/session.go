package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
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

// Caller returns who asks: nobody on pages for everyone.
func Caller(c echo.Context) access.Caller {
	caller, _ := c.Get(callerKey).(access.Caller)
	return caller
}

// admit finds out who asks and lets them in, or says why not.
func (s *Site) admit(c echo.Context, w Who) (err error) {
	var caller access.Caller
	var user people.User // of the team
	switch w {
	case Everyone, Visitor:
		return nil
	case Requester:
		caller, err = s.RequesterBehind(c.Request().Context())
	case Staff:
		user, err = s.userBehind(c.Request().Context())
		caller = user.Caller()
	}
	if err != nil {
		return err
	}
	if caller.Kind == "" {
		return turnedAway(c, w)
	}
	c.Set(callerKey, caller)
	if w == Staff {
		return s.owesFactor(c, user)
	}
	return nil
}

// owesFactor sends who has to have a second factor by now, and has none, to the
// page where they set one up. Nothing else opens before.
func (s *Site) owesFactor(c echo.Context, user people.User) error {
	if strings.HasPrefix(c.Path(), "/console/me/factors") || strings.HasPrefix(c.Path(), "/console/me/passkeys") {
		return nil
	}
	ctx := c.Request().Context()
	if people.ManyAsked(ctx, s.Desks) {
		return nil // the identity provider asked for several
	}
	due, asked, err := s.People.FactorDue(ctx, user)
	if err != nil || !asked || s.Now().Before(due) {
		return err
	}
	if reads(c) {
		return GoTo("/console/me/factors?next=" + url.QueryEscape(c.Request().URL.RequestURI()))
	}
	return fmt.Errorf("%w: %s", requests.ErrForbidden, "Your team asks everybody for a second factor. Set one up first; what you wrote can be sent again then.")
}

// reads reports whether a visit only opens a page.
func reads(c echo.Context) bool {
	return c.Request().Method == http.MethodGet || c.Request().Method == http.MethodHead
}

// turnedAway sends staff who open a page to the sign-in and back again; all
// others get a page that says how to come in.
func turnedAway(c echo.Context, w Who) error {
	if w != Staff {
		return ErrNoVisit
	}
	if c.Request().Header.Get("HX-Request") != "" {
		// Part of a page that is open still: all of it goes, not that part.
		c.Response().Header().Set("HX-Refresh", "true")
		return errSignedOut
	}
	if reads(c) {
		return GoTo("/console/signin?next=" + url.QueryEscape(c.Request().URL.RequestURI()))
	}
	return errSignedOut
}

// What a requester's session keeps of what their links opened: lists of one
// length, because a session holds numbers only.
const (
	submissionsKey = "submissions"
	sinceKey       = "since"  // when the link was used, in Unix microseconds
	agentsKey      = "agents" // who asks for the person, where it was their link; else 0
)

// opened is one submission that a link opened in this browser.
type opened struct{ submission, since, agent int64 }

// openedIn lists what the links used in this browser opened, oldest first.
func (s *Site) openedIn(ctx context.Context) []opened {
	submissions, _ := s.Visits.Get(ctx, submissionsKey).([]int64)
	since, _ := s.Visits.Get(ctx, sinceKey).([]int64)
	agents, _ := s.Visits.Get(ctx, agentsKey).([]int64)
	if len(since) != len(submissions) || len(agents) != len(submissions) {
		return nil // saved by another version: open the link again
	}
	list := make([]opened, len(submissions))
	for i := range list {
		list[i] = opened{submissions[i], since[i], agents[i]}
	}
	return list
}

// noSubmission stands for an agent's own page in what a browser opened.
const noSubmission = 0

// mostOpened bounds what one visit opens; the oldest goes first.
const mostOpened = 200

// LetIn opens what a link or code leads to, beside what this browser opened
// before, under a new token.
func (s *Site) LetIn(ctx context.Context, caller access.Caller) error {
	if err := s.Visits.RenewToken(ctx); err != nil {
		return err
	}
	now, agent := s.Now().UnixMicro(), int64(0)
	if caller.Kind == access.Agent {
		agent = caller.ID
		if len(caller.Submissions) == 0 {
			caller.Submissions = []int64{noSubmission} // their own page, which opens all they asked for
		}
	}
	list := slices.DeleteFunc(s.openedIn(ctx), func(o opened) bool { return slices.Contains(caller.Submissions, o.submission) })
	for _, submission := range caller.Submissions {
		list = append(list, opened{submission, now, agent})
	}
	list = list[max(0, len(list)-mostOpened):]
	var submissions, since, agents []int64
	for _, o := range list {
		submissions, since, agents = append(submissions, o.submission), append(since, o.since), append(agents, o.agent)
	}
	s.Visits.Put(ctx, submissionsKey, submissions)
	s.Visits.Put(ctx, sinceKey, since)
	s.Visits.Put(ctx, agentsKey, agents)
	return nil
}

// entrances gathers what one link opened into the caller it made.
func entrances(list []opened) (callers []access.Caller, since []time.Time) {
	for i, o := range list {
		if i == 0 || o.since != list[i-1].since || o.agent != list[i-1].agent {
			caller := access.Caller{Kind: access.Requester}
			if o.agent != 0 {
				caller.Kind, caller.ID = access.Agent, o.agent
			}
			callers, since = append(callers, caller), append(since, time.UnixMicro(o.since))
		}
		last := &callers[len(callers)-1]
		last.Submissions = append(last.Submissions, o.submission)
	}
	return callers, since
}

// Visiting lists the callers whose links were used in this browser. Who was
// signed out everywhere since then is none of them from that moment.
func (s *Site) Visiting(ctx context.Context) ([]access.Caller, error) {
	var list []access.Caller
	callers, since := entrances(s.openedIn(ctx))
	for i, entered := range callers {
		still, err := s.Office.StillIn(ctx, entered, since[i])
		if err != nil {
			return nil, err
		}
		// An agent who was signed out is no requester instead.
		if still.Kind == entered.Kind && (len(still.Submissions) > 0 || still.Kind == access.Agent) {
			list = append(list, still)
		}
	}
	return list, nil
}

// RequesterBehind returns the requester whose visit is open, or nobody. Where an
// agent's link was used it is that agent, the last one of several.
func (s *Site) RequesterBehind(ctx context.Context) (access.Caller, error) {
	var caller access.Caller
	list, err := s.Visiting(ctx)
	for _, one := range list {
		if caller.Kind != access.Agent || one.Kind == access.Agent {
			caller.Kind, caller.ID = one.Kind, one.ID
		}
		caller.Submissions = append(caller.Submissions, one.Submissions...)
	}
	return caller, err
}

// ActingOn returns who asks as they stand to one request: the agent whose link
// opened it, else the person.
func (s *Site) ActingOn(c echo.Context, r *requests.Request) access.Caller {
	caller := Caller(c)
	for _, o := range s.openedIn(c.Request().Context()) {
		if o.submission != r.SubmissionID || !slices.Contains(caller.Submissions, o.submission) {
			continue
		}
		caller.Kind, caller.ID = access.Requester, 0
		if o.agent != 0 {
			caller.Kind, caller.ID = access.Agent, o.agent
		}
		return caller
	}
	return caller // an agent sees all they asked for, also what no link of theirs names
}

// StaffBehind returns the member of staff whose session is open, or nobody.
// Who has left the house is nobody from that moment.
func (s *Site) StaffBehind(ctx context.Context) (access.Caller, error) {
	user, err := s.userBehind(ctx)
	return user.Caller(), err
}

func (s *Site) userBehind(ctx context.Context) (people.User, error) {
	id := people.Entered(ctx, s.Desks)
	if id == 0 || people.Expired(ctx, s.Desks, s.Now()) {
		return people.User{}, nil
	}
	user, err := s.People.Find(ctx, id)
	if errors.Is(err, people.ErrNotFound) {
		return people.User{}, nil
	}
	return user, err
}
