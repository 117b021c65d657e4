package web

import (
	"html/template"
	"slices"
	"time"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
	"dsr/web/strip"
	"dsr/words"
)

// dates are the dates of one request as its requester reads them: the bar, the
// list below it and how each date was worked out.
type dates struct {
	Reference string
	Right     string
	Headline  string // "We answer by Monday 21 December 2026."
	Bar, List template.HTML
	Clocks    []workedDate
}

// workedDate is one date with the steps that led to it.
type workedDate struct {
	Heading string
	Steps   []workedStep
}

type workedStep struct {
	Heading, Text string
	Source        string
	SourceLang    string // of the source where it is not the page's: laws are cited in English
}

// calendar writes the dates of one request in the words of its requester.
type calendar struct {
	words.Printer
	pack   *policies.Pack
	regime *policies.Regime
	r      *requests.Request
	place  deadlines.Place
	now    time.Time
	past   bool   // now is a day gone by: what a confirmation said then
	reader reader // how the reader stands to the request
	agent  string // who asked for the person, or ""
}

// calendarOf gathers what the dates of a request are written with: the pack and
// the law it was received under.
func (s *public) calendarOf(w words.Printer, v *requests.View, now time.Time) (*calendar, error) {
	place, err := s.Book.Place(v.Ruling.Zone, v.Ruling.Calendar)
	return &calendar{Printer: w, pack: v.Pack, regime: v.Regime, r: v.Request, place: place, now: now}, err
}

// dates writes everything about the dates.
func (k *calendar) dates() (*dates, error) {
	bar := k.strip()
	w := k.stripWords()
	d := &dates{Reference: k.r.Reference, Right: k.label(), Bar: bar.Requester(w)}
	d.List = strip.Key(append(bar.RequesterRows(w), k.otherRows()...))
	if c := k.first(); c != nil {
		d.Headline = k.T("portal.dates.by", "date", k.Date(c.Due.Date.Civil()))
	}
	var err error
	d.Clocks, err = k.worked()
	return d, err
}

// first is the clock for the answer that ends first: the promise where it does.
func (k *calendar) first() *requests.Clock {
	promise, law := k.r.AnswerClock(policies.ByPromise), k.r.LawClock()
	if promise != nil && (law == nil || !law.Due.Limit().Before(promise.Due.Limit())) {
		return promise
	}
	return law
}

// strip draws the answer's two clocks. A promise of a first reply alone stands
// in for the promise while neither it nor the answer has come.
func (k *calendar) strip() strip.Strip {
	s := strip.Strip{
		Now: k.now, Zone: k.place.Zone, Received: k.r.ReceivedAt,
		Closed: func(day time.Time) bool { return k.place.Calendar.Closed(deadlines.DateOf(day, k.place.Zone)) },
	}
	if promise := k.promise(); promise != nil {
		s.Promise = site.Rail(k.r, promise, k.place)
		s.Promise.Reason = k.reason(promise)
	}
	if law := k.r.LawClock(); law != nil {
		s.Law = site.Rail(k.r, law, k.place)
		s.Law.Reason = k.reason(law)
		for i := range s.Law.Holds {
			h := &s.Law.Holds[i]
			h.Note = k.T("portal.dates.not_counted_yet")
			if h.To.After(k.now) {
				h.To = k.now // answered today: the day is not over, the waiting is
			}
		}
	}
	return s
}

func (k *calendar) promise() *requests.Clock {
	if c := k.r.AnswerClock(policies.ByPromise); c != nil {
		return c
	}
	if c := k.firstReply(); c != nil && c.MetAt.IsZero() {
		return c
	}
	return nil
}

func (k *calendar) firstReply() *requests.Clock {
	for i := range k.r.Clocks {
		if c := &k.r.Clocks[i]; c.Kind == policies.FirstResponse {
			return c
		}
	}
	return nil
}

// otherRows lists the dates that the bar does not show: a first reply that has
// gone out, and the day by which all is to be done.
func (k *calendar) otherRows() []strip.Row {
	var rows []strip.Row
	if c := k.firstReply(); c != nil && c != k.promise() {
		rows = append(rows, strip.Row{Mark: strip.Mark("promise-met"), Heading: k.T("portal.dates.first_reply_sent"), Text: k.at(c.MetAt)})
	}
	for i := range k.r.Clocks {
		c := &k.r.Clocks[i]
		if c.Kind != policies.Fulfil {
			continue
		}
		row := strip.Row{Mark: strip.Mark("promise-open"), Heading: k.T("portal.dates.fulfil"), Text: k.joined(k.day(c.Due.Date), k.reason(c))}
		if !c.MetAt.IsZero() {
			row.Mark, row.Heading, row.Text = strip.Mark("promise-met"), k.T("portal.dates.fulfilled"), k.at(c.MetAt)
		}
		rows = append(rows, row)
	}
	return rows
}

