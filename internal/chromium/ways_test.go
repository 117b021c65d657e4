package chromium_test

import (
	"testing"

	"dsr/requests"
)

// do carries out what somebody of the team does to a request.
func (h *house) do(who, reference string, verbs ...requests.Verb) {
	h.Helper()
	for _, v := range verbs {
		if _, err := h.site.Office.Do(h.Context(), h.team[who], h.now(), reference, 0, v); err != nil {
			h.Fatalf("%s: %T: %v", reference, v, err)
		}
	}
}

func openWalker(t *testing.T) (*house, *walker) {
	t.Helper()
	t.Parallel()
	h := openHouse(t)
	b := openTab(t, h.base)
	if b == nil {
		return nil, nil
	}
	b.width(phone).withoutScripts()
	return h, &walker{tab: b, fields: map[string]bool{}}
}

// Somebody comes in by the code of their letter, proves who they are, reads the
// answer item by item, asks for another look at it and signs out everywhere.
func TestProofAnswerAndAnotherLookWithoutScripts(t *testing.T) {
	h, w := openWalker(t)
	if w == nil {
		return
	}
	const email = "ada@example.org"
	w.ask("opvio", "Get a copy of my information", email, []string{"United States", "California"}, most{7, 5})
	reference := look[string](w.tab, "document.querySelector('.done b').textContent")
	w.types(h, email).reads(reference, "We have your request")

	h.do("mara", reference, requests.TakeUp{}, requests.AskProof{Points: []string{"full_name", "postcode", "joined_month"}, Declaration: true, Why: "The law of California asks for it."})
	w.open("/my/"+reference).reads("We need to know that it is you", "Postcode")
	w.follow("Send it to us").press("Send it to us").answers(422).reads("There is a problem")
	w.write("Full name", "Ada Byron").write("Postcode", "94103").write("Month and year of joining", "May 2024").tick("I declare under penalty of perjury")
	w.press("Send it to us").answers(200).reads("The proof that we asked for.")

	h.do("mara", reference, requests.RecordProof{Level: "three_points", Matched: []string{"full_name", "postcode", "joined_month"}}, found.verb)
	h.do("joon", reference, requests.Decide{Text: "Here is what we hold.", Files: []requests.Upload{file}, Items: []requests.Item{
		{What: "Your account", Decision: requests.Give},
		{What: "The score against fraud", Decision: requests.Keep, Ground: "others_rights", Text: "It would show how we find fraud."},
	}})
	w.open("/my/"+reference).reads("Your answer is ready", file.Name, "Your account", "The score against fraud", "It would show how we find fraud.")
	w.node("link", "Download "+file.Name)
	w.follow("Ask us to look again").press("Ask for another look").answers(422).reads("There is a problem")
	w.write("In your own words", "The score is about me.").press("Ask for another look").answers(200)
	w.reads("We have what you wrote", "The score is about me.", "The first request: "+reference)
	w.press("Sign out everywhere").answers(200).reads("No browser shows your requests any more")
	w.open("/my/" + reference).answers(401)
}

// Somebody who lost the letter finds the way back with their address.
func TestTheWayBackWithoutScripts(t *testing.T) {
	h, w := openWalker(t)
	if w == nil {
		return
	}
	const email = "ada@example.org"
	w.ask("sectora", "Stop advertising to me", email, nil, most{3, 1})
	reference := look[string](w.tab, "document.querySelector('.done b').textContent")
	w.follow("Lost the link?").press("Send me a link").answers(422).reads("There is a problem")
	w.write("Email address", email).press("Send me a link").answers(200).reads("Look into your mailbox")
	w.write("Enter the 6 digits", "12").press("Open my requests").answers(422).reads("Enter the 6 digits from the letter")
	w.types(h, email).reads(reference, "Stop advertising to me")
}

// An agent has a link sent, comes in by its code, and asks for several people
// with a list, one row of which has to be mended.
func TestAnAgentsWayWithoutScripts(t *testing.T) {
	h, w := openWalker(t)
	if w == nil {
		return
	}
	const email = "desk@permission.example"
	w.open("/moxora/agent").press("Send me a link").answers(422)
	w.reads("There is a problem")
	w.tick("An agent").write("Your name", "Permission Ltd").write("Your email address", email).press("Send me a link").answers(200)
	w.types(h, email).reads("Your requests for others", "Permission Ltd")
	w.follow("Send a list").choose("email,name,right,residence\nada@example.org,Ada,access,DE\nnobody,Ben,access,DE\n")
	w.press("Send the list").answers(200)
	h.deliver()
	w.open(w.name).reads("One request was taken in.", "One row has to be mended.", "“nobody” is no email address")
	w.follow("All requests you made for others").reads("One open request", "Ada")
	w.follow("Ada").reads("for somebody else", "ada@example.org")
	w.open("/agent").press("Sign out").answers(200)
	w.reads("You are signed out")
}
