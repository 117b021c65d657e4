package web_test

import (
	"bytes"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// browser is somebody without scripts: they see a page, fill in its form as it
// is and press a button. Every page they see is checked on the way.
type browser struct {
	*street
	http    http.Client
	address *url.URL
	status  int
	header  http.Header
	body    string
	doc     *html.Node
	headers http.Header // sent with every visit
	pages   int
}

func (s *street) browser() *browser {
	s.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.Fatal(err)
	}
	b := &browser{street: s, headers: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
	b.http.Jar = jar
	return b
}

// open goes to an address.
func (b *browser) open(path string) *browser {
	b.Helper()
	req, err := http.NewRequest(http.MethodGet, b.resolve(path), nil)
	if err != nil {
		b.Fatal(err)
	}
	return b.visit(req)
}

func (b *browser) resolve(path string) string {
	base, err := url.Parse(b.server.URL)
	if err != nil {
		b.Fatal(err)
	}
	if b.address != nil {
		base = b.address
	}
	to, err := base.Parse(path)
	if err != nil {
		b.Fatal(err)
	}
	return to.String()
}

func (b *browser) visit(req *http.Request) *browser {
	b.Helper()
	maps.Copy(req.Header, b.headers)
	res, err := b.http.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	b.pages++
	b.address, b.status, b.header, b.body = res.Request.URL, res.StatusCode, res.Header, string(body)
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		if b.doc, err = html.Parse(bytes.NewReader(body)); err != nil {
			b.Fatal(err)
		}
		b.sound()
	}
	return b
}

