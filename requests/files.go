package requests

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// Upload is a file on its way in. Its type was decided by its content, at the
// door; its name is only ever shown.
type Upload struct {
	Name    string
	Type    string // MIME type by content
	Content []byte // at most MaxUpload bytes
}

// File is a file kept with a request, without its content.
type File struct {
	ID     int64
	Name   string
	Type   string
	Size   int64
	SHA256 string
	At     time.Time
	Author string // requester or staff
	Answer bool   // part of the answer
	Proof  bool   // sent as proof; deleted when it is judged
	// Proposed is a file of an answer that waits for a second person: the
	// requester does not see it.
	Proposed bool
}

type fileRow struct {
	bun.BaseModel `bun:"table:files,alias:f"`

	ID         int64        `bun:"id,pk"`
	RequestID  int64        `bun:"request_id"`
	MessageID  int64        `bun:"message_id"`
	Seq        int64        `bun:"seq"`
	N          int          `bun:"n"`
	At         time.Time    `bun:"at"`
	Author     string       `bun:"author"`
	Type       string       `bun:"type"`
	Size       int64        `bun:"size"`
	SHA256     string       `bun:"sha256"`
	SealedName []byte       `bun:"sealed_name"`
	DeletedAt  bun.NullTime `bun:"deleted_at"`
	Kind       string       `bun:"kind,scanonly"`
}

// partSize is how much sealed content one row holds.
const partSize = 256 << 10

func (f *fileRow) label() string { return fmt.Sprintf("file/%d/%d", f.Seq, f.N) }

// keepFiles keeps the files of a plan; the row says of what they are a part.
func (o *Office) keepFiles(ctx context.Context, tx bun.Tx, key sealer, row fileRow, p *plan) error {
	for n := range p.files {
		u := &p.files[n]
		row.ID, row.N, row.Type, row.Size, row.SHA256 = o.ids.next(row.At), n, u.Type, int64(len(u.Content)), p.change.FileSums[n]
		if err := keepFile(ctx, tx, key, &row, u); err != nil {
			return err
		}
	}
	return nil
}

// keepFile seals a file and writes it in parts.
func keepFile(ctx context.Context, tx bun.Tx, key sealer, row *fileRow, u *Upload) error {
	name, err := key.seal(row.label()+"/name", u.Name)
	if err != nil {
		return err
	}
	_, err = database.Exec(ctx, tx, `INSERT INTO files (id, request_id, message_id, seq, n, at, author, type, size, sha256, sealed_name)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		row.ID, row.RequestID, row.MessageID, row.Seq, row.N, row.At, row.Author, row.Type, row.Size, row.SHA256, name)
	if err != nil {
		return err
	}
	for n, rest := 0, u.Content; len(rest) > 0 || n == 0; n++ {
		part := rest[:min(partSize, len(rest))]
		rest = rest[len(part):]
		label := row.label() + "/" + strconv.Itoa(n)
		if len(rest) == 0 {
			label += "/last" // a file that lost its end does not open
		}
		sealed, err := key.key.Seal(key.reference+"/"+label, part)
		if err != nil {
			return err
		}
		if _, err := database.Exec(ctx, tx, "INSERT INTO file_parts (file_id, n, sealed) VALUES (?, ?, ?)", row.ID, n, sealed); err != nil {
			return err
		}
	}
	return nil
}

// sumsOf hashes the contents of files on their way in, for the timeline.
func sumsOf(files []Upload) (sums []string) {
	for i := range files {
		sum := sha256.Sum256(files[i].Content)
		sums = append(sums, hex.EncodeToString(sum[:]))
	}
	return sums
}

// files lists what is kept with a request.
func (o *Office) files(ctx context.Context, r *Request, key sealer) ([]File, error) {
	var rows []fileRow
	err := o.db.Read().NewSelect().Model(&rows).ColumnExpr("f.*, m.kind").
		Join("JOIN messages m ON m.id = f.message_id").
		Where("f.request_id = ? AND f.deleted_at IS NULL", r.ID).Order("f.id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	return openFiles(rows, key)
}

func openFiles(rows []fileRow, key sealer) ([]File, error) {
	files := make([]File, len(rows))
	for i := range rows {
		var err error
		if files[i], err = rows[i].open(key); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (f *fileRow) open(key sealer) (File, error) {
	name, err := key.open(f.label()+"/name", f.SealedName)
	return File{
		ID: f.ID, Name: name, Type: f.Type, Size: f.Size, SHA256: f.SHA256, At: f.At, Author: f.Author,
		Answer: f.Kind == "answer", Proof: f.Kind == "proof", Proposed: f.Kind == kindProposed,
	}, err
}

// kindProposed is the kind of a file that belongs to no message yet, see
// keepProposed.
const kindProposed = "proposed"

// OpenFile writes a file's content, part by part, and returns what it is. The
// files of an answer can be fetched for a while (ErrFilesEnded); that a
// requester fetched them is noted.
func (o *Office) OpenFile(ctx context.Context, caller access.Caller, now time.Time, reference string, id int64, begin func(File) (io.Writer, error)) error {
	at, err := o.at(ctx, caller, now, reference)
	if err != nil {
		return err
	}
	key, err := o.keyOf(at.request)
	if err != nil {
		return err
	}
	row, f, err := o.fileOf(ctx, at.request, key, id)
	if err != nil {
		return err
	}
	if f.Proposed && caller.Kind != access.Staff {
		return ErrNotFound
	}
	collected := f.Answer && caller.Kind != access.Staff
	if collected && at.request.filesEnded(at) {
		return ErrFilesEnded
	}
	w, err := begin(f)
	if err != nil {
		return err
	}
	if err := o.copyParts(ctx, w, key, row); err != nil || !collected || !at.request.Facts.Collected.IsZero() {
		return err
	}
	_, err = o.Do(context.WithoutCancel(ctx), caller, now, reference, 0, collect{})
	return err
}

// fileOf reads what a file is, without its content.
func (o *Office) fileOf(ctx context.Context, r *Request, key sealer, id int64) (*fileRow, File, error) {
	row := new(fileRow)
	err := o.db.Read().NewSelect().Model(row).ColumnExpr("f.*, COALESCE(m.kind, ?) AS kind", kindProposed).Join("LEFT JOIN messages m ON m.id = f.message_id").
		Where("f.id = ? AND f.request_id = ? AND f.deleted_at IS NULL", id, r.ID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, File{}, ErrNotFound
	}
	if err != nil {
		return nil, File{}, err
	}
	f, err := row.open(key)
	return row, f, err
}

func (o *Office) copyParts(ctx context.Context, w io.Writer, key sealer, row *fileRow) error {
	parts := int((row.Size + partSize - 1) / partSize)
	for n := range max(1, parts) {
		var sealed []byte
		if err := database.Row(ctx, o.db.Read(), []any{&sealed}, "SELECT sealed FROM file_parts WHERE file_id = ? AND n = ?", row.ID, n); err != nil {
			return err
		}
		label := row.label() + "/" + strconv.Itoa(n)
		if n == max(1, parts)-1 {
			label += "/last"
		}
		part, err := key.key.Open(key.reference+"/"+label, sealed)
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, bytes.NewReader(part)); err != nil {
			return err
		}
	}
	return nil
}
