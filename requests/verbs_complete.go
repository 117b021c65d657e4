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
	"dsr/database"
	"dsr/policies"
)

// Complete adds what a request came without: a letter seldom says where its
// writer lives or what they are called in the records. It fills in only what
// nobody knows yet, or what rules read from a message and nobody confirmed. The
// clocks are worked out anew from the same receipt, as by SetLaw.
type Complete struct {
	Residence   string            // ISO 3166: DE, US-CA; "": not said
	Name        string            // "": not said
	Identifiers map[string]string // by name of the pack's identifier
}

// Wanted is what a requester can still add to a request.
type Wanted struct {
	Place       bool                  // where they live
	Proposed    string                // the residence as rules read it from their message, or ""
	Name        bool                  // what they are called
	Identifiers []policies.Identifier // those of the pack that were not given
	told        bool                  // they have added something before
}

// Any reports whether there is anything that can be added.
func (w *Wanted) Any() bool { return w.Place || w.Name || len(w.Identifiers) > 0 }

// Missing reports whether something is worth asking for: not what was read from
// the message already, and not again what somebody who was asked left out.
func (w *Wanted) Missing() bool {
	if w.Place && w.Proposed == "" {
		return true
	}
	return !w.told && (w.Name || len(w.Identifiers) > 0)
}

// Wanted lists what the requester can add to a request now.
func (o *Office) Wanted(v *View) Wanted { return o.wanted(v.Pack, v.Request, &v.Person) }

// wanted is Wanted. The form asks for all of it, so somebody who filled it in is
// asked again only where they left out where they live.
func (o *Office) wanted(pack *policies.Pack, r *Request, known *Person) Wanted {
	if !r.Undecided() || r.AppealOf != 0 || !r.Facts.Erased.IsZero() {
		return Wanted{}
	}
	w := Wanted{Place: r.placeOpen() && !r.stopsOnly(), told: !r.Facts.Completed.IsZero()}
	if !w.Place && !letterLike(r.Channel) {
		return Wanted{}
	}
	if w.Place {
		w.Proposed = r.Residence
	}
	w.Name = known.Name == ""
	for _, id := range o.book.Identifiers(pack, []policies.Right{r.Right}, r.Residence, r.ReceivedAt) {
		if known.Identifiers[id.Name] == "" {
			w.Identifiers = append(w.Identifiers, id)
		}
	}
	return w
}

// letterLike reports whether requests that come by a channel come without the
// questions of the form.
func letterLike(channel string) bool {
	return slices.Contains([]string{"mail", "phone", "post", "counter"}, channel)
}

// placeOpen reports whether nobody knows where the person lives, or only rules
// have read it. A law that a person chose stands whatever the residence is.
func (r *Request) placeOpen() bool {
	if read := r.Facts.Reading; read != nil {
		return !read.Told
	}
	return r.Residence == "" && r.Provisional
}

// stopsOnly reports whether nothing is asked for but that something stops: that
// is done for whoever asks, wherever they live, as the form has it.
func (r *Request) stopsOnly() bool { return r.Right.IsOptOut() || r.Right == policies.WithdrawConsent }

// Within leaves out what cannot be added any more.
func (v Complete) Within(w Wanted) Complete {
	rest := Complete{Identifiers: map[string]string{}}
	if w.Place {
		rest.Residence = v.Residence
	}
	if w.Name {
		rest.Name = v.Name
	}
	for _, id := range w.Identifiers {
		rest.Identifiers[id.Name] = v.Identifiers[id.Name]
	}
	return rest
}

// CompleteRest adds what somebody told about one request to the others that
// they sent with it, as far as it is missing there: nobody is asked once for
// each right. Where a right is not given at the new place, that stays open.
func (o *Office) CompleteRest(ctx context.Context, caller access.Caller, now time.Time, first *Request, told Complete) error {
	list, err := o.ofSubmission(ctx, first.SubmissionID)
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.ID == first.ID {
			continue
		}
		v, err := o.Open(ctx, caller, now, r.Reference, false)
		if err != nil {
			return err
		}
		rest := told.Within(o.Wanted(v))
		_, err = o.Do(ctx, caller, now, r.Reference, 0, rest)
		if errors.Is(err, ErrInvalid) && rest.Residence != "" {
			rest.Residence = ""
			_, err = o.Do(ctx, caller, now, r.Reference, 0, rest)
		}
		var refusal *Refused
		if err != nil && !errors.Is(err, ErrInvalid) && !errors.As(err, &refusal) {
			return err
		}
	}
	return nil
}

