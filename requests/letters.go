package requests

import (
	"crypto/rand"
	"fmt"
	"html/template"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	"dsr/mailer"
	"dsr/outbox"
	"dsr/policies"
	"dsr/wording"
	"dsr/words"
)

// The kinds of letters, as the letters table names them.
const (
	LetterReceived      = "received"
	LetterProof         = "proof"
	LetterQuestion      = "clarification"
	LetterThanks        = "running"
	LetterExtended      = "extended"
	LetterMessage       = "message"
	LetterAnswer        = "answer"
	LetterPartly        = "partly_refused"
	LetterRefused       = "refused"
	LetterWithdrawn     = "withdrawn"
	LetterLink          = "link"
	LetterAll           = "your_requests"
	LetterProofFailed   = "proof_failed"
	LetterNudge         = "nudge"
	LetterLapsed        = "lapsed"
	LetterReopened      = "reopened"
	LetterExpiring      = "answer_expiring"
	LetterOnBehalf      = "on_your_behalf"
	LetterAppeal        = "appeal_received"
	LetterAppealDecided = "appeal_decided"
	LetterNew           = "team_new"
	LetterAssigned      = "team_assigned"
	LetterReplied       = "team_replied"
	LetterSoon          = "team_soon"
	LetterToday         = "team_today"
	LetterOverdue       = "team_overdue"
	LetterEscalation    = "team_escalation"
	LetterLastDay       = "team_last_extension"
	LetterQuestionOpen  = "team_question"
	LetterApproval      = "team_approval"
	LetterBounced       = "team_bounced"
	LetterSentBack      = "team_sent_back"
)

// letterKind is the kind of outbox job that sends one letter.
const letterKind = "letter"

func letterJob(letter, request int64, after time.Time) outbox.Job {
	job := numbered(letterKind, letter)
	job.RequestID, job.AvailableAt = request, after
	return job
}

// numbered is the one job of its kind about a letter, document or table.
func numbered(kind string, id int64) outbox.Job {
	return outbox.Job{Kind: kind, DedupeKey: kind + ":" + itoa(id), Payload: []byte(itoa(id))}
}

// numberOf is what such a job is about.
func numberOf(job outbox.Job) (int64, error) {
	id, err := strconv.ParseInt(string(job.Payload), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: its payload names nothing", outbox.ErrPermanent)
	}
	return id, nil
}

// written is a letter on its way into the database.
type written struct {
	id        int64
	kind      string
	audience  string // requester or staff
	language  string
	messageID string
	link      *freshLink
	sealed    []byte
	draft     mailer.Letter
	wording   int // version of the company's text, 0 for the shipped one
	to        string
	reader    int64     // the member of staff it goes to, or 0
	after     time.Time // it waits until then, for the end of its reader's quiet hours; zero: at once
}

