package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/internal/idp"
	"dsr/internal/passkey"
	"dsr/people"
	"dsr/sso"
	"dsr/web"
)

const house = "https://privacy.example.com"

// withProvider gives a site an identity provider, and rules for groups if any.
func withProvider(t *testing.T, rules *sso.Rules) (*idp.Provider, func(*web.Site)) {
	t.Helper()
	p := idp.Start(t, time.Now)
	return p, func(s *web.Site) {
		var err error
		s.SignOn, err = sso.New(sso.Config{Issuer: p.URL, ClientID: idp.ClientID, ClientSecret: idp.ClientSecret,
			Return: house + "/console/signin/oidc/callback", Rules: rules, Ring: s.Ring, Patience: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		p.Now = s.Now
	}
}

// goes opens an address and does not follow where it leads.
func (b *browser) goes(path string) *browser {
	b.Helper()
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.http.CheckRedirect = nil }()
	return b.open(path)
}

// signsOn goes to the provider and comes back with what it says.
func (b *browser) signsOn(p *idp.Provider, next string) *browser {
	b.Helper()
	b.goes("/console/signin/oidc?next=" + url.QueryEscape(next))
	back := p.Visit(b, b.header.Get("Location"))
	return b.open(back.RequestURI())
}

func mara() idp.Person {
	return idp.Person{Subject: "u-mara", Email: "Mara@example.com", Name: "Mara L.", Verified: true}
}

// trail lists the acts on the chain of the house, the newest last.
func (s *street) trail() (acts []string) {
	s.Helper()
	err := s.site.DB.Read().NewSelect().Table("audit_entries").ColumnExpr("act || ' ' || detail").Where("chain = 0").Order("seq").Scan(s.Context(), &acts)
	if err != nil {
		s.Fatal(err)
	}
	return acts
}

// recorded checks that the newest act of a kind on that chain says something.
func (s *street) recorded(act, detail string) {
	s.Helper()
	list := s.trail()
	for i := len(list) - 1; i >= 0; i-- {
		if strings.HasPrefix(list[i], act+" ") {
			if !strings.Contains(list[i], detail) {
				s.Errorf("the trail says %s, want %s", list[i], detail)
			}
			return
		}
	}
	s.Errorf("the trail has no %s: %v", act, list)
}

func TestSomebodySignsInByTheIdentityProvider(t *testing.T) {
	p, with := withProvider(t, nil)
	s := openStreet(t, with)
	p.Who = mara()
	b := s.browser().open("/console/policies").at("/console/signin").sees(http.StatusOK, "Use single sign-on")
	b.signsOn(p, "/console/policies").at("/console/policies").sees(http.StatusOK, "Mara Lindqvist").seesNot("Mara L.")
	s.recorded("link_identity", `"user":1`)
	s.recorded("sign_in", `"by":"identity provider"`)
	// A second time nothing is tied again, and the token of before opens nothing.
	acts := len(s.trail())
	s.browser().signsOn(p, "/console").sees(http.StatusOK, "All open")
	if n := len(s.trail()); n != acts+1 {
		t.Errorf("the second sign-in left %d entries", n-acts)
	}
	if log := s.log.String(); strings.Contains(strings.ToLower(log), "mara") || strings.Contains(log, "u-mara") {
		t.Errorf("the log names somebody:\n%s", log)
	}
}

// What is sought in the queue may be somebody's address: it stays in no session
// while its sender is at the provider.
func TestASearchIsKeptInNoSession(t *testing.T) {
	p, with := withProvider(t, nil)
	s := openStreet(t, with)
	p.Who = mara()
	b := s.browser()
	b.goes("/console/signin/oidc?next=" + url.QueryEscape("/console?q=noa.fields@example.org"))
	var kept []string
	if err := s.site.DB.Read().NewSelect().Table("sessions").ColumnExpr("CAST(content AS TEXT)").Scan(t.Context(), &kept); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(kept, " "); len(kept) == 0 || strings.Contains(all, "noa") {
		t.Errorf("%d sessions keep %q", len(kept), all)
	}
	b.open(p.Visit(b, b.header.Get("Location")).RequestURI()).at("/console").sees(http.StatusOK, "All open")
}

func TestAProviderThatIsDownOrLiesIsToldInASentence(t *testing.T) {
	for name, c := range map[string]struct {
		change func(p *idp.Provider)
		status int
		says   string
	}{
		"another nonce":                   {func(p *idp.Provider) { p.Claims = idp.Tokens(map[string]any{"nonce": "x"}) }, 502, "did not pass the checks, so nobody was signed in"},
		"another issuer":                  {func(p *idp.Provider) { p.Claims = idp.Tokens(map[string]any{"iss": "https://evil.example"}) }, 502, "did not pass the checks"},
		"another audience":                {func(p *idp.Provider) { p.Claims = idp.Tokens(map[string]any{"aud": "shop"}) }, 502, "did not pass the checks"},
		"somebody unknown":                {func(p *idp.Provider) { p.Who.Subject, p.Who.Email = "u-9", "nobody@example.com" }, 403, "You have no account here yet: ask an administrator to invite you"},
		"an address that is not verified": {func(p *idp.Provider) { p.Who.Verified = false }, 403, "does not say that your email address is verified"},
		"a person who may not":            {func(p *idp.Provider) { p.Denies = "access_denied" }, 403, "The identity provider did not let you in"},
		"keys that cannot be had": {func(p *idp.Provider) {
			p.Before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/keys" {
					w.WriteHeader(http.StatusInternalServerError)
				}
				return r.URL.Path == "/keys"
			}
		}, 503, "does not answer: try again in a minute"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, with := withProvider(t, nil)
			s := openStreet(t, with)
			p.Who = mara()
			p.Change(c.change)
			b := s.browser().signsOn(p, "/console")
			b.sees(c.status, "There is a problem", c.says).seesNot("mara", "Mara", "evil")
			b.open("/console").at("/console/signin")
			if log := s.log.String(); strings.Contains(strings.ToLower(log), "mara") || strings.Contains(log, "evil") {
				t.Errorf("the log repeats what the provider said:\n%s", log)
			}
		})
	}
	p, with := withProvider(t, nil)
	s := openStreet(t, with)
	p.Change(func(p *idp.Provider) {
		p.Before = func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
	})
	s.browser().goes("/console/signin/oidc?next=%2Fconsole%2Fpolicies").sees(http.StatusServiceUnavailable, "does not answer: try again in a minute", "Password")
	s.desk("mara@example.com") // the password still does
}

