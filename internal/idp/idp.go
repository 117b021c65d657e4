// Package idp is an identity provider for tests: it speaks OpenID Connect over
// loopback, checks what a provider checks (client, code, PKCE), and lies as it
// is told.
package idp

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// The client that the provider knows.
const (
	ClientID     = "dsr-test"
	ClientSecret = "a secret of the client"
)

// Person is who signs in at the provider.
type Person struct {
	Subject, Email, Name string
	Verified             bool
	Groups               []string
	Methods              []string // amr
}

// Provider is a running provider. Its fields are changed through Change.
type Provider struct {
	URL string

	// Who signs in next.
	Who Person
	// Now is its clock.
	Now func() time.Time
	// Document, Header and Claims change what it is about to say.
	Document, Header, Claims func(map[string]any)
	// Before may answer in the place of a page, by its path, and says so.
	Before func(w http.ResponseWriter, r *http.Request) bool
	// Denies is the error it sends people back with.
	Denies string
	// Basic takes the client's secret in the header only.
	Basic bool
	// Key signs; KeyID names it.
	Key   ed25519.PrivateKey
	KeyID string

	mu    sync.Mutex
	codes map[string]grant
	asked map[string]int
}

// grant is what a code stands for.
type grant struct {
	who              Person
	nonce, challenge string
}

// Start runs a provider, on a clock, until the test ends.
func Start(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	p := &Provider{Now: now, codes: map[string]grant{}, asked: map[string]int{}, KeyID: "first"}
	p.NewKey()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.document)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /keys", p.keys)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked[r.URL.Path]++
		before := p.Before
		p.mu.Unlock()
		if before == nil || !before(w, r) {
			mux.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// NewKey makes another key to sign with.
func (p *Provider) NewKey() {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	p.Key = key
}

// Change changes the provider while it runs.
func (p *Provider) Change(fn func(*Provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn(p)
}

// Asked says how often a path was asked for.
func (p *Provider) Asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

func (p *Provider) document(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"EdDSA"}, "scopes_supported": []string{"openid", "email", "profile", "groups"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
	}
	if p.Document != nil {
		p.Document(d)
	}
	answer(w, http.StatusOK, d)
}

// authorize lets whoever is next in at once.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != ClientID || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "no such client", http.StatusBadRequest)
		return
	}
	out := url.Values{"state": {q.Get("state")}}
	if p.Denies != "" {
		out.Set("error", p.Denies)
		out.Set("error_description", "<b>"+p.Who.Email+"</b> may not")
	} else {
		code := rand.Text()
		p.codes[code] = grant{p.Who, q.Get("nonce"), q.Get("code_challenge")}
		out.Set("code", code)
	}
	back.RawQuery = out.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, header := r.BasicAuth()
	if !header && !p.Basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != url.QueryEscape(ClientID) || secret != ClientSecret && secret != url.QueryEscape(ClientSecret) {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	g, known := p.codes[code]
	delete(p.codes, code) // once, right or wrong
	proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || base64.RawURLEncoding.EncodeToString(proof[:]) != g.challenge {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": g.who.Email})
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": p.sign(g)})
}

// sign makes the ID token.
func (p *Provider) sign(g grant) string {
	now := p.Now()
	claims := map[string]any{"iss": p.URL, "aud": ClientID, "sub": g.who.Subject, "nonce": g.nonce,
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "email": g.who.Email, "email_verified": g.who.Verified, "name": g.who.Name}
	if g.who.Groups != nil {
		claims["groups"] = g.who.Groups
	}
	if g.who.Methods != nil {
		claims["amr"] = g.who.Methods
	}
	header := map[string]any{"alg": "EdDSA", "typ": "JWT", "kid": p.KeyID}
	if p.Header != nil {
		p.Header(header)
	}
	if p.Claims != nil {
		p.Claims(claims)
	}
	text := part(header) + "." + part(claims)
	if header["alg"] == "none" {
		return text + "."
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(p.Key, []byte(text)))
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	public := base64.RawURLEncoding.EncodeToString(p.Key.Public().(ed25519.PublicKey))
	answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": p.KeyID, "x": public}}})
}

// Visit plays the person's browser at the provider: it opens the address the
// site sent it to and returns the address the provider sends it back to.
func (p *Provider) Visit(t testing.TB, address string) *url.URL {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	back, err := response.Location()
	if err != nil {
		t.Fatalf("the provider answered %d and leads nowhere", response.StatusCode)
	}
	return back
}

// Tokens returns a change of claims that sets each, or removes it where nil.
func Tokens(set map[string]any) func(map[string]any) {
	return func(claims map[string]any) {
		maps.Copy(claims, set)
		maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	}
}

func part(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// Flood writes a body that never ends, or until the reader has gone.
func Flood(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	chunk := []byte(strings.Repeat(" ", 64<<10))
	for r.Context().Err() == nil {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}
