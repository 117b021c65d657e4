// Package site is what all doors of the house share: the settings they work
// with, sessions and who is behind them, routes and the way to a handler, pages
// from templates, style sheets and scripts, forms and files that were posted,
// downloads, and what becomes of an error.
//
// A door is a package, or a type, that embeds Site and has pages of its own. The
// package knows no page and no address; it knows no SQL, no mail and no law.
package site

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
	"dsr/mailer"
	"dsr/mailer/inbox"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/sso"
	"dsr/vault"
	"dsr/words"
)

// Settings are what the pages are given to work with.
type Settings struct {
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
	SignOn         *sso.Provider    // who else says who the team is; nil: nobody
	Passkeys       *people.Passkeys // nil: the site has no name they could be made for
	// MailFrom is the address that letters come from, and MailServer where they
	// are handed in, without a password; LookupTXT asks the DNS about the address's
	// domain. All three are for the page about the mail.
	MailFrom   string
	MailServer string
	LookupTXT  mailer.LookupTXT
}

// Limits say how often a door opens. Over one of them nothing is lost: a page
// comes back with what was entered and says when to press its button again, or
// the form is taken and triage looks at it first. Zero fields take the
// defaults.
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

// Site is the house behind all doors.
type Site struct {
	Settings
	Visits *scs.SessionManager // of requesters
	Desks  *scs.SessionManager // of staff
	Forms  *Checker            // reads and checks forms
	Assets *Assets             // style sheets, scripts, pictures

	limiter *people.Limiter
	origin  *http.CrossOriginProtection
	uploads chan struct{} // one token for each upload that may be in memory

	showFault func(echo.Context, Fault) error // the page of an error, in the look of its door
}

// Open makes the house. It fails where a brand is not sound.
func Open(settings Settings) (*Site, error) {
	settings.Limits.fill()
	s := &Site{
		Settings: settings, limiter: people.NewLimiter(settings.DB, settings.Ring),
		origin: http.NewCrossOriginProtection(), uploads: make(chan struct{}, uploadsAtOnce),
	}
	s.Visits = s.sessions("dsr_my", 12*time.Hour, 2*time.Hour)
	s.Desks = s.sessions("dsr_console", 12*time.Hour, 3*time.Hour)
	var err error
	if s.Assets, err = loadAssets(s.Book.Packs()); err != nil {
		return nil, err
	}
	s.Forms, err = newChecker()
	return s, err
}

// Handler makes the handler of a table of addresses; showFault shows the page of
// an error. It fails where the name of a policy would hide an address.
func (s *Site) Handler(table []Route, showFault func(echo.Context, Fault) error) (http.Handler, error) {
	if err := s.checkNames(table); err != nil {
		return nil, err
	}
	s.showFault = showFault
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(discard{})
	e.IPExtractor = s.ipExtractor()
	e.HTTPErrorHandler = s.fail
	e.Pre(s.observe, s.headers, middleware.RemoveTrailingSlashWithConfig(middleware.TrailingSlashConfig{RedirectCode: http.StatusPermanentRedirect}))
	e.Use(s.sameOrigin, middleware.GzipWithConfig(middleware.GzipConfig{Level: 5, MinLength: 1200, Skipper: uncompressed}))
	for _, r := range table {
		handle := s.behind(r)
		e.Add(r.Method, r.Path, handle)
		if r.Method == http.MethodGet {
			e.Add(http.MethodHead, r.Path, handle)
		}
	}
	return e, nil
}

// checkNames refuses a policy whose pages would hide pages of the house.
func (s *Site) checkNames(table []Route) error {
	var faults []error
	for _, r := range table {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
		if slices.ContainsFunc(s.Book.Packs(), func(p *policies.Pack) bool { return p.ID == first }) {
			faults = append(faults, fmt.Errorf("a policy cannot be called %q: the pages under /%s belong to the program", first, first))
		}
	}
	return errors.Join(faults...)
}

// PackNamed returns a policy in force, or nil.
func (s *Site) PackNamed(id string) *policies.Pack {
	p, err := s.Book.Pack(id)
	if err != nil {
		return nil
	}
	return p
}

// discard takes the log lines of the router, which has nothing to say that the
// access log does not.
type discard struct{}

// Write drops p.
func (discard) Write(p []byte) (int, error) { return len(p), nil }
