package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/database"
	"dsr/deadlines"
	"dsr/drafts"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

// Faults that arise at the door itself.
var (
	errCrossSite = errors.New("another site sent this form")
	errNoVisit   = errors.New("nobody's link is behind this visit")
	errSignedOut = errors.New("nobody is signed in")
	errMedia     = errors.New("the body is of a type this page does not take")
	errForm      = errors.New("the body is no form of this site")
	errReceipt   = errors.New("this receipt is not one of ours")
	errTicket    = errors.New("this page for a code has ended, or its address is not one of ours")
	errCodes     = errors.New("too many codes were tried")
)

// redirect is returned by a handler that sends the visitor to another page.
type redirect struct{ to string }

// Error names the kind and not the address, which may hold a secret.
func (r redirect) Error() string { return "go to another page" }

// seeOther ends a post: the page it leads to can be loaded again safely.
func seeOther(c echo.Context, to string) error { return c.Redirect(http.StatusSeeOther, to) }

// fault is one line of the table: an error, its status, and the key of what the
// page says (errors.<key>.heading and .text).
type fault struct {
	is     func(error) bool
	status int
	key    string
}

func like(targets ...error) func(error) bool {
	return func(err error) bool {
		for _, t := range targets {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
}

func as[T error](err error) bool { return errors.As(err, new(T)) }

func withCode(code int) func(error) bool {
	return func(err error) bool {
		var h *echo.HTTPError
		return errors.As(err, &h) && h.Code == code
	}
}

// faults is the table, in order: the first line that fits is the answer. What
// stands in no line is a fault of ours and told to nobody but the log.
func faults() []fault {
	return []fault{
		{like(errCrossSite), http.StatusForbidden, "cross_site"},
		{like(errNoVisit), http.StatusUnauthorized, "no_visit"},
		{like(errSignedOut), http.StatusUnauthorized, "signed_out"},
		{like(drafts.ErrGone), http.StatusGone, "draft"},
		{like(errReceipt), http.StatusNotFound, "receipt"},
		{like(errTicket), http.StatusGone, "ticket"},
		{like(requests.ErrFilesEnded), http.StatusGone, "files_ended"},
		{like(requests.ErrLink), http.StatusGone, "link_forged"},
		{like(requests.ErrNotFound, requests.ErrPage, policies.ErrNoPolicy, people.ErrNotFound), http.StatusNotFound, "not_found"},
		{withCode(http.StatusNotFound), http.StatusNotFound, "not_found"},
		{withCode(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed, "method"},
		{like(requests.ErrForbidden), http.StatusForbidden, "forbidden"},
		{like(requests.ErrStale), http.StatusConflict, "stale"},
		{as[*requests.Refused], http.StatusConflict, "refused"},
		{like(errCodes), http.StatusTooManyRequests, "code_tries"},
		{as[people.ErrTooMany], http.StatusTooManyRequests, "too_many"},
		{as[*http.MaxBytesError], http.StatusRequestEntityTooLarge, "too_large"},
		{like(errMedia), http.StatusUnsupportedMediaType, "media"},
		{like(errForm, requests.ErrInvalid, database.ErrText), http.StatusBadRequest, "form"},
		{like(people.ErrBusy, database.ErrBusy, context.DeadlineExceeded), http.StatusServiceUnavailable, "busy"},
		{database.IsFull, http.StatusServiceUnavailable, "full"},
		{like(deadlines.ErrCoverage), http.StatusServiceUnavailable, "coverage"},
	}
}

// find returns the line of the table for an error.
func findFault(err error) fault {
	for _, f := range faults() {
		if f.is(err) {
			return f
		}
	}
	return fault{status: http.StatusInternalServerError, key: "broken"}
}

// errorPage is what the page of an error shows.
type errorPage struct {
	frame
	Icon    string
	Heading string
	Text    string
	Details []string // sentences of the law or the house, for staff
	Number  string   // to quote; the log has it too
	Action  *action
}

// action is the one thing a person can do next.
type action struct {
	Href, Label string
	Post        bool // a form with a button, for what changes something
}

// fail is the last stop of every error: it logs it and shows its page.
func (s *Site) fail(err error, c echo.Context) {
	var to redirect
	switch {
	case c.Response().Committed:
		s.Log.Error("a page broke off", "id", c.Response().Header().Get(echo.HeaderXRequestID), "error", err)
		return
	case errors.As(err, &to):
		_ = seeOther(c, to.to)
		return
	case isCancelled(c, err):
		_ = c.NoContent(499) // the visitor has left
		return
	}
	f := findFault(err)
	number := s.number()
	s.logFault(c, f, number, err)
	if wait := waitOf(err); wait > 0 || f.status == http.StatusServiceUnavailable {
		setWait(c, max(wait, time.Minute))
	}
	if err := s.showFault(c, f, number, err); err != nil {
		s.Log.Error("the page of an error broke", "number", number, "error", err)
		_ = c.String(f.status, http.StatusText(f.status)+" "+number)
	}
}

// waitOf returns how long an attempt over a limit has to wait, or 0.
func waitOf(err error) time.Duration {
	var many people.ErrTooMany
	errors.As(err, &many)
	return many.RetryAfter
}

func setWait(c echo.Context, wait time.Duration) {
	c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(wait/time.Second)+1))
}

func (s *Site) logFault(c echo.Context, f fault, number string, err error) {
	level := slog.LevelInfo
	if f.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("number", number), slog.String("id", c.Response().Header().Get(echo.HeaderXRequestID)),
		slog.Int("status", f.status), slog.String("kind", f.key), slog.String("route", c.Path()),
	}
	if level == slog.LevelError {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	s.Log.LogAttrs(c.Request().Context(), level, "fault", attrs...)
}

// number makes what a person quotes when they write about an error.
func (s *Site) number() string {
	var b [2]byte
	rand.Read(b[:])
	return "E-" + s.Now().UTC().Format("20060102") + "-" + strings.ToUpper(hex.EncodeToString(b[:]))
}

// showFault renders the page of an error in the look of where it happened.
func (s *Site) showFault(c echo.Context, f fault, number string, err error) error {
	console := strings.HasPrefix(c.Request().URL.Path, "/console")
	page := errorPage{Icon: "warn", Number: number}
	page.frame = s.frame(c, s.packOf(c))
	page.Here = "" // an address that failed leads nowhere, and may name a request
	page.Heading = page.T("errors." + f.key + ".heading")
	page.Text = page.T("errors." + f.key + ".text")
	if wait := waitOf(err); wait > 0 {
		page.Text = page.N("errors."+f.key+".wait", minutes(wait))
	}
	page.Title = page.Heading
	if !console {
		page.Action = s.wayOn(c, page.frame, f.key)
		return s.render(c, f.status, "errors/ask", page)
	}
	if f.key == "forbidden" {
		page.Icon = "lock"
	}
	page.Details = details(err)
	page.Action = &action{Href: "/console", Label: page.T("errors.console.back")}
	return s.render(c, f.status, "errors/console", page)
}

// wayOn is what a requester can do next about an error, or nil.
func (s *Site) wayOn(c echo.Context, f frame, key string) *action {
	switch key {
	case "draft":
		return &action{Href: "/" + c.Param("policy") + "/request", Label: f.T("errors.draft.action")}
	case "no_visit", "ticket":
		return &action{Href: s.followURL(s.packOf(c)), Label: f.T("errors.no_visit.action")}
	case "code_tries":
		return &action{Href: pageBefore(c), Label: f.T("errors.code_tries.action")}
	case "files_ended":
		return &action{Href: "/my/" + url.PathEscape(c.Param("reference")) + "/renew", Label: f.T("portal.files.renew"), Post: true}
	}
	return nil
}

// details are the sentences behind a refusal. They are written for people and
// hold no personal data.
func details(err error) []string {
	var refused *requests.Refused
	if errors.As(err, &refused) {
		var list []string
		for _, o := range refused.Objections {
			list = append(list, strings.TrimSpace(o.Sentence+" "+o.Source))
		}
		return list
	}
	if errors.Is(err, requests.ErrForbidden) {
		return []string{strings.TrimPrefix(err.Error(), requests.ErrForbidden.Error()+": ")}
	}
	return nil
}
