package database_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
)

// Thing is a row with one column of each type.
type Thing struct {
	bun.BaseModel `bun:"table:things"`

	ID      int64 `bun:",pk,autoincrement"`
	Name    string
	Amount  int64
	Flag    bool
	At      time.Time
	MaybeAt bun.NullTime
	Sealed  []byte
	Doc     json.RawMessage `bun:"type:jsonb,nullzero"`
}

func things() fstest.MapFS {
	return fstest.MapFS{"001_things.tx.up.sql": {Data: []byte(`
CREATE TABLE things (
    id {{.PK}},
    name TEXT NOT NULL UNIQUE,
    amount {{.Int}} NOT NULL DEFAULT 0 CHECK (amount >= 0),
    flag {{.Bool}} NOT NULL DEFAULT FALSE,
    at {{.Time}},
    maybe_at {{.Time}},
    sealed {{.Bytes}},
    doc {{.JSON}}
);
--bun:split
CREATE TABLE parts (id {{.PK}}, thing_id {{.Int}} NOT NULL REFERENCES things (id));
`)}}
}

// openThings opens a database with the table of things.
func openThings(t testing.TB, url string) *database.DB {
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
	if err := db.MigrateFiles(t.Context(), things()); err != nil {
		t.Fatal(err)
	}
	return db
}

func eachThings(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	dbtest.EachURL(t, func(t *testing.T, url string) { test(t, openThings(t, url)) })
}

// add returns a write that adds things of the given names.
func add(names ...string) func(context.Context, bun.Tx) error {
	return func(ctx context.Context, tx bun.Tx) error {
		for _, name := range names {
			if _, err := tx.NewInsert().Model(&Thing{Name: name}).Exec(ctx); err != nil {
				return fmt.Errorf("adding: %w", err)
			}
		}
		return nil
	}
}

func wantNames(t *testing.T, db *database.DB, want ...string) {
	t.Helper()
	got := []string{}
	err := db.Read().NewSelect().Model((*Thing)(nil)).Column("name").OrderExpr("name").Scan(context.Background(), &got)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the table holds %v, want %v", got, want)
	}
}

// held keeps the SQLite writer in a job until release is called, so that what
// is written meanwhile becomes one group.
func held(t *testing.T, db *database.DB) (release func()) {
	t.Helper()
	began, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- db.Write(context.Background(), func(context.Context, bun.Tx) error {
			close(began)
			<-end
			return nil
		})
	}()
	<-began
	return func() {
		close(end)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