func (k *calendar) joined(date, reason string) string {
	if reason == "" {
		return date
	}
	return k.T("portal.dates.joined", "date", date, "reason", reason)
}

// reason says in a few words where a date comes from.
func (k *calendar) reason(c *requests.Clock) string {
	unit := string(c.Rule.Term.Unit)
	switch {
	case c.Basis == policies.ByLaw && k.r.Provisional:
		return k.N("portal.reason.assumed."+unit, c.Rule.Term.N)
	case c.Basis == policies.ByLaw:
		return k.N("portal.reason.law."+unit, c.Rule.Term.N, "law", k.Law(k.regime.PlaceCode(), k.regime.Place))
	case c.Basis == policies.ByTarget:
		return k.N("portal.reason.target."+unit, c.Rule.Term.N)
	case c.Wording == "typical":
		return k.N("portal.reason.typical."+unit, c.Rule.Term.N, "name", k.pack.Controller.Name)
	}
	return k.N("portal.reason.promise."+unit, c.Rule.Term.N, "name", k.pack.Controller.Name)
}

// stripWords are the words of the bar and its list.
func (k *calendar) stripWords() strip.Words {
	w := strip.Words{
		Today: k.T("portal.dates.today"), Asked: k.T("portal.dates.asked"), Waited: k.T("portal.dates.waited"), Waiting: k.T("portal.dates.waiting"),
		Answered: k.T("portal.dates.answered"), Promised: k.T("portal.dates.promised"), HadPromised: k.T("portal.dates.had_promised"),
		LastDay: k.T("portal.dates.last_day"), LastDayWas: k.T("portal.dates.last_day_was"), Extended: k.T("portal.dates.extended"),
		Stop:  k.T("portal.dates.stop"),
		Short: func(t time.Time) string { return k.ShortDate(deadlines.DateOf(t, t.Location()).Civil()) },
		Day:   k.dayOf, Hour: func(t time.Time) string { return k.T("portal.dates.hour", "day", k.dayOf(t), "time", k.Time(t)) },
		Span:       func(a, b time.Time) string { return k.T("portal.dates.span", "first", k.dayOf(a), "last", k.dayOf(b)) },
		NotCounted: func(days int) string { return k.N("portal.dates.not_counted", days) },
	}
	if c := k.promise(); c != nil && c.Kind == policies.FirstResponse {
		w.Promised, w.HadPromised = k.T("portal.dates.first_reply"), k.T("portal.dates.first_reply_was")
	}
	if k.reader == onBehalf {
		w.Asked = k.T("portal.dates.arrived")
	}
	switch k.r.Outcome {
	case requests.Withdrawn:
		w.Answered = k.T("portal.dates.withdrawn")
		if k.reader != forThemselves {
			w.Answered = k.T("portal.dates.withdrawn_of_other")
		}
	case requests.NotUs, requests.Unproved, requests.Spam, requests.NoRequest:
		w.Answered = k.T("portal.dates.closed")
	}
	if law := k.r.LawClock(); law != nil && law.Basis == policies.ByTarget {
		w.LastDay, w.LastDayWas = k.T("portal.dates.target"), k.T("portal.dates.target_was")
	}
	switch {
	case k.past:
		w.Today = k.T("portal.dates.sent")
	case deadlines.DateOf(k.now, k.place.Zone) == deadlines.DateOf(k.r.ReceivedAt, k.place.Zone):
		w.Day = func(t time.Time) string {
			if t.Equal(k.r.ReceivedAt) {
				return k.T("portal.dates.today_is", "day", k.dayOf(t))
			}
			return k.dayOf(t)
		}
	}
	return w
}

// dayOf writes the day of an instant, with its year where it is not this one.
func (k *calendar) dayOf(t time.Time) string {
	return k.day(deadlines.DateOf(t, t.Location()))
}

func (k *calendar) day(d deadlines.Date) string {
	if d.Year() != deadlines.DateOf(k.now, k.place.Zone).Year() {
		return k.Date(d.Civil())
	}
	return k.Day(d.Civil())
}

