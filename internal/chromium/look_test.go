package chromium_test

import (
	_ "embed"
	"fmt"
	"strings"
	"sync/atomic"
)

//go:embed testdata/axe.min.js
var axeCore string

//go:embed testdata/look.js
var lookUp string

// The widths that pages are looked at: a phone, a desk, and the narrowest that
// WCAG 2.2 asks for (1.4.10 Reflow), in CSS pixels.
const (
	phone  = 390
	desk   = 1280
	narrow = 320
)

// heaviest is the most that a first visit to a requester's page may load, its
// page, styles and icons together, unpacked, in bytes.
const heaviest = 50_000

// tally counts what was looked at.
type tally struct{ runs, passed, settled, violations, heaviest atomic.Int64 }

func (t *tally) String() string {
	return fmt.Sprintf("axe-core: %d runs, %d rules passed, %d contrasts settled by look.js, %d violations; the heaviest page loads %d bytes",
		t.runs.Load(), t.passed.Load(), t.settled.Load(), t.violations.Load(), t.heaviest.Load())
}

// bring makes axe-core and our own look.js known to the page on show.
func (b *tab) bring() {
	b.Helper()
	look[int](b, axeCore+"\n;"+lookUp+"\n;0")
}

// axed runs the rules of WCAG 2.2 A and AA and the best practices on the page
// as it is now, and returns what neither axe-core nor look.js could decide.
func (b *tab) axed(count *tally) (undecided []string) {
	b.Helper()
	found := look[struct {
		Passed, Settled       int64
		Violations, Undecided []string
	}](b, "dsr.axed()")
	count.runs.Add(1)
	count.passed.Add(found.Passed)
	count.settled.Add(found.Settled)
	count.violations.Add(int64(len(found.Violations)))
	b.complain(found.Violations...)
	return found.Undecided
}

// holds checks the page with functions of look.js, each of which lists faults.
func (b *tab) holds(functions ...string) {
	b.Helper()
	calls := strings.Join(functions, "(),...dsr.")
	b.complain(look[[]string](b, "[...dsr."+calls+"()].slice(0,12)")...)
}

// complain fails the test for faults of the page.
func (b *tab) complain(faults ...string) {
	b.Helper()
	if len(faults) > 0 {
		b.Errorf("%s: %s", b.name, strings.Join(faults, "\n\t"))
	}
}

// light checks what a first visit loads.
func (b *tab) light(count *tally) {
	b.Helper()
	total := 0
	var list []string
	for _, part := range look[[][2]any](b, "dsr.weight()") {
		size := int(part[1].(float64))
		total += size
		list = append(list, fmt.Sprintf("%s %d", part[0], size))
	}
	if total == 0 || total > heaviest {
		b.complain(fmt.Sprintf("it loads %d bytes, at most %d are meant: %s", total, heaviest, strings.Join(list, ", ")))
	}
	for most := count.heaviest.Load(); int64(total) > most && !count.heaviest.CompareAndSwap(most, int64(total)); most = count.heaviest.Load() {
	}
}

// fully looks at a page in every way that people may see it.
func (b *tab) fully(count *tally) {
	b.Helper()
	at := b.name
	as := func(way string) { b.name = at + ", " + way }
	as("a phone, light")
	b.light(count)
	b.holds("wide", "cut", "torn", "collide", "targets", "gaps")
	b.complain(b.axed(count)...)
	as("320 px")
	b.width(narrow).holds("wide", "cut", "torn", "collide")
	as("a desk, dark")
	b.width(desk).prefers("prefers-color-scheme", "dark").holds("wide", "cut", "torn", "collide")
	b.complain(b.axed(count)...)
	as("a desk with text of double size")
	look[int](b, "document.documentElement.style.fontSize='200%',0")
	b.holds("wide", "cut", "torn")
	as("a phone with text of double size")
	b.width(phone).holds("wide", "cut", "torn")
	look[int](b, "document.documentElement.style.fontSize='',0")
	as("forced colours, less motion")
	b.prefers("forced-colors", "active", "prefers-reduced-motion", "reduce").holds("drawn", "moving")
	b.prefers()
	b.name = at
}

// briefly looks at a page in one more language.
func (b *tab) briefly(count *tally) {
	b.Helper()
	b.holds("wide", "cut", "torn", "collide", "targets", "gaps")
	b.light(count)
	b.complain(b.axed(count)...)
	at := b.name
	b.name += ", 320 px"
	b.width(narrow).holds("wide", "cut", "torn", "collide")
	b.width(phone).name = at
}
