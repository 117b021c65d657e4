package requests

import (
	"context"
	"time"

	"dsr/people"
)

// wall is the zone by whose wall somebody lives: the one they set, or that of
// the first policy they serve.
func (o *Office) wall(ctx context.Context, u people.User) (people.Notices, *time.Location, error) {
	n, err := o.people.Notices(ctx, u.ID)
	if err != nil {
		return n, nil, err
	}
	if zone, err := time.LoadLocation(n.Zone); n.Zone != "" && err == nil {
		return n, zone, nil
	}
	for _, p := range o.book.Packs() {
		if u.Policies.Include(p.ID) {
			zone, err := o.ZoneOf(p)
			return n, zone, err
		}
	}
	return n, time.UTC, nil
}

// quietUntil returns when somebody's quiet hours end, or zero where they have
// none now.
func (o *Office) quietUntil(ctx context.Context, now time.Time, u people.User) (time.Time, error) {
	n, zone, err := o.wall(ctx, u)
	if err != nil {
		return time.Time{}, err
	}
	return n.QuietEnd(now, zone).UTC(), nil
}
