package evidence

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"dsr/audit"
	"dsr/requests"
)

// zipTime stands at every entry, so that equal content gives equal bytes: the
// first instant a zip can name.
func zipTime() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

// file is one entry on its way into a pack.
type file struct {
	path    string
	content []byte
}

// Write writes the pack of a request, signed with the key of the audit log's
// checkpoints.
func Write(w io.Writer, e *requests.Evidence, key ed25519.PrivateKey) error {
	files, err := contents(e)
	if err != nil {
		return fmt.Errorf("evidence pack of %s: %w", e.Reference, err)
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.path, b.path) })
	m := manifestOf(e, files, key.Public().(ed25519.PublicKey))
	text, err := document(m)
	if err != nil {
		return err
	}
	return writeZip(w, append(files, file{manifestName, text}, file{signatureName, sign(text, key)}))
}

// contents makes every entry but the manifest.
func contents(e *requests.Evidence) ([]file, error) {
	files := []file{{trailName, e.Trail}, {rulingName, []byte(e.Frozen)}}
	for _, rule := range e.Rules {
		files = append(files, file{ruleName(rule), []byte(rule.Content)})
	}
	for _, l := range e.Sent {
		path := letterPath(l)
		files = append(files, file{path + ".txt", []byte(l.Text)}, file{path + ".html", []byte(l.HTML)})
	}
	documents := []struct {
		path  string
		value any
	}{
		{requestName, recordOf(e)}, {timelineName, timelineOf(e)}, {clocksName, e.Derived},
		{filesName, filesOf(e)}, {lettersName, lettersOf(e)}, {calendarName, yearbookOf(e.Place.Calendar, e.Ruling.Calendar)},
	}
	if e.Personal {
		documents = append(documents, struct {
			path  string
			value any
		}{conversationName, conversationOf(e)})
	}
	for _, d := range documents {
		text, err := document(d.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.path, err)
		}
		files = append(files, file{d.path, text})
	}
	paper := paperOf(e)
	page, err := paper.html()
	if err != nil {
		return nil, err
	}
	print, err := paper.pdf(e.Now)
	return append(files, file{pageName, page}, file{pdfName, print}), err
}

// document writes a value as people read JSON.
func document(v any) ([]byte, error) {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	err := out.Encode(v)
	return b.Bytes(), err
}

func manifestOf(e *requests.Evidence, files []file, public ed25519.PublicKey) Manifest {
	m := Manifest{
		Format: format, Reference: e.Reference, Request: e.ID, MadeAt: e.Now, MadeBy: e.MadeBy, Personal: e.Personal,
		KeyID: audit.KeyID(public), PublicKey: public,
	}
	for _, f := range files {
		m.Entries = append(m.Entries, Entry{Path: f.path, Size: int64(len(f.content)), SHA256: sumOf(f.content)})
	}
	return m
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// sign returns the content of MANIFEST.sig.
func sign(manifest []byte, key ed25519.PrivateKey) []byte {
	signature := ed25519.Sign(key, append([]byte(domain), manifest...))
	return []byte(base64.StdEncoding.EncodeToString(signature) + "\n")
}

func writeZip(w io.Writer, files []file) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		entry, err := z.CreateHeader(&zip.FileHeader{Name: f.path, Method: zip.Deflate, Modified: zipTime()})
		if err != nil {
			return err
		}
		if _, err := entry.Write(f.content); err != nil {
			return err
		}
	}
	return z.Close()
}