// post sends values to an address as a form.
func (b *browser) post(path string, values url.Values) *browser {
	b.Helper()
	req, err := http.NewRequest(http.MethodPost, b.resolve(path), strings.NewReader(values.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.visit(req)
}

// fill presses the first button of the page's form whose action ends in a text,
// with what the form holds and the values given over it.
func (b *browser) fill(action string, values url.Values) *browser {
	b.Helper()
	form := b.form(action)
	all := held(form)
	maps.Copy(all, values)
	for name := range values {
		if len(find(form, func(n *html.Node) bool { return attr(n, "name") == name })) == 0 {
			b.Errorf("%s: the form has no field %q", b.address.Path, name)
		}
	}
	to := attr(form, "action")
	if to == "" {
		to = b.address.String()
	}
	return b.post(to, all)
}

// press sends the page's own form.
func (b *browser) press(values url.Values) *browser {
	b.Helper()
	return b.fill("", values)
}

// sendForm sends a form of the page that takes files, with what it holds, the
// values given over it and the files.
func (b *browser) sendForm(action string, values url.Values, files map[string]string) *browser {
	b.Helper()
	form := b.form(action)
	all := held(form)
	maps.Copy(all, values)
	return b.postFiles(attr(form, "action"), all, files)
}

// sendFiles sends the page's form with a text and files.
func (b *browser) sendFiles(text string, files map[string]string) *browser {
	b.Helper()
	return b.sendForm("", url.Values{"text": {text}}, files)
}

// postFiles sends values and files to an address as a form.
func (b *browser) postFiles(path string, values url.Values, files map[string]string) *browser {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[name] {
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
	req, err := http.NewRequest(http.MethodPost, b.resolve(path), &body)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.visit(req)
}

func (b *browser) form(action string) *html.Node {
	b.Helper()
	for _, f := range find(b.doc, element("form")) {
		if attr(f, "method") == "post" && strings.HasSuffix(attr(f, "action"), action) && (action != "" || attr(f, "action") == "") {
			return f
		}
	}
	b.Fatalf("%s (%d) has no form %q:\n%s", b.address.Path, b.status, action, b.brief())
	return nil
}

// held returns what a form holds: what is typed, ticked and selected.
func held(form *html.Node) url.Values {
	all := url.Values{}
	for _, n := range find(form, element("input")) {
		kind := attr(n, "type")
		if name := attr(n, "name"); name != "" && kind != "file" && (kind != "checkbox" && kind != "radio" || has(n, "checked")) {
			all.Add(name, attr(n, "value"))
		}
	}
	for _, n := range find(form, element("textarea")) {
		all.Add(attr(n, "name"), textOf(n))
	}
	for _, n := range find(form, element("select")) {
		value := ""
		for _, o := range find(n, element("option")) {
			if has(o, "selected") {
				value = attr(o, "value")
			}
		}
		all.Add(attr(n, "name"), value)
	}
	return all
}

// follow goes where the link with a text leads.
func (b *browser) follow(text string) *browser {
	b.Helper()
	for _, a := range find(b.doc, element("a")) {
		if strings.Contains(textOf(a), text) {
			return b.open(attr(a, "href"))
		}
	}
	b.Fatalf("%s has no link %q", b.address.Path, text)
	return b
}

// sees checks the status and that the page says each text.
func (b *browser) sees(status int, texts ...string) *browser {
	b.Helper()
	if b.status != status {
		b.Errorf("%s answered %d, want %d:\n%s", b.address.Path, b.status, status, b.brief())
	}
	page := b.text()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			b.Errorf("%s does not say %q:\n%s", b.address.Path, text, b.brief())
		}
	}
	return b
}

// seesNot checks that the page does not say a text anywhere.
func (b *browser) seesNot(texts ...string) *browser {
	b.Helper()
	for _, text := range texts {
		if strings.Contains(b.body, text) {
			b.Errorf("%s says %q", b.address.Path, text)
		}
	}
	return b
}

// at checks which page this is.
func (b *browser) at(ending string) *browser {
	b.Helper()
	if !strings.HasSuffix(b.address.Path, ending) {
		b.Fatalf("this is %s (%d), want …%s:\n%s", b.address.Path, b.status, ending, b.brief())
	}
	return b
}

// text is what the page says, its blanks made plain.
func (b *browser) text() string {
	if b.doc == nil {
		return b.body
	}
	return strings.Join(strings.Fields(textOf(b.doc)), " ")
}

// brief is the beginning of what the page says, for messages of tests.
func (b *browser) brief() string {
	page := b.text()
	return page[:min(len(page), 700)]
}

// scripts are the tags by which pages of the console bring files of ours.
var scripts = regexp.MustCompile(`<script (?:type="module"|defer) nonce="([A-Z2-7]{26})" src="/assets/[\w-]+/[\w.-]+\.js"></script>`)

// sound checks what must hold of every page, whatever it shows.
func (b *browser) sound() {
	b.Helper()
	page := b.address.Path
	plain := scripts.ReplaceAllStringFunc(b.body, func(tag string) string {
		if nonce := scripts.FindStringSubmatch(tag)[1]; !strings.HasPrefix(page, "/console") || !strings.Contains(b.header.Get("Content-Security-Policy"), "script-src 'nonce-"+nonce+"'") {
			return tag
		}
		return ""
	})
	for _, never := range []string{"<script", " style=\"", "javascript:", "⟦", "<no value>", "%!"} {
		if strings.Contains(plain, never) {
			b.Errorf("%s holds %q", page, never)
		}
	}
	if len(b.body) > 50_000 {
		b.Errorf("%s has %d bytes", page, len(b.body))
	}
	ids := map[string]bool{}
	for _, n := range find(b.doc, func(n *html.Node) bool { return has(n, "id") }) {
		if id := attr(n, "id"); ids[id] {
			b.Errorf("%s has the id %q twice", page, id)
		} else {
			ids[id] = true
		}
	}
	b.refers(ids)
	if strings.Contains(b.body, `lang="ar-XB" dir="rtl"`) {
		b.marked()
	}
	for tag, n := range map[string]int{"h1": 1, "title": 1, "main": 1} {
		if got := len(find(b.doc, element(tag))) - len(find(b.doc, func(n *html.Node) bool { return n.Data == tag && n.Parent != nil && n.Parent.Data == "svg" })); got != n {
			b.Errorf("%s has %d %s", page, got, tag)
		}
	}
}

// refers checks that labels, descriptions and links to parts of the page find
// what they name.
func (b *browser) refers(ids map[string]bool) {
	b.Helper()
	for _, n := range find(b.doc, func(n *html.Node) bool { return n.Type == html.ElementNode }) {
		for _, key := range []string{"for", "aria-labelledby", "aria-describedby"} {
			for _, id := range strings.Fields(attr(n, key)) {
				if !ids[id] {
					b.Errorf("%s: %s=%q names nothing", b.address.Path, key, id)
				}
			}
		}
		if to, part := strings.CutPrefix(attr(n, "href"), "#"); part && n.Data == "a" && !ids[to] {
			b.Errorf("%s: the link #%s leads nowhere", b.address.Path, to)
		}
	}
}

func find(root *html.Node, fits func(*html.Node) bool) []*html.Node {
	var list []*html.Node
	for n := range root.Descendants() {
		if fits(n) {
			list = append(list, n)
		}
	}
	return list
}

func element(tag string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Type == html.ElementNode && n.Data == tag }
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}
