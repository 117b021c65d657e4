package evidence

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dsr/deadlines"
	"dsr/policies"
	"dsr/requests"
	"dsr/workflow"
)

// teller words what happened, for somebody who never saw the console.
type teller struct{ *requests.Evidence }

// line is an event in one sentence, with who did it and what it moved.
func (t teller) line(e *requests.Event) string {
	text := t.actor(e.Actor) + " " + t.text(e) + "."
	for _, name := range e.Change.Met {
		text += " This stopped a clock: " + clockName(name) + "."
	}
	if moved, err := t.MovedBy(e, t.Place); err == nil {
		for _, m := range moved {
			text += fmt.Sprintf(" %s: due %s instead of %s.", clockName(m.Clock), shortDay(m.To), shortDay(m.From))
		}
	}
	return text
}

// actor says who did something; without names where the pack names nobody.
func (t teller) actor(actor string) string {
	kind, rest, _ := strings.Cut(actor, ":")
	switch kind {
	case "staff":
		return t.colleague(rest)
	case "machine":
		return "dsr"
	case "agent":
		return "The agent"
	}
	return "The requester"
}

func (t teller) colleague(number string) string {
	id, err := strconv.ParseInt(number, 10, 64)
	if name := t.Staff[id]; err == nil && name != "" {
		return name
	}
	return "Staff " + number
}

// text says what an event was, after whoever did it. What has something of its
// own to tell stands below; all others are in acts.
func (t teller) text(e *requests.Event) string {
	c := &e.Change
	switch e.Act {
	case requests.ActReceive:
		return t.received(c.Received)
	case requests.ActExtend:
		return "extended the law’s date: " + words(c.Ground)
	case requests.ActSetLaw:
		return fmt.Sprintf("set the residence to %s, which makes %s the law", c.Law.Residence, c.Law.Regime)
	case requests.ActComplete:
		return completed(c)
	case requests.ActFindings:
		return "recorded what was searched: " + systems(c.Systems)
	case requests.ActDecide, requests.ActDismiss, requests.ActApprove:
		return t.decided(e)
	case requests.ActPropose:
		return "proposed a decision for a second person: " + strings.ToLower(requests.OutcomeName(c.Proposed.Outcome))
	case requests.ActCorrect:
		return "corrected the receipt to " + t.instant(*c.Receipt)
	case requests.ActLabel:
		return "put on the label “" + c.Label + "”"
	case requests.ActUnlabel:
		return "took off the label “" + c.Label + "”"
	case requests.ActAssign:
		return t.assigned(c.Assignee)
	case requests.ActRecordProof:
		return "recorded the proof: " + t.proved(c) + ". What was sent as proof is deleted"
	case requests.ActLetterSent:
		return fmt.Sprintf("sent the letter “%s”", t.letter(c.Letter))
	case requests.ActLetterFailed:
		return fmt.Sprintf("could not send the letter “%s”", t.letter(c.Letter))
	case requests.ActRemind:
		return "looked at a reminder: " + words(c.Reminder)
	case requests.ActEvidence:
		if c.Evidence == requests.EvidenceWhole {
			return "made an evidence pack that names the person"
		}
		return "made an evidence pack without personal data"
	}
	if text := acts()[e.Act]; text != "" {
		return text
	}
	return "did: " + words(string(e.Act))
}

