package requests

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
	"dsr/workflow"
)

// Event is one line of a timeline: what was done, when, by whom. Events are
// the truth about a request and are never changed.
type Event struct {
	bun.BaseModel `bun:"table:events,alias:e"`

	ID        int64        `bun:"id,pk,autoincrement"`
	RequestID int64        `bun:"request_id"`
	Seq       int64        `bun:"seq"` // 1 is the receipt
	At        time.Time    `bun:"at"`
	Act       workflow.Act `bun:"act"`
	Actor     string       `bun:"actor"` // "staff:12", "requester", "machine:reminders"
	Data      string       `bun:"data"`  // JSON of Change
	Sealed    []byte       `bun:"sealed"`
	Hash      []byte       `bun:"hash"` // SHA-256 over all of it, Sealed included

	Change Change `bun:"-"`
	Text   string `bun:"-"` // the sealed words, once opened
}

// Change is what an event changed, without personal data. Fields that an act
// does not use are absent.
type Change struct {
	Received  *Received            `json:"received,omitempty"`
	HoldOpen  deadlines.HoldKind   `json:"hold_opened,omitempty"`
	HoldShut  deadlines.HoldKind   `json:"hold_closed,omitempty"`
	Extension *deadlines.Extension `json:"extension,omitempty"`
	Ground    string               `json:"ground,omitempty"`
	Outcome   string               `json:"outcome,omitempty"`
	Verified  identity.Level       `json:"verified,omitempty"`
	Assignee  *int64               `json:"assignee,omitempty"`
	Law       *Law                 `json:"law,omitempty"`
	Systems   []Searched           `json:"systems,omitempty"`
	Letter    string               `json:"letter,omitempty"` // kind of the letter written, sent or failed
	LetterID  int64                `json:"letter_id,omitempty"`
	MessageID int64                `json:"message_id,omitempty"`
	Files     int                  `json:"files,omitempty"`
	Reminder  string               `json:"reminder,omitempty"`
	Met       []string             `json:"met,omitempty"` // clocks this act stopped, by name
	Moved     []Moved              `json:"moved,omitempty"`

	content string // of the ruling that Law names, to be kept with the event
}

// Received is what was known at receipt.
type Received struct {
	Submission int64          `json:"submission"`
	Reference  string         `json:"reference"`
	Policy     string         `json:"policy"`
	Right      policies.Right `json:"right"`
	Channel    string         `json:"channel"`
	Language   string         `json:"language"`
	ReceivedAt time.Time      `json:"received_at"`
	Signal     bool           `json:"gpc,omitempty"`
	Law        Law            `json:"law"`
}

// Law is the residence and the ruling that follows from it.
type Law struct {
	Residence   string `json:"residence"`
	Regime      string `json:"regime"`
	Provisional bool   `json:"provisional,omitempty"`
	Ruling      string `json:"ruling"` // SHA-256 of the frozen ruling, in hex
}

// Moved says that an act moved a due date.
type Moved struct {
	Clock string         `json:"clock"`
	From  deadlines.Date `json:"from"`
	To    deadlines.Date `json:"to"`
}

// encode writes the change as JSON and hashes the event. The hash is over
// length-prefixed fields, so that no two events share one by chance of layout.
func (e *Event) encode() error {
	data, err := json.Marshal(e.Change)
	if err != nil {
		return err
	}
	e.Data = string(data)
	e.Hash = e.sum()
	return nil
}

func (e *Event) sum() []byte {
	h := sha256.New()
	h.Write([]byte("dsr event 1\n"))
	for _, field := range [][]byte{
		binary.BigEndian.AppendUint64(nil, uint64(e.RequestID)),
		binary.BigEndian.AppendUint64(nil, uint64(e.Seq)),
		binary.BigEndian.AppendUint64(nil, uint64(e.At.UnixMicro())),
		[]byte(e.Act), []byte(e.Actor), []byte(e.Data), e.Sealed,
	} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(field))))
		h.Write(field)
	}
	return h.Sum(nil)
}

// decode reads the change of a row.
func (e *Event) decode() error {
	if err := json.Unmarshal([]byte(e.Data), &e.Change); err != nil {
		return fmt.Errorf("event %d of request %d cannot be read: %w", e.Seq, e.RequestID, err)
	}
	return nil
}

// apply projects an event on a request. Live changes and replays go through
// here alike, so that rows can always be rebuilt from the timeline.
func (r *Request) apply(m *workflow.Machine, e *Event) error {
	if e.Seq != r.Seq+1 {
		return fmt.Errorf("event %d follows event %d", e.Seq, r.Seq)
	}
	from := r.Phase
	if from == "" {
		from = m.Start()
	}
	move, err := m.Next(from, e.Act)
	if err != nil {
		return err
	}
	r.Phase = move.To
	r.project(e)
	r.Seq = e.Seq
	if !quiet(e.Act) {
		r.Revision = e.Seq
		r.LastAct, r.LastActor, r.LastAt = e.Act, e.Actor, e.At
		r.Unread = e.Actor == string(ByRequester)
	}
	if r.Phase == Closed && r.ClosedAt.IsZero() {
		r.ClosedAt = bun.NullTime{Time: e.At}
	}
	return nil
}

func (r *Request) project(e *Event) {
	c := &e.Change
	if c.Received != nil {
		r.receive(c.Received)
	}
	if c.Law != nil {
		r.setLaw(c.Law)
	}
	if c.HoldShut != "" {
		if h := r.OpenHold(c.HoldShut); h != nil {
			h.To = e.At
		}
	}
	if c.HoldOpen != "" {
		r.Facts.Holds = append(r.Facts.Holds, deadlines.Hold{Kind: c.HoldOpen, From: e.At})
	}
	if c.Extension != nil {
		r.Facts.Extension = c.Extension
	}
	if c.Verified.Needs(r.Verified) {
		r.Verified = c.Verified
	}
	if c.Assignee != nil {
		r.AssigneeID = *c.Assignee
	}
	if c.Systems != nil {
		r.Facts.Systems = c.Systems
	}
	if c.Outcome != "" {
		r.Outcome, r.Facts.Ground = c.Outcome, c.Ground
	}
	for _, name := range c.Met {
		if r.Facts.Met == nil {
			r.Facts.Met = map[string]time.Time{}
		}
		if _, already := r.Facts.Met[name]; !already {
			r.Facts.Met[name] = e.At
		}
	}
	if e.Act == ActDecide {
		r.AnsweredAt = bun.NullTime{Time: e.At}
	}
}

func (r *Request) receive(c *Received) {
	r.SubmissionID, r.Reference = c.Submission, c.Reference
	r.Policy, r.Right = c.Policy, c.Right
	r.Channel, r.Language, r.ReceivedAt = c.Channel, c.Language, c.ReceivedAt
	r.Verified = identity.None
	r.Facts.ReceivedAt, r.Facts.OptOut = c.ReceivedAt, c.Signal
	r.setLaw(&c.Law)
}

func (r *Request) setLaw(l *Law) {
	r.Residence, r.Regime, r.Provisional, r.RulingHash = l.Residence, l.Regime, l.Provisional, l.Ruling
}
