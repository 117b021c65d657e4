package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/uptrace/bun"

	"dsr/database"
	"dsr/vault"
)

// Limit lets Count attempts through at once and gives one back every Per/Count,
// so that in the long run Count go through in each Per. A Limit without either
// lets nothing through.
type Limit struct {
	Count int
	Per   time.Duration
}

// step is how far one attempt moves clear_at on, in microseconds.
func (l Limit) step() int64 { return l.Per.Microseconds() / int64(l.Count) }

// span is how far clear_at may lie ahead when every attempt was used.
func (l Limit) span() int64 { return l.step() * int64(l.Count) }

func (l Limit) valid() bool { return l.Count > 0 && l.Per.Microseconds() >= int64(l.Count) }

// ErrTooMany is returned for an attempt over a limit.
type ErrTooMany struct {
	// RetryAfter is when an attempt will go through if nobody else takes it.
	// It is positive, and at most twice the Per of the limit.
	RetryAfter time.Duration
}

// Error says how long to wait, in whole minutes.
func (e ErrTooMany) Error() string {
	minutes := int((e.RetryAfter + time.Minute - 1) / time.Minute)
	if minutes <= 1 {
		return "too many attempts: try again in a minute"
	}
	return fmt.Sprintf("too many attempts: try again in %d minutes", minutes)
}

// Limiter counts attempts at any door in the database. It is safe for use by
// several goroutines, and several processes share the counts. Register.Sweep
// removes what is forgiven.
type Limiter struct {
	db   *database.DB
	ring *vault.Ring
}

// NewLimiter returns a limiter over a migrated database.
func NewLimiter(db *database.DB, ring *vault.Ring) *Limiter {
	return &Limiter{db: db, ring: ring}
}

// Allow counts an attempt and says whether it may go on; if not, it was not
// counted, and retryAfter says when one will go through. The purpose names the
// door, "intake", and must always come with the same rule; the key says whose
// attempts are counted, an address in its normal form or what NetworkOf
// returns. Only their blind index is stored.
//
// A clock set back by more than Per forgets what was counted; by less, it
// lengthens a wait to twice Per at most.
func (l *Limiter) Allow(ctx context.Context, now time.Time, purpose, key string, rule Limit) (ok bool, retryAfter time.Duration, err error) {
	c := charge{key: attemptKey(l.ring, purpose, key), rule: rule}
	// A flood of refused attempts only reads.
	if err = (charges{c}).look(ctx, l.db.Read(), now); err == nil {
		err = charges{c}.take(ctx, l.db, now)
	}
	var refused ErrTooMany
	if errors.As(err, &refused) {
		return false, refused.RetryAfter, nil
	}
	return err == nil, 0, err
}

// NetworkOf names the network an address belongs to, for counting: the address
// itself for IPv4, the /64 for IPv6, which is what one subscriber holds at
// least (RFC 6177).
func NetworkOf(addr netip.Addr) string {
	addr = addr.Unmap()
	if !addr.Is6() {
		return addr.String()
	}
	return netip.PrefixFrom(addr.WithZone(""), 64).Masked().String()
}

func attemptKey(ring *vault.Ring, purpose, key string) []byte {
	return ring.Index("attempts "+purpose, key)
}

// charge is one attempt against one limit.
type charge struct {
	key  []byte
	rule Limit
}

// charges are taken all together or not at all. To keep two transactions from
// waiting for each other, those of one purpose come at the same place in each.
type charges []charge

// take counts the attempt, or returns ErrTooMany with nothing counted.
func (cs charges) take(ctx context.Context, db *database.DB, now time.Time) error {
	err := db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, c := range cs {
			if err := c.take(ctx, tx, now); err != nil {
				return err
			}
		}
		return nil
	})
	return counting(err)
}

// look returns ErrTooMany when one of the limits is used up.
func (cs charges) look(ctx context.Context, db bun.IDB, now time.Time) error {
	var longest time.Duration
	for _, c := range cs {
		wait, err := c.wait(ctx, db, now)
		if err != nil {
			return counting(err)
		}
		longest = max(longest, wait)
	}
	if longest > 0 {
		return ErrTooMany{RetryAfter: longest}
	}
	return nil
}

// giveBack takes back what take counted.
func (cs charges) giveBack(ctx context.Context, tx bun.Tx) error {
	for _, c := range cs {
		_, err := database.Exec(ctx, tx, "UPDATE attempts SET clear_at = clear_at - ? WHERE key = ?", c.rule.step(), c.key)
		if err != nil {
			return counting(err)
		}
	}
	return nil
}

// takeOne adds an attempt in one statement, so that of two at the same instant
// the second sees the first. A clear_at too far ahead to be true was written
// before a clock was set back and counts as none.
const takeOne = `INSERT INTO attempts (key, clear_at) VALUES (?, ?)
	ON CONFLICT (key) DO UPDATE SET clear_at = EXCLUDED.clear_at +
		CASE WHEN attempts.clear_at BETWEEN ? AND ? THEN attempts.clear_at - ? ELSE 0 END
	WHERE attempts.clear_at <= ? OR attempts.clear_at > ?`

func (c charge) take(ctx context.Context, tx bun.Tx, now time.Time) error {
	if !c.rule.valid() {
		return ErrTooMany{RetryAfter: max(c.rule.Per, time.Second)}
	}
	at, step, span := now.UnixMicro(), c.rule.step(), c.rule.span()
	res, err := database.Exec(ctx, tx, takeOne, c.key, at+step, at, at+2*span, at, at+span-step, at+2*span)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	wait, err := c.wait(ctx, tx, now)
	if err != nil {
		return err
	}
	return ErrTooMany{RetryAfter: wait}
}

// wait returns how long it takes until an attempt goes through, 0 for now.
func (c charge) wait(ctx context.Context, db bun.IDB, now time.Time) (time.Duration, error) {
	if !c.rule.valid() {
		return max(c.rule.Per, time.Second), nil
	}
	var clearAt int64
	err := database.Row(ctx, db, []any{&clearAt}, "SELECT clear_at FROM attempts WHERE key = ?", c.key)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	at, step, span := now.UnixMicro(), c.rule.step(), c.rule.span()
	if err != nil || clearAt > at+2*span {
		return 0, err
	}
	return time.Duration(max(0, clearAt-(at+span-step))) * time.Microsecond, nil
}

// counting adds what was being done to an error that is not a refusal.
func counting(err error) error {
	if err == nil || errors.As(err, new(ErrTooMany)) {
		return err
	}
	return fmt.Errorf("counting an attempt: %w", err)
}
