package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"dsr/audit"
	"dsr/database"
	"dsr/hooks"
	"dsr/mailer"
	"dsr/mailer/inbox"
	"dsr/outbox"
	"dsr/people"
	"dsr/requests"
	"dsr/web"
	"dsr/words"
)

type serveCommand struct {
	store
	packs
	Listen           string   `default:"127.0.0.1:8080" help:"Address to listen on."`
	SMTPURL          string   `name:"smtp-url" env:"DSR_SMTP_URL" help:"Mail server: smtp://user@host:587 (STARTTLS), smtps://host (TLS). Plain only on loopback, or with ?tls=none."`
	SMTPPasswordFile string   `name:"smtp-password-file" env:"DSR_SMTP_PASSWORD_FILE" type:"existingfile" help:"File with the mail server's password."`
	MailFrom         string   `help:"Address that letters come from, like privacy@example.com."`
	Mail             string   `type:"existingfile" help:"File that says which mailboxes are watched, how else mail comes in, and which addresses letters bear for answers."`
	Hooks            string   `type:"existingfile" help:"File that names where reminders are posted to beside mail."`
	TrustedProxies   []string `help:"Networks of reverse proxies whose X-Forwarded-For is believed, like 10.0.0.0/8."`
	signOn
	limits
}

// limits are the flags for how often the doors open: so many times an hour.
type limits struct {
	LimitDrafts int           `default:"1200" help:"Forms that one network may begin in an hour."`
	LimitIntake int           `default:"300" help:"Forms that one network may send in an hour. After a fifteenth of that, browsers do some work for each."`
	LimitLinks  int           `default:"20" help:"Fresh links that one network may ask for in an hour."`
	LimitTarget int           `default:"4" help:"Fresh links that one mailbox gets in an hour. After three quarters as many forms, its letters wait for triage."`
	FormTime    time.Duration `default:"3s" help:"How long a person takes over a form at least; one that was faster is held for the rest. At most 20s."`
}

// web returns the limits as the site takes them.
func (l limits) web() (web.Limits, error) {
	limits := web.Limits{FormTime: l.FormTime}
	for _, d := range []struct {
		flag  string
		count int
		limit *people.Limit
	}{
		{"drafts", l.LimitDrafts, &limits.Drafts}, {"intake", l.LimitIntake, &limits.Intake},
		{"links", l.LimitLinks, &limits.Links}, {"target", l.LimitTarget, &limits.Target},
	} {
		if d.count < 1 || d.count > 1_000_000 {
			return limits, fmt.Errorf("--limit-%s %d: choose a number from 1 to 1000000", d.flag, d.count)
		}
		*d.limit = people.Limit{Count: d.count, Per: time.Hour}
	}
	switch {
	case l.FormTime < 0 || l.FormTime > 20*time.Second:
		return limits, fmt.Errorf("--form-time %v: choose a time from 0s to 20s", l.FormTime)
	case l.FormTime == 0:
		limits.FormTime = -1 // no form is held
	}
	return limits, nil
}

// Run serves until it is told to stop, then finishes what it began.
func (c *serveCommand) Run(t *terminal) error {
	if c.SMTPURL == "" || c.MailFrom == "" {
		return errors.New("name a mail server with --smtp-url and a sender with --mail-from: every request is confirmed by letter. To try things out without one, use 'dsr dev'")
	}
	if _, err := requests.NormalAddress(c.MailFrom); err != nil {
		return fmt.Errorf("--mail-from is no address like privacy@example.com: no letter could leave")
	}
	if c.BaseURL == "" {
		if !onLoopback(c.Listen) {
			return errors.New("name the address people reach these pages at with --base-url, like https://privacy.example.com: it stands in every letter")
		}
		c.BaseURL = "http://" + c.Listen
	}
	if err := guardBase(c.BaseURL); err != nil {
		return err
	}
	p := plant{log: slog.New(slog.NewJSONHandler(t.err, nil)), listen: c.Listen, from: c.MailFrom, signOn: c.signOn}
	var err error
	if p.limits, err = c.limits.web(); err != nil {
		return err
	}
	if p.smtp, err = c.mailServer(); err != nil {
		return err
	}
	for _, proxy := range c.TrustedProxies {
		network, err := netip.ParsePrefix(proxy)
		if err != nil {
			return fmt.Errorf("trusted proxy %q is no network like 10.0.0.0/8", proxy)
		}
		p.proxies = append(p.proxies, network)
	}
	if c.Hooks != "" {
		if c.store.hooks, err = hooks.Read(c.Hooks); err != nil {
			return err
		}
	}
	if p.mail, err = c.mailIn(); err != nil {
		return err
	}
	p.pace = p.mail.pace()
	if p.signing, err = p.mail.signing(c.MailFrom, t.now()); err != nil {
		return err
	}
	return p.open(t, c.store, c.packs)
}

// mailIn reads the mail file, if there is one.
func (c *serveCommand) mailIn() (*mailFile, error) {
	if c.Mail == "" {
		return new(mailFile), nil
	}
	book, err := c.packs.load()
	if err != nil {
		return nil, err
	}
	return loadMail(c.Mail, book)
}

func (c *serveCommand) mailServer() (mailer.Server, error) {
	server, err := mailer.ParseURL(c.SMTPURL)
	if err != nil || c.SMTPPasswordFile == "" {
		return server, err
	}
	password, err := os.ReadFile(c.SMTPPasswordFile)
	return server.WithPassword(strings.TrimRight(string(password), "\r\n")), err
}

