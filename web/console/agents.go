package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/agents"
	"dsr/requests"
	"dsr/web/site"
)

// papers counts the documents of agents that wait for a caller, or returns nil
// for one who may not judge them.
func (s *Console) papers(ctx context.Context, caller access.Caller) (*int, error) {
	if !caller.May(access.Verify, "") {
		return nil, nil
	}
	n, err := s.Office.CountAuthorities(ctx, caller)
	return &n, err
}

// documentsPage lists the documents by which agents show that they may act.
type documentsPage struct {
	shell
	Waiting, Accepted []paperLine
}

// paperLine is one document of the list.
type paperLine struct{ Href, Agent, Email, Kind, For, Policy, Sent string }

// agentDocuments lists what waits, and what is in force.
func (s *Console) agentDocuments(c echo.Context) error {
	var page documentsPage
	var err error
	if page.Waiting, err = s.paperLines(c, agents.Waiting); err != nil {
		return err
	}
	if page.Accepted, err = s.paperLines(c, agents.Accepted); err != nil {
		return err
	}
	if page.shell, err = s.shell(c, "Agents", ""); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "agents", page)
}

func (s *Console) paperLines(c echo.Context, state string) ([]paperLine, error) {
	list, err := s.Office.AuthoritiesFor(c.Request().Context(), site.Caller(c), state)
	lines := make([]paperLine, len(list))
	for i := range list {
		d := &list[i]
		lines[i] = paperLine{
			Href: "/console/agents/" + strconv.FormatInt(d.ID, 10), Agent: d.Agent.Name, Email: requests.Mask(d.Agent.Email),
			Kind: authorityName(d.Authority), For: forWhom(d), Policy: s.policyName(d.Agent.Policy), Sent: d.SentAt.UTC().Format("2 Jan 2006"),
		}
	}
	return lines, err
}

// policyName is the name of a policy's controller.
func (s *Console) policyName(id string) string {
	if p := s.PackNamed(id); p != nil {
		return p.Controller.Name
	}
	return id
}

// forWhom says what a document is for.
func forWhom(d *requests.Authority) string {
	switch n := len(d.Requests); {
	case d.RequestID != 0 && n > 0:
		return d.Requests[0].Reference
	case d.RequestID != 0:
		return "one request"
	case d.State != agents.Waiting:
		return "all their requests"
	case n == 1:
		return "all their requests, 1 waits for it"
	default:
		return fmt.Sprintf("all their requests, %d wait for it", n)
	}
}

// documentPage is where one document is looked at and judged.
type documentPage struct {
	shell
	Kind     string
	Facts    []fact
	File     string // address of the document
	FileName string
	Waiting  bool // else it is in force
	Meaning  string
	Requests []siblingRequest
	More     int // requests besides those shown
	Accept   string
	Address  string
	Reason   string
	Problems site.Problems
}

// requestsShown is how many requests of a document its page names.
const requestsShown = 20

// agentDocument shows one.
func (s *Console) agentDocument(c echo.Context) error {
	page, err := s.documentPage(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "agent", page)
}

// documentPage opens the document of an address, one that waits or is in force.
func (s *Console) documentPage(c echo.Context) (*documentPage, error) {
	d, err := s.documentAt(c)
	if err != nil {
		return nil, err
	}
	v, err := s.team(c)
	if err != nil {
		return nil, err
	}
	page := &documentPage{
		Kind: authorityName(d.Authority), File: "/console/agents/files/" + c.Param("document"), FileName: d.Name, Waiting: d.State == agents.Waiting,
		Address: "/console/agents/" + c.Param("document"), Meaning: meaning(d),
	}
	if page.shell, err = s.shell(c, page.Kind, ""); err != nil {
		return nil, err
	}
	page.Facts = []fact{
		{Name: "Agent", Text: d.Agent.Name}, {Name: "Mailbox", Text: requests.Mask(d.Agent.Email) + ", proved " + d.Agent.ProvedAt.UTC().Format("2 Jan 2006")},
		{Name: "Policy", Text: s.policyName(d.Agent.Policy)}, {Name: "For", Text: forWhom(d)}, {Name: "Sent", Text: d.SentAt.UTC().Format("Monday 2 January 2006")},
	}
	for _, r := range d.Requests[:min(len(d.Requests), requestsShown)] {
		page.Requests = append(page.Requests, siblingRequest{Ref: r.Reference, Href: requestAddress(r.Reference), Right: v.right(r.Right)})
	}
	page.More = len(d.Requests) - len(page.Requests)
	page.Accept = acceptLabel(len(d.Requests))
	return page, nil
}

// documentAt finds the document of an address among those the caller may judge.
func (s *Console) documentAt(c echo.Context) (*requests.Authority, error) {
	id, err := site.Number(c, "document")
	if err != nil {
		return nil, err
	}
	return s.Office.AuthorityFor(c.Request().Context(), site.Caller(c), id)
}

// meaning says how far accepting a document reaches.
func meaning(d *requests.Authority) string {
	switch {
	case d.State != agents.Waiting:
		return "If you withdraw it, later requests of this agent need a new document. What it was recorded on stays as it is. The document is deleted."
	case d.RequestID != 0:
		return "Accept it if it shows that this agent may act for the person of this request. It then counts for later requests for the same person too."
	case d.Authority.SpeaksAlone():
		return "Accept it only if it names the person of every request below: it stands for them altogether, and they are asked for nothing more. It then counts for later requests for the same people, and for nobody else."
	}
	return "Accept it if people give this agent permission in this way. It then counts for every later request of this agent too; the people still prove for themselves who they are."
}

func acceptLabel(n int) string {
	switch n {
	case 0:
		return "Accept"
	case 1:
		return "Accept and record it on 1 request"
	}
	return fmt.Sprintf("Accept and record it on %d requests", n)
}

// judgeDocument accepts, refuses or withdraws one.
func (s *Console) judgeDocument(c echo.Context) error {
	values, err := site.Posted(c)
	if err != nil {
		return err
	}
	said, err := s.judge(c, values.Get("verdict"), site.Trimmed(values, "reason"))
	var fields requests.FieldErrors
	if errors.As(err, &fields) {
		page, err := s.documentPage(c)
		if err != nil {
			return err
		}
		page.Bad, page.Reason, page.Problems = true, site.Trimmed(values, "reason"), site.Problems{{Field: "reason", Sentence: fields["reason"]}}
		return s.render(c, http.StatusUnprocessableEntity, "agent", page)
	}
	if err != nil {
		return err
	}
	s.say(c, said)
	return site.SeeOther(c, "/console/agents")
}

// judge carries a verdict out and says what came of it.
func (s *Console) judge(c echo.Context, verdict, reason string) (said string, err error) {
	id, err := site.Number(c, "document")
	if err != nil {
		return "", err
	}
	ctx, caller := context.WithoutCancel(c.Request().Context()), site.Caller(c)
	switch verdict {
	case "accept":
		n, err := s.Office.JudgeAuthority(ctx, caller, s.Now(), id, requests.AuthorityVerdict{Accept: true})
		return fmt.Sprintf("Accepted, and recorded on %s. The agent gets a letter.", counted(n, "request")), err
	case "withdraw":
		return "Withdrawn. The document is deleted; the agent gets a letter.", s.Office.WithdrawAuthority(ctx, caller, s.Now(), id, reason)
	case "refuse":
		_, err := s.Office.JudgeAuthority(ctx, caller, s.Now(), id, requests.AuthorityVerdict{Reason: reason})
		return "Refused. The document is deleted; the agent gets a letter with your reason.", err
	}
	return "", site.ErrForm
}
