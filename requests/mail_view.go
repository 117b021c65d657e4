package requests

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/intake"
	"dsr/mailbox"
	"dsr/policies"
	"dsr/proposals"
)

// Read is what rules read from the message of a request, for staff to confirm.
type Read struct {
	Mail      int64
	Rights    []ReadWords // the surest first
	Residence *ReadWords  // nil: the words do not say it
	Laws      []ReadWords
	Against   []ReadWords // signs that it is no request at all
	Doubts    []Doubt     // why nobody should answer it unseen
	Text      string      // the words that the marks lie in
}

// ReadWords are words of a message and what a rule makes of them.
type ReadWords struct {
	Value  string // the right, place, law or sign
	Words  string // as they stand in the message
	Reason string // of the rule
	Rule   string // its id
	Start  int    // of the words, in bytes of Read.Text; -1 where they stand in the subject
	End    int
}

// reading opens what was read from a request's message, as the rules read it
// now; nil once somebody has confirmed it.
func (o *Office) reading(ctx context.Context, r *Request) (*Read, error) {
	if r.Facts.Reading == nil {
		return nil, nil
	}
	kept, d, err := o.mails.Delivery(ctx, r.Facts.Reading.Mail)
	if errors.Is(err, intake.ErrNotFound) {
		return &Read{}, nil
	}
	if err != nil {
		return nil, err
	}
	m := &incoming{kept: kept, delivery: d, Message: d.Read([]string{o.domain}), after: r.Facts.Reading.After}
	read := &Read{Mail: r.Facts.Reading.Mail, Text: m.matter(), Doubts: o.doubtsOf(m)}
	found := o.readings.Read(m.Subject, read.Text, firstOf(m.Languages))
	say := func(value, rule, in string, start, end int) ReadWords {
		about, _ := o.readings.Rule(rule)
		w := ReadWords{Value: value, Rule: rule, Start: start, End: end, Reason: about.Reason}
		if in == proposals.InSubject {
			w.Words, w.Start, w.End = m.Subject[start:end], -1, -1
		} else {
			w.Words = read.Text[start:end]
		}
		return w
	}
	for _, f := range found.Rights {
		read.Rights = append(read.Rights, say(f.Right, f.Rule, f.In, f.Start, f.End))
	}
	for _, f := range found.NotARequest {
		read.Against = append(read.Against, say(f.Right, f.Rule, f.In, f.Start, f.End))
	}
	for _, f := range found.Law {
		read.Laws = append(read.Laws, say(f.Law, f.Rule, f.In, f.Start, f.End))
	}
	if len(found.Residence) > 0 {
		p := found.Residence[0]
		w := say(p.Code, p.Rule, p.In, p.Start, p.End)
		read.Residence = &w
	}
	return read, nil
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// MailLine is a message as lists show it.
type MailLine struct {
	intake.Mail
	intake.Summary
	Reference string // of the request it belongs to, or ""
}

// Mails lists what came by mail to the policies a caller serves, newest first.
// It needs access.View.
func (o *Office) Mails(ctx context.Context, caller access.Caller, f intake.Filter) ([]MailLine, error) {
	if caller.Kind != access.Staff || !caller.May(access.View, "") {
		return nil, ErrForbidden
	}
	f.Policies = policiesOf(caller)
	mails, err := o.mails.List(ctx, f)
	if err != nil {
		return nil, err
	}
	return o.mailLines(ctx, mails)
}

// policiesOf lists the policies a caller serves; nil: all.
func policiesOf(caller access.Caller) []string {
	if ids, all := caller.Policies.List(); !all {
		return append([]string{}, ids...)
	}
	return nil
}

// MostUnsorted is as far as messages are counted that wait for somebody to say
// what they are.
const MostUnsorted = 100

// UnsortedMails counts the messages of the policies a caller serves that wait
// for somebody to say what they are: MostUnsorted for as many or more.
func (o *Office) UnsortedMails(ctx context.Context, caller access.Caller) (int, error) {
	return o.mails.Count(ctx, intake.Filter{Policies: policiesOf(caller), Outcomes: []intake.Outcome{intake.Unsorted}, Limit: MostUnsorted})
}

// Mailboxes lists the watched mailboxes of the policies a caller serves. It
// needs access.View.
func (o *Office) Mailboxes(ctx context.Context, caller access.Caller) ([]intake.Mailbox, error) {
	if caller.Kind != access.Staff || !caller.May(access.View, "") {
		return nil, ErrForbidden
	}
	return o.mails.Mailboxes(ctx, policiesOf(caller))
}

// mailLines opens the heads of messages.
func (o *Office) mailLines(ctx context.Context, mails []intake.Mail) ([]MailLine, error) {
	lines := make([]MailLine, len(mails))
	var ids []int64
	for i := range mails {
		lines[i].Mail = mails[i]
		ids = append(ids, mails[i].RequestID)
		var err error
		if lines[i].Summary, err = o.mails.Summary(&mails[i]); err != nil {
			return nil, err
		}
		if lines[i].From != "" {
			lines[i].From = Mask(lines[i].From)
		}
	}
	if len(ids) == 0 {
		return lines, nil
	}
	var named []struct {
		ID        int64  `bun:"id"`
		Reference string `bun:"reference"`
	}
	err := o.db.Read().NewSelect().Table("requests").Column("id", "reference").Where("id IN ?", bun.Tuple(ids)).Scan(ctx, &named)
	for i := range lines {
		for _, n := range named {
			if n.ID == lines[i].RequestID {
				lines[i].Reference = n.Reference
			}
		}
	}
	return lines, err
}

// mailsOf lists the messages that belong to a request, oldest first.
func (o *Office) mailsOf(ctx context.Context, request int64) ([]MailLine, error) {
	mails, err := o.mails.OfRequest(ctx, request)
	if err != nil {
		return nil, err
	}
	return o.mailLines(ctx, mails)
}

// ErrNoMail is returned for a message that is not kept, or that the caller may
// not see.
var ErrNoMail = errors.New("no such message")

// OpenMail returns a message as it came, for staff. Of a request's it is on
// the request's timeline that somebody looked, else on the house's trail.
func (o *Office) OpenMail(ctx context.Context, caller access.Caller, now time.Time, id int64) (*MailLine, *mailbox.Message, []byte, error) {
	line, err := o.mailFor(ctx, caller, id)
	if err != nil {
		return nil, nil, nil, err
	}
	_, d, err := o.mails.Delivery(ctx, id)
	if err != nil {
		return nil, nil, nil, errors.Join(ErrNoMail, err)
	}
	if line.Reference != "" {
		_, err = o.Do(ctx, caller, now, line.Reference, 0, Show{Reason: "Opened the original message."})
	} else {
		err = o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			return houseEntry(ctx, tx, now, caller, "open_mail", Detail{"mail": id, "policy": line.Policy})
		})
	}
	return line, d.Read([]string{o.domain}), d.Raw, err
}

// mailFor finds a message that a caller may see.
func (o *Office) mailFor(ctx context.Context, caller access.Caller, id int64) (*MailLine, error) {
	m, err := o.mails.Find(ctx, id)
	if err != nil || caller.Kind != access.Staff || !caller.May(access.View, m.Policy) {
		return nil, ErrNoMail
	}
	lines, err := o.mailLines(ctx, []intake.Mail{*m})
	if err != nil {
		return nil, err
	}
	return &lines[0], nil
}

// ReadableRights are the rights a request's message can be confirmed as: those
// its policy or a law gives where the person lives, those that were read first.
func (o *Office) ReadableRights(v *View) []policies.Right {
	given := o.book.Given(v.Pack, v.Residence, v.ReceivedAt)
	var list []policies.Right
	if v.Read != nil {
		for _, w := range v.Read.Rights {
			if right, err := policies.ParseRight(w.Value); err == nil && slices.Contains(given, right) && !slices.Contains(list, right) {
				list = append(list, right)
			}
		}
	}
	for _, right := range given {
		if !slices.Contains(list, right) {
			list = append(list, right)
		}
	}
	return list
}
