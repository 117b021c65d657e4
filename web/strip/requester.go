package strip

import (
	"html/template"
	"strings"
	"time"
)

// Words are the requester's words and date forms in their language.
type Words struct {
	Today string
	// Headings of the list and of the text equivalent.
	Asked, Waited, Waiting, Answered           string
	Promised, HadPromised, LastDay, LastDayWas string
	Extended                                   string // heading of a date before its extension
	Stop                                       string // between a date and its reason, ". "
	// Short writes "21 Dec", Day "Monday 21 December", Hour a day with its time.
	Short, Day, Hour func(time.Time) string
	// Span writes a pause from its first to its last day: "22 to 26 October".
	Span func(first, last time.Time) string
	// NotCounted says that these days do not count in law; it may return "".
	NotCounted func(days int) string
}

// Heights and room in the requester's drawing.
const (
	barY      = 40.0 // centre of the requester's bar
	barHeight = 12.0
	dateRoom  = 22.0 // per cent that two dates under the bar must lie apart
)

// Requester draws the one bar of the requester's pages, 76 pixels high, in the
// brand colour: up to the promise it is thick, from there to the law's day thin.
// The list of RequesterRows stands below it and says the same.
func (s Strip) Requester(w Words) template.HTML {
	var p pen
	sc := newScale(s.reach())
	state := s.State()
	if state == "soon" {
		state = "" // hurry is the team's affair
	}
	// The second mark of a shared day stands to the right of the first.
	if s.sameDay() {
		state = join(" ", "two", state)
	}
	p.put(`<svg class="r`, class1(state), `" role="img">`).title(s.told(w))
	s.requesterBar(&p, sc)
	p.post(sc.x(s.Received), 28, 24)
	p.tick("n", sc.x(s.Now), 20, 50)
	s.requesterMarks(&p, sc)
	x := sc.x(s.Now)
	p.put(`<text x="`, percent(x), `" y="14"`, anchorAt(x), `>`).text(w.Today).put(`</text>`)
	s.requesterDates(&p, sc, w)
	p.put(`</svg>`)
	return p.html()
}

// ruling is the clock that the thick bar runs to: the promise, else the law.
func (s Strip) ruling() *Clock {
	if s.Promise != nil {
		return s.Promise
	}
	return s.Law
}

// answered is the instant at which the answer went out, zero while it has not.
func (s Strip) answered() time.Time {
	if c := s.ruling(); c != nil {
		return c.Met
	}
	return time.Time{}
}

// requesterBar shows one rail for both clocks. Pauses of the law are hatched on
// it, because the requester remembers them, whichever clock they stop.
func (s Strip) requesterBar(p *pen, sc scale) {
	c := s.ruling()
	if c == nil {
		return
	}
	drawn := *c
	if s.Law != nil {
		drawn.Holds = s.Law.Holds
	}
	drawn.Governs = true
	drawn.RolledFrom, drawn.FirstDue = time.Time{}, time.Time{}
	if s.Law != nil && s.Law != c && s.Law.Due.After(c.Due) {
		rest := part{hollow, later(c.Due, s.stop(c)), s.Law.Due}
		if s.Law.Provisional {
			rest.manner = dashed
		}
		p.paint(sc, rest, barY, 6)
	}
	for _, pt := range s.parts(&drawn) {
		height := barHeight
		if pt.manner == hollow {
			height = 6
		}
		p.paint(sc, pt, barY, height)
	}
}

// requesterMarks draws the law's square first, then the promise's diamond and
// the answer over it: where they meet, what happened is seen.
func (s Strip) requesterMarks(p *pen, sc scale) {
	at := s.answered()
	if s.Law != nil {
		id, class := "q", "w"
		switch {
		case s.Promise == nil && at.IsZero() && !s.Law.Provisional:
			class = "g"
		case s.Law.Provisional && at.IsZero():
			class = "v"
		}
		p.put(`<use href="#`, id, `" class="`, class, `" x="`, percent(sc.x(s.Law.Due)), `" y="40"`)
		if s.sameDay() {
			p.put(` transform="translate(19 0)"`)
		}
		p.put(`/>`)
	}
	if s.Promise != nil {
		class := "g"
		if !at.IsZero() {
			class = "w"
		}
		p.mark("d", class, sc.x(s.Promise.Due), barY)
	}
	if !at.IsZero() {
		p.mark("a", "g", sc.x(at), barY)
	}
}

// sameDay tells whether promise and law end together, so that one date serves.
func (s Strip) sameDay() bool {
	return s.Promise != nil && s.Law != nil && civil(s.Promise.lastDay(), s.zone()) == civil(s.Law.lastDay(), s.zone())
}

