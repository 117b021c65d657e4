package sso_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"dsr/internal/idp"
	"dsr/sso"
)

// lies lists what an identity provider may get wrong, and the error of each.
func lies() map[string]struct {
	lie  func(p *idp.Provider)
	want error
	says string
} {
	claims := func(set map[string]any) func(*idp.Provider) {
		return func(p *idp.Provider) { p.Claims = idp.Tokens(set) }
	}
	hour := time.Hour
	return map[string]struct {
		lie  func(p *idp.Provider)
		want error
		says string
	}{
		"another nonce":                {claims(map[string]any{"nonce": "of another sign-in"}), sso.ErrUntrusted, "nonce"},
		"no nonce":                     {claims(map[string]any{"nonce": nil}), sso.ErrUntrusted, "nonce"},
		"another issuer":               {claims(map[string]any{"iss": "https://login.evil.example"}), sso.ErrUntrusted, "issuer"},
		"another audience":             {claims(map[string]any{"aud": "shop"}), sso.ErrUntrusted, "audience"},
		"another party":                {claims(map[string]any{"azp": "shop"}), sso.ErrUntrusted, "party"},
		"two audiences and no party":   {claims(map[string]any{"aud": []string{idp.ClientID, "shop"}}), sso.ErrUntrusted, "party"},
		"a token that has expired":     {claims(map[string]any{"exp": time.Now().Add(-hour).Unix()}), sso.ErrUntrusted, "expired"},
		"a token without end":          {claims(map[string]any{"exp": nil}), sso.ErrUntrusted, "expired"},
		"a token of tomorrow":          {claims(map[string]any{"nbf": time.Now().Add(hour).Unix()}), sso.ErrUntrusted, "not valid yet"},
		"no subject":                   {claims(map[string]any{"sub": nil}), sso.ErrUntrusted, "subject"},
		"an address that is a number":  {claims(map[string]any{"email": 7}), sso.ErrUntrusted, "type"},
		"a token that nobody signed":   {func(p *idp.Provider) { p.Header = idp.Tokens(map[string]any{"alg": "none"}) }, sso.ErrUntrusted, "signature"},
		"a token signed by the secret": {func(p *idp.Provider) { p.Header = idp.Tokens(map[string]any{"alg": "HS256"}) }, sso.ErrUntrusted, "signature"},
		"none announced as algorithm": {func(p *idp.Provider) {
			p.Document = idp.Tokens(map[string]any{"id_token_signing_alg_values_supported": []string{"none"}})
			p.Header = idp.Tokens(map[string]any{"alg": "none"})
		}, sso.ErrUntrusted, "signature"},
		"a key it does not publish": {func(p *idp.Provider) { p.Header = idp.Tokens(map[string]any{"kid": "mine"}) }, sso.ErrUntrusted, "signature"},
		"a document of another issuer": {func(p *idp.Provider) {
			p.Document = idp.Tokens(map[string]any{"issuer": "https://login.evil.example"})
		}, sso.ErrUnfit, "another issuer"},
		"a token endpoint without TLS": {func(p *idp.Provider) {
			p.Document = idp.Tokens(map[string]any{"token_endpoint": "http://login.example/token"})
		}, sso.ErrUnfit, "token_endpoint"},
		"a sign-in page that is a script": {func(p *idp.Provider) {
			p.Document = idp.Tokens(map[string]any{"authorization_endpoint": "javascript:alert(1)"})
		}, sso.ErrUnfit, "authorization_endpoint"},
		"no document":         {on("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }), sso.ErrDown, "document"},
		"a document too long": {on("/.well-known/openid-configuration", idp.Flood), sso.ErrDown, "document"},
		"a token too long":    {on("/token", idp.Flood), sso.ErrUnfit, "no token"},
		"keys too long":       {on("/keys", idp.Flood), sso.ErrDown, "keys"},
		"a server that breaks": {on("/token", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
		}), sso.ErrDown, "502"},
		"a slow document":          {on("/.well-known/openid-configuration", sleep), sso.ErrDown, "1s"},
		"a slow token":             {on("/token", sleep), sso.ErrDown, "1s"},
		"slow keys":                {on("/keys", sleep), sso.ErrDown, "keys"},
		"no ID token":              {on("/token", func(w http.ResponseWriter, _ *http.Request) { tokenWithoutName(w) }), sso.ErrUnfit, "no ID token"},
		"somebody who may not":     {func(p *idp.Provider) { p.Denies = "access_denied" }, sso.ErrDenied, "access_denied"},
		"a refusal of its own":     {func(p *idp.Provider) { p.Denies = "kim@moxora.example" }, sso.ErrDenied, "reason of its own"},
		"a provider that is busy":  {func(p *idp.Provider) { p.Denies = "temporarily_unavailable" }, sso.ErrDown, "temporarily_unavailable"},
		"a scope it does not give": {func(p *idp.Provider) { p.Denies = "invalid_scope" }, sso.ErrUnfit, "invalid_scope"},
	}
}

// on answers one path in another way.
func on(path string, handle http.HandlerFunc) func(*idp.Provider) {
	return func(p *idp.Provider) {
		p.Before = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == path {
				handle(w, r)
			}
			return r.URL.Path == path
		}
	}
}

// sleep answers when nobody waits any more, which a server notices once it has
// read the question.
func sleep(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func tokenWithoutName(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte(`{"access_token":"a","token_type":"Bearer"}`))
}

func TestAProviderThatLiesLetsNobodyIn(t *testing.T) {
	for name, c := range lies() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := idp.Start(t, time.Now)
			p.Who = kim()
			p.Change(c.lie)
			got, err := signIn(t, p, open(t, p, nil))
			if !errors.Is(err, c.want) || got.Subject != "" {
				t.Fatalf("%+v: %v, want %v", got, err, c.want)
			}
			if text := err.Error(); !strings.Contains(text, c.says) || strings.Contains(text, "kim") || strings.Contains(text, "evil") {
				t.Errorf("the log would say %q, want %q and nothing of the other side's", text, c.says)
			}
		})
	}
}
