package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/agents"
	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// agentFrame is what every page of an agent has.
type agentFrame struct {
	frame
	Name, Email string
	Parent      bool
	agent       agents.Agent
	zone        *time.Location // where the days of the policy begin
}

// agentBehind opens the frame of an agent's page. Who is no agent is told to
// open the link in a letter.
func (s *public) agentBehind(c echo.Context) (agentFrame, error) {
	caller := site.Caller(c)
	if caller.Kind != access.Agent {
		return agentFrame{}, site.ErrNoVisit
	}
	a, err := s.Office.AgentOf(c.Request().Context(), caller)
	if err != nil {
		return agentFrame{}, err
	}
	pack := s.PackNamed(a.Policy)
	if pack == nil {
		return agentFrame{}, policies.ErrNoPolicy
	}
	zone, err := s.Office.ZoneOf(pack)
	if err != nil {
		return agentFrame{}, err
	}
	return agentFrame{frame: s.frame(c, pack), Name: a.Name, Email: a.Email, Parent: a.Relation == agents.AsParent, agent: a, zone: zone}, nil
}

// day writes the day of an instant where the policy's days begin.
func (f agentFrame) day(t time.Time) string { return f.on(deadlines.DateOf(t, f.zone)) }

type agentHomePage struct {
	agentFrame
	Flash        string
	Standing     string // whether they have shown that they may act
	Ended        bool   // the list shows what has ended
	Open, Closed int
	Rows         []agentLine
	Before       string // addresses of the pages before and after, or ""
	After        string
	DigestOff    bool

	waiting map[int64]bool // requests for which a document waits; 0: for all
}

// agentLine is one request of the list.
type agentLine struct {
	Who       string // the person, as the agent typed them
	Email     string // where a name stands above it
	Right     string
	Reference string
	Own       string // what the agent calls it
	Href      string
	Stage     string
	Icon      string
	By        string // when we answer, or when we did
	Need      string // what waits for the agent
	NeedHref  string
}

// agentHome lists what an agent asked for.
func (s *public) agentHome(c echo.Context) error {
	f, err := s.agentBehind(c)
	if err != nil {
		return err
	}
	ctx, caller, now := c.Request().Context(), site.Caller(c), s.Now()
	page := agentHomePage{agentFrame: f, Ended: c.QueryParam("show") == "ended", DigestOff: f.agent.DigestOff}
	list, err := s.Office.AskedBy(ctx, caller, now, page.Ended, requests.Page{After: c.QueryParam("after"), Before: c.QueryParam("before")})
	if err != nil {
		return err
	}
	documents, err := s.Office.Authorities(ctx, caller)
	if err != nil {
		return err
	}
	page.Title, page.Open, page.Closed = page.T("agents.home.heading"), list.Open, list.Closed
	page.Flash, page.Standing = page.flash(c.QueryParam("done")), page.standing(documents)
	page.waiting = waitingDocuments(documents)
	for _, r := range list.Rows {
		page.Rows = append(page.Rows, page.line(r, now))
	}
	page.Before, page.After = page.beside("before", list.Prev), page.beside("after", list.Next)
	return s.render(c, http.StatusOK, "agent/home", page)
}

// beside is the address of a neighbouring page of the list.
func (p *agentHomePage) beside(way, key string) string {
	if key == "" {
		return ""
	}
	values := url.Values{way: {key}}
	if p.Ended {
		values.Set("show", "ended")
	}
	return "/agent?" + values.Encode()
}

// flash says what was just done. What it may say is known beforehand.
func (p *agentHomePage) flash(done string) string {
	switch done {
	case "document", "digest_on", "digest_off":
		return p.T("agents.flash." + done)
	}
	return ""
}

// standing says whether the agent has shown that they may act.
func (p *agentHomePage) standing(documents []requests.Authority) string {
	waiting, named := 0, 0
	for _, d := range documents {
		switch d.State {
		case agents.Waiting:
			waiting++
		case agents.Accepted:
			named++
		}
	}
	switch {
	case p.agent.Authority != "":
		return p.T("agents.standing.all")
	case waiting > 0:
		return p.N("agents.standing.waiting", waiting)
	case named > 0:
		return p.N("agents.standing.named", named)
	}
	return p.T("agents.standing.none")
}

