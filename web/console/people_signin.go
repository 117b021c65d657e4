package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// doorPage is a page before the console: the second step, a forgotten password,
// a password to choose.
type doorPage struct {
	Theme, Title string
	Flash        string
	Problems     site.Problems
	Bad          bool
	Next         string
	// Of the second step.
	App, Passkeys bool
	// Of a password to choose.
	Email   string
	Invited bool
	Hint    string
	Gone    string // why a link leads nowhere
}

// signInRoutes are the steps of the sign-in after the first, and the ways to a
// password.
func (s *Console) signInRoutes() []site.Route {
	return []site.Route{
		site.Get("/console/signin/factor", site.Visitor, s.askFactor),
		site.Post("/console/signin/factor", site.Visitor, s.giveFactor),
		site.Get("/console/signin/forgotten", site.Visitor, s.askForgotten),
		site.Post("/console/signin/forgotten", site.Visitor, s.forgotten),
		site.Get("/console/welcome/:token", site.Visitor, s.welcome),
		site.Post("/console/welcome/:token", site.Visitor, s.choosePassword),
	}
}

// letIn opens the session of somebody who has given all that was asked, under a
// new token.
func (s *Console) letIn(c echo.Context, user people.User) error {
	ctx := c.Request().Context()
	if err := people.Enter(ctx, s.Desks, user.ID); err != nil {
		return err
	}
	people.Mark(ctx, s.Desks, s.Now(), browserOf(c.Request().UserAgent()))
	return nil
}

// arrived sends who was let in to where they wanted to go, by way of the page of
// second factors where one is asked of them.
func (s *Console) arrived(c echo.Context, user people.User, next string) error {
	_, asked, err := s.People.FactorDue(c.Request().Context(), user)
	if err != nil {
		return err
	}
	if asked {
		return site.SeeOther(c, "/console/me/factors?next="+url.QueryEscape(inside(next)))
	}
	return site.SeeOther(c, inside(next))
}

// browserOf names the family of a browser and the system it runs on, which is
// all that is kept of it.
func browserOf(agent string) string {
	browser, system := "A browser", ""
	for _, known := range [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, known[0]) {
			browser = known[1]
			break
		}
	}
	for _, known := range [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Macintosh", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, known[0]) {
			system = " on " + known[1]
			break
		}
	}
	return browser + system
}

// door fills in what every such page has.
func (s *Console) door(c echo.Context, status int, name string, page doorPage) error {
	page.Theme, page.Bad = themeOf(c), len(page.Problems) > 0
	return s.render(c, status, name, page)
}

// askFactor asks for the second step; whoever owes none begins again.
func (s *Console) askFactor(c echo.Context) error {
	return s.showFactor(c, http.StatusOK, inside(c.QueryParam("next")), nil)
}

func (s *Console) showFactor(c echo.Context, status int, next string, faults site.Problems) error {
	ctx := c.Request().Context()
	id := people.Begun(ctx, s.Desks, s.Now())
	if id == 0 {
		return site.GoTo("/console/signin?next=" + url.QueryEscape(next))
	}
	user, err := s.People.Find(ctx, id)
	if err != nil {
		return err
	}
	return s.door(c, status, "people_factor", doorPage{
		Title: "Second step", Next: next, Problems: faults, App: user.Factors.App, Passkeys: user.Factors.Passkeys > 0,
	})
}

// giveFactor takes a code of the app or a recovery code.
func (s *Console) giveFactor(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	ctx, next := c.Request().Context(), inside(form.Get("next"))
	id := people.Begun(ctx, s.Desks, s.Now())
	if id == 0 {
		return site.SeeOther(c, "/console/signin?next="+url.QueryEscape(next))
	}
	user, err := s.People.PassFactor(ctx, s.Now(), id, form.Get("code"), s.Network(c), s.onSecondStep(c, "code"))
	switch {
	case errors.Is(err, people.ErrFactor):
		return s.showFactor(c, http.StatusUnprocessableEntity, next, site.Problems{{Field: "code", Sentence: "That code is not right, or was used before. An app shows a new one every half minute"}})
	case site.Is[people.ErrTooMany](err):
		return s.showFactor(c, http.StatusTooManyRequests, next, site.Problems{{Field: "code", Sentence: later(c, err)}})
	case errors.Is(err, people.ErrCredentials):
		return site.SeeOther(c, "/console/signin") // who has left meanwhile
	case errors.Is(err, people.ErrByProvider):
		return s.notSignedOn(c, next, err)
	case err != nil:
		return err
	}
	if err := s.letIn(c, user); err != nil {
		return err
	}
	if user.Factors.Codes <= 3 {
		s.say(c, "You have few recovery codes left. You can make new ones under You, Second factor.")
	}
	return site.SeeOther(c, next)
}

