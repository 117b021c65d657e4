package web_test

import (
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/people"
	"dsr/policies"
	"dsr/sso"
	"dsr/web"
)

// raw sends a request as it is and returns status, header and body.
func (s *street) raw(method, path, contentType, body string, header ...string) (int, http.Header, string) {
	s.Helper()
	req, err := http.NewRequest(method, s.server.URL+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	return res.StatusCode, res.Header, string(answer)
}

// A session that an identity provider's word opened ends with that word, also
// where its person has chosen another password meanwhile.
func TestANewPasswordDoesNotOutliveTheProvidersWord(t *testing.T) {
	p, with := withProvider(t, &sso.Rules{Claim: "groups", Lifetime: sso.Span(time.Hour), Groups: []sso.Rule{{Group: "privacy", Role: "handler", Policies: []string{"all"}}}})
	s := openStreet(t, with)
	p.Who = mara()
	p.Who.Groups = []string{"privacy"}
	b := s.browser().signsOn(p, "/console/me").sees(http.StatusOK, "Mara Lindqvist")
	const another = "seven herons, no boat"
	b.fill("/me/password", url.Values{"current": {passPhrase}, "password": {another}, "again": {another}}).at("/console/me").sees(http.StatusOK, "Password changed.")
	s.later(time.Hour)
	b.open("/console/policies").at("/console/signin")
}

// routes lists the table of addresses with something in place of each
// parameter.
func (s *street) routes() []*echo.Route {
	return s.handler.(*echo.Echo).Routes()
}

func concrete(pattern string) string {
	filled := strings.NewReplacer(":policy", "moxora", ":draft", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", ":step", "what", ":reference", "MOX-2222-22",
		":token", strings.Repeat("A", 43), ":receipt", "AAAA", ":number", "1").Replace(pattern)
	parts := strings.Split(filled, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") {
			parts[i] = "1"
		}
	}
	return strings.Join(parts, "/")
}

func TestEveryPostFromAnotherSiteIsRefused(t *testing.T) {
	s := openStreet(t)
	posts := 0
	for _, r := range s.routes() {
		if r.Method != http.MethodPost {
			continue
		}
		posts++
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
			status, _, body := s.raw("POST", concrete(r.Path), "application/x-www-form-urlencoded", "right=access", header...)
			if status != http.StatusForbidden || !strings.Contains(body, "This form came from another site") {
				t.Errorf("POST %s with %v answered %d", r.Path, header, status)
			}
		}
	}
	if posts < 15 || s.count() != 0 {
		t.Errorf("%d routes take posts; %d requests", posts, s.count())
	}
}

// open says which pages under /console and /my are there for nobody signed in.
func openToVisitors(method, path string) bool {
	return path == "/console/signin" || strings.HasPrefix(path, "/console/signin/") || path == "/console/signout" || strings.HasPrefix(path, "/console/welcome/") || path == "/my/leave"
}

func TestNobodyComesInWithoutBeingSignedInOrHoldingALink(t *testing.T) {
	s := openStreet(t)
	seen := 0
	for _, r := range s.routes() {
		console, my := strings.HasPrefix(r.Path, "/console"), strings.HasPrefix(r.Path, "/my")
		if !console && !my || openToVisitors(r.Method, r.Path) || r.Method == echo.RouteNotFound {
			continue
		}
		seen++
		status, header, body := s.raw(r.Method, concrete(r.Path), "application/x-www-form-urlencoded", "", "Cookie", "dsr_console=forged; dsr_my=forged")
		switch to := header.Get("Location"); {
		case my && status != http.StatusUnauthorized:
			t.Errorf("%s %s answered %d", r.Method, r.Path, status)
		case console && r.Method == http.MethodPost && status != http.StatusUnauthorized:
			t.Errorf("%s %s answered %d", r.Method, r.Path, status)
		case console && r.Method != http.MethodPost && (status != http.StatusSeeOther || !strings.HasPrefix(to, "/console/signin?next=%2Fconsole")):
			t.Errorf("%s %s answered %d to %s", r.Method, r.Path, status, to)
		}
		if strings.Contains(body, "MOX-2222-22") {
			t.Errorf("%s %s shows a reference", r.Method, r.Path)
		}
	}
	if seen < 20 {
		t.Errorf("only %d routes are guarded", seen)
	}
}

