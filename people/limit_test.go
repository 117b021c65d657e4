package people_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/people"
)

func TestALimitGivesBackOneAttemptAfterAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		limiter := people.NewLimiter(db, newRing(t))
		rule := people.Limit{Count: 3, Per: 30 * time.Second} // one more every ten seconds
		for _, step := range []struct {
			after time.Duration
			key   string
			wait  time.Duration // 0: goes through
		}{
			{0, "a", 0},
			{0, "a", 0},
			{0, "a", 0},
			{0, "a", 10 * time.Second},
			{0, "b", 0},
			{4 * time.Second, "a", 6 * time.Second},
			{10 * time.Second, "a", 0},
			{10 * time.Second, "a", 10 * time.Second},
			{31 * time.Second, "a", 0},
			{31 * time.Second, "a", 0},
			{31 * time.Second, "a", 9 * time.Second},
			{time.Hour, "a", 0},
			{time.Hour, "a", 0},
			{time.Hour, "a", 0},
			{time.Hour, "a", 10 * time.Second},
			// The clock is set back by little: the wait is bounded.
			{time.Hour - 20*time.Second, "a", 30 * time.Second},
			// The clock is set back by a lot: what was counted is forgotten.
			{time.Minute, "a", 0},
			{time.Minute, "a", 0},
			{time.Minute, "a", 0},
			{time.Minute, "a", 10 * time.Second},
		} {
			ok, wait, err := limiter.Allow(t.Context(), monday.Add(step.after), "intake", step.key, rule)
			if err != nil || ok != (step.wait == 0) || wait != step.wait {
				t.Errorf("after %v for %q: %v, wait %v, %v; want to wait %v", step.after, step.key, ok, wait, err, step.wait)
			}
		}
		if ok, _, err := limiter.Allow(t.Context(), monday.Add(time.Minute), "code", "a", rule); !ok || err != nil {
			t.Errorf("another door counts on its own: %v, %v", ok, err)
		}
	})
}

func TestALimitOfNothingLetsNothingThrough(t *testing.T) {
	limiter := people.NewLimiter(dbtest.Open(t, dbtest.SQLite(t)), newRing(t))
	for _, rule := range []people.Limit{{}, {Count: 3}, {Per: time.Hour}, {Count: -1, Per: time.Hour}} {
		if ok, wait, err := limiter.Allow(t.Context(), monday, "intake", "a", rule); ok || wait <= 0 || err != nil {
			t.Errorf("%+v: %v, %v, %v", rule, ok, wait, err)
		}
	}
}

func TestNoStretchOfTimeSeesMoreThanTheLimit(t *testing.T) {
	limiter := people.NewLimiter(dbtest.Open(t, dbtest.SQLite(t)), newRing(t))
	rule := people.Limit{Count: 4, Per: 60 * time.Second}
	random := rand.New(rand.NewPCG(7, 7))
	now := monday
	var let []time.Time
	for range 400 {
		now = now.Add(time.Duration(random.IntN(12_000)) * time.Millisecond)
		ok, wait, err := limiter.Allow(t.Context(), now, "intake", "a", rule)
		if err != nil || ok == (wait > 0) {
			t.Fatal(ok, wait, err)
		}
		if !ok {
			continue
		}
		let = append(let, now)
		for n := rule.Count + 1; n <= len(let); n++ {
			stretch := now.Sub(let[len(let)-n])
			if most := rule.Count + int(stretch*time.Duration(rule.Count)/rule.Per); n > most {
				t.Fatalf("%d went through in %v", n, stretch)
			}
		}
	}
	if len(let) < 120 {
		t.Errorf("only %d of 400 went through", len(let))
	}
}

func TestProcessesShareTheCount(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		ring := newRing(t)
		processes := []*people.Limiter{
			people.NewLimiter(dbtest.Open(t, url), ring),
			people.NewLimiter(dbtest.Open(t, url), ring),
		}
		var through atomic.Int64
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				ok, _, err := processes[i%2].Allow(t.Context(), monday, "intake", office, people.Limit{Count: 7, Per: time.Hour})
				if err != nil {
					t.Error(err)
				}
				if ok {
					through.Add(1)
				}
			})
		}
		all.Wait()
		if through.Load() != 7 {
			t.Errorf("%d of 40 at once went through a limit of 7", through.Load())
		}
	})
}

func TestWhatBelongsToOneNetwork(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1": "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
	} {
		if got := people.NetworkOf(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
	if got := people.NetworkOf(netip.Addr{}); got != fmt.Sprint(netip.Addr{}) {
		t.Errorf("no address: %q", got)
	}
}
