package console

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
	"dsr/sso"
	"dsr/web/site"
)

// ways are the ways in beside the password.
type ways struct {
	SignOn   string // what people call the identity provider; "": there is none
	Passkeys bool
	Next     string
}

func (s *Console) ways(next string) ways {
	w := ways{Passkeys: s.Passkeys != nil, Next: inside(next)}
	if s.SignOn != nil {
		w.SignOn = s.SignOn.Button()
	}
	return w
}

// showSignIn shows the door of the console.
func (s *Console) showSignIn(c echo.Context, status int, page signInPage) error {
	page.Theme, page.Ways = themeOf(c), s.ways(page.Next)
	return s.render(c, status, "signin", page)
}

// signOnRoutes are the ways in by others: an identity provider, a passkey.
func (s *Console) signOnRoutes() []site.Route {
	return []site.Route{
		site.Get("/console/signin/oidc", site.Visitor, s.beginSignOn),
		site.Get("/console/signin/oidc/callback", site.Visitor, s.endSignOn),
		site.Get("/console/signin/passkey", site.Visitor, s.askPasskey),
		site.Post("/console/signin/passkey", site.Visitor, s.givePasskey),
		site.Get("/console/me/passkeys", site.Staff, s.passkeys),
		site.Post("/console/me/passkeys", site.Staff, s.beginPasskey),
		site.Get("/console/me/passkeys/new", site.Staff, s.newPasskey),
		site.Post("/console/me/passkeys/new", site.Staff, s.addPasskey),
		site.Get("/console/me/passkeys/:passkey", site.Staff, s.passkey),
		site.Post("/console/me/passkeys/:passkey/name", site.Staff, s.namePasskey),
		site.Post("/console/me/passkeys/:passkey/remove", site.Staff, s.removePasskey),
	}
}

// What a session keeps while somebody is at the provider.
const (
	ticketKey = "sign_on"
	returnKey = "sign_on_next"
)

// begun counts ceremonies begun by visitors of one network: each is a write.
func (s *Console) begun(c echo.Context) error {
	return s.Allow(c, "sign-in begun", s.Network(c), people.Limit{Count: 300, Per: time.Hour})
}

// beginSignOn sends the browser to the identity provider. It is a link and no
// form, because browsers hold the address a form leads to against ours.
func (s *Console) beginSignOn(c echo.Context) error {
	if s.SignOn == nil {
		return requests.ErrNotFound
	}
	ctx, next := c.Request().Context(), inside(c.QueryParam("next"))
	caller, err := s.StaffBehind(ctx)
	if err != nil {
		return err
	}
	if caller.Kind != "" && !c.QueryParams().Has("again") {
		return site.SeeOther(c, next)
	}
	if err := s.begun(c); err != nil {
		return s.notSignedOn(c, next, err)
	}
	address, ticket, err := s.SignOn.Begin(ctx, s.Now())
	if err != nil {
		return s.notSignedOn(c, next, err)
	}
	s.Desks.Put(ctx, ticketKey, ticket)
	s.Desks.Remove(ctx, returnKey)
	if len(next) <= mostSaid && !searches(next) {
		s.Desks.Put(ctx, returnKey, next)
	}
	return site.SeeOther(c, address)
}

// searches reports whether a way back leads to a list searched by somebody's
// address or reference, which belongs in no session.
func searches(next string) bool {
	to, err := url.Parse(next)
	return err != nil || requests.ParseFilter(to.Query().Get("q")).Searches()
}

// endSignOn takes the browser back from the provider. The ticket is gone with
// the first answer, whatever it is.
func (s *Console) endSignOn(c echo.Context) error {
	if s.SignOn == nil {
		return requests.ErrNotFound
	}
	ctx := c.Request().Context()
	ticket, next := s.Desks.PopString(ctx, ticketKey), inside(s.Desks.PopString(ctx, returnKey))
	who, err := s.SignOn.Finish(ctx, s.Now(), ticket, c.QueryParams())
	if err != nil {
		return s.notSignedOn(c, next, err)
	}
	user, err := s.recognize(c, who)
	if err != nil {
		return s.notSignedOn(c, next, err)
	}
	return s.signedOn(c, user, who.MultiFactor, next)
}

