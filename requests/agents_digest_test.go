package requests_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/agents"
	"dsr/policies"
	"dsr/requests"
)

// digests writes the weekly letters that are due and lists whom they went to.
func (h *house) digests() (to []string) {
	h.Helper()
	h.deliver().post = nil
	if err := h.Digest(h.Context(), h.clock); err != nil {
		h.Fatal(err)
	}
	h.deliver()
	for _, e := range h.post {
		if contains(e.Subject, "requests") || contains(e.Subject, "week") {
			to = append(to, e.To)
		}
	}
	return to
}

func TestTheDigestComesOnceAWeekOnMondayMorning(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-04") // a Wednesday
		a := h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		h.meet("idle@permission.example", "Idle Ltd", agents.AsAgent)
		h.ask("unproved@permission.example", "Unproved Ltd", agents.AsAgent)
		h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		zone, err := time.LoadLocation(h.zone())
		if err != nil {
			t.Fatal(err)
		}
		monday := time.Date(2026, 3, 9, 8, 0, 0, 0, zone)
		for _, c := range []struct {
			at   time.Time
			want int
			why  string
		}{
			{h.clock.Add(time.Hour), 0, "on the day they became known"},
			{monday.Add(-time.Second), 0, "a second too early"},
			{monday, 1, "on Monday"},
			{monday.Add(time.Minute), 0, "a minute later"},
			{monday.Add(6 * 24 * time.Hour), 0, "on Sunday"},
			{monday.AddDate(0, 0, 7), 1, "a week later"},
			{monday.AddDate(0, 0, 24), 1, "on Thursday, after ten days without a process"},
			{monday.AddDate(0, 0, 24).Add(time.Hour), 0, "an hour after that"},
		} {
			h.clock = c.at.UTC()
			if got := h.digests(); len(got) != c.want || len(got) > 0 && got[0] != "desk@permission.example" {
				t.Errorf("%s the digest went to %q, want %d", c.why, got, c.want)
			}
		}
		if err := h.SetDigest(h.Context(), a, h.clock, false); err != nil {
			t.Fatal(err)
		}
		h.clock = monday.AddDate(0, 0, 35).UTC()
		if got := h.digests(); len(got) != 0 {
			t.Errorf("switched off it went to %q", got)
		}
		if err := h.SetDigest(h.Context(), a, h.clock, true); err != nil {
			t.Fatal(err)
		}
		if got := h.digests(); len(got) != 1 {
			t.Errorf("switched on again it went to %q", got)
		}
	})
}

// zone is where the days of Moxora's policy begin.
func (h *house) zone() string {
	h.Helper()
	pack, err := h.Book().Pack("moxora")
	if err != nil {
		h.Fatal(err)
	}
	return pack.Zone
}

func TestTheDigestCountsWhatIsOpenAndWhatWasAnswered(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-04")
		h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		h.do(requests.AskProof{Authority: true, What: "A signed permission.", Why: "We have none."})
		h.represented("desk@permission.example", "agent", "b@example.org", "US-CA", policies.OptOutSale)
		h.do(requests.TakeUp{}).do(requests.RecordFindings{Systems: []requests.Searched{{System: "App", Found: "found"}}}).do(requests.Decide{Outcome: requests.Granted, Text: "Done."})
		h.represented("desk@permission.example", "agent", "c@example.org", "US-CA", policies.OptOutSale)
		h.on("2026-03-09 18:00")
		if got := h.digests(); len(got) != 1 {
			t.Fatalf("it went to %q", got)
		}
		text := h.post[len(h.post)-1].Text
		for _, line := range []string{"2", "1"} {
			if !strings.Contains(text, line) {
				t.Errorf("the digest says\n%s", text)
			}
		}
		token, _, _ := h.agentLetter()
		if _, err := h.UseAgentLink(h.Context(), h.clock, token); err != nil {
			t.Errorf("its link gave %v", err)
		}
		h.on("2026-03-16 18:00")
		h.sql("UPDATE requests SET closed_at = received_at, phase = 'closed', answered_at = received_at")
		if got := h.digests(); len(got) != 0 {
			t.Errorf("with nothing open and nothing answered it went to %q", got)
		}
	})
}

// Several processes, and one that dies: the week is noted with its letter.
func TestTheDigestIsWrittenOnceHoweverOftenItIsTried(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-04")
		h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		h.represented("desk@permission.example", "agent", "a@example.org", "US-CA", policies.Access)
		h.deliver().post = nil
		h.on("2026-03-09 18:00")
		done := make(chan error)
		for range 4 {
			go func() { done <- h.Digest(h.Context(), h.clock) }()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		h.deliver()
		if got := h.to("desk@permission.example"); len(got) != 1 {
			t.Errorf("the agent got %q", got)
		}
		h.stored("SELECT count(*) FROM agent_letters WHERE kind = 'agent_digest'", 1)
		h.stored("SELECT count(*) FROM agent_letters WHERE sealed IS NOT NULL", 0)
	})
}

func TestALetterToAnAgentThatTheServerRefusesIsNoted(t *testing.T) {
	each(t, func(h *house) {
		h.ask("desk@permission.example", "Permission Ltd", agents.AsAgent)
		h.refuse = permanent()
		h.deliver()
		h.stored("SELECT count(*) FROM agent_letters WHERE state = 'failed'", 1)
		h.refuse = nil
		a := access.Caller{Kind: access.Agent, ID: 1}
		if _, err := h.AgentOf(h.Context(), a); err != nil {
			t.Error(err)
		}
	})
}

// A law that comes in later asks for no second confirmation.
func TestTheLetterAboutATableCountsUnderALawSetLater(t *testing.T) {
	each(t, func(h *house) {
		a := agent(h)
		h.sheet(a, "email,right,residence\na@example.org,access,DE\n")
		h.deliver()
		list, err := h.AskedBy(h.Context(), a, h.clock, false, requests.Page{})
		if err != nil || len(list.Rows) != 1 {
			t.Fatal(err)
		}
		h.last = list.Rows[0].Reference
		h.do(requests.SetLaw{Residence: "US-CA", Reason: "The agent wrote that she moved."})
		i := slices.IndexFunc(h.request.Clocks, func(c requests.Clock) bool { return c.Kind == policies.Acknowledge })
		if i < 0 || h.request.Clocks[i].MetAt.IsZero() {
			t.Errorf("its receipt has still to be confirmed")
		}
		h.verified()
	})
}