func TestAnAnswerCountsInTheBrowserThatBeganAndOnce(t *testing.T) {
	p, with := withProvider(t, nil)
	s := openStreet(t, with)
	p.Who = mara()
	mine := s.browser().goes("/console/signin/oidc")
	back := p.Visit(t, mine.header.Get("Location")).RequestURI()
	s.browser().open(back).sees(http.StatusBadRequest, "begun in another browser")
	other := s.browser().goes("/console/signin/oidc")
	other.open(back).sees(http.StatusBadRequest, "begun in another browser")
	mine.open(back).sees(http.StatusOK, "All open")
	mine.fill("/console/signout", nil).open(back).sees(http.StatusBadRequest, "begun in another browser")
	late := s.browser().goes("/console/signin/oidc")
	back = p.Visit(t, late.header.Get("Location")).RequestURI()
	s.later(11 * time.Minute)
	late.open(back).sees(http.StatusBadRequest, "took longer than ten minutes")
	// Nothing but an address inside the console comes back as the way on.
	for _, next := range []string{"https://evil.example/", "//evil.example", "/console/../my", "/" + strings.Repeat("a", 300)} {
		s.browser().signsOn(p, next).at("/console")
	}
}

func TestGroupsDecideWhoComesInAndAsWhat(t *testing.T) {
	rules := &sso.Rules{Button: "Acme ID", Claim: "groups", Lifetime: sso.Span(time.Hour), Groups: []sso.Rule{
		{Group: "dpo", Role: "administrator", Policies: []string{"all"}},
		{Group: "privacy", Role: "handler", Policies: []string{"moxora"}, Create: true},
		{Group: "audit", Role: "auditor", Policies: []string{"opvio"}},
	}}
	p, with := withProvider(t, rules)
	s := openStreet(t, with)
	p.Who = idp.Person{Subject: "u-1", Email: "lee@example.com", Name: "Lee Park", Verified: true, Groups: []string{"football", "privacy"}}
	b := s.browser().open("/console/signin").sees(http.StatusOK, "Sign in with Acme ID")
	b.signsOn(p, "/console/me").sees(http.StatusOK, "Lee Park", "Handler", "Moxora").seesNot("Opvio")
	s.recorded("add_user", `"role":"handler"`)
	// Another group is another role, also in a session that is open.
	p.Change(func(p *idp.Provider) { p.Who.Groups = []string{"audit"} })
	s.browser().signsOn(p, "/console/me").sees(http.StatusOK, "Auditor", "Opvio")
	b.open("/console/me").sees(http.StatusOK, "Auditor", "Opvio").seesNot("Moxora")
	s.recorded("change_user", `"role_before":"handler"`)
	// No group is no entry, and the end of what was open.
	p.Change(func(p *idp.Provider) { p.Who.Groups = nil })
	s.browser().signsOn(p, "/console").sees(http.StatusForbidden, "None of your groups at the identity provider may use this console")
	b.open("/console/me").at("/console/signin")
	s.recorded("shut_out", `"user":2`)
	// Who is new and in a group that makes nobody is not made.
	p.Change(func(p *idp.Provider) {
		p.Who = idp.Person{Subject: "u-2", Email: "noa@example.com", Verified: true, Groups: []string{"dpo"}}
	})
	s.browser().signsOn(p, "/console").sees(http.StatusForbidden, "You have no account here yet")
}

