package hooks

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrResting is wrapped by the error of a post that was not tried, because its
// hook gave no answer a moment ago. It says nothing new about the hook.
var ErrResting = errors.New("the hook gave no answer a moment ago, and is left alone for now")

// Posts posts events as its Poster does, and leaves a hook alone for a while
// that gave no answer: each post to it would keep posts to others waiting for as
// long as one may take. Meanwhile one post now and then tries it, and all others
// hear at once what the last one did. Make one with [NewPosts].
type Posts struct {
	poster Poster
	now    func() time.Time

	mu      sync.Mutex
	resting map[string]rest // by name of the hook
}

// rest is how long a hook is left alone, and why.
type rest struct {
	until time.Time
	why   error
}

// restFor is how long a hook is left alone that gave no answer.
const restFor = 20 * time.Second

// NewPosts returns Posts that take the time from now.
func NewPosts(poster Poster, now func() time.Time) *Posts {
	return &Posts{poster: poster, now: now, resting: map[string]rest{}}
}

// Post posts an event once, as [Poster.Post] does, or returns ErrResting.
func (p *Posts) Post(ctx context.Context, h *Hook, e Event) error {
	if why := p.rests(h.Name); why != nil {
		return fmt.Errorf("%w: %w", ErrResting, why)
	}
	err := p.poster.Post(ctx, p.now(), h, e)
	if err == nil || ctx.Err() == nil { // else we hung up, not they
		p.learn(h.Name, err)
	}
	return err
}

// rests returns why a hook is left alone, or nil. Once its time is over whoever
// asks first tries it; the others leave it alone until that has come to its end.
func (p *Posts) rests(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, now := p.resting[name], p.now()
	if r.why == nil {
		return nil
	}
	if now.Before(r.until) {
		return r.why
	}
	r.until = now.Add(restFor)
	p.resting[name] = r
	return nil
}

// learn notes whether a hook answered, be it with a refusal.
func (p *Posts) learn(name string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var silent unanswered
	if errors.As(err, &silent) {
		p.resting[name] = rest{p.now().Add(restFor), silent}
		return
	}
	delete(p.resting, name)
}

// unanswered is the error of a post that nobody answered.
type unanswered string

// Error says why there was no answer.
func (u unanswered) Error() string { return string(u) }
