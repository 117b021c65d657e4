package requests

import (
	"bytes"
	"image"
	_ "image/jpeg" // so that pictures can be checked
	_ "image/png"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// OutsideTypes are the types of files that are taken from outside: those whose
// content can be checked here and that run nothing when opened.
func OutsideTypes() []string {
	return []string{"application/pdf", "image/jpeg", "image/png", "text/plain"}
}

// StaffTypes are the types staff may send: archives too, which an answer often
// is.
func StaffTypes() []string { return append(OutsideTypes(), "application/zip") }

// TypeOf says what a file is by its content, and the ending that fits. A
// picture must decode as one; text must be UTF-8, hold no control characters
// and not look like a page.
func TypeOf(content []byte) (mime, extension string) {
	switch _, format, err := image.DecodeConfig(bytes.NewReader(content)); {
	case err == nil:
		return "image/" + format, "." + strings.Replace(format, "jpeg", "jpg", 1)
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return "application/pdf", ".pdf"
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return "application/zip", ".zip"
	case plainText(content):
		return "text/plain", ".txt"
	}
	return "application/octet-stream", ".bin"
}

// plainText refuses text that a careless program might take for a page, or for
// what a printer carries out.
func plainText(content []byte) bool {
	start := strings.TrimPrefix(strings.TrimSpace(string(content[:min(len(content), 1024)])), "\ufeff")
	return IsText(string(content)) && !strings.HasPrefix(start, "<") && !strings.HasPrefix(start, "%!")
}

// IsText reports whether a string is UTF-8 without control characters other
// than those that part lines and columns.
func IsText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

// longestName is how many characters of a file's name are kept.
const longestName = 100

// SafeName makes a name that can be shown and saved anywhere: its last part
// only, without characters that mean something to a system, and with the
// ending that fits the content.
func SafeName(given, extension string) string {
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
