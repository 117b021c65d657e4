package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/people"
	"dsr/requests"
	"dsr/web/site"
)

// passkeysPage is the passkeys of who is signed in.
type passkeysPage struct {
	shell
	Problems  site.Problems
	None      string // why this site can have none
	List      []passkeyView
	Sure      bool   // the password was given a moment ago
	Provider  string // where to sign in again in the place of a password
	Codes     int    // recovery codes left
	AppOrCode bool   // there is another way to give a second factor
	// Of the page that makes one.
	Name   string
	Asked  people.Ceremony
	Origin string
	// Of the page of one.
	One passkeyView
}

// passkeyView is one of them.
type passkeyView struct {
	people.Passkey
	Made, Used string
}

// sureFor is how long a password counts that was given before a change.
const sureFor = 10 * time.Minute

// sureKey is since when a session is sure of who sits before it.
const sureKey = "sure"

// isSure says whether the password, or the provider, was asked a moment ago, so
// that a screen left alone is no way to a key of one's own.
func (s *Console) isSure(c echo.Context) bool {
	ctx := c.Request().Context()
	at := time.UnixMicro(s.Desks.GetInt64(ctx, sureKey))
	if until := people.ProvidedUntil(ctx, s.Desks); !until.IsZero() && s.SignOn != nil {
		if signed := until.Add(-s.SignOn.Lifetime()); signed.After(at) {
			at = signed
		}
	}
	age := s.Now().Sub(at)
	return age >= 0 && age <= sureFor
}

// makeSure asks for the password where nobody did a moment ago.
func (s *Console) makeSure(c echo.Context, form url.Values) (site.Problems, error) {
	if s.isSure(c) {
		return nil, nil
	}
	faults, err := s.again(c, form, "current")
	if err == nil && len(faults) == 0 {
		s.Desks.Put(c.Request().Context(), sureKey, s.Now().UnixMicro())
	}
	return faults, err
}

// passkeys lists them.
func (s *Console) passkeys(c echo.Context) error {
	return s.showPasskeys(c, http.StatusOK, "me_passkeys", passkeysPage{})
}

// showPasskeys shows the list, or the page that makes one.
func (s *Console) showPasskeys(c echo.Context, status int, name string, page passkeysPage) error {
	if err := s.fillPasskeys(c, &page); err != nil {
		return err
	}
	return s.render(c, status, name, page)
}

// fillPasskeys fills in what the three pages have.
func (s *Console) fillPasskeys(c echo.Context, page *passkeysPage) error {
	ctx, id := c.Request().Context(), site.Caller(c).ID
	user, err := s.People.Find(ctx, id)
	if err != nil {
		return err
	}
	page.Codes, page.AppOrCode, page.Sure = user.Factors.Codes, user.Factors.App || user.Factors.Codes > 0, s.isSure(c)
	if s.Passkeys == nil {
		page.None = sentence(people.ErrNoHost.Error())
	} else {
		list, err := s.Passkeys.List(ctx, id)
		if err != nil {
			return err
		}
		for _, p := range list {
			page.List = append(page.List, passkeyView{p, dayOf(p.MadeAt), dayOf(p.UsedAt)})
		}
		page.Origin = s.Passkeys.Origin()
	}
	if s.SignOn != nil {
		page.Provider = s.SignOn.Button()
	}
	page.shell, err = s.shell(c, "Passkeys", "")
	page.Bad = len(page.Problems) > 0
	return err
}

// dayOf writes a day for the list; "" for never.
func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 January 2006")
}

// beginPasskey makes sure of who asks and goes on to the page that makes one.
func (s *Console) beginPasskey(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	faults, err := s.makeSure(c, form)
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		return s.showPasskeys(c, http.StatusUnprocessableEntity, "me_passkeys", passkeysPage{Problems: faults})
	}
	return site.SeeOther(c, "/console/me/passkeys/new")
}

// newPasskey asks the browser to make a passkey.
func (s *Console) newPasskey(c echo.Context) error {
	return s.showNewPasskey(c, http.StatusOK, passkeysPage{Name: browserOf(c.Request().UserAgent())})
}

func (s *Console) showNewPasskey(c echo.Context, status int, page passkeysPage) error {
	if s.Passkeys == nil || !s.isSure(c) {
		return site.GoTo("/console/me/passkeys")
	}
	ctx := c.Request().Context()
	var err error
	if page.Asked, err = s.Passkeys.BeginAdd(ctx, site.Caller(c).ID); errors.Is(err, people.ErrManyPasskeys) {
		s.say(c, passkeyFault(err)+".")
		return site.GoTo("/console/me/passkeys")
	}
	if err != nil {
		return err
	}
	s.keepChallenge(ctx, page.Asked)
	return s.showPasskeys(c, status, "me_passkeys_new", page)
}

