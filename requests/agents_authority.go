package requests

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/agents"
	"dsr/identity"
	"dsr/mailer"
	"dsr/outbox"
)

// authorityKind is the kind of outbox job that carries an accepted document to
// the requests it counts for.
const authorityKind = "authority"

// Faults of a document that an agent sends, by field, as codes: the page knows
// the agent's words.
const (
	FieldKind      = "kind"      // no authority was chosen
	FieldReference = "reference" // no open request of theirs
	FieldFile      = "file"      // too many wait already
)

// SendAuthority keeps a document of an agent for staff to look at. It is for one
// request of theirs, by its reference, or with none for all of them. The errors
// are ErrNotFound, FieldErrors and those of the database.
func (o *Office) SendAuthority(ctx context.Context, caller access.Caller, now time.Time, authority, reference string, u Upload) (int64, error) {
	a, err := o.AgentOf(ctx, caller)
	if err != nil {
		return 0, err
	}
	d := agents.Document{Name: u.Name, Type: u.Type}
	if d.Authority, err = identity.ParseAuthority(authority); err != nil {
		return 0, FieldErrors{FieldKind: "Choose what the document is."}
	}
	if reference != "" {
		r, err := o.find(ctx, caller, reference)
		if err != nil || r.AgentID != a.ID || !r.Undecided() {
			return 0, FieldErrors{FieldReference: "Choose one of your open requests."}
		}
		d.RequestID = r.ID
	}
	id, err := o.agents.KeepDocument(ctx, now, &a, d, u.Content)
	if errors.Is(err, agents.ErrTooMany) {
		return 0, FieldErrors{FieldFile: "Too many documents wait already."}
	}
	return id, err
}

// Authority is a document of an agent as a page shows it.
type Authority struct {
	agents.Document
	Agent    agents.Agent // for staff
	Requests []*Request   // what it is for: of one that waits, what would get it
}

// Authorities lists the documents of an agent, the newest first.
func (o *Office) Authorities(ctx context.Context, caller access.Caller) ([]Authority, error) {
	a, err := o.AgentOf(ctx, caller)
	if err != nil {
		return nil, err
	}
	documents, err := o.agents.Documents(ctx, &a, mostDocuments)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, d := range documents {
		ids = append(ids, d.RequestID) // 0 is none's
	}
	named, err := o.byIDs(ctx, ids...)
	if err != nil {
		return nil, err
	}
	list := make([]Authority, len(documents))
	for i, d := range documents {
		list[i] = Authority{Document: d}
		if n := slices.IndexFunc(named, func(r *Request) bool { return r.ID == d.RequestID }); n >= 0 {
			list[i].Requests = named[n : n+1]
		}
	}
	return list, nil
}

// mostDocuments is how many documents a list shows.
const mostDocuments = 100

