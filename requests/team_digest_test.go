package requests_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/mailer"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

// morning plays a turn of the chore and lists who got a letter of the morning.
func (h *house) morning(at string) string {
	h.Helper()
	h.on(at).post = nil
	for range 2 { // two processes
		if err := h.DigestTeam(h.Context(), h.clock); err != nil {
			h.Fatal(err)
		}
	}
	h.deliver()
	var list []string
	for _, e := range h.post {
		if strings.HasPrefix(e.Subject, "Your requests on") {
			name, _, _ := strings.Cut(e.To, "@")
			list = append(list, name)
		}
	}
	return strings.Join(list, " ")
}

// notices sets what somebody wants.
func (h *house) notices(who access.Caller, n people.Notices) {
	h.Helper()
	if err := h.people.SetNotices(h.Context(), who.ID, n); err != nil {
		h.Fatal(err)
	}
}

func TestTheLetterOfTheMorningComesOnceByTheWallOfItsReader(t *testing.T) {
	each(t, func(h *house) {
		h.notices(h.mara, people.Notices{Digest: true, Zone: "Europe/Berlin"})
		kai := h.hire("kai@example.com", "Kai", access.Handler, access.OnlyPolicies("opvio")) // Los Angeles, as the policy
		yuki := h.hire("yuki@example.com", "Yuki", access.Handler, access.AllPolicies())
		h.notices(yuki, people.Notices{Digest: true, Zone: "Asia/Tokyo"})
		off := h.hire("off@example.com", "Off", access.Handler, access.AllPolicies())
		h.notices(off, people.Notices{})
		h.hire("reads@example.com", "Reads", access.Auditor, access.AllPolicies())
		if got := h.morning("2026-03-02 08:00"); got != "" {
			t.Errorf("with nothing to tell letters went to %q", got)
		}
		h.on("2026-03-02 10:00").receive("sectora", "DE", policies.Access)
		h.deliver()
		for _, step := range []struct{ at, want string }{
			{"2026-03-28 23:00", ""},     // Saturday
			{"2026-03-29 22:30", "yuki"}, // Monday, 07:30 in Tokyo
			{"2026-03-30 04:59", ""},     // the clocks went forward in Berlin on Sunday
			{"2026-03-30 05:00", "mara"},
			{"2026-03-30 14:00", ""}, // Kai serves a policy with no request
			{"2026-03-30 20:00", ""},
			{"2026-04-06 12:00", "mara yuki"}, // a week ahead: the newest alone
			{"2026-03-31 12:00", "mara yuki"}, // and back
			{"2026-04-06 12:30", ""},
			{"2026-04-07 12:30", "mara yuki"},
		} {
			if got := h.morning(step.at); !sameWords(got, step.want) {
				t.Errorf("%s: letters went to %q, want %q", step.at, got, step.want)
			}
		}
		letter := h.post[0].Text
		for _, want := range []string{"Overdue: 1", h.last, "due Thursday 2 April 2026"} {
			if !strings.Contains(letter, want) {
				t.Errorf("the letter does not say %q:\n%s", want, letter)
			}
		}
		if strings.Contains(letter, "Dana") || strings.Contains(letter, "dana.whitlock") {
			t.Errorf("the letter names the requester:\n%s", letter)
		}
		h.on("2026-04-08 06:00").receive("opvio", "US-CA", policies.Access)
		h.do(requests.Assign{UserID: h.mara.ID})
		h.asMine(kai)
		if got := h.morning("2026-04-08 14:00"); !sameWords(got, "mara kai yuki") {
			t.Errorf("letters went to %q", got)
		}
		for _, e := range h.post {
			if strings.HasPrefix(e.To, "kai@") && strings.Contains(e.Text, "SEC-") {
				t.Errorf("Kai read of a policy they do not serve:\n%s", e.Text)
			}
		}
	})
}

