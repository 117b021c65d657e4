// Package sso asks the identity provider of the house who somebody is, by the
// authorization code flow of OpenID Connect (Core 1.0, section 3.1) with PKCE
// (RFC 7636, S256), and says by a file of rules what the groups the provider
// names them in give them here.
//
// # What is believed
//
// An identity counts only when all of it holds: the answer came back to the
// browser that began, once and within ten minutes (state); the code was
// exchanged with the verifier of that beginning; the ID token is signed by a
// key the provider publishes, with a public-key algorithm; its issuer,
// audience, authorized party, expiry and nonce are right. What the provider
// writes into an address or an error description is never shown or logged.
//
// Between the two halves the door keeps a ticket in the session of the
// browser. State, nonce and verifier are derived from it with the key ring, so
// who reads the sessions in the database can finish nobody's sign-in.
//
// # Where it asks
//
// Only the issuer an administrator named, and the hosts its discovery document
// names, are ever asked, over HTTPS; plain HTTP where the issuer itself is on
// the loopback interface. A redirect to anywhere else is not followed, one of
// the request that carries code and secret never. Addresses in private networks
// are allowed, because the administrator chose them. Each answer has five
// seconds and a mebibyte. Nothing is asked before somebody signs in, so the
// program starts while the provider is down.
//
// # What it refuses to know
//
// It knows no accounts, no sessions and no pages.
package sso

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"dsr/vault"
)

// Errors of a sign-in, each a sentence for the person. What is wrapped around
// them is for the log and holds nothing personal.
var (
	// ErrDown: the provider does not answer, or says that it cannot now.
	ErrDown = errors.New("the identity provider does not answer: try again in a minute")
	// ErrUnfit: provider and settings do not fit together.
	ErrUnfit = errors.New("the identity provider and this site do not fit together: an administrator has to look at the settings")
	// ErrUntrusted: a check of the answer failed.
	ErrUntrusted = errors.New("the answer of the identity provider did not pass the checks, so nobody was signed in: tell an administrator if it happens again")
	// ErrDenied: the provider sent the person back without letting them in.
	ErrDenied = errors.New("the identity provider did not let you in")
	// ErrForeign: the answer belongs to no sign-in that is under way here.
	ErrForeign = errors.New("this sign-in was begun in another browser, is finished already or took longer than ten minutes: begin it again")
	// ErrNoGroup: no rule names a group of the person.
	ErrNoGroup = errors.New("none of your groups at the identity provider may use this console: ask an administrator to add you to one")
)

// Config describes one identity provider.
type Config struct {
	// Issuer is its identifier exactly as it calls itself (Core, 2, iss).
	Issuer string
	// ClientID and ClientSecret are what it gave this site; a public client has
	// no secret.
	ClientID, ClientSecret string
	// Return is the address of this site that it sends people back to.
	Return string
	// Rules give roles by group; nil leaves roles to the list of staff.
	Rules *Rules
	// Ring derives the secrets of a sign-in under way.
	Ring *vault.Ring
	// Patience is how long one answer may take, redirects included; 0 is five
	// seconds.
	Patience time.Duration
}

// within is how long somebody may take at the provider.
const within = 10 * time.Minute

// Provider is the identity provider of the house. It is safe for use by
// several goroutines.
type Provider struct {
	config Config
	guard  *guard
	turn   chan struct{} // held by who asks for the document
	state  discovery
}

// New checks the configuration and asks nobody.
func New(c Config) (*Provider, error) {
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("the issuer %q is no address like https://login.example.com", c.Issuer)
	}
	plain := u.Scheme == "http" && onLoopback(u.Hostname())
	if u.Scheme != "https" && !plain {
		return nil, fmt.Errorf("the issuer %s is not https: anybody on the way could say who signs in", c.Issuer)
	}
	if c.ClientID == "" {
		return nil, errors.New("the identity provider needs a client id: it is given where this site is registered there")
	}
	return &Provider{config: c, guard: newGuard(u, plain, cmp.Or(c.Patience, 5*time.Second)), turn: make(chan struct{}, 1)}, nil
}

