package evidence_test

import (
	"bytes"
	"strings"
	"testing"

	"dsr/access"
	"dsr/deadlines"
	"dsr/evidence"
	"dsr/policies"
	"dsr/requests"
)

// A holiday that the team set moves dates; the pack holds it, so that the dates
// can be worked out by whoever does not know of it.
func TestAHolidayOfTheHouseIsInThePack(t *testing.T) {
	each(t, func(h *house) {
		h.receive()
		admin := h.mara
		admin.Role = access.Administrator
		day := requests.DayChange{Calendar: "GB-EAW", Off: true, Name: "Day of mourning", Reason: "Announced on 2 November"}
		day.Date = must(deadlines.ParseDate("2026-11-26"))
		if _, err := h.SetDay(h.Context(), admin, h.clock, 0, day); err != nil {
			h.Fatal(err)
		}
		h.deliver()
		pack := h.pack(h.mara, requests.MakeEvidence{})
		if page := string(unzipped(h, pack)["index.html"]); !strings.Contains(page, "Fri 27 Nov 2026") || !strings.Contains(page, "Day of mourning") {
			h.Error("the page does not tell of the holiday")
		}
		var found []string
		elsewhere := must(policies.Load(policies.Options{}))
		report, err := evidence.Verify(bytes.NewReader(pack), int64(len(pack)), evidence.Options{Book: elsewhere}, func(s string) { found = append(found, s) })
		if err != nil || len(found) > 0 || !strings.Contains(strings.Join(report.Open, "\n"), "are not those that this program has") {
			h.Errorf("%v, found %q, open %q", err, found, report.Open)
		}
	})
}

// Whom else the controller told stands in the answer; it goes with the record.
func TestAPackSaysWhoElseWasTold(t *testing.T) {
	each(t, func(h *house) {
		h.receiveOf(policies.Deletion)
		h.do(h.caller, requests.ConfirmMailbox{}).do(h.mara, requests.TakeUp{})
		h.do(h.mara, requests.RecordFindings{Systems: []requests.Searched{{System: "App database", Found: "found"}}})
		h.do(h.mara, requests.Decide{Outcome: requests.Granted, Text: "Gone.", Told: "Parcel Post, which brought letters to Erin Okonjo."}).deliver()
		if page := string(unzipped(t, h.pack(h.mara, requests.MakeEvidence{}))["index.html"]); !strings.Contains(page, "Who else was told") || !strings.Contains(page, "Parcel Post") || strings.Contains(page, "Erin") {
			h.Errorf("the masked pack does not tell it, or whom it is about:\n%s", page)
		}
		whole := h.pack(h.mara, requests.MakeEvidence{Personal: true})
		if page := string(unzipped(t, whole)["index.html"]); !strings.Contains(page, "brought letters to Erin Okonjo") {
			h.Errorf("the whole pack does not tell it:\n%s", page)
		}
		if _, found, err := h.verify(whole, h.public()); err != nil || len(found) > 0 {
			h.Errorf("%v, found: %q", err, found)
		}
		admin := h.mara
		admin.Role = access.Administrator
		h.do(h.mara, requests.Close{Done: true})
		if err := h.SetRetention(h.Context(), admin, h.clock, "moxora", 12); err != nil {
			h.Fatal(err)
		}
		h.on("2029-12-01 09:00")
		if n, err := h.SweepRetention(h.Context(), h.clock); n != 1 || err != nil {
			h.Fatalf("%d erased: %v", n, err)
		}
		for path, content := range unzipped(t, h.pack(admin, requests.MakeEvidence{})) {
			if bytes.Contains(content, []byte("Parcel Post")) {
				h.Errorf("after the erasure %s still tells it", path)
			}
		}
	})
}

// A record whose time is over is erased; what is left still proves how it was
// handled.
func TestAnErasedRequestStillHasItsProof(t *testing.T) {
	each(t, func(h *house) {
		h.play().do(h.mara, requests.Close{Done: true})
		admin := h.mara
		admin.Role = access.Administrator
		if err := h.SetRetention(h.Context(), admin, h.clock, "moxora", 12); err != nil {
			h.Fatal(err)
		}
		h.on("2029-12-01 09:00")
		if _, err := h.SweepRetention(h.Context(), h.clock); err != nil {
			h.Fatal(err)
		}
		v, err := h.Open(h.Context(), h.mara, h.clock, h.ref, false)
		if err != nil || v.Facts.Erased.IsZero() {
			h.Fatalf("it is not erased: %v", err)
		}
		report, found, err := h.verify(h.pack(admin, requests.MakeEvidence{}), h.public())
		if err != nil || len(found) > 0 {
			h.Fatalf("%v, found:\n%s", err, strings.Join(found, "\n"))
		}
		if open := strings.Join(report.Open, "\n"); !strings.Contains(open, "blotted out or erased") {
			h.Errorf("it does not say what is gone: %s", open)
		}
	})
}
