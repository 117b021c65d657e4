package audit_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"dsr/audit"
	"dsr/database"
	"dsr/internal/dbtest"
)

// documented computes an entry's hash from the package comment, with nothing
// of the package.
func documented(e audit.Entry) audit.Hash {
	var b []byte
	number := func(n int64) { b = binary.BigEndian.AppendUint64(b, uint64(n)) }
	text := func(s string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	b = append(b, "dsr audit entry v1\x00"...)
	number(e.Chain)
	number(e.Seq)
	number(e.At.UnixMicro())
	text(e.Actor)
	text(e.Act)
	text(string(e.Outcome))
	text(e.Reason)
	number(e.EventSeq)
	b = append(b, e.EventHash[:]...)
	text(e.Detail)
	b = append(b, e.PrevHash[:]...)
	return sha256.Sum256(b)
}

func TestLinkIsWhatThePackageCommentSays(t *testing.T) {
	first := audit.Link(audit.Head{Chain: 7}, entryOf("receive"))
	second := audit.Link(first.Head(), entryOf("extend"))
	for _, e := range []audit.Entry{first, second} {
		if e.Hash != documented(e) {
			t.Errorf("entry %d: hash %s, by the comment %s", e.Seq, e.Hash, documented(e))
		}
	}
	if first.Chain != 7 || first.Seq != 1 || first.PrevHash != (audit.Hash{}) || second.Seq != 2 || second.PrevHash != first.Hash {
		t.Errorf("linked as %+v and %+v", first, second)
	}
	if got := first.At.Format(time.RFC3339Nano); got != "2026-11-21T11:00:00.123456Z" {
		t.Errorf("at %s", got)
	}
	// A change of this value is a change of every log in the field.
	const golden = "3c0fa4c2573565d9220236516ea471b655817ee1a5c43da559c07dda9669da12"
	if first.Hash.String() != golden {
		t.Errorf("the hash is %s", first.Hash)
	}
}

func TestNoTwoEntriesShareAHash(t *testing.T) {
	word := rapid.StringMatching(`[a-c"{}]{0,3}`)
	draw := rapid.Custom(func(t *rapid.T) audit.Entry {
		e := audit.Entry{
			At: noon.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "µs")) * time.Microsecond), Actor: word.Draw(t, "actor"),
			Act: word.Draw(t, "act"), Reason: word.Draw(t, "reason"), Detail: word.Draw(t, "detail"),
			Outcome: audit.Outcome(word.Draw(t, "outcome")), EventSeq: rapid.Int64Range(0, 2).Draw(t, "event"),
		}
		return audit.Link(audit.Head{Chain: rapid.Int64Range(0, 1).Draw(t, "chain"), Seq: rapid.Int64Range(0, 1).Draw(t, "seq")}, e)
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		if sameHash := a.Hash == b.Hash; sameHash != (a == b) {
			t.Fatalf("%+v\n%+v", a, b)
		}
	})
}

func TestAppendingOnBothEnginesReadsBackWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		var head audit.Head
		write(t, db, func(ctx context.Context, tx bun.Tx) error {
			first, second := entryOf("receive"), entryOf("receive")
			first.Chain, second.Chain = 5, 6
			second.Detail, second.Reason = "", "Größe „ab“ ' ? \\ \n"
			linked, err := audit.AppendFirst(ctx, tx, first, second)
			if err != nil {
				return err
			}
			next, err := audit.Append(ctx, tx, linked[1].Head(), entryOf("extend"))
			head = next.Head()
			return err
		})
		got, err := audit.ReadHead(t.Context(), db.Read(), 6)
		if err != nil || got != head || got.Seq != 2 {
			t.Errorf("head %+v, %v; want %+v", got, err, head)
		}
		again, err := audit.NewHead(got.Chain, got.Seq, got.Hash[:])
		if err != nil || again != got {
			t.Errorf("from its stored parts %+v, %v", again, err)
		}
		if none, err := audit.ReadHead(t.Context(), db.Read(), 99); err != nil || none != (audit.Head{Chain: 99}) {
			t.Errorf("head of an unknown chain %+v, %v", none, err)
		}
		checkpoint(t, db, ring)
		if found, sum := verify(t, db.Read(), audit.Anchor{}, public(ring)); found != "" || sum.Entries != 3 || sum.Chains != 2 {
			t.Errorf("%+v\n%s", sum, found)
		}
	})
}

