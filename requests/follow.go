package requests

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/identity"
	"dsr/mailer"
	"dsr/outbox"
)

// Somebody who lost their link types their address and is mailed one that opens
// all their requests.

// followKind is the kind of outbox job that looks for an address.
const followKind = "follow"

// follow is what such a job holds, sealed.
type follow struct {
	Policy string `json:"policy"`
	Email  string `json:"email"`
}

// AskLink asks for a link to all requests of an address under a policy. It
// takes the same steps whether there are any. The errors are
// policies.ErrNoPolicy, FieldErrors and those of the database.
func (o *Office) AskLink(ctx context.Context, now time.Time, policy, address string) error {
	if _, err := o.book.Pack(policy); err != nil {
		return err
	}
	email, err := NormalAddress(address)
	if err != nil {
		return FieldErrors{"email": "Enter an email address with an @, like name@example.com"}
	}
	return o.leaveSealed(ctx, now, followKind, follow{policy, email})
}

// Follow is the outbox's handler for such jobs: where the address has requests,
// a letter with a link to all of them goes to it; where it has none, nothing
// happens.
func (o *Office) Follow(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		var f follow
		if err := o.openPayload(followKind, job.Payload, &f); err != nil {
			return err
		}
		var reference string
		err := database.Row(ctx, o.db.Read(), []any{&reference}, `SELECT reference FROM requests
			WHERE person = ? AND policy = ? ORDER BY received_at DESC, id DESC LIMIT 1`, o.indexOf(f.Email), f.Policy)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = o.Do(ctx, access.MachineNamed("links"), now(), reference, 0, sendAll{})
		return err
	}
}

// sendAll writes a letter with a link to all requests of the address.
type sendAll struct{}

func (sendAll) plan(*occasion) (*plan, error) {
	return &plan{act: ActLink, permission: access.Remind, change: Change{Letter: LetterAll}, letters: []composer{allLinkLetter()}}, nil
}

func allLinkLetter() composer {
	return composer{kind: LetterAll, code: true, all: true, toPerson: true, letter: func(d *draft) composable {
		return mailer.YourRequests{Controller: d.office.controller(d.pack), Link: d.link, Code: d.code, Until: d.linkUntil()}
	}}
}

// PersonMark is what a page keeps of an address it was given: enough to find
// its letter's code again, and nothing to read.
func (o *Office) PersonMark(address string) ([]byte, error) {
	email, err := NormalAddress(address)
	if err != nil {
		return nil, err
	}
	return o.indexOf(email), nil
}

// UseCode does what pressing the button behind the newest link of a submission
// does, for somebody who typed the code of its letter. After a few wrong tries
// a code is spent; the link still works. All failures are ErrCode.
func (o *Office) UseCode(ctx context.Context, now time.Time, submission int64, typed string) (access.Caller, error) {
	return o.useCode(ctx, now, typed, `r.submission_id = ? AND l.purpose IN ('portal', 'agent')`, submission)
}

// UseCodeOf does the same for the letter about all requests of an address.
func (o *Office) UseCodeOf(ctx context.Context, now time.Time, policy string, person []byte, typed string) (access.Caller, error) {
	return o.useCode(ctx, now, typed, `r.person = ? AND r.policy = ? AND l.purpose = 'all'`, person, policy)
}

// useCode tries a code on the newest live one that a condition finds. A try is
// counted before it is judged, in one statement, so that tries made at once
// cannot outrun the count, and one that finds nothing costs the same.
func (o *Office) useCode(ctx context.Context, now time.Time, typed, where string, args ...any) (access.Caller, error) {
	code := identity.TidyCode(typed)
	if code == "" {
		return access.Caller{}, ErrCode
	}
	now = now.UTC().Truncate(time.Microsecond)
	var hash []byte
	err := o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		hash = nil
		var newest, mark []byte
		var tries int
		find := `UPDATE links SET tries = tries + 1 WHERE hash = (SELECT l.hash FROM links l JOIN requests r ON r.id = l.request_id
			WHERE ` + where + ` AND l.code IS NOT NULL AND l.used_at IS NULL AND l.created_at > ? ORDER BY l.created_at DESC, l.hash LIMIT 1)
			RETURNING hash, code, tries`
		err := database.Row(ctx, tx, []any{&newest, &mark, &tries}, find, append(args, now.Add(-identity.CodeLifetime))...)
		if errors.Is(err, sql.ErrNoRows) {
			// One write there, one write here: nobody can tell by the clock.
			_, err = database.Exec(ctx, tx, "UPDATE settings SET value = value WHERE name = 'key_check'")
			return err
		}
		if err != nil {
			return err
		}
		if tries > identity.CodeTries || !o.codeFits(newest, code, mark) {
			return nil
		}
		hash = newest
		_, err = database.Exec(ctx, tx, "UPDATE links SET used_at = ? WHERE hash = ?", now, hash)
		return err
	})
	if err != nil {
		return access.Caller{}, err
	}
	if hash == nil {
		return access.Caller{}, ErrCode
	}
	target, err := o.targetOf(ctx, hash)
	if err != nil {
		return access.Caller{}, err
	}
	return o.enter(ctx, now, target)
}

// SignOut ends every visit to the requests of a caller that began before now,
// in every browser.
func (o *Office) SignOut(ctx context.Context, caller access.Caller, now time.Time) error {
	now = now.UTC().Truncate(time.Microsecond)
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, submission := range caller.Submissions {
			if _, err := database.Exec(ctx, tx, "UPDATE submissions SET signed_out_at = ? WHERE id = ?", now, submission); err != nil {
				return err
			}
		}
		if caller.Kind != access.Agent {
			return nil
		}
		_, err := database.Exec(ctx, tx, "UPDATE agents SET signed_out_at = ? WHERE id = ?", now, caller.ID)
		return err
	})
}

// StillIn reports which submissions a visit that began at an instant still
// opens, and whether an agent's visit still stands.
func (o *Office) StillIn(ctx context.Context, caller access.Caller, began time.Time) (access.Caller, error) {
	still := caller
	still.Submissions = nil
	if len(caller.Submissions) > 0 {
		err := o.db.Read().NewSelect().Table("submissions").Column("id").Where("id IN ?", bun.Tuple(caller.Submissions)).
			Where("(signed_out_at IS NULL OR signed_out_at < ?)", began.UTC()).Order("id").Scan(ctx, &still.Submissions)
		if err != nil {
			return access.Caller{}, err
		}
	}
	if caller.Kind != access.Agent {
		return still, nil
	}
	var signedOut bun.NullTime
	if err := database.Row(ctx, o.db.Read(), []any{&signedOut}, "SELECT signed_out_at FROM agents WHERE id = ?", caller.ID); err != nil {
		return access.Caller{}, err
	}
	if !signedOut.IsZero() && !signedOut.Before(began) {
		still.Kind, still.ID = access.Requester, 0
	}
	return still, nil
}
