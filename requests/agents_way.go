package requests

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/agents"
	"dsr/identity"
	"dsr/mailer"
	"dsr/outbox"
)

// Whoever asks for others comes in by a link of their own, mailed to the
// address they type. Known or not, the page leaves a sealed job and says the
// same; using the link proves the mailbox, once.

// meetKind is the kind of outbox job that writes such a letter.
const meetKind = "agent"

// AgentAsk is what somebody types who asks for others and wants to come in.
type AgentAsk struct {
	Policy   string `json:"policy"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	Relation string `json:"relation"` // agents.AsAgent or agents.AsParent
	Language string `json:"language"`
}

// AskAgentLink asks for a link to an agent's own page. It takes the same steps
// whether the address is known. The errors are policies.ErrNoPolicy,
// FieldErrors and those of the database.
func (o *Office) AskAgentLink(ctx context.Context, now time.Time, ask AgentAsk) error {
	if _, err := o.book.Pack(ask.Policy); err != nil {
		return err
	}
	a := Agent{Email: ask.Email, Name: ask.Name}
	fields := FieldErrors{}
	o.checkAgent(&Submission{Person: Person{Agent: &a}}, fields)
	if len(fields) > 0 {
		return fields
	}
	ask.Email, ask.Name = a.Email, a.Name
	if ask.Relation != agents.AsParent {
		ask.Relation = agents.AsAgent
	}
	return o.leaveSealed(ctx, now, meetKind, ask)
}

// MeetAgent is the outbox's handler for such jobs: it makes the agent known and
// writes to them. A job that is done twice writes once.
func (o *Office) MeetAgent(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		var ask AgentAsk
		if err := o.openPayload(meetKind, job.Payload, &ask); err != nil {
			return err
		}
		a, err := o.agents.Ensure(ctx, now(), ask.Policy, ask.Email, ask.Name, ask.Language)
		if err != nil {
			return err
		}
		along, err := o.toAgent(now(), &a, agentPost{
			kind: LetterAgentLink, occasion: "link:" + itoa(job.ID), code: true, relation: ask.Relation, language: ask.Language,
			letter: func(l agentLink) composable {
				return mailer.AgentLink{Controller: l.controller, Link: l.address, Code: l.code, Until: l.until, First: a.ProvedAt.IsZero()}
			},
		})
		if err != nil {
			return err
		}
		if err := o.db.Write(ctx, along); err != nil {
			return err
		}
		o.wake()
		return nil
	}
}

// AgentTarget is what the link of an agent opens.
type AgentTarget struct {
	AgentID  int64
	Policy   string
	Language string
	Proved   bool // the mailbox was proved before
}

// PeekAgentLink says what a link would open, without using it up. A link that
// cannot be used is a *LinkError, with the target where that is known.
func (o *Office) PeekAgentLink(ctx context.Context, now time.Time, token string) (*AgentTarget, error) {
	fault := o.checkLink(token, now)
	if forged(fault) {
		return nil, fault
	}
	found, err := o.agents.PeekLink(ctx, tokenHash(token))
	if errors.Is(err, agents.ErrNotFound) {
		return nil, &LinkError{LinkForged}
	}
	if err != nil {
		return nil, err
	}
	a, err := o.agents.Find(ctx, found.AgentID)
	if err != nil {
		return nil, err
	}
	if fault == nil && found.Used {
		fault = &LinkError{LinkUsed}
	}
	return &AgentTarget{AgentID: a.ID, Policy: a.Policy, Language: a.Language, Proved: !a.ProvedAt.IsZero()}, fault
}

// UseAgentLink uses a link up and returns the agent as caller. Nothing of any
// person is proved by it.
func (o *Office) UseAgentLink(ctx context.Context, now time.Time, token string) (access.Caller, error) {
	if err := o.checkLink(token, now); err != nil {
		return access.Caller{}, err
	}
	a, first, err := o.agents.UseLink(ctx, now, tokenHash(token))
	if errors.Is(err, agents.ErrNotFound) {
		return access.Caller{}, &LinkError{LinkUsed}
	}
	if err != nil {
		return access.Caller{}, err
	}
	return o.enterAgent(ctx, now, a.ID, first)
}

// AgentMark is what a page keeps of the address an agent typed: enough to find
// the letter's code again, and nothing to read.
func (o *Office) AgentMark(address string) ([]byte, error) {
	email, err := NormalAddress(address)
	if err != nil {
		return nil, err
	}
	return o.agents.Index(email), nil
}

// UseAgentCode does what the newest link of an agent does, for somebody who
// typed the code of its letter. All failures are ErrCode.
func (o *Office) UseAgentCode(ctx context.Context, now time.Time, policy string, mark []byte, typed string) (access.Caller, error) {
	code := identity.TidyCode(typed)
	if code == "" {
		return access.Caller{}, ErrCode
	}
	a, first, err := o.agents.UseCode(ctx, now, agents.Guess{
		Policy: policy, Person: mark, Since: now.Add(-identity.CodeLifetime), Tries: identity.CodeTries,
		Fits: func(link, mark []byte) bool { return o.codeFits(link, code, mark) },
	})
	if errors.Is(err, agents.ErrNotFound) {
		return access.Caller{}, ErrCode
	}
	if err != nil {
		return access.Caller{}, err
	}
	return o.enterAgent(ctx, now, a.ID, first)
}

// enterAgent makes the caller. What the agent asked for before their mailbox was
// proved is told that it is now.
func (o *Office) enterAgent(ctx context.Context, now time.Time, id int64, first bool) (access.Caller, error) {
	caller := access.Caller{Kind: access.Agent, ID: id}
	if !first {
		return caller, nil
	}
	list, err := o.read(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where(ofAgent+" AND r.phase <> 'closed'", id).Limit(mostConfirmed)
	})
	if err != nil {
		return caller, err
	}
	for _, r := range list {
		if !r.wantsMailbox(true) {
			continue
		}
		if err := o.try(ctx, caller, now, r.Reference, ConfirmMailbox{Agent: true}); err != nil {
			return caller, err
		}
	}
	return caller, nil
}

// mostConfirmed bounds how many requests learn at once that a mailbox is
// proved; before that an agent can send no table.
const mostConfirmed = 200

// AgentOf returns the agent behind a caller, or ErrNotFound.
func (o *Office) AgentOf(ctx context.Context, caller access.Caller) (agents.Agent, error) {
	if caller.Kind != access.Agent || caller.ID == 0 {
		return agents.Agent{}, ErrNotFound
	}
	a, err := o.agents.Find(ctx, caller.ID)
	return a, notThere(err)
}

// notThere makes what another room does not know what this one does not know.
func notThere(err error) error {
	if errors.Is(err, agents.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

// SetDigest switches an agent's weekly letter on or off.
func (o *Office) SetDigest(ctx context.Context, caller access.Caller, now time.Time, on bool) error {
	a, err := o.AgentOf(ctx, caller)
	if err != nil {
		return err
	}
	return o.agents.SetDigest(ctx, now, a.ID, on)
}

// SweepAgents takes away what nobody needs any more of agents: see
// agents.Register.Sweep.
func (o *Office) SweepAgents(ctx context.Context, now time.Time) error {
	return o.agents.Sweep(ctx, now)
}
