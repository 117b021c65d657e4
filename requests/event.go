package requests

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
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
	Added  string `bun:"-"` // the paragraph that somebody added to the letter
	// Evidence is what a decision rests on, for the file of the case.
	Evidence string `bun:"-"`
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
	Proof     *Proof               `json:"proof,omitempty"`     // what is asked for
	Authority identity.Authority   `json:"authority,omitempty"` // accepted of an agent
	Mailbox   string               `json:"mailbox,omitempty"`   // whose was proved: "agent", or "person" where an agent asks
	Matched   []string             `json:"matched,omitempty"`   // names of the data points that fit
	Items     []Decided            `json:"items,omitempty"`
	Appeal    string               `json:"appeal,omitempty"` // reference of the new case
	Assignee  *int64               `json:"assignee,omitempty"`
	Law       *Law                 `json:"law,omitempty"`
	Systems   []Searched           `json:"systems,omitempty"`
	Letter    string               `json:"letter,omitempty"` // kind of the letter written, sent or failed
	LetterID  int64                `json:"letter_id,omitempty"`
	Calendar  string               `json:"calendar,omitempty"`      // the edition it counts by from then on: DE@3
	LetterSum string               `json:"letter_sha256,omitempty"` // of a letter that was sent, see Envelope.Sum
	MessageID int64                `json:"message_id,omitempty"`
	Files     int                  `json:"files,omitempty"`
	FileSums  []string             `json:"files_sha256,omitempty"` // of their contents, in order
	Reminder  string               `json:"reminder,omitempty"`
	Planned   *time.Time           `json:"planned,omitempty"`  // for when the reminder was planned
	Passed    []string             `json:"passed,omitempty"`   // what came too late to be told: earlier reminders that this one stands for, or itself
	Evidence  string               `json:"evidence,omitempty"` // the kind of evidence pack that was made
	Met       []string             `json:"met,omitempty"`      // clocks this act stopped, by name
	Moved     []Moved              `json:"moved,omitempty"`
	Proposed  *Proposal            `json:"proposed,omitempty"`    // a decision that waits for a second person
	Decider   string               `json:"decider,omitempty"`     // who proposed what is approved now
	Right     policies.Right       `json:"right,omitempty"`       // as it is understood from now on
	Receipt   *time.Time           `json:"received_at,omitempty"` // corrected
	Label     string               `json:"label,omitempty"`       // put on or taken off
	Mail      int64                `json:"mail,omitempty"`        // the message that it came by

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
	AskMailbox bool           `json:"ask_mailbox,omitempty"` // the first letter asks for proof of the mailbox
	Suspect    string         `json:"suspect,omitempty"`
	Agent      int64          `json:"agent,omitempty"` // who asks for the person

	Represented *Representation `json:"represented,omitempty"`
	// Of an appeal: the first case, who decided it and how far its requester had
	// proved who they are.
	AppealOf  int64          `json:"appeal_of,omitempty"`
	AppealRef string         `json:"appeal_ref,omitempty"`
	NotBy     string         `json:"not_by,omitempty"`
	NorBy     string         `json:"nor_by,omitempty"` // who approved it
	Verified  identity.Level `json:"verified,omitempty"`
	// Of a message: what rules read from it.
	Reading *Reading `json:"reading,omitempty"`
}

// Law is the residence and the ruling that follows from it.
type Law struct {
	Residence   string `json:"residence"`
	Regime      string `json:"regime"`
	Provisional bool   `json:"provisional,omitempty"`
	Ruling      string `json:"ruling"`           // SHA-256 of the frozen ruling, in hex
	Chosen      bool   `json:"chosen,omitempty"` // by a person, and not by the residence
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
		r.Unread = fromOutside(e.Actor)
	}
	switch {
	case r.Open():
		r.ClosedAt = bun.NullTime{}
	case r.ClosedAt.IsZero() || from == Aside && r.Phase == Closed:
		r.ClosedAt = bun.NullTime{Time: e.At}
	}
	return nil
}

