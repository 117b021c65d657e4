package requests_test

import (
	"testing"

	"dsr/agents"
	"dsr/intake"
	"dsr/policies"
	"dsr/requests"
)

// A person who wrote about something else is not called spam, gets no letter and
// runs no clock; whoever finds otherwise opens the request again, from its receipt.
func TestWhatIsNoRequestIsSetAside(t *testing.T) {
	each(t, func(h *house) {
		h.mailTo("moxora", dana, "Subject: My invoice", "", "I have not received my invoice for March yet.")
		v := h.became(intake.Request)
		received := v.ReceivedAt
		h.do(requests.Dismiss{Outcome: requests.NoRequest})
		if h.request.Phase != requests.Aside || h.request.Outcome != requests.NoRequest || len(h.deliver().post) != 0 {
			t.Fatalf("it is %s, %s, and %d letters left", h.request.Phase, h.request.Outcome, len(h.post))
		}
		list, err := h.Queue(h.Context(), h.mara, h.clock, requests.ParseFilter("is:no-request"), requests.Page{Size: 10})
		if err != nil || len(list.Rows) != 1 {
			t.Error("the list of what is none:", list, err)
		}
		h.tells("2026-06-01") // nothing is due
		h.do(requests.Reopen{Reason: "They ask for a copy after all."}).do(requests.ConfirmReading{Right: policies.Access, Residence: "DE"})
		if !h.request.ReceivedAt.Equal(received) || h.request.Phase != requests.Triage {
			t.Errorf("it counts from %s, in %s", h.request.ReceivedAt, h.request.Phase)
		}
		h.verified()
		h.on("2026-06-02").receive("moxora", "DE", policies.Access)
		h.do(requests.TakeUp{})
		h.refused(requests.Dismiss{Outcome: requests.NoRequest}, "not possible while")
	})
}

// Who answers the last letter of a request that has ended, and asks for something
// else, is heard: nothing runs there any more, so it is a request of its own.
// Thanks stay thanks.
func TestAReplyToWhatHasEndedThatAsksAnewIsARequest(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "FR", policies.Access)
		h.asRequester(requests.Withdraw{}).deliver()
		ended := h.last
		letter := h.post[len(h.post)-1]
		h.mailTo("moxora", dana, "To: "+letter.ReplyTo, "Subject: Re: "+letter.Subject, "", "Merci beaucoup, bonne journée.")
		if v := h.became(intake.Reply); v.Reference != ended {
			t.Errorf("thanks became %s", v.Reference)
		}
		h.post = nil
		h.mailTo("moxora", dana, "To: "+letter.ReplyTo, "Subject: Re: "+letter.Subject, "", "Maintenant, merci de supprimer toutes mes données personnelles et mon compte.")
		v := h.became(intake.Request)
		if v.Reference == ended || v.Right != policies.Deletion || v.Suspect != requests.SuspectUnclear || len(h.post) != 0 {
			t.Fatalf("%s asks for %s, suspect %q, %d letters", v.Reference, v.Right, v.Suspect, len(h.post))
		}
		if len(v.Read.Doubts) != 1 || v.Read.Doubts[0].Words != ended {
			t.Errorf("what staff are told: %+v", v.Read.Doubts)
		}
		h.verified()
	})
}

// What was only set aside is opened again and counts from its receipt; who does
// not agree with an answer replies to it; an agent is never the person they ask
// for. None of these replies is a request of its own.
func TestAReplyThatIsNoNewRequestJoins(t *testing.T) {
	each(t, func(h *house) {
		answers := func(from string, words string) {
			h.Helper()
			letter, ended := h.post[len(h.post)-1], h.last
			h.mailTo("moxora", from, "To: "+letter.ReplyTo, "Subject: Re: "+letter.Subject, "", words)
			if v := h.became(intake.Reply); v.Reference != ended {
				t.Errorf("%q joined %s, want %s", words, v.Reference, ended)
			}
		}
		h.receive("moxora", "DE", policies.Deletion)
		h.deliver().do(requests.Dismiss{Outcome: requests.NoRequest})
		answers(dana, "I do mean it: please delete my account and all my data.")
		h.receive("moxora", "DE", policies.Deletion)
		h.do(requests.Dismiss{Outcome: requests.NotUs, Text: "Not ours."}).deliver()
		answers(dana, "I do not accept your decision and appeal against it. You have to delete my account and all my data.")
		h.meet("desk@permission.example", "Permission Ltd", agents.AsAgent)
		h.represented("desk@permission.example", agents.AsAgent, person, "DE", policies.Access)
		h.deliver().do(requests.Withdraw{Reason: "By phone."}).deliver()
		answers("From: Permission Ltd <desk@permission.example>", "For the same client: please delete all his personal data.")
	})
}

// A message nobody has read gets its first letter when somebody says what it asks
// for, and neither by being opened again nor by being no spam.
func TestTheFirstLetterWaitsForWhoReadsTheMessage(t *testing.T) {
	each(t, func(h *house) {
		h.mailTo("moxora", "From: Shop <no-reply@shop.example>", "Subject: My invoice", "", "I have not received my invoice for March yet.")
		h.became(intake.Request)
		h.refused(requests.Clear{}, "Say first what the message asks for")
		h.do(requests.Dismiss{Outcome: requests.NoRequest}).do(requests.Reopen{Reason: "It asks for something after all."})
		if h.deliver(); len(h.post) != 0 || h.request.Suspect != requests.SuspectSender {
			t.Fatalf("%d letters left, suspect %q", len(h.post), h.request.Suspect)
		}
		h.do(requests.ConfirmReading{Right: policies.Access, Residence: "DE"})
		if h.deliver(); len(h.post) != 1 || h.request.Suspect != "" {
			t.Errorf("%d letters left, suspect %q", len(h.post), h.request.Suspect)
		}
		h.verified()
	})
}

// Nobody's name stands where the requester's own is masked.
func TestWhoWroteWhatWasHandedOnIsMasked(t *testing.T) {
	each(t, func(h *house) {
		h.mailTo("moxora", dana, "Subject: Fwd: delete", "", "---------- Forwarded message ---------\r\nFrom: Real Person <real@person.example>\r\nSubject: delete\r\nTo: <service@moxora.example>\r\nPlease delete my account and all my data.")
		v := h.became(intake.Request)
		if len(v.Read.Doubts) == 0 || v.Read.Doubts[0].Words != "r•••@person.example" {
			t.Errorf("what staff are told: %+v", v.Read.Doubts)
		}
		if v.Right != policies.Deletion { // the words stand right below the lines of the program
			t.Errorf("it asks for %s: %q", v.Right, v.Read.Text)
		}
	})
}
