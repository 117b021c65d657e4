package requests

import (
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
)

// freshLink is a link that was just made.
type freshLink struct {
	token   string
	hash    []byte
	expires time.Time
}

func (o *Office) newLink(now time.Time) *freshLink {
	expires := now.Add(LinkLifetime).Truncate(time.Second)
	raw := make([]byte, tokenRandom, tokenBytes)
	rand.Read(raw)
	raw = binary.BigEndian.AppendUint32(raw, uint32(expires.Unix()))
	raw = append(raw, o.ring.Sign(linkPurpose, raw)...)
	token := base64.RawURLEncoding.EncodeToString(raw)
	return &freshLink{token: token, hash: tokenHash(token), expires: expires}
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
}

// PeekLink says what a link would open, without using it up: a mail scanner
// that follows it changes nothing.
func (o *Office) PeekLink(ctx context.Context, now time.Time, token string) (*LinkTarget, error) {
	if err := o.checkLink(token, now); err != nil {
		var fault *LinkError
		if errors.As(err, &fault) && fault.Fault == LinkExpired {
			target, found := o.linkTarget(ctx, token)
			if found == nil {
				return target, err
			}
		}
		return nil, err
	}
	target, err := o.linkTarget(ctx, token)
	if err != nil {
		return nil, err
	}
	var used bun.NullTime
	err = database.Row(ctx, o.db.Read(), []any{&used}, "SELECT used_at FROM links WHERE hash = ?", tokenHash(token))
	if err != nil {
		return nil, err
	}
	if !used.IsZero() {
		return target, &LinkError{LinkUsed}
	}
	return target, nil
}

func (o *Office) linkTarget(ctx context.Context, token string) (*LinkTarget, error) {
	var t LinkTarget
	err := database.Row(ctx, o.db.Read(), []any{&t.SubmissionID, &t.Reference, &t.Policy, &t.Language},
		`SELECT r.submission_id, r.reference, r.policy, r.language FROM links l JOIN requests r ON r.id = l.request_id WHERE l.hash = ?`, tokenHash(token))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, &LinkError{LinkForged}
	}
	return &t, err
}

// UseLink uses a link up and returns the caller it makes. Whoever holds it
// reads the mailbox it was sent to, so every request of the submission that
// waits for proof of the mailbox gets it.
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
	caller := RequesterOf(target.SubmissionID)
	return caller, o.confirmMailbox(ctx, caller, now, target.SubmissionID)
}

// RequesterOf is the caller behind a submission's link.
func RequesterOf(submission int64) access.Caller {
	return access.Caller{Kind: access.Requester, Submissions: []int64{submission}}
}

func (o *Office) confirmMailbox(ctx context.Context, caller access.Caller, now time.Time, submission int64) error {
	requests, err := o.ofSubmission(ctx, submission)
	if err != nil {
		return err
	}
	for _, r := range requests {
		_, err := o.Do(ctx, caller, now, r.Reference, 0, ConfirmMailbox{})
		var refused *Refused
		if err != nil && !errors.As(err, &refused) {
			return err
		}
	}
	return nil
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
	return &plan{act: ActLink, permission: access.Remind, change: Change{Letter: LetterLink}, letters: []composer{{
		kind: LetterLink,
		letter: func(d *draft) composable {
			return mailer.FreshLink{Controller: d.office.controller(d.pack), Reference: d.after.Reference, Link: d.link, Until: d.linkUntil()}
		},
	}}}, nil
}
