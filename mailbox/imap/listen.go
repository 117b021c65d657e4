package imap

import (
	"context"
	"errors"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// chatter is how many bytes a server may say by itself while we listen.
const chatter = 1 << 20

// errHungUp says that the server ended the connection while nothing was asked.
var errHungUp = errors.New("the mail server hung up")

// listen returns when it is time to look again: when the server said that
// something came (RFC 2177), or when the time between two looks is over,
// because some servers cannot say so and some never do.
func (v *visit) listen(ctx context.Context) error {
	timer := time.NewTimer(min(or(v.Account.Poll, usualPoll), longestIdle))
	defer timer.Stop()
	if !v.caps.Has(goimap.CapIdle) {
		return v.pause(ctx, timer.C)
	}
	var idle *imapclient.IdleCommand
	err := v.command(func() (err error) {
		idle, err = v.client.Idle()
		return asked("does not tell of new messages", err)
	})
	if err != nil {
		return err
	}
	if err := v.pause(ctx, timer.C); err != nil {
		idle.Close()
		return err
	}
	return v.command(func() error {
		if err := idle.Close(); err != nil {
			return err
		}
		return asked("does not end the wait for new messages", idle.Wait())
	})
}

// pause waits for news, for the clock or for the end.
func (v *visit) pause(ctx context.Context, clock <-chan time.Time) error {
	v.leash.allow(chatter)
	select {
	case <-v.news:
	case <-clock:
	case <-ctx.Done():
		return ctx.Err()
	case <-v.client.Closed():
		if why := v.leash.cause(); why != nil {
			return why
		}
		return errHungUp
	}
	return nil
}
