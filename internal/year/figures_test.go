package year_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"dsr/deadlines"
	"dsr/reports"
	"dsr/requests"
)

// checkFigures counts some figures of the reports by hand.
func (w *world) checkFigures(ctx context.Context) error {
	desk, err := reports.Open(w.houses[0].db, w.houses[0].office.Book(), w.words)
	if err != nil {
		return err
	}
	for _, pack := range w.packs()[:3] {
		zone := desk.ZoneOf(pack.ID)
		today := deadlines.DateOf(w.clock, zone)
		for _, period := range []reports.Period{{From: today.AddDays(-29), Until: today}, {From: today.AddDays(-100), Until: today.AddDays(-40)}} {
			f, err := desk.Figures(ctx, w.team.chief, w.clock, reports.Question{Period: period, Policy: pack.ID})
			if err != nil {
				return err
			}
			got, want := figures(f), w.byHand(pack.ID, zone, period)
			if got != want {
				w.fault(nil, "the figures of %s from %s to %s are\n%s\nby hand\n%s", pack.ID, period.From, period.Until, got, want)
			}
		}
	}
	return nil
}

// figures writes the part of an answer that is counted here.
func figures(f *reports.Figures) string {
	right, law, outcomes := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range f.Received.ByRight {
		right[string(c.Of)] = c.N
	}
	for _, c := range f.Received.ByLaw {
		law[c.Of] = c.N
	}
	for _, c := range f.Answered.Outcomes {
		outcomes[c.Of] = c.N
	}
	return written(f.Received.Total, f.Received.Appeals, f.Answered.Total, f.Open.Total, f.Open.Overdue, f.Open.Held, f.Open.Nothing, right, law, outcomes)
}

func written(received, appeals, answered, open, overdue, held, nothing int, tallies ...map[string]int) string {
	s := fmt.Sprintf("received %d, appeals %d, answered %d, open %d, overdue %d, held %d, nothing runs %d", received, appeals, answered, open, overdue, held, nothing)
	for _, t := range tallies {
		s += "\n"
		for _, name := range slices.Sorted(maps.Keys(t)) {
			if t[name] > 0 {
				s += fmt.Sprintf(" %s:%d", name, t[name])
			}
		}
	}
	return s
}

// byHand counts the same over the timelines. What was set aside as spam is no
// request, and an appeal no new one.
func (w *world) byHand(policy string, zone *time.Location, period reports.Period) string {
	var received, appeals, answered, open, overdue, held, nothing int
	right, law, outcomes := map[string]int{}, map[string]int{}, map[string]int{}
	within := func(at time.Time) bool {
		d := deadlines.DateOf(at, zone)
		return !at.IsZero() && d >= period.From && d <= period.Until
	}
	for _, m := range w.ledger.order {
		if m.policy != policy || m.outcome == requests.Spam {
			continue
		}
		if within(m.facts.ReceivedAt) && m.appealOf != 0 {
			appeals++
		} else if within(m.facts.ReceivedAt) {
			received++
			right[string(m.right)]++
			law[m.law.Regime]++
		}
		if at := m.answer(); m.appealOf == 0 && within(at) {
			answered++
			outcomes[m.outcome]++
		}
		if !m.open() {
			continue
		}
		open++
		due, runs, err := m.governing(w.clock)
		switch {
		case err != nil:
			w.fault(m, "%v", err)
		case !runs:
			nothing++
		case due.Held != "":
			held++
		case !due.OnTime(w.clock):
			overdue++
		}
	}
	return written(received, appeals, answered, open, overdue, held, nothing, right, law, outcomes)
}

// answer is when the person heard what became of their request, or zero.
func (m *matter) answer() time.Time {
	if m.answered.IsZero() && !m.open() && (m.outcome == requests.NotUs || m.outcome == requests.Unproved) {
		return m.closed
	}
	return m.answered
}
