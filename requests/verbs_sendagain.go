package requests

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
)

// SendAgain sends a letter that was given up, or came back, once more: to the
// address as it is now and with a fresh link. Each letter once; the one that is
// sent instead can be sent again in its turn.
type SendAgain struct{ LetterID int64 }

func (v SendAgain) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActSendAgain, permission: access.Correct}
	if v.LetterID <= 0 {
		p.object("", "Choose the letter among those of the request.")
		return p, nil
	}
	row, of, envelope, err := o.office.letterOf(o.ctx, v.LetterID)
	if err != nil || of.ID != o.request.ID {
		return nil, ErrNotFound
	}
	p.change = Change{Letter: row.Kind, LetterID: row.ID}
	var bounced bun.NullTime
	var again int64
	if err := database.Row(o.ctx, o.office.db.Read(), []any{&bounced, &again}, "SELECT bounced_at, sent_again FROM letters WHERE id = ?", row.ID); err != nil {
		return nil, err
	}
	switch {
	case again != 0:
		return p, errAlready
	case row.Audience != "requester":
		p.object("", "Letters to the team are not sent again: what they say stands in the console.")
	case row.State != "failed" && bounced.IsZero():
		p.object("", "Only a letter that was given up or came back can be sent again.")
	}
	p.letters = []composer{{kind: row.Kind, toPerson: row.Kind == LetterOnBehalf || row.Kind == LetterAll, all: row.Kind == LetterAll, again: &envelope}}
	p.also = func(ctx context.Context, tx bun.Tx, _ time.Time) error {
		_, err := database.Exec(ctx, tx, "UPDATE letters SET sent_again = ? WHERE id = ?", o.request.Seq+1, row.ID)
		return err
	}
	return p, nil
}

// sixDigits are what may be the code beside a letter's link.
var sixDigits = regexp.MustCompile(`\b\d{3}[ \x{a0}]?\d{3}\b`)

// repeat is a letter as it was, to whom it goes now. It is answered to the
// mailbox of today.
func (o *Office) repeat(at *occasion, w *written, key sealer, c composer) (err error) {
	e := *c.again
	if w.link != nil { // one to the team carries none
		if err := o.linkAnew(at, w, &e); err != nil {
			return err
		}
	}
	e.To, e.Reader, e.ReplyTo = w.to, w.reader, o.contactsOf(at.pack).Privacy
	w.messageID, w.wording = o.messageIDOf(w.id), e.Wording
	w.sealed, err = key.sealJSON("letter/"+w.messageID, e)
	return err
}

// linkAnew gives a letter a fresh link and, where it had one, a fresh code.
func (o *Office) linkAnew(at *occasion, w *written, e *Envelope) error {
	found, err := o.codeIn(at.ctx, e.Text, strings.TrimPrefix(secretLink.FindString(e.Text), "/r/"))
	if err != nil {
		return err
	}
	if found != "" {
		fresh := o.newLink(at.now, w.link.purpose, true)
		spoken := strings.Replace(found, digitsOf(found)[:3], fresh.code[:3], 1)
		spoken = spoken[:len(spoken)-3] + fresh.code[3:]
		e.Text, e.HTML = strings.ReplaceAll(e.Text, found, spoken), strings.ReplaceAll(e.HTML, found, spoken)
		w.link = fresh
	}
	link := "/r/" + w.link.token
	e.Text, e.HTML = secretLink.ReplaceAllString(e.Text, link), secretLink.ReplaceAllString(e.HTML, link)
	return nil
}

// codeIn finds the code that a letter carries beside its link, as it is written
// there, or "": it is the one whose mark was kept with the link.
func (o *Office) codeIn(ctx context.Context, text, token string) (string, error) {
	var marks [][]byte
	hash := tokenHash(token)
	err := o.db.Read().NewSelect().Table("links").Column("code").Where("hash = ? AND code IS NOT NULL", hash).Scan(ctx, &marks)
	if err != nil || len(marks) == 0 {
		return "", err
	}
	for _, found := range sixDigits.FindAllString(text, -1) {
		if o.codeFits(hash, digitsOf(found), marks[0]) {
			return found, nil
		}
	}
	return "", nil
}

// digitsOf leaves the spaces out of a code.
func digitsOf(code string) string {
	return strings.NewReplacer(" ", "", "\u00a0", "").Replace(code)
}
