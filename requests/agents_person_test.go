package requests_test

import (
	"strings"
	"testing"

	"dsr/agents"
	"dsr/identity"
	"dsr/policies"
	"dsr/requests"
)

// What an agent may do for people is what the law says they may.
func TestThePersonIsToldOnceAndCanStopIt(t *testing.T) {
	each(t, func(h *house) {
		for name, c := range map[string]struct {
			relation string
			right    policies.Right
			told     bool
			asks     bool // to say that it is right
		}{
			"access by an agent":     {"agent", policies.Access, true, true},
			"an opt-out":             {"agent", policies.OptOutSale, true, false},
			"access by a parent":     {"parent", policies.Access, false, false},
			"an opt-out by a parent": {"parent", policies.OptOutSale, false, false},
		} {
			person := strings.ReplaceAll(name, " ", ".") + "@example.org"
			h.post = nil
			r := h.represented("desk@permission.example", c.relation, person, "US-CA", c.right)
			h.deliver().deliver()
			got := h.to(person)
			if (len(got) == 1) != c.told || len(got) > 1 {
				t.Errorf("%s: the person got %q", name, got)
				continue
			}
			if !c.told {
				continue
			}
			var text string
			for _, e := range h.post {
				if e.To == person {
					text = e.Text
				}
			}
			if asked := contains(text, "Is this right?"); asked != c.asks {
				t.Errorf("%s: the letter asks to confirm: %t\n%s", name, asked, text)
			}
			caller, err := h.UseLink(h.Context(), h.clock, h.linkTo(person))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Do(h.Context(), caller, h.clock, r.Reference, 0, requests.Withdraw{}); err != nil {
				t.Errorf("%s: the person cannot stop it: %v", name, err)
			}
		}
	})
}

// The person's link proves the person, the agent's proves the agent.
func TestAnAgentsLinkNeverProvesThePerson(t *testing.T) {
	each(t, func(h *house) {
		r := h.represented("desk@permission.example", "agent", "a@example.org", "DE", policies.Access)
		h.deliver()
		for _, use := range []func() error{
			func() error {
				_, err := h.UseLink(h.Context(), h.clock, h.linkTo("desk@permission.example"))
				return err
			},
			func() error { h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent); return nil },
		} {
			if err := use(); err != nil {
				t.Fatal(err)
			}
			v, err := h.Open(h.Context(), h.mara, h.clock, r.Reference, false)
			if err != nil || v.Verified != identity.None || v.Facts.Agent.Confirmed || !v.Facts.Agent.Mailbox {
				t.Errorf("the agent's link proved %q, %+v, %v", v.Verified, v.Facts.Agent, err)
			}
		}
	})
}
