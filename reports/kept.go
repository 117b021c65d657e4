package reports

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// keptFor is how old a figure may be: a page, its CSV and its neighbour are then
// one count. Where very many requests were counted, which takes seconds, it may
// be older. Every page says as of when it counts.
const (
	keptFor     = 30 * time.Second
	keptForMany = 5 * time.Minute
	many        = 100_000
)

// fresh reports whether an answer may still be given at an instant. One that is
// being counted is awaited.
func (a *keptAnswer) fresh(now time.Time) bool {
	select {
	case <-a.counted:
	default:
		return now.Sub(a.at).Abs() < keptForMany
	}
	if f := a.figures; f != nil && f.Received.Total+f.Answered.Total+f.Open.Total > many {
		return now.Sub(a.at).Abs() < keptForMany
	}
	return now.Sub(a.at).Abs() < keptFor
}

// mostKept is how many answers are kept at once.
const mostKept = 200

// keptFigures keeps answers for a moment and lets those who ask the same
// question at the same time wait for one count.
type keptFigures struct {
	mu  sync.Mutex
	has map[string]*keptAnswer
}

type keptAnswer struct {
	at      time.Time
	counted chan struct{}
	figures *Figures
	err     error
}

// get returns a kept answer, or counts. What failed is not kept.
func (k *keptFigures) get(key string, now time.Time, count func() (*Figures, error)) (*Figures, error) {
	k.mu.Lock()
	if a := k.has[key]; a != nil && a.fresh(now) {
		k.mu.Unlock()
		<-a.counted
		if a.err == nil {
			return a.figures, nil
		}
		return count() // the first to ask may have gone away
	}
	a := &keptAnswer{at: now, counted: make(chan struct{})}
	if k.has == nil || len(k.has) >= mostKept {
		k.has = map[string]*keptAnswer{}
	}
	k.has[key] = a
	k.mu.Unlock()
	defer close(a.counted)
	if a.figures, a.err = count(); a.err != nil {
		k.forget(key, a)
	}
	return a.figures, a.err
}

func (k *keptFigures) forget(key string, a *keptAnswer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.has[key] == a {
		delete(k.has, key)
	}
}

// keyOf names a question with the policies that are counted for it.
func keyOf(parts []part, q Question) string {
	var policies []string
	for _, p := range parts {
		policies = append(policies, p.policy)
	}
	return fmt.Sprintf("%s|%d|%d|%s|%s|%s", strings.Join(policies, ","), q.Period.From, q.Period.Until, q.Policy, q.Law, q.Right)
}
