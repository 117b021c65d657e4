package chromium_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a page may take before a test gives up on it.
const patience = 30 * time.Second

// browser is started by the first test that wants it and stopped when the last
// is done.
var (
	browser = sync.OnceValues(startBrowser)
	closing = make(chan func(), 1)
	opening sync.Mutex // held while a tab opens
)

func TestMain(m *testing.M) {
	code := m.Run()
	select {
	case stop := <-closing:
		stop()
	default:
	}
	os.Exit(code)
}

func startBrowser() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	for _, flag := range []string{"disable-gpu", "no-proxy-server", "disable-component-update"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	closing <- func() {
		_ = chromedp.Cancel(ctx)
		stop()
	}
	// The first step starts the browser, which lives as long as its context: it
	// must not be one that ends with a page.
	return ctx, chromedp.Do(ctx)
}

// tab is one tab with cookies of its own. Its methods end the test when they
// cannot do what they say.
type tab struct {
	*testing.T
	ctx  context.Context
	base string
	name string // of the page, for messages

	brought bool // axe-core and look.js are in the page

	mu     sync.Mutex
	main   network.RequestID // the document on show
	path   string            // of its address
	status int64             // of its answer
	again  bool              // it loads itself anew after a while
	faults []string          // what the browser complained of
}

// openTab opens a tab at a site, or says that there is no browser. Tabs are
// opened one after another: opening two at a time can hang.
func openTab(t *testing.T, base string) *tab {
	t.Helper()
	root, err := browser()
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" && os.Getenv("DSR_TEST_WITHOUT_CHROMIUM") == "1" {
		fmt.Fprintf(os.Stderr, "NOT RUN: %s in a browser: %v\n", t.Name(), err)
		return nil
	}
	if err != nil {
		t.Fatalf("%v; install it with: sudo apt-get install chromium, or set DSR_TEST_WITHOUT_CHROMIUM=1", err)
	}
	opening.Lock()
	defer opening.Unlock()
	b := &tab{T: t, base: base, name: "a new tab"}
	ctx, stop := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	b.ctx = ctx
	b.must(chromedp.Do(ctx))
	b.must(chromedp.Listen(ctx, b.hear))
	return b
}

func (b *tab) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatalf("%s: %v", b.name, err)
	}
}

// hear takes in what the browser tells of the tab.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeDocument && string(e.FrameID) == string(chromedp.FromContext(b.ctx).Target.TargetID) {
			b.main, b.status, b.again = e.RequestID, 0, false
			if at, err := url.Parse(e.Request.URL); err == nil {
				b.path = at.Path
			}
		}
	case *network.EventResponseReceived:
		if e.RequestID == b.main {
			b.status = e.Response.Status
			_, b.again = e.Response.Headers["Refresh"]
		} else if e.Response.Status >= 400 {
			b.faults = append(b.faults, fmt.Sprintf("%s answered %d", e.Response.URL, e.Response.Status))
		}
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, "a script broke: "+e.ExceptionDetails.Text)
	}
}

// call sends one command of the DevTools protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	b.must(err)
	return result
}

// look looks something up in the page. It works where scripts are off, too.
func look[T any](b *tab, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	b.must(err)
	return result
}

// load does what leads to another page and waits until that is there.
func (b *tab) load(step func(ctx context.Context) error) *tab {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.WaitEvent(page.LoadEventFired, nil, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, step(ctx)
	}))
	b.must(err)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.name, b.brought = b.path, false
	if len(b.faults) > 0 {
		b.Errorf("%s: %s", b.name, strings.Join(b.faults, "\n\t"))
	}
	b.faults = nil
	return b
}

// visit goes to an address.
func (b *tab) visit(path string) *tab {
	b.Helper()
	b.name = path
	if strings.HasPrefix(path, "/") {
		path = b.base + path
	}
	return b.load(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: path})
		return err
	})
}

// answers checks the status of the page.
func (b *tab) answers(status int64) *tab {
	b.Helper()
	b.mu.Lock()
	got := b.status
	b.mu.Unlock()
	if got != status {
		b.Fatalf("%s answered %d, want %d:\n%s", b.name, got, status, brief(b.text()))
	}
	return b
}

// text is what can be read on the page, its blanks made plain.
func (b *tab) text() string {
	b.Helper()
	return strings.Join(strings.Fields(look[string](b, "document.body.innerText")), " ")
}

// reads checks that the page says each text.
func (b *tab) reads(texts ...string) *tab {
	b.Helper()
	text := b.text()
	for _, want := range texts {
		if !strings.Contains(text, want) {
			b.Errorf("%s does not say %q:\n%s", b.name, want, brief(text))
		}
	}
	return b
}

// width sets how wide the window is, in CSS pixels.
func (b *tab) width(pixels int64) *tab {
	b.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: pixels, Height: 900, DeviceScaleFactor: 1})
	return b
}

// prefers sets what somebody prefers, as pairs: prefers-color-scheme, dark.
func (b *tab) prefers(pairs ...string) *tab {
	b.Helper()
	features := []*emulation.MediaFeature{}
	for i := 0; i < len(pairs); i += 2 {
		features = append(features, &emulation.MediaFeature{Name: pairs[i], Value: pairs[i+1]})
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
	return b
}

// withoutScripts switches JavaScript off, as some people do.
func (b *tab) withoutScripts() *tab {
	b.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return b
}

// quoted writes a text or a list as JavaScript does.
func quoted(value any) string {
	out, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// keys types a text or presses keys, one after another. Each goes down with its
// text, as from a keyboard: a key that moves the focus types nothing where the
// focus comes to.
func (b *tab) keys(keys string) {
	b.Helper()
	for _, r := range keys {
		k := kb.Keys[r]
		down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: k.Key, Code: k.Code, WindowsVirtualKeyCode: k.Windows}
		if k.Shift {
			down.Modifiers = int64(kb.ModifierShift)
		}
		up := down
		up.Type = input.DispatchKeyEventTypeKeyUp
		if k.Print {
			down.Type, down.Text, down.UnmodifiedText = input.DispatchKeyEventTypeKeyDown, k.Text, k.Unmodified
		}
		call(b, input.DispatchKeyEvent, down)
		call(b, input.DispatchKeyEvent, up)
	}
}
