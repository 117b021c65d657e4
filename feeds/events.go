package feeds

import (
	"bytes"
	"net/url"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
)

// calendar writes the clocks of requests as a calendar. Equal clocks give equal
// bytes.
func (f *Feeds) calendar(list []*requests.Request, scope Scope, now time.Time) ([]byte, error) {
	cal := ics.NewCalendarFor("dsr")
	cal.SetProductId("-//dsr//due dates//EN")
	cal.SetMethod(ics.MethodPublish)
	cal.SetCalscale("GREGORIAN")
	name := "Privacy requests"
	if scope == Mine {
		name += ", mine"
	}
	cal.SetName(name)
	cal.SetRefreshInterval("PT1H")
	cal.SetXPublishedTTL("PT1H")
	for _, r := range list {
		for i := range r.Clocks {
			if e := f.event(r, &r.Clocks[i], now); e != nil {
				cal.AddVEvent(e)
			}
		}
	}
	var b bytes.Buffer
	err := cal.SerializeTo(&b, ics.WithNewLine("\r\n"))
	return b.Bytes(), err
}

// event writes one clock, or returns nil where it is over for long.
func (f *Feeds) event(r *requests.Request, c *requests.Clock, now time.Time) *ics.VEvent {
	over := overSince(r, c)
	if !over.IsZero() && now.Sub(over) > cancelledFor {
		return nil
	}
	revised := revisedAt(r, c, over, now)
	e := ics.NewEvent(strings.ToLower(r.Reference) + "." + c.Name() + "@" + f.domain())
	e.SetDtStampTime(revised)
	e.SetModifiedAt(revised)
	e.SetSequence(int(max(0, revised.Sub(r.ReceivedAt)/time.Second)))
	e.SetAllDayStartAt(c.Due.Date.Time())
	e.SetAllDayEndAt(c.Due.Date.AddDays(1).Time()) // the end is the first day after (RFC 5545, 3.6.1)
	e.SetTimeTransparency(ics.TransparencyTransparent)
	e.SetClass(ics.ClassificationPrivate)
	e.SetSummary(f.summary(r, c))
	e.SetDescription(f.description(r, c))
	e.SetURL(f.address(r))
	switch {
	case !over.IsZero():
		e.SetStatus(ics.ObjectStatusCancelled)
	case c.Due.Held != "":
		e.SetStatus(ics.ObjectStatusTentative)
	default:
		e.SetStatus(ics.ObjectStatusConfirmed)
	}
	return e
}

// overSince is when nothing was due by a clock any more; zero while it runs.
func overSince(r *requests.Request, c *requests.Clock) time.Time {
	if !c.MetAt.IsZero() {
		return c.MetAt
	}
	return r.ClosedAt.Time
}

// revisedAt is the last instant at which a clock's event can have changed: an act
// of somebody, its end, or for a held clock the beginning of each day.
func revisedAt(r *requests.Request, c *requests.Clock, over, now time.Time) time.Time {
	at := r.LastAt
	if over.After(at) {
		at = over
	}
	if c.Due.Held == "" || !over.IsZero() {
		return at.UTC()
	}
	zone := zoneOf(r)
	if today := deadlines.DateOf(now, zone).Start(zone); today.After(at) {
		at = today
	}
	return at.UTC()
}

// zoneOf is where the days of a request are counted.
func zoneOf(r *requests.Request) *time.Location {
	zone, err := time.LoadLocation(r.Ruling.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// summary is what a calendar shows on the day.
func (f *Feeds) summary(r *requests.Request, c *requests.Clock) string {
	text := f.words.T("rights."+string(r.Right)+".team") + " " + r.Reference + ": " + strings.ToLower(requests.ClockName(c.Kind, c.Basis))
	switch {
	case c.Due.Held != "":
		text += ", held"
	case c.Due.Before.IsZero():
		text += c.Due.At.In(zoneOf(r)).Format(", until 15:04 MST")
	}
	return text
}

// description says whose clock it is, where the page is, and no more.
func (f *Feeds) description(r *requests.Request, c *requests.Clock) string {
	whose := "Law: " + r.Ruling.RegimeName
	if c.Basis == policies.ByPromise {
		whose = "Promise of the policy"
	}
	lines := []string{"Policy: " + strings.ToUpper(r.Policy[:1]) + r.Policy[1:], whose + ", " + c.Rule.Term.String()}
	if c.Due.Held != "" {
		lines = append(lines, "The day is provisional: the clock waits for "+string(c.Due.Held)+".")
	}
	return strings.Join(append(lines, f.address(r)), "\n")
}

func (f *Feeds) address(r *requests.Request) string {
	return f.office.BaseURL() + "/console/requests/" + url.PathEscape(r.Reference)
}

// domain makes UIDs that no other calendar has.
func (f *Feeds) domain() string {
	base, err := url.Parse(f.office.BaseURL())
	if err != nil {
		return "dsr"
	}
	return base.Hostname()
}
