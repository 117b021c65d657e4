package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

type landingPage struct {
	frame
	Text   string // marked for rich
	Action string // of the button
	NotYou string
}

// landing shows what a mailed link is for. It uses nothing up, because scanners
// of mail open links before people do.
func (s *public) landing(c echo.Context) error {
	target, err := s.Office.PeekLink(c.Request().Context(), s.Now(), c.Param("token"))
	var fault *requests.LinkError
	switch {
	case errors.As(err, &fault):
		return s.deadLink(c, target, fault.Fault)
	case err != nil:
		return err
	}
	kind, err := s.landingKind(c, target)
	if err != nil {
		return err
	}
	page := landingPage{frame: s.frame(c, s.PackNamed(target.Policy))}
	page.Title = page.T("portal.landing." + kind + ".heading")
	page.Text = page.T("portal.landing."+kind+".text", "reference", site.Bold(target.Reference))
	page.Action = page.T("portal.landing." + kind + ".open")
	page.NotYou = page.T("portal.landing.not_you", "name", page.House.Name)
	if kind == "behalf" {
		page.NotYou = page.T("portal.landing.behalf.not_you")
	}
	return s.render(c, http.StatusOK, "portal/landing", page)
}

// landingKind says what pressing the button of a link leads to: one request, a
// request opened again, all of an address, those asked for others, or what
// somebody else asked for the reader.
func (s *public) landingKind(c echo.Context, target *requests.LinkTarget) (string, error) {
	switch {
	case target.All:
		return "all", nil
	case target.Lapsed:
		return "lapsed", nil
	case target.Agent:
		return "agent", nil
	}
	v, err := s.targeted(c, target)
	if err == nil && v.AgentID != 0 {
		return "behalf", nil
	}
	return "one", err
}

// targeted returns the request that a link names.
func (s *public) targeted(c echo.Context, target *requests.LinkTarget) (*requests.View, error) {
	return s.Office.Open(c.Request().Context(), requests.RequesterOf(target.SubmissionID), s.Now(), target.Reference, false)
}

// enter uses a link up: whoever pressed the button reads the mailbox.
func (s *public) enter(c echo.Context) error {
	ctx := context.WithoutCancel(c.Request().Context())
	target, err := s.Office.PeekLink(ctx, s.Now(), c.Param("token"))
	var caller access.Caller
	if err == nil {
		caller, err = s.Office.UseLink(ctx, s.Now(), c.Param("token"))
	}
	var fault *requests.LinkError
	if errors.As(err, &fault) {
		return s.deadLink(c, target, fault.Fault)
	}
	if err == nil && target.Lapsed && !target.All {
		err = s.takeUpAgain(ctx, caller, target.Reference)
	}
	if err == nil {
		err = s.LetIn(c.Request().Context(), caller)
	}
	if err != nil {
		return err
	}
	return site.SeeOther(c, "/my")
}

// takeUpAgain opens a request that had lapsed, as the button said. Where the
// proof of the mailbox was all it waited for, the link has done so by itself.
func (s *public) takeUpAgain(ctx context.Context, caller access.Caller, reference string) error {
	_, err := s.Office.Do(ctx, caller, s.Now(), reference, 0, requests.Reopen{})
	if site.Is[*requests.Refused](err) {
		return nil
	}
	return err
}

type deadLinkPage struct {
	frame
	Text      string
	Number    string
	Fresh     string // address to ask for a new link at, or ""
	Follow    string // address to ask for a link to all requests at, or ""
	Reference string
}

// deadLink explains a link that opens nothing any more. Somebody whose visit is
// still open and who presses the button in their letter again gets on.
func (s *public) deadLink(c echo.Context, target *requests.LinkTarget, fault requests.LinkFault) error {
	told := s.Fault(requests.ErrLink)
	page := deadLinkPage{frame: s.frame(c, nil), Number: told.Number, Follow: s.followURL(nil)}
	if target != nil && fault != requests.LinkForged {
		open, err := s.openAlready(c, target)
		if err != nil {
			return err
		}
		if open {
			return site.SeeOther(c, myPath(target))
		}
		pack := s.PackNamed(target.Policy)
		page.frame, page.Follow = s.frame(c, pack), s.followURL(pack)
		if !target.All {
			page.Fresh, page.Reference = "/r/"+url.PathEscape(c.Param("token"))+"/new", target.Reference
		}
	}
	key := "errors.link_" + string(fault)
	page.Title, page.Text = page.T(key+".heading"), page.T(key+".text")
	s.LogFault(c, told)
	return s.render(c, http.StatusGone, "portal/deadlink", page)
}

// openAlready reports whether the visit in this browser opens what a link names:
// an agent's opens all they asked for, whichever link began it.
func (s *public) openAlready(c echo.Context, target *requests.LinkTarget) (bool, error) {
	caller, err := s.RequesterBehind(c.Request().Context())
	if err != nil {
		return false, err
	}
	_, err = s.Office.Open(c.Request().Context(), caller, s.Now(), target.Reference, false)
	if errors.Is(err, requests.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// myPath is where a link leads whose visit is open.
func myPath(target *requests.LinkTarget) string {
	if target.All {
		return "/my"
	}
	return "/my/" + url.PathEscape(target.Reference)
}

type sentPage struct {
	frame
	Text, Hint string
	Follow     string // address to ask for a link to all requests at, or ""
}

// newLink mails a fresh link to the address that an old one was sent to.
func (s *public) newLink(c echo.Context) error {
	target, err := s.Office.PeekLink(c.Request().Context(), s.Now(), c.Param("token"))
	var fault *requests.LinkError
	if err != nil && !errors.As(err, &fault) {
		return err
	}
	if target == nil || fault != nil && fault.Fault == requests.LinkForged {
		return err
	}
	v, err := s.targeted(c, target)
	if err != nil {
		return err
	}
	if err := s.mailFresh(c, v); err != nil {
		return err
	}
	page := sentPage{frame: s.frame(c, s.PackNamed(target.Policy))}
	page.Here = "" // this page came by a button: its address leads elsewhere
	page.Title, page.Text, page.Hint = page.T("portal.link_sent.heading"), page.T("portal.link_sent.text"), page.T("portal.link_sent.hint")
	return s.render(c, http.StatusOK, "portal/linksent", page)
}

// mailFresh sends a fresh link to the address on file. Over a limit nothing is
// sent and nobody can tell: an earlier letter is in the mailbox by then. Nor is
// anything while triage has not looked at what may be abuse.
func (s *public) mailFresh(c echo.Context, v *requests.View) error {
	if v.Suspect != "" {
		return nil
	}
	if ok, err := s.mayMail(c, writtenTo(v)); err != nil || !ok {
		return err
	}
	return s.Office.SendLink(context.WithoutCancel(c.Request().Context()), s.Now(), v.Reference)
}

// mayMail counts a letter that somebody had sent to an address: by the network
// they came from, and by the mailbox behind it whichever door they used, so
// that nobody can be flooded. False means that it is over one of the limits.
func (s *public) mayMail(c echo.Context, address string) (bool, error) {
	for _, l := range []struct {
		door, key string
		limit     people.Limit
	}{{"link network", s.Network(c), s.Limits.Links}, {"link target", mailboxOf(address), s.Limits.Target}} {
		err := s.Allow(c, l.door, l.key, l.limit)
		if site.Is[people.ErrTooMany](err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}
