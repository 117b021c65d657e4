package requests_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
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
		if h.later(); len(h.post) != 1 { // the worker died before it settled the job
			t.Errorf("the letter left %d times", len(h.post))
		}
		h.stored("SELECT COUNT(*) FROM letters WHERE state = 'sent'", 1)
		h.verified()
	})
}

// A process died after it wrote down that a letter was given up, and before its
// job was buried: the team is told once, nothing is tried a second time, and
// "try again" works all the same.
func TestALetterIsGivenUpOnceThoughTheProcessDies(t *testing.T) {
	each(t, func(h *house) {
		admin := h.hire("admin@example.com", "Ada Admin", access.Administrator, access.AllPolicies())
		h.receive("moxora", "DE", policies.Access)
		h.refuse = fmt.Errorf("%w (the recipient): 550 no such user", mailer.ErrPermanent)
		h.diesUnsettled()
		h.refuse = nil
		if h.later(); len(h.to(person)) != 0 {
			t.Error("it was tried again by itself")
		}
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'letter_failed'", 1)
		h.stored("SELECT COUNT(*) FROM letters WHERE kind = 'team_bounced'", 2) // Ada and Mara
		if n, err := h.RetryAllLetters(t.Context(), admin, h.clock); n != 1 || err != nil {
			t.Errorf("%d are tried again: %v", n, err)
		}
		if got := h.work().to(person); len(got) != 1 {
			t.Errorf("tried again, %q left", got)
		}
		h.verified()
	})
}

func TestALetterIsDroppedOnceThoughTheProcessDies(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		h.do(requests.CorrectAddress{Email: right, Reason: "She called."})
		h.diesUnsettled()
		h.later()
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'letter_failed'", 1)
		h.stored("SELECT COUNT(*) FROM outbox WHERE kind = 'letter' AND state <> 'done'", 0)
		h.verified()
	})
}

// diesUnsettled does the one letter that is due as a worker would that dies
// before it settles the job.
func (h *house) diesUnsettled() {
	h.Helper()
	jobs, err := outbox.Claim(h.Context(), h.db, h.clock, outbox.Wanted{Kinds: []string{"letter"}, Limit: 2, Lease: time.Minute, Policies: requests.LetterPolicies()})
	if err != nil || len(jobs) != 1 {
		h.Fatalf("%d claimed: %v", len(jobs), err)
	}
	_ = h.SendLetter("privacy@example.com", h.now, h.take)(h.Context(), jobs[0])
}

// later is some time after a worker died: its jobs are taken up by another.
func (h *house) later() {
	h.Helper()
	for range 12 {
		h.clock = h.clock.Add(10 * time.Minute)
		h.work()
	}
}
