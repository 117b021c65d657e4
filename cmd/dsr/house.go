package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"dsr/database"
	"dsr/hooks"
	"dsr/people"
	"dsr/policies"
	"dsr/reports"
	"dsr/requests"
	"dsr/vault"
	"dsr/words"
)

// store is the flags of every command that opens the database.
type store struct {
	Database     string `help:"SQLite file or postgres:// address." default:"dsr.db"`
	DatabaseFile string `help:"File that holds the address of the database, when it has a password." type:"existingfile"`
	KeyFile      string `help:"File of the keys that seal personal data; make one with 'dsr key new'."`
	BaseURL      string `name:"base-url" help:"Where people reach the pages; on this machine the address listened on, else it must be named."`

	hooks hooks.List // where reminders are posted to beside mail
}

// house is the rooms, opened together and closed together.
type house struct {
	db     *database.DB
	ring   *vault.Ring
	book   *policies.Book
	words  *words.Catalogue
	people *people.Register
	office *requests.Office
	weekly *reports.Weekly
}

// open opens everything a command needs. The wake function may be nil.
func (s store) open(t *terminal, p packs, wake func()) (*house, error) {
	return s.openFor(t, p, wake, requests.MailRoutes{})
}

// openFor is open for what writes letters that are answered by mail.
func (s store) openFor(t *terminal, p packs, wake func(), routes requests.MailRoutes) (*house, error) {
	h := new(house)
	if err := h.fill(t, s, p, wake, routes); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// openExisting is open for commands that only read. A mistyped name of a SQLite
// file is a mistake, and not an empty database.
func (s store) openExisting(t *terminal, p packs) (*house, error) {
	address, err := s.address()
	if err != nil {
		return nil, err
	}
	if file := sqliteFile(address); file != "" {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no database %s: name it with --database", file)
		}
	}
	return s.open(t, p, nil)
}

// sqliteFile returns the file a database address names, or "" for a server's.
func sqliteFile(address string) string {
	scheme, rest, found := strings.Cut(address, ":")
	switch {
	case found && scheme == "sqlite":
		return strings.TrimPrefix(rest, "//")
	case found:
		return ""
	}
	return address
}

func (h *house) fill(t *terminal, s store, p packs, wake func(), routes requests.MailRoutes) (err error) {
	if s.KeyFile == "" {
		return fmt.Errorf("name a key file with --key-file or DSR_KEY_FILE: personal data is never kept unsealed. Make one with: dsr key new FILE")
	}
	if h.ring, err = vault.LoadRing(s.KeyFile); err != nil {
		return err
	}
	if h.book, err = p.load(); err != nil {
		return err
	}
	if err := s.hooks.Check(func(policy string) error { _, err := h.book.Pack(policy); return err }); err != nil {
		return err
	}
	if h.words, err = words.Load(); err != nil {
		return err
	}
	if h.db, err = s.database(t.ctx); err != nil {
		return err
	}
	if err := h.db.Migrate(t.ctx); err != nil {
		return err
	}
	if h.people, err = people.New(h.db, h.ring, people.OWASP()); err != nil {
		return err
	}
	h.office, err = requests.Open(t.ctx, t.now(), requests.Settings{
		DB: h.db, Book: h.book, Ring: h.ring, Words: h.words, People: h.people, BaseURL: cmp.Or(s.BaseURL, "http://127.0.0.1:8080"), Mail: routes, Hooks: s.hooks, Wake: wake,
	})
	if err != nil {
		return err
	}
	desk, err := reports.Open(h.db, h.book, h.words)
	h.weekly = &reports.Weekly{Desk: desk, People: h.people, Words: h.words, BaseURL: h.office.BaseURL()}
	return err
}

// address returns the address of the database from the flags.
func (s store) address() (string, error) {
	if s.DatabaseFile == "" {
		return s.Database, nil
	}
	content, err := os.ReadFile(s.DatabaseFile)
	return strings.TrimSpace(string(content)), err
}

// database opens the database of the flags.
func (s store) database(ctx context.Context) (*database.DB, error) {
	address, err := s.address()
	if err != nil {
		return nil, err
	}
	return database.Open(ctx, address)
}

func (h *house) close() {
	if h.db != nil {
		h.db.Close()
	}
}
