package requests

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/mailer"
	"dsr/policies"
	"dsr/workflow"
)

// Where a pack or the administrator asks for it, a decision that refuses or
// deletes needs a second person. The first proposes: what they decided is kept
// sealed in the event, nothing is sent and every clock runs on. The second
// approves, and what was proposed goes out then, or sends it back.

// Proposal is a decision that waits for a second person, without its words.
type Proposal struct {
	Act     workflow.Act `json:"act"` // ActDecide or ActDismiss
	Outcome string       `json:"outcome"`
	Ground  string       `json:"ground,omitempty"`
	Items   []Decided    `json:"items,omitempty"`
	Seq     int64        `json:"seq,omitempty"` // of the event that proposed it
	At      time.Time    `json:"at,omitzero"`
	By      string       `json:"by,omitempty"` // who proposed it: "staff:12"
	Files   int          `json:"files,omitempty"`
	Sums    []string     `json:"files_sha256,omitempty"`
	Stale   workflow.Act `json:"stale,omitempty"` // the act that changed the request since
}

// resolution is all of a proposed decision. It is sealed with the event.
type resolution struct {
	Act     workflow.Act `json:"act"`
	Outcome string       `json:"outcome"`
	Ground  string       `json:"ground,omitempty"`
	Text    string       `json:"text"`
	Items   []Item       `json:"items,omitempty"`
	Told    string       `json:"told,omitempty"`
	Added   string       `json:"added,omitempty"`
	// Evidence is what it rests on as a whole; of items each has its own.
	Evidence string `json:"evidence,omitempty"`
	// Letters are those to the requester, as they were shown to the proposer.
	Letters []LetterPreview `json:"letters,omitempty"`
}

// Waiting is a proposed decision for those who may read it.
type Waiting struct {
	Proposal
	Text  string
	Items []Item
	Told  string
	Added string
	// Evidence is what it rests on as a whole.
	Evidence string
	Letters  []LetterPreview
	Files    []File
	Changed  string // why it can no longer be approved, or ""
}

// decided makes the plan that carries the decision out.
func (r resolution) decided(o *occasion) (*plan, error) {
	o.added = r.Added
	if r.Act == ActDismiss {
		return Dismiss{Outcome: r.Outcome, Text: r.Text}.decided(o)
	}
	return Decide{Outcome: r.Outcome, Ground: r.Ground, Text: r.Text, Items: r.Items, Told: r.Told, Evidence: r.Evidence}.decided(o)
}

// seconded returns a decision as it is, or the plan that proposes it where a
// second person is wanted.
func (o *occasion) seconded(p *plan, r resolution) (*plan, error) {
	kinds, err := o.office.secondFor(o.ctx, o.pack)
	if err != nil || o.phaseAgainst(p.act) != "" || !asksSecond(kinds, o.request.Right, p.change.Outcome) {
		return p, err
	}
	r.Act, r.Added = p.act, o.added
	q := &plan{act: ActPropose, permission: p.permission, objections: p.objections, fields: p.fields, files: p.files}
	q.change.Proposed = &Proposal{Act: p.act, Outcome: p.change.Outcome, Ground: p.change.Ground, Items: p.change.Items}
	p.act, p.change.Decider = ActApprove, o.caller.Actor()
	if err := q.askApprovers(o); err != nil {
		return nil, err
	}
	r.Letters, _, _ = o.draft(p)
	data, err := json.Marshal(r)
	q.text, q.coming, q.also = string(data), r.Letters, o.keepProposed(q)
	return q, err
}

// asksSecond reports whether one of the kinds covers an outcome for a right.
func asksSecond(kinds []string, right policies.Right, outcome string) bool {
	refuses := slices.Contains([]string{Partly, RefusedAll, NotUs, Unproved}, outcome)
	deletes := right == policies.Deletion && (outcome == Granted || outcome == Partly)
	return refuses && slices.Contains(kinds, policies.ApproveRefusal) || deletes && slices.Contains(kinds, policies.ApproveDeletion)
}

