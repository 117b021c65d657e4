package strip

import (
	"html/template"
	"math"
	"sort"
	"time"
)

// Heights in the large drawing, in pixels from its top: pill 0 to 19, labels of
// the promise on 34 and 49, calendar 77 to 93, labels of the law on 127 and 142.
const (
	promiseY   = 66.0 // centre of the upper rail
	lawY       = 104.0
	maxMondays = 9 // as many dates as the calendar band carries
)

// Large draws the card of the request page: captions, drawing and the list that
// takes the labels' place on phones and paper.
func (s Strip) Large() template.HTML {
	var p pen
	sc := newScale(s.reach())
	labels, dropped := s.place(sc)
	class := ""
	if dropped {
		class = " more"
	}
	p.put(`<figure class="strip`, class, `">`)
	s.captions(&p)
	p.put(`<svg class="s`, class1(s.State()), `" role="img">`).title(s.sentences())
	s.band(&p, sc)
	for _, c := range s.clocks() {
		s.largeRail(&p, sc, c.Clock)
	}
	for _, st := range s.Stations {
		if st.Met {
			p.mark("e", "w", sc.x(st.At), lawY)
			p.mark("k", "y", sc.x(st.At), lawY)
			continue
		}
		p.mark("q", "w", sc.x(st.At), lawY)
	}
	p.post(sc.x(s.Received), 58, 54)
	s.today(&p, sc)
	for _, l := range labels {
		l.draw(&p)
	}
	p.put(`</svg><ol>`)
	for _, r := range s.Rows() {
		p.put(`<li>`, string(r.Mark), `<b>`).text(r.Heading).put(`</b>`)
		if r.Text != "" {
			p.put(`<p>`).text(r.Text).put(`</p>`)
		}
		p.put(`</li>`)
	}
	p.put(`</ol></figure>`)
	return p.html()
}

// class1 is a further class with the space before it.
func class1(name string) string {
	if name == "" {
		return ""
	}
	return " " + name
}

// reach is the first and last instant that the drawing must hold.
func (s Strip) reach() (from, to time.Time) {
	from, to = earlier(s.Received, s.Now), later(s.Received, s.Now)
	for _, c := range s.clocks() {
		from, to = earlier(from, s.start(c.Clock)), later(to, c.Due)
	}
	for _, st := range s.Stations {
		to = later(to, st.At)
	}
	return from, to
}

// captions names the rails. They are HTML beside the drawing, so that a long
// basis wraps and the drawing keeps its scale.
func (s Strip) captions(p *pen) {
	promise, law := "none stated", "none"
	if s.Promise != nil {
		promise = s.Promise.Basis
	}
	if s.Law != nil {
		law = s.Law.Basis
	}
	p.put(`<dl><div><dt>Promise</dt><dd>`).text(promise)
	p.put(`</dd></div><div><dt>Law</dt><dd>`).text(law).put(`</dd></div></dl>`)
}

// band draws the calendar between the rails: closed days and Mondays.
func (s Strip) band(p *pen, sc scale) {
	first, days := sc.from, sc.span/86400
	weeks, step := days/7, 1
	for weeks/float64(step) > maxMondays {
		step *= 2
	}
	// Beyond 18 weeks a weekend would be two or three pixels wide.
	if step <= 2 {
		s.closedDays(p, sc, int(math.Ceil(days)))
	}
	monday := midnight(first, s.zone(), 1)
	monday = midnight(monday, s.zone(), (8-int(monday.Weekday()))%7)
	for i := 0; i <= maxMondays; i++ {
		day := midnight(monday, s.zone(), 7*step*i)
		x := sc.raw(day)
		if x > 100 {
			return
		}
		p.tick("t", x, 77, 93)
		if s.roomForDate(sc, x) {
			p.put(`<text x="`, percent(x), `" dx="5" y="89.5">`).text(s.short(day)).put(`</text>`)
		}
	}
}

// roomForDate keeps a date in the band clear of today's line and of the edge.
func (s Strip) roomForDate(sc scale, x float64) bool {
	const width = 46.0 / assumed * 100
	now := sc.x(s.Now)
	return x+width <= 103 && (now < x || now > x+width)
}

// closedDays draws each run of weekend days and holidays as one block.
func (s Strip) closedDays(p *pen, sc scale, days int) {
	run := -1
	for i := 0; i <= days+1; i++ {
		closed := i <= days && s.closed(midnight(sc.from, s.zone(), i))
		if closed && run < 0 {
			run = i
		}
		if !closed && run >= 0 {
			x0 := sc.x(midnight(sc.from, s.zone(), run))
			p.bar("k", "", x0, sc.x(midnight(sc.from, s.zone(), i)), 77, 16)
			run = -1
		}
	}
}

// largeRail draws a clock: its stretches, the notch of a first date, the mark.
// The mark comes last, because it covers the end of the rail.
func (s Strip) largeRail(p *pen, sc scale, c *Clock) {
	y, id := lawY, "q"
	if c == s.Promise {
		y, id = promiseY, "d"
	}
	height := 6.0
	if c.Governs && c.Met.IsZero() {
		height = 10
	}
	for _, pt := range s.parts(c) {
		p.paint(sc, pt, y, height)
	}
	if !c.FirstDue.IsZero() {
		p.tick("n", sc.x(c.FirstDue), y-height/2-4, y+height/2+4)
	}
	x := sc.x(c.Due)
	if !c.Met.IsZero() {
		if id == "q" {
			id = "e"
		}
		p.mark(id, "w", x, y)
		p.mark("k", "y", x, y)
		return
	}
	p.mark(id, s.tone(c), x, y)
}

// today draws the line and its pill, which is kept inside the drawing's edges.
func (s Strip) today(p *pen, sc scale) {
	x := sc.x(s.Now)
	p.tick("n", x, 18, 114)
	left := -62.0 // half the pill
	switch {
	case x < 6:
		left = -14
	case x > 94:
		left = -104
	}
	p.put(`<svg class="lb" x="`, percent(x), `" overflow="visible"><rect class="c" x="`, num(left, 0), `" width="124" height="19" rx="3"/>`)
	p.put(`<text class="i-t" x="`, num(left+62, 0), `" y="13.5" text-anchor="middle">Today, `).text(s.Now.In(s.zone()).Format("Mon 2 Jan")).put(`</text></svg>`)
}

// timed is a row with the instant that gives it its place.
type timed struct {
	at time.Time
	Row
}

// inOrder sorts rows by time. Rows of one instant keep their order: what
// happened stands before what was promised, the promise before the law.
func inOrder(rows []timed) []Row {
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].at.Before(rows[j].at) })
	out := make([]Row, len(rows))
	for i, r := range rows {
		out[i] = r.Row
	}
	return out
}
