package requests_test

import (
	"errors"
	"strings"
	"testing"

	"dsr/access"
	"dsr/agents"
	"dsr/database"
	"dsr/identity"
	"dsr/internal/dbtest"
	"dsr/policies"
	"dsr/requests"
)

func TestWhatAnAgentShowedForOneRequestIsErasedWithIt(t *testing.T) {
	each(t, func(h *house) {
		noor := h.hire("noor@example.com", "Noor Haddad", access.Administrator, access.AllPolicies())
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		again := h.represented("desk@permission.example", "agent", "b@example.org", "US-CA", policies.Access)
		h.accept(h.send(agent, identity.PowerOfAttorney, again.Reference))
		ended := h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		h.accept(h.send(agent, identity.PowerOfAttorney, ended.Reference))
		h.accept(h.send(agent, identity.SignedPermission, ""))
		h.stored("SELECT count(*) FROM agent_principals", 2)
		h.stored("SELECT count(*) FROM agent_document_parts", 3)
		h.asRequester(requests.Withdraw{})
		h.deliver()
		if err := h.SetRetention(t.Context(), noor, h.clock, "moxora", 12); err != nil {
			t.Fatal(err)
		}
		if n, err := h.on("2030-03-02").SweepRetention(t.Context(), h.clock); err != nil || n != 1 {
			t.Fatalf("%d were erased: %v", n, err)
		}
		h.stored("SELECT count(*) FROM agent_principals", 1)
		h.stored("SELECT count(*) FROM agent_documents", 2)
		h.stored("SELECT count(*) FROM agent_document_parts", 2)
		h.verified()
	})
}

func TestAfterItsTimeARequestCannotBeReadByAnybody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		h := open(t, db)
		noor := h.hire("noor@example.com", "Noor Haddad", access.Administrator, access.AllPolicies())
		h.receive("moxora", "DE", "access")
		german := h.last
		h.asRequester(requests.Withdraw{})
		h.receive("moxora", "US-CA", "access")
		californian := h.last
		h.asRequester(requests.Withdraw{})
		h.receive("moxora", "DE", "deletion")
		running := h.last
		h.deliver()

		sweep := func(day string, want int) {
			t.Helper()
			if n, err := h.on(day).SweepRetention(t.Context(), h.clock); err != nil || n != want {
				t.Errorf("on %s %d were erased, want %d: %v", day, n, want, err)
			}
		}
		sweep("2046-03-02", 0) // nobody has set a period
		if err := h.SetRetention(t.Context(), h.mara, h.clock, "moxora", 12); !errors.Is(err, requests.ErrForbidden) {
			t.Error("a handler may:", err)
		}
		h.on("2026-03-02 12:00")
		if err := h.SetRetention(t.Context(), noor, h.clock, "moxora", 12); err != nil {
			t.Fatal(err)
		}
		sweep("2027-03-02", 0)
		sweep("2027-03-03", 1)
		sweep("2027-03-03", 0)

		view, err := h.Open(t.Context(), h.mara, h.clock, german, true)
		if err != nil || view.Person.Email != "" || view.Facts.Erased.IsZero() || len(view.Timeline) == 0 {
			t.Errorf("%+v %v", view, err)
		}
		h.last = german
		if err := h.try(h.mara, requests.Note{Text: "Who was it?"}); err == nil || !contains(err.Error(), "was erased on") {
			t.Error("something can still be done to it:", err)
		}
		left := 0
		err = database.Row(t.Context(), db.Read(), []any{&left}, `SELECT COUNT(*) FROM requests AS r WHERE r.reference = ?
			AND (wrapped_key IS NOT NULL OR sealed IS NOT NULL OR EXISTS (SELECT 1 FROM letters AS l WHERE l.request_id = r.id AND l.sealed IS NOT NULL)
			OR EXISTS (SELECT 1 FROM links AS l WHERE l.request_id = r.id))`, german)
		if err != nil || left != 0 {
			t.Error("something sealed is left:", err)
		}

		// California wants its record for 24 months after receipt.
		h.last = californian
		sweep("2028-03-02", 0)
		if err := h.try(noor, requests.KeepForDispute{Reason: "A court asked for it."}); err != nil {
			t.Fatal(err)
		}
		sweep("2028-06-01", 0)
		if held, err := h.HeldRequests(t.Context(), noor); err != nil || len(held) != 1 || held[0].Reference != californian {
			t.Error(held, err)
		}
		if err := h.try(noor, requests.KeepForDispute{Release: true, Reason: "It is settled."}); err != nil {
			t.Fatal(err)
		}
		sweep("2028-06-02", 1)
		list, err := h.Retentions(t.Context(), noor, h.clock)
		for _, r := range list {
			if r.Policy == "moxora" && (r.Erased != 2 || r.Kept != 0 || r.Months != 12) {
				t.Errorf("%+v %v", r, err)
			}
		}
		h.last = running
		if r, err := h.Open(t.Context(), h.mara, h.clock, running, true); err != nil || !strings.Contains(r.Person.Email, "dana") {
			t.Error("an open request was erased:", err)
		}
		if run, err := h.LastRetentionRun(t.Context()); err != nil || run.Erased != 1 || !run.At.Equal(h.clock) {
			t.Error(run, err)
		}
		h.verified()
	})
}

