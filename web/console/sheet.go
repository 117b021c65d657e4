package console

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dsr/policies"
	"dsr/requests"
)

// requestSheet is the numbered sections of a request page.
type requestSheet struct {
	Submitted []fact
	Identity  []string
	Proved    bool
	Law       []fact
	// Provisional says why the law is only assumed; then Residence leads to the
	// page that sets it, where the caller may.
	Provisional string
	Residence   string
	Systems     []systemView
	SystemsNote string
	Decision    *decisionView
	Messages    []messageView
	CanWrite    bool
	Letters     []letterView
}

// fact is a name and what stands beside it.
type fact struct {
	Name, Text string
	Code       string // a hash, set apart
	Quote      bool   // words of the requester
}

// systemView is one system that was searched.
type systemView struct{ Name, Found string }

// messageView is one entry of the conversation.
type messageView struct {
	actorView
	Kind, At, ISO, Clock string
	Body                 string
	Unread               bool
	Files                []fileView
}

// fileView is a file that can be downloaded.
type fileView struct{ Name, Href, About string }

// letterView is a letter and how it fares.
type letterView struct {
	Name, To, State, Icon, At, Fault string
	Href                             string
	Again, Correct                   string // where it is sent again, and its address corrected, or ""
}

// sheetOf words the numbered sections.
func sheetOf(t teller, v *requests.View) requestSheet {
	sheet := requestSheet{
		Submitted: submittedFacts(t, v), Proved: v.Proved(), Identity: identityLines(t, v), Law: lawFacts(t, v),
		Provisional: sentence(v.Ruling.Provisional), CanWrite: lawful(v, requests.ActMessage),
	}
	if v.Provisional && lawful(v, requests.ActSetLaw) {
		sheet.Residence = requestAddress(v.Reference) + "/set-law"
	}
	for _, s := range v.Facts.Systems {
		sheet.Systems = append(sheet.Systems, systemView{s.System, foundText(s.Found)})
	}
	if len(sheet.Systems) == 0 {
		sheet.SystemsNote = "Nothing recorded yet. The policy names " + holderNames(v.Pack.Holders) + " as holders beside the controller’s own database."
	}
	sheet.Decision = decisionOf(t, v)
	sheet.Messages = messagesOf(t, v)
	sheet.Letters = lettersOf(t, v)
	return sheet
}

// foundText says what came of searching a system.
func foundText(found string) string {
	switch found {
	case "found":
		return "Found"
	case "nothing":
		return "Nothing found"
	}
	return "Exception"
}

// holderNames lists who may hold the information, as the policy names them.
func holderNames(holders []policies.Holder) string {
	if len(holders) == 0 {
		return "nobody"
	}
	names := make([]string, len(holders))
	for i, h := range holders {
		names[i] = h.Name
	}
	return strings.Join(names, ", ")
}

// submittedFacts are what the person sent, and how it came.
func submittedFacts(t teller, v *requests.View) []fact {
	facts := []fact{{Name: "Wants", Text: t.wants(v.Right), Quote: true}}
	if v.Person.Details != "" && v.Read == nil { // else they stand above, marked
		facts = append(facts, fact{Name: "In their words", Text: v.Person.Details, Quote: true})
	}
	facts = append(facts, fact{Name: "Identifiers", Text: strings.Join(identifiersOf(v), ", ")})
	if a := v.Person.Agent; a != nil {
		facts = append(facts, fact{Name: "Asked by", Text: strings.TrimSpace(a.Name+" "+a.Email) + ", " + lower(t.agent()) + ", " + agentText(a.Relation)})
	}
	at := v.ReceivedAt.In(t.place.Zone)
	came := fmt.Sprintf("%s, %s, %s %s", sentence(channelName(v.Channel)), t.language(v.Language), at.Format("Mon 2 Jan 2006, 15:04"), zoneName(t.place.Zone))
	signal := "not sent"
	if v.Facts.OptOut {
		signal = "sent and honoured"
	}
	return append(facts, fact{Name: "Came by", Text: came + ". Global Privacy Control: " + signal})
}

// agentText says for whom somebody asked.
func agentText(relation string) string {
	if relation == "parent" {
		return "for their child"
	}
	return "for the person"
}

