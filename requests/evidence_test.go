package requests_test

import (
	"testing"

	"dsr/policies"
	"dsr/requests"
)

func TestWhatWasDeletedIsStillSaidForWhatItWas(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "FR", policies.Access)
		h.decided(requests.Decide{Outcome: requests.Granted, Text: "Here.", Files: []requests.Upload{{Name: "all.csv", Type: "text/csv", Content: []byte("a,b")}}})
		h.sql("UPDATE files SET deleted_at = at, sealed_name = NULL")
		e, err := h.Evidence(h.Context(), h.mara, h.clock, h.last, requests.MakeEvidence{})
		if err != nil {
			h.Fatal(err)
		}
		if len(e.Files) != 0 || len(e.Removed) != 1 || !e.Removed[0].Answer || e.Removed[0].Name != "" || len(e.Removed[0].SHA256) != 64 {
			h.Errorf("left: %+v, deleted: %+v", e.Files, e.Removed)
		}
	})
}