func (r *Request) project(e *Event) {
	c := &e.Change
	if c.Received != nil {
		r.receive(c.Received, e.At)
	}
	if c.Law != nil {
		r.setLaw(c.Law)
	}
	if c.Right != "" {
		r.Right = c.Right
	}
	if c.Receipt != nil {
		r.ReceivedAt, r.Facts.ReceivedAt = *c.Receipt, *c.Receipt
	}
	r.projectHolds(e)
	r.projectProof(e)
	if c.Extension != nil {
		r.Facts.Extension = c.Extension
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
	r.projectFirsts(e)
	r.projectReminder(c)
	r.projectAct(e)
	r.projectProposal(e)
}

// projectHolds closes and opens the pauses of the law's clocks.
func (r *Request) projectHolds(e *Event) {
	c := &e.Change
	if c.HoldShut != "" {
		if h := r.OpenHold(c.HoldShut); h != nil {
			h.To = e.At
		}
	}
	if c.HoldOpen != "" && r.OpenHold(c.HoldOpen) == nil {
		r.Facts.Holds = append(r.Facts.Holds, deadlines.Hold{Kind: c.HoldOpen, From: e.At})
	}
}

// projectProof keeps how far requester and agent have proved who they are.
func (r *Request) projectProof(e *Event) {
	c := &e.Change
	if c.Verified.Needs(r.Verified) {
		r.Verified = c.Verified
	}
	if c.Proof != nil {
		r.Facts.Proof = c.Proof
	}
	// Identity and authority are proved apart: recording one does not judge the other.
	if p := r.Facts.Proof; p != nil && (e.Act == ActGiveProof || e.Act == ActRecordProof && p.Authority == (c.Authority != "")) {
		judged := *p // the event's own stays as it was written
		if e.Act == ActGiveProof {
			judged.GivenAt = e.At
		} else {
			judged.JudgedAt = e.At
		}
		r.Facts.Proof = &judged
	}
	if a := r.Facts.Agent; a != nil && (c.Authority != "" || c.Mailbox != "") {
		agent := *a
		if c.Authority != "" {
			agent.Authority = c.Authority
		}
		agent.Mailbox = agent.Mailbox || c.Mailbox == "agent"
		agent.Confirmed = agent.Confirmed || c.Mailbox == "person"
		r.Facts.Agent = &agent
	}
}

// projectFirsts keeps when the first letter left and when the team first wrote.
func (r *Request) projectFirsts(e *Event) {
	switch e.Act {
	case ActLetterSent:
		if r.Facts.Confirmed.IsZero() && confirms(e.Change.Letter) {
			r.Facts.Confirmed = e.At
		}
	case ActMessage, ActAskProof, ActRejectProof, ActAskQuestion, ActExtend:
		if r.Facts.Replied.IsZero() {
			r.Facts.Replied = e.At
		}
	}
}

// projectAct keeps what follows from the act itself.
func (r *Request) projectAct(e *Event) {
	switch e.Act {
	case ActDecide:
		r.AnsweredAt, r.Facts.Decider, r.Facts.Items = bun.NullTime{Time: e.At}, e.Actor, e.Change.Items
		if e.Change.Files > 0 {
			r.Facts.FilesTill = filesEnd(e.At)
		}
	case ActApprove:
		r.Facts.Decider, r.Facts.Approver = e.Change.Decider, e.Actor
		if r.Phase == Answer {
			r.AnsweredAt, r.Facts.Items = bun.NullTime{Time: e.At}, e.Change.Items
		}
		if e.Change.Files > 0 {
			r.Facts.FilesTill = filesEnd(e.At)
		}
	case ActLabel, ActUnlabel:
		r.Facts.Labels = labelled(r.Facts.Labels, e.Change.Label, e.Act == ActLabel)
	case ActAddress:
		r.projectAddress(e.At)
	case ActReopen:
		r.Outcome, r.Facts.Ground = "", ""
		if e.Change.Letter != "" {
			r.Suspect = ""
		}
		r.waitAnew(e.At)
	case ActClear:
		r.Suspect = ""
	case ActConfirmReading:
		r.Suspect, r.Facts.Reading = "", nil
	case ActSetLaw:
		r.Facts.Reading = nil
	case ActComplete:
		r.projectCompleted(e)
	case ActAppeal:
		r.Facts.Appealed = e.Change.Appeal
	case ActCollect:
		if r.Facts.Collected.IsZero() {
			r.Facts.Collected = e.At
		}
	case ActRenew:
		r.Facts.FilesTill = filesEnd(e.At)
	case ActKeep:
		r.Facts.LegalHold = e.At
	case ActRelease:
		r.Facts.LegalHold = time.Time{}
	case ActErase:
		r.Facts.Erased = e.At
	}
}

// waitAnew lets the time to prove who they are begin again.
func (r *Request) waitAnew(at time.Time) {
	if !r.Facts.AskedMailbox.IsZero() {
		r.Facts.AskedMailbox = at
	}
	if r.Facts.Proof.Waiting() {
		asked := *r.Facts.Proof
		asked.AskedAt = at
		r.Facts.Proof = &asked
	}
}

// filesEnd is when files of an answer given at an instant can no longer be
// fetched: a day after the day that is said, so that the whole of it counts.
func filesEnd(at time.Time) time.Time { return at.Add(AnswerLifetime + 24*time.Hour) }

// FilesUntil is the last whole day, in a zone, on which the files of the answer
// can be fetched.
func (r *Request) FilesUntil(zone *time.Location) deadlines.Date {
	return deadlines.DateOf(r.Facts.FilesTill, zone).AddDays(-1)
}

// fromOutside reports whether an actor is the requester or their agent.
func fromOutside(actor string) bool {
	return strings.HasPrefix(actor, string(access.Requester)) || strings.HasPrefix(actor, string(access.Agent))
}

func (r *Request) receive(c *Received, at time.Time) {
	r.SubmissionID, r.Reference = c.Submission, c.Reference
	r.Policy, r.Right = c.Policy, c.Right
	r.Channel, r.Language, r.ReceivedAt = c.Channel, c.Language, c.ReceivedAt
	r.Verified = cmp.Or(c.Verified, identity.None)
	r.Suspect, r.AgentID, r.AppealOf = c.Suspect, c.Agent, c.AppealOf
	r.Facts.Reading = c.Reading
	r.Facts.ReceivedAt, r.Facts.OptOut = c.ReceivedAt, c.Signal
	r.Facts.Agent, r.Facts.AppealOf, r.Facts.NotBy, r.Facts.NorBy = c.Represented, c.AppealRef, c.NotBy, c.NorBy
	if c.AskMailbox {
		r.Facts.AskedMailbox = at
	}
	r.setLaw(&c.Law)
}

func (r *Request) setLaw(l *Law) {
	r.Residence, r.Regime, r.Provisional, r.RulingHash = l.Residence, l.Regime, l.Provisional, l.Ruling
}
