package sso

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"dsr/access"
	"dsr/strict"
)

// Rules say what the groups of a person give them. They are read from a file:
//
//	button: Acme ID
//	lifetime: 4h
//	groups:
//	  - group: privacy-team
//	    role: handler
//	    policies: [moxora]
//	    create: true
type Rules struct {
	// Button is the provider's name as people know it.
	Button string `yaml:"button" validate:"omitempty,max=40"`
	// Claim is the claim of the ID token that holds the groups, "groups" if
	// empty.
	Claim string `yaml:"claim" validate:"omitempty,max=200"`
	// Lifetime is how long a sign-in lasts before the provider is asked again,
	// DefaultLifetime if empty: after it a group that was taken away is gone at
	// the latest.
	Lifetime Span `yaml:"lifetime"`
	// Groups are looked through in their order.
	Groups []Rule `yaml:"groups" validate:"required,min=1,dive"`
}

// Rule is what one group gives.
type Rule struct {
	Group string `yaml:"group" validate:"required,max=200"`
	Role  string `yaml:"role" validate:"required,oneof=handler approver administrator auditor"`
	// Policies are names of packs, or all.
	Policies []string `yaml:"policies" validate:"required,min=1"`
	// Create makes an account at the first sign-in of somebody unknown. Without
	// it they must have been added or invited.
	Create bool `yaml:"create"`
}

// DefaultLifetime is how long a sign-in by the provider lasts.
const DefaultLifetime = 4 * time.Hour

// Bounds of Lifetime.
const (
	shortest = 5 * time.Minute
	longday  = 12 * time.Hour
)

// everyPack stands for all packs, those to come included.
const everyPack = "all"

// Span is a duration as the file writes it: 45m, 4h.
type Span time.Duration

// UnmarshalText reads a span of five minutes to twelve hours.
func (s *Span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d < shortest || d > longday {
		return fmt.Errorf("lifetime %q is no time from 5m to 12h", text)
	}
	*s = Span(d)
	return nil
}

// LoadRules reads a file of rules. The packs are those there are; any other
// policy is a fault, as is a key that is not known. Faults name file and line.
func LoadRules(path string, packs []string) (*Rules, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rules, name := new(Rules), filepath.Base(path)
	if err := strict.NewReader().Decode(name, data, rules); err != nil {
		return nil, err
	}
	var faults []error
	for _, r := range rules.Groups {
		for _, p := range r.Policies {
			if !slices.Contains(packs, p) && (p != everyPack || len(r.Policies) > 1) {
				faults = append(faults, strict.At(name, data, p, fmt.Sprintf("there is no policy %q; [all] alone stands for every one", p)))
			}
		}
	}
	if rules.Claim == "" {
		rules.Claim = "groups"
	}
	return rules, errors.Join(faults...)
}

// Grant is what somebody's groups give them.
type Grant struct {
	Role     access.Role
	Policies access.Policies
	Create   bool
}

// Governs says whether groups decide about roles at all.
func (p *Provider) Governs() bool { return p.config.Rules != nil }

// Grant returns what the rules give an identity, or ErrNoGroup. The first rule
// that names one of their groups decides the role; the policies of all further
// rules with this role that name a group of theirs are added.
func (p *Provider) Grant(who Identity) (Grant, error) {
	var g Grant
	var packs []string
	all := false
	for _, r := range p.config.Rules.Groups {
		if !slices.Contains(who.Groups, r.Group) || g.Role != "" && string(g.Role) != r.Role {
			continue
		}
		g.Role, g.Create = access.Role(r.Role), g.Create || r.Create
		all = all || r.Policies[0] == everyPack
		packs = append(packs, r.Policies...)
	}
	switch {
	case g.Role == "":
		return Grant{}, ErrNoGroup
	case all:
		g.Policies = access.AllPolicies()
	default:
		g.Policies = access.OnlyPolicies(packs...)
	}
	return g, nil
}

// Button returns the name people know the provider by, or "single sign-on".
func (p *Provider) Button() string {
	if p.config.Rules == nil || p.config.Rules.Button == "" {
		return "single sign-on"
	}
	return p.config.Rules.Button
}

// Lifetime returns how long a sign-in lasts.
func (p *Provider) Lifetime() time.Duration {
	if p.config.Rules == nil || p.config.Rules.Lifetime == 0 {
		return DefaultLifetime
	}
	return time.Duration(p.config.Rules.Lifetime)
}
