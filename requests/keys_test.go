package requests_test

import (
	"errors"
	"testing"

	"dsr/access"
	"dsr/audit"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/requests"
)

func TestKeysAreCountedAndTheNewestPartOfTheTrailIsVerified(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		h := open(t, db)
		auditor := h.hire("ada@example.com", "Ada", access.Auditor, access.OnlyPolicies("moxora"))
		h.receive("moxora", "DE", "access")
		h.receive("opvio", "DE", "access")
		uses, erased, err := h.KeyUses(t.Context(), auditor)
		if err != nil || erased != 0 || len(uses) != 1 || uses[0].Requests != 1 || uses[0].People != 2 || !uses[0].Last || uses[0].Foreign {
			t.Errorf("%+v %d %v", uses, erased, err)
		}
		if _, _, err := h.KeyUses(t.Context(), h.mara); !errors.Is(err, requests.ErrForbidden) {
			t.Error("a handler may:", err)
		}
		if _, err := audit.Checkpoint(t.Context(), db, h.ring, h.clock); err != nil {
			t.Fatal(err)
		}
		list, err := h.Checkpoints(t.Context(), auditor)
		if err != nil || len(list) != 1 || list[0].Number != 1 {
			t.Error(list, err)
		}
		if sum, found, err := h.VerifyNewest(t.Context(), auditor); err != nil || len(found) != 0 || sum.Last != list[0].Anchor {
			t.Error(sum, found, err)
		}
		h.sql("UPDATE audit_entries SET reason = 'nobody saw it' WHERE id = 1")
		if _, found, err := h.VerifyNewest(t.Context(), auditor); err != nil || len(found) != 1 {
			t.Error(found, err)
		}
	})
}