// onLoopback reports whether only this machine reaches an address to listen on.
func onLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// guardBase refuses links that would travel unprotected.
func guardBase(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return fmt.Errorf("--base-url %q is no address like https://privacy.example.com", base)
	}
	host := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Hostname() == "localhost" || host != nil && host.IsLoopback() {
		return nil
	}
	return fmt.Errorf("--base-url %s is not https: links in letters open people's requests", base)
}

// plant is a running product: pages, worker and sweeps over one house.
type plant struct {
	log     *slog.Logger
	listen  string
	from    string
	smtp    mailer.Server
	proxies []netip.Prefix
	limits  web.Limits
	signOn  signOn
	mail    *mailFile // by which mail comes in; nil: none does
	base    string    // where people reach the pages
	inbox   *inbox.Inbox
	words   *words.Catalogue               // of the pages, where they speak more languages than letters do
	ready   func(h *house, address string) // called once the pages are served
	workers [shares]*outbox.Worker         // none before it runs
	pace    mailer.Pace
	signing mailer.Signing
}

// open opens the house and runs everything until the terminal's context ends.
func (p *plant) open(t *terminal, s store, k packs) error {
	routes := p.mail.routes()
	routes.From = p.from
	h, err := s.openFor(t, k, p.wake, routes)
	if err != nil {
		return err
	}
	defer h.close()
	p.base = s.BaseURL
	return p.run(t, h, strings.HasPrefix(s.BaseURL, "https:"))
}

func (p *plant) run(t *terminal, h *house, secure bool) error {
	pages := web.Site{
		Office: h.office, Book: h.book, People: h.people, Words: cmp.Or(p.words, h.words), Ring: h.ring, DB: h.db, Inbox: p.inbox,
		Now: t.now, Log: p.log, Secure: secure, TrustedProxies: p.proxies, Limits: p.limits,
		MailFrom: p.from, MailServer: p.smtp.String(), LookupTXT: net.DefaultResolver.LookupTXT,
	}
	if err := p.signIns(h, &pages); err != nil {
		return err
	}
	handler, err := web.New(pages)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", p.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", p.listen, err)
	}
	doors, err := p.openDoors(h, t.now)
	if err != nil {
		listener.Close()
		return err
	}
	ctx, stop := context.WithCancel(t.ctx)
	defer stop()
	p.hire(h.db, t.now)
	var running sync.WaitGroup
	running.Go(func() { p.send(ctx, h, t.now) })
	running.Go(func() { p.watch(ctx, h, t.now) })
	running.Go(func() { doors.run(ctx) })
	server := web.Server(handler, p.log)
	running.Go(func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		server.Shutdown(grace)
	})
	if p.ready != nil {
		p.ready(h, listener.Addr().String())
	}
	p.log.Info("serving", "address", listener.Addr().String())
	err = server.Serve(listener)
	stop()
	running.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// chore is a piece of work that one process of all does now and then.
type chore struct {
	name  string
	every time.Duration
	do    func(ctx context.Context, now time.Time) error
}

func (p *plant) chores(h *house) []chore {
	return []chore{
		{"reminders", 15 * time.Second, func(ctx context.Context, now time.Time) error {
			for {
				if n, err := h.office.Sweep(ctx, now); err != nil || n == 0 {
					return err
				}
			}
		}},
		{"digests", 10 * time.Minute, h.office.Digest},
		{"morning letters", time.Minute, h.office.DigestTeam},
		{"volume", 10 * time.Minute, h.office.WatchVolume},
		{"week reports", 10 * time.Minute, func(ctx context.Context, now time.Time) error {
			defer p.wake()
			return h.weekly.Sweep(ctx, now)
		}},
		{"agents", time.Hour, h.office.SweepAgents},
		{"checkpoint", time.Minute, func(ctx context.Context, now time.Time) error {
			_, err := audit.Checkpoint(ctx, h.db, h.ring, now)
			if database.IsBusy(err) {
				return nil // the next turn will do
			}
			return err
		}},
		{"retention", 24 * time.Hour, func(ctx context.Context, now time.Time) error {
			_, err := h.office.SweepRetention(ctx, now)
			return err
		}},
		{"statistics", time.Hour, func(ctx context.Context, _ time.Time) error { return h.db.Optimize(ctx) }},
		{"people", time.Hour, h.office.SweepPeople},
	}
}

// watch does the chores for which this process holds the lease.
func (p *plant) watch(ctx context.Context, h *house, now func() time.Time) {
	holder := holderName()
	var running sync.WaitGroup
	for _, c := range p.chores(h) {
		running.Go(func() {
			tick := time.NewTicker(c.every)
			defer tick.Stop()
			for {
				p.turn(ctx, h, c, holder, now())
				select {
				case <-ctx.Done():
					outbox.Release(context.WithoutCancel(ctx), h.db, c.name, holder)
					return
				case <-tick.C:
				}
			}
		})
	}
	running.Wait()
}

func (p *plant) turn(ctx context.Context, h *house, c chore, holder string, now time.Time) {
	mine, err := outbox.TryLease(ctx, h.db, c.name, holder, now, 3*c.every)
	if err == nil && mine {
		err = c.do(ctx, now)
	}
	if err != nil && ctx.Err() == nil {
		p.log.Error("a chore failed", "chore", c.name, "error", err)
	}
}
