package sso

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	fresh     = time.Hour        // how long a document is used before it is asked for again
	tolerable = 24 * time.Hour   // how long it is used while the provider is down
	pause     = 3 * time.Second  // between two questions that failed
	longest   = 10 * time.Second // for a document or an exchange with all it takes
)

// discovery is what is known of the provider.
type discovery struct {
	mu       sync.Mutex
	known    *known
	failed   error // the last question
	failedAt time.Time
}

// known is a discovery document that passed the checks, with the keys, which
// are asked for again when a token names one that is not among them.
type known struct {
	provider *oidc.Provider
	keys     oidc.KeySet
	document document
	scopes   []string
	at       time.Time
}

// document is what we read of it (Discovery 1.0, section 3).
type document struct {
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	Scopes        []string `json:"scopes_supported"`
	Methods       []string `json:"token_endpoint_auth_methods_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
}

// last returns what is known, and whether asking again may wait.
func (d *discovery) last(now time.Time) (*known, error, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known != nil && now.Sub(d.known.at) < fresh {
		return d.known, nil, true
	}
	if d.failed != nil && now.Sub(d.failedAt) < pause {
		return d.stale(now)
	}
	return d.known, nil, false
}

// stale returns the old document while it will do, else why there is none.
func (d *discovery) stale(now time.Time) (*known, error, bool) {
	if d.known != nil && now.Sub(d.known.at) < tolerable {
		return d.known, nil, true
	}
	return nil, d.failed, true
}

// discover returns the provider's document, asking for it where it must. While
// one asks the others wait.
func (p *Provider) discover(ctx context.Context, now time.Time) (*known, error) {
	if found, err, settled := p.state.last(now); settled {
		return found, err
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: others wait for it too", ErrDown)
	}
	old, err, settled := p.state.last(now)
	if settled {
		return old, err
	}
	found, err := p.ask(ctx, now, old)
	p.state.mu.Lock()
	defer p.state.mu.Unlock()
	if err != nil {
		p.state.failed, p.state.failedAt = err, now
		found, err, _ = p.state.stale(now)
		return found, err
	}
	p.state.known, p.state.failed = found, nil
	return found, nil
}

// ask gets the document and checks it.
func (p *Provider) ask(ctx context.Context, now time.Time, old *known) (*known, error) {
	client := p.guard.client()
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, client), longest)
	defer cancel()
	provider, err := oidc.NewProvider(ctx, p.config.Issuer)
	if err != nil {
		return nil, p.discoveryFault(err)
	}
	found := &known{provider: provider, at: now}
	if err := provider.Claims(&found.document); err != nil {
		return nil, fmt.Errorf("%w: its document cannot be read", ErrUnfit)
	}
	addresses, err := p.addresses(found.document)
	if err != nil {
		return nil, err
	}
	p.guard.allow(addresses...)
	found.scopes = p.scopes(found.document)
	if old != nil && old.document.Keys == found.document.Keys {
		found.keys = old.keys
	} else {
		found.keys = oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), client), found.document.Keys)
	}
	return found, nil
}

// discoveryFault sorts the library's errors, whose texts hold whatever the
// other side answered, into ours.
func (p *Provider) discoveryFault(err error) error {
	var other *oidc.IssuerMismatchError
	var asked *url.Error
	switch {
	case errors.As(err, &other):
		return fmt.Errorf("%w: it calls itself by another issuer", ErrUnfit)
	case errors.Is(err, errElsewhere):
		return fmt.Errorf("%w: %w", ErrUnfit, errElsewhere)
	case errors.As(err, &asked):
		return fmt.Errorf("%w: no connection, or no answer within %v", ErrDown, p.guard.patience)
	}
	return fmt.Errorf("%w: what it answers is no discovery document", ErrDown)
}

// addresses checks where the document sends us and the browser.
func (p *Provider) addresses(d document) ([]*url.URL, error) {
	var list []*url.URL
	for _, part := range []struct{ name, address string }{
		{"authorization_endpoint", d.Authorization}, {"token_endpoint", d.Token}, {"jwks_uri", d.Keys},
	} {
		u, err := url.Parse(part.address)
		if err != nil || !p.guard.fits(u) {
			return nil, fmt.Errorf("%w: its %s is no https address", ErrUnfit, part.name)
		}
		list = append(list, u)
	}
	return list[1:], nil // the browser alone goes to the first
}

// scopes asks for groups where rules want them and the provider offers them.
func (p *Provider) scopes(d document) []string {
	scopes := []string{oidc.ScopeOpenID, oidc.ScopeEmail, oidc.ScopeProfile}
	if p.config.Rules != nil && slices.Contains(d.Scopes, "groups") {
		scopes = append(scopes, "groups")
	}
	return scopes
}

// styles lists how the client shows its secret, in the order to try. The second
// is tried only where the first was refused as such, which costs no code.
func (p *Provider) styles(d document) []oauth2.AuthStyle {
	post := slices.Contains(d.Methods, "client_secret_post")
	basic := len(d.Methods) == 0 || slices.Contains(d.Methods, "client_secret_basic")
	switch {
	case p.config.ClientSecret == "" || post && !basic:
		return []oauth2.AuthStyle{oauth2.AuthStyleInParams}
	case post:
		return []oauth2.AuthStyle{oauth2.AuthStyleInParams, oauth2.AuthStyleInHeader}
	}
	return []oauth2.AuthStyle{oauth2.AuthStyleInHeader}
}
