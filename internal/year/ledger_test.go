package year_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
	"dsr/requests"
	"dsr/workflow"
)

// event is one line of a timeline as it is stored.
type event struct {
	ID        int64     `bun:"id"`
	RequestID int64     `bun:"request_id"`
	Seq       int64     `bun:"seq"`
	At        time.Time `bun:"at"`
	Act       string    `bun:"act"`
	Actor     string    `bun:"actor"`
	Data      string    `bun:"data"`

	requests.Change `bun:"-"`
	planned         time.Time
}

// matter is one request as its timeline tells it, read without any of the rows
// that the office projects from it.
type matter struct {
	number     int // in the order of arrival, from 1
	id         int64
	submission int64
	reference  string
	policy     string
	right      policies.Right
	language   string
	law        requests.Law
	ruling     *policies.Ruling
	place      deadlines.Place
	pack       *policies.Pack

	facts              deadlines.Facts
	met                map[string]time.Time
	confirmed, replied time.Time
	phase              workflow.Phase
	outcome            string
	verified           identity.Level
	suspect            string
	unread             bool // a message whose reading nobody has confirmed
	askedMailbox       time.Time
	proof              *requests.Proof
	agent              int64
	appealOf           int64
	appealed           bool
	assignee           int64
	answered, stopped  time.Time
	closed             time.Time // closed or set aside; zero while open
	filesTill          time.Time
	collected, erased  time.Time
	waiting            string // who proposed a decision that waits: staff:12
	recorded           time.Time

	seq   int64
	last  time.Time
	acted time.Time // the last act that somebody decides on
	// told is when each reminder was planned that was told, by key; ladders the
	// newest of each ladder.
	told    map[string][]time.Time
	ladders map[string]time.Time
	pending []owed
	letters []promised
	// instants are those of its events: a letter is written at one of them.
	instants []time.Time
	tables   int  // how often the letter about the table that it stood in is noted
	heldBack bool // its first letter waited until triage had looked
}

// promised is a letter that an event says was written.
type promised struct {
	kind string
	at   time.Time
}

func (m *matter) open() bool { return m.phase != requests.Closed && m.phase != requests.Aside }

func (m *matter) undecided() bool { return m.open() && m.phase != requests.Answer }

// ledger is all matters, kept by reading each event once.
type ledger struct {
	db      func() *bun.DB
	book    *policies.Book
	machine *workflow.Machine
	rulings map[string]*policies.Ruling

	lastEvent int64
	editions  int
	byID      map[int64]*matter
	order     []*matter         // by arrival
	open      []*matter         // those that were open when they were looked at last
	sent      map[int64]int64   // letters, how often they are noted as sent
	firsts    map[int64]*matter // of a submission, the request that came first
	report    func(m *matter, format string, args ...any)
	touched   []*matter // by what was read last
}

func newLedger(db func() *bun.DB, book *policies.Book, report func(m *matter, format string, args ...any)) (*ledger, error) {
	machine, err := requests.Lifecycle()
	if err != nil {
		return nil, err
	}
	return &ledger{db: db, book: book, machine: machine, rulings: map[string]*policies.Ruling{}, byID: map[int64]*matter{}, sent: map[int64]int64{}, firsts: map[int64]*matter{}, report: report}, nil
}

// read takes in the events that were written since the last call and returns
// the matters they belong to.
func (l *ledger) read(ctx context.Context) ([]*matter, error) {
	l.touched = l.touched[:0]
	for {
		var rows []event
		err := l.db().NewRaw("SELECT id, request_id, seq, at, act, actor, data FROM events WHERE id > ? ORDER BY id LIMIT 2000", l.lastEvent).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			if err := l.take(ctx, &rows[i]); err != nil {
				return nil, err
			}
		}
		if len(rows) < 2000 {
			return l.touched, l.settleOpen()
		}
	}
}

// named finds a matter by its reference, or returns nil.
func (l *ledger) named(reference string) *matter {
	for _, m := range l.order {
		if m.reference == reference {
			return m
		}
	}
	return nil
}

func (l *ledger) settleOpen() error {
	open := l.open[:0]
	for _, m := range l.open {
		if m.open() {
			open = append(open, m)
		}
	}
	l.open = open
	return nil
}

