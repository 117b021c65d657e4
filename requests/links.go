package requests

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/identity"
	"dsr/mailer"
)

// A link's token is base64url of: 12 random bytes, the expiry in Unix seconds
// (4 bytes), and a MAC over both (16 bytes). The MAC lets a forged or expired
// link be refused before the database is asked; the database knows whether it
// was used, and keeps only a hash.
const (
	tokenRandom = 12
	tokenBytes  = tokenRandom + 4 + 16
	linkPurpose = "link/portal"
	codePurpose = "link/code"
)

// What a link opens, and whose mailbox it was sent to.
const (
	linkPortal = "portal" // one submission, sent to the person
	linkAgent  = "agent"  // one submission, sent to who asks for the person
	linkAll    = "all"    // all requests of an address, asked for with it
)

// freshLink is a link that was just made.
type freshLink struct {
	token    string
	hash     []byte
	expires  time.Time
	purpose  string
	code     string // typed instead of the link, or ""
	codeMark []byte // what the database keeps of the code
}

func (o *Office) newLink(now time.Time, purpose string, withCode bool) *freshLink {
	expires := now.Add(LinkLifetime).Truncate(time.Second)
	raw := make([]byte, tokenRandom, tokenBytes)
	rand.Read(raw)
	raw = binary.BigEndian.AppendUint32(raw, uint32(expires.Unix()))
	raw = append(raw, o.ring.Sign(linkPurpose, raw)...)
	token := base64.RawURLEncoding.EncodeToString(raw)
	l := &freshLink{token: token, hash: tokenHash(token), expires: expires, purpose: purpose}
	if withCode {
		l.code = identity.NewCode()
		l.codeMark = o.codeMark(l.hash, l.code)
	}
	return l
}

// codeMark is a code as the database keeps it: bound to its link, so that the
// marks of equal codes differ.
func (o *Office) codeMark(link []byte, code string) []byte {
	return o.ring.Sign(codePurpose, append(bytes.Clone(link), code...))
}

// codeFits judges a code that was typed against the mark of a link's.
func (o *Office) codeFits(link []byte, code string, mark []byte) bool {
	return o.ring.Verify(codePurpose, append(bytes.Clone(link), code...), mark)
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// LinkFault says what is wrong with a link.
type LinkFault string

// The faults of links.
const (
	LinkForged  LinkFault = "forged"
	LinkExpired LinkFault = "expired"
	LinkUsed    LinkFault = "used"
)

// LinkError is returned for a link that cannot be used. It wraps ErrLink.
type LinkError struct{ Fault LinkFault }

// Error names the fault.
func (e *LinkError) Error() string { return ErrLink.Error() + ": it is " + string(e.Fault) }

// Unwrap makes errors.Is(err, ErrLink) true.
func (e *LinkError) Unwrap() error { return ErrLink }

// checkLink verifies a token without asking the database.
func (o *Office) checkLink(token string, now time.Time) error {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return &LinkError{LinkForged}
	}
	signed, mac := raw[:tokenRandom+4], raw[tokenRandom+4:]
	if !o.ring.Verify(linkPurpose, signed, mac) {
		return &LinkError{LinkForged}
	}
	if expires := int64(binary.BigEndian.Uint32(signed[tokenRandom:])); now.Unix() >= expires {
		return &LinkError{LinkExpired}
	}
	return nil
}

// LinkTarget is what a link opens.
type LinkTarget struct {
	SubmissionID int64
	Reference    string
	Policy       string
	Language     string
	All          bool // the link opens all requests of the address
	Lapsed       bool // the request was set aside and pressing the button opens it again
	Agent        bool // it was sent to who asks for the person

	person []byte
	agent  int64
	used   bool
}

// PeekLink says what a link would open, without using it up: a mail scanner
// that follows it changes nothing.
func (o *Office) PeekLink(ctx context.Context, now time.Time, token string) (*LinkTarget, error) {
	fault := o.checkLink(token, now)
	if forged(fault) {
		return nil, fault
	}
	target, err := o.targetOf(ctx, tokenHash(token))
	switch {
	case err != nil:
		return nil, cmp.Or(fault, err)
	case fault == nil && target.used:
		fault = &LinkError{LinkUsed}
	}
	return target, fault
}

// forged reports whether a link is none of ours, so that it opens nothing.
func forged(fault error) bool {
	var link *LinkError
	return errors.As(fault, &link) && link.Fault == LinkForged
}

func (o *Office) targetOf(ctx context.Context, hash []byte) (*LinkTarget, error) {
	var t LinkTarget
	var purpose, phase, outcome string
	var used bun.NullTime
	err := database.Row(ctx, o.db.Read(), []any{&t.SubmissionID, &t.Reference, &t.Policy, &t.Language, &purpose, &used, &phase, &outcome, &t.person, &t.agent},
		`SELECT r.submission_id, r.reference, r.policy, r.language, l.purpose, l.used_at, r.phase, r.outcome, r.person, r.agent_id
		FROM links l JOIN requests r ON r.id = l.request_id WHERE l.hash = ?`, hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, &LinkError{LinkForged}
	}
	t.All, t.Agent, t.Lapsed = purpose == linkAll, purpose == linkAgent, phase == string(Aside) && outcome == Lapsed
	t.used = !used.IsZero()
	return &t, err
}

