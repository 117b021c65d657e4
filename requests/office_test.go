package requests_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/mailer"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/words"
)

// house is an office with people in it, on a clock that only the test moves.
type house struct {
	testing.TB
	*requests.Office
	db      *database.DB
	ring    *vault.Ring
	people  *people.Register
	clock   time.Time
	mara    access.Caller // handler of all policies
	post    []mailer.Envelope
	refuse  error // what the mail server says
	nonces  int
	agent   *requests.Agent // who asks for Dana, if not she herself
	suspect string
	last    string // reference of the last request
	opened  *requests.View
	request *requests.Request
}

func (h *house) now() time.Time { return h.clock }

// on moves the clock to an instant of a day in UTC.
func (h *house) on(day string) *house {
	h.Helper()
	at, err := time.Parse("2006-01-02 15:04", day)
	if err != nil {
		if at, err = time.Parse(time.DateOnly, day); err != nil {
			h.Fatal(err)
		}
		at = at.Add(9 * time.Hour)
	}
	h.clock = at
	return h
}

func cheap() people.Hashing {
	cost := people.OWASP()
	cost.Memory, cost.Passes = 64, 1
	return cost
}

func ringAt(t testing.TB) *vault.Ring {
	t.Helper()
	ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func open(t testing.TB, db *database.DB) *house {
	t.Helper()
	h := &house{TB: t, db: db, ring: ringAt(t)}
	h.on("2026-03-02")
	register, err := people.New(db, h.ring, cheap())
	if err != nil {
		t.Fatal(err)
	}
	h.people = register
	catalogue, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	book, err := policies.Load(policies.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.Office, err = requests.Open(t.Context(), h.clock, requests.Settings{
		DB: db, Book: book, Ring: h.ring, Words: catalogue, People: register, BaseURL: "https://privacy.example.com",
		Mail: requests.MailRoutes{Replies: map[string]string{"moxora": "privacy+{token}@moxora.example"}, Bounces: "bounces+{token}@privacy.example.com", From: "letters@letters.example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.mara = h.hire("mara@example.com", "Mara Lindqvist", access.Handler, access.AllPolicies())
	return h
}

func (h *house) hire(email, name string, role access.Role, serves access.Policies) access.Caller {
	h.Helper()
	user, err := h.people.Create(h.Context(), h.clock, people.User{Email: email, Name: name, Role: role, Policies: serves, Active: true}, "a long enough pass phrase")
	if err != nil {
		h.Fatal(err)
	}
	return user.Caller()
}

// receive posts a form and remembers the reference of its first request.
func (h *house) receive(policy, residence string, rights ...policies.Right) *requests.Receipt {
	h.Helper()
	receipt, err := h.tryReceive(policy, residence, rights...)
	if err != nil {
		h.Fatal(err)
	}
	h.last, h.request = receipt.Requests[0].Reference, receipt.Requests[0]
	return receipt
}

func (h *house) tryReceive(policy, residence string, rights ...policies.Right) (*requests.Receipt, error) {
	h.nonces++
	return h.Receive(h.Context(), access.Caller{Kind: access.Requester}, h.clock, requests.Submission{
		Nonce: fmt.Sprintf("nonce-of-the-form-%06d", h.nonces), Policy: policy, Rights: rights, Residence: residence,
		Channel: "form", Language: "en",
		Person:  requests.Person{Email: "dana.whitlock@example.org", Name: "Dana Whitlock", Details: "Everything, please.", Agent: h.agent},
		Suspect: h.suspect,
	})
}

// do carries a verb out as Mara.
func (h *house) do(v requests.Verb) *house {
	h.Helper()
	if err := h.try(h.mara, v); err != nil {
		h.Fatalf("%T: %v", v, err)
	}
	return h
}

func (h *house) try(who access.Caller, v requests.Verb) error {
	h.Helper()
	r, err := h.Do(h.Context(), who, h.clock, h.last, 0, v)
	if err == nil {
		h.request = r
	}
	return err
}

// asRequester carries a verb out as the person who asked.
func (h *house) asRequester(v requests.Verb) *house {
	h.Helper()
	if err := h.try(requests.RequesterOf(h.request.SubmissionID), v); err != nil {
		h.Fatalf("%T: %v", v, err)
	}
	return h
}

// deliver does all work that waits in the outbox.
func (h *house) deliver() *house {
	h.Helper()
	h.carry(h.Jobs("privacy@example.com", h.now, h.take))
	return h
}

func (h *house) take(_ context.Context, e mailer.Envelope) error {
	if h.refuse != nil {
		return h.refuse
	}
	h.post = append(h.post, e)
	return nil
}

// want checks the state of one clock and its date, written MM-DD.
func (h *house) want(clock string, state requests.ClockState, date string) *house {
	h.Helper()
	v, err := h.Open(h.Context(), h.mara, h.clock, h.last, false)
	if err != nil {
		h.Fatal(err)
	}
	h.opened = v
	for _, c := range v.Clocks {
		if c.Name() != clock {
			continue
		}
		if got := c.State(h.clock); got != state {
			h.Errorf("%s: clock %s is %s, want %s", h.clock.Format("01-02"), clock, got, state)
		}
		if got := c.Due.Date.String()[5:]; date != "" && got != date {
			h.Errorf("%s: clock %s is due on %s, want %s", h.clock.Format("01-02"), clock, got, date)
		}
		return h
	}
	h.Errorf("there is no clock %s; there are %v", clock, names(v.Clocks))
	return h
}

func names(clocks []requests.Clock) (list []string) {
	for i := range clocks {
		list = append(list, clocks[i].Name())
	}
	return list
}

// refused checks that a verb is refused with a sentence that holds the words.
func (h *house) refused(v requests.Verb, words string) *house {
	h.Helper()
	err := h.try(h.mara, v)
	var refusal *requests.Refused
	if !errors.As(err, &refusal) || !contains(refusal.Error(), words) {
		h.Errorf("%T gave %v, want a refusal with %q", v, err, words)
	}
	return h
}

// verified checks that the timelines explain every row and the log is whole.
func (h *house) verified() {
	h.Helper()
	report, err := h.VerifyTimelines(h.Context(), func(m requests.Mismatch) { h.Error(m) })
	if err != nil || report.Requests == 0 {
		h.Errorf("%d requests verified: %v", report.Requests, err)
	}
	h.auditIsWhole(report.Heads)
}

func each(t *testing.T, test func(h *house)) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) { test(open(t, db)) })
}
