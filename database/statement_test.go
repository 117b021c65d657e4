package database_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

const insertThing = "INSERT INTO things (name, amount, flag, at, maybe_at, sealed, doc) VALUES "

func columns(x Thing) []any {
	return []any{x.Name, x.Amount, x.Flag, x.At, x.MaybeAt, x.Sealed, x.Doc}
}

func TestRowsWrittenEitherWayReadBackAlike(t *testing.T) {
	berlin := time.FixedZone("Berlin", 3600)
	cases := map[string]Thing{
		"plain":       {Amount: 7, Flag: true, At: time.Date(2026, 3, 5, 11, 30, 0, 0, time.UTC), Sealed: []byte{0, 1, 255}, Doc: json.RawMessage(`{"a":1}`)},
		"nanoseconds": {At: time.Date(2026, 3, 5, 11, 30, 0, 123_456_789, time.UTC)},
		"local time":  {At: time.Date(2026, 3, 5, 0, 30, 0, 120_000_000, berlin), MaybeAt: bun.NullTime{Time: time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, berlin)}},
		"empty":       {At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Sealed: []byte{}},
	}
	eachThings(t, func(t *testing.T, db *database.DB) {
		for name, thing := range cases {
			err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				model, bound := thing, thing
				model.Name, bound.Name = name+" by Bun", name+" by Exec"
				if _, err := tx.NewInsert().Model(&model).Exec(ctx); err != nil {
					return err
				}
				_, err := database.Exec(ctx, tx, insertThing+database.Values(1, 7), columns(bound)...)
				return err
			})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			byBun, byExec := read(t, db, name+" by Bun"), read(t, db, name+" by Exec")
			if byBun != byExec {
				t.Errorf("%s:\nby Bun  %s\nby Exec %s", name, byBun, byExec)
			}
			if want := thing.At.UTC().Truncate(time.Microsecond).String(); !strings.Contains(byExec, want) {
				t.Errorf("%s: %s, want it to contain %s", name, byExec, want)
			}
		}
	})
}

// read returns what stands in the row, and on SQLite how it stands there.
func read(t *testing.T, db *database.DB, name string) string {
	t.Helper()
	var x Thing
	if err := db.Read().NewSelect().Model(&x).Where("name = ?", name).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.ID, x.Name = 0, ""
	// With ==, because the zone must be UTC on every machine.
	if x.At.Location() != time.UTC || !x.MaybeAt.IsZero() && x.MaybeAt.Location() != time.UTC {
		t.Errorf("%s: read in the zone %v", name, x.At.Location())
	}
	stored := ""
	if db.Engine() == database.SQLite {
		err := database.Row(t.Context(), db.Read(), []any{&stored},
			`SELECT typeof(at) || at || typeof(maybe_at) || coalesce('' || maybe_at, '') || typeof(sealed) || typeof(doc) || typeof(flag)
			FROM things WHERE name = ?`, name)
		if err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%+v %v", x, stored)
}

func TestInstantsSortAndCompareAlikeHoweverTheyWereWritten(t *testing.T) {
	at := time.Date(2026, 3, 5, 11, 30, 0, 0, time.UTC)
	eachThings(t, func(t *testing.T, db *database.DB) {
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for i, step := range []time.Duration{0, time.Microsecond, 10 * time.Millisecond, time.Second, time.Hour} {
				x := Thing{Name: fmt.Sprintf("%d", i), At: at.Add(step).In(time.FixedZone("", 3600))}
				if i%2 == 0 {
					if _, err := tx.NewInsert().Model(&x).Exec(ctx); err != nil {
						return err
					}
				} else if _, err := database.Exec(ctx, tx, insertThing+database.Values(1, 7), columns(x)...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		limit := at.Add(time.Second).In(time.FixedZone("", -3600))
		var byBun []string
		err = db.Read().NewSelect().Model((*Thing)(nil)).Column("name").Where("at < ?", limit).OrderExpr("at").Scan(t.Context(), &byBun)
		if err != nil || fmt.Sprint(byBun) != "[0 1 2]" {
			t.Errorf("Bun finds %v before the limit, %v", byBun, err)
		}
		var n int
		if err := database.Row(t.Context(), db.Read(), []any{&n}, "SELECT COUNT(*) FROM things WHERE at < ?", limit); err != nil || n != 3 {
			t.Errorf("Row finds %d before the limit, %v", n, err)
		}
	})
}

func TestInsertGivesTheIdAndRowReadsIt(t *testing.T) {
	at := time.Date(2026, 3, 5, 11, 30, 0, 1000, time.UTC)
	eachThings(t, func(t *testing.T, db *database.DB) {
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for i := range 3 {
				id, err := database.Insert(ctx, tx, "INSERT INTO things (name, at) VALUES (?, ?)", fmt.Sprint(i), at)
				if err != nil || id != int64(i+1) {
					return fmt.Errorf("row %d got id %d, %w", i, id, err)
				}
			}
			var name string
			var got time.Time
			err := database.Row(ctx, tx, []any{&name, &got}, "UPDATE things SET amount = 5 WHERE id = ? AND name <> '?' RETURNING name, at", 2)
			if err != nil || name != "1" || got != at {
				return fmt.Errorf("read %q %v, %w", name, got, err)
			}
			res, err := database.Exec(ctx, tx, "UPDATE things SET amount = amount + ? WHERE amount = ?", 1, 5)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); n != 1 || err != nil {
				return fmt.Errorf("%d rows changed, %w", n, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = database.Row(t.Context(), db.Read(), []any{new(int)}, "SELECT 1 FROM things WHERE name = ?", "nobody")
		if !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("got %v, want that there is no row", err)
		}
	})
}

func TestBothWaysRefuseWhatOneEngineCannotHold(t *testing.T) {
	eachThings(t, func(t *testing.T, db *database.DB) {
		for _, bad := range []any{"a\x00b", "a\xffb", struct{}{}, []string{"a"}, uint64(1 << 63)} {
			err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := database.Exec(ctx, tx, "INSERT INTO things (name) VALUES (?)", bad)
				return err
			})
			if _, text := bad.(string); err == nil || text && !errors.Is(err, database.ErrText) {
				t.Errorf("%q: got %v", bad, err)
			}
		}
		wantNames(t, db)
	})
}

func TestNumbered(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT 1":                        "SELECT 1",
		"a = ? AND b = ? AND c <> ?":      "a = $1 AND b = $2 AND c <> $3",
		`a = '?' AND "b?" = ?`:            `a = '?' AND "b?" = $1`,
		`a = 'it''s ?' AND b = '"?' OR ?`: `a = 'it''s ?' AND b = '"?' OR $1`,
		"ä = ?":                           "ä = $1",
	} {
		if got := database.Numbered(query); got != want {
			t.Errorf("%s became %s, want %s", query, got, want)
		}
	}
}

func TestValues(t *testing.T) {
	if got := database.Values(2, 3); got != "(?, ?, ?), (?, ?, ?)" {
		t.Error(got)
	}
}
