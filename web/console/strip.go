package console

import (
	"slices"
	"time"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/reports"
	"dsr/requests"
	"dsr/web/site"
	"dsr/web/strip"
)

// rails picks the two clocks a strip draws: of each basis the one that governs,
// else the answer's, else the first that still runs.
func rails(r *requests.Request) (promise, law *requests.Clock) {
	return chosen(r, policies.ByPromise), chosen(r, policies.ByLaw, policies.ByTarget)
}

// chosen is the clock of a basis that matters most, or nil.
func chosen(r *requests.Request, bases ...policies.Basis) *requests.Clock {
	var best *requests.Clock
	rank := func(c *requests.Clock) int {
		switch {
		case c.Governs:
			return 3
		case c.Answers():
			return 2
		case c.MetAt.IsZero():
			return 1
		}
		return 0
	}
	for i := range r.Clocks {
		c := &r.Clocks[i]
		for _, basis := range bases {
			if c.Basis == basis && (best == nil || rank(c) > rank(best)) {
				best = c
			}
		}
	}
	return best
}

// stripFor turns the clocks of a request into the facts a strip draws.
func stripFor(r *requests.Request, place deadlines.Place, now time.Time) strip.Strip {
	promise, law := rails(r)
	s := strip.Strip{
		Now: now, Zone: place.Zone, Received: r.ReceivedAt, SoonDays: reports.SoonDays,
		ReceivedNote: r.ReceivedAt.In(place.Zone).Format("15:04") + ", by " + channelName(r.Channel),
		Closed:       func(day time.Time) bool { return place.Calendar.Closed(deadlines.DateOf(day, place.Zone)) },
	}
	if promise != nil {
		s.Promise = railFor(r, promise, place, now)
	}
	if law != nil {
		s.Law = railFor(r, law, place, now)
	}
	for i := range r.Clocks {
		c := &r.Clocks[i]
		if c.Basis == policies.ByLaw && c != law && !c.Due.Before.IsZero() {
			s.Stations = append(s.Stations, strip.Station{At: c.Due.Before, Label: whatIsDue(c), Note: c.Rule.Term.String(), Met: !c.MetAt.IsZero()})
		}
	}
	return s
}

// railFor turns one clock into its rail, with the words of the team.
func railFor(r *requests.Request, c *requests.Clock, place deadlines.Place, now time.Time) *strip.Clock {
	rail := site.Rail(r, c, place)
	rail.Basis = c.Rule.Term.String()
	if c.Basis != policies.ByPromise {
		rail.Basis = r.Ruling.RegimeName
	}
	if what := whatIsDue(c); what != "answer" {
		rail.What = what
	}
	if c.Due.Extended {
		rail.FirstNote = "notice sent " + shortDay(deadlines.DateOf(r.Facts.Extension.SentAt, place.Zone), now, place)
	}
	rail.Holds = holdsOf(r, c, place, now)
	return rail
}

// holdsOf lists the pauses that stop a clock and says what each waited for.
func holdsOf(r *requests.Request, c *requests.Clock, place deadlines.Place, now time.Time) []strip.Hold {
	pauses := site.Pauses(r, c)
	holds := make([]strip.Hold, len(pauses))
	for i, h := range pauses {
		from, to := deadlines.DateOf(h.From, place.Zone), deadlines.DateOf(now, place.Zone)
		holds[i] = site.DrawHold(h, place)
		holds[i].Note = "since " + from.Time().Format("2 Jan") + ", still open"
		if !h.To.IsZero() {
			to = deadlines.DateOf(h.To, place.Zone)
			holds[i].Note = from.Time().Format("2 Jan") + " to " + to.Time().Format("2 Jan") + ", both counted"
		}
		holds[i].Label = "Held " + counted(int(to-from)+1, "day") + " for " + holdName(h.Kind)
	}
	return holds
}

// movesStart reports whether a clock waits for a hold's end before it begins.
func movesStart(c *requests.Clock, kind deadlines.HoldKind) bool {
	return slices.Contains(c.Rule.MovesStart, kind)
}

// holdName says what a hold waits for, after "held for".
func holdName(kind deadlines.HoldKind) string {
	switch kind {
	case deadlines.HoldIdentity:
		return "proof of identity"
	case deadlines.HoldAuthority:
		return "the agent’s authority"
	}
	return string(kind)
}

// channelName says by what a request came.
func channelName(channel string) string {
	if channel == "signal" {
		return "browser signal"
	}
	return channel
}
