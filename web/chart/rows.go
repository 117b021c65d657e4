package chart

import (
	"html/template"
	"math"
)

// rowHeight is how many pixels a drawing in a row of a table takes.
const rowHeight = 24.0

// Range is how long something took: ring the median, tick the mean, dot the
// 90th percentile, and a bar where the law's time ends, if it sets one.
type Range struct {
	Title             string // what a reader hears: "Access, UK GDPR: median 16 days"
	Median, Mean, P90 float64
	Limit             float64 // 0: none
}

// Ranges draws rows of ranges over one axis of days: a drawing for the head of
// a table, and one for each of its rows.
func Ranges(rows []Range) (axis template.HTML, drawings []template.HTML) {
	most := 1.0
	for _, r := range rows {
		most = math.Max(most, math.Max(r.P90, r.Limit))
	}
	s := scaleOf(most)
	for _, r := range rows {
		drawings = append(drawings, r.draw(s))
	}
	return s.ruler(), drawings
}

// x leaves room for marks at both ends.
func (s scale) x(v float64) float64 { return 2 + 95*s.at(v) }

// ruler writes the figures of an axis of days. It is hidden from the reading order: the
// rows below it say their numbers.
func (s scale) ruler() template.HTML {
	c := new(canvas)
	c.put(`<svg class="chart" aria-hidden="true" width="100%" height="16">`)
	for v := 0.0; v <= s.top; v += s.step {
		switch {
		case v == 0:
			c.text("start", 0, 12, "0")
		case v+s.step > s.top:
			c.text("end", 100, 12, number(v)+" days")
		case v+2*s.step > s.top: // the unit needs the room
		default:
			c.text("middle", s.x(v), 12, number(v))
		}
	}
	return c.html()
}

func (r Range) draw(s scale) template.HTML {
	const y = rowHeight / 2
	c := begin(r.Title, "", rowHeight)
	for v := 0.0; v <= s.top; v += s.step {
		c.down("grid", s.x(v), 0, rowHeight)
	}
	if r.Limit > 0 {
		c.down("limit", s.x(r.Limit), y-8, y+8)
	}
	c.rect(Grey, s.x(math.Min(r.Median, r.Mean)), s.x(r.P90), y-1.5, 3)
	c.put(`<circle class="c" cx="`, number(s.x(r.P90)), `%" cy="`, number(y), `" r="4"/>`)
	c.down("n", s.x(r.Mean), y-6, y+6)
	c.put(`<circle class="w" cx="`, number(s.x(r.Median)), `%" cy="`, number(y), `" r="5"/>`)
	return c.html()
}

// Bar is one horizontal bar: filled to one value, outlined to another.
type Bar struct {
	Title   string // what a reader hears
	Filled  float64
	Outline float64 // 0: no outline
	Fill    Fill
}

// Bars draws one bar for each row of a table, all to one scale.
func Bars(rows []Bar) (drawings []template.HTML) {
	most := 0.0
	for _, r := range rows {
		most = math.Max(most, math.Max(r.Filled, r.Outline))
	}
	if most == 0 {
		most = 1
	}
	for _, r := range rows {
		c := begin(r.Title, "", rowHeight)
		if r.Outline > 0 {
			c.rect(Outline, 0.2, 0.2+99*r.Outline/most, 5, 14)
		}
		if r.Filled > 0 {
			c.rect(r.Fill, 0.2, 0.2+math.Max(0.4, 99*r.Filled/most), 5, 14)
		}
		drawings = append(drawings, c.html())
	}
	return drawings
}

// Meter draws a share of a whole, from 0 to 100 per cent, and a mark at a goal,
// if there is one.
func Meter(title, description string, percent, goal float64, late bool) template.HTML {
	c := begin(title, description, 20)
	c.rect(Outline, 0.1, 99.9, 4, 12)
	fill := Ink
	if late {
		fill = Late
	}
	if percent > 0 {
		c.rect(fill, 0.1, 0.1+percent*0.998, 4, 12)
	}
	if goal > 0 {
		c.down("goal", goal, 0, 20)
	}
	return c.html()
}
