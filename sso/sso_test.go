package sso_test

import (
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"dsr/internal/idp"
	"dsr/sso"
	"dsr/vault"
)

const back = "https://privacy.example.com/console/signin/oidc/callback"

func kim() idp.Person {
	return idp.Person{Subject: "u-1", Email: "kim@moxora.example", Name: "Kim Otter", Verified: true, Groups: []string{"privacy-team"}}
}

func newRing(t *testing.T) *vault.Ring {
	t.Helper()
	ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// open connects to a provider, with rules when some are given.
func open(t *testing.T, p *idp.Provider, rules *sso.Rules) *sso.Provider {
	t.Helper()
	provider, err := sso.New(sso.Config{Issuer: p.URL, ClientID: idp.ClientID, ClientSecret: idp.ClientSecret,
		Return: back, Rules: rules, Ring: newRing(t), Patience: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

// signIn plays a whole sign-in.
func signIn(t *testing.T, p *idp.Provider, provider *sso.Provider) (sso.Identity, error) {
	t.Helper()
	address, ticket, err := provider.Begin(t.Context(), time.Now())
	if err != nil {
		return sso.Identity{}, err
	}
	return provider.Finish(t.Context(), time.Now(), ticket, p.Visit(t, address).Query())
}

func rules() *sso.Rules {
	return &sso.Rules{Claim: "groups", Groups: []sso.Rule{{Group: "privacy-team", Role: "handler", Policies: []string{"moxora"}}}}
}

func TestSomebodyTheProviderVouchesForIsNamed(t *testing.T) {
	p := idp.Start(t, time.Now)
	p.Who = kim()
	got, err := signIn(t, p, open(t, p, rules()))
	if err != nil || got.Subject != "u-1" || got.Issuer != p.URL || got.Email != "kim@moxora.example" || !got.Verified ||
		got.Name != "Kim Otter" || !slices.Equal(got.Groups, []string{"privacy-team"}) || got.MultiFactor {
		t.Errorf("%+v: %v", got, err)
	}
}

func TestAProviderByOthersIsUnderstood(t *testing.T) {
	p, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Shutdown() })
	provider, err := sso.New(sso.Config{Issuer: p.Issuer(), ClientID: p.ClientID, ClientSecret: p.ClientSecret, Return: back, Ring: newRing(t), Rules: rules()})
	if err != nil {
		t.Fatal(err)
	}
	address, ticket, err := provider.Begin(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	got, err := provider.Finish(t.Context(), time.Now(), ticket, new(idp.Provider).Visit(t, address).Query())
	if err != nil || got.Email != "jane.doe@example.com" || !got.Verified || !slices.Contains(got.Groups, "design") {
		t.Errorf("%+v: %v", got, err)
	}
}

func TestTheBrowserIsSentWithStateNonceAndChallenge(t *testing.T) {
	p := idp.Start(t, time.Now)
	provider := open(t, p, rules())
	var seen []string
	for range 2 {
		address, ticket, err := provider.Begin(t.Context(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(address)
		q := u.Query()
		if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != back ||
			q.Get("scope") != "openid email profile groups" || strings.Contains(address, "secret") {
			t.Errorf("the address is %s", address)
		}
		if len(ticket) > 100 || strings.Contains(address, ticket) {
			t.Errorf("the ticket is %q", ticket)
		}
		for _, name := range []string{"state", "nonce", "code_challenge"} {
			if len(q.Get(name)) < 22 || slices.Contains(seen, q.Get(name)) {
				t.Errorf("%s is short, or was used before: %q", name, q.Get(name))
			}
			seen = append(seen, q.Get(name))
		}
	}
	if n := p.Asked("/.well-known/openid-configuration"); n != 1 {
		t.Errorf("the document was asked for %d times, want once", n)
	}
}

func TestAnAnswerThatBelongsToNoSignInIsRefused(t *testing.T) {
	p := idp.Start(t, time.Now)
	p.Who = kim()
	provider, now := open(t, p, nil), time.Now()
	begin := func() (ticket string, answer url.Values) {
		address, ticket, err := provider.Begin(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		return ticket, p.Visit(t, address).Query()
	}
	mine, answer := begin()
	other, _ := begin()
	with := func(set ...string) url.Values {
		changed := url.Values{}
		for k, v := range answer {
			changed[k] = slices.Clone(v)
		}
		for i := 0; i < len(set); i += 2 {
			changed.Add(set[i], set[i+1])
		}
		return changed
	}
	bare := func(name string) url.Values {
		changed := with()
		changed.Del(name)
		return changed
	}
	for name, c := range map[string]struct {
		ticket string
		answer url.Values
		late   time.Duration
		want   error
	}{
		"in a browser that began none":       {"", answer, 0, sso.ErrForeign},
		"in a browser that began another":    {other, answer, 0, sso.ErrForeign},
		"with a ticket made up":              {"AAAA.zz", answer, 0, sso.ErrForeign},
		"without a state":                    {mine, bare("state"), 0, sso.ErrForeign},
		"with two states":                    {mine, with("state", "second"), 0, sso.ErrForeign},
		"after a quarter of an hour":         {mine, answer, 15 * time.Minute, sso.ErrForeign},
		"without a code":                     {mine, bare("code"), 0, sso.ErrUntrusted},
		"with two codes":                     {mine, with("code", "second"), 0, sso.ErrUntrusted},
		"in the name of another issuer":      {mine, with("iss", "https://login.evil.example"), 0, sso.ErrUntrusted},
		"with a refusal and a foreign state": {other, with("error", "access_denied"), 0, sso.ErrForeign},
	} {
		if got, err := provider.Finish(t.Context(), now.Add(c.late), c.ticket, c.answer); !errors.Is(err, c.want) || got.Subject != "" {
			t.Errorf("%s: %+v, %v; want %v", name, got, err, c.want)
		}
	}
	if n := p.Asked("/token"); n != 0 {
		t.Errorf("the provider was asked for %d tokens", n)
	}
	if got, err := provider.Finish(t.Context(), now, mine, with("iss", p.URL)); err != nil || got.Subject != "u-1" {
		t.Errorf("the answer itself: %+v, %v", got, err)
	}
	if _, err := provider.Finish(t.Context(), now, mine, answer); !errors.Is(err, sso.ErrForeign) {
		t.Errorf("the same code once more: %v", err)
	}
}

func TestAStolenCodeIsWorthNothingElsewhere(t *testing.T) {
	p := idp.Start(t, time.Now)
	p.Who = kim()
	provider, now := open(t, p, nil), time.Now()
	address, _, err := provider.Begin(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	code := p.Visit(t, address).Query().Get("code")
	address, mine, err := provider.Begin(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	answer := p.Visit(t, address).Query()
	answer.Set("code", code)
	if got, err := provider.Finish(t.Context(), now, mine, answer); !errors.Is(err, sso.ErrForeign) {
		t.Errorf("another's code with my state: %+v, %v", got, err)
	}
}

func TestTheProviderMayBeDownAtTheStart(t *testing.T) {
	p := idp.Start(t, time.Now)
	p.Who = kim()
	p.Change(on("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	provider, now := open(t, p, nil), time.Now()
	for range 3 {
		if _, _, err := provider.Begin(t.Context(), now); !errors.Is(err, sso.ErrDown) {
			t.Fatalf("while it is down: %v", err)
		}
	}
	if n := p.Asked("/.well-known/openid-configuration"); n != 1 {
		t.Errorf("it was asked %d times within a moment, want once", n)
	}
	p.Change(func(p *idp.Provider) { p.Before = nil })
	now = now.Add(4 * time.Second)
	if _, _, err := provider.Begin(t.Context(), now); err != nil {
		t.Errorf("when it is back: %v", err)
	}
	// What is known will do while it is down again.
	p.Change(on("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	if _, _, err := provider.Begin(t.Context(), now.Add(2*time.Hour)); err != nil {
		t.Errorf("two hours later: %v", err)
	}
	if _, _, err := provider.Begin(t.Context(), now.Add(26*time.Hour)); !errors.Is(err, sso.ErrDown) {
		t.Errorf("a day later: %v", err)
	}
}

func TestKeysAreChangedWhileWeRun(t *testing.T) {
	p := idp.Start(t, time.Now)
	p.Who = kim()
	provider := open(t, p, nil)
	for _, key := range []string{"first", "first", "second"} {
		p.Change(func(p *idp.Provider) {
			if p.KeyID != key {
				p.KeyID = key
				p.NewKey()
			}
		})
		if _, err := signIn(t, p, provider); err != nil {
			t.Errorf("with the %s key: %v", key, err)
		}
	}
	if n := p.Asked("/keys"); n != 2 {
		t.Errorf("the keys were asked for %d times, want twice", n)
	}
}

func TestNothingIsAskedElsewhere(t *testing.T) {
	elsewhere := idp.Start(t, time.Now)
	p := idp.Start(t, time.Now)
	p.Who = kim()
	for _, path := range []string{"/.well-known/openid-configuration", "/keys", "/token"} {
		p.Change(on(path, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}))
		if got, err := signIn(t, p, open(t, p, nil)); err == nil {
			t.Errorf("a redirect of %s was followed: %+v", path, got)
		}
		if n := elsewhere.Asked(path); n != 0 {
			t.Errorf("%s was asked for elsewhere", path)
		}
	}
	// A host that the document names is another matter.
	p.Change(func(p *idp.Provider) {
		p.Before = nil
		p.Document = idp.Tokens(map[string]any{"jwks_uri": elsewhere.URL + "/keys"})
		elsewhere.Key, elsewhere.KeyID = p.Key, p.KeyID
	})
	if _, err := signIn(t, p, open(t, p, nil)); err != nil || elsewhere.Asked("/keys") != 1 {
		t.Errorf("keys at a host the document names: %v", err)
	}
}

func TestTheClientShowsItsSecretAsTheProviderWantsIt(t *testing.T) {
	for name, change := range map[string]func(p *idp.Provider){
		"in the form": func(p *idp.Provider) {
			p.Document = idp.Tokens(map[string]any{"token_endpoint_auth_methods_supported": []string{"client_secret_post"}})
		},
		"in the header": func(p *idp.Provider) {
			p.Basic, p.Document = true, idp.Tokens(map[string]any{"token_endpoint_auth_methods_supported": nil})
		},
		"in the header, announced as either": func(p *idp.Provider) { p.Basic = true },
	} {
		p := idp.Start(t, time.Now)
		p.Who = kim()
		p.Change(change)
		if _, err := signIn(t, p, open(t, p, nil)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := idp.Start(t, time.Now)
	provider, err := sso.New(sso.Config{Issuer: p.URL, ClientID: idp.ClientID, ClientSecret: "an old one", Return: back, Ring: newRing(t)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signIn(t, p, provider); !errors.Is(err, sso.ErrUnfit) || strings.Contains(err.Error(), "old") {
		t.Errorf("a secret that is not right: %v", err)
	}
}

func TestWhatCountsAsSeveralFactorsAndAsAVerifiedAddress(t *testing.T) {
	p := idp.Start(t, time.Now)
	p.Who = kim()
	provider := open(t, p, nil)
	for name, c := range map[string]struct {
		claims           map[string]any
		factors, address bool
	}{
		"nothing said":            {map[string]any{"email_verified": nil}, false, false},
		"amr mfa":                 {map[string]any{"amr": []string{"pwd", "mfa"}}, true, true},
		"amr pwd":                 {map[string]any{"amr": []string{"pwd"}}, false, true},
		"amr as one text":         {map[string]any{"amr": "mfa"}, true, true},
		"an acr that says so":     {map[string]any{"acr": "urn:example:MFA"}, true, true},
		"an acr of two passwords": {map[string]any{"acr": "urn:example:password"}, false, true},
		"verified as a text":      {map[string]any{"email_verified": "true"}, false, true},
		"not verified":            {map[string]any{"email_verified": "no"}, false, false},
		"verified by the domain":  {map[string]any{"email_verified": nil, "xms_edov": 1}, false, true},
	} {
		p.Change(func(p *idp.Provider) { p.Claims = idp.Tokens(c.claims) })
		got, err := signIn(t, p, provider)
		if err != nil || got.MultiFactor != c.factors || got.Verified != c.address {
			t.Errorf("%s: several factors %v, verified %v, %v", name, got.MultiFactor, got.Verified, err)
		}
	}
}

func TestSettingsThatCannotBeAreRefusedAtTheStart(t *testing.T) {
	for issuer, fine := range map[string]bool{
		"https://login.example.com": true, "https://login.example.com/tenant/v2.0": true, "http://127.0.0.1:9000": true, "http://localhost": true, "https://10.0.0.7": true,
		"http://login.example.com": false, "login.example.com": false, "": false, "https://login.example.com/?a=b": false, "https://me:pw@login.example.com": false, "ftp://login.example.com": false,
	} {
		if _, err := sso.New(sso.Config{Issuer: issuer, ClientID: "dsr", Ring: newRing(t)}); (err == nil) != fine {
			t.Errorf("issuer %q: %v", issuer, err)
		}
	}
	if _, err := sso.New(sso.Config{Issuer: "https://login.example.com", Ring: newRing(t)}); err == nil {
		t.Error("a client without an id was taken")
	}
}
