package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"dsr/intake"
	"dsr/mailbox"
	"dsr/mailbox/imap"
	"dsr/mailbox/lmtp"
	"dsr/outbox"
)

// A watcher's lease, and how often it is renewed. Who stops without giving it
// back is followed by another process after that time.
const (
	leaseTime = 20 * time.Second
	leaseTurn = 5 * time.Second
)

// doors is everything that mail comes in by.
type doors struct {
	plant    *plant
	house    *house
	now      func() time.Time
	mail     *mailFile
	listener net.Listener // of LMTP; nil without
}

// openDoors begins to listen, so that what is in the way is said at the start.
// Without a mail file there are no doors.
func (p *plant) openDoors(h *house, now func() time.Time) (*doors, error) {
	d := &doors{plant: p, house: h, now: now, mail: p.mail}
	if d.mail == nil || d.mail.LMTP == nil {
		return d, nil
	}
	var err error
	if d.listener, err = lmtp.Listen(d.mail.LMTP.Listen); err != nil {
		return nil, fmt.Errorf("cannot take mail at %s: %w", d.mail.LMTP.Listen, err)
	}
	return d, nil
}

// run takes mail until ctx ends.
func (d *doors) run(ctx context.Context) {
	if d.mail == nil {
		return
	}
	var running sync.WaitGroup
	if d.listener != nil {
		server := &lmtp.Server{Recipients: d.mail.LMTP.Recipients, Take: d.take, Now: d.now, Log: d.plant.log}
		running.Go(func() {
			if err := server.Serve(ctx, d.listener); err != nil {
				d.plant.log.Error("mail is not taken by LMTP any more", "error", err)
			}
		})
	}
	holder := holderName()
	for i := range d.mail.Mailboxes {
		running.Go(func() { d.watch(ctx, &d.mail.Mailboxes[i], holder) })
	}
	running.Wait()
}

func (d *doors) take(ctx context.Context, m mailbox.Delivery) error {
	return d.house.office.TakeMail(ctx, d.now(), m)
}

// watch watches one mailbox whenever this process holds the lease for it.
func (d *doors) watch(ctx context.Context, e *mailboxEntry, holder string) {
	account, err := e.account()
	if err != nil {
		d.plant.log.Error("a mailbox is not watched", "mailbox", e.Name, "error", err)
		return
	}
	register := intake.Open(d.house.db, d.house.ring)
	watcher := &imap.Watcher{Account: account, Take: d.take, Log: d.plant.log, Place: imap.Place{
		Position: func(ctx context.Context) (uint32, uint32, error) { return register.Position(ctx, e.Name) },
		Save: func(ctx context.Context, validity, uid uint32) error {
			return register.SavePosition(ctx, d.now(), e.Name, e.Policy, validity, uid)
		},
		Fault: func(ctx context.Context, sentence string) error {
			return register.Fault(ctx, d.now(), e.Name, e.Policy, sentence)
		},
	}}
	d.alone(ctx, "mailbox "+e.Name, holder, func(ctx context.Context) {
		if err := watcher.Run(ctx); err != nil {
			d.plant.log.Error("a mailbox is not watched", "mailbox", e.Name, "error", err)
		}
	})
}

// alone does something for as long as this process holds a lease, and begins
// again when it gets it back.
func (d *doors) alone(ctx context.Context, name, holder string, do func(ctx context.Context)) {
	turn := time.NewTicker(leaseTurn)
	defer turn.Stop()
	stop := func() {}
	held := false
	for {
		mine, err := outbox.TryLease(ctx, d.house.db, name, holder, d.now(), leaseTime)
		if err != nil && ctx.Err() == nil {
			d.plant.log.Error("a lease cannot be taken", "lease", name, "error", err)
		}
		switch {
		case mine && !held:
			stop = begin(ctx, do)
		case !mine && held:
			stop()
		}
		held = mine
		select {
		case <-ctx.Done():
			stop()
			outbox.Release(context.WithoutCancel(ctx), d.house.db, name, holder)
			return
		case <-turn.C:
		}
	}
}

// begin does something beside, and returns what stops it and waits for its end.
func begin(ctx context.Context, do func(ctx context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { do(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

// holderName is a name that no other process has. The number of a process is
// not its own everywhere: in containers each is 1.
func holderName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s:%d:%s", host, os.Getpid(), rand.Text()[:8])
}
