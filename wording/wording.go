// Package wording owns what a company says in its letters instead of the
// shipped sentences: one text for a policy, a kind of letter and a language,
// with all its versions. Which parts of a letter are open to change stands in
// [Letters]; everything else comes from the catalogue and cannot be removed.
//
// A text is checked before it is kept: it fills the same placeholders as the
// shipped sentence and has the same plural forms, so that a letter that could
// be written before can be written after. A sentence that no longer fits
// because the product's own sentence changed is left out, and the shipped one
// speaks in its place; no letter waits for it.
//
// The database is asked for the version in force each time a letter is
// written, so that all processes change at once. Only what is made of a
// version is kept, because a version never changes.
//
// The package refuses to know requests, who may change a text, and what else
// belongs to a change in the same transaction: the door hands that in.
package wording

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/words"
)

// Errors that callers tell apart.
var (
	// ErrNoLetter is returned for a kind of letter, or a language, that there
	// is not.
	ErrNoLetter = errors.New("there is no such letter to change")
	// ErrNoVersion is returned for a version that there is not.
	ErrNoVersion = errors.New("there is no such version of the letter")
	// ErrStale is returned when somebody else saved a version meanwhile.
	ErrStale = errors.New("somebody changed this letter while you were writing")
	// ErrSame is returned for a text that is in force already.
	ErrSame = errors.New("this is the text in force already")
)

// FieldErrors holds a sentence for each text that needs mending, by [Field].
type FieldErrors map[string]string

// Error joins the sentences.
func (f FieldErrors) Error() string {
	var all []string
	for _, field := range slices.Sorted(maps.Keys(f)) {
		all = append(all, field+": "+f[field])
	}
	return strings.Join(all, " ")
}

// Field names the field of one form of a sentence.
func Field(key, form string) string { return key + "/" + form }

// Place is which letter a text belongs to.
type Place struct{ Policy, Kind, Language string }

// Texts are a company's sentences by key.
type Texts map[string]words.Forms

// Version is one text of a letter, as it was saved.
type Version struct {
	ID       int64
	Place    Place
	Number   int   // from 1, for each letter; 0 is the shipped text
	Texts    Texts // only what differs from the shipped text; empty: all of it is shipped
	Author   string
	At       time.Time
	Restores int // the version it brought back, or 0
}

// Book holds the texts of all companies. It is safe for use by several
// goroutines.
type Book struct {
	db    *database.DB
	words *words.Catalogue

	mu    sync.Mutex
	voice map[int64]words.Printer // by id of the version
}

// Open opens the book over a database and the shipped sentences.
func Open(db *database.DB, catalogue *words.Catalogue) *Book {
	return &Book{db: db, words: catalogue, voice: map[int64]words.Printer{}}
}

