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

// sight is what look.js says of a page.
type sight struct {
	Faults                []string
	Loaded                [][2]any // address and size of everything a first visit loads
	Passed, Settled       int64
	Violations, Undecided []string // of axe-core; undecided where look.js cannot tell either
}

// inspect asks look.js for faults, and axe-core too where that is meant, all in
// one go. The first time it brings both to the page.
func (b *tab) inspect(withAxe bool, functions ...string) sight {
	b.Helper()
	bring := ""
	if !b.brought {
		bring = axeCore + "\n;" + lookUp + "\n;"
		b.brought = true
	}
	return look[sight](b, fmt.Sprintf("%sdsr.inspect(%v,%s)", bring, withAxe, quoted(append([]string{}, functions...))))
}

// holds checks the page with functions of look.js, each of which lists faults.
func (b *tab) holds(functions ...string) {
	b.Helper()
	b.complain(b.inspect(false, functions...).Faults...)
}

// axed is holds, and runs the rules of WCAG 2.2 A and AA and the best practices
// on the page as it is now. It returns what was found.
func (b *tab) axed(count *tally, functions ...string) sight {
	b.Helper()
	f := b.inspect(true, functions...)
	count.runs.Add(1)
	count.passed.Add(f.Passed)
	count.settled.Add(f.Settled)
	count.violations.Add(int64(len(f.Violations)))
	b.complain(f.Violations...)
	b.complain(f.Faults...)
	return f
}

// sound is axed for a requester's page: nothing may stay undecided, and a first
// visit loads little.
func (b *tab) sound(count *tally, functions ...string) {
	b.Helper()
	f := b.axed(count, functions...)
	b.complain(f.Undecided...)
	total := int64(0)
	for _, part := range f.Loaded {
		total += int64(part[1].(float64))
	}
	if total == 0 || total > heaviest {
		b.complain(fmt.Sprintf("it loads %d bytes, at most %d are meant: %v", total, heaviest, f.Loaded))
	}
	for most := count.heaviest.Load(); total > most && !count.heaviest.CompareAndSwap(most, total); most = count.heaviest.Load() {
	}
}

// complain fails the test for faults of the page.
func (b *tab) complain(faults ...string) {
	b.Helper()
	if len(faults) > 0 {
		b.Errorf("%s: %s", b.name, strings.Join(faults, "\n\t"))
	}
}

// first are the functions of look.js for a page as it comes.
func first(script bool) []string {
	list := []string{"wide", "cut", "torn", "collide", "targets", "gaps"}
	if !script {
		list = append(list, "scripts")
	}
	return list
}

// fully looks at a page in every way that people may see it.
func (b *tab) fully(count *tally, script bool) {
	b.Helper()
	at := b.name
	as := func(way string) { b.name = at + ", " + way }
	as("a phone, light")
	b.sound(count, first(script)...)
	as("320 px")
	b.width(narrow).holds("wide", "cut", "torn", "collide")
	as("a desk, dark")
	b.width(desk).prefers("prefers-color-scheme", "dark").sound(count, "wide", "cut", "torn", "collide")
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
func (b *tab) briefly(count *tally, script bool) {
	b.Helper()
	b.sound(count, first(script)...)
	at := b.name
	b.name += ", 320 px"
	b.width(narrow).holds("wide", "cut", "torn", "collide")
	b.width(phone).name = at
}
