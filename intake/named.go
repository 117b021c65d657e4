package intake

import (
	"context"
	"fmt"

	"dsr/database"
	"dsr/mailbox"
)

// MessageID returns the Message-ID of a message that is kept, without < >, from
// the first part of its original; "" where it has none that can be named in
// another letter. A message that is not kept any more is ErrNotFound.
func (g *Register) MessageID(ctx context.Context, id int64) (string, error) {
	m, err := g.Find(ctx, id)
	if err != nil {
		return "", err
	}
	if len(m.WrappedKey) == 0 {
		return "", ErrNotFound
	}
	key, err := g.ring.Unwrap(m.WrappedKey)
	if err != nil {
		return "", err
	}
	var sealed []byte
	var parts int
	err = database.Row(ctx, g.db.Read(), []any{&sealed, &parts},
		"SELECT sealed, (SELECT COUNT(*) FROM mail_parts WHERE mail_id = ?) FROM mail_parts WHERE mail_id = ? AND n = 0", id, id)
	if err != nil {
		return "", notFound(err)
	}
	part, err := key.Open(label(0, parts == 1), sealed)
	if err != nil {
		return "", fmt.Errorf("mail %d: %w", id, err)
	}
	head, _ := mailbox.Split(part)
	return mailbox.MessageIDOf(head), nil
}
