package site

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
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

// Faults that arise at a door itself.
var (
	// ErrNoVisit: nobody's link is behind a visit that needs one.
	ErrNoVisit = errors.New("nobody's link is behind this visit")
	// ErrForm: the body cannot be read as a form, or one of its values makes no sense.
	ErrForm = errors.New("the body is no form of this site")
	// ErrReceipt: the address of a receipt was not signed here.
	ErrReceipt = errors.New("this receipt is not one of ours")
	// ErrTicket: the page for a code is over, or was not made here.
	ErrTicket = errors.New("this page for a code has ended, or its address is not one of ours")
	// ErrCodes: more codes were tried than one letter allows.
	ErrCodes = errors.New("too many codes were tried")

	errCrossSite = errors.New("another site sent this form")
	errSignedOut = errors.New("nobody is signed in")
	errMedia     = errors.New("the body is of a type this page does not take")
)

// Redirect is returned by a handler that sends the visitor to another page.
type Redirect struct{ to string }

// Error names the kind and not the address, which may hold a secret.
func (r Redirect) Error() string { return "go to another page" }

// GoTo is the error of a handler that sends the visitor to another page.
func GoTo(to string) error { return Redirect{to} }

// SeeOther ends a post: the page it leads to can be loaded again safely.
func SeeOther(c echo.Context, to string) error { return c.Redirect(http.StatusSeeOther, to) }

// Fault is an error as its page tells of it.
type Fault struct {
	Status int
	Key    string // of what the page says: errors.<key>.heading and .text
	Number string // to quote; the log has it too
	Cause  error
	Wait   time.Duration // until it may be tried again, or 0
}

// faultKind is one line of the table: which errors it is for, their status and the
// key of their sentences.
type faultKind struct {
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

// Is reports whether an error is, or wraps, one of type T.
func Is[T error](err error) bool { return errors.As(err, new(T)) }

func withCode(code int) func(error) bool {
	return func(err error) bool {
		var h *echo.HTTPError
		return errors.As(err, &h) && h.Code == code
	}
}

// faultKinds is the table, in order: the first line that fits is the answer. What
// stands in no line is a fault of ours and told to nobody but the log.
func faultKinds() []faultKind {
	return []faultKind{
		{like(errCrossSite), http.StatusForbidden, "cross_site"},
		{like(ErrNoVisit), http.StatusUnauthorized, "no_visit"},
		{like(errSignedOut), http.StatusUnauthorized, "signed_out"},
		{like(drafts.ErrGone), http.StatusGone, "draft"},
		{like(ErrReceipt), http.StatusNotFound, "receipt"},
		{like(ErrTicket), http.StatusGone, "ticket"},
		{like(requests.ErrFilesEnded), http.StatusGone, "files_ended"},
		{like(requests.ErrLink), http.StatusGone, "link_forged"},
		{like(requests.ErrNotFound, requests.ErrPage, policies.ErrNoPolicy, people.ErrNotFound), http.StatusNotFound, "not_found"},
		{withCode(http.StatusNotFound), http.StatusNotFound, "not_found"},
		{withCode(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed, "method"},
		{like(requests.ErrForbidden), http.StatusForbidden, "forbidden"},
		{like(requests.ErrStale), http.StatusConflict, "stale"},
		{Is[*requests.Refused], http.StatusConflict, "refused"},
		{like(ErrCodes), http.StatusTooManyRequests, "code_tries"},
		{Is[people.ErrTooMany], http.StatusTooManyRequests, "too_many"},
		{Is[*http.MaxBytesError], http.StatusRequestEntityTooLarge, "too_large"},
		{like(errMedia), http.StatusUnsupportedMediaType, "media"},
		{like(ErrForm, requests.ErrInvalid, database.ErrText), http.StatusBadRequest, "form"},
		{like(people.ErrBusy, database.ErrBusy, context.DeadlineExceeded), http.StatusServiceUnavailable, "busy"},
		{database.IsFull, http.StatusServiceUnavailable, "full"},
		{like(deadlines.ErrCoverage), http.StatusServiceUnavailable, "coverage"},
	}
}

// StatusOf is the status that the page of an error has.
func StatusOf(err error) int { return kindOfFault(err).status }

// kindOfFault returns the line of the table for an error.
func kindOfFault(err error) faultKind {
	for _, k := range faultKinds() {
		if k.is(err) {
			return k
		}
	}
	return faultKind{status: http.StatusInternalServerError, key: "broken"}
}

// Fault gives an error a number and finds out how its page tells of it.
func (s *Site) Fault(err error) Fault {
	k := kindOfFault(err)
	return Fault{Status: k.status, Key: k.key, Number: s.number(), Cause: err, Wait: WaitOf(err)}
}

// fail is the last stop of every error: it logs it and has its door show a page.
func (s *Site) fail(err error, c echo.Context) {
	var to Redirect
	switch {
	case c.Response().Committed:
		s.Log.Error("a page broke off", "id", c.Response().Header().Get(echo.HeaderXRequestID), "error", err)
		return
	case errors.As(err, &to):
		_ = SeeOther(c, to.to)
		return
	case isCancelled(c, err):
		_ = c.NoContent(499) // the visitor has left
		return
	}
	f := s.Fault(err)
	s.LogFault(c, f)
	if f.Wait > 0 || f.Status == http.StatusServiceUnavailable {
		SetWait(c, max(f.Wait, time.Minute))
	}
	if err := s.showFault(c, f); err != nil {
		s.Log.Error("the page of an error broke", "number", f.Number, "error", err)
		_ = c.String(f.Status, http.StatusText(f.Status)+" "+f.Number)
	}
}

// WaitOf returns how long an attempt over a limit has to wait, or 0.
func WaitOf(err error) time.Duration {
	var many people.ErrTooMany
	errors.As(err, &many)
	return many.RetryAfter
}

// SetWait tells the browser when to try again (RFC 9110, section 10.2.3).
func SetWait(c echo.Context, wait time.Duration) {
	c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(wait/time.Second)+1))
}

// LogFault writes one line about an error. What it says itself is written down
// only where it is a fault of ours.
func (s *Site) LogFault(c echo.Context, f Fault) {
	level := slog.LevelInfo
	if f.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("number", f.Number), slog.String("id", c.Response().Header().Get(echo.HeaderXRequestID)),
		slog.Int("status", f.Status), slog.String("kind", f.Key), slog.String("route", c.Path()),
	}
	if level == slog.LevelError {
		attrs = append(attrs, slog.String("error", f.Cause.Error()))
	}
	s.Log.LogAttrs(c.Request().Context(), level, "fault", attrs...)
}

// number makes what a person quotes when they write about an error.
func (s *Site) number() string {
	var b [2]byte
	rand.Read(b[:])
	return "E-" + s.Now().UTC().Format("20060102") + "-" + strings.ToUpper(hex.EncodeToString(b[:]))
}

// Details are the sentences behind a refusal. They are written for people and
// hold no personal data.
func Details(err error) []string {
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

// Minutes rounds a wait up to whole minutes.
func Minutes(d time.Duration) int { return max(1, int((d+time.Minute-1)/time.Minute)) }
