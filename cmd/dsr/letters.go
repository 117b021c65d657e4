package main

import (
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/wording"
	"dsr/words"
)

type lettersCommand struct {
	Preview lettersPreview `cmd:"" help:"Show letters as they would read. Nothing is sent, and no link in them opens anything."`
}

type lettersPreview struct {
	store
	packs
	Kind    string `help:"Only this kind, like extended; without it all."`
	Lang    string `default:"en" help:"Language of letters to requesters and agents, like de."`
	Policy  string `help:"Whose letters; without it the first policy's, or that of the request."`
	Request string `help:"Reference of a request whose dates they show; without it a made-up one."`
	Out     string `type:"path" help:"Folder for one file each, with an index.html; without it they are printed."`
	Text    bool   `help:"Write text files only."`
}

// Run writes or prints the letters.
func (c *lettersPreview) Run(t *terminal) error {
	kinds := requests.LetterKinds()
	if c.Kind != "" {
		kinds = slices.DeleteFunc(kinds, func(k requests.LetterKind) bool { return k.Kind != c.Kind })
	}
	if len(kinds) == 0 {
		return fmt.Errorf("there is no letter %q: without --kind all are shown, by name", c.Kind)
	}
	h, references, closing, err := c.enter(t)
	if err != nil {
		return err
	}
	defer closing()
	if !slices.ContainsFunc(h.words.Languages(), func(l words.Language) bool { return l.Tag == c.Lang }) {
		return fmt.Errorf("no letter is written in %q", c.Lang)
	}
	var shown []shownLetter
	for _, k := range kinds {
		list, err := c.specimens(t, h, k, references)
		if err != nil {
			return err
		}
		shown = append(shown, list...)
	}
	if c.Out != "" {
		return c.write(t, shown)
	}
	for _, l := range shown {
		fmt.Fprintf(t.out, "##### %s\nSubject: %s\n\n%s\n", l.name, l.Subject, l.Text)
	}
	return nil
}

// shownLetter is one form of a letter under the name of its file.
type shownLetter struct {
	name string
	kind requests.LetterKind
	requests.Specimen
}

// previewer looks at letters from the command line: it sees all and does nothing.
func previewer() access.Caller {
	return access.Caller{Kind: access.Staff, Name: "command line", Role: access.Auditor, Policies: access.AllPolicies()}
}

// specimens shows the forms of one letter for the first request that can have
// it.
func (c *lettersPreview) specimens(t *terminal, h *house, k requests.LetterKind, references []string) (list []shownLetter, err error) {
	var forms []requests.Specimen
	for _, reference := range references {
		forms, err = h.office.Gallery(t.ctx, previewer(), t.now(), wording.Place{Policy: c.Policy, Kind: k.Kind, Language: c.Lang}, reference)
		var fields requests.FieldErrors
		switch {
		case errors.As(err, &fields):
			return nil, fmt.Errorf("request %s belongs to another policy than %s", reference, c.Policy)
		case errors.Is(err, requests.ErrNotFound):
			return nil, fmt.Errorf("there is no request %s", reference)
		case err != nil:
			return nil, err
		}
		if !slices.ContainsFunc(forms, func(s requests.Specimen) bool { return s.Fault != "" }) {
			break
		}
	}
	for i, s := range forms {
		name := k.Kind
		if i > 0 {
			name += "-" + fmt.Sprint(i+1)
		}
		if s.Fault != "" {
			fmt.Fprintf(t.err, "%s: this request never gets this letter\n", name)
			continue
		}
		list = append(list, shownLetter{name, k, s})
	}
	return list, nil
}

// enter opens the house of a request, or one that is made for the purpose and
// thrown away, and names the requests to show letters with.
func (c *lettersPreview) enter(t *terminal) (h *house, references []string, closing func(), err error) {
	if c.Request != "" {
		if h, err = c.store.openExisting(t, c.packs); err != nil {
			return nil, nil, nil, err
		}
		reference := strings.ToUpper(c.Request)
		if c.Policy == "" {
			c.Policy, err = policyOf(t, h, reference)
		}
		return h, []string{reference}, func() { h.close() }, err
	}
	dir, err := os.MkdirTemp("", "dsr-letters")
	if err != nil {
		return nil, nil, nil, err
	}
	s := store{Database: filepath.Join(dir, "dsr.db"), KeyFile: filepath.Join(dir, "keys"), BaseURL: "https://privacy.example.com"}
	closing = func() { os.RemoveAll(dir) }
	if _, err = vault.CreateRing(s.KeyFile, t.now()); err == nil {
		h, err = s.open(t, c.packs, nil)
	}
	if err != nil {
		closing()
		return nil, nil, nil, err
	}
	references, err = c.pretend(t, h)
	return h, references, func() { h.close(); os.RemoveAll(dir) }, err
}

// policyOf is whose request a reference is.
func policyOf(t *terminal, h *house, reference string) (string, error) {
	v, err := h.office.Open(t.ctx, previewer(), t.now(), reference, false)
	if err != nil {
		return "", fmt.Errorf("there is no request %s", reference)
	}
	return v.Policy, nil
}

// pretend receives made-up requests: for a copy, and one that only ends a use,
// which waits for nothing.
func (c *lettersPreview) pretend(t *terminal, h *house) (references []string, err error) {
	pack := h.book.Packs()[0]
	if c.Policy != "" {
		if pack, err = h.book.Pack(c.Policy); err != nil {
			return nil, err
		}
	}
	c.Policy = pack.ID
	for i, residence := range []string{"GB", "US-CA"} {
		given := h.book.Given(pack, residence, t.now())
		at := slices.IndexFunc(given, func(r policies.Right) bool { return r.IsOptOut() == (i == 1) })
		if at < 0 {
			continue
		}
		receipt, err := h.office.Receive(t.ctx, access.MachineNamed("samples"), t.now(), requests.Submission{
			Nonce: fmt.Sprintf("letters/%016d", i), Policy: pack.ID, Rights: given[at : at+1], Residence: residence, Channel: "form", Language: "en",
			Person: requests.Person{Email: "person@example.org", Name: "A Person"},
		})
		if err != nil {
			return nil, err
		}
		references = append(references, receipt.Requests[0].Reference)
	}
	return references, nil
}

// write makes the folder.
func (c *lettersPreview) write(t *terminal, shown []shownLetter) error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	var index strings.Builder
	fmt.Fprintf(&index, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>Letters</title>\n<h1>Letters of %s</h1>\n<ul>\n", html.EscapeString(c.Policy))
	for _, l := range shown {
		files := map[string]string{".txt": "Subject: " + l.Subject + "\n\n" + l.Text}
		links := fmt.Sprintf(`<a href="%s.txt">text</a>`, l.name)
		if !c.Text {
			files[".html"] = l.Page
			links = fmt.Sprintf(`<a href="%s.html">HTML</a>, `, l.name) + links
		}
		for ending, content := range files {
			if err := os.WriteFile(filepath.Join(c.Out, l.name+ending), []byte(content), 0o644); err != nil {
				return err
			}
		}
		fmt.Fprintf(&index, "<li>%s (to the %s): %s, %s</li>\n", html.EscapeString(strings.TrimSuffix(l.kind.Name+": "+l.Name, ": ")), l.kind.Audience, html.EscapeString(l.Subject), links)
	}
	index.WriteString("</ul>\n</html>\n")
	fmt.Fprintf(t.out, "%s written to %s.\n", counted(len(shown), "letter"), c.Out)
	return os.WriteFile(filepath.Join(c.Out, "index.html"), []byte(index.String()), 0o644)
}
