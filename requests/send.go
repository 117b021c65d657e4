package requests

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/workflow"
)

// letterRow is a letter as stored.
type letterRow struct {
	bun.BaseModel `bun:"table:letters,alias:l"`

	ID        int64        `bun:"id,pk"`
	RequestID int64        `bun:"request_id"`
	Kind      string       `bun:"kind"`
	Audience  string       `bun:"audience"`
	MessageID string       `bun:"message_id"`
	State     string       `bun:"state"`
	CreatedAt time.Time    `bun:"created_at"`
	SentAt    bun.NullTime `bun:"sent_at"`
	Sealed    []byte       `bun:"sealed"`
}

// SendLetter is the outbox's handler for letters: it opens one, hands it to
// the mail server and notes what came of it. A letter that was sent is never
// sent again; a crash between the server's yes and our note repeats one mail
// with the same Message-ID.
func (o *Office) SendLetter(from string, now func() time.Time, send func(context.Context, mailer.Envelope) error) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		id, err := strconv.ParseInt(string(job.Payload), 10, 64)
		if err != nil {
			return fmt.Errorf("%w: its payload names no letter", outbox.ErrPermanent)
		}
		row, r, envelope, err := o.letterOf(ctx, id)
		if err != nil || row.State == "sent" {
			return err
		}
		outer := envelope.from(from, row.MessageID, row.CreatedAt)
		outer.References = threadOf(r, o.domain)
		err = send(ctx, outer)
		switch {
		case err == nil:
			return o.letterDone(ctx, now(), r.Reference, letterOutcome{act: ActLetterSent, row: row, sum: envelope.Sum()})
		case errors.Is(err, mailer.ErrPermanent):
			noted := o.letterDone(ctx, now(), r.Reference, letterOutcome{act: ActLetterFailed, row: row, fault: err.Error()})
			return errors.Join(fmt.Errorf("%w: %w", outbox.ErrPermanent, err), noted)
		}
		return err
	}
}

// threadOf lets mail programs show the letters of one request together.
func threadOf(r *Request, domain string) []string {
	return []string{r.Reference + "@" + domain}
}

func (o *Office) letterOf(ctx context.Context, id int64) (*letterRow, *Request, Envelope, error) {
	row, r := new(letterRow), new(Request)
	if err := o.db.Read().NewSelect().Model(row).Where("l.id = ?", id).Scan(ctx); err != nil {
		return nil, nil, Envelope{}, fmt.Errorf("letter %d: %w", id, err)
	}
	if err := o.db.Read().NewSelect().Model(r).Where("r.id = ?", row.RequestID).Scan(ctx); err != nil {
		return nil, nil, Envelope{}, fmt.Errorf("letter %d: its request: %w", id, err)
	}
	key, err := o.keyOf(r)
	if err != nil {
		return nil, nil, Envelope{}, err
	}
	var envelope Envelope
	err = key.openJSON("letter/"+row.MessageID, row.Sealed, &envelope)
	return row, r, envelope, err
}

// letterDone notes on the timeline what came of a letter.
func (o *Office) letterDone(ctx context.Context, now time.Time, reference string, verb letterOutcome) error {
	_, err := o.Do(ctx, access.MachineNamed("post"), now, reference, 0, verb)
	return err
}

// letterOutcome is what came of one letter.
type letterOutcome struct {
	act   workflow.Act
	row   *letterRow
	sum   string
	fault string
}

func (v letterOutcome) plan(*occasion) (*plan, error) {
	return &plan{
		act: v.act, permission: access.Remind,
		change: Change{Letter: v.row.Kind, LetterID: v.row.ID, LetterSum: v.sum},
		also: func(ctx context.Context, tx bun.Tx, at time.Time) error {
			state, sent := "sent", nullTime(at)
			if v.act == ActLetterFailed {
				state, sent = "failed", bun.NullTime{}
			}
			_, err := database.Exec(ctx, tx, "UPDATE letters SET state = ?, sent_at = ?, last_error = ? WHERE id = ?", state, sent, cut(v.fault, 500), v.row.ID)
			return err
		},
	}, nil
}

// secretLink is the part of a letter's link that opens the requester's page.
var secretLink = regexp.MustCompile(`/r/[A-Za-z0-9_-]{20,}`)

// ReadLetter opens a letter as it was sent, for staff who may see the request,
// but for the address, which is masked, and the secret in its link: whoever
// reads it in the console must not be able to enter the requester's page.
func (o *Office) ReadLetter(ctx context.Context, caller access.Caller, reference string, id int64) (Envelope, error) {
	r, err := o.find(ctx, caller, reference)
	if err != nil {
		return Envelope{}, err
	}
	_, of, envelope, err := o.letterOf(ctx, id)
	if err != nil || of.ID != r.ID || caller.Kind != access.Staff {
		return Envelope{}, errors.Join(ErrNotFound, err)
	}
	envelope.To = Mask(envelope.To)
	return envelope.blinded(), nil
}

// blinded is a letter without the secret in its link.
func (e Envelope) blinded() Envelope {
	e.Text = secretLink.ReplaceAllString(e.Text, "/r/…")
	e.HTML = secretLink.ReplaceAllString(e.HTML, "/r/…")
	return e
}

// Sum is what the timeline keeps of a letter that was sent: a SHA-256, in hex,
// over the salt, the subject, the text and the HTML, each after its length in 8
// bytes and without the secret of the link. A letter without a salt has none.
func (e Envelope) Sum() string {
	if e.Salt == "" {
		return ""
	}
	e = e.blinded()
	h := sha256.New()
	for _, field := range []string{"dsr letter 1", e.Salt, e.Subject, e.Text, e.HTML} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(field))))
		h.Write([]byte(field))
	}
	return hex.EncodeToString(h.Sum(nil))
}
