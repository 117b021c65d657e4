package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// Notices is what a member of staff set about the letters they get.
type Notices struct {
	Digest   bool // the letter of the morning
	Arrivals bool // a letter for each new request
	// Quiet hours are minutes of the day on the wall of their zone, over midnight
	// where From is the later one. Both alike: there are none.
	QuietFrom, QuietUntil int
	Zone                  string // IANA; empty: that of the first policy they serve
}

// dayMinutes is how many minutes a day has on the wall.
const dayMinutes = 24 * 60

// Notices returns what somebody set, or what holds for everybody at first: the
// letter of the morning, none for each new request, and no quiet hours.
func (r *Register) Notices(ctx context.Context, id int64) (Notices, error) {
	n := Notices{Digest: true}
	err := database.Row(ctx, r.db.Read(), []any{&n.Digest, &n.Arrivals, &n.QuietFrom, &n.QuietUntil, &n.Zone},
		"SELECT digest, arrivals, quiet_from, quiet_until, zone FROM user_notices WHERE user_id = ?", id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return n, fmt.Errorf("the notices of user %d: %w", id, err)
	}
	return n, nil
}

// SetNotices keeps what somebody set. It returns FieldErrors for "quiet" and
// "zone".
func (r *Register) SetNotices(ctx context.Context, id int64, n Notices, also ...Along) error {
	faults := FieldErrors{}
	for _, minutes := range []int{n.QuietFrom, n.QuietUntil} {
		if minutes < 0 || minutes >= dayMinutes {
			faults["quiet"] = "Give quiet hours from 00:00 to 23:59."
		}
	}
	if _, err := time.LoadLocation(n.Zone); err != nil || n.Zone == "Local" {
		faults["zone"] = "This is no time zone like Europe/Berlin."
	}
	if len(faults) > 0 {
		return faults
	}
	return r.change(ctx, id, "setting notices", func(ctx context.Context, tx bun.Tx, _ *userRow) error {
		_, err := database.Exec(ctx, tx, `INSERT INTO user_notices (user_id, digest, arrivals, quiet_from, quiet_until, zone) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (user_id) DO UPDATE SET digest = excluded.digest, arrivals = excluded.arrivals, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, zone = excluded.zone`,
			id, n.Digest, n.Arrivals, n.QuietFrom, n.QuietUntil, n.Zone)
		return err
	}, also)
}

// ToldOfArrivals returns those at work who may take up requests of a policy and
// want a letter for each that comes.
func (r *Register) ToldOfArrivals(ctx context.Context, policy string) ([]User, error) {
	wants := r.db.Read().NewSelect().Table("user_notices").Column("user_id").Where("arrivals")
	users, err := r.list(ctx, r.db.Read().NewSelect().Where("u.active").Where("u.id IN (?)", wants))
	return slices.DeleteFunc(users, func(u User) bool { return !u.Caller().May(access.TakeUp, policy) }), err
}

// QuietEnd returns when the quiet hours end that an instant lies in, by the wall
// of a zone; zero where it lies in none.
func (n Notices) QuietEnd(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	minute := local.Hour()*60 + local.Minute()
	day := local.Day()
	switch over := n.QuietFrom > n.QuietUntil; {
	case n.QuietFrom == n.QuietUntil,
		!over && (minute < n.QuietFrom || minute >= n.QuietUntil),
		over && minute < n.QuietFrom && minute >= n.QuietUntil:
		return time.Time{}
	case over && minute >= n.QuietFrom:
		day++
	}
	return time.Date(local.Year(), local.Month(), day, n.QuietUntil/60, n.QuietUntil%60, 0, 0, zone)
}
