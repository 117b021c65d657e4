package chromium_test

import (
	"testing"

	"dsr/policies"
)

// Where the system sets the colours, what is ticked still differs from what is
// not, errors and the open question have a border, and drawings have colours of
// their own.
func TestForcedColoursHideNothing(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	b := openTab(t, h.base)
	if b == nil {
		return
	}
	b.width(phone).prefers("forced-colors", "active")
	filled := h.form("moxora", "check", personal(answers{"request": ticked(policies.Access)}))
	for _, path := range []string{filled + "/what", filled + "/who", "/moxora/request"} {
		b.visit(path)
		b.holds("told", "bordered")
	}
	for _, s := range openStates()[:3] {
		at := h.arrive(s)
		b.show(view{name: s.name, path: at.my, as: at}, "en")
		b.holds("drawn", "bordered")
	}
}

// The colour of a house never hides the focus, a tick or an error: under each
// policy, light and dark.
func TestTheColourOfAHouseHidesNothing(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	b := openTab(t, h.base)
	if b == nil {
		return
	}
	b.width(desk)
	for _, pack := range h.site.Book.Packs() {
		for _, theme := range []string{"light", "dark"} {
			b.prefers("prefers-color-scheme", theme)
			b.show(view{name: pack.ID + ", " + theme, path: "/" + pack.ID + "/request", press: true, status: 422}, "en")
			look[int](b, "document.querySelector('.choice input').click(),0")
			b.sound(new(tally), "told")
			(&typist{b}).round()
		}
	}
}
