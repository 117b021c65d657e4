package audit_test

import (
	"context"
	"errors"
	"testing"

	"github.com/uptrace/bun"

	"dsr/audit"
	"dsr/database"
	"dsr/internal/dbtest"
)

// tampering is what somebody with access to the tables does to the log of
// newLog, and what must be found, in the database as in an export of it.
type tampering struct {
	name string
	sql  []string
	args []any // of the first statement
	want string
}

// play tampers within a transaction that is undone, case by case.
func play(t *testing.T, cases []tampering, anchored bool) {
	undo := errors.New("undo")
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		anchor := newLog(t, db, ring)
		if !anchored {
			anchor = audit.Anchor{}
		}
		for _, c := range cases {
			err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if err := c.tamper(ctx, tx); err != nil {
					return err
				}
				if got, _ := verify(t, tx, anchor, public(ring)); got != c.want {
					t.Errorf("%s: found in the database:\n%s\nwant:\n%s", c.name, got, c.want)
				}
				if got, _ := verifyFile(t, export(t, tx, ring), anchor, public(ring)); got != c.want {
					t.Errorf("%s: found in the file:\n%s\nwant:\n%s", c.name, got, c.want)
				}
				return undo
			})
			if !errors.Is(err, undo) {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
	})
}

func (c tampering) tamper(ctx context.Context, tx bun.Tx) error {
	args := c.args
	for _, stmt := range c.sql {
		if _, err := tx.ExecContext(ctx, stmt, args...); err != nil {
			return err
		}
		args = nil
	}
	return nil
}

func TestAnUntouchedLogHasNoFault(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		anchor := newLog(t, db, ring)
		got, sum := verify(t, db.Read(), anchor, public(ring))
		want := audit.Summary{Entries: 9, Chains: 4, Checkpoints: 2, Uncovered: 2, Last: anchor, KeyID: audit.KeyID(public(ring))}
		if got != "" || sum != want {
			t.Errorf("%+v\n%s", sum, got)
		}
		if again, err := audit.Checkpoint(t.Context(), db, ring, noon); err != nil || again.Number != 3 {
			t.Errorf("the next checkpoint: %v, %v", again, err)
		}
		if again, err := audit.Checkpoint(t.Context(), db, ring, noon); err != nil || again.Number != 3 {
			t.Errorf("with nothing new: %v, %v", again, err)
		}
	})
}

func TestAnEmptyLogIsSound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		if anchor := checkpoint(t, db, ring); anchor != (audit.Anchor{}) {
			t.Errorf("an anchor of nothing: %v", anchor)
		}
		if got, sum := verify(t, db.Read(), audit.Anchor{}, public(ring)); got != "" || sum.Entries != 0 {
			t.Errorf("%+v\n%s", sum, got)
		}
		if got, _ := verifyFile(t, export(t, db.Read(), ring), audit.Anchor{}); got != "" {
			t.Error(got)
		}
	})
}

