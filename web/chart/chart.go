// Package chart draws numbers as SVG: columns over time, bands, ranges of days.
// It takes numbers and words and gives markup, and knows neither what they
// count nor the page around them.
//
// Drawings have no viewBox: every x and width is in per cents, every y in
// pixels, so that text and hairlines never scale. Colour comes from the classes
// of the page's style sheet and the patterns of strip.Defs; ink, grey, outline
// and dots tell series apart without it. Each drawing carries a title and a
// description, and a page puts a table with the same numbers beside it.
package chart

import (
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Fill is how a shape is painted.
type Fill int

// The fills, in the order in which series take them. The last three say
// something: waiting, late, soon.
const (
	Ink Fill = iota
	Grey
	Outline
	Dots
	Hatch
	Late
	Soon
)

// attributes returns the class of a fill and its pattern, if any.
func (f Fill) attributes() string {
	switch f {
	case Grey:
		return `class="past"`
	case Outline:
		return `class="w"`
	case Dots:
		return `class="x" fill="url(#x)"`
	case Hatch:
		return `class="f" fill="url(#h)"`
	case Late:
		return `class="z" fill="url(#z)"`
	case Soon:
		return `class="soon"`
	}
	return `class="ink"`
}

// Key returns the small box of a fill for lists and tables, hidden from the
// reading order because the words beside it say the same.
func Key(f Fill) template.HTML {
	// #nosec G203 -- constants alone
	return template.HTML(`<svg class="mk" viewBox="0 0 16 16" aria-hidden="true"><rect ` + f.attributes() + ` x="1.5" y="3.5" width="13" height="9"/></svg>`)
}

// canvas writes SVG. Every string that is not a constant goes through text.
type canvas struct{ strings.Builder }

// begin opens a drawing of so many pixels height with its two texts.
func begin(title, description string, height float64) *canvas {
	c := new(canvas)
	c.put(`<svg class="chart" role="img" width="100%" height="`, number(height), `"><title>`)
	c.put(template.HTMLEscapeString(title), `</title>`)
	if description != "" {
		c.put(`<desc>`, template.HTMLEscapeString(description), `</desc>`)
	}
	return c
}

func (c *canvas) put(parts ...string) {
	for _, s := range parts {
		c.WriteString(s)
	}
}

// html closes the drawing. Only our own constants, numbers and escaped text
// are in it.
func (c *canvas) html() template.HTML {
	c.put(`</svg>`)
	return template.HTML(c.String()) // #nosec G203 -- see above
}

// rect draws a box from x0 to x1 per cent.
func (c *canvas) rect(f Fill, x0, x1, y, height float64) {
	c.put(`<rect `, f.attributes(), ` x="`, number(x0), `%" y="`, number(y), `" width="`, number(math.Max(0, x1-x0)), `%" height="`, number(height), `"/>`)
}

// across draws a horizontal line, down a vertical one.
func (c *canvas) across(class string, x0, x1, y float64) {
	c.put(`<line class="`, class, `" x1="`, number(x0), `%" x2="`, number(x1), `%" y1="`, number(y), `" y2="`, number(y), `"/>`)
}

func (c *canvas) down(class string, x, y0, y1 float64) {
	c.put(`<line class="`, class, `" x1="`, number(x), `%" x2="`, number(x), `%" y1="`, number(y0), `" y2="`, number(y1), `"/>`)
}

// text writes words at x per cent; anchor is start, middle or end.
func (c *canvas) text(anchor string, x, y float64, words string) {
	c.put(`<text x="`, number(x), `%" y="`, number(y), `"`)
	if anchor != "start" {
		c.put(` text-anchor="`, anchor, `"`)
	}
	c.put(`>`, template.HTMLEscapeString(words), `</text>`)
}

// number writes at most two decimals.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// scale is an axis from 0 to a round number, with the distance of its lines.
type scale struct{ top, step float64 }

// scaleOf makes an axis that reaches a value with at most five steps, each a
// whole number.
func scaleOf(most float64) scale {
	for tens := 1.0; ; tens *= 10 {
		for _, step := range []float64{tens, 2 * tens, 5 * tens} {
			if steps := math.Ceil(most / step); steps <= 5 {
				return scale{math.Max(1, steps) * step, step}
			}
		}
	}
}

// at is how far along an axis a value lies, from 0 to 1.
func (s scale) at(v float64) float64 { return math.Min(1, math.Max(0, v/s.top)) }
