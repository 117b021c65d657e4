package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/agents"
	"dsr/identity"
	"dsr/requests"
	"dsr/web/site"
)

// documentFiles are the types of a document that shows authority.
func documentFiles() []string { return []string{"application/pdf", "image/jpeg", "image/png"} }

type agentAuthorityPage struct {
	agentFrame
	Kinds     []choice
	Scopes    []choice
	Reference string
	Problems  site.Problems
	Notice    string
	Files     string // which files are taken
	Accept    string
	Documents []documentLine
}

// documentLine is a document as its agent sees it.
type documentLine struct {
	Kind, For string
	State     string
	Icon      string
	Reason    string
	Name      string
	Href      string // to download it, or "" when it is deleted
}

// askAuthority shows which documents there are, and takes another.
func (s *public) askAuthority(c echo.Context) error {
	page, err := s.authorityPage(c, url.Values{"reference": {c.QueryParam("request")}})
	if err != nil {
		return err
	}
	return s.showAuthority(c, http.StatusOK, page)
}

// authorityPage is the page with what was chosen so far.
func (s *public) authorityPage(c echo.Context, values url.Values) (*agentAuthorityPage, error) {
	f, err := s.agentBehind(c)
	if err != nil {
		return nil, err
	}
	page := &agentAuthorityPage{agentFrame: f, Reference: site.Cut(site.Trimmed(values, "reference"), site.MaxLine), Accept: strings.Join(documentFiles(), ",")}
	page.Title = page.T("agents.authority.heading")
	page.Files = page.T("agents.authority.file.hint", "megabytes", requests.MaxUpload>>20)
	for _, kind := range identity.Authorities() {
		page.Kinds = append(page.Kinds, choice{
			Value: string(kind), Label: page.T("agents.kind." + string(kind)), Hint: page.T("agents.kind." + string(kind) + ".hint"), Chosen: values.Get("kind") == string(kind),
		})
	}
	scope := values.Get("scope")
	if scope == "" && page.Reference != "" {
		scope = "one"
	}
	for _, value := range []string{"all", "one"} {
		page.Scopes = append(page.Scopes, choice{Value: value, Label: page.T("agents.scope." + value), Hint: page.T("agents.scope." + value + ".hint"), Chosen: scope == value})
	}
	return page, nil
}

func (s *public) showAuthority(c echo.Context, status int, page *agentAuthorityPage) error {
	page.Bad = len(page.Problems) > 0
	list, err := s.Office.Authorities(c.Request().Context(), site.Caller(c))
	if err != nil {
		return err
	}
	for _, d := range list {
		page.Documents = append(page.Documents, page.document(&d))
	}
	return s.render(c, status, "agent/authority", page)
}

// document words one document.
func (p *agentAuthorityPage) document(d *requests.Authority) documentLine {
	line := documentLine{Kind: p.T("agents.kind." + string(d.Authority)), For: p.T("agents.scope.all"), Reason: d.Reason, Name: d.Name}
	if len(d.Requests) > 0 {
		line.For = d.Requests[0].Reference
	}
	on := d.SentAt
	if d.State != agents.Waiting {
		on = d.JudgedAt
	}
	line.State = p.T("agents.document."+d.State, "date", p.day(on))
	line.Icon = map[string]string{agents.Waiting: "held", agents.Accepted: "done"}[d.State]
	if line.Icon == "" {
		line.Icon = "stop"
	}
	if d.Kept() {
		line.Href = "/agent/files/" + strconv.FormatInt(d.ID, 10)
	}
	return line
}

// sendAuthority takes a document. Sent twice it is kept once.
func (s *public) sendAuthority(c echo.Context) error {
	up, err := site.PostedKinds(c, documentFiles())
	if err != nil {
		return err
	}
	page, err := s.authorityPage(c, up.Values)
	if err != nil {
		return err
	}
	if page.Problems = page.mend(up); len(page.Problems) == 0 {
		err = s.keepAuthority(c, page, up)
	}
	switch {
	case err != nil:
		return err
	case len(page.Problems) == 0:
		return site.SeeOther(c, "/agent?done=document")
	case len(up.Files) > 0:
		page.Notice = page.T("portal.files.again")
	}
	return s.showAuthority(c, http.StatusUnprocessableEntity, page)
}

// keepAuthority hands a document to the office, or notes on the page why not.
func (s *public) keepAuthority(c echo.Context, page *agentAuthorityPage, up *site.Upload) error {
	err := s.Allow(c, "agent document", strconv.FormatInt(page.agent.ID, 10), documentLimit())
	if err == nil {
		reference := ""
		if up.Values.Get("scope") == "one" {
			reference = strings.ToUpper(page.Reference)
		}
		_, err = s.Office.SendAuthority(context.WithoutCancel(c.Request().Context()), site.Caller(c), s.Now(), up.Values.Get("kind"), reference, up.Files[0])
	}
	var fields requests.FieldErrors
	switch {
	case errors.As(err, &fields) && fields[requests.FieldReference] != "":
		page.Problems = site.Problems{{Field: "reference", Sentence: page.T("agents.mend.reference")}}
	case tooMany(err), errors.As(err, &fields):
		page.Problems = site.Problems{{Field: "file", Sentence: page.T("agents.mend.file.wait")}}
	default:
		return err
	}
	return nil
}

// tooMany reports an attempt over a limit.
func tooMany(err error) bool { return site.WaitOf(err) > 0 }

// mend says what is wrong with the form and its file, in the order of the page.
func (p *agentAuthorityPage) mend(up *site.Upload) site.Problems {
	var list site.Problems
	if _, err := identity.ParseAuthority(up.Values.Get("kind")); err != nil {
		list = append(list, site.Problem{Field: "kind", Sentence: p.T("agents.mend.kind")})
	}
	switch scope := up.Values.Get("scope"); {
	case scope != "all" && scope != "one":
		list = append(list, site.Problem{Field: "scope", Sentence: p.T("agents.mend.scope")})
	case scope == "one" && p.Reference == "":
		list = append(list, site.Problem{Field: "reference", Sentence: p.T("agents.mend.reference")})
	}
	switch {
	case len(up.Faults) > 0:
		f := up.Faults[0]
		list = append(list, site.Problem{Field: "file", Sentence: p.T("agents.mend.file."+f.Why, "name", f.Name, "megabytes", requests.MaxUpload>>20)})
	case len(up.Files) == 0:
		list = append(list, site.Problem{Field: "file", Sentence: p.T("agents.mend.file.none")})
	case len(up.Files) > 1:
		list = append(list, site.Problem{Field: "file", Sentence: p.T("agents.mend.file.many")})
	}
	return list
}

// ownDocument serves an agent a document they sent.
func (s *public) ownDocument(c echo.Context) error {
	if site.Caller(c).Kind != access.Agent {
		return site.ErrNoVisit
	}
	return s.ServeDocument(c)
}
