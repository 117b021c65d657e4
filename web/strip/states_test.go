package strip_test

import (
	"fmt"
	"time"

	"dsr/web/strip"
)

// Every drawing below is of the same Saturday afternoon in London.
var (
	london = mustZone("Europe/London")
	now    = time.Date(2026, 11, 21, 17, 20, 0, 0, london)
)

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

func day(month time.Month, d int) time.Time { return at(month, d, 0, 0) }

func at(month time.Month, d, hour, minute int) time.Time {
	return time.Date(2026, month, d, hour, minute, 0, 0, london)
}

// end is the exclusive instant of a date due.
func end(month time.Month, d int) time.Time { return day(month, d+1) }

type state struct {
	name string
	strip.Strip
}

func base(received time.Time, promise, law *strip.Clock) strip.Strip {
	return strip.Strip{Now: now, Zone: london, Received: received, Promise: promise, Law: law}
}

func largeStates() []state {
	onTime := base(at(11, 3, 10, 0),
		&strip.Clock{Basis: "30 days", Due: end(12, 3), Governs: true},
		&strip.Clock{Basis: "CCPA, 45 days", Due: end(12, 18)})
	hours := base(at(11, 20, 22, 10),
		&strip.Clock{Basis: "48 hours", What: "first reply", Due: at(11, 22, 22, 10), Hours: true, Governs: true},
		&strip.Clock{Basis: "CCPA, 45 days", What: "answer", Due: end(13, 4)})
	hours.Stations = []strip.Station{{At: end(12, 7), Label: "acknowledge", Note: "10 business days"}}
	extended := base(at(9, 15, 9, 0),
		&strip.Clock{Basis: "48 hours", What: "first reply", Due: at(9, 17, 9, 0), Hours: true, Met: at(9, 16, 12, 0)},
		&strip.Clock{Basis: "CCPA, 90 days", Due: end(12, 14), Governs: true, FirstDue: end(10, 30), FirstNote: "notice sent 27 Oct"})
	return []state{
		{"on-time", onTime},
		{"soon-hold-closed-rolled", clarified()},
		{"held", base(at(10, 27, 9, 0), nil,
			&strip.Clock{Basis: "EU GDPR", Due: end(12, 7), Governs: true, Provisional: true, Holds: []strip.Hold{{From: day(11, 13), Label: "Held, waiting for ID, day 9"}}})},
		{"extended", extended},
		{"overdue", base(at(10, 19, 8, 0),
			&strip.Clock{Basis: "30 days", Due: end(11, 18), Governs: true},
			&strip.Clock{Basis: "EU GDPR", Due: end(11, 19)})},
		{"promise-in-hours", hours},
		{"answered", base(at(10, 20, 9, 0),
			&strip.Clock{Basis: "30 days", Due: end(11, 19), Met: at(11, 18, 15, 0), Reason: "That was 30 days after you asked"},
			&strip.Clock{Basis: "UK GDPR", Due: end(11, 25), Met: at(11, 18, 15, 0), Reason: "One month, plus those 5 days", Holds: []strip.Hold{{From: day(10, 22), To: end(10, 26)}}})},
	}
}

// clarified is the request of the design's request page: soon, a hold closed,
// the law's date rolled over a weekend.
func clarified() strip.Strip {
	s := base(at(10, 26, 9, 12),
		&strip.Clock{Basis: "30 days", Due: end(11, 25), Governs: true, Reason: "Moxora’s privacy policy says 30 days"},
		&strip.Clock{Basis: "UK GDPR", Due: end(12, 7), RolledFrom: end(12, 5), Reason: "The United Kingdom gives us one month",
			Holds: []strip.Hold{{From: day(10, 28), To: end(11, 5), Label: "Held 9 days for clarification", Note: "28 Oct to 5 Nov, both counted"}}})
	s.ReceivedNote = "09:12, by form"
	return s
}

func miniStates() []state {
	law := func(received, due time.Time) strip.Strip {
		return base(received, nil, &strip.Clock{Basis: "EU GDPR", Due: due, Governs: true})
	}
	both := func(received, promise, law time.Time) strip.Strip {
		return base(received, &strip.Clock{Due: promise, Governs: true}, &strip.Clock{Due: law})
	}
	held := law(at(11, 1, 9, 0), end(12, 7))
	held.Law.Provisional, held.Law.Holds = true, []strip.Hold{{From: day(11, 13)}}
	extended := law(at(9, 20, 9, 0), end(12, 14))
	extended.Law.FirstDue = end(10, 30)
	soon := clarified()
	return []state{
		{"on time, promise and law", both(at(11, 3, 10, 0), end(12, 3), end(12, 18))},
		{"due in 4 days or less", soon},
		{"due today", both(at(10, 22, 10, 0), end(11, 21), end(11, 23))},
		{"overdue 17 days", both(at(10, 5, 10, 0), end(11, 4), end(11, 5))},
		{"law only, no promise stated", law(at(11, 2, 10, 0), end(12, 2))},
		{"held, date provisional", held},
		{"extended, notch at first date", extended},
		{"due beyond the window", both(at(11, 20, 10, 0), end(12, 20), end(12, 60))},
	}
}

func requesterStates() []state {
	same := base(at(11, 3, 10, 0), &strip.Clock{Due: end(12, 3), Governs: true}, &strip.Clock{Due: end(12, 3)})
	waiting := base(at(10, 27, 9, 0), nil, &strip.Clock{Due: end(12, 7), Governs: true, Provisional: true, Holds: []strip.Hold{{From: day(11, 13), Note: "Please send us your answer"}}})
	asked := base(at(11, 21, 17, 19),
		&strip.Clock{Due: end(12, 21), Governs: true, Reason: "Moxora’s privacy policy says 30 days"},
		&strip.Clock{Due: end(13, 5), Reason: "California gives us 45 days"})
	return []state{
		{"just asked", asked},
		{"waiting is over", clarified()},
		{"no promise", base(at(11, 9, 9, 0), nil, &strip.Clock{Due: end(12, 9), Governs: true, Reason: "The law gives us one month"})},
		{"same day", same},
		{"answered", largeStates()[6].Strip},
		{"waiting for a reply", waiting},
		{"late", largeStates()[4].Strip},
		{"promise in hours", largeStates()[5].Strip},
	}
}

func english() strip.Words {
	return strip.Words{
		Today: "Today", Asked: "You asked", Waited: "We waited for your reply", Waiting: "We are waiting for your reply", Answered: "We answered",
		Promised: "We promise an answer by", HadPromised: "We had promised", LastDay: "The law’s last day", LastDayWas: "The law’s last day was", Extended: "The first date was", Stop: ". ",
		Short: func(t time.Time) string { return t.Format("2 Jan") },
		Day:   func(t time.Time) string { return t.Format("Monday 2 January") },
		Hour:  func(t time.Time) string { return t.Format("Monday 2 January, 15:04") },
		Span: func(first, last time.Time) string {
			return first.Format("2 January") + " to " + last.Format("2 January")
		},
		NotCounted: func(days int) string { return fmt.Sprintf("These %d days do not count in law", days) },
	}
}
