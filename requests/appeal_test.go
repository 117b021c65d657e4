package requests_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"dsr/access"
	"dsr/identity"
	"dsr/policies"
	"dsr/requests"
)

// decided carries the request at hand to a decision of Mara's.
func (h *house) decided(d requests.Decide) *house {
	h.Helper()
	h.do(requests.TakeUp{})
	if !h.request.Proved() {
		h.do(requests.RecordProof{Level: "three_points", Matched: []string{"invoice_number", "postcode", "joined_month"}})
	}
	h.do(requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
	return h.do(d)
}

func TestItemsAreDecidedOneByOne(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "GB", policies.Access)
		h.deliver().letters()
		h.decided(requests.Decide{Text: "We found three kinds of information.", Items: []requests.Item{
			{What: "Your account", Decision: requests.Give, Text: "Name, address and settings."},
			{},
			{What: "Your messages to support", Decision: requests.Part, Ground: "others_rights", Text: "We covered the names of other customers."},
			{What: "Contacts in other workspaces", Decision: requests.NotOurs, Text: "Two other organisations keep them here and answer for them."},
		}, Files: []requests.Upload{{Name: "all.zip", Type: "application/zip", Content: []byte("PK\x03\x04")}}})
		if h.request.Outcome != requests.Partly || h.request.Facts.Ground != "others_rights" || len(h.request.Facts.Items) != 3 {
			t.Errorf("it came to %s, %s, %v", h.request.Outcome, h.request.Facts.Ground, h.request.Facts.Items)
		}
		h.look()
		if a := h.opened.Answer; a == nil || len(a.Items) != 3 || a.Items[2].Ground != "processor_redirect" || !strings.HasPrefix(a.Text, "We found") {
			t.Errorf("the answer reads %+v", a)
		}
		h.deliver()
		if text := h.post[len(h.post)-1].Text; !strings.Contains(text, "Your messages to support") || strings.Contains(text, "Name, address and settings") {
			t.Errorf("the letter reads:\n%s", text)
		}
		for _, e := range h.opened.Timeline {
			if strings.Contains(e.Data, "support") {
				t.Errorf("the timeline holds words of an item: %s", e.Data)
			}
		}
		h.verified()
	})
}

func TestItemsNeedAGroundTheLawKnows(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "GB", policies.Access)
		h.do(requests.TakeUp{}).do(requests.RecordProof{Level: "mailbox"})
		h.do(requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
		h.mends(requests.Decide{Text: "So.", Items: []requests.Item{
			{What: "A", Decision: requests.Keep, Ground: "we would rather not", Text: "No."},
			{What: "B", Decision: requests.Keep, Ground: "others_rights"},
			{What: "C"},
			{Decision: requests.Give},
			{What: strings.Repeat("x", 201), Decision: requests.Give},
		}}, "ground.0", "text.1", "decision.2", "what.3", "what.4")
		h.mends(requests.Decide{}, "text", "outcome")
	})
}

func TestAnAppealIsALinkedCaseThatSomebodyElseDecides(t *testing.T) {
	each(t, func(h *house) {
		joon := h.hire("joon@example.com", "Joon Park", access.Approver, access.AllPolicies())
		h.on("2026-03-02").receive("opvio", "US-VA", policies.Deletion)
		if err := h.try(requests.RequesterOf(h.request.SubmissionID), requests.Appeal{Text: "Too slow"}); err == nil {
			t.Error("an appeal was taken before there was a decision")
		}
		h.on("2026-03-10").decided(requests.Decide{Outcome: requests.RefusedAll, Ground: "legal_obligation_retain", Text: "Tax law."})
		first := h.last
		h.on("2026-03-12").asksToMend(requests.Appeal{}, "text")
		h.asRequester(requests.Appeal{Text: "The invoices are ten years old."})
		h.deliver()
		h.letters()
		appeal := h.request.Facts.Appealed
		if appeal == "" || appeal == first {
			t.Fatalf("the new case is %q", appeal)
		}
		err := h.try(requests.RequesterOf(h.request.SubmissionID), requests.Appeal{Text: "Again"})
		var refusal *requests.Refused
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Error(), appeal) {
			t.Errorf("the second appeal gave %v", err)
		}
		h.last = appeal
		h.want("appeal_answer.law", requests.Running, "05-11")
		if h.opened.AppealOf == 0 || h.opened.Facts.AppealOf != first || !h.opened.Proved() || h.opened.Right != policies.Deletion || h.opened.Person.Details != "The invoices are ten years old." {
			t.Errorf("the case is %+v", h.opened.Request)
		}
		mine, err := h.Mine(h.Context(), requests.RequesterOf(h.opened.SubmissionID), h.clock)
		if err != nil || len(mine) != 2 {
			t.Errorf("the person sees %d requests: %v", len(mine), err)
		}
		h.refused(requests.Dismiss{Outcome: requests.NotUs, Text: "Ask the shop."}, "you made the first decision")
		h.refused(requests.Dismiss{Outcome: requests.Spam}, "you made the first decision")
		h.do(requests.TakeUp{}).do(requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
		h.refused(requests.Decide{Outcome: requests.Granted, Text: "Deleted after all."}, "you made the first decision")
		if err := h.try(joon, requests.Decide{Outcome: requests.Granted, Text: "Deleted after all."}); err != nil {
			t.Fatal(err)
		}
		h.want("appeal_answer.law", requests.Met, "").deliver()
		if got := h.letters(); len(got) == 0 {
			t.Error("nobody was told")
		}
		if err := h.try(requests.RequesterOf(h.opened.SubmissionID), requests.Appeal{Text: "And again"}); !errors.As(err, &refusal) || !strings.Contains(refusal.Error(), "regulator") {
			t.Errorf("an appeal against an appeal gave %v", err)
		}
		h.verified()
	})
}

