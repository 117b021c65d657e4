package chromium_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// row is the row of the queue that has the focus, counted from one; 0 is none.
func (b *typist) row() int {
	b.Helper()
	return look[int](b.tab, "document.activeElement.closest('.queue tbody tr')?.sectionRowIndex+1||0")
}

// until waits for what a script does in the page.
func (b *typist) until(expression, want string) *typist {
	b.Helper()
	got := ""
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if got = look[string](b.tab, "String("+expression+")"); got == want {
			return b
		}
		look[int](b.tab, "new Promise(done => requestAnimationFrame(() => done(0)))")
	}
	b.Fatalf("%s: %s is %q and does not become %q", b.name, expression, got, want)
	return b
}

// jumps presses keys that lead to another page.
func (b *typist) jumps(keys, path string) *typist {
	b.Helper()
	b.keys(keys)
	b.until("location.pathname+document.readyState", path+"complete")
	b.name = path
	b.mu.Lock()
	b.brought = false
	b.mu.Unlock()
	look[int](b.tab, lookUp+"\n;0")
	return b
}

// A stretch of work with the keyboard alone: through the queue, beside it, into
// a request, an act, and back; then without shortcuts.
func workingHour(t *testing.T, base string) {
	tab := signIn(t, base, "mara")
	if tab == nil {
		return
	}
	b := &typist{tab}
	b.width(1440)
	b.open("/console")
	for i, key := range []string{"j", "j", "j", "k"} {
		if b.keys(key); b.row() != []int{1, 2, 3, 2}[i] {
			t.Fatalf("%d. %s leads to row %d", i+1, key, b.row())
		}
	}
	if at := look[stop](b.tab, "dsr.focus()"); at.Fault != "" {
		b.complain("the row's focus " + at.Fault)
	}
	request := look[string](b.tab, "document.activeElement.pathname")
	look[int](b.tab, "window.stayed=1")

	b.keys("x")
	b.until("document.querySelectorAll('[name=r]:checked').length+' '+getComputedStyle(document.querySelector('.bulk')).display", "1 block")
	b.keys("p")
	b.until("location.search.startsWith('?peek=')&&document.querySelector('#peek')!=null", "true")
	if b.row() != 2 || look[int](b.tab, "window.stayed+document.querySelectorAll('[name=r]:checked').length") != 2 {
		t.Errorf("looking at a request moves the focus to row %d, or forgets what was selected", b.row())
	}
	b.keys(kb.Escape)
	b.until("location.search+document.querySelector('#peek')", "null")

	b.keys("/")
	b.until("document.activeElement.id", "filter")
	b.types("jjxx")
	if value := look[string](b.tab, "document.activeElement.value"); value != "jjxx" {
		t.Errorf("in the filter the keys type %q", value)
	}
	look[int](b.tab, "document.activeElement.value='',document.activeElement.blur(),0")

	b.jumps("?", "/console/keys").round()
	b.open("/console").keys("jj")
	b.jumps(kb.Enter, request)
	b.jumps("m", request+"/message").round()
	b.open(request).jumps("u", "/console")
	b.keys("kj") // from the one opened last to the one above, and back
	b.jumps("a", request+"/assign")
	b.jumps("gm", "/console").until("document.querySelector('.nav [aria-current]').innerText.split(/\\s/)[0]", "My")

	b.open("/console/keys").to("Switch the shortcuts off").enters(200).reads("Keyboard shortcuts are off")
	b.open("/console")
	for _, key := range "jx?" {
		b.keys(string(key))
	}
	if at := look[string](b.tab, "location.pathname"); b.row() != 0 || at != "/console" {
		t.Errorf("switched off, the keys lead to %s, row %s", at, strconv.Itoa(b.row()))
	}
	b.open("/console/keys").to("Switch the shortcuts on").enters(200).reads("Keyboard shortcuts are on")
}
