package policies_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"dsr/policies"
	"dsr/strict"
)

func TestAPackNamesTheDecisionsThatNeedASecondPerson(t *testing.T) {
	data, err := os.ReadFile("packs/moxora.yaml")
	if err != nil {
		t.Fatal(err)
	}
	moxora := string(data)
	for _, c := range []struct{ name, approval, want string }{
		{"both kinds", "approval: [refusal, deletion]", ""},
		{"a kind nobody knows", "approval: [extension]", `"extension" is no decision that can be approved`},
		{"a kind named twice", "approval: [refusal, refusal]", "approval names refusal twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := policies.ReadPack(strict.NewReader(), "moxora.yaml", []byte(moxora+"\n"+c.approval+"\n"))
			switch {
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			case c.want == "" && (err != nil || !slices.Equal(p.Approval, policies.ApprovalKinds())):
				t.Errorf("got %v", err)
			case c.want == "":
				old, err := policies.ReadPack(strict.NewReader(), "moxora.yaml", []byte(moxora))
				if changes := policies.Diff(old, p); err != nil || len(changes) != 2 || changes[0].Subject != "approval" {
					t.Errorf("the changes are %v: %v", changes, err)
				}
			}
		})
	}
}