// A reply to a request that nobody has goes to nobody at once: the letter of the
// morning names it, for a week also where the request is closed.
func TestTheLetterOfTheMorningNamesRepliesToWhatNobodyHas(t *testing.T) {
	each(t, func(h *house) {
		replies := func(at string) string {
			h.Helper()
			if h.morning(at) == "" {
				return ""
			}
			for _, line := range strings.Split(h.post[0].Text, "\n") {
				if contains(line, "repl") {
					return line
				}
			}
			return ""
		}
		h.on("2026-03-02 10:00").receive("sectora", "DE", policies.Access)
		h.do(requests.Dismiss{Outcome: requests.NotUs, Text: "Write to your employer."}).deliver()
		closed, its := h.last, h.request
		if got := replies("2026-03-03 12:00"); got != "" {
			t.Errorf("before anybody replied it says %q", got)
		}
		h.asRequester(requests.Reply{Text: "To which one?"})
		h.on("2026-03-03 13:00").receive("sectora", "DE", policies.Access)
		h.deliver().post = nil
		h.asRequester(requests.Reply{Text: "One more thing."})
		if got := h.lettersTo("mara@example.com"); len(got) != 0 {
			t.Errorf("of a request that nobody has Mara got %q", got[0].Subject)
		}
		if got := replies("2026-03-04 12:00"); !strings.Contains(got, "2") || !strings.Contains(h.post[0].Text, closed) {
			t.Errorf("of two replies it says %q:\n%s", got, h.post[0].Text)
		}
		if got := replies("2026-03-11 12:00"); !strings.Contains(got, "1") || strings.Contains(h.post[0].Text, closed) {
			t.Errorf("a week later it says %q:\n%s", got, h.post[0].Text)
		}
		h.last, h.request = closed, its
		h.asRequester(requests.Reply{Text: "I still wait."}).do(requests.SendMessage{Text: "We do not know."}).deliver()
		if replies("2026-03-12 12:00"); strings.Contains(h.post[0].Text, closed) {
			t.Errorf("what was answered is still named:\n%s", h.post[0].Text)
		}
	})
}

// What was still waiting when its reader left, got another role or lost a policy
// does not leave; the next one is theirs again.
func TestALetterOfTheWorkDoesNotLeaveOnceItsReaderMayNotReadIt(t *testing.T) {
	moxora := access.OnlyPolicies("moxora", "opvio")
	change := func(role access.Role, serves access.Policies) func(*house, access.Caller, int64) error {
		return func(h *house, admin access.Caller, id int64) error {
			return h.Change(h.Context(), admin, h.clock, id, people.Change{Name: "Kai", Role: role, Policies: serves})
		}
	}
	leave := func(h *house, admin access.Caller, id int64) error {
		return h.LetLeave(h.Context(), admin, h.clock, id)
	}
	for name, c := range map[string]struct {
		happens func(*house, access.Caller, int64) error
		morning bool // still leaves
		volume  bool
	}{
		"nothing":                 {func(*house, access.Caller, int64) error { return nil }, true, true},
		"they left":               {leave, false, false},
		"they audit":              {change(access.Auditor, moxora), false, false},
		"they handle":             {change(access.Handler, moxora), true, false},
		"they serve less":         {change(access.Administrator, access.OnlyPolicies("moxora")), false, false},
		"they serve all policies": {change(access.Administrator, access.AllPolicies()), true, true},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *house) {
				admin := h.hire("admin@example.com", "Ada Admin", access.Administrator, access.AllPolicies())
				kai := h.hire("kai@example.com", "Kai", access.Administrator, moxora)
				h.on("2026-03-02 12:00")
				for range 20 {
					h.receive("moxora", "DE", policies.Access)
				}
				h.clock = h.clock.Add(time.Second)
				h.deliver().refuse = &mailer.Failure{Step: "connecting", Reply: "connection refused"}
				if err := errors.Join(h.DigestTeam(h.Context(), h.clock), h.WatchVolume(h.Context(), h.clock)); err != nil {
					t.Fatal(err)
				}
				h.work()
				if err := c.happens(h, admin, kai.ID); err != nil {
					t.Fatal(err)
				}
				h.refuse, h.post, h.clock = nil, nil, h.clock.Add(time.Hour)
				var morning, volume bool
				for _, e := range h.work().post {
					if e.To == "kai@example.com" {
						morning, volume = morning || contains(e.Subject, "your requests on"), volume || contains(e.Subject, "far more requests")
					}
				}
				if morning != c.morning || volume != c.volume {
					t.Errorf("the letter of the morning left: %t, that of the unusual day: %t", morning, volume)
				}
				h.stored("SELECT COUNT(*) FROM outbox WHERE kind = 'staff_letter' AND state <> 'done'", 0)
			})
		})
	}
}

// asMine gives the last request to somebody.
func (h *house) asMine(who access.Caller) {
	h.Helper()
	h.do(requests.Assign{UserID: who.ID})
}

func sameWords(a, b string) bool {
	left, right := map[string]int{}, map[string]int{}
	for _, w := range strings.Fields(a) {
		left[w]++
	}
	for _, w := range strings.Fields(b) {
		right[w]++
	}
	if len(left) != len(right) {
		return false
	}
	for w, n := range left {
		if right[w] != n {
			return false
		}
	}
	return true
}
