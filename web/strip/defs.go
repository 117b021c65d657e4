package strip

import "html/template"

// Defs returns the paint servers and shapes that every drawing refers to. It
// stands once on a page, before the first strip; it takes no room and is kept
// out of the reading order. It is not display:none, because browsers then drop
// its patterns.
//
// Patterns: h hatch (hold), z teeth (overdue), x dots (extension). Shapes: d
// diamond, q square with a section sign, e the same empty, k tick, a circle
// with a tick, o today's half circle; for the mini strip mi and mb, its diamond
// and block, mn today's line, m2, mp and ml the cap at the receipt. The shapes
// carry no class: they take fill, stroke and colour from the place that uses
// them.
func Defs() template.HTML { return defs }

const (
	checkAttrs = `fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="none" stroke-linecap="round" stroke-linejoin="round" d="m-3.5.5 2.5 2.5 4.5-5"/>`

	defs template.HTML = `<svg class="defs" aria-hidden="true"><defs>` +
		`<pattern id="h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="h0" d="M0 0h5v5H0z"/><path class="h1" d="M1 0v5"/></pattern>` +
		`<pattern id="z" width="4" height="4" patternUnits="userSpaceOnUse"><path class="h0" d="M0 0h4v4H0z"/><path class="z1" d="M0 0h2.5v4H0z"/></pattern>` +
		`<pattern id="x" width="4" height="4" patternUnits="userSpaceOnUse"><path class="h0" d="M0 0h4v4H0z"/><path class="x1" d="M1 1h1.6v1.6H1z"/></pattern>` +
		`<path id="d" d="M0-9 9 0 0 9-9 0z"/>` +
		`<path id="e" d="M-8-9H8V9H-8z"/>` +
		`<g id="q"><path d="M-8-9H8V9H-8z"/><text y="4" fill="currentColor" stroke="none" font-size="11" font-weight="600" text-anchor="middle">§</text></g>` +
		`<path id="k" ` + checkAttrs +
		`<g id="a"><circle r="9"/><path ` + checkAttrs + `</g>` +
		`<g id="o" fill="none" stroke="currentColor" stroke-width="1.5"><circle r="6"/><path fill="currentColor" d="M0-6a6 6 0 0 1 0 12z"/></g>` +
		`<path id="mi" d="M0 8l5.5 5.5L0 19l-5.5-5.5z"/>` +
		`<path id="mb" d="M-3.5 20.5h7v12h-7z"/>` +
		`<path id="m2" fill="currentColor" d="M0 8h2v24H0z"/><path id="mp" fill="currentColor" d="M0 8h2v11H0z"/><path id="ml" fill="currentColor" d="M0 21h2v11H0z"/>` +
		`<line id="mn" stroke="currentColor" stroke-opacity=".6" x1="33.333%" x2="33.333%" y2="40"/>` +
		`</defs></svg>`
)

// Mark returns the small drawing of a mark for lists, cards and keys, hidden
// from the reading order because the words beside it say the same. The names
// are promise, promise-open, promise-met, promise-late, law, law-open,
// law-dashed, law-met, law-late, law-block, hold, extended, received, today and
// answered; plain means that the clock governs, open that it does not. An
// unknown name gives an empty box.
func Mark(name string) template.HTML {
	return template.HTML(`<svg class="mk" viewBox="0 0 20 20" aria-hidden="true">` + shape(name) + `</svg>`)
}

// shape draws a mark in a box of 20 by 20 pixels.
func shape(name string) string {
	switch name {
	case "promise":
		return use("d", "g")
	case "promise-open":
		return use("d", "w")
	case "promise-dashed":
		return use("d", "v")
	case "promise-met":
		return use("d", "w") + use("k", "y")
	case "promise-late":
		return use("d", "d")
	case "law":
		return use("q", "g")
	case "law-open":
		return use("q", "w")
	case "law-dashed":
		return use("q", "v")
	case "law-met":
		return use("e", "w") + use("k", "y")
	case "law-late":
		return use("q", "d")
	case "law-block":
		return `<path class="w" d="M6.5 4h7v12h-7z"/>`
	case "hold":
		return `<rect class="f" fill="url(#h)" x="1" y="6" width="18" height="8"/>`
	case "extended":
		return `<rect class="x" fill="url(#x)" x="1" y="6" width="18" height="8"/>`
	case "received":
		return `<path class="c" d="M2 2h2v16H2z"/><path class="p" d="M4 6h14v8H4z"/>`
	case "today":
		return use("o", "y")
	case "answered":
		return use("a", "g")
	}
	return ""
}

// use places a shape in the middle of the box.
func use(id, class string) string {
	return `<use href="#` + id + `" class="` + class + `" x="10" y="10"/>`
}

// face is the mark of a clock: diamond or square, and how it is drawn.
func (s Strip) face(c *Clock) string {
	kind := "law"
	if c == s.Promise {
		kind = "promise"
	}
	switch {
	case !c.Met.IsZero():
		return kind + "-met"
	case s.late(c):
		return kind + "-late"
	case c.Provisional:
		return kind + "-dashed"
	case !c.Governs:
		return kind + "-open"
	}
	return kind
}
