package requests_test

import (
	"slices"
	"strings"
	"testing"

	"dsr/mailer"
	"dsr/policies"
	"dsr/requests"
)

// lettersTo lists what was sent to an address since the last call.
func (h *house) lettersTo(address string) (sent []mailer.Envelope) {
	for _, e := range h.deliver().post {
		if e.To == address {
			sent = append(sent, e)
		}
	}
	h.post = nil
	return sent
}

// Letters of one request hang together in the reader's mailbox: each follows the
// one before, and what the person wrote by mail.
func TestALetterFollowsWhatWentBefore(t *testing.T) {
	each(t, func(h *house) {
		h.mailTo("moxora", "Message-ID: <first@example.org>", dana, "Subject: My data", "", "Hello, please delete my account and all my data. I live in Germany.")
		first := h.lettersTo(person)
		if len(first) != 1 || first[0].InReplyTo != "first@example.org" || !first[0].Answers || first[0].Language != "en" || !slices.Contains(first[0].References, "first@example.org") {
			t.Fatalf("the first letter: %+v", first)
		}
		h.last = h.mails()[0].Reference
		h.do(requests.ConfirmReading{Right: policies.Deletion, Residence: "DE"}).do(requests.SendMessage{Text: "A word."})
		second := h.lettersTo(person)
		if len(second) != 1 || second[0].InReplyTo != first[0].MessageID || second[0].Answers {
			t.Fatalf("the second letter: %+v", second)
		}
		h.clock = h.clock.Add(1e9)
		h.mailTo("moxora", "Message-ID: <third@example.org>", dana, "In-Reply-To: <"+second[0].MessageID+">", "Subject: Re", "", "Thank you.")
		h.lettersTo(person)
		h.clock = h.clock.Add(1e9)
		h.do(requests.SendMessage{Text: "Another word."})
		third := h.lettersTo(person)
		want := []string{h.last + "@privacy.example.com", "first@example.org", first[0].MessageID, second[0].MessageID, "third@example.org"}
		if len(third) != 1 || third[0].InReplyTo != "third@example.org" || third[0].Answers || !slices.Equal(third[0].References, want) {
			t.Errorf("the third letter follows %q and names %q, want %q", third[0].InReplyTo, third[0].References, want)
		}
	})
}

// Whatever a person's mail program calls its messages, they get their letters:
// what cannot be named in another letter is left out of it.
func TestAMessageWithAnOddNameIsAnsweredAllTheSame(t *testing.T) {
	for name, id := range map[string]string{
		"a domain literal":        "20260302.4F21A@[192.0.2.7]",
		"an X.400 name":           "c=DE;a=_;p=Org;l=SRV1-260302083000Z-17@mail.example.org",
		"letters outside ASCII":   "büro-17@mail.example.org",
		"a name that never stops": strings.Repeat("x", 260) + "@mail.example.org",
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *house) {
				h.mailTo("moxora", "Message-ID: <"+id+">", dana, "Subject: My data", "", "Please delete my account and all my data. I live in Germany.")
				first := h.lettersTo(person)
				if len(first) != 1 || first[0].InReplyTo != "" || slices.ContainsFunc(append(first[0].References, first[0].MessageID), func(id string) bool { return !mailer.Nameable(id) }) {
					t.Errorf("the first letter: %+v", first)
				}
			})
		})
	}
}
