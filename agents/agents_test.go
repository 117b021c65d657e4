package agents_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/agents"
	"dsr/database"
	"dsr/identity"
	"dsr/internal/dbtest"
	"dsr/vault"
)

// office is a register on a clock that stands.
type office struct {
	*testing.T
	*agents.Register
	db  *database.DB
	now time.Time
}

func each(t *testing.T, test func(o *office)) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		test(&office{T: t, Register: agents.Open(db, ring), db: db, now: time.Date(2026, 3, 2, 9, 0, 0, 123456789, time.UTC)})
	})
}

func (o *office) ensure(policy, email, name string) agents.Agent {
	o.Helper()
	a, err := o.Ensure(o.Context(), o.now, policy, email, name, "en")
	if err != nil {
		o.Fatal(err)
	}
	return a
}

func nothing(context.Context, bun.Tx) error { return nil }

func TestAnAgentIsKnownOncePerPolicyWhoeverAsksFirst(t *testing.T) {
	each(t, func(o *office) {
		ids := make([]int64, 8)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				a, err := o.Ensure(context.Background(), o.now, "moxora", "Desk@example.org", "Permission Ltd", "en")
				if err != nil {
					t.Error(err)
				}
				ids[i] = a.ID
			})
		}
		all.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("one address became %v", ids)
			}
		}
		again, elsewhere := o.ensure("moxora", "desk@example.org", "Mallory"), o.ensure("opvio", "desk@example.org", "Permission Ltd")
		if again.ID != ids[0] || again.Name != "Permission Ltd" || again.Relation != agents.AsAgent || elsewhere.ID == ids[0] {
			t.Errorf("later they are %+v, under another policy %+v", again, elsewhere)
		}
		var sealed [][]byte
		if err := o.db.Read().NewRaw("SELECT sealed FROM agents UNION ALL SELECT person FROM agents").Scan(t.Context(), &sealed); err != nil {
			t.Fatal(err)
		}
		for _, s := range sealed {
			if bytes.Contains(bytes.ToLower(s), []byte("desk@")) || bytes.Contains(s, []byte("Permission")) {
				t.Error("an address or a name can be read at rest")
			}
		}
		if _, err := o.Find(t.Context(), 99); !errors.Is(err, agents.ErrNotFound) {
			t.Errorf("nobody gave %v", err)
		}
	})
}

func (o *office) post(a *agents.Agent, occasion string, hash, code string) int64 {
	o.Helper()
	var id int64
	err := o.db.Write(o.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
		id, err = o.Post(ctx, tx, o.now, a, &agents.Letter{Occasion: occasion, Kind: "agent_link", Language: "en", MessageID: occasion + "@x", Content: []byte("a letter")},
			&agents.Link{Hash: []byte(hash), Expires: o.now.Add(time.Hour), Code: []byte(code), Relation: agents.AsParent, Language: "de"})
		return err
	})
	if err != nil {
		o.Fatal(err)
	}
	return id
}

func TestAnOccasionIsWrittenAboutOnce(t *testing.T) {
	each(t, func(o *office) {
		a := o.ensure("moxora", "desk@example.org", "Permission Ltd")
		first, again := o.post(&a, "digest:1", "h1", "c1"), o.post(&a, "digest:1", "h2", "c2")
		if first == 0 || again != 0 {
			t.Errorf("the letters are %d and %d", first, again)
		}
		if _, err := o.PeekLink(t.Context(), []byte("h2")); !errors.Is(err, agents.ErrNotFound) {
			t.Errorf("the second left a link: %v", err)
		}
		to, letter, err := o.Letter(t.Context(), first)
		if err != nil || to.Email != "desk@example.org" || string(letter.Content) != "a letter" {
			t.Errorf("the letter is %+v to %s, %v", letter, to.Email, err)
		}
		if err := o.LetterSent(t.Context(), o.now, first, nothing); err != nil {
			t.Fatal(err)
		}
		if _, letter, err := o.Letter(t.Context(), first); err != nil || letter.State != "sent" || letter.Content != nil {
			t.Errorf("once sent it is %+v, %v", letter, err)
		}
	})
}