// acts words the events that need nothing but their act.
func acts() map[workflow.Act]string {
	return map[workflow.Act]string{
		requests.ActTakeUp: "took the request up", requests.ActConfirmReading: "confirmed what the message asks for", requests.ActBounced: "noted that a letter could not be delivered", requests.ActAddress: "corrected the address of the person", requests.ActSendAgain: "sent a letter again that had not arrived", requests.ActAskProof: "asked for proof", requests.ActGiveProof: "sent what was asked for as proof",
		requests.ActRejectProof: "said that the proof does not fit, deleted it and asked again", requests.ActConfirm: "proved the mailbox",
		requests.ActAskQuestion: "asked what is meant", requests.ActAnswer: "gave the reply to the question", requests.ActClose: "closed the request",
		requests.ActWithdraw: "withdrew the request", requests.ActLapse: "set the request aside: nobody proved in time that it is theirs",
		requests.ActSpam: "set the request aside as spam", requests.ActNoRequest: "found that it is no request", requests.ActReopen: "opened the request again", requests.ActClear: "found that it is no spam",
		requests.ActAppeal: "asked for another look", requests.ActCollect: "fetched the files of the answer", requests.ActRenew: "had the files of the answer made ready again",
		requests.ActRecount: "counted the dates anew, because the team changed the calendar", requests.ActSendBack: "sent the proposed decision back", requests.ActKeep: "kept the record from being erased, for a dispute",
		requests.ActRelease: "ended the keeping for a dispute", requests.ActErase: "erased the personal data, after its time",
		requests.ActMessage: "wrote to the requester", requests.ActReply: "wrote a message", requests.ActNote: "added a note for the team",
		requests.ActShow: "looked at the requester’s details", requests.ActLink: "sent a fresh link",
	}
}

// completed says what somebody added to their request, without its words.
func completed(c *requests.Change) string {
	if c.Law == nil {
		return "added what was missing about them"
	}
	return fmt.Sprintf("said that they live in %s, which makes %s the law", c.Law.Residence, c.Law.Regime)
}

func (t teller) received(r *requests.Received) string {
	text := fmt.Sprintf("sent the request by %s, received %s", r.Channel, t.instant(r.ReceivedAt))
	if r.AppealRef != "" {
		text += ", as a second look at " + r.AppealRef
	}
	return text
}

func (t teller) decided(e *requests.Event) string {
	text := "decided"
	switch e.Act {
	case requests.ActDismiss:
		text = "ended the request without a decision"
	case requests.ActApprove:
		text = "approved the decision of " + lowerThe(t.actor(e.Change.Decider))
	}
	text += ": " + strings.ToLower(requests.OutcomeName(e.Change.Outcome))
	if e.Change.Ground != "" {
		text += ", on the ground " + words(e.Change.Ground)
	}
	return text
}

func (t teller) assigned(id *int64) string {
	if id == nil || *id == 0 {
		return "took the assignee away"
	}
	return "gave the request to " + t.colleague(strconv.FormatInt(*id, 10))
}

func (t teller) proved(c *requests.Change) string {
	if c.Authority != "" {
		return words(string(c.Authority))
	}
	return requests.LevelName(c.Verified)
}

// letter names a letter by its heading.
func (t teller) letter(kind string) string {
	key := strings.Replace(kind, "team_", "team.", 1)
	if kind == requests.LetterPartly {
		key = "partly"
	}
	if key = "letters." + key + ".heading"; t.Words.Has(key) {
		return t.Words.T(key)
	}
	return words(kind)
}

// instant writes an instant in the request's own zone.
func (t teller) instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(t.Place.Zone).Format("Mon 2 January 2006, 15:04 MST")
}

// brief writes an instant for a table; the paper's head names the zone.
func (t teller) brief(at time.Time) string { return at.In(t.Place.Zone).Format("2 Jan 2006, 15:04") }

// systems lists systems with what came of each.
func systems(list []requests.Searched) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = s.System + " (" + found(s.Found) + ")"
	}
	return strings.Join(parts, ", ")
}

// found words what came of a search.
func found(s string) string {
	switch s {
	case "found":
		return "something found"
	case "nothing":
		return "nothing found"
	}
	return "held, with an exception"
}

// words writes a code as words: others_rights, respond.law/3d.
func words(code string) string {
	if code == "" {
		return "none"
	}
	return strings.NewReplacer("_", " ", ".", " by ", "/", ", ").Replace(code)
}

// clockName names a clock from its name on the request: respond.law.
func clockName(name string) string {
	kind, basis, _ := strings.Cut(name, ".")
	return requests.ClockName(policies.ClockKind(kind), policies.Basis(basis))
}

func shortDay(d deadlines.Date) string { return d.Time().Format("Mon 2 Jan 2006") }

func longDay(d deadlines.Date) string { return d.Time().Format("Monday 2 January 2006") }

// capital begins a sentence.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// counted writes how many, with the words for one and for several.
func counted(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + several
}
