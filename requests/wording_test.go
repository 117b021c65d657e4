package requests_test

import (
	"errors"
	"strings"
	"testing"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/requests"
	"dsr/wording"
	"dsr/words"
)

func TestACompanyChangesASentenceOfItsLetters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		h := open(t, db)
		noor := h.hire("noor@example.com", "Noor Haddad", access.Administrator, access.OnlyPolicies("moxora"))
		at := wording.Place{Policy: "moxora", Kind: requests.LetterReceived, Language: "en"}
		thanks := wording.Texts{"letters.received.subject": words.Forms{"other": "{{.reference}}: thank you for writing"}}

		if _, err := h.SaveText(t.Context(), h.mara, h.clock, at, 0, thanks, 0); !errors.Is(err, requests.ErrForbidden) {
			t.Error("a handler may:", err)
		}
		other := at
		other.Policy = "opvio"
		if _, err := h.SaveText(t.Context(), noor, h.clock, other, 0, thanks, 0); !errors.Is(err, requests.ErrForbidden) {
			t.Error("an administrator of another policy may:", err)
		}
		version, err := h.SaveText(t.Context(), noor, h.clock, at, 0, thanks, 0)
		if err != nil || version.Author != noor.Actor() {
			t.Fatal(version, err)
		}
		h.receive("moxora", "DE", "access")
		h.deliver()
		if got := h.letters(); len(got) != 1 || got[0] != "thank you for writing" {
			t.Error(got)
		}
		view, err := h.Open(t.Context(), h.mara, h.clock, h.last, false)
		if err != nil {
			t.Fatal(err)
		}
		letter, err := h.ReadLetter(t.Context(), h.mara, h.last, view.Letters[0].ID)
		if err != nil || letter.Wording != 1 {
			t.Error("the letter does not say which text it was written with:", letter.Wording, err)
		}
		h.receive("opvio", "DE", "access")
		h.deliver()
		if got := h.letters(); len(got) != 1 || got[0] != "we have your request" {
			t.Error("another company's letter:", got)
		}
		var detail string
		if err := database.Row(t.Context(), db.Read(), []any{&detail}, "SELECT detail FROM audit_entries WHERE act = 'change_letter_text'"); err != nil || !strings.Contains(detail, `"version":1`) {
			t.Error(detail, err)
		}
		h.verified()
	})
}

func TestALetterIsShownWithATextBeforeItIsSaved(t *testing.T) {
	h := open(t, dbtest.Open(t, dbtest.SQLite(t)))
	h.receive("moxora", "DE", "access")
	for _, letter := range wording.Letters() {
		for _, language := range []string{"en", "de", "pl"} {
			at := wording.Place{Policy: "moxora", Kind: letter.Kind, Language: language}
			own := wording.Texts{"letters.footer.questions": words.Forms{"other": "ask@here {{.contact}}"}}
			shown, err := h.Specimens(t.Context(), h.mara, h.clock, at, own, h.last)
			if err != nil {
				t.Errorf("%s in %s: %v", letter.Kind, language, err)
				continue
			}
			for _, s := range shown {
				if s.Fault != "" {
					t.Errorf("%s, %s, in %s cannot be shown: %s", letter.Kind, s.Name, language, s.Fault)
					continue
				}
				if !strings.Contains(s.Text, "ask@here") || !strings.Contains(string(s.HTML), "ask@here") {
					t.Errorf("%s, %s: the new text is not in it", letter.Kind, s.Name)
				}
				if strings.Contains(strings.ToLower(s.Text+string(s.HTML)), "whitlock") {
					t.Errorf("%s shows whose request it is", letter.Kind)
				}
			}
		}
	}
	at := wording.Place{Policy: "opvio", Kind: requests.LetterMessage, Language: "en"}
	var fields requests.FieldErrors
	if _, err := h.Specimens(t.Context(), h.mara, h.clock, at, nil, h.last); !errors.As(err, &fields) {
		t.Error("another policy's request shows a letter:", err)
	}
	stranger := h.hire("otto@example.com", "Otto", access.Administrator, access.OnlyPolicies("opvio"))
	if _, err := h.Specimens(t.Context(), stranger, h.clock, at, nil, h.last); !errors.Is(err, requests.ErrNotFound) {
		t.Error("a request that the caller may not see:", err)
	}
}
