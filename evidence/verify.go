package evidence

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"dsr/audit"
	"dsr/policies"
)

// Options say what a pack is held against.
type Options struct {
	// Keys are the public keys the controller published. Without any the pack is
	// held against the key in itself, and the report says so.
	Keys   []ed25519.PublicKey
	Anchor audit.Anchor   // a checkpoint noted elsewhere; zero for none
	Book   *policies.Book // its holidays, for working the dates out again
}

// Report says what checking a pack proved and what it could not.
type Report struct {
	Manifest Manifest
	Trail    audit.Summary
	Proved   []string
	Open     []string
	Findings int
}

// checker holds the parts of a pack against each other.
type checker struct {
	options  Options
	found    func(string)
	files    map[string][]byte
	manifest Manifest
	keys     []ed25519.PublicKey
	report   *Report
}

// Verify checks a pack without a database: every hash, the signatures, and that
// events, audit trail, rules, letters and files tell the same story. Each fault
// is reported in a sentence. An error, ErrPack, means that there was nothing
// that could be checked.
func Verify(r io.ReaderAt, size int64, o Options, report func(string)) (Report, error) {
	done := Report{}
	c := &checker{options: o, report: &done, found: func(sentence string) {
		done.Findings++
		report(plain(sentence))
	}}
	var err error
	if c.files, err = unpack(r, size, c.found); err != nil {
		return done, err
	}
	if err := c.readManifest(); err != nil {
		return done, err
	}
	c.signature()
	c.entries()
	c.story()
	done.Manifest = c.manifest
	return done, nil
}

// finding reports a fault.
func (c *checker) finding(sentence string, args ...any) { c.found(fmt.Sprintf(sentence, args...)) }

func (c *checker) proved(sentence string, args ...any) {
	c.report.Proved = append(c.report.Proved, fmt.Sprintf(sentence, args...))
}

func (c *checker) open(sentence string, args ...any) {
	c.report.Open = append(c.report.Open, plain(fmt.Sprintf(sentence, args...)))
}

// plain keeps words out of a file from giving orders to a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '·'
		}
		return r
	}, s)
}

// readManifest reads the list of what must be there.
func (c *checker) readManifest() error {
	text, there := c.files[manifestName]
	if !there {
		return fmt.Errorf("%w: it has no %s", ErrPack, manifestName)
	}
	if err := strictly(text, &c.manifest); err != nil || c.manifest.Format != format {
		return fmt.Errorf("%w: its %s is not that of %s, or was changed", ErrPack, manifestName, format)
	}
	return nil
}

// strictly reads JSON in which nothing stands that nobody wrote.
func strictly(text []byte, into any) error {
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(into); err != nil {
		return err
	}
	if in.More() {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// signature checks who vouches for the manifest.
func (c *checker) signature() {
	own := ed25519.PublicKey(c.manifest.PublicKey)
	if len(own) != ed25519.PublicKeySize || audit.KeyID(own) != c.manifest.KeyID {
		c.finding("the manifest was changed: its key and the key's short name do not fit")
		return
	}
	c.keys = c.options.Keys
	if len(c.keys) == 0 {
		c.keys = []ed25519.PublicKey{own}
		c.open("Who signed: the signatures were held against the key in the pack itself, %s. Compare it with the one the controller published, or name that with --key.", audit.KeyID(own))
	} else if !slices.ContainsFunc(c.keys, func(k ed25519.PublicKey) bool { return k.Equal(own) }) {
		c.finding("the pack is signed with the key %s, which is not the one it was held against", audit.KeyID(own))
	}
	text, there := c.files[signatureName]
	if !there {
		c.finding("%s was removed", signatureName)
		return
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(string(text), "\n"))
	signed := append([]byte(domain), c.files[manifestName]...)
	if err != nil || !slices.ContainsFunc(c.keys, func(k ed25519.PublicKey) bool { return ed25519.Verify(k, signed, signature) }) {
		c.finding("the manifest does not fit its signature: one of the two was changed, or another key signed it")
		return
	}
	c.proved("The manifest is signed with the key %s.", audit.KeyID(own))
}

// entries holds what is there against the manifest.
func (c *checker) entries() {
	before := c.report.Findings
	listed := map[string]bool{manifestName: true, signatureName: true}
	for _, e := range c.manifest.Entries {
		content, there := c.files[e.Path]
		switch {
		case listed[e.Path] || !sound(e.Path):
			c.finding("the manifest was changed: it lists %s twice or where it cannot be", quoted(e.Path))
		case !there:
			c.finding("%s was removed, or cannot be read", quoted(e.Path))
		case int64(len(content)) != e.Size || sumOf(content) != e.SHA256:
			c.finding("%s was changed: its SHA-256 is not the manifest’s", quoted(e.Path))
		}
		listed[e.Path] = true
	}
	for path := range sorted(c.files) {
		if !listed[path] {
			c.finding("%s was added: the manifest does not list it", quoted(path))
		}
	}
	if c.report.Findings == before {
		c.proved("All %d entries are those of the manifest, byte for byte.", len(c.manifest.Entries))
	}
}

// sound reports whether a path stays within a pack.
func sound(path string) bool {
	return fs.ValidPath(path) && path != "." && !strings.ContainsAny(path, "\\:\x00")
}

// quoted writes a path from a file we know nothing about.
func quoted(path string) string {
	if len(path) > 200 {
		path = path[:200]
	}
	if !sound(path) || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Sprintf("%q", path)
	}
	return path
}
