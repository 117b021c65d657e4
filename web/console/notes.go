package console

import (
	"fmt"
	"strings"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/web/site"
)

// notes are the boxes above an act's form: what it does to the dates, and what
// to know before doing it.
func (f actForm) notes(a staffAct) []note {
	switch a.act {
	case requests.ActExtend:
		return f.extendNotes()
	case requests.ActAskProof:
		return f.proofNotes()
	case requests.ActAskQuestion:
		return f.holdNotes(deadlines.HoldClarification)
	case requests.ActRecordProof:
		return f.recordNotes()
	case requests.ActRejectProof:
		return append(f.holdNotes(f.proofHold()), note{Icon: "lock", Heading: "What was sent is deleted", Text: "The timeline keeps only that it came and did not fit."})
	case requests.ActDecide:
		return f.decideNotes()
	case requests.ActMessage:
		return f.messageNotes()
	case requests.ActSetLaw, requests.ActCorrect, requests.ActApprove, requests.ActSendBack:
		return f.teamNotes(a)
	case requests.ActAddress, requests.ActSendAgain:
		return f.postNotes(a)
	case requests.ActClose:
		return f.closeNotes()
	case requests.ActSpam, requests.ActNoRequest:
		return []note{{Icon: "info", Heading: "Nobody is written to", Text: "The dates run on meanwhile. It stands under “Set aside” and counts from its first receipt when somebody opens it again."}}
	case requests.ActClear:
		return []note{{Icon: "info", Heading: sentence(suspicion(f.Suspect)), Text: "That is why the first letter was held back. The dates have run since it was received."}}
	case requests.ActReopen:
		return []note{{Icon: "info", Heading: "It counts from " + f.ReceivedAt.In(f.place.Zone).Format("Mon 2 Jan 2006"), Text: "That is when it was received. The time it was set aside is not taken out."}}
	case requests.ActDismiss, requests.ActWithdraw:
		return []note{{Icon: "info", Heading: "This ends the request", Text: "Nothing brings it back; the person can always ask again."}}
	}
	return nil
}

// proofHold is the pause that belongs to the proof a form is about.
func (f actForm) proofHold() deadlines.HoldKind {
	if f.typed.authority() {
		return deadlines.HoldAuthority
	}
	return deadlines.HoldIdentity
}

// proofNotes say how much may be asked for, with its source, what asking does
// to the dates, and where the other kind of proof is asked for.
func (f actForm) proofNotes() []note {
	notes := f.holdNotes(f.proofHold())
	page := requestAddress(f.Reference) + "/ask-proof"
	switch {
	case f.typed.authority():
		n := f.agentNote("Of the person themselves nothing is asked here.")
		n.Link, n.Href = "Ask for proof of who the person is instead", page+"?of="+ofIdentity
		notes = append(notes, n)
	case f.Facts.Agent != nil:
		most := f.mostNote()
		most.Link, most.Href = "Ask for the agent’s authority instead", page+"?of="+ofAuthority
		notes = append(notes, most)
	default:
		notes = append(notes, f.mostNote())
	}
	return notes
}

// mostNote says how much proof the law lets a controller ask for, and where it
// says so.
func (f actForm) mostNote() note {
	n := note{Icon: "law", Heading: "The most to ask for: " + requests.LevelName(f.Ruling.Level), Text: "More only where there is a doubt about who the person is; then say which."}
	for _, rule := range f.Version.Identity {
		if f.Right.In(rule.Rights) {
			n.Text += fmt.Sprintf(" %s: %s, %s.", f.Regime.Name, rule.Source, certainty(string(rule.Certainty)))
			break
		}
	}
	return n
}

// agentNote says what may be asked of somebody who acts for the person, and
// where the law says so.
func (f actForm) agentNote(more string) note {
	rule := f.Version.AgentRule(f.Right)
	names := make([]string, len(rule.Authority))
	for i, a := range rule.Authority {
		names[i] = lower(authorityName(a))
	}
	return note{Icon: "law", Heading: "Enough is one of: " + strings.Join(names, "; "), Text: fmt.Sprintf("%s %s, %s.", more, rule.Source, certainty(string(rule.Certainty)))}
}

// recordNotes say how much is enough and what becomes of what was sent.
func (f actForm) recordNotes() []note {
	page := requestAddress(f.Reference) + "/record-proof"
	notes := []note{f.mostNote()}
	notes[0].Heading = "Enough is: " + requests.LevelName(f.Ruling.Level)
	switch {
	case f.typed.authority():
		notes[0] = f.agentNote("Nothing is given out for an agent who has shown none.")
		notes[0].Link, notes[0].Href = "Record proof of who the person is instead", page+"?of="+ofIdentity
	case f.Facts.Agent != nil:
		notes[0].Link, notes[0].Href = "Record the agent’s authority instead", page+"?of="+ofAuthority
	}
	if f.Given != nil {
		notes = append(notes, note{Icon: "lock", Heading: "What was sent is deleted", Text: "As soon as it is recorded. The timeline keeps only that it came and which points fitted."})
	}
	return notes
}