// AuthoritiesFor lists documents in one state for staff, the oldest first, under
// the policies they serve and may verify for.
func (o *Office) AuthoritiesFor(ctx context.Context, caller access.Caller, state string) ([]Authority, error) {
	if why := caller.WhyNot(access.Verify, ""); why != "" || caller.Kind != access.Staff {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	ids, all := caller.Policies.List()
	shown, err := o.agents.Inbox(ctx, state, ids, all, mostDocuments)
	if err != nil {
		return nil, err
	}
	list := make([]Authority, len(shown))
	for i := range shown {
		list[i] = Authority{Document: shown[i].Document, Agent: shown[i].Agent}
		if state != agents.Waiting {
			continue
		}
		if list[i].Requests, err = o.meant(ctx, &shown[i].Document); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// CountAuthorities counts the documents that wait for somebody of the caller's
// policies.
func (o *Office) CountAuthorities(ctx context.Context, caller access.Caller) (int, error) {
	ids, all := caller.Policies.List()
	return o.agents.CountWaiting(ctx, ids, all)
}

// documentOf returns a document that the caller may open: their own as an agent,
// one of a policy they verify for as staff. Another does not exist for them.
func (o *Office) documentOf(ctx context.Context, caller access.Caller, id int64) (agents.Agent, agents.Document, error) {
	a, d, err := o.agents.Document(ctx, id)
	if err != nil {
		return a, d, notThere(err)
	}
	switch {
	case caller.Kind == access.Agent && caller.ID == a.ID:
	case caller.Kind == access.Staff && caller.May(access.View, a.Policy):
		if why := caller.WhyNot(access.Verify, a.Policy); why != "" {
			return a, d, fmt.Errorf("%w: %s", ErrForbidden, why)
		}
	default:
		return agents.Agent{}, agents.Document{}, ErrNotFound
	}
	return a, d, nil
}

// OpenAuthority writes the content of a document. That staff opened it is on the
// audit trail of the house before the first byte. Content that was deleted, with
// a refusal, is ErrNotFound.
func (o *Office) OpenAuthority(ctx context.Context, caller access.Caller, now time.Time, id int64, begin func(agents.Document) (io.Writer, error)) error {
	a, d, err := o.documentOf(ctx, caller, id)
	if err != nil {
		return o.turnedDown(ctx, caller, now, "open_authority", Detail{"document": id}, err)
	}
	if !d.Kept() {
		return ErrNotFound
	}
	if caller.Kind == access.Staff {
		err := o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			return houseEntry(ctx, tx, now, caller, "open_authority", paperTrail(&d, 0))
		})
		if err != nil {
			return err
		}
	}
	w, err := begin(d)
	if err != nil {
		return err
	}
	return notThere(o.agents.CopyDocument(ctx, w, &a, &d))
}

// paperTrail is what the trail of the house says of a document.
func paperTrail(d *agents.Document, requests int) Detail {
	return Detail{"agent": d.AgentID, "document": d.ID, "authority": d.Authority, "requests": requests}
}

// toJudge returns a document that the caller may decide about. A refused attempt
// is recorded.
func (o *Office) toJudge(ctx context.Context, caller access.Caller, now time.Time, act string, id int64) (agents.Agent, agents.Document, error) {
	a, d, err := o.documentOf(ctx, caller, id)
	if err == nil && caller.Kind != access.Staff {
		err = ErrNotFound
	}
	return a, d, o.turnedDown(ctx, caller, now, act, Detail{"document": id}, err)
}

// AuthorityVerdict is what staff decides about a document.
type AuthorityVerdict struct {
	Accept bool
	Reason string // why not, and what to send instead; the agent reads it
}

// JudgeAuthority accepts or refuses a document that waits and writes to the
// agent. An accepted one is recorded on each open request it is for that lacks
// it, and goes with later ones from their receipt; it returns on how many it
// was, or is about to be, recorded. A refused one is deleted.
//
// A signed permission for all requests counts for whomever the agent asks for,
// because the law lets the person be asked for their own proof besides. A power
// of attorney or a parent's right speaks for named people alone, so it counts
// for those it was recorded for and no others.
func (o *Office) JudgeAuthority(ctx context.Context, caller access.Caller, now time.Time, id int64, v AuthorityVerdict) (int, error) {
	act := "refuse_authority"
	if v.Accept {
		act = "accept_authority"
	}
	a, d, err := o.toJudge(ctx, caller, now, act, id)
	if err != nil {
		return 0, err
	}
	verdict := agents.Verdict{State: agents.Refused, By: caller.ID, Reason: tidy(v.Reason)}
	if v.Accept {
		verdict.State, verdict.Reason = agents.Accepted, ""
		verdict.Everyone = d.RequestID == 0 && !d.Authority.SpeaksAlone()
	}
	list, err := o.meant(ctx, &d)
	if err != nil {
		return 0, err
	}
	if err := o.judge(ctx, caller, now, &a, &d, verdict, act, len(list)); err != nil || !v.Accept {
		return 0, err
	}
	// The verdict stands. What goes wrong here the job does again, and tells.
	_ = o.carryAuthority(ctx, caller, now, &d)
	return len(list), nil
}

// WithdrawAuthority takes the force of an accepted document away, for later
// requests, and tells the agent why. What it was recorded on stays as it was.
func (o *Office) WithdrawAuthority(ctx context.Context, caller access.Caller, now time.Time, id int64, reason string) error {
	const act = "withdraw_authority"
	a, d, err := o.toJudge(ctx, caller, now, act, id)
	if err != nil {
		return err
	}
	return o.judge(ctx, caller, now, &a, &d, agents.Verdict{State: agents.Withdrawn, By: caller.ID, Reason: tidy(reason)}, act, 0)
}

// judge writes a verdict with its letter, its entry and its job.
func (o *Office) judge(ctx context.Context, caller access.Caller, now time.Time, a *agents.Agent, d *agents.Document, v agents.Verdict, act string, requests int) error {
	accepted := v.State == agents.Accepted
	if !accepted && v.Reason == "" {
		return FieldErrors{"reason": "Say why, and what the agent should send instead."}
	}
	if len([]rune(v.Reason)) > MaxDetails {
		return FieldErrors{"reason": fmt.Sprintf("Write at most %d characters.", MaxDetails)}
	}
	letter, err := o.toAgent(now, a, agentPost{
		kind: LetterAuthority, occasion: "authority:" + itoa(d.ID) + ":" + v.State,
		letter: func(l agentLink) composable {
			return mailer.AuthorityDecided{Controller: l.controller, Link: l.address, Accepted: accepted, Why: v.Reason, Requests: requests}
		},
	})
	if err != nil {
		return err
	}
	err = o.agents.Judge(ctx, now, a, d, v, func(ctx context.Context, tx bun.Tx) error {
		if err := letter(ctx, tx); err != nil {
			return err
		}
		if accepted {
			if err := outbox.Add(ctx, tx, now.UTC(), numbered(authorityKind, d.ID)); err != nil {
				return err
			}
		}
		return houseEntry(ctx, tx, now, caller, act, paperTrail(d, requests))
	})
	if errors.Is(err, agents.ErrJudged) {
		return ErrStale
	}
	if err == nil {
		o.wake()
	}
	return err
}

// CarryAuthority is the outbox's handler for accepted documents: it records them
// where that was cut off, as whoever accepted them.
func (o *Office) CarryAuthority(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		id, err := numberOf(job)
		if err != nil {
			return err
		}
		_, d, err := o.agents.Document(ctx, id)
		if err != nil || d.State != agents.Accepted {
			return err
		}
		user, err := o.people.Find(ctx, d.JudgedBy)
		if err != nil {
			return err
		}
		return o.carryAuthority(ctx, user.Caller(), now(), &d)
	}
}

// AuthorityFor opens one document for staff who may judge it, with the requests
// it would be recorded on. One that has no force any more is ErrNotFound.
func (o *Office) AuthorityFor(ctx context.Context, caller access.Caller, id int64) (*Authority, error) {
	a, d, err := o.documentOf(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	if caller.Kind != access.Staff || !d.Kept() {
		return nil, ErrNotFound
	}
	one := &Authority{Document: d, Agent: a}
	if d.State == agents.Waiting {
		one.Requests, err = o.meant(ctx, &d)
	}
	return one, err
}
