//go:build bench

package requests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/identity"
	"dsr/policies"
)

// Seed fills a database with requests for measuring: n in all, the last open of
// them not closed, spread over policies, rights, places and days. Each has a
// key, a sealed person and true clocks; timelines and letters are left out.
func (o *Office) Seed(ctx context.Context, now time.Time, n, open int, progress func(done int)) error {
	random := rand.New(rand.NewPCG(1, 2))
	const batch = 2000
	for done := 0; done < n; done += batch {
		count := min(batch, n-done)
		rows := make([]*step, count)
		for i := range rows {
			st, err := o.seedOne(now, random, done+i, done+i >= n-open)
			if err != nil {
				return err
			}
			rows[i] = st
		}
		err := o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			for _, st := range rows {
				r := st.after
				_, err := database.Exec(ctx, tx, insertSubmission, r.SubmissionID, r.Reference, r.Policy, "form", "en", r.ReceivedAt)
				if err != nil {
					return err
				}
				if err := o.rulings.keep(ctx, tx, r.RulingHash, o.seedContent(r)); err != nil {
					return err
				}
				if err := insertRequestRow(ctx, tx, r); err != nil {
					return err
				}
				if err := st.keepReminder(ctx, tx); err != nil {
					return err
				}
				if len(r.Facts.Labels) > 0 {
					if _, err := database.Exec(ctx, tx, "INSERT INTO request_labels (request_id, label, policy) VALUES (?, ?, ?)", r.ID, r.Facts.Labels[0], r.Policy); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, st := range rows {
			o.rulings.keptFor(st.after.RulingHash)
		}
		progress(done + count)
	}
	return nil
}

func (o *Office) seedContent(r *Request) string {
	_, content, _ := freeze(r.Ruling)
	return content
}

func (o *Office) seedOne(now time.Time, random *rand.Rand, number int, open bool) (*step, error) {
	packs := o.book.Packs()
	pack := packs[random.IntN(len(packs))]
	residence := []string{"US-CA", "DE", "GB", "FR", "US-TX", "BR"}[random.IntN(6)]
	right := pack.Rights[random.IntN(min(3, len(pack.Rights)))].Right
	received := now.Add(-time.Duration(random.IntN(25*24)) * time.Hour)
	if !open {
		received = now.AddDate(0, 0, -40-random.IntN(700))
	}
	s := &Submission{Policy: pack.ID, Rights: []policies.Right{right}, Residence: residence, Channel: "form", Language: "en",
		ReceivedAt: received, Person: Person{Email: fmt.Sprintf("person-%d@example.org", random.IntN(1<<20)), Details: "Everything you hold, please."}}
	received = received.Add(-time.Duration(random.IntN(3_600_000)) * time.Millisecond)
	s.ReceivedAt = received
	ruling, err := o.book.Rule(policies.Question{Pack: pack, Right: right, Residence: residence, ReceivedAt: received})
	if err != nil {
		return nil, err
	}
	st, err := o.arrival(access.Caller{Kind: access.Requester}, received, pack, &s.Person, residence, Received{
		Submission: o.ids.next(received), Policy: pack.ID, Right: right, Channel: s.Channel, Language: s.Language, ReceivedAt: received,
	}, &ruling)
	if err != nil {
		return nil, err
	}
	r := st.after
	r.Reference = fmt.Sprintf("%s-%04d-%03d", pack.Prefix, number/1000, number%1000) // by chance some of a million would meet
	if r.Sealed, err = (sealer{key: st.key.key, reference: r.Reference}).sealJSON("person", s.Person); err != nil {
		return nil, err
	}
	r.AssigneeID = int64(random.IntN(20))
	if random.IntN(50) == 0 {
		r.Facts.Labels = []string{"urgent"}
	}
	switch {
	case !open:
		r.Phase, r.Outcome, r.ClosedAt = Closed, Granted, nullTime(received.AddDate(0, 0, 20))
		r.DueAt, st.next = NothingDue, nil
	case random.IntN(3) > 0:
		r.Phase, r.Verified = Search, identity.Mailbox
	}
	return st, r.pack()
}

// NextReminders reads the next due reminders as a sweep chooses them, without
// taking them.
func (o *Office) NextReminders(ctx context.Context, now time.Time, n int) (int, error) {
	var rows []struct {
		RequestID int64
		What      string
	}
	err := o.db.Read().NewRaw("SELECT request_id, what"+dueReminders, now, n).Scan(ctx, &rows)
	return len(rows), err
}