// Begin starts a sign-in. The address is where to send the browser; the ticket,
// some 40 characters, belongs in its session until it comes back. The error is
// ErrDown or ErrUnfit.
func (p *Provider) Begin(ctx context.Context, now time.Time) (address, ticket string, err error) {
	found, err := p.discover(ctx, now)
	if err != nil {
		return "", "", err
	}
	ticket = rand.Text() + "." + strconv.FormatInt(now.UnixMicro(), 36)
	a := p.attempt(ticket)
	return p.oauth(found, oauth2.AuthStyleInParams).AuthCodeURL(a.state,
		oidc.Nonce(a.nonce), oauth2.S256ChallengeOption(a.verifier)), ticket, nil
}

// attempt holds the secrets of one sign-in.
type attempt struct{ state, nonce, verifier string }

func (p *Provider) attempt(ticket string) attempt {
	text := func(parts ...string) string {
		var sum []byte
		for _, part := range parts {
			sum = append(sum, p.config.Ring.Sign("sso "+part, []byte(ticket))...)
		}
		return base64.RawURLEncoding.EncodeToString(sum)
	}
	// A verifier has at least 43 characters (RFC 7636, 4.1).
	return attempt{state: text("state"), nonce: text("nonce"), verifier: text("verifier", "verifier, second half")}
}

// oauth returns the configuration of one exchange.
func (p *Provider) oauth(found *known, style oauth2.AuthStyle) *oauth2.Config {
	endpoint := found.provider.Endpoint()
	endpoint.AuthStyle = style
	return &oauth2.Config{ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: endpoint,
		RedirectURL: p.config.Return, Scopes: found.scopes}
}

// Finish takes what the provider sent the browser back with, the query of the
// return address, and returns who they are. The ticket is the one of the
// browser's session, which the door removes before it calls: an answer counts
// once. Errors are those of the package but ErrNoGroup.
func (p *Provider) Finish(ctx context.Context, now time.Time, ticket string, answer url.Values) (Identity, error) {
	if err := p.belongs(now, ticket, answer); err != nil {
		return Identity{}, err
	}
	if err := saysNo(answer); err != nil {
		return Identity{}, err
	}
	code, ok := one(answer, "code")
	if !ok || len(code) > 4096 {
		return Identity{}, fmt.Errorf("%w: no code", ErrUntrusted)
	}
	found, err := p.discover(ctx, now)
	if err != nil {
		return Identity{}, err
	}
	a := p.attempt(ticket)
	raw, err := p.exchange(ctx, found, code, a.verifier)
	if err != nil {
		return Identity{}, err
	}
	return p.identify(ctx, now, found, raw, a.nonce)
}

// belongs checks that the answer is to a sign-in under way in this browser, and
// from this provider (RFC 9207).
func (p *Provider) belongs(now time.Time, ticket string, answer url.Values) error {
	_, at, _ := strings.Cut(ticket, ".")
	began, err := strconv.ParseInt(at, 36, 64)
	if err != nil {
		return fmt.Errorf("%w: none is under way", ErrForeign)
	}
	if age := now.Sub(time.UnixMicro(began)); age < -within || age > within {
		return fmt.Errorf("%w: too late", ErrForeign)
	}
	state, _ := one(answer, "state")
	sum, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil || !p.config.Ring.Verify("sso state", []byte(ticket), sum) {
		return fmt.Errorf("%w: another state", ErrForeign)
	}
	if answer.Has("iss") {
		if iss, ok := one(answer, "iss"); !ok || iss != p.config.Issuer {
			return fmt.Errorf("%w: the answer names another issuer", ErrUntrusted)
		}
	}
	return nil
}

// one returns a parameter that may stand there once.
func one(values url.Values, name string) (string, bool) {
	list := values[name]
	if len(list) != 1 || list[0] == "" {
		return "", false
	}
	return list[0], true
}

// saysNo turns the error the provider sends with the browser into ours (Core,
// 3.1.2.6). Its code is logged where the standards list it.
func saysNo(answer url.Values) error {
	if !answer.Has("error") {
		return nil
	}
	switch code := answer.Get("error"); code {
	case "access_denied", "login_required", "consent_required", "interaction_required", "account_selection_required":
		return fmt.Errorf("%w: %s", ErrDenied, code)
	case "server_error", "temporarily_unavailable":
		return fmt.Errorf("%w: %s", ErrDown, code)
	case "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope":
		return fmt.Errorf("%w: %s", ErrUnfit, code)
	}
	return fmt.Errorf("%w: for a reason of its own", ErrDenied)
}
