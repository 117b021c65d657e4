package policies_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"dsr/identity"
	"dsr/policies"
	"dsr/strict"
)

func TestWhatALawSaysAboutAgents(t *testing.T) {
	const all, signed = "signed_permission power_of_attorney parental", "signed_permission parental"
	for _, c := range []struct {
		law       string
		right     policies.Right
		confirm   bool
		authority string
		source    string
	}{
		{"CCPA", policies.Access, true, all, "11 CCR 7063"},
		{"CCPA", policies.Deletion, true, all, "11 CCR 7063"},
		{"CCPA", policies.Correction, true, all, "11 CCR 7063"},
		{"CCPA", policies.OptOutSale, false, signed, "11 CCR 7026(j), 7027(i)"},
		{"CCPA", policies.LimitSensitive, false, signed, "11 CCR 7026(j), 7027(i)"},
		{"CCPA", policies.OptOutAI, false, signed, "11 CCR 7221"},
		{"EU_GDPR", policies.Access, true, all, "EDPB Guidelines 01/2022, section 3.4"},
		{"EU_GDPR", policies.OptOutMarketing, false, signed, "GDPR Arts. 12(2), 21"},
		{"EU_GDPR", policies.LimitSensitive, false, signed, "House rule"},
		{"UK_GDPR", policies.Access, true, all, "ICO right-of-access guidance"},
		{"US-NJ", policies.OptOutSale, false, signed, "N.J.S.A. 56:8-166.11(a)"},
		{"US-NJ", policies.OptOutMarketing, false, signed, "House rule"},
		{"US-VA", policies.OptOutProfiling, false, signed, "Va. Code 59.1-577"},
		{"US-VA", policies.Objection, true, all, "House rule"},
		{"BR", policies.Access, true, all, "LGPD Art. 18"},
	} {
		r, err := book(t).Regime(c.law)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Versions {
			rule := v.AgentRule(c.right)
			var authority []string
			for _, a := range rule.Authority {
				authority = append(authority, string(a))
			}
			if rule.MayConfirm != c.confirm || strings.Join(authority, " ") != c.authority || !strings.HasPrefix(rule.Source, c.source) {
				t.Errorf("%s of %s, %s: confirm %v, %v, %s", c.right, c.law, v.Version, rule.MayConfirm, authority, rule.Source)
			}
		}
	}
}

func TestNobodyConfirmsAnAgentWhoSpeaksAlone(t *testing.T) {
	r, err := book(t).Regime("CCPA")
	if err != nil {
		t.Fatal(err)
	}
	know, optOut := r.Versions[0].AgentRule(policies.Access), r.Versions[0].AgentRule(policies.OptOutSale)
	for _, c := range []struct {
		authority    identity.Authority
		know, optOut bool
		accepted     bool // for an opt-out
	}{
		{identity.SignedPermission, true, false, true}, {identity.PowerOfAttorney, false, false, false}, {identity.Parental, false, false, true},
	} {
		if know.Confirms(c.authority) != c.know || optOut.Confirms(c.authority) != c.optOut {
			t.Errorf("%s: access %v, opt-out %v", c.authority, know.Confirms(c.authority), optOut.Confirms(c.authority))
		}
		if !know.Accepts(c.authority) || optOut.Accepts(c.authority) != c.accepted {
			t.Errorf("%s is not accepted as it should be", c.authority)
		}
	}
}

func TestNoOptOutWaitsForAConfirmationOfAnAgent(t *testing.T) {
	for _, r := range book(t).Regimes() {
		for _, v := range r.Versions {
			for _, right := range policies.Rights() {
				rule := v.AgentRule(right)
				switch {
				case len(rule.Authority) == 0 || rule.Source == "" || rule.Certainty == "":
					t.Errorf("%s, %s, %s: the rule is incomplete: %v", r.ID, v.Version, right, rule)
				case right.IsOptOut() && (rule.MayConfirm || rule.Accepts(identity.PowerOfAttorney)):
					t.Errorf("%s, %s, %s: %v", r.ID, v.Version, right, rule)
				}
			}
			if len(v.Agents) == 0 {
				t.Errorf("%s, %s says nothing about agents", r.ID, v.Version)
			}
		}
	}
}

func TestARuleOnAgentsThatCannotBeIsRefused(t *testing.T) {
	data, err := os.ReadFile("regimes/us-va.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"may_confirm: false, authority: [signed", "may_confirm: true, authority: [signed", "the person is never asked to confirm"},
		{"may_confirm: false, authority: [signed_permission,", "may_confirm: false, authority: [power_of_attorney,", "a signed permission is the most"},
		{"- {rights: [access, correction, deletion, portability], may_confirm", "- {rights: [all], may_confirm", "a signed permission is the most"},
		{"opt_out.profiling], may_confirm: false", "opt_out.profiling, access], may_confirm: false", "speaks of agents for access twice"},
		{"opt_out.profiling], may_confirm: false", "opt_out.newsletter], may_confirm: false", `"opt_out.newsletter" is no right`},
		{"authority: [signed_permission, parental]", "authority: [passport]", "must be one of: signed_permission, power_of_attorney, parental"},
		{"authority: [signed_permission, parental]", "authority: []", "authority must be at least 1"},
		{", authority: [signed_permission, parental]", "", "authority is missing"},
	} {
		text := strings.Replace(string(data), c.old, c.new, 1)
		_, err := policies.ReadRegime(strict.NewReader(), "us-va.yaml", []byte(text))
		if err == nil || text == string(data) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s gave %v", c.new, err)
		}
	}
	if _, err := policies.ReadRegime(strict.NewReader(), "us-va.yaml", data); err != nil || !slices.Contains(strings.Fields(string(data)), "agents:") {
		t.Error(err)
	}
}
