package site

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/brand"
	"dsr/policies"
)

//go:embed assets
var assetFiles embed.FS

// Assets are the style sheets and pictures, with a version from their content
// in their address, so that a browser never asks twice for the same one.
type Assets struct {
	files  map[string]asset  // by name: base.css
	brands map[string]asset  // what belongs to policies, by name: moxora.css, moxora.svg
	logos  map[string]string // names of logos among them, by policy
}

type asset struct {
	version string
	kind    string
	plain   []byte
	gzipped []byte
}

// loadAssets reads what all doors share, and the colours of every policy.
func loadAssets(packs []*policies.Pack) (*Assets, error) {
	a := &Assets{files: map[string]asset{}, brands: map[string]asset{}, logos: map[string]string{}}
	if err := a.take(assetFiles); err != nil {
		return nil, err
	}
	for _, p := range packs {
		if err := a.addBrand(p); err != nil {
			return nil, fmt.Errorf("brand of policy %s: %w", p.ID, err)
		}
	}
	return a, nil
}

// take adds the files of a folder assets. Two of one name are an error.
func (a *Assets) take(door fs.FS) error {
	entries, err := fs.ReadDir(door, "assets")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, there := a.files[e.Name()]; there {
			return fmt.Errorf("there are two assets called %s", e.Name())
		}
		content, err := fs.ReadFile(door, path.Join("assets", e.Name()))
		if err != nil {
			return err
		}
		if a.files[e.Name()], err = newAsset(e.Name(), content); err != nil {
			return err
		}
	}
	return nil
}

// addBrand adds the colours of a policy and its logo, where it has one.
func (a *Assets) addBrand(p *policies.Pack) error {
	palette, err := brand.Clamp(p.Brand.Colour)
	if err != nil {
		return err
	}
	if a.brands[p.ID+".css"], err = newAsset("brand.css", []byte(brand.CSS(palette))); err != nil {
		return err
	}
	logo := p.Brand.LogoFile
	if logo == nil {
		return nil
	}
	endings := map[string]string{"image/png": ".png", "image/svg+xml": ".svg"}
	ending, known := endings[logo.Type]
	if !known {
		return fmt.Errorf("a logo of type %q cannot be shown", logo.Type)
	}
	name := p.ID + ending
	a.logos[p.ID] = name
	a.brands[name], err = newAsset(name, logo.Content)
	return err
}

func newAsset(name string, content []byte) (asset, error) {
	sum := sha256.Sum256(content)
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return asset{}, err
	}
	if _, err := w.Write(content); err != nil {
		return asset{}, err
	}
	if err := w.Close(); err != nil {
		return asset{}, err
	}
	return asset{
		version: base64.RawURLEncoding.EncodeToString(sum[:9]),
		kind:    mime.TypeByExtension(path.Ext(name)), plain: content, gzipped: b.Bytes(),
	}, nil
}

// url returns the address of a file. An unknown name is an error of the page.
func (a *Assets) url(name string) (string, error) {
	f, ok := a.files[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return "/assets/" + f.version + "/" + name, nil
}

// brandURL returns the address of a policy's colours.
func (a *Assets) brandURL(policy string) (string, error) {
	f, ok := a.brands[policy+".css"]
	if !ok {
		return "", fmt.Errorf("policy %q has no brand", policy)
	}
	return "/brand/" + f.version + "/" + policy + ".css", nil
}

// LogoURL returns the address of a policy's logo, or "" where it has none.
func (a *Assets) LogoURL(policy string) string {
	name, ok := a.logos[policy]
	if !ok {
		return ""
	}
	return "/brand/" + a.brands[name].version + "/" + name
}

// icon draws a sign of the sprite. It says nothing by itself: words stand
// beside it.
func (a *Assets) icon(name string) (template.HTML, error) {
	sprite, err := a.url("icons.svg")
	if err != nil {
		return "", err
	}
	class := "i"
	if name == "logo" {
		class = "logo-i"
	}
	return template.HTML(`<svg class="` + class + `" aria-hidden="true"><use href="` + sprite + `#` + template.HTMLEscapeString(name) + `"/></svg>`), nil // #nosec G203 -- no part comes from outside
}

// ServeAsset serves a file. One of another version is served too, for pages that
// were open while the program was renewed, but not for long.
func (s *Site) ServeAsset(c echo.Context) error {
	f, ok := s.Assets.files[c.Param("file")]
	if !ok {
		return echo.ErrNotFound
	}
	return f.serve(c)
}

// ServeBrand serves the colours or the logo of a policy. A logo that somebody
// opens by itself runs nothing and loads nothing, whatever the picture holds.
func (s *Site) ServeBrand(c echo.Context) error {
	f, ok := s.Assets.brands[c.Param("file")]
	if !ok {
		return echo.ErrNotFound
	}
	if strings.HasPrefix(f.kind, "image/") {
		c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	}
	return f.serve(c)
}

func (f *asset) serve(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if c.Param("version") != f.version {
		h.Set("Cache-Control", "public, max-age=60")
	}
	h.Add("Vary", "Accept-Encoding")
	if strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		return c.Blob(http.StatusOK, f.kind, f.gzipped)
	}
	return c.Blob(http.StatusOK, f.kind, f.plain)
}
