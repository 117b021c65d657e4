package audit

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/uptrace/bun"
)

// format is the first thing in an exported file; another one is another format.
const format = "dsr-audit-1"

// line is one line of an export: exactly one of its parts. The file is a
// header, then entries and checkpoints, each checkpoint after the entries it
// covers, then the end. Bytes are in base64, times in RFC 3339.
type line struct {
	Header     *header        `json:"header,omitempty"`
	Entry      *entryRow      `json:"entry,omitempty"`
	Checkpoint *checkpointRow `json:"checkpoint,omitempty"`
	End        *end           `json:"end,omitempty"`
}

type header struct {
	Format    string            `json:"format"`
	MadeAt    time.Time         `json:"made_at"`
	Chain     *int64            `json:"chain,omitempty"` // the only chain in the file
	KeyID     string            `json:"key_id"`
	PublicKey ed25519.PublicKey `json:"public_key"`
}

// end lets a file that was cut off be told from a whole one.
type end struct {
	Entries     int64 `json:"entries"`
	Checkpoints int64 `json:"checkpoints"`
}

// exporter writes what it is shown.
type exporter struct {
	out *json.Encoder
	end end
}

func (x *exporter) entry(row entryRow) error {
	row.At = row.At.UTC()
	x.end.Entries++
	return x.write(line{Entry: &row})
}

func (x *exporter) checkpoint(row checkpointRow) error {
	row.At = row.At.UTC()
	x.end.Checkpoints++
	return x.write(line{Checkpoint: &row})
}

func (x *exporter) write(l line) error {
	if err := x.out.Encode(l); err != nil {
		return fmt.Errorf("writing the audit export: %w", err)
	}
	return nil
}

// Export writes the whole log as it is now, for VerifyExport. The public key is
// the checkpoints'; an outsider compares it with what the controller published.
func Export(ctx context.Context, db bun.IDB, w io.Writer, public ed25519.PublicKey, now time.Time) error {
	return export(w, header{MadeAt: now, PublicKey: public}, func(x *exporter) error {
		return walk(ctx, db, x)
	})
}

// ExportChain writes one chain and the checkpoints that name it, for
// VerifyExport. The file shows of other chains only ids and hashes. It proves
// that these entries stood in the log when they were signed, in this order and
// without gaps; that none was added later only the whole log can prove.
func ExportChain(ctx context.Context, db bun.IDB, w io.Writer, chain int64, public ed25519.PublicKey, now time.Time) error {
	return export(w, header{MadeAt: now, Chain: &chain, PublicKey: public}, func(x *exporter) error {
		return walkChain(ctx, db, chain, x)
	})
}

func export(w io.Writer, h header, walk func(*exporter) error) error {
	buffered := bufio.NewWriterSize(w, 64<<10)
	x := &exporter{out: json.NewEncoder(buffered)}
	x.out.SetEscapeHTML(false)
	h.Format, h.KeyID, h.MadeAt = format, KeyID(h.PublicKey), h.MadeAt.UTC().Truncate(time.Second)
	if err := x.write(line{Header: &h}); err != nil {
		return err
	}
	if err := walk(x); err != nil {
		return err
	}
	if err := x.write(line{End: &x.end}); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("writing the audit export: %w", err)
	}
	return nil
}

// walkChain shows the exporter the chain's entries, and each checkpoint that
// covers some of them after the last of these.
func walkChain(ctx context.Context, db bun.IDB, chain int64, to *exporter) error {
	over := checkpointRow{CoversTo: math.MinInt64} // covers the entry shown last
	err := eachInChain(ctx, db, chain, func(row entryRow) error {
		if row.ID > over.CoversTo {
			if err := to.checkpointIfAny(over); err != nil {
				return err
			}
			var err error
			if over, err = covering(ctx, db, row.ID); err != nil {
				return err
			}
		}
		return to.entry(row)
	})
	if err != nil {
		return err
	}
	return to.checkpointIfAny(over)
}

func (x *exporter) checkpointIfAny(row checkpointRow) error {
	if row.Number == 0 {
		return nil
	}
	return x.checkpoint(row)
}

// covering returns the checkpoint that covers a row of the log. Where none does
// yet, none covers any later row either: it returns one with the number 0.
func covering(ctx context.Context, db bun.IDB, id int64) (checkpointRow, error) {
	var row checkpointRow
	err := db.NewSelect().Model(&row).Where("covers_to >= ?", id).OrderExpr("covers_to").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return checkpointRow{CoversTo: math.MaxInt64}, nil
	}
	if err != nil {
		return checkpointRow{}, fmt.Errorf("reading the checkpoint over row %d: %w", id, err)
	}
	return row, nil
}
