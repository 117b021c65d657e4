package reports_test

import (
	"fmt"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/policies"
	"dsr/reports"
)

// recount makes the same lines from the timelines alone.
func (h *house) recount(all []*told, q reports.Question) string {
	var c counted
	n := newSums()
	for _, t := range all {
		if q.Policy != "" && t.Policy != q.Policy || q.Law != "" && !strings.EqualFold(t.law.Regime, q.Law) || q.Right != "" && t.Right != q.Right {
			continue
		}
		zone := h.ZoneOf(t.Policy)
		within := func(at time.Time) bool {
			day := deadlines.DateOf(at, zone)
			return !at.IsZero() && day >= q.Period.From && day <= q.Period.Until
		}
		today := deadlines.DateOf(lookBack, zone)
		n.open(t, today, deadlines.DateOf(lookBack, h.ZoneOf(q.Policy)))
		if t.AppealOf != 0 {
			if within(t.ReceivedAt) {
				n.appeals++
			}
			continue
		}
		if within(t.ReceivedAt) && t.outcome != "spam" && t.outcome != "no_request" {
			n.receive(t, deadlines.DateOf(t.ReceivedAt, zone), q.Period)
		}
		if within(t.answer()) {
			n.answer(t, zone)
		}
		n.clocks(t, within)
	}
	n.lines(&c)
	return c.text()
}

// sums are the figures while they are counted.
type sums struct {
	received, appeals, answered, lateOpen int
	steps, rights, laws, outcomes         tally
	days                                  list
	law, promise                          reports.Share
	groups                                map[string]list
	groupLaw, promises, handlerLaw        map[string]reports.Share
	systemLaw                             map[string]reports.Share
	wording                               map[string]string
	standing                              reports.Standing
	load, byPromise                       map[deadlines.Date]int
	proof                                 reports.Proof
	team, systems, requester              time.Duration
	handlers, hours                       map[string]list
}

func newSums() *sums {
	return &sums{
		steps: tally{}, rights: tally{}, laws: tally{}, outcomes: tally{}, groups: map[string]list{}, groupLaw: map[string]reports.Share{},
		promises: map[string]reports.Share{}, handlerLaw: map[string]reports.Share{}, systemLaw: map[string]reports.Share{}, wording: map[string]string{},
		load: map[deadlines.Date]int{}, byPromise: map[deadlines.Date]int{}, handlers: map[string]list{}, hours: map[string]list{},
	}
}

func (n *sums) receive(t *told, day deadlines.Date, p reports.Period) {
	n.received++
	n.rights[string(t.Right)]++
	n.laws[t.law.Regime]++
	first, last := p.From, endOf(p.From, p) // of the step the day lies in
	for day > last {
		first, last = last+1, endOf(last+1, p)
	}
	n.steps[fmt.Sprintf("%s to %s", first, last)]++
	n.steps[fmt.Sprintf("%s %s", first, t.Right)]++
	if t.Right.IsOptOut() || t.Agent != 0 || !t.ruling.Level.Needs(identity.Locate) {
		return
	}
	n.proof.Needed++
	if t.returned {
		n.proof.Returned++
	}
	switch {
	case !t.ruling.Level.Needs(t.verified):
		n.proof.Proved++
	case t.outcome == "lapsed":
		n.proof.Lapsed++
	case t.ended.IsZero():
		n.proof.Open++
	default:
		n.proof.Ended++
	}
}

// endOf is the last day of the week, month or year of a day, within a period.
func endOf(day deadlines.Date, p reports.Period) deadlines.Date {
	for d := day; d < p.Until; d++ {
		y, m, _ := d.Civil()
		ny, nm, _ := (d + 1).Civil()
		switch p.Step() {
		case reports.ByWeek:
			if d.Weekday() == time.Sunday {
				return d
			}
		case reports.ByMonth:
			if m != nm {
				return d
			}
		default:
			if y != ny {
				return d
			}
		}
	}
	return p.Until
}

func (n *sums) answer(t *told, zone *time.Location) {
	at := t.answer()
	days := int(deadlines.DateOf(at, zone) - deadlines.DateOf(t.ReceivedAt, zone))
	n.answered++
	n.days = append(n.days, days)
	n.outcomes[t.outcome]++
	group := fmt.Sprintf("%s %s", t.Right, t.law.Regime)
	n.groups[group] = append(n.groups[group], days)
	law := n.kept(t, at, "respond.law", "opt_out.law")
	add(n.groupLaw, group, law)
	n.law.Part, n.law.Of = n.law.Part+law.Part, n.law.Of+law.Of
	promise := n.kept(t, at, "respond.promise", "opt_out.promise")
	n.promise.Part, n.promise.Of = n.promise.Part+promise.Part, n.promise.Of+promise.Of
	n.promised(t, promise, "respond.promise", "opt_out.promise")
	n.team, n.systems, n.requester = n.team+t.team, n.systems+t.search, n.requester+t.requester
	handler := fmt.Sprint(t.assignee)
	n.handlers[handler] = append(n.handlers[handler], days)
	add(n.handlerLaw, handler, law)
	for _, system := range t.systems {
		name := t.Policy + " " + system
		n.hours[name] = append(n.hours[name], int(t.search.Hours()))
		add(n.systemLaw, name, law)
	}
}

