package strip

import (
	"unicode"
	"unicode/utf8"
)

// assumed is the narrowest width in pixels at which the large drawing carries
// labels. Labels that do not collide there do not collide at any greater width.
const assumed = 590.0

// A label is two lines of text at a mark.
type label struct {
	x             float64 // per cent
	row           row
	first, second string
	class         string // of the first line
	anchor        string
	must          bool // stays even where it collides
}

// row is the pair of lines that a label stands on.
type row int

const (
	above row = iota // baselines 34 and 49
	below            // baselines 127 and 142
)

// box returns the label's edges in pixels of the assumed width.
func (l label) box() (from, to float64) {
	const bold, plain = 7.8, 6.5 // mean advance of 13 px semibold and 12 px text
	width := max(float64(utf8.RuneCountInString(l.first))*bold, float64(utf8.RuneCountInString(l.second))*plain)
	x := l.x / 100 * assumed
	switch l.anchor {
	case "end":
		return x - width, x
	case "middle":
		return x - width/2, x + width/2
	}
	return x, x + width
}

// anchors are the ways to hang a label, the natural one first: it turns inward
// at the edges and stands centred elsewhere.
func anchors(x float64) []string {
	switch {
	case x < 8:
		return []string{"start"}
	case x > 88:
		return []string{"end", "middle"}
	}
	return []string{"middle", "start", "end"}
}

// place hangs the labels, the weightier first, each in the first way in which it
// touches neither another label nor today's line. It reports whether a label
// other than the receipt found no room.
func (s Strip) place(sc scale) (placed []label, dropped bool) {
	now := sc.x(s.Now)
	for _, l := range s.labels(sc) {
		ok := false
		for _, l.anchor = range anchors(l.x) {
			if ok = fits(l, placed, now); ok {
				break
			}
		}
		if !ok && l.must {
			l.anchor, ok = anchors(l.x)[0], true
		}
		if ok {
			placed = append(placed, l)
		} else if l.x > 0 {
			dropped = true
		}
	}
	return placed, dropped
}

// fits tells whether a label, hung as it is, leaves everything else readable.
// It may reach a little over the edges, where the card has its padding.
func fits(l label, placed []label, now float64) bool {
	from, to := l.box()
	if from < -12 || to > assumed+28 {
		return false
	}
	// Only the upper labels lie on today's line.
	if line := now / 100 * assumed; l.row == above && from < line-3 && to > line+3 {
		return false
	}
	for _, o := range placed {
		a, b := o.box()
		if o.row == l.row && from < b+10 && to > a-10 {
			return false
		}
	}
	return true
}

// labels are all texts of the drawing, the weightier first.
func (s Strip) labels(sc scale) []label {
	var out []label
	for _, c := range s.clocks() {
		out = append(out, s.dueLabel(sc, c))
	}
	for _, c := range s.clocks() {
		r := rowOf(c.name)
		for _, h := range c.Holds {
			out = append(out, label{x: sc.x(h.From), row: r, first: or(h.Label, "Held"), second: h.Note})
		}
		if !c.FirstDue.IsZero() {
			out = append(out, label{x: sc.x(c.FirstDue), row: r, first: "First date " + s.day(lastDay(c.FirstDue, c.Hours)), second: c.FirstNote})
		}
	}
	for _, st := range s.Stations {
		out = append(out, label{x: sc.x(st.At), row: below, first: s.day(lastDay(st.At, false)), second: join(", ", st.Label, st.Note)})
	}
	return append(out, label{x: sc.x(s.Received), row: above, first: "Received " + s.day(s.Received), second: s.ReceivedNote})
}

// rowOf puts a clock's labels on its own side of the calendar.
func rowOf(name string) row {
	if name == "Promise" {
		return above
	}
	return below
}

// dueLabel is the text at a clock's own mark.
func (s Strip) dueLabel(sc scale, c named) label {
	l := label{x: sc.x(c.Due), row: rowOf(c.name), first: s.due(c.Clock), must: true}
	if !c.Met.IsZero() {
		l.second = "met, " + s.kept(c.Clock)
		if c.Clock == s.Promise {
			l.first, l.second = did(c.What)+" "+s.day(c.Met), s.kept(c.Clock)
		}
		return l
	}
	l.second = s.distance(c.Clock)
	switch {
	case c.Provisional && !s.late(c.Clock):
		l.first, l.second = l.first+", if answered today", "provisional"
	case c.Governs && !s.late(c.Clock):
		l.first += ", governs"
	}
	if !c.RolledFrom.IsZero() {
		l.second = join(", ", l.second, "rolled from "+s.day(lastDay(c.RolledFrom, c.Hours)))
	}
	l.second = join(", ", c.What, l.second)
	switch {
	case s.late(c.Clock):
		l.class = " e"
	case c.Governs:
		l.class = " a"
	}
	return l
}

// did says that a duty was done: "Answered", or the thing itself.
func did(what string) string {
	if what == "" || what == "answer" {
		return "Answered"
	}
	first, size := utf8.DecodeRuneInString(what)
	return string(unicode.ToUpper(first)) + what[size:]
}

// draw writes the two lines. The start is SVG's own anchor and is left out.
func (l label) draw(p *pen) {
	y := [2]string{"34", "49"}
	if l.row == below {
		y = [2]string{"127", "142"}
	}
	for i, text := range [2]string{l.first, l.second} {
		if text == "" {
			continue
		}
		p.put(`<text`)
		if i == 0 {
			p.put(` class="b`, l.class, `"`)
		}
		p.put(` x="`, percent(l.x), `" y="`, y[i], `"`)
		if l.anchor != "start" {
			p.put(` text-anchor="`, l.anchor, `"`)
		}
		p.put(`>`).text(text).put(`</text>`)
	}
}
