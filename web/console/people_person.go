package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// personPage is one colleague as an administrator sees them.
type personPage struct {
	shell
	Row      personRow
	Form     personForm
	Problems site.Problems
	Factors  people.Factors
	Reasons  []option
	Sessions int
}

// person shows somebody.
func (s *Console) person(c echo.Context) error {
	u, err := s.personAt(c)
	if err != nil {
		return err
	}
	return s.showPersonPage(c, http.StatusOK, u, u.User, nil)
}

// personAt finds the colleague an address names, if the caller may see them.
func (s *Console) personAt(c echo.Context) (requests.Colleague, error) {
	if err := allowed(c, access.ManageStaff, ""); err != nil {
		return requests.Colleague{}, err
	}
	id, err := strconv.ParseInt(c.Param("person"), 10, 64)
	if err != nil {
		return requests.Colleague{}, people.ErrNotFound
	}
	return s.Office.Colleague(c.Request().Context(), site.Caller(c), id)
}

func (s *Console) showPersonPage(c echo.Context, status int, u requests.Colleague, typed people.User, faults site.Problems) error {
	caller := site.Caller(c)
	page := personPage{Row: s.personRow(caller, u), Form: s.emptyForm(caller, typed), Problems: faults, Factors: u.Factors}
	page.Reasons = []option{{Value: string(requests.FactorLost), Label: "Lost: the device or the codes are gone"},
		{Value: string(requests.FactorReplaced), Label: "Replaced: they have a new device"},
		{Value: string(requests.FactorSuspected), Label: "Suspected: somebody else may have it"}}
	if u.Within {
		list, err := s.People.Visits(c.Request().Context(), s.Now(), u.ID, "")
		if err != nil {
			return err
		}
		page.Sessions = len(list)
	}
	var err error
	if page.shell, err = s.shell(c, u.Name, ""); err != nil {
		return err
	}
	page.Bad = len(faults) > 0
	return s.render(c, status, "people_person", page)
}

// changePerson takes another name, role or other policies. They hold from the
// next page on that the colleague opens.
func (s *Console) changePerson(c echo.Context) error {
	u, err := s.personAt(c)
	if err != nil {
		return err
	}
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	typed := typedPerson(form)
	err = s.Office.Change(c.Request().Context(), site.Caller(c), s.Now(), u.ID, people.Change{Name: typed.Name, Role: typed.Role, Policies: typed.Policies})
	var faults people.FieldErrors
	switch {
	case errors.As(err, &faults):
		typed.Email = u.Email
		return s.showPersonPage(c, http.StatusUnprocessableEntity, u, typed, toMend(faults))
	case errors.Is(err, people.ErrLastAdministrator):
		typed.Email = u.Email
		return s.showPersonPage(c, http.StatusConflict, u, typed, site.Problems{{Field: "role", Sentence: lastAdministrator}})
	case err != nil:
		return err
	}
	s.say(c, "Changed. It holds at once, also where they are signed in.")
	return site.SeeOther(c, "/console/people/"+c.Param("person"))
}

const lastAdministrator = "This is the last administrator of its kind: make somebody else administrator for as many policies first"

// personDo is one thing an administrator does about a colleague: what does it,
// and what the next page says.
type personDo struct {
	do   func(ctx context.Context, id int64, form url.Values) error
	said string
}

// personActs are the things, by the end of their address.
func (s *Console) personActs(caller access.Caller) map[string]personDo {
	now := s.Now()
	plain := func(do func(context.Context, int64) error) func(context.Context, int64, url.Values) error {
		return func(ctx context.Context, id int64, _ url.Values) error { return do(ctx, id) }
	}
	return map[string]personDo{
		"leave": {plain(func(ctx context.Context, id int64) error { return s.Office.LetLeave(ctx, caller, now, id) }), "They have left. Their sessions have ended."},
		"back": {plain(func(ctx context.Context, id int64) error { return s.Office.BringBack(ctx, caller, now, id) }),
			"They are invited back. The letter is on its way."},
		"invite": {plain(func(ctx context.Context, id int64) error { return s.Office.InviteAgain(ctx, caller, now, id) }),
			"The invitation was sent again. The link of the letter before has ended."},
		"take-back": {plain(func(ctx context.Context, id int64) error { return s.Office.TakeBack(ctx, caller, now, id) }),
			"The invitation is taken back. Its link has ended."},
		"end-sessions": {plain(func(ctx context.Context, id int64) error { return s.Office.EndSessions(ctx, caller, now, id) }),
			"All their sessions have ended."},
		"reset-factor": {func(ctx context.Context, id int64, form url.Values) error {
			return s.Office.ResetFactors(ctx, caller, now, id, requests.ResetReason(form.Get("reason")))
		}, "Their second factor is removed. They are told by letter."},
	}
}

// personAct does one of them.
func (s *Console) personAct(c echo.Context) error {
	u, err := s.personAt(c)
	if err != nil {
		return err
	}
	act, found := s.personActs(site.Caller(c))[c.Param("act")]
	if !found {
		return people.ErrNotFound
	}
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	err = act.do(c.Request().Context(), u.ID, form)
	var faults people.FieldErrors
	switch {
	case errors.As(err, &faults):
		return s.showPersonPage(c, http.StatusUnprocessableEntity, u, u.User, toMend(faults))
	case errors.Is(err, people.ErrLastAdministrator):
		return s.showPersonPage(c, http.StatusConflict, u, u.User, site.Problems{{Field: "leave", Sentence: lastAdministrator}})
	case errors.Is(err, people.ErrNotInvited), errors.Is(err, people.ErrNotLeft), errors.Is(err, people.ErrNoFactor):
		s.say(c, "Nothing to do: somebody was quicker.")
	case err != nil:
		return err
	default:
		s.say(c, act.said)
	}
	if c.Param("act") == "take-back" || c.Param("act") == "leave" {
		return site.SeeOther(c, "/console/people")
	}
	return site.SeeOther(c, "/console/people/"+c.Param("person"))
}
