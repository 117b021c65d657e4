package requests_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dsr/intake"
	"dsr/policies"
	"dsr/requests"
)

// arrives takes a letter of plain text from a new person each time and says
// what its first letter waits for; "" where it left.
func (h *house) arrives(subject, text string, head ...string) (suspect string, v *requests.View) {
	h.Helper()
	h.post = nil
	if !slices.ContainsFunc(head, func(line string) bool { return strings.HasPrefix(line, "From:") }) {
		head = append(head, fmt.Sprintf("From: Person <p%d@example.org>", h.nonces))
	}
	h.mailTo("moxora", slices.Concat(head, []string{"Subject: " + subject, "Content-Type: text/plain; charset=utf-8", "", text})...)
	v = h.became(intake.Request)
	if left := len(h.post) > 0; left != (v.Suspect == "") {
		h.Errorf("%s: suspect %q, and %d letters left", text, v.Suspect, len(h.post))
	}
	return v.Suspect, v
}

// The first letter says what somebody asked for. It leaves by itself only where
// the words are plain and nothing else in the message takes them back.
func TestTheFirstLetterLeavesOnlyWhereTheWordsArePlain(t *testing.T) {
	each(t, func(h *house) {
		for _, text := range []string{
			"Please delete my account and all my data.",
			"Bitte teilen Sie mir mit, welche Daten Sie über mich gespeichert haben.",
			"Bonjour, merci de supprimer mon compte et toutes mes infos.",
		} {
			if suspect, _ := h.arrives("My data", text); suspect != "" {
				h.Errorf("%s: suspect %q", text, suspect)
			}
		}
		for _, text := range []string{
			"Hi, I got a mail that you will delete my account for inactivity. Please do not delete my account or my data! I still need it.",
			"You threatened to delete my data. I forbid you to delete my account before my lawyer has seen everything.",
			"Sie haben angekündigt, mein Konto zu löschen. Das möchte ich auf keinen Fall, ich brauche das Konto noch!",
			"Vous voulez supprimer mon compte. Je ne veux surtout pas, gardez-le !",
			"No quiero que borren mi cuenta, por favor. Me dijeron que van a borrar mis datos.",
			"I no longer want my data deleted, please ignore my mail from yesterday.",
			"Dear HR, please find my CV attached. I consent to the processing of my personal data (Art. 6 GDPR) and may withdraw my consent at any time.",
			"We help companies to delete customer data. Would you like a copy of our data deletion request software brochure? Request a demo.",
			"Please confirm how you handle data subject access requests and whether users can request deletion of personal data. We need this for our vendor assessment.",
			"Ich möchte mein Konto kündigen, bitte überweisen Sie das Guthaben.",
			"How do I close my account? I just want to know if I would lose my invoices.",
		} {
			if suspect, v := h.arrives("A question", text); suspect != requests.SuspectUnclear || v.ReceivedAt.IsZero() {
				h.Errorf("%s: suspect %q", text, suspect)
			}
		}
	})
}

// A company's own address may be a list, which puts the marks of one on all that
// it hands on: a person's words to it are a request all the same.
func TestAPersonWhoWritesThroughAListIsHeard(t *testing.T) {
	each(t, func(h *house) {
		group := []string{"Precedence: list", "List-ID: <privacy.moxora.example>", "List-Unsubscribe: <mailto:googlegroups-manage@googlegroups.com>"}
		suspect, v := h.arrives("My data", "Hello, please delete my account and all my data. I live in Germany.", group...)
		if suspect != requests.SuspectUnclear || v.Right != policies.Deletion || v.Residence != "DE" || v.Read == nil || len(v.Read.Doubts) != 1 {
			h.Errorf("suspect %q, right %s, %+v", suspect, v.Right, v.Read)
		}
		h.do(requests.ConfirmReading{Right: policies.Deletion, Residence: "DE"})
		if subjects := h.deliver().letters(); len(subjects) != 1 {
			h.Errorf("once it is confirmed %q left", subjects)
		}
		h.mailTo("moxora", append([]string{"From: news@example.net", "Subject: Offers"}, append(group, "", "Buy now! To unsubscribe click here.")...)...)
		h.became(intake.Noted)
	})
}

// Nobody answers a machine, the house itself, or whoever asks to be answered at
// somebody else's address, before somebody of the team has looked.
func TestAutomaticAndDoubtfulSendersWaitForStaff(t *testing.T) {
	each(t, func(h *house) {
		for _, head := range [][]string{
			{"From: Shop <no-reply@shop.example>"},
			{"From: <do_not_reply@shop.example>"},
			{"From: <bounce+17@shop.example>"},
			{"From: postmaster@firm.example"},
			{"From: MAILER-DAEMON@firm.example"},
			{"From: Moxora <support@moxtechdevelopers.com>"},
			{"From: <privacy+xyz@moxora.example>"},
			{"From: <privacy@privacy.example.com>"},
			{"From: <Letters@letters.example.com>"},
			{"X-Auto-Response-Suppress: All"},
			{"Authentication-Results: mx.example.com; dmarc=pass", "Reply-To: thief@evil.example"},
			{"Reply-To: another@example.org"},
		} {
			suspect, v := h.arrives("My data", "Please delete my account and all my data.", head...)
			if suspect != requests.SuspectSender || len(v.Read.Doubts) == 0 || v.Read.Doubts[0].Says == "" {
				h.Errorf("%q: suspect %q, %+v", head, suspect, v.Read.Doubts)
			}
		}
		for _, head := range [][]string{
			{"From: Noreen Ply <noreen.ply@example.org>"},
			{"From: Ann <ann@example.org>", "Reply-To: ANN@example.org"},
			{"From: Ann <ann2@example.org>", "Authentication-Results: mx.example.com; dmarc=pass", "Reply-To: ann.doe@example.org"},
			{"X-Auto-Response-Suppress: OOF"},
		} {
			if suspect, _ := h.arrives("My data", "Please delete my account and all my data.", head...); suspect != "" {
				h.Errorf("%q: suspect %q", head, suspect)
			}
		}
	})
}

// Who hands somebody's letter on does not ask for themselves: nobody answers
// before staff have looked, and where the person lives is not certain.
func TestALetterThatIsHandedOnWaitsForStaff(t *testing.T) {
	each(t, func(h *house) {
		forward := "---------- Forwarded message ---------\r\nFrom: Real Person <real@person.example>\r\nDate: Fri, Nov 20, 2026\r\nSubject: delete\r\nTo: <service@moxora.example>\r\n\r\nPlease delete all my personal data, I live in Italy."
		for _, own := range []string{"", "Please look after this.\r\n\r\n"} {
			suspect, v := h.arrives("Fwd: delete", own+forward)
			if suspect != requests.SuspectUnclear || v.Right != policies.Deletion || v.Residence != "" || len(v.Read.Rights) != 1 || v.Read.Doubts[0].Words != "r•••@person.example" {
				h.Errorf("suspect %q, right %s, lives in %q, %+v", suspect, v.Right, v.Residence, v.Read)
			}
		}
	})
}