func TestGroupsDoNotTakeTheLastAdministratorAway(t *testing.T) {
	p, with := withProvider(t, &sso.Rules{Claim: "groups", Groups: []sso.Rule{{Group: "privacy", Role: "handler", Policies: []string{"all"}}}})
	s := openStreet(t, with)
	s.hire("lee@example.com", "Lee Park", access.Administrator, access.AllPolicies())
	p.Who = idp.Person{Subject: "u-lee", Email: "lee@example.com", Verified: true, Groups: []string{"privacy"}}
	s.browser().signsOn(p, "/console").sees(http.StatusForbidden, "you are the last one here: sign in with your password")
	s.desk("lee@example.com")
}

func TestAGroupTakenAwayIsNotGotRoundByAPassword(t *testing.T) {
	p, with := withProvider(t, &sso.Rules{Claim: "groups", Lifetime: sso.Span(time.Hour), Groups: []sso.Rule{
		{Group: "privacy", Role: "handler", Policies: []string{"all"}}, {Group: "dpo", Role: "administrator", Policies: []string{"all"}}}})
	s := openStreet(t, with, withPasskeys)
	typed := url.Values{"email": {"mara@example.com"}, "password": {passPhrase}}
	b := s.desk("mara@example.com") // before the provider knows her
	device := b.makesPasskey("Key")
	p.Who = mara()
	p.Who.Groups, p.Who.Methods = []string{"privacy"}, []string{"mfa"}
	b = s.browser().signsOn(p, "/console").sees(http.StatusOK, "All open")
	s.later(2 * time.Hour)
	for _, b := range []*browser{b, s.browser()} {
		b.open("/console/signin").fill("/console/signin", typed).at("/console/signin/factor").follow("Use a passkey")
		b.fill("/signin/passkey", url.Values{"answer": {device.Get(t, b.options())}}).sees(http.StatusForbidden, "Sign in by the identity provider: your groups there decide")
	}
	b = s.browser().open("/console/signin/passkey")
	b.fill("/signin/passkey", url.Values{"answer": {device.Get(t, b.options())}}).sees(http.StatusForbidden, "Sign in by the identity provider")
	b.open("/console").at("/console/signin")
	// An administrator keeps the other ways.
	p.Change(func(p *idp.Provider) { p.Who.Groups = []string{"dpo"} })
	s.browser().signsOn(p, "/console").sees(http.StatusOK, "All open")
	b = s.browser().open("/console/signin/passkey")
	b.fill("/signin/passkey", url.Values{"answer": {device.Get(t, b.options())}}).sees(http.StatusOK, "All open")
}

