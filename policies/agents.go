package policies

import (
	"slices"

	"dsr/identity"
)

// AgentRule is what a law says about somebody who acts for another person.
type AgentRule struct {
	Rights []Right `yaml:"rights" validate:"required"`
	// MayConfirm allows the controller to ask the person whether the agent
	// speaks for them, unless their authority speaks alone.
	MayConfirm bool `yaml:"may_confirm"`
	// Authority lists what may be asked for: any one of these is enough.
	Authority []identity.Authority `yaml:"authority" validate:"required,min=1,dive,oneof=signed_permission power_of_attorney parental"`
	Source    string               `yaml:"source" validate:"required"`
	Certainty Certainty            `yaml:"certainty" validate:"required,oneof=found from_knowledge"`
}

// houseRule is the certainty of what no law says and this program decides.
const houseRule Certainty = "house rule"

// AgentRule returns the rule on agents for a right. Where the law says nothing
// the house keeps a careful one: an authority is shown and the person may be
// asked; for an opt-out a signed permission is enough and nobody is asked.
func (v *RegimeVersion) AgentRule(right Right) AgentRule {
	for _, rule := range v.Agents {
		if right.In(rule.Rights) {
			return rule
		}
	}
	rule := AgentRule{Rights: []Right{right}, MayConfirm: true, Authority: identity.Authorities(),
		Source: "House rule: the law does not speak of agents for this right", Certainty: houseRule}
	if right.IsOptOut() {
		rule.MayConfirm, rule.Authority = false, []identity.Authority{identity.SignedPermission, identity.Parental}
	}
	return rule
}

// Accepts reports whether an authority is one that the rule names.
func (r AgentRule) Accepts(a identity.Authority) bool { return slices.Contains(r.Authority, a) }

// Confirms reports whether the person may be asked to confirm an agent who
// shows this authority: never where it speaks for itself.
func (r AgentRule) Confirms(a identity.Authority) bool { return r.MayConfirm && !a.SpeaksAlone() }

// lintAgents checks the rules on agents of one version of a law.
func lintAgents(at placed, v *RegimeVersion) error {
	seen := map[Right]bool{}
	for _, rule := range v.Agents {
		for _, right := range rule.Rights {
			if !slices.Contains(append(Rights(), anyOptOut, anyRight), right) {
				return at(string(right), "%q is no right", right)
			}
			if right.coversOptOuts() && (rule.MayConfirm || rule.Accepts(identity.PowerOfAttorney)) {
				return at(rule.Source, "version %s: for an opt-out a signed permission is the most that an agent shows, and the person is never asked to confirm", v.Version)
			}
		}
		for _, right := range Rights() {
			if right.In(rule.Rights) && seen[right] {
				return at(rule.Source, "version %s speaks of agents for %s twice", v.Version, right)
			}
			seen[right] = seen[right] || right.In(rule.Rights)
		}
	}
	return nil
}
