package web_test

import (
	"bytes"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// sendForm sends a form of the page that takes files, with what it holds, the
// values given over it and the files.
func (b *browser) sendForm(action string, values url.Values, files map[string]string) *browser {
	b.Helper()
	form := b.form(action)
	all := held(form)
	maps.Copy(all, values)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, list := range all {
		for _, v := range list {
			w.WriteField(name, v)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			b.Fatal(err)
		}
		io.WriteString(part, files[name])
	}
	w.Close()
	req, err := http.NewRequest(http.MethodPost, b.resolve(attr(form, "action")), &body)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.visit(req)
}

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
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name := range values {
		w.WriteField(name, values.Get(name))
	}
	w.Close()
	req, err := http.NewRequest(http.MethodPost, b.resolve(path), &body)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.visit(req)
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
