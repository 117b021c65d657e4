package requests

import (
	"context"
	"slices"
	"time"

	"dsr/access"
	"dsr/agents"
	"dsr/database"
	"dsr/deadlines"
	"dsr/identity"
	"dsr/mailer"
	"dsr/people"
	"dsr/policies"
)

// writeReceived composes the letters that confirm a submission: one to whoever
// asked, and one to the person where an agent asks for them. They belong to the
// first request, whose link opens them all. A row of a table is confirmed with
// all others, so its agent gets no letter here.
func (o *Office) writeReceived(ctx context.Context, now time.Time, steps []*step, batch bool) ([]written, error) {
	first := steps[0]
	if first.after.Suspect != "" {
		return nil, nil // nobody is flooded with letters while triage has not looked
	}
	drafts := make([]*draft, len(steps))
	for i, st := range steps {
		at, err := o.look(ctx, access.MachineNamed("intake"), now, st.after)
		if err != nil {
			return nil, err
		}
		drafts[i] = &draft{occasion: at, after: st.after}
	}
	composers, err := firstLetters(first.key, first.after, drafts...)
	if err != nil {
		return nil, err
	}
	if batch {
		composers = composers[1:]
	}
	var letters []written
	for _, c := range composers {
		w, err := o.compose(drafts[0].occasion, first.after, first.key, c)
		if err != nil {
			return nil, err
		}
		letters = append(letters, w)
	}
	return letters, nil
}

// arrivalsADay is how many requests of a policy are written about one by one on
// a day: of a flood the letters of the morning and of an unusual day tell.
const arrivalsADay = 20

// tellArrivals adds a letter about each of some new requests for everybody who
// wants one, could take it up, and did not enter it. What may be a flood or spam
// is nobody's letter; what only reads unclear is.
func (o *Office) tellArrivals(ctx context.Context, caller access.Caller, now time.Time, pack *policies.Pack, steps []*step) error {
	if why := steps[0].after.Suspect; why != "" && why != SuspectUnclear && why != SuspectSender {
		return nil
	}
	readers, err := o.people.ToldOfArrivals(ctx, pack.ID)
	readers = slices.DeleteFunc(readers, func(u people.User) bool { return u.ID == staffID(caller.Actor()) })
	if err != nil || len(readers) == 0 {
		return err
	}
	told, err := o.arrivalsTold(ctx, now, pack)
	if err != nil {
		return err
	}
	for _, st := range steps[:min(len(steps), max(0, arrivalsADay-told))] {
		at, err := o.look(ctx, access.MachineNamed("intake"), now, st.after)
		if err != nil {
			return err
		}
		for _, u := range readers {
			letter := staffLetter(LetterNew, u.ID)
			letter.calm = true
			// A request never waits for a letter to us: should one not be
			// written, that of the morning tells of it.
			if w, err := o.compose(at, st.after, st.key, letter); err == nil {
				st.letters = append(st.letters, w)
			}
		}
	}
	return nil
}

// arrivalsTold counts the requests of a policy that such letters were written
// about since its midnight, up to as many as there may be. Numbers of letters
// begin with their time.
func (o *Office) arrivalsTold(ctx context.Context, now time.Time, pack *policies.Pack) (n int, err error) {
	zone, err := o.ZoneOf(pack)
	if err != nil {
		return 0, err
	}
	midnight := deadlines.DateOf(now, zone).Start(zone)
	err = database.Row(ctx, o.db.Read(), []any{&n}, `SELECT COUNT(*) FROM (SELECT DISTINCT l.request_id FROM letters AS l JOIN requests AS r ON r.id = l.request_id
		WHERE l.id >= ? AND l.kind = ? AND r.policy = ? LIMIT ?) AS t`, idsFrom(midnight), LetterNew, pack.ID, arrivalsADay)
	return n, err
}

// confirms reports whether a letter of a kind confirms that a request came: the
// requester's own, or the one about a whole table.
func confirms(letter string) bool {
	return letter == LetterReceived || letter == LetterAppeal || letter == LetterBatch
}

// firstLetters are the letters that confirm requests of one submission: one to
// whoever asked, then one to the person where an agent asks for them. Without
// drafts they are about the one request they belong to.
func firstLetters(key sealer, r *Request, drafts ...*draft) ([]composer, error) {
	letters := []composer{receivedLetter(drafts...)}
	// Only who filled a form in has a page open that takes the code.
	letters[0].code = !letterLike(r.Channel)
	person, err := key.person(r)
	if a := person.Agent; err == nil && a.told(&person) {
		letters = append(letters, onBehalfLetter(a.Name, drafts...))
	}
	return letters, err
}

// heldBack are the first letters of one request, which waited until triage had
// looked.
func (o *occasion) heldBack() ([]composer, error) {
	key, err := o.office.keyOf(o.request)
	if err != nil {
		return nil, err
	}
	return firstLetters(key, o.request)
}

