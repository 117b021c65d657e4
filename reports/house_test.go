package reports_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/mailer"
	"dsr/outbox"
	"dsr/people"
	"dsr/policies"
	"dsr/reports"
	"dsr/requests"
	"dsr/vault"
	"dsr/words"
)

// house is an office whose figures are counted, on a clock that only the test
// moves.
type house struct {
	*testing.T
	*reports.Desk
	db        *database.DB
	book      *policies.Book
	office    *requests.Office
	people    *people.Register
	catalogue *words.Catalogue
	clock     time.Time
	admin     access.Caller
	staff     []access.Caller
	received  int
}

func cheap() people.Hashing {
	cost := people.OWASP()
	cost.Memory, cost.Passes = 64, 1
	return cost
}

func each(t *testing.T, test func(h *house)) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) { test(open(t, db)) })
}

func open(t *testing.T, db *database.DB) *house {
	t.Helper()
	h := &house{T: t, db: db}
	h.at("2024-01-01T00:00:00Z")
	ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), h.clock)
	h.must(err)
	h.people, err = people.New(db, ring, cheap())
	h.must(err)
	h.catalogue, err = words.Load()
	h.must(err)
	h.book, err = policies.Load(policies.Options{})
	h.must(err)
	h.office, err = requests.Open(t.Context(), h.clock, requests.Settings{
		DB: db, Book: h.book, Ring: ring, Words: h.catalogue, People: h.people, BaseURL: "https://privacy.example.com",
	})
	h.must(err)
	h.Desk, err = reports.Open(db, h.book, h.catalogue)
	h.must(err)
	h.admin = h.hire("ada@example.com", access.Administrator, access.AllPolicies())
	for _, name := range []string{"joon@example.com", "mara@example.com"} {
		h.staff = append(h.staff, h.hire(name, access.Handler, access.AllPolicies()))
	}
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// at moves the clock.
func (h *house) at(instant string) *house {
	h.Helper()
	var err error
	if h.clock, err = time.Parse(time.RFC3339, instant); err != nil {
		h.Fatal(err)
	}
	h.clock = h.clock.UTC()
	return h
}

func (h *house) hire(email string, role access.Role, serves access.Policies) access.Caller {
	h.Helper()
	user, err := h.people.Create(h.Context(), h.clock, people.User{Email: email, Name: email, Role: role, Policies: serves, Active: true}, "a long enough pass phrase")
	h.must(err)
	return user.Caller()
}

// receive takes one request in and returns its reference and submission.
func (h *house) receive(policy, residence string, right policies.Right) *requests.Request {
	h.Helper()
	h.received++
	s := requests.Submission{
		Nonce: fmt.Sprintf("nonce-of-the-form-%06d", h.received), Policy: policy, Rights: []policies.Right{right}, Residence: residence,
		Channel: "form", Language: "en", Person: requests.Person{Email: fmt.Sprintf("person-%d@example.org", h.received), Name: "Somebody"},
	}
	if h.received%17 == 0 && !right.IsOptOut() {
		s.Person.Agent = &requests.Agent{Email: "desk@agency.example", Name: "Agency", Relation: "agent"}
	}
	if h.received%19 == 0 {
		s.Suspect = requests.SuspectNetwork
	}
	receipt, err := h.office.Receive(h.Context(), access.Caller{Kind: access.Requester}, h.clock, s)
	h.must(err)
	return receipt.Requests[0]
}

// do carries a verb out; what is refused by law or form changes nothing.
func (h *house) do(who access.Caller, reference string, v requests.Verb) bool {
	h.Helper()
	_, err := h.office.Do(h.Context(), who, h.clock, reference, 0, v)
	var refused *requests.Refused
	switch {
	case err == nil:
		return true
	case errors.As(err, &refused), errors.Is(err, requests.ErrInvalid), errors.Is(err, requests.ErrForbidden), errors.Is(err, mailer.ErrIncomplete):
		return false
	}
	h.Fatalf("%T on %s: %v", v, reference, err)
	return false
}

