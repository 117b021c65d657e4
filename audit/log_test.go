package audit_test

import (
	"context"
	"crypto/ed25519"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/audit"
	"dsr/database"
	"dsr/vault"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 123456789, time.FixedZone("", 3600))

func newRing(t testing.TB) *vault.Ring {
	t.Helper()
	ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), noon)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func public(ring *vault.Ring) ed25519.PublicKey {
	return ring.CheckpointKey().Public().(ed25519.PublicKey)
}

// entryOf returns something that can be recorded.
func entryOf(act string) audit.Entry {
	return audit.Entry{
		At: noon, Actor: "staff:12", Act: act, Outcome: audit.Done, Reason: "as asked",
		EventSeq: 3, EventHash: audit.Hash{1, 2, 3}, Detail: `{"days":30}`,
	}
}

func write(t testing.TB, db *database.DB, fn func(ctx context.Context, tx bun.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func appendTo(t testing.TB, db *database.DB, chains ...int64) {
	t.Helper()
	for _, chain := range chains {
		write(t, db, func(ctx context.Context, tx bun.Tx) error {
			_, err := audit.AppendTo(ctx, tx, chain, entryOf("extend"))
			return err
		})
	}
}

func checkpoint(t testing.TB, db *database.DB, ring *vault.Ring) audit.Anchor {
	t.Helper()
	anchor, err := audit.Checkpoint(t.Context(), db, ring, noon)
	if err != nil {
		t.Fatal(err)
	}
	return anchor
}

// newLog writes the log that the tests tamper with: rows 1 to 4 under
// checkpoint 1, rows 5 to 7 under checkpoint 2, rows 8 and 9 under none.
//
//	row    1    2    3    4  | 5    6    7  | 8    9
//	entry  1/1  2/1  0/1  1/2| 2/2  1/3  3/1| 1/4  2/3
func newLog(t testing.TB, db *database.DB, ring *vault.Ring) audit.Anchor {
	t.Helper()
	appendTo(t, db, 1, 2, 0, 1)
	checkpoint(t, db, ring)
	appendTo(t, db, 2, 1, 3)
	anchor := checkpoint(t, db, ring)
	appendTo(t, db, 1, 2)
	return anchor
}

// verify returns what is found in the database, a line each.
func verify(t testing.TB, db bun.IDB, anchor audit.Anchor, keys ...ed25519.PublicKey) (string, audit.Summary) {
	t.Helper()
	var found []string
	sum, err := audit.Verify(t.Context(), db, anchor, func(f audit.Finding) { found = append(found, f.String()) }, keys...)
	if err != nil {
		t.Fatal(err)
	}
	if int(sum.Findings) != len(found) {
		t.Errorf("the summary counts %d findings of %d", sum.Findings, len(found))
	}
	return strings.Join(found, "\n"), sum
}

// verifyFile returns what is found in an export of the database.
func verifyFile(t testing.TB, file string, anchor audit.Anchor, keys ...ed25519.PublicKey) (string, audit.Summary) {
	t.Helper()
	var found []string
	sum, err := audit.VerifyExport(strings.NewReader(file), anchor, func(f audit.Finding) { found = append(found, f.String()) }, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, "\n"), sum
}

func export(t testing.TB, db bun.IDB, ring *vault.Ring) string {
	t.Helper()
	var file strings.Builder
	if err := audit.Export(t.Context(), db, &file, public(ring), noon); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

func exportChain(t testing.TB, db bun.IDB, ring *vault.Ring, chain int64) string {
	t.Helper()
	var file strings.Builder
	if err := audit.ExportChain(t.Context(), db, &file, chain, public(ring), noon); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// heads yields the heads given, as a table of requests would.
func heads(known ...audit.Head) func(func(audit.Head, error) bool) {
	return func(yield func(audit.Head, error) bool) {
		for _, h := range known {
			if !yield(h, nil) {
				return
			}
		}
	}
}
