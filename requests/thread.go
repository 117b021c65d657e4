package requests

import (
	"context"
	"errors"
	"slices"
	"time"

	"dsr/intake"
	"dsr/mailbox"
	"dsr/mailer"
)

// threadLength is how many messages of a conversation a letter names: mail
// programs need the last ones only, and some servers refuse long headers.
const threadLength = 10

// turn is one message of a conversation by mail.
type turn struct {
	id     string // Message-ID
	at     time.Time
	byMail bool // the requester wrote it
}

// thread names, on a letter to the requester, what it follows in their mailbox:
// the earlier letters of the request and what they wrote by mail. A letter to
// staff names the request only. The same letter names the same each time it is
// tried.
func (o *Office) thread(ctx context.Context, row *letterRow, r *Request, e *mailer.Envelope) error {
	e.Language = row.Language
	e.References = []string{r.Reference + "@" + o.domain} // mail programs show the letters of one request together
	if row.Audience != "requester" || row.Kind == LetterOnBehalf {
		return nil
	}
	turns, err := o.turns(ctx, row, r)
	if err != nil || len(turns) == 0 {
		return err
	}
	for _, t := range turns[max(0, len(turns)-threadLength):] {
		e.References = append(e.References, t.id)
	}
	last := turns[len(turns)-1]
	e.InReplyTo, e.Answers = last.id, last.byMail && row.Kind == LetterReceived
	return nil
}

// turns lists what went before a letter, oldest first.
func (o *Office) turns(ctx context.Context, row *letterRow, r *Request) ([]turn, error) {
	var letters []letterRow
	err := o.db.Read().NewSelect().Model(&letters).Column("message_id", "created_at").Order("l.id").
		Where("l.request_id = ? AND l.audience = 'requester' AND l.kind <> ? AND l.id < ?", r.ID, LetterOnBehalf, row.ID).Scan(ctx)
	if err != nil {
		return nil, err
	}
	turns, err := o.mailTurns(ctx, row, r)
	for _, l := range letters {
		turns = append(turns, turn{id: l.MessageID, at: l.CreatedAt})
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return a.at.Compare(b.at) })
	return turns, err
}

// mailTurns lists what the requester wrote by mail before a letter. The message
// that became the request may not be filed yet when its first letter leaves; it
// stands in what was read from it. A message whose ID cannot be named is left
// out: the letter hangs less well together, but it leaves.
func (o *Office) mailTurns(ctx context.Context, row *letterRow, r *Request) (turns []turn, err error) {
	mails, err := o.mails.OfRequest(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := r.unpack(o.rulings); err != nil {
		return nil, err
	}
	if read := r.Facts.Reading; read != nil && !slices.ContainsFunc(mails, func(m intake.Mail) bool { return m.ID == read.Mail }) {
		first, err := o.mails.Find(ctx, read.Mail)
		if err != nil && !errors.Is(err, intake.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			mails = append(mails, *first)
		}
	}
	for i := range mails {
		m := &mails[i]
		if m.KeptAt.After(row.CreatedAt) || m.Outcome == intake.Bounce || m.Outcome == intake.Noted {
			continue
		}
		if theirs, err := o.wrote(r, m); !theirs || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		id, err := o.mails.MessageID(ctx, m.ID)
		switch {
		case errors.Is(err, intake.ErrNotFound):
		case err != nil:
			return nil, err
		case mailer.Nameable(id):
			turns = append(turns, turn{id: id, at: m.KeptAt, byMail: true})
		}
	}
	return turns, nil
}

// wrote reports whether a message of a request is from whoever asks: staff may
// have added one of somebody else, which no letter names.
func (o *Office) wrote(r *Request, m *intake.Mail) (bool, error) {
	if m.Outcome != intake.Reply {
		return true, nil
	}
	s, err := o.mails.Summary(m)
	if err != nil {
		return false, err
	}
	email, err := NormalAddress(s.From)
	if err != nil {
		return false, nil
	}
	return o.belongs(r, mailbox.Address{Email: email})
}
