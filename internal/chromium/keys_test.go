package chromium_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// typist is somebody who has only a keyboard, and looks where the focus is.
type typist struct{ *tab }

// stop is where the focus is. Top, Bottom and Left are in CSS pixels of the
// page.
type stop struct {
	Name, ID          string
	Place             string // header, main, aside or footer; "" is nowhere
	Fault             string // why one cannot see it
	Top, Bottom, Left float64
}

// next presses Tab, checks that one can see where that leads, and returns it.
func (b *typist) next() stop {
	b.Helper()
	b.keys(kb.Tab)
	at := look[stop](b.tab, "dsr.focus()")
	if at.Fault != "" {
		b.complain("the focus on “" + at.Name + "” " + at.Fault)
	}
	return at
}

// mostStops is more than any page of a requester has.
const mostStops = 60

// to presses Tab until something whose name begins so has the focus.
func (b *typist) to(name string) *typist {
	b.Helper()
	var passed []string
	for range mostStops {
		at := b.next()
		if strings.HasPrefix(at.Name, name) {
			return b
		}
		passed = append(passed, at.Name)
	}
	b.Fatalf("%s: Tab never reaches “%s”, but: %s", b.name, name, strings.Join(passed, " | "))
	return b
}

// types types a text or presses keys.
func (b *typist) types(keys string) *typist {
	b.Helper()
	b.keys(keys)
	return b
}

// enters presses Enter and waits for the page that leads to.
func (b *typist) enters(status int64) *typist {
	b.Helper()
	b.load(func(context.Context) error {
		b.keys(kb.Enter)
		return nil
	})
	b.answers(status)
	look[int](b.tab, lookUp+"\n;0")
	return b
}

func (b *typist) open(path string) *typist {
	b.Helper()
	b.visit(path).answers(200)
	look[int](b.tab, lookUp+"\n;0")
	return b
}

// round goes through every stop of the page: each can be seen, none is left
// out, and they come in the order in which the page is read.
func (b *typist) round() *typist {
	b.Helper()
	look[int](b.tab, "(b=>{b.tabIndex=-1;b.focus();b.removeAttribute('tabindex');scrollTo(0,0);return 0})(document.body)")
	want, got := look[int](b.tab, "dsr.stops()"), 0
	var before stop
	for at := b.next(); at.Place != "" && got <= want; at = b.next() {
		got++
		above := at.Bottom <= before.Top+1
		if at.Place == before.Place && (above || at.Top < before.Bottom-1 && at.Left < before.Left-1 && at.Top <= before.Top) {
			b.complain("Tab goes back from “" + before.Name + "” to “" + at.Name + "”")
		}
		before = at
	}
	if got != want {
		b.Errorf("%s: Tab stops %d times on %d targets", b.name, got, want)
	}
	return b
}

// skips checks that the first stop leads past the header.
func (b *typist) skips() *typist {
	b.Helper()
	if at := b.next(); at.Name != "Skip to the content" {
		b.complain("the first stop is “" + at.Name + "”")
	}
	b.keys(kb.Enter)
	if at := b.next(); at.Place != "main" {
		b.complain("the skip link leads to “" + at.Name + "” in the " + at.Place)
	}
	return b
}

// mends checks that the box with what is wrong has the focus, and that each of
// its links leads to a field. A browser gives what has autofocus the focus when
// it first draws the page, which may be after the page was loaded.
func (b *typist) mends(fields ...string) *typist {
	b.Helper()
	look[int](b.tab, "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(0))))")
	if at := look[stop](b.tab, "dsr.focus()"); at.ID != "errors" {
		b.complain("the summary of what is wrong has no focus; “" + at.Name + "” has")
	}
	for _, field := range fields {
		look[int](b.tab, "document.getElementById('errors').focus(),0")
		for range fields {
			b.keys(kb.Tab)
			if look[string](b.tab, "document.activeElement.getAttribute('href')||''") == "#"+field {
				break
			}
		}
		b.keys(kb.Enter)
		if at := look[stop](b.tab, "dsr.focus()"); at.ID != field || at.Fault != "" {
			b.complain("the summary leads to “" + at.Name + "” (" + at.ID + ") and not to " + field + " " + at.Fault)
		}
	}
	return b
}

func openTypist(t *testing.T, width int64) (*house, *typist) {
	t.Helper()
	t.Parallel()
	h := openHouse(t)
	b := openTab(t, h.base)
	if b == nil {
		return nil, nil
	}
	b.width(width)
	return h, &typist{b}
}