// addPasskey puts the passkey that the browser made on the list.
func (s *Console) addPasskey(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	if s.Passkeys == nil || !s.isSure(c) {
		return site.SeeOther(c, "/console/me/passkeys")
	}
	ctx, caller := c.Request().Context(), site.Caller(c)
	made, err := s.Passkeys.FinishAdd(ctx, s.Now(), caller.ID, s.challenge(ctx), form.Get("answer"), form.Get("name"),
		requests.OnHouse(s.Now(), caller, "add_passkey", nil))
	var faults people.FieldErrors
	page := passkeysPage{Name: site.Cut(form.Get("name"), 200)}
	switch {
	case errors.As(err, &faults):
		page.Problems = site.Problems{{Field: "name", Sentence: strings.TrimSuffix(faults["name"], ".")}}
		return s.showNewPasskey(c, http.StatusUnprocessableEntity, page)
	case errors.Is(err, people.ErrPasskey), errors.Is(err, people.ErrPasskeyKnown), errors.Is(err, people.ErrManyPasskeys):
		page.Problems = site.Problems{{Field: "make", Sentence: passkeyFault(err)}}
		return s.showNewPasskey(c, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	s.say(c, "“"+made.Name+"” is on your list. From now on it signs you in, without a password or as the second step after it.")
	return site.SeeOther(c, "/console/me/passkeys")
}

// passkey shows one, to name or remove it.
func (s *Console) passkey(c echo.Context) error {
	return s.showOnePasskey(c, http.StatusOK, nil, nil)
}

func (s *Console) showOnePasskey(c echo.Context, status int, faults site.Problems, typed *string) error {
	id, err := s.passkeyAt(c)
	if err != nil {
		return err
	}
	page := passkeysPage{Problems: faults}
	if err := s.fillPasskeys(c, &page); err != nil {
		return err
	}
	at := slices.IndexFunc(page.List, func(p passkeyView) bool { return p.ID == id })
	if at < 0 {
		return requests.ErrNotFound
	}
	page.One, page.Name = page.List[at], page.List[at].Name
	if typed != nil {
		page.Name = *typed
	}
	return s.render(c, status, "me_passkey", page)
}

// passkeyAt is the number of a passkey in the address.
func (s *Console) passkeyAt(c echo.Context) (int64, error) {
	if s.Passkeys == nil {
		return 0, requests.ErrNotFound
	}
	return site.Number(c, "passkey")
}

// namePasskey gives one another name.
func (s *Console) namePasskey(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	id, err := s.passkeyAt(c)
	if err != nil {
		return err
	}
	name := form.Get("name")
	err = s.Passkeys.Rename(c.Request().Context(), site.Caller(c).ID, id, name)
	var faults people.FieldErrors
	switch {
	case errors.As(err, &faults):
		name = site.Cut(name, 200)
		return s.showOnePasskey(c, http.StatusUnprocessableEntity, site.Problems{{Field: "name", Sentence: strings.TrimSuffix(faults["name"], ".")}}, &name)
	case err != nil:
		return err
	}
	s.say(c, "The name is changed.")
	return site.SeeOther(c, "/console/me/passkeys")
}

// removePasskey takes one from the list.
func (s *Console) removePasskey(c echo.Context) error {
	form, err := site.Posted(c)
	if err != nil {
		return err
	}
	id, err := s.passkeyAt(c)
	if err != nil {
		return err
	}
	faults, err := s.makeSure(c, form)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return s.showOnePasskey(c, http.StatusUnprocessableEntity, faults, nil)
	}
	caller := site.Caller(c)
	err = s.Passkeys.Remove(c.Request().Context(), caller.ID, id, requests.OnHouse(s.Now(), caller, "remove_passkey", nil))
	switch {
	case errors.Is(err, people.ErrLastFactor):
		return s.showOnePasskey(c, http.StatusConflict, site.Problems{{Field: "remove", Sentence: passkeyFault(err)}}, nil)
	case err != nil:
		return err
	}
	s.say(c, "The passkey is removed. Remove it from your device or password manager too: it opens nothing any more.")
	return site.SeeOther(c, "/console/me/passkeys")
}
