package requests_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// subjectsTo lists what was sent to an address since the last call, without the
// reference in front.
func (h *house) subjectsTo(address string) (subjects []string) {
	for _, e := range h.post {
		if e.To == address {
			_, subject, _ := strings.Cut(e.Subject, ": ")
			subjects = append(subjects, subject)
		}
	}
	h.post = nil
	return subjects
}

// again does every job of the letters once more, as after a crash between the
// mail server's yes and our note.
func (h *house) again() *house {
	h.Helper()
	h.sql("UPDATE outbox SET state = 'ready' WHERE kind IN ('letter', 'reminder') AND state = 'done'")
	return h.deliver()
}

const person = "dana.whitlock@example.org"

// oneLetter wants one letter to an address, and none when its jobs are done
// again.
func (h *house) oneLetter(address, subject string) {
	h.Helper()
	if got := h.deliver().subjectsTo(address); !slices.Equal(got, []string{subject}) {
		h.Errorf("%s was sent %q, want %q", address, got, subject)
	}
	if got := h.again().subjectsTo(address); len(got) > 0 {
		h.Errorf("after a crash %s was sent %q again", address, got)
	}
}

// atDecisionOf receives a request and carries it to its decision.
func (h *house) atDecisionOf(policy, residence string, right policies.Right) *house {
	h.Helper()
	h.on("2026-03-02").receive(policy, residence, right)
	h.do(requests.TakeUp{})
	if !h.request.Proved() {
		h.do(requests.RecordProof{Level: "three_points", Matched: []string{"invoice_number", "postcode", "joined_month"}})
	}
	h.do(requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
	h.deliver().post = nil
	return h
}

// Each outcome has a letter of its own, which goes once.
func TestEachOutcomeHasItsLetter(t *testing.T) {
	items := []requests.Item{
		{What: "Account", Decision: requests.Give},
		{What: "Invoices", Decision: requests.Keep, Ground: "legal_claims", Text: "Kept for six years."},
	}
	for _, c := range []struct {
		right   policies.Right
		decide  requests.Decide
		subject string
	}{
		{policies.Access, requests.Decide{Outcome: requests.Granted, Text: "Here it is."}, "your answer is ready"},
		{policies.Access, requests.Decide{Outcome: requests.NothingFound, Text: "Nothing."}, "we found nothing"},
		{policies.Deletion, requests.Decide{Outcome: requests.Granted, Text: "Gone."}, "the information is deleted"},
		{policies.Deletion, requests.Decide{Text: "Gone but for invoices.", Items: items}, "the information is deleted, with exceptions"},
		{policies.Correction, requests.Decide{Outcome: requests.Granted, Text: "Mended."}, "the information is corrected"},
		{policies.OptOutMarketing, requests.Decide{Outcome: requests.Granted, Text: "Stopped."}, "done, as you asked"},
	} {
		t.Run(c.subject, func(t *testing.T) {
			each(t, func(h *house) {
				h.atDecisionOf("moxora", "DE", c.right).do(c.decide)
				h.oneLetter(person, c.subject)
				h.verified()
			})
		})
	}
}

// Who asks the wrong company is told that somebody else decides.
func TestWhoAsksTheWrongCompanyIsTold(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		h.deliver().post = nil
		h.do(requests.Dismiss{Outcome: requests.NotUs, Text: "Write to your employer."})
		h.oneLetter(person, "somebody else decides about this")
	})
}

// When the law's day passes without an answer, the requester is told once,
// whatever happens to the clock afterwards.
func TestTheRequesterIsToldOnceThatWeAreLate(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Deletion)
		if _, err := h.UseLink(h.Context(), h.clock, h.deliver().link()); err != nil {
			t.Fatal(err)
		}
		h.do(requests.TakeUp{}).deliver().post = nil
		var late []string
		for range 4 * 60 {
			h.clock = h.clock.Add(6 * time.Hour)
			h.sweep()
			for _, subject := range h.subjectsTo(person) {
				if contains(subject, "late") {
					late = append(late, h.clock.Format("01-02"))
				}
			}
		}
		if len(late) != 1 || late[0] < "04-02" || late[0] > "04-05" {
			t.Errorf("they were told on %q", late)
		}
		if got := h.again().subjectsTo(person); len(got) > 0 {
			t.Errorf("after a crash they were sent %q", got)
		}
		h.stored("SELECT COUNT(*) FROM letters WHERE kind = 'late'", 1)
		h.verified()
	})
}

// A date the person was told does not move behind their back: the letter is in
// the preview and goes when the change is saved, once.
func TestADateThatMovesIsTold(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "", policies.Access)
		h.deliver().post = nil
		law := requests.SetLaw{Residence: "US-CA", Reason: "They said so."}
		if p := h.preview(law); len(p.Letters) != 1 || p.Letters[0].Kind != requests.LetterDates {
			t.Errorf("the preview shows %d letters", len(p.Letters))
		}
		h.do(law)
		h.oneLetter(person, "the dates have changed")
		h.on("2026-03-05").do(requests.CorrectReceipt{ReceivedAt: h.request.ReceivedAt.AddDate(0, 0, -3), Reason: "It lay in another mailbox."})
		h.oneLetter(person, "the dates have changed")
		h.verified()
	})
}

// A change that moves no date the person was told is not told.
func TestAChangeThatMovesNoDateIsNotTold(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		h.deliver().post = nil
		h.do(requests.SetLaw{Residence: "FR", Reason: "They said so."})
		if got := h.deliver().subjectsTo(person); len(got) > 0 {
			t.Errorf("they were sent %q", got)
		}
	})
}

