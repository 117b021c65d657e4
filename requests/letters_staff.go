package requests

import (
	"slices"

	"dsr/deadlines"
	"dsr/identity"
	"dsr/mailer"
	"dsr/policies"
)

// staffLetter writes to one member of the team.
func staffLetter(kind string, user int64) composer {
	return composer{kind: kind, toStaff: user, letter: func(d *draft) composable {
		switch kind {
		case LetterAssigned:
			return mailer.Assigned{Team: d.team(), Clock: d.clock(d.after.urgent())}
		case LetterApproval, LetterSentBack:
			return approvalLetter(d, kind)
		case LetterVerified:
			return mailer.Verified{Team: d.team(), Clock: d.clock(d.after.urgent())}
		case LetterSearched:
			return mailer.Searched{Team: d.team(), Clock: d.clock(d.after.urgent())}
		case LetterNew:
			return mailer.Arrived{Team: d.team(), Clock: d.clock(d.after.urgent())}
		}
		return mailer.Replied{Team: d.team()}
	}}
}

// toAssignee writes to whoever has the request, and where they may not work on
// it any more, to all who could take it. While nobody has it there is no letter:
// ten would read of each reply to each new request, and the letter of the morning
// tells them all.
func toAssignee(o *occasion, kind string) (letters []composer) {
	if o.request.AssigneeID == 0 {
		return nil
	}
	readers, err := o.responsible()
	if err != nil { // composing the letter asks the same store again, and returns what is wrong with it
		readers = []int64{o.request.AssigneeID}
	}
	for _, user := range readers {
		letters = append(letters, staffLetter(kind, user))
	}
	return letters
}

// reminderLetter writes about one clock at one threshold.
func reminderLetter(kind string, user int64, c *Clock) composer {
	return composer{kind: kind, toStaff: user, letter: func(d *draft) composable {
		switch kind {
		case LetterToday:
			return mailer.DueToday{Team: d.team(), Clock: d.clock(c)}
		case LetterOverdue:
			return mailer.Overdue{Team: d.team(), Clock: d.clock(c), Late: d.span(c)}
		case LetterEscalation:
			return mailer.Escalation{Team: d.team(), Clock: d.clock(c), Late: d.span(c)}
		}
		return mailer.DueSoon{Team: d.team(), Clock: d.clock(c), Left: d.span(c)}
	}}
}

// contactsOf are the mailboxes that a policy's company reads today. A request
// keeps the pack of its receipt, which may name an officer who has left and a
// mailbox that nobody opens any more; only where the policy itself is gone are
// those the last that are known.
func (o *Office) contactsOf(pack *policies.Pack) policies.Contacts {
	if today, err := o.book.Pack(pack.ID); err == nil {
		return today.Contacts
	}
	return pack.Contacts
}

// consoleBrand is the product as sender of letters to the team.
func (o *Office) consoleBrand(pack *policies.Pack) mailer.Controller {
	return mailer.Product(o.contactsOf(pack).Privacy)
}

func (d *draft) team() mailer.Team {
	return mailer.Team{
		Console: d.office.consoleBrand(d.pack), Reference: d.after.Reference, Right: string(d.after.Right), Of: d.after.Facts.AppealOf,
		Law: d.regime.Name, Policy: d.pack.Controller.Name, Link: d.link,
	}
}

// urgent is the clock a letter is about when it is about none in particular.
func (r *Request) urgent() *Clock {
	if c := r.Governing(); c != nil {
		return c
	}
	return &r.Clocks[0]
}

func (d *draft) clock(c *Clock) mailer.Clock {
	clock := mailer.Clock{Name: ClockName(c.Kind, c.Basis), Basis: c.Rule.Sources.Term, By: c.Due.Date, Next: d.after.Next().Text()}
	if c.Due.Before.IsZero() {
		clock.At = c.Due.At.In(d.place.Zone)
	}
	return clock
}

// span is how much time is left, or how late it is: hours for promises in
// hours, else days, at least one.
func (d *draft) span(c *Clock) mailer.Span {
	if c.Due.Before.IsZero() {
		left := c.Due.At.Sub(d.now).Abs()
		return mailer.Span{Hours: max(1, int(left.Hours()+0.5))}
	}
	days := int(c.Due.Date - deadlines.DateOf(d.now, d.place.Zone))
	if days < 0 {
		days = -days
	}
	return mailer.Span{Days: max(1, days)}
}

// Step is what has to happen next, and whose move it is.
type Step struct {
	What  string
	Whose string // you, requester, systems, nobody
}

// Text writes both in a line.
func (s Step) Text() string {
	if s.Whose == "" {
		return s.What
	}
	return s.What + " (" + s.Whose + ")"
}

// Next says what has to happen next to a request. It is derived, never stored.
func (r *Request) Next() Step {
	switch {
	case r.Phase == Closed:
		return Step{What: "Nothing; the request is closed"}
	case r.Phase == Aside:
		return Step{What: "Nothing; it is set aside and can be opened again"}
	case r.Facts.Reading != nil && r.Phase == Triage:
		return Step{"Say what the message asks for", "privacy team"}
	case r.Suspect != "":
		return Step{"Say whether it is spam", "privacy team"}
	case r.Facts.Proof.Waiting() && r.Undecided() && r.Facts.Proof.Authority:
		return Step{"Show their authority", "agent"}
	case r.Facts.Proof.Given() && r.Undecided():
		return Step{"Compare the proof", "privacy team"}
	case r.OpenHold(deadlines.HoldClarification) != nil:
		return Step{"Answer our question", "requester"}
	}
	switch r.Approval {
	case "wanted":
		return Step{"Approve the decision", "second person"}
	case "stale":
		return Step{"Look at the proposal again", "privacy team"}
	}
	switch r.Phase {
	case Verification:
		return Step{"Prove identity", "requester"}
	case Triage:
		if slices.ContainsFunc(r.Clocks, func(c Clock) bool { return c.Kind == policies.FirstResponse && c.MetAt.IsZero() }) {
			return Step{"Reply to the requester", "privacy team"}
		}
		return Step{"Take the request up", "privacy team"}
	case Search:
		return Step{"Search the systems", "privacy team"}
	case Decision:
		switch a := r.Facts.Agent; {
		case r.Proved():
			return Step{"Decide and send the answer", "privacy team"}
		case a != nil && a.Authority == "":
			return Step{"Ask for the agent’s authority", "privacy team"}
		case r.Ruling.Level.Needs(identity.Mailbox):
			return Step{"Ask for proof of identity", "privacy team"}
		}
		return Step{"Open the link in the letter", "requester"}
	}
	return Step{"Finish in every system, then close", "privacy team"}
}
