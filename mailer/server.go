package mailer

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// ErrServer says that an SMTP address cannot be used as it is written.
var ErrServer = errors.New("the SMTP address cannot be used")

// security is how a connection is protected.
type security string

const (
	startTLS    security = "starttls" // begins in the clear, refuses to go on without TLS
	implicitTLS security = "tls"      // TLS from the first byte
	plain       security = "none"     // no protection
)

// Server is an SMTP server and how to reach it. Printing it never shows the
// password, which is why that is behind a function: fmt prints what a field
// holds, even where the struct around it has a String method.
type Server struct {
	Host     string
	Port     int
	User     string // empty: no sign-in
	password func() string
	security security
}

// ParseURL reads the address of an SMTP server:
//
//	smtp://user:password@mail.example.org      STARTTLS on 587, refused without
//	smtps://user:password@mail.example.org     TLS on 465
//	smtp://127.0.0.1:1025                      no TLS, on this machine only
//	smtp://mail.internal:25?tls=none           no TLS, because it is asked for
//	smtp://127.0.0.1:1025?tls=starttls         STARTTLS on this machine too
//
// A password over a network without TLS is refused. Errors are ErrServer and
// never quote the address, which may hold a password.
func ParseURL(address string) (Server, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Server{}, fmt.Errorf("%w: it is not an address like smtp://user@host:587", ErrServer)
	}
	s := Server{Host: u.Hostname(), User: u.User.Username(), password: func() string { return "" }}
	if password, set := u.User.Password(); set {
		s = s.WithPassword(password)
	}
	switch {
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return Server{}, fmt.Errorf("%w: it must begin with smtp:// or smtps://", ErrServer)
	case s.Host == "":
		return Server{}, fmt.Errorf("%w: the name of the host is missing", ErrServer)
	case strings.Trim(u.Path, "/") != "" || u.Fragment != "" || u.Opaque != "":
		return Server{}, fmt.Errorf("%w: nothing but ?tls= may follow the host", ErrServer)
	}
	if s.security, err = chooseSecurity(u.Scheme, s.Host, u.Query()); err != nil {
		return Server{}, err
	}
	if s.Port, err = choosePort(u.Port(), s.security); err != nil {
		return Server{}, err
	}
	if s.security == plain && s.User != "" && !isLoopback(s.Host) {
		return Server{}, fmt.Errorf("%w: it would send a password over the network without TLS", ErrServer)
	}
	return s, nil
}

// chooseSecurity reads the scheme and ?tls=. Without a wish, TLS is mandatory
// everywhere but on this machine.
func chooseSecurity(scheme, host string, query url.Values) (security, error) {
	wanted, asked := query.Get("tls"), query.Has("tls")
	for key := range query {
		if key != "tls" {
			return "", fmt.Errorf("%w: it knows ?tls=, not ?%s=", ErrServer, key)
		}
	}
	switch {
	case scheme == "smtps" && !asked:
		return implicitTLS, nil
	case scheme == "smtp" && (wanted == string(startTLS) || !asked && !isLoopback(host)):
		return startTLS, nil
	case scheme == "smtp" && (wanted == string(plain) || !asked):
		return plain, nil
	}
	return "", fmt.Errorf("%w: with smtp:// it takes ?tls=none or ?tls=starttls, with smtps:// neither", ErrServer)
}

// choosePort falls back on the port registered for the kind of protection
// (RFC 8314, 3.3).
func choosePort(port string, s security) (int, error) {
	if port == "" {
		return map[security]int{startTLS: 587, implicitTLS: 465, plain: 25}[s], nil
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("%w: the port must be 1 to 65535", ErrServer)
	}
	return n, nil
}

// isLoopback reports whether a host is this machine, judged by its name alone:
// a look-up could be led astray.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// WithPassword returns the server with a password kept elsewhere than in its
// address.
func (s Server) WithPassword(password string) Server {
	s.password = func() string { return password }
	return s
}

// String writes the server as ParseURL reads it, without the password.
func (s Server) String() string {
	u := url.URL{Scheme: "smtp", Host: s.address()}
	if s.User != "" {
		u.User = url.User(s.User)
	}
	switch {
	case s.security == implicitTLS:
		u.Scheme = "smtps"
	case s.security == plain && !isLoopback(s.Host) || s.security == startTLS && isLoopback(s.Host):
		u.RawQuery = "tls=" + string(s.security)
	}
	return u.String()
}

func (s Server) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// GoString is String, so that %#v shows no more.
func (s Server) GoString() string { return s.String() }
