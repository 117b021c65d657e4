package requests_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

func (h *house) preview(v requests.Verb) *requests.Preview {
	h.Helper()
	p, err := h.Preview(h.Context(), h.mara, h.clock, h.last, v)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

func TestTheLawIsChosenByAPersonAndTheDifferenceIsShown(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		h.do(requests.TakeUp{}).want("respond.law", requests.Running, "04-02")
		p := h.preview(requests.SetLaw{Residence: "US-CA"}) // no reason yet
		if p.Fields["reason"] == "" || p.Difference == nil {
			t.Fatalf("the preview has %v and %v", p.Fields, p.Difference)
		}
		law := p.Difference.Clocks[slices.IndexFunc(p.Difference.Clocks, func(c requests.ClockChange) bool { return c.Name == "respond.law" })]
		if law.Before.Due.Date.String() != "2026-04-02" || law.After.Due.Date.String() != "2026-04-16" || law.Same() {
			t.Errorf("the law's clock goes from %s to %s", law.Before.Due.Date, law.After.Due.Date)
		}
		if p.Difference.RegimeAfter.ID == p.Difference.RegimeBefore.ID || p.Difference.LevelBefore == p.Difference.LevelAfter {
			t.Errorf("the difference is %+v", p.Difference)
		}
		h.do(requests.SetLaw{Residence: "US-CA", Reason: "She wrote that she moved."}).want("respond.law", requests.Running, "04-16")
		h.do(requests.SetLaw{Residence: "US-CA", Regime: "UK_GDPR", Reason: "Handled in London."}).want("respond.law", requests.Running, "04-02")
		h.mends(requests.SetLaw{Residence: "US-CA", Regime: "NOBODY", Reason: "So."}, "regime")
		h.mends(requests.SetLaw{Residence: "US-CA", Regime: "UK_GDPR", Reason: "So."}, "residence")
		h.mends(requests.SetLaw{Residence: "at home", Reason: "So."}, "residence")
		h.verified()
	})
}

// What was done before a clock began to run is not undone by it.
func TestAClockThatAnotherLawBringsIsMetByWhatWasDone(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		h.deliver()
		h.on("2026-04-01").do(requests.SetLaw{Residence: "US-CA", Reason: "She moved."}).want("acknowledge.law", requests.Met, "")
		h.verified()
	})
}

func TestEvidenceIsForTheFileOnly(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "GB", policies.Access)
		h.atDecision().do(requests.Decide{Text: "Most of it.", Items: []requests.Item{
			{What: "Your account", Decision: requests.Give, Text: "All of it."},
			{What: "Support", Decision: requests.Keep, Ground: "others_rights", Text: "Others are named.", Evidence: "Read by Noor, 11 conversations."},
		}})
		h.deliver().look()
		last := h.opened.Timeline[slices.IndexFunc(h.opened.Timeline, func(e requests.Event) bool { return e.Act == requests.ActDecide })]
		if last.Evidence != "Support: Read by Noor, 11 conversations." || last.Text != "Most of it." || last.Added != "" {
			t.Errorf("the timeline has %q, %q, %q", last.Text, last.Added, last.Evidence)
		}
		v, err := h.Open(h.Context(), requests.RequesterOf(h.request.SubmissionID), h.clock, h.last, false)
		if err != nil || v.Answer.Items[1].Evidence != "" || strings.Contains(h.post[len(h.post)-1].Text, "Noor") {
			t.Errorf("the requester reads %+v: %v", v.Answer, err)
		}
		for _, e := range v.Timeline {
			if e.Evidence != "" || e.Text != "" && e.Act == requests.ActNote {
				t.Errorf("the requester is given %q", e.Evidence)
			}
		}
		h.verified()
	})
}

func TestARightThatWasMisreadIsMended(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		h.do(requests.AskProof{What: "The last invoice number", Why: "To be sure."})
		h.mends(requests.SetLaw{Residence: "DE", Right: policies.OptOutMarketing, Reason: "Only the newsletter."}, "right")
		h.do(requests.SetLaw{Residence: "DE", Right: policies.Portability, Reason: "A file for another service."})
		if h.request.Right != policies.Portability || h.request.Phase != requests.Verification {
			t.Errorf("it is %s in %s", h.request.Right, h.request.Phase)
		}
		h.verified()
	})
}

func TestTheReceiptIsCorrected(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-11-16 10:00").receive("moxora", "GB", policies.Access)
		h.do(requests.TakeUp{}).want("respond.law", requests.Running, "12-16")
		at := func(day string) time.Time {
			parsed, err := time.Parse("2006-01-02 15:04", day)
			if err != nil {
				t.Fatal(err)
			}
			return parsed
		}
		h.on("2026-11-18 09:00")
		for _, wrong := range []string{"2026-11-18 09:01", "2026-11-16 10:01", "2024-01-01 09:00", "2026-11-16 10:00"} {
			h.mends(requests.CorrectReceipt{ReceivedAt: at(wrong), Reason: "So."}, "received")
		}
		h.mends(requests.CorrectReceipt{}, "received", "reason")
		mended := requests.CorrectReceipt{ReceivedAt: at("2026-11-11 14:05"), Reason: "The letter lay in the post room since Wednesday."}
		p := h.preview(mended)
		if p.Difference == nil || p.Difference.Clocks[0].Same() {
			t.Errorf("the difference is %+v", p.Difference)
		}
		h.do(mended).want("respond.law", requests.Running, "12-11")
		if !h.request.ReceivedAt.Equal(at("2026-11-11 14:05")) {
			t.Errorf("it was received %s", h.request.ReceivedAt)
		}
		h.do(requests.CorrectReceipt{ReceivedAt: at("2026-11-14 09:00"), Reason: "No, on Saturday."}).want("respond.law", requests.Running, "12-14")
		auditor := h.hire("eve@example.com", "Eve Wu", access.Auditor, access.AllPolicies())
		if err := h.try(auditor, mended); !errors.Is(err, requests.ErrForbidden) {
			t.Errorf("an auditor corrected it: %v", err)
		}
		h.verified()
	})
}

