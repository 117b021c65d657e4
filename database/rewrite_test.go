package database_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
)

func TestEveryRowIsRewrittenOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		const rows = 1203
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for i := range rows {
				_, err := database.Exec(ctx, tx, `INSERT INTO agents (policy, person, wrapped_key, sealed, language, created_at) VALUES ('moxora', ?, ?, ?, 'en', '2026-03-02 09:00:00')`,
					[]byte{byte(i >> 8), byte(i)}, []byte("old"), []byte("x"))
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		turn := func(cell []byte) ([]byte, error) { return bytes.ReplaceAll(cell, []byte("old"), []byte("new")), nil }
		for _, want := range []int{rows, 0} {
			if n, err := db.Rewrite(t.Context(), "agents", "wrapped_key", turn); err != nil || n != want {
				t.Errorf("%d rows were rewritten, want %d: %v", n, want, err)
			}
		}
		broken := errors.New("broken")
		if _, err := db.Rewrite(t.Context(), "agents", "wrapped_key", func([]byte) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
			t.Errorf("a row that cannot be rewritten gave %v", err)
		}
	})
}