// Envelope is what is sealed of a letter: everything.
type Envelope struct {
	To      string `json:"to"`
	From    string `json:"from"`
	ReplyTo string `json:"reply_to,omitempty"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
	// Wording is the version of the company's own text that the letter was
	// written with; 0: the shipped one.
	Wording int `json:"wording,omitempty"`
	// Salt keeps the letter's sum on the timeline from being guessed once the
	// letter is destroyed. Letters of before have none, and no sum.
	Salt string `json:"salt,omitempty"`
	// Reader is the member of staff it goes to. It is dropped when they may not
	// see the request any more by the time it leaves.
	Reader int64 `json:"reader,omitempty"`
}

// from is the letter as it is handed to the mail server.
func (e *Envelope) from(address, messageID string, written time.Time) mailer.Envelope {
	return mailer.Envelope{
		MessageID: messageID, From: (&mail.Address{Name: e.From, Address: address}).String(), ReplyTo: e.ReplyTo, To: e.To,
		Subject: e.Subject, Text: e.Text, HTML: e.HTML, Date: written,
	}
}

// LetterPreview is a letter as it would go out.
type LetterPreview struct {
	Kind     string
	Audience string
	To       string // masked
	Subject  string
	Body     template.HTML
}

// composable is any typed letter of package mailer.
type composable interface {
	Compose(words.Printer) (mailer.Letter, error)
}

// draft is what a letter can say: the occasion, what follows from it, and the
// link it carries.
type draft struct {
	*occasion
	after *Request
	link  string
	code  string // does what the link does when it is typed; "" where there is none
}

// write composes the letters of a step, renders and seals them.
func (o *Office) write(at *occasion, s *step) ([]written, error) {
	var letters []written
	for _, c := range s.plan.letters {
		w, err := o.compose(at, s.after, s.key, c)
		if err != nil {
			return nil, err
		}
		letters = append(letters, w)
	}
	return letters, nil
}

func (o *Office) compose(at *occasion, after *Request, key sealer, c composer) (written, error) {
	w := written{id: o.ids.next(at.now), kind: c.kind, audience: "requester", language: after.Language}
	at, err := at.after(after)
	if err != nil {
		return written{}, err
	}
	d := &draft{occasion: at, after: after, link: o.baseURL + "/console/requests/" + url.PathEscape(after.Reference)}
	if err := o.addressee(&w, d, key, c); err != nil {
		return written{}, err
	}
	if c.again != nil {
		return w, o.repeat(at, &w, key, c)
	}
	if w.draft, w.wording, err = d.say(c, w.audience, w.language); err != nil {
		return written{}, err
	}
	err = o.finish(&w, at.pack, key)
	return w, err
}

// say composes a letter in the words of whom it goes to, with the version of
// the company's own text; 0: the shipped one.
func (d *draft) say(c composer, audience, language string) (mailer.Letter, int, error) {
	speaks, version, err := d.office.speaks(d.ctx, audience, wording.Place{Policy: d.after.Policy, Kind: c.kind, Language: language})
	if err != nil {
		return mailer.Letter{}, 0, err
	}
	letter, err := c.letter(d).Compose(speaks)
	if err != nil {
		return letter, 0, fmt.Errorf("letter %s: %w", c.kind, err)
	}
	if c.takesParagraph() {
		letter = letter.WithParagraph(d.added)
	}
	return letter, version, nil
}

// addressee sets whom a letter goes to. One to the requester carries a link.
func (o *Office) addressee(w *written, d *draft, key sealer, c composer) error {
	switch {
	case c.toMailbox != "":
		w.to, w.audience, w.language = c.toMailbox, "staff", "en"
	case c.toStaff != 0:
		user, err := o.people.Find(d.ctx, c.toStaff)
		if err != nil {
			return err
		}
		w.to, w.audience, w.language, w.reader = user.Email, "staff", "en", user.ID
		if c.calm {
			if w.after, err = o.quietUntil(d.ctx, d.now, user); err != nil {
				return err
			}
		}
	default:
		person, err := key.person(d.after)
		if err != nil {
			return err
		}
		w.to = c.mailbox(&person)
		purpose := linkPortal
		switch {
		case c.all:
			purpose = linkAll
		case !c.toPerson && person.byAgent():
			purpose = linkAgent
		}
		w.link = o.newLink(d.now, purpose, c.code)
		d.link, d.code = o.baseURL+"/r/"+w.link.token, w.link.code
	}
	return nil
}

// finish renders a letter and seals it under the request's key.
func (o *Office) finish(w *written, pack *policies.Pack, key sealer) error {
	message, err := mailer.Render(w.draft)
	if err != nil {
		return fmt.Errorf("letter %s: %w", w.kind, err)
	}
	w.messageID = o.messageIDOf(w.id)
	envelope := o.envelopeOf(pack, w.to, message)
	envelope.Wording, envelope.Salt, envelope.Reader = w.wording, rand.Text(), w.reader
	w.sealed, err = key.sealJSON("letter/"+w.messageID, envelope)
	return err
}

// messageIDOf names a letter about a request to mail programs.
func (o *Office) messageIDOf(letter int64) string {
	return strconv.FormatInt(letter, 36) + "@" + o.domain
}

// envelopeOf is a letter from the team of a pack, answered to the mailbox of today.
func (o *Office) envelopeOf(pack *policies.Pack, to string, m mailer.Message) Envelope {
	return Envelope{
		To: to, From: pack.Controller.Name + " privacy team", ReplyTo: o.contactsOf(pack).Privacy,
		Subject: m.Subject, Text: m.Text, HTML: m.HTML,
	}
}

// worded composes and renders a letter about no single request.
func worded(kind string, letter composable, p words.Printer) (mailer.Message, error) {
	composed, err := letter.Compose(p)
	if err != nil {
		return mailer.Message{}, fmt.Errorf("letter %s: %w", kind, err)
	}
	message, err := mailer.Render(composed)
	if err != nil {
		return message, fmt.Errorf("letter %s: %w", kind, err)
	}
	return message, nil
}

// mailbox is where a letter goes that leaves the controller: to whoever asked,
// or to the person themselves.
func (c composer) mailbox(p *Person) string {
	if !c.toPerson && p.byAgent() {
		return p.Agent.Email
	}
	return p.Email
}

func (p *Person) byAgent() bool { return p.Agent != nil && p.Agent.Email != "" }

// draft works a plan out for a preview: its letters, the request after it and
// the dates it moves. A form that is not complete yet still shows its letter.
func (o *occasion) draft(p *plan) ([]LetterPreview, *Request, []Moved) {
	key, err := o.office.keyOf(o.request)
	if err != nil {
		return nil, nil, nil
	}
	s := &step{before: o.request, after: o.request.clone(), plan: p, key: key}
	s.event = &Event{RequestID: o.request.ID, Seq: o.request.Seq + 1, At: o.now, Act: p.act, Actor: o.caller.Actor(), Change: p.change}
	if len(p.fields) == 0 || p.whole {
		if err := o.office.advance(s, o); err != nil {
			return nil, nil, nil
		}
		p.letters = append(p.letters, s.follows(o)...)
	} else if s.after.compute(o.office.book, o.now) != nil {
		return nil, nil, nil
	}
	var previews []LetterPreview
	for _, c := range p.letters {
		if preview, err := o.preview(s.after, key, c); err == nil {
			previews = append(previews, preview)
		}
	}
	return previews, s.after, s.event.Change.Moved
}

// shown is the draft of a letter that is looked at and not sent: its link and
// its code open nothing.
func (o *occasion) shown(after *Request, c composer) (*draft, error) {
	at, err := o.after(after)
	d := &draft{occasion: at, after: after, link: o.office.baseURL + "/r/…"}
	if c.code {
		d.code = "000000"
	}
	return d, err
}

func (o *occasion) preview(after *Request, key sealer, c composer) (LetterPreview, error) {
	if c.again != nil {
		return LetterPreview{}, ErrNoLetter // it is read where it stands
	}
	d, err := o.shown(after, c)
	if err != nil {
		return LetterPreview{}, err
	}
	preview := LetterPreview{Kind: c.kind, Audience: "requester"}
	language := after.Language
	if c.internal() {
		preview.Audience, language = "staff", "en"
	} else if person, err := key.person(after); err == nil {
		preview.To = Mask(c.mailbox(&person))
	}
	letter, _, err := d.say(c, preview.Audience, language)
	if err != nil {
		return preview, err
	}
	preview.Subject = letter.Subject
	preview.Body, err = mailer.Preview(letter)
	return preview, err
}
