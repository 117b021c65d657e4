package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// mePage is what somebody of the team can see and set about themselves.
type mePage struct {
	shell
	Name, Email, Role string
	RoleMeans         string
	Policies          []string
	Themes            []option
	Problems          site.Problems
	Secrets           []secretField
	Notices           noticesForm
	Factor            string // what they have beside the password
	Sessions          int    // where they are signed in
}

// secretField is a box for a password. What was typed is never shown again.
type secretField struct{ Name, Label, Hint, Fill, Error string }

// Single reports that the field is one box.
func (secretField) Single() bool { return true }

// me shows it.
func (s *Console) me(c echo.Context) error {
	notices, err := s.noticesOf(c)
	if err != nil {
		return err
	}
	return s.showMe(c, http.StatusOK, nil, notices)
}

// showMe shows it with what has to be mended.
func (s *Console) showMe(c echo.Context, status int, faults site.Problems, notices noticesForm) error {
	caller := site.Caller(c)
	user, err := s.People.Find(c.Request().Context(), caller.ID)
	if err != nil {
		return err
	}
	page := mePage{Name: user.Name, Email: user.Email, Role: sentence(string(user.Role)), RoleMeans: roleText(user.Role), Problems: faults, Notices: notices}
	if page.shell, err = s.shell(c, "You", ""); err != nil {
		return err
	}
	list, err := s.People.Visits(c.Request().Context(), s.Now(), caller.ID, "")
	if err != nil {
		return err
	}
	page.Bad, page.Factor, page.Sessions = len(faults)+len(notices.Faults) > 0, factorText(user.Factors), len(list)
	page.Secrets = []secretField{
		{"current", "Your password at present", "", "current-password", faults.At("current")},
		{"password", "New password", passwordHint(), "new-password", faults.At("password")},
		{"again", "The new password again", "", "new-password", faults.At("again")},
	}
	for _, p := range s.controllers(caller) {
		page.Policies = append(page.Policies, p.Controller.Name)
	}
	for _, t := range []option{{Value: "system", Label: "As the system has it"}, {Value: "light", Label: "Light"}, {Value: "dark", Label: "Dark"}} {
		t.Chosen = t.Value == page.Theme || page.Theme == "" && t.Value == "system"
		page.Themes = append(page.Themes, t)
	}
	return s.render(c, status, "me", page)
}

// passwordHint says what a password needs.
func passwordHint() string {
	return fmt.Sprintf("At least %d characters. Several words in a row are easy to remember.", people.MinPassword)
}

// roleText says what a role is for.
func roleText(r access.Role) string {
	switch r {
	case access.Handler:
		return "Works on requests: takes them up, asks, extends, decides, closes."
	case access.Approver:
		return "Works on requests, and is the second person where one is asked for."
	case access.Administrator:
		return "Works on requests, and looks after people, keys and systems."
	}
	return "Reads everything and changes nothing."
}

// setPassword changes the caller's own password. It ends all their sessions
// and opens this one anew.
func (s *Console) setPassword(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	faults, err := s.changePassword(c, form)
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		notices, err := s.noticesOf(c)
		if err != nil {
			return err
		}
		return s.showMe(c, http.StatusUnprocessableEntity, faults, notices)
	}
	if err := s.Desks.RenewToken(c.Request().Context()); err != nil {
		return err
	}
	s.say(c, "Password changed. Every other session of yours has ended.")
	return site.SeeOther(c, "/console/me")
}

// changePassword asks for the present password first.
func (s *Console) changePassword(c echo.Context, form url.Values) (site.Problems, error) {
	ctx, id := c.Request().Context(), site.Caller(c).ID
	if form.Get("password") != form.Get("again") {
		return site.Problems{{Field: "again", Sentence: "The new password is not the same twice"}}, nil
	}
	if faults, err := s.again(c, form, "current"); err != nil || len(faults) > 0 {
		return faults, err
	}
	err := s.People.SetPassword(ctx, id, form.Get("password"), requests.OnHouse(s.Now(), site.Caller(c), "change_password", nil))
	var faults people.FieldErrors
	if errors.As(err, &faults) {
		return site.Problems{{Field: "password", Sentence: strings.TrimSuffix(faults["password"], ".")}}, nil
	}
	return nil, err
}

// yearInSeconds is how long a browser keeps the choice of a theme.
const yearInSeconds = 365 * 24 * 3600

// setTheme keeps how the console looks in this browser.
func (s *Console) setTheme(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	switch theme := form.Get("theme"); theme {
	case "light", "dark":
		s.keepCookie(c, themeCookie, theme, yearInSeconds)
	default:
		s.keepCookie(c, themeCookie, "", -1)
	}
	return site.SeeOther(c, "/console/me")
}
