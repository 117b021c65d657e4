package chromium_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	chrome "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// worker is one of the team at a desk with a keyboard and no mouse.
type worker struct {
	*typist
	h *house
}

// seat opens a browser of its own and signs somebody in with the keyboard. It
// returns nil where there is no browser. The address of the sign-in is the only
// one that is ever typed.
func (h *house) seat(name string) *worker {
	h.Helper()
	tab := openTab(h.T, h.base)
	if tab == nil {
		return nil
	}
	w := &worker{&typist{tab}, h}
	w.width(1440)
	w.open("/console/signin").to("Work email").types(name + "@example.com").to("Password").types("a long enough pass phrase").enters(200)
	return w.on("/console")
}

// on checks which page is open.
func (w *worker) on(path string) *worker {
	w.Helper()
	if at := look[string](w.tab, "location.pathname"); at != path {
		w.Fatalf("%s is open and not %s:\n%s", at, path, brief(w.text()))
	}
	return w
}

// inside goes past the menu with the first link of a page.
func (w *worker) inside() *worker {
	w.Helper()
	if at := w.next(); at.Name != "Skip to the content" {
		w.Fatalf("%s: the first stop is “%s”", w.name, at.Name)
	}
	w.keys(kb.Enter)
	return w
}

// farthest is more stops than any page of the console has.
const farthest = 320

// reach presses Tab until something whose name begins so has the focus.
func (w *worker) reach(name string) *worker {
	w.Helper()
	var passed []string
	for rounds := 0; rounds < 2 && len(passed) < farthest; {
		at := w.next()
		if strings.HasPrefix(at.Name, name) {
			return w
		}
		if passed = append(passed, at.Name); at.Place == "" {
			rounds++
		}
	}
	w.Fatalf("%s: Tab never reaches “%s”, but: %s", w.name, name, strings.Join(passed, " | "))
	return w
}

// writes reaches a field and types into it.
func (w *worker) writes(label, text string) *worker {
	w.Helper()
	w.reach(label).keys(text)
	return w
}

// picks reaches the group of radio buttons that has one of this name, and goes
// to it with the arrows.
func (w *worker) picks(label string) *worker {
	w.Helper()
	has := "(e=>e.type==='radio'&&[...document.getElementsByName(e.name)].some(r=>r.form===e.form&&r.labels[0].innerText.trim().startsWith(" + quoted(label) + ")))(document.activeElement)"
	for range farthest {
		w.next()
		if !look[bool](w.tab, has) {
			continue
		}
		w.keys(" ")
		for range 20 {
			if strings.HasPrefix(look[stop](w.tab, "dsr.focus()").Name, label) {
				return w
			}
			w.keys(kb.ArrowDown)
		}
	}
	w.Fatalf("%s: no choice “%s” can be reached", w.name, label)
	return w
}

// presses reaches a button or link and uses it; what it leads to answers with a
// status.
func (w *worker) presses(name string, status int64) *worker {
	w.Helper()
	w.reach(name).enters(status)
	return w
}

// jumps is that of the typist, and leads on.
func (w *worker) jumps(keys, path string) *worker {
	w.Helper()
	w.typist.jumps(keys, path)
	return w
}

// sees is reads, and leads on.
func (w *worker) sees(texts ...string) *worker {
	w.Helper()
	w.reads(texts...)
	return w
}

// filters types a filter of the queue, from whatever page, and waits for its
// list. Tab leads out of the field, so that the keys of the list work.
func (w *worker) filters(query string) *worker {
	w.Helper()
	if look[string](w.tab, "location.pathname") != "/console" {
		w.jumps("/", "/console")
	} else {
		w.keys("/")
	}
	w.until("document.activeElement.id", "filter")
	w.keys(query + kb.Enter)
	w.until("new URL(location).searchParams.get('q')+'|'+document.querySelector('#filter').defaultValue+'|'+document.querySelectorAll('.htmx-request').length", query+"|"+query+"|0")
	w.name = "/console?q=" + query
	w.keys(kb.Tab)
	return w
}

// listed are the references of the list, in its order.
func (w *worker) listed() []string {
	w.Helper()
	return look[[]string](w.tab, "[...document.querySelectorAll('.queue tbody .c-ref a:not(.peek-link)')].map(a=>a.textContent)")
}

// opens finds a request by its reference and opens it from the list.
func (w *worker) opens(reference string) *worker {
	w.Helper()
	w.filters(reference)
	if got := w.listed(); !slices.Equal(got, []string{reference}) {
		w.Fatalf("%s finds %q", reference, got)
	}
	w.keys("j")
	w.jumps(kb.Enter, "/console/requests/"+reference)
	return w
}

// acts opens the page of an act from the menu of a request.
func (w *worker) acts(label string, status int64) *worker {
	w.Helper()
	return w.inside().reach("Actions").opensMenu().presses(label, status)
}

// opensMenu opens the menu that has the focus.
func (w *worker) opensMenu() *worker {
	w.Helper()
	w.keys(kb.Enter)
	w.until("document.activeElement.closest('details').open", "true")
	return w
}

// fetches does what downloads a file, and returns its name and content.
func (w *worker) fetches(button string) (name, content string) {
	w.Helper()
	dir := w.TempDir()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	yes := true
	_, err := chromedp.CallBrowser(ctx, chrome.SetDownloadBehavior, chrome.SetDownloadBehaviorParams{
		Behavior: chrome.SetDownloadBehaviorBehaviorAllowAndName, BrowserContextID: chromedp.FromContext(w.ctx).BrowserContextID, DownloadPath: dir, EventsEnabled: &yes,
	})
	w.must(err)
	begun, done := make(chan *chrome.EventDownloadWillBegin, 10), make(chan string, 10)
	w.must(chromedp.ListenBrowser(ctx, func(event any) {
		switch e := event.(type) {
		case *chrome.EventDownloadWillBegin:
			begun <- e
		case *chrome.EventDownloadProgress:
			if e.State == chrome.DownloadProgressStateCompleted {
				done <- e.GUID
			}
		}
	}))
	w.reach(button).keys(kb.Enter)
	for {
		select {
		case e := <-begun:
			name = e.SuggestedFilename
		case guid := <-done:
			data, err := os.ReadFile(filepath.Join(dir, guid))
			w.must(err)
			return name, string(data)
		case <-ctx.Done():
			w.Fatalf("%s: “%s” downloads nothing", w.name, button)
		}
	}
}

// later lets time go by in the house.
func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = h.clock.Add(d)
}
