package chaos_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/people"
)

func TestLettersWaitForTheMailServer(t *testing.T) {
	t.Parallel()
	const many = 1000
	p := newPlace(t, "")
	c := p.newCrowd(0, many)
	a := p.archive()
	a.hireAuditor()
	s := p.start()
	c.open()
	c.all(c.fillIn)
	v := p.visitor()
	v.signIn(auditorMail, auditorWords)

	// The mail server goes; requests are taken in all the same, and nobody who
	// reads a page waits for it.
	address := p.box.Address()
	p.must(p.box.Close())
	finish, sent := c.begin(c.send), make(chan struct{})
	go func() {
		finish()
		close(sent)
	}()
	for walking := true; walking; {
		v.walk()
		select {
		case <-sent:
			walking = false
		default:
		}
	}
	c.all(c.read)
	a.sound(many)
	until(t, "every letter was tried", func() bool {
		return a.count("SELECT COUNT(*) FROM outbox WHERE kind = 'letter' AND attempts > 0 AND state = 'ready' AND last_error <> ''") == many
	})
	if n := a.count("SELECT COUNT(*) FROM letters WHERE state <> 'waiting'"); n > 0 {
		t.Errorf("%d letters count as sent or failed", n)
	}
	for _, who := range c.people[:10] {
		v.walk()
		v.see(who.receipt, who.names[0])
		v.see("/console/requests/"+who.names[0], who.names[0])
	}
	v.see("/console/settings/mail", "<dt>Tried again</dt><dd><b>1000</b>", "<td>1000 letters</td><td class=\"whole\">your mail server could not be reached")

	// It comes back; nobody has to do anything.
	p.box = openBox(t, address)
	until(t, "all letters were sent", func() bool {
		return a.count("SELECT COUNT(*) FROM letters WHERE state = 'sent'") == many
	})
	v.see("/console/settings/mail", "<dt>Tried again</dt><dd><b>0</b>", "Every letter left at its first attempt")
	t.Logf("%d pages were read while %d letters waited; the slowest took %v", v.pages, many, v.slowest)
	s.stop()
	a.sound(many)
	a.has(c.people)
	for _, copies := range a.delivered(many) {
		if copies != 1 {
			t.Errorf("a letter arrived %d times", copies)
		}
	}
}

const auditorMail, auditorWords = "ada@house.example", "seven herons, one ferry"

// hireAuditor lets somebody look at everything, to whom no letter goes.
func (a *archive) hireAuditor() {
	a.Helper()
	_, err := a.people.Create(a.Context(), time.Now(), people.User{
		Email: auditorMail, Name: "Ada", Role: access.Auditor, Policies: access.AllPolicies(),
	}, auditorWords)
	a.must(err)
}

// promptly is how long a page may take that waits for nothing outside.
const promptly = 2 * time.Second

// visitor reads pages one after the other, and expects each promptly.
type visitor struct {
	*place
	client  http.Client
	pages   int
	slowest time.Duration
}

func (p *place) visitor() *visitor {
	p.Helper()
	jar, err := cookiejar.New(nil)
	p.must(err)
	return &visitor{place: p, client: http.Client{Jar: jar, Timeout: patience}}
}

// signIn opens the console. It takes as long as checking a password does.
func (v *visitor) signIn(email, password string) {
	v.Helper()
	res, err := v.client.PostForm(v.url("/console/signin"), url.Values{"email": {email}, "password": {password}, "next": {"/console"}})
	v.must(err)
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Request.URL.Path != "/console" {
		v.Fatalf("signing in leads to %s (status %d)", res.Request.URL.Path, res.StatusCode)
	}
}

// see reads a page on which each of some texts must stand.
func (v *visitor) see(path string, texts ...string) {
	v.Helper()
	began := time.Now()
	res, err := v.client.Get(v.url(path))
	v.must(err)
	page, err := io.ReadAll(res.Body)
	res.Body.Close()
	v.must(err)
	took := time.Since(began)
	v.pages, v.slowest = v.pages+1, max(v.slowest, took)
	if res.StatusCode != http.StatusOK || res.Request.URL.Path != path || took > promptly {
		v.Errorf("%s leads to %s with status %d after %v", path, res.Request.URL.Path, res.StatusCode, took)
	}
	for _, text := range texts {
		if !strings.Contains(string(page), text) {
			v.Errorf("%s does not show %q", path, text)
		}
	}
}

// walk reads the pages that people begin with, and those that are about mail.
func (v *visitor) walk() {
	v.Helper()
	v.see("/", "Moxora")
	v.see("/moxora/request", `name="form"`)
	v.see("/moxora/follow")
	v.see("/console")
	v.see("/console/dashboard")
	v.see("/console/settings/mail", "Letters come from")
}
