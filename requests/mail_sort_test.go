package requests_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/intake"
	"dsr/mailbox"
	"dsr/policies"
	"dsr/requests"
)

// No machine has the last word on what a person wrote: staff make a request of
// what was noted or dropped, and it was received when the message was.
func TestStaffMakeARequestOfWhatWasNoted(t *testing.T) {
	each(t, func(h *house) {
		arrived := h.clock
		h.mailTo("moxora", dana, "Subject: My data", "Auto-Submitted: auto-generated", "", "Please delete my account.")
		h.became(intake.Noted)
		h.mailTo("moxora", "From: Eve <eve@example.org>", "Subject: Hm", "List-Id: <x.example.org>", "", "What is this?")
		h.became(intake.Noted)
		h.clock = h.clock.Add(50 * time.Hour)
		for _, line := range h.mails() {
			if err := h.SortMail(h.Context(), h.mara, h.clock, line.ID, ""); line.Kind == mailbox.List && err != nil {
				h.Fatal(err) // dropped by hand, which can be undone too
			}
			auditor := h.hire(fmt.Sprintf("reads%d@example.com", line.ID), "Reads", access.Auditor, access.AllPolicies())
			if _, err := h.AdmitMail(h.Context(), auditor, h.clock, line.ID); !errors.Is(err, requests.ErrForbidden) {
				h.Errorf("who only reads made a request: %v", err)
			}
			r, err := h.AdmitMail(h.Context(), h.mara, h.clock, line.ID)
			if err != nil || !r.ReceivedAt.Equal(arrived) || r.Suspect != requests.SuspectUnclear {
				h.Fatalf("%+v, %v", r, err)
			}
			if _, err := h.AdmitMail(h.Context(), h.mara, h.clock, line.ID); !errors.Is(err, intake.ErrSettled) {
				h.Errorf("it became a request twice: %v", err)
			}
		}
		h.stored("SELECT COUNT(*) FROM requests", 2)
		h.stored("SELECT COUNT(*) FROM mails WHERE outcome = 'request'", 2)
		if len(h.deliver().post) != 0 {
			h.Error("a letter left before anybody confirmed what was read")
		}
		h.verified()
	})
}

// What staff add to a request is the requester's only when they sent it.
func TestWhatStaffAddIsNotTheRequestersUnlessTheySentIt(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		reference := h.last
		stray := func(head ...string) int64 {
			h.Helper()
			h.mailTo("moxora", append(head, "Subject: hm", "Auto-Submitted: auto-generated", "", "Please delete our accounts.")...)
			list := h.mails()
			return list[len(list)-1].ID
		}
		if err := h.SortMail(h.Context(), h.mara, h.clock, stray("From: Tom <tom@example.net>"), reference); err != nil {
			h.Fatal(err)
		}
		last := h.became(intake.Reply).Messages[0]
		if last.Author != "staff" || last.Kind != "note" || !strings.Contains(last.Body, "from t•••@example.net:") || !strings.Contains(last.Body, "delete our accounts") {
			h.Errorf("a stranger's message stands there as %+v", last)
		}
		h.clock = h.clock.Add(time.Second)
		h.do(requests.SendMessage{Text: "A word."})
		for _, e := range h.lettersTo(person) {
			if slices.ContainsFunc(append(e.References, e.InReplyTo), func(id string) bool { return strings.HasSuffix(id, "@mail.example.org") }) {
				h.Errorf("a letter names what a stranger wrote: %q", e.References)
			}
		}
		if err := h.SortMail(h.Context(), h.mara, h.clock, stray(dana), reference); err != nil {
			h.Fatal(err)
		}
		v := h.became(intake.Reply)
		if last := v.Messages[len(v.Messages)-1]; last.Author != "requester" || last.Body != "Please delete our accounts." {
			h.Errorf("the requester's message stands there as %+v", last)
		}
		h.stored("SELECT COUNT(*) FROM audit_entries WHERE act = 'join_mail' AND actor LIKE 'staff%'", 1)
		h.verified()
	})
}

// An erased request takes nothing in any more. Whoever sorts is told so; a report
// about its letter is settled at once, and nothing of it is kept beside it.
func TestAnErasedRequestTakesNoMailIn(t *testing.T) {
	each(t, func(h *house) {
		noor := h.hire("noor@example.com", "Noor Haddad", access.Administrator, access.AllPolicies())
		h.receive("moxora", "DE", policies.Access)
		h.asRequester(requests.Withdraw{})
		reference, letter := h.last, h.deliver().post[0]
		if err := h.SetRetention(h.Context(), noor, h.clock, "moxora", 12); err != nil {
			h.Fatal(err)
		}
		if n, err := h.on("2030-03-02").SweepRetention(h.Context(), h.clock); err != nil || n != 1 {
			h.Fatalf("%d were erased: %v", n, err)
		}
		h.mailTo("moxora", "Return-Path: <>", "From: MAILER-DAEMON@mx.example.org", "To: "+letter.BounceTo, "Subject: Undelivered Mail",
			"MIME-Version: 1.0", `Content-Type: multipart/report; report-type=delivery-status; boundary="b"`, "",
			"--b", "Content-Type: text/plain", "", "Sorry.", "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.org", "",
			"Final-Recipient: rfc822; "+letter.To, "Action: failed", "Status: 5.2.2", "", "--b--")
		h.became(intake.Bounce)
		h.stored("SELECT COUNT(*) FROM audit_entries WHERE act = 'letter_bounced'", 0)
		h.stored("SELECT COUNT(*) FROM mails WHERE request_id <> 0", 0)

		h.mailTo("moxora", "Subject: Hm", "", "Nobody in particular wrote this.")
		h.became(intake.Unsorted)
		list := h.mails()
		var faults requests.FieldErrors
		if err := h.SortMail(h.Context(), h.mara, h.clock, list[len(list)-1].ID, reference); !errors.As(err, &faults) || !strings.Contains(faults["reference"], "erased") {
			h.Errorf("it joined a request that was erased: %v", err)
		}
	})
}

// What the program fails on for days is shown to staff: a message that only a
// list of failed jobs knows is lost.
func TestAMessageThatCannotBeSortedIsShown(t *testing.T) {
	each(t, func(h *house) {
		h.sql("ALTER TABLE attempts RENAME TO lost")
		h.mailTo("moxora", dana, "Subject: My data", "", "Please delete my account and all my data.")
		h.became(intake.Waiting)
		h.clock = h.clock.Add(73 * time.Hour)
		h.deliver()
		h.became(intake.Unsorted)
		if list := h.mails(); len(list[0].Faults) != 1 || !strings.Contains(list[0].Faults[0], "could not sort") {
			h.Errorf("staff read %q", list[0].Faults)
		}
	})
}