func TestTheFilesOfAnAnswerEndAndCanBeRenewed(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "FR", policies.Access)
		h.decided(requests.Decide{Outcome: requests.Granted, Text: "Here.", Files: []requests.Upload{{Name: "all.csv", Type: "text/csv", Content: []byte("a,b")}}})
		h.do(requests.Close{Done: true})
		h.look()
		file, caller := h.opened.Files[0].ID, requests.RequesterOf(h.request.SubmissionID)
		fetch := func() error {
			return h.OpenFile(h.Context(), caller, h.clock, h.last, file, func(requests.File) (io.Writer, error) { return io.Discard, nil })
		}
		got := h.days("2026-04-05")
		if len(got) != 4 || !strings.HasPrefix(got[3], "03-29") { // received, proved, answered, ending
			t.Errorf("the letters were %q", got)
		}
		if err := fetch(); !errors.Is(err, requests.ErrFilesEnded) {
			t.Errorf("after its time the file gave %v", err)
		}
		h.asRequester(requests.Renew{})
		for range 2 {
			if err := fetch(); err != nil {
				t.Errorf("renewed it gave %v", err)
			}
		}
		h.look()
		if h.opened.Facts.Collected.IsZero() {
			t.Error("that it was fetched is not on the timeline")
		}
		if got := h.days("2026-05-20"); len(got) != 0 {
			t.Errorf("letters about files that were fetched: %q", got)
		}
		h.verified()
	})
}

func TestAnAgentsMailboxProvesNothingOfThePerson(t *testing.T) {
	each(t, func(h *house) {
		h.agent = &requests.Agent{Email: "Ann@Agency.example", Name: "Ann Agent", Relation: "agent"}
		h.on("2026-06-01").receive("opvio", "US-CA", policies.Deletion)
		h.deliver()
		var toAgent, toPerson string
		for _, e := range h.post {
			if e.To == "dana.whitlock@example.org" {
				toPerson = e.Text
			} else {
				toAgent = e.Text
			}
		}
		if len(h.post) != 2 || !strings.Contains(toPerson, "Ann Agent") || strings.Contains(toAgent, "dana") {
			t.Fatalf("%d letters:\n%s\n\n%s", len(h.post), toAgent, toPerson)
		}
		token := func(text string) string {
			_, rest, _ := strings.Cut(text, "https://privacy.example.com/r/")
			return strings.Fields(rest)[0]
		}
		agent, err := h.UseLink(h.Context(), h.clock, token(toAgent))
		if err != nil || agent.Kind != access.Agent || agent.ID == 0 {
			t.Fatalf("the agent's link made %+v: %v", agent, err)
		}
		if h.look(); h.opened.Verified != identity.None || !h.opened.Facts.Agent.Mailbox {
			t.Errorf("the agent's mailbox proved %s of the person", h.opened.Verified)
		}
		h.do(requests.TakeUp{}).do(requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
		h.refused(requests.Decide{Outcome: requests.Granted, Text: "Deleted."}, "has not shown yet that they may")

		person, err := h.UseLink(h.Context(), h.clock, token(toPerson))
		if err != nil || person.Kind != access.Requester {
			t.Fatalf("the person's link made %+v: %v", person, err)
		}
		if h.look(); h.opened.Verified != identity.Mailbox || !h.opened.Facts.Agent.Confirmed {
			t.Errorf("the person's own mailbox proved %s", h.opened.Verified)
		}
		h.do(requests.RecordProof{Authority: "signed_permission"})
		h.refused(requests.Decide{Outcome: requests.Granted, Text: "Deleted."}, "identity is not proved yet")
		h.do(requests.RecordProof{Authority: "power_of_attorney"}).do(requests.Decide{Outcome: requests.Granted, Text: "Deleted."})

		h.on("2026-06-02").receive("opvio", "US-CA", policies.OptOutSale)
		h.do(requests.TakeUp{}).do(requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
		h.do(requests.Decide{Outcome: requests.Granted, Text: "Stopped."}) // an opt-out waits for nothing
		other, err := h.UseLink(h.Context(), h.clock, h.deliver().link())
		if err != nil || other.Sees(0, 1) {
			t.Errorf("a link sees %+v: %v", other, err)
		}
		h.verified()
	})
}
