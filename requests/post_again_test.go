package requests_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dsr/database"
	"dsr/identity"
	"dsr/internal/dbtest"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/policies"
	"dsr/requests"
)

// work does what is due by the policies that a worker has.
func (h *house) work() *house {
	h.Helper()
	if _, err := outbox.DrainBy(h.Context(), h.db, h.clock, h.Jobs("privacy@example.com", h.now, h.take), requests.JobPolicies()); err != nil {
		h.Fatal(err)
	}
	return h
}

const wrong, right = "dana.whitlock@example.org", "dana.whitlock@example.net"

func TestAWrongAddressIsCorrectedForAllThatWereSentWithIt(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access, policies.Deletion)
		entered, err := h.UseLink(h.Context(), h.clock, h.linkTo(wrong))
		if err != nil {
			t.Fatal(err)
		}
		began := h.clock
		h.clock = h.clock.Add(time.Hour)
		if err := h.SendLink(h.Context(), h.clock, h.last); err != nil {
			t.Fatal(err)
		}
		live := h.linkTo(wrong)
		for name, v := range map[string]requests.CorrectAddress{
			"no reason": {Email: right}, "no address": {Email: "dana at home", Reason: "x"}, "the same": {Email: wrong, Reason: "x"},
		} {
			if err := h.try(h.mara, v); !errors.Is(err, requests.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.do(requests.CorrectAddress{Email: " " + right, Reason: "She called: the form has a slip."}).work()
		if _, err := h.UseLink(h.Context(), h.clock, live); !errors.Is(err, requests.ErrLink) {
			t.Errorf("a link to the old address still opens: %v", err)
		}
		if still, err := h.StillIn(h.Context(), entered, began); err != nil || len(still.Submissions) != 0 {
			t.Errorf("who came in by the old mailbox is still in: %v, %v", still.Submissions, err)
		}
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'correct_address'", 2)
		h.stored("SELECT COUNT(DISTINCT person) FROM requests", 1)
		h.stored("SELECT COUNT(*) FROM events WHERE data LIKE '%dana%'", 0)
		v, err := h.Open(h.Context(), h.mara, h.clock, h.last, true)
		if err != nil || v.Person.Email != right || v.Verified != identity.None {
			t.Errorf("it is %s, proved by %s: %v", v.Person.Email, v.Verified, err)
		}
		if err := h.SendLink(h.Context(), h.clock, h.last); err != nil {
			t.Fatal(err)
		}
		if _, err := h.UseLink(h.Context(), h.clock, h.linkTo(right)); err != nil {
			t.Errorf("the link to the new address does not open: %v", err)
		}
		if v, _ := h.Open(h.Context(), h.mara, h.clock, h.last, false); v.Verified != identity.Mailbox {
			t.Errorf("the new mailbox proves %s", v.Verified)
		}
		h.verified()
	})
}

func TestALetterThatDidNotArriveIsSentAgainOnce(t *testing.T) {
	each(t, func(h *house) {
		h.refuse = fmt.Errorf("%w (the recipient): 550 no such user", mailer.ErrPermanent)
		h.receive("moxora", "DE", policies.Access)
		h.work()
		h.stored("SELECT COUNT(*) FROM letters WHERE kind = 'team_bounced'", 1)
		v, err := h.Open(h.Context(), h.mara, h.clock, h.last, false)
		if err != nil || !v.Letters[0].Again || v.Letters[1].Again {
			t.Fatalf("what can be sent again: %+v, %v", v.Letters, err)
		}
		letter := v.Letters[0].ID
		h.refuse = nil
		h.do(requests.CorrectAddress{Email: right, Reason: "She called."})
		for range 2 {
			h.do(requests.SendAgain{LetterID: letter})
		}
		h.work()
		if got := h.to(right); len(got) != 1 {
			t.Fatalf("the new address got %q", got)
		}
		if _, err := h.UseLink(h.Context(), h.clock, h.linkTo(right)); err != nil {
			t.Errorf("the link of the letter does not open: %v", err)
		}
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'send_letter_again'", 1)
		v, _ = h.Open(h.Context(), h.mara, h.clock, h.last, false)
		if v.Letters[0].Again {
			t.Error("it is offered a second time")
		}
		var refused *requests.Refused
		if err := h.try(h.mara, requests.SendAgain{LetterID: v.Letters[len(v.Letters)-1].ID}); !errors.As(err, &refused) {
			t.Errorf("one that arrived is sent again: %v", err)
		}
		h.verified()
	})
}

func TestALetterOnItsWayToAnOldAddressDoesNotLeave(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		h.do(requests.CorrectAddress{Email: right, Reason: "She called."}).work()
		if got := h.to(wrong); len(got) != 0 {
			t.Errorf("the old address got %q", got)
		}
		v, err := h.Open(h.Context(), h.mara, h.clock, h.last, false)
		if err != nil || !v.Letters[0].Again {
			t.Error("it cannot be sent again", err)
		}
		h.stored("SELECT COUNT(*) FROM letters WHERE kind = 'team_bounced'", 0)
	})
}

