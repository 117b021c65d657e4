package web

import (
	"encoding/json"
	"slices"
	"time"

	"dsr/policies"
	"dsr/requests"
)

// The questions of the form, by the last word of their address.
const (
	stepWhat       = "what"
	stepWhere      = "where"
	stepWho        = "who"
	stepFind       = "find"
	stepParticular = "particular"
	stepCheck      = "check"
)

// For whom somebody asks.
const (
	forSelf  = "self"
	forChild = "child"
	forOther = "agent"
)

// draftAnswers are what a draft holds: what was said so far.
type draftAnswers struct {
	Rights []policies.Right `json:"rights,omitempty"`
	// Country is the one chosen; Residence what follows from it and the state,
	// and Placed that the question is answered: "I would rather not say" leaves
	// both empty.
	Country   string `json:"country,omitempty"`
	Residence string `json:"residence,omitempty"`
	Placed    bool   `json:"placed,omitempty"`

	For         string            `json:"for,omitempty"`
	Email       string            `json:"email,omitempty"`
	OwnName     string            `json:"own_name,omitempty"`  // of who asks for another
	OwnEmail    string            `json:"own_email,omitempty"` // likewise
	Identifiers map[string]string `json:"identifiers,omitempty"`
	Details     string            `json:"details,omitempty"`
	Told        bool              `json:"told,omitempty"`     // the last question was seen
	Weight      weight            `json:"weight,omitzero"`    // how many forms come from where this one came from
	Counted     []string          `json:"counted,omitempty"`  // the mailboxes it was counted against
	Signal      bool              `json:"gpc,omitempty"`      // the browser sent Global Privacy Control
	Language    string            `json:"language,omitempty"` // a link or the person named it; "": the browser's
}

func readAnswers(data []byte) (a draftAnswers, err error) {
	err = json.Unmarshal(data, &a)
	return a, err
}

// optOutOnly reports whether nothing but opt-outs is asked for: then one
// question, the address, is all there may be.
func (a *draftAnswers) optOutOnly() bool {
	return !slices.ContainsFunc(a.Rights, func(r policies.Right) bool { return !r.IsOptOut() })
}

// stopsOnly reports whether all that is asked for is that something stops: then
// nothing is given out, any law lets them, and so neither where they live nor
// who speaks for whom decides anything (GDPR Arts. 7(3), 21(2); 11 CCR 7026).
func (a *draftAnswers) stopsOnly() bool {
	return !slices.ContainsFunc(a.Rights, func(r policies.Right) bool { return !r.IsOptOut() && r != policies.WithdrawConsent })
}

// steps lists the pages these answers lead through.
func (a *draftAnswers) steps() []string {
	switch {
	case len(a.Rights) > 0 && a.optOutOnly():
		return []string{stepWhat, stepFind, stepCheck}
	case len(a.Rights) > 0 && a.stopsOnly():
		return []string{stepWhat, stepFind, stepParticular, stepCheck}
	}
	return []string{stepWhat, stepWhere, stepWho, stepFind, stepParticular, stepCheck}
}

// residence is where the person lives, as far as these rights ask for it.
func (a *draftAnswers) residence() string {
	if a.stopsOnly() {
		return ""
	}
	return a.Residence
}

// next is the first page that still needs an answer, or the one to check them.
func (a *draftAnswers) next(book *policies.Book, pack *policies.Pack, now time.Time) string {
	for _, step := range a.steps() {
		if !a.answered(step, book, pack, now) {
			return step
		}
	}
	return stepCheck
}

func (a *draftAnswers) answered(step string, book *policies.Book, pack *policies.Pack, now time.Time) bool {
	switch step {
	case stepWhat:
		return len(a.Rights) > 0
	case stepWhere:
		return a.Placed && len(a.notGiven(book, pack, now)) == 0
	case stepWho:
		return a.For != ""
	case stepFind:
		return a.Email != "" && (!a.forAnother() || a.OwnEmail != "")
	case stepParticular:
		return a.Told
	}
	return false
}

// detour says where a visitor of a page has to go first: to an earlier question
// that is open, or away from one these answers do not lead through. Empty means
// that the page is theirs.
func (a *draftAnswers) detour(step string, book *policies.Book, pack *policies.Pack, now time.Time) string {
	for _, s := range a.steps() {
		if s == step {
			return ""
		}
		if !a.answered(s, book, pack, now) {
			return s
		}
	}
	return a.next(book, pack, now)
}

// forAnother reports whether somebody asks for another person. What only stops
// something does not ask: whoever brings it, it is done.
func (a *draftAnswers) forAnother() bool {
	return !a.stopsOnly() && (a.For == forChild || a.For == forOther)
}

// notGiven lists the rights asked for that neither the policy nor the law of
// the residence gives.
func (a *draftAnswers) notGiven(book *policies.Book, pack *policies.Pack, now time.Time) []policies.Right {
	if !a.Placed || a.stopsOnly() {
		return nil
	}
	given := book.Given(pack, a.Residence, now)
	return slices.DeleteFunc(slices.Clone(a.Rights), func(r policies.Right) bool { return slices.Contains(given, r) })
}

// identifiers lists what of the pack helps to find the person.
func (a *draftAnswers) identifiers(book *policies.Book, pack *policies.Pack, now time.Time) []policies.Identifier {
	return book.Identifiers(pack, a.Rights, a.residence(), now)
}

// submission is what the answers become when they are sent. What was answered
// to a question the rights chosen last do not ask is left out.
func (a *draftAnswers) submission(policy string, identifiers []policies.Identifier) requests.Submission {
	s := requests.Submission{
		Policy: policy, Rights: slices.Clone(a.Rights), Channel: "form", Residence: a.residence(),
		Signal: a.Signal, Person: requests.Person{Email: a.Email},
	}
	for _, id := range identifiers {
		if value := a.Identifiers[id.Name]; value != "" {
			if s.Person.Identifiers == nil {
				s.Person.Identifiers = map[string]string{}
			}
			s.Person.Identifiers[id.Name] = value
		}
	}
	if !a.optOutOnly() {
		s.Person.Details = a.Details
	}
	if a.forAnother() {
		relation := "agent"
		if a.For == forChild {
			relation = "parent"
		}
		s.Person.Agent = &requests.Agent{Email: a.OwnEmail, Name: a.OwnName, Relation: relation}
		if address, err := requests.NormalAddress(a.OwnEmail); err == nil {
			s.Person.Agent.Email = address
		}
	}
	return s
}
