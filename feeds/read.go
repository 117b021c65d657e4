package feeds

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/people"
)

const (
	// cancelledFor is how long an event that is over stays as cancelled, so that
	// a program which asks once a week still learns of it.
	cancelledFor = 14 * 24 * time.Hour
	// most bounds the requests of a feed, open and closed each.
	most = 1000
	// readStep is how precisely the last visit is noted.
	readStep = 10 * time.Minute
)

// Reading is a calendar as it is now.
type Reading struct {
	Content []byte    // text/calendar, UTF-8
	ETag    string    // in quotes, as HTTP writes it
	Changed time.Time // when this content was first read; whole seconds
}

// Read returns the calendar behind a secret. What does not open one is
// ErrNotFound, whatever the reason.
func (f *Feeds) Read(ctx context.Context, now time.Time, secret string) (Reading, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(raw) != secretBytes {
		return Reading{}, ErrNotFound
	}
	row, err := f.row(ctx, "f.secret_hash = ?", hashOf(secret))
	if err != nil {
		return Reading{}, err
	}
	user, err := f.people.Find(ctx, row.UserID)
	if errors.Is(err, people.ErrNotFound) || err == nil && !user.Active {
		return Reading{}, ErrNotFound
	}
	if err != nil {
		return Reading{}, err
	}
	list, err := f.office.DueDates(ctx, user.Caller(), now, now.Add(-cancelledFor), row.Scope == Mine, most)
	if err != nil {
		return Reading{}, err
	}
	content, err := f.calendar(list, row.Scope, now)
	if err != nil {
		return Reading{}, err
	}
	return f.noted(ctx, now, row, content)
}

// noted remembers that a feed was read and since when it reads as it does.
func (f *Feeds) noted(ctx context.Context, now time.Time, row *feedRow, content []byte) (Reading, error) {
	sum := sha256.Sum256(content)
	r := Reading{Content: content, ETag: `"` + hex.EncodeToString(sum[:16]) + `"`, Changed: row.ChangedAt.UTC().Truncate(time.Second)}
	same := row.Digest == r.ETag
	if same && now.Sub(row.ReadAt.Time) < readStep {
		return r, nil
	}
	changed := row.ChangedAt
	if !same {
		// A program that knows an older second must see a later one.
		changed = now.UTC().Truncate(time.Second)
		if !changed.After(row.ChangedAt) && row.Digest != "" {
			changed = row.ChangedAt.Add(time.Second)
		}
		r.Changed = changed.UTC().Truncate(time.Second)
	}
	return r, f.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "UPDATE feeds SET read_at = ?, digest = ?, changed_at = ? WHERE user_id = ? AND secret_hash = ?",
			now.UTC().Truncate(time.Microsecond), r.ETag, changed, row.UserID, row.SecretHash)
		return err
	})
}