func TestLettersAreTriedForFiveDaysAndThenTheTeamIsTold(t *testing.T) {
	each(t, func(h *house) {
		began := h.clock
		h.refuse = fmt.Errorf("%w (the recipient): 451 greylisted", mailer.ErrTemporary)
		h.receive("moxora", "DE", policies.Access)
		var tries []time.Duration
		for range 200 {
			if h.clock.Sub(began) > 6*24*time.Hour {
				break
			}
			var attempts int
			before := len(tries)
			err := database.Row(t.Context(), h.db.Read(), []any{&attempts}, "SELECT attempts FROM outbox WHERE kind = 'letter' ORDER BY id LIMIT 1")
			if err != nil {
				t.Fatal(err)
			}
			h.work()
			var now int
			_ = database.Row(t.Context(), h.db.Read(), []any{&now}, "SELECT attempts FROM outbox WHERE kind = 'letter' ORDER BY id LIMIT 1")
			if now > attempts {
				tries = append(tries, h.clock.Sub(began))
			}
			if len(tries) == before && h.clock.Sub(began) > 5*24*time.Hour {
				break
			}
			h.clock = h.clock.Add(max(time.Minute, h.clock.Sub(began)/4))
		}
		if len(tries) < 5 || tries[1] > 10*time.Minute {
			t.Errorf("tried after %v", tries)
		}
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'letter_failed'", 1)
		h.stored("SELECT COUNT(*) FROM letters WHERE kind = 'team_bounced'", 1)
		h.stored("SELECT COUNT(*) FROM letters WHERE state = 'failed' AND last_error LIKE 'given up after%'", 1)
	})
}

func TestALetterThatNobodyCouldTryForDaysIsTriedMoreThanOnce(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		h.clock = h.clock.Add(5*24*time.Hour + time.Minute) // the program stood still
		h.refuse = &mailer.Failure{Step: "the recipient", Code: 451, Reply: "451 4.7.1 greylisted"}
		h.work()
		h.refuse = nil
		h.clock = h.clock.Add(10 * time.Minute)
		h.work()
		h.stored("SELECT COUNT(*) FROM letters WHERE audience = 'requester' AND state = 'sent'", 1)
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'letter_failed'", 0)
	})
}

func TestALetterWhoseLastAttemptDiedIsTold(t *testing.T) {
	each(t, func(h *house) {
		h.refuse = &mailer.Failure{Step: "the recipient", Code: 451, Reply: "451 4.7.1 greylisted"}
		h.receive("moxora", "DE", policies.Access)
		h.work()
		h.clock = h.clock.Add(5*24*time.Hour - 30*time.Second)
		want := outbox.Wanted{Kinds: []string{"letter"}, Limit: 1, Lease: time.Minute, Policies: requests.JobPolicies()}
		if jobs, err := outbox.Claim(h.Context(), h.db, h.clock, want); err != nil || len(jobs) != 1 {
			t.Fatalf("%d letters were claimed: %v", len(jobs), err)
		} // and the process dies
		for range 10 {
			h.clock = h.clock.Add(time.Minute)
			h.work()
		}
		h.stored("SELECT COUNT(*) FROM outbox WHERE kind = 'letter' AND state = 'dead'", 1)
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'letter_failed'", 1)
		h.stored("SELECT COUNT(*) FROM letters WHERE kind = 'team_bounced'", 1)
	})
}

func TestADayWithoutAMailServerLosesNothing(t *testing.T) {
	h := open(t, dbtest.Open(t, dbtest.SQLite(t)))
	const count = 100
	h.refuse = &mailer.Failure{Step: "connecting", Reply: "connection refused"}
	for range count {
		h.receive("moxora", "DE", policies.Access)
	}
	for range 24 {
		h.work()
		h.clock = h.clock.Add(time.Hour)
		if _, err := h.Open(t.Context(), h.mara, h.clock, h.last, false); err != nil {
			t.Fatal(err)
		}
	}
	h.refuse = nil
	h.work()
	ids := map[string]int{}
	for _, e := range h.post {
		ids[e.MessageID]++
	}
	if len(ids) != count || len(h.post) != count {
		t.Errorf("%d letters left, %d different ones", len(h.post), len(ids))
	}
	h.stored("SELECT COUNT(*) FROM letter_troubles", 0)
}

func TestALetterOverThePaceCountsNoAttempt(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		h.refuse = &mailer.Held{Until: h.clock.Add(time.Minute), Domain: "example.org"}
		h.work()
		h.stored("SELECT attempts FROM outbox WHERE kind = 'letter'", 0)
		h.refuse = nil
		if h.work(); len(h.post) != 0 {
			t.Error("it left before its turn")
		}
		h.clock = h.clock.Add(time.Minute)
		if h.work(); len(h.post) != 1 {
			t.Errorf("%d letters left", len(h.post))
		}
	})
}

func TestALetterToAColleagueThatComesBackIsShownAndNotMailed(t *testing.T) {
	each(t, func(h *house) {
		noor := h.hire("noor@example.com", "Noor Haddad", "administrator", h.mara.Policies)
		if err := h.ForgotPassword(h.Context(), h.clock, "mara@example.com"); err != nil {
			t.Fatal(err)
		}
		h.work().work()
		letter := h.post[len(h.post)-1]
		if letter.EnvelopeID == "" {
			t.Fatal("the letter bears no mark")
		}
		h.post = nil
		h.mailTo("moxora", "Return-Path: <>", "From: MAILER-DAEMON@mx.example.org", "To: bounces@example.com", "Subject: Undelivered Mail",
			"MIME-Version: 1.0", `Content-Type: multipart/report; report-type=delivery-status; boundary="b"`, "",
			"--b", "Content-Type: text/plain", "", "Sorry.", "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.org", "Original-Envelope-Id: "+letter.EnvelopeID, "",
			"Final-Recipient: rfc822; "+letter.To, "Action: failed", "Status: 5.2.2", "Diagnostic-Code: smtp; 552 5.2.2 full", "", "--b--")
		returned, all, err := h.Returned(h.Context(), noor, 10)
		if err != nil || all != 1 || returned[0].Audience != "colleague" || !strings.Contains(returned[0].Error, "552") {
			t.Errorf("shown: %+v, %d, %v", returned, all, err)
		}
		if len(h.post) != 0 {
			t.Errorf("%d letters left about it", len(h.post))
		}
	})
}
