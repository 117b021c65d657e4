package year_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/requests"
)

// letter is one letter as it is kept, with the job that sends it.
type letter struct {
	ID        int64     `bun:"id"`
	RequestID int64     `bun:"request_id"`
	Kind      string    `bun:"kind"`
	Audience  string    `bun:"audience"`
	MessageID string    `bun:"message_id"`
	State     string    `bun:"state"`
	CreatedAt time.Time `bun:"created_at"`
	LastError string    `bun:"last_error"`
	Job       string    `bun:"job"` // its state, or ""
	JobError  string    `bun:"job_error"`
	Bounced   bool      `bun:"bounced"`
}

// checkLetters compares the letters of some matters with what their timelines
// promise and with what the mail server took.
func (w *world) checkLetters(ctx context.Context, list []*matter) error {
	return inParts(list, func(ids []int64) error {
		var rows []letter
		err := w.ledger.db().NewRaw(`SELECT l.id, l.request_id, l.kind, l.audience, l.message_id, l.state, l.created_at, l.last_error,
			COALESCE(o.state, '') AS job, COALESCE(o.last_error, '') AS job_error, l.bounced_at IS NOT NULL AS bounced
			FROM letters AS l LEFT JOIN outbox AS o ON o.dedupe_key = 'letter:' || CAST(l.id AS TEXT)
			WHERE l.request_id IN ? ORDER BY l.request_id, l.created_at, l.id`, bun.Tuple(ids)).Scan(ctx, &rows)
		if err != nil {
			return err
		}
		of := map[int64][]*letter{}
		for i := range rows {
			rows[i].CreatedAt = rows[i].CreatedAt.UTC()
			of[rows[i].RequestID] = append(of[rows[i].RequestID], &rows[i])
		}
		for _, id := range ids {
			m := w.ledger.byID[id]
			w.promises(m, of[id])
			w.causes(m, of[id])
			for _, l := range of[id] {
				w.delivered(m, l)
			}
		}
		return nil
	})
}

// promises asks that each letter an event speaks of is there, once.
func (w *world) promises(m *matter, letters []*letter) {
	want := map[promised]int{}
	for _, p := range m.letters {
		if p.kind == requests.LetterReceived && p.at.Equal(m.recorded) {
			continue // one for the whole submission, see firsts
		}
		want[p]++
	}
	got := map[promised]int{}
	for _, l := range letters {
		if l.Audience == "requester" {
			got[promised{l.Kind, l.CreatedAt}]++
		}
	}
	for p, n := range want {
		if got[p] != n {
			w.fault(m, "the timeline speaks of %d letters %q of %s, and there are %d", n, p.kind, stamp(p.at), got[p])
		}
	}
	w.firsts(m, letters)
}

// firsts asks that a submission was confirmed by one letter, which belongs to
// the first of its requests; none where triage had to look first, and one for
// all rows of an agent's table.
func (w *world) firsts(m *matter, letters []*letter) {
	n := 0
	for _, l := range letters {
		if l.Audience == "requester" && (l.Kind == requests.LetterReceived || l.Kind == requests.LetterAppeal) && l.CreatedAt.Equal(m.recorded) {
			n++
		}
	}
	first, want := w.ledger.firstOf(m), 1
	switch {
	case m.appealOf != 0:
	case first != m, m.heldBack, n == 0 && m.agent != 0 && w.byTable(m):
		want = 0
	}
	if n != want {
		w.fault(m, "it was confirmed by %d letters, not by %d", n, want)
	}
}

// byTable reports whether a request was a row of an agent's table.
func (w *world) byTable(m *matter) bool {
	var n int
	if err := w.ledger.db().NewRaw("SELECT count(*) FROM agent_batch_rows WHERE request_id = ?", m.id).Scan(context.Background(), &n); err != nil {
		w.fault(m, "%v", err)
	}
	return n > 0
}

// firstOf is the first request of a submission, and of what was received with it.
func (l *ledger) firstOf(m *matter) *matter {
	if first := l.firsts[m.submission]; first != nil {
		return first
	}
	return m
}

// causes asks that each letter has an event at its instant, and that nobody gets
// two letters of one kind for one event.
func (w *world) causes(m *matter, letters []*letter) {
	seen := map[string]int{}
	for _, l := range letters {
		if !slices.ContainsFunc(m.instants, l.CreatedAt.Equal) {
			w.fault(m, "the letter %d (%s) of %s follows from no event", l.ID, l.Kind, stamp(l.CreatedAt))
		}
		first := l.CreatedAt.Equal(m.recorded) && (l.Kind == requests.LetterAppeal || l.Kind == requests.LetterReceived)
		if l.Audience == "requester" && !first && l.Kind != requests.LetterOnBehalf && !slices.Contains(m.letters, promised{l.Kind, l.CreatedAt}) {
			w.fault(m, "the letter %d (%s) of %s stands on no event", l.ID, l.Kind, stamp(l.CreatedAt))
		}
		t := w.post.taken[l.MessageID]
		if t == nil {
			continue
		}
		who := fmt.Sprintf("%s %s %d", l.Kind, t.to, l.CreatedAt.UnixMicro())
		if seen[who]++; seen[who] > m.eventsAt(l.CreatedAt) {
			w.fault(m, "somebody got %d letters %q of %s", seen[who], l.Kind, stamp(l.CreatedAt))
		}
	}
}