func TestEveryColumnOfAnEntryIsGuarded(t *testing.T) {
	altered := "entry 2 of chain 2 (row 5) was altered: its content does not fit its hash"
	hash := make([]byte, 32)
	cases := []tampering{
		{name: "actor", sql: []string{"UPDATE audit_entries SET actor = 'staff:13' WHERE id = 5"}, want: altered},
		{name: "act", sql: []string{"UPDATE audit_entries SET act = 'extenD' WHERE id = 5"}, want: altered},
		{name: "outcome", sql: []string{"UPDATE audit_entries SET outcome = 'refused' WHERE id = 5"}, want: altered},
		{name: "reason", sql: []string{"UPDATE audit_entries SET reason = 'as askeD' WHERE id = 5"}, want: altered},
		{name: "at", sql: []string{"UPDATE audit_entries SET at = '2026-11-21 11:00:00.123457+00:00' WHERE id = 5"}, want: altered},
		{name: "event_seq", sql: []string{"UPDATE audit_entries SET event_seq = 4 WHERE id = 5"}, want: altered},
		{name: "event_hash", sql: []string{"UPDATE audit_entries SET event_hash = ? WHERE id = 5"}, args: []any{hash}, want: altered},
		{name: "detail", sql: []string{`UPDATE audit_entries SET detail = '{"days":31}' WHERE id = 5`}, want: altered},
		{name: "detail, white space", sql: []string{`UPDATE audit_entries SET detail = '{"days": 30}' WHERE id = 5`}, want: altered},
		{name: "prev_hash", sql: []string{"UPDATE audit_entries SET prev_hash = ? WHERE id = 5"}, args: []any{hash}, want: altered},
		{name: "hash", sql: []string{"UPDATE audit_entries SET hash = ? WHERE id = 5"}, args: []any{hash}, want: altered},
		{name: "hash, a byte short", sql: []string{"UPDATE audit_entries SET hash = ? WHERE id = 5"}, args: []any{hash[:31]}, want: altered},
		{name: "chain", sql: []string{"UPDATE audit_entries SET chain = 8 WHERE id = 5"},
			want: "entry 2 of chain 8 (row 5) was altered: its content does not fit its hash\nentry 2 of chain 2 was removed"},
		{name: "seq", sql: []string{"UPDATE audit_entries SET seq = 200 WHERE id = 5"},
			want: "entry 200 of chain 2 (row 5) was altered: its content does not fit its hash\nentry 2 of chain 2 was removed"},
		{name: "id, to behind the log", sql: []string{"UPDATE audit_entries SET id = 50 WHERE id = 5"},
			want: "checkpoint 2 covers another number of entries than there are\nentry 2 of chain 2 (row 50) is not in its place: it was moved"},
		{name: "id, to before the log", sql: []string{"UPDATE audit_entries SET id = -5 WHERE id = 5"},
			want: "entry 1 of chain 2 (row 2) is not in its place: it was moved\n" +
				"entry 2 of chain 2 was inserted: there is no room for it in checkpoint 1\n" +
				"checkpoint 1 covers another number of entries than there are\ncheckpoint 2 covers another number of entries than there are"},
		{name: "first entry of a chain", sql: []string{"UPDATE audit_entries SET prev_hash = ? WHERE id = 7"}, args: []any{make([]byte, 33)},
			want: "entry 1 of chain 3 (row 7) was altered: its content does not fit its hash"},
		{name: "an entry under no checkpoint", sql: []string{"UPDATE audit_entries SET act = 'decide' WHERE id = 9"},
			want: "entry 3 of chain 2 (row 9) was altered: its content does not fit its hash"},
	}
	play(t, cases, false)
}

func TestEntriesCannotGoComeOrChangePlaces(t *testing.T) {
	swap := func(a, b string) []string {
		return []string{
			"UPDATE audit_entries SET id = -1 WHERE id = " + a,
			"UPDATE audit_entries SET id = " + a + " WHERE id = " + b,
			"UPDATE audit_entries SET id = " + b + " WHERE id = -1",
		}
	}
	cases := []tampering{
		{name: "the first of a chain", sql: []string{"DELETE FROM audit_entries WHERE id = 1"},
			want: "checkpoint 1 covers another number of entries than there are\nentry 1 of chain 1 was removed"},
		{name: "one in the middle", sql: []string{"DELETE FROM audit_entries WHERE id = 6"},
			want: "checkpoint 2 covers another number of entries than there are\nentry 3 of chain 1 was removed"},
		{name: "several in a row", sql: []string{"DELETE FROM audit_entries WHERE id IN (1, 4)"},
			want: "checkpoint 1 covers another number of entries than there are\nentries 1 to 2 of chain 1 were removed"},
		{name: "several over two checkpoints", sql: []string{"DELETE FROM audit_entries WHERE id IN (4, 6)"},
			want: "checkpoint 1 covers another number of entries than there are\ncheckpoint 2 covers another number of entries than there are\n" +
				"entry 2 of chain 1 was removed\nentry 3 of chain 1 was removed"},
		{name: "a whole chain", sql: []string{"DELETE FROM audit_entries WHERE chain = 3"},
			want: "checkpoint 2 covers another number of entries than there are\nentry 1 of chain 3 was removed"},
		{name: "the house's chain", sql: []string{"DELETE FROM audit_entries WHERE chain = 0"},
			want: "checkpoint 1 covers another number of entries than there are\nentry 1 of the house was removed"},
		{name: "the tail of the log, under a checkpoint too", sql: []string{"DELETE FROM audit_entries WHERE id >= 6"},
			want: "checkpoint 2 covers another number of entries than there are\nentry 3 of chain 1 was removed\nentry 1 of chain 3 was removed"},
		{name: "one under no checkpoint, with a later one there", sql: []string{"UPDATE audit_entries SET chain = 1, seq = 6 WHERE id = 9"},
			want: "entry 6 of chain 1 (row 9) was altered: its content does not fit its hash"},
		{name: "two of one chain swapped", sql: swap("1", "4"),
			want: "entry 1 of chain 1 (row 4) is not in its place: it was moved"},
		{name: "two swapped over a checkpoint", sql: swap("2", "5"),
			want: "entry 2 of chain 2 was inserted: there is no room for it in checkpoint 1\n" +
				"entry 1 of chain 2 (row 5) is not in its place: it was moved"},
		{name: "two of different chains swapped over a checkpoint", sql: swap("3", "7"),
			want: "entry 1 of chain 3 was inserted: there is no room for it in checkpoint 1\n" +
				"entry 1 of the house (row 7) is not in its place: it was moved"},
	}
	play(t, cases, false)
}

