package console

import (
	"fmt"
	"slices"
	"strings"

	"dsr/policies"
	"dsr/requests"
	"dsr/workflow"
)

// text says what an event was, after the name of whoever did it. Each act has
// its sentence in one of the functions below.
func (t teller) text(e *requests.Event) string {
	for _, tell := range []func(*requests.Event) string{t.textOfWork, t.textOfProof, t.textOfEnd, t.textOfTalk, t.textOfTeam, t.textOfMachine} {
		if text := tell(e); text != "" {
			return text
		}
	}
	return "did something that this page has no words for"
}

// textOfWork is text for the acts that move a request on.
func (t teller) textOfWork(e *requests.Event) string {
	c := &e.Change
	switch e.Act {
	case requests.ActReceive:
		return t.received(e) + t.firstDates()
	case requests.ActTakeUp:
		return "took the request up"
	case requests.ActExtend:
		return "extended the law’s date: " + strings.ToLower(groundName(c.Ground))
	case requests.ActSetLaw:
		return t.scoped(c)
	case requests.ActComplete:
		return t.completed(c)
	case requests.ActFindings:
		return "recorded what was found in " + counted(len(c.Systems), "system")
	case requests.ActDecide:
		return "decided and sent the answer: " + decided(c)
	case requests.ActAssign:
		return t.assigned(c.Assignee)
	case requests.ActEvidence:
		if c.Evidence == requests.EvidenceWhole {
			return "made an evidence pack with personal data"
		}
		return "made an evidence pack without personal data"
	case requests.ActShow:
		return "looked at the requester’s details"
	}
	return ""
}

// received says how a request came; the team's own entry names the true receipt.
func (t teller) received(e *requests.Event) string {
	r := e.Change.Received
	text := "sent a request by " + channelName(r.Channel)
	if strings.HasPrefix(e.Actor, "staff") {
		text = "recorded a request received " + r.ReceivedAt.In(t.place.Zone).Format("Mon 2 Jan 2006, 15:04") + " by " + channelName(r.Channel)
	}
	switch {
	case r.AppealRef != "":
		text = "asked us to look again at " + r.AppealRef
	case r.Represented != nil && r.Represented.Relation == "parent":
		text += " for their child"
	case r.Represented != nil:
		text += " for the person"
	}
	text += fmt.Sprintf(". Law: %s, from residence: %s", t.law(r.Law.Regime), t.residence(r.Law.Residence))
	if r.Suspect != "" {
		text += ". First letter held back: " + suspicion(r.Suspect)
	}
	return text
}

// suspicion says why triage looks twice at a request.
func suspicion(suspect string) string {
	switch suspect {
	case requests.SuspectMailbox:
		return "many forms name this mailbox"
	case requests.SuspectNetwork:
		return "many forms come from one network"
	case requests.SuspectUnclear:
		return "the message does not say beyond doubt which right it asks for, and for whom"
	case requests.SuspectSender:
		return "the address it came from may not be its sender’s, or nobody reads it"
	case requests.SuspectMarked:
		return "the mail server took it for spam"
	}
	return "it is suspected of nothing"
}

// decided says what was decided, and on what ground.
func decided(c *requests.Change) string {
	text := strings.ToLower(requests.OutcomeName(c.Outcome))
	switch {
	case len(c.Items) > 0:
		text += ", " + itemCounts(c.Items)
	case c.Ground != "":
		text += ". Ground: " + strings.ToLower(groundName(c.Ground))
	}
	return text
}

// itemCounts sums up a decision item by item: 3 items: 2 given, 1 kept back.
func itemCounts(items []requests.Decided) string {
	kinds := []struct {
		decision requests.ItemDecision
		words    string
	}{{requests.Give, "given"}, {requests.Part, "given in part"}, {requests.Keep, "kept back"}, {requests.NotOurs, "not ours"}}
	var parts []string
	for _, kind := range kinds {
		n := 0
		for _, item := range items {
			if item.Decision == kind.decision {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind.words))
		}
	}
	return counted(len(items), "item") + ": " + strings.Join(parts, ", ")
}

// assigned says whom a request was given to.
func (t teller) assigned(id *int64) string {
	if id == nil || *id == 0 {
		return "took the assignee away"
	}
	return "assigned the request to " + t.person(*id)
}

// textOfProof is text for the acts about proof.
func (t teller) textOfProof(e *requests.Event) string {
	c := &e.Change
	switch e.Act {
	case requests.ActAskProof:
		return "asked for " + t.wanted(c.Proof)
	case requests.ActGiveProof:
		return "sent what was asked for as proof"
	case requests.ActRejectProof:
		return "said that the proof does not fit, deleted it and asked again"
	case requests.ActRecordProof:
		if c.Authority != "" {
			return "accepted the authority: " + lower(authorityName(c.Authority)) + ". What was sent is deleted"
		}
		text := "recorded the proof: " + requests.LevelName(c.Verified)
		if len(c.Matched) > 0 {
			text += ". These fitted: " + t.points(t.req.Pack, c.Matched)
		}
		return text + ". What was sent is deleted"
	case requests.ActConfirm:
		switch c.Mailbox {
		case "agent":
			return "proved their own mailbox"
		case "person":
			return "proved their mailbox, and with it that they know of the request"
		}
		return "proved the mailbox"
	}
	return ""
}

