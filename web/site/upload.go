package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // so that pictures can be checked
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/requests"
)

const (
	// FilesAtOnce is how many files one post may carry, uploadBytes how much in
	// all: two of the largest, or several of the usual.
	FilesAtOnce = 5
	uploadBytes = 2*requests.MaxUpload + 1<<20
	// uploadsAtOnce bounds the memory that uploads take; others wait.
	uploadsAtOnce = 4
)

// fileKind is a type of file that a door takes, known by its content.
type fileKind struct{ mime, extension string }

// requesterFiles are the types a requester may send: those whose content can
// be checked here and that run nothing when opened.
func requesterFiles() []string {
	return []string{"application/pdf", "image/jpeg", "image/png", "text/plain"}
}

// staffFiles are the types staff may send: archives too, which an answer often
// is.
func staffFiles() []string { return append(requesterFiles(), "application/zip") }

// AcceptFiles tells the browser the same. A telephone turns its own picture
// format into JPEG for it.
const AcceptFiles = "application/pdf,image/jpeg,image/png,text/plain,text/csv,.csv,.txt"

// Upload is a post with files.
type Upload struct {
	Values url.Values
	Files  []requests.Upload
	Faults []FileFault
}

// FileFault is a file that is not taken: large, empty, kind or many.
type FileFault struct{ Name, Why string }

// PostedFiles reads a post of text and files of the types its sender may send.
func PostedFiles(c echo.Context) (*Upload, error) {
	if Caller(c).Kind == access.Staff {
		return PostedKinds(c, staffFiles())
	}
	return PostedKinds(c, requesterFiles())
}

// PostedKinds reads a post of text and files of some types. A file's type is
// decided by its content, its name is only shown.
func PostedKinds(c echo.Context, kinds []string) (*Upload, error) {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEMultipartForm {
		return nil, errMedia
	}
	up := &Upload{Values: url.Values{}}
	return up, up.read(c.Request(), kinds)
}

// uploadPlace waits while too many uploads are in memory and returns what gives
// the place back.
func (s *Site) uploadPlace(ctx context.Context) (release func(), err error) {
	select {
	case s.uploads <- struct{}{}:
		return func() { <-s.uploads }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (up *Upload) read(r *http.Request, kinds []string) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return errMedia
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			plainLines(up.Values)
			return sound(up.Values)
		}
		if err != nil {
			return unreadable(err)
		}
		if n > formFields {
			return fmt.Errorf("%w: it has more than %d parts", ErrForm, formFields)
		}
		if err := up.take(part, kinds); err != nil {
			return err
		}
	}
}

// unreadable tells a body that is too large from one that is no form.
func unreadable(err error) error {
	if Is[*http.MaxBytesError](err) {
		return err
	}
	return fmt.Errorf("%w: its parts cannot be read", ErrForm)
}

func (up *Upload) take(part *multipart.Part, kinds []string) error {
	if part.FileName() == "" {
		value, err := io.ReadAll(io.LimitReader(part, formBytes+1))
		if err != nil {
			return unreadable(err)
		}
		if len(value) > formBytes {
			return &http.MaxBytesError{Limit: formBytes}
		}
		// A file field that was left empty comes as a part without a name.
		if part.FormName() != "file" {
			up.Values.Add(part.FormName(), string(value))
		}
		return nil
	}
	content, err := io.ReadAll(io.LimitReader(part, requests.MaxUpload+1))
	if err != nil {
		return unreadable(err)
	}
	up.add(part.FileName(), content, kinds)
	return nil
}

// add takes one file, or notes why not.
func (up *Upload) add(given string, content []byte, kinds []string) {
	kind := kindOf(content)
	name := safeName(given, kind.extension)
	why := ""
	switch {
	case len(content) == 0:
		why = "empty"
	case len(content) > requests.MaxUpload:
		why = "large"
	case !slices.Contains(kinds, kind.mime):
		why = "kind"
	case len(up.Files) >= FilesAtOnce:
		why = "many"
	}
	if why != "" {
		up.Faults = append(up.Faults, FileFault{safeName(given, givenEnding(given, kind.extension)), why})
		return
	}
	up.Files = append(up.Files, requests.Upload{Name: name, Type: kind.mime, Content: content})
}

// kindOf says what a file is by its content. A picture must decode as one; text
// must be UTF-8, hold no control characters and not look like a page.
func kindOf(content []byte) fileKind {
	kind, _, _ := strings.Cut(http.DetectContentType(content), ";")
	switch kind {
	case "application/pdf":
		return fileKind{kind, ".pdf"}
	case "application/zip":
		return fileKind{kind, ".zip"}
	case "image/png", "image/jpeg":
		if _, format, err := image.DecodeConfig(bytes.NewReader(content)); err == nil {
			return fileKind{"image/" + format, "." + strings.Replace(format, "jpeg", "jpg", 1)}
		}
	case "text/plain":
		if plainText(content) {
			return fileKind{kind, ".txt"}
		}
	}
	return fileKind{"application/octet-stream", ".bin"}
}

// plainText refuses text that a careless program might take for a page.
func plainText(content []byte) bool {
	start := strings.ToLower(strings.TrimSpace(string(content[:min(len(content), 1024)])))
	return isText(string(content)) && !strings.HasPrefix(strings.TrimPrefix(start, "\ufeff"), "<")
}

// givenEnding is the ending of a file that is not taken as its sender knows it,
// so that they find it again; one that is no plain ending gives way.
func givenEnding(given, instead string) string {
	ending := strings.ToLower(path.Ext(strings.ReplaceAll(given, `\`, "/")))
	if len(ending) < 2 || len(ending) > 8 || strings.Trim(ending[1:], "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return instead
	}
	return ending
}

// longestName is how many characters of a name are kept.
const longestName = 100

// safeName makes a name that can be shown and saved anywhere: its last part
// only, without characters that mean something to a system, and with the
// ending that fits the content.
func safeName(given, extension string) string {
	name := path.Base(strings.ReplaceAll(given, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if own := strings.ToLower(path.Ext(name)); own == ".csv" && extension == ".txt" || own == ".jpeg" && extension == ".jpg" {
		extension = own
	}
	name = strings.Trim(strings.TrimSuffix(name, path.Ext(name)), ". ")
	if name == "" {
		name = "file"
	}
	if runes := []rune(name); len(runes) > longestName {
		name = string(runes[:longestName])
	}
	return name + extension
}