func TestASignInByTheProviderEndsAndIsAskedForAgain(t *testing.T) {
	p, with := withProvider(t, &sso.Rules{Claim: "groups", Lifetime: sso.Span(time.Hour), Groups: []sso.Rule{{Group: "privacy", Role: "handler", Policies: []string{"all"}}}})
	s := openStreet(t, with)
	p.Who = mara()
	p.Who.Groups = []string{"privacy"}
	b := s.browser().signsOn(p, "/console").sees(http.StatusOK, "All open")
	s.later(59 * time.Minute)
	b.open("/console").sees(http.StatusOK, "All open")
	s.later(time.Minute)
	b.open("/console/policies").at("/console/signin")
	// In the same browser another's password opens a session of the usual length.
	s.hire("lee@example.com", "Lee Park", access.Administrator, access.AllPolicies())
	b.fill("/console/signin", url.Values{"email": {"lee@example.com"}, "password": {passPhrase}}).sees(http.StatusOK)
	s.later(time.Hour)
	b.open("/console/policies").at("/console/policies")
}

// withPasskeys makes a site one that passkeys can belong to.
func withPasskeys(s *web.Site) {
	passkeys, err := people.NewPasskeys(s.People, house)
	if err != nil {
		panic(err)
	}
	s.Passkeys = passkeys
}

// options is what the page asks an authenticator for.
func (b *browser) options() string {
	b.Helper()
	for _, f := range find(b.doc, element("form")) {
		if text := attr(f, "data-options"); text != "" {
			if !json.Valid([]byte(text)) || attr(f, "data-origin") != house {
				b.Errorf("the page asks for %s at %s", text, attr(f, "data-origin"))
			}
			return text
		}
	}
	b.Fatalf("%s asks for no passkey:\n%s", b.address.Path, b.brief())
	return ""
}

// makesPasskey puts a passkey on the list of who is signed in.
func (b *browser) makesPasskey(name string) *passkey.Authenticator {
	b.Helper()
	device := passkey.New("privacy.example.com", house)
	b.open("/console/me/passkeys").fill("/console/me/passkeys", url.Values{"current": {passPhrase}}).at("/console/me/passkeys/new")
	b.fill("/passkeys/new", url.Values{"name": {name}, "answer": {device.Create(b, b.options())}}).at("/console/me/passkeys").sees(http.StatusOK, "is on your list", name)
	return device
}

func TestAPasskeyIsMadeNamedUsedAndRemoved(t *testing.T) {
	s := openStreet(t, withPasskeys)
	b := s.desk("mara@example.com")
	b.open("/console/me/factors").sees(http.StatusOK, "Set up a passkey").follow("Set up a passkey").sees(http.StatusOK, "You have none yet")
	b.open("/console/me/passkeys/new").at("/console/me/passkeys")
	b.fill("/console/me/passkeys", url.Values{"current": {"not the password"}}).sees(422, "That is not your password at present")
	device := b.makesPasskey("Blue key")
	s.recorded("add_passkey", `"user":1`)
	b.open("/console/me/passkeys").follow("Blue key").sees(http.StatusOK, "Not used yet")
	b.fill("/name", url.Values{"name": {" "}}).sees(422, "Give the passkey a name")
	b.fill("/name", url.Values{"name": {"Green key"}}).sees(http.StatusOK, "The name is changed.", "Green key")

	// Without a password.
	guest := s.browser().open("/console/signin?next=%2Fconsole%2Fpolicies").follow("Use a passkey").sees(http.StatusOK, "switched off in this browser", "Sign in another way")
	answer := device.Get(t, guest.options())
	guest.fill("/signin/passkey", url.Values{"answer": {answer}}).at("/console/policies").sees(http.StatusOK, "Mara Lindqvist")
	s.recorded("sign_in", `"by":"passkey"`)
	again := s.browser().open("/console/signin/passkey")
	again.fill("/signin/passkey", url.Values{"answer": {answer}}).sees(422, "This passkey was not accepted")
	// As the second step.
	second := s.browser().open("/console/signin").fill("/console/signin", url.Values{"email": {"mara@example.com"}, "password": {passPhrase}}).at("/console/signin/factor")
	second.open("/console").at("/console/signin").open("/console/signin/factor").follow("Use a passkey").sees(http.StatusOK, "The second step.")
	second.fill("/signin/passkey", url.Values{"answer": {device.Get(t, second.options())}}).sees(http.StatusOK, "All open")
	s.recorded("sign_in", `"by":"password and passkey"`)
	// Too late.
	slow := s.browser().open("/console/signin/passkey")
	s.later(6 * time.Minute)
	slow.fill("/signin/passkey", url.Values{"answer": {device.Get(t, slow.options())}}).sees(422, "This passkey was not accepted")

	s.later(10 * time.Minute)
	b.open("/console/me/passkeys").follow("Green key").fill("/remove", url.Values{"current": {"wrong"}}).sees(422, "That is not your password")
	b.fill("/remove", url.Values{"current": {passPhrase}}).at("/console/me/passkeys").sees(http.StatusOK, "The passkey is removed", "You have none yet")
	s.recorded("remove_passkey", `"user":1`)
	gone := s.browser().open("/console/signin/passkey")
	gone.fill("/signin/passkey", url.Values{"answer": {device.Get(t, gone.options())}}).sees(422, "This passkey was not accepted")
}