// requesterDates writes the short dates under the bar, the law's only where it
// does not run into the promise's; the list has them all.
func (s Strip) requesterDates(p *pen, sc scale, w Words) {
	if at := s.answered(); !at.IsZero() {
		s.shortDate(p, sc.x(at), "", w.Short(at.In(s.zone())))
		return
	}
	if s.Promise != nil {
		s.shortDate(p, sc.x(s.Promise.Due), "", w.Short(s.Promise.lastDay().In(s.zone())))
	}
	if s.Law == nil || s.sameDay() {
		return
	}
	class := ""
	if s.Promise != nil {
		if gap := middle(sc.x(s.Law.Due)) - middle(sc.x(s.Promise.Due)); gap < dateRoom && gap > -dateRoom {
			return
		}
		class = ` class="u"`
	}
	s.shortDate(p, sc.x(s.Law.Due), class, w.Short(s.Law.lastDay().In(s.zone())))
}

// shortDate writes a date under the bar.
func (s Strip) shortDate(p *pen, x float64, class, date string) {
	p.put(`<text`, class, ` x="`, percent(x), `" y="71"`, anchorAt(x), `>`).text(date).put(`</text>`)
}

// middle is about where the middle of a short date lies that anchorAt has turned
// inward.
func middle(x float64) float64 {
	const half = 12 // of “22. Dez.” where the drawing is narrowest, 230 px
	switch {
	case x < 8:
		return x + half
	case x > 88:
		return x - half
	}
	return x
}

// anchorAt turns a text inward near the edges.
func anchorAt(x float64) string {
	switch {
	case x < 8:
		return ""
	case x > 88:
		return ` text-anchor="end"`
	}
	return ` text-anchor="middle"`
}

// told is the text equivalent: every row of the list as a sentence.
func (s Strip) told(w Words) []string {
	var out []string
	for _, r := range s.RequesterRows(w) {
		out = append(out, r.Heading+": "+r.Text+".")
	}
	today := w.Day(s.Now.In(s.zone()))
	if !strings.HasPrefix(today, w.Today) { // the caller's words may say so themselves
		today = w.Today + ": " + today
	}
	return append(out, today+".")
}

// RequesterRows lists what the requester's bar shows, by time.
func (s Strip) RequesterRows(w Words) []Row {
	rows := []timed{{s.Received, Row{Mark("received"), w.Asked, w.Day(s.Received.In(s.zone()))}}}
	if s.Law != nil {
		for _, h := range s.Law.Holds {
			rows = append(rows, timed{h.From, s.waitRow(w, h)})
		}
		if !s.Law.FirstDue.IsZero() {
			first := lastDay(s.Law.FirstDue, s.Law.Hours).In(s.zone())
			rows = append(rows, timed{s.Law.FirstDue, Row{Mark("extended"), w.Extended, join(w.Stop, w.Day(first), s.Law.FirstNote)}})
		}
	}
	at := s.answered()
	if !at.IsZero() {
		rows = append(rows, timed{at, Row{Mark("answered"), w.Answered, w.Day(at.In(s.zone()))}})
	}
	for _, c := range s.clocks() {
		rows = append(rows, timed{c.Due, s.dateRow(w, c, !at.IsZero())})
	}
	return inOrder(rows)
}

// waitRow tells a pause that is over from one that the requester can end.
func (s Strip) waitRow(w Words, h Hold) Row {
	from := h.From.In(s.zone())
	if h.To.IsZero() || h.To.After(s.Now) {
		return Row{Mark("hold"), w.Waiting, join(w.Stop, w.Day(from), h.Note)}
	}
	last := lastDay(h.To, false).In(s.zone())
	days := civil(last, s.zone()) - civil(from, s.zone()) + 1
	return Row{Mark("hold"), w.Waited, join(w.Stop, w.Span(from, last), w.NotCounted(days))}
}

// dateRow is the row of the promise or of the law's last day.
func (s Strip) dateRow(w Words, c named, over bool) Row {
	heading, was, mark := w.LastDay, w.LastDayWas, "law"
	if c.Clock == s.Promise {
		heading, was, mark = w.Promised, w.HadPromised, "promise"
	}
	date := w.Day(c.lastDay().In(s.zone()))
	if c.Hours {
		date = w.Hour(c.Due.In(s.zone()))
	}
	switch {
	case over:
		heading, mark = was, mark+"-open"
	case s.late(c.Clock):
		heading, mark = was, mark+"-late"
	case c.Provisional:
		mark += "-dashed"
	case c.Clock != s.ruling():
		mark += "-open"
	}
	return Row{Mark(mark), heading, join(w.Stop, date, c.Reason)}
}

// Key writes rows as the description list that stands below a requester's bar.
func Key(rows []Row) template.HTML {
	var p pen
	p.put(`<dl class="key">`)
	for _, r := range rows {
		p.put(`<div>`, string(r.Mark), `<dt>`).text(r.Heading).put(`</dt><dd>`).text(r.Text).put(`</dd></div>`)
	}
	p.put(`</dl>`)
	return p.html()
}
