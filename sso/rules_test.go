package sso_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/sso"
)

const sound = `button: Acme ID
lifetime: 45m
groups:
  - group: dpo
    role: administrator
    policies: [all]
  - group: privacy-team
    role: handler
    policies: [moxora]
    create: true
  - group: privacy-opvio
    role: handler
    policies: [opvio]
  - group: auditors
    role: auditor
    policies: [all]
`

func load(t *testing.T, text string) (*sso.Rules, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "groups.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return sso.LoadRules(path, []string{"moxora", "opvio"})
}

func TestGroupsGiveRoleAndPolicies(t *testing.T) {
	rules, err := load(t, sound)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := sso.New(sso.Config{Issuer: "https://login.example.com", ClientID: "dsr", Rules: rules, Ring: newRing(t)})
	if err != nil {
		t.Fatal(err)
	}
	if provider.Button() != "Acme ID" || provider.Lifetime() != 45*time.Minute || !provider.Governs() {
		t.Errorf("%q, %v, %v", provider.Button(), provider.Lifetime(), provider.Governs())
	}
	for name, c := range map[string]struct {
		groups []string
		want   string
		create bool
	}{
		"one group":                       {[]string{"privacy-team"}, "handler for Moxora", true},
		"two groups of one role":          {[]string{"privacy-opvio", "privacy-team", "football"}, "handler for Moxora and Opvio", true},
		"the first rule decides the role": {[]string{"auditors", "privacy-opvio"}, "handler for Opvio", false},
		"an administrator":                {[]string{"dpo", "privacy-team"}, "administrator for all policies", false},
	} {
		g, err := provider.Grant(sso.Identity{Groups: c.groups})
		if got := string(g.Role) + " for " + g.Policies.String(); err != nil || got != c.want || g.Create != c.create {
			t.Errorf("%s: %s, create %v, %v; want %s, create %v", name, got, g.Create, err, c.want, c.create)
		}
	}
	for _, groups := range [][]string{nil, {"football"}, {"Privacy-Team"}, {""}} {
		if g, err := provider.Grant(sso.Identity{Groups: groups}); !errors.Is(err, sso.ErrNoGroup) || g.Role != access.Role("") {
			t.Errorf("%v: %+v, %v", groups, g, err)
		}
	}
}

func TestRulesThatAreNotSoundAreRefusedWithTheirPlace(t *testing.T) {
	for name, c := range map[string]struct{ old, new, says string }{
		"a key nobody knows":            {"create:", "creat:", "groups.yaml:10:"},
		"a role there is not":           {"role: auditor", "role: owner", "groups.yaml:15:"},
		"a policy there is not":         {"[opvio]", "[opvia]", "groups.yaml:13:"},
		"all beside another":            {"[opvio]", "[all, opvio]", "all"},
		"no policy":                     {"[opvio]", "[]", "policies"},
		"a rule without a group":        {"group: auditors", "group: ''", "group is missing"},
		"a lifetime of a moment":        {"45m", "1s", "groups.yaml:2:"},
		"a lifetime of a week":          {"45m", "168h", "5m to 12h"},
		"a role named administrator: 1": {"role: administrator", "role: [administrator]", "groups.yaml:5:"},
	} {
		_, err := load(t, strings.Replace(sound, c.old, c.new, 1))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	for _, text := range []string{"", "groups: []\n", "button: Acme\n"} {
		if rules, err := load(t, text); err == nil {
			t.Errorf("%q was taken: %+v", text, rules)
		}
	}
}
