//go:build bench

// Command bench measures the figures the product promises, each beside a
// baseline measured in the same run: bare prepared statements for what is
// written, a plain copy for what is computed. It prints ratios, because
// absolute numbers are the machine's.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"

	"dsr/database"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/words"
)

func main() {
	only := flag.String("only", "", "one of due, receive, http, million, postgres")
	rows := flag.Int("rows", 1_000_000, "requests in the large database")
	postgres := flag.String("postgres", "", "also measure the large database on this PostgreSQL address")
	profile := flag.String("profile", "", "write a CPU profile to this file")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	sections := []struct {
		name string
		run  func(context.Context) error
	}{
		{"due", benchDue},
		{"receive", benchReceive},
		{"http", benchHTTP},
		{"million", func(ctx context.Context) error { return benchMillion(ctx, *rows) }},
		{"postgres", func(ctx context.Context) error { return benchPostgres(ctx, *rows, *postgres) }},
	}
	for _, s := range sections {
		if *only != "" && *only != s.name {
			continue
		}
		if err := s.run(context.Background()); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", s.name, err)
			os.Exit(1)
		}
	}
}

// place is an office in a folder of its own.
type place struct {
	dir    string
	db     *database.DB
	ring   *vault.Ring
	book   *policies.Book
	words  *words.Catalogue
	people *people.Register
	office *requests.Office
}

func open(ctx context.Context, url string) (*place, error) {
	dir, err := os.MkdirTemp("", "dsr-bench-")
	if err != nil {
		return nil, err
	}
	p := &place{dir: dir}
	if url == "" {
		url = filepath.Join(dir, "dsr.db")
	}
	if p.ring, err = vault.CreateRing(filepath.Join(dir, "keys"), time.Now()); err != nil {
		return nil, err
	}
	if p.book, err = policies.Load(policies.Options{}); err != nil {
		return nil, err
	}
	if p.words, err = words.Load(); err != nil {
		return nil, err
	}
	if p.db, err = database.Open(ctx, url); err != nil {
		return nil, err
	}
	if err := p.db.Migrate(ctx); err != nil {
		return nil, err
	}
	if p.people, err = people.New(p.db, p.ring, people.OWASP()); err != nil {
		return nil, err
	}
	p.office, err = requests.Open(ctx, time.Now(), requests.Settings{
		DB: p.db, Book: p.book, Ring: p.ring, Words: p.words, People: p.people, BaseURL: "http://127.0.0.1:8080",
	})
	return p, err
}

func (p *place) close() {
	p.db.Close()
	os.RemoveAll(p.dir)
}

// line prints one figure.
func line(name, format string, args ...any) {
	fmt.Printf("%-44s %s\n", name, fmt.Sprintf(format, args...))
}

// verdict compares a figure with what was promised.
func verdict(kept bool) string {
	if kept {
		return "kept"
	}
	return "MISSED"
}