// askApprovers writes to everybody who may approve, but not to the proposer.
func (p *plan) askApprovers(o *occasion) error {
	users, err := o.office.people.ForPolicy(o.ctx, o.request.Policy, access.Approver, access.Administrator)
	for _, u := range users {
		actor := u.Caller().Actor()
		if actor == o.caller.Actor() || o.request.decidedFirst(actor) {
			continue
		}
		p.letters = append(p.letters, staffLetter(LetterApproval, u.ID))
		p.approvers = append(p.approvers, u.Name)
	}
	return err
}

// keepProposed keeps the files of a proposed answer, which belong to no message
// yet.
func (o *occasion) keepProposed(q *plan) func(context.Context, bun.Tx, time.Time) error {
	return func(ctx context.Context, tx bun.Tx, at time.Time) error {
		key, err := o.office.keyOf(o.request)
		if err != nil {
			return err
		}
		row := fileRow{RequestID: o.request.ID, Seq: o.request.Seq + 1, At: at, Author: "staff"}
		return o.office.keepFiles(ctx, tx, key, row, q)
	}
}

// Approve gives the second yes: what was proposed is done, and its letter goes
// out as it reads now.
type Approve struct{}

func (Approve) plan(o *occasion) (*plan, error) {
	waiting := o.request.Facts.Proposal
	if waiting == nil || waiting.Stale != "" || o.phaseAgainst(ActApprove) != "" {
		return &plan{act: ActApprove, permission: access.Approve}, nil // a standing guard says so
	}
	r, err := o.office.resolution(o.ctx, o.request)
	if err != nil {
		return nil, err
	}
	p, err := r.decided(o)
	if err != nil {
		return nil, err
	}
	p.act, p.permission, p.added = ActApprove, access.Approve, r.Added
	p.change.Decider, p.change.Files, p.change.FileSums = waiting.By, waiting.Files, waiting.Sums
	p.also = func(ctx context.Context, tx bun.Tx, _ time.Time) error {
		_, err := database.Exec(ctx, tx, `UPDATE files SET message_id = (SELECT id FROM messages WHERE request_id = ? AND seq = ?)
			WHERE request_id = ? AND message_id = 0 AND seq = ? AND deleted_at IS NULL`, o.request.ID, o.request.Seq+1, o.request.ID, waiting.Seq)
		return err
	}
	return p, nil
}

// SendBack refuses the second yes, with a reason for whoever proposed. The
// proposer takes their own proposal back with it.
type SendBack struct{ Reason string }

func (v SendBack) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActSendBack, permission: access.Approve, text: tidy(v.Reason)}
	p.require("reason", p.text, "Say what should be decided otherwise. The colleague who proposed it reads this.")
	waiting := o.request.Facts.Proposal
	switch {
	case waiting == nil:
	case waiting.By == o.caller.Actor():
		p.permission = access.Decide
	default:
		if proposer := staffID(waiting.By); proposer != 0 {
			p.letters = []composer{staffLetter(LetterSentBack, proposer)}
		}
	}
	return p, nil
}

