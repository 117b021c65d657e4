package requests

import (
	"crypto/rand"
	"fmt"
	"html/template"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	"dsr/brand"
	"dsr/deadlines"
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
	LetterApproval      = "team_approval"
	LetterSentBack      = "team_sent_back"
)

// letterKind is the kind of outbox job that sends one letter.
const letterKind = "letter"

func letterJob(letter, request int64) outbox.Job {
	id := strconv.FormatInt(letter, 10)
	return outbox.Job{Kind: letterKind, DedupeKey: letterKey(letter), RequestID: request, Payload: []byte(id)}
}

func letterKey(letter int64) string { return "letter:" + strconv.FormatInt(letter, 10) }

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
	d := &draft{occasion: at, after: after, link: o.baseURL + "/console/requests/" + url.PathEscape(after.Reference)}
	if err := o.addressee(&w, d, key, c); err != nil {
		return written{}, err
	}
	speaks, version, err := o.speaks(at.ctx, w.audience, wording.Place{Policy: after.Policy, Kind: c.kind, Language: w.language})
	if err != nil {
		return written{}, err
	}
	letter, err := c.letter(d).Compose(speaks)
	if err != nil {
		return written{}, fmt.Errorf("letter %s: %w", c.kind, err)
	}
	if c.takesParagraph() {
		letter = letter.WithParagraph(at.added)
	}
	w.draft, w.wording = letter, version
	err = o.finish(&w, at.pack, key)
	return w, err
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
		w.to, w.audience, w.language = user.Email, "staff", "en"
	default:
		person, err := key.person(d.after)
		if err != nil {
			return err
		}
		purpose := linkPortal
		w.to = person.replyTo()
		switch {
		case c.toPerson:
			w.to = person.Email
		case person.Agent != nil && person.Agent.Email != "":
			purpose = linkAgent
		}
		if c.all {
			purpose = linkAll
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
	w.messageID = strconv.FormatInt(w.id, 36) + "@" + o.domain
	w.sealed, err = key.sealJSON("letter/"+w.messageID, Envelope{
		To: w.to, From: fmt.Sprintf("%s privacy team", pack.Controller.Name), ReplyTo: pack.Contacts.Privacy,
		Subject: message.Subject, Text: message.Text, HTML: message.HTML, Wording: w.wording, Salt: rand.Text(),
	})
	return err
}

// replyTo is where letters to the requester go: to whoever asked.
func (p *Person) replyTo() string {
	if p.Agent != nil && p.Agent.Email != "" {
		return p.Agent.Email
	}
	return p.Email
}

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

func (o *occasion) preview(after *Request, key sealer, c composer) (LetterPreview, error) {
	d := &draft{occasion: o, after: after, link: o.office.baseURL + "/r/…"}
	if c.code {
		d.code = "000000"
	}
	preview := LetterPreview{Kind: c.kind, Audience: "requester"}
	language := after.Language
	if c.internal() {
		preview.Audience, language = "staff", "en"
	} else if person, err := key.person(after); err == nil {
		preview.To = Mask(person.replyTo())
		if c.toPerson {
			preview.To = Mask(person.Email)
		}
	}
	speaks, _, err := o.office.speaks(o.ctx, preview.Audience, wording.Place{Policy: after.Policy, Kind: c.kind, Language: language})
	if err != nil {
		return preview, err
	}
	letter, err := c.letter(d).Compose(speaks)
	if err != nil {
		return preview, err
	}
	if c.takesParagraph() {
		letter = letter.WithParagraph(o.added)
	}
	preview.Subject = letter.Subject
	preview.Body, err = mailer.Preview(letter)
	return preview, err
}

// controller is in whose name letters to the requester go out. Its colours are
// worked out once for each pack.
func (o *Office) controller(pack *policies.Pack) mailer.Controller {
	if known, ok := o.controllers.Load(pack); ok {
		return known.(mailer.Controller)
	}
	c := mailer.Controller{Name: pack.Controller.Name, Initial: pack.Brand.Initial, Contact: pack.Contacts.Privacy}
	if pack.Controller.Entity != pack.Controller.Name {
		c.Operator = pack.Controller.Entity
	}
	if palette, err := brand.Clamp(pack.Brand.Colour); err == nil {
		c.Colour, c.DarkColour = palette.Light.Brand, palette.Dark.Brand
	}
	o.controllers.Store(pack, c)
	return c
}

func (d *draft) matter() mailer.Case {
	r := d.after
	return mailer.Case{
		Controller: d.office.controller(d.pack), Reference: r.Reference, Right: string(r.Right),
		Received: deadlines.DateOf(r.ReceivedAt, d.place.Zone), Link: d.link, ForOther: r.Facts.Agent != nil,
	}
}

// law is what the letter says about the law's date.
func (d *draft) law(r *Request) mailer.Law {
	law := mailer.Law{Place: d.office.words.In(r.Language).Law(d.regime.PlaceCode(), d.regime.Place), Extended: r.Facts.Extension != nil}
	if c := r.AnswerClock(policies.ByLaw); c != nil {
		law.Limit = limit(c, d.place.Zone)
	} else if c := r.LawClock(); c != nil {
		law.Aim = c.Due.Date
	}
	return law
}

// promise is the promised time of an answer, or nil.
func (d *draft) promise(r *Request) *mailer.Limit {
	if c := r.AnswerClock(policies.ByPromise); c != nil && c.MetAt.IsZero() {
		return limit(c, d.place.Zone)
	}
	return nil
}

func (d *draft) promiseBy() deadlines.Date {
	if c := d.after.AnswerClock(policies.ByPromise); c != nil && c.MetAt.IsZero() {
		return c.Due.Date
	}
	return 0
}

func (d *draft) regulator() *mailer.Regulator {
	a := d.regime.AuthorityFor(d.after.Residence)
	return &mailer.Regulator{Name: a.NameIn(d.after.Language), URL: a.URL}
}

func limit(c *Clock, zone *time.Location) *mailer.Limit {
	l := &mailer.Limit{Term: c.Rule.Term, By: c.Due.Date}
	if c.Due.Before.IsZero() {
		l.At = c.Due.At.In(zone)
	}
	return l
}
