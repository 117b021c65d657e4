package mailer

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Pace is how many letters leave in any minute at most: in all, and to one
// domain. 0: as many as there are.
type Pace struct{ PerMinute, PerDomain int }

// Held says that a letter was not tried, because too many left a moment ago.
// It is an ErrTemporary, but no attempt.
type Held struct {
	Until  time.Time // when its turn is
	Domain string    // the one that takes no more for now; "": all of them together
}

// Error says what held the letter.
func (h *Held) Error() string {
	if h.Domain == "" {
		return fmt.Sprintf("%v: as many letters left as may in a minute", ErrTemporary)
	}
	return fmt.Sprintf("%v: as many letters left to %s as may in a minute", ErrTemporary, h.Domain)
}

// Unwrap makes errors.Is(err, ErrTemporary) true.
func (h *Held) Unwrap() error { return ErrTemporary }

// gate lets letters pass at a pace.
type gate struct {
	pace    Pace
	mu      sync.Mutex
	all     meter
	domains map[string]*meter
}

// mostDomains is how many domains are remembered before those are forgotten to
// which nothing left lately.
const mostDomains = 2000

func newGate(pace Pace) *gate {
	return &gate{pace: pace, all: newMeter(pace.PerMinute), domains: map[string]*meter{}}
}

// pass lets one letter pass, or says how long it is held.
func (g *gate) pass(now time.Time, to string) *Held {
	domain := strings.ToLower(DomainOf(to))
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.domains[domain]
	if one == nil {
		g.forget(now)
		m := newMeter(g.pace.PerDomain)
		one = &m
		g.domains[domain] = one
	}
	switch {
	case !one.open(now):
		return &Held{Until: one.turn(now), Domain: domain}
	case !g.all.open(now):
		return &Held{Until: g.all.turn(now)}
	}
	one.count(now)
	g.all.count(now)
	return nil
}

// forget drops the domains whose count no longer matters.
func (g *gate) forget(now time.Time) {
	if len(g.domains) < mostDomains {
		return
	}
	for domain, m := range g.domains {
		if m.next.Before(now) && m.last.Before(now) {
			delete(g.domains, domain)
		}
	}
}

// meter spreads n letters over a minute: a tenth may leave at once, the others
// one by one, so that no minute, wherever it begins, has more than n.
type meter struct {
	every time.Duration // between two letters; 0: no limit
	slack time.Duration // what may be ahead of that
	next  time.Time     // when the next is due at an even pace
	last  time.Time     // the last turn that was promised
}

func newMeter(n int) meter {
	if n <= 0 {
		return meter{}
	}
	atOnce := max(1, n/10)
	every := time.Minute / time.Duration(max(1, n-atOnce))
	return meter{every: every, slack: time.Duration(atOnce-1) * every}
}

func (m *meter) open(now time.Time) bool { return m.every == 0 || !m.next.Add(-m.slack).After(now) }

func (m *meter) count(now time.Time) {
	if m.next.Before(now) {
		m.next = now
	}
	m.next = m.next.Add(m.every)
}

// turn promises a moment to a letter that is held; no two get the same, so that
// they do not all come back at once.
func (m *meter) turn(now time.Time) time.Time {
	at := m.next.Add(-m.slack)
	if after := m.last.Add(m.every); after.After(at) && m.last.After(now) {
		at = after
	}
	m.last = at
	return at
}
