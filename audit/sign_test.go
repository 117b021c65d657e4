package audit_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/uptrace/bun"

	"dsr/audit"
	"dsr/database"
	"dsr/internal/dbtest"
)

// TestAStrangersCheckpointIsForged has somebody rewrite the log and sign it
// anew with a key of their own.
func TestAStrangersCheckpointIsForged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring, stranger := newRing(t), newRing(t)
		anchor := newLog(t, db, ring)
		exec(t, db, "DELETE FROM audit_checkpoints")
		if _, err := audit.Checkpoint(t.Context(), db, stranger, noon); err != nil {
			t.Fatal(err)
		}
		if got, _ := verify(t, db.Read(), audit.Anchor{}, public(ring)); got != "checkpoint 1 is forged: no known key signed it" {
			t.Error(got)
		}
		if _, err := audit.Checkpoint(t.Context(), db, ring, noon); !errors.Is(err, audit.ErrForeign) {
			t.Errorf("signing behind it: %v; want ErrForeign", err)
		}
		if got, _ := verifyFile(t, export(t, db.Read(), stranger), audit.Anchor{}, public(ring)); got != "checkpoint 1 is forged: no known key signed it" {
			t.Error(got)
		}
		got, sum := verifyFile(t, export(t, db.Read(), stranger), audit.Anchor{})
		if got != "" || sum.KeyID != audit.KeyID(public(stranger)) {
			t.Errorf("without a key the file's own is named: %s, %s", sum.KeyID, got)
		}
		// Somebody who has our key is given away by the anchor.
		exec(t, db, "DELETE FROM audit_checkpoints")
		checkpoint(t, db, ring)
		appendTo(t, db, 1)
		checkpoint(t, db, ring)
		if got, _ := verify(t, db.Read(), anchor, public(ring)); got != "checkpoint 2 was replaced: it is not the one that was signed then" {
			t.Error(got)
		}
	})
}

func TestVerifyingNeedsAKey(t *testing.T) {
	db := dbtest.Open(t, dbtest.SQLite(t))
	if _, err := audit.Verify(t.Context(), db.Read(), audit.Anchor{}, nil); !errors.Is(err, audit.ErrNoKey) {
		t.Errorf("%v", err)
	}
	newLog(t, db, newRing(t))
	if got, _ := verify(t, db.Read(), audit.Anchor{}, ed25519.PublicKey("short")); got == "" {
		t.Error("a key that is none verifies")
	}
}

// TestEntriesStillBeingWrittenAreNotPassedOver has a writer take its row id
// before, and commit after, another writer and a checkpoint.
func TestEntriesStillBeingWrittenAreNotPassedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		appendTo(t, db, 1)
		checkpoint(t, db, ring)
		inserted, release, done := make(chan bool), make(chan bool), make(chan error)
		go func() {
			done <- db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := audit.AppendTo(ctx, tx, 2, entryOf("slow"))
				inserted <- true
				<-release
				return err
			})
		}()
		<-inserted
		if db.Engine() == database.PostgreSQL { // SQLite has one writer at a time
			appendTo(t, db, 3)
		}
		_, err := audit.Checkpoint(t.Context(), db, ring, noon)
		if err != nil && !database.IsBusy(err) {
			t.Errorf("%v; want an anchor or IsBusy", err)
		}
		close(release)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		checkpoint(t, db, ring)
		got, sum := verify(t, db.Read(), audit.Anchor{}, public(ring))
		if got != "" || sum.Uncovered != 0 {
			t.Errorf("%+v\n%s", sum, got)
		}
	})
}

func TestALongLogTakesSeveralCheckpointsAndPages(t *testing.T) {
	ring := newRing(t)
	db := dbtest.Open(t, dbtest.SQLite(t))
	const chains, rounds = 2600, 10
	for round := range rounds {
		write(t, db, func(ctx context.Context, tx bun.Tx) error {
			for chain := range int64(chains) {
				e := entryOf("remind")
				e.Chain = chain
				var err error
				if round == 0 {
					_, err = audit.AppendFirst(ctx, tx, e)
				} else {
					_, err = audit.AppendTo(ctx, tx, chain, e)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	anchor := checkpoint(t, db, ring)
	got, sum := verify(t, db.Read(), anchor, public(ring))
	if got != "" || anchor.Number != 3 || sum.Entries != chains*rounds || sum.Chains != chains {
		t.Errorf("anchor %v, %+v\n%s", anchor, sum, got)
	}
	file := export(t, db.Read(), ring)
	if got, fromFile := verifyFile(t, file, anchor, public(ring)); got != "" || fromFile != sum {
		t.Errorf("%+v\n%s", fromFile, got)
	}
	one := exportChain(t, db.Read(), ring, 17)
	if got, fromFile := verifyFile(t, one, audit.Anchor{}, public(ring)); got != "" || fromFile.Entries != rounds || fromFile.Uncovered != 0 {
		t.Errorf("%+v\n%s", fromFile, got)
	}
}