// Of many who use a link at once, one does.
func TestALinkIsUsedOnceAndWhatWasTypedCountsThen(t *testing.T) {
	each(t, func(o *office) {
		a := o.ensure("moxora", "desk@example.org", "Permission Ltd")
		o.post(&a, "link:1", "hash", "")
		var mu sync.Mutex
		used := 0
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				got, first, err := o.UseLink(context.Background(), o.now, []byte("hash"))
				if errors.Is(err, agents.ErrNotFound) {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if used++; err != nil || !first || got.Relation != agents.AsParent || got.Language != "de" || got.ProvedAt.IsZero() {
					t.Errorf("using it gave %+v, first %t, %v", got, first, err)
				}
			})
		}
		if all.Wait(); used != 1 {
			t.Errorf("it was used %d times", used)
		}
		o.post(&a, "link:2", "other", "")
		if _, first, err := o.UseLink(t.Context(), o.now, []byte("other")); err != nil || first {
			t.Errorf("a second link proves the mailbox anew: %t, %v", first, err)
		}
	})
}

// Ten thousand guesses cost the code after a few, also when they come at once.
func TestGuessesAtACodeAreCountedBeforeTheyAreJudged(t *testing.T) {
	each(t, func(o *office) {
		a := o.ensure("moxora", "desk@example.org", "Permission Ltd")
		o.post(&a, "link:1", "hash", "mark")
		judged := 0
		var mu sync.Mutex
		try := func() {
			_, _, err := o.UseCode(context.Background(), o.now, agents.Guess{
				Policy: "moxora", Person: o.Index("desk@example.org"), Since: o.now.Add(-time.Hour), Tries: 5,
				Fits: func(_, mark []byte) bool { mu.Lock(); defer mu.Unlock(); judged++; return false },
			})
			if !errors.Is(err, agents.ErrNotFound) {
				t.Error(err)
			}
		}
		var all sync.WaitGroup
		for range 30 {
			all.Go(try)
		}
		if all.Wait(); judged > 5 {
			t.Errorf("%d guesses were judged, want at most 5", judged)
		}
	})
}

