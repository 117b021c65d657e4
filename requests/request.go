package requests

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
	"dsr/workflow"
)

// Request is one right asked for by one person: the row, with its frozen
// ruling and its facts. All but the keys and the sealed columns is a
// projection of the timeline.
type Request struct {
	bun.BaseModel `bun:"table:requests,alias:r"`

	ID           int64          `bun:"id,pk,autoincrement"`
	SubmissionID int64          `bun:"submission_id"`
	Reference    string         `bun:"reference"` // MOX-8H2D-5K
	Policy       string         `bun:"policy"`
	Right        policies.Right `bun:"right"`
	Residence    string         `bun:"residence"` // ISO 3166, or empty when unknown
	Regime       string         `bun:"regime"`
	Provisional  bool           `bun:"provisional"` // the law is assumed until the residence is known
	Channel      string         `bun:"channel"`
	Language     string         `bun:"language"`

	Phase    workflow.Phase `bun:"phase"`
	Outcome  string         `bun:"outcome"`
	Verified identity.Level `bun:"verified"` // the proof given so far

	RulingHash string `bun:"ruling"` // SHA-256 of the frozen ruling, in hex
	FactsText  string `bun:"facts"`  // JSON of Facts

	ReceivedAt time.Time    `bun:"received_at"`
	AnsweredAt bun.NullTime `bun:"answered_at"`
	ClosedAt   bun.NullTime `bun:"closed_at"`
	AssigneeID int64        `bun:"assignee_id"` // 0: nobody

	DueAt    time.Time          `bun:"due_at"` // limit of the governing clock, or NothingDue
	DueClock string             `bun:"due_clock"`
	Held     deadlines.HoldKind `bun:"held"` // the open question that stops the law, or ""

	LastAct   workflow.Act `bun:"last_act"`
	LastActor string       `bun:"last_actor"`
	LastAt    time.Time    `bun:"last_at"`
	Unread    bool         `bun:"unread"` // the requester did the last thing

	Seq       int64  `bun:"seq"`      // events so far
	Revision  int64  `bun:"revision"` // the last event that was not quiet
	AuditSeq  int64  `bun:"audit_seq"`
	AuditHead []byte `bun:"audit_head"`

	Suspect  string `bun:"suspect"`   // why triage looks twice, or ""
	AppealOf int64  `bun:"appeal_of"` // the request whose answer is looked at again; 0: this is no appeal
	AgentID  int64  `bun:"agent_id"`  // who asks for the person; 0: they themselves

	Approval   string `bun:"approval"`    // "wanted" or "stale" while a proposed decision waits for a second person, else ""
	ProposerID int64  `bun:"proposer_id"` // who proposed it; 0: nothing is proposed

	Person     []byte `bun:"person"` // blind index of the address
	WrappedKey []byte `bun:"wrapped_key"`
	Sealed     []byte `bun:"sealed"` // Person details, sealed

	Ruling *policies.Ruling `bun:"-"`
	Facts  Facts            `bun:"-"`
	Clocks []Clock          `bun:"-"`
}

// NothingDue sorts requests that wait for nothing behind all others.
var NothingDue = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Searched is one system that was searched or changed, without what was found.
type Searched struct {
	System string `json:"system"`
	Found  string `json:"found"` // "found", "nothing" or "exception"
}

// Clock is one clock of a request as it stands.
type Clock struct {
	policies.Clock
	Due     deadlines.Due
	MetAt   time.Time // zero while it runs
	Governs bool
}

// State says how a clock stands at an instant. It is derived, never stored.
func (c *Clock) State(now time.Time) ClockState {
	switch {
	case !c.MetAt.IsZero() && c.Due.OnTime(c.MetAt):
		return Met
	case !c.MetAt.IsZero():
		return MetLate
	case c.Due.Held != "":
		return Held
	case !c.Due.OnTime(now):
		return Overdue
	}
	return Running
}

// ClockState is how a clock stands.
type ClockState string

// The states of clocks.
const (
	Running ClockState = "running"
	Held    ClockState = "held"
	Met     ClockState = "met"
	MetLate ClockState = "met_late"
	Overdue ClockState = "overdue"
)

// Person is what the requester told about themselves and what they want. It
// is sealed under the request's own key.
type Person struct {
	Email       string            `json:"email"`
	Name        string            `json:"name,omitempty"`
	Identifiers map[string]string `json:"identifiers,omitempty"` // by name of the pack's identifier
	Details     string            `json:"details,omitempty"`
	Agent       *Agent            `json:"agent,omitempty"`
}

// Agent is somebody who asks for another person.
type Agent struct {
	Email    string `json:"email"`
	Name     string `json:"name,omitempty"`
	Relation string `json:"relation,omitempty"` // agents.AsAgent or agents.AsParent
	// Reference is what the agent calls the case themselves.
	Reference string `json:"reference,omitempty"`
}

