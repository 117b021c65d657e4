package requests_test

import (
	"strings"
	"testing"

	"dsr/access"
	"dsr/policies"
)

// A day on which far more comes than usual is told to administrators, once,
// however often and by however many processes it is looked at.
func TestAnUnusualDayIsToldOnce(t *testing.T) {
	each(t, func(h *house) {
		h.hire("ada@example.com", "Ada", access.Administrator, access.OnlyPolicies("moxora"))
		h.hire("olaf@example.com", "Olaf", access.Administrator, access.OnlyPolicies("opvio"))
		unusual := func() (to []string) {
			for range 2 {
				if err := h.WatchVolume(h.Context(), h.clock); err != nil {
					t.Fatal(err)
				}
			}
			for _, e := range h.deliver().post {
				if strings.Contains(e.Subject, "far more requests") {
					to = append(to, e.To)
				}
			}
			h.post = nil
			return to
		}
		many := func(n int) {
			for range n {
				h.receive("moxora", "DE", policies.Access)
			}
		}
		h.on("2026-03-02 09:00")
		many(19)
		if got := unusual(); len(got) != 0 {
			t.Errorf("of 19 requests were told %q", got)
		}
		many(1)
		h.clock = h.clock.Add(1e9)
		if got := unusual(); len(got) != 1 || got[0] != "ada@example.com" {
			t.Errorf("of 20 were told %q", got)
		}
		many(5)
		if got := unusual(); len(got) != 0 {
			t.Errorf("on the same day again %q", got)
		}
		// 25 in 28 days: four times as many, 100/28, are far below twenty.
		h.on("2026-03-03 09:00")
		many(20)
		h.clock = h.clock.Add(1e9)
		if got := unusual(); len(got) != 1 {
			t.Errorf("on the next day were told %q", got)
		}
	})
}