// identifiersOf lists what the person can be found by; it is masked or shown
// as the view is.
func identifiersOf(v *requests.View) []string {
	list := []string{v.Person.Email}
	if v.Person.Name != "" {
		list = append(list, "name "+v.Person.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(v.Person.Identifiers)) {
		label := strings.ToLower(name)
		for _, id := range v.Pack.Identifiers {
			if id.Name == name {
				label = lower(id.Label)
			}
		}
		list = append(list, label+" “"+v.Person.Identifiers[name]+"”")
	}
	return list
}

// requesterFacts are the lines about the person in the right column.
func requesterFacts(t teller, v *requests.View) []fact {
	facts := []fact{{Text: v.Person.Email}}
	if v.Person.Name != "" && !v.Masked {
		facts = append(facts, fact{Text: v.Person.Name})
	}
	return append(facts, fact{Name: "dim", Text: sentence(t.livesIn(v.Residence)) + ", replies in " + t.language(v.Language)})
}

// lawFacts name the editions that were frozen on the request, and where the
// policy promises the right.
func lawFacts(t teller, v *requests.View) []fact {
	from := "from residence: " + t.residence(v.Residence)
	if lawChosen(v) {
		from = "chosen by a person; residence: " + t.residence(v.Residence)
	}
	facts := []fact{
		{Name: "Law", Text: fmt.Sprintf("%s, version %s, %s", v.Ruling.RegimeName, v.Ruling.Version, from), Code: shortHash(v.Ruling.SHA256)},
		{Name: "Policy pack", Text: packText(v), Code: shortHash(v.Ruling.PackSHA256)},
	}
	for _, p := range v.Pack.Rights {
		if p.Right == v.Right && (len(p.Residences) == 0 || v.Pack.GivesTo(v.Right, v.Residence)) {
			text := fmt.Sprintf("In “%s”: “%s”", p.Evidence.Section, p.Evidence.Phrase)
			if p.Limits != "" {
				text += ", " + p.Limits
			}
			return append(facts, fact{Name: "Promised", Text: text})
		}
	}
	return append(facts, fact{Name: "Promised", Text: "Not by the policy. The law gives this right."})
}

// packText names the frozen edition of the policy pack.
func packText(v *requests.View) string {
	return fmt.Sprintf("%s, %s, version %s", v.Pack.Controller.Name, policyDay(v.Pack), v.Ruling.PackVersion)
}

// shortHash writes the ends of a hash, enough to compare two by eye.
func shortHash(sum string) string {
	if len(sum) < 8 {
		return sum
	}
	return "sha256 " + sum[:4] + "…" + sum[len(sum)-4:]
}

// fileOf makes the link to a file.
func fileOf(v *requests.View, f requests.File) fileView {
	return fileView{Name: f.Name, Href: fmt.Sprintf("%s/files/%d", requestAddress(v.Reference), f.ID), About: f.Type + ", " + bytesText(f.Size)}
}

// messagesOf words the conversation; notes stand in the right column.
func messagesOf(t teller, v *requests.View) []messageView {
	var list []messageView
	for _, m := range v.Messages {
		if m.Kind == "note" {
			continue
		}
		at := m.At.In(t.place.Zone)
		view := messageView{
			actorView: t.actor(m.Actor), Kind: messageKind(v, m.Seq), Body: bodyOf(m),
			At: at.Format("Mon 2 Jan"), ISO: at.Format("2006-01-02T15:04"), Clock: at.Format("15:04"),
			Unread: v.Unread && m.Seq == v.Revision,
		}
		for _, f := range m.Files {
			if !f.Proof || f.Author == "staff" {
				view.Files = append(view.Files, fileOf(v, f))
			}
		}
		list = append(list, view)
	}
	return list
}

// bodyOf is what a message says. Proof stands apart until it is judged, and
// nowhere after.
func bodyOf(m requests.Entry) string {
	switch {
	case m.Kind != "proof" || m.Author != "requester":
		return m.Body
	case m.Judged:
		return "It was looked at and deleted."
	}
	return "It stands under “Proof to compare” until it is judged."
}

// messageKind says what a message was for, from the act it came with.
func messageKind(v *requests.View, seq int64) string {
	for i := range v.Timeline {
		if e := &v.Timeline[i]; e.Seq == seq {
			switch e.Act {
			case requests.ActAskProof:
				if e.Change.Proof != nil && e.Change.Proof.Authority {
					return "asked for the agent’s authority"
				}
				return "asked for proof of identity"
			case requests.ActGiveProof:
				return "sent proof"
			case requests.ActRejectProof:
				return "the proof did not fit"
			case requests.ActAppeal:
				return "asked us to look again"
			case requests.ActAskQuestion:
				return "asked what is meant"
			case requests.ActAnswer:
				return "reply to our question"
			case requests.ActDecide, requests.ActApprove:
				return "the answer"
			}
		}
	}
	return ""
}

// triesText says how often a letter was tried, and when it is tried again.
func triesText(t teller, l requests.LetterState) string {
	if l.Attempts == 0 {
		return ""
	}
	text := ", tried " + counted(l.Attempts, "time")
	if !l.NextTry.IsZero() {
		text += ", again at " + l.NextTry.In(t.place.Zone).Format("2 Jan, 15:04")
	}
	return text
}

// lettersOf lists the letters with their attempts.
func lettersOf(t teller, v *requests.View) []letterView {
	list := make([]letterView, len(v.Letters))
	for i, l := range v.Letters {
		view := letterView{
			Name: t.letterOf(l.Kind, l.ID), To: "to " + t.reader(l.Kind), State: "waiting to be sent", Icon: "soon", Fault: l.LastError,
			At: l.CreatedAt.In(t.place.Zone).Format("2 Jan, 15:04"), Href: fmt.Sprintf("%s/letters/%d", requestAddress(v.Reference), l.ID),
		}
		switch l.State {
		case "sent":
			view.State, view.Icon, view.At = "sent", "done", l.SentAt.In(t.place.Zone).Format("2 Jan, 15:04")
		case "failed":
			view.State, view.Icon = "could not be sent", "warn"
		case "waiting":
			view.State += triesText(t, l)
		}
		if !l.BouncedAt.IsZero() {
			view.State, view.Icon, view.At = "Came back", "warn", l.BouncedAt.In(t.place.Zone).Format("2 Jan, 15:04")
		}
		if l.Again && lawful(v, requests.ActAddress) {
			view.Again = fmt.Sprintf("%s/send-again?of=%d", requestAddress(v.Reference), l.ID)
			view.Correct = requestAddress(v.Reference) + "/correct-address"
		}
		list[i] = view
	}
	return list
}
