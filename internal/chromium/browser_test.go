package chromium_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe.min.js
var axe string

// tab is one tab of a browser at a running program.
type tab struct {
	*testing.T
	ctx  context.Context
	base string
}

// open builds and starts the program and opens a tab, or says that there is no
// browser.
func open(t *testing.T) *tab {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" || os.Getenv("DSR_TEST_WITHOUT_CHROMIUM") != "1" {
			t.Fatalf("%v; install it with: sudo apt-get install chromium, or set DSR_TEST_WITHOUT_CHROMIUM=1", err)
		}
		fmt.Fprintf(os.Stderr, "NOT RUN: %s in a browser: %v\n", t.Name(), err)
		return nil
	}
	base := start(t)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(browser), chromedp.Headless, chromedp.NoSandbox)
	t.Cleanup(stop)
	ctx, stopTab := chromedp.NewContext(alloc)
	t.Cleanup(stopTab)
	// The first step starts the browser, which lives as long as its context.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return &tab{T: t, ctx: ctx, base: base}
}

// start runs "dsr dev" on a free port until the test ends.
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
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		command.Wait()
	})
	base := "http://" + address
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if response, err := http.Get(base + "/healthz"); err == nil {
			response.Body.Close()
			return base
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("the program did not start within a minute")
		}
	}
}

// do carries steps out within a time.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	for _, step := range steps {
		if err := chromedp.Do(ctx, step); err != nil {
			b.Fatalf("%s: %v", what, err)
		}
	}
}

// look sets the width and the theme.
func (b *tab) look(width int64, dark bool) {
	b.Helper()
	theme := "light"
	if dark {
		theme = "dark"
	}
	b.do("the window", chromedp.EmulateViewport(width, 900))
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		b.Fatal(err)
	}
}

// scripts switches the pages' own scripts on or off.
func (b *tab) scripts(on bool) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.Fatal(err)
	}
}

func (b *tab) visit(path string) {
	b.Helper()
	b.do(path, chromedp.Navigate(b.base+path))
}

// press clicks what a selector finds and waits for the page it leads to.
func (b *tab) press(selector, then string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click(selector), chromedp.WaitVisible(then)); err != nil {
		b.Fatalf("after %s at %s there is no %s: %v\n%s", selector, b.where(), then, err, b.text())
	}
}

func (b *tab) write(selector, text string) {
	b.Helper()
	b.do(selector, chromedp.SendKeys(selector, text))
}

// text returns what a person reads.
func (b *tab) text() string {
	b.Helper()
	return evaluate[string](b, `document.body.innerText`)
}

func (b *tab) reads(words ...string) {
	b.Helper()
	text := b.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.Errorf("%s does not say %q:\n%s", b.where(), w, text)
		}
	}
}

func (b *tab) where() string { return evaluate[string](b, `location.pathname`) }

func evaluate[T any](b *tab, script string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", script[:min(40, len(script))], err)
	}
	return value
}

// sound checks a page: no violation of WCAG 2.2 AA that axe-core can find, no
// sideways scrolling.
func (b *tab) sound() {
	b.Helper()
	evaluate[int](b, axe+";0")
	found := evaluate[string](b, `axe.run({runOnly:['wcag2a','wcag2aa','wcag21aa','wcag22aa','best-practice']}).then(r=>JSON.stringify(r.violations.map(v=>({id:v.id,help:v.help,nodes:v.nodes.map(n=>n.target.join(' '))}))))`)
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		b.Fatal(err)
	}
	for _, v := range violations {
		b.Errorf("%s: %s (%s) at %v", b.where(), v.ID, v.Help, v.Nodes)
	}
	if wide := evaluate[int](b, `document.scrollingElement.scrollWidth-innerWidth`); wide > 0 {
		b.Errorf("%s scrolls sideways by %d pixels", b.where(), wide)
	}
}
