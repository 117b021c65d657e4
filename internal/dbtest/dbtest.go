// Package dbtest gives tests real databases: a fresh SQLite file, and a fresh
// schema in a real PostgreSQL server, so that the same test speaks for both
// engines.
//
// The server is the one DSR_TEST_POSTGRES_URL names (its user must be allowed
// to create schemas there), or else a private one, started on the first demand and
// stopped when the test binary ends, however it ends. Where there is no
// PostgreSQL a test fails. Only where DSR_TEST_WITHOUT_POSTGRES=1 is set and
// CI=true is not, the test runs on SQLite alone and says so, with a count, in a
// line that begins with "NOT RUN:".
package dbtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"dsr/database"
)

var (
	server = sync.OnceValues(findServer)
	notRun atomic.Int64
)

// Each runs a test once per engine, each time in an empty, migrated database.
func Each(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { test(t, Open(t, url)) })
}

// EachURL runs a test once per engine, each time with the URL of a database
// that is empty and not migrated.
func EachURL(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, SQLite(t)) })
	on, err := server()
	if err == nil {
		t.Run("PostgreSQL", func(t *testing.T) { test(t, freshSchema(t, on)) })
		return
	}
	if os.Getenv("CI") == "true" || os.Getenv("DSR_TEST_WITHOUT_POSTGRES") != "1" {
		t.Fatalf("PostgreSQL: %v; install it, name a server in DSR_TEST_POSTGRES_URL, or set DSR_TEST_WITHOUT_POSTGRES=1", err)
	}
	fmt.Fprintf(os.Stderr, "NOT RUN: %s on PostgreSQL (%d so far): %v\n", t.Name(), notRun.Add(1), err)
}

// SQLite returns the URL of a file that does not exist yet and is removed
// after the test.
func SQLite(t testing.TB) string {
	return "sqlite://" + filepath.Join(t.TempDir(), "dsr.db")
}

// Open opens and migrates a database and closes it after the test.
func Open(t testing.TB, url string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// freshSchema makes a schema on the server. To its URL it is an empty database;
// making a real one takes a hundred times as long. On a server of our own it is
// removed with the server, elsewhere after the test.
func freshSchema(t *testing.T, on *postgres) string {
	t.Helper()
	name := "dsr_test_" + strings.ToLower(rand.Text())
	command(t, on, "CREATE SCHEMA "+name)
	if on.alive == nil {
		t.Cleanup(func() { command(t, on, "DROP SCHEMA "+name+" CASCADE") })
	}
	u, err := url.Parse(on.url)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return u.String()
}

func command(t *testing.T, on *postgres, query string) {
	t.Helper()
	// Not the context of the test, which has ended when it cleans up.
	if _, err := on.admin.ExecContext(context.Background(), query); err != nil {
		t.Fatal(err)
	}
}
