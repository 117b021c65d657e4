package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

type landingPage struct {
	frame
	Reference string
}

// landing shows what a mailed link is for. It uses nothing up, because scanners
// of mail open links before people do.
func (s *Site) landing(c echo.Context) error {
	target, err := s.Office.PeekLink(c.Request().Context(), s.Now(), c.Param("token"))
	var fault *requests.LinkError
	switch {
	case errors.As(err, &fault):
		return s.deadLink(c, target, fault.Fault)
	case err != nil:
		return err
	}
	page := landingPage{frame: s.frame(c, s.packNamed(target.Policy)), Reference: target.Reference}
	page.Title = page.T("portal.landing.heading")
	return s.render(c, http.StatusOK, "portal/landing", page)
}

// enter uses a link up: whoever pressed the button reads the mailbox.
func (s *Site) enter(c echo.Context) error {
	ctx := context.WithoutCancel(c.Request().Context())
	caller, err := s.Office.UseLink(ctx, s.Now(), c.Param("token"))
	var fault *requests.LinkError
	if errors.As(err, &fault) {
		target, _ := s.Office.PeekLink(ctx, s.Now(), c.Param("token"))
		return s.deadLink(c, target, fault.Fault)
	}
	if err != nil {
		return err
	}
	ctx = c.Request().Context()
	if err := s.portal.RenewToken(ctx); err != nil {
		return err
	}
	list := s.requesterBehind(ctx).Submissions
	for _, submission := range caller.Submissions {
		if !slices.Contains(list, submission) {
			list = append(list, submission)
		}
	}
	s.portal.Put(ctx, submissionsKey, list)
	return seeOther(c, "/my")
}

type deadLinkPage struct {
	frame
	Text      string
	Number    string
	Fresh     string // address to ask for a new link at, or ""
	Reference string
}

// deadLink explains a link that opens nothing any more. Somebody whose visit is
// still open and who presses the button in their letter again gets on.
func (s *Site) deadLink(c echo.Context, target *requests.LinkTarget, fault requests.LinkFault) error {
	page := deadLinkPage{frame: s.frame(c, nil), Number: s.number()}
	if target != nil && fault != requests.LinkForged {
		if slices.Contains(s.requesterBehind(c.Request().Context()).Submissions, target.SubmissionID) {
			return seeOther(c, "/my/"+url.PathEscape(target.Reference))
		}
		page.frame = s.frame(c, s.packNamed(target.Policy))
		page.Fresh, page.Reference = "/r/"+url.PathEscape(c.Param("token"))+"/new", target.Reference
	}
	key := "errors.link_" + string(fault)
	page.Title, page.Text = page.T(key+".heading"), page.T(key+".text")
	s.logFault(c, findFault(requests.ErrLink), page.Number, requests.ErrLink)
	return s.render(c, http.StatusGone, "portal/deadlink", page)
}

type sentPage struct {
	frame
	Back string
}

// newLink mails a fresh link to the address that an old one was sent to.
func (s *Site) newLink(c echo.Context) error {
	target, err := s.Office.PeekLink(c.Request().Context(), s.Now(), c.Param("token"))
	var fault *requests.LinkError
	if err != nil && !errors.As(err, &fault) {
		return err
	}
	if target == nil || fault != nil && fault.Fault == requests.LinkForged {
		return err
	}
	if err := s.mailFresh(c, target.Reference); err != nil {
		return err
	}
	page := sentPage{frame: s.frame(c, s.packNamed(target.Policy))}
	page.Title = page.T("portal.link_sent.heading")
	return s.render(c, http.StatusOK, "portal/linksent", page)
}

// mailFresh sends a fresh link to the address on file. Over a limit nothing is
// sent and nobody can tell: an earlier letter is in the mailbox by then.
func (s *Site) mailFresh(c echo.Context, reference string) error {
	for _, l := range []struct {
		door, key string
		limit     people.Limit
	}{{"link network", s.network(c), s.Limits.Links}, {"link target", reference, s.Limits.Target}} {
		err := s.allow(c, l.door, l.key, l.limit)
		if as[people.ErrTooMany](err) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return s.Office.SendLink(context.WithoutCancel(c.Request().Context()), s.Now(), reference)
}

// packNamed returns a policy in force, or nil.
func (s *Site) packNamed(id string) *policies.Pack {
	p, err := s.Book.Pack(id)
	if err != nil {
		return nil
	}
	return p
}
