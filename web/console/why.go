package console

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
	"dsr/web/strip"
)

// whyPage derives one date step by step.
type whyPage struct {
	shell
	Ref, Right string
	Back       string
	JSON       string
	Tabs       []whyTab
	Main       whyCard
	Other      *whyCard
	Reading    string // the day another reading ends on, or ""
	Months     template.HTML
	Command    string
}

// whyTab leads to the derivation of another clock.
type whyTab struct {
	Name, Href string
	Current    bool
}

// whyCard is the derivation of one clock.
type whyCard struct {
	Mark    template.HTML
	Title   string
	Governs bool
	Steps   []whyStep
	Note    string
	Rules   string
}

// whyStep is one step in words.
type whyStep struct{ Heading, Text, Source, Result string }

// why shows why a clock is due when it is; with format=json as data.
func (s *Console) why(c echo.Context) error {
	d, err := s.Office.Derive(c.Request().Context(), site.Caller(c), s.Now(), c.Param("reference"), c.Param("clock"))
	if err != nil {
		return err
	}
	if c.QueryParam("format") == "json" {
		return c.JSONPretty(http.StatusOK, d, "  ")
	}
	page, err := s.whyPage(c, d)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "why", page)
}

// whyPage words a derivation, with that of the other basis beside it.
func (s *Console) whyPage(c echo.Context, d *requests.Derivation) (whyPage, error) {
	team, err := s.team(c)
	if err != nil {
		return whyPage{}, err
	}
	page := whyPage{
		Ref: d.Reference, Right: team.right(d.Request.Right), Back: requestAddress(d.Reference), Main: whyCardOf(d, longDay), Tabs: whyTabs(d),
		JSON: whyAddress(d.Reference, d.Of) + "?format=json", Months: monthsOf(d), Command: fmt.Sprintf("dsr explain %s --clock %s", d.Reference, d.Clock),
	}
	if page.shell, err = s.shell(c, "Why this date? "+d.Reference, ""); err != nil {
		return page, err
	}
	page.Here = "Why this date?"
	if due := d.Of.Due; due.Cautious < due.Date && due.Held == "" {
		page.Reading = longDay(due.Cautious)
	}
	if other := counterpart(d); other != nil {
		beside, err := s.Office.Derive(c.Request().Context(), site.Caller(c), s.Now(), d.Reference, other.Name())
		if err != nil {
			return page, err
		}
		card := whyCardOf(beside, fullDay)
		page.Other = &card
	}
	return page, nil
}

// counterpart is the clock of the other basis that is drawn beside one.
func counterpart(d *requests.Derivation) *requests.Clock {
	promise, law := rails(d.Request)
	if d.Basis == policies.ByPromise {
		return law
	}
	return promise
}

// whyTabs lists all clocks of the request.
func whyTabs(d *requests.Derivation) []whyTab {
	var tabs []whyTab
	for i := range d.Request.Clocks {
		c := &d.Request.Clocks[i]
		tabs = append(tabs, whyTab{Name: sentence(subject(c)) + ": " + shortDay(c.Due.Date, d.AsOf, d.Place), Href: whyAddress(d.Reference, c), Current: c.Name() == d.Clock})
	}
	return tabs
}

// whyCardOf words a derivation; its date is written long or short.
func whyCardOf(d *requests.Derivation, date func(deadlines.Date) string) whyCard {
	c := d.Of
	card := whyCard{
		Mark: strip.Mark(markOf(c, d.AsOf)), Title: fmt.Sprintf("%s, %s: %s", sentence(basisName(c.Basis)), whatIsDue(c), date(c.Due.Date)), Governs: c.Governs, Note: d.Note,
		Rules: fmt.Sprintf("%s, version %s, %s. How sure: %s.", d.Rules.Name, d.Rules.Version, shortHash(d.Rules.SHA256), certainty(d.Certainty)),
	}
	for _, st := range d.Steps {
		if st.Kind != deadlines.StepReading {
			card.Steps = append(card.Steps, stepOf(d, st))
		}
	}
	return card
}

// stepOf words one step; its result stands at the right.
func stepOf(d *requests.Derivation, st deadlines.Step) whyStep {
	step := whyStep{Heading: st.Heading(), Text: st.Text(), Source: st.Source, Result: shortDay(st.Date, d.AsOf, d.Place)}
	switch st.Kind {
	case deadlines.StepReceived:
		at := d.Received.In(d.Place.Zone)
		step.Text = fmt.Sprintf("By %s, %s in %s.", channelName(d.Request.Channel), at.Format("15:04"), zoneName(d.Place.Zone))
		step.Source = "Timeline, event 1. Days are those of " + d.Zone
	case deadlines.StepRule:
		step.Result = st.Term.String()
		if d.Phrase != "" {
			step.Text = "“" + d.Phrase + "”"
		}
	case deadlines.StepElapsed:
		step.Result = st.At.In(d.Place.Zone).Format("Mon 2 Jan, 15:04")
	case deadlines.StepRoll, deadlines.StepKept, deadlines.StepBusinessDays:
		step.Source = strings.TrimSuffix(step.Source, ".") + ". " + calendarText(d.Place.Calendar)
	case deadlines.StepDue:
		step.Source, step.Result = limitText(d), dueDay(d.Of, d.Place, d.AsOf)
	}
	return step
}

// calendarText names the list of holidays that was used.
func calendarText(c *deadlines.Calendar) string {
	return fmt.Sprintf("Calendar %s, %s", c.ID, shortHash(c.SHA256))
}

// limitText is the limit to the second, as the JSON has it.
func limitText(d *requests.Derivation) string {
	if d.Before.IsZero() {
		return "At the latest " + d.At.UTC().Format("2006-01-02T15:04:05Z")
	}
	return "Before " + d.Before.UTC().Format("2006-01-02T15:04:05Z")
}

// monthsOf marks the days of a derivation on month grids, with the other
// clock's last day beside it.
func monthsOf(d *requests.Derivation) template.HTML {
	due, place := &d.Of.Due, d.Place
	counted := strip.Hold{From: due.Start.AddDays(1).Start(place.Zone), To: due.Unrolled.AddDays(1).Start(place.Zone)}
	cal := strip.Calendar{
		Zone: place.Zone, Now: d.AsOf, Received: d.Received, Counted: []strip.Hold{counted}, Held: holdsOf(d.Request, d.Of, place, d.AsOf),
		Closed: stripFor(d.Request, place, d.AsOf).Closed,
	}
	if due.Date > due.Unrolled {
		cal.Rolled = []strip.Hold{{From: due.Unrolled.Start(place.Zone), To: due.Date.Start(place.Zone)}}
	}
	cal.Law, cal.Promise = due.Limit(), limitOf(counterpart(d))
	if d.Basis == policies.ByPromise {
		cal.Law, cal.Promise = cal.Promise, cal.Law
	}
	return cal.Months()
}

// limitOf is where a clock ends; none has none.
func limitOf(c *requests.Clock) (limit time.Time) {
	if c == nil {
		return limit
	}
	return c.Due.Limit()
}
