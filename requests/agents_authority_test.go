package requests_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"dsr/access"
	"dsr/agents"
	"dsr/audit"
	"dsr/identity"
	"dsr/policies"
	"dsr/requests"
)

// paper is a document of an agent.
func paper(name string, size int) requests.Upload {
	return requests.Upload{Name: name, Type: "application/pdf", Content: append([]byte("%PDF-1.7 "), bytes.Repeat([]byte("signed "), size/7)...)}
}

// send lets an agent send a document for staff to look at.
func (h *house) send(agent access.Caller, authority identity.Authority, reference string) int64 {
	h.Helper()
	id, err := h.SendAuthority(h.Context(), agent, h.clock, string(authority), reference, paper("permission.pdf", 1000))
	if err != nil {
		h.Fatal(err)
	}
	return id
}

// accept accepts it as Mara.
func (h *house) accept(id int64) int {
	h.Helper()
	n, err := h.JudgeAuthority(h.Context(), h.mara, h.clock, id, requests.AuthorityVerdict{Accept: true})
	if err != nil {
		h.Fatal(err)
	}
	return n
}

// standing returns how the agent of a request stands.
func (h *house) standing(reference string) requests.Representation {
	h.Helper()
	v, err := h.Open(h.Context(), h.mara, h.clock, reference, false)
	if err != nil || v.Facts.Agent == nil {
		h.Fatalf("%s has no agent: %v", reference, err)
	}
	return *v.Facts.Agent
}

// house counts the entries of an act in the chain of the house.
func (h *house) entries(act string, outcome audit.Outcome) (n int) {
	h.Helper()
	err := h.db.Read().NewSelect().Table("audit_entries").ColumnExpr("count(*)").Where("chain = 0 AND act = ? AND outcome = ?", act, string(outcome)).Scan(h.Context(), &n)
	if err != nil {
		h.Fatal(err)
	}
	return n
}

func TestASignedPermissionForAllIsUploadedOnce(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		first := h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		second := h.represented("desk@permission.example", "agent", "b@example.org", "US-CA", policies.Deletion)
		stop := h.represented("desk@permission.example", "agent", "c@example.org", "US-CA", policies.OptOutSale)
		ended := h.represented("desk@permission.example", "agent", "d@example.org", "US-CA", policies.Access)
		h.asRequester(requests.Withdraw{})
		h.deliver().post = nil

		id := h.send(agent, identity.SignedPermission, "")
		if again := h.send(agent, identity.SignedPermission, ""); again != id {
			t.Errorf("the same document sent twice is kept twice: %d and %d", id, again)
		}
		list, err := h.AuthoritiesFor(h.Context(), h.mara, agents.Waiting)
		if err != nil || len(list) != 1 || list[0].Agent.Name != "Permission Ltd" || len(list[0].Requests) != 2 {
			t.Fatalf("staff sees %+v, %v", list, err)
		}
		if n := h.accept(id); n != 2 {
			t.Errorf("it was recorded on %d requests, want the two that waited", n)
		}
		for _, r := range []*requests.Request{first, second} {
			if got := h.standing(r.Reference).Authority; got != identity.SignedPermission {
				t.Errorf("%s has the authority %q", r.Reference, got)
			}
		}
		for _, r := range []*requests.Request{stop, ended} {
			if got := h.standing(r.Reference).Authority; got != "" {
				t.Errorf("%s, which needs none, has the authority %q", r.Reference, got)
			}
		}
		h.deliver()
		if got := h.to("desk@permission.example"); len(got) != 1 {
			t.Errorf("the agent got %q, want one letter about the document", got)
		}
		later := h.represented("desk@permission.example", "agent", "e@example.org", "US-CA", policies.Access)
		if got := h.standing(later.Reference).Authority; got != identity.SignedPermission {
			t.Errorf("a later request has the authority %q", got)
		}
		if h.entries("accept_authority", audit.Done) != 1 {
			t.Error("the house's trail does not hold that it was accepted")
		}
		if _, err := h.JudgeAuthority(h.Context(), h.mara, h.clock, id, requests.AuthorityVerdict{Reason: "No."}); !errors.Is(err, requests.ErrStale) {
			t.Errorf("deciding twice gave %v", err)
		}
		h.verified()
	})
}

