// Package hooks owns the addresses that reminders are posted to beside mail:
// the file that names them, what is posted, how it is signed, and the guard that
// keeps a post from going anywhere but where an administrator meant it to.
//
// A post says which request, what happened, which clock and until when, with a
// link that asks for a sign-in. It never holds a person's data.
//
// The package refuses to know what a request is, who may see it and when
// something is due.
package hooks

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"dsr/strict"
)

// The forms of a post.
const (
	JSON  = "json"  // an Event, signed
	Slack = "slack" // text and blocks as Slack and those like it take them
)

// Kinds lists the kinds of events.
func Kinds() []string {
	return []string{Soon, Today, Overdue, Escalated, LastExtension, Question}
}

// The kinds of events.
const (
	Soon          = "soon"           // a clock runs out in some days or hours
	Today         = "today"          // it runs out today
	Overdue       = "overdue"        // it has run out
	Escalated     = "escalated"      // somebody above heard that it has run out
	LastExtension = "last_extension" // it can be extended until today
	Question      = "question"       // a question that pauses it is still open
)

// Hook is one address and what is posted there.
type Hook struct {
	Name       string   `yaml:"name" validate:"required"`
	URL        string   `yaml:"url"`
	URLFile    string   `yaml:"url_file"` // holds the address, where that is a secret, as Slack's are
	Format     string   `yaml:"format" validate:"required,oneof=json slack"`
	SecretFile string   `yaml:"secret_file"` // holds the key that posts are signed with
	Policies   []string `yaml:"policies"`    // absent: all
	Events     []string `yaml:"events"`      // absent: all

	address *url.URL
	secret  []byte
}

// List is the hooks of one file.
type List []*Hook

// name is what stands in jobs and on pages.
var name = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Read reads the file that names the hooks, and the secrets it points at. Names
// of files in it are relative to its own folder. Faults carry file and line;
// none repeats a secret or an address.
func Read(file string) (List, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var content struct {
		Hooks []*Hook `yaml:"hooks" validate:"required,dive"`
	}
	if err := strict.NewReader().Decode(file, data, &content); err != nil {
		return nil, err
	}
	for i, h := range content.Hooks {
		twice := slices.ContainsFunc(content.Hooks[:i], func(o *Hook) bool { return o.Name == h.Name })
		err := h.lint()
		if err == nil && twice {
			err = errors.New("two hooks have this name")
		}
		if err == nil {
			err = h.load(filepath.Dir(file))
		}
		if err != nil {
			return nil, strict.At(file, data, "name: "+h.Name, fmt.Sprintf("hook %s: %s", h.Name, err))
		}
	}
	return content.Hooks, nil
}

// lint checks what the types cannot say.
func (h *Hook) lint() error {
	switch {
	case !name.MatchString(h.Name):
		return errors.New("its name is not of lower-case letters, digits and hyphens, at most 40")
	case (h.URL == "") == (h.URLFile == ""):
		return errors.New("give either url or url_file")
	case h.Format == JSON && h.SecretFile == "":
		return errors.New("posts in the form json are signed: name the file of the key in secret_file")
	case h.Format == Slack && h.SecretFile != "":
		return errors.New("the form slack is not signed: its address is the secret, so leave secret_file out")
	}
	for _, kind := range h.Events {
		if !slices.Contains(Kinds(), kind) {
			return fmt.Errorf("%q is no kind of event: choose from %s", kind, strings.Join(Kinds(), ", "))
		}
	}
	return nil
}

// shortestSecret is how many bytes the key of a signature has at least.
const shortestSecret = 16

// load reads the address and the key.
func (h *Hook) load(folder string) (err error) {
	address := h.URL
	if h.URLFile != "" {
		if address, err = secretIn(folder, h.URLFile); err != nil {
			return err
		}
	}
	if h.address, err = url.Parse(address); err != nil || h.address.Host == "" || h.address.User != nil || h.address.Fragment != "" {
		return errors.New("its address is not like https://hooks.example.com/path")
	}
	if h.address.Scheme != "https" && !(h.address.Scheme == "http" && literalLoopback(h.address.Hostname())) {
		return errors.New("its address does not begin with https://")
	}
	if h.SecretFile == "" {
		return nil
	}
	secret, err := secretIn(folder, h.SecretFile)
	if err != nil {
		return err
	}
	if h.secret = []byte(secret); len(secret) < shortestSecret {
		return fmt.Errorf("its key has fewer than %d characters", shortestSecret)
	}
	return nil
}

func secretIn(folder, file string) (string, error) {
	if !filepath.IsAbs(file) {
		file = filepath.Join(folder, file)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(content)), nil
}

// literalLoopback reports whether a host is an address of this machine, written
// as a number: only then may a post travel unprotected.
func literalLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Host is where the hook posts to, without the path, which may be secret.
func (h *Hook) Host() string { return h.address.Host }

// Wants reports whether events of a kind under a policy are posted there.
func (h *Hook) Wants(policy, kind string) bool {
	return (len(h.Policies) == 0 || slices.Contains(h.Policies, policy)) && (len(h.Events) == 0 || slices.Contains(h.Events, kind))
}

// Check asks about every policy that a hook is for whether there is one.
func (l List) Check(known func(policy string) error) error {
	for _, h := range l {
		for _, policy := range h.Policies {
			if err := known(policy); err != nil {
				return fmt.Errorf("hook %s: %w", h.Name, err)
			}
		}
	}
	return nil
}

// Named returns the hook of a name, or nil.
func (l List) Named(name string) *Hook {
	for _, h := range l {
		if h.Name == name {
			return h
		}
	}
	return nil
}