// A request for a copy, for somebody's child, with the keyboard alone: mistakes
// and going back included.
func TestARequestNeedsNoMouse(t *testing.T) {
	h, b := openTypist(t, desk)
	if b == nil {
		return
	}
	b.open("/opvio/request").skips().round()
	b.open("/opvio/request").skips().to("Continue").enters(422).mends("right").round()
	b.open("/opvio/request").to("Get a copy").types(" ").to("Continue").enters(200)
	b.round().to("Continue").enters(422).mends("country").types("United States").to("Continue").enters(200)
	b.to("Continue").enters(422).mends("state").types("California").to("Continue").enters(200)
	b.to("Continue").enters(422).mends("who").types(" ").round().to("For me").types(kb.ArrowDown).to("Continue").enters(200)
	b.to("Back").enters(200).to("For my child").to("Continue").enters(200)
	b.round().to("Continue").enters(422).mends("email", "own_name", "own_email").round()
	b.to("Email address").types("kim@example.org").to("Your name").types("Kay").to("Your email").types("kay@example.org").enters(200)
	b.to("Is there anything particular").types("Everything since March.").to("Continue").enters(200)
	b.reads("kay@example.org", "Everything since March.")
	b.round().to("Change").enters(200).open(b.name[:strings.LastIndexByte(b.name, '/')] + "/check")
	b.to("Send my request").enters(200).reads("We have your request")
	b.round().to("Send me the link again").enters(200).reads("a new link is on its way")
	link := h.letter("kay@example.org")
	b.open(link).round().to("Yes, open the request").enters(200).round()
	b.to("Write to us").enters(200).round().to("Send my message").enters(422).mends("text")
	b.types("Thank you.").to("Send my message").enters(200).reads("We have your message.")
	b.to("Withdraw it").enters(200).round().to("Withdraw my request").enters(200).reads("You have withdrawn")
}

// An opt-out with the keyboard alone, on a phone with one attached.
func TestAnOptOutNeedsNoMouse(t *testing.T) {
	_, b := openTypist(t, phone)
	if b == nil {
		return
	}
	b.open("/moxora/request").round().to("More choices").types(kb.Enter).to("Stop advertising to me").types(" ").to("Continue").enters(200)
	b.round().to("Email address").types("no address").enters(422).mends("email")
	look[int](b.tab, "document.activeElement.select(),0")
	b.types("kay@example.org").enters(200).round().to("Send my request").enters(200)
	b.reads("We have your request")
	b.round()
}

// The language can be changed with the keyboard, and what was filled in stays.
func TestTheLanguageNeedsNoMouse(t *testing.T) {
	h, b := openTypist(t, phone)
	if b == nil {
		return
	}
	draft := h.form("moxora", "find", personal(nil))
	b.open(draft + "/find").to("English").enters(200).round().to("Deutsch").enters(200)
	if b.name != draft+"/find" {
		b.complain("choosing a language leads here")
	}
	b.reads("Weiter")
}

// The way back to a request, the proof of who somebody is, and another look at
// the answer, with the keyboard.
func TestTheWayBackNeedsNoMouse(t *testing.T) {
	h, b := openTypist(t, desk)
	if b == nil {
		return
	}
	at := map[string]*standing{}
	for _, s := range slices.Concat(openStates(), endedStates()) {
		if s.name == "proof asked" || s.name == "item by item" {
			at[s.name] = h.arrive(s)
		}
	}
	st := at["proof asked"]
	b.open("/nexoro/follow").skips().to("Send me a link").enters(422).mends("email").types(st.email).enters(200)
	b.skips().round().to("Open my requests").enters(422).mends("code").round()
	link := h.letter(st.email)
	b.open(link).to("Yes, open").enters(200).round().to("Send it to us").enters(200)
	b.skips().to("Send it to us").enters(422).mends("point-full_name", "declared").types(" ").round()
	b.to("Full name").types("Lena Huber").to("Send it to us").enters(200).reads("The proof that we asked for.")

	b.show(view{name: "item by item", path: at["item by item"].my, as: at["item by item"]}, "en")
	look[int](b.tab, lookUp+"\n;0")
	b.round().to("Ask us to look again").enters(200).round().to("Ask for another look").enters(422).mends("text")
	b.types("The score is about me.").to("Ask for another look").enters(200).reads("The score is about me.")
	b.round().to("Sign out everywhere").enters(200).reads("You are signed out")
}

// Whoever asks for others needs no mouse either.
func TestAnAgentNeedsNoMouse(t *testing.T) {
	h, b := openTypist(t, phone)
	if b == nil {
		return
	}
	b.open("/moxora/agent").skips().round().to("Send me a link").enters(422).mends("relation", "own_name", "own_email")
	b.open("/moxora/agent").to("An agent").types(" ").to("Your name").types("Kay").to("Your email").types(kay.Email).enters(200)
	b.open(h.mailed(kay.Email, "/a/")).round().to("Yes, open my page").enters(200).round()
	b.to("Show that you may act").enters(200).round().to("Send the document").enters(422).mends("kind", "scope", "file").round()
	b.to("All requests you made").enters(200).to("Send a list").enters(200).round().to("Send the list").enters(422).mends("file")
	b.to("All requests you made").enters(200).to("Sign out").enters(200).reads("You are signed out")
}