// wanted says what was asked for as proof.
func (t teller) wanted(p *requests.Proof) string {
	switch {
	case p == nil:
		return "proof of identity"
	case p.Authority:
		return "the agent’s authority"
	}
	list := t.points(t.req.Pack, p.Points)
	switch {
	case list != "" && p.Declaration:
		return "proof of identity: " + list + "; and a declaration"
	case list != "":
		return "proof of identity: " + list
	case p.Declaration:
		return "proof of identity: a declaration"
	}
	return "proof of identity"
}

// textOfEnd is text for the acts that end a request, set it aside or bring it
// back.
func (t teller) textOfEnd(e *requests.Event) string {
	c := &e.Change
	switch e.Act {
	case requests.ActClose:
		return "closed the request"
	case requests.ActDismiss:
		return "dismissed the request: " + strings.ToLower(requests.OutcomeName(c.Outcome))
	case requests.ActWithdraw:
		if strings.HasPrefix(e.Actor, "staff") {
			return "recorded that the requester withdrew"
		}
		return "withdrew the request"
	case requests.ActLapse:
		return "Set aside: nobody proved in time that it is theirs. One click opens it again"
	case requests.ActSpam:
		return "set the request aside as spam. No letter was sent"
	case requests.ActNoRequest:
		return "found that it is no request. No letter was sent"
	case requests.ActReopen:
		return "opened the request again"
	case requests.ActConfirmReading:
		return "confirmed what the message asks for: " + t.right(t.req.Right)
	case requests.ActClear:
		return "said that it is no spam. The first letter goes out"
	case requests.ActAppeal:
		return "asked us to look again, under " + c.Appeal
	case requests.ActCollect:
		return "fetched the files of the answer"
	case requests.ActRenew:
		return "made the files of the answer ready to be fetched again"
	case requests.ActKeep:
		return "keeps it beyond its time, because of a dispute"
	case requests.ActRelease:
		return "released it: the dispute is over, and its own time counts again"
	}
	return ""
}

// textOfTalk is text for the acts that write to somebody.
func (t teller) textOfTalk(e *requests.Event) string {
	switch e.Act {
	case requests.ActAskQuestion:
		return "asked what is meant"
	case requests.ActAnswer:
		if strings.HasPrefix(e.Actor, "staff") {
			return "recorded the reply to our question"
		}
		return "answered our question"
	case requests.ActMessage:
		return "wrote to the requester"
	case requests.ActReply:
		return "wrote a message"
	case requests.ActNote:
		return "added a note"
	case requests.ActAddress:
		return "corrected the address of the person"
	case requests.ActSendAgain:
		return fmt.Sprintf("sent the letter “%s” again", t.letterOf(e.Change.Letter, e.Change.LetterID))
	}
	return ""
}

// textOfMachine is text for what the program itself did.
func (t teller) textOfMachine(e *requests.Event) string {
	c := &e.Change
	switch e.Act {
	case requests.ActLetterSent:
		return fmt.Sprintf("Letter “%s” sent to %s", t.letterOf(c.Letter, c.LetterID), t.reader(c.Letter))
	case requests.ActLetterFailed:
		return fmt.Sprintf("Letter “%s” could not be sent to %s", t.letterOf(c.Letter, c.LetterID), t.reader(c.Letter))
	case requests.ActBounced:
		return fmt.Sprintf("Letter “%s” to %s came back: the mail server could not deliver it", t.letterOf(c.Letter, c.LetterID), t.reader(c.Letter))
	case requests.ActRemind:
		return reminded(c)
	case requests.ActLink:
		return "A fresh link was sent to " + t.reader("")
	case requests.ActErase:
		return "Personal data erased: its time was over"
	case requests.ActRecount:
		return "Counted anew by the days off now known for " + c.Calendar
	}
	return ""
}

// letterOf names one letter. What is asked of an agent stands under another
// heading than what is asked of the person.
func (t teller) letterOf(kind string, id int64) string {
	if kind != requests.LetterProof {
		return t.letter(kind)
	}
	for _, l := range t.req.Letters {
		for i := range t.req.Timeline {
			e := &t.req.Timeline[i]
			if l.ID == id && e.Act == requests.ActAskProof && e.At.Equal(l.CreatedAt) && e.Change.Proof != nil && e.Change.Proof.Authority {
				return t.T("letters.authority.heading")
			}
		}
	}
	return t.letter(kind)
}

