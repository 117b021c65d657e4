package site

import (
	"slices"
	"time"

	"dsr/deadlines"
	"dsr/requests"
	"dsr/web/strip"
)

// Rail turns one clock into the facts of its rail on a deadline strip. The
// words beside them are its door's.
func Rail(r *requests.Request, c *requests.Clock, place deadlines.Place) *strip.Clock {
	rail := &strip.Clock{Due: c.Due.Limit(), Hours: c.Due.Before.IsZero(), Governs: c.Governs, Provisional: c.Due.Held != "", Met: c.MetAt}
	if rail.Hours {
		rail.Due = rail.Due.Add(time.Nanosecond) // hours end with their instant, a strip just before it
	}
	if start := c.Due.Start.Start(place.Zone); c.Due.Start > deadlines.DateOf(r.ReceivedAt, place.Zone) {
		rail.Start = start
	}
	for _, h := range Pauses(r, c) {
		rail.Holds = append(rail.Holds, DrawHold(h, place))
	}
	if c.Due.Extended {
		rail.FirstDue = c.Due.FirstBefore
	}
	if c.Due.Date > c.Due.Unrolled {
		rail.RolledFrom = c.Due.Unrolled.AddDays(1).Start(place.Zone)
	}
	return rail
}

// Pauses lists the holds of a request that stop a clock.
func Pauses(r *requests.Request, c *requests.Clock) []deadlines.Hold {
	var pauses []deadlines.Hold
	for _, h := range r.Facts.Holds {
		if Stops(c, h.Kind) {
			pauses = append(pauses, h)
		}
	}
	return pauses
}

// DrawHold is a hold in whole local days: the law takes out dates, not hours.
// One that is still open has no end.
func DrawHold(h deadlines.Hold, place deadlines.Place) strip.Hold {
	drawn := strip.Hold{From: deadlines.DateOf(h.From, place.Zone).Start(place.Zone)}
	if !h.To.IsZero() {
		drawn.To = deadlines.DateOf(h.To, place.Zone).AddDays(1).Start(place.Zone)
	}
	return drawn
}

// Stops reports whether a hold of a kind suspends a clock.
func Stops(c *requests.Clock, kind deadlines.HoldKind) bool {
	return slices.Contains(c.Rule.Suspends, kind)
}
