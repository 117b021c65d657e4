package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"dsr/policies"
	"dsr/requests"
)

// actsOfTeam are the acts by which the team corrects what it took down, and by
// which a second person agrees.
func actsOfTeam() []staffAct {
	return []staffAct{
		{slug: "approve", letter: true, act: requests.ActApprove, title: "Approve the decision", button: "Approve and send", done: "Approved. The letter is on its way.",
			offer: "Read what a colleague decided, and let it go out.", fields: noFields,
			verb: func(input) requests.Verb { return requests.Approve{} }},
		{slug: "send-back", letter: true, act: requests.ActSendBack, title: "Send the proposal back", button: "Send it back", done: "Sent back. Nothing went to the requester.",
			offer: "Say what should be decided otherwise. Nothing goes out.", fields: sendBackFields,
			verb: func(a input) requests.Verb { return requests.SendBack{Reason: a.Get("reason")} }},
		{slug: "set-law", differs: true, act: requests.ActSetLaw, title: "Change law or right", button: "Save law and right", done: "Saved. The clocks are worked out anew.",
			offer: "Say where the person lives, which law counts and what they ask for. The clocks are worked out anew from the same receipt.", fields: lawFields,
			verb: func(a input) requests.Verb {
				return requests.SetLaw{Residence: a.Get("residence"), Regime: a.Get("regime"), Right: policies.Right(a.Get("right")), Reason: a.Get("reason")}
			}},
		{slug: "correct-receipt", differs: true, act: requests.ActCorrect, title: "Correct the receipt", button: "Correct the receipt", done: "Corrected. The clocks are worked out anew.",
			offer: "Mend the day and time at which it was received. The clocks are worked out anew.", begin: beginReceipt, fields: receiptFields,
			verb: func(a input) requests.Verb {
				return requests.CorrectReceipt{ReceivedAt: a.instant(), Reason: a.Get("reason")}
			}},
	}
}

// made is the verb of an act, with the paragraph that was added to its letter.
func (a staffAct) made(typed input) requests.Verb {
	verb := a.verb(typed)
	if text := typed.Get("added"); a.takesParagraph() && strings.TrimSpace(text) != "" {
		return requests.WithParagraph{Verb: verb, Text: text}
	}
	return verb
}

// takesParagraph reports whether the act writes to whoever asked, in a letter
// that is written now.
func (a staffAct) takesParagraph() bool {
	return a.letter && !slices.Contains([]string{"assign", "approve", "send-back"}, a.slug)
}

// said is what stands on the request's page when the act was done.
func (a staffAct) said(r *requests.Request, caller int64) string {
	if (a.act == requests.ActDecide || a.act == requests.ActDismiss) && r.Approval == "wanted" && r.ProposerID == caller {
		return "Sent for approval. Nothing went to the requester yet, and the clocks run on."
	}
	return a.done
}

// withParagraph offers a paragraph of the caller's own in the letter. It stands
// before the files, which a browser sends last.
func (f actForm) withParagraph(a staffAct, fields []formField) []formField {
	if !a.takesParagraph() {
		return fields
	}
	added := formField{Kind: "paragraph", Name: "added", Label: "Add a paragraph", Value: f.typed.Get("added"),
		Hint: "Your own words, before the letter’s button. What the letter has to say stays as it is."}
	at := slices.IndexFunc(fields, func(field formField) bool { return field.Kind == "files" })
	if at < 0 {
		at = len(fields)
	}
	return slices.Insert(slices.Clone(fields), at, added)
}

// sendBackFields asks why.
func sendBackFields(f actForm) []formField {
	return []formField{f.area("reason", "What should be decided otherwise?", "The colleague who proposed it reads this. The requester never does.", 4)}
}

// lawFields asks for the residence, which decides the law, for another law where
// a person chooses one, and for the right.
func lawFields(f actForm) []formField {
	value := f.typed.Get("residence")
	if !f.again {
		value = f.Residence
	}
	residence := formField{Kind: "select", Name: "residence", Label: "Where does the person live?", Hint: "Choose the state in the United States, the province in Canada, the nation in the United Kingdom, where you know it.",
		Options: []option{{Value: "", Label: "Choose a place"}}, Groups: residences(f.voice, value)}
	return []formField{residence, f.regimeField(), f.rightField(),
		f.area("reason", "How do you know?", "For the timeline. For example: they wrote so on 3 November.", 3)}
}

