package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"dsr/access"
	"dsr/people"
	"dsr/requests"
	"dsr/vault"
)

type userCommand struct {
	Add         userAdd    `cmd:"" help:"Add somebody to the console, with a password that is made and printed, or read with --stdin."`
	List        userList   `cmd:"" help:"List the people of the console."`
	ResetFactor userFactor `cmd:"" help:"Remove the second factor and recovery codes of somebody who has lost them, and end their sessions."`
	Unlink      userUnlink `cmd:"" help:"Forget which account of the identity provider belongs to somebody; the next sign-in looks for it by address again."`
}

type userAdd struct {
	store
	packs
	Email string   `arg:"" help:"Work address; it is the name to sign in with."`
	Name  string   `required:"" help:"Name as colleagues see it."`
	Role  string   `default:"handler" enum:"handler,approver,administrator,auditor" help:"${enum}"`
	For   []string `help:"Policies they serve; none means all."`
	Stdin bool     `help:"Read the password from standard input."`
}

// Run adds a user.
func (c *userAdd) Run(t *terminal) error {
	h, err := c.store.open(t, c.packs, nil)
	if err != nil {
		return err
	}
	defer h.close()
	serves := access.AllPolicies()
	if len(c.For) > 0 {
		serves = access.OnlyPolicies(c.For...)
	}
	for _, id := range c.For {
		if _, err := h.book.Pack(id); err != nil {
			return err
		}
	}
	password := rand.Text()
	if c.Stdin {
		line, err := bufio.NewReader(t.in).ReadString('\n')
		if err != nil && line == "" {
			return fmt.Errorf("no password came on standard input: %w", err)
		}
		password = strings.TrimRight(line, "\r\n")
	}
	user, err := h.people.Create(t.ctx, t.now(), people.User{Email: c.Email, Name: c.Name, Role: access.Role(c.Role), Policies: serves, Active: true}, password, requests.OnTrail(t.now(), access.MachineNamed("command-line"), "add_user"))
	var fields people.FieldErrors
	if errors.As(err, &fields) {
		for field, sentence := range fields {
			fmt.Fprintf(t.err, "%s: %s\n", field, sentence)
		}
		return errors.New("the person was not added")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s can sign in as %s for %s.\n", user.Email, user.Role, user.Policies)
	if !c.Stdin {
		fmt.Fprintf(t.out, "Password: %s\n", password)
	}
	return nil
}

type userList struct {
	store
	packs
}

// Run lists the users.
func (c *userList) Run(t *terminal) error {
	h, err := c.store.openExisting(t, c.packs)
	if err != nil {
		return err
	}
	defer h.close()
	users, err := h.people.List(t.ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		state := ""
		switch {
		case u.State() != people.AtWork:
			state = fmt.Sprintf(" (%s)", u.State())
		case u.Factors.Any():
			state = " (second factor)"
		}
		fmt.Fprintf(t.out, "%-4d %-32s %-14s %s%s\n", u.ID, u.Email, u.Role, u.Policies, state)
	}
	return nil
}

type userFactor struct {
	store
	packs
	Email  string               `arg:"" help:"The address they sign in with."`
	Reason requests.ResetReason `required:"" enum:"lost,replaced,suspected" help:"${enum}; it stands on the audit trail."`
}

// Run removes somebody's second factor; they are told by letter.
func (c *userFactor) Run(t *terminal) error {
	h, err := c.store.openExisting(t, c.packs)
	if err != nil {
		return err
	}
	defer h.close()
	user, err := h.people.ByEmail(t.ctx, c.Email)
	if err != nil {
		return err
	}
	trail := requests.OnHouse(t.now(), access.MachineNamed("command-line"), "reset_factor", requests.Detail{"reason": c.Reason})
	if err := h.people.ResetFactors(t.ctx, user.ID, trail, h.office.FactorsGone(t.now())); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s signs in with the password alone now, and is told by letter.\n", user.Email)
	return nil
}

type keyCommand struct {
	New    keyNew    `cmd:"" help:"Make a key file. Keep a copy apart from the database: without it nothing sealed can be read."`
	Add    keyAdd    `cmd:"" help:"Add a key to a file; it seals from the next start on. Older keys stay, to open what they sealed."`
	Rewrap keyRewrap `cmd:"" help:"Wrap every data key with the newest key of the file. Nothing is sealed anew, so it is quick and can be done while dsr serves."`
}

type keyNew struct {
	File string `arg:"" type:"path" help:"Where to write; it must not exist yet."`
}

// Run makes a key file.
func (c *keyNew) Run(t *terminal) error {
	if _, err := vault.CreateRing(c.File, t.now()); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "The keys are in %s. Keep a copy apart from the database: without it nothing sealed can be read.\n", c.File)
	return nil
}

