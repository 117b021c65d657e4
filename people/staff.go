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
	err = r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row.ID = 0 // what an undone run was given
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return taken(err)
		}
		u.ID = row.ID
		return runAlong(ctx, tx, u, also)
	})
	if err != nil {
		return User{}, fmt.Errorf("creating a user: %w", err)
	}
	return u, nil
}

// taken turns the one conflict an insert into users can have into its sentence.
func taken(err error) error {
	if database.IsUnique(err) {
		return FieldErrors{"email": "Somebody with this address is on the list already, perhaps among those who have left."}
	}
	return err
}

// SetPassword gives a member of staff another password and ends all their
// sessions, that of the caller included: a door that lets somebody change their
// own calls [Enter] afterwards. Errors are ErrNotFound, ErrBusy and
// FieldErrors.
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
	err = r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := database.Exec(ctx, tx, "UPDATE users SET password_hash = ? WHERE id = ?", hash, id); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, id); err != nil {
			return err
		}
		return runAlong(ctx, tx, u, also)
	})
	if err != nil {
		return fmt.Errorf("setting the password of user %d: %w", id, err)
	}
	return nil
}

// Deactivate bars a member of staff who leaves from signing in and ends all
// their sessions. Doing it twice changes nothing. Errors are ErrNotFound and
// ErrLastAdministrator.
func (r *Register) Deactivate(ctx context.Context, id int64, also ...Along) error {
	err := r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := selectUser(ctx, tx, "u.id = ?", id)
		if err != nil {
			return err
		}
		if err := keepsAdministrator(ctx, tx, row); err != nil {
			return err
		}
		if _, err := database.Exec(ctx, tx, "UPDATE users SET active = FALSE WHERE id = ?", id); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, id); err != nil {
			return err
		}
		row.Active = false
		u, err := r.open(row)
		if err != nil {
			return err
		}
		return runAlong(ctx, tx, u, also)
	})
	if err != nil {
		return fmt.Errorf("deactivating user %d: %w", id, err)
	}
	return nil
}

// keepsAdministrator returns ErrLastAdministrator when nobody would be left.
func keepsAdministrator(ctx context.Context, tx bun.Tx, leaving *userRow) error {
	if !leaving.Active || leaving.Role != string(access.Administrator) {
		return nil
	}
	var ids []int64
	query := tx.NewSelect().Table("users").Column("id").Where("active").Where("role = ?", access.Administrator).Order("id")
	if database.EngineOf(tx) == database.PostgreSQL {
		// Two who deactivate each other would both still see the other.
		query = query.For("UPDATE")
	}
	if err := query.Scan(ctx, &ids); err != nil {
		return err
	}
	if len(ids) == 1 && ids[0] == leaving.ID {
		return ErrLastAdministrator
	}
	return nil
}

// RevokeAll ends all sessions of a member of staff, at once and in every
// process, also those with a request under way.
func (r *Register) RevokeAll(ctx context.Context, userID int64) error {
	err := r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return endSessions(ctx, tx, userID)
	})
	if err != nil {
		return fmt.Errorf("ending the sessions of user %d: %w", userID, err)
	}
	return nil
}

func endSessions(ctx context.Context, tx bun.Tx, userID int64) error {
	_, err := database.Exec(ctx, tx, "UPDATE sessions SET ended = TRUE WHERE user_id = ? AND user_id <> 0", userID)
	return err
}
