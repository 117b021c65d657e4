package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"dsr/database"
	"dsr/drafts"
	"dsr/mailer/inbox"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/words"
)

// Site holds what the pages need. Fill in the exported fields and call New.
type Site struct {
	Office *requests.Office
	Book   *policies.Book
	People *people.Register
	Words  *words.Catalogue
	Ring   *vault.Ring  // signs forms and receipts, seals drafts
	DB     *database.DB // for sessions, drafts and counted attempts, each behind its own package
	Inbox  *inbox.Inbox // the mailbox of a developer's machine; nil: there is none
	Now    func() time.Time
	Log    *slog.Logger
	// Secure says that people reach the site over HTTPS: cookies keep to it and
	// browsers are told to.
	Secure bool
	// TrustedProxies may say in X-Forwarded-For where a request came from.
	// Without any the connection's own address counts.
	TrustedProxies []netip.Prefix
	Limits         Limits

	limiter *people.Limiter
	drafts  *drafts.Drawer
	portal  *scs.SessionManager // of requesters
	console *scs.SessionManager // of staff
	pages   *pages
	forms   *checker
	assets  *assets
	origin  *http.CrossOriginProtection
	uploads chan struct{} // one token for each upload that may be in memory
}

// Limits say how often a door opens for one network. Over a limit people are
// asked to try again shortly; nothing they wrote is lost. Zero fields take the
// defaults of New.
type Limits struct {
	Drafts   people.Limit  // forms begun
	Intake   people.Limit  // forms sent
	Links    people.Limit  // fresh links asked for, from one network
	Target   people.Limit  // fresh links for one request, from anywhere
	FormTime time.Duration // a form filled in faster was not filled in by a person
}

func (l *Limits) fill() {
	for _, d := range []struct {
		limit *people.Limit
		usual people.Limit
	}{
		{&l.Drafts, people.Limit{Count: 1200, Per: time.Hour}},
		{&l.Intake, people.Limit{Count: 300, Per: time.Hour}},
		{&l.Links, people.Limit{Count: 20, Per: time.Hour}},
		{&l.Target, people.Limit{Count: 4, Per: time.Hour}},
	} {
		if *d.limit == (people.Limit{}) {
			*d.limit = d.usual
		}
	}
	if l.FormTime == 0 {
		l.FormTime = 3 * time.Second
	}
}

// New makes the handler of the whole site. It fails when a template, a brand
// or the name of a policy is not sound.
func New(s Site) (http.Handler, error) {
	s.Limits.fill()
	site := &s
	if err := site.furnish(); err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(discard{})
	e.IPExtractor = site.ipExtractor()
	e.HTTPErrorHandler = site.fail
	e.Pre(site.observe, site.headers, middleware.RemoveTrailingSlashWithConfig(middleware.TrailingSlashConfig{RedirectCode: http.StatusPermanentRedirect}))
	e.Use(site.sameOrigin, middleware.GzipWithConfig(middleware.GzipConfig{Level: 5, MinLength: 1200, Skipper: uncompressed}))
	site.mount(e)
	return e, nil
}

// furnish makes what the handlers use.
func (s *Site) furnish() (err error) {
	s.limiter = people.NewLimiter(s.DB, s.Ring)
	s.drafts = drafts.Open(s.DB, s.Ring)
	s.origin = http.NewCrossOriginProtection()
	s.uploads = make(chan struct{}, uploadsAtOnce)
	s.portal = s.sessions("dsr_my", 12*time.Hour, 2*time.Hour)
	s.console = s.sessions("dsr_console", 12*time.Hour, 3*time.Hour)
	if s.assets, err = loadAssets(s.Book.Packs()); err != nil {
		return err
	}
	if s.pages, err = loadPages(s.assets); err != nil {
		return err
	}
	if s.forms, err = newChecker(); err != nil {
		return err
	}
	return s.checkNames()
}

// checkNames refuses a policy whose pages would hide pages of the house.
func (s *Site) checkNames() error {
	var faults []error
	for _, r := range s.routes() {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.path, "/"), "/")
		if slices.ContainsFunc(s.Book.Packs(), func(p *policies.Pack) bool { return p.ID == first }) {
			faults = append(faults, fmt.Errorf("a policy cannot be called %q: the pages under /%s belong to the program", first, first))
		}
	}
	return errors.Join(faults...)
}

// Server returns an HTTP server with limits on how long a connection may take.
// The bodies of uploads and downloads are what the long ones are for.
func Server(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Minute,
		WriteTimeout:      30 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// discard takes the log lines of the router, which has nothing to say that the
// access log does not.
type discard struct{}

// Write drops p.
func (discard) Write(p []byte) (int, error) { return len(p), nil }