// staffID is the row of a member of staff from "staff:12", or 0.
func staffID(actor string) int64 {
	id, err := strconv.ParseInt(strings.TrimPrefix(actor, string(access.Staff)+":"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// againstApproving keeps the proposer from approving, and anybody from
// approving what has changed since.
func (o *occasion) againstApproving(act workflow.Act) []Objection {
	waiting := o.request.Facts.Proposal
	switch {
	case waiting == nil:
		return []Objection{{Sentence: "No decision waits for approval."}}
	case act == ActSendBack:
		return nil
	case waiting.By == o.caller.Actor():
		return []Objection{{Sentence: "You proposed this decision. Somebody else has to approve it."}}
	case waiting.Stale != "":
		return []Objection{{Sentence: waiting.changed()}}
	}
	return o.againstDeciding()
}

// changed says what happened since the decision was proposed.
func (p *Proposal) changed() string {
	if p.Stale == "" {
		return ""
	}
	what := map[workflow.Act]string{
		ActReply: "the requester wrote", ActComplete: "the requester told us more", ActAnswer: "the requester answered", ActGiveProof: "proof came", ActRecordProof: "proof was recorded",
		ActSetLaw: "law or right was set anew", ActCorrect: "the day of receipt was corrected", ActFindings: "other findings were recorded",
		ActExtend: "the law’s date was extended", ActAskQuestion: "a question was asked", ActTakeUp: "it was taken up",
	}[p.Stale]
	if what == "" {
		what = "it was worked on"
	}
	return "The request has changed since this was proposed: " + what + ". Send the proposal back, so that it is decided again."
}

// overtakes reports whether an act changes what a proposed decision rests on.
func overtakes(act workflow.Act) bool {
	return !quiet(act) && act != ActAssign && act != ActConfirm && act != ActMessage
}

// projectProposal keeps what waits for a second person.
func (r *Request) projectProposal(e *Event) {
	waiting := r.Facts.Proposal
	switch {
	case e.Change.Proposed != nil:
		p := *e.Change.Proposed
		p.Seq, p.At, p.By, p.Files, p.Sums = e.Seq, e.At, e.Actor, e.Change.Files, e.Change.FileSums
		r.Facts.Proposal = &p
	case waiting == nil:
	case e.Act == ActSendBack || !r.Undecided():
		r.Facts.Proposal = nil
	case waiting.Stale == "" && overtakes(e.Act):
		p := *waiting
		p.Stale = e.Act
		r.Facts.Proposal = &p
	}
	r.Approval, r.ProposerID = "", 0
	if p := r.Facts.Proposal; p != nil {
		r.Approval, r.ProposerID = "wanted", staffID(p.By)
		if p.Stale != "" {
			r.Approval = "stale"
		}
	}
}

// dropProposed erases the files of a proposal that came to nothing.
func (s *step) dropProposed(ctx context.Context, tx bun.Tx) error {
	was, is := s.before.Facts.Proposal, s.after.Facts.Proposal
	if was == nil || was.Files == 0 || s.plan.act == ActApprove || is != nil && is.Seq == was.Seq {
		return nil
	}
	const proposed = "SELECT id FROM files WHERE request_id = ? AND message_id = 0 AND seq = ?"
	if _, err := database.Exec(ctx, tx, "DELETE FROM file_parts WHERE file_id IN ("+proposed+")", s.after.ID, was.Seq); err != nil {
		return err
	}
	_, err := database.Exec(ctx, tx, "UPDATE files SET deleted_at = ?, sealed_name = NULL WHERE request_id = ? AND message_id = 0 AND seq = ?", s.event.At, s.after.ID, was.Seq)
	return err
}

// resolution opens what was proposed on a request.
func (o *Office) resolution(ctx context.Context, r *Request) (resolution, error) {
	var proposed resolution
	key, err := o.keyOf(r)
	if err != nil {
		return proposed, err
	}
	var sealed []byte
	err = database.Row(ctx, o.db.Read(), []any{&sealed}, "SELECT sealed FROM events WHERE request_id = ? AND seq = ?", r.ID, r.Facts.Proposal.Seq)
	if err != nil {
		return proposed, err
	}
	return proposed, key.openJSON("event/"+itoa(r.Facts.Proposal.Seq), sealed, &proposed)
}

// waiting is what waits for approval on a request, or nil.
func (o *Office) waiting(ctx context.Context, r *Request, key sealer) (*Waiting, error) {
	p := r.Facts.Proposal
	if p == nil {
		return nil, nil
	}
	said, err := o.resolution(ctx, r)
	if err != nil {
		return nil, err
	}
	w := &Waiting{Proposal: *p, Text: said.Text, Items: said.Items, Told: said.Told, Added: said.Added, Evidence: said.Evidence, Letters: said.Letters, Changed: p.changed()}
	var rows []fileRow
	err = o.db.Read().NewSelect().Model(&rows).ColumnExpr("f.*, ? AS kind", kindProposed).
		Where("f.request_id = ? AND f.message_id = 0 AND f.seq = ? AND f.deleted_at IS NULL", r.ID, p.Seq).Order("f.id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	w.Files, err = openFiles(rows, key)
	return w, err
}

func approvalLetter(d *draft, kind string) composable {
	if kind == LetterSentBack {
		return mailer.SentBack{Team: d.team(), Clock: d.clock(d.after.urgent())}
	}
	return mailer.ApprovalWanted{Team: d.team(), Clock: d.clock(d.after.urgent())}
}