func TestCheckpointsCannotGoOrChange(t *testing.T) {
	altered := func(n string) string {
		return "checkpoint " + n + " was altered: its content does not fit its digest"
	}
	b32, b64 := make([]byte, 32), make([]byte, 64)
	set := func(column string) []string {
		return []string{"UPDATE audit_checkpoints SET " + column + " WHERE number = 1"}
	}
	cases := []tampering{
		{name: "at", sql: set("at = '2026-11-21 11:00:00.123457+00:00'"), want: altered("1")},
		{name: "covers_to", sql: set("covers_to = 3"), want: altered("1")},
		{name: "covers_to, far", sql: set("covers_to = 3000000"), want: altered("1")},
		{name: "covers", sql: set("covers = 3"), want: altered("1")},
		{name: "heads", sql: set("heads = ?"), args: []any{make([]byte, 48)}, want: altered("1")},
		{name: "heads, cut", sql: set("heads = ?"), args: []any{make([]byte, 47)}, want: altered("1")},
		{name: "prev_digest", sql: set("prev_digest = ?"), args: []any{append(make([]byte, 31), 1)}, want: altered("1")},
		{name: "digest", sql: set("digest = ?"), args: []any{b32}, want: altered("1") + "\ncheckpoint 2 was replaced: it is not the one that was signed then"},
		{name: "digest, a byte short", sql: set("digest = ?"), args: []any{b32[:31]}, want: altered("1") + "\ncheckpoint 2 was replaced: it is not the one that was signed then"},
		{name: "key_id", sql: set("key_id = '0011223344556677'"), want: altered("1")},
		{name: "public_key", sql: set("public_key = ?"), args: []any{b32}, want: altered("1")},
		{name: "public_key, a byte short", sql: set("public_key = ?"), args: []any{b32[:31]}, want: altered("1")},
		{name: "signature", sql: set("signature = ?"), args: []any{b64}, want: "checkpoint 1 is forged: no known key signed it"},
		{name: "signature, empty", sql: set("signature = ?"), args: []any{[]byte{}}, want: "checkpoint 1 is forged: no known key signed it"},
		{name: "number", sql: set("number = 7"), want: "checkpoint 1 was removed\ncheckpoint 2 was replaced: it is not the one that was signed then\n" +
			"checkpoints 3 to 6 were removed\n" + altered("7")},
		{name: "the first removed", sql: []string{"DELETE FROM audit_checkpoints WHERE number = 1"}, want: "checkpoint 1 was removed"},
		{name: "the last removed", sql: []string{"DELETE FROM audit_checkpoints WHERE number = 2"}, want: ""},
	}
	// Nothing in the database knows of a last checkpoint that is gone: that
	// takes an anchor. With number 1 changed, 2 is the first and follows from
	// nothing.
	cases[14].want = "checkpoint 1 was removed\ncheckpoints 3 to 6 were removed\n" + altered("7")
	play(t, cases, false)
	play(t, []tampering{
		{name: "the last removed, with an anchor", sql: []string{"DELETE FROM audit_checkpoints WHERE number = 2"}, want: "checkpoint 2 was removed"},
		{name: "all removed, with an anchor", sql: []string{"DELETE FROM audit_checkpoints", "DELETE FROM audit_entries"}, want: "checkpoints 1 to 2 were removed"},
		{name: "with an anchor and untouched", sql: []string{"SELECT 1"}, want: ""},
	}, true)
}

