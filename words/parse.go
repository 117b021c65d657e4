package words

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// readFolders reads the messages of every language, by its tag.
func readFolders(files fs.FS) (tags []string, read map[string][]*i18n.Message, err error) {
	folders, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrCatalogue, err)
	}
	read = map[string][]*i18n.Message{}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		if read[folder.Name()], err = readFolder(files, folder.Name()); err != nil {
			return nil, nil, err
		}
		tags = append(tags, folder.Name())
	}
	return tags, read, nil
}

// readFolder reads all message files of one language.
func readFolder(files fs.FS, tag string) ([]*i18n.Message, error) {
	names, err := fs.Glob(files, tag+"/*.json")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCatalogue, err)
	}
	var all []*i18n.Message
	from := map[string]string{}
	for _, name := range names {
		messages, err := readFile(files, name)
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			if first, twice := from[m.ID]; twice {
				return nil, fmt.Errorf("%w: %s: the key %q stands in %s already", ErrCatalogue, name, m.ID, first)
			}
			from[m.ID] = name
		}
		all = append(all, messages...)
	}
	for key, name := range from {
		if room := strings.TrimSuffix(path.Base(name), ".json"); !strings.HasPrefix(key, room+".") {
			return nil, fmt.Errorf("%w: %s: the key %q must begin with %q", ErrCatalogue, name, key, room+".")
		}
	}
	return all, nil
}

// readFile reads one file and checks each of its sentences.
func readFile(files fs.FS, name string) ([]*i18n.Message, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCatalogue, err)
	}
	if key, err := repeatedKey(data); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCatalogue, name, err)
	} else if key != "" {
		return nil, fmt.Errorf("%w: %s: the key %q stands in %s already", ErrCatalogue, name, key, name)
	}
	messages, err := i18n.ParseMessageBytes(data, json.Unmarshal)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCatalogue, name, err)
	}
	for _, m := range messages {
		if err := checkMessage(m); err != nil {
			return nil, fmt.Errorf("%w: %s: %s: %w", ErrCatalogue, name, m.ID, err)
		}
	}
	return messages, nil
}

// checkMessage refuses a message without the form every language has, and
// placeholders of any other kind than ours.
func checkMessage(m *i18n.Message) error {
	if m.Other == "" {
		return fmt.Errorf("it says nothing, or has plural forms without \"other\"")
	}
	for _, text := range forms(m) {
		if _, err := parseSentence(text); err != nil {
			return err
		}
	}
	return nil
}

// repeatedKey finds a key written twice in one object, which encoding/json
// would settle silently in favour of the second.
func repeatedKey(data []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	var open []map[string]bool // one set of keys for each object that is open
	wantKey := false
	for decoder.More() || len(open) > 0 {
		token, err := decoder.Token()
		if err != nil {
			return "", err
		}
		switch token := token.(type) {
		case json.Delim:
			if token == '{' {
				open = append(open, map[string]bool{})
			} else if token == '}' {
				open = open[:len(open)-1]
			} else {
				return "", fmt.Errorf("lists have no place in a message file")
			}
			wantKey = len(open) > 0
		case string:
			if wantKey && open[len(open)-1][token] {
				return token, nil
			} else if wantKey {
				open[len(open)-1][token] = true
			}
			wantKey = !wantKey
		default:
			return "", fmt.Errorf("%v is not a sentence", token)
		}
	}
	return "", nil
}

// forms lists the plural forms a message has, by their CLDR names.
func forms(m *i18n.Message) map[string]string {
	all := map[string]string{
		"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other,
	}
	for name, text := range all {
		if text == "" {
			delete(all, name)
		}
	}
	return all
}

// sentence is a message cut at its placeholders: literal, name, literal, name,
// …, literal.
type sentence []string

// placeholder is the only thing that may stand between braces: a sentence
// computes nothing.
var placeholder = regexp.MustCompile(`\{\{\.([a-z][a-z_]*)\}\}`)

// parseSentence cuts a text at its placeholders. The marks of a gap may not
// stand in a sentence, or a whole one could look like one with a hole.
func parseSentence(text string) (sentence, error) {
	var s sentence
	end := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		s = append(s, text[end:at[0]], text[at[2]:at[3]])
		end = at[1]
	}
	s = append(s, text[end:])
	for i := 0; i < len(s); i += 2 {
		if strings.ContainsAny(s[i], "{}⟦⟧") {
			return nil, fmt.Errorf("%q: a placeholder is written {{.name}}, in small letters", text)
		}
	}
	return s, nil
}

// names lists the placeholders, each once, sorted.
func (s sentence) names() []string {
	var names []string
	for i := 1; i < len(s); i += 2 {
		names = append(names, s[i])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// filling is what goes into the placeholders of one sentence: pairs of name
// and value, and who writes the numbers among them.
type filling struct {
	printer Printer
	pairs   []any
}

// Execute fills the placeholders from a filling. A placeholder without a value,
// or with an empty one, is ErrGap.
func (s sentence) Execute(data any) (string, error) {
	if len(s) == 1 {
		return s[0], nil
	}
	with, _ := data.(filling)
	var b strings.Builder
	for i, part := range s {
		if i%2 == 1 {
			value, err := with.value(part)
			if err != nil {
				return "", err
			}
			part = value
		}
		b.WriteString(part)
	}
	return b.String(), nil
}

// value finds the text for a placeholder. An empty one is as good as none: the
// reader would see the same hole.
func (f filling) value(name string) (string, error) {
	for i := 0; i+1 < len(f.pairs); i += 2 {
		if f.pairs[i] != name {
			continue
		}
		text := ""
		switch value := f.pairs[i+1].(type) {
		case nil:
		case string:
			text = value
		case int:
			text = f.printer.Number(value)
		default:
			text = fmt.Sprint(value)
		}
		if text != "" {
			return text, nil
		}
	}
	return "", fmt.Errorf("%w: %s is missing", ErrGap, name)
}

// strictParser makes go-i18n fill placeholders our way: its own parser prints
// "<no value>" for a missing one.
type strictParser struct{}

// Parse cuts a message at its placeholders.
func (strictParser) Parse(text, _, _ string) (template.ParsedTemplate, error) {
	return parseSentence(text)
}

// Cacheable says that a parsed sentence may be kept.
func (strictParser) Cacheable() bool { return true }