type keyAdd struct {
	File string `arg:"" type:"existingfile" help:"The key file in use."`
}

// Run adds a key to a file.
func (c *keyAdd) Run(t *terminal) error {
	if _, err := vault.AddKey(c.File, t.now()); err != nil {
		return err
	}
	fmt.Fprintln(t.out, "A key was added. Restart every process that uses the file.")
	return nil
}

type keyRewrap struct{ store }

// Run wraps the data keys anew. Those of forms under way and of waiting jobs are
// left as they are: they end by themselves.
func (c *keyRewrap) Run(t *terminal) error {
	h, err := c.openExisting(t, packs{})
	if err != nil {
		return err
	}
	defer h.close()
	for _, table := range []string{"requests", "users", "agents", "bulks", "mails"} {
		n, err := h.db.Rewrite(t.ctx, table, "wrapped_key", h.ring.Rewrap)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%s: %d data keys wrapped by the newest key.\n", table, n)
	}
	return nil
}

type lifecycleCommand struct{}

// Run prints the lifecycle.
func (lifecycleCommand) Run(t *terminal) error {
	machine, err := requests.Lifecycle()
	if err != nil {
		return err
	}
	fmt.Fprint(t.out, machine.Mermaid())
	return nil
}

type migrateCommand struct {
	Database     string `help:"SQLite file or postgres:// address." default:"dsr.db"`
	DatabaseFile string `help:"File that holds the address of the database." type:"existingfile"`
}

// Run migrates the database.
func (c *migrateCommand) Run(t *terminal) error {
	db, err := store{Database: c.Database, DatabaseFile: c.DatabaseFile}.database(t.ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(t.ctx); err != nil {
		return err
	}
	fmt.Fprintln(t.out, "The database has the form this program needs.")
	return nil
}

type explainCommand struct {
	store
	packs
	Reference string `arg:"" help:"Reference of the request, like MOX-8H2D-5K."`
	Clock     string `help:"Only this clock, like respond.law."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

// Run explains the dates of one request as they stand now.
func (c *explainCommand) Run(t *terminal) error {
	h, err := c.store.openExisting(t, c.packs)
	if err != nil {
		return err
	}
	defer h.close()
	caller := access.Caller{Kind: access.Staff, Name: "command line", Role: access.Auditor, Policies: access.AllPolicies()}
	found, err := c.derive(t, h, caller)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(t, found)
	}
	for _, d := range found {
		fmt.Fprintf(t.out, "%s: %s (%s)\n", requests.ClockName(d.Kind, d.Basis), d.DueDate, d.State)
		for n, s := range d.Steps {
			fmt.Fprintf(t.out, "  %d  %-15s %s  %s\n", n+1, s.Heading(), s.Text(), s.Date)
			if s.Source != "" {
				fmt.Fprintf(t.out, "     %-15s %s (%s)\n", "", s.Source, d.Certainty)
			}
		}
	}
	return nil
}

// derive explains the clock that was named, or all of the request's.
func (c *explainCommand) derive(t *terminal, h *house, caller access.Caller) ([]*requests.Derivation, error) {
	reference := strings.ToUpper(c.Reference)
	names := []string{c.Clock}
	if c.Clock == "" {
		view, err := h.office.Open(t.ctx, caller, t.now(), reference, false)
		if err != nil {
			return nil, err
		}
		names = names[:0]
		for i := range view.Clocks {
			names = append(names, view.Clocks[i].Name())
		}
	}
	var found []*requests.Derivation
	for _, name := range names {
		d, err := h.office.Derive(t.ctx, caller, t.now(), reference, name)
		if err != nil {
			return nil, fmt.Errorf("clock %s of %s: %w", name, reference, err)
		}
		found = append(found, d)
	}
	return found, nil
}
