package console

import (
	"dsr/requests"
)

// actsOfPost are the acts that follow when a letter did not arrive.
func actsOfPost() []staffAct {
	return []staffAct{
		{slug: "correct-address", act: requests.ActAddress, title: "Correct the address", button: "Correct the address", done: "Corrected. Send the letters again that did not arrive.",
			offer: "Set right where the person’s letters go, for all they sent with this address.", fields: addressFields,
			verb: func(a input) requests.Verb {
				return requests.CorrectAddress{Email: a.Get("email"), Reason: a.Get("reason")}
			}},
		{slug: "send-again", act: requests.ActSendAgain, title: "Send a letter again", button: "Send it again", done: "The letter is on its way again, with a fresh link.",
			offer: "Send a letter that did not arrive once more.", fields: againFields,
			verb: func(a input) requests.Verb { return requests.SendAgain{LetterID: a.number("of")} }},
	}
}

// addressFields ask for the right address and how the team knows it.
func addressFields(f actForm) []formField {
	return []formField{
		{Kind: "text", Name: "email", Most: 254, Label: "The right address", Hint: "Read it back to the person, letter by letter.", Value: f.typed.Get("email")},
		f.area("reason", "How do you know?", "For example: the person called on Monday. For the timeline only.", 3),
	}
}

// againFields carry which letter it is.
func againFields(f actForm) []formField {
	return []formField{{Kind: "hidden", Name: "of", Value: f.typed.Get("of")}}
}

// postNotes are the boxes above the acts of this file.
func (f actForm) postNotes(a staffAct) []note {
	switch a.act {
	case requests.ActAddress:
		notes := []note{{Icon: "info", Heading: "The new mailbox proves itself", Text: "What was proved by the old mailbox does not count for the new one. Links that went to the old one open nothing any more, and whoever came in by one is signed out. No letter goes out by this."}}
		if f.Facts.Agent != nil {
			notes = append(notes, note{Class: "warn", Icon: "users", Heading: "This is the person’s own address", Text: "Whoever asks for the person keeps theirs: it is that of their account."})
		}
		return notes
	case requests.ActSendAgain:
		return []note{{Icon: "letter", Heading: "To the address as it is now", Text: "It says the same as before, with a fresh link. Where the address is wrong, correct it first.",
			Link: "Correct the address", Href: requestAddress(f.Reference) + "/correct-address"}}
	}
	return nil
}
