package requests

import (
	"database/sql"
	"errors"
	"strings"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/policies"
)

// RecordFindings notes which systems were searched or changed and ends the
// search. Silence of a system never counts as done, so each one is named.
type RecordFindings struct {
	Systems []Searched
	Summary string // for the team
}

func (v RecordFindings) plan(*occasion) (*plan, error) {
	p := &plan{act: ActFindings, permission: access.Search}
	p.text = tidy(v.Summary)
	for _, s := range v.Systems {
		s.System = strings.TrimSpace(s.System)
		if s.System == "" {
			continue
		}
		if s.Found != "found" && s.Found != "nothing" && s.Found != "exception" {
			p.fail("systems", "Say for each system what came of it. Silence never counts as done.")
		}
		p.change.Systems = append(p.change.Systems, s)
	}
	if len(p.change.Systems) == 0 {
		p.fail("systems", "Name at least one system that was searched, and what came of it.")
	}
	return p, nil
}

// Close ends a request whose answer is out and whose work is done in every
// system. Its promise to have it done is kept, or broken, at this instant.
type Close struct {
	Done bool // the person closing confirms that everything is done
}

func (v Close) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActClose, permission: access.Close}
	if !v.Done {
		p.fail("done", "Confirm that what the answer says is done in every system.")
	}
	return p, nil
}

// Dismiss ends a request that needs no decision: it is meant for somebody
// else, it is spam or no request at all, or nobody proved that it is theirs.
type Dismiss struct {
	Outcome string
	Text    string // what the requester reads; spam and what is no request get no letter
}

func (v Dismiss) plan(o *occasion) (*plan, error) {
	p, err := v.decided(o)
	if err != nil || p.act != ActDismiss {
		return p, err
	}
	return o.seconded(p, resolution{Outcome: v.Outcome, Text: v.Text})
}

func (v Dismiss) decided(o *occasion) (*plan, error) {
	p := &plan{act: ActDismiss, permission: access.Close, change: Change{Outcome: v.Outcome}}
	p.text = tidy(v.Text)
	switch v.Outcome {
	case Spam:
		p.act = ActSpam
		return p, nil
	case NoRequest:
		p.act = ActNoRequest
		return p, nil
	case NotUs:
	case Unproved:
		if o.request.Right.IsOptOut() {
			p.object(o.identitySource(), "An opt-out needs no proof, so it cannot be dismissed for want of it.")
		}
		if o.request.Proved() {
			p.object("", "The person has proved who they are.")
		}
	default:
		p.fail("outcome", "Choose why the request is dismissed.")
	}
	p.require("text", p.text, "Write what the person will read, and what they can do next.")
	letter := unprovedLetter(p.text)
	if v.Outcome == NotUs {
		letter = notUsLetter(p.text)
	}
	p.change.Letter, p.letters = letter.kind, []composer{letter}
	return p, nil
}

// Withdraw ends a request because the requester no longer wants it.
type Withdraw struct {
	Reason string // optional; how the person said so, when staff records it
}

func (v Withdraw) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActWithdraw, permission: access.Withdraw, change: Change{Outcome: Withdrawn, Letter: LetterWithdrawn}}
	p.text = tidy(v.Reason)
	if o.caller.Kind == access.Staff {
		p.require("reason", p.text, "Say how and when the person withdrew: by phone, by letter.")
	}
	p.letters = []composer{withdrawnLetter()}
	if o.caller.Kind != access.Staff {
		p.letters = append(p.letters, toAssignee(o, LetterReplied)...)
	}
	return p, nil
}

// SendMessage writes to the requester. The words stand on their page; the
// letter only says that there is a message.
type SendMessage struct {
	Text  string
	Files []Upload
}

func (v SendMessage) plan(*occasion) (*plan, error) {
	p := &plan{act: ActMessage, permission: access.Message, change: Change{Letter: LetterMessage}, files: v.Files}
	p.text = tidy(v.Text)
	p.require("text", p.text, "Write the message.")
	p.message = &message{kind: "message", body: p.text}
	p.letters = []composer{messageLetter()}
	return p, nil
}

// Reply is a message from the requester.
type Reply struct {
	Text  string
	Files []Upload
}

func (v Reply) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActReply, permission: access.Message, files: v.Files}
	p.text = tidy(v.Text)
	if len(v.Files) == 0 || p.text != "" {
		p.require("text", p.text, "Write your message, or choose a file to send.")
	}
	p.message = &message{kind: "message", body: p.text}
	p.letters = toAssignee(o, LetterReplied)
	return p, nil
}

// Note keeps a remark for the team. The requester never sees it.
type Note struct{ Text string }

func (v Note) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActNote, permission: access.Search}
	p.text = tidy(v.Text)
	p.require("text", p.text, "Write the note.")
	p.message = &message{kind: "note", body: p.text}
	again, err := o.repeats(p.text)
	if err == nil && again {
		err = errAlready
	}
	return p, err
}

// noteTwice is how soon after a note the same words count as sent twice.
const noteTwice = 2 * time.Minute

// repeats reports whether the caller's last note, a moment ago, had the same
// words.
func (o *occasion) repeats(text string) (bool, error) {
	var seq int64
	var sealed []byte
	err := database.Row(o.ctx, o.office.db.Read(), []any{&seq, &sealed}, `SELECT seq, sealed FROM messages
		WHERE request_id = ? AND kind = 'note' AND actor = ? AND at > ? ORDER BY id DESC LIMIT 1`, o.request.ID, o.caller.Actor(), o.now.Add(-noteTwice))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	key, err := o.office.keyOf(o.request)
	if err != nil {
		return false, err
	}
	last, err := key.open("message/"+itoa(seq), sealed)
	return last == text, err
}

// Assign gives a request to somebody of the team, who is told by mail.
type Assign struct{ UserID int64 }

func (v Assign) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActAssign, permission: access.Assign}
	if v.UserID == o.request.AssigneeID {
		p.fail("assignee", "The request is theirs already.")
		return p, nil
	}
	if v.UserID != 0 {
		user, err := o.office.people.Find(o.ctx, v.UserID)
		if err != nil || !user.Active || !user.Policies.Include(o.request.Policy) {
			p.fail("assignee", "Choose somebody who serves this policy.")
			return p, nil
		}
		if v.UserID != o.caller.ID {
			p.letters = []composer{staffLetter(LetterAssigned, v.UserID)}
		}
	}
	id := v.UserID
	p.change.Assignee = &id
	return p, nil
}

// Show opens the requester's personal data to the caller. It changes nothing
// but is on the timeline. Who works on the request needs no reason; an auditor
// gives one, which is kept sealed with the event.
type Show struct{ Reason string }

func (v Show) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActShow, permission: access.Reveal, text: tidy(v.Reason)}
	if p.text != "" || o.caller.Kind == access.Staff && o.caller.Role == access.Auditor {
		p.require("reason", p.text, "Say why you need to see who it is. The reason is kept on the timeline.")
	}
	return p, nil
}

// lawOf freezes a ruling for a residence.
func lawOf(residence string, ruling *policies.Ruling) (Law, string, error) {
	hash, content, err := freeze(ruling)
	return Law{Residence: residence, Regime: ruling.Regime, Provisional: ruling.Provisional != "", Ruling: hash}, content, err
}
