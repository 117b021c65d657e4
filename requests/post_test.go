package requests_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/mailer"
	"dsr/requests"
)

func TestALetterThatWasRefusedIsTriedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		h := open(t, db)
		noor := h.hire("noor@example.com", "Noor Haddad", access.Administrator, access.OnlyPolicies("moxora"))
		otto := h.hire("otto@example.com", "Otto Berg", access.Administrator, access.OnlyPolicies("opvio"))
		h.refuse = fmt.Errorf("%w (the recipient): 550 no such user (address)", mailer.ErrPermanent)
		h.receive("moxora", "DE", "access")
		h.deliver()
		stuck, err := h.StuckLetters(t.Context(), noor, 10)
		// The server refuses what tells the team of it, too: a letter each.
		if err != nil || len(stuck) != 3 || !stuck[0].GivenUp || stuck[0].Kind != requests.LetterReceived || stuck[0].Reference != h.last || !strings.Contains(stuck[0].Error, "550") {
			t.Fatal(stuck, err)
		}
		health, err := h.Post(t.Context(), noor)
		if err != nil || health.Failed != 3 || !health.LastSent.IsZero() {
			t.Error(health, err)
		}
		if none, err := h.Post(t.Context(), otto); err != nil || none.Failed != 0 {
			t.Error("another policy's administrator sees it:", none, err)
		}
		if err := h.RetryLetter(t.Context(), otto, h.clock, stuck[0].Job); !errors.Is(err, requests.ErrNoLetter) {
			t.Error("another policy's administrator retries it:", err)
		}
		if _, err := h.RetryAllLetters(t.Context(), h.mara, h.clock); !errors.Is(err, requests.ErrForbidden) {
			t.Error("a handler may:", err)
		}
		h.refuse = nil
		if n, err := h.RetryAllLetters(t.Context(), noor, h.clock); err != nil || n != 3 {
			t.Fatal(n, err)
		}
		if err := h.RetryLetter(t.Context(), noor, h.clock, stuck[0].Job); !errors.Is(err, requests.ErrNoLetter) {
			t.Error("it is retried twice:", err)
		}
		h.deliver()
		health, err = h.Post(t.Context(), noor)
		if err != nil || health.Failed+health.Fresh+health.Retrying != 0 || !health.LastSent.Equal(h.clock) {
			t.Error(health, err)
		}
		var entries int
		if err := database.Row(t.Context(), db.Read(), []any{&entries}, "SELECT COUNT(*) FROM audit_entries WHERE act = 'retry_letter' AND chain <> 0"); err != nil || entries != 3 {
			t.Error("the retry is not on the request's audit trail:", entries, err)
		}
		h.verified()
	})
}

func TestALetterThatIsTriedAgainByItselfIsCountedApart(t *testing.T) {
	h := open(t, dbtest.Open(t, dbtest.SQLite(t)))
	auditor := h.hire("ada@example.com", "Ada", access.Auditor, access.AllPolicies())
	h.receive("moxora", "DE", "access")
	health, err := h.Post(t.Context(), auditor)
	if err != nil || health.Fresh != 1 || !health.OldestWait.Equal(h.clock) {
		t.Error(health, err)
	}
	h.refuse = fmt.Errorf("%w (connecting): nobody answers", mailer.ErrTemporary)
	h.deliver()
	stuck, err := h.StuckLetters(t.Context(), auditor, 10)
	if err != nil || len(stuck) != 1 || stuck[0].GivenUp || !stuck[0].NextAt.After(h.clock) || stuck[0].Attempts != 1 {
		t.Error(stuck, err)
	}
	if health, err = h.Post(t.Context(), auditor); err != nil || health.Retrying != 1 || health.Fresh != 0 {
		t.Error(health, err)
	}
}
