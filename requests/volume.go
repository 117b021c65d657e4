package requests

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/people"
	"dsr/policies"
)

// A day is out of the ordinary when volumeLeast requests or more have come to a
// policy since its local midnight, and more than volumeTimes as many as came on
// a day of the volumeDays before, on average.
const (
	volumeLeast = 20
	volumeTimes = 4
	volumeDays  = 28
)

// arrivedSince counts the requests that came to a policy in a span of time.
const arrivedSince = "SELECT COUNT(*) FROM requests WHERE policy = ? AND appeal_of = 0 AND received_at >= ? AND received_at < ?"

// WatchVolume writes to the administrators of a policy on the first look at a
// day that is out of the ordinary, once for the day. Whoever holds the lease
// calls it; a second call, and one after a crash, writes nothing.
func (o *Office) WatchVolume(ctx context.Context, now time.Time) error {
	for _, pack := range o.book.Packs() {
		letter, err := o.volumeOf(ctx, now, pack)
		if err != nil {
			return err
		}
		if letter == nil {
			continue
		}
		if err := o.tellVolume(ctx, now, pack, *letter); err != nil {
			return err
		}
	}
	return nil
}

// volumeOf counts a policy's day, and returns nil for an ordinary one.
func (o *Office) volumeOf(ctx context.Context, now time.Time, pack *policies.Pack) (*mailer.Volume, error) {
	zone, err := o.ZoneOf(pack)
	if err != nil {
		return nil, err
	}
	today := deadlines.DateOf(now, zone)
	midnight := today.Start(zone).UTC()
	var count, before int
	err = database.Row(ctx, o.db.Read(), []any{&count}, arrivedSince, pack.ID, midnight, now.UTC())
	if err != nil || count < volumeLeast {
		return nil, err
	}
	err = database.Row(ctx, o.db.Read(), []any{&before}, arrivedSince, pack.ID, today.AddDays(-volumeDays).Start(zone).UTC(), midnight)
	if err != nil || count*volumeDays <= volumeTimes*before {
		return nil, err
	}
	usual := (before + volumeDays/2) / volumeDays
	return &mailer.Volume{Policy: pack.Controller.Name, On: today, Count: count, Usual: usual, Link: o.baseURL + "/console/queue?q=policy:" + pack.ID}, nil
}

// tellVolume writes the letter to each administrator, and marks the day in the
// same transaction.
func (o *Office) tellVolume(ctx context.Context, now time.Time, pack *policies.Pack, letter mailer.Volume) error {
	mark := "volume-" + pack.ID + "-" + letter.On.String()
	told, err := o.setting(ctx, volumeMark+pack.ID)
	if err != nil || told == mark {
		return err
	}
	users, err := o.people.ForPolicy(ctx, pack.ID, access.Administrator)
	if err != nil {
		return err
	}
	err = o.keepSetting(ctx, volumeMark+pack.ID, mark, func(ctx context.Context, tx bun.Tx) error {
		for _, u := range users {
			if err := o.volumeLetter(now, mark, letter, u)(ctx, tx, u); err != nil {
				return err
			}
		}
		return nil
	})
	if database.IsUnique(err) {
		return nil // another process was quicker
	}
	if err == nil {
		o.wake()
	}
	return err
}

// volumeMark begins the name of the setting that keeps a policy's last such day.
const volumeMark = "volume."

func (o *Office) volumeLetter(now time.Time, mark string, letter mailer.Volume, u people.User) people.Along {
	return o.toStaffAs(now, LetterVolume, mark+"-"+itoa(u.ID), func(to addressee) composable {
		letter.Console = to.console
		return letter
	})
}
