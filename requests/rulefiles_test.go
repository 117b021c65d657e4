package requests_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/mailer"
	"dsr/policies"
	"dsr/requests"
	"dsr/words"
)

func TestEditionsOfPacksAreKeptCountedAndCompared(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		h := open(t, db)
		h.receive("moxora", "DE", "access")
		h.receive("moxora", "US-CA", "access")
		h.receive("opvio", "DE", "access")
		noor := h.hire("noor@example.com", "Noor", access.Administrator, access.OnlyPolicies("moxora"))
		h.on("2026-05-04").reopen(t, strings.NewReplacer(`version: "1"`, `version: "2"`, "term: 30 days", "term: 20 days"))
		h.receive("moxora", "DE", "access")

		list, err := h.RuleEditions(t.Context(), noor)
		if err != nil {
			t.Fatal(err)
		}
		var packs []requests.RuleEdition
		open := 0
		for _, e := range list {
			if e.Kind == "pack" {
				packs = append(packs, e)
			} else {
				open += e.Open
			}
		}
		if len(packs) != 2 || !packs[0].InForce || packs[0].Open != 1 || packs[1].InForce || packs[1].Open != 2 || packs[0].ID != "moxora" || open != 3 {
			t.Fatalf("%+v, %d by laws", packs, open)
		}
		diff, err := h.DiffRules(t.Context(), noor, packs[1].SHA256, packs[0].SHA256)
		if err != nil || len(diff.Changes) == 0 || len(diff.Lines) == 0 {
			t.Fatalf("%+v %v", diff, err)
		}
		if !strings.Contains(diff.Changes[0].String(), "20 days") {
			t.Error(diff.Changes)
		}
		stranger := h.hire("otto@example.com", "Otto", access.Administrator, access.OnlyPolicies("opvio"))
		if _, err := h.DiffRules(t.Context(), stranger, packs[1].SHA256, packs[0].SHA256); !errors.Is(err, requests.ErrNoRules) {
			t.Error("another policy's pack is shown:", err)
		}
	})
}

// reopen starts the office anew with another edition of the moxora pack.
func (h *house) reopen(t *testing.T, change *strings.Replacer) {
	t.Helper()
	text, err := os.ReadFile("../policies/packs/moxora.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "moxora.yaml"), []byte(change.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	book, err := policies.Load(policies.Options{Packs: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	h.Office, err = requests.Open(t.Context(), h.clock, requests.Settings{
		DB: h.db, Book: book, Ring: h.ring, Words: catalogue, People: h.people, BaseURL: "https://privacy.example.com",
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A request keeps the pack of its receipt. Whoever is written to about it, and
// whoever reads the answers, is who the company names today.
func TestAnEscalationGoesToTheOfficerOfToday(t *testing.T) {
	each(t, func(h *house) {
		h.reopen(t, strings.NewReplacer("contacts:\n", "contacts:\n  dpo: old-officer@law-firm.example\n"))
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		if _, err := h.UseLink(h.Context(), h.clock, h.deliver().link()); err != nil {
			t.Fatal(err)
		}
		h.do(requests.Assign{UserID: h.mara.ID}).deliver()
		h.reopen(t, strings.NewReplacer(`version: "1"`, `version: "2"`, "contacts:\n", "contacts:\n  dpo: officer@moxora.example\n"))
		h.on("2026-05-20").post = nil
		escalated := 0
		for _, e := range h.sweep().post {
			switch {
			case e.To == "old-officer@law-firm.example":
				t.Errorf("the officer of before reads %q", e.Subject)
			case e.To == "officer@moxora.example" && contains(e.Subject, "escalated"):
				escalated++
			}
		}
		if escalated == 0 {
			t.Error("the officer of today reads nothing")
		}
		h.verified()
	})
}

func TestALetterIsAnsweredToTheMailboxOfToday(t *testing.T) {
	const old, today = "support@moxtechdevelopers.com", "privacy@moxora.example"
	each(t, func(h *house) {
		h.reopen(t, strings.NewReplacer())
		h.refuse = fmt.Errorf("%w (the recipient): 550 no such user", mailer.ErrPermanent)
		h.receive("moxora", "DE", policies.Access)
		h.work()
		h.refuse = nil
		h.reopen(t, strings.NewReplacer(`version: "1"`, `version: "2"`, old, today))
		h.do(requests.SendMessage{Text: "We have a question."}).do(requests.Assign{UserID: h.mara.ID}).asRequester(requests.Reply{Text: "Ask it."}).deliver()
		if len(h.post) != 2 {
			t.Errorf("%d letters left", len(h.post))
		}
		for _, e := range h.post {
			if e.ReplyTo != today || strings.Contains(e.Text+e.HTML, old) || !strings.Contains(e.Text, today) {
				t.Errorf("answers to %q go to %s:\n%s", e.Subject, e.ReplyTo, e.Text)
			}
		}
		// A letter that is sent again says what it said, and is answered to a mailbox that somebody reads.
		var first int64
		h.scan(&first, "SELECT id FROM letters WHERE kind = 'received'")
		h.do(requests.SendAgain{LetterID: first}).post = nil
		h.deliver()
		if e := h.lettersTo(person); len(e) != 1 || e[0].ReplyTo != today || !strings.Contains(e[0].Text, old) {
			t.Errorf("sent again: %+v", e)
		}
		h.verified()
	})
}

// Where a policy is gone, what its last pack said is all that is known.
func TestALetterOfAPolicyThatIsGoneIsAnsweredToItsLastMailbox(t *testing.T) {
	each(t, func(h *house) {
		h.reopen(t, strings.NewReplacer("policy: moxora", "policy: acme", "prefix: MOX", "prefix: ACM", "support@moxtechdevelopers.com", "privacy@acme.example"))
		h.receive("acme", "DE", policies.Access)
		h.reopen(t, strings.NewReplacer())
		h.deliver().do(requests.SendMessage{Text: "We have a question."}).post = nil
		if e := h.lettersTo(person); len(e) != 1 || e[0].ReplyTo != "privacy@acme.example" || !strings.Contains(e[0].Text, "Questions: privacy@acme.example") {
			t.Errorf("%+v", e)
		}
	})
}