// regimeField offers the laws by name, besides the one of the residence.
func (f actForm) regimeField() formField {
	field := formField{Kind: "select", Name: "regime", Label: "Which law counts?", Hint: "Choose one only where the residence does not decide it, and say why below.",
		Options: []option{{Value: "", Label: "The law of the residence"}}}
	for _, r := range f.book.Regimes() {
		field.Options = append(field.Options, option{Value: r.ID, Label: r.Name, Chosen: f.typed.Get("regime") == r.ID})
	}
	return field
}

// rightField offers the rights, the request's own first.
func (f actForm) rightField() formField {
	field := formField{Kind: "select", Name: "right", Label: "What do they ask for?", Hint: "Change it where the form was misread.",
		Options: []option{{Value: "", Label: f.voice.right(f.Right) + ", as it is"}}}
	for _, right := range policies.Rights() {
		if right != f.Right && f.AppealOf == 0 {
			field.Options = append(field.Options, option{Value: string(right), Label: f.voice.right(right), Chosen: f.typed.Get("right") == string(right)})
		}
	}
	return field
}

// beginReceipt puts the receipt in as it stands.
func beginReceipt(_ *requests.Office, v *requests.View, typed input) {
	zone, err := time.LoadLocation(v.Ruling.Zone)
	if err != nil {
		zone = time.UTC
	}
	typed.Set("zone", zone.String())
	if !typed.Has("day") {
		at := v.ReceivedAt.In(zone)
		typed.Set("day", strconv.Itoa(at.Day()))
		typed.Set("month", strconv.Itoa(int(at.Month())))
		typed.Set("year", strconv.Itoa(at.Year()))
		typed.Set("time", at.Format("15:04"))
	}
}

// receiptFields asks for day and time of receipt, in the zone of the request's
// days, and for the reason.
func receiptFields(f actForm) []formField {
	return []formField{
		{Kind: "date", Name: "received", Label: "Day of receipt", Hint: "Not in the future, and not after it was recorded here.", Date: [3]string{f.typed.Get("day"), f.typed.Get("month"), f.typed.Get("year")}},
		{Kind: "text", Name: "time", Label: "Time of day", Hint: "Like 14:05, in the time of " + zoneName(f.place.Zone) + ".", Value: f.typed.Get("time")},
		f.area("reason", "How do you know?", "Stands on the timeline; that it was corrected, in the audit trail too. For example: the envelope’s stamp says 11 November.", 3),
	}
}

// instant puts the boxes of a day and a time together, in the zone of the form;
// what is none gives the zero time.
func (a input) instant() time.Time {
	zone, err := time.LoadLocation(a.Get("zone"))
	if err != nil {
		return time.Time{}
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", a.date()+" "+clockTime(a.Get("time")), zone)
	if err != nil {
		return time.Time{}
	}
	return at
}

// clockTime reads a time of day as people write it: 9:05, 09.05, 14:05.
func clockTime(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), ".", ":")
	if len(s) == 4 && s[1] == ':' {
		s = "0" + s
	}
	return s
}

// teamNotes are the boxes above the acts of this file.
func (f actForm) teamNotes(a staffAct) []note {
	switch a.act {
	case requests.ActSetLaw:
		notes := []note{{Icon: "info", Heading: "The requester is told of other dates", Text: "Where a date they were told moves, a letter says so. You see it before you save."}}
		if f.Provisional {
			notes = append(notes, note{Class: "warn", Icon: "law", Heading: "The law is only assumed", Text: sentence(f.Ruling.Provisional) + "."})
		}
		return notes
	case requests.ActCorrect:
		return []note{{Icon: "info", Heading: "Every date counts from here", Text: "Other requests of the same submission keep their own receipt. Where a date the requester was told moves, a letter says so; you see it before you save."}}
	case requests.ActApprove:
		return []note{{Icon: "users", Heading: "You are the second person", Text: "What you read here goes out as it stands when you approve. If something is wrong, send it back with a reason.",
			Link: "Send it back", Href: requestAddress(f.Reference) + "/send-back"}}
	case requests.ActSendBack:
		return []note{{Icon: "info", Heading: "Nothing goes out", Text: "The request waits for a decision as before, and the clocks run on."}}
	}
	return nil
}

// keptNote says that a form was kept over the end of a session.
func keptNote() note {
	return note{Class: "can", Icon: "done", Heading: "What you typed is here again", Text: "Your session had ended, so nothing was sent. Files have to be chosen again. Look it over and send it."}
}