func TestLabels(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "GB", policies.Access)
		revision := h.request.Revision
		h.do(requests.AddLabel{Label: " Two   Workspaces "}).do(requests.AddLabel{Label: "newsletter"}).do(requests.AddLabel{Label: "NEWSLETTER"})
		if got := h.request.Facts.Labels; !slices.Equal(got, []string{"newsletter", "two workspaces"}) || h.request.Revision != revision {
			t.Errorf("the labels are %q, the revision went from %d to %d", got, revision, h.request.Revision)
		}
		h.mends(requests.AddLabel{Label: "dana@example.org"}, "label")
		h.mends(requests.AddLabel{Label: strings.Repeat("x", 41)}, "label")
		h.receive("moxora", "GB", policies.Access)
		h.do(requests.AddLabel{Label: "newsletter"}).do(requests.RemoveLabel{Label: "press"})
		used, err := h.LabelsInUse(h.Context(), h.mara, "moxora")
		if err != nil || !slices.Equal(used, []string{"newsletter", "two workspaces"}) {
			t.Errorf("in use are %q: %v", used, err)
		}
		other := h.hire("ola@example.com", "Ola Berg", access.Handler, access.OnlyPolicies("opvio"))
		if _, err := h.LabelsInUse(h.Context(), other, "moxora"); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("labels of another policy: %v", err)
		}
		h.do(requests.RemoveLabel{Label: "newsletter"})
		h.verified()
	})
}

func TestANoteSentTwiceIsKeptOnce(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "GB", policies.Access)
		h.do(requests.Note{Text: "Called her."}).do(requests.Note{Text: "Called her."}).do(requests.Note{Text: "No answer."})
		h.clock = h.clock.Add(time.Hour)
		h.do(requests.Note{Text: "No answer."}).look()
		if n := len(h.opened.Messages); n != 3 {
			t.Errorf("%d notes are kept", n)
		}
	})
}

func TestAParagraphStandsInTheLetterAndOnTheTimeline(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "GB", policies.Access)
		h.deliver().letters()
		h.do(requests.WithParagraph{Verb: requests.AskQuestion{Question: "Which workspace?"}, Text: "Thank you for your patience.\n\nWe mean it."})
		h.deliver().look()
		text := h.post[len(h.post)-1].Text
		if i, j := strings.Index(text, "patience.\n\nWe mean it."), strings.Index(text, "https://"); i < 0 || j < i {
			t.Errorf("the letter reads:\n%s", text)
		}
		asked := h.opened.Timeline[slices.IndexFunc(h.opened.Timeline, func(e requests.Event) bool { return e.Act == requests.ActAskQuestion })]
		if asked.Text != "Which workspace?" || !strings.HasPrefix(asked.Added, "Thank you") {
			t.Errorf("the timeline has %q and %q", asked.Text, asked.Added)
		}
		h.mends(requests.WithParagraph{Verb: requests.SendMessage{Text: "Hello"}, Text: strings.Repeat("x", 1501)}, "added")
		h.do(requests.WithParagraph{Verb: requests.Note{Text: "A note has no letter."}, Text: "Lost"}).verified()
	})
}

func TestAnAgentsPermissionIsNoGroundWhereNoneAsks(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "GB", policies.Access)
		h.deliver().atDecision()
		err := h.try(h.mara, requests.Decide{Outcome: requests.RefusedAll, Ground: policies.AgentUnproven, Text: "Nobody proved it."})
		var fields requests.FieldErrors
		if !errors.As(err, &fields) || fields["ground"] == "" {
			t.Errorf("refused for want of an agent's permission where nobody else asks: %v", err)
		}
	})
}

// A receipt that is corrected may move a date before countdowns that were told
// already. That it has run out is said all the same.
func TestADateThatMovesBackIsStillTold(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		h.deliver().asRequester(requests.ConfirmMailbox{})
		h.on("2026-03-31 12:00").sweep() // a day before the limit
		h.do(requests.CorrectReceipt{ReceivedAt: h.clock.AddDate(0, 0, -40), Reason: "The letter bears an earlier stamp."})
		h.letters()
		h.deliver().on("2026-04-01 12:00").sweep()
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'remind' AND (data LIKE '%respond.law/overdue%' OR data LIKE '%respond.promise/overdue%')", 2)
	})
}

// An extension that is too long is refused in words while a question is open.
func TestATooLongExtensionIsRefusedWhileAQuestionIsOpen(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-09-02").receive("moxora", "DE", policies.Access)
		h.deliver().on("2026-09-20").do(requests.AskQuestion{Question: "Which account do you mean?"})
		err := h.on("2026-10-12").try(h.mara, requests.Extend{Ground: "complexity", Reason: "There is much to look through.", Until: "2028-01-25"})
		var fields requests.FieldErrors
		if !errors.As(err, &fields) || fields["until"] == "" {
			t.Errorf("the extension gave %v, want a word about its date", err)
		}
	})
}
