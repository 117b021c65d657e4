package requests

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dsr/access"
	"dsr/deadlines"
	"dsr/intake"
	"dsr/mailbox"
	"dsr/people"
	"dsr/policies"
	"dsr/proposals"
)

// Why triage looks twice at a request that came by mail. Its clocks run all the
// same; only its first letter waits.
const (
	SuspectUnclear = "unclear" // its words do not say beyond doubt which right is meant, or whose they are
	SuspectSender  = "sender"  // the address it came from may not be its sender's, or nobody reads it
	SuspectMarked  = "marked"  // the mail server took it for spam
)

// answeredMails bounds how many first letters one mailbox is sent in a day: two
// machines that answer each other stop there.
func answeredMails() people.Limit { return people.Limit{Count: 6, Per: 24 * time.Hour} }

// admitMail makes a request of a message. Its clocks run from the instant at
// which the mailbox's server received it. What cannot become one, because
// nobody could be answered, waits for staff.
func (o *Office) admitMail(ctx context.Context, m *incoming) error {
	if _, clear := m.sender(); !clear {
		return o.settleMail(ctx, m, m.verdict(intake.Unsorted))
	}
	_, err := o.admitBy(ctx, access.MachineNamed("mailbox"), m)
	if unfit(err) {
		return o.settleMail(ctx, m, m.verdict(intake.Unsorted))
	}
	return err
}

// unfit reports an error that says that a message cannot become a request.
func unfit(err error) bool {
	return errors.Is(err, ErrInvalid) || errors.Is(err, policies.ErrNotGiven) || errors.Is(err, deadlines.ErrCoverage)
}

// admitBy makes a request of a message whose sender is clear, in the name of
// whoever says that it is one.
func (o *Office) admitBy(ctx context.Context, caller access.Caller, m *incoming) (*Request, error) {
	sender, _ := m.sender()
	pack, err := o.book.Pack(m.kept.Policy)
	if err != nil {
		return nil, err
	}
	reading := o.readWords(m, pack)
	s := Submission{
		Nonce: fmt.Sprintf("mail/%016d", m.id), Policy: pack.ID, Rights: []policies.Right{reading.right}, Residence: reading.residence,
		Channel: "mail", Language: reading.language, ReceivedAt: m.kept.ReceivedAt, Reading: &Reading{Mail: m.id, Rights: reading.rights, Residence: reading.residence, After: m.after},
		Person: Person{Email: sender.Email, Name: cutRunes(sender.Name, 190), Details: m.matter()},
	}
	if s.Suspect, err = o.suspectMail(ctx, m, sender, &reading); err != nil {
		return nil, err
	}
	receipt, err := o.Receive(ctx, caller, m.now, s)
	if err != nil {
		return nil, err
	}
	err = o.fileMail(ctx, caller, m, receipt.Requests[0])
	if errors.Is(err, intake.ErrSettled) && caller.Kind == access.Staff {
		err = nil // a colleague put the message elsewhere meanwhile; the request stands, and is shown
	}
	return receipt.Requests[0], err
}

// admitListed makes a request of what came through a list where a rule reads a
// right from it: the company's own mailbox may be one, which hands everything on
// as a list does. The rest goes to many and asks nothing.
func (o *Office) admitListed(ctx context.Context, m *incoming) error {
	pack, err := o.book.Pack(m.kept.Policy)
	if err != nil {
		return err
	}
	if len(o.readWords(m, pack).rights) == 0 {
		return o.note(ctx, m, nil)
	}
	return o.admitMail(ctx, m)
}

// fileMail settles a message that became a request, with the files that came
// with it.
func (o *Office) fileMail(ctx context.Context, caller access.Caller, m *incoming, r *Request) error {
	v := m.verdict(intake.Request)
	v.RequestID, v.ByStaff = r.ID, caller.Kind == access.Staff
	files, left := m.uploads(MaxUploads)
	if len(files) == 0 && left == 0 {
		return o.settleMail(ctx, m, v)
	}
	_, err := o.Do(ctx, RequesterOf(r.SubmissionID), m.now, r.Reference, 0, mailedFiles{mail: m, files: files, left: left, verdict: v, office: o})
	if refused := new(Refused); errors.As(err, &refused) { // closed or erased since: its files stay in the original
		return o.settleMail(ctx, m, v)
	}
	return err
}

