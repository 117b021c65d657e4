package requests_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
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