// deliver sends what waits, and reminds of what is due.
func (h *house) deliver() {
	h.Helper()
	for {
		swept, err := h.office.Sweep(h.Context(), h.clock)
		h.must(err)
		jobs := h.office.Jobs("privacy@example.com", func() time.Time { return h.clock }, func(context.Context, mailer.Envelope) error { return nil })
		done, err := outbox.Drain(h.Context(), h.db, h.clock, jobs)
		h.must(err)
		if swept+done == 0 {
			return
		}
	}
}

// answer carries a request to a decision at once.
func (h *house) answer(r *requests.Request) {
	h.Helper()
	mara, asker := h.staff[1], requests.RequesterOf(r.SubmissionID)
	h.do(asker, r.Reference, requests.ConfirmMailbox{})
	h.do(mara, r.Reference, requests.TakeUp{})
	h.do(mara, r.Reference, requests.RecordFindings{Systems: []requests.Searched{{System: "CRM", Found: "nothing"}}})
	if !h.do(mara, r.Reference, requests.Decide{Outcome: requests.NothingFound, Text: "We hold nothing about you."}) {
		h.Fatalf("%s could not be answered", r.Reference)
	}
}

// The things that happen to the requests of a year, in any order; most of them
// are refused where they make no sense.
func (h *house) anything(random *rand.Rand, r *requests.Request) (access.Caller, requests.Verb) {
	asker, staff := requests.RequesterOf(r.SubmissionID), h.staff[random.IntN(2)]
	switch random.IntN(24) {
	case 0:
		return asker, requests.ConfirmMailbox{}
	case 1:
		return staff, requests.AskProof{Points: []string{"full_name", "joined_month"}, Why: "The address is not that of the account."}
	case 2:
		return asker, requests.GiveProof{Points: map[string]string{"full_name": "Somebody", "joined_month": "May"}}
	case 3:
		return staff, requests.RecordProof{Level: "three_points", Matched: []string{"full_name", "joined_month"}}
	case 4:
		return staff, requests.AskQuestion{Question: "Which account do you mean?"}
	case 5:
		return asker, requests.AnswerQuestion{Text: "The old one."}
	case 6:
		return staff, requests.Extend{Ground: "complex", Reason: "There is much to search.", Until: h.clock.AddDate(0, 0, 70).Format(time.DateOnly)}
	case 7:
		return staff, requests.Extend{Ground: "complexity", Reason: "There is much to search.", Until: h.clock.AddDate(0, 0, 50).Format(time.DateOnly)}
	case 8:
		return staff, requests.SetLaw{Residence: []string{"DE", "US-CA", "GB"}[random.IntN(3)], Reason: "They told us by phone."}
	case 9:
		return staff, requests.Dismiss{Outcome: []string{requests.NotUs, requests.Unproved, requests.Spam, requests.NoRequest}[random.IntN(4)], Text: "Please ask the shop itself."}
	case 10:
		return asker, requests.Withdraw{}
	case 11:
		return asker, requests.Reopen{}
	case 12:
		return asker, requests.Appeal{Text: "You forgot my tickets."}
	case 13:
		return staff, requests.SendMessage{Text: "We are at it."}
	case 14:
		return staff, requests.Assign{UserID: h.staff[random.IntN(2)].ID}
	case 15:
		return staff, requests.Close{Done: true}
	case 16, 17:
		return staff, requests.TakeUp{}
	case 18, 19:
		return staff, requests.RecordFindings{Systems: []requests.Searched{{System: "CRM", Found: "found"}, {System: []string{"Helpdesk", "Backups"}[random.IntN(2)], Found: "nothing"}}}
	case 20:
		return staff, requests.Clear{}
	case 22:
		return staff, requests.CorrectReceipt{ReceivedAt: r.ReceivedAt.Add(-time.Duration(random.IntN(9*24*60)) * time.Minute), Reason: "The envelope bears the day."}
	case 21:
		return staff, requests.RecordProof{Authority: "signed_permission"}
	}
	return staff, h.decision(random, r)
}