// Whoever has a request hears that its requester is proved and that its systems
// have answered, unless it was they who wrote it down.
func TestWhoeverHasARequestHearsThatItCanGoOn(t *testing.T) {
	each(t, func(h *house) {
		olga := h.hire("olga@example.com", "Olga", access.Handler, access.AllPolicies())
		h.on("2026-03-02").receive("opvio", "US-CA", policies.Deletion)
		h.do(requests.TakeUp{}).do(requests.Assign{UserID: olga.ID}).deliver().post = nil
		h.do(requests.RecordProof{Level: "three_points", Matched: []string{"invoice_number", "postcode", "joined_month"}})
		h.oneLetter("olga@example.com", "identity is proved")
		h.do(requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}})
		h.oneLetter("olga@example.com", "all systems have answered")
		h.do(requests.Assign{UserID: h.mara.ID})
		h.verified()
	})
}

// Once whoever had a request has left, all who could take it up hear what they
// would have heard, but for whoever did it.
func TestOnceWhoeverHadARequestHasLeftAllWhoCouldTakeItUpHear(t *testing.T) {
	asRequester := func(v requests.Verb) func(*house) { return func(h *house) { h.asRequester(v) } }
	findings := requests.RecordFindings{Systems: []requests.Searched{{System: "Own database", Found: "found"}}}
	for name, c := range map[string]struct {
		act     func(*house)
		subject string
	}{
		"a reply":         {asRequester(requests.Reply{Text: "I have moved."}), "the requester replied"},
		"a reply by mail": {func(h *house) { h.mailTo("moxora", dana, "Subject: Re: "+h.last, "", "I have moved.") }, "the requester replied"},
		"a withdrawal":    {asRequester(requests.Withdraw{}), "the requester replied"},
		"the findings":    {func(h *house) { h.do(findings) }, "all systems have answered"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *house) {
				olga := h.hire("olga@example.com", "Olga", access.Handler, access.AllPolicies())
				h.hire("ada@example.com", "Ada", access.Administrator, access.OnlyPolicies("moxora"))
				h.hire("elsewhere@example.com", "Eli", access.Handler, access.OnlyPolicies("opvio"))
				h.hire("reads@example.com", "Reads", access.Auditor, access.AllPolicies())
				h.on("2026-03-02").receive("moxora", "DE", policies.Access)
				h.do(requests.TakeUp{}).do(requests.Assign{UserID: olga.ID}).deliver()
				if err := h.people.Deactivate(h.Context(), olga.ID); err != nil {
					h.Fatal(err)
				}
				h.post = nil
				c.act(h)
				told := map[string]int{}
				for _, e := range h.deliver().again().post {
					if contains(e.Subject, c.subject) {
						told[e.To]++
					}
				}
				want := map[string]int{"ada@example.com": 1, "mara@example.com": 1}
				if name == "the findings" { // Mara wrote them down
					delete(want, "mara@example.com")
				}
				if !maps.Equal(told, want) {
					h.Errorf("told were %v, want %v", told, want)
				}
				h.stored("SELECT COUNT(*) FROM letters WHERE state = 'failed'", 0)
				h.verified()
			})
		})
	}
}

// Whom the company told of a deletion stands in the letter, through a second
// person's approval too, and on the requester's page.
func TestTheLetterSaysWhoElseWasTold(t *testing.T) {
	each(t, func(h *house) {
		h.atDecisionOf("moxora", "DE", policies.Access)
		h.mends(requests.Decide{Outcome: requests.Granted, Text: "Here it is.", Told: "Parcel Post"}, "told")
		h.mends(requests.Decide{Outcome: requests.RefusedAll, Ground: "others_rights", Text: "No.", Told: "Parcel Post"}, "told")
		h.atDecisionOf("moxora", "DE", policies.Correction)
		kept := requests.Item{What: "Ratings", Decision: requests.Keep, Ground: "accurate_on_totality", Text: "They are right as they are."}
		h.do(requests.Decide{Text: "All but the ratings.", Items: []requests.Item{{What: "Address", Decision: requests.Give}, kept}, Told: "Parcel Post"})
		if got := h.lettersTo(person); len(got) != 1 || !strings.Contains(got[0].Text, "Parcel Post") {
			t.Error("of a correction in part:", got)
		}
		h.atDecisionOf("moxora", "DE", policies.Deletion)
		h.mends(requests.Decide{Outcome: requests.Granted, Text: "Gone.", Told: strings.Repeat("x", 100_000)}, "told")
		_, joon := h.twoPersons("deletion")
		h.do(requests.Decide{Outcome: requests.Granted, Text: "Gone.", Told: "Parcel Post, Example Street 1"})
		if view := h.seenBy(joon); view.Proposal == nil || view.Proposal.Told != "Parcel Post, Example Street 1" {
			t.Error("whoever approves does not see it:", view.Proposal)
		}
		if err := h.try(joon, requests.Approve{}); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		letters := h.lettersTo(person)
		if len(letters) != 1 || !strings.Contains(letters[0].Text, "Whom we told") || !strings.Contains(letters[0].Text, "Parcel Post") || !strings.Contains(letters[0].HTML, "Parcel Post") {
			t.Error(letters)
		}
		if view := h.seenBy(joon); view.Answer == nil || view.Answer.Told != "Parcel Post, Example Street 1" {
			t.Error("the answer does not say it:", view.Answer)
		}
		h.verified()
	})
}

// seenBy opens the last request.
func (h *house) seenBy(who access.Caller) *requests.View {
	h.Helper()
	view, err := h.Open(h.Context(), who, h.clock, h.last, false)
	if err != nil {
		h.Fatal(err)
	}
	return view
}
