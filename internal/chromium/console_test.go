package chromium_test

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// start builds "dsr dev", starts it with its sample requests on a free port and
// returns its address.
func start(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "dsr")
	if out, err := exec.Command("go", "build", "-o", program, "dsr/cmd/dsr").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	command := exec.Command(program, "dev", "--dir", filepath.Join(dir, "run"), "--listen", address, "--quiet")
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		command.Wait()
	})
	// It says where its pages are once it serves them.
	base := "http://" + address
	for said := bufio.NewScanner(out); said.Scan(); {
		if strings.Contains(said.Text(), base+"/mailbox") {
			return base
		}
	}
	t.Fatal("the program did not start")
	return ""
}

// signIn opens a tab at the console of the samples as one of the team, or says
// that there is no browser.
func signIn(t *testing.T, base, name string) *tab {
	t.Helper()
	b := openTab(t, base)
	if b == nil {
		return nil
	}
	b.width(desk).visit("/console/signin").answers(200)
	b.fills("email", name+"@example.com", "password", "try-it-on-this-machine").answers(200)
	return b
}

// fills fills in fields of the first form below main, as pairs of name and
// value, and sends it.
func (b *tab) fills(pairs ...string) *tab {
	b.Helper()
	for i := 0; i < len(pairs); i += 2 {
		look[int](b, "document.querySelector('main form [name="+pairs[i]+"]').value="+quoted(pairs[i+1])+",0")
	}
	return b.load(func(context.Context) error {
		look[int](b, "document.querySelector('main form:has([name="+pairs[0]+"])').requestSubmit(),0")
		return nil
	})
}

// led returns where the first link leads that fits a selector.
func (b *tab) led(selector string) string {
	b.Helper()
	to := look[string](b, "document.querySelector("+quoted(selector)+")?.getAttribute('href') ?? ''")
	if to == "" {
		b.Fatalf("%s has no link %s", b.name, selector)
	}
	return to
}

// colleague looks at the pages of the table as one of the team.
type colleague struct {
	*tab
	count *tally
	pages int
	found map[string]string // where links lead, by their page and selector
}

// pagesOf lists the addresses where a page of the table is looked at.
func (w *colleague) pagesOf(p consolePage) []string {
	w.Helper()
	if p.from == "" {
		if len(p.at) == 0 {
			return []string{p.route}
		}
		return p.at
	}
	to, known := w.found[p.from+p.link]
	if !known {
		to = w.visit(p.from).answers(200).led(p.link)
		w.found[p.from+p.link] = to
	}
	if p.then != "" {
		to = w.visit(to).answers(200).led(p.then)
	}
	return []string{to + p.below}
}

// looks reads a page of the table: light at a desk and dark on a phone.
func (w *colleague) looks(p consolePage) {
	w.Helper()
	for _, path := range w.pagesOf(p) {
		w.pages++
		w.width(1440).prefers("prefers-color-scheme", "light")
		w.visit(path).answers(max(200, p.status))
		w.name = path
		w.axed(w.count)
		w.width(phone).prefers("prefers-color-scheme", "dark")
		w.axed(w.count, "wide")
		w.width(narrow).holds("wide")
	}
}

// collects leaves a saved view and an act on several requests for the pages that
// list them.
func (w *colleague) collects() {
	w.Helper()
	w.visit("/console/views?q=right:access").fills("name", "Copies").answers(200)
	w.visit("/console").load(func(context.Context) error {
		look[int](w.tab, "document.querySelector('.queue [name=r]').click(),document.querySelector('.bulk [name=act]').click(),0")
		return nil
	})
	w.answers(200)
	w.found["/console/bulk"] = w.name // until it is carried out it is in no list
}

// Each page of the console, as the program shows it to a newcomer, is read by
// axe-core, and a stretch of work is done without a mouse.
func TestTheConsoleIsForEverybody(t *testing.T) {
	t.Parallel()
	base := start(t)
	t.Run("with a keyboard alone", func(t *testing.T) {
		t.Parallel()
		workingHour(t, base)
	})
	for _, name := range []string{"mara", "priya", "joon", ""} {
		t.Run("seen by "+name, func(t *testing.T) {
			t.Parallel()
			var b *tab
			if name == "" {
				b = openTab(t, base)
			} else {
				b = signIn(t, base, name)
			}
			if b == nil {
				return
			}
			w := &colleague{tab: b, count: new(tally), found: map[string]string{}}
			if name == "mara" {
				w.collects()
			}
			for _, p := range consolePages() {
				if p.as == name && p.not == "" && !p.house {
					w.looks(p)
				}
			}
			t.Logf("%d pages; %s", w.pages, w.count)
		})
	}
}

// A page that is added to the program is added to the table, too, or it says why
// there is nothing to look at.
func TestEveryPageOfTheConsoleIsLookedAt(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	listed := map[string]bool{}
	for _, p := range consolePages() {
		listed[p.route] = true
	}
	there := map[string]bool{}
	for _, r := range h.handler(h.site).(*echo.Echo).Routes() {
		if r.Method != "GET" || !strings.HasPrefix(r.Path, "/console") && !strings.HasPrefix(r.Path, "/mailbox") {
			continue
		}
		there[r.Path] = true
		if !listed[r.Path] {
			t.Errorf("%s is in no line of consolePages", r.Path)
		}
	}
	for path := range listed {
		if !there[path] {
			t.Errorf("consolePages names %s, which is no page", path)
		}
	}
}
