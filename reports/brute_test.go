package reports_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
	"dsr/reports"
	"dsr/requests"
)

// told is what the timeline of one request tells, read event by event and
// without any row that the office projects from it.
type told struct {
	requests.Received
	law                     requests.Law
	facts                   deadlines.Facts
	met                     map[string]time.Time
	outcome                 string
	ground                  string
	verified                identity.Level
	answered                time.Time
	stopped                 time.Time // the watch: answered or dismissed
	ended                   time.Time // closed or set aside; zero while open
	aside                   bool
	assignee                int64
	lapsed                  bool // at any time
	returned                bool // opened again after that
	open                    []deadlines.HoldKind
	phase                   string
	systems                 []string
	team, requester, search time.Duration // until the answer
	last                    time.Time
	ruling                  *policies.Ruling
	dues                    map[string]deadlines.Due
}

// timelines replays every event of the database up to the instant of asking.
func (h *house) timelines(now time.Time) []*told {
	h.Helper()
	var events []struct {
		RequestID int64
		At        time.Time
		Act, Data string
	}
	h.must(h.db.Read().NewRaw("SELECT request_id, at, act, data FROM events ORDER BY request_id, seq").Scan(h.Context(), &events))
	rulings := h.allRulings()
	byID, list := map[int64]*told{}, []*told(nil)
	changes, receipts := make([]requests.Change, len(events)), map[int64]time.Time{}
	for i, e := range events {
		h.must(json.Unmarshal([]byte(e.Data), &changes[i]))
		if at := changes[i].Receipt; at != nil { // a correction holds from the beginning
			receipts[e.RequestID] = *at
		}
	}
	for i, e := range events {
		c := changes[i]
		if c.Received != nil {
			if at, corrected := receipts[e.RequestID]; corrected {
				c.Received.ReceivedAt = at
			}
			t := &told{Received: *c.Received, law: c.Received.Law, met: map[string]time.Time{}, verified: identity.None, last: c.Received.ReceivedAt}
			if c.Received.Verified != "" {
				t.verified = c.Received.Verified
			}
			t.facts.ReceivedAt = c.Received.ReceivedAt
			byID[e.RequestID], list = t, append(list, t)
		}
		byID[e.RequestID].happened(e.At.UTC(), e.Act, &c)
	}
	for _, t := range list {
		t.ruling = rulings[t.law.Ruling]
		h.compute(t, now)
	}
	return list
}

func (h *house) allRulings() map[string]*policies.Ruling {
	var rows []struct{ Sha256, Content string }
	h.must(h.db.Read().NewRaw("SELECT sha256, content FROM rulings").Scan(h.Context(), &rows))
	all := map[string]*policies.Ruling{}
	for _, row := range rows {
		all[row.Sha256] = new(policies.Ruling)
		h.must(json.Unmarshal([]byte(row.Content), all[row.Sha256]))
	}
	return all
}

// happened takes one event in.
func (t *told) happened(at time.Time, act string, c *requests.Change) {
	t.wait(at)
	if c.Law != nil {
		t.law = *c.Law
	}
	if c.Right != "" {
		t.Right = c.Right
	}
	t.question(at, c)
	if c.Extension != nil {
		t.facts.Extension = c.Extension
	}
	if c.Verified.Needs(t.verified) {
		t.verified = c.Verified
	}
	if c.Assignee != nil && (t.stopped.IsZero() || !at.After(t.stopped)) { // the answer is of whoever had it then
		t.assignee = *c.Assignee
	}
	if c.Outcome != "" {
		t.outcome, t.ground = c.Outcome, c.Ground
	}
	for _, name := range c.Met {
		if _, before := t.met[name]; !before {
			t.met[name] = at
		}
	}
	for _, s := range c.Systems {
		if t.answered.IsZero() && !slices.Contains(t.systems, s.System) {
			t.systems = append(t.systems, s.System)
		}
	}
	t.moved(at, act)
}

// wait gives the time since the last event to whoever had the move.
func (t *told) wait(at time.Time) {
	end := t.stopped
	if end.IsZero() || at.Before(end) {
		end = at
	}
	if span := end.Sub(t.last); span > 0 {
		switch {
		case t.aside || len(t.open) > 0:
			t.requester += span
		case t.phase == "search":
			t.search += span
		default:
			t.team += span
		}
	}
	if at.After(t.last) {
		t.last = at
	}
}

func (t *told) question(at time.Time, c *requests.Change) {
	if i := slices.Index(t.open, c.HoldShut); c.HoldShut != "" && i >= 0 {
		t.open = slices.Delete(t.open, i, i+1)
		for n := range t.facts.Holds {
			if hold := &t.facts.Holds[n]; hold.Kind == c.HoldShut && hold.To.IsZero() {
				hold.To = at
			}
		}
	}
	if c.HoldOpen != "" && !slices.Contains(t.open, c.HoldOpen) {
		t.open = append(t.open, c.HoldOpen)
		t.facts.Holds = append(t.facts.Holds, deadlines.Hold{Kind: c.HoldOpen, From: at})
	}
}