func receivedLetter(drafts ...*draft) composer {
	return composer{kind: LetterReceived, code: true, letter: func(d *draft) composable { return d.received(d.orAlone(drafts)) }}
}

// orAlone is what a first letter is about: the drafts of its submission, or the
// request alone.
func (d *draft) orAlone(drafts []*draft) []*draft {
	if len(drafts) == 0 {
		return []*draft{d}
	}
	return drafts
}

func (d *draft) received(drafts []*draft) mailer.Received {
	letter := mailer.Received{
		Controller: d.office.controller(d.pack), Link: d.link, Code: d.code, Mailbox: mailer.MailboxNoProof,
		Received: deadlines.DateOf(d.after.ReceivedAt, d.place.Zone), ForOther: d.after.Facts.Agent != nil,
	}
	for _, one := range drafts {
		letter.Requests = append(letter.Requests, one.asked())
		letter.Provisional = letter.Provisional || one.after.Provisional
		letter.MoreProof = letter.MoreProof || one.after.Ruling.Level.Needs(identity.Mailbox)
		one.lacks(&letter.Missing)
		if one.after.asksMailbox() {
			letter.Mailbox = mailer.MailboxRuns
		}
	}
	if letter.Mailbox == mailer.MailboxNoProof {
		letter.Code = ""
	}
	letter.Also = d.alsoRead()
	return letter
}

// alsoRead are the rights that a message asks for besides the one its request
// stands for, as long as nobody has said what it asks for.
func (d *draft) alsoRead() (list []string) {
	if d.after.Facts.Reading == nil {
		return nil
	}
	for _, read := range d.after.Facts.Reading.Rights {
		if read.Right != d.after.Right {
			list = append(list, string(read.Right))
		}
	}
	return list
}

// lacks adds what a request came without that no form asked for. Should its
// words not open, the page says what is missing.
func (d *draft) lacks(list *mailer.Missing) {
	if !letterLike(d.after.Channel) {
		return
	}
	key, err := d.office.keyOf(d.after)
	if err != nil {
		return
	}
	person, err := key.person(d.after)
	if err != nil {
		return
	}
	wanted := d.office.wanted(d.pack, d.after, &person)
	list.Place = list.Place || wanted.Place && wanted.Proposed == ""
	list.Name = list.Name || wanted.Name
	list.More = list.More || len(wanted.Identifiers) > 0
}

// asksMailbox reports whether opening the link proves something that is wanted.
func (r *Request) asksMailbox() bool {
	if r.Facts.Agent != nil {
		return !r.Facts.Agent.Mailbox
	}
	return r.Ruling.Level.Needs(identity.Locate) && identity.Mailbox.Needs(r.Verified)
}

// onBehalfLetter tells a person that somebody asked for them. They are asked to
// say that it is right only where the law lets the controller ask (11 CCR
// 7063(a)); never for an opt-out.
func onBehalfLetter(agent string, drafts ...*draft) composer {
	return composer{kind: LetterOnBehalf, toPerson: true, letter: func(d *draft) composable { return d.onBehalf(agent, d.orAlone(drafts)) }}
}

func (d *draft) onBehalf(agent string, drafts []*draft) mailer.OnYourBehalf {
	letter := mailer.OnYourBehalf{
		Controller: d.office.controller(d.pack), Agent: agent, Link: d.link,
		Received: deadlines.DateOf(d.after.ReceivedAt, d.place.Zone),
	}
	for _, one := range drafts {
		letter.Requests = append(letter.Requests, one.asked())
		letter.Confirm = letter.Confirm || one.mayConfirm()
	}
	return letter
}

// told reports whether the person is told that somebody asks for them: of an
// agent always, of a parent never.
func (a *Agent) told(person *Person) bool {
	return a != nil && a.Relation == agents.AsAgent && a.Email != person.Email
}

// mayConfirm reports whether the law lets the controller ask the person whether
// an agent's request is theirs.
func (o *occasion) mayConfirm() bool {
	var authority identity.Authority
	if a := o.request.Facts.Agent; a != nil {
		authority = a.Authority
	}
	return !o.request.Right.IsOptOut() && o.version.AgentRule(o.request.Right).Confirms(authority)
}

// asked is one request of a submission, with its dates, for the first letter.
func (d *draft) asked() mailer.Asked {
	asked := mailer.Asked{Reference: d.after.Reference, Right: string(d.after.Right), Answer: d.promise(d.after), Law: d.law(d.after)}
	for i := range d.after.Clocks {
		c := &d.after.Clocks[i]
		switch {
		case c.Basis != policies.ByPromise:
		case c.Kind == policies.FirstResponse:
			asked.FirstReply, asked.Typical = d.limit(c), c.Wording == "typical"
		case c.Kind == policies.Fulfil:
			asked.Finish = d.limit(c)
		}
	}
	return asked
}
