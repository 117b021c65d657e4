package year_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"dsr/internal/dbtest"
)

// What the count must see: each is planted in a copy of a database with which
// nothing is wrong, and is named.
func planted() []struct{ what, statements, named string } {
	// One whose date no later act moved: told again after that it would be owed to nobody.
	const overdue = `(SELECT max(e.id) FROM events AS e WHERE e.act = 'remind' AND e.data LIKE '%.law/overdue"%' AND NOT EXISTS (
		SELECT 1 FROM events AS l WHERE l.request_id = e.request_id AND l.seq > e.seq AND l.data LIKE '%"moved":%'))`
	const sent = "(SELECT max(id) FROM letters WHERE audience = 'requester' AND kind = 'nudge' AND state = 'sent')"
	const open = "(SELECT max(id) FROM requests WHERE phase IN ('triage', 'search'))"
	const gone = "(SELECT request_id FROM year_gone)"
	return []struct{ what, statements, named string }{
		{"nothing", "", ""},
		{"a reminder that was never told", "CREATE TABLE year_gone AS SELECT request_id, seq FROM events WHERE id = " + overdue + `;
			DELETE FROM events WHERE id = ` + overdue + `;
			UPDATE events SET seq = -seq WHERE request_id = ` + gone + " AND seq > (SELECT seq FROM year_gone);" +
			"UPDATE events SET seq = -seq - 1 WHERE request_id = " + gone + " AND seq < 0", `law/overdue (is missing|of .* was owed)`},
		{"a reminder told twice", `INSERT INTO events (request_id, seq, at, act, actor, data, sealed, hash)
			SELECT request_id, (SELECT max(seq) + 1 FROM events AS o WHERE o.request_id = e.request_id), at, act, actor, data, sealed, hash FROM events AS e WHERE id = ` + overdue, "was told twice"},
		{"a letter doubled", `INSERT INTO letters (id, request_id, kind, audience, language, message_id, state, created_at, sent_at, last_error, sealed)
			SELECT id + 1, request_id, kind, audience, language, 'twice-' || message_id, 'waiting', created_at, NULL, '', sealed FROM letters WHERE id = ` + sent, `speaks of 1 letters "nudge"`},
		{"a letter lost", "DELETE FROM letters WHERE id = " + sent, `speaks of 1 letters "nudge"`},
		{"a letter of the team's lost", "DELETE FROM letters WHERE id = (SELECT max(id) FROM letters WHERE audience = 'staff' AND state = 'sent')", "letters that nobody knows of"},
		{"a letter that was not sent", "UPDATE letters SET message_id = 'other-' || message_id WHERE id = " + sent, "the mail server took it 0 times"},
		{"a letter that waits for nobody", "UPDATE letters SET state = 'waiting' WHERE id = " + sent, "the timeline says 1 times that it was sent"},
		{"a letter that failed for no reason", "UPDATE letters SET state = 'failed', last_error = '' WHERE id = " + sent, "failed for"},
		{"a clock stopped", "UPDATE clocks SET met_at = due_at WHERE request_id = " + open, "stopped at"},
		{"a clock taken away", "DELETE FROM clocks WHERE request_id = " + open, "is missing"},
		{"a date moved", "UPDATE requests SET due_at = '2031-01-01 00:00:00+00:00' WHERE id = " + open, "the governing date is"},
		{"a phase altered", "UPDATE requests SET phase = 'decision' WHERE id = " + open, "the phase is"},
		{"a request closed by hand", "UPDATE requests SET phase = 'closed', closed_at = last_at WHERE id = " + open, "the phase is"},
		{"an event altered", "UPDATE events SET actor = 'staff:99' WHERE id = " + overdue, "was altered"},
		{"an entry of the log altered", "UPDATE audit_entries SET actor = 'staff:99' WHERE id = (SELECT max(id) FROM audit_entries)", "the audit log"},
		{"a message lost", "DELETE FROM mail_parts; DELETE FROM mails WHERE id = (SELECT max(id) FROM mails)", "messages are kept"},
		{"a message without an outcome", "UPDATE mails SET outcome = 'waiting' WHERE id = (SELECT max(id) FROM mails)", "has no outcome"},
		{"an address in the clear", "UPDATE letters SET last_error = 'p1." + mark + "@mail.example' WHERE id = " + sent, "in the clear"},
		{"a request counted under another right", `UPDATE requests SET "right" = 'complaint' WHERE id = (SELECT min(id) FROM requests WHERE policy = 'moxora' AND outcome <> 'spam' AND appeal_of = 0)`, "the figures of"},
	}
}

// TestTheCountSeesWhatIsPlanted: a count that never complains proves nothing.
func TestTheCountSeesWhatIsPlanted(t *testing.T) {
	url := dbtest.SQLite(t)
	w := newWorld(t, url, size{seed: 3, requests: 45, days: 90, calm: true})
	w.live()
	for _, h := range w.houses {
		if err := h.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(strings.TrimPrefix(url, "sqlite://"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range planted() {
		t.Run(p.what, func(t *testing.T) {
			found := w.copied(t, content, p.statements)
			if p.named == "" && len(found) > 0 || p.named != "" && !regexp.MustCompile(p.named).MatchString(strings.Join(found, "\n")) {
				t.Errorf("the count says %q, want %q", found, p.named)
			}
		})
	}
	t.Run("a letter sent twice", func(t *testing.T) {
		for _, taken := range w.post.taken {
			taken.count++
			break
		}
		if found := strings.Join(w.copied(t, content, ""), "\n"); !strings.Contains(found, "took") {
			t.Errorf("the count says %q", found)
		}
	})
}

// copied counts a copy of a database in which something was altered and returns
// what is found wrong.
func (w *world) copied(t *testing.T, content []byte, statements string) (found []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	h := &house{book: w.houses[0].book}
	c := &world{
		TB: t, size: w.size, packsIn: w.packsIn, url: "sqlite://" + path, random: rand.New(rand.NewPCG(0, 0)), ring: w.ring, words: w.words, post: w.post, team: w.team,
		houses: [2]*house{h, h}, clock: w.clock, day: w.days, mails: w.mails, done: map[string]int{},
		complain: func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) },
	}
	c.start(h)
	defer h.db.Close()
	for _, s := range strings.Split(statements, ";") {
		if s != "" {
			c.write(s)
		}
	}
	var err error
	if c.ledger, err = newLedger(func() *bun.DB { return h.db.Read() }, h.book, c.fault); err != nil {
		t.Fatal(err)
	}
	c.count(true)
	return found
}
