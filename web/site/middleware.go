package site

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"dsr/people"
)

// pageTime is how long a page may take; uploads and downloads have no such
// end, because a slow phone may take minutes over them.
const pageTime = 30 * time.Second

// observe gives each visit a number, survives a panic, and writes one line of
// access log. The line holds the pattern of the route and never its address:
// addresses hold the secrets of links and drafts, and references of people.
func (s *Site) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		id := rand.Text()[:12]
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		if err := s.survive(c, next); err != nil {
			s.fail(err, c)
		}
		path := c.Path()
		if path == "" {
			path = "unmatched"
		}
		s.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "visit",
			slog.String("id", id), slog.String("method", c.Request().Method), slog.String("route", path),
			slog.Int("status", c.Response().Status), slog.Int64("bytes", c.Response().Size), slog.Duration("took", time.Since(began)))
		return nil
	}
}

// survive turns a panic into an error with its place. http.ErrAbortHandler is
// how a handler ends a connection on purpose.
func (s *Site) survive(c echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			panic(cause)
		default:
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return next(c)
}

// ContentPolicy allows style sheets and pictures of this site and nothing else:
// no script, no form that posts elsewhere, and around it no frame but
// those of the ancestors named.
func ContentPolicy(ancestors string) string {
	return "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors " + ancestors + "; base-uri 'none'"
}

// NoAncestors keeps a page out of every frame.
const NoAncestors = "'none'"

// headers sets what every answer carries; a handler may set another.
func (s *Site) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", ContentPolicy(NoAncestors))
		h.Set("X-Content-Type-Options", "nosniff")
		// Addresses hold secrets, so no other site learns one. Within the site the
		// Origin header must stay readable for browsers without Sec-Fetch-Site.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// sameOrigin refuses posts that another site's page sent (Sec-Fetch-Site, or
// Origin where a browser does not send it).
func (s *Site) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.origin.Check(c.Request()); err != nil {
			return errCrossSite
		}
		return next(c)
	}
}

// behind puts a route behind its session, the check of who may come, the limit
// of what may be posted and the time it may take. Errors become pages in here,
// while the session is still open.
func (s *Site) behind(r Route) echo.HandlerFunc {
	inner := func(c echo.Context) error {
		req := c.Request()
		req.Body = http.MaxBytesReader(c.Response(), req.Body, r.Body)
		switch {
		case r.Body == uploadBytes:
			release, err := s.uploadPlace(req.Context())
			if err != nil {
				return s.failed(c, err)
			}
			defer release()
		case !strings.HasSuffix(r.Path, "/files/:file"):
			ctx, cancel := context.WithTimeout(req.Context(), pageTime)
			defer cancel()
			c.SetRequest(req.WithContext(ctx))
		}
		if err := s.admit(c, r.Who); err != nil {
			return s.failed(c, err)
		}
		return s.failed(c, r.Handle(c))
	}
	switch sessions := s.sessionsOf(r); {
	case sessions == nil:
		return inner
	case r.Asks:
		return asking(sessions, inner)
	default:
		return echo.WrapMiddleware(sessions.LoadAndSave)(inner)
	}
}

// asking opens the session of a page that asks by itself, and does not save it:
// an open page would keep somebody signed in who left hours ago.
func asking(sessions *scs.SessionManager, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		req := c.Request()
		token := ""
		if cookie, err := req.Cookie(sessions.Cookie.Name); err == nil {
			token = cookie.Value
		}
		ctx, err := sessions.Load(req.Context(), token)
		if err != nil {
			sessions.ErrorFunc(c.Response(), req, err)
			return nil
		}
		c.SetRequest(req.WithContext(ctx))
		return next(c)
	}
}

// failed shows the page of an error.
func (s *Site) failed(c echo.Context, err error) error {
	if err != nil {
		s.fail(err, c)
	}
	return nil
}

// sessionsOf says which sessions a route opens.
func (s *Site) sessionsOf(r Route) *scs.SessionManager {
	switch {
	case r.Who == Everyone:
		return nil
	case strings.HasPrefix(r.Path, "/console"):
		return s.Desks
	}
	return s.Visits
}

// uncompressed says what is not worth compressing, or is so already.
func uncompressed(c echo.Context) bool {
	path := c.Path()
	return strings.HasPrefix(path, "/assets/") || strings.HasPrefix(path, "/brand/") || strings.HasSuffix(path, "/files/:file")
}

// ipExtractor says where a visit comes from: the connection, or what a trusted
// proxy says.
func (s *Site) ipExtractor() echo.IPExtractor {
	if len(s.TrustedProxies) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range s.TrustedProxies {
		_, network, err := net.ParseCIDR(p.String())
		if err == nil {
			options = append(options, echo.TrustIPRange(network))
		}
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// Network names where a visit comes from, for counting only.
func (s *Site) Network(c echo.Context) string {
	addr, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		return "unknown"
	}
	return people.NetworkOf(addr)
}

// Allow counts an attempt of a network at a door, or returns people.ErrTooMany.
func (s *Site) Allow(c echo.Context, door, key string, limit people.Limit) error {
	ok, wait, err := s.limiter.Allow(c.Request().Context(), s.Now(), door, key, limit)
	if err == nil && !ok {
		err = people.ErrTooMany{RetryAfter: wait}
	}
	return err
}

// isCancelled tells a visitor who left from a fault of ours.
func isCancelled(c echo.Context, err error) bool {
	return errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil
}
