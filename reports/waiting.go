package reports

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/policies"
	"dsr/requests"
	"dsr/workflow"
)

// LookedAt is how many answers are replayed event by event at most, for what
// only a timeline tells: the latest of the period.
const LookedAt = 2_000

// Waiting is whose move it was from the receipt of a request to its answer. A
// question or a wish for proof that was open, and time set aside, was the
// requester's; the search was the systems'; all else was the team's.
type Waiting struct {
	Answers                  int // looked at: of more than LookedAt the latest
	Of                       int
	Team, Systems, Requester time.Duration // in all of them together
}

// Handler is one member of the team and the answers to requests that were
// theirs when the answer was given. ID 0 is nobody.
type Handler struct {
	ID      int64
	Answers int
	OnLaw   Share
	Days    Spread
}

// System is one system that was searched, and how long that took: from the
// beginning of the search to its findings, less the time that waited for the
// requester. Findings of a request are recorded at once, so all its systems
// share one time.
type System struct {
	Name   string
	Policy string
	Hours  Spread
	OnLaw  Share
}

type timelineRow struct {
	ID       int64          `bun:"id"`
	Right    policies.Right `bun:"right"`
	Ruling   string         `bun:"ruling"`
	Received time.Time      `bun:"received_at"`
	Answered time.Time      `bun:"at"`
	Law      string         `bun:"law"`
	Days     int64          `bun:"days"`
}

type turn struct {
	Request int64        `bun:"request_id"`
	At      time.Time    `bun:"at"`
	Act     workflow.Act `bun:"act"`
	Data    string       `bun:"data"`
}

// replayed is how many timelines are read in one go.
const replayed = 1000

// lookClosely replays the latest answers of one policy.
func (d *Desk) lookClosely(ctx context.Context, p part, f *Figures) error {
	rows, err := read[timelineRow](ctx, d, d.latest(p))
	if err != nil {
		return err
	}
	var of []int
	of, err = read[int](ctx, d, new(statement).add("SELECT count(*) FROM (").put(p.answeredBase()).add(") AS a"))
	if err != nil {
		return err
	}
	f.Waiting.Of += of[0]
	for chunk := range slices.Chunk(rows, replayed) {
		turns, err := d.turns(ctx, chunk)
		if err != nil {
			return err
		}
		for i := range chunk {
			ruling, err := d.ruling(ctx, chunk[i].Ruling)
			if err != nil {
				return err
			}
			w := watch{machine: d.machine, phase: d.machine.Start()}
			if err := w.replay(&chunk[i], turns[chunk[i].ID]); err != nil {
				return err
			}
			f.look(p.policy, &chunk[i], &w, share(chunk[i].Law, answerLaw(ruling), 1))
		}
	}
	return nil
}

func (d *Desk) latest(p part) *statement {
	s := new(statement).add(`SELECT a.id, a."right", substr(a.ruling, 1, 16) AS ruling, a.received_at, a.at, a.days, ` + state("a.law_due") + " AS law FROM (SELECT a.*, ")
	s.put(d.day("a.at", p)).add(" - ").put(d.day("a.received_at", p)).add(" AS days, " + due(lawAnswers) + " AS law_due FROM (SELECT * FROM (").put(p.answeredBase())
	return s.add(") AS b ORDER BY b.at DESC, b.id DESC LIMIT ?) AS a) AS a ORDER BY a.at DESC, a.id DESC", LookedAt)
}

// turns reads the events of some requests that pass the move, or the request, to
// somebody.
func (d *Desk) turns(ctx context.Context, rows []timelineRow) (map[int64][]turn, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	list, err := read[turn](ctx, d, new(statement).add(`SELECT e.request_id, e.at, e.act, e.data FROM events AS e WHERE e.request_id IN ?
		AND e.act NOT IN ('letter_sent', 'letter_failed', 'remind', 'send_link', 'show', 'note', 'message', 'reply', 'collect') ORDER BY e.request_id, e.seq`, bun.Tuple(ids)))
	if err != nil {
		return nil, err
	}
	turns := map[int64][]turn{}
	for _, t := range list {
		turns[t.Request] = append(turns[t.Request], t)
	}
	return turns, nil
}

