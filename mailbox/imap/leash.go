package imap

import (
	"context"
	"net"
	"sync"
	"time"
)

// leash is a connection that is cut when the server takes more time or sends
// more bytes than the command under way can need. The client library bounds
// neither: it waits for an answer for ever, and keeps a line however long.
type leash struct {
	net.Conn

	mu   sync.Mutex
	left int64 // bytes that may still come
	why  error // the connection was cut, and why
}

// Read reads what is still allowed.
func (l *leash) Read(p []byte) (int, error) {
	l.mu.Lock()
	left, why := l.left, l.why
	l.mu.Unlock()
	switch {
	case why != nil:
		return 0, why
	case left <= 0:
		l.cut(ErrFlood)
		return 0, ErrFlood
	}
	n, err := l.Conn.Read(p[:min(int64(len(p)), left)])
	l.mu.Lock()
	l.left -= int64(n)
	l.mu.Unlock()
	return n, err
}

// SetReadDeadline does nothing: the library's deadlines know neither the
// command nor the size of the message. Ours are in within.
func (l *leash) SetReadDeadline(time.Time) error { return nil }

// cut ends the connection. The first reason stays.
func (l *leash) cut(why error) {
	l.mu.Lock()
	if l.why == nil {
		l.why = why
	}
	l.mu.Unlock()
	l.Conn.Close()
}

func (l *leash) cause() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

// allow says how many bytes may come from now on.
func (l *leash) allow(bytes int64) {
	l.mu.Lock()
	l.left = bytes
	l.mu.Unlock()
}

// within does something with the server for which it may take d and send so
// many bytes. Where the connection was cut, the error says why.
func (l *leash) within(d time.Duration, bytes int64, do func() error) error {
	l.allow(bytes)
	timer := time.AfterFunc(d, func() { l.cut(ErrSilent) })
	defer timer.Stop()
	err := do()
	if why := l.cause(); why != nil {
		return why
	}
	return err
}

// tie cuts the connection when ctx ends, until the function it returns is
// called.
func (l *leash) tie(ctx context.Context) (release func() bool) {
	return context.AfterFunc(ctx, func() { l.cut(ctx.Err()) })
}