// A signed permission lets the agent ask; what is given out still waits for the
// person's own proof.
func TestAStrangersAddressGivesAnAgentNothing(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		r := h.represented("desk@permission.example", "agent", "stranger@example.org", "US-CA", policies.Access)
		h.deliver()
		// The agent's own link, and whatever they press, proves nothing of the person.
		if _, err := h.UseLink(h.Context(), h.clock, h.linkTo("desk@permission.example")); err != nil {
			t.Fatal(err)
		}
		grant := requests.Decide{Outcome: requests.Granted, Text: "Here it is."}
		prepare := func() {
			h.do(requests.TakeUp{}).do(requests.RecordFindings{Systems: []requests.Searched{{System: "App", Found: "found"}}})
		}
		prepare()
		var refused *requests.Refused
		if err := h.try(h.mara, grant); !errors.As(err, &refused) {
			t.Errorf("without authority it was granted: %v", err)
		}
		h.accept(h.send(agent, identity.SignedPermission, r.Reference))
		if v := h.standing(r.Reference); v.Authority != identity.SignedPermission || v.Confirmed {
			t.Errorf("the agent stands as %+v", v)
		}
		if err := h.try(h.mara, grant); !errors.As(err, &refused) {
			t.Errorf("without the person's own proof it was granted: %v", err)
		}
		if _, err := h.UseLink(h.Context(), h.clock, h.linkTo("stranger@example.org")); err != nil {
			t.Fatal(err)
		}
		v, err := h.Open(h.Context(), h.mara, h.clock, r.Reference, false)
		if err != nil || v.Verified != identity.Mailbox {
			t.Fatalf("the person's link proved %q, %v", v.Verified, err)
		}
	})
}

// linkTo returns the link of the newest letter to an address.
func (h *house) linkTo(address string) string {
	h.Helper()
	h.deliver()
	for i := len(h.post) - 1; i >= 0; i-- {
		if _, rest, found := strings.Cut(h.post[i].Text, "https://privacy.example.com/r/"); found && h.post[i].To == address {
			return strings.Fields(rest)[0]
		}
	}
	h.Fatalf("no letter to %s held a link", address)
	return ""
}

func TestAPowerOfAttorneySpeaksForThoseItNames(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		h.represented("desk@permission.example", "agent", "b@example.org", "US-CA", policies.Access)
		if n := h.accept(h.send(agent, identity.PowerOfAttorney, "")); n != 2 {
			t.Errorf("it was recorded on %d requests, want 2", n)
		}
		same := h.represented("desk@permission.example", "agent", "A@example.org", "US-CA", policies.Deletion)
		if got := h.standing(same.Reference).Authority; got != identity.PowerOfAttorney {
			t.Errorf("a later request for a person it names has %q", got)
		}
		// It stands for the person altogether, so it must never reach a stranger.
		stranger := h.represented("desk@permission.example", "agent", "stranger@example.org", "US-CA", policies.Access)
		if got := h.standing(stranger.Reference).Authority; got != "" || stranger.Proved() {
			t.Errorf("a request for a stranger has the authority %q", got)
		}
		elsewhere := h.represented("rival@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		if got := h.standing(elsewhere.Reference).Authority; got != "" {
			t.Errorf("another agent has the authority %q", got)
		}
	})
}

func TestADocumentForOneRequestStaysWithItsPerson(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		one := h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		two := h.represented("desk@permission.example", "agent", "b@example.org", "US-CA", policies.Access)
		if n := h.accept(h.send(agent, identity.SignedPermission, one.Reference)); n != 1 {
			t.Errorf("it was recorded on %d requests, want 1", n)
		}
		again := h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Correction)
		for r, want := range map[*requests.Request]identity.Authority{one: identity.SignedPermission, two: "", again: identity.SignedPermission} {
			if got := h.standing(r.Reference).Authority; got != want {
				t.Errorf("%s has the authority %q, want %q", r.Reference, got, want)
			}
		}
		theirs := h.represented("rival@permission.example", "agent", "c@example.org", "US-CA", policies.Access)
		for field, c := range map[string]struct{ kind, reference string }{
			requests.FieldKind: {"friendship", ""}, requests.FieldReference: {"signed_permission", theirs.Reference},
		} {
			var fields requests.FieldErrors
			if _, err := h.SendAuthority(h.Context(), agent, h.clock, c.kind, c.reference, paper("p.pdf", 100)); !errors.As(err, &fields) || fields[field] == "" {
				t.Errorf("%s for %q gave %v", c.kind, c.reference, err)
			}
		}
	})
}

func TestARefusedDocumentIsDeletedAndSaysWhy(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		id := h.send(agent, identity.SignedPermission, "")
		var fields requests.FieldErrors
		if _, err := h.JudgeAuthority(h.Context(), h.mara, h.clock, id, requests.AuthorityVerdict{Reason: "  "}); !errors.As(err, &fields) {
			t.Errorf("refusing without a reason gave %v", err)
		}
		if _, err := h.JudgeAuthority(h.Context(), h.mara, h.clock, id, requests.AuthorityVerdict{Reason: "The signature is missing on page two."}); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		if last := h.post[len(h.post)-1]; last.To != "desk@permission.example" || !strings.Contains(last.Text, "The signature is missing on page two.") {
			t.Errorf("the letter to %s says %q", last.To, last.Text)
		}
		list, err := h.Authorities(h.Context(), agent)
		if err != nil || len(list) != 1 || list[0].State != agents.Refused || list[0].Reason != "The signature is missing on page two." {
			t.Errorf("the agent sees %+v, %v", list, err)
		}
		if _, err := h.content(agent, id); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("the content is still there: %v", err)
		}
		h.stored("SELECT count(*) FROM agent_document_parts", 0)
	})
}