func TestAStoredHeadThatIsDamagedIsRefused(t *testing.T) {
	for name, h := range map[string]struct {
		seq  int64
		hash []byte
	}{
		"a short hash": {1, make([]byte, 31)}, "no hash": {1, nil}, "a hash before the first": {0, make([]byte, 32)}, "a negative number": {-1, nil},
	} {
		if got, err := audit.NewHead(1, h.seq, h.hash); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if h, err := audit.NewHead(4, 0, nil); err != nil || h != (audit.Head{Chain: 4}) {
		t.Errorf("an empty chain: %+v, %v", h, err)
	}
}

func TestWhatCannotBeRecordedIsRefusedWithoutItsContent(t *testing.T) {
	cases := map[string]func(*audit.Entry){
		"no actor":              func(e *audit.Entry) { e.Actor = "" },
		"no act":                func(e *audit.Entry) { e.Act = "" },
		"no outcome":            func(e *audit.Entry) { e.Outcome = "" },
		"no time":               func(e *audit.Entry) { e.At = time.Time{} },
		"a negative event":      func(e *audit.Entry) { e.EventSeq = -1 },
		"a negative chain":      func(e *audit.Entry) { e.Chain = -1 },
		"a NUL":                 func(e *audit.Entry) { e.Reason = "secret\x00" },
		"broken UTF-8":          func(e *audit.Entry) { e.Reason = "secret\xff" },
		"a detail that is text": func(e *audit.Entry) { e.Detail = `"secret"` },
		"a detail cut off":      func(e *audit.Entry) { e.Detail = `{"secret":` },
		"a long actor":          func(e *audit.Entry) { e.Actor = strings.Repeat("secret", 20) },
		"a long reason":         func(e *audit.Entry) { e.Reason = strings.Repeat("secret", 200) },
		"a long detail":         func(e *audit.Entry) { e.Detail = `{"a":"` + strings.Repeat("secret", 11000) + `"}` },
	}
	db := dbtest.Open(t, dbtest.SQLite(t))
	for name, spoil := range cases {
		e := entryOf("extend")
		spoil(&e)
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := audit.AppendFirst(ctx, tx, e)
			return err
		})
		if !errors.Is(err, audit.ErrEntry) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if head, err := audit.ReadHead(t.Context(), db.Read(), 0); err != nil || head.Seq != 0 {
		t.Errorf("something was written: %+v, %v", head, err)
	}
}

func TestOfTwoWritersWithTheSameHeadOneIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		appendTo(t, db, 1)
		head, err := audit.ReadHead(t.Context(), db.Read(), 1)
		if err != nil {
			t.Fatal(err)
		}
		appendTo(t, db, 1)
		for name, stale := range map[string]audit.Head{"a stale head": head, "a chain that exists": {Chain: 1}} {
			err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := audit.Append(ctx, tx, stale, entryOf("extend"))
				return err
			})
			if !errors.Is(err, audit.ErrRaced) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestWritersOfOneChainWhoRetryLoseNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring := newRing(t)
		var writers sync.WaitGroup
		for range 6 {
			writers.Go(func() {
				for done := 0; done < 5; {
					err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
						_, err := audit.AppendTo(ctx, tx, audit.House, entryOf("sign_in"))
						return err
					})
					if err == nil {
						done++
					} else if !errors.Is(err, audit.ErrRaced) {
						t.Error(err)
						return
					}
				}
			})
		}
		writers.Wait()
		found, sum := verify(t, db.Read(), audit.Anchor{}, public(ring))
		if found != "" || sum.Entries != 30 || sum.Uncovered != 30 {
			t.Errorf("%+v\n%s", sum, found)
		}
	})
}

func BenchmarkLink(b *testing.B) {
	e := entryOf("extend")
	head := audit.Head{Chain: 1}
	for b.Loop() {
		head = audit.Link(head, e).Head()
	}
}

// BenchmarkAppendFirst is what receiving a request pays: one entry, one INSERT,
// within a transaction that is there anyway.
func BenchmarkAppendFirst(b *testing.B) {
	db := dbtest.Open(b, dbtest.SQLite(b))
	write(b, db, func(ctx context.Context, tx bun.Tx) error {
		e := entryOf("receive")
		for b.Loop() {
			e.Chain++
			if _, err := audit.AppendFirst(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}
