package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/agents"
	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// Whoever asks for others has a page of their own, behind a link mailed to the
// address they type. These pages answer every address alike, known or not.

// agentTicket is the purpose of the tickets of these pages.
const agentTicket = "agent/"

// How often an agent may send something that has to be read.
func tableLimit() people.Limit    { return people.Limit{Count: 30, Per: 24 * time.Hour} }
func documentLimit() people.Limit { return people.Limit{Count: 60, Per: 24 * time.Hour} }

// agentAsk is the form that asks for a link to an agent's page.
type agentAsk struct {
	Relation string `form:"relation" validate:"oneof=agent parent"`
	Name     string `form:"own_name" validate:"required,max=200"`
	Email    string `form:"own_email" validate:"required,address"`
}

type agentStartPage struct {
	frame
	agentAsk
	Who      []choice
	Problems site.Problems
	Notice   string
}

// agentStart says what the page is for and asks who wants to come in.
func (s *public) agentStart(c echo.Context) error {
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	return s.showAgentStart(c, http.StatusOK, agentStartPage{frame: s.frame(c, pack)})
}

func (s *public) showAgentStart(c echo.Context, status int, page agentStartPage) error {
	page.Title, page.Bad = page.T("agents.start.heading"), len(page.Problems) > 0
	for _, relation := range []string{agents.AsAgent, agents.AsParent} {
		page.Who = append(page.Who, choice{
			Value: relation, Label: page.T("agents.start." + relation), Hint: page.T("agents.start." + relation + ".hint"), Chosen: page.Relation == relation,
		})
	}
	return s.render(c, status, "agent/start", page)
}

// askAgentLink takes the form and leads to the page of its letter. Over a limit
// it leads there too, and nothing is sent.
func (s *public) askAgentLink(c echo.Context) error {
	values, err := site.Posted(c)
	if err != nil {
		return err
	}
	pack, err := s.Book.Pack(c.Param("policy"))
	if err != nil {
		return err
	}
	page := agentStartPage{frame: s.frame(c, pack)}
	s.Forms.Read(values, &page.agentAsk)
	if page.Problems = s.mendAgentAsk(&page); len(page.Problems) > 0 {
		page.Name, page.Email = site.Cut(page.Name, longestShown), site.Cut(page.Email, longestAddress)
		return s.showAgentStart(c, http.StatusUnprocessableEntity, page)
	}
	mark, err := s.mailAgent(c, &page)
	if err != nil {
		return err
	}
	return site.SeeOther(c, s.inLanguage(c, "/"+pack.ID+"/agent/"+s.ticket(agentTicket+pack.ID, mark)))
}

// mendAgentAsk says what is wrong with the form, field by field.
func (s *public) mendAgentAsk(page *agentStartPage) (list site.Problems) {
	for _, broken := range s.Forms.Check(&page.agentAsk) {
		key := "ask.mend." + broken[0] + "." + broken[1]
		if broken[0] == "relation" {
			key = "agents.mend.relation"
		}
		list = append(list, site.Problem{Field: broken[0], Sentence: page.T(key)})
	}
	return list
}

// mailAgent has a link sent, unless there were too many, and returns the mark of
// the address for the page that follows.
func (s *public) mailAgent(c echo.Context, page *agentStartPage) ([]byte, error) {
	mark, err := s.Office.AgentMark(page.Email)
	if err != nil {
		return nil, err
	}
	if ok, err := s.mayMail(c, page.Email); err != nil || !ok {
		return mark, err
	}
	return mark, s.Office.AskAgentLink(context.WithoutCancel(c.Request().Context()), s.Now(), requests.AgentAsk{
		Policy: page.House.ID, Email: page.Email, Name: page.Name, Relation: page.Relation, Language: page.Language().Tag,
	})
}

// byAgentLetter is what the page after an agent's ask needs.
func (s *public) byAgentLetter() codeLetter {
	return codeLetter{purpose: agentTicket, heading: "agents.sent.heading", page: "agent/sent", opens: "/agent", use: s.Office.UseAgentCode}
}

// agentLanding shows what the link of an agent's letter is for. It uses nothing
// up, because scanners of mail open links before people do.
func (s *public) agentLanding(c echo.Context) error {
	target, err := s.Office.PeekAgentLink(c.Request().Context(), s.Now(), c.Param("token"))
	var fault *requests.LinkError
	switch {
	case errors.As(err, &fault):
		return s.deadAgentLink(c, target, fault.Fault)
	case err != nil:
		return err
	}
	page := landingPage{frame: s.frame(c, s.PackNamed(target.Policy))}
	kind := "first"
	if target.Proved {
		kind = "known"
	}
	page.Title, page.Action = page.T("agents.landing."+kind+".heading"), page.T("agents.landing.open")
	page.Text = page.T("agents.landing."+kind+".text", "name", page.House.Name)
	page.NotYou = page.T("portal.landing.not_you", "name", page.House.Name)
	return s.render(c, http.StatusOK, "portal/landing", page)
}

// agentEnter uses a link up: whoever pressed the button reads the mailbox.
func (s *public) agentEnter(c echo.Context) error {
	ctx := context.WithoutCancel(c.Request().Context())
	target, err := s.Office.PeekAgentLink(ctx, s.Now(), c.Param("token"))
	var caller access.Caller
	if err == nil {
		caller, err = s.Office.UseAgentLink(ctx, s.Now(), c.Param("token"))
	}
	var fault *requests.LinkError
	if errors.As(err, &fault) {
		return s.deadAgentLink(c, target, fault.Fault)
	}
	if err != nil {
		return err
	}
	if err := s.LetIn(c.Request().Context(), caller); err != nil {
		return err
	}
	return site.SeeOther(c, "/agent")
}

type deadAgentLinkPage struct {
	frame
	Text   string
	Number string
	Again  string // address to ask for a new link at, or ""
}

// deadAgentLink explains a link that opens nothing any more. An agent whose
// visit is still open and who presses the button in a letter again gets on.
func (s *public) deadAgentLink(c echo.Context, target *requests.AgentTarget, fault requests.LinkFault) error {
	told := s.Fault(requests.ErrLink)
	page := deadAgentLinkPage{frame: s.frame(c, nil), Number: told.Number}
	if target != nil {
		caller, err := s.RequesterBehind(c.Request().Context())
		if err != nil {
			return err
		}
		if caller.Kind == access.Agent && caller.ID == target.AgentID {
			return site.SeeOther(c, "/agent")
		}
		page.frame, page.Again = s.frame(c, s.PackNamed(target.Policy)), "/"+url.PathEscape(target.Policy)+"/agent"
	}
	key := "errors.link_" + string(fault)
	page.Title, page.Text = page.T(key+".heading"), page.T("agents.dead."+string(fault))
	s.LogFault(c, told)
	return s.render(c, http.StatusGone, "agent/deadlink", page)
}
