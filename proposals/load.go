package proposals

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"dsr/strict"
)

//go:embed rules/*.yaml
var shipped embed.FS

// placesFile is the one file that is no file of rules.
const placesFile = "places.yaml"

// file is one file of rules.
type file struct {
	Language string            `yaml:"language" validate:"omitempty,oneof=en de fr es pt-PT nl it pl"` // empty: any
	Words    string            `yaml:"words"`                                                          // frequent small words, by which the language is known
	Replies  string            `yaml:"replies"`                                                        // how a subject begins that answers: re, aw
	Short    string            `yaml:"short"`                                                          // abbreviations whose full stop ends no sentence
	Lists    map[string]string `yaml:"lists"`                                                          // phrases with commas between them, by name; a file without language lends its lists to all
	Not      []exception       `yaml:"not" validate:"dive"`
	Rules    []entry           `yaml:"rules" validate:"required,dive"`

	name string
	data []byte
}

// exception is what nobody asks in, for some rights, whatever rule found them.
type exception struct {
	Rights  []string `yaml:"rights" validate:"required"` // or "all"
	Phrases []string `yaml:"phrases" validate:"required"`
	// Letter says that it takes back findings in the whole letter, not only those
	// it shares a word with: all, or those of rules that are not sure.
	Letter string   `yaml:"letter" validate:"omitempty,oneof=all unsure"`
	Unless []string `yaml:"unless"` // phrases that share a word with it and take its meaning away
}

// entry is one rule as written.
type entry struct {
	ID        string   `yaml:"id" validate:"required"`
	Right     string   `yaml:"right" validate:"omitempty,oneof=access correction deletion portability objection restriction withdraw_consent limit_sensitive automated_decision opt_out.sale_sharing opt_out.marketing opt_out.ai_processing opt_out.profiling appeal complaint"`
	Sign      string   `yaml:"sign" validate:"omitempty,oneof=advertising invoice job_application newsletter press product_question"`
	Law       string   `yaml:"law"`
	Lives     bool     `yaml:"lives"` // the phrase holds the name of a place
	Strength  string   `yaml:"strength" validate:"required,oneof=sure likely hint"`
	Reason    string   `yaml:"reason" validate:"required"`
	Phrases   []string `yaml:"phrases" validate:"required"`
	Not       []string `yaml:"not"`
	InsteadOf []string `yaml:"instead_of"` // rights or laws whose findings give way
}

// rule is a compiled rule: what is shown, and what gives way to it.
type rule struct {
	Rule
	kind      kind
	insteadOf []string
}

// denial is an exception that holds for the whole letter.
type denial struct {
	name   string // its language and its first phrase
	rights []Right
	unsure bool // it takes back only what rules found that are not sure
}

// kind says what a rule proposes.
type kind int

const (
	rights kind = iota
	signs
	laws
	residence
)

// Load compiles the rules the program was built with, once: nothing changes a
// book. Faults are ErrRules.
func Load() (*Book, error) { return loadShipped() }

var loadShipped = sync.OnceValues(func() (*Book, error) {
	rules, err := fs.Sub(shipped, "rules")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRules, err)
	}
	return LoadFrom(rules)
})

// LoadFrom compiles the *.yaml files of a folder. Faults are ErrRules and name
// file, line and column.
func LoadFrom(folder fs.FS) (*Book, error) {
	book, err := load(folder)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRules, err)
	}
	return book, nil
}

