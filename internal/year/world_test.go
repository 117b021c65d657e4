package year_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/outbox"
	"dsr/people"
	"dsr/policies"
	"dsr/reports"
	"dsr/requests"
	"dsr/vault"
	"dsr/words"
)

// size says how large a year is.
type size struct {
	seed     uint64
	requests int
	days     int
	calm     bool // nothing breaks
}

// house is one process: its handles on the one database.
type house struct {
	db     *database.DB
	people *people.Register
	office *requests.Office
	weekly *reports.Weekly
	book   *policies.Book
	wakes  int
	dieAt  int // the commit after which the process dies; 0: it lives
	skew   time.Duration
}

// world is a year: houses, people, post, and the clock of all of them.
type world struct {
	testing.TB
	size
	random  *rand.Rand
	url     string
	ring    *vault.Ring
	words   *words.Catalogue
	packsIn string // folder of the policies that are not the shipped ones
	houses  [2]*house
	dead    *house // whose process has died and not started again
	post    *post
	ledger  *ledger
	town    *town
	team    *team

	about     *matter // what is tried just now, or nil
	clock     time.Time
	day       int
	agenda    agenda
	complain  func(format string, args ...any)
	script    []string // what was done today
	last      []string // and yesterday
	faults    int
	faulty    []*matter
	unsettled bool   // what is done now will be done again: its process dies before it can settle it
	fuse      string // the table whose writes fail
	done      map[string]int
	mails     map[string]bool // sources of the messages handed in
	nonce     int
}

// begin is the first day. It lies so that a year meets a leap day's absence, two
// changes of the clocks and the new law of the United Kingdom.
func begin() time.Time { return time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) }

func cheap() people.Hashing {
	cost := people.OWASP()
	cost.Memory, cost.Passes = 64, 1
	return cost
}

// newWorld opens the houses over one database and hires the team.
func newWorld(t testing.TB, url string, s size) *world {
	t.Helper()
	w := &world{
		TB: t, size: s, url: url, random: rand.New(rand.NewPCG(s.seed, 1)), clock: begin(),
		done: map[string]int{}, mails: map[string]bool{}, complain: t.Errorf,
	}
	w.post = newPost(rand.New(rand.NewPCG(s.seed, 2)))
	w.post.lit = w.lit
	var err error
	if w.ring, err = vault.CreateRing(filepath.Join(t.TempDir(), "keys"), begin()); err != nil {
		t.Fatal(err)
	}
	if w.words, err = words.Load(); err != nil {
		t.Fatal(err)
	}
	w.giveOwnReminders()
	for i := range w.houses {
		w.houses[i] = new(house)
		w.start(w.houses[i])
	}
	t.Cleanup(func() {
		for _, h := range w.houses {
			h.db.Close()
		}
	})
	w.layFuses()
	if w.ledger, err = newLedger(func() *bun.DB { return w.houses[0].db.Read() }, w.book(), w.fault); err != nil {
		t.Fatal(err)
	}
	w.hire()
	w.town = newTown(w)
	return w
}

func (w *world) book() *policies.Book {
	w.Helper()
	book, err := policies.Load(policies.Options{Packs: []string{w.packsIn}})
	if err != nil {
		w.Fatal(err)
	}
	return book
}

// ownReminders are those of one of the policies; the others keep the house's.
const ownReminders = `
reminders:
  clocks:
    - {clocks: [respond], before: [8 days, 3 business days, 2 days]}
    - {before: [6 days, 1 business day, 5 hours, 80 %]}
  questions: [4 days, 9 days]
  escalation:
    - {to: lead, after: 4 hours}
    - {to: officer, after: 2 business days}
`

