package requests

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/deadlines"
	"dsr/policies"
	"dsr/workflow"
)

// Verb is one thing somebody wants to do to a request. Each verb is a struct
// with the fields of its form; what it would do is its plan.
type Verb interface {
	plan(o *occasion) (*plan, error)
}

// occasion is everything a verb may look at: who, when, and the request as it
// stands then.
type occasion struct {
	ctx     context.Context
	office  *Office
	caller  access.Caller
	now     time.Time
	request *Request
	place   deadlines.Place
	pack    *policies.Pack
	regime  *policies.Regime
	version *policies.RegimeVersion
	added   string // a paragraph for the letter to the requester, see WithParagraph
}

// plan is what a verb would do. Nothing of it has happened yet: a preview
// stops here.
type plan struct {
	act        workflow.Act
	permission access.Permission
	change     Change
	text       string                                                   // personal or free words, sealed with the event
	message    *message                                                 // kept in the conversation
	files      []Upload                                                 // kept with the message
	letters    []composer                                               // what goes out
	also       func(ctx context.Context, tx bun.Tx, at time.Time) error // rows of its own
	objections []Objection                                              // what stands against it, beyond the standing guards
	added      string                                                   // a paragraph in the letter to the requester
	evidence   string                                                   // what a decision rests on, for the file of the case
	coming     []LetterPreview                                          // the letters of what is proposed; none of them is written yet
	approvers  []string                                                 // who may approve it, by name
	whole      bool                                                     // its effect can be shown though words are missing
	fields     FieldErrors                                              // what the form must mend first
}

// message is one entry of the conversation or a note.
type message struct {
	kind string // message, proof, clarification, note, answer
	body string
}

// composer makes a letter once the plan's effect is known.
type composer struct {
	kind      string
	toStaff   int64     // user; 0: the requester
	toMailbox string    // a mailbox of the controller, instead of a user
	toPerson  bool      // the person themselves, also where an agent asks for them
	code      bool      // the letter carries a code beside its link
	all       bool      // the link opens all requests of the address
	calm      bool      // it can wait for the end of its reader's quiet hours
	again     *Envelope // one that was written before and goes out as it was
	letter    func(d *draft) composable
}

// internal reports whether the letter stays within the controller.
func (c composer) internal() bool { return c.toStaff != 0 || c.toMailbox != "" }

// object adds a reason why the plan is not lawful.
func (p *plan) object(source, format string, args ...any) {
	p.objections = append(p.objections, Objection{Sentence: fmt.Sprintf(format, args...), Source: source})
}

// require asks for a text and says what to write when it is missing or huge.
func (p *plan) require(field, value, sentence string) {
	if value == "" {
		p.fail(field, sentence)
	}
	p.bound(field, value)
}

// bound says of a huge text how long it may be.
func (p *plan) bound(field, value string) {
	if n := len([]rune(value)); n > MaxDetails {
		p.fail(field, fmt.Sprintf("Write at most %d characters; this is %d.", MaxDetails, n))
	}
}

func (p *plan) fail(field, sentence string) {
	if p.fields == nil {
		p.fields = FieldErrors{}
	}
	p.fields[field] = sentence
}

// look makes the occasion of a caller at a request, with every clock worked out.
// A machine's clock that was set back never writes an event before the last one.
func (o *Office) look(ctx context.Context, caller access.Caller, now time.Time, r *Request) (*occasion, error) {
	if now.Before(r.LastAt) {
		now = r.LastAt
	}
	if err := r.compute(o.book, now); err != nil {
		return nil, err
	}
	at := &occasion{ctx: ctx, office: o, caller: caller, now: now, request: r}
	return at, at.rule(r.Ruling)
}

// rule sets the policy, the law, the zone and the calendar of a ruling.
func (o *occasion) rule(ruling *policies.Ruling) (err error) {
	if o.place, err = o.office.book.Place(ruling.Zone, ruling.Calendar); err != nil {
		return err
	}
	if o.pack, err = o.office.frozen.pack(o.ctx, ruling); err != nil {
		return err
	}
	o.regime, o.version, err = o.office.frozen.regime(o.ctx, ruling)
	return err
}

// after is the occasion under the ruling that a step leaves its request with:
// letters speak of that law and that zone.
func (o *occasion) after(r *Request) (*occasion, error) {
	if r.RulingHash == o.request.RulingHash {
		return o, nil
	}
	then := *o
	return &then, then.rule(r.Ruling)
}

// prepare asks everything that must be asked before a plan may be carried out:
// permission, lifecycle, guards, form.
func (o *occasion) prepare(v Verb) (*plan, error) {
	p, err := v.plan(o)
	if err != nil {
		return p, err
	}
	if why := o.caller.WhyNot(p.permission, o.request.Policy); why != "" {
		return p, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	p.objections = append(o.standing(p.act), p.objections...)
	switch {
	case len(p.objections) > 0:
		return p, &Refused{Objections: p.objections}
	case len(p.fields) > 0:
		return p, p.fields
	}
	p.change.Met = append(p.change.Met, o.request.stopped(p.act, &p.change)...)
	return p, nil
}

// actor returns the lifecycle's kind of actor for a caller.
func actor(c access.Caller) workflow.Actor {
	switch c.Kind {
	case access.Staff:
		return ByStaff
	case access.Machine:
		return ByMachine
	}
	return ByRequester
}

// stopped lists the running clocks that an act stops, by name.
func (r *Request) stopped(act workflow.Act, change *Change) []string {
	var kinds []policies.ClockKind
	switch act {
	case ActMessage, ActAskProof, ActRejectProof, ActAskQuestion, ActExtend:
		kinds = []policies.ClockKind{policies.FirstResponse, policies.Acknowledge}
	case ActDecide, ActApprove, ActDismiss, ActWithdraw:
		kinds = []policies.ClockKind{policies.Acknowledge, policies.FirstResponse, policies.Respond, policies.OptOut, policies.AppealAnswer}
	case ActClose:
		kinds = []policies.ClockKind{policies.Fulfil}
	case ActLetterSent:
		if confirms(change.Letter) {
			kinds = []policies.ClockKind{policies.Acknowledge}
		}
	}
	var names []string
	for i := range r.Clocks {
		c := &r.Clocks[i]
		for _, kind := range kinds {
			if c.Kind == kind && c.MetAt.IsZero() {
				names = append(names, c.Name())
			}
		}
	}
	return names
}
