package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/agents"
	"dsr/identity"
	"dsr/requests"
)

// documentFiles are the types of a document that shows authority.
func documentFiles() []string { return []string{"application/pdf", "image/jpeg", "image/png"} }

type agentAuthorityPage struct {
	agentFrame
	Kinds     []choice
	Scopes    []choice
	Reference string
	Problems  problems
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
func (s *Site) askAuthority(c echo.Context) error {
	page, err := s.authorityPage(c, url.Values{"reference": {c.QueryParam("request")}})
	if err != nil {
		return err
	}
	return s.showAuthority(c, http.StatusOK, page)
}

// authorityPage is the page with what was chosen so far.
func (s *Site) authorityPage(c echo.Context, values url.Values) (*agentAuthorityPage, error) {
	f, err := s.agentBehind(c)
	if err != nil {
		return nil, err
	}
	page := &agentAuthorityPage{agentFrame: f, Reference: cutText(trimmed(values, "reference"), maxLine), Accept: strings.Join(documentFiles(), ",")}
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

func (s *Site) showAuthority(c echo.Context, status int, page *agentAuthorityPage) error {
	page.Bad = len(page.Problems) > 0
	list, err := s.Office.Authorities(c.Request().Context(), callerOf(c))
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
func (s *Site) sendAuthority(c echo.Context) error {
	up, err := s.postedKinds(c, documentFiles())
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
		return seeOther(c, "/agent?done=document")
	case len(up.Files) > 0:
		page.Notice = page.T("portal.files.again")
	}
	return s.showAuthority(c, http.StatusUnprocessableEntity, page)
}

// keepAuthority hands a document to the office, or notes on the page why not.
func (s *Site) keepAuthority(c echo.Context, page *agentAuthorityPage, up *upload) error {
	err := s.allow(c, "agent document", strconv.FormatInt(page.agent.ID, 10), documentLimit())
	if err == nil {
		reference := ""
		if up.Values.Get("scope") == "one" {
			reference = strings.ToUpper(page.Reference)
		}
		_, err = s.Office.SendAuthority(context.WithoutCancel(c.Request().Context()), callerOf(c), s.Now(), up.Values.Get("kind"), reference, up.Files[0])
	}
	var fields requests.FieldErrors
	switch {
	case tooMany(err):
		page.Problems = problems{{"file", page.T("agents.mend.file.wait")}}
	case errors.As(err, &fields) && fields[requests.FieldReference] != "":
		page.Problems = problems{{"reference", page.T("agents.mend.reference")}}
	case errors.As(err, &fields):
		page.Problems = problems{{"file", page.T("agents.mend.file.wait")}}
	default:
		return err
	}
	return nil
}

// tooMany reports an attempt over a limit.
func tooMany(err error) bool { return waitOf(err) > 0 }

// mend says what is wrong with the form and its file, in the order of the page.
func (p *agentAuthorityPage) mend(up *upload) problems {
	var list problems
	if _, err := identity.ParseAuthority(up.Values.Get("kind")); err != nil {
		list = append(list, problem{"kind", p.T("agents.mend.kind")})
	}
	switch scope := up.Values.Get("scope"); {
	case scope != "all" && scope != "one":
		list = append(list, problem{"scope", p.T("agents.mend.scope")})
	case scope == "one" && p.Reference == "":
		list = append(list, problem{"reference", p.T("agents.mend.reference")})
	}
	switch {
	case len(up.faults) > 0:
		f := up.faults[0]
		list = append(list, problem{"file", p.T("agents.mend.file."+f.why, "name", f.name, "megabytes", requests.MaxUpload>>20)})
	case len(up.Files) == 0:
		list = append(list, problem{"file", p.T("agents.mend.file.none")})
	case len(up.Files) > 1:
		list = append(list, problem{"file", p.T("agents.mend.file.many")})
	}
	return list
}

// postedKinds is postedFiles for a page that takes other kinds of files.
func (s *Site) postedKinds(c echo.Context, kinds []string) (*upload, error) {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEMultipartForm {
		return nil, errMedia
	}
	up := &upload{Values: url.Values{}}
	return up, up.read(c.Request(), kinds)
}

// ownDocument serves an agent a document they sent.
func (s *Site) ownDocument(c echo.Context) error {
	if callerOf(c).Kind != access.Agent {
		return errNoVisit
	}
	return s.serveDocument(c)
}

// serveDocument streams a document as a download. Whatever it holds, a browser
// saves it and runs nothing.
func (s *Site) serveDocument(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("file"), 10, 64)
	if err != nil {
		return requests.ErrNotFound
	}
	err = s.Office.OpenAuthority(c.Request().Context(), callerOf(c), s.Now(), id, func(d agents.Document) (io.Writer, error) {
		attach(c, d.Name, downloadType(d.Type), d.Size)
		if c.Request().Method == http.MethodHead {
			return io.Discard, nil
		}
		return c.Response(), nil
	})
	if err != nil && c.Response().Committed {
		s.Log.Error("a download broke off", "id", c.Response().Header().Get(echo.HeaderXRequestID), "error", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// attach begins the answer to a download.
func attach(c echo.Context, name, kind string, size int64) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, kind)
	h.Set(echo.HeaderContentLength, strconv.FormatInt(size, 10))
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Response().WriteHeader(http.StatusOK)
}