func (t *told) moved(at time.Time, act string) {
	switch act {
	case "take_up":
		t.phase = "search"
	case "record_proof":
		if t.phase != "decision" {
			t.phase = "search"
		}
	case "ask_proof", "reject_proof":
		t.phase = "verification"
	case "record_findings":
		t.phase = "decision"
	case "decide":
		t.answered, t.stopped, t.phase = at, at, "answer"
	case "approve_decision":
		if t.stopped = at; t.phase == "decision" {
			t.answered, t.phase = at, "answer"
		} else {
			t.ended, t.phase = at, "closed"
		}
	case "lapse":
		t.aside, t.lapsed, t.ended = true, true, at
	case "set_aside_as_spam", "set_aside_as_no_request":
		t.aside, t.ended = true, at
	case "reopen":
		t.aside, t.ended, t.outcome, t.returned, t.phase = false, time.Time{}, "", t.lapsed, "triage"
	case "close", "withdraw", "dismiss":
		t.aside, t.ended, t.phase = false, at, "closed"
		if act == "dismiss" {
			t.stopped = at
		}
	}
}

// compute works out every clock as the office left it: as of the last event
// that could move it, which for a clock that is held is the hold itself.
func (h *house) compute(t *told, now time.Time) {
	place, err := h.book.Place(t.ruling.Zone, t.ruling.Calendar)
	h.must(err)
	t.dues = map[string]deadlines.Due{}
	facts := t.facts
	facts.AsOf = now
	for i := range t.ruling.Clocks {
		c := &t.ruling.Clocks[i]
		t.dues[c.Name()], err = c.Rule.Due(&facts, place)
		h.must(err)
	}
}

// clock returns the first clock of a ruling with one of some names.
func (t *told) clock(names ...string) *policies.Clock {
	for _, name := range names {
		for i := range t.ruling.Clocks {
			if t.ruling.Clocks[i].Name() == name {
				return &t.ruling.Clocks[i]
			}
		}
	}
	return nil
}

// answer is when the request was answered, or zero.
func (t *told) answer() time.Time {
	if t.answered.IsZero() && !t.ended.IsZero() && (t.outcome == "not_us" || t.outcome == "unproved") {
		return t.ended
	}
	return t.answered
}

// governing is the clock that governs an open request, or nil: one that runs
// before one that is held, then the earliest.
func (t *told) governing() *policies.Clock {
	var first *policies.Clock
	for i := range t.ruling.Clocks {
		c := &t.ruling.Clocks[i]
		if _, met := t.met[c.Name()]; met {
			continue
		}
		if first == nil || t.sooner(c, first) {
			first = c
		}
	}
	return first
}

func (t *told) sooner(a, b *policies.Clock) bool {
	da, db := t.dues[a.Name()], t.dues[b.Name()]
	if (da.Held != "") != (db.Held != "") {
		return db.Held != ""
	}
	if !da.Limit().Equal(db.Limit()) {
		return da.Limit().Before(db.Limit())
	}
	return a.Basis == policies.ByPromise && b.Basis != policies.ByPromise
}

// counted is a list of lines, one a figure, written alike by both counts.
type counted []string

func (c *counted) line(format string, args ...any) { *c = append(*c, fmt.Sprintf(format, args...)) }

func (c counted) text() string {
	sort.Strings(c)
	return strings.Join(c, "\n")
}

// tally counts by name.
type tally map[string]int

func (t tally) lines(c *counted, what string) {
	for name, n := range t {
		if n != 0 {
			c.line("%s %s: %d", what, name, n)
		}
	}
}

// list is values in any order; its middle is found by sorting them all.
type list []int

func (l list) String() string {
	if len(l) == 0 {
		return "none"
	}
	slices.Sort(l)
	n, sum := len(l), 0
	for _, v := range l {
		sum += v
	}
	median := float64(l[n/2])
	if n%2 == 0 {
		median = float64(l[n/2-1]+l[n/2]) / 2
	}
	p90 := l[int(math.Ceil(0.9*float64(n)))-1]
	return fmt.Sprintf("n %d median %.2f mean %.4f p90 %d", n, median, float64(sum)/float64(n), p90)
}

func spread(s reports.Spread) string {
	if s.N() == 0 {
		return "none"
	}
	return fmt.Sprintf("n %d median %.2f mean %.4f p90 %.0f", s.N(), s.Median(), s.Mean(), s.P90())
}
