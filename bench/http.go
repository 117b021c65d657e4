//go:build bench

package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dsr/people"
	"dsr/web"
)

// site is the pages on a free port, with a signed-in browser.
type site struct {
	base   string
	server *http.Server
	client *http.Client
}

func (p *place) serve(user people.User) (*site, error) {
	handler, err := web.New(web.Site{
		Office: p.office, Book: p.book, People: p.people, Words: p.words, Ring: p.ring, DB: p.db,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Limits: web.Limits{Drafts: people.Limit{Count: 1 << 30, Per: time.Hour}, Intake: people.Limit{Count: 1 << 30, Per: time.Hour}, FormTime: -1},
	})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &site{base: "http://" + listener.Addr().String(), server: web.Server(handler, slog.New(slog.DiscardHandler)), client: browser()}
	go s.server.Serve(listener)
	if user.ID == 0 {
		return s, nil
	}
	response, err := s.client.PostForm(s.base+"/console/signin", url.Values{"email": {user.Email}, "password": {"a long enough pass phrase"}})
	if err != nil {
		return nil, err
	}
	response.Body.Close()
	return s, nil
}

func browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 2 * clients}}
}

func (s *site) close() { s.server.Close() }

func (s *site) get(path string) (bytes, status int, err error) {
	response, err := s.client.Get(s.base + path)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	return int(n), response.StatusCode, err
}

func escape(q string) string { return url.QueryEscape(q) }

// benchHTTP sends forms as browsers do and measures the last post, from the
// check page to the redirect.
func benchHTTP(ctx context.Context) error {
	p, err := open(ctx, "")
	if err != nil {
		return err
	}
	defer p.close()
	s, err := p.serve(people.User{})
	if err != nil {
		return err
	}
	defer s.close()
	var done atomic.Int64
	var mu sync.Mutex
	var posts, ways []time.Duration
	var failure error
	var running sync.WaitGroup
	begin := time.Now()
	for client := range clients {
		running.Go(func() {
			for n := 0; time.Since(begin) < measured; n++ {
				at := time.Now()
				post, err := s.form(fmt.Sprintf("p%d.%d@example.org", client, n))
				mu.Lock()
				if err != nil {
					failure = err
					mu.Unlock()
					return
				}
				posts, ways = append(posts, post), append(ways, time.Since(at))
				mu.Unlock()
				done.Add(1)
			}
		})
	}
	running.Wait()
	if failure != nil {
		return failure
	}
	perSecond := float64(done.Load()) / time.Since(begin).Seconds()
	line("HTTP intake, the whole form", "%.0f forms/s with 64 clients (a page and six posts each); whole way p50 %s, p99 %s", perSecond, quantile(ways, 0.5), quantile(ways, 0.99))
	line("HTTP intake, the post that sends it", "p50 %s, p99 %s", quantile(posts, 0.5), quantile(posts, 0.99))
	return nil
}

var hidden = regexp.MustCompile(`name="form" value="([^"]+)"`)

// form walks the form once and returns how long the sending post took.
func (s *site) form(email string) (time.Duration, error) {
	client := browser()
	client.Transport = s.client.Transport
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page, err := client.Get(s.base + "/moxora/request")
	if err != nil {
		return 0, err
	}
	body, err := io.ReadAll(page.Body)
	page.Body.Close()
	found := hidden.FindSubmatch(body)
	if err != nil || found == nil {
		return 0, fmt.Errorf("the first page holds no form: %w", err)
	}
	location, _, err := post(client, s.base+"/moxora/request", url.Values{"right": {"access"}, "form": {html.UnescapeString(string(found[1]))}})
	if err != nil {
		return 0, err
	}
	draft := location[:strings.LastIndexByte(location, '/')]
	for _, step := range []struct {
		page   string
		fields url.Values
	}{
		{"where", url.Values{"country": {"GB"}}},
		{"who", url.Values{"who": {"self"}}},
		{"find", url.Values{"email": {email}}},
		{"particular", url.Values{"words": {"Everything you hold, please."}}},
	} {
		if _, _, err := post(client, s.base+draft+"/"+step.page, step.fields); err != nil {
			return 0, fmt.Errorf("%s: %w", step.page, err)
		}
	}
	_, took, err := post(client, s.base+draft+"/check", url.Values{})
	return took, err
}

func post(client *http.Client, address string, fields url.Values) (location string, took time.Duration, err error) {
	at := time.Now()
	response, err := client.PostForm(address, fields)
	if err != nil {
		return "", 0, err
	}
	took = time.Since(at)
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		return "", 0, errors.New("the form answered " + response.Status)
	}
	return response.Header.Get("Location"), took, nil
}