// at writes the local day of an instant.
func (k *calendar) at(t time.Time) string { return k.day(deadlines.DateOf(t, k.place.Zone)) }

// worked explains every clock step by step.
func (k *calendar) worked() ([]workedDate, error) {
	facts := k.r.Facts.Facts
	facts.AsOf = k.now
	var list []workedDate
	for i := range k.r.Clocks {
		c := &k.r.Clocks[i]
		due, steps, err := c.Rule.Explain(&facts, k.place)
		if err != nil {
			return nil, err
		}
		w := workedDate{Heading: k.T("portal.clock."+string(c.Kind)+"."+string(c.Basis), "date", k.day(due.Date))}
		for _, step := range steps {
			worked := k.step(step, c.Rule.Term.Unit == deadlines.Hours)
			worked.Source, worked.SourceLang = k.source(c, step.Source)
			w.Steps = append(w.Steps, worked)
		}
		list = append(list, w)
	}
	return list, nil
}

// step words one step for the person it is about. A clock in hours ends at an
// instant, one in days with its day.
func (k *calendar) step(s deadlines.Step, hours bool) workedStep {
	pairs := []any{"date", k.dayOrNone(s.Date), "since", k.dayOrNone(s.Since), "until", k.dayOrNone(s.Until), "name", k.stepName(s),
		"days", k.N("portal.term.calendar_days", s.N), "reflection", k.N("portal.term.calendar_days", deadlines.ReflectionDays), "term", "", "hold", ""}
	if !s.Term.IsZero() {
		pairs = append(pairs, "term", k.N("portal.term."+string(s.Term.Unit), s.Term.N))
	}
	if s.Hold != "" {
		pairs = append(pairs, "hold", k.T("portal.hold."+string(s.Hold)))
	}
	key := "portal.step." + string(s.Kind)
	step := workedStep{Heading: k.T(key + ".heading"), Text: k.T(key+".text", pairs...)}
	if s.Kind == deadlines.StepDue && hours {
		step.Text = k.T("portal.step.due_hour.text", "at", k.Moment(s.At.In(k.place.Zone)))
	}
	return step
}

// source cites where a rule stands, in the words of its requester where it is
// the policy's or our own, and says in which language it is otherwise.
func (k *calendar) source(c *requests.Clock, cited string) (text, lang string) {
	if cited == "" {
		return "", ""
	}
	switch c.Basis {
	case policies.ByTarget:
		return k.T("frame.aim"), ""
	case policies.ByPromise:
		for _, p := range slices.Concat(k.pack.Promises.Response, k.pack.Promises.Fulfilment) {
			if p.Evidence.Phrase == c.Phrase {
				section := quoted(k.Printer, p.Evidence.Section)
				return k.T("frame.labelled", "label", policyTitle(k.Printer, houseOf(k.pack)), "text", section), ""
			}
		}
	}
	return k.Cite(policies.Cited(cited)), "en"
}

// stepName names what a step is about in the words of its requester: the place
// whose holidays count, or why a day is no working day.
func (k *calendar) stepName(s deadlines.Step) string {
	switch s.Kind {
	case deadlines.StepBusinessDays:
		return k.Printer.Calendar(k.place.Calendar.ID, s.Name)
	case deadlines.StepRoll, deadlines.StepKept:
		return k.DayOff(s.Name)
	}
	return s.Name
}

func (k *calendar) dayOrNone(d deadlines.Date) string {
	if d == 0 {
		return ""
	}
	return k.day(d)
}

// asReceived is a request as it stood when it came: what its confirmation says
// stays what it said.
func asReceived(book *policies.Book, r *requests.Request) (*requests.Request, error) {
	place, err := book.Place(r.Ruling.Zone, r.Ruling.Calendar)
	if err != nil {
		return nil, err
	}
	then := *r
	then.Facts.Facts, then.Facts.Met = deadlines.Facts{ReceivedAt: r.ReceivedAt}, nil
	then.Clocks = make([]requests.Clock, len(r.Ruling.Clocks))
	for i := range then.Clocks {
		then.Clocks[i].Clock = r.Ruling.Clocks[i]
		if then.Clocks[i].Due, err = then.Clocks[i].Rule.Due(&then.Facts.Facts, place); err != nil {
			return nil, err
		}
	}
	return &then, nil
}
