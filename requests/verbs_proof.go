package requests

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
)

// AskProof asks the requester to prove who they are, or an agent that they may
// act for somebody. It is a letter that names exactly what is asked for and
// why; what it does to the clocks follows the regime: a hold in the Union, a
// later start in the United Kingdom, nothing in the United States.
type AskProof struct {
	Authority   bool     // proof that an agent may act, instead of identity
	Points      []string // names of data points to compare; see DataPoints
	Declaration bool     // a signed declaration besides (11 CCR 7062(c))
	What        string   // anything else, in words the person understands
	Why         string   // why less is not enough
}

func (v AskProof) plan(o *occasion) (*plan, error) {
	proof := &Proof{Points: v.points(o), Declaration: v.Declaration, Authority: v.Authority, AskedAt: o.now}
	p := &plan{act: ActAskProof, permission: access.Verify, change: Change{HoldOpen: proof.hold(), Letter: LetterProof, Proof: proof}}
	what, why := tidy(v.What), tidy(v.Why)
	if len(proof.Points) == 0 {
		p.require("what", what, "Say exactly what the person should send. Ask for no more than you need.")
	}
	p.require("why", why, "Say why it is needed: the person reads it.")
	if v.Authority && o.request.Facts.Agent == nil {
		p.object("", "Nobody asks for somebody else here, so there is no authority to prove.")
	}
	p.text = strings.TrimSpace(what + "\n\n" + why)
	p.message = &message{kind: "proof", body: p.text}
	p.letters = []composer{proofLetter(proof, what, why)}
	return p, nil
}

// points keeps the data points that exist, each once, in the order of the form.
func (v AskProof) points(o *occasion) []string {
	var points []string
	for _, name := range DataPoints(o.pack, o.request.Right) {
		if slices.Contains(v.Points, name) {
			points = append(points, name)
		}
	}
	return points
}

// DataPoints lists what a person can be asked for that a company usually holds,
// by name: what the pack knows people by first, then what most do. None of
// them is an identity document, and none is the data in dispute.
func DataPoints(pack *policies.Pack, right policies.Right) []string {
	var points []string
	for _, id := range pack.Identifiers {
		if !right.IsOptOut() {
			points = append(points, id.Name)
		}
	}
	return append(points, "full_name", "username", "postcode", "phone_end", "joined_month", "last_use", "invoice_number", "invoice_amount")
}

// GiveProof is what the requester or agent sends as proof. The law's clock runs
// on from here: the time the team takes to compare it is the team's own. It is
// kept sealed until it was judged and then deleted.
type GiveProof struct {
	Points   map[string]string // by name
	Declared bool              // "I declare, under penalty of perjury …"
	Text     string
	Files    []Upload
}

// Given is what was sent as proof, for the one who compares it.
type Given struct {
	Points   map[string]string `json:"points,omitempty"`
	Declared bool              `json:"declared,omitempty"`
	Text     string            `json:"text,omitempty"`
}

func (v GiveProof) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActGiveProof, permission: access.Verify, files: v.Files, letters: toAssignee(o, LetterReplied)}
	asked := o.request.Facts.Proof
	if !asked.Waiting() {
		return p, nil // a standing guard says so
	}
	p.change.HoldShut = asked.hold()
	given := Given{Points: map[string]string{}, Declared: v.Declared, Text: tidy(v.Text)}
	for _, name := range asked.Points {
		value := strings.TrimSpace(v.Points[name])
		if len([]rune(value)) > 200 {
			p.fail(name, "Write at most 200 characters.")
		}
		if value != "" {
			given.Points[name] = value
		}
	}
	p.bound("text", given.Text)
	if len(given.Points) == 0 && given.Text == "" && len(v.Files) == 0 {
		p.fail("text", "Fill in what you can, or choose a file.")
	}
	if asked.Declaration && !v.Declared {
		p.fail("declared", "Tick the declaration, if it is true.")
	}
	body, err := json.Marshal(given)
	p.message = &message{kind: "proof", body: string(body)}
	return p, err
}

// RejectProof says that what came does not fit, deletes it and asks again.
type RejectProof struct {
	What string // what to send now
	Why  string // what was wrong
}

func (v RejectProof) plan(o *occasion) (*plan, error) {
	asked := o.request.Facts.Proof
	if asked == nil {
		return &plan{act: ActRejectProof, permission: access.Verify}, nil // a standing guard says so
	}
	again := &Proof{Points: asked.Points, Declaration: asked.Declaration, Authority: asked.Authority, AskedAt: o.now}
	p := &plan{act: ActRejectProof, permission: access.Verify, change: Change{HoldOpen: again.hold(), Letter: LetterProofFailed, Proof: again}}
	what, why := tidy(v.What), tidy(v.Why)
	p.require("why", why, "Say what does not fit, without repeating what was sent.")
	p.require("what", what, "Say what the person should send now.")
	p.text = why + "\n\n" + what
	p.message = &message{kind: "proof", body: p.text}
	p.letters = []composer{proofFailedLetter(again, what, why)}
	p.also = o.deleteProof
	return p, nil
}

