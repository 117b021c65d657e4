package strip

import (
	"html/template"
	"time"
)

// The mini strip's window is the same for all rows of a table, so that today is
// one line through all of them.
const (
	windowBefore = 24 // days
	windowAfter  = 48
	windowDay    = 100.0 / (windowBefore + windowAfter) // per cent
)

// window is the mini strip's scale. It follows the instant, not the day, so
// that today's line moves through a day as the large drawing's does.
func window(now time.Time) scale {
	const day = 24 * time.Hour
	return newScale(now.Add(-windowBefore*day), now.Add(windowAfter*day))
}

// Mini draws the strip of a queue row, 40 pixels high and as wide as its cell,
// which must have no padding.
func (s Strip) Mini() template.HTML {
	var p pen
	class := "m"
	if state := s.State(); state != "" {
		class += " " + state
	}
	p.put(`<svg class="`, class, `" role="img">`).title(s.brief())
	sc := window(s.Now)
	s.cap(&p, sc)
	if s.Promise != nil {
		s.miniRail(&p, sc, s.Promise, 13.5)
	}
	if s.Law != nil {
		s.miniRail(&p, sc, s.Law, 26.5)
	}
	p.put(`<use href="#mn"/></svg>`)
	return p.html()
}

// cap is the short post at the receipt, as high as the rails there are.
func (s Strip) cap(p *pen, sc scale) {
	x := sc.raw(s.Received)
	if x <= 0 || x >= 100 {
		return
	}
	id := "m2"
	if s.Promise == nil {
		id = "ml"
	} else if s.Law == nil {
		id = "mp"
	}
	p.mark(id, "", x, 0)
}

// miniRail draws a clock in a row. What lies before the window begins at its
// edge, what lies beyond ends in an angle, and a mark outside is left out.
func (s Strip) miniRail(p *pen, sc scale, c *Clock, y float64) {
	height := 4.0
	if c.Governs && c.Met.IsZero() {
		height = 6
	}
	for _, pt := range s.parts(c) {
		p.paint(sc, pt, y, height)
	}
	if x := sc.raw(c.FirstDue); !c.FirstDue.IsZero() && x > 0 && x < 100 {
		p.post(x, y-5, 10)
	}
	switch x := sc.raw(c.Due); {
	case x > 100:
		p.put(`<svg x="100%" overflow="visible"><path class="j" d="m-4 `, num(y-4, 1), ` 4 4-4 4"/></svg>`)
	case x >= 0:
		id := "mb"
		if c == s.Promise {
			id = "mi"
		}
		p.mark(id, s.tone(c), x, 0)
	}
}

// tone is the class of a clock's mark: filled governs, hollow does not.
func (s Strip) tone(c *Clock) string {
	switch {
	case !c.Met.IsZero():
		return "w"
	case c.Provisional && !s.late(c):
		return "v"
	case c.Governs:
		return "g"
	}
	return "w"
}

// brief is the mini strip's text: the dates and the pauses, without what only
// the large drawing shows.
func (s Strip) brief() []string {
	out := []string{"Received " + s.day(s.Received) + "."}
	if s.Promise != nil {
		out = append(out, s.sentence("Promise", s.Promise))
	}
	if s.Law != nil {
		out = append(out, s.sentence("Law", s.Law))
		for _, h := range s.Law.Holds {
			out = append(out, "Law held "+s.span(h)+".")
		}
	}
	return out
}

// Ruler draws the head of the strip column: Monday ticks, months and today.
func Ruler(now time.Time, zone *time.Location) template.HTML {
	s := Strip{Now: now, Zone: zone}
	var p pen
	sc := window(now)
	first := midnight(now, s.zone(), -windowBefore)
	last := midnight(now, s.zone(), windowAfter)
	p.put(`<svg class="m ruler" role="img">`).title([]string{"Calendar from " + s.short(first) + " to " + s.short(last)})
	for i := 1; i < windowBefore+windowAfter; i++ {
		day := midnight(first, s.zone(), i)
		x := sc.x(day)
		if day.Day() == 1 {
			p.post(x, 28, 10)
			if x < 88 {
				p.put(`<text x="`, percent(x), `" dx="4" y="24">`).text(day.Format("Jan")).put(`</text>`)
			}
		} else if day.Weekday() == time.Monday {
			p.tick("t", x, 33, 37)
		}
	}
	p.put(`<svg x="33.333%" overflow="visible"><path d="M-5 30H5L0 39z"/></svg></svg>`)
	return p.html()
}
