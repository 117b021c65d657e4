package people

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/uptrace/bun"

	"dsr/database"
)

// Options describe one kind of session.
type Options struct {
	// Cookie is the name of the cookie and of the kind: a token of one kind
	// opens no session of another. The name in the browser gets the prefix
	// "__Host-" when Secure is set and Path is "/", and "__Secure-" when Secure
	// is set and Path is another, for which browsers refuse the first
	// (RFC 6265bis, 4.1.3).
	Cookie string
	// Path is the part of the site the browser sends the cookie to.
	Path string
	// Lifetime is how long a session lasts at most, and IdleTimeout how long
	// without a visit; 0 is no such end.
	Lifetime, IdleTimeout time.Duration
	// Secure keeps the cookie to HTTPS. Leave it out only where the program is
	// reached over plain HTTP on a loopback address.
	Secure bool
	// Now is the clock by which sessions are found, time.Now but for tests. It
	// is needed here because the session library asks for no instant and reads
	// the system's clock itself when it begins a session.
	Now func() time.Time
}

// Sessions returns the sessions of one kind, kept in a migrated database.
//
// The cookie is HttpOnly and SameSite=Lax, and gone when the browser is closed.
// Of its token the database gets the SHA-256 only, so that who reads the
// database cannot go on with a session. The content is not sealed and takes
// numbers, lists of numbers, flags and short texts: ids and states, never what
// belongs to a person; any other type is an error when the session is saved.
//
// Whenever somebody gains a right in a session (signs in, follows their link)
// the token must change, or whoever planted the old one gains it too: [Enter]
// does so for staff, RenewToken of the session manager for others.
//
// An ended session cannot come back, also not through a request that was under
// way. A session that claims to last longer than Lifetime from now is refused:
// after a clock was set back, sessions end early rather than late.
func Sessions(db *database.DB, o Options) *scs.SessionManager {
	m := scs.New()
	m.Lifetime, m.IdleTimeout = o.Lifetime, o.IdleTimeout
	m.Store = &sessionStore{db: db, options: o}
	m.Codec = contentCodec{}
	m.Cookie = scs.SessionCookie{Name: o.browserName(), Path: o.Path, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: o.Secure}
	return m
}

func (o Options) browserName() string {
	switch {
	case !o.Secure:
		return o.Cookie
	case o.Path == "/":
		return "__Host-" + o.Cookie
	default:
		return "__Secure-" + o.Cookie
	}
}

// userKey is where a session of staff keeps the user's id.
const userKey = "user"

// Enter makes the session in ctx the user's, under a new token and with a new
// Lifetime. A door calls it after [Register.SignIn].
func Enter(ctx context.Context, m *scs.SessionManager, userID int64) error {
	if err := m.RenewToken(ctx); err != nil {
		return fmt.Errorf("opening a session for user %d: %w", userID, err)
	}
	carryWord(ctx, m, userID)
	m.Remove(ctx, firstKey)
	m.Remove(ctx, firstAtKey)
	m.Put(ctx, userKey, userID)
	return nil
}

// Entered returns the id of the user whose session ctx holds, or 0. Whether
// they are still at work is for [Register.Find] to say.
func Entered(ctx context.Context, m *scs.SessionManager) int64 {
	return m.GetInt64(ctx, userKey)
}

const (
	// skew is how far the clocks of two processes may lie apart before one
	// refuses the sessions the other began.
	skew = 5 * time.Minute
	// keepEnded is how long the row of a session outlives it: longer than any
	// request that may still want to save it.
	keepEnded = 24 * time.Hour
	// saveAfter is the part of IdleTimeout that has to pass before a visit
	// alone is written down: not every page shall cost a write.
	saveAfter = 10
)

// sessionStore keeps the sessions of one kind; the library asks for it.
type sessionStore struct {
	db      *database.DB
	options Options
}

// storedSession is what is kept under a hash. Stored is false for none.
type storedSession struct {
	content   []byte
	expiresAt time.Time
	seenAt    bun.NullTime
	ended     bool
	stored    bool
}

func hashOf(token string) []byte {
	hash := sha256.Sum256([]byte(token))
	return hash[:]
}

func (s *sessionStore) load(ctx context.Context, hash []byte) (found storedSession, err error) {
	err = database.Row(ctx, s.db.Read(), []any{&found.content, &found.expiresAt, &found.seenAt, &found.ended},
		"SELECT content, expires_at, seen_at, ended FROM sessions WHERE token_hash = ? AND cookie = ?", hash, s.options.Cookie)
	if errors.Is(err, sql.ErrNoRows) {
		return storedSession{}, nil
	}
	found.stored = true
	return found, err
}

// FindCtx returns the content of a session that has not ended.
func (s *sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	found, err := s.load(ctx, hashOf(token))
	if err != nil {
		return nil, false, fmt.Errorf("finding a session: %w", err)
	}
	now := s.options.Now()
	if !found.stored || found.ended || !now.Before(found.expiresAt) {
		return nil, false, nil
	}
	deadline, _, err := contentCodec{}.Decode(found.content)
	// What cannot be read was saved by another version: sign in again.
	if err != nil || deadline.After(now.Add(s.options.Lifetime+skew)) {
		return nil, false, nil
	}
	return found.content, true, nil
}

// CommitCtx saves a session, unless it has ended.
func (s *sessionStore) CommitCtx(ctx context.Context, token string, content []byte, expiry time.Time) error {
	_, values, err := contentCodec{}.Decode(content)
	if err != nil {
		return err
	}
	hash := hashOf(token)
	found, err := s.load(ctx, hash)
	if err != nil {
		return fmt.Errorf("saving a session: %w", err)
	}
	now := s.options.Now().UTC().Truncate(time.Microsecond)
	if found.ended || bytes.Equal(content, found.content) && !s.isStale(found, now, expiry) {
		return nil
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, `INSERT INTO sessions (token_hash, cookie, user_id, content, expires_at, seen_at, ended)
			VALUES (?, ?, ?, ?, ?, ?, FALSE) ON CONFLICT (token_hash) DO UPDATE
			SET user_id = EXCLUDED.user_id, content = EXCLUDED.content, expires_at = EXCLUDED.expires_at, seen_at = EXCLUDED.seen_at
			WHERE NOT sessions.ended AND sessions.cookie = EXCLUDED.cookie`,
			hash, s.options.Cookie, ownerIn(values), content, expiry, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("saving a session: %w", err)
	}
	return nil
}

// isStale tells whether enough time has passed to write a visit down.
func (s *sessionStore) isStale(found storedSession, now, expiry time.Time) bool {
	part := s.options.IdleTimeout / saveAfter
	return expiry.Sub(found.expiresAt).Abs() > part || part > 0 && now.Sub(found.seenAt.Time) > part
}

// ownerIn returns whose session it is, also before the second step, so that it
// ends with the others of that person.
func ownerIn(values map[string]any) int64 {
	if id, ok := values[userKey].(int64); ok {
		return id
	}
	id, _ := values[firstKey].(int64)
	return id
}

// DeleteCtx ends a session.
func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	if token == "" {
		return nil // destroyed before it was ever saved
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "UPDATE sessions SET ended = TRUE WHERE token_hash = ? AND cookie = ?",
			hashOf(token), s.options.Cookie)
		return err
	})
	if err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

// Find, Commit and Delete are asked for beside the above, and never called.

func (s *sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s *sessionStore) Commit(token string, content []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, content, expiry)
}

func (s *sessionStore) Delete(token string) error {
	return s.DeleteCtx(context.Background(), token)
}
