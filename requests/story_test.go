package requests_test

import (
	"slices"
	"testing"
	"time"

	"dsr/policies"
	"dsr/requests"
)

// A person in the United Kingdom asks Moxora for a copy: promise and law run
// side by side, a question holds the law only, the answer meets both.
func TestAccessFromTheFormToTheAnsweredLetter(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-10-26 09:12").receive("moxora", "GB", policies.Access)
		h.want("respond.promise", requests.Running, "11-25").want("respond.law", requests.Running, "11-26")
		h.deliver()
		token := h.link()

		h.on("2026-10-26 09:31")
		if _, err := h.PeekLink(h.Context(), h.clock, token); err != nil {
			t.Fatalf("looking at the link: %v", err)
		}
		caller, err := h.UseLink(h.Context(), h.clock, token)
		if err != nil || !caller.Sees(h.request.SubmissionID, 0) {
			t.Fatalf("the link opens %+v: %v", caller, err)
		}
		if _, err := h.UseLink(h.Context(), h.clock, token); err == nil {
			t.Error("the link worked twice")
		}

		h.on("2026-10-28 11:03").do(requests.AskQuestion{Question: "Which workspace do you mean?"})
		h.want("respond.law", requests.Held, "").want("respond.promise", requests.Running, "11-25")
		h.on("2026-11-05 18:47").asRequester(requests.AnswerQuestion{Text: "Only the first one."})
		h.want("respond.law", requests.Running, "12-07").want("respond.promise", requests.Running, "11-25")

		h.on("2026-11-06").do(requests.TakeUp{})
		h.do(requests.RecordFindings{Systems: []requests.Searched{{System: "App database", Found: "found"}}})
		h.on("2026-11-20").do(requests.Decide{Outcome: requests.Granted, Text: "Here is everything.", Files: []requests.Upload{{Name: "all.csv", Type: "text/csv", Content: []byte("a,b\n1,2\n")}}})
		h.want("respond.law", requests.Met, "").want("respond.promise", requests.Met, "")
		h.do(requests.Close{Done: true}).deliver()
		if h.request.Phase != requests.Closed || h.request.Outcome != requests.Granted {
			t.Errorf("it ended in %s as %s", h.request.Phase, h.request.Outcome)
		}
		want := []string{"we have your request", "we have a question", "thank you", "your answer is ready"}
		got := h.letters()
		if len(got) != len(want) {
			t.Errorf("the letters were %q", got)
		}
		h.verified()
	})
}

// California: proof of identity stops nothing, and an opt-out may not be gated.
func TestCaliforniaNeverWaits(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-06-01 17:00").receive("opvio", "US-CA", policies.Deletion)
		h.want("first_response.promise", requests.Running, "06-03").want("respond.law", requests.Running, "07-16").want("acknowledge.law", requests.Running, "06-15")
		h.deliver().want("acknowledge.law", requests.Met, "")
		h.on("2026-06-02 17:00").do(requests.AskProof{What: "The last invoice number", Why: "Deleting cannot be undone."})
		h.want("first_response.promise", requests.Met, "").want("respond.law", requests.Running, "07-16")
		h.on("2026-06-21").do(requests.RecordProof{Level: "two_points", Matched: []string{"invoice_number", "postcode"}}).want("respond.law", requests.Running, "07-16")
		h.on("2026-07-10").do(requests.Extend{Ground: ground(h), Reason: "Many backups.", Until: "2026-08-30"})
		h.want("respond.law", requests.Running, "08-30")
		h.refused(requests.Extend{Ground: "complex", Reason: "Again.", Until: "2026-09-30"}, "one extension")

		h.on("2026-06-01 17:00").receive("opvio", "US-CA", policies.OptOutSale)
		h.refused(requests.AskProof{What: "Your passport", Why: "To be sure"}, "opt-out may not be held up")
		h.verified()
	})
}

func ground(h *house) string {
	h.Helper()
	v, err := h.Open(h.Context(), h.mara, h.clock, h.last, false)
	if err != nil || len(v.Version.Extensions) == 0 {
		h.Fatalf("no ground to extend: %v", err)
	}
	return v.Version.Extensions[0].Ground
}

func TestAnExtensionAfterTheFirstDateIsRefusedAndRecorded(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-10-19").receive("moxora", "DE", policies.Deletion)
		h.want("respond.law", requests.Running, "11-19")
		h.on("2026-11-21").refused(requests.Extend{Ground: "complex", Reason: "Much data.", Until: "2026-12-20"}, "first period ended on Thursday 19 November 2026")
		h.want("respond.law", requests.Overdue, "11-19")
		h.verified()
	})
}

// Five policies, each right they give to somebody somewhere, end to end.
func TestEveryRightOfEveryPolicyReachesAnAnswer(t *testing.T) {
	each(t, func(h *house) {
		for _, pack := range h.Book().Packs() {
			for _, residence := range []string{"US-CA", "DE", "GB", ""} {
				given := h.Book().Given(pack, residence, h.clock)
				if len(given) == 0 {
					t.Errorf("%s gives nothing to somebody in %q", pack.ID, residence)
				}
				for _, right := range given {
					h.on("2026-03-02").receive(pack.ID, residence, right)
					h.answer()
				}
			}
		}
		h.deliver()
		if len(h.post) == 0 {
			t.Error("no letter went out")
		}
		h.verified()
	})
}

// answer carries the request at hand from triage to its end.
func (h *house) answer() {
	h.Helper()
	h.do(requests.TakeUp{})
	if !h.request.Proved() {
		h.do(requests.AskProof{What: "Three things only you know", Why: "So that nobody else gets it."})
		h.on("2026-03-04").do(requests.RecordProof{Level: "three_points", Matched: []string{"invoice_number", "postcode", "joined_month"}})
	}
	h.do(requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
	h.do(requests.Decide{Outcome: requests.Granted, Text: "Done."}).do(requests.Close{Done: true})
}

func TestSeveralRightsAreOneSubmissionAndOneLetter(t *testing.T) {
	each(t, func(h *house) {
		receipt := h.receive("moxora", "FR", policies.Access, policies.Deletion, policies.Portability)
		if len(receipt.Requests) != 3 {
			t.Fatalf("%d requests", len(receipt.Requests))
		}
		h.deliver()
		if got := h.letters(); len(got) != 1 {
			t.Errorf("the letters were %q", got)
		}
		mine, err := h.Mine(h.Context(), requests.RequesterOf(receipt.SubmissionID), h.clock)
		if err != nil || len(mine) != 3 {
			t.Errorf("the person sees %d: %v", len(mine), err)
		}
		h.verified()
	})
}

func TestRemindersComeOnceEach(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("sectora", "DE", policies.Access)
		if _, err := h.UseLink(h.Context(), h.clock, h.deliver().link()); err != nil {
			t.Fatal(err)
		}
		h.do(requests.Assign{UserID: h.mara.ID}).deliver().letters()
		var got []string
		for day, end := h.clock, h.clock.AddDate(0, 0, 40); day.Before(end); day = day.Add(6 * time.Hour) {
			h.clock = day
			h.sweep().sweep()
			for _, e := range h.post {
				got = append(got, day.Format("01-02 ")+e.To+" "+e.Subject)
			}
			h.post = nil
		}
		if len(got) != 9 || !slices.ContainsFunc(got, func(s string) bool { return contains(s, "privacy@sectora.io") }) {
			t.Errorf("the reminders were %q", got)
		}
		h.verified()
	})
}
