package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/web/strip"
)

//go:embed all:templates
var templateFiles embed.FS

// pages are all templates, parsed once. A page is one file; it begins with the
// layout it stands in ({{template "ask" .}}) and defines that layout's "main".
// Files whose name begins with an underscore belong to every page of their
// folder, those of the folder layout to all.
type pages struct{ byName map[string]*template.Template }

// loadPages parses every template. A fault in one is an error at start.
func loadPages(a *assets) (*pages, error) {
	base := template.New("").Option("missingkey=error").Funcs(functions(a))
	if _, err := base.ParseFS(templateFiles, "templates/layout/*.html"); err != nil {
		return nil, fmt.Errorf("layouts: %w", err)
	}
	p := &pages{byName: map[string]*template.Template{}}
	folders, err := fs.ReadDir(templateFiles, "templates")
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		if folder.Name() == "layout" {
			continue
		}
		if err := p.loadFolder(base, folder.Name()); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *pages) loadFolder(base *template.Template, folder string) error {
	files, err := fs.Glob(templateFiles, path.Join("templates", folder, "*.html"))
	if err != nil {
		return err
	}
	var parts, whole []string
	for _, f := range files {
		if strings.HasPrefix(path.Base(f), "_") {
			parts = append(parts, f)
		} else {
			whole = append(whole, f)
		}
	}
	for _, f := range whole {
		t, err := base.Clone()
		if err != nil {
			return err
		}
		if t, err = t.ParseFS(templateFiles, append([]string{f}, parts...)...); err != nil {
			return fmt.Errorf("page %s: %w", f, err)
		}
		p.byName[folder+"/"+strings.TrimSuffix(path.Base(f), ".html")] = t.Lookup(path.Base(f))
	}
	return nil
}

// functions are what templates may call beside the methods of their page.
func functions(a *assets) template.FuncMap {
	return template.FuncMap{
		"asset": a.url,
		"brand": a.brandURL,
		"icon":  a.icon,
		"defs":  strip.Defs,
		"mark":  strip.Mark,
		"bold":  bold,
		"rich":  rich,
		"email": breakable,
		"host":  hostOf,
		"dict":  dict,
	}
}

// dict passes several things to a part of a page by name.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: a name without a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// hostOf shortens an address to what a person reads of it.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.TrimPrefix(u.Host, "www.") + strings.TrimSuffix(u.Path, "/")
}

// render writes a page. Nothing is sent before the whole page is made.
func (s *Site) render(c echo.Context, status int, name string, page any) error {
	t := s.pages.byName[name]
	if t == nil {
		return fmt.Errorf("there is no page %q", name)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	return c.Blob(status, "text/html; charset=utf-8", b.Bytes())
}

// The marks around a placeholder's value that is to be set in bold. No text of
// ours or of people holds these control characters.
const boldOn, boldOff = "\x0e", "\x0f"

// bold marks a value that goes into a sentence, for rich to set it in bold.
func bold(value string) string {
	return boldOn + strings.NewReplacer(boldOn, "", boldOff, "").Replace(value) + boldOff
}

// rich escapes a sentence and sets what bold marked in bold.
func rich(sentence string) template.HTML {
	escaped := template.HTMLEscapeString(sentence)
	return template.HTML(strings.NewReplacer(boldOn, "<b>", boldOff, "</b>").Replace(escaped)) // #nosec G203 -- escaped above
}

// breakable lets an address break after its @ on a narrow screen.
func breakable(address string) template.HTML {
	escaped := template.HTMLEscapeString(address)
	return template.HTML(strings.Replace(escaped, "@", "@<wbr>", 1)) // #nosec G203 -- escaped above
}
