package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dsr/policies"
	"dsr/words"
)

type policyCommand struct {
	Check   policyCheck   `cmd:"" help:"Lint a pack; with --text, prove its evidence against the policy."`
	Show    policyShow    `cmd:"" help:"Show what a pack says."`
	Diff    policyDiff    `cmd:"" help:"Say which promises and rights changed between two packs."`
	Explain policyExplain `cmd:"" help:"Say which law applies, which clocks run, and why each date is what it is."`
}

// packs is the flag of every command that reads policies.
type packs struct {
	Policies []string `help:"Directories of policy packs besides the five built in." type:"existingdir"`
	Holidays []string `help:"Directories of holiday overrides." type:"existingdir"`
}

func (p packs) load() (*policies.Book, error) {
	return policies.Load(policies.Options{Packs: p.Policies, Holidays: p.Holidays})
}

// find reads a pack from a file, or one in force by its name.
func (p packs) find(name string) (*policies.Pack, error) {
	book, err := p.load()
	if err != nil {
		return nil, err
	}
	return findIn(book, name)
}

func findIn(book *policies.Book, name string) (*policies.Pack, error) {
	if strings.ContainsRune(name, filepath.Separator) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		return book.ReadFile(name)
	}
	return book.Pack(name)
}

type policyCheck struct {
	packs
	Pack string `arg:"" help:"Name of a built-in pack, or a YAML file."`
	Text string `help:"The policy as published, as plain text." type:"existingfile"`
}

// Run lints a pack, notes what is worth a look, and compares it with the text.
func (c *policyCheck) Run(t *terminal) error {
	book, err := c.load()
	if err != nil {
		return err
	}
	pack, err := findIn(book, c.Pack)
	if err != nil {
		return err
	}
	catalogue, err := words.Load()
	if err != nil {
		return err
	}
	var languages []string
	for _, l := range catalogue.Languages()[1:] { // packs are written in the base language
		languages = append(languages, l.Tag)
	}
	findings := book.CheckPack(pack, languages)
	if c.Text != "" {
		text, err := os.ReadFile(c.Text)
		if err != nil {
			return err
		}
		findings = append(findings, policies.CheckText(pack, string(text))...)
	}
	failed := 0
	for _, f := range findings {
		fmt.Fprintln(t.out, f)
		if f.Severity == policies.SeverityError {
			failed++
		}
	}
	if c.Text == "" {
		fmt.Fprintf(t.out, "%s: the pack is sound. With --text its evidence can be proved.\n", pack.ID)
		return nil
	}
	fmt.Fprintf(t.out, "%s: %s, %s\n", pack.ID, counted(failed, "error"), counted(len(findings)-failed, "note"))
	if failed > 0 {
		return errFound
	}
	return nil
}

type policyShow struct {
	packs
	Pack string `arg:"" optional:"" help:"Name of a built-in pack, or a YAML file; none lists them."`
}

// Run prints a pack, or the list of packs.
func (c *policyShow) Run(t *terminal) error {
	if c.Pack != "" {
		pack, err := c.find(c.Pack)
		if err != nil {
			return err
		}
		fmt.Fprintln(t.out, strings.TrimRight(policies.Show(pack), "\n"))
		return nil
	}
	book, err := c.load()
	if err != nil {
		return err
	}
	for _, p := range book.Packs() {
		date := "undated"
		if p.Policy.Date != nil {
			date = p.Policy.Date.String()
		}
		fmt.Fprintf(t.out, "%-10s %-12s %s, version %s, sha256 %.12s\n", p.ID, date, p.Controller.Name, p.Version, p.SHA256)
	}
	return nil
}

type policyDiff struct {
	packs
	Old  string `arg:"" help:"Name or file of the older pack."`
	New  string `arg:"" help:"Name or file of the newer pack."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Run prints what changed between two packs.
func (c *policyDiff) Run(t *terminal) error {
	older, err := c.find(c.Old)
	if err != nil {
		return err
	}
	newer, err := c.find(c.New)
	if err != nil {
		return err
	}
	changes := policies.Diff(older, newer)
	if c.JSON {
		if changes == nil {
			changes = []policies.Change{}
		}
		return printJSON(t, changes)
	}
	for _, change := range changes {
		fmt.Fprintln(t.out, change)
	}
	if len(changes) == 0 {
		fmt.Fprintln(t.out, "Nothing that a person could rely on has changed.")
	}
	return nil
}

type policyExplain struct {
	packs
	Policy    string  `required:"" help:"Name of the policy."`
	Right     string  `required:"" help:"The right: access, deletion, opt_out.marketing … A law's own name works too."`
	Residence string  `help:"Where the person lives: DE, US-CA. Leave out when unknown."`
	Received  instant `required:"" placeholder:"TIME" help:"When it was received, like 2026-03-02T09:00:00Z."`
	JSON      bool    `name:"json" help:"Print as JSON."`
}

// instant is a moment on the command line, in the form of RFC 3339.
type instant struct{ time.Time }

// UnmarshalText reads the moment.
func (i *instant) UnmarshalText(text []byte) (err error) {
	if i.Time, err = time.Parse(time.RFC3339, string(text)); err != nil {
		return fmt.Errorf("%q is no moment like 2026-03-02T09:00:00Z or 2026-03-02T10:00:00+01:00", text)
	}
	return nil
}

// Run prints the ruling and every clock with its steps.
func (c *policyExplain) Run(t *terminal) error {
	book, err := c.load()
	if err != nil {
		return err
	}
	pack, err := book.Pack(c.Policy)
	if err != nil {
		return err
	}
	right, err := policies.ParseRight(c.Right)
	if err != nil {
		return err
	}
	e, err := book.Explain(policies.Question{Pack: pack, Right: right, Residence: strings.ToUpper(c.Residence), ReceivedAt: c.Received.Time})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(t, e)
	}
	fmt.Fprint(t.out, e.Text())
	return nil
}

func printJSON(t *terminal, v any) error {
	encoder := json.NewEncoder(t.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

type deadlinesCommand struct {
	Check deadlinesCheck `cmd:"" help:"Compute a file of worked examples and name every difference."`
	Next  deadlinesNext  `cmd:"" help:"List the reminders that are planned: what is sent when, to whom, and why."`
}

type deadlinesCheck struct {
	packs
	File string `arg:"" type:"existingfile" help:"A file in the form deadline-example/1."`
}

// Run computes the examples from the program's own laws and calendars.
func (c *deadlinesCheck) Run(t *terminal) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	book, err := c.load()
	if err != nil {
		return err
	}
	differences, n, err := book.CheckWorked(data)
	if err != nil {
		return err
	}
	for _, d := range differences {
		fmt.Fprintln(t.out, d)
	}
	if len(differences) > 0 {
		fmt.Fprintf(t.out, "%s, %s\n", counted(n, "example"), counted(len(differences), "difference"))
		return errFound
	}
	fmt.Fprintf(t.out, "%s, no difference\n", counted(n, "example"))
	return nil
}