// waitingDocuments names the requests for which a document waits, 0 for all:
// nobody is asked for another meanwhile.
func waitingDocuments(documents []requests.Authority) map[int64]bool {
	waiting := map[int64]bool{}
	for _, d := range documents {
		if d.State == agents.Waiting {
			waiting[d.RequestID] = true
		}
	}
	return waiting
}

// line words one request of the list.
func (p *agentHomePage) line(r requests.AgentRow, now time.Time) agentLine {
	line := agentLine{
		Who: r.Person.Name, Email: r.Person.Email, Right: p.T("agents.right." + string(r.Right)), Reference: r.Reference, Href: "/my/" + url.PathEscape(r.Reference),
	}
	if line.Who == "" {
		line.Who, line.Email = r.Person.Email, ""
	}
	if r.Person.Agent != nil {
		line.Own = r.Person.Agent.Reference
	}
	stage, icon := agentStage(r.Request)
	line.Stage, line.Icon = p.T("agents.stage."+stage), icon
	if r.AppealOf != 0 {
		line.Right = p.T("agents.right.appeal")
	}
	line.By = p.by(r.Request, now)
	if need := agentNeed(r.Request); need != "" && (need != "authority" || !p.waiting[r.ID] && !p.waiting[0]) {
		line.Need, line.NeedHref = p.T("agents.need."+need), needHref(line.Href, r.Reference, need)
	}
	return line
}

// agentStage names where a request stands, for a list, and its picture.
func agentStage(r *requests.Request) (stage, icon string) {
	switch {
	case r.Phase == requests.Aside:
		return "aside", "pack"
	case r.Outcome == requests.Withdrawn, r.Outcome == requests.Unproved, r.Outcome == requests.NotUs:
		return "closed", "close"
	case !r.AnsweredAt.IsZero():
		return "answered", "done"
	case r.OpenHold(deadlines.HoldClarification) != nil, r.Facts.Proof.Waiting(), r.Phase == requests.Verification:
		return "waiting", "held"
	case r.Phase == requests.Triage:
		return "received", "fine"
	}
	return "working", "fine"
}

// agentNeed names what waits for the agent, or "". An opt-out waits for nothing
// that they or the person would have to show.
func agentNeed(r *requests.Request) string {
	a := r.Facts.Agent
	switch {
	case r.Phase == requests.Aside:
		return "reopen"
	case !r.Undecided():
		return ""
	case r.OpenHold(deadlines.HoldClarification) != nil:
		return "question"
	case r.Facts.Proof.Waiting():
		return "proof"
	case !r.Right.IsOptOut() && a != nil && a.Authority == "":
		return "authority"
	}
	return ""
}

func needHref(own, reference, need string) string {
	switch need {
	case "question":
		return own + "/answer"
	case "proof":
		return own + "/proof"
	case "authority":
		return "/agent/authority?request=" + url.QueryEscape(reference)
	}
	return own
}

// by says when the answer comes or came.
func (p *agentHomePage) by(r *requests.Request, now time.Time) string {
	if !r.AnsweredAt.IsZero() {
		return p.T("agents.by.answered", "date", p.day(r.AnsweredAt.Time))
	}
	var first *requests.Clock
	for _, c := range []*requests.Clock{r.AnswerClock(policies.ByPromise), r.LawClock()} {
		if c != nil && c.MetAt.IsZero() && (first == nil || c.Due.Limit().Before(first.Due.Limit())) {
			first = c
		}
	}
	switch {
	case first == nil || !r.Open():
		return ""
	case first.Due.Held != "":
		return p.T("agents.by.held")
	case !first.Due.OnTime(now):
		return p.T("agents.by.late", "date", p.on(first.Due.Date))
	}
	return p.T("agents.by.date", "date", p.on(first.Due.Date))
}

// setDigest switches the weekly letter on or off.
func (s *public) setDigest(c echo.Context) error {
	values, err := site.Posted(c)
	if err != nil {
		return err
	}
	if _, err := s.agentBehind(c); err != nil {
		return err
	}
	on := strings.TrimSpace(values.Get("digest")) == "on"
	if err := s.Office.SetDigest(context.WithoutCancel(c.Request().Context()), site.Caller(c), s.Now(), on); err != nil {
		return err
	}
	if on {
		return site.SeeOther(c, "/agent?done=digest_on#digest")
	}
	return site.SeeOther(c, "/agent?done=digest_off#digest")
}
