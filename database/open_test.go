package database_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
)

func TestOpenTakesEachFormOfURL(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for url, file := range map[string]string{
		"sqlite://" + dir + "/absolute.db": "absolute.db",
		"sqlite:relative.db":               "relative.db",
		"bare.db":                          "bare.db",
		"./dotted.db":                      "dotted.db",
		"odd ?name%20#1:2.db":              "odd ?name%20#1:2.db",
	} {
		db := openThings(t, url)
		if err := db.Write(t.Context(), add("a")); err != nil {
			t.Errorf("%s: %v", url, err)
		}
		wantNames(t, db, "a")
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: want a file only its owner can read, got %v %v", url, info, err)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"":                                    "needs the path of a file",
		":memory:":                            "needs the path of a file",
		"mysql://host/db":                     `"mysql" is no known kind of database`,
		"sqlite:///nowhere/at/all/dsr.db":     "the folder does not exist",
		text:                                  "is no database",
		"postgres://u:hush@h:notaport/db":     "database URL",
		"postgres:///db?host=/nowhere&user=u": "opening PostgreSQL",
	} {
		_, err := database.Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v, want %q", url, err, want)
		}
	}
}

func TestTheSettingsHoldOnEveryConnection(t *testing.T) {
	db := openThings(t, dbtest.SQLite(t))
	settings := func(ctx context.Context, on bun.IDB) string {
		var mode string
		var sync, keys, limit int
		for query, dest := range map[string]any{"journal_mode": &mode, "synchronous": &sync, "foreign_keys": &keys, "journal_size_limit": &limit} {
			if err := database.Row(ctx, on, []any{dest}, "PRAGMA "+query); err != nil {
				t.Fatal(err)
			}
		}
		if mode != "wal" || sync != 2 || keys != 1 || limit != 64<<20 {
			t.Errorf("journal %s, synchronous %d, foreign keys %d, limit %d", mode, sync, keys, limit)
		}
		return mode
	}
	settings(t.Context(), db.Read())
	err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		settings(ctx, tx)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := openThings(t, dbtest.SQLite(t))
	_, err := db.Read().NewInsert().Model(&Thing{Name: "a"}).Exec(t.Context())
	if err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("got %v", err)
	}
	wantNames(t, db)
}

func TestClosingFoldsTheLogIntoTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dsr.db")
	db := openThings(t, path)
	if err := db.Write(t.Context(), add("a")); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !os.IsNotExist(err) {
		t.Errorf("the log is still there: %v", err)
	}
	if info, err := os.Stat(path + ".lock"); err != nil || info.Mode()&fs.ModePerm != 0o600 {
		t.Errorf("the lock file: %v %v", info, err)
	}
}
