package requests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/intake"
	"dsr/mailbox"
)

// join puts a message into the conversation of the request it answers, with
// the files that came with it. It proves nothing: a sender's address can be
// written by anybody.
func (o *Office) join(ctx context.Context, m *incoming, r *Request) error {
	if !r.Facts.Erased.IsZero() {
		return o.settleMail(ctx, m, m.verdict(intake.Unsorted))
	}
	err := o.reply(ctx, access.MachineNamed("mailbox"), m, r, m.verdict(intake.Reply))
	var refused *Refused
	if errors.As(err, &refused) || errors.Is(err, ErrInvalid) {
		return o.settleMail(ctx, m, m.verdict(intake.Unsorted))
	}
	return err
}

// reply writes a message down as the requester's. Where somebody of the team
// said that it belongs there, the house's trail names them.
func (o *Office) reply(ctx context.Context, by access.Caller, m *incoming, r *Request, v intake.Verdict) error {
	v.RequestID = r.ID
	files, left := m.uploads(MaxUploads - o.uploaded(ctx, r))
	_, err := o.Do(ctx, RequesterOf(r.SubmissionID), m.now, r.Reference, 0, mailedReply{mail: m, files: files, left: left, verdict: v, office: o, by: by})
	return err
}

// mailedReply is a reply of the requester that came by mail.
type mailedReply struct {
	mail    *incoming
	files   []Upload
	left    int // attachments that stay in the original
	verdict intake.Verdict
	office  *Office
	by      access.Caller // who says that it belongs there
}

func (v mailedReply) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActReply, permission: access.Message, files: v.files}
	p.change.Mail = v.mail.id
	p.text = v.mail.words(v.left)
	p.message = &message{kind: "message", body: p.text}
	p.letters = toAssignee(o, LetterReplied)
	p.also = func(ctx context.Context, tx bun.Tx, at time.Time) error {
		if err := v.office.along(v.mail, v.verdict)(ctx, tx, at); err != nil || v.by.Kind != access.Staff {
			return err
		}
		return houseEntry(ctx, tx, at, v.by, "join_mail", Detail{"mail": v.mail.id, "policy": v.mail.kept.Policy, "reference": o.request.Reference})
	}
	return p, nil
}

// uploaded counts the files a requester has sent to a request so far; when it
// cannot, none more are taken.
func (o *Office) uploaded(ctx context.Context, r *Request) int {
	n, err := o.db.Read().NewSelect().Table("files").Where("request_id = ? AND author = 'requester' AND deleted_at IS NULL", r.ID).Count(ctx)
	if err != nil {
		return MaxUploads
	}
	return int(n)
}

// uploads are the attachments that are kept as files: those of a type that is
// taken from outside too. The others stay in the original, which is sealed
// whole.
func (m *incoming) uploads(most int) (files []Upload, left int) {
	for _, a := range m.Attachments {
		kind, ending := TypeOf(a.Content)
		if len(files) >= most || len(a.Content) == 0 || len(a.Content) > MaxUpload || !slices.Contains(OutsideTypes(), kind) {
			left++
			continue
		}
		files = append(files, Upload{Name: SafeName(a.Name, ending), Type: kind, Content: a.Content})
	}
	return files, left
}

// words are what the message says, for the conversation. What does not fit
// there stands in the original, and the words say so.
func (m *incoming) words(left int) string {
	text := tidy(m.Text)
	if text == "" && len(m.Attachments) == 0 {
		text = tidy(m.Quoted) // an answer written into the quoted letter
	}
	more := ""
	if runes := []rune(text); len(runes) > MaxDetails-200 {
		text, more = string(runes[:MaxDetails-200]), "\n\n[The message is longer. All of it is in the original.]"
	}
	switch {
	case left == 1:
		more += "\n\n[One attachment is not shown here. It is in the original.]"
	case left > 1:
		more += fmt.Sprintf("\n\n[%d attachments are not shown here. They are in the original.]", left)
	}
	if text == "" && more == "" {
		more = "[The message has no words.]"
	}
	return tidy(text + more)
}

// matter are the words that a request is read from: the message's, and those of
// a letter that its sender hands on.
func (m *incoming) matter() string {
	words := m.words(0)
	if m.Forwarded == nil || strings.Contains(words, m.Forwarded.Text) {
		return words
	}
	return cutRunes(tidy(words+"\n\n"+m.Forwarded.Text), MaxDetails)
}

// returned is what a report of a mail server says about one of our letters.
type returned struct {
	report   *mailbox.Report
	mark     string // of the address it came to: which letter it was, or ""
	original string // Message-ID of the letter, where the report holds it
}

func (o *Office) returned(m *incoming) returned {
	r := returned{report: m.Report}
	tokens := tokensIn(o.routes.Bounces, m.addressed())
	if m.Report != nil {
		r.original = m.Report.OriginalMessageID
		tokens = append(tokens, m.Report.EnvelopeID)
	}
	for _, token := range tokens {
		if mark := o.unmarked(bounceMark, token); mark != "" {
			r.mark = mark
		}
	}
	return r
}