// UseLink uses a link up and returns the caller it makes. Whoever holds it
// reads the mailbox it was sent to, so every request it opens that waits for
// proof of that mailbox gets it, and one that had lapsed is opened again.
func (o *Office) UseLink(ctx context.Context, now time.Time, token string) (access.Caller, error) {
	target, err := o.PeekLink(ctx, now, token)
	if err != nil {
		return access.Caller{}, err
	}
	err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := database.Exec(ctx, tx, "UPDATE links SET used_at = ? WHERE hash = ? AND used_at IS NULL", now.UTC(), tokenHash(token))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(&LinkError{LinkUsed}, err)
		}
		return nil
	})
	if err != nil {
		return access.Caller{}, err
	}
	return o.enter(ctx, now, target)
}

// enter makes the caller of a link or code that was used, and gives their
// requests what the mailbox proves.
func (o *Office) enter(ctx context.Context, now time.Time, t *LinkTarget) (access.Caller, error) {
	caller := RequesterOf(t.SubmissionID)
	switch {
	case t.Agent && t.agent != 0:
		first, err := o.agents.Proved(ctx, now, t.agent)
		if err != nil {
			return caller, err
		}
		agent, err := o.enterAgent(ctx, now, t.agent, first)
		if err != nil {
			return agent, err
		}
		agent.Submissions = caller.Submissions
		caller = agent
	case t.All:
		list, err := o.submissionsOf(ctx, t.Policy, t.person)
		if err != nil {
			return caller, err
		}
		caller.Submissions = list
	}
	for _, submission := range caller.Submissions {
		if err := o.confirmMailbox(ctx, caller, now, submission, t.Agent, t.All); err != nil {
			return caller, err
		}
	}
	return caller, nil
}

// submissionsOf lists the submissions of an address under a policy, the newest
// first.
func (o *Office) submissionsOf(ctx context.Context, policy string, person []byte) (list []int64, err error) {
	err = o.db.Read().NewSelect().TableExpr("requests AS r").ColumnExpr("DISTINCT r.submission_id").
		Where("r.person = ? AND r.policy = ?", person, policy).OrderExpr("r.submission_id DESC").Limit(mostSubmissions).Scan(ctx, &list)
	return list, err
}

// mostSubmissions bounds how many submissions one visit opens: the newest.
const mostSubmissions = 100

// RequesterOf is the caller behind a submission's link.
func RequesterOf(submission int64) access.Caller {
	return access.Caller{Kind: access.Requester, Submissions: []int64{submission}}
}

// confirmMailbox gives the requests of a submission what opening their letter
// proves. Who only asked for a link to all requests has not said that what an
// agent asked for them is right.
func (o *Office) confirmMailbox(ctx context.Context, caller access.Caller, now time.Time, submission int64, agent, all bool) error {
	requests, err := o.ofSubmission(ctx, submission)
	if err != nil {
		return err
	}
	for _, r := range requests {
		var verbs []Verb
		if r.wantsMailbox(agent) && (!all || r.Facts.Agent == nil) {
			verbs = append(verbs, ConfirmMailbox{Agent: agent})
		}
		if r.Phase == Aside && r.Outcome == Lapsed && r.Facts.Proof == nil {
			verbs = append(verbs, Reopen{}) // what it lapsed for has just come
		}
		for _, v := range verbs {
			if err := o.try(ctx, caller, now, r.Reference, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// wantsMailbox reports whether proof of a mailbox changes anything for a
// request: that of its agent, or the person's.
func (r *Request) wantsMailbox(agent bool) bool {
	return (r.Undecided() || r.Phase == Aside) && !r.mailboxProved(agent)
}

// try carries a verb out unless something stands against it by now.
func (o *Office) try(ctx context.Context, caller access.Caller, now time.Time, reference string, v Verb) error {
	_, err := o.Do(ctx, caller, now, reference, 0, v)
	var refused *Refused
	if errors.As(err, &refused) {
		return nil
	}
	return err
}

// SendLink sends a fresh link for the submission of an old one to the address
// on file. It says nothing about the address and is limited by the door.
func (o *Office) SendLink(ctx context.Context, now time.Time, reference string) error {
	_, err := o.Do(ctx, access.MachineNamed("links"), now, reference, 0, sendLink{})
	return err
}

// sendLink writes a letter with a fresh link.
type sendLink struct{}

func (sendLink) plan(*occasion) (*plan, error) {
	return &plan{act: ActLink, permission: access.Remind, change: Change{Letter: LetterLink}, letters: []composer{freshLinkLetter()}}, nil
}

func freshLinkLetter() composer {
	return composer{kind: LetterLink, code: true, letter: func(d *draft) composable {
		return mailer.FreshLink{Controller: d.office.controller(d.pack), Reference: d.after.Reference, Link: d.link, Until: d.linkUntil(), Code: d.code}
	}}
}
