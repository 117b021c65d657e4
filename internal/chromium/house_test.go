package chromium_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dsr/access"
	"dsr/internal/dbtest"
	"dsr/mailer"
	"dsr/mailer/inbox"
	"dsr/outbox"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/web"
	"dsr/words"
)

// house is the whole site in this process, with a real database, a mailbox
// that letters reach over SMTP, and a clock that stands until it is moved.
type house struct {
	*testing.T
	site   web.Site
	base   string // http://127.0.0.1:49152
	box    *inbox.Inbox
	sender *mailer.Sender
	team   map[string]access.Caller // by first name
	log    *safeLog

	mu    sync.Mutex
	clock time.Time
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

// safeLog is a log that several goroutines write.
type safeLog struct {
	mu sync.Mutex
	b  strings.Builder
}

// Write keeps p.
func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// openHouse opens the site. What breaks in it fails the test.
func openHouse(t *testing.T) *house {
	t.Helper()
	// Sessions begin by the system's clock, so the test begins there too.
	h := &house{T: t, log: new(safeLog), team: map[string]access.Caller{}, clock: time.Now().UTC().Truncate(time.Second)}
	server := httptest.NewUnstartedServer(nil)
	h.base = "http://" + server.Listener.Addr().String()
	h.furnish()
	server.Config.Handler = h.handler(h.site)
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		if log := h.log.String(); strings.Contains(log, `"level":"ERROR"`) {
			t.Error("something broke on the way:\n" + log)
		}
	})
	return h
}

// under opens the same site once more under other limits and returns its
// address. What was counted before counts there, too.
func (h *house) under(change func(*web.Limits)) string {
	h.Helper()
	site := h.site
	change(&site.Limits)
	server := httptest.NewServer(h.handler(site))
	h.Cleanup(server.Close)
	return server.URL
}

func (h *house) handler(site web.Site) http.Handler {
	h.Helper()
	handler, err := web.New(site)
	h.must(err)
	return handler
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// furnish opens the rooms behind the site.
func (h *house) furnish() {
	h.Helper()
	db := dbtest.Open(h.T, dbtest.SQLite(h.T))
	ring, err := vault.CreateRing(filepath.Join(h.TempDir(), "keys"), h.clock)
	h.must(err)
	cost := people.OWASP()
	cost.Memory, cost.Passes = 64, 1
	register, err := people.New(db, ring, cost)
	h.must(err)
	catalogue, err := words.Load()
	h.must(err)
	book, err := policies.Load(policies.Options{})
	h.must(err)
	office, err := requests.Open(h.Context(), h.clock, requests.Settings{
		DB: db, Book: book, Ring: ring, Words: catalogue, People: register, BaseURL: h.base,
	})
	h.must(err)
	h.openMailbox()
	plenty := people.Limit{Count: 100_000, Per: time.Hour}
	h.site = web.Site{
		Office: office, Book: book, People: register, Words: catalogue, Ring: ring, DB: db, Inbox: h.box, Now: h.now,
		Log:    slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Limits: web.Limits{Drafts: plenty, Intake: plenty, Ready: plenty, Links: plenty, Target: plenty, Mailbox: plenty, Codes: plenty, CodesFrom: plenty, FormTime: -1},
	}
	for name, role := range map[string]access.Role{"mara": access.Handler, "joon": access.Approver, "priya": access.Approver} {
		h.hire(name, role)
	}
}

// hire makes an account that serves every policy.
func (h *house) hire(name string, role access.Role) {
	h.Helper()
	user, err := h.site.People.Create(h.Context(), h.clock, people.User{
		Email: name + "@example.com", Name: name, Role: role, Policies: access.AllPolicies(), Active: true,
	}, "a long enough pass phrase")
	h.must(err)
	h.team[name] = user.Caller()
}

func (h *house) openMailbox() {
	h.Helper()
	var err error
	h.box, err = inbox.Start(inbox.Options{Keep: 1000})
	h.must(err)
	h.Cleanup(func() { h.box.Close() })
	server, err := mailer.ParseURL("smtp://" + h.box.Address())
	h.must(err)
	h.sender = mailer.NewSender(server, mailer.Options{})
	h.Cleanup(func() { h.sender.Close() })
}

// deliver does the work that waits, sending letters above all.
func (h *house) deliver() {
	h.Helper()
	h.deliverAt(h.now())
}

func (h *house) deliverAt(at time.Time) {
	h.Helper()
	const from = "privacy@example.com"
	now, office := func() time.Time { return at }, h.site.Office
	_, err := outbox.Drain(h.Context(), h.site.DB, at, office.Jobs(from, now, h.sender.Send))
	h.must(err)
}

// pass lets the days go by since a request came, with the reminders of each.
func (h *house) pass(since time.Time) {
	h.Helper()
	for at := since; at.Before(h.now()); at = at.AddDate(0, 0, 1) {
		_, err := h.site.Office.Sweep(h.Context(), at)
		h.must(err)
		h.deliverAt(at)
	}
}

// letter delivers what waits and returns the path of the link in the newest
// letter to an address that holds one to a request.
func (h *house) letter(to string) (link string) {
	h.Helper()
	return h.mailed(to, "/r/")
}

// mailed is letter for links whose path begins with something else.
func (h *house) mailed(to, path string) (link string) {
	h.Helper()
	h.deliver()
	for _, m := range h.box.Messages() {
		if _, rest, found := strings.Cut(m.Text, h.base+path); found && strings.Contains(strings.Join(m.To, " "), to) {
			return path + strings.Fields(rest)[0]
		}
	}
	h.Fatalf("no letter to %s holds a link", to)
	return ""
}

// client is somebody's browser where nothing has to be seen.
func (h *house) client() *http.Client {
	h.Helper()
	jar, err := cookiejar.New(nil)
	h.must(err)
	return &http.Client{Jar: jar, Timeout: 20 * time.Second}
}

// post sends a form and returns the address it led to.
func (h *house) post(c *http.Client, address string, values url.Values) string {
	h.Helper()
	at, status, body := h.try(c, address, values)
	if status != http.StatusOK {
		h.Fatalf("POST %s answered %d:\n%s", address, status, brief(body))
	}
	return at
}

// try sends a form, whatever comes of it.
func (h *house) try(c *http.Client, address string, values url.Values) (at string, status int, body string) {
	h.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, strings.NewReader(values.Encode()))
	h.must(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if values.Has("signal") {
		request.Header.Set("Sec-GPC", "1")
	}
	response, err := c.Do(request)
	h.must(err)
	defer response.Body.Close()
	return response.Request.URL.String(), response.StatusCode, h.body(response)
}

// brief is the beginning of a text, for messages.
func brief(text string) string { return fmt.Sprintf("%.1500s", text) }

func (h *house) body(response *http.Response) string {
	h.Helper()
	body, err := io.ReadAll(response.Body)
	h.must(err)
	return string(body)
}
