package requests_test

import (
	"errors"
	"strings"
	"testing"

	"dsr/access"
	"dsr/database"
	"dsr/deadlines"
	"dsr/internal/dbtest"
	"dsr/requests"
)

func dateOf(t *testing.T, text string) deadlines.Date {
	t.Helper()
	d, err := deadlines.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADayOffMovesDatesAndTakingItBackMovesThemBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		h := open(t, db)
		noor := h.hire("noor@example.com", "Noor Haddad", access.Administrator, access.AllPolicies())
		otto := h.hire("otto@example.com", "Otto Berg", access.Administrator, access.OnlyPolicies("moxora"))
		h.receive("moxora", "DE", "access")
		calendar := h.request.Ruling.Calendar
		h.want("respond.law", requests.Running, "04-02")
		jubilee := requests.DayChange{Calendar: calendar, Date: dateOf(t, "2026-04-02"), Off: true, Name: "Jubilee", Reason: "proclaimed for this year only", Source: "BGBl. 2026 I Nr. 7"}

		var fields requests.FieldErrors
		if _, err := h.PreviewDay(t.Context(), otto, h.clock, jubilee); !errors.Is(err, requests.ErrForbidden) {
			t.Error("an administrator of one policy may:", err)
		}
		for name, wrong := range map[string]requests.DayChange{
			"date":   {Calendar: calendar, Date: dateOf(t, "2026-04-03"), Off: true, Name: "Again", Reason: "x"}, // Good Friday
			"reason": {Calendar: calendar, Date: jubilee.Date, Off: true, Name: "Jubilee"},
			"name":   {Calendar: calendar, Date: jubilee.Date, Off: true, Reason: "x"},
		} {
			if _, err := h.PreviewDay(t.Context(), noor, h.clock, wrong); !errors.As(err, &fields) || fields[name] == "" {
				t.Errorf("%s: %v %v", name, err, fields)
			}
		}
		effect, err := h.PreviewDay(t.Context(), noor, h.clock, jubilee)
		if err != nil || effect.Open != 1 || effect.Moved != 1 || len(effect.Examples) == 0 || effect.Examples[0].To != dateOf(t, "2026-04-07") {
			t.Fatalf("%+v %v", effect, err)
		}
		h.want("respond.law", requests.Running, "04-02") // looking changes nothing

		if _, err := h.SetDay(t.Context(), noor, h.clock, 0, jubilee); err != nil {
			t.Fatal(err)
		}
		if _, err := h.SetDay(t.Context(), noor, h.clock, 0, jubilee); !errors.As(err, &fields) {
			t.Error("it is set twice:", err)
		}
		h.deliver()
		h.want("respond.law", requests.Running, "04-07")
		h.told(t, "respond.law", "set by the privacy team")
		h.verified()

		first := h.last
		h.receive("moxora", "DE", "deletion")
		h.want("respond.law", requests.Running, "04-07")
		h.last = first
		h.on("2026-03-10")
		if _, err := h.SetDay(t.Context(), noor, h.clock, 0, requests.DayChange{Calendar: calendar, Date: jubilee.Date, Undo: true, Reason: "called off"}); !errors.Is(err, requests.ErrStale) {
			t.Error("who had not seen the edition may take it back:", err)
		}
		if _, err := h.SetDay(t.Context(), noor, h.clock, 1, requests.DayChange{Calendar: calendar, Date: jubilee.Date, Undo: true, Reason: "called off"}); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		h.want("respond.law", requests.Running, "04-02")
		if _, err := h.SetDay(t.Context(), noor, h.clock, 2, requests.DayChange{Calendar: calendar, Date: dateOf(t, "2026-04-03"), Reason: "a working day after all"}); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		h.on("2026-04-20").want("respond.law", requests.Overdue, "04-02")
		if _, err := h.PreviewDay(t.Context(), noor, h.clock, jubilee); !errors.As(err, &fields) || !strings.Contains(fields["date"], "have passed would become later") {
			t.Error("a late answer is made timely:", err)
		}
		if h.entries("set_day", "done") != 3 {
			t.Error("a change is not on the audit trail of the house")
		}
		h.verified()
	})
}

// What was done too late stays too late, also where the request itself still runs.
func TestADayOffMakesNothingTimelyThatWasDoneLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		h := open(t, db)
		noor := h.hire("noor@example.com", "Noor Haddad", access.Administrator, access.AllPolicies())
		h.receive("sectora", "US-CA", "access")
		h.want("acknowledge.law", requests.Running, "03-16")
		h.on("2026-03-17").deliver().want("acknowledge.law", requests.MetLate, "03-16")
		closed := requests.DayChange{Calendar: h.request.Ruling.Calendar, Date: dateOf(t, "2026-03-10"), Off: true, Name: "Closed", Reason: "the office was closed"}
		var fields requests.FieldErrors
		if _, err := h.SetDay(t.Context(), noor, h.clock, 0, closed); !errors.As(err, &fields) || fields["date"] == "" {
			t.Error("a receipt that was confirmed late is made timely:", err)
		}
		h.deliver().want("acknowledge.law", requests.MetLate, "03-16").verified()
	})
}

// told checks that the explanation of a clock says something.
func (h *house) told(t *testing.T, clock, words string) {
	t.Helper()
	d, err := h.Derive(t.Context(), h.mara, h.clock, h.last, clock)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.Steps {
		if strings.Contains(s.Text(), words) {
			return
		}
	}
	t.Errorf("the explanation of %s does not say %q: %v", clock, words, d.Steps)
}