// mailedFiles are the files of a message that became a request.
type mailedFiles mailedReply

func (v mailedFiles) plan(*occasion) (*plan, error) {
	p := &plan{act: ActReply, permission: access.Message, files: v.files, change: Change{Mail: v.mail.id}}
	p.text = "Sent with the first message."
	if v.left > 0 {
		p.text += fmt.Sprintf(" Of its attachments %d are only in the original.", v.left)
	}
	p.message = &message{kind: "message", body: p.text}
	p.also = v.office.along(v.mail, v.verdict)
	return p, nil
}

// suspectMail says why triage has to look before anything is sent, or "".
func (o *Office) suspectMail(ctx context.Context, m *incoming, sender mailbox.Address, reading *asRead) (string, error) {
	doubts := o.doubtsOf(m)
	switch {
	case m.Kind == mailbox.Spam:
		return SuspectMarked, nil
	case slices.ContainsFunc(doubts, func(d Doubt) bool { return d.sender }):
		return SuspectSender, nil
	case !reading.plain || len(doubts) > 0:
		return SuspectUnclear, nil
	}
	ok, _, err := people.NewLimiter(o.db, o.ring).Allow(ctx, m.now, "mail", m.kept.Policy+" "+strings.ToLower(sender.Email), answeredMails())
	if err != nil || !ok {
		return SuspectMailbox, err
	}
	return "", nil
}

// asRead is what the rules read from a message, as far as the pack knows it.
type asRead struct {
	rights    []ReadRight // the surest first
	right     policies.Right
	residence string
	language  string
	plain     bool // the words say beyond doubt that the right is asked for
	contests  bool // they disagree with an answer, or complain
}

// readWords proposes what a message asks for. Where no words say it, the request
// stands as one for access until somebody has looked: the law's clocks run for
// any right. The words are plain where a rule is sure of the right that the first
// letter would name, nothing else takes it back, and nothing says that it is no
// request at all. Where somebody lives is not read from what was handed on.
func (o *Office) readWords(m *incoming, pack *policies.Pack) asRead {
	hint := ""
	if len(m.Languages) > 0 {
		hint = m.Languages[0]
	}
	found := o.readings.Read(m.Subject, m.matter(), hint)
	read := asRead{language: o.languageOf(cmp.Or(found.Language, hint))}
	if len(found.Residence) > 0 && m.Forwarded == nil {
		read.residence = found.Residence[0].Code
	}
	given := o.book.Given(pack, read.residence, m.kept.ReceivedAt)
	for _, f := range found.Rights {
		right, err := policies.ParseRight(f.Right)
		read.contests = read.contests || right == policies.Appeal || right == policies.Complaint
		at := slices.IndexFunc(read.rights, func(r ReadRight) bool { return r.Right == right })
		switch {
		case err != nil || !slices.Contains(given, right):
		case at >= 0:
			read.rights[at].Rules = append(read.rights[at].Rules, f.Rule)
		default:
			read.rights = append(read.rights, ReadRight{Right: right, Rules: []string{f.Rule}})
		}
	}
	switch {
	case len(read.rights) > 0:
		first := read.rights[0]
		read.right = first.Right
		rule, _ := o.readings.Rule(first.Rules[0])
		read.plain = rule.Strength == proposals.Sure && len(found.NotARequest) == 0 && !slices.Contains(found.Doubted, string(first.Right))
	case slices.Contains(given, policies.Access):
		read.right = policies.Access
	case len(given) > 0:
		read.right = given[0]
	}
	return read
}

// languageOf is the language letters are written in for one that somebody
// writes in.
func (o *Office) languageOf(tag string) string {
	if tag == "" {
		return "en"
	}
	return o.words.Match(tag)
}
