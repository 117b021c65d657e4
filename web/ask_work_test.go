package web_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"dsr/people"
	"dsr/web"
)

// In a real browser the work is done while somebody reads, and the first press
// of the button sends the form. In a network that sends little nothing runs.
func TestABrowserDoesTheWorkByItself(t *testing.T) {
	ctx, ok := realBrowser(t)
	if !ok {
		return
	}
	s := openStreet(t, func(site *web.Site) {
		site.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		site.Limits.Ready = people.Limit{Count: 1, Per: time.Hour}
	})
	press := chromedp.Evaluate[string]("document.querySelector('main .btn').click(), ''")
	for form, scripts := range []string{"0", "1"} {
		loaded(t, ctx, chromedp.Navigate(s.server.URL+"/sectora/request?right=opt_out.marketing"))
		loaded(t, ctx, press)
		loaded(t, ctx, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector('#email').value = 'p%d@example.org', document.querySelector('main .btn').click(), ''", form)))
		if got := seen(t, ctx, "String(document.scripts.length)"); got != scripts {
			t.Fatalf("form %d: the last page has %s scripts, want %s", form, got, scripts)
		}
		began := time.Now()
		loaded(t, ctx, press)
		if at := seen(t, ctx, "location.pathname"); len(at) < 20 || at[:22] != "/sectora/request/done/" {
			t.Errorf("form %d led to %s: %s", form, at, seen(t, ctx, "document.body.innerText"))
		}
		t.Logf("form %d: %v from the press to the confirmation", form, time.Since(began))
	}
	if s.count() != 2 || len(s.suspects()) != 0 {
		t.Errorf("%d requests, suspected %v", s.count(), s.suspects())
	}
}

func TestTheScriptIsServedOnlyToPagesThatNeedIt(t *testing.T) {
	s := openStreet(t)
	b := s.browser().stopsAdvertising("d@example.org")
	b.seesNot("<script", "work.js").press(nil).sees(http.StatusOK).seesNot("<script")
	if status, h, body := s.raw("GET", "/assets/x/work.js", "", "", "Accept-Encoding", "identity"); status != http.StatusOK || h.Get("Content-Type") != "text/javascript; charset=utf-8" || len(body) > 3000 {
		t.Errorf("the script answers %d, %s, %d bytes", status, h.Get("Content-Type"), len(body))
	}
}
