package web_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// fetch gets what is no page of the site, with the browser's cookies.
func (b *browser) fetch(path string) (int, http.Header, string) {
	b.Helper()
	res, err := b.http.Get(b.resolve(path))
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// postAs sends values in the form that an act's page takes: with files or
// without.
func (b *browser) postAs(path string, values url.Values) *browser {
	b.Helper()
	if !strings.HasSuffix(path, "/decide") && !strings.HasSuffix(path, "/message") && !strings.HasSuffix(path, "/record-clarification") {
		return b.post(path, values)
	}
	return b.postFiles(path, values, nil)
}

// browserText is what a page says, but for the number of its error.
func (s *street) browserText(b *browser, path string) string {
	s.Helper()
	return s.withoutNumber(b.open(path).text())
}

var errorNumber = regexp.MustCompile(`E-\d{8}-[0-9A-F]{4}`)

func (s *street) withoutNumber(text string) string { return errorNumber.ReplaceAllString(text, "") }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// openLarge opens a list of fifty rows, which is larger than other pages may
// be.
func (b *browser) openLarge(path string) {
	b.Helper()
	status, header, body := b.fetch(path)
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	b.status, b.header, b.body, b.doc = status, header, body, doc
}