// eventsAt counts the events of an instant: each may write to everybody once.
func (m *matter) eventsAt(at time.Time) (n int) {
	for _, instant := range m.instants {
		if instant.Equal(at) {
			n++
		}
	}
	return n
}

// delivered asks that a letter was taken once if it is noted as sent, and else
// waits, or failed for a reason that is written down.
func (w *world) delivered(m *matter, l *letter) {
	count, repeats := 0, 0
	if t := w.post.taken[l.MessageID]; t != nil {
		count, repeats = t.count, t.repeats
	}
	noted := w.ledger.sent[l.ID]
	switch {
	case l.State == "failed" && (l.LastError == "" || count > repeats):
		w.fault(m, "the letter %d (%s) failed for %q, and the mail server took it %d times", l.ID, l.Kind, l.LastError, count)
	case l.State == "sent" && (count < 1 || count > 1+repeats):
		w.fault(m, "the letter %d (%s) is noted as sent, and the mail server took it %d times (a process died %d times after its yes)", l.ID, l.Kind, count, repeats)
	case l.State == "sent" && noted != 1, l.State != "sent" && noted != 0:
		w.fault(m, "the letter %d (%s) is %s, and the timeline says %d times that it was sent", l.ID, l.Kind, l.State, noted)
	case l.State == "waiting" && count > repeats:
		w.fault(m, "the letter %d (%s) waits, and the mail server took it %d times", l.ID, l.Kind, count)
	case l.State == "waiting" && l.Job != "ready" && l.Job != "leased" && (l.Job != "dead" || l.JobError == ""):
		w.fault(m, "the letter %d (%s) waits, and its job is %q (%s)", l.ID, l.Kind, l.Job, l.JobError)
	}
}

// checkOthers does the same for letters that are about no request.
func (w *world) checkOthers(ctx context.Context, table, kind string, full bool) error {
	var rows []letter
	where := " WHERE l.state <> 'sent'"
	if full {
		where = ""
	}
	err := w.ledger.db().NewRaw(`SELECT l.id, l.kind, l.message_id, l.state, l.created_at, l.last_error,
		COALESCE(o.state, '') AS job, COALESCE(o.last_error, '') AS job_error
		FROM `+table+` AS l LEFT JOIN outbox AS o ON o.dedupe_key = '`+kind+`:' || CAST(l.id AS TEXT)`+where).Scan(ctx, &rows)
	for i := range rows {
		l := &rows[i]
		w.other(table, l)
	}
	return err
}

func (w *world) other(table string, l *letter) {
	count, repeats := 0, 0
	if t := w.post.taken[l.MessageID]; t != nil {
		count, repeats = t.count, t.repeats
	}
	what := table + " " + strconv.FormatInt(l.ID, 10) + " (" + l.Kind + ")"
	switch {
	case l.State == "sent" && (count < 1 || count > 1+repeats):
		w.fault(nil, "%s is noted as sent, and the mail server took it %d times", what, count)
	case l.State == "failed" && l.LastError == "":
		w.fault(nil, "%s failed for no reason", what)
	case l.State == "waiting" && (count > repeats || l.Job == "" || l.Job == "done" || l.Job == "dead" && l.JobError == ""):
		w.fault(nil, "%s waits, its job is %q (%s), and the mail server took it %d times", what, l.Job, l.JobError, count)
	}
}

// checkPost asks that everything the mail server took is a letter we know.
func (w *world) checkPost() {
	known := map[string]bool{}
	for _, table := range []string{"letters", "agent_letters", "staff_letters"} {
		var ids []string
		if err := w.ledger.db().NewRaw("SELECT message_id FROM "+table).Scan(context.Background(), &ids); err != nil {
			w.fault(nil, "%v", err)
		}
		for _, id := range ids {
			known[id] = true
		}
	}
	lost, weekly := 0, 0
	for id, t := range w.post.taken {
		switch {
		case strings.HasPrefix(id, "week-"): // it has no row, only its job
			weekly++
		case !known[id]:
			lost++
		}
		if t.count > 1+t.repeats {
			w.fault(nil, "the mail server took the letter %s %d times (a process died %d times after its yes)", id, t.count, t.repeats)
		}
	}
	if lost > 0 {
		w.fault(nil, "the mail server took %d letters that nobody knows of any more", lost)
	}
	var sent, all int
	err := w.ledger.db().NewRaw("SELECT COALESCE(SUM(CASE WHEN state = 'done' THEN 1 ELSE 0 END), 0), count(*) FROM outbox WHERE kind = 'week_report'").Scan(context.Background(), &sent, &all)
	if err != nil {
		w.fault(nil, "the jobs of the weeks: %v", err)
	} else if weekly < sent || weekly > all {
		w.fault(nil, "%d letters of the week were taken, of %d jobs %d are done", weekly, all, sent)
	}
}