func TestACopiedPasskeyIsToldAndWritten(t *testing.T) {
	s := openStreet(t, withPasskeys)
	device := s.desk("mara@example.com").makesPasskey("Key")
	device.Steps = 1
	twin := device.Copy()
	for range 2 {
		b := s.browser().open("/console/signin/passkey")
		b.fill("/signin/passkey", url.Values{"answer": {device.Get(t, b.options())}}).sees(http.StatusOK, "All open")
	}
	b := s.browser().open("/console/signin/passkey")
	b.fill("/signin/passkey", url.Values{"answer": {twin.Get(t, b.options())}}).sees(422, "may have been copied")
	s.recorded("block_passkey", `"user":1`)
}

func TestTheLastFactorStaysWhereOneIsAskedFor(t *testing.T) {
	s := openStreet(t, withPasskeys)
	b := s.desk("mara@example.com")
	b.makesPasskey("Only key")
	if err := s.site.People.AskFactor(t.Context(), people.FactorRule{Policy: people.AllOfThem, AskedAt: s.now(), ByWhen: s.now()}); err != nil {
		t.Fatal(err)
	}
	b.open("/console/me/passkeys").follow("Only key").fill("/remove", nil).sees(http.StatusConflict, "A second factor is asked of you, and this is your last")
	b.open("/console").at("/console").sees(http.StatusOK)
}

func TestAProviderThatAskedForOneFactorLeavesTheSecondToUs(t *testing.T) {
	p, with := withProvider(t, &sso.Rules{Claim: "groups", Lifetime: sso.Span(time.Hour), Groups: []sso.Rule{{Group: "privacy", Role: "handler", Policies: []string{"all"}}}})
	s := openStreet(t, with, withPasskeys)
	device := s.desk("mara@example.com").makesPasskey("Key")
	p.Who = mara()
	p.Who.Groups = []string{"privacy"}
	b := s.browser().signsOn(p, "/console/policies").at("/console/signin/factor").sees(http.StatusOK, "Second step")
	b.open("/console/policies").at("/console/signin").open("/console/signin/passkey?next=%2Fconsole%2Fpolicies")
	b.fill("/signin/passkey", url.Values{"answer": {device.Get(t, b.options())}}).at("/console/policies").sees(http.StatusOK, "Mara Lindqvist")
	s.recorded("sign_in", `"by":"identity provider and passkey"`)
	s.later(time.Hour) // the provider's word ends all the same
	b.open("/console/policies").at("/console/signin")
	p.Change(func(p *idp.Provider) { p.Who.Methods = []string{"pwd", "mfa"} })
	s.browser().signsOn(p, "/console/policies").at("/console/policies").sees(http.StatusOK, "Mara Lindqvist")
}

func TestASiteWithoutOtherWaysInOffersNone(t *testing.T) {
	s := openStreet(t)
	s.browser().open("/console/signin").sees(http.StatusOK, "Work email").seesNot("single sign-on", "passkey")
	for _, path := range []string{"/console/signin/oidc", "/console/signin/oidc/callback?code=a&state=b", "/console/signin/passkey"} {
		s.browser().open(path).sees(http.StatusNotFound)
	}
	s.desk("mara@example.com").open("/console/me/passkeys").sees(http.StatusOK, "There are no passkeys on this site").open("/console/me/passkeys/1").sees(http.StatusNotFound)
}