func TestOfTwoWhoJudgeADocumentTheSecondIsTold(t *testing.T) {
	each(t, func(o *office) {
		a := o.ensure("moxora", "desk@example.org", "Permission Ltd")
		id, err := o.KeepDocument(t.Context(), o.now, &a, agents.Document{Authority: identity.SignedPermission, Name: "p.pdf", Type: "application/pdf"}, []byte("signed"))
		if err != nil {
			t.Fatal(err)
		}
		_, d, err := o.Document(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		verdict := agents.Verdict{State: agents.Accepted, By: 1, Everyone: true}
		broken := errors.New("the transaction is lost")
		if err := o.Judge(t.Context(), o.now, &a, &d, verdict, func(context.Context, bun.Tx) error { return broken }); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if fresh, _ := o.Find(t.Context(), a.ID); fresh.Authority != "" {
			t.Error("a lost verdict left its authority")
		}
		if err := o.Judge(t.Context(), o.now, &a, &d, verdict, nothing); err != nil {
			t.Fatal(err)
		}
		if err := o.Judge(t.Context(), o.now, &a, &d, agents.Verdict{State: agents.Refused, By: 2}, nothing); !errors.Is(err, agents.ErrJudged) {
			t.Errorf("judging again gave %v", err)
		}
		fresh, err := o.Find(t.Context(), a.ID)
		if err != nil || fresh.Authority != identity.SignedPermission {
			t.Errorf("the agent has %q, %v", fresh.Authority, err)
		}
		if got, err := o.AuthorityFor(t.Context(), &fresh, []byte("anybody")); err != nil || got != identity.SignedPermission {
			t.Errorf("for anybody they have %q, %v", got, err)
		}
	})
}

func TestDocumentsThatWaitAreBounded(t *testing.T) {
	each(t, func(o *office) {
		a := o.ensure("moxora", "desk@example.org", "Permission Ltd")
		for i := range agents.MostWaiting + 1 {
			_, err := o.KeepDocument(t.Context(), o.now, &a, agents.Document{Authority: identity.PowerOfAttorney}, []byte(strings.Repeat("x", i)))
			if over := i == agents.MostWaiting; errors.Is(err, agents.ErrTooMany) != over {
				t.Errorf("document %d gave %v", i+1, err)
			}
		}
		list, err := o.Documents(t.Context(), &a, 5)
		if err != nil || len(list) != 5 {
			t.Fatalf("%d documents, %v", len(list), err)
		}
		var empty bytes.Buffer
		_, d, err := o.Document(t.Context(), list[4].ID)
		if err != nil {
			t.Fatal(err)
		}
		other := o.ensure("moxora", "rival@example.org", "Rival Ltd")
		if err := o.CopyDocument(t.Context(), &empty, &other, &d); err == nil || empty.Len() > 0 {
			t.Errorf("under another agent's key it opens: %d bytes, %v", empty.Len(), err)
		}
		if err := o.CopyDocument(t.Context(), io.Discard, &a, &d); err != nil {
			t.Error(err)
		}
	})
}

func TestATableIsKeptWholeOrNotAtAll(t *testing.T) {
	each(t, func(o *office) {
		a := o.ensure("moxora", "desk@example.org", "Permission Ltd")
		rows := make([]agents.Row, 450)
		for i := range rows {
			rows[i] = agents.Row{N: i + 2, State: agents.RowWaiting, Mark: []byte{byte(i), byte(i >> 8)}, Content: []byte("dana@example.org")}
		}
		rows[7].State = agents.RowBad
		batch := &agents.Batch{Hash: []byte("hash"), Language: "en", Name: "people.csv", Unused: []string{"salary"}}
		broken := errors.New("the transaction is lost")
		if _, _, err := o.KeepBatch(t.Context(), o.now, &a, batch, rows, func(context.Context, bun.Tx, int64) error { return broken }); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if list, err := o.Batches(t.Context(), &a, 10); err != nil || len(list) != 0 {
			t.Errorf("a lost table left %+v, %v", list, err)
		}
		good := func(context.Context, bun.Tx, int64) error { return nil }
		id, again, err := o.KeepBatch(t.Context(), o.now, &a, batch, rows, good)
		if err != nil || again {
			t.Fatal(again, err)
		}
		if same, again, err := o.KeepBatch(t.Context(), o.now, &a, batch, rows, good); err != nil || !again || same != id {
			t.Errorf("the same file is table %d (again: %t), %v", same, again, err)
		}
		b, err := o.Batch(t.Context(), &a, id)
		if err != nil || b.Rows != 450 || b.Count[agents.RowWaiting] != 449 || b.Count[agents.RowBad] != 1 || b.Unused[0] != "salary" || b.Name != "people.csv" {
			t.Errorf("the table is %+v, %v", b, err)
		}
		if first, err := o.FinishBatch(t.Context(), o.now, id, nothing); err != nil || first {
			t.Errorf("a table whose rows wait is finished: %t, %v", first, err)
		}
		other := o.ensure("moxora", "rival@example.org", "Rival Ltd")
		if _, err := o.Batch(t.Context(), &other, id); !errors.Is(err, agents.ErrNotFound) {
			t.Errorf("another agent has the table: %v", err)
		}
		if rows, err := o.Rows(t.Context(), &other, id, agents.RowWaiting, 10); err != nil || len(rows) != 0 {
			t.Errorf("another agent has its rows: %d, %v", len(rows), err)
		}
	})
}
