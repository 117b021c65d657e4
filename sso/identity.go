package sso

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Identity is somebody the provider vouches for.
type Identity struct {
	// Issuer and Subject together name the account for good (Core, 5.7).
	Issuer, Subject string
	// Email is as the provider has it; Verified says that it checked the
	// mailbox, or that the owner of the domain did.
	Email    string
	Verified bool
	Name     string
	Groups   []string
	// MultiFactor says that the provider asked for more than one factor: the
	// value mfa in amr (RFC 8176), or an acr that means so.
	MultiFactor bool
}

// exchange turns the code into the raw ID token.
func (p *Provider) exchange(ctx context.Context, found *known, code, verifier string) (string, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.guard.client()), longest)
	defer cancel()
	var token *oauth2.Token
	var err error
	for _, style := range p.styles(found.document) {
		token, err = p.oauth(found, style).Exchange(ctx, code, oauth2.VerifierOption(verifier))
		var refused *oauth2.RetrieveError
		if !errors.As(err, &refused) || refused.ErrorCode != "invalid_client" {
			break
		}
	}
	if err != nil {
		return "", p.exchangeFault(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return "", fmt.Errorf("%w: it gave no ID token", ErrUnfit)
	}
	return raw, nil
}

// exchangeFault sorts the errors of the token endpoint (RFC 6749, 5.2).
func (p *Provider) exchangeFault(err error) error {
	var refused *oauth2.RetrieveError
	var asked *url.Error
	switch {
	case errors.As(err, &asked):
		return fmt.Errorf("%w: no token came within %v", ErrDown, p.guard.patience)
	case !errors.As(err, &refused):
		return fmt.Errorf("%w: what the token endpoint answers is no token", ErrUnfit)
	case refused.ErrorCode == "invalid_grant":
		return fmt.Errorf("%w: the code is not accepted", ErrForeign)
	case refused.ErrorCode == "invalid_client" || refused.ErrorCode == "unauthorized_client":
		return fmt.Errorf("%w: client id or secret is not accepted", ErrUnfit)
	case refused.Response != nil && refused.Response.StatusCode >= http.StatusInternalServerError:
		return fmt.Errorf("%w: the token endpoint answered %d", ErrDown, refused.Response.StatusCode)
	}
	return fmt.Errorf("%w: the token endpoint refused", ErrUnfit)
}

// claims is what we read of an ID token beside what the library does.
type claims struct {
	Party    string `json:"azp"`
	Email    string `json:"email"`
	Verified said   `json:"email_verified"`
	Domain   said   `json:"xms_edov"` // Entra's word: the domain's owner verified the address
	Name     string `json:"name"`
	Methods  list   `json:"amr"`
	Class    string `json:"acr"`
}

// identify checks the ID token (Core, 3.1.3.7) and reads it.
func (p *Provider) identify(ctx context.Context, now time.Time, found *known, raw, nonce string) (Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	verifier := oidc.NewVerifier(p.config.Issuer, found.keys, &oidc.Config{
		ClientID: p.config.ClientID, SupportedSigningAlgs: algorithms(found.document), Now: func() time.Time { return now },
	})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, tokenFault(err)
	}
	var c claims
	var all map[string]json.RawMessage
	if token.Claims(&c) != nil || token.Claims(&all) != nil {
		return Identity{}, fmt.Errorf("%w: claims of another type", ErrUntrusted)
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1:
		return Identity{}, fmt.Errorf("%w: another nonce", ErrUntrusted)
	case c.Party != p.config.ClientID && (c.Party != "" || len(token.Audience) > 1):
		return Identity{}, fmt.Errorf("%w: another authorized party", ErrUntrusted)
	case token.Subject == "" || len(token.Subject) > 255:
		return Identity{}, fmt.Errorf("%w: no subject", ErrUntrusted)
	}
	return Identity{Issuer: p.config.Issuer, Subject: token.Subject, Email: c.Email, Verified: bool(c.Verified || c.Domain),
		Name: c.Name, Groups: p.groups(all), MultiFactor: c.multiFactor()}, nil
}

// algorithms lists those the provider announces that prove something to others
// than who holds the client's secret: neither none nor HMAC.
func algorithms(d document) []string {
	safe := []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}
	return slices.DeleteFunc(slices.Clone(d.Algorithms), func(a string) bool { return !slices.Contains(safe, a) })
}

// tokenFault says which check failed, in words of our own: the library's hold
// what the token said.
func tokenFault(err error) error {
	var expired *oidc.TokenExpiredError
	text := err.Error()
	switch {
	case errors.As(err, &expired):
		return fmt.Errorf("%w: the token has expired", ErrUntrusted)
	case strings.Contains(text, "different provider"):
		return fmt.Errorf("%w: the token is of another issuer", ErrUntrusted)
	case strings.Contains(text, "expected audience"):
		return fmt.Errorf("%w: the token is for another audience", ErrUntrusted)
	case strings.Contains(text, "fetching keys"):
		return fmt.Errorf("%w: its keys cannot be had", ErrDown)
	case strings.Contains(text, "nbf"):
		return fmt.Errorf("%w: the token is not valid yet", ErrUntrusted)
	}
	return fmt.Errorf("%w: the token's signature", ErrUntrusted)
}

// groups reads the claim the rules name: a list, or one group.
func (p *Provider) groups(all map[string]json.RawMessage) []string {
	if p.config.Rules == nil {
		return nil
	}
	var groups list
	if json.Unmarshal(all[p.config.Rules.Claim], &groups) != nil {
		return nil
	}
	return groups
}

// multiFactor tells whether the provider says it asked for several factors. The
// acr values phr and phrh are those of OpenID's EAP profile.
func (c claims) multiFactor() bool {
	class := strings.ToLower(c.Class)
	return slices.Contains(c.Methods, "mfa") || class == "phr" || class == "phrh" ||
		strings.Contains(class, "mfa") || strings.Contains(class, "multi-factor") || strings.Contains(class, "multifactor")
}

// said is a truth as providers write it: true, "true", 1 or "1". Anything else
// is not said.
type said bool

// UnmarshalJSON never fails.
func (s *said) UnmarshalJSON(text []byte) error {
	*s = said(slices.Contains([]string{"true", "1"}, strings.Trim(strings.ToLower(string(text)), `"`)))
	return nil
}

// list is texts as providers write them: several, or one without brackets.
type list []string

// UnmarshalJSON takes a list of texts or one text.
func (l *list) UnmarshalJSON(text []byte) error {
	var single string
	if json.Unmarshal(text, &single) == nil {
		*l = list{single}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(l))
}