// RecordProof notes that the proof came and that it fits. What was given is
// deleted; the timeline keeps only that it was, and which points fitted.
type RecordProof struct {
	Level     string   // identity.Level reached
	Matched   []string // names of the data points that fit what the company holds
	Authority string   // identity.Authority of an agent that was accepted, instead of a level
}

func (v RecordProof) plan(o *occasion) (*plan, error) {
	matched := v.matched(o)
	p := &plan{act: ActRecordProof, permission: access.Verify, change: Change{HoldShut: deadlines.HoldIdentity, Letter: LetterThanks, Matched: matched}}
	p.letters = []composer{thanksLetter()}
	p.also = o.deleteProof
	if v.Authority != "" || v.Level == "" && o.request.Facts.Agent != nil {
		v.authority(o, p)
		return p, nil
	}
	level, err := identity.ParseLevel(v.Level)
	switch {
	case err != nil:
		p.fail("level", "Choose how the person proved who they are.")
	case o.request.Ruling.Level.Needs(level):
		p.fail("level", fmt.Sprintf("%s asks for more proof for this right: %s.", o.regime.Name, LevelName(o.request.Ruling.Level)))
	case len(matched) < matches(level):
		p.fail("matched", fmt.Sprintf("%s takes %d data points that fit what you hold; you ticked %d.", title(LevelName(level)), matches(level), len(matched)))
	}
	p.change.Verified = level
	return p, nil
}

// matched keeps the names of data points there are, each once: words of staff
// would stand on the timeline for good.
func (v RecordProof) matched(o *occasion) []string {
	var names []string
	for _, name := range append(DataPoints(o.pack, o.request.Right), "email") {
		if slices.Contains(v.Matched, name) {
			names = append(names, name)
		}
	}
	return names
}

// authority records that somebody may act for the person.
func (v RecordProof) authority(o *occasion, p *plan) {
	p.change.HoldShut = deadlines.HoldAuthority
	authority, err := identity.ParseAuthority(v.Authority)
	switch {
	case o.request.Facts.Agent == nil:
		p.object("", "Nobody asks for somebody else here, so there is no authority to record.")
	case err != nil:
		p.fail("authority", "Choose what shows that they may act for the person.")
	case !o.version.AgentRule(o.request.Right).Accepts(authority):
		p.fail("authority", o.regime.Name+" does not know this authority for this right.")
	}
	p.change.Authority = authority
}

// matches is how many data points a level takes (11 CCR 7062).
func matches(l identity.Level) int {
	switch l {
	case identity.TwoPoints:
		return 2
	case identity.ThreePoints:
		return 3
	}
	return 0
}

// deleteProof erases what was given as proof, words and files. What staff asked
// for stays.
func (o *occasion) deleteProof(ctx context.Context, tx bun.Tx, at time.Time) error {
	const given = "SELECT id FROM messages WHERE request_id = ? AND kind = 'proof' AND author = 'requester'"
	for _, statement := range []string{
		"DELETE FROM file_parts WHERE file_id IN (SELECT id FROM files WHERE message_id IN (" + given + "))",
		"UPDATE messages SET sealed = NULL WHERE id IN (" + given + ")",
	} {
		if _, err := database.Exec(ctx, tx, statement, o.request.ID); err != nil {
			return err
		}
	}
	_, err := database.Exec(ctx, tx, "UPDATE files SET deleted_at = ?, sealed_name = NULL WHERE deleted_at IS NULL AND message_id IN ("+given+")", at, o.request.ID)
	return err
}

// ConfirmMailbox notes that somebody pressed the button behind a link, or typed
// the code, sent to a mailbox: the person's, or that of an agent, which proves
// nothing of the person.
type ConfirmMailbox struct{ Agent bool }

func (v ConfirmMailbox) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActConfirm, permission: access.Verify}
	switch {
	case v.Agent:
		p.change.Mailbox = "agent"
	case o.request.Facts.Agent != nil:
		p.change.Mailbox, p.change.Verified = "person", identity.Mailbox
	default:
		p.change.Verified = identity.Mailbox
	}
	if o.request.mailboxProved(v.Agent) {
		p.object("", "The mailbox is proved already.")
	}
	return p, nil
}

// mailboxProved reports whether a mailbox was proved before: that of the agent,
// or the person's.
func (r *Request) mailboxProved(agent bool) bool {
	switch {
	case agent:
		return r.Facts.Agent == nil || r.Facts.Agent.Mailbox
	case r.Facts.Agent != nil && !r.Facts.Agent.Confirmed:
		return false
	}
	return !identity.Mailbox.Needs(r.Verified)
}