// rewrite makes every entry of a chain from a number on anew, as somebody who
// knows the format would, with another act in the first of them.
func rewrite(t *testing.T, db *database.DB, chain, from int64) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx bun.Tx) error {
		var rows []struct {
			ID, Seq  int64
			PrevHash []byte
		}
		if err := tx.NewSelect().Table("audit_entries").Column("id", "seq", "prev_hash").
			Where("chain = ? AND seq >= ?", chain, from).OrderExpr("seq").Scan(ctx, &rows); err != nil {
			return err
		}
		head, err := audit.NewHead(chain, from-1, rows[0].PrevHash)
		if from == 1 {
			head, err = audit.Head{Chain: chain}, nil
		}
		if err != nil {
			return err
		}
		act := "decide"
		for _, r := range rows {
			e := audit.Link(head, entryOf(act))
			if _, err := tx.ExecContext(ctx, "UPDATE audit_entries SET act = ?, prev_hash = ?, hash = ? WHERE id = ?",
				e.Act, e.PrevHash[:], e.Hash[:], r.ID); err != nil {
				return err
			}
			head, act = e.Head(), "extend"
		}
		return nil
	})
}

func TestAChainWrittenAnewIsFoundByTheCheckpoint(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		newLog(t, db, ring)
		known, err := audit.ReadHead(t.Context(), db.Read(), 1)
		if err != nil {
			t.Fatal(err)
		}
		rewrite(t, db, 1, 2)
		want := "entry 2 of chain 1 was replaced: checkpoint 1 signed another\n" +
			"entry 3 of chain 1 (row 6) does not follow from the entry before it: one of the two was replaced\n" +
			"entry 3 of chain 1 was replaced: checkpoint 2 signed another\n" +
			"entry 4 of chain 1 (row 8) does not follow from the entry before it: one of the two was replaced"
		if got, _ := verify(t, db.Read(), audit.Anchor{}, public(ring)); got != want {
			t.Errorf("found:\n%s\nwant:\n%s", got, want)
		}
		if got, _ := verifyFile(t, exportChain(t, db.Read(), ring, 1), audit.Anchor{}, public(ring)); got != want {
			t.Errorf("found in the chain's file:\n%s\nwant:\n%s", got, want)
		}
		if got := compareHeads(t, db, known); got != "entry 4 of chain 1 (row 8) does not follow from the entry before it: one of the two was replaced" {
			t.Errorf("by its head: %s", got)
		}
	})
}

func compareHeads(t testing.TB, db *database.DB, known ...audit.Head) string {
	t.Helper()
	got := ""
	n, err := audit.CompareHeads(t.Context(), db.Read(), heads(known...), func(f audit.Finding) { got += f.String() })
	if err != nil || n != int64(len(known)) {
		t.Fatalf("compared %d of %d: %v", n, len(known), err)
	}
	return got
}

func TestTailsUnderNoCheckpointAreFoundByKnownHeads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		newLog(t, db, ring)
		var known []audit.Head
		for chain := range int64(4) {
			h, err := audit.ReadHead(t.Context(), db.Read(), chain)
			if err != nil {
				t.Fatal(err)
			}
			known = append(known, h)
		}
		if got := compareHeads(t, db, known...); got != "" {
			t.Errorf("untouched: %s", got)
		}
		appendTo(t, db, 1) // the log may have grown since
		if got := compareHeads(t, db, known...); got != "" {
			t.Errorf("grown: %s", got)
		}
		exec(t, db, "DELETE FROM audit_entries WHERE chain = 2 AND seq > 1")
		if got := compareHeads(t, db, known...); got != "entries 2 to 3 of chain 2 were removed" {
			t.Errorf("tail removed: %s", got)
		}
		rewrite(t, db, 1, 4)
		if got, _ := verify(t, db.Read(), audit.Anchor{}, public(ring)); got == "" {
			t.Error("the removal under a checkpoint is not found")
		}
		if got := compareHeads(t, db, known[1]); got == "" {
			t.Error("a tail written anew is not found")
		}
		broken := errors.New("broken")
		_, err := audit.CompareHeads(t.Context(), db.Read(), func(yield func(audit.Head, error) bool) { yield(audit.Head{}, broken) }, nil)
		if !errors.Is(err, broken) {
			t.Errorf("an error of the source: %v", err)
		}
	})
}

func exec(t testing.TB, db *database.DB, stmt string, args ...any) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, stmt, args...)
		return err
	})
}

func TestAnInsertedEntryIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		newLog(t, db, ring)
		appendTo(t, db, 9)
		exec(t, db, "UPDATE audit_entries SET id = -3 WHERE chain = 9")
		want := "entry 1 of chain 9 was inserted: there is no room for it in checkpoint 1\n" +
			"checkpoint 1 covers another number of entries than there are"
		if got, _ := verify(t, db.Read(), audit.Anchor{}, public(ring)); got != want {
			t.Errorf("found:\n%s\nwant:\n%s", got, want)
		}
	})
}