// extendNotes say until when the law's date can move, and that a promise does not.
func (f actForm) extendNotes() []note {
	c := f.AnswerClock(policies.ByLaw)
	source := orTerm(c.Rule.Sources.Extension, c.Rule.Sources.Term)
	notes := []note{{Class: "can", Icon: "done", Heading: "Can be extended", Text: fmt.Sprintf("Once, until the end of %s, %s. %s", fullDay(c.Due.FirstDate), zoneName(f.place.Zone), source)}}
	if p := f.AnswerClock(policies.ByPromise); p != nil && p.MetAt.IsZero() {
		notes = append(notes, note{Class: "warn", Icon: "promise", Heading: "The promise stays on " + shortDay(p.Due.Date, f.Now, f.place),
			Text: fmt.Sprintf("%s’s policy gives no extension. If the answer goes out later, it counts as a promise not kept.", f.Pack.Controller.Name)})
	}
	return notes
}

// holdNotes say what asking the person something does to the dates.
func (f actForm) holdNotes(kind deadlines.HoldKind) []note {
	n := note{Icon: "info", Heading: "No date waits for the reply"}
	switch law := f.LawClock(); {
	case law == nil:
	case law.State(f.Now) == requests.Overdue:
		n.Text = fmt.Sprintf("The law’s last day was %s. A question asked after it stops nothing.", fullDay(law.Due.Date))
	case site.Stops(law, kind):
		n = note{Class: "can", Icon: "held", Heading: "The law’s date waits for the reply",
			Text: "The days from today to the day of the reply are not counted. " + orTerm(law.Rule.Sources.Hold, law.Rule.Sources.Term) + "."}
	case movesStart(law, kind):
		n = note{Class: "can", Icon: "held", Heading: "The law’s clock starts when it comes",
			Text: "Until then no last day is fixed. " + orTerm(law.Rule.Sources.Start, law.Rule.Sources.Term) + "."}
	default:
		n.Text = fmt.Sprintf("Under %s nothing stops: the last day stays %s.", f.Regime.Name, fullDay(law.Due.Date))
	}
	if p := promiseOf(f.Request); p != nil && p.State(f.Now) == requests.Running {
		n.Text += fmt.Sprintf(" The promise goes on to %s.", fullDay(p.Due.Date))
	}
	return []note{n}
}

// decideNotes say what stands between a request and its answer.
func (f actForm) decideNotes() []note {
	var notes []note
	for i := range f.Clocks {
		if c := &f.Clocks[i]; c.Answers() && c.State(f.Now) == requests.Overdue {
			notes = append(notes, note{Class: "warn", Icon: "late", Heading: fmt.Sprintf("The %s ended %s ago", subject(c), distance(c, f.place, f.Now)),
				Text: fmt.Sprintf("The answer is late: it was due on %s. It goes on record as not in time.", fullDay(c.Due.Date))})
		}
	}
	if !f.Proved() {
		notes = append(notes, f.unprovedNote())
	}
	if len(f.Version.Grounds(f.Right)) == 0 {
		notes = append(notes, note{Icon: "info", Heading: fmt.Sprintf("%s knows no ground to refuse this right", f.Regime.Name), Text: "It can be granted, or nothing was found."})
	}
	return notes
}

// unprovedNote says what keeps anything from being given out.
func (f actForm) unprovedNote() note {
	n := note{Class: "warn", Icon: "lock", Heading: "Identity is not proved yet",
		Text: fmt.Sprintf("Nothing may be given out or changed before: wait for %s. You can refuse, or say that nothing was found.", requests.LevelName(f.Ruling.Level))}
	if a := f.Facts.Agent; a != nil && a.Authority == "" {
		n.Heading, n.Text = "The agent has not shown that they may act", "Nothing may be given out or changed before. You can refuse, or say that nothing was found."
		n.Link, n.Href = "Ask for the agent’s authority", requestAddress(f.Reference)+"/ask-proof"
	}
	return n
}

// messageNotes say when a message keeps, or breaks, the promise of a first reply.
func (f actForm) messageNotes() []note {
	for i := range f.Clocks {
		if c := &f.Clocks[i]; c.Kind == policies.FirstResponse && c.MetAt.IsZero() {
			return []note{{Class: "can", Icon: "done", Heading: "This is the first reply", Text: fmt.Sprintf("The policy says %s, until %s. Sending keeps or breaks it now.", c.Rule.Term, dueDay(c, f.place, f.Now))}}
		}
	}
	return nil
}

// closeNotes say which promise closing keeps or breaks.
func (f actForm) closeNotes() []note {
	for i := range f.Clocks {
		if c := &f.Clocks[i]; c.Kind == policies.Fulfil && c.MetAt.IsZero() {
			return []note{{Class: "can", Icon: "done", Heading: "Closing says that it is done in every system", Text: fmt.Sprintf("Due by %s on %s. %s", basisName(c.Basis), fullDay(c.Due.Date), c.Rule.Sources.Term)}}
		}
	}
	return nil
}
