package chart

import "html/template"

// Part is a stretch of a column or band.
type Part struct {
	Value int
	Fill  Fill
}

// Column is one column of a chart over time, from the ground up.
type Column struct {
	Label string // under it; empty: none
	Over  string // above it; empty: none
	Parts []Part
	Dim   bool // a weekend stands behind it
}

func (c *Column) total() (n int) {
	for _, p := range c.Parts {
		n += p.Value
	}
	return n
}

const (
	plotTop    = 16.0 // room for a figure over the highest column
	belowPlot  = 24.0 // room for the labels
	axisMargin = 7.0  // per cent, for the figures of the axis
)

// Columns draws stacked columns, so many pixels high, with an axis at the left
// if there is one to read.
func Columns(title, description string, columns []Column, height float64, axis bool) template.HTML {
	c := begin(title, description, height)
	most := 0
	for i := range columns {
		most = max(most, columns[i].total())
	}
	s, left := scaleOf(float64(most)), 0.0
	ground := height - belowPlot
	if axis {
		left = axisMargin
		for v := 0.0; v <= s.top; v += s.step {
			y := ground - (ground-plotTop)*s.at(v)
			c.across("grid", left, 100, y)
			c.text("start", 0, y+4, number(v))
		}
	}
	width := (100 - left) / float64(max(1, len(columns)))
	for i := range columns {
		c.column(&columns[i], s, left+float64(i)*width, width, ground)
	}
	c.across("t", left, 100, ground)
	return c.html()
}

func (c *canvas) column(col *Column, s scale, x, width, ground float64) {
	if col.Dim {
		c.put(`<rect class="k" x="`, number(x), `%" y="`, number(plotTop), `" width="`, number(width), `%" height="`, number(ground-plotTop), `"/>`)
	}
	y := ground
	for _, p := range col.Parts {
		if p.Value > 0 {
			height := (ground - plotTop) * s.at(float64(p.Value))
			y -= height
			c.rect(p.Fill, x+width*0.14, x+width*0.86, y, height)
		}
	}
	if col.Over != "" {
		c.text("middle", x+width/2, y-4, col.Over)
	}
	switch {
	case col.Label == "":
	case x < 8:
		c.text("start", x, ground+18, col.Label)
	case x+width > 95:
		c.text("end", x+width, ground+18, col.Label)
	default:
		c.text("middle", x+width/2, ground+18, col.Label)
	}
}

// gap is the room between the parts of a band, in per cent.
const gap = 0.25

// Band draws one band of parts that fill the whole width, 24 pixels high. Of
// nothing it draws an empty outline.
func Band(title, description string, parts []Part) template.HTML {
	c := begin(title, description, 24)
	total := 0
	for _, p := range parts {
		total += p.Value
	}
	if total == 0 {
		c.rect(Outline, 0.1, 99.9, 1, 22)
		return c.html()
	}
	x := 0.0
	for _, p := range parts {
		if p.Value == 0 {
			continue
		}
		width := 100 * float64(p.Value) / float64(total)
		c.rect(p.Fill, x, x+max(width-gap, gap), 1, 22)
		x += width
	}
	return c.html()
}
