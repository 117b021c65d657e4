package web_test

import (
	"net/http"
	"testing"

	"dsr/policies"
)

// The settings show every letter the product writes. Those to agents and to the
// team are looked at with a real request, and cannot be changed.
func TestEveryLetterCanBeLookedAt(t *testing.T) {
	s, b := administrator(t)
	ref := s.arrive(s.ago(3), "moxora", "GB", "robin@example.org", policies.Access).Reference
	const folder = "/console/settings/letters/moxora/"
	b.open("/console/settings/letters?policy=moxora").sees(http.StatusOK, "We are late", "Other dates", "To agents and to the team", "Unusual number", "How their requests stand")
	b.open(folder+"team_overdue").sees(http.StatusOK, "With "+ref, ref+": overdue", "UK GDPR").seesNot("robin@example.org", "Save this text")
	b.open(folder+"agent_digest?reference="+ref).sees(http.StatusOK, "Where your requests stand")
	b.open(folder+"team_volume").sees(http.StatusOK, "far more requests than usual")
	b.open(folder+"team_overdue?reference=MOX-0000-00").sees(http.StatusOK, "There is no such request")
	b.open(folder+"late/en").sees(http.StatusOK, ref+": we are late with our answer")
	b.open(folder+"dates_changed/de").sees(http.StatusOK, "Die Termine haben sich geändert")
	for _, gone := range []string{folder + "nonsense", folder + "message", "/console/settings/letters/nobody/team_overdue"} {
		b.open(gone).sees(http.StatusNotFound)
	}
	s.desk("mara@example.com").open(folder + "team_overdue").sees(http.StatusForbidden)
}
