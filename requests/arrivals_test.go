package requests_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

// Who asked for it gets one letter about each new request they could take up,
// and nobody else does.
func TestWhoAskedForItIsToldOfEachNewRequest(t *testing.T) {
	each(t, func(h *house) {
		wants := people.Notices{Arrivals: true}
		opvio := h.hire("kai@example.com", "Kai", access.Handler, access.OnlyPolicies("opvio"))
		reads := h.hire("reads@example.com", "Reads", access.Auditor, access.AllPolicies())
		for _, who := range []access.Caller{h.mara, opvio, reads} {
			h.notices(who, wants)
		}
		h.hire("quiet@example.com", "Quiet", access.Handler, access.AllPolicies())

		h.on("2026-03-02 10:00").receive("moxora", "DE", policies.Access, policies.Deletion)
		h.oneArrival("mara@example.com", 2)
		h.on("2026-03-03 10:00").receive("opvio", "US-CA", policies.Access)
		h.oneArrival("kai@example.com", 1)
		h.stored("SELECT COUNT(*) FROM letters WHERE kind = 'team_new'", 4) // Mara's three and Kai's
		h.verified()
	})
}

// oneArrival wants as many letters about new requests, each once.
func (h *house) oneArrival(address string, many int) {
	h.Helper()
	want := slices.Repeat([]string{"new request"}, many)
	if got := h.deliver().subjectsTo(address); !slices.Equal(got, want) {
		h.Errorf("%s was sent %q, want %q", address, got, want)
	}
	if got := h.again().subjectsTo(address); len(got) > 0 {
		h.Errorf("after a crash %s was sent %q again", address, got)
	}
}

// A flood writes twenty such letters on a day, and quiet hours keep them back.
func TestLettersAboutNewRequestsAreBounded(t *testing.T) {
	each(t, func(h *house) {
		h.notices(h.mara, people.Notices{Arrivals: true, QuietFrom: 20 * 60, QuietUntil: 7 * 60, Zone: "Europe/Berlin"})
		h.on("2026-03-02 22:00").receive("moxora", "DE", policies.Access)
		if got := h.deliver().lettersTo("mara@example.com"); len(got) > 0 {
			t.Error("a letter left in quiet hours")
		}
		h.on("2026-03-03 09:00").post = nil
		if got := h.deliver().lettersTo("mara@example.com"); len(got) != 1 {
			t.Errorf("in the morning %d letters left", len(got))
		}
		h.post = nil
		for range 30 {
			h.clock = h.clock.Add(time.Minute)
			h.receive("moxora", "DE", policies.Access)
		}
		if got := h.deliver().lettersTo("mara@example.com"); len(got) != 20 {
			t.Errorf("of 30 requests on a day %d letters were written", len(got))
		}
		h.on("2026-03-04 09:00").post = nil
		h.receive("moxora", "DE", policies.Access)
		if got := h.deliver().lettersTo("mara@example.com"); len(got) != 1 {
			t.Errorf("on the next day %d letters were written", len(got))
		}
	})
}

// Another look that somebody asks for is a new request.
func TestAnAppealIsANewRequestToo(t *testing.T) {
	each(t, func(h *house) {
		h.atDecisionOf("opvio", "US-VA", policies.Deletion)
		h.do(requests.Decide{Outcome: requests.RefusedAll, Ground: "legal_obligation_retain", Text: "No."})
		h.deliver().post = nil
		h.notices(h.mara, people.Notices{Arrivals: true})
		h.asRequester(requests.Appeal{Text: "Look again."})
		first := h.request.Reference
		for _, e := range h.deliver().lettersTo("mara@example.com") {
			if strings.HasSuffix(e.Subject, "new request") && strings.Contains(e.Text, "First request:  "+first) {
				return
			}
		}
		t.Errorf("Mara was sent nothing that names %s as the first request", first)
	})
}

// Letters are bounded by when requests come here, not by the day they were
// received: old ones that come in at once are a flood too. What reads unclear is
// told of, what may be spam is not, and it uses nothing up.
func TestOldRequestsThatComeAtOnceAreBoundedToo(t *testing.T) {
	each(t, func(h *house) {
		h.notices(h.mara, people.Notices{Arrivals: true})
		h.on("2026-03-03 09:00")
		for n := range 25 {
			h.mailTo("moxora", fmt.Sprintf("Message-ID: <s%d@example.org>", n), fmt.Sprintf("From: Person <p%d@example.org>", n), "Subject: x", "X-Spam-Flag: YES", "", "Please delete my account.")
		}
		if got := h.lettersTo("mara@example.com"); len(got) != 0 {
			t.Errorf("of spam %d letters were written", len(got))
		}
		h.mailTo("moxora", "Message-ID: <u@example.org>", "From: Person <p@example.org>", "Subject: x", "", "Hello there.")
		if got := h.lettersTo("mara@example.com"); len(got) != 1 {
			t.Errorf("of an unclear message %d letters were written", len(got))
		}
		h.entered(30)
		if got := h.lettersTo("mara@example.com"); len(got) > 0 {
			t.Errorf("who enters requests was sent %d letters about them", len(got))
		}
		noor := h.hire("noor@example.com", "Noor", access.Handler, access.AllPolicies())
		h.notices(noor, people.Notices{Arrivals: true})
		h.entered(30)
		if got := h.lettersTo("noor@example.com"); len(got) != arrivalsADay-1 {
			t.Errorf("of 30 requests that were entered %d letters were written", len(got))
		}
	})
}

// arrivalsADay is how many new requests of a policy are written about on a day.
const arrivalsADay = 20

// entered types requests in that were received by phone the day before.
func (h *house) entered(many int) {
	h.Helper()
	for range many {
		h.nonces++
		_, err := h.Receive(h.Context(), h.mara, h.clock, requests.Submission{
			Nonce: fmt.Sprintf("entered-by-staff-%06d", h.nonces), Policy: "moxora", Rights: []policies.Right{policies.Access}, Channel: "phone", Language: "en",
			Residence: "DE", ReceivedAt: h.clock.AddDate(0, 0, -1), Person: requests.Person{Email: "d.w@example.org"},
		})
		if err != nil {
			h.Fatal(err)
		}
	}
}
