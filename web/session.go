package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
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
		caller, err = s.requesterBehind(c.Request().Context())
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
	submissions, _ := s.portal.Get(ctx, submissionsKey).([]int64)
	since, _ := s.portal.Get(ctx, sinceKey).([]int64)
	agents, _ := s.portal.Get(ctx, agentsKey).([]int64)
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

// letIn opens what a link or code leads to, beside what this browser opened
// before, under a new token.
func (s *Site) letIn(ctx context.Context, caller access.Caller) error {
	if err := s.portal.RenewToken(ctx); err != nil {
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
	s.portal.Put(ctx, submissionsKey, submissions)
	s.portal.Put(ctx, sinceKey, since)
	s.portal.Put(ctx, agentsKey, agents)
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

// visiting lists the callers whose links were used in this browser. Who was
// signed out everywhere since then is none of them from that moment.
func (s *Site) visiting(ctx context.Context) ([]access.Caller, error) {
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

// requesterBehind returns the requester whose visit is open, or nobody. Where an
// agent's link was used it is that agent, the last one of several.
func (s *Site) requesterBehind(ctx context.Context) (access.Caller, error) {
	var caller access.Caller
	list, err := s.visiting(ctx)
	for _, one := range list {
		if caller.Kind != access.Agent || one.Kind == access.Agent {
			caller.Kind, caller.ID = one.Kind, one.ID
		}
		caller.Submissions = append(caller.Submissions, one.Submissions...)
	}
	return caller, err
}

// actingOn returns who asks as they stand to one request: the agent whose link
// opened it, else the person.
func (s *Site) actingOn(c echo.Context, r *requests.Request) access.Caller {
	caller := callerOf(c)
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
