package year_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/outbox"
)

// fused are the tables at which a transaction can be made to die: each write to
// one of them fails while its fuse is lit, as where a disk or a line does.
func fused() []string {
	return []string{"events", "letters", "audit_entries", "outbox", "clocks", "messages", "links", "mails"}
}

// layFuses puts the fuses in. They are the only rows of the test's own.
func (w *world) layFuses() {
	w.Helper()
	statements := []string{"CREATE TABLE IF NOT EXISTS year_fuse (place TEXT PRIMARY KEY)"}
	postgres := w.houses[0].db.Engine() == database.PostgreSQL
	if postgres {
		statements = append(statements, `CREATE OR REPLACE FUNCTION year_burn() RETURNS trigger AS $$ BEGIN
			IF EXISTS (SELECT 1 FROM year_fuse WHERE place = TG_TABLE_NAME) THEN RAISE EXCEPTION 'burnt'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql`)
	}
	for _, table := range fused() {
		switch {
		case postgres:
			statements = append(statements, "CREATE OR REPLACE TRIGGER year_burn_"+table+" BEFORE INSERT ON "+table+" FOR EACH ROW EXECUTE FUNCTION year_burn()")
		default:
			statements = append(statements, "CREATE TRIGGER IF NOT EXISTS year_burn_"+table+" BEFORE INSERT ON "+table+
				" WHEN EXISTS (SELECT 1 FROM year_fuse WHERE place = '"+table+"') BEGIN SELECT RAISE(ABORT, 'burnt'); END")
		}
	}
	w.write(statements...)
}

// write does something to the database behind the office's back.
func (w *world) write(statements ...string) {
	w.Helper()
	err := w.houses[0].db.Write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// lightFuse lights one now and then and returns its place, or "".
func (w *world) lightFuse() string {
	if w.calm || w.fuse != "" || !w.chance(8) {
		return ""
	}
	w.fuse = fused()[w.random.IntN(len(fused()))]
	w.write("INSERT INTO year_fuse (place) VALUES ('" + w.fuse + "')")
	return w.fuse
}

// douse puts the fuse out.
func (w *world) douse() {
	w.fuse = ""
	w.write("DELETE FROM year_fuse")
}

func (w *world) lit() bool { return w.fuse != "" || w.unsettled }

// woken is called after each commit that left work: the process may die there.
func (w *world) woken(h *house) {
	h.wakes++
	if h.dieAt > 0 && h.wakes >= h.dieAt {
		h.dieAt = 0
		w.die(h, "after a commit")
	}
}

// die ends a process: its handle on the database is gone in the middle of
// whatever it does.
func (w *world) die(h *house, where string) {
	if w.dead != nil {
		return
	}
	w.dead = h
	w.done["deaths"]++
	w.note("a process dies %s", where)
	if err := h.db.Close(); err != nil {
		w.fault(nil, "closing: %v", err)
	}
}

// revive starts the process that has died, and puts out what burns.
func (w *world) revive() {
	if h := w.dead; h != nil {
		w.dead = nil
		w.start(h)
	}
	if w.fuse != "" {
		w.douse()
	}
}

// mishap makes something go wrong in a turn of the worker, sometimes.
func (w *world) mishap(h *house) {
	if w.calm || !w.chance(90) {
		return
	}
	switch w.random.IntN(6) {
	case 0: // between the server's yes and the note
		left := 1 + w.random.IntN(3)
		w.post.cut = func() bool {
			if left--; left != 0 || w.dead != nil {
				return false
			}
			w.die(h, "between the server's yes and its note")
			return true
		}
	case 1:
		h.wakes, h.dieAt = 0, 1+w.random.IntN(4)
	case 2:
		w.fuse = fused()[w.random.IntN(len(fused()))]
		w.note("writes to %s fail", w.fuse)
		w.done["fuses"]++
		w.write("INSERT INTO year_fuse (place) VALUES ('" + w.fuse + "')")
	case 3:
		w.lose(h, false)
	case 4:
		w.lose(h, true)
	default: // one machine's clock is wrong until the evening
		h.skew = []time.Duration{-5 * time.Hour, -40 * time.Minute, 90 * time.Minute, 3 * time.Hour}[w.random.IntN(4)]
		w.note("a clock is wrong by %v", h.skew)
		w.done["clock jumps"]++
	}
}

// lose claims jobs for a process that dies before it can settle them, having
// done them or not.
func (w *world) lose(h *house, done bool) {
	ctx, kinds := context.Background(), w.jobs(h)
	want := outbox.Wanted{Limit: 1 + w.random.IntN(4), Lease: 2 * time.Minute, Policy: outbox.DefaultPolicy()}
	for kind := range kinds {
		want.Kinds = append(want.Kinds, kind)
	}
	slices.Sort(want.Kinds)
	jobs, err := outbox.Claim(ctx, h.db, w.now(h), want)
	if err != nil {
		w.fault(nil, "claiming: %v", err)
	}
	for _, job := range jobs {
		w.done["jobs lost"]++
		w.note("job %d (%s) is claimed and lost, done first: %v", job.ID, job.Kind, done)
		if done {
			w.unsettled = !strings.HasSuffix(job.Kind, "letter") // those note what they sent by themselves
			err := kinds[job.Kind](ctx, job)
			w.unsettled = false
			w.note("job %d: %.100v", job.ID, err)
		}
	}
}
