package console

import (
	"fmt"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/reports"
	"dsr/requests"
)

// dueText says how far off a date is: its class, icon and words. The class is
// one of late, soon, held and "".
type dueText struct {
	State, Icon string
	Left        string // 4 days left
	Date        string // Wed 25 Nov · promise
	Title       string // the same with what is due: Wed 25 Nov, promise, first reply
}

// dueOf words the date by which a request is worked on, or that none runs.
func dueOf(r *requests.Request, place deadlines.Place, now time.Time) dueText {
	c := r.Governing()
	switch {
	case r.Phase == requests.Aside:
		return dueText{Icon: "pack", Left: "Set aside", Date: shortDay(deadlines.DateOf(r.ClosedAt.Time, place.Zone), now, place) + " · " + lower(requests.OutcomeName(r.Outcome))}
	case c == nil && r.Open():
		return dueText{Icon: "done", Left: "Answered", Date: answeredOn(r, place, now)}
	case c == nil:
		return dueText{Icon: "done", Left: "Closed", Date: shortDay(deadlines.DateOf(r.ClosedAt.Time, place.Zone), now, place)}
	}
	d := clockText(c, place, now)
	if d.State == "held" {
		d.Left, d.Date = "Held, "+waitingFor(c.Due.Held), d.Date+" · "+basisName(c.Basis)+" waits"
		return d
	}
	if what := subject(c); what != basisName(c.Basis) || c.Due.Before.IsZero() {
		d.Title = d.Date + ", " + what // the cell may be too narrow for all of it
	}
	d.Date += " · " + basisName(c.Basis)
	return d
}

// answeredOn is the day of the answer, where nothing is due any more.
func answeredOn(r *requests.Request, place deadlines.Place, now time.Time) string {
	if r.AnsweredAt.IsZero() {
		return "nothing is due"
	}
	return shortDay(deadlines.DateOf(r.AnsweredAt.Time, place.Zone), now, place)
}

// clockText words one clock that still waits for something, or says how it was
// met.
func clockText(c *requests.Clock, place deadlines.Place, now time.Time) dueText {
	date := dueDay(c, place, now)
	switch c.State(now) {
	case requests.Met, requests.MetLate:
		return dueText{Icon: "done", Left: metText(c, place), Date: date}
	case requests.Held:
		days := int(deadlines.DateOf(now, place.Zone)-deadlines.DateOf(c.Due.HeldSince, place.Zone)) + 1
		return dueText{State: "held", Icon: "held", Left: fmt.Sprintf("Held, day %d", days), Date: fmt.Sprintf("day %d", days)}
	case requests.Overdue:
		return dueText{State: "late", Icon: "late", Left: "Overdue " + distance(c, place, now), Date: date}
	}
	days := daysLeft(c, place, now)
	switch {
	case c.Due.Before.IsZero():
		return dueText{State: nearness(days), Icon: "soon", Left: distance(c, place, now) + " left", Date: date}
	case days == 0:
		return dueText{State: "soon", Icon: "today", Left: "Due today", Date: date}
	case days <= reports.SoonDays:
		return dueText{State: "soon", Icon: "soon", Left: distance(c, place, now) + " left", Date: date}
	}
	return dueText{Icon: "fine", Left: distance(c, place, now) + " left", Date: date}
}

// nearness is the class of a date so many days away.
func nearness(days int) string {
	if days <= reports.SoonDays {
		return "soon"
	}
	return ""
}

// daysLeft counts calendar days from today to the last day, below zero once it
// has passed.
func daysLeft(c *requests.Clock, place deadlines.Place, now time.Time) int {
	return int(c.Due.Date - deadlines.DateOf(now, place.Zone))
}

// distance writes how far a clock's end lies from now: hours where it is
// counted in hours and near, else days.
func distance(c *requests.Clock, place deadlines.Place, now time.Time) string {
	if hours := int(c.Due.At.Sub(now).Abs().Hours()); c.Due.Before.IsZero() && hours < 72 {
		if hours == 0 {
			return "less than an hour"
		}
		return counted(hours, "hour")
	}
	days := daysLeft(c, place, now)
	return counted(max(days, -days), "day")
}