// look adds one answered request.
func (f *Figures) look(policy string, row *timelineRow, w *watch, onLaw Share) {
	f.Waiting.Answers++
	h := f.handler(w.assignee)
	h.Answers++
	h.OnLaw.plus(onLaw)
	h.Days.Add(row.Days, 1)
	f.Waiting.Team += w.team
	f.Waiting.Systems += w.systems
	f.Waiting.Requester += w.requester
	for _, name := range w.searched {
		s := f.system(policy, name)
		s.Hours.Add(int64(w.systems/time.Hour), 1)
		s.OnLaw.plus(onLaw)
	}
}

// replay runs the watch from the receipt of a request to its answer.
func (w *watch) replay(row *timelineRow, turns []turn) error {
	begun := row.Received
	for i := range turns {
		if turns[i].At.After(row.Answered) {
			break
		}
		w.pass(begun, turns[i].At)
		if turns[i].At.After(begun) {
			begun = turns[i].At
		}
		if err := w.turn(&turns[i]); err != nil {
			return err
		}
	}
	w.pass(begun, row.Answered)
	return nil
}

// watch is a stopwatch with three hands, of which one runs at a time.
type watch struct {
	machine                  *workflow.Machine
	phase                    workflow.Phase
	open                     []string // questions that wait for the requester
	team, systems, requester time.Duration
	searched                 []string
	assignee                 int64
}

// pass lets the hand run whose turn it is.
func (w *watch) pass(from, to time.Time) {
	span := max(0, to.Sub(from))
	switch {
	case len(w.open) > 0 || w.phase == requests.Aside:
		w.requester += span
	case w.phase == requests.Search:
		w.systems += span
	default:
		w.team += span
	}
}

// turn moves the hands as an event says.
func (w *watch) turn(t *turn) error {
	var change requests.Change
	if err := json.Unmarshal([]byte(t.Data), &change); err != nil {
		return fmt.Errorf("an event of request %d cannot be read: %w", t.Request, err)
	}
	if change.Assignee != nil {
		w.assignee = *change.Assignee
	}
	w.hold(string(change.HoldOpen), string(change.HoldShut))
	for _, s := range change.Systems {
		if !slices.Contains(w.searched, s.System) {
			w.searched = append(w.searched, s.System)
		}
	}
	move, err := w.machine.Next(w.phase, t.Act)
	if err == nil {
		w.phase = move.To
	}
	return err
}

func (w *watch) hold(opened, shut string) {
	if shut != "" {
		w.open = slices.DeleteFunc(w.open, func(kind string) bool { return kind == shut })
	}
	if opened != "" && !slices.Contains(w.open, opened) {
		w.open = append(w.open, opened)
	}
}

func (f *Figures) handler(id int64) *Handler {
	i := slices.IndexFunc(f.Handlers, func(h Handler) bool { return h.ID == id })
	if i < 0 {
		f.Handlers = append(f.Handlers, Handler{ID: id})
		i = len(f.Handlers) - 1
	}
	return &f.Handlers[i]
}

func (f *Figures) system(policy, name string) *System {
	i := slices.IndexFunc(f.Systems, func(s System) bool { return s.Name == name && s.Policy == policy })
	if i < 0 {
		f.Systems = append(f.Systems, System{Name: name, Policy: policy})
		i = len(f.Systems) - 1
	}
	return &f.Systems[i]
}

// slower orders systems, the slowest first.
func slower(a, b System) int {
	return cmp.Or(cmp.Compare(b.Hours.Median(), a.Hours.Median()), cmp.Compare(b.Hours.P90(), a.Hours.P90()), cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Name, b.Name))
}