// reader says whom a kind of letter goes to.
func (t teller) reader(kind string) string {
	switch {
	case strings.HasPrefix(kind, "team_"):
		return "the team"
	case t.req.Facts.Agent == nil:
		return "the requester"
	case kind == requests.LetterOnBehalf:
		return "the person"
	}
	return "the " + strings.ToLower(t.agent())
}

// reminded says what a reminder was about, from its clock and threshold
// (respond.promise/3d, proof/24h), and how many came too late to be told.
func reminded(c *requests.Change) string {
	what := reminderWords(c.Reminder)
	switch n := len(c.Passed); {
	case slices.Contains(c.Passed, c.Reminder):
		return "Reminder left out, its day was over: " + what
	case n > 0:
		return fmt.Sprintf("Reminder sent: %s. It stands for %s that nobody could be sent in time", what, counted(n, "earlier one"))
	}
	return "Reminder sent: " + what
}

// reminderWords says what a reminder is about.
func reminderWords(reminder string) string {
	about, threshold, _ := strings.Cut(reminder, "/")
	question, asked := strings.CutPrefix(about, "question.")
	switch {
	case about == "proof":
		return proofWords(threshold)
	case about == "files":
		return "the files of the answer can be fetched for three more days"
	case asked:
		return "the question about " + question + " is open for " + strings.TrimSuffix(thresholdWords(threshold), " left")
	}
	return clockWords(about) + ", " + thresholdWords(threshold)
}

// proofWords says how long proof has been waited for.
func proofWords(threshold string) string {
	switch threshold {
	case "24h":
		return "proof has not come after a day"
	case "72h":
		return "proof has not come after three days"
	case "last":
		return "without proof it is set aside tomorrow"
	}
	return "proof has not come in time"
}

// clockWords names a clock as its card does: "respond.promise" is "answer, by
// promise".
func clockWords(name string) string {
	kind, basis, _ := strings.Cut(name, ".")
	return lower(requests.ClockName(policies.ClockKind(kind), policies.Basis(basis)))
}

// thresholdWords says what a reminder's threshold means.
func thresholdWords(threshold string) string {
	switch {
	case threshold == "today":
		return "due today"
	case threshold == "due" || threshold == "overdue":
		return "overdue"
	case threshold == "extend":
		return "last day to extend"
	case strings.HasPrefix(threshold, "lead"):
		return "overdue, told to the lead"
	case strings.HasPrefix(threshold, "officer"):
		return "overdue, told to the data protection contact"
	case threshold == "1d":
		return "1 day left"
	case threshold == "1bd":
		return "1 working day left"
	case strings.HasSuffix(threshold, "bd"):
		return strings.TrimSuffix(threshold, "bd") + " working days left"
	case threshold == "1h":
		return "1 hour left"
	case strings.HasSuffix(threshold, "h"):
		return strings.TrimSuffix(threshold, "h") + " hours left"
	case strings.HasSuffix(threshold, "d"):
		return strings.TrimSuffix(threshold, "d") + " days left"
	case strings.HasSuffix(threshold, "%"):
		return threshold + " of the time gone"
	}
	return threshold
}

// lastEvent says in two or three words what happened last. It knows only acts
// that change something a person decides on.
func lastEvent(act workflow.Act, channel string) string {
	words := map[workflow.Act]string{
		requests.ActReceive: "Received by " + channelName(channel), requests.ActTakeUp: "Taken up", requests.ActConfirmReading: "Message read", requests.ActBounced: "A letter came back", requests.ActAddress: "Address corrected", requests.ActSendAgain: "Letter sent again",
		requests.ActAskProof: "Proof asked for", requests.ActGiveProof: "Proof came", requests.ActRejectProof: "Proof did not fit", requests.ActRecordProof: "Proof recorded",
		requests.ActConfirm: "Mailbox proved", requests.ActAskQuestion: "Question sent", requests.ActAnswer: "Question answered",
		requests.ActExtend: "Extended", requests.ActSetLaw: "Law set", requests.ActCorrect: "Receipt corrected", requests.ActPropose: "Approval wanted", requests.ActApprove: "Approved and sent", requests.ActSendBack: "Sent back", requests.ActFindings: "Findings recorded", requests.ActDecide: "Answer sent",
		requests.ActClose: "Closed", requests.ActDismiss: "Dismissed", requests.ActWithdraw: "Withdrawn", requests.ActLapse: "Lapsed", requests.ActSpam: "Taken for spam", requests.ActNoRequest: "Found to be no request",
		requests.ActReopen: "Opened again", requests.ActClear: "Found to be no spam", requests.ActAppeal: "Second look asked for", requests.ActRenew: "Files made ready again",
		requests.ActMessage: "Message sent", requests.ActReply: "Requester wrote", requests.ActComplete: "Requester told more", requests.ActAssign: "Assigned",
		requests.ActKeep: "Kept for a dispute", requests.ActRelease: "Dispute over", requests.ActErase: "Erased",
	}
	if text := words[act]; text != "" {
		return text
	}
	return "Changed"
}
