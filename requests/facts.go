package requests

import (
	"time"

	"dsr/deadlines"
	"dsr/identity"
)

// Facts are what happened to a request, as far as clocks and guards care.
type Facts struct {
	deadlines.Facts
	Met     map[string]time.Time `json:"met,omitempty"` // clock by name: when what it waits for was done
	Ground  string               `json:"ground,omitempty"`
	Items   []Decided            `json:"items,omitempty"`
	OptOut  bool                 `json:"gpc,omitempty"` // the browser sent Global Privacy Control
	Systems []Searched           `json:"systems,omitempty"`

	// Reminded says by ladder up to which planned instant its reminders are told.
	Reminded map[string]time.Time `json:"reminded,omitempty"`

	// AskedMailbox is when the first letter asked for proof of the mailbox; zero
	// where none is needed.
	AskedMailbox time.Time       `json:"asked_mailbox,omitzero"`
	Proof        *Proof          `json:"proof,omitempty"`
	Agent        *Representation `json:"agent,omitempty"`

	// Confirmed is when the first letter left, Replied when the team first wrote
	// by itself: a clock that another law or right brings in later, and that
	// waits for one of them, is met by it.
	Confirmed time.Time `json:"confirmed,omitzero"`
	Replied   time.Time `json:"replied,omitzero"`

	Reading   *Reading  `json:"reading,omitempty"`  // what rules read from the message, until somebody confirms it
	Completed time.Time `json:"completed,omitzero"` // when the requester last added what was missing

	Proposal *Proposal `json:"proposal,omitempty"` // a decision that waits for a second person
	Labels   []string  `json:"labels,omitempty"`   // in alphabetical order

	Decider   string    `json:"decider,omitempty"`   // who decided: "staff:12"
	Approver  string    `json:"approver,omitempty"`  // the second person who agreed, where one was asked
	NotBy     string    `json:"not_by,omitempty"`    // who may not decide this appeal, having decided before
	NorBy     string    `json:"nor_by,omitempty"`    // nor may who approved it
	Appealed  string    `json:"appealed,omitempty"`  // reference of the case that looks again
	AppealOf  string    `json:"appeal_of,omitempty"` // reference of the case that is looked at again
	FilesTill time.Time `json:"files_till,omitzero"` // until when the answer's files can be fetched
	Collected time.Time `json:"collected,omitzero"`  // when the requester first fetched one

	LegalHold time.Time `json:"legal_hold,omitzero"` // since when it is kept because of a dispute
	Erased    time.Time `json:"erased,omitzero"`     // when its personal data was erased
}

// Decided is what was decided about one item, without its words.
type Decided struct {
	Decision ItemDecision `json:"decision"`
	Ground   string       `json:"ground,omitempty"`
}

// Proof is what was asked for as proof of identity or of authority, and
// whether it was given. What it said is not kept here, nor anywhere else once
// it was judged.
type Proof struct {
	Points      []string  `json:"points,omitempty"` // names of the data points, never their values
	Declaration bool      `json:"declaration,omitempty"`
	Authority   bool      `json:"authority,omitempty"` // of an agent, not identity
	AskedAt     time.Time `json:"asked_at"`
	GivenAt     time.Time `json:"given_at,omitzero"`
	JudgedAt    time.Time `json:"judged_at,omitzero"`
}

// Waiting reports whether proof was asked for and has not come.
func (p *Proof) Waiting() bool { return p != nil && p.GivenAt.IsZero() && p.JudgedAt.IsZero() }

// Given reports whether proof came and nobody has judged it yet.
func (p *Proof) Given() bool { return p != nil && !p.GivenAt.IsZero() && p.JudgedAt.IsZero() }

// Representation is how somebody stands who asks for another person.
type Representation struct {
	Relation  string             `json:"relation"`            // agent or parent
	Authority identity.Authority `json:"authority,omitempty"` // the one that was accepted
	Mailbox   bool               `json:"mailbox,omitempty"`   // the agent's own mailbox is proved
	Confirmed bool               `json:"confirmed,omitempty"` // the person said that it is right
}

// hold is the kind of pause that asking for this proof opens.
func (p *Proof) hold() deadlines.HoldKind {
	if p.Authority {
		return deadlines.HoldAuthority
	}
	return deadlines.HoldIdentity
}
