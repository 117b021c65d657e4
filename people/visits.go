package people

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/uptrace/bun"

	"dsr/database"
)

// What a session of staff keeps of itself. The address it comes from is not
// among it.
const (
	sinceKey   = "since"   // Unix microseconds
	browserKey = "browser" // "Firefox on Windows"

	// firstKey and firstAtKey are who gave the right password and still owes a
	// second factor, and since when.
	firstKey   = "first"
	firstAtKey = "first_at"
	stepTime   = 10 * time.Minute
)

// Begin notes in a session that somebody's password was right and a second
// factor is still owed. Who has only that is nobody: [Entered] returns 0.
func Begin(ctx context.Context, m *scs.SessionManager, now time.Time, userID int64) error {
	if err := m.RenewToken(ctx); err != nil {
		return fmt.Errorf("the first step of user %d: %w", userID, err)
	}
	m.Remove(ctx, userKey)
	forgetWord(ctx, m)
	m.Put(ctx, firstKey, userID)
	m.Put(ctx, firstAtKey, now.UnixMicro())
	return nil
}

// Begun returns who owes a second factor in this session, or 0: nobody, or
// more than ten minutes ago.
func Begun(ctx context.Context, m *scs.SessionManager, now time.Time) int64 {
	at := time.UnixMicro(m.GetInt64(ctx, firstAtKey))
	if waited := now.Sub(at); waited < 0 || waited > stepTime {
		return 0
	}
	return m.GetInt64(ctx, firstKey)
}

// Mark notes in a session that was just entered when it began and in which kind
// of browser, for the list of [Register.Visits].
func Mark(ctx context.Context, m *scs.SessionManager, now time.Time, browser string) {
	m.Put(ctx, sinceKey, now.UnixMicro())
	m.Put(ctx, browserKey, browser)
}

// Visit is one open session of somebody.
type Visit struct {
	ID      string // names it on a page and opens nothing
	Browser string
	Since   time.Time // zero: not known
	Seen    time.Time // last used, to some minutes; zero: not known
	Here    bool      // it is the one asked from
}

// Visits lists somebody's open sessions, the one of the token first, then by
// when they were last used.
func (r *Register) Visits(ctx context.Context, now time.Time, userID int64, token string) ([]Visit, error) {
	var rows []struct {
		TokenHash []byte
		Content   []byte
		SeenAt    bun.NullTime
	}
	err := r.db.Read().NewSelect().Table("sessions").Column("token_hash", "content", "seen_at").
		Where("user_id = ?", userID).Where("user_id <> 0").Where("NOT ended").Where("expires_at > ?", now.UTC()).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("listing the sessions of user %d: %w", userID, err)
	}
	var list []Visit
	for _, row := range rows {
		_, values, err := contentCodec{}.Decode(row.Content)
		if entered, _ := values[userKey].(int64); err != nil || entered != userID {
			continue // has not given the second factor
		}
		v := Visit{ID: visitID(row.TokenHash), Seen: row.SeenAt.Time, Here: slices.Equal(row.TokenHash, hashOf(token))}
		v.Browser, _ = values[browserKey].(string)
		if since, ok := values[sinceKey].(int64); ok {
			v.Since = time.UnixMicro(since).UTC()
		}
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b Visit) int {
		if a.Here != b.Here {
			return map[bool]int{true: -1, false: 1}[a.Here]
		}
		return b.Seen.Compare(a.Seen)
	})
	return list, nil
}

func visitID(tokenHash []byte) string {
	sum := sha256.Sum256(tokenHash)
	return hex.EncodeToString(sum[:8])
}

// EndVisit ends one session of somebody's. The error is ErrNotFound.
func (r *Register) EndVisit(ctx context.Context, userID int64, id string, also ...Along) error {
	return r.endVisits(ctx, userID, func(hash []byte) bool { return visitID(hash) == id }, true, also)
}

// EndOthers ends all sessions of somebody's but the one of the token.
func (r *Register) EndOthers(ctx context.Context, userID int64, token string, also ...Along) error {
	return r.endVisits(ctx, userID, func(hash []byte) bool { return !slices.Equal(hash, hashOf(token)) }, false, also)
}

func (r *Register) endVisits(ctx context.Context, userID int64, which func(hash []byte) bool, some bool, also []Along) error {
	return r.change(ctx, userID, "ending a session", func(ctx context.Context, tx bun.Tx, _ *userRow) error {
		var hashes [][]byte
		err := tx.NewSelect().Table("sessions").Column("token_hash").Where("user_id = ?", userID).Where("user_id <> 0").Where("NOT ended").Scan(ctx, &hashes)
		if err != nil {
			return err
		}
		ended := 0
		for _, hash := range hashes {
			if !which(hash) {
				continue
			}
			if _, err := database.Exec(ctx, tx, "UPDATE sessions SET ended = TRUE WHERE token_hash = ?", hash); err != nil {
				return err
			}
			ended++
		}
		if some && ended == 0 {
			return ErrNotFound
		}
		return nil
	}, also)
}