// askForgotten asks for the address of who has forgotten their password, or
// says that a letter is on its way.
func (s *Console) askForgotten(c echo.Context) error {
	return s.door(c, http.StatusOK, "people_forgotten", doorPage{
		Title: "Forgotten password", Flash: s.Desks.PopString(c.Request().Context(), flashKey),
	})
}

// forgotten mails a link to whoever has the address. The answer is the same
// whether anybody has.
func (s *Console) forgotten(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	page := doorPage{Title: "Forgotten password", Email: site.Cut(form.Get("email"), 254)}
	email, ok := people.NormalEmail(form.Get("email"))
	if !ok {
		page.Problems = site.Problems{{Field: "email", Sentence: "Enter your work email, like name@example.com"}}
		return s.door(c, http.StatusUnprocessableEntity, "people_forgotten", page)
	}
	switch err := s.Allow(c, "forgotten password", s.Network(c), s.Limits.Links); {
	case site.Is[people.ErrTooMany](err):
		page.Problems = site.Problems{{Field: "email", Sentence: later(c, err)}}
		return s.door(c, http.StatusTooManyRequests, "people_forgotten", page)
	case err != nil:
		return err
	}
	// Over the limit of a mailbox nothing more goes there, and nobody is told.
	err = s.Allow(c, "forgotten password to", email, s.Limits.Target)
	if err == nil {
		err = s.Office.ForgotPassword(c.Request().Context(), s.Now(), email)
	}
	if err != nil && !site.Is[people.ErrTooMany](err) {
		return err
	}
	s.say(c, "If this address has an account here, a letter with a link is on its way. The link works for an hour.")
	return site.SeeOther(c, "/console/signin/forgotten")
}

// welcome shows what a mailed link is for: a password to choose. It uses nothing
// up, because scanners of mail open links before people do.
func (s *Console) welcome(c echo.Context) error { return s.showWelcome(c, http.StatusOK, nil) }

func (s *Console) showWelcome(c echo.Context, status int, faults site.Problems) error {
	user, purpose, err := s.People.Peek(c.Request().Context(), s.Now(), c.Param("token"))
	var fault people.LinkError
	switch {
	case errors.As(err, &fault):
		return s.door(c, http.StatusGone, "people_welcome", doorPage{Title: "This link cannot be used", Gone: linkText(fault.Fault)})
	case err != nil:
		return err
	}
	return s.door(c, status, "people_welcome", doorPage{
		Title: "Choose a password", Email: user.Email, Invited: purpose == people.ForInvitation, Hint: passwordHint(), Problems: faults,
	})
}

// linkText says what is wrong with a link, and what to do.
func linkText(fault people.LinkFault) string {
	switch fault {
	case people.LinkExpired:
		return "It has ended. Ask your administrator for another invitation, or ask for a new link if you have forgotten your password."
	case people.LinkUsed:
		return "It was used already: the password is chosen. Sign in with it."
	case people.LinkTaken:
		return "It was taken back, or a newer letter has another. Open the link of the newest letter."
	}
	return "Its address is not complete. Copy it whole from the letter."
}

// choosePassword uses the link up. The session is opened by signing in, as
// always.
func (s *Console) choosePassword(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	if form.Get("password") != form.Get("again") {
		return s.showWelcome(c, http.StatusUnprocessableEntity, site.Problems{{Field: "again", Sentence: "The password is not the same twice"}})
	}
	ctx, now := c.Request().Context(), s.Now()
	user, purpose, err := s.People.Peek(ctx, now, c.Param("token"))
	if err == nil {
		act := "new_password"
		if purpose == people.ForInvitation {
			act = "join"
		}
		who := access.Caller{Kind: access.Staff, ID: user.ID}
		_, err = s.People.UseLink(ctx, now, c.Param("token"), form.Get("password"), requests.OnHouse(now, who, act, nil))
	}
	var faults people.FieldErrors
	switch {
	case errors.As(err, &faults):
		return s.showWelcome(c, http.StatusUnprocessableEntity, site.Problems{{Field: "password", Sentence: strings.TrimSuffix(faults["password"], ".")}})
	case site.Is[people.LinkError](err):
		return s.showWelcome(c, http.StatusGone, nil)
	case err != nil:
		return err
	}
	s.say(c, "Your password is set. Sign in with it.")
	return site.SeeOther(c, "/console/signin")
}
