package people

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// Create adds a member of staff, active, and returns them with their id. The
// id and Active of u are ignored. What a person can mend is FieldErrors; ErrBusy
// is possible too.
func (r *Register) Create(ctx context.Context, now time.Time, u User, password string, also ...Along) (User, error) {
	fields := u.mend()
	if fault := passwordFault(password, u); fault != "" {
		fields["password"] = fault
	}
	if len(fields) > 0 {
		return User{}, fields
	}
	u.Active = true
	hash, err := r.hash.make(ctx, password)
	if err != nil {
		return User{}, err
	}
	row, err := r.seal(u, hash, now)
	if err != nil {
		return User{}, fmt.Errorf("creating a user: %w", err)
	}
	row.JoinedAt = bun.NullTime{Time: row.CreatedAt}
	err = r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := insertUser(ctx, tx, row); err != nil {
			return err
		}
		u.ID = row.ID
		return runAlong(ctx, tx, u, also)
	})
	if err != nil {
		return User{}, fmt.Errorf("creating a user: %w", err)
	}
	return u, nil
}

// insertUser adds a row and gives it its number. The one conflict it can have
// becomes a sentence.
func insertUser(ctx context.Context, tx bun.Tx, row *userRow) error {
	row.ID = 0 // what an undone run was given
	_, err := tx.NewInsert().Model(row).Exec(ctx)
	if database.IsUnique(err) {
		return FieldErrors{"email": "Somebody with this address is on the list already, perhaps among those who have left."}
	}
	return err
}

// SetPassword gives a member of staff another password, takes back the links by
// which one could be chosen, and ends all their sessions, that of the caller
// included: a door that lets somebody change their own has the manager renew
// the token of their session afterwards. [Enter] would forget until when it
// holds. Errors are ErrNotFound, ErrBusy and FieldErrors.
func (r *Register) SetPassword(ctx context.Context, id int64, password string, also ...Along) error {
	u, err := r.Find(ctx, id)
	if err != nil {
		return err
	}
	if fault := passwordFault(password, u); fault != "" {
		return FieldErrors{"password": fault}
	}
	hash, err := r.hash.make(ctx, password)
	if err != nil {
		return err
	}
	return r.change(ctx, id, "setting the password", func(ctx context.Context, tx bun.Tx, _ *userRow) error {
		if _, err := database.Exec(ctx, tx, "UPDATE users SET password_hash = ? WHERE id = ?", hash, id); err != nil {
			return err
		}
		if err := clearLinks(ctx, tx, id); err != nil {
			return err
		}
		return endSessions(ctx, tx, id)
	}, also)
}

// Deactivate bars a member of staff who leaves from signing in, takes their
// second factors and open links away and ends all their sessions. Doing it
// twice changes nothing. Errors are ErrNotFound and ErrLastAdministrator.
func (r *Register) Deactivate(ctx context.Context, id int64, also ...Along) error {
	return r.change(ctx, id, "deactivating", func(ctx context.Context, tx bun.Tx, row *userRow) error {
		after := *row
		after.Active = false
		if err := keepsAdministrator(ctx, tx, row, &after); err != nil {
			return err
		}
		if _, err := database.Exec(ctx, tx, "UPDATE users SET active = FALSE, invited_at = NULL WHERE id = ?", id); err != nil {
			return err
		}
		if err := clearFactors(ctx, tx, id); err != nil {
			return err
		}
		if err := clearLinks(ctx, tx, id); err != nil {
			return err
		}
		row.Active, row.InvitedAt, row.App, row.Passkeys, row.Codes = false, bun.NullTime{}, false, 0, 0
		return endSessions(ctx, tx, id)
	}, also)
}

// isChief tells who can manage everybody: an administrator at work for all
// policies.
func (row *userRow) isChief() bool { return row.isAdministrator() && row.Policies == everyPolicy }

func (row *userRow) isAdministrator() bool {
	return row.Active && row.Role == string(access.Administrator)
}

// keepsAdministrator returns ErrLastAdministrator when a change would leave
// nobody who can manage staff: no administrator at all, or none for all
// policies where there was one.
func keepsAdministrator(ctx context.Context, tx bun.Tx, before, after *userRow) error {
	if !before.isAdministrator() || after.isAdministrator() && (after.isChief() || !before.isChief()) {
		return nil
	}
	var others []userRow
	query := tx.NewSelect().Model(&others).Where("active").Where("role = ?", access.Administrator).Order("id")
	if database.EngineOf(tx) == database.PostgreSQL {
		// Two who deactivate each other would both still see the other.
		query = query.For("UPDATE")
	}
	if err := query.Scan(ctx); err != nil {
		return err
	}
	for i := range others {
		if others[i].ID != before.ID && (others[i].isChief() || !before.isChief()) {
			return nil
		}
	}
	return ErrLastAdministrator
}

// RevokeAll ends all sessions of a member of staff, at once and in every
// process, also those with a request under way.
func (r *Register) RevokeAll(ctx context.Context, userID int64, also ...Along) error {
	return r.change(ctx, userID, "ending the sessions", func(ctx context.Context, tx bun.Tx, _ *userRow) error {
		return endSessions(ctx, tx, userID)
	}, also)
}

func endSessions(ctx context.Context, tx bun.Tx, userID int64) error {
	_, err := database.Exec(ctx, tx, "UPDATE sessions SET ended = TRUE WHERE user_id = ? AND user_id <> 0", userID)
	return err
}
