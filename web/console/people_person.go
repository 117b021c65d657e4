package console

import (
	"context"
	"errors"
	"net/http"
	"time"

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
	id, err := site.Number(c, "person")
	if err != nil {
		return requests.Colleague{}, err
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
	do   func(ctx context.Context, caller access.Caller, now time.Time, id int64) error
	said string
}

// personActs are the things, by the end of their address. The reason is that for
// which a factor is removed.
func (s *Console) personActs(reason string) map[string]personDo {
	return map[string]personDo{
		"leave":        {s.Office.LetLeave, "They have left. Their sessions have ended."},
		"back":         {s.Office.BringBack, "They are invited back. The letter is on its way."},
		"invite":       {s.Office.InviteAgain, "The invitation was sent again. The link of the letter before has ended."},
		"take-back":    {s.Office.TakeBack, "The invitation is taken back. Its link has ended."},
		"end-sessions": {s.Office.EndSessions, "All their sessions have ended."},
		"reset-factor": {func(ctx context.Context, caller access.Caller, now time.Time, id int64) error {
			return s.Office.ResetFactors(ctx, caller, now, id, requests.ResetReason(reason))
		}, "Their second factor is removed. They are told by letter."},
	}
}

// personAct does one of them.
func (s *Console) personAct(c echo.Context) error {
	u, err := s.personAt(c)
	if err != nil {
		return err
	}
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	act, found := s.personActs(form.Get("reason"))[c.Param("act")]
	if !found {
		return people.ErrNotFound
	}
	err = act.do(c.Request().Context(), site.Caller(c), s.Now(), u.ID)
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
