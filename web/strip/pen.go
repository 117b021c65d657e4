package strip

import (
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
)

// A scale turns instants into per cents of the width, linear in elapsed time.
type scale struct {
	from time.Time
	span float64 // seconds
}

// newScale spans at least a day, so that nothing is divided by zero where all
// instants are one.
func newScale(from, to time.Time) scale {
	return scale{from, math.Max(seconds(from, to), 86400)}
}

// seconds is to - from. Time.Sub would saturate after 292 years.
func seconds(from, to time.Time) float64 {
	return float64(to.Unix()-from.Unix()) + float64(to.Nanosecond()-from.Nanosecond())/1e9
}

// raw may lie outside 0 to 100.
func (s scale) raw(t time.Time) float64 { return seconds(s.from, t) / s.span * 100 }

// x is raw cut to the drawing.
func (s scale) x(t time.Time) float64 { return math.Min(100, math.Max(0, s.raw(t))) }

// A pen writes SVG. Every string that is not a constant goes through text.
type pen struct{ strings.Builder }

// put writes SVG as it is. It is for constants, numbers and finished markup.
func (p *pen) put(parts ...string) *pen {
	for _, s := range parts {
		p.WriteString(s)
	}
	return p
}

// text escapes for element content and for quoted attributes alike.
func (p *pen) text(s string) *pen { return p.put(template.HTMLEscapeString(s)) }

// num writes a number with at most one decimal in per cents, two in pixels.
func num(v float64, decimals int) string {
	pow := math.Pow10(decimals)
	return strconv.FormatFloat(math.Round(v*pow)/pow, 'f', -1, 64)
}

// percent rounds to a tenth, which is less than a pixel at any width in use.
func percent(v float64) string {
	if v = math.Round(v*10) / 10; v <= 0 {
		return "0"
	}
	return num(v, 1) + "%"
}

// bar draws a rectangle from x0 to x1 per cent; fill names a paint server.
func (p *pen) bar(class, fill string, x0, x1, y, height float64) {
	p.put(`<rect class="`, class, `"`)
	if fill != "" {
		p.put(` fill="url(#`, fill, `)"`)
	}
	p.put(` x="`, percent(x0), `" y="`, num(y, 2), `" width="`, percent(x1-x0), `" height="`, num(height, 2), `"/>`)
}

// mark places a shape of Defs.
func (p *pen) mark(id, class string, x, y float64) {
	p.put(`<use href="#`, id, `"`)
	if class != "" {
		p.put(` class="`, class, `"`)
	}
	p.put(` x="`, percent(x), `"`)
	if y != 0 {
		p.put(` y="`, num(y, 2), `"`)
	}
	p.put(`/>`)
}

// post draws a line of two pixels, whose left edge is at x per cent.
func (p *pen) post(x, y, height float64) {
	p.put(`<rect class="c" x="`, percent(x), `" y="`, num(y, 2), `" width="2" height="`, num(height, 2), `"/>`)
}

// tick draws a vertical line at x per cent.
func (p *pen) tick(class string, x, y0, y1 float64) {
	p.put(`<line class="`, class, `" x1="`, percent(x), `" x2="`, percent(x), `" y1="`, num(y0, 2), `" y2="`, num(y1, 2), `"/>`)
}

// title writes the text equivalent, which must be the drawing's first child.
func (p *pen) title(sentences []string) *pen {
	return p.put(`<title>`).text(strings.Join(sentences, " ")).put(`</title>`)
}

// html closes the drawing. Only pen's own constants and escaped text are in it.
func (p *pen) html() template.HTML { return template.HTML(p.String()) }

// paint draws a stretch of a rail whose centre lies at y. Holds and teeth are
// two pixels higher than their rail, so that they read without colour too.
func (p *pen) paint(s scale, pt part, y, height float64) {
	x0, x1 := s.x(pt.from), s.x(pt.to)
	if x1-x0 < 0.05 {
		return
	}
	class, fill, tall := "p", "", 0.0
	switch pt.manner {
	case roll:
		p.put(`<line class="o" x1="`, percent(x0), `" x2="`, percent(x1), `" y1="`, num(y, 2), `" y2="`, num(y, 2), `"/>`)
		return
	case left:
		class = "g"
	case hollow:
		class = "w"
	case dashed:
		class = "v"
	case dots:
		class, fill = "x", "x"
	case hold:
		class, fill, tall = "f", "h", 2
	case over:
		class, fill, tall = "z", "z", 2
	}
	p.bar(class, fill, x0, x1, y-(height+tall)/2, height+tall)
}
