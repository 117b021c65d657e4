package hooks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrGuarded is wrapped by the error of a post that would have gone to an
// address of this network, of this machine or of its cloud.
var ErrGuarded = errors.New("the address leads to a private network")

// special are networks that the tests of package netip do not know: shared,
// reserved and documentation ones, and those of version 6 that carry addresses
// of version 4 within (RFC 6890, 6052, 3056, 4380).
var special = [...]string{
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
}

// public reports whether an address is one of the open internet.
func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() {
		return false
	}
	for _, network := range special {
		if netip.MustParsePrefix(network).Contains(ip) {
			return false
		}
	}
	return true
}

// guard looks at an address when the connection is made, after the name was
// resolved: what a name led to before does not count.
func guard(loopback bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		switch {
		case err != nil:
			return fmt.Errorf("%w: it cannot be read", ErrGuarded)
		case loopback && at.Addr().Unmap().IsLoopback(), !loopback && public(at.Addr()):
			return nil
		}
		return ErrGuarded
	}
}

// client makes the client of one post: no proxy from the environment, no
// redirects, no connection kept, and each step has its time.
func client(h *Hook, resolver *net.Resolver, timeout time.Duration) *http.Client {
	loopback := h.address.Scheme == "http"
	dialer := &net.Dialer{Timeout: timeout, Resolver: resolver, Control: guard(loopback)}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10, TLSHandshakeTimeout: timeout,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
		},
	}
}
