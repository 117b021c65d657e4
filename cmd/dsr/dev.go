package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"dsr/access"
	"dsr/mailer"
	"dsr/mailer/inbox"
	"dsr/people"
	"dsr/vault"
	"dsr/words"
)

type devCommand struct {
	packs
	Dir    string `default:"run" type:"path" help:"Where the database and the keys lie."`
	Listen string `default:"127.0.0.1:8080" help:"Address to listen on; loopback only."`
	Quiet  bool   `help:"Do not print the access log."`
	limits
}

// The people of the sample company. The password is for this machine only: dev
// listens on loopback and nowhere else.
const devPassword = "try-it-on-this-machine"

var devPeople = [...]people.User{
	{Email: "mara@example.com", Name: "Mara Lindqvist", Role: access.Handler, Active: true},
	{Email: "joon@example.com", Name: "Joon Park", Role: access.Approver, Active: true},
	{Email: "priya@example.com", Name: "Priya Nair", Role: access.Administrator, Active: true},
	{Email: "tom@example.com", Name: "Tom Reyes", Role: access.Auditor, Active: true},
}

// Run serves with sample data and a mailbox of its own.
func (c *devCommand) Run(t *terminal) error {
	if !onLoopback(c.Listen) {
		return fmt.Errorf("dsr dev listens on this machine only, not on %s: it has a known password", c.Listen)
	}
	limits, err := c.limits.web()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	keys := filepath.Join(c.Dir, "keys")
	made := false
	if _, err := os.Stat(keys); errors.Is(err, fs.ErrNotExist) {
		if _, err := vault.CreateRing(keys, t.now()); err != nil {
			return err
		}
		made = true
	}
	box, err := inbox.Start(inbox.Options{Keep: 1000})
	if err != nil {
		return err
	}
	defer box.Close()
	server, err := mailer.ParseURL("smtp://" + box.Address())
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: level(c.Quiet)}))
	p := plant{log: log, listen: c.Listen, from: "privacy@example.com", smtp: server, inbox: box, limits: limits}
	// Pages also speak a made-up language that is written from right to left.
	if p.words, err = words.LoadWithPseudo(); err != nil {
		return err
	}
	p.ready = func(*house, string) { c.greet(t, keys, made) }
	s := store{Database: filepath.Join(c.Dir, "dsr.db"), KeyFile: keys, BaseURL: "http://" + c.Listen}
	if err := c.furnish(t, &p, s); err != nil {
		return err
	}
	return p.open(t, s, c.packs)
}

func level(quiet bool) slog.Level {
	if quiet {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// furnish adds the people and the sample requests to an empty database.
func (c *devCommand) furnish(t *terminal, p *plant, s store) error {
	h, err := s.open(t, c.packs, nil)
	if err != nil {
		return err
	}
	defer h.close()
	if _, err := h.people.ByEmail(t.ctx, devPeople[0].Email); err == nil {
		return nil
	}
	fmt.Fprint(t.out, "Making sample requests … ")
	for _, user := range devPeople {
		user.Policies = access.AllPolicies()
		if _, err := h.people.Create(t.ctx, t.now(), user, devPassword); err != nil {
			return err
		}
	}
	n, err := playSamples(t, h, p)
	fmt.Fprintf(t.out, "%d made.\n", n)
	return err
}

// greet prints where everything is.
func (c *devCommand) greet(t *terminal, keys string, made bool) {
	base := "http://" + c.Listen
	word := "are"
	if made {
		word = "were made and are"
	}
	fmt.Fprintf(t.out, `
  Ask as a person   %[1]s/
  Console           %[1]s/console      %[2]s  (password: %[3]s)
                    also joon@, priya@ and tom@example.com: approver, administrator, auditor
  Mailbox           %[1]s/mailbox      every letter as it was sent

  The database is in %[4]s, its keys %[5]s in %[6]s. Stop with Ctrl-C; remove the folder to begin anew.

`, base, devPeople[0].Email, devPassword, c.Dir, word, keys)
}
