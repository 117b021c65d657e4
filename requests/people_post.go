package requests

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/people"
	"dsr/policies"
)

// staffLetterKind is the kind of outbox job that sends a letter to a member of
// staff about no request, forgottenKind one that looks for an address.
const (
	staffLetterKind = "staff_letter"
	forgottenKind   = "forgotten"
)

// The letters to a member of staff about no request.
const (
	LetterInvitation  = "invitation"
	LetterNewPassword = "new_password"
	LetterFactorReset = "factor_reset"
	LetterWeek        = "team_week" // written by package reports
)

// addressee is what every letter to a member of staff can say.
type addressee struct {
	user     people.User
	console  mailer.Controller
	policies []string // names
	ids      []string // of all policies in force that they serve
	zone     *time.Location
}

// staffEnvelope is what is sealed of a letter to a member of staff about no
// request: with the policies its reader served when it was written.
type staffEnvelope struct {
	Envelope
	Policies []string `json:"policies,omitempty"`
}

// addresseeOf gathers it. Where staff ask, and by which clock they go, is that
// of the first policy they serve.
func (o *Office) addresseeOf(u people.User) (addressee, error) {
	to := addressee{user: u}
	var first *policies.Pack
	for _, p := range o.book.Packs() {
		if u.Policies.Include(p.ID) {
			first = cmp.Or(first, p)
			to.policies, to.ids = append(to.policies, p.Controller.Name), append(to.ids, p.ID)
		}
	}
	if _, all := u.Policies.List(); all {
		to.policies = []string{"all"}
	}
	if first == nil {
		return to, fmt.Errorf("user %d: %w", u.ID, policies.ErrNoPolicy)
	}
	to.console = o.consoleBrand(first)
	var err error
	to.zone, err = o.ZoneOf(first)
	return to, err
}

// toStaff writes a letter to whoever a change is about, in its transaction, and
// leaves the job that sends it. Letters to staff are in English.
func (o *Office) toStaff(now time.Time, kind string, letter func(addressee) composable) people.Along {
	return o.toStaffAs(now, kind, strings.ToLower(rand.Text()), letter)
}

// toStaffAs is toStaff for a letter with a Message-ID of its own: a second one
// with it breaks the transaction, see database.IsUnique.
func (o *Office) toStaffAs(now time.Time, kind, messageID string, letter func(addressee) composable) people.Along {
	return func(ctx context.Context, tx bun.Tx, u people.User) error {
		to, err := o.addresseeOf(u)
		if err != nil {
			return err
		}
		message, err := worded(kind, letter(to), o.words.In("en"))
		if err != nil {
			return err
		}
		envelope := Envelope{To: u.Email, From: "dsr", ReplyTo: to.console.Contact, Subject: message.Subject, Text: message.Text, HTML: message.HTML}
		content, err := json.Marshal(staffEnvelope{envelope, to.ids})
		if err != nil {
			return err
		}
		id, err := o.people.Post(ctx, tx, now, u.ID, people.Letter{Kind: kind, MessageID: messageID + "@" + o.domain, Content: content})
		if err != nil {
			return err
		}
		return outbox.Add(ctx, tx, now.UTC(), numbered(staffLetterKind, id))
	}
}

// SendStaffLetter is the outbox's handler for such letters. It keeps to the
// rules of SendLetter. A letter whose reader is gone from the list is dropped,
// and so is one of the work that its reader may not read any more.
func (o *Office) SendStaffLetter(from string, now func() time.Time, send func(context.Context, mailer.Envelope) error) outbox.Handler {
	return round{o, staffMark, now, send}.posting(func(ctx context.Context, id int64) (parcel, error) {
		letter, err := o.people.Letter(ctx, id)
		if errors.Is(err, people.ErrNotFound) || err == nil && letter.State == "sent" {
			return parcel{gone: true}, nil
		}
		if err != nil {
			return parcel{}, err
		}
		switch may, err := o.stillTold(ctx, letter); {
		case err != nil:
			return parcel{}, err
		case !may:
			return parcel{gone: true}, o.people.Posted(ctx, now(), id, readerGone)
		}
		p, err := parcelOf(letter.Content, from, letter.MessageID, letter.CreatedAt)
		p.note = func(ctx context.Context, fault string) error { return o.people.Posted(ctx, now(), id, fault) }
		return p, err
	})
}

// stillTold reports whether the reader of a letter of the work may read it as it
// was written: they are here, in a role it is for, and serve every policy they
// served then. Letters about their account are theirs whatever becomes of it.
func (o *Office) stillTold(ctx context.Context, letter *people.Letter) (bool, error) {
	if !slices.Contains([]string{LetterMorning, LetterVolume, LetterHook}, letter.Kind) {
		return true, nil
	}
	u, err := o.people.Find(ctx, letter.UserID)
	if errors.Is(err, people.ErrNotFound) {
		return false, nil
	}
	if err != nil || !o.worksOnRequests(u) || letter.Kind != LetterMorning && u.Role != access.Administrator {
		return false, err
	}
	var e staffEnvelope
	if err := json.Unmarshal(letter.Content, &e); err != nil {
		return false, fmt.Errorf("%w: the letter cannot be read", outbox.ErrPermanent)
	}
	return !slices.ContainsFunc(e.Policies, func(id string) bool { return !u.Policies.Include(id) }), nil
}

// ForgotPassword asks for a link to choose a new password. It takes the same
// steps for every address: the page only leaves a job, and the job looks.
func (o *Office) ForgotPassword(ctx context.Context, now time.Time, address string) error {
	return o.leaveSealed(ctx, now, forgottenKind, address)
}

// SendPasswordLink is the outbox's handler for such jobs: who is at work gets a
// letter with a link, anybody else nothing.
func (o *Office) SendPasswordLink(now func() time.Time) outbox.Handler {
	return func(ctx context.Context, job outbox.Job) error {
		var address string
		if err := o.openPayload(forgottenKind, job.Payload, &address); err != nil {
			return err
		}
		u, err := o.people.ByEmail(ctx, address)
		if err == nil {
			link := o.people.NewLink(now(), people.ForPassword)
			err = o.people.Reset(ctx, now(), u.ID, link, OnHouse(now(), access.MachineNamed("people"), "send_password_link", nil), o.toStaff(now(), LetterNewPassword, func(to addressee) composable {
				return mailer.NewPassword{Console: to.console, Link: o.baseURL + "/console/welcome/" + link.Token, Until: link.Expires.In(to.zone)}
			}))
		}
		if errors.Is(err, people.ErrNotFound) {
			return nil
		}
		return err
	}
}
