package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Letter is a letter to a member of staff that is about no request, as it is
// kept: its content is sealed and nothing this package reads.
type Letter struct {
	bun.BaseModel `bun:"table:staff_letters,alias:l"`

	ID        int64 `bun:",pk,autoincrement"`
	UserID    int64
	Kind      string
	MessageID string
	State     string // waiting, sent, failed
	CreatedAt time.Time
	SentAt    bun.NullTime
	LastError string
	Sealed    []byte

	Content []byte `bun:"-"`
}

// Post keeps a letter in the transaction of what causes it, and returns its
// number. Kind, MessageID and Content are set by the caller.
func (r *Register) Post(ctx context.Context, tx bun.Tx, now time.Time, userID int64, l Letter) (int64, error) {
	row, err := selectUser(ctx, tx, "u.id = ?", userID)
	if err != nil {
		return 0, err
	}
	l.UserID, l.State, l.CreatedAt = userID, "waiting", now.UTC().Truncate(time.Microsecond)
	if l.Sealed, err = r.sealUnder(row, "letter/"+l.MessageID, l.Content); err != nil {
		return 0, err
	}
	if _, err := tx.NewInsert().Model(&l).Exec(ctx); err != nil {
		return 0, err
	}
	return l.ID, nil
}

// Letter opens a letter. One that is gone with its reader, or whose words were
// swept, is ErrNotFound.
func (r *Register) Letter(ctx context.Context, id int64) (*Letter, error) {
	l := new(Letter)
	err := r.db.Read().NewSelect().Model(l).Where("l.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(l.Sealed) == 0 {
		return nil, ErrNotFound
	}
	if err == nil {
		l.Content, err = r.openOf(ctx, r.db.Read(), l.UserID, "letter/"+l.MessageID, l.Sealed)
	}
	if err != nil {
		return nil, fmt.Errorf("staff letter %d: %w", id, err)
	}
	return l, nil
}

// Posted notes what came of a letter: an empty fault means that it was sent.
// The fault holds no address.
func (r *Register) Posted(ctx context.Context, now time.Time, id int64, fault string) error {
	state, sent := "sent", bun.NullTime{Time: now.UTC().Truncate(time.Microsecond)}
	if fault != "" {
		state, sent = "failed", bun.NullTime{}
	}
	err := r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "UPDATE staff_letters SET state = ?, sent_at = ?, last_error = ? WHERE id = ?", state, sent, fault, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("staff letter %d: %w", id, err)
	}
	return nil
}
