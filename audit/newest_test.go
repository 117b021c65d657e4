package audit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"dsr/audit"
	"dsr/database"
	"dsr/internal/dbtest"
)

func TestTheNewestPartOfALogIsVerifiedByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		for range 4 {
			appendTo(t, db, 0, 7, 8)
			checkpoint(t, db, ring)
		}
		appendTo(t, db, 7, 9)
		newest := func() (string, audit.Summary) {
			t.Helper()
			var found []string
			sum, err := audit.VerifyNewest(t.Context(), db.Read(), 2, func(f audit.Finding) { found = append(found, f.String()) }, public(ring))
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(found, "\n"), sum
		}
		if found, sum := newest(); found != "" || sum.Entries != 8 || sum.Checkpoints != 2 || sum.Uncovered != 2 || sum.Last.Number != 4 {
			t.Errorf("an untouched log: %q %+v", found, sum)
		}
		list, err := audit.Checkpoints(t.Context(), db.Read(), 3)
		if err != nil || len(list) != 3 || list[0].Number != 4 || list[0].Grown != 3 || list[0].Covers != 12 || list[0].KeyID != audit.KeyID(public(ring)) {
			t.Errorf("%+v %v", list, err)
		}
		change := func(statement string) {
			t.Helper()
			write(t, db, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
		}
		change("UPDATE audit_entries SET act = 'nothing' WHERE id = 1")
		if found, _ := newest(); found != "" {
			t.Errorf("what stands further back is not looked at, but: %q", found)
		}
		change("UPDATE audit_entries SET act = 'nothing' WHERE chain = 8 AND seq = 3")
		if found, _ := newest(); !strings.Contains(found, "entry 3 of") || !strings.Contains(found, "was altered") {
			t.Errorf("an altered entry: %q", found)
		}
		change("DELETE FROM audit_entries WHERE chain = 7 AND seq = 4")
		if found, _ := newest(); !strings.Contains(found, "entry 4 of") {
			t.Errorf("a removed entry: %q", found)
		}
		everything := 0
		sum, err := audit.VerifyNewest(t.Context(), db.Read(), 50, func(audit.Finding) { everything++ }, public(ring))
		if err != nil || sum.Checkpoints != 4 || everything < 3 {
			t.Errorf("with fewer checkpoints than asked for all is verified: %+v %v", sum, err)
		}
	})
}

func TestACheckpointThatWasTakenAwayIsAFindingToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		for range 4 {
			appendTo(t, db, 0, 7)
			checkpoint(t, db, ring)
		}
		write(t, db, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM audit_checkpoints WHERE number = 2")
			return err
		})
		var found []string
		_, err := audit.VerifyNewest(t.Context(), db.Read(), 2, func(f audit.Finding) { found = append(found, f.String()) }, public(ring))
		if err != nil || !strings.Contains(strings.Join(found, "\n"), "checkpoint 2") {
			t.Errorf("where the part to verify begins a checkpoint is missing: %q %v", found, err)
		}
	})
}
