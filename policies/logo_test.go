package policies_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dsr/policies"
)

// picture is a PNG of the given size.
func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// claiming changes the size that a PNG says it has.
func claiming(content []byte, width, height uint32) []byte {
	changed := bytes.Clone(content)
	binary.BigEndian.PutUint32(changed[16:], width)
	binary.BigEndian.PutUint32(changed[20:], height)
	binary.BigEndian.PutUint32(changed[29:], crc32.ChecksumIEEE(changed[12:29]))
	return changed
}

func drawing(inside string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?><!-- a lamp --><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">` + inside + `</svg>`)
}

// branded writes a pack with a logo into a directory of its own.
func branded(t *testing.T, name string, content []byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	pack := strings.Replace(samplePack, "initial: L}", "initial: L, logo: \""+name+"\"}", 1)
	if err := os.WriteFile(filepath.Join(dir, "lamplight.yaml"), []byte(pack), 0o600); err != nil {
		t.Fatal(err)
	}
	if content != nil {
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestALogoIsReadWithItsPack(t *testing.T) {
	for name, c := range map[string]struct {
		media   string
		content []byte
	}{
		"lamp.png": {"image/png", picture(t, 1024, 512)},
		"LAMP.PNG": {"image/png", picture(t, 1, 1)},
		"lamp.svg": {"image/svg+xml", drawing(`<title>Lamp</title><defs><linearGradient id="g"><stop offset="0" stop-color="#369"/></linearGradient></defs>
			<style>.a { fill: url("#g"); } @media (prefers-color-scheme: dark) { .a { fill: #fff } }</style>
			<g class="a"><path d="M0 0h10v10z" fill="url(#g)" style="stroke:url( '#g' )"/></g><use href="#g"/><use xlink:href="#g"/>`)},
	} {
		dir := branded(t, name, c.content)
		b, err := policies.Load(policies.Options{Packs: []string{dir}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		inBook, err := b.Pack("lamplight")
		if err != nil {
			t.Fatal(err)
		}
		alone, err := b.ReadFile(filepath.Join(dir, "lamplight.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, pack := range []*policies.Pack{inBook, alone} {
			logo := pack.Brand.LogoFile
			if logo == nil || logo.Type != c.media || !bytes.Equal(logo.Content, c.content) || len(logo.SHA256) != 64 {
				t.Errorf("%s: the logo is %v", name, logo)
			}
			if !strings.Contains(policies.Show(pack), "Logo                    "+name+", "+c.media) {
				t.Errorf("%s is not shown in\n%s", name, policies.Show(pack))
			}
		}
	}
	for _, pack := range book(t).Packs() {
		if pack.Brand.LogoFile != nil {
			t.Errorf("%s has a logo", pack.ID)
		}
	}
}

func TestAPictureThatIsNoLogoIsRefused(t *testing.T) {
	small := picture(t, 16, 16)
	for name, c := range map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"not there":               {"lamp.png", nil, "there is no such file beside the pack"},
		"another kind":            {"lamp.gif", small, "a logo is a .png or a .svg file"},
		"no ending":               {"lamp", small, "a logo is a .png or a .svg file"},
		"too many bytes":          {"lamp.svg", drawing(strings.Repeat("<path/>", 10000)), "a logo has at most 65536"},
		"a PNG too wide":          {"lamp.png", picture(t, 1025, 10), "1025 by 10 pixels; a logo has at most 1024 by 512"},
		"a PNG too high":          {"lamp.png", picture(t, 10, 513), "10 by 513 pixels"},
		"a PNG bomb":              {"lamp.png", claiming(small, 60000, 60000), "60000 by 60000 pixels"},
		"a damaged PNG":           {"lamp.png", small[:len(small)-20], "the PNG picture is damaged"},
		"a PNG by name only":      {"lamp.png", drawing(""), "the file is no PNG picture"},
		"an SVG by name only":     {"lamp.svg", small, "the file is no SVG picture"},
		"an empty SVG":            {"lamp.svg", []byte(""), "the file is no SVG picture"},
		"a page":                  {"lamp.svg", []byte(`<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>`), "the element html is not one of SVG"},
		"no namespace":            {"lamp.svg", []byte(`<svg><path/></svg>`), "not one of SVG"},
		"cut off":                 {"lamp.svg", drawing("<g>"), "the file is no SVG picture"},
		"two roots":               {"lamp.svg", append(drawing(""), `<svg xmlns="http://www.w3.org/2000/svg"/>`...), "one svg element around all others"},
		"a script":                {"lamp.svg", drawing(`<script>alert(1)</script>`), "the element script is not allowed"},
		"a script of a page":      {"lamp.svg", drawing(`<x:script xmlns:x="http://www.w3.org/1999/xhtml">1</x:script>`), "the element script is not one of SVG"},
		"a page inside":           {"lamp.svg", drawing(`<foreignObject/>`), "the element foreignObject is not allowed"},
		"a picture from outside":  {"lamp.svg", drawing(`<image href="https://x.example/a.png"/>`), "the element image is not allowed"},
		"a link":                  {"lamp.svg", drawing(`<a href="#g"/>`), "the element a is not allowed"},
		"an animation":            {"lamp.svg", drawing(`<set attributeName="href" to="javascript:alert(1)"/>`), "the element set is not allowed"},
		"an event":                {"lamp.svg", drawing(`<path onclick="alert(1)"/>`), "the attribute onclick runs code"},
		"an event at the root":    {"lamp.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "the attribute onload runs code"},
		"an event in capitals":    {"lamp.svg", drawing(`<path OnClick="alert(1)"/>`), "the attribute onclick runs code"},
		"a foreign part":          {"lamp.svg", drawing(`<use xlink:href="https://x.example/a.svg#b"/>`), "refer to its own parts only"},
		"a part as data":          {"lamp.svg", drawing(`<use href=" data:image/svg+xml,x"/>`), "refer to its own parts only"},
		"a foreign fill":          {"lamp.svg", drawing(`<path fill="URL( 'https://x.example/#g')"/>`), "refer to its own parts only"},
		"a second foreign fill":   {"lamp.svg", drawing(`<path style="fill:url(#a);stroke:url(//x.example)"/>`), "refer to its own parts only"},
		"an import":               {"lamp.svg", drawing(`<style>@import "https://x.example/a.css";</style>`), "@import"},
		"an import in two":        {"lamp.svg", drawing(`<style>@im<!-- -->port "a.css"; @im<![CDATA[port "b.css";]]></style>`), "@import"},
		"an import spelled oddly": {"lamp.svg", drawing(`<style>@\69mport "a.css";</style>`), "not allowed"},
		"a font":                  {"lamp.svg", drawing(`<style>@font-face { src: local(x) }</style>`), "@font-face"},
		"a set of pictures":       {"lamp.svg", drawing(`<path style="mask:image-set('a.png' 1x)"/>`), "not allowed"},
		"another base":            {"lamp.svg", drawing(`<g xml:base="https://x.example/"/>`), "the attribute base fetches"},
		"a DOCTYPE":               {"lamp.svg", append([]byte(`<!DOCTYPE svg>`), drawing("")...), "DOCTYPE"},
		"entities":                {"lamp.svg", append([]byte(`<!DOCTYPE svg [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>`), drawing("&c;")...), "DOCTYPE"},
		"an unknown entity":       {"lamp.svg", drawing("&c;"), "the file is no SVG picture"},
		"a style sheet":           {"lamp.svg", append([]byte(`<?xml-stylesheet href="https://x.example/a.css"?>`), drawing("")...), "the instruction <?xml-stylesheet"},
		"another encoding":        {"lamp.svg", []byte(`<?xml version="1.0" encoding="UTF-7"?><svg xmlns="http://www.w3.org/2000/svg"/>`), "the file is no SVG picture"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := book(t).ReadFile(filepath.Join(branded(t, c.file, c.content), "lamplight.yaml"))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "lamplight.yaml:44:47: logo") {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
		})
	}
}

func TestALogoStaysInTheFolderOfItsPack(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.png")
	if err := os.WriteFile(outside, picture(t, 2, 2), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../secret.png", outside, "sub/lamp.png", `..\\secret.png`, "./lamp.png", ".lamp.png", "..", "a/../lamp.png"} {
		_, err := book(t).ReadFile(filepath.Join(branded(t, name, nil), "lamplight.yaml"))
		if err == nil || !strings.Contains(err.Error(), "without a folder") {
			t.Errorf("%s gave %v", name, err)
		}
	}
	linked := branded(t, "lamp.png", nil)
	if err := os.Symlink(outside, filepath.Join(linked, "lamp.png")); err != nil {
		t.Fatal(err)
	}
	if _, err := policies.Load(policies.Options{Packs: []string{linked}}); err == nil || !strings.Contains(err.Error(), "cannot be read from the folder of the pack") {
		t.Errorf("a link out of the folder gave %v", err)
	}
	if _, err := book(t).ReadFile(filepath.Join(linked, "lamplight.yaml")); err == nil {
		t.Error("a link out of the folder was followed for a single file")
	}
	// A volume that is swapped as a whole links inside itself.
	inside := branded(t, "lamp.png", nil)
	if err := os.Mkdir(filepath.Join(inside, "v1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(inside, "v1", "lamp.png"), picture(t, 2, 2), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("v1/lamp.png", filepath.Join(inside, "lamp.png")); err != nil {
		t.Fatal(err)
	}
	if _, err := book(t).ReadFile(filepath.Join(inside, "lamplight.yaml")); err != nil {
		t.Errorf("a link inside the folder gave %v", err)
	}
	// Nothing waits for a pipe that nobody writes to, nor reads a folder.
	for _, make := range []func(string) error{
		func(name string) error { return syscall.Mkfifo(name, 0o600) },
		func(name string) error { return os.Mkdir(name, 0o700) },
	} {
		odd := branded(t, "lamp.png", nil)
		if err := make(filepath.Join(odd, "lamp.png")); err != nil {
			t.Fatal(err)
		}
		if _, err := book(t).ReadFile(filepath.Join(odd, "lamplight.yaml")); err == nil || !strings.Contains(err.Error(), "that is no file") {
			t.Errorf("what is no file gave %v", err)
		}
	}
}
