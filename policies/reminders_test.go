package policies_test

import (
	"os"
	"strings"
	"testing"

	"dsr/policies"
	"dsr/strict"
)

func TestAPackSaysWhenTheTeamHearsOfClocks(t *testing.T) {
	data, err := os.ReadFile("packs/moxora.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ reminders, want string }{
		"all of it":               {"  clocks:\n    - {clocks: [respond], before: [14 days, 3 business days, 75 %]}\n    - {before: [1 day, 4 hours]}\n  questions: [3 days, 5 business days]\n  escalation:\n    - {to: lead, after: 4 hours}\n    - {to: officer, after: 2 business days}\n", ""},
		"a key nobody knows":      {"  quiet: true\n", "moxora.yaml:"},
		"a lead in months":        {"  clocks:\n    - {before: [1 month]}\n", "is not like"},
		"a part of nothing":       {"  clocks:\n    - {before: [0 %]}\n", "no part of a time"},
		"a lead too long":         {"  clocks:\n    - {before: [100 days]}\n", "more than 90 days"},
		"a lead twice":            {"  clocks:\n    - {before: [1 day, 1 day]}\n", "twice"},
		"a clock nobody has":      {"  clocks:\n    - {clocks: [retention], before: [1 day]}\n", `"retention" is no clock`},
		"a clock twice":           {"  clocks:\n    - {clocks: [respond], before: [1 day]}\n    - {clocks: [respond], before: [2 days]}\n", "name the clock respond"},
		"two for all others":      {"  clocks:\n    - {before: [1 day]}\n    - {before: [2 days]}\n", "name no clocks"},
		"an entry without a lead": {"  clocks:\n    - {clocks: [respond]}\n", "before"},
		"a question of hours":     {"  questions: [4 hours]\n", "no number of days"},
		"a question twice":        {"  questions: [4 days, 4 days]\n", "twice"},
		"nobody to hear":          {"  escalation:\n    - {to: boss}\n", "to"},
		"a step in months":        {"  escalation:\n    - {to: lead, after: 1 month}\n", "hours or days"},
		"a step twice":            {"  escalation:\n    - {to: lead}\n    - {to: lead}\n", "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := policies.ReadPack(strict.NewReader(), "moxora.yaml", []byte(string(data)+"\nreminders:\n"+c.reminders))
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "moxora.yaml:") {
					t.Errorf("got %v, want %q with its place", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if leads := p.Leads(policies.Respond); len(leads) != 3 || leads[1].Name() != "3bd" {
				t.Errorf("answers are reminded of at %v", leads)
			}
			if leads := p.Leads(policies.Fulfil); len(leads) != 2 || leads[1].String() != "4 hours" {
				t.Errorf("other clocks are reminded of at %v", leads)
			}
			if len(p.QuestionAges()) != 2 || p.EscalationSteps()[1].After.String() != "2 business days" {
				t.Errorf("questions %v, steps %v", p.QuestionAges(), p.EscalationSteps())
			}
			old, err := policies.ReadPack(strict.NewReader(), "moxora.yaml", data)
			if changes := policies.Diff(old, p); err != nil || len(changes) == 0 || changes[0].Subject != "reminder" {
				t.Errorf("the changes are %v: %v", changes, err)
			}
			if old.Leads(policies.Respond) != nil || len(old.QuestionAges()) != 2 || len(old.EscalationSteps()) != 2 {
				t.Error("a pack that says nothing leaves it to the house")
			}
		})
	}
}
