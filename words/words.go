// Package words owns every sentence a requester reads, on pages and in
// letters, in every language: the catalogue, its plural forms, and the way a
// language writes dates, lists, numbers and names of places.
//
// A language is a folder catalogue/<tag>/ of JSON message files in the format
// of go-i18n, one file a room: letters.json, rights.json, places.json. A key
// begins with the name of its file ("letters.received.heading"), so that a key
// read in a template tells where its sentence stands. Sentences are whole:
// code never glues two halves together, because the next language puts them in
// another order.
//
// A sentence with a hole is never printed as if it were whole. A key nobody
// wrote, or a placeholder nobody filled, shows as ⟦key: what is missing⟧; pages
// show that mark, letters refuse to leave with it.
//
// The package knows no request, no law and no clock; it reads no files but its
// own catalogue, and after Load nothing in it changes.
package words

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Base is the tag of the language every other one is compared with, and the
// one used when nothing else is asked for.
const Base = "en"

// ErrGap says that a sentence has a hole: its key stands in no catalogue, or a
// placeholder in it was given no value.
var ErrGap = errors.New("the sentence has a gap")

// ErrCatalogue says that the message files themselves are at fault.
var ErrCatalogue = errors.New("the catalogue of words is at fault")

//go:embed catalogue
var embedded embed.FS

// Language is one language the catalogue speaks.
type Language struct {
	Tag       string // BCP 47, for the lang attribute: "en"
	Name      string // its own name, for the language switch: "English"
	Direction string // "ltr" or "rtl", for the dir attribute
}

// Catalogue holds all languages. It does not change after Load and may be used
// by many goroutines.
type Catalogue struct {
	voices  []*voice // the base language first, the others by tag
	byTag   map[string]*voice
	matcher language.Matcher
}

// voice is one language, ready to speak: its messages and what is worked out
// of them once, at load.
type voice struct {
	Language
	base      *voice // speaks what this one lacks; nil for the base itself
	localizer *i18n.Localizer
	messages  map[string]*i18n.Message
	sentences map[string]sentence // the "other" form of each message, cut
	own       map[string]own      // what a company says instead; nil for the catalogue itself
	calendar  calendar
	places    places
}

// Load reads the catalogue built into the program, once: nothing changes one.
func Load() (*Catalogue, error) { return loadEmbedded() }

var loadEmbedded = sync.OnceValues(func() (*Catalogue, error) {
	files, err := fs.Sub(embedded, "catalogue")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCatalogue, err)
	}
	return LoadFrom(files)
})

// LoadFrom reads a catalogue from folders named by language tag. A file that
// cannot be read, a key given twice, a key outside its room, or a placeholder
// that is not {{.name}} is an error naming the file; so is a missing base
// language. That a language says less than the base is found by Gaps, and
// until it is mended the base language speaks in its place.
func LoadFrom(files fs.FS) (*Catalogue, error) {
	tags, read, err := readFolders(files)
	if err != nil {
		return nil, err
	}
	return assemble(tags, read)
}

// assemble builds the voices over one bundle, so that a sentence a language
// lacks is spoken in the base language.
func assemble(tags []string, read map[string][]*i18n.Message) (*Catalogue, error) {
	if read[Base] == nil {
		return nil, fmt.Errorf("%w: there is no folder %q", ErrCatalogue, Base)
	}
	slices.Sort(tags)
	tags = append([]string{Base}, slices.DeleteFunc(tags, func(tag string) bool { return tag == Base })...)
	bundle := i18n.NewBundle(language.Make(Base))
	known := make([]language.Tag, len(tags))
	for i, tag := range tags {
		parsed, err := language.Parse(tag)
		if err != nil {
			return nil, fmt.Errorf("%w: folder %q is not a language tag: %w", ErrCatalogue, tag, err)
		}
		known[i] = parsed
		if err := bundle.AddMessages(parsed, read[tag]...); err != nil {
			return nil, fmt.Errorf("%w: language %q: %w", ErrCatalogue, tag, err)
		}
	}
	c := &Catalogue{byTag: map[string]*voice{}, matcher: language.NewMatcher(known)}
	var base *voice
	for i, tag := range tags {
		v, err := newVoice(base, bundle, known[i], read[tag])
		if err != nil {
			return nil, err
		}
		if base == nil {
			base = v
		}
		c.voices = append(c.voices, v)
		c.byTag[v.Tag] = v
	}
	return c, nil
}

// newVoice reads a language's messages and works out what it needs at every
// turn: name, direction, calendar, places.
func newVoice(base *voice, bundle *i18n.Bundle, tag language.Tag, messages []*i18n.Message) (*voice, error) {
	v := &voice{
		Language:  Language{Tag: tag.String()},
		base:      base,
		localizer: i18n.NewLocalizer(bundle, tag.String()),
		messages:  make(map[string]*i18n.Message, len(messages)),
		sentences: make(map[string]sentence, len(messages)),
	}
	var err error
	for _, m := range messages {
		v.messages[m.ID] = m
		if v.sentences[m.ID], err = parseSentence(m.Other); err != nil {
			return nil, fmt.Errorf("%w: language %q: %s: %w", ErrCatalogue, v.Tag, m.ID, err)
		}
	}
	p := Printer{v}
	if v.Name, err = p.Text("language.name"); err != nil {
		return nil, fmt.Errorf("%w: language %q: %w", ErrCatalogue, v.Tag, err)
	}
	if v.Direction, err = p.Text("language.direction"); err != nil || v.Direction != "ltr" && v.Direction != "rtl" {
		return nil, fmt.Errorf("%w: language %q: language.direction must be ltr or rtl", ErrCatalogue, v.Tag)
	}
	if v.calendar, err = p.readCalendar(); err != nil {
		return nil, fmt.Errorf("%w: language %q: %w", ErrCatalogue, v.Tag, err)
	}
	v.places = p.readPlaces(tag)
	return v, nil
}

// Languages lists what the catalogue speaks, the base language first.
func (c *Catalogue) Languages() []Language {
	list := make([]Language, len(c.voices))
	for i, v := range c.voices {
		list[i] = v.Language
	}
	return list
}

// Match picks the language for an Accept-Language header (RFC 9110, 12.5.4),
// the base language when none fits or the header cannot be read.
func (c *Catalogue) Match(acceptLanguage string) string {
	const longest = 400 // a header nobody's browser sends is not worth parsing
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(acceptLanguage) > longest {
		return Base
	}
	_, index, confidence := c.matcher.Match(wanted...)
	if confidence == language.No {
		return Base
	}
	return c.voices[index].Tag
}

// In returns the printer of a language, of the base language when the tag is
// not one of Languages.
func (c *Catalogue) In(tag string) Printer {
	if v, ok := c.byTag[tag]; ok {
		return Printer{v}
	}
	return Printer{c.voices[0]}
}
