package feeds_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"dsr/access"
	"dsr/database"
	"dsr/feeds"
	"dsr/internal/dbtest"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
	"dsr/words"
)

// house is an office and its calendars, on a clock that only the test moves.
type house struct {
	*testing.T
	*requests.Office
	feeds  *feeds.Feeds
	people *people.Register
	db     *database.DB
	mara   access.Caller
	clock  time.Time
	nonces int
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func each(t *testing.T, test func(h *house)) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) { test(open(t, db)) })
}

func open(t *testing.T, db *database.DB) *house {
	t.Helper()
	h := &house{T: t, db: db}
	h.on("2026-10-26 09:12")
	ring := must(vault.CreateRing(filepath.Join(t.TempDir(), "keys"), h.clock))
	cost := people.OWASP()
	cost.Memory, cost.Passes = 64, 1
	h.people = must(people.New(db, ring, cost))
	catalogue := must(words.Load())
	h.Office = must(requests.Open(t.Context(), h.clock, requests.Settings{
		DB: db, Book: must(policies.Load(policies.Options{})), Ring: ring, Words: catalogue, People: h.people, BaseURL: "https://privacy.example.com",
	}))
	h.feeds = feeds.Open(db, h.Office, h.people, catalogue)
	h.hire("adam@example.com", access.Administrator, access.AllPolicies())
	h.mara = h.hire("mara@example.com", access.Handler, access.AllPolicies())
	return h
}

func (h *house) hire(email string, role access.Role, serves access.Policies) access.Caller {
	h.Helper()
	user, err := h.people.Create(h.Context(), h.clock, people.User{Email: email, Name: "Mara Lindqvist", Role: role, Policies: serves}, "a long enough pass phrase")
	if err != nil {
		h.Fatal(err)
	}
	return user.Caller()
}

func (h *house) on(day string) *house {
	h.Helper()
	at, err := time.Parse("2006-01-02 15:04", day)
	if err != nil {
		h.Fatal(err)
	}
	h.clock = at
	return h
}

func (h *house) receive(policy, residence string, right policies.Right) *requests.Request {
	h.Helper()
	h.nonces++
	receipt, err := h.Receive(h.Context(), access.Caller{Kind: access.Requester}, h.clock, requests.Submission{
		Nonce: fmt.Sprintf("nonce-of-the-form-%06d", h.nonces), Policy: policy, Rights: []policies.Right{right}, Residence: residence, Channel: "form", Language: "en",
		Person: requests.Person{Email: "erin.okonjo@example.org", Name: "Erin Okonjo", Details: "Everything, please."},
	})
	if err != nil {
		h.Fatal(err)
	}
	return receipt.Requests[0]
}

func (h *house) do(who access.Caller, r *requests.Request, v requests.Verb) {
	h.Helper()
	if _, err := h.Do(h.Context(), who, h.clock, r.Reference, 0, v); err != nil {
		h.Fatalf("%T: %v", v, err)
	}
}

func (h *house) feed(who access.Caller, scope feeds.Scope) string {
	h.Helper()
	secret, err := h.feeds.Make(h.Context(), who, h.clock, scope)
	if err != nil {
		h.Fatal(err)
	}
	return secret
}

func (h *house) read(secret string) feeds.Reading {
	h.Helper()
	r, err := h.feeds.Read(h.Context(), h.clock, secret)
	if err != nil {
		h.Fatal(err)
	}
	return r
}

// events reads the calendar behind a secret, by UID.
func (h *house) events(secret string) map[string]*ics.VEvent {
	h.Helper()
	cal, err := ics.ParseCalendar(strings.NewReader(string(h.read(secret).Content)))
	if err != nil {
		h.Fatal(err)
	}
	events := map[string]*ics.VEvent{}
	for _, e := range cal.Events() {
		events[e.Id()] = e
	}
	return events
}

// event returns one clock's event of a request, or nil.
func (h *house) event(secret string, r *requests.Request, clock string) *ics.VEvent {
	h.Helper()
	return h.events(secret)[strings.ToLower(r.Reference)+"."+clock+"@privacy.example.com"]
}

// told returns a property of an event.
func told(e *ics.VEvent, p ics.ComponentProperty) string {
	if e == nil || e.GetProperty(p) == nil {
		return ""
	}
	return e.GetProperty(p).Value
}