// Printer returns what speaks in a letter, and the number of the version in
// force, 0 for the shipped text. A kind of letter that nobody can change
// speaks as shipped.
func (b *Book) Printer(ctx context.Context, at Place) (words.Printer, int, error) {
	shipped := b.words.In(at.Language)
	at.Language = shipped.Language().Tag
	v, err := b.Current(ctx, at)
	if err != nil || len(v.Texts) == 0 {
		return shipped, v.Number, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p, known := b.voice[v.ID]
	if !known {
		if p, err = shipped.With(fitting(shipped, v)); err != nil {
			return shipped, 0, err
		}
		b.voice[v.ID] = p
	}
	return p, v.Number, nil
}

// Draft returns what would speak in a letter with texts that are not saved
// yet. The errors are those of Check.
func (b *Book) Draft(at Place, typed Texts) (words.Printer, error) {
	texts, err := b.Check(at, typed)
	if err != nil {
		return words.Printer{}, err
	}
	return b.words.In(at.Language).With(texts)
}

// Shipped returns the printer of a language of the catalogue.
func (b *Book) Shipped(language string) words.Printer { return b.words.In(language) }

// Languages lists the languages in which there are letters.
func (b *Book) Languages() []words.Language { return b.words.Languages() }

// fitting leaves out what the shipped sentences have outgrown.
func fitting(shipped words.Printer, v Version) Texts {
	letter, err := LetterOf(v.Place.Kind)
	fits := Texts{}
	for key, forms := range v.Texts {
		if err == nil && letter.has(key) && len(shipped.Check(key, forms)) == 0 {
			fits[key] = forms
		}
	}
	return fits
}

// Outgrown lists the keys of a version that are left out, because the shipped
// sentence now fills other placeholders or has other forms.
func (b *Book) Outgrown(v Version) []string {
	fits := fitting(b.words.In(v.Place.Language), v)
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(v.Texts)) {
		if fits[key] == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// Check returns what of the typed texts differs from the shipped ones, or
// FieldErrors; a language or letter that there is not is ErrNoLetter.
func (b *Book) Check(at Place, typed Texts) (Texts, error) {
	letter, err := b.letter(at)
	if err != nil {
		return nil, err
	}
	shipped, texts, faults := b.words.In(at.Language), Texts{}, FieldErrors{}
	for key, forms := range typed {
		if !letter.has(key) {
			return nil, fmt.Errorf("%w: %s is not open to change", ErrNoLetter, key)
		}
		forms = trimmed(forms)
		for form, fault := range shipped.Check(key, forms) {
			faults[Field(key, form)] = fault
		}
		if fault := tooLong(key, forms["other"]); fault != "" && faults[Field(key, "other")] == "" {
			faults[Field(key, "other")] = fault
		}
		if !maps.Equal(forms, shipped.Forms(key)) {
			texts[key] = forms
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return texts, nil
}

// letter finds the letter of a place.
func (b *Book) letter(at Place) (Letter, error) {
	if !slices.ContainsFunc(b.words.Languages(), func(l words.Language) bool { return l.Tag == at.Language }) {
		return Letter{}, fmt.Errorf("%w: nothing is written in %q", ErrNoLetter, at.Language)
	}
	return LetterOf(at.Kind)
}

// maxSubject is what a subject may take without its reference, in characters:
// a longer one would be cut by mail programs, and the letter would not leave.
const maxSubject = 52

func tooLong(key, text string) string {
	if !strings.Contains(key, ".subject") {
		return ""
	}
	if n := len([]rune(strings.ReplaceAll(text, "{{.reference}}", ""))); n > maxSubject {
		return fmt.Sprintf("Beside the reference a subject has room for %d characters; this is %d.", maxSubject, n)
	}
	return ""
}

func trimmed(forms words.Forms) words.Forms {
	clean := words.Forms{}
	for form, text := range forms {
		clean[form] = strings.TrimSpace(text)
	}
	return clean
}

// Along is what belongs to a change in the same transaction.
type Along func(ctx context.Context, tx bun.Tx, v Version) error

// Save makes the typed texts the version in force. seen is the number of the
// version the author looked at; restores is the one it brings back, or 0. The
// errors are those of Check, ErrStale and ErrSame.
func (b *Book) Save(ctx context.Context, now time.Time, at Place, seen int, typed Texts, author string, restores int, along Along) (Version, error) {
	texts, err := b.Check(at, typed)
	if err != nil {
		return Version{}, err
	}
	v := Version{Place: at, Number: seen + 1, Texts: texts, Author: author, At: now.UTC().Truncate(time.Microsecond), Restores: restores}
	content, err := json.Marshal(texts)
	if err != nil {
		return Version{}, err
	}
	err = b.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		last, err := current(ctx, tx, at)
		switch {
		case err != nil:
			return err
		case last.Number != seen:
			return ErrStale
		case equal(last.Texts, texts):
			return ErrSame
		}
		err = database.Row(ctx, tx, []any{&v.ID}, `INSERT INTO wordings (policy, kind, language, number, texts, author, at, restores)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`, at.Policy, at.Kind, at.Language, v.Number, string(content), author, v.At, restores)
		if database.IsUnique(err) {
			return ErrStale
		}
		if err != nil || along == nil {
			return err
		}
		return along(ctx, tx, v)
	})
	return v, err
}

// equal compares two texts.
func equal(a, b Texts) bool {
	return maps.EqualFunc(a, b, func(a, b words.Forms) bool { return maps.Equal(a, b) })
}
