package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/requests"
)

// fileLine is a file as a page lists it.
type fileLine struct{ Name, Kind, Size, Href string }

// file describes a file for a requester.
func (k *calendar) file(here string, f requests.File) fileLine {
	kind := "other"
	switch f.Type {
	case "application/pdf", "image/jpeg", "image/png", "text/plain", "text/csv", "application/zip", "application/json":
		kind = strings.NewReplacer("/", "_", "-", "_").Replace(f.Type)
	}
	return fileLine{
		Name: f.Name, Kind: k.T("portal.kind." + kind), Size: k.size(f.Size),
		Href: here + "/files/" + strconv.FormatInt(f.ID, 10),
	}
}

// size writes how large a file is, in units of a thousand.
func (k *calendar) size(n int64) string {
	switch {
	case n < 1_000:
		return k.N("portal.size.bytes", int(n))
	case n < 1_000_000:
		return k.T("portal.size.kilobytes", "n", int((n+500)/1_000))
	}
	tenths := int((n + 50_000) / 100_000)
	return k.T("portal.size.megabytes", "whole", tenths/10, "tenth", tenths%10)
}

// download serves a file of a request.
func (s *Site) download(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("file"), 10, 64)
	if err != nil {
		return requests.ErrNotFound
	}
	return s.serveFile(c, id)
}

// serveFile streams a file as a download. Whatever it holds, a browser saves it
// and runs nothing.
func (s *Site) serveFile(c echo.Context, id int64) error {
	err := s.Office.OpenFile(c.Request().Context(), callerOf(c), s.Now(), c.Param("reference"), id, func(f requests.File) (io.Writer, error) {
		h := c.Response().Header()
		h.Set(echo.HeaderContentType, downloadType(f.Type))
		h.Set(echo.HeaderContentLength, strconv.FormatInt(f.Size, 10))
		h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		c.Response().WriteHeader(http.StatusOK)
		if c.Request().Method == http.MethodHead {
			return io.Discard, nil
		}
		return c.Response(), nil
	})
	if err != nil && c.Response().Committed {
		// The length was promised: break off, so that nobody takes half a file
		// for a whole one.
		s.Log.Error("a download broke off", "id", c.Response().Header().Get(echo.HeaderXRequestID), "error", err)
		panic(http.ErrAbortHandler)
	}
	if errors.Is(err, requests.ErrNotFound) {
		return requests.ErrNotFound
	}
	return err
}

// downloadType is the type a file is served under: its own where a browser
// does nothing with it, bytes otherwise.
func downloadType(kind string) string {
	switch kind {
	case "application/pdf", "image/jpeg", "image/png", "application/zip":
		return kind
	case "text/plain", "text/csv", "application/json":
		return kind + "; charset=utf-8"
	}
	return echo.MIMEOctetStream
}
