package requests_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// twoPersons lets the administrator want a second person at Moxora, and hires one.
func (h *house) twoPersons(kinds ...string) (dpo, joon access.Caller) {
	h.Helper()
	dpo = h.hire("dpo@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
	joon = h.hire("joon@example.com", "Joon Park", access.Approver, access.AllPolicies())
	if err := h.SetApproval(h.Context(), dpo, h.clock, "moxora", kinds); err != nil {
		h.Fatal(err)
	}
	return dpo, joon
}

func (h *house) atDecision() *house {
	h.Helper()
	h.do(requests.TakeUp{})
	if !h.request.Proved() {
		h.do(requests.RecordProof{Level: "three_points", Matched: []string{"invoice_number", "postcode", "joined_month"}})
	}
	return h.do(requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
}

func TestARefusalWaitsForASecondPerson(t *testing.T) {
	each(t, func(h *house) {
		_, joon := h.twoPersons(policies.ApproveRefusal)
		h.on("2026-03-02").receive("moxora", "GB", policies.Access)
		h.deliver().atDecision().deliver().letters()
		h.post = nil
		refusal := requests.WithParagraph{Text: "We know that this is not what you hoped for.", Verb: requests.Decide{Outcome: requests.RefusedAll, Ground: "others_rights", Text: "You asked for the same last week.",
			Files: []requests.Upload{{Name: "log.csv", Type: "text/csv", Content: []byte("a,b\n")}}}}

		preview, err := h.Preview(h.Context(), h.mara, h.clock, h.last, refusal)
		if err != nil || !preview.Proposes || len(preview.Approvers) != 2 || len(preview.Letters) != 3 || preview.Letters[0].Kind != requests.LetterRefused {
			t.Fatalf("the preview is %+v: %v", preview, err)
		}
		h.do(refusal)
		if h.request.Phase != requests.Decision || h.request.Outcome != "" || h.request.Approval != "wanted" || h.request.ProposerID != h.mara.ID {
			t.Fatalf("it is in %s as %q, %s by %d", h.request.Phase, h.request.Outcome, h.request.Approval, h.request.ProposerID)
		}
		h.deliver().want("respond.law", requests.Running, "")
		if got := h.to("dana.whitlock@example.org"); len(got) != 0 {
			t.Errorf("the requester already got %q", got)
		}
		if got := h.to("joon@example.com"); len(got) != 1 || !strings.Contains(got[0], "approval is wanted") {
			t.Errorf("the approver got %q", got)
		}
		for _, f := range h.opened.Files {
			t.Errorf("the file %s is part of the request already", f.Name)
		}
		if err := h.try(h.mara, requests.Approve{}); !errors.Is(err, requests.ErrForbidden) {
			t.Errorf("a handler approved it: %v", err)
		}
		w := h.opened.Proposal
		if w == nil || w.Text != "You asked for the same last week." || len(w.Files) != 1 || len(w.Letters) == 0 {
			t.Fatalf("what waits is %+v", w)
		}
		requester := requests.RequesterOf(h.request.SubmissionID)
		if err := h.OpenFile(h.Context(), requester, h.clock, h.last, w.Files[0].ID, nil); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("the requester fetched a proposed file: %v", err)
		}

		h.on("2026-03-03")
		if err := h.try(joon, requests.Approve{}); err != nil {
			t.Fatal(err)
		}
		if h.request.Phase != requests.Answer || h.request.Outcome != requests.RefusedAll || h.request.Approval != "" || h.request.Facts.Decider != h.mara.Actor() || h.request.Facts.Approver != joon.Actor() {
			t.Errorf("approved, it is in %s as %s, %q, decided by %s and %s", h.request.Phase, h.request.Outcome, h.request.Approval, h.request.Facts.Decider, h.request.Facts.Approver)
		}
		h.deliver().want("respond.law", requests.Met, "")
		if text := h.post[len(h.post)-1].Text; !strings.Contains(text, "same last week") || !strings.Contains(text, "not what you hoped for") {
			t.Errorf("the letter reads:\n%s", text)
		}
		var file bytes.Buffer
		if err := h.OpenFile(h.Context(), requester, h.clock, h.last, h.opened.Files[0].ID, func(requests.File) (io.Writer, error) { return &file, nil }); err != nil || file.String() != "a,b\n" {
			t.Errorf("the file reads %q: %v", file.String(), err)
		}
		h.verified()
	})
}

func TestAProposalIsSentBackOrOvertaken(t *testing.T) {
	each(t, func(h *house) {
		_, joon := h.twoPersons(policies.ApproveDeletion)
		h.on("2026-03-02").receive("moxora", "GB", policies.Deletion)
		h.atDecision()
		deletion := requests.Decide{Outcome: requests.Granted, Text: "All is deleted."}
		h.do(deletion)
		if err := h.try(h.mara, requests.SendBack{}); !errors.Is(err, requests.ErrInvalid) {
			t.Errorf("sent back without a reason: %v", err)
		}
		if err := h.try(joon, requests.SendBack{Reason: "The invoices have to stay."}); err != nil {
			t.Fatal(err)
		}
		if h.deliver(); h.request.Approval != "" || len(h.to("mara@example.com")) == 0 {
			t.Errorf("sent back, it is %q; Mara got %q", h.request.Approval, h.to("mara@example.com"))
		}

		h.do(deletion).do(requests.Assign{UserID: joon.ID})
		if h.request.Approval != "wanted" {
			t.Error("giving it to a colleague made the proposal old")
		}
		h.asRequester(requests.Reply{Text: "Please keep my invoices."})
		if h.request.Approval != "stale" {
			t.Errorf("the proposal is %q", h.request.Approval)
		}
		err := h.try(joon, requests.Approve{})
		if err == nil || !strings.Contains(err.Error(), "the requester wrote") {
			t.Errorf("what was overtaken is approved: %v", err)
		}
		if err := h.try(joon, deletion); err != nil { // decided again, it stands for the new state
			t.Fatal(err)
		}
		if err := h.try(joon, requests.Approve{}); err == nil || !strings.Contains(err.Error(), "You proposed this decision") {
			t.Errorf("the proposer approved it: %v", err)
		}
		h.do(deletion)
		if err := h.try(joon, requests.Approve{}); err != nil || h.request.Outcome != requests.Granted {
			t.Errorf("it ended as %s: %v", h.request.Outcome, err)
		}
		h.verified()
	})
}

func TestADismissalIsARefusalToo(t *testing.T) {
	each(t, func(h *house) {
		_, joon := h.twoPersons(policies.ApproveRefusal)
		h.on("2026-03-02").receive("moxora", "GB", policies.Access)
		h.do(requests.Dismiss{Outcome: requests.NotUs, Text: "Please ask the shop itself."})
		if h.request.Phase != requests.Triage || h.request.Approval != "wanted" {
			t.Fatalf("it is in %s, %q", h.request.Phase, h.request.Approval)
		}
		if err := h.try(joon, requests.Approve{}); err != nil || h.request.Phase != requests.Closed || h.request.Outcome != requests.NotUs || !h.request.AnsweredAt.IsZero() {
			t.Errorf("it ended in %s as %s: %v", h.request.Phase, h.request.Outcome, err)
		}
		h.on("2026-03-02").receive("moxora", "GB", policies.Access)
		h.atDecision().do(requests.Decide{Outcome: requests.Granted, Text: "Here it is."})
		if h.request.Phase != requests.Answer {
			t.Error("what is given waits for a second person")
		}
		h.verified()
	})
}

func TestOnlyAnAdministratorWantsASecondPerson(t *testing.T) {
	each(t, func(h *house) {
		if err := h.SetApproval(h.Context(), h.mara, h.clock, "moxora", policies.ApprovalKinds()); !errors.Is(err, requests.ErrForbidden) {
			t.Errorf("a handler set it: %v", err)
		}
		dpo, _ := h.twoPersons("refusal", "nonsense")
		rules, err := h.Approvals(h.Context(), dpo)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rules {
			asks, byPack := r.Asks(policies.ApproveRefusal)
			if asks != (r.Pack.ID == "moxora") || byPack || len(r.ByHouse) > 1 {
				t.Errorf("%s: %v, %v, %v", r.Pack.ID, asks, byPack, r.ByHouse)
			}
		}
		if n := h.entries("set_approval", "done"); n != 1 {
			t.Errorf("%d entries on the trail", n)
		}
	})
}

// A rule that cannot be read is no rule that was switched off.
func TestTheRuleOfASecondPersonIsNotLostWhereItCannotBeRead(t *testing.T) {
	each(t, func(h *house) {
		dpo, _ := h.twoPersons(policies.ApproveRefusal)
		ctx, stop := context.WithCancel(h.Context())
		stop()
		if rules, err := h.Approvals(ctx, dpo); err == nil {
			t.Errorf("nothing was read, and the rules are %+v", rules)
		}
	})
}