// seed lets some hundred requests of all kinds arrive from the end of 2023 to
// 2026, and anything happen to each.
func (h *house) seed(n int) {
	h.Helper()
	random := rand.New(rand.NewPCG(7, 2026))
	packs := h.book.Packs()
	start := time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		pack := packs[random.IntN(len(packs))]
		residence := []string{"US-CA", "US-CA", "DE", "GB", "FR", "US-VA", "BR", ""}[random.IntN(8)]
		h.clock = start.Add(time.Duration(random.IntN(18*30*24*60)) * time.Minute)
		if i%10 == 0 { // at midnight, and a moment before it
			h.clock = h.clock.Truncate(24 * time.Hour).Add(time.Duration(random.IntN(3)-1) * time.Microsecond)
		}
		given := h.book.Given(pack, residence, h.clock)
		r := h.receive(pack.ID, residence, given[random.IntN(len(given))])
		h.live(random, r)
	}
}

// live lets things happen to a request: mostly its way to an answer, with turns
// left out and others taken in between.
func (h *house) live(random *rand.Rand, r *requests.Request) {
	h.Helper()
	asker, staff := requests.RequesterOf(r.SubmissionID), h.staff[random.IntN(2)]
	way := []struct {
		who    access.Caller
		verb   requests.Verb
		likely int // of ten
	}{
		{asker, requests.ConfirmMailbox{}, 8}, {staff, requests.Clear{}, 9}, {staff, requests.Assign{UserID: staff.ID}, 5},
		{staff, requests.AskProof{Points: []string{"full_name", "joined_month"}, Why: "The address is not that of the account."}, 3},
		{asker, requests.GiveProof{Points: map[string]string{"full_name": "Somebody", "joined_month": "May"}}, 5},
		{staff, requests.RecordProof{Level: "three_points", Matched: []string{"full_name", "joined_month"}}, 5},
		{staff, requests.RecordProof{Authority: "signed_permission"}, 7},
		{staff, requests.TakeUp{}, 9}, {nobody, nil, 2}, {nobody, nil, 2}, {nobody, nil, 2},
		{staff, requests.RecordFindings{Systems: []requests.Searched{{System: "CRM", Found: "found"}, {System: []string{"Helpdesk", "Backups"}[random.IntN(2)], Found: "nothing"}}}, 9},
		{nobody, nil, 2}, {staff, h.decision(random, r), 9}, {asker, requests.Appeal{Text: "You forgot my tickets."}, 2}, {staff, requests.Close{Done: true}, 6},
	}
	for _, step := range way {
		if random.IntN(10) >= step.likely {
			continue
		}
		h.clock = h.clock.Add(time.Duration(1+random.IntN(8*24*60)) * time.Minute)
		if h.clock.After(lookBack) {
			return
		}
		if random.IntN(4) == 0 {
			h.deliver()
		}
		if step.verb == nil {
			step.who, step.verb = h.anything(random, r)
		}
		h.do(step.who, r.Reference, step.verb)
	}
}

var nobody access.Caller

// decision decides anything, and refuses on a ground that the law knows.
func (h *house) decision(random *rand.Rand, r *requests.Request) requests.Verb {
	v := requests.Decide{Outcome: []string{requests.Granted, requests.Granted, requests.Partly, requests.RefusedAll, requests.NothingFound}[random.IntN(5)], Text: "This is our answer."}
	regime, err := h.book.Regime(r.Regime)
	h.must(err)
	if grounds := regime.Versions[len(regime.Versions)-1].Grounds(r.Right); len(grounds) > 0 {
		v.Ground = grounds[random.IntN(len(grounds))].Ground
	}
	return v
}

// lookBack is when the figures of the seeded house are asked for.
var lookBack = time.Date(2026, 12, 9, 15, 30, 0, 0, time.UTC)
