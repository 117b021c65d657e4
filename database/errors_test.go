package database_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"github.com/uptrace/bun"

	"dsr/database"
)

// secret stands for a person's data in a statement or argument.
const secret = "jane@example.org"

func TestErrorsSayWhatIsWrongAndNeverWhoseData(t *testing.T) {
	raw := func(query string, args ...any) func(context.Context, bun.Tx) error {
		return func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, query, args...)
			return err
		}
	}
	exec := func(query string, args ...any) func(context.Context, bun.Tx) error {
		return func(ctx context.Context, tx bun.Tx) error {
			_, err := database.Exec(ctx, tx, query, args...)
			return err
		}
	}
	scan := func(query string, args ...any) func(context.Context, bun.Tx) error {
		return func(ctx context.Context, tx bun.Tx) error {
			var names []string
			return tx.NewRaw(query, args...).Scan(ctx, &names)
		}
	}
	prepared := func(ctx context.Context, tx bun.Tx) error {
		stmt, err := tx.Tx.PrepareContext(ctx, "SELECT '"+secret+"' FROM nowhere")
		if err == nil {
			stmt.Close()
		}
		return err
	}
	cases := []struct {
		name string
		fn   func(context.Context, bun.Tx) error
		want string
	}{
		{"a key that exists, by Bun", add(secret, secret), "a row with the same key exists already"},
		{"a key that exists, by Exec", exec("INSERT INTO things (name) VALUES (?), (?)", secret, secret), "a row with the same key exists already"},
		{"a row that is missing", exec("INSERT INTO parts (thing_id) VALUES (?)", 99), "a row that is referred to does not exist"},
		{"a rule of the table", raw("INSERT INTO things (name, amount) VALUES (?, -1)", secret), "a value breaks a rule of its table"},
		{"a value that is missing", raw("INSERT INTO things (name, amount) VALUES (?, NULL)", secret), "a value breaks a rule of its table"},
		{"no such column", raw("INSERT INTO things (\"" + secret + "\") VALUES (1)"), "the database refused the statement"},
		{"bad syntax", raw("INSERT INTO '" + secret), "the database refused the statement"},
		{"a NUL, which Bun turns into bad syntax", add(secret + "\x00"), "the database refused the statement"},
		{"bad syntax of a query", scan("SELECT '" + secret + "' FRUM things"), "the database refused the statement"},
		{"bad syntax of a prepared statement", prepared, "the database refused the statement"},
		{"a key that exists, while rows are read", scan("INSERT INTO things (name) VALUES (?), ('other'), (?) RETURNING name", secret, secret), "a row with the same key exists already"},
	}
	eachThings(t, func(t *testing.T, db *database.DB) {
		for _, c := range cases {
			err := db.Write(t.Context(), c.fn)
			checkHidden(t, c.name, err, c.want)
		}
		if db.Engine() == database.PostgreSQL {
			err := db.Write(t.Context(), exec("INSERT INTO things (amount) VALUES (CAST(? AS text)::bigint)", secret))
			checkHidden(t, "not a number", err, "a value breaks a rule of its table")
		}
		wantNames(t, db)
	})
}

func checkHidden(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "jane") {
		t.Errorf("%s: got %q, want %q", name, err, want)
	}
	var hidden *database.Err
	var lite sqlite3.Error
	var pg *pgconn.PgError
	if !errors.As(err, &hidden) || hidden.Code == "" || !(errors.As(err, &lite) || errors.As(err, &pg)) {
		t.Errorf("%s: %T does not lead to the error of the driver", name, err)
	}
}

func TestErrorsNameTheirPlace(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		err := db.Write(t.Context(), add("a", "a"))
		want := map[database.Engine]string{
			database.SQLite:     "adding: a row with the same key exists already (SQLite 2067, things.name)",
			database.PostgreSQL: "adding: a row with the same key exists already (SQLSTATE 23505, things_name_key)",
		}[db.Engine()]
		if fmt.Sprint(err) != want {
			t.Errorf("got %q, want %q", err, want)
		}
		if database.IsFull(err) || database.IsBusy(err) || database.IsUnique(errors.New("x")) {
			t.Error("an error is taken for another")
		}
	})
}