func TestAnswersAreKeptFromFramesCachesAndScripts(t *testing.T) {
	_, dev := withMailbox(t)
	s := openStreet(t, dev, func(site *web.Site) { site.Secure = true })
	for _, r := range s.routes() {
		if r.Method != http.MethodGet {
			continue
		}
		path := concrete(r.Path)
		status, h, body := s.raw("GET", path, "", "")
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s (%d): Content-Security-Policy is %q", path, status, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if cache := h.Get("Cache-Control"); cache != "no-store" && path != "/moxora/request" {
			t.Errorf("%s: Cache-Control is %q", path, cache)
		}
		head, hh, empty := s.raw("HEAD", path, "", "")
		if head != status || empty != "" || hh.Get("Content-Type") != h.Get("Content-Type") {
			t.Errorf("HEAD %s answered %d, GET %d", path, head, status)
		}
		if strings.Contains(body, "X-Powered") || h.Get("Server") != "" {
			t.Errorf("%s tells what runs here", path)
		}
	}
}

func TestStyleSheetsAreKeptForeverUnderAddressesOfTheirContent(t *testing.T) {
	s := openStreet(t)
	_, _, page := s.raw("GET", "/moxora/request", "", "")
	sheets := 0
	for _, part := range strings.Split(page, `href="`)[1:] {
		path, _, _ := strings.Cut(part, `"`)
		if !strings.HasPrefix(path, "/assets/") && !strings.HasPrefix(path, "/brand/") {
			continue
		}
		path, _, _ = strings.Cut(path, "#")
		sheets++
		status, h, body := s.raw("GET", path, "", "", "Accept-Encoding", "identity")
		kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
		if status != http.StatusOK || h.Get("Cache-Control") != "public, max-age=31536000, immutable" || kind != "text/css" && kind != "image/svg+xml" || body == "" {
			t.Errorf("%s: %d %v", path, status, h)
		}
		old := strings.Replace(path, strings.Split(path, "/")[2], "another", 1)
		if _, h, _ := s.raw("GET", old, "", ""); h.Get("Cache-Control") != "public, max-age=60" {
			t.Errorf("%s of another version: %v", path, h)
		}
	}
	if sheets < 4 {
		t.Errorf("the page names %d files", sheets)
	}
	for _, path := range []string{"/assets/x/../web.go", "/assets/x/nothing.css", "/brand/x/nobody.css", "/assets/x"} {
		if status, _, _ := s.raw("GET", path, "", ""); status != http.StatusNotFound {
			t.Errorf("%s answered %d", path, status)
		}
	}
}

func TestWhatIsNoFormOfThisSiteIsRefusedClearlyAndChangesNothing(t *testing.T) {
	s := openStreet(t)
	draft := strings.TrimSuffix(s.browser().asks("moxora", "DE", policies.Access).address.Path, "check")
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name, path, kind, body string
		status                 int
		says                   string
	}{
		{"nothing at all", "/moxora/request", "", "", 415, "This page cannot read that"},
		{"JSON", "/moxora/request", "application/json", `{"right":"access"}`, 415, "This page cannot read that"},
		{"a form with files", draft + "find", "multipart/form-data; boundary=x", "--x--", 415, "This page cannot read that"},
		{"a type of nobody", draft + "find", "form/%%%", "", 415, "This page cannot read that"},
		{"Latin-1", draft + "find", form, "email=d%40example.org&id-workspace=M%FCnchen", 400, "The form could not be read"},
		{"a zero byte", draft + "particular", form, "words=a%00b", 400, "The form could not be read"},
		{"an escape", draft + "particular", form, "words=a%1b%5b2Jb", 400, "The form could not be read"},
		{"a bad escape", draft + "find", form, "email=%zz", 400, "The form could not be read"},
		{"a thousand fields", draft + "find", form, strings.Repeat("x=1&", 1000), 400, "The form could not be read"},
		{"half a megabyte", draft + "particular", form, "words=" + strings.Repeat("x", 500_000), 413, "That is too large"},
		{"a policy of nobody", "/nobody/request", form, "right=access", 404, "There is no such page"},
		{"a question of nobody", draft + "money", form, "x=1", 404, "There is no such page"},
		{"another verb", "/moxora/use", form, "x=1", 405, "This page does not do that"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, _, body := s.raw("POST", c.path, c.kind, c.body, "Accept-Encoding", "identity")
			if status != c.status || !strings.Contains(body, c.says) || !strings.Contains(body, "E-"+s.now().Format("20060102")+"-") {
				t.Errorf("it answered %d: %.900s", status, body)
			}
		})
	}
	if status, h, _ := s.raw("DELETE", "/moxora/request", "", ""); status != http.StatusMethodNotAllowed || h.Get("Allow") == "" {
		t.Errorf("DELETE answered %d with %v", status, h)
	}
	b := s.browser().open(draft+"check").sees(http.StatusOK, "dana.whitlock@example.org")
	if b.seesNot("nchen"); s.count() != 0 {
		t.Error("something was received")
	}
}

