package reports_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/policies"
	"dsr/reports"
	"dsr/requests"
)

// monday plays a turn of the chore and of the outbox.
func (h *house) monday(w *reports.Weekly, send func(context.Context, mailer.Envelope) error) {
	h.Helper()
	h.must(w.Sweep(h.Context(), h.clock))
	_, err := outbox.Drain(h.Context(), h.db, h.clock, w.Jobs("dsr@example.com", func() time.Time { return h.clock }, send))
	h.must(err)
}

// TestTheLetterOfTheWeekComesOnceToThoseWhoAnswerForAPolicy follows it through a
// week, a mail server that is down, and a second process.
func TestTheLetterOfTheWeekComesOnceToThoseWhoAnswerForAPolicy(t *testing.T) {
	each(t, func(h *house) {
		h.hire("opvio-admin@example.com", access.Administrator, access.OnlyPolicies("opvio"))
		w := &reports.Weekly{Desk: h.Desk, People: h.people, Words: h.catalogue, BaseURL: "https://privacy.example.com"}
		h.at("2026-11-18T10:00:00Z")
		h.answer(h.receive("opvio", "US-CA", policies.Access))
		h.receive("opvio", "US-CA", policies.OptOutSale)

		var post []mailer.Envelope
		take := func(_ context.Context, e mailer.Envelope) error { post = append(post, e); return nil }
		h.at("2026-11-23T06:59:00Z").monday(w, take) // Monday, before the hour
		if len(post) != 0 {
			h.Fatalf("%d letters came before there was a week to tell of", len(post))
		}
		h.at("2026-11-23T07:00:00Z").monday(w, func(context.Context, mailer.Envelope) error {
			return &mailer.Held{Until: h.clock.Add(time.Minute)}
		})
		var attempts int
		h.must(h.db.Read().NewRaw("SELECT max(attempts) FROM outbox WHERE kind = ?", reports.WeeklyKind).Scan(h.Context(), &attempts))
		if attempts != 0 {
			h.Errorf("a letter whose turn had not come was counted as tried %d times", attempts)
		}
		h.at("2026-11-23T07:02:00Z").monday(w, func(context.Context, mailer.Envelope) error { return errors.New("the server is down") })
		h.at("2026-11-23T15:10:00Z").monday(w, take) // seven o’clock in California
		h.at("2026-11-23T15:20:00Z").monday(&reports.Weekly{Desk: h.Desk, People: h.people, Words: h.catalogue, BaseURL: w.BaseURL}, take)
		h.at("2026-11-26T09:00:00Z").monday(w, take)

		var to []string
		for _, e := range post {
			to = append(to, e.To)
		}
		slices.Sort(to)
		officer, err := h.book.Pack("opvio")
		h.must(err)
		want := []string{"ada@example.com", "opvio-admin@example.com", officer.Contacts.Officer()}
		slices.Sort(want)
		if !slices.Equal(to, want) {
			h.Fatalf("letters went to %v, want %v once each", to, want)
		}
		for _, e := range post {
			for _, words := range []string{"Opvio", "16 November 2026", "22 November 2026", "from=2026-11-16", "until=2026-11-22"} {
				if text := strings.Join(strings.Fields(e.Text), " "); !strings.Contains(text, words) {
					h.Errorf("the letter to %s does not say %q:\n%s", e.To, words, e.Text)
				}
			}
			if strings.Contains(e.Text, "person-") || strings.Contains(e.Text, "OPV-") {
				h.Errorf("the letter names somebody, or their request:\n%s", e.Text)
			}
			if e.To == "opvio-admin@example.com" && strings.Contains(e.Text, "Moxora") {
				h.Errorf("the letter tells of a policy its reader does not serve:\n%s", e.Text)
			}
		}
		h.at("2026-11-30T15:30:00Z").monday(w, take)
		if len(post) != 2*len(want) {
			h.Errorf("after the next Monday %d letters had come, want %d", len(post), 2*len(want))
		}
		ids := map[string]bool{}
		for _, e := range post {
			ids[e.MessageID] = true
		}
		if len(ids) != len(post) {
			h.Errorf("%d letters have %d ids", len(post), len(ids))
		}
	})
}

// After an outage of days the letter of the week leaves as soon as any other:
// that nobody could be reached says nothing about it.
func TestTheLetterOfTheWeekLeavesSoonAfterAnOutage(t *testing.T) {
	each(t, func(h *house) {
		w := &reports.Weekly{Desk: h.Desk, People: h.people, Words: h.catalogue, BaseURL: "https://privacy.example.com"}
		h.at("2026-11-18T10:00:00Z").receive("opvio", "US-CA", policies.Access)
		h.at("2026-11-23T15:00:00Z").must(w.Sweep(h.Context(), h.clock))
		sent, up := 0, false
		try := func() {
			jobs := w.Jobs("dsr@example.com", func() time.Time { return h.clock }, func(context.Context, mailer.Envelope) error {
				if !up {
					return &mailer.Failure{Step: "connecting", Reply: "no route to host"}
				}
				sent++
				return nil
			})
			_, err := outbox.DrainBy(h.Context(), h.db, h.clock, jobs, requests.LetterPolicies(reports.WeeklyKind))
			h.must(err)
		}
		for range 2 * 24 * 6 {
			try()
			h.clock = h.clock.Add(10 * time.Minute)
		}
		up = true
		for range 2 {
			h.clock = h.clock.Add(10 * time.Minute)
			try()
		}
		if sent != 2 {
			h.Errorf("twenty minutes after the outage %d letters have left, want those to the officer and to Ada", sent)
		}
	})
}