// stored checks a count in the database.
func (h *house) stored(query string, want int) {
	h.Helper()
	var got int
	if err := h.db.Read().NewRaw(query).Scan(h.Context(), &got); err != nil || got != want {
		h.Errorf("%s gives %d, want %d: %v", query, got, want, err)
	}
}

func (h *house) content(who access.Caller, id int64) (string, error) {
	var b bytes.Buffer
	err := h.OpenAuthority(h.Context(), who, h.clock, id, func(agents.Document) (io.Writer, error) { return &b, nil })
	return b.String(), err
}

func TestAWithdrawnAuthorityIsNeededAnew(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		before := h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		id := h.send(agent, identity.SignedPermission, "")
		h.accept(id)
		if err := h.WithdrawAuthority(h.Context(), h.mara, h.clock, id, "The agreement has ended."); err != nil {
			t.Fatal(err)
		}
		after := h.represented("desk@permission.example", "agent", "b@example.org", "US-CA", policies.Access)
		if got := h.standing(before.Reference).Authority; got != identity.SignedPermission {
			t.Errorf("what was recorded is %q", got)
		}
		if got := h.standing(after.Reference).Authority; got != "" {
			t.Errorf("a later request still has %q", got)
		}
		if err := h.WithdrawAuthority(h.Context(), h.mara, h.clock, id, "Again."); !errors.Is(err, requests.ErrStale) {
			t.Errorf("withdrawing twice gave %v", err)
		}
		h.verified()
	})
}

func TestOnlyWhoMayVerifyOpensADocumentAndItIsRecorded(t *testing.T) {
	each(t, func(h *house) {
		agent := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		rival := h.meet("rival@permission.example", "Rival Ltd", agents.AsAgent)
		auditor := h.hire("ada@example.com", "Ada", access.Auditor, access.AllPolicies())
		opvio := h.hire("olaf@example.com", "Olaf", access.Handler, access.OnlyPolicies("opvio"))
		u := paper("../../permission.pdf", 700_000)
		id, err := h.SendAuthority(h.Context(), agent, h.clock, "signed_permission", "", u)
		if err != nil {
			t.Fatal(err)
		}
		for name, who := range map[string]access.Caller{"its agent": agent, "a handler": h.mara} {
			if got, err := h.content(who, id); err != nil || got != string(u.Content) {
				t.Errorf("%s reads %d bytes, %v", name, len(got), err)
			}
		}
		if h.entries("open_authority", audit.Done) != 1 {
			t.Error("that a handler opened it is not on the house's trail once")
		}
		for name, c := range map[string]struct {
			who  access.Caller
			want error
		}{
			"another agent": {rival, requests.ErrNotFound}, "a requester": {requests.RequesterOf(1), requests.ErrNotFound}, "nobody": {access.Caller{}, requests.ErrNotFound},
			"who serves another policy": {opvio, requests.ErrNotFound}, "an auditor": {auditor, requests.ErrForbidden},
		} {
			if got, err := h.content(c.who, id); !errors.Is(err, c.want) || got != "" {
				t.Errorf("%s reads %d bytes, %v", name, len(got), err)
			}
			if _, err := h.JudgeAuthority(h.Context(), c.who, h.clock, id, requests.AuthorityVerdict{Accept: true}); !errors.Is(err, c.want) {
				t.Errorf("%s accepts it: %v", name, err)
			}
			if err := h.WithdrawAuthority(h.Context(), c.who, h.clock, id, "x"); !errors.Is(err, c.want) {
				t.Errorf("%s withdraws it: %v", name, err)
			}
		}
		if _, err := h.JudgeAuthority(h.Context(), agent, h.clock, id, requests.AuthorityVerdict{Accept: true}); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("the agent accepts their own document: %v", err)
		}
		if h.entries("open_authority", audit.Refused) != 1 || h.entries("accept_authority", audit.Refused) != 1 {
			t.Error("what was refused is not on the house's trail")
		}
		if list, err := h.AuthoritiesFor(h.Context(), opvio, agents.Waiting); err != nil || len(list) != 0 {
			t.Errorf("who serves another policy sees %+v, %v", list, err)
		}
		if n, err := h.CountAuthorities(h.Context(), h.mara); err != nil || n != 1 {
			t.Errorf("%d wait, %v", n, err)
		}
		if _, err := h.content(h.mara, id+1000); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("a guessed number gave %v", err)
		}
	})
}