// recognize finds the colleague whom the provider vouches for, and gives them
// what their groups say.
func (s *Console) recognize(c echo.Context, who sso.Identity) (people.User, error) {
	ctx, now := c.Request().Context(), s.Now()
	provider := access.MachineNamed("identity-provider")
	o := people.Outside{Issuer: who.Issuer, Subject: who.Subject, Email: who.Email, Verified: who.Verified, Name: who.Name}
	if o.Governs = s.SignOn.Governs(); o.Governs {
		grant, err := s.SignOn.Grant(who)
		if errors.Is(err, sso.ErrNoGroup) {
			return people.User{}, errors.Join(err, s.People.ShutOut(ctx, o, requests.OnHouse(now, provider, "shut_out", nil)))
		}
		o.Role, o.Policies, o.Create = grant.Role, grant.Policies, grant.Create
	}
	return s.People.FromOutside(ctx, now, o, func(a people.Arrival) people.Along {
		ids, all := o.Policies.List()
		return requests.OnHouse(now, provider, arrivalAct(a), requests.Detail{"role_before": a.Before.Role, "role": o.Role, "policies": ids, "all_policies": all})
	})
}

// arrivalAct names what a sign-in by the provider changed, for the trail.
func arrivalAct(a people.Arrival) string {
	switch {
	case a.Created:
		return "add_user"
	case a.Joined:
		return "join"
	case a.Linked:
		return "link_identity"
	}
	return "change_user"
}

// signedOn lets somebody in by the provider's word, or asks for their second
// factor where the provider asked for one factor only.
func (s *Console) signedOn(c echo.Context, user people.User, many bool, next string) error {
	ctx, now := c.Request().Context(), s.Now()
	until := now.Add(s.SignOn.Lifetime())
	if !many && user.Factors.Any() {
		if err := people.Begin(ctx, s.Desks, now, user.ID); err != nil {
			return err
		}
		people.Provided(ctx, s.Desks, until, false)
		return site.SeeOther(c, "/console/signin/factor?next="+url.QueryEscape(next))
	}
	user, err := s.People.Admit(ctx, now, user.ID, s.Network(c), requests.OnSignIn(now, "identity provider"))
	if err != nil {
		return s.notSignedOn(c, next, err)
	}
	if err := s.letIn(c, user); err != nil {
		return err
	}
	people.Provided(ctx, s.Desks, until, many)
	if many {
		return site.SeeOther(c, next)
	}
	return s.arrived(c, user, next)
}

// onSignIn notes a sign-in on the trail in which the provider had no part. It is
// refused to whom its groups decide about.
func (s *Console) onSignIn(by string) people.Along {
	note := requests.OnSignIn(s.Now(), by)
	if s.SignOn != nil && s.SignOn.Governs() {
		return people.Unlinked(note)
	}
	return note
}

// onSecondStep notes a sign-in by a second factor, after a password or the
// provider's word.
func (s *Console) onSecondStep(c echo.Context, by string) people.Along {
	if people.FirstProvided(c.Request().Context(), s.Desks, s.Now()) {
		return requests.OnSignIn(s.Now(), "identity provider and "+by)
	}
	return s.onSignIn("password and " + by)
}

// signOnFault is an error of a sign-in by the provider as its page tells of it.
type signOnFault struct {
	is     error
	status int
}

// signOnFaults lists the errors whose own sentence is for the person. Those of
// the provider's making are logged; they hold nothing personal.
func signOnFaults() []signOnFault {
	return []signOnFault{
		{sso.ErrDown, http.StatusServiceUnavailable}, {sso.ErrUnfit, http.StatusBadGateway}, {sso.ErrUntrusted, http.StatusBadGateway},
		{sso.ErrDenied, http.StatusForbidden}, {sso.ErrForeign, http.StatusBadRequest}, {sso.ErrNoGroup, http.StatusForbidden},
		{people.ErrUnknown, http.StatusForbidden}, {people.ErrUnverified, http.StatusForbidden}, {people.ErrOtherIdentity, http.StatusForbidden},
		{people.ErrClosed, http.StatusForbidden}, {people.ErrByProvider, http.StatusForbidden},
	}
}

// notSignedOn says why nobody was let in.
func (s *Console) notSignedOn(c echo.Context, next string, err error) error {
	page, status := signInPage{Next: next}, 0
	for _, f := range signOnFaults() {
		if errors.Is(err, f.is) {
			status, page.Fault = f.status, sentence(f.is.Error())
		}
	}
	switch {
	case site.Is[people.ErrTooMany](err):
		status, page.Fault = http.StatusTooManyRequests, later(c, err)
	case errors.Is(err, people.ErrLastAdministrator):
		status, page.Fault = http.StatusForbidden, "Your groups would take the role of administrator from you, and you are the last one here: sign in with your password and make somebody else administrator first"
	case errors.Is(err, people.ErrInvalid):
		status, page.Fault = http.StatusForbidden, "The identity provider gives a name or address for you that cannot be kept here: ask an administrator"
	case status == 0:
		return err
	}
	s.Log.Warn("nobody was signed in by the identity provider", "status", status, "error", err)
	return s.showSignIn(c, status, page)
}