func (l *ledger) take(ctx context.Context, e *event) error {
	l.lastEvent, e.At = e.ID, e.At.UTC()
	if err := json.Unmarshal([]byte(e.Data), &e.Change); err != nil {
		return fmt.Errorf("event %d: %w", e.ID, err)
	}
	if e.Planned != nil {
		e.planned = e.Planned.UTC()
	}
	m := l.byID[e.RequestID]
	if m == nil {
		m = &matter{
			number: len(l.order) + 1, id: e.RequestID, phase: requests.New, verified: identity.None,
			met: map[string]time.Time{}, told: map[string][]time.Time{}, ladders: map[string]time.Time{},
		}
		l.byID[e.RequestID], l.order = m, append(l.order, m)
	}
	if len(l.touched) == 0 || l.touched[len(l.touched)-1] != m {
		l.touched = append(l.touched, m)
	}
	if e.Seq != m.seq+1 {
		l.report(m, "event %d follows event %d", e.Seq, m.seq)
	}
	if e.At.Before(m.acted) {
		l.report(m, "event %d was written before the act it follows", e.Seq)
	}
	l.missed(m, e.At)
	if e.Act == string(requests.ActRemind) || e.Act == string(requests.ActLapse) {
		l.reminded(m, e)
	}
	if err := l.project(ctx, m, e); err != nil {
		return err
	}
	if m.seq, m.last = e.Seq, e.At; !quiet(workflow.Act(e.Act)) {
		m.acted = e.At
	}
	return l.reckon(m, e.At)
}

// project carries one event out on a matter.
func (l *ledger) project(ctx context.Context, m *matter, e *event) error {
	wasOpen := m.open() && m.phase != requests.New
	move, err := l.machine.Next(m.phase, workflow.Act(e.Act))
	if err != nil {
		l.report(m, "event %d: %v", e.Seq, err)
		return nil
	}
	from := m.phase
	m.phase = move.To
	m.received(e)
	if e.Received != nil && l.firsts[m.submission] == nil {
		l.firsts[m.submission] = m
	}
	m.instants = append(m.instants, e.At)
	m.facted(e)
	m.proved(e)
	m.became(e)
	if l := e.Letter; l != "" && !aboutPost(e.Act) {
		m.letters = append(m.letters, promised{l, e.At})
	}
	switch {
	case m.open():
		m.closed = time.Time{}
	case m.closed.IsZero() || from == requests.Aside && m.phase == requests.Closed:
		m.closed = e.At
	}
	if m.open() && !wasOpen {
		l.open = append(l.open, m)
	}
	if aboutPost(e.Act) {
		l.posted(m, e)
	}
	if e.Law != nil || e.Received != nil {
		return l.rule(ctx, m)
	}
	return nil
}

// aboutPost reports whether an act says what became of a letter that another
// event promised.
func aboutPost(act string) bool {
	return act == string(requests.ActLetterSent) || act == string(requests.ActLetterFailed) || act == string(requests.ActBounced)
}

// quiet reports whether an act is only noted: a machine whose clock is ahead may
// note one at a later instant than the act that follows.
func quiet(act workflow.Act) bool {
	return slices.Contains([]workflow.Act{
		requests.ActRecount, requests.ActLetterSent, requests.ActLetterFailed, requests.ActLink, requests.ActRemind, requests.ActShow,
		requests.ActEvidence, requests.ActNote, requests.ActCollect, requests.ActLabel, requests.ActUnlabel,
	}, act)
}

func (l *ledger) posted(m *matter, e *event) {
	if e.Act != string(requests.ActLetterSent) {
		return
	}
	if e.LetterID == 0 { // the letter about an agent's table, noted with each of its rows
		if m.tables++; m.tables > 1 {
			l.report(m, "the letter about its table is noted as sent %d times", m.tables)
		}
		return
	}
	if l.sent[e.LetterID]++; l.sent[e.LetterID] > 1 {
		l.report(m, "the letter %d (%s) is noted as sent %d times", e.LetterID, e.Letter, l.sent[e.LetterID])
	}
}

func (m *matter) received(e *event) {
	c := e.Received
	if c == nil {
		return
	}
	m.submission, m.reference, m.policy, m.right, m.language = c.Submission, c.Reference, c.Policy, c.Right, c.Language
	m.facts.ReceivedAt, m.recorded, m.suspect, m.agent, m.appealOf = c.ReceivedAt.UTC(), e.At, c.Suspect, c.Agent, c.AppealOf
	m.law, m.unread = c.Law, c.Reading != nil
	if c.Verified != "" {
		m.verified = c.Verified
	}
	m.heldBack = c.Suspect != ""
	if c.AskMailbox {
		m.askedMailbox = e.At
	}
}

// rule looks up the rules that are frozen on a matter.
func (l *ledger) rule(ctx context.Context, m *matter) (err error) {
	ruling := l.rulings[m.law.Ruling]
	if ruling == nil {
		var content string
		if err := l.db().NewRaw("SELECT content FROM rulings WHERE sha256 = ?", m.law.Ruling).Scan(ctx, &content); err != nil {
			return fmt.Errorf("the ruling of %s: %w", m.reference, err)
		}
		ruling = new(policies.Ruling)
		if err := json.Unmarshal([]byte(content), ruling); err != nil {
			return err
		}
		l.rulings[m.law.Ruling] = ruling
	}
	m.ruling = ruling
	if m.pack, err = l.book.Pack(m.policy); err != nil {
		return err
	}
	m.place, err = l.book.Place(ruling.Zone, ruling.Calendar)
	return err
}
