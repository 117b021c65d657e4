package sso

import (
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	mostBody = 1 << 20 // bytes of one answer
	mostHops = 3       // redirects
)

var (
	errElsewhere = errors.New("the identity provider leads to an address it does not name")
	errTooLong   = errors.New("the answer of the identity provider is too long")
)

// guard lets requests through to the provider's hosts only, and bounds what
// comes back.
type guard struct {
	issuer   string // host, with its port
	plain    bool   // http will do, on loopback
	patience time.Duration
	inner    *http.Transport

	mu    sync.Mutex
	hosts map[string]bool // those the document names, and the issuer's
}

func newGuard(issuer *url.URL, plain bool, patience time.Duration) *guard {
	inner := http.DefaultTransport.(*http.Transport).Clone()
	inner.MaxResponseHeaderBytes = 64 << 10
	inner.MaxIdleConnsPerHost = 2
	return &guard{issuer: issuer.Host, plain: plain, patience: patience, inner: inner, hosts: map[string]bool{issuer.Host: true}}
}

// client returns a client that asks through the guard.
func (g *guard) client() *http.Client {
	return &http.Client{Transport: g, Timeout: g.patience, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if via[0].Method != http.MethodGet || len(via) > mostHops {
			return http.ErrUseLastResponse // what carries a code or a secret goes where it was sent
		}
		return nil
	}}
}

// allow takes the hosts of a document in the place of those of an older one.
func (g *guard) allow(addresses ...*url.URL) {
	hosts := map[string]bool{g.issuer: true}
	for _, u := range addresses {
		hosts[u.Host] = true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hosts = hosts
}

// fits tells whether an address is one to talk to at all.
func (g *guard) fits(u *url.URL) bool {
	return u.Host != "" && u.User == nil && u.Fragment == "" &&
		(u.Scheme == "https" || g.plain && u.Scheme == "http" && onLoopback(u.Hostname()))
}

// RoundTrip is asked for each request, those of redirects included.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	hosts := maps.Clone(g.hosts)
	g.mu.Unlock()
	if !g.fits(r.URL) || !hosts[r.URL.Host] {
		return nil, errElsewhere
	}
	response, err := g.inner.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &bounded{inner: response.Body, left: mostBody}
	return response, nil
}

// bounded is a body that breaks off where it gets too long.
type bounded struct {
	inner io.ReadCloser
	left  int64
}

// Read fails with errTooLong behind the last byte allowed.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.inner.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

// Close closes the body.
func (b *bounded) Close() error { return b.inner.Close() }

// onLoopback tells whether a host is this machine.
func onLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
