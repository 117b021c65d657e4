package mailer

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestNoMinuteHasMoreLettersThanItMay(t *testing.T) {
	for _, pace := range []Pace{{PerMinute: 600, PerDomain: 60}, {PerMinute: 7}, {PerDomain: 1}, {PerMinute: 50, PerDomain: 49}} {
		g := newGate(pace)
		now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		passed := map[string][]time.Time{}
		for i := range 4000 {
			to := fmt.Sprintf("jane@d%d.example", i%3)
			if g.pass(now, to) == nil {
				passed[to], passed[""] = append(passed[to], now), append(passed[""], now)
			}
			now = now.Add(37 * time.Millisecond)
		}
		for to, times := range passed {
			most := pace.PerDomain
			if to == "" {
				most = pace.PerMinute
			}
			for i := range times {
				if j := i + most; most > 0 && j < len(times) && times[j].Sub(times[i]) < time.Minute {
					t.Errorf("%+v: %d letters to %q within %v", pace, most+1, to, times[j].Sub(times[i]))
					break
				}
			}
		}
		if len(passed[""]) == 0 {
			t.Errorf("%+v lets nothing pass", pace)
		}
	}
}

func TestLettersThatAreHeldHaveTheirOwnTurns(t *testing.T) {
	g := newGate(Pace{PerDomain: 60})
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	turns := map[time.Time]bool{}
	for range 100 {
		held := g.pass(now, "jane@one.example")
		if held == nil {
			continue
		}
		if !errors.Is(held, ErrTemporary) || held.Domain != "one.example" || !held.Until.After(now) || turns[held.Until] {
			t.Fatalf("%+v", held)
		}
		turns[held.Until] = true
	}
	if g.pass(now, "jane@two.example") != nil {
		t.Error("another domain is held too")
	}
}