func TestAddressesThatLeadNowhereAreToldSoInBothLooks(t *testing.T) {
	s := openStreet(t)
	for _, path := range []string{"/nobody", "/nobody/request", "/moxora/nothing", "/moxora/request/x", "/my%2f..", "/../etc/passwd", "//evil.example", "/%ff", "/" + strings.Repeat("x", 5000)} {
		status, h, body := s.raw("GET", path, "", "", "Accept-Encoding", "identity")
		if status != http.StatusNotFound || !strings.Contains(body, "There is no such page") || !strings.Contains(body, "ask.css") {
			t.Errorf("%.40s answered %d %v", path, status, h)
		}
	}
	// In the console who is signed in keeps the side column; nobody else learns
	// what is there and what is not.
	s.browser().open("/console/nothing").at("/console/signin")
	s.desk("mara@example.com").open("/console/nothing").sees(http.StatusNotFound, "There is no such page", "All open", "Back to the queue")
	status, _, body := s.raw("POST", "/console/nothing", "application/x-www-form-urlencoded", "", "Accept-Encoding", "identity")
	if status != http.StatusMethodNotAllowed || !strings.Contains(body, "app.css") {
		t.Errorf("the console answered %d:\n%s", status, body)
	}
	if status, h, _ := s.raw("GET", "/moxora/", "", ""); status != http.StatusPermanentRedirect || h.Get("Location") != "/moxora" {
		t.Errorf("a slash at the end: %d %v", status, h)
	}
	if status, h, _ := s.raw("GET", "/moxora", "", ""); status != http.StatusSeeOther || h.Get("Location") != "/moxora/request" {
		t.Errorf("a policy: %d %v", status, h)
	}
	if status, _, body := s.raw("GET", "/healthz", "", ""); status != http.StatusOK || body != "ok\n" {
		t.Errorf("health: %d %q", status, body)
	}
	s.browser().open("/").sees(http.StatusOK, "Moxora", "Nexoro", "Opvio", "Sectora", "Vensor AI").follow("Sectora").at("/sectora/request")
	s.browser().open("/moxora/use").sees(http.StatusOK).open("/moxora/accessibility").sees(http.StatusOK)
}

func TestTheLogHoldsNoSecretAndNobody(t *testing.T) {
	s := openStreet(t)
	b, reference := s.received("moxora", "DE", policies.Access)
	receipt := b.address.Path
	link := s.link()
	b.open(link).press(nil).open("/my?email=dana.whitlock@example.org")
	b.open("/nobody@example.org").open("/r/" + strings.Repeat("A", 43))
	log := s.log.String()
	for _, secret := range []string{"dana", "example.org", reference, strings.TrimPrefix(link, "/r/"), receipt[len(receipt)-32:], "127.0.0.1"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for _, line := range []string{`"route":"/r/:token"`, `"route":"/:policy/request/:draft/:step"`, `"status":410`} {
		if !strings.Contains(log, line) {
			t.Errorf("the log lacks %s:\n%s", line, log)
		}
	}
}

func TestAFaultOfOursIsLoggedWithItsNumberAndToldToNobody(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "DE", policies.Access)
	if err := s.site.DB.Close(); err != nil {
		t.Fatal(err)
	}
	b.press(nil).sees(http.StatusInternalServerError, "Something broke on our side", "Nothing was changed and nothing was sent").seesNot("database", "closed", "sql")
	_, number, _ := strings.Cut(b.text(), "give this number: ")
	if number = strings.Fields(number)[0]; !strings.Contains(s.log.String(), number) {
		t.Errorf("the log does not know %s", number)
	}
	if status, _, _ := s.raw("GET", "/healthz", "", ""); status != http.StatusInternalServerError {
		t.Errorf("health answered %d", status)
	}
}

