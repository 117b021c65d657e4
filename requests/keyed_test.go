package requests_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// What the same person asked of companies that a colleague does not serve takes
// no place from what they may see.
func TestOtherRequestsOfAPersonAreThoseACallerMaySee(t *testing.T) {
	each(t, func(h *house) {
		mine := h.receive("opvio", "DE", policies.Access).Requests[0]
		h.receive("opvio", "DE", policies.Correction)
		for range 11 {
			h.clock = h.clock.Add(time.Minute)
			h.receive("moxora", "DE", policies.Access, policies.Correction)
		}
		ola := h.hire("ola@example.com", "Ola Berg", access.Handler, access.OnlyPolicies("opvio"))
		v, err := h.Open(h.Context(), ola, h.clock, mine.Reference, false)
		if err != nil || len(v.Others) != 1 || v.Others[0].Policy != "opvio" {
			t.Errorf("%d others, %v", len(v.Others), err)
		}
	})
}

// keyed is a letter that somebody of the team keys in.
func keyed(nonce string, at time.Time) requests.Submission {
	return requests.Submission{
		Nonce: "keyed-in-by-staff-" + nonce, Policy: "moxora", Rights: []policies.Right{policies.Access, policies.Deletion}, Residence: "GB",
		Channel: "post", Language: "en", ReceivedAt: at, Person: requests.Person{Email: "dana.whitlock@example.org"},
	}
}

func TestALetterIsKeyedInWithItsTrueReceipt(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-11-16").receive("moxora", "GB", policies.Correction)
		h.on("2026-11-20 16:00")
		arrived := h.clock.AddDate(0, 0, -3)
		receipt, err := h.Receive(h.Context(), h.mara, h.clock, keyed("one", arrived))
		if err != nil {
			t.Fatal(err)
		}
		h.last, h.request = receipt.Requests[0].Reference, receipt.Requests[0]
		h.want("respond.law", requests.Running, "12-17")
		if r := h.opened; !r.ReceivedAt.Equal(arrived) || r.Channel != "post" || r.Timeline[0].Actor != h.mara.Actor() {
			t.Errorf("it was received %s by %s, recorded by %s", r.ReceivedAt, r.Channel, r.Timeline[0].Actor)
		}
		again, err := h.Receive(h.Context(), h.mara, h.clock, keyed("one", arrived))
		if err != nil || !again.Again || len(again.Requests) != 2 || again.Requests[0].Reference != h.last {
			t.Errorf("posted again it gave %+v: %v", again, err)
		}

		for name, at := range map[string]time.Time{"future": h.clock.Add(time.Minute), "years ago": h.clock.AddDate(-3, 0, 0)} {
			var mend requests.FieldErrors
			if _, err := h.Receive(h.Context(), h.mara, h.clock, keyed(name, at)); !errors.As(err, &mend) || mend["received"] == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		auditor := h.hire("eve@example.com", "Eve Wu", access.Auditor, access.AllPolicies())
		if _, err := h.Receive(h.Context(), auditor, h.clock, keyed("two", arrived)); !errors.Is(err, requests.ErrForbidden) {
			t.Errorf("an auditor recorded one: %v", err)
		}

		mine, err := h.OpenOf(h.Context(), h.mara, " Dana.Whitlock@EXAMPLE.org")
		if err != nil || len(mine) != 3 || !strings.HasPrefix(mine[0].Reference, "MOX-") {
			t.Errorf("%d open requests of the address: %v", len(mine), err)
		}
		other := h.hire("ola@example.com", "Ola Berg", access.Handler, access.OnlyPolicies("opvio"))
		if theirs, err := h.OpenOf(h.Context(), other, "dana.whitlock@example.org"); err != nil || len(theirs) != 0 {
			t.Errorf("another policy's team sees %d: %v", len(theirs), err)
		}
		if none, err := h.OpenOf(h.Context(), h.mara, "nobody"); err != nil || len(none) != 0 {
			t.Errorf("what is no address has %d: %v", len(none), err)
		}
		h.verified()
	})
}
