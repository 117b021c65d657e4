package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dsr/policies"
)

func TestSomebodyAsksForAnother(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/moxora/request").press(ticked(policies.Access)).livesIn("GB")
	b.at("/who").sees(http.StatusOK, "We tell this person that you asked. We only ask for their signed permission where we need it.").press(url.Values{"who": {"agent"}})
	b.at("/find").sees(http.StatusOK, "we tell this person that you asked")
	b.press(nil).sees(http.StatusUnprocessableEntity, "Enter an email address", "Enter your name", "Enter your own email address")
	b.press(url.Values{"email": {"ese@example.org"}, "own_name": {"O’Neil-Ώ"}, "own_email": {"Agent@Example.ORG"}}).press(nil)
	b.at("/check").sees(http.StatusOK, "Someone else", "Your nameO’Neil-Ώ", "Your email addressAgent@Example.ORG", "you may ask for this person").press(nil)
	b.sees(http.StatusOK, "A•••@example.org").seesNot("ese@example.org")
	s.deliver()
	to := map[string]string{}
	for _, letter := range s.post {
		to[letter.To] += letter.Text
	}
	if to["Agent@example.org"] == "" || !strings.Contains(to["ese@example.org"], "on your behalf") || len(to) != 2 {
		t.Errorf("letters went to %d mailboxes", len(to))
	}
	if s.count() != 1 {
		t.Error("there is not one request")
	}
}

func TestAParentIsAskedForNothingMoreAndTheChildGetsNoLetter(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/moxora/request").press(ticked(policies.Deletion)).livesIn("DE").press(url.Values{"who": {"child"}})
	b.at("/find").sees(http.StatusOK, "We write to you.").seesNot("we tell this person")
	b.press(url.Values{"email": {"child@example.org"}, "own_name": {"Ngozi"}, "own_email": {"parent@example.org"}}).press(nil)
	b.at("/check").sees(http.StatusOK, "Your child, or a child you are legally responsible for").press(nil)
	b.sees(http.StatusOK, "p•••@example.org")
	if s.deliver(); len(s.post) != 1 || s.post[0].To != "parent@example.org" {
		t.Errorf("%d letters went out", len(s.post))
	}
}

// Whoever brings an opt-out, it is done: nobody is asked who they are.
func TestAnOptOutDoesNotAskForWhom(t *testing.T) {
	s := openStreet(t)
	b := s.browser().open("/moxora/request").press(ticked(policies.OptOutMarketing, policies.LimitSensitive))
	b.at("/find").seesNot("own_name", "own_email", "permission").press(url.Values{"email": {"principal@example.org"}})
	b.at("/check").seesNot("Someone else", "For someone else").press(nil).sees(http.StatusOK, "p•••@example.org")
	// What was answered to a question that is not asked any more is not sent.
	b = s.browser().open("/moxora/request").press(ticked(policies.Access)).livesIn("GB").press(url.Values{"who": {"agent"}})
	b.press(url.Values{"email": {"principal@example.org"}, "own_name": {"Kim"}, "own_email": {"agent@example.org"}})
	b.press(url.Values{"words": {"All of it."}}).at("/check").follow("Change what you would like to do")
	b.press(ticked(policies.OptOutMarketing)).at("/check").seesNot("agent@example.org", "Kim", "United Kingdom", "All of it.").press(nil)
	b.sees(http.StatusOK, "p•••@example.org", "You need not prove anything for that")
}

// A visit to the pages behind a link tells the form nothing: it reads no cookie
// but the language, so that on a shared machine nobody's address is filled in.
func TestTheFormDoesNotKnowWhoseVisitIsOpen(t *testing.T) {
	s := openStreet(t)
	b := s.browser().asks("moxora", "GB", policies.Access).press(nil)
	b.comesIn().open("/moxora/request").press(ticked(policies.Access)).livesIn("GB").press(url.Values{"who": {"agent"}})
	if b.at("/find").seesNot("dana.whitlock"); held(b.form("")).Get("own_email") != "" {
		t.Error("the form fills in an address nobody typed there")
	}
}