func TestWhatIsNotOverIsNotErased(t *testing.T) {
	h := open(t, dbtest.Open(t, dbtest.SQLite(t)))
	noor := h.hire("noor@example.com", "Noor Haddad", access.Administrator, access.AllPolicies())
	if err := h.SetRetention(t.Context(), noor, h.clock, "moxora", 1); err != nil {
		t.Fatal(err)
	}
	if err := h.SetRetention(t.Context(), noor, h.clock, "moxora", 999); !errors.Is(err, requests.ErrInvalid) {
		t.Error("a hundred years:", err)
	}
	h.receive("moxora", "DE", "access")
	first := h.last
	h.answer()
	h.asRequester(requests.Appeal{Text: "Look again, please."})
	h.on("2030-01-01")
	if n, err := h.SweepRetention(t.Context(), h.clock); err != nil || n != 0 {
		t.Error(n, err)
	}
	if r, err := h.Open(t.Context(), h.mara, h.clock, first, true); err != nil || r.Person.Email == "" {
		t.Error("it was erased while its decision is looked at again:", err)
	}
	h.last = first
	if err := h.try(noor, requests.KeepForDispute{Release: true, Reason: "x"}); err == nil || !contains(err.Error(), "not kept because of a dispute") {
		t.Error(err)
	}
	if err := h.try(noor, requests.KeepForDispute{}); !errors.Is(err, requests.ErrInvalid) {
		t.Error("a hold without a reason:", err)
	}
}

// Files that the requester made ready again end with their request: nobody is
// reminded of them.
func TestNobodyIsRemindedOfFilesThatWereErased(t *testing.T) {
	each(t, func(h *house) {
		noor := h.hire("noor@example.com", "Noor Haddad", access.Administrator, access.AllPolicies())
		h.atDecisionOf("moxora", "DE", policies.Access)
		h.do(requests.Decide{Outcome: requests.Granted, Text: "Here.", Files: []requests.Upload{{Name: "a.txt", Type: "text/plain", Content: []byte("a")}}})
		h.do(requests.Close{Done: true}).deliver()
		if err := h.SetRetention(t.Context(), noor, h.clock, "moxora", 12); err != nil {
			t.Fatal(err)
		}
		h.on("2027-02-20").asRequester(requests.Renew{})
		if n, err := h.on("2027-03-05").SweepRetention(t.Context(), h.clock); err != nil || n != 1 {
			t.Fatalf("%d were erased: %v", n, err)
		}
		h.stored("SELECT COUNT(*) FROM reminders", 0)
		h.on("2027-03-25").sweep().work()
		h.stored("SELECT COUNT(*) FROM outbox WHERE state <> 'done'", 0)
		h.stored("SELECT COUNT(*) FROM audit_entries WHERE act = 'remind' AND outcome <> 'done'", 0)
		h.verified()
	})
}