// metText says how a clock was met.
func metText(c *requests.Clock, place deadlines.Place) string {
	days := int(c.Due.Date - deadlines.DateOf(c.MetAt, place.Zone))
	switch {
	case !c.Due.OnTime(c.MetAt) && days >= 0:
		return "Done late, on the day"
	case days < 0:
		return "Done " + counted(-days, "day") + " late"
	case c.Due.Before.IsZero():
		return "Done in time"
	case days == 0:
		return "Done on the last day"
	}
	return "Done " + counted(days, "day") + " early"
}

// dueDay writes a clock's last day, with the time where it is counted in hours.
func dueDay(c *requests.Clock, place deadlines.Place, now time.Time) string {
	day := shortDay(c.Due.Date, now, place)
	if c.Due.Before.IsZero() {
		day += c.Due.At.In(place.Zone).Format(", 15:04")
	}
	return day
}

// subject names what makes a date: the promise or the law, and what is due
// where it is not the answer.
func subject(c *requests.Clock) string {
	if what := whatIsDue(c); what != "answer" {
		return basisName(c.Basis) + ", " + what
	}
	return basisName(c.Basis)
}

// basisName names who set a date.
func basisName(b policies.Basis) string {
	if b == policies.ByTarget {
		return "house target"
	}
	return string(b)
}

// whatIsDue names what a clock waits for, in the middle of a sentence.
func whatIsDue(c *requests.Clock) string {
	switch c.Kind {
	case policies.Acknowledge, policies.FirstResponse, policies.Fulfil, policies.OptOut:
		return kindText(c.Kind)
	}
	return "answer"
}

// kindText names what clocks of a kind wait for.
func kindText(k policies.ClockKind) string {
	switch k {
	case policies.Acknowledge:
		return "confirm receipt"
	case policies.FirstResponse:
		return "first reply"
	case policies.Respond:
		return "answer"
	case policies.Fulfil:
		return "done in every system"
	case policies.OptOut:
		return "stop the use"
	}
	return strings.ReplaceAll(string(k), "_", " ")
}

// waitingFor says what a held clock waits for.
func waitingFor(kind deadlines.HoldKind) string {
	switch kind {
	case deadlines.HoldIdentity:
		return "waiting for ID"
	case deadlines.HoldClarification:
		return "waiting for a reply"
	case deadlines.HoldAuthority:
		return "waiting for permission"
	}
	return "waiting for the " + string(kind)
}

// shortDay writes Wed 25 Nov, with the year where it is not this year.
func shortDay(d deadlines.Date, now time.Time, place deadlines.Place) string {
	if d.Year() != deadlines.DateOf(now, place.Zone).Year() {
		return d.Time().Format("Mon 2 Jan 2006")
	}
	return d.Time().Format("Mon 2 Jan")
}

// fullDay writes Wed 25 Nov 2026.
func fullDay(d deadlines.Date) string { return d.Time().Format("Mon 2 Jan 2006") }

// longDay writes Wednesday 25 November 2026.
func longDay(d deadlines.Date) string { return d.Time().Format("Monday 2 January 2006") }

// zoneName writes Europe/London as London.
func zoneName(zone *time.Location) string {
	name := zone.String()
	return strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
}

// ago writes an instant of the past the shorter the nearer it is.
func ago(at, now time.Time, zone *time.Location) string {
	passed := now.Sub(at)
	at, now = at.In(zone), now.In(zone)
	switch {
	case passed < time.Minute:
		return "just now"
	case passed < time.Hour:
		return fmt.Sprintf("%d min ago", int(passed.Minutes()))
	case passed < 24*time.Hour:
		return fmt.Sprintf("%d h ago", int(passed.Hours()))
	case passed < 6*24*time.Hour:
		return at.Format("Mon 15:04")
	case at.Year() == now.Year():
		return at.Format("2 Jan")
	}
	return at.Format("2 Jan 2006")
}

// counted writes a number with its word: 1 day, 2 days.
func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
