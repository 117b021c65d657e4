package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Errors of invitations.
var (
	// ErrNotInvited is returned where no invitation waits.
	ErrNotInvited = errors.New("no invitation is waiting for an answer")
	// ErrNotLeft is returned for bringing back somebody who has not left.
	ErrNotLeft = errors.New("this colleague has not left")
)

// Invite adds somebody who is to choose a password by a link, which goes along
// in a letter. Until then they are nobody. The id and states of u are ignored.
// What a person can mend is FieldErrors.
func (r *Register) Invite(ctx context.Context, now time.Time, u User, l Link, also ...Along) (User, error) {
	if fields := u.mend(); len(fields) > 0 {
		return User{}, fields
	}
	u.Active, u.Invited = false, true
	row, err := r.seal(u, "", now)
	if err != nil {
		return User{}, fmt.Errorf("inviting a user: %w", err)
	}
	row.InvitedAt = bun.NullTime{Time: row.CreatedAt}
	err = r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := insertUser(ctx, tx, row); err != nil {
			return err
		}
		u.ID = row.ID
		if err := keepLink(ctx, tx, now, u.ID, l); err != nil {
			return err
		}
		return runAlong(ctx, tx, u, also)
	})
	if err != nil {
		return User{}, fmt.Errorf("inviting a user: %w", err)
	}
	return u, nil
}

// InviteAgain replaces the link of an invitation that waits. The error is
// ErrNotInvited where none does.
func (r *Register) InviteAgain(ctx context.Context, now time.Time, id int64, l Link, also ...Along) error {
	return r.change(ctx, id, "inviting again", func(ctx context.Context, tx bun.Tx, row *userRow) error {
		if row.InvitedAt.IsZero() {
			return ErrNotInvited
		}
		return r.invited(ctx, tx, now, row, l)
	}, also)
}

// BringBack invites somebody who has left: they choose a password anew. The
// error is ErrNotLeft for anybody else.
func (r *Register) BringBack(ctx context.Context, now time.Time, id int64, l Link, also ...Along) error {
	return r.change(ctx, id, "bringing back", func(ctx context.Context, tx bun.Tx, row *userRow) error {
		if row.Active || !row.InvitedAt.IsZero() {
			return ErrNotLeft
		}
		return r.invited(ctx, tx, now, row, l)
	}, also)
}

// invited notes that an invitation waits, by a link. The old password, if any,
// is gone.
func (r *Register) invited(ctx context.Context, tx bun.Tx, now time.Time, row *userRow, l Link) error {
	row.InvitedAt = bun.NullTime{Time: now.UTC().Truncate(time.Microsecond)}
	if _, err := database.Exec(ctx, tx, "UPDATE users SET invited_at = ?, password_hash = '' WHERE id = ?", row.InvitedAt.Time, row.ID); err != nil {
		return err
	}
	return keepLink(ctx, tx, now, row.ID, l)
}

// TakeBack ends an invitation. Who never was at work goes from the list, so
// that a mistyped address leaves nothing; who was has left, as before. The
// error is ErrNotInvited.
func (r *Register) TakeBack(ctx context.Context, id int64, also ...Along) error {
	return r.change(ctx, id, "taking an invitation back", func(ctx context.Context, tx bun.Tx, row *userRow) error {
		if row.InvitedAt.IsZero() {
			return ErrNotInvited
		}
		row.InvitedAt = bun.NullTime{}
		if err := clearLinks(ctx, tx, id); err != nil || !row.JoinedAt.IsZero() {
			return errors.Join(err, left(ctx, tx, id))
		}
		for _, statement := range []string{
			"DELETE FROM account_links WHERE user_id = ?", "DELETE FROM staff_letters WHERE user_id = ?", "DELETE FROM users WHERE id = ?",
		} {
			if _, err := database.Exec(ctx, tx, statement, id); err != nil {
				return err
			}
		}
		return nil
	}, also)
}

func left(ctx context.Context, tx bun.Tx, id int64) error {
	_, err := database.Exec(ctx, tx, "UPDATE users SET invited_at = NULL WHERE id = ?", id)
	return err
}
