package chaos_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// person is somebody who fills in a form, question by question, and tries again
// where the server does not answer, as people do.
type person struct {
	n         int
	policy    string
	right     string
	residence url.Values
	page      string   // where they are
	receipt   string   // address of the confirmation, once they were led to it
	names     []string // references that the confirmation shows
}

// crowd is many people at one server, which may be away for a while.
type crowd struct {
	*place
	people  []*person
	client  *http.Client
	gate    atomic.Pointer[chan struct{}] // closed while the server is there
	waiting atomic.Int64                  // how many stand before the gate
	acks    chan struct{}                 // one for each answer that was taken
}

// atOnce is how many of a crowd act at the same time.
const atOnce = 16

// newCrowd makes so many people, numbered from the first on, with their own
// policies, rights and homes. The addresses they ask from are their own too.
func (p *place) newCrowd(first, many int) *crowd {
	policies := []string{"moxora", "nexoro", "opvio", "vensor", "sectora"}
	homes := []url.Values{
		{"country": {"DE"}}, {"country": {"US"}, "state": {"US-CA"}}, {"country": {"GB"}}, {"country": {"none"}}, {"country": {"BR"}},
	}
	c := &crowd{place: p, acks: make(chan struct{}, 10*many), client: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       patience,
	}}
	p.Cleanup(c.client.CloseIdleConnections)
	for n := first; n < first+many; n++ {
		c.people = append(c.people, &person{
			n: n, policy: policies[n%len(policies)], right: []string{"access", "deletion", "correction"}[n%3], residence: homes[n/5%len(homes)],
		})
	}
	c.shut()
	return c
}

// shut makes everybody wait before they try again; open lets them go on.
func (c *crowd) shut() {
	gate := make(chan struct{})
	c.gate.Store(&gate)
}

func (c *crowd) open() { close(*c.gate.Load()) }

// each lets several people act at a time, each until done.
func (c *crowd) each(people []*person, act func(*person)) {
	queue := make(chan *person)
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for who := range queue {
				act(who)
			}
		})
	}
	for _, who := range people {
		queue <- who
	}
	close(queue)
	all.Wait()
}

// await waits until so many more answers were taken.
func (c *crowd) await(acks int) {
	c.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for n := range acks {
		select {
		case <-c.acks:
		case <-late.C:
			c.Fatalf("%d of %d answers were taken", n, acks)
		}
	}
}

// begin lets everybody act, and returns what waits for the last of them.
func (c *crowd) begin(act func(*person)) (finish func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.each(c.people, act)
	}()
	return func() { <-done }
}

// all lets everybody act.
func (c *crowd) all(act func(*person)) { c.begin(act)() }

// answer is what came back from the server.
type answer struct {
	status int
	to     string // Location
	page   string
	header http.Header
}

// once makes one attempt to load a page, or to post to it.
func (c *crowd) once(who *person, path string, form url.Values) (*answer, error) {
	ctx, cancel := context.WithTimeout(c.Context(), patience)
	defer cancel()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url(path), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.1.%d.%d", who.n/250, 1+who.n%250))
	res, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	return &answer{res.StatusCode, res.Header.Get("Location"), string(page), res.Header}, err
}

// insist tries until the server answers. Between two attempts it waits until
// the server is there.
func (c *crowd) insist(who *person, path string, form url.Values) *answer {
	for c.Context().Err() == nil {
		c.waiting.Add(1)
		select {
		case <-*c.gate.Load():
		case <-c.Context().Done():
		}
		c.waiting.Add(-1)
		if got, err := c.once(who, path, form); err == nil {
			return got
		}
	}
	c.Errorf("person %d: the test ended before the server answered", who.n)
	return &answer{}
}

var hidden = regexp.MustCompile(`name="form" value="([^"]+)"`)

// fillIn answers all questions but sends nothing yet. Each answer must lead to
// the next question: one that was lost would lead back to it.
func (c *crowd) fillIn(who *person) {
	start := "/" + who.policy + "/request"
	first := c.insist(who, start, nil)
	token := hidden.FindStringSubmatch(first.page)
	if token == nil {
		c.Errorf("person %d: the first page has no form (status %d)", who.n, first.status)
		return
	}
	draft := c.insist(who, start, url.Values{"form": {token[1]}, "right": {who.right}}).to
	if who.page = strings.TrimSuffix(draft, "/where"); who.page == draft {
		c.Errorf("person %d: the first answer leads to %q", who.n, draft)
		return
	}
	for _, q := range []struct {
		step string
		form url.Values
		next string
	}{
		{"where", who.residence, "who"},
		{"who", url.Values{"who": {"self"}}, "find"},
		{"find", url.Values{"email": {fmt.Sprintf("person-%d@people.example", who.n)}}, "particular"},
		{"particular", url.Values{"words": {fmt.Sprintf("Everything about person-%d, please.", who.n)}}, "check"},
	} {
		if got := c.insist(who, who.page+"/"+q.step, q.form); got.to != who.page+"/"+q.next {
			c.Errorf("person %d: the question %s leads to %q (status %d)", who.n, q.step, got.to, got.status)
		}
		c.acks <- struct{}{}
	}
}

// press presses the last button. A form filled in too fast for a person is held
// up for some seconds: then it is pressed again.
func (c *crowd) press(who *person) *answer {
	tick := time.NewTicker(5 * look)
	defer tick.Stop()
	for {
		got := c.insist(who, who.page+"/check", url.Values{})
		if strings.HasPrefix(got.to, "/"+who.policy+"/request/done/") {
			who.receipt = got.to
		}
		if got.status != http.StatusTooManyRequests {
			return got
		}
		<-tick.C
	}
}

// send sends a form that was filled in; the confirmation must come.
func (c *crowd) send(who *person) {
	if got := c.press(who); got.status != http.StatusSeeOther || who.receipt == "" {
		c.Errorf("person %d: sending gives status %d and leads to %q", who.n, got.status, got.to)
		return
	}
	c.acks <- struct{}{}
}

var reference = regexp.MustCompile(`\b[A-Z]{3}-[2-9A-Z]{4}-[2-9A-Z]{2}\b`)

// read loads the confirmation and notes the reference it shows.
func (c *crowd) read(who *person) {
	got := c.insist(who, who.receipt, nil)
	name := reference.FindString(got.page)
	if got.status != http.StatusOK || name == "" {
		c.Errorf("person %d: the confirmation gives status %d and shows the reference %q", who.n, got.status, name)
		return
	}
	who.names = []string{name}
}
