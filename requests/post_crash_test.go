package requests_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/mailer"
	"dsr/mailer/inbox"
	"dsr/outbox"
	"dsr/policies"
	"dsr/requests"
)

// The ways in which a process ends while it sends a letter.
const (
	crashBefore = iota // before the mail server is asked
	crashAfter         // after its yes, before that is noted
	crashNoted         // after the note, before the job is settled
	noCrash
)

// Two processes share a database and die at every step. The mail server counts:
// only a process that dies between the server's yes and its note doubles a
// letter, under its one Message-ID.
func TestTwoProcessesThatDieAtEveryStepDoubleNothingElse(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		h := open(t, dbtest.Open(t, url))
		in, err := inbox.Start(inbox.Options{Keep: 1000})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close() })
		const count = 24
		for range count {
			h.receive("moxora", "DE", policies.Access)
		}
		server, err := mailer.ParseURL("smtp://" + in.Address())
		if err != nil {
			t.Fatal(err)
		}
		doubled := map[string]bool{}
		var mu sync.Mutex
		for round := range 8 {
			now := h.clock.Add(time.Duration(round) * 10 * time.Minute)
			var both sync.WaitGroup
			for process := range 2 {
				db := h.db
				if process == 1 {
					db = dbtest.Open(t, url)
				}
				both.Go(func() {
					post := mailer.NewPost(server, 1, mailer.Pace{}, func() time.Time { return now }, mailer.Options{})
					defer post.Close()
					if err := h.dieing(t.Context(), db, post, now, round, func(id string) { mu.Lock(); doubled[id] = true; mu.Unlock() }); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
		}
		arrived := map[string]int{}
		for _, m := range in.Messages() {
			arrived[m.MessageID]++
		}
		for id, n := range arrived {
			if n > 1 && !doubled[id] {
				t.Errorf("letter %s arrived %d times", id, n)
			}
		}
		if len(arrived) != count {
			t.Errorf("%d of %d letters arrived", len(arrived), count)
		}
		h.stored("SELECT COUNT(*) FROM letters WHERE state = 'sent'", count)
		h.stored(fmt.Sprintf("SELECT COUNT(*) - %d FROM events WHERE act = 'letter_sent'", count), 0)
	})
}

// dieing claims letters as a worker does and dies in a way that depends on the
// letter, in its first rounds; a job it has not settled runs out of its lease.
func (h *house) dieing(ctx context.Context, db *database.DB, post *mailer.Post, now time.Time, round int, double func(id string)) error {
	jobs, err := outbox.Claim(ctx, db, now, outbox.Wanted{Kinds: []string{"letter"}, Limit: 20, Lease: time.Minute, Policies: requests.LetterPolicies()})
	if err != nil {
		return err
	}
	died := errors.New("the process died")
	for _, job := range jobs {
		way := noCrash
		if round < 3 {
			way = int(job.ID+int64(round)) % 4
		}
		if way == crashBefore {
			continue
		}
		err := h.SendLetter("privacy@example.com", func() time.Time { return now }, func(ctx context.Context, e mailer.Envelope) error {
			if err := post.Send(ctx, e); err != nil || way != crashAfter {
				return err
			}
			double(e.MessageID)
			return died
		})(ctx, job)
		if err != nil && !errors.Is(err, died) {
			return err
		}
		if way != noCrash {
			continue
		}
		if err := db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return outbox.Done(ctx, tx, now, job) }); err != nil {
			return err
		}
	}
	return nil
}

// The server took a letter, and then the worker was stopped and the database had
// a fault: once that is over the letter is written down as sent and leaves no
// second time.
func TestALetterThatLeftIsWrittenDownThoughTheDatabaseFaults(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		jobs, err := outbox.Claim(t.Context(), h.db, h.clock, outbox.Wanted{Kinds: []string{"letter"}, Limit: 1, Lease: time.Minute, Policies: requests.LetterPolicies()})
		if err != nil || len(jobs) != 1 {
			t.Fatalf("%d claimed: %v", len(jobs), err)
		}
		ctx, stop := context.WithCancel(t.Context())
		tries := 0
		now := func() time.Time { // asked at each try
			if tries++; tries == 3 {
				h.sql("ALTER TABLE letters_away RENAME TO letters")
			}
			return h.clock
		}
		err = h.SendLetter("privacy@example.com", now, func(ctx context.Context, e mailer.Envelope) error {
			h.sql("ALTER TABLE letters RENAME TO letters_away")
			stop()
			return h.take(ctx, e)
		})(ctx, jobs[0])
		if err != nil || tries != 3 {
			t.Errorf("after %d tries: %v", tries, err)
		}
		h.clock = h.clock.Add(time.Hour) // the worker died before it settled the job
		if h.work(); len(h.post) != 1 {
			t.Errorf("the letter left %d times", len(h.post))
		}
		h.stored("SELECT COUNT(*) FROM letters WHERE state = 'sent'", 1)
		h.verified()
	})
}
