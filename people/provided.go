package people

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"
)

// What a session keeps of the provider's word by which it was entered. While a
// second factor is owed it lies under the second set of keys.
const (
	untilKey      = "word_until" // Unix microseconds
	manyKey       = "word_many"
	firstUntilKey = "first_word_until"
	firstManyKey  = "first_word_many"
)

// Provided notes in a session that was just entered, or begun, that an identity
// provider's word opened it and until when that holds; and whether the provider
// had asked for several factors itself.
func Provided(ctx context.Context, m *scs.SessionManager, until time.Time, many bool) {
	at, several := untilKey, manyKey
	if m.GetInt64(ctx, firstKey) != 0 {
		at, several = firstUntilKey, firstManyKey
	}
	m.Put(ctx, at, until.UnixMicro())
	m.Put(ctx, several, many)
}

// ProvidedUntil says until when the provider's word holds by which a session was
// entered. Zero: it was a password or a passkey.
func ProvidedUntil(ctx context.Context, m *scs.SessionManager) time.Time {
	if at := m.GetInt64(ctx, untilKey); at != 0 {
		return time.UnixMicro(at).UTC()
	}
	return time.Time{}
}

// FirstProvided says whether the first factor of who owes a second in this
// session was a provider's word.
func FirstProvided(ctx context.Context, m *scs.SessionManager, now time.Time) bool {
	return Begun(ctx, m, now) != 0 && m.GetInt64(ctx, firstUntilKey) != 0
}

// ManyAsked says whether the provider asked for several factors, so that none
// of ours is owed.
func ManyAsked(ctx context.Context, m *scs.SessionManager) bool { return m.GetBool(ctx, manyKey) }

// Expired says that a session was entered by a provider's word that holds no
// longer: whose it was is nobody until the provider is asked again.
func Expired(ctx context.Context, m *scs.SessionManager, now time.Time) bool {
	at := m.GetInt64(ctx, untilKey)
	return at != 0 && now.UnixMicro() >= at
}

// carryWord keeps the provider's word, if it was the first factor of who enters
// now, and forgets any other.
func carryWord(ctx context.Context, m *scs.SessionManager, userID int64) {
	until, many := int64(0), false
	if m.GetInt64(ctx, firstKey) == userID {
		until, many = m.GetInt64(ctx, firstUntilKey), m.GetBool(ctx, firstManyKey)
	}
	forgetWord(ctx, m)
	if until != 0 {
		m.Put(ctx, untilKey, until)
		m.Put(ctx, manyKey, many)
	}
}

func forgetWord(ctx context.Context, m *scs.SessionManager) {
	for _, key := range []string{untilKey, manyKey, firstUntilKey, firstManyKey} {
		m.Remove(ctx, key)
	}
}
