package intake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
)

// Mailbox says how far a watched mailbox was read and how it fares.
type Mailbox struct {
	bun.BaseModel `bun:"table:mailboxes,alias:b"`

	Name         string       `bun:"name,pk"`
	Policy       string       `bun:"policy"`       // whose messages come to it
	UIDValidity  uint32       `bun:"uid_validity"` // of the folder that LastUID counts in (RFC 9051, 2.3.1.1)
	LastUID      uint32       `bun:"last_uid"`     // every message up to this one was taken or refused
	LookedAt     time.Time    `bun:"looked_at"`    // the last time, whether it could be read or not
	Fault        string       `bun:"fault"`        // why it could not be read then; "" where it could
	FailingSince bun.NullTime `bun:"failing_since"`
}

// Position returns how far a mailbox was read: its UIDVALIDITY and last UID.
// Both are zero for one that was never read.
func (g *Register) Position(ctx context.Context, name string) (validity, uid uint32, err error) {
	err = database.Row(ctx, g.db.Read(), []any{&validity, &uid}, "SELECT uid_validity, last_uid FROM mailboxes WHERE name = ?", name)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("how far the mailbox %s was read: %w", name, err)
	}
	return validity, uid, nil
}

// SavePosition writes down how far a mailbox was read, and that it could be.
func (g *Register) SavePosition(ctx context.Context, now time.Time, name, policy string, validity, uid uint32) error {
	return g.noteMailbox(ctx, name, `INSERT INTO mailboxes (name, policy, uid_validity, last_uid, looked_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET policy = EXCLUDED.policy, uid_validity = EXCLUDED.uid_validity, last_uid = EXCLUDED.last_uid,
			looked_at = EXCLUDED.looked_at, fault = '', failing_since = NULL`,
		name, policy, int64(validity), int64(uid), now.UTC().Truncate(time.Microsecond))
}

// Fault writes down why a mailbox could not be read. How far it was read
// stays, and so does since when it cannot.
func (g *Register) Fault(ctx context.Context, now time.Time, name, policy, sentence string) error {
	at := now.UTC().Truncate(time.Microsecond)
	return g.noteMailbox(ctx, name, `INSERT INTO mailboxes (name, policy, uid_validity, last_uid, looked_at, fault, failing_since) VALUES (?, ?, 0, 0, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET policy = EXCLUDED.policy, looked_at = EXCLUDED.looked_at, fault = EXCLUDED.fault,
			failing_since = COALESCE(mailboxes.failing_since, EXCLUDED.failing_since)`,
		name, policy, at, cut(sentence, 500), at)
}

func (g *Register) noteMailbox(ctx context.Context, name, query string, args ...any) error {
	err := g.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, query, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("writing down how the mailbox %s fares: %w", name, err)
	}
	return nil
}

// Mailboxes lists the watched mailboxes of some policies, of all for nil, by
// name; those that are watched no longer are among them.
func (g *Register) Mailboxes(ctx context.Context, policies []string) (list []Mailbox, err error) {
	if policies != nil && len(policies) == 0 {
		return nil, nil
	}
	q := g.db.Read().NewSelect().Model(&list).Order("b.name")
	if policies != nil {
		q = q.Where("b.policy IN ?", bun.Tuple(policies))
	}
	return list, q.Scan(ctx)
}
