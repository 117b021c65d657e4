package requests

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/mailer"
	"dsr/outbox"
)

// letterRow is a letter as stored.
type letterRow struct {
	bun.BaseModel `bun:"table:letters,alias:l"`

	ID        int64        `bun:"id,pk"`
	RequestID int64        `bun:"request_id"`
	Kind      string       `bun:"kind"`
	Audience  string       `bun:"audience"`
	Language  string       `bun:"language"`
	MessageID string       `bun:"message_id"`
	State     string       `bun:"state"`
	CreatedAt time.Time    `bun:"created_at"`
	SentAt    bun.NullTime `bun:"sent_at"`
	LastError string       `bun:"last_error"`
	Sealed    []byte       `bun:"sealed"`
}

// SendLetter is the outbox's handler for letters: it opens one, hands it to
// the mail server and notes what came of it. A letter that was sent is never
// sent again; a crash between the server's yes and our note repeats one mail
// with the same Message-ID.
func (o *Office) SendLetter(from string, now func() time.Time, send func(context.Context, mailer.Envelope) error) outbox.Handler {
	return round{o, letterMark, now, send}.posting(func(ctx context.Context, id int64) (parcel, error) {
		row, r, envelope, err := o.letterOf(ctx, id)
		switch {
		case err != nil:
			return parcel{}, err
		case row.State == "sent", row.State == "failed" && dropped(row.LastError):
			return parcel{gone: true}, nil
		case row.State == "failed": // trying again in the console lets it wait anew
			return parcel{lost: true}, nil
		}
		note := func(ctx context.Context, fault string) error {
			_, err := o.Do(ctx, access.MachineNamed("post"), now(), r.Reference, 0, letterOutcome{row: row, envelope: &envelope, fault: fault})
			return err
		}
		switch may, err := o.stillReads(ctx, envelope.Reader, r.Policy); {
		case err != nil:
			return parcel{}, err
		case !may:
			return parcel{gone: true}, note(ctx, readerGone)
		}
		switch old, err := o.outdated(r, row, &envelope); {
		case err != nil:
			return parcel{}, err
		case old:
			return parcel{gone: true}, note(ctx, addressCorrected)
		}
		p := parcel{Envelope: envelope.from(from, row.MessageID, row.CreatedAt), note: note}
		if row.Audience == "requester" {
			p.ReplyTo = cmp.Or(o.replyAddress(r), p.ReplyTo)
		}
		return p, o.thread(ctx, row, r, &p.Envelope)
	})
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

// letterOutcome notes on the timeline what came of one letter.
type letterOutcome struct {
	row      *letterRow
	envelope *Envelope
	fault    string // why it was refused for good; "": it was sent
}

func (v letterOutcome) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActLetterSent, permission: access.Remind, change: Change{Letter: v.row.Kind, LetterID: v.row.ID, LetterSum: v.envelope.Sum()}}
	if v.fault != "" {
		p.act, p.change.LetterSum = ActLetterFailed, ""
		if v.fault == addressCorrected {
			return p.afterwards(v), nil
		}
		if err := o.tellBounced(p, v.row); err != nil {
			return nil, err
		}
	}
	if v.fault == readerGone {
		if err := o.handOn(p, v.row, v.envelope); err != nil {
			return nil, err
		}
	}
	return p.afterwards(v), nil
}

// afterwards writes the outcome on the letter too.
func (p *plan) afterwards(v letterOutcome) *plan {
	p.also = func(ctx context.Context, tx bun.Tx, at time.Time) error {
		state, sent := "sent", nullTime(at)
		if v.fault != "" {
			state, sent = "failed", bun.NullTime{}
		}
		_, err := database.Exec(ctx, tx, "UPDATE letters SET state = ?, sent_at = ?, last_error = ? WHERE id = ?", state, sent, v.fault, v.row.ID)
		return err
	}
	return p
}

// addressCorrected is why a letter does not leave that was written to an
// address which turned out to be wrong: staff knew when they corrected it.
const addressCorrected = "it was written to an address that was corrected before it left"

// readerGone is why a letter to the team does not leave whose reader has left, or
// serves other policies by now.
const readerGone = "its reader does not serve this policy any more"

// dropped reports whether a letter did not leave because it should not: its job
// was done.
func dropped(fault string) bool { return fault == readerGone || fault == addressCorrected }

// outdated reports whether a letter goes to neither the person nor who asks for
// them, as they are known now.
func (o *Office) outdated(r *Request, row *letterRow, e *Envelope) (bool, error) {
	if row.Audience != "requester" {
		return false, nil
	}
	key, err := o.keyOf(r)
	if err != nil || key.erased {
		return false, err
	}
	person, err := key.person(r)
	return err == nil && e.To != person.Email && (person.Agent == nil || e.To != person.Agent.Email), err
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
