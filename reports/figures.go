package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"dsr/access"
	"dsr/deadlines"
	"dsr/policies"
)

// Figures is the answer to a question: everything the dashboard shows.
type Figures struct {
	Question Question
	Policies []string // those that were counted
	AsOf     time.Time
	Today    deadlines.Date // of the zone asked in: the policy's, or UTC for several

	Received Received
	Answered Answered
	Open     Standing
	Promises []Promise
	Load     []Load // LoadDays of them
	Proof    Proof
	Waiting  Waiting
	Handlers []Handler
	Systems  []System // the slowest first
}

// Figures counts what the caller may see of a question, as of an instant. An
// answer is kept for keptFor and given again to the same question.
func (d *Desk) Figures(ctx context.Context, caller access.Caller, now time.Time, q Question) (*Figures, error) {
	if err := q.Period.Valid(); err != nil {
		return nil, err
	}
	parts, err := d.parts(ctx, caller, now, q)
	if err != nil {
		return nil, err
	}
	return d.kept.get(keyOf(parts, q), now, func() (*Figures, error) { return d.count(ctx, now, q, parts) })
}

// count counts every part and puts the sums together. Two parts are counted at
// a time: reading does not wait for reading.
func (d *Desk) count(ctx context.Context, now time.Time, q Question, parts []part) (*Figures, error) {
	f := d.empty(now, q)
	figures, faults := make([]*Figures, len(parts)), make([]error, len(parts))
	turnstile := make(chan struct{}, 2)
	var done sync.WaitGroup
	for i, p := range parts {
		f.Policies = append(f.Policies, p.policy)
		turnstile <- struct{}{}
		done.Go(func() {
			figures[i], faults[i] = d.countPart(ctx, now, q, p)
			<-turnstile
		})
	}
	done.Wait()
	for i, of := range figures {
		if faults[i] != nil {
			return nil, fmt.Errorf("figures of %s: %w", parts[i].policy, faults[i])
		}
		f.plus(of)
	}
	f.sort()
	return f, nil
}

// empty are the figures of nothing.
func (d *Desk) empty(now time.Time, q Question) *Figures {
	f := &Figures{Question: q, AsOf: now, Today: deadlines.DateOf(now, d.ZoneOf(q.Policy)), Load: make([]Load, LoadDays)}
	f.Received.Steps = q.Period.steps()
	for i := range f.Load {
		f.Load[i].Day = f.Today.AddDays(i)
	}
	return f
}

func (d *Desk) countPart(ctx context.Context, now time.Time, q Question, p part) (*Figures, error) {
	f := d.empty(now, q)
	for _, count := range []func(context.Context, part, *Figures) error{
		d.countReceived, d.countAnswered, d.countLate, d.countPromises, d.countOpen, d.lookClosely,
	} {
		if err := count(ctx, p, f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// plus adds the figures of another policy.
func (f *Figures) plus(other *Figures) {
	f.Received.plus(&other.Received)
	f.Answered.plus(&other.Answered)
	f.Open.plus(&other.Open)
	f.Proof.plus(&other.Proof)
	f.Waiting.plus(&other.Waiting)
	f.Promises = append(f.Promises, other.Promises...) // each belongs to one policy
	f.Systems = append(f.Systems, other.Systems...)
	for i := range f.Load {
		f.Load[i].Due += other.Load[i].Due
		f.Load[i].ByPromise += other.Load[i].ByPromise
	}
	for _, h := range other.Handlers {
		mine := f.handler(h.ID)
		mine.Answers += h.Answers
		mine.OnLaw.plus(h.OnLaw)
		mine.Days.plus(h.Days)
	}
}

func (f *Received) plus(other *Received) {
	f.Total += other.Total
	f.Appeals += other.Appeals
	for i := range f.Steps {
		f.Steps[i].Total += other.Steps[i].Total
		for right, n := range other.Steps[i].ByRight {
			f.Steps[i].ByRight[right] += n
		}
	}
	for _, c := range other.ByRight {
		count(&f.ByRight, c.Of, c.N)
	}
	for _, c := range other.ByLaw {
		count(&f.ByLaw, c.Of, c.N)
	}
}

func (f *Answered) plus(other *Answered) {
	f.Total += other.Total
	f.LateOpen += other.LateOpen
	f.Law.plus(other.Law)
	f.Promise.plus(other.Promise)
	f.Days.plus(other.Days)
	for _, c := range other.Outcomes {
		count(&f.Outcomes, c.Of, c.N)
	}
	for _, g := range other.ByGroup {
		i := slices.IndexFunc(f.ByGroup, func(mine Group) bool { return mine.Right == g.Right && mine.Law == g.Law })
		if i < 0 {
			f.ByGroup = append(f.ByGroup, Group{Right: g.Right, Law: g.Law, Term: g.Term})
			i = len(f.ByGroup) - 1
		}
		f.ByGroup[i].Days.plus(g.Days)
		f.ByGroup[i].OnLaw.plus(g.OnLaw)
	}
}

func (s *Standing) plus(other *Standing) {
	s.Total, s.Overdue, s.Today, s.Soon = s.Total+other.Total, s.Overdue+other.Overdue, s.Today+other.Today, s.Soon+other.Soon
	s.Week, s.Later, s.Held, s.Nothing = s.Week+other.Week, s.Later+other.Later, s.Held+other.Held, s.Nothing+other.Nothing
}

func (f *Proof) plus(other *Proof) {
	f.Needed, f.Proved, f.Open = f.Needed+other.Needed, f.Proved+other.Proved, f.Open+other.Open
	f.Lapsed, f.Ended, f.Returned = f.Lapsed+other.Lapsed, f.Ended+other.Ended, f.Returned+other.Returned
}

func (w *Waiting) plus(other *Waiting) {
	w.Answers, w.Of = w.Answers+other.Answers, w.Of+other.Of
	w.Team, w.Systems, w.Requester = w.Team+other.Team, w.Systems+other.Systems, w.Requester+other.Requester
}

// sort puts lists in an order that is the same each time: the most first.
func (f *Figures) sort() {
	slices.SortFunc(f.Received.ByRight, func(a, b Count[policies.Right]) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Of, b.Of)) })
	slices.SortFunc(f.Received.ByLaw, func(a, b Count[string]) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Of, b.Of)) })
	slices.SortFunc(f.Answered.Outcomes, func(a, b Count[string]) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Of, b.Of)) })
	slices.SortFunc(f.Answered.ByGroup, func(a, b Group) int {
		return cmp.Or(b.Days.N()-a.Days.N(), cmp.Compare(a.Right, b.Right), strings.Compare(a.Law, b.Law))
	})
	slices.SortFunc(f.Promises, func(a, b Promise) int {
		return cmp.Or(strings.Compare(a.Policy, b.Policy), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Phrase, b.Phrase))
	})
	slices.SortFunc(f.Handlers, func(a, b Handler) int { return cmp.Or(b.Answers-a.Answers, cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(f.Systems, slower)
}