func add(to map[string]reports.Share, key string, s reports.Share) {
	to[key] = reports.Share{Part: to[key].Part + s.Part, Of: to[key].Of + s.Of}
}

// kept is whether something done at an instant kept the first of some clocks.
func (n *sums) kept(t *told, at time.Time, names ...string) reports.Share {
	var limit time.Time
	for _, name := range names {
		if c := t.clock(name); c != nil {
			if due := t.dues[name]; limit.IsZero() || due.Limit().Before(limit) {
				limit = due.Limit()
			}
		}
	}
	switch {
	case limit.IsZero():
		return reports.Share{}
	case at.Before(limit) || at.Equal(limit) && t.clock(names...).Rule.Term.Unit == deadlines.Hours:
		return reports.Share{Part: 1, Of: 1}
	}
	return reports.Share{Of: 1}
}

func (n *sums) promised(t *told, kept reports.Share, names ...string) {
	c := t.clock(names...)
	if c == nil || kept.Of == 0 {
		return
	}
	key := fmt.Sprintf("%s %s %q", t.Policy, c.Kind, c.Phrase)
	n.wording[key] = c.Wording
	add(n.promises, key, kept)
}

// clocks counts promises that no answer keeps, and what is late and open.
func (n *sums) clocks(t *told, within func(time.Time) bool) {
	for i := range t.ruling.Clocks {
		c := &t.ruling.Clocks[i]
		name, due := c.Name(), t.dues[c.Name()]
		met, done := t.met[name]
		byAnswer := c.Kind == policies.Respond || c.Kind == policies.OptOut
		switch {
		case done && c.Basis == policies.ByPromise && !byAnswer && within(met) && t.outcome != "withdrawn" && t.outcome != "spam" && t.outcome != "no_request":
			n.promised(t, n.kept(t, met, name), name)
		case done || !t.ended.IsZero() || due.Held != "" || due.Limit().After(lookBack) || !within(due.Limit()):
		case c.Basis == policies.ByPromise:
			n.promised(t, reports.Share{Of: 1}, name)
			if byAnswer {
				n.promise.Of++
			}
		case c.Basis == policies.ByLaw && byAnswer:
			n.law.Of++
			n.lateOpen++
			add(n.groupLaw, fmt.Sprintf("%s %s", t.Right, t.law.Regime), reports.Share{Of: 1})
		}
	}
}

func (n *sums) open(t *told, today, asked deadlines.Date) {
	if !t.ended.IsZero() {
		return
	}
	n.standing.Total++
	c := t.governing()
	if c == nil {
		n.standing.Nothing++
		return
	}
	due := t.dues[c.Name()]
	switch left := due.Date - today; {
	case due.Held != "":
		n.standing.Held++
		return
	case !due.Limit().After(lookBack):
		n.standing.Overdue++
		return
	case left <= 0:
		n.standing.Today++
	case left <= 4:
		n.standing.Soon++
	case left <= 7:
		n.standing.Week++
	default:
		n.standing.Later++
	}
	if ahead := max(0, due.Date-asked); ahead < 30 {
		n.load[asked+ahead]++
		if c.Basis == policies.ByPromise {
			n.byPromise[asked+ahead]++
		}
	}
}

func (n *sums) lines(c *counted) {
	c.line("received: %d, appeals %d", n.received, n.appeals)
	n.steps.lines(c, "step")
	n.rights.lines(c, "right")
	n.laws.lines(c, "law")
	n.outcomes.lines(c, "outcome")
	c.line("answered: %d, late and open %d, days %s", n.answered, n.lateOpen, n.days)
	c.line("on time: law %v, promise %v", n.law, n.promise)
	for group := range n.groupLaw {
		c.line("group %s: %s, law %v", group, n.groups[group], n.groupLaw[group])
	}
	c.line("open: %+v", n.standing)
	for day, due := range n.load {
		c.line("load %s: %d, %d by promise", day, due, n.byPromise[day])
	}
	for key, kept := range n.promises {
		c.line("promise %s: %v, %s", key, kept, n.wording[key])
	}
	c.line("proof: %+v", n.proof)
	c.line("waiting: %d of %d, %v %v %v", n.answered, n.answered, n.team, n.systems, n.requester)
	for handler, days := range n.handlers {
		c.line("handler %s: %d, %v, %s", handler, len(days), n.handlerLaw[handler], days)
	}
	for system, hours := range n.hours {
		c.line("system %s: %s, %v", system, hours, n.systemLaw[system])
	}
}
