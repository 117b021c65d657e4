package requests_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/uptrace/bun"

	"dsr/agents"
	"dsr/identity"
	"dsr/policies"
	"dsr/requests"
)

func TestADocumentIsUnreadableAtRestAndDoesNotOpenWithoutItsEnd(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		id, err := h.SendAuthority(h.Context(), agent, h.clock, "signed_permission", "", paper("p.pdf", 600_000))
		if err != nil {
			t.Fatal(err)
		}
		var parts [][]byte
		if err := h.db.Read().NewRaw("SELECT sealed FROM agent_document_parts ORDER BY n").Scan(h.Context(), &parts); err != nil || len(parts) != 3 {
			t.Fatalf("%d parts, %v", len(parts), err)
		}
		for _, part := range parts {
			if bytes.Contains(part, []byte("signed")) {
				t.Error("a part can be read")
			}
		}
		h.sql("DELETE FROM agent_document_parts WHERE n = 2")
		h.sql("UPDATE agent_documents SET size = 500000")
		if _, err := h.content(agent, id); err == nil {
			t.Error("a document that lost its end opens")
		}
	})
}

// A crash between the verdict and its requests is made good by the job.
func TestAcceptingGoesOnAfterACrash(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		for _, person := range []string{"a", "b", "c"} {
			h.represented("desk@permission.example", "agent", person+"@example.org", "US-CA", policies.Access)
		}
		id := h.send(agent, identity.PowerOfAttorney, "")
		// The process dies after the first request was written: what it had begun is
		// undone here by hand, but for the verdict and its job.
		ctx, crash := context.WithCancel(h.Context())
		crash()
		if _, err := h.JudgeAuthority(ctx, h.mara, h.clock, id, requests.AuthorityVerdict{Accept: true}); err == nil {
			t.Fatal("a cancelled verdict was given")
		}
		h.stored("SELECT count(*) FROM agent_documents WHERE state = 'waiting'", 1)
		h.sql("UPDATE agent_documents SET state = 'accepted', judged_by = " + num(h.mara.ID))
		err := h.db.Write(h.Context(), func(ctx context.Context, tx bun.Tx) error { return h.addJob(ctx, tx, "authority", num(id)) })
		if err != nil {
			t.Fatal(err)
		}
		h.deliver()
		list, err := h.AskedBy(h.Context(), agent, h.clock, false, requests.Page{})
		if err != nil || len(list.Rows) != 3 {
			t.Fatal(err)
		}
		for _, r := range list.Rows {
			if got := h.standing(r.Reference).Authority; got != identity.PowerOfAttorney {
				t.Errorf("%s has the authority %q", r.Reference, got)
			}
		}
		h.verified()
	})
}

func TestRecordingAnAuthorityLeavesAProofOfIdentityAlone(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		r := h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		h.do(requests.AskProof{Points: []string{"full_name", "postcode"}, Why: "The address is new to us."})
		if err := h.try(agent, requests.GiveProof{Points: map[string]string{"full_name": "Dana Whitlock", "postcode": "94110"}}); err != nil {
			t.Fatal(err)
		}
		h.accept(h.send(agent, identity.SignedPermission, r.Reference))
		v, err := h.Open(h.Context(), h.mara, h.clock, r.Reference, false)
		if err != nil || v.Facts.Agent.Authority != identity.SignedPermission {
			t.Fatalf("the authority is %+v, %v", v.Facts.Agent, err)
		}
		if !v.Facts.Proof.Given() || v.Given == nil || v.Given.Points["postcode"] != "94110" {
			t.Errorf("the proof of identity was judged or deleted with it: %+v", v.Facts.Proof)
		}
		h.do(requests.RecordProof{Level: "three_points", Matched: []string{"full_name", "postcode", "username"}})
		h.verified()
	})
}
