package requests_test

import (
	"strings"
	"testing"

	"dsr/intake"
	"dsr/policies"
	"dsr/requests"
)

// says checks what the one letter to the person says, and what it does not.
func (h *house) says(want, never []string) {
	h.Helper()
	letters := h.lettersTo(person)
	if len(letters) != 1 {
		h.Fatalf("%d letters", len(letters))
	}
	text := strings.Join(strings.Fields(letters[0].Text), " ")
	for _, part := range want {
		if !strings.Contains(text, part) {
			h.Errorf("the letter does not say %q:\n%s", part, letters[0].Text)
		}
	}
	for _, part := range never {
		if strings.Contains(text, part) {
			h.Errorf("the letter says %q:\n%s", part, letters[0].Text)
		}
	}
}

// The letter that confirms a message leaves when somebody has said what it asks
// for: it names the law and the hour of where they said the person lives.
func TestTheFirstLetterNamesTheLawThatWasConfirmed(t *testing.T) {
	each(t, func(h *house) {
		h.mailTo("opvio", dana, "Subject: Question", "", "What is going on with this thing?")
		h.became(intake.Request)
		h.do(requests.ConfirmReading{Right: policies.Deletion, Residence: "FR"})
		h.says([]string{"European law gives us one month", "(CE"}, []string{"Kenya", "EAT", "strictest"})
	})
}

// While a law is only assumed, no letter names its country, its authority or its
// wall clock.
func TestNoLetterNamesACountryThatIsOnlyAssumed(t *testing.T) {
	each(t, func(h *house) {
		h.mailTo("opvio", dana, "Subject: My data", "", "Please send me a copy of all personal data you hold about me.")
		h.became(intake.Request)
		assumed := []string{"Kenya", "EAT", "+03", "+08"}
		h.says([]string{"We do not know yet where you live"}, assumed)
		h.mailTo("opvio", dana, "Subject: My data", "", "Please send me a copy of all personal data you hold about me. I live in Germany.")
		h.became(intake.Request)
		h.lettersTo(person)
		h.do(requests.ConfirmReading{Right: policies.Access}) // it was another Germany
		h.says([]string{"another one than before is now the strictest"}, assumed)
		h.do(requests.Dismiss{Outcome: requests.NotUs, Text: "Please write to your employer."})
		h.says([]string{"Please write to your employer."}, append(assumed, "complain"))
	})
}

// Each thing that is refused stands in the letter with its own ground and law,
// in the words of the person who decided.
func TestARefusalOfSeveralThingsNamesEachGround(t *testing.T) {
	each(t, func(h *house) {
		h.atDecisionOf("moxora", "DE", policies.Deletion)
		h.do(requests.Decide{Text: "We looked at each.", Items: []requests.Item{
			{What: "Invoices", Decision: requests.Keep, Ground: "legal_obligation_retain", Text: "The tax office wants them."},
			{What: "Letters", Decision: requests.Keep, Ground: "legal_claims", Text: "A case is open."},
		}})
		h.says([]string{
			"Invoices The law obliges us to keep it. The law that allows this: GDPR Art. 17(3)(b). > The tax office wants them.",
			"Letters ", "The law that allows this: GDPR Art. 17(3)(e). > A case is open.",
		}, []string{"18(2)"})
	})
}

// Who may not have their information deleted in California is offered that it
// is not sold, unless they have asked for that already (11 CCR 7022(g)).
func TestARefusedDeletionInCaliforniaOffersTheOptOut(t *testing.T) {
	refuse := requests.Decide{Outcome: requests.RefusedAll, Ground: "legal_obligation_retain", Text: "The tax office wants it."}
	offer := []string{"You can also ask us not to sell or share this information"}
	each(t, func(h *house) {
		h.atDecisionOf("opvio", "US-CA", policies.Deletion)
		h.do(refuse).says(offer, nil)
		h.atDecisionOf("moxora", "DE", policies.Deletion)
		h.do(refuse).says(nil, offer)
		h.receive("opvio", "US-CA", policies.OptOutSale)
		h.lettersTo(person)
		h.atDecisionOf("opvio", "US-CA", policies.Deletion)
		h.do(refuse).says(nil, offer)
	})
}
