package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
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
	sending []sync.Mutex  // one for each share of the forms being sent
}

// Limits say how often a door opens. Over one of them nothing is lost: a page
// comes back with what was entered and says when to press its button again, or
// the form is taken and triage looks at it first. Zero fields take the defaults
// of New.
type Limits struct {
	Drafts people.Limit // forms begun in one network
	Intake people.Limit // forms sent from one network
	// Ready is how many forms of one network are made ready to be sent before
	// each more costs the browser some work: a fifteenth of Intake by default.
	Ready people.Limit
	Links people.Limit // fresh links asked for, from one network
	// Target is how many fresh links go to one mailbox, from anywhere.
	Target people.Limit
	// Mailbox is how many forms may name one mailbox, from anywhere, before its
	// letters wait for triage: three for each four of Target by default. A day
	// allows for eight where an hour allows for three.
	Mailbox   people.Limit
	Codes     people.Limit // tries at the codes of one letter, from anywhere
	CodesFrom people.Limit // tries at codes, from one network
	// FormTime is how long a person needs at least from the first answer to the
	// last button. A form that was faster waits for it. Negative: none waits.
	FormTime time.Duration
}

func (l *Limits) fill() {
	for _, d := range []struct {
		limit *people.Limit
		count int
	}{{&l.Drafts, 1200}, {&l.Intake, 300}, {&l.Links, 20}, {&l.Target, 4}, {&l.Codes, 20}, {&l.CodesFrom, 60}} {
		if *d.limit == (people.Limit{}) {
			*d.limit = people.Limit{Count: d.count, Per: time.Hour}
		}
	}
	if l.Ready == (people.Limit{}) {
		l.Ready = people.Limit{Count: max(20, l.Intake.Count/15), Per: l.Intake.Per}
	}
	if l.Mailbox == (people.Limit{}) {
		l.Mailbox = people.Limit{Count: max(1, l.Target.Count*3/4), Per: l.Target.Per}
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
	s.sending = make([]sync.Mutex, 32)
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
