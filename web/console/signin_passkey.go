package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// What a session keeps of a question to an authenticator. It is asked for once.
const (
	challengeKey   = "passkey_challenge"
	challengeAtKey = "passkey_at"
)

// keepChallenge notes what was asked, and when.
func (s *Console) keepChallenge(ctx context.Context, asked people.Ceremony) {
	s.Desks.Put(ctx, challengeKey, asked.Challenge)
	s.Desks.Put(ctx, challengeAtKey, s.Now().UnixMicro())
}

// challenge takes it out of the session; "" if it is too old, or there is none.
func (s *Console) challenge(ctx context.Context) string {
	text, at := s.Desks.PopString(ctx, challengeKey), time.UnixMicro(s.Desks.GetInt64(ctx, challengeAtKey))
	s.Desks.Remove(ctx, challengeAtKey)
	if age := s.Now().Sub(at); age < 0 || age > (people.Ceremony{}).Lifetime() {
		return ""
	}
	return text
}

// passkeyPage asks a browser for a passkey before the console.
type passkeyPage struct {
	Theme, Nonce string
	Next, Back   string
	Fault        string
	Second       bool // it is the second step
	Asked        people.Ceremony
	Origin       string
}

// askPasskey asks for a passkey: any of this site, or as the second step one of
// who owes it.
func (s *Console) askPasskey(c echo.Context) error {
	return s.showPasskey(c, http.StatusOK, inside(c.QueryParam("next")), "")
}

func (s *Console) showPasskey(c echo.Context, status int, next, fault string) error {
	if s.Passkeys == nil {
		return requests.ErrNotFound
	}
	if err := s.begun(c); err != nil {
		return err
	}
	ctx := c.Request().Context()
	page := passkeyPage{Theme: themeOf(c), Next: next, Fault: fault, Origin: s.Passkeys.Origin()}
	var err error
	id := people.Begun(ctx, s.Desks, s.Now())
	if page.Second = id != 0; page.Second {
		page.Asked, err = s.Passkeys.BeginFactor(ctx, id)
		page.Back = "/console/signin/factor?next=" + url.QueryEscape(next)
	} else {
		page.Asked, err = s.Passkeys.BeginSignIn()
		page.Back = "/console/signin?next=" + url.QueryEscape(next)
	}
	if errors.Is(err, people.ErrNoFactor) {
		return site.GoTo(page.Back)
	}
	if err != nil {
		return err
	}
	s.keepChallenge(ctx, page.Asked)
	page.Nonce = allowScripts(c)
	return s.render(c, status, "signin_passkey", page)
}

// givePasskey takes the browser's answer.
func (s *Console) givePasskey(c echo.Context) error {
	if s.Passkeys == nil {
		return requests.ErrNotFound
	}
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	next := inside(form.Get("next"))
	user, err := s.provePasskey(c, form.Get("answer"))
	switch {
	case errors.Is(err, people.ErrPasskey), errors.Is(err, people.ErrSuspect):
		return s.showPasskey(c, http.StatusUnprocessableEntity, next, passkeyFault(err))
	case site.Is[people.ErrTooMany](err):
		return s.showPasskey(c, http.StatusTooManyRequests, next, later(c, err))
	case errors.Is(err, people.ErrByProvider):
		return s.notSignedOn(c, next, err)
	case err != nil:
		return err
	}
	if err := s.letIn(c, user); err != nil {
		return err
	}
	return site.SeeOther(c, next)
}

// provePasskey takes an answer as the second step of who owes one, else as a
// whole sign-in.
func (s *Console) provePasskey(c echo.Context, answer string) (people.User, error) {
	ctx, now := c.Request().Context(), s.Now()
	challenge, id := s.challenge(ctx), people.Begun(ctx, s.Desks, now)
	if id == 0 {
		return s.Passkeys.FinishSignIn(ctx, now, challenge, answer, s.Network(c), s.noted(s.onSignIn("passkey")))
	}
	return s.Passkeys.FinishFactor(ctx, now, id, challenge, answer, s.Network(c), s.noted(s.onSecondStep(c, "passkey")))
}

func (s *Console) noted(in people.Along) people.Noted {
	return people.Noted{In: in, Suspect: requests.OnHouse(s.Now(), access.MachineNamed("sign-in"), "block_passkey", nil)}
}

// passkeyFault is the sentence of an error of a passkey.
func passkeyFault(err error) string {
	for _, known := range []error{people.ErrSuspect, people.ErrPasskeyKnown, people.ErrManyPasskeys, people.ErrLastFactor, people.ErrPasskey} {
		if errors.Is(err, known) {
			return sentence(known.Error())
		}
	}
	return sentence(people.ErrPasskey.Error())
}
