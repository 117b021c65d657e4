package policies

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"path"
	"strings"

	"dsr/strict"
)

// Logo is the controller's mark, proved to be a small picture without code.
type Logo struct {
	Type    string // image/png or image/svg+xml
	Content []byte
	SHA256  string // of the content, in hex
}

// The most that a logo may measure.
const (
	mostLogoBytes  = 64 << 10
	mostLogoWidth  = 1024 // pixels of a PNG
	mostLogoHeight = 512
)

// logoTypes are the pictures a logo may be, by the ending of the file.
var logoTypes = map[string]string{".png": "image/png", ".svg": "image/svg+xml"}

// readLogo reads the logo that a pack names from the folder of the pack. The
// name is a plain file name, so nothing outside the folder can be meant.
func readLogo(folder fs.FS, file string, data []byte, p *Pack) error {
	name := p.Brand.Logo
	if name == "" {
		return nil
	}
	logo, err := openLogo(folder, name)
	if err != nil {
		return strict.At(file, data, name, fmt.Sprintf("logo %q: %s", name, err))
	}
	p.Brand.LogoFile = logo
	return nil
}

// openLogo reads a logo and proves that it is one.
func openLogo(folder fs.FS, name string) (*Logo, error) {
	media := logoTypes[strings.ToLower(path.Ext(name))]
	switch {
	case strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") || !fs.ValidPath(name):
		return nil, errors.New("give the name of a file beside the pack, without a folder")
	case media == "":
		return nil, errors.New("a logo is a .png or a .svg file")
	}
	content, err := readSmall(folder, name)
	if err != nil {
		return nil, err
	}
	if media == "image/png" {
		err = checkPNG(content)
	} else {
		err = checkSVG(content)
	}
	return &Logo{Type: media, Content: content, SHA256: hash(content)}, err
}

// readSmall reads a regular file that is not too large to be a logo. It looks
// first: opening a pipe would wait for ever.
func readSmall(folder fs.FS, name string) ([]byte, error) {
	about, err := fs.Stat(folder, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file beside the pack")
	case err != nil:
		return nil, fmt.Errorf("the file cannot be read from the folder of the pack: %w", err)
	case !about.Mode().IsRegular():
		return nil, errors.New("that is no file")
	case about.Size() > mostLogoBytes:
		return nil, fmt.Errorf("the file has %d bytes; a logo has at most %d", about.Size(), mostLogoBytes)
	}
	return fs.ReadFile(folder, name)
}

// checkPNG looks at the size before it decodes, as few bytes can stand for many
// pixels.
func checkPNG(content []byte) error {
	header, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("the file is no PNG picture: %w", err)
	}
	if header.Width > mostLogoWidth || header.Height > mostLogoHeight {
		return fmt.Errorf("the picture has %d by %d pixels; a logo has at most %d by %d", header.Width, header.Height, mostLogoWidth, mostLogoHeight)
	}
	if _, err := png.Decode(bytes.NewReader(content)); err != nil {
		return fmt.Errorf("the PNG picture is damaged: %w", err)
	}
	return nil
}
