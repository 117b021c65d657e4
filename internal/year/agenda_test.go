package year_test

import (
	"slices"
	"time"
)

// agenda is what is to happen, by instant.
type agenda []appointment

type appointment struct {
	at time.Time
	do func()
}

// add writes something down.
func (a *agenda) add(at time.Time, do func()) { *a = append(*a, appointment{at, do}) }

// until lets happen what is due, in order, each at its instant.
func (a *agenda) until(end time.Time, w *world) {
	for {
		slices.SortStableFunc(*a, func(x, y appointment) int { return x.at.Compare(y.at) })
		due := 0
		for due < len(*a) && !(*a)[due].at.After(end) {
			due++
		}
		if due == 0 {
			w.clock = end
			return
		}
		now := slices.Clone((*a)[:due])
		*a = slices.Delete(*a, 0, due)
		for _, next := range now {
			if next.at.After(w.clock) {
				w.clock = next.at
			}
			next.do()
		}
	}
}
