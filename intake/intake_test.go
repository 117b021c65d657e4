package intake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/intake"
	"dsr/internal/dbtest"
	"dsr/mailbox"
	"dsr/vault"
)

// postbox is a register with the ids of the jobs it left.
type postbox struct {
	*testing.T
	*intake.Register
	db   *database.DB
	now  time.Time
	mu   sync.Mutex
	jobs []int64
}

func each(t *testing.T, test func(b *postbox)) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), now)
		if err != nil {
			t.Fatal(err)
		}
		test(&postbox{T: t, Register: intake.Open(db, ring), db: db, now: now})
	})
}

// keep hands a message in and reports whether it was new.
func (b *postbox) keep(source string, raw []byte) bool {
	b.Helper()
	d := &mailbox.Delivery{Policy: "moxora", Door: "lmtp", Source: source, ReceivedAt: b.now, Sender: "a@example.org", Recipient: "b@example.com", Raw: raw, Size: int64(len(raw))}
	fresh, err := b.Keep(b.Context(), b.now, d, func(_ context.Context, _ bun.Tx, id int64) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.jobs = append(b.jobs, id)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return fresh
}

func (b *postbox) settle(id int64, v intake.Verdict) error {
	b.Helper()
	m, err := b.Find(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	return b.db.Write(b.Context(), func(ctx context.Context, tx bun.Tx) error { return b.Settle(ctx, tx, b.now, m, v) })
}

func message(id, body string) []byte {
	return []byte("Message-ID: <" + id + "@example.org>\r\nSubject: x\r\n\r\n" + body)
}

func TestAMessageComesBackByteForByte(t *testing.T) {
	each(t, func(b *postbox) {
		raw := message("long", strings.Repeat("\x00\xff words ", 120_000)) // several parts
		b.keep("s1", raw)
		m, d, err := b.Delivery(b.Context(), b.jobs[0])
		if err != nil || !bytes.Equal(d.Raw, raw) || d.Sender != "a@example.org" || d.Recipient != "b@example.com" || !m.Whole {
			t.Errorf("%d bytes of %d, %v", len(d.Raw), len(raw), err)
		}
		var found int
		if err := b.db.Read().NewSelect().Table("mail_parts").ColumnExpr("count(*)").Where("sealed LIKE '%words%'").Scan(b.Context(), &found); err == nil && found > 0 {
			t.Errorf("%d parts lie in the clear", found)
		}
	})
}

func TestTheSameMessageIsKeptOnce(t *testing.T) {
	each(t, func(b *postbox) {
		first := message("one", "hello")
		if !b.keep("s1", first) || b.keep("s1", first) || b.keep("s2", append([]byte("Received: by another\r\n"), first...)) {
			t.Error("a message that came before is new")
		}
		if !b.keep("s3", message("one", "other words under the same number")) || !b.keep("s4", message("two", "hello")) {
			t.Error("another message is not new")
		}
		if b.keep("s2", first) || len(b.jobs) != 3 {
			t.Errorf("%d jobs, want 3", len(b.jobs))
		}
	})
}

// Two people's forms may bear the same number and the same words. However a
// server writes the sender's name, the sender is the same.
func TestTheSameWordsOfAnotherPersonAreAnotherMessage(t *testing.T) {
	each(t, func(b *postbox) {
		from := func(who string) []byte { return append([]byte("From: "+who+"\r\n"), message("one", "hello")...) }
		if !b.keep("s1", from("Ann <ann@example.org>")) || !b.keep("s2", from("Ben <ben@example.org>")) || b.keep("s3", from("<ANN@example.org>")) {
			t.Errorf("%d messages are kept, want two", len(b.jobs))
		}
	})
}

func TestTwoWhoBringTheSameMessageAtOnceKeepItOnce(t *testing.T) {
	each(t, func(b *postbox) {
		var both sync.WaitGroup
		for i := range 8 {
			both.Go(func() { b.keep(fmt.Sprintf("s%d", i), message("one", "hello")) })
		}
		both.Wait()
		if len(b.jobs) != 1 {
			t.Errorf("%d jobs", len(b.jobs))
		}
		n, err := b.db.Read().NewSelect().Table("mails").Count(b.Context())
		if err != nil || n != 8 {
			t.Errorf("%d deliveries are noted, %v", n, err)
		}
	})
}

func TestAMessageHasOneOutcome(t *testing.T) {
	each(t, func(b *postbox) {
		b.keep("s1", message("one", "hello"))
		id := b.jobs[0]
		if err := b.settle(id, intake.Verdict{Kind: mailbox.Letter, Outcome: intake.Unsorted, Summary: intake.Summary{Subject: "Ünsealed?", Faults: []string{"odd"}}}); err != nil {
			t.Fatal(err)
		}
		if err := b.settle(id, intake.Verdict{Kind: mailbox.Letter, Outcome: intake.Dropped, Summary: intake.Summary{Subject: "Later"}}); err != nil {
			t.Errorf("what waits for staff can be settled: %v", err)
		}
		if err := b.settle(id, intake.Verdict{Kind: mailbox.Letter, Outcome: intake.Reply}); !errors.Is(err, intake.ErrSettled) {
			t.Errorf("settled twice: %v", err)
		}
		m, err := b.Find(b.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := b.Summary(m); err != nil || s.Subject != "Later" || bytes.Contains(m.SealedSummary, []byte("Later")) {
			t.Errorf("the summary is %+v, %v", s, err)
		}
	})
}

// What belongs to nobody is forgotten after its time; that the message came is
// still known, so that it does not come again.
func TestForgottenMessagesStayKnown(t *testing.T) {
	each(t, func(b *postbox) {
		b.keep("s1", message("one", "hello"))
		b.keep("s2", message("two", "of a request"))
		if err := errors.Join(b.settle(b.jobs[0], intake.Verdict{Kind: mailbox.Letter, Outcome: intake.Dropped}), b.settle(b.jobs[1], intake.Verdict{Kind: mailbox.Letter, Outcome: intake.Reply, RequestID: 7})); err != nil {
			t.Fatal(err)
		}
		if err := b.Sweep(b.Context(), b.now.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Delivery(b.Context(), b.jobs[0]); !errors.Is(err, intake.ErrNotFound) {
			t.Errorf("a dropped message: %v", err)
		}
		if _, d, err := b.Delivery(b.Context(), b.jobs[1]); err != nil || len(d.Raw) == 0 {
			t.Errorf("a request's message: %v", err)
		}
		if b.keep("s3", message("one", "hello")) {
			t.Error("a forgotten message is new again")
		}
		err := b.db.Write(b.Context(), func(ctx context.Context, tx bun.Tx) error { return intake.Forget(ctx, tx, 7) })
		if _, _, gone := b.Delivery(b.Context(), b.jobs[1]); err != nil || !errors.Is(gone, intake.ErrNotFound) {
			t.Errorf("an erased request's message: %v, %v", err, gone)
		}
	})
}
