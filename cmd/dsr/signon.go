package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
	"dsr/sso"
	"dsr/web"
)

// signOn are the flags of the house's identity provider. Nothing is asked of it
// before somebody signs in.
type signOn struct {
	OIDCIssuer           string `name:"oidc-issuer" env:"DSR_OIDC_ISSUER" help:"Identity provider that the team signs in with (OpenID Connect), like https://login.example.com."`
	OIDCClientID         string `name:"oidc-client-id" env:"DSR_OIDC_CLIENT_ID" help:"Name that this site is registered by at the identity provider."`
	OIDCClientSecretFile string `name:"oidc-client-secret-file" env:"DSR_OIDC_CLIENT_SECRET_FILE" type:"existingfile" help:"File with the secret that belongs to it."`
	OIDCGroups           string `name:"oidc-groups" env:"DSR_OIDC_GROUPS" type:"existingfile" help:"File that says which role and policies the provider's groups give. Without it roles are those of the list of people."`
}

// returnPath is where the provider sends people back to.
const returnPath = "/console/signin/oidc/callback"

// provider returns the identity provider of the flags, or nil where none is
// named.
func (f signOn) provider(h *house, base string) (*sso.Provider, error) {
	if f == (signOn{}) {
		return nil, nil
	}
	if f.OIDCIssuer == "" {
		return nil, errors.New("name the identity provider with --oidc-issuer: the other --oidc flags belong to it")
	}
	config := sso.Config{Issuer: f.OIDCIssuer, ClientID: f.OIDCClientID, Return: strings.TrimSuffix(base, "/") + returnPath, Ring: h.ring}
	if f.OIDCClientSecretFile != "" {
		secret, err := os.ReadFile(f.OIDCClientSecretFile)
		if err != nil {
			return nil, err
		}
		config.ClientSecret = strings.TrimRight(string(secret), "\r\n")
	}
	if f.OIDCGroups != "" {
		var packs []string
		for _, p := range h.book.Packs() {
			packs = append(packs, p.ID)
		}
		var err error
		if config.Rules, err = sso.LoadRules(f.OIDCGroups, packs); err != nil {
			return nil, fmt.Errorf("--oidc-groups: %w", err)
		}
	}
	return sso.New(config)
}

// signIns gives the site its ways in beside the password.
func (p *plant) signIns(h *house, to *web.Site) (err error) {
	if to.SignOn, err = p.signOn.provider(h, p.base); err != nil {
		return err
	}
	to.Passkeys, err = people.NewPasskeys(h.people, p.base)
	if errors.Is(err, people.ErrNoHost) {
		p.log.Info("there are no passkeys", "because", people.ErrNoHost)
		return nil
	}
	return err
}

type userUnlink struct {
	store
	packs
	Email string `arg:"" help:"The address of the colleague."`
}

// Run parts somebody from their account at the identity provider.
func (c *userUnlink) Run(t *terminal) error {
	h, err := c.store.openExisting(t, c.packs)
	if err != nil {
		return err
	}
	defer h.close()
	user, err := h.people.ByEmail(t.ctx, c.Email)
	if err != nil {
		return err
	}
	err = h.people.Part(t.ctx, user.ID, requests.OnHouse(t.now(), access.MachineNamed("command-line"), "unlink_identity", nil))
	if errors.Is(err, people.ErrNotFound) {
		return fmt.Errorf("%s has never signed in by the identity provider", user.Email)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s is tied to no account of the identity provider any more.\n", user.Email)
	return nil
}