func (v Complete) plan(o *occasion) (*plan, error) {
	p := &plan{act: ActComplete, permission: access.Message}
	key, err := o.office.keyOf(o.request)
	if err != nil {
		return p, err
	}
	person, err := key.person(o.request)
	if err != nil {
		return p, err
	}
	added := &addition{plan: p, person: person}
	if err := added.place(o, v.Residence); err != nil {
		return p, err
	}
	added.name(v.Name)
	for _, id := range o.pack.Identifiers {
		added.identifier(id, v.Identifiers[id.Name])
	}
	if p.text = strings.Join(added.words, "\n"); p.text == "" && len(p.objections)+len(p.fields) == 0 {
		if added.said {
			return p, errAlready
		}
		p.fail("residence", "Fill in what you can.")
	}
	if o.request.AppealOf != 0 {
		p.object("", "A second look rests on what the first request says. Write a message instead.")
	}
	return p, added.finish(o, key)
}

// addition is what is added to a request, while it is put together.
type addition struct {
	*plan
	person Person   // as it is known then
	words  []string // what is new, a line each
	said   bool     // something was said at all
}

// place sets where the person lives, unless the team knows it.
func (a *addition) place(o *occasion, residence string) error {
	r := o.request
	residence = strings.TrimSpace(residence)
	a.said = a.said || residence != ""
	switch {
	case residence == "", residence == r.Residence && (r.Facts.Reading == nil || r.Facts.Reading.Told):
		return nil
	case !r.placeOpen():
		a.object("", "Where the person lives is known already. If it is wrong, write a message.")
		return nil
	}
	ruling, sentence := o.ruled(policies.Question{Pack: o.pack, Right: r.Right, Residence: residence, ReceivedAt: r.ReceivedAt}, "")
	if sentence != "" {
		a.fail("residence", sentence)
		return nil
	}
	law, content, err := lawOf(residence, &ruling)
	a.change.Law, a.change.content = &law, content
	a.words = append(a.words, "Lives in: "+residence)
	return err
}

// name says what the person is called, unless that is known.
func (a *addition) name(typed string) {
	if name := a.line("name", "Name", typed, a.person.Name); name != "" {
		a.person.Name = name
	}
}

// identifier adds one thing by which the company knows the person.
func (a *addition) identifier(id policies.Identifier, typed string) {
	value := a.line(id.Name, id.Label, typed, a.person.Identifiers[id.Name])
	if value == "" {
		return
	}
	if a.person.Identifiers == nil {
		a.person.Identifiers = map[string]string{}
	}
	a.person.Identifiers[id.Name] = value
}

// line takes one line that was typed, and returns it where it is new. What is
// known stays as it is: whoever holds a link must not be able to make a request
// one about somebody else.
func (a *addition) line(field, label, typed, known string) string {
	value := tidy(strings.Join(strings.Fields(typed), " "))
	a.said = a.said || value != ""
	switch n := len([]rune(value)); {
	case value == "" || value == known:
		return ""
	case known != "":
		a.object("", "%s: this is known already. If it is wrong, write a message.", label)
		return ""
	case n > maxLine:
		a.fail(field, fmt.Sprintf("Write at most %d characters; this is %d.", maxLine, n))
		return ""
	}
	a.words = append(a.words, label+": "+value)
	return value
}

// maxLine bounds a name or an identifier, in characters.
const maxLine = 200

// finish seals the person anew and tells whoever works on the request.
func (a *addition) finish(o *occasion, key sealer) error {
	if key.erased || len(a.words) == 0 {
		return nil
	}
	sealed, err := key.sealJSON("person", a.person)
	if err != nil {
		return err
	}
	request := o.request.ID
	a.also = func(ctx context.Context, tx bun.Tx, _ time.Time) error {
		_, err := database.Exec(ctx, tx, "UPDATE requests SET sealed = ? WHERE id = ?", sealed, request)
		return err
	}
	users, err := o.responsible()
	for _, user := range users {
		a.letters = append(a.letters, staffLetter(LetterReplied, user))
	}
	return err
}

// projectCompleted keeps that the requester added something. What rules read
// stays unconfirmed; where they said to live stands in it from then on.
func (r *Request) projectCompleted(e *Event) {
	r.Facts.Completed = e.At
	if law := e.Change.Law; law != nil && r.Facts.Reading != nil {
		read := *r.Facts.Reading // the event's own stays as it was written
		read.Residence, read.Told = law.Residence, true
		r.Facts.Reading = &read
	}
}