// giveOwnReminders puts that policy into a folder of its own.
func (w *world) giveOwnReminders() {
	w.Helper()
	const name = "vensor.yaml"
	pack, err := os.ReadFile(filepath.Join("..", "..", "policies", "packs", name))
	if err == nil {
		w.packsIn = w.TempDir()
		err = os.WriteFile(filepath.Join(w.packsIn, name), append(pack, ownReminders...), 0o600)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// start opens a house anew, as a process that starts does.
func (w *world) start(h *house) {
	w.Helper()
	ctx := context.Background()
	must := func(err error) {
		w.Helper()
		if err != nil {
			w.Fatalf("seed %d, day %d: the house does not open: %v", w.seed, w.day, err)
		}
	}
	var err error
	h.db, err = database.Open(ctx, w.url)
	must(err)
	must(h.db.Migrate(ctx))
	h.people, err = people.New(h.db, w.ring, cheap())
	must(err)
	if h.book == nil || w.chance(250) {
		h.book = w.book() // read anew, as a process does; mostly the one from before will do
	}
	book := h.book
	h.wakes, h.dieAt = 0, 0
	replies := map[string]string{}
	for _, p := range book.Packs() {
		replies[p.ID] = "privacy+{token}@" + p.ID + ".example"
	}
	h.office, err = requests.Open(ctx, w.clock, requests.Settings{
		DB: h.db, Book: book, Ring: w.ring, Words: w.words, People: h.people, BaseURL: baseURL, Wake: func() { w.woken(h) }, Numbers: w.random.Uint32() | 1,
		Mail: requests.MailRoutes{Replies: replies, Bounces: "bounces+{token}@privacy.example.com"},
	})
	must(err)
	desk, err := reports.Open(h.db, book, w.words)
	must(err)
	h.weekly = &reports.Weekly{Desk: desk, People: h.people, Words: w.words, BaseURL: baseURL}
}

const baseURL = "https://privacy.example.com"

// now is what a house takes the time for.
func (w *world) now(h *house) time.Time { return w.clock.Add(h.skew) }

// any is the house that does the next thing.
func (w *world) any() *house { return w.houses[w.random.IntN(len(w.houses))] }

// chance is true so many times of a thousand.
func (w *world) chance(perMille int) bool { return w.random.IntN(1000) < perMille }

// note writes a line of the day's script.
func (w *world) note(format string, args ...any) {
	w.script = append(w.script, w.clock.Format("01-02 15:04 ")+fmt.Sprintf(format, args...))
}

// fault fails the test with everything it takes to play the day again.
func (w *world) fault(m *matter, format string, args ...any) {
	w.Helper()
	about := ""
	if m != nil {
		about = fmt.Sprintf("request #%d %s (%s, %s, %s, in %s): ", m.number, m.reference, m.policy, m.right, m.law.Regime, m.phase)
	}
	w.faults++
	if m != nil && !slices.Contains(w.faulty, m) {
		w.faulty = append(w.faulty, m)
	}
	if w.faults <= 12 {
		w.complain("seed %d, day %d (%s): %s%s\n\tagain: go test ./internal/year -run TestAYear -seed %d -requests %d -days %d",
			w.seed, w.day, w.clock.Format(time.DateOnly), about, fmt.Sprintf(format, args...), w.seed, w.requests, w.days)
	}
}

// attempt lets a house do something and says whether it was done. Refusals are
// the business of who tried; what else goes wrong is a fault, unless a process
// was made to die.
func (w *world) attempt(h *house, what string, do func(context.Context, time.Time) error) bool {
	w.Helper()
	burns := w.lightFuse() != ""
	err := do(context.Background(), w.now(h))
	if burns {
		w.douse()
	}
	switch {
	case err == nil:
		w.done[verbOf(what)]++
		w.note("%s", what)
	case refusal(err):
		w.done[verbOf(what)+" refused"]++
		w.note("%s: refused: %.160v", what, err)
	case w.dead != nil || burns:
		w.done["died"]++
		w.note("%s: the process died: %.120v", what, err)
	default:
		w.note("%s: %v", what, err)
		w.fault(w.about, "%s: %v", what, err)
	}
	w.revive()
	return err == nil
}

func verbOf(what string) string {
	verb, _, _ := strings.Cut(what, " ")
	return verb
}

// refusal reports whether an error is an answer: not now, not you, not so.
func refusal(err error) bool {
	var refused *requests.Refused
	return errors.As(err, &refused) || slices.ContainsFunc([]error{
		requests.ErrStale, requests.ErrForbidden, requests.ErrInvalid, requests.ErrNotFound, requests.ErrLink, requests.ErrCode,
		requests.ErrFilesEnded, requests.ErrNoLetter, requests.ErrNoMail, people.ErrLastAdministrator,
	}, func(known error) bool { return errors.Is(err, known) })
}

// do is one verb on one request.
func (w *world) do(h *house, who access.Caller, m *matter, seen int64, v requests.Verb) bool {
	w.Helper()
	what := fmt.Sprintf("%s #%d by %s", strings.TrimPrefix(fmt.Sprintf("%T", v), "requests."), m.number, who.Actor())
	w.about = m
	defer func() { w.about = nil }()
	return w.attempt(h, what, func(ctx context.Context, now time.Time) error {
		_, err := h.office.Do(ctx, who, now, m.reference, seen, v)
		return err
	})
}

// live plays the year and counts after every day.
func (w *world) live() *world {
	w.Helper()
	for w.day = 1; w.day <= w.days && !w.broken(); w.day++ {
		w.last, w.script = w.script, nil
		w.play()
		w.count(w.day%30 == 0 || w.day == w.days)
		if w.broken() {
			w.Logf("the day before:\n%s", strings.Join(w.last, "\n"))
			w.Logf("the day:\n%s", strings.Join(w.script, "\n"))
			for _, m := range w.faulty[:min(2, len(w.faulty))] {
				w.Logf("the timeline of #%d:\n%s", m.number, w.timeline(m))
			}
		}
	}
	return w
}

// timeline writes down what happened to a matter.
func (w *world) timeline(m *matter) string {
	var rows []event
	if err := w.ledger.db().NewRaw("SELECT seq, at, act, actor, data FROM events WHERE request_id = ? ORDER BY seq", m.id).Scan(context.Background(), &rows); err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, e := range rows {
		fmt.Fprintf(&b, "%3d %s %s by %s %s\n", e.Seq, stamp(e.At), e.Act, e.Actor, e.Data)
	}
	var jobs []struct{ Kind, State, Payload, LastError string }
	if err := w.ledger.db().NewRaw("SELECT kind, state, payload, last_error FROM outbox WHERE request_id = ? ORDER BY id", m.id).Scan(context.Background(), &jobs); err != nil {
		return b.String() + err.Error()
	}
	for _, j := range jobs {
		fmt.Fprintf(&b, "    a job %s, %s, %s: %s\n", j.Kind, j.State, j.Payload, j.LastError)
	}
	return b.String()
}

func (w *world) broken() bool { return w.faults > 0 }

// play is one day: the town and the team by day, sweeps and post in between.
func (w *world) play() {
	midnight := begin().AddDate(0, 0, w.day-1)
	w.clock = midnight.Add(5 * time.Hour)
	w.weather()
	w.tick()
	w.town.plan(midnight)
	w.team.plan(midnight)
	for _, hour := range []int{11, 16, 20} {
		w.agenda.until(midnight.Add(time.Duration(hour)*time.Hour), w)
		w.tick()
	}
	for _, h := range w.houses {
		h.skew, h.dieAt = 0, 0
	}
	w.clock = midnight.Add(22 * time.Hour)
	w.chores()
	w.post.cut = nil
	for _, minute := range []int{0, 20, 40} {
		w.clock = midnight.Add(23*time.Hour + time.Duration(minute)*time.Minute)
		w.drain(w.houses[w.day%2])
	}
}

// tick is a turn of sweep and worker in the middle of a day, with mishaps.
func (w *world) tick() {
	h := w.any()
	w.attempt(h, "morning-letters", h.office.DigestTeam)
	w.mishap(h)
	w.drain(h)
	h.dieAt, w.post.cut = 0, nil
	w.town.readPost()
}

// drain sweeps what is due and does the jobs of it, until there is nothing.
func (w *world) drain(h *house) {
	ctx, now := context.Background(), w.now(h)
	for range 100 {
		swept, err := h.office.Sweep(ctx, now)
		done := 0
		if err == nil {
			done, err = outbox.DrainBy(ctx, h.db, now, w.jobs(h), requests.JobPolicies(reports.WeeklyKind))
		}
		if err != nil {
			if w.dead == nil && !w.lit() {
				w.fault(nil, "the worker: %v", err)
			}
			w.note("the worker stopped: %.120v", err)
			w.revive()
			return
		}
		if swept+done == 0 {
			w.revive()
			return
		}
	}
	w.fault(nil, "sweeping and working comes to no end")
}

func (w *world) jobs(h *house) map[string]outbox.Handler {
	now := func() time.Time { return w.now(h) }
	jobs := h.office.Jobs("privacy@privacy.example.com", now, w.post.send)
	for kind, do := range h.weekly.Jobs("privacy@privacy.example.com", now, w.post.send) {
		jobs[kind] = do
	}
	return jobs
}
