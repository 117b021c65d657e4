package site

import (
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"dsr/agents"
	"dsr/requests"
)

// Download streams a file of a request.
func (s *Site) Download(c echo.Context) error {
	id, err := Number(c, "file")
	if err != nil {
		return err
	}
	err = s.Office.OpenFile(c.Request().Context(), Caller(c), s.Now(), c.Param("reference"), id, func(f requests.File) (io.Writer, error) {
		return Attach(c, f.Name, downloadType(f.Type), f.Size), nil
	})
	s.brokeOff(c, err)
	return err
}

// Number reads a number in an address; what is none is requests.ErrNotFound.
func Number(c echo.Context, name string) (int64, error) {
	n, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil {
		return 0, requests.ErrNotFound
	}
	return n, nil
}

// ServeDocument streams a document of an agent as a download.
func (s *Site) ServeDocument(c echo.Context) error {
	id, err := Number(c, "file")
	if err != nil {
		return err
	}
	err = s.Office.OpenAuthority(c.Request().Context(), Caller(c), s.Now(), id, func(d agents.Document) (io.Writer, error) {
		return Attach(c, d.Name, downloadType(d.Type), d.Size), nil
	})
	s.brokeOff(c, err)
	return err
}

// Attach begins the answer to a download of size bytes and returns what takes
// them. Whatever it holds, a browser saves it and runs nothing.
func Attach(c echo.Context, name, kind string, size int64) io.Writer {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, kind)
	h.Set(echo.HeaderContentLength, strconv.FormatInt(size, 10))
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return io.Discard
	}
	return c.Response()
}

// brokeOff ends the connection of a download that failed on the way: its length
// was promised, and nobody shall take half a file for a whole one.
func (s *Site) brokeOff(c echo.Context, err error) {
	if err != nil && c.Response().Committed {
		s.Log.Error("a download broke off", "id", c.Response().Header().Get(echo.HeaderXRequestID), "error", err)
		panic(http.ErrAbortHandler)
	}
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