func load(folder fs.FS) (*Book, error) {
	files, towns, err := readFiles(folder)
	if err != nil {
		return nil, err
	}
	b := &Book{
		rules: map[string]*rule{}, alphabet: newAlphabet(), starts: map[atom][]*phrase{},
		languages: newLanguages(), places: map[string]string{}, replies: map[string]bool{}, short: map[string]bool{},
	}
	shared, err := b.addPlaces(towns)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.Language == "" {
			for name, list := range f.Lists {
				shared[name] = list
			}
		}
	}
	for _, f := range files {
		if err := b.add(f, shared); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// readFiles decodes everything. Files come in the order of their names.
func readFiles(folder fs.FS) ([]*file, *places, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, nil, err
	}
	reader := strict.NewReader()
	var files []*file
	towns := &places{}
	for _, name := range names {
		data, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, nil, err
		}
		if name == placesFile {
			towns.data = data
			err = reader.Decode(name, data, towns)
		} else {
			f := &file{name: name, data: data}
			err = reader.Decode(name, data, f)
			files = append(files, f)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return files, towns, nil
}

// add compiles one file.
func (b *Book) add(f *file, shared map[string]string) error {
	b.languages.add(f.Language, f.Words)
	for w := range strings.FieldsSeq(foldText(f.Replies)) {
		b.replies[w] = true
	}
	for w := range strings.FieldsSeq(foldText(f.Short)) {
		b.short[w] = true
	}
	c := &compiler{alphabet: b.alphabet, numbered: b.lists, sources: map[string]string{}, lists: map[string]*choice{}}
	for _, lists := range []map[string]string{shared, f.Lists} {
		for name, list := range lists {
			c.sources[name] = list
		}
	}
	for _, e := range f.Not {
		if err := b.exception(c, f, e); err != nil {
			return err
		}
	}
	for _, e := range f.Rules {
		if err := b.entry(c, f, e); err != nil {
			return err
		}
	}
	b.lists = c.numbered
	return nil
}

// exception compiles one exception.
func (b *Book) exception(c *compiler, f *file, e exception) error {
	made := phrase{void: true, against: e.Rights}
	if e.Letter != "" {
		made.denial = &denial{name: f.Language + " " + e.Phrases[0], rights: e.Rights, unsure: e.Letter == "unsure"}
	}
	for i, text := range slices.Concat(e.Phrases, e.Unless) {
		p := made
		if i >= len(e.Phrases) {
			p.against, p.unless = nil, true
		}
		if err := b.phrase(c, f, text, &p); err != nil {
			return err
		}
	}
	return nil
}

// entry compiles one rule.
func (b *Book) entry(c *compiler, f *file, e entry) error {
	r := &rule{insteadOf: e.InsteadOf, Rule: Rule{
		ID: e.ID, Language: f.Language, Strength: e.Strength, Reason: e.Reason,
		File: f.name, Line: lineOf(f.data, e.ID), Phrases: e.Phrases, Not: e.Not,
	}}
	if fault := r.proposes(e); fault != "" {
		return strict.At(f.name, f.data, e.ID, fault)
	}
	if b.rules[e.ID] != nil {
		return strict.At(f.name, f.data, e.ID, "another rule has this id")
	}
	b.rules[e.ID] = r
	for _, text := range e.Phrases {
		if err := b.phrase(c, f, text, &phrase{rule: r}); err != nil {
			return err
		}
	}
	for _, text := range e.Not {
		if err := b.phrase(c, f, text, &phrase{rule: r, void: true}); err != nil {
			return err
		}
	}
	return nil
}

// proposes fills in what the rule is for, and says what is wrong with that. An
// id begins with the language or "any", so that ids of two files never meet.
func (r *rule) proposes(e entry) string {
	given := 0
	for k, value := range map[kind]string{rights: e.Right, signs: e.Sign, laws: e.Law} {
		if value != "" {
			r.kind, r.Proposes = k, value
			given++
		}
	}
	if e.Lives {
		r.kind = residence
		given++
	}
	language := r.Language
	if language == "" {
		language = "any"
	}
	switch {
	case given != 1:
		return "a rule has exactly one of: right, sign, law, lives"
	case !strings.HasPrefix(e.ID, language+"/"):
		return fmt.Sprintf("the id of a rule in this file begins with %s/", language)
	}
	return ""
}

// phrase compiles one phrase and files it under the words it can begin with.
func (b *Book) phrase(c *compiler, f *file, text string, p *phrase) error {
	seq, err := c.sequence(text, p.void)
	if err != nil {
		return strict.At(f.name, f.data, text, err.Error())
	}
	p.seq, p.number, p.language = seq, len(b.phrases), bit(f.Language)
	b.phrases = append(b.phrases, p)
	for _, a := range firsts(seq) {
		b.starts[a] = append(b.starts[a], p)
	}
	return nil
}

// lineOf finds the line a rule begins on.
func lineOf(data []byte, id string) int {
	lines := strings.Split(string(data), "\n")
	return 1 + slices.IndexFunc(lines, func(line string) bool { return strings.TrimSpace(line) == "- id: "+id })
}
