package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// realBrowser starts Chromium. Where there is none the test fails, unless
// somebody has said that this machine goes without.
func realBrowser(t *testing.T) (context.Context, bool) {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" && os.Getenv("DSR_TEST_WITHOUT_CHROMIUM") == "1" {
		fmt.Fprintf(os.Stderr, "NOT RUN: %s in a browser: %v\n", t.Name(), err)
		return nil, false
	}
	if err != nil {
		t.Fatalf("%v; install it with: sudo apt-get install chromium, or set DSR_TEST_WITHOUT_CHROMIUM=1", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("no-proxy-server", true))
	limited, stop := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(stop)
	allocator, release := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(release)
	ctx, leave := chromedp.NewContext(allocator)
	t.Cleanup(leave)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx, true
}

// loaded does what leads to another page and waits until that is there.
func loaded[T any](t *testing.T, ctx context.Context, step chromedp.Action[T]) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(page.LoadEventFired, nil, step)); err != nil {
		t.Fatal(err)
	}
}

// seen looks something up in a page.
func seen(t *testing.T, ctx context.Context, expression string) string {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// frameOf returns the frame in a page that shows the site, if there is one.
func frameOf(t *testing.T, ctx context.Context, site string) (context.Context, bool) {
	t.Helper()
	targets, err := chromedp.Targets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range targets {
		if info.Type == "iframe" && strings.HasPrefix(info.URL, site) {
			frame, leave := chromedp.NewContext(ctx, chromedp.WithTargetID(info.TargetID))
			t.Cleanup(leave)
			return frame, true
		}
	}
	return nil, false
}

// companyPage is a page of another site with the form in a frame.
func companyPage(t *testing.T, form *string) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><title>Company</title><iframe src="%s" title="Privacy request" width="700" height="900"></iframe>`, *form)
	}))
	t.Cleanup(server.Close)
	server.URL = strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // another site than the form's
	return server
}

func TestABrowserShowsTheFormInTheFrameOfItsOwnerOnly(t *testing.T) {
	ctx, ok := realBrowser(t)
	if !ok {
		return
	}
	var form string
	company, other := companyPage(t, &form), companyPage(t, &form)
	s := openStreet(t, framedBy(t, company.URL))
	form = s.server.URL + "/moxora/request?right=opt_out.marketing&amp;language=de"

	loaded(t, ctx, chromedp.Navigate(other.URL))
	// What Chromium shows in place of a page it refuses bears the page's address.
	if frame, there := frameOf(t, ctx, s.server.URL); there && seen(t, frame, "String(document.forms.length)") != "0" {
		t.Fatalf("another site shows the form: %s", seen(t, frame, "document.body.innerText"))
	}
	loaded(t, ctx, chromedp.Navigate(company.URL))
	frame, shown := frameOf(t, ctx, s.server.URL)
	if !shown {
		t.Fatal("the company's own page does not show the form")
	}
	if lang := seen(t, frame, "document.documentElement.lang"); lang != "de" {
		t.Errorf("the form is in %q", lang)
	}
	if away := seen(t, frame, "String([...document.querySelectorAll('footer a')].every(a => a.target == '_blank' && a.rel == 'noopener'))"); away != "true" {
		t.Error("links out of the form take the frame with them")
	}
	press := chromedp.Evaluate[string]("document.querySelector('main .btn').click(), ''")
	loaded(t, frame, press) // the right is ticked, because the address named it
	loaded(t, frame, chromedp.Evaluate[string]("document.querySelector('#email').value = 'dana.whitlock@example.org', document.querySelector('main .btn').click(), ''"))
	loaded(t, frame, press)
	if at := seen(t, frame, "location.pathname + ' ' + document.documentElement.lang + ' ' + (self !== top)"); !strings.Contains(at, "/request/done/") || !strings.HasSuffix(at, " de true") {
		t.Errorf("the confirmation is %s", at)
	}
	if s.count() != 1 {
		t.Errorf("%d requests came in", s.count())
	}
	cookies, err := chromedp.Call(frame, network.GetCookies, network.GetCookiesParams{URLs: []string{s.server.URL}})
	if err != nil || len(cookies.Cookies) != 0 {
		t.Errorf("the form keeps %d cookies, %v", len(cookies.Cookies), err)
	}
}