// unpack reads the facts of a row and looks up its frozen ruling.
func (r *Request) unpack(rulings *rulings) error {
	if err := json.Unmarshal([]byte(r.FactsText), &r.Facts); err != nil {
		return fmt.Errorf("request %s: its facts cannot be read: %w", r.Reference, err)
	}
	return r.rule(rulings)
}

// rule looks up the frozen ruling.
func (r *Request) rule(rulings *rulings) (err error) {
	r.Ruling, err = rulings.get(r.RulingHash)
	return err
}

// pack writes the facts back.
func (r *Request) pack() error {
	facts, err := json.Marshal(r.Facts)
	r.FactsText = string(facts)
	return err
}

// compute works out every clock as of an instant and marks the one that
// governs: the earliest that still waits for something.
func (r *Request) compute(book *policies.Book, now time.Time) error {
	at, err := book.Place(r.Ruling.Zone, r.Ruling.Calendar)
	if err != nil {
		return err
	}
	facts := r.Facts.Facts
	facts.AsOf = now
	r.Clocks = make([]Clock, len(r.Ruling.Clocks))
	governs := -1
	for i := range r.Ruling.Clocks {
		c := &r.Clocks[i]
		c.Clock = r.Ruling.Clocks[i]
		c.MetAt = r.metAt(c)
		if c.Due, err = c.Rule.Due(&facts, at); err != nil {
			return fmt.Errorf("request %s, clock %s: %w", r.Reference, c.Name(), err)
		}
		if c.MetAt.IsZero() && (governs < 0 || c.before(&r.Clocks[governs])) {
			governs = i
		}
	}
	if governs >= 0 && r.Open() {
		r.Clocks[governs].Governs = true
	}
	return nil
}

// metAt is when what a clock waits for was done, or zero.
func (r *Request) metAt(c *Clock) time.Time {
	f := &r.Facts
	at, met := f.Met[c.Name()]
	switch {
	case met:
		return at
	case c.Kind == policies.FirstResponse:
		return f.Replied
	case c.Kind == policies.Acknowledge && (f.Confirmed.IsZero() || !f.Replied.IsZero() && f.Replied.Before(f.Confirmed)):
		return f.Replied
	case c.Kind == policies.Acknowledge:
		return f.Confirmed
	}
	return time.Time{}
}

// before orders clocks by urgency: one that runs before one that is held, then
// by limit, and a promise before a law that ends at the same instant.
func (c *Clock) before(other *Clock) bool {
	if held, otherHeld := c.Due.Held != "", other.Due.Held != ""; held != otherHeld {
		return otherHeld
	}
	if !c.Due.Limit().Equal(other.Due.Limit()) {
		return c.Due.Limit().Before(other.Due.Limit())
	}
	return c.Basis == policies.ByPromise && other.Basis != policies.ByPromise
}

// Governing returns the clock that governs, or nil when nothing runs.
func (r *Request) Governing() *Clock {
	for i := range r.Clocks {
		if r.Clocks[i].Governs {
			return &r.Clocks[i]
		}
	}
	return nil
}

// AnswerClock returns the clock of a basis that waits for the answer, or nil.
func (r *Request) AnswerClock(basis policies.Basis) *Clock {
	for i := range r.Clocks {
		if c := &r.Clocks[i]; c.Answers() && c.Basis == basis {
			return c
		}
	}
	return nil
}

// LawClock returns the answer clock that is not a promise: the law's, or the
// house's target where no law sets one.
func (r *Request) LawClock() *Clock {
	if c := r.AnswerClock(policies.ByLaw); c != nil {
		return c
	}
	return r.AnswerClock(policies.ByTarget)
}

// Proved reports whether the requester has given as much proof as the law lets
// us ask for by default, and an agent their authority. An opt-out waits for
// neither.
func (r *Request) Proved() bool {
	if a := r.Facts.Agent; a != nil && !r.Right.IsOptOut() {
		if a.Authority == "" || a.Authority.SpeaksAlone() {
			return a.Authority != ""
		}
	}
	return !r.Ruling.Level.Needs(r.Verified) || !r.Ruling.Level.Needs(identity.Locate) // an address finds the record
}

// Open reports whether the request is neither closed nor set aside.
func (r *Request) Open() bool { return r.Phase != Closed && r.Phase != Aside }

// Undecided reports whether no decision was made yet.
func (r *Request) Undecided() bool {
	return r.Phase == Triage || r.Phase == Verification || r.Phase == Search || r.Phase == Decision
}

// OpenHold returns the question of a kind that waits for its answer, or nil.
func (r *Request) OpenHold(kind deadlines.HoldKind) *deadlines.Hold {
	for i := range r.Facts.Holds {
		if h := &r.Facts.Holds[i]; h.Kind == kind && h.To.IsZero() {
			return h
		}
	}
	return nil
}
