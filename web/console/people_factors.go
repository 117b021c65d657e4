package console

import (
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// factorsPage is what somebody has beside their password.
type factorsPage struct {
	shell
	Problems site.Problems
	Factors  people.Factors
	Asked    string // until when one has to be set up, or since when, in a sentence
	Late     bool   // nothing else opens before
	Next     string // where they wanted to go
	// Of the page that sets up an app.
	Secret  string
	Address template.URL
	QR      template.URL // a picture in the page
	// Codes are shown on the answer that makes them and never again.
	Codes []string
}

// factorRoutes are the addresses of the second factors but passkeys.
func (s *Console) factorRoutes() []site.Route {
	return []site.Route{
		site.Get("/console/me/factors", site.Staff, s.factors),
		site.Get("/console/me/factors/app", site.Staff, s.setUpApp),
		site.Post("/console/me/factors/app", site.Staff, s.beginApp),
		site.Post("/console/me/factors/app/confirm", site.Staff, s.confirmApp),
		site.Post("/console/me/factors/app/remove", site.Staff, s.removeApp),
		site.Post("/console/me/factors/codes", site.Staff, s.newCodes),
	}
}

// factors shows them.
func (s *Console) factors(c echo.Context) error { return s.showFactors(c, http.StatusOK, nil) }

func (s *Console) showFactors(c echo.Context, status int, faults site.Problems) (err error) {
	page := factorsPage{Problems: faults, Next: inside(c.QueryParam("next"))}
	if err := s.fillFactors(c, &page); err != nil {
		return err
	}
	return s.render(c, status, "people_factors", page)
}

// fillFactors fills in what both pages have.
func (s *Console) fillFactors(c echo.Context, page *factorsPage) error {
	ctx := c.Request().Context()
	user, err := s.People.Find(ctx, site.Caller(c).ID)
	if err != nil {
		return err
	}
	page.Factors = user.Factors
	due, asked, err := s.People.FactorDue(ctx, user)
	if err != nil {
		return err
	}
	if page.Late = asked && !s.Now().Before(due); asked {
		page.Asked = "Your team asks everybody for a second factor. Set one up by " + due.UTC().Format("Monday 2 January 2006") + "; after that nothing else opens before."
	}
	if page.Late {
		page.Asked = "Your team asks everybody for a second factor. Set one up to go on."
	}
	page.shell, err = s.shell(c, "Second factor", "")
	page.Bad = len(page.Problems) > 0
	return err
}

// again asks for the password before a factor or the password is changed, so that
// a screen left alone is no way in. Guesses count like those of a sign-in. It
// returns what to mend at a field.
func (s *Console) again(c echo.Context, form url.Values, field string) (site.Problems, error) {
	err := s.People.CheckPassword(c.Request().Context(), s.Now(), site.Caller(c).ID, form.Get("current"), s.Network(c))
	switch {
	case errors.Is(err, people.ErrCredentials):
		return site.Problems{{Field: field, Sentence: "That is not your password at present"}}, nil
	case site.Is[people.ErrTooMany](err):
		return site.Problems{{Field: field, Sentence: later(c, err)}}, nil
	}
	return nil, err
}

// guarded reads a form that asks for the password and does something with it.
func (s *Console) guarded(c echo.Context, field string, do func(url.Values) error) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	faults, err := s.again(c, form, field)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return s.showFactors(c, http.StatusUnprocessableEntity, faults)
	}
	return do(form)
}

// beginApp makes a secret and goes on to the page that shows it.
func (s *Console) beginApp(c echo.Context) error {
	return s.guarded(c, "app-current", func(url.Values) error {
		if _, err := s.People.BeginApp(c.Request().Context(), s.Now(), site.Caller(c).ID); err != nil {
			return err
		}
		return site.SeeOther(c, "/console/me/factors/app")
	})
}

// setUpApp shows the secret that waits for its first code.
func (s *Console) setUpApp(c echo.Context) error { return s.showApp(c, http.StatusOK, nil) }

func (s *Console) showApp(c echo.Context, status int, faults site.Problems) error {
	app, err := s.People.PendingApp(c.Request().Context(), s.Now(), site.Caller(c).ID)
	if errors.Is(err, people.ErrNoFactor) {
		return site.GoTo("/console/me/factors")
	}
	if err != nil {
		return err
	}
	page := factorsPage{
		Problems: faults, Secret: app.Secret, Address: template.URL(app.URL), // ours, not typed
		QR: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(app.QR)),
	}
	if err := s.fillFactors(c, &page); err != nil {
		return err
	}
	return s.render(c, status, "people_app", page)
}

// confirmApp takes the first code of an app and shows the recovery codes. They
// are in this answer and nowhere else, so it leads to no other page.
func (s *Console) confirmApp(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	caller := site.Caller(c)
	codes, err := s.People.ConfirmApp(c.Request().Context(), s.Now(), caller.ID, form.Get("code"), s.Network(c), requests.OnHouse(s.Now(), caller, "set_up_app", nil))
	switch {
	case errors.Is(err, people.ErrFactor):
		return s.showApp(c, http.StatusUnprocessableEntity, site.Problems{{Field: "code", Sentence: "That is not the code the app shows now. Wait for the next one and type it"}})
	case site.Is[people.ErrTooMany](err):
		return s.showApp(c, http.StatusTooManyRequests, site.Problems{{Field: "code", Sentence: later(c, err)}})
	case errors.Is(err, people.ErrNoFactor): // sent twice, or an hour later
		return site.SeeOther(c, "/console/me/factors")
	case err != nil:
		return err
	}
	return s.showCodes(c, codes, "Your app is set up. From now on signing in takes its code.")
}

// showCodes shows recovery codes, this once.
func (s *Console) showCodes(c echo.Context, codes []string, flash string) error {
	page := factorsPage{Codes: codes}
	if err := s.fillFactors(c, &page); err != nil {
		return err
	}
	page.Flash = flash
	return s.render(c, http.StatusOK, "people_codes", page)
}

// newCodes replaces the recovery codes.
func (s *Console) newCodes(c echo.Context) error {
	return s.guarded(c, "codes-current", func(url.Values) error {
		caller := site.Caller(c)
		codes, err := s.People.NewCodes(c.Request().Context(), caller.ID, requests.OnHouse(s.Now(), caller, "new_recovery_codes", nil))
		if errors.Is(err, people.ErrNoFactor) {
			return site.SeeOther(c, "/console/me/factors")
		}
		if err != nil {
			return err
		}
		return s.showCodes(c, codes, "These replace the codes from before.")
	})
}

// removeApp takes the app away.
func (s *Console) removeApp(c echo.Context) error {
	return s.guarded(c, "remove-current", func(url.Values) error {
		caller := site.Caller(c)
		err := s.People.RemoveApp(c.Request().Context(), caller.ID, requests.OnHouse(s.Now(), caller, "remove_app", nil))
		switch {
		case errors.Is(err, people.ErrLastFactor):
			return s.showFactors(c, http.StatusConflict, site.Problems{{Field: "remove-current", Sentence: "Your team asks for a second factor, and this is your last: set up another one first"}})
		case err != nil && !errors.Is(err, people.ErrNoFactor):
			return err
		}
		s.say(c, "The app is removed.")
		return site.SeeOther(c, "/console/me/factors")
	})
}
