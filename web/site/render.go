package site

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/web/strip"
)

// Pages are the templates of one door, parsed once. A page is one file; most
// begin with the layout they stand in ({{template "console" .}}) and define that
// layout's "main". Files whose name begins with an underscore belong to every
// page of their folder, those of the folder layout to all.
type Pages struct{ byName map[string]*template.Template }

// Furnish takes in what a door brings along: the style sheets, scripts and
// pictures of its folder assets, and its folder templates, whose pages it
// returns. A fault in a template is an error at start.
func (s *Site) Furnish(door fs.FS) (*Pages, error) {
	if err := s.Assets.take(door); err != nil {
		return nil, err
	}
	base := template.New("").Option("missingkey=error").Funcs(functions(s.Assets))
	layouts, err := fs.Glob(door, "templates/layout/*.html")
	if err != nil {
		return nil, err
	}
	if len(layouts) > 0 {
		if _, err := base.ParseFS(door, layouts...); err != nil {
			return nil, fmt.Errorf("layouts: %w", err)
		}
	}
	p := &Pages{byName: map[string]*template.Template{}}
	return p, fs.WalkDir(door, "templates", func(folder string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || folder == "templates/layout" {
			return err
		}
		return p.loadFolder(base, door, folder)
	})
}

// loadFolder parses the pages of a folder. They are called by their path without
// its ending: ask/check, and queue where the folder is the first.
func (p *Pages) loadFolder(base *template.Template, door fs.FS, folder string) error {
	files, err := fs.Glob(door, path.Join(folder, "*.html"))
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
		if t, err = t.ParseFS(door, append([]string{f}, parts...)...); err != nil {
			return fmt.Errorf("page %s: %w", f, err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(f, "templates/"), ".html")
		p.byName[name] = t.Lookup(path.Base(f))
	}
	return nil
}

// functions are what templates may call beside the methods of their page.
func functions(a *Assets) template.FuncMap {
	return template.FuncMap{
		"asset": a.url,
		"brand": a.brandURL,
		"icon":  a.icon,
		"defs":  strip.Defs,
		"mark":  strip.Mark,
		"bold":  Bold,
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

// Render writes a page. Nothing is sent before the whole page is made.
func (p *Pages) Render(c echo.Context, status int, name string, page any) error {
	t := p.byName[name]
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

// Bold marks a value that goes into a sentence, for rich to set it in bold.
func Bold(value string) string {
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
