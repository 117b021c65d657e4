package site

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

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
		return PostedKinds(c, requests.StaffTypes())
	}
	return PostedKinds(c, requests.OutsideTypes())
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
	kind, ending := requests.TypeOf(content)
	name := requests.SafeName(given, ending)
	why := ""
	switch {
	case len(content) == 0:
		why = "empty"
	case len(content) > requests.MaxUpload:
		why = "large"
	case !slices.Contains(kinds, kind):
		why = "kind"
	case len(up.Files) >= FilesAtOnce:
		why = "many"
	}
	if why != "" {
		up.Faults = append(up.Faults, FileFault{requests.SafeName(given, givenEnding(given, ending)), why})
		return
	}
	up.Files = append(up.Files, requests.Upload{Name: name, Type: kind, Content: content})
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
