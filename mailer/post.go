package mailer

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Post sends letters over several connections at once, at a pace. While the
// server cannot be reached it lets one letter try now and then and gives the
// others the same answer at once, so that nobody waits for it in vain.
type Post struct {
	now     func() time.Time
	senders chan *Sender
	all     []*Sender
	gate    *gate

	mu       sync.Mutex
	shutFrom time.Time // since when the server could not be reached
	shutTill time.Time // until when nobody tries
	shut     *Failure  // what the last one who tried was told
}

// shutFor is how long a server that could not be reached is left alone.
const shutFor = 20 * time.Second

// NewPost returns a Post of so many connections, which are opened as they are
// needed. It takes the time from now, for the pace and for signatures.
func NewPost(server Server, lines int, pace Pace, now func() time.Time, options Options) *Post {
	if options.Signing.Now == nil {
		options.Signing.Now = now
	}
	p := &Post{now: now, gate: newGate(pace), senders: make(chan *Sender, max(1, lines))}
	for range cap(p.senders) {
		s := NewSender(server, options)
		p.all = append(p.all, s)
		p.senders <- s
	}
	return p
}

// Send sends one letter as [Sender.Send] does. *Held is returned for a letter
// that is over the pace: it was not tried.
func (p *Post) Send(ctx context.Context, e Envelope) error {
	if failure := p.closed(); failure != nil {
		return failure
	}
	var s *Sender
	select {
	case s = <-p.senders:
		defer func() { p.senders <- s }()
	case <-ctx.Done():
		return noLine(ctx, ctx.Err())
	}
	if failure := p.closed(); failure != nil { // meanwhile
		return failure
	}
	if held := p.gate.pass(p.now(), e.To); held != nil {
		return held
	}
	err := s.Send(ctx, e)
	p.learn(ctx, err)
	return err
}

// closed returns what the last letter was told while the server is left alone.
func (p *Post) closed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut == nil || !p.now().Before(p.shutTill) {
		return nil
	}
	told := *p.shut
	return &told
}

// learn notes whether the server can be reached.
func (p *Post) learn(ctx context.Context, err error) {
	var failure *Failure
	unreachable := errors.As(err, &failure) && failure.Unreachable()
	if unreachable && ctx.Err() != nil {
		return // we hung up, not they
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !unreachable {
		p.shut, p.shutFrom = nil, time.Time{}
		return
	}
	now := p.now()
	if p.shutFrom.IsZero() {
		p.shutFrom = now
	}
	p.shut, p.shutTill = failure, now.Add(shutFor)
}

// Unreachable returns since when the mail server could not be reached, and why;
// zero while it can, as far as this Post knows.
func (p *Post) Unreachable() (since time.Time, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut == nil {
		return time.Time{}, ""
	}
	return p.shutFrom, p.shut.Reply
}

// Close closes every connection. The Post can be used again.
func (p *Post) Close() {
	for _, s := range p.all {
		s.Close()
	}
}
