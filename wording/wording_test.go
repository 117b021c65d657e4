package wording_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/wording"
	"dsr/words"
)

func catalogue(t *testing.T) *words.Catalogue {
	t.Helper()
	c, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func says(text string) words.Forms { return words.Forms{"other": text} }

func TestATextIsSavedInVersionsAndSeenByEveryProcess(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ctx, now := t.Context(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		here, there := wording.Open(db, catalogue(t)), wording.Open(db, catalogue(t))
		at := wording.Place{Policy: "moxora", Kind: "message", Language: "de"}
		heading := func(b *wording.Book, at wording.Place) string {
			t.Helper()
			p, _, err := b.Printer(ctx, at)
			if err != nil {
				t.Fatal(err)
			}
			return p.T("letters.message.heading")
		}
		shipped := heading(there, at)
		first, err := here.Save(ctx, now, at, 0, wording.Texts{"letters.message.heading": says(" Post von uns ")}, "staff:1", 0, nil)
		if err != nil || first.Number != 1 || first.Texts["letters.message.heading"]["other"] != "Post von uns" {
			t.Fatal(first, err)
		}
		if got := heading(there, at); got != "Post von uns" {
			t.Errorf("the other process says %q", got)
		}
		for name, other := range map[string]wording.Place{
			"policy": {"opvio", "message", "de"}, "letter": {"moxora", "answer", "de"},
		} {
			if got := heading(there, other); got != shipped {
				t.Errorf("another %s says %q", name, got)
			}
		}
		if _, err := there.Save(ctx, now, at, 0, wording.Texts{"letters.message.heading": says("Neu")}, "staff:2", 0, nil); !errors.Is(err, wording.ErrStale) {
			t.Error("who had not seen the first version is told:", err)
		}
		if _, err := there.Save(ctx, now, at, 1, wording.Texts{"letters.message.heading": says("Post von uns")}, "staff:2", 0, nil); !errors.Is(err, wording.ErrSame) {
			t.Error("the same text is no version:", err)
		}
		if _, err := here.Save(ctx, now, at, 1, wording.Texts{}, "staff:2", 0, nil); err != nil {
			t.Fatal(err)
		}
		if got := heading(there, at); got != shipped {
			t.Errorf("after the reset it says %q", got)
		}
		old, err := there.Numbered(ctx, at, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := there.Save(ctx, now, at, 2, old.Texts, "staff:1", 1, nil); err != nil {
			t.Fatal(err)
		}
		history, err := here.History(ctx, at, 10)
		if err != nil || len(history) != 3 || history[0].Restores != 1 || history[1].Author != "staff:2" || heading(here, at) != "Post von uns" {
			t.Error(history, err)
		}
		changed, err := here.Changed(ctx, "moxora")
		if err != nil || len(changed) != 1 || changed[0].Number != 3 {
			t.Error(changed, err)
		}
		if _, err := here.Numbered(ctx, at, 9); !errors.Is(err, wording.ErrNoVersion) {
			t.Error(err)
		}
	})
}

func TestATextThatCouldStopALetterIsRefusedAtItsField(t *testing.T) {
	b := wording.Open(nil, catalogue(t))
	at := wording.Place{Policy: "moxora", Kind: "message", Language: "en"}
	for name, x := range map[string]struct {
		typed wording.Texts
		says  string
	}{
		"the reference is dropped":   {wording.Texts{"letters.message.subject": says("Hello")}, "{{.reference}} is missing"},
		"nobody fills a placeholder": {wording.Texts{"letters.message.subject": says("{{.reference}} {{.name}}")}, "it knows {{.reference}}"},
		"the subject is cut":         {wording.Texts{"letters.message.subject": says("{{.reference}}: " + strings.Repeat("long ", 20))}, "room for 52"},
	} {
		_, err := b.Check(at, x.typed)
		var faults wording.FieldErrors
		if !errors.As(err, &faults) || !strings.Contains(faults[wording.Field("letters.message.subject", "other")], x.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, typed := range map[string]wording.Texts{
		"what the law makes us say":    {"letters.disagree.regulator": says("Nobody hears you: {{.regulator}}")},
		"a sentence of another letter": {"letters.refused.heading": says("Yes")},
	} {
		if _, err := b.Check(at, typed); !errors.Is(err, wording.ErrNoLetter) {
			t.Errorf("%s can be changed: %v", name, err)
		}
	}
}

func TestEveryOpenPartStandsInEveryLanguage(t *testing.T) {
	c, seen := catalogue(t), map[string]bool{}
	for _, l := range wording.Letters() {
		if seen[l.Kind] {
			t.Errorf("the letter %s is listed twice", l.Kind)
		}
		seen[l.Kind] = true
		for _, part := range l.Parts {
			for _, language := range c.Languages() {
				if !c.In(language.Tag).Has(part.Key) {
					t.Errorf("%s: %s has no %s", l.Kind, language.Tag, part.Key)
				}
			}
		}
	}
}

func TestASentenceTheProductHasOutgrownIsLeftOut(t *testing.T) {
	b := wording.Open(nil, catalogue(t))
	v := wording.Version{Place: wording.Place{Policy: "moxora", Kind: "message", Language: "en"}, Texts: wording.Texts{
		"letters.message.heading": says("Post"), "letters.message.text": says("Dear {{.name}}"),
	}}
	if got := b.Outgrown(v); len(got) != 1 || got[0] != "letters.message.text" {
		t.Error(got)
	}
}