func TestTheMailboxIsThereForDevelopersOnly(t *testing.T) {
	if status, _, _ := openStreet(t).raw("GET", "/mailbox", "", ""); status == http.StatusOK {
		t.Error("a site without a mailbox shows one")
	}
	_, dev := withMailbox(t)
	s := openStreet(t, dev)
	s.browser().open("/mailbox").sees(http.StatusOK, "No letter yet").open("/mailbox/1").sees(http.StatusNotFound).open("/mailbox/x/html").sees(http.StatusNotFound)
}

func TestTheFormSetsNoCookie(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/moxora/request")
	b.press(url.Values{"right": {"opt_out.marketing"}}).press(url.Values{"email": {"d@example.org"}}).press(nil).sees(http.StatusOK, "We have your request")
	if len(b.cookies()) != 0 {
		t.Errorf("it set %v", b.cookies())
	}
}

func (b *browser) cookies() []*http.Cookie {
	to, err := url.Parse(b.server.URL)
	if err != nil {
		b.Fatal(err)
	}
	return b.http.Jar.Cookies(to)
}

func TestAPolicyCannotHideAPageOfTheHouse(t *testing.T) {
	s := openStreet(t)
	for _, p := range s.site.Book.Packs() {
		if p.ID == "moxora" {
			p.ID = "console"
		}
	}
	if _, err := web.New(s.site); err == nil || !strings.Contains(err.Error(), `a policy cannot be called "console"`) {
		t.Errorf("New: %v", err)
	}
}

func TestAServerEndsConnectionsThatSayNothing(t *testing.T) {
	s := openStreet(t)
	server := web.Server(s.handler, s.site.Log)
	if server.ReadHeaderTimeout == 0 || server.ReadHeaderTimeout > time.Minute || server.IdleTimeout == 0 || server.MaxHeaderBytes > 1<<16 {
		t.Errorf("%+v", server)
	}
}

func TestForwardedAddressesCountOnlyFromTrustedProxies(t *testing.T) {
	one := people.Limit{Count: 1, Per: time.Hour}
	asks := func(s *street, from string) int {
		b := s.browser()
		b.headers.Set("X-Forwarded-For", from)
		return b.open("/moxora/request").press(url.Values{"right": {"access"}}).status
	}
	s := openStreet(t, func(site *web.Site) { site.Limits.Drafts = one })
	if first, second := asks(s, "203.0.113.1"), asks(s, "203.0.113.2"); first != http.StatusOK || second != http.StatusTooManyRequests {
		t.Errorf("without a proxy: %d, %d", first, second)
	}
	s = openStreet(t, func(site *web.Site) {
		site.Limits.Drafts, site.TrustedProxies = one, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	if first, second, again := asks(s, "203.0.113.1"), asks(s, "203.0.113.2"), asks(s, "10.0.0.1, 203.0.113.1"); first != http.StatusOK || second != http.StatusOK || again != http.StatusTooManyRequests {
		t.Errorf("behind a proxy: %d, %d, %d", first, second, again)
	}
}

func TestTheCookieOfAVisitIsBoundToTheSite(t *testing.T) {
	s := openStreet(t, func(site *web.Site) { site.Secure = true })
	s.received("moxora", "GB", policies.Access)
	status, h, _ := s.raw("POST", s.link(), "application/x-www-form-urlencoded", "")
	cookie := h.Get("Set-Cookie")
	for _, part := range []string{"__Host-dsr_my=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("%d: the cookie %q lacks %s", status, cookie, part)
		}
	}
	if strings.Contains(cookie, "Domain") || strings.Contains(cookie, "Max-Age") {
		t.Errorf("the cookie is %q", cookie)
	}
}
