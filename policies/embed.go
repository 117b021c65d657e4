package policies

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

// Embed says whose pages may show the form in a frame.
type Embed struct {
	Origins []string `yaml:"origins"` // scheme and host, no path: https://www.example.com
}

// mostOrigins keeps the header that lists them short.
const mostOrigins = 20

// hostName keeps every sign out that would end an entry of that header.
var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

// lintEmbed checks the origins of a pack.
func lintEmbed(at placed, e *Embed) error {
	if len(e.Origins) > mostOrigins {
		return at("embed:", "%d origins are listed under embed; %d are the most", len(e.Origins), mostOrigins)
	}
	for i, origin := range e.Origins {
		switch {
		case slices.Contains(e.Origins[:i], origin):
			return at(origin, "the origin %s is listed twice", origin)
		case !isOrigin(origin):
			return at(origin, "%q is no origin: write https:// and one host in small letters, like https://www.example.com, without path or wildcard (http:// for localhost only)", origin)
		}
	}
	return nil
}

// isOrigin reports whether a text is scheme, host and port of a secure page and
// nothing else (RFC 6454, section 6.2).
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme+"://"+u.Host != text || !hostName.MatchString(u.Hostname()) {
		return false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
			return false
		}
	} else if u.Host != u.Hostname() {
		return false
	}
	local := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1"
	return u.Scheme == "https" || u.Scheme == "http" && local
}
