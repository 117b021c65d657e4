package requests_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dsr/access"
	"dsr/deadlines"
	"dsr/mailer"
	"dsr/policies"
	"dsr/requests"
	"dsr/vault"
)

func TestASubmissionThatNeedsMendingSaysWhat(t *testing.T) {
	each(t, func(h *house) {
		good := requests.Submission{
			Nonce: "nonce-of-the-form-good", Policy: "moxora", Rights: []policies.Right{policies.Access}, Residence: "DE",
			Channel: "form", Language: "en", Person: requests.Person{Email: "a@example.org"},
		}
		for name, c := range map[string]struct {
			change func(*requests.Submission)
			field  string
		}{
			"no right": {func(s *requests.Submission) { s.Rights = nil }, "right"},
			"a right nobody gives": {func(s *requests.Submission) {
				s.Policy, s.Residence, s.Rights = "sectora", "DE", []policies.Right{policies.LimitSensitive}
			}, "right"},
			"no address":              {func(s *requests.Submission) { s.Person.Email = "" }, "email"},
			"no at sign":              {func(s *requests.Submission) { s.Person.Email = "dana.example.org" }, "email"},
			"a header in the address": {func(s *requests.Submission) { s.Person.Email = "a@example.org\r\nBcc: b@example.org" }, "email"},
			"two addresses":           {func(s *requests.Submission) { s.Person.Email = "a@example.org, b@example.org" }, "email"},
			"a name with it":          {func(s *requests.Submission) { s.Person.Email = "Dana <a@example.org>" }, "email"},
			"huge details":            {func(s *requests.Submission) { s.Person.Details = strings.Repeat("ä", requests.MaxDetails+1) }, "details"},
			"from the future":         {func(s *requests.Submission) { s.ReceivedAt = h.clock.Add(time.Minute) }, "received"},
			"no nonce":                {func(s *requests.Submission) { s.Nonce = "" }, "nonce"},
		} {
			s := good
			c.change(&s)
			_, err := h.Receive(h.Context(), access.Caller{Kind: access.Requester}, h.clock, s)
			var fields requests.FieldErrors
			if !errors.As(err, &fields) || fields[c.field] == "" {
				t.Errorf("%s: %v %v", name, err, fields)
			}
			if s.Person.Email != "" && strings.Contains(fields["email"], s.Person.Email) {
				t.Errorf("%s: the sentence repeats the address", name)
			}
		}
		if _, err := h.Receive(h.Context(), access.Caller{}, h.clock, func() requests.Submission { s := good; s.Policy = "atlantis"; return s }()); !errors.Is(err, policies.ErrNoPolicy) {
			t.Errorf("a policy nobody has: %v", err)
		}
	})
}

func TestAddressesKeepWhatMatters(t *testing.T) {
	for in, want := range map[string]string{
		"  dana+x@Example.ORG ": "dana+x@example.org",
		"o'brien@example.org":   "o'brien@example.org",
		"uta@müller.example":    "uta@xn--mller-kva.example",
		"a@b":                   "", "a@@b.de": "", "@example.org": "", "a b@example.org": "",
	} {
		got, err := requests.NormalAddress(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestADoubleSubmissionIsOneRequest(t *testing.T) {
	each(t, func(h *house) {
		s := requests.Submission{Nonce: "one-form-posted-often", Policy: "vensor", Rights: []policies.Right{policies.Access}, Residence: "NL",
			Channel: "form", Language: "en", Person: requests.Person{Email: "a@example.org"}}
		references := make([]string, 20)
		var all sync.WaitGroup
		for i := range references {
			all.Go(func() {
				receipt, err := h.Receive(context.Background(), access.Caller{Kind: access.Requester}, h.clock, s)
				if err != nil {
					t.Error(err)
					return
				}
				references[i] = receipt.Requests[0].Reference
			})
		}
		all.Wait()
		for _, reference := range references {
			if reference != references[0] || reference == "" {
				t.Fatalf("twenty posts made %q", references)
			}
		}
		if got := h.deliver().letters(); len(got) != 1 {
			t.Errorf("the letters were %q", got)
		}
	})
}

func TestOfTwoPeopleTheSecondIsTold(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		seen := h.request.Revision
		h.do(requests.TakeUp{})
		_, err := h.Do(h.Context(), h.mara, h.clock, h.last, seen, requests.SendMessage{Text: "Hello"})
		if !errors.Is(err, requests.ErrStale) {
			t.Errorf("acting on an old page gave %v", err)
		}
		seen = h.request.Revision
		h.deliver() // a letter goes out meanwhile: nothing a person decides on
		if _, err := h.Do(h.Context(), h.mara, h.clock, h.last, seen, requests.SendMessage{Text: "Hello"}); err != nil {
			t.Errorf("a sent letter made the page stale: %v", err)
		}
	})
}

func TestManyActsAtOnceLeaveOneTimeline(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				for {
					_, err := h.Do(context.Background(), h.mara, h.clock, h.last, 0, requests.Note{Text: fmt.Sprint("note ", i)})
					if errors.Is(err, requests.ErrStale) {
						continue
					}
					if err != nil {
						t.Error(err)
					}
					return
				}
			})
		}
		all.Wait()
		v, err := h.Open(h.Context(), h.mara, h.clock, h.last, false)
		if err != nil || len(v.Timeline) != 13 {
			t.Errorf("%d events: %v", len(v.Timeline), err)
		}
		h.verified()
	})
}

func TestLinksThatCannotBeUsed(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		token := h.deliver().link()
		want := func(token string, fault requests.LinkFault) {
			t.Helper()
			_, err := h.UseLink(h.Context(), h.clock, token)
			var link *requests.LinkError
			if !errors.As(err, &link) || link.Fault != fault || !errors.Is(err, requests.ErrLink) {
				t.Errorf("using it gave %v, want %s", err, fault)
			}
		}
		for _, forged := range []string{"", "x", strings.ToUpper(token), token[:len(token)-1], token + "A", strings.Repeat("A", len(token)), "../../etc/passwd"} {
			want(forged, requests.LinkForged)
		}
		received := h.clock
		h.clock = received.Add(requests.LinkLifetime)
		want(token, requests.LinkExpired)
		h.clock = received
		for range 3 {
			if _, err := h.PeekLink(h.Context(), h.clock, token); err != nil {
				t.Errorf("looking used it up: %v", err)
			}
		}
		if _, err := h.UseLink(h.Context(), h.clock, token); err != nil {
			t.Error(err)
		}
		want(token, requests.LinkUsed)
		if err := h.SendLink(h.Context(), h.clock, h.last); err != nil {
			t.Fatal(err)
		}
		if fresh := h.deliver().link(); fresh == token {
			t.Error("the fresh link is the old one")
		} else if _, err := h.UseLink(h.Context(), h.clock, fresh); err != nil {
			t.Error(err)
		}
	})
}

func TestAnotherKeyFileIsRefused(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		other, err := vault.CreateRing(filepath.Join(t.TempDir(), "others"), h.clock)
		if err != nil {
			t.Fatal(err)
		}
		_, err = requests.Open(t.Context(), h.clock, requests.Settings{DB: h.db, Book: h.Book(), Ring: other, People: h.people, BaseURL: "https://privacy.example.com"})
		if !errors.Is(err, requests.ErrKeyFile) {
			t.Errorf("a foreign key file gave %v", err)
		}
	})
}

func TestADayWithoutMailLosesNothing(t *testing.T) {
	each(t, func(h *house) {
		h.refuse = fmt.Errorf("%w: connection refused", mailer.ErrTemporary)
		h.on("2026-03-02 09:00").receive("moxora", "DE", policies.Access)
		for range 24 {
			h.clock = h.clock.Add(time.Hour)
			h.deliver()
		}
		if len(h.post) != 0 {
			t.Fatal("a letter went out without a server")
		}
		h.refuse = nil
		for range 12 {
			h.clock = h.clock.Add(time.Hour)
			h.deliver()
		}
		if got := h.letters(); len(got) != 1 {
			t.Errorf("after the night the letters were %q", got)
		}
		h.verified()
	})
}

func TestAnAddressTheServerRefusesIsOnTheTimeline(t *testing.T) {
	each(t, func(h *house) {
		h.refuse = fmt.Errorf("%w: 550 5.1.1 no such mailbox", mailer.ErrPermanent)
		h.receive("moxora", "DE", policies.Access)
		h.deliver()
		v, err := h.Open(h.Context(), h.mara, h.clock, h.last, false)
		if err != nil || v.Letters[0].State != "failed" || v.Timeline[len(v.Timeline)-1].Act != requests.ActLetterFailed {
			t.Errorf("the letter is %+v, %v", v.Letters, err)
		}
		h.verified()
	})
}

func TestAClockSetBackNeverWritesBeforeTheLastEvent(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02 09:00").receive("moxora", "DE", policies.Access)
		h.on("2026-03-01 09:00").do(requests.TakeUp{})
		v, err := h.Open(h.Context(), h.mara, h.clock, h.last, false)
		if err != nil || v.Timeline[1].At.Before(v.Timeline[0].At) {
			t.Errorf("the timeline runs backwards: %v", err)
		}
		h.verified()
	})
}

func TestBeyondTheCalendarIsAnErrorAndNotADate(t *testing.T) {
	each(t, func(h *house) {
		h.on("2035-12-15")
		_, err := h.tryReceive("moxora", "DE", policies.Access)
		if !errors.Is(err, deadlines.ErrCoverage) {
			t.Errorf("a date beyond the calendar gave %v", err)
		}
	})
}

func TestNobodySeesWhatIsNotTheirs(t *testing.T) {
	each(t, func(h *house) {
		other := h.hire("o@example.com", "Otto", access.Handler, access.OnlyPolicies("opvio"))
		auditor := h.hire("a@example.com", "Ada", access.Auditor, access.AllPolicies())
		h.receive("moxora", "DE", policies.Access)
		if _, err := h.Open(h.Context(), other, h.clock, h.last, false); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("a handler of another policy opened it: %v", err)
		}
		if err := h.try(other, requests.TakeUp{}); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("a handler of another policy took it up: %v", err)
		}
		page, err := h.Queue(h.Context(), other, h.clock, requests.ParseFilter("dana.whitlock@example.org"), requests.Page{})
		if err != nil || page.Total != 0 {
			t.Errorf("a search by address found %d: %v", page.Total, err)
		}
		if err := h.try(auditor, requests.TakeUp{}); !errors.Is(err, requests.ErrForbidden) {
			t.Errorf("an auditor took it up: %v", err)
		}
		if err := h.try(requests.RequesterOf(h.request.SubmissionID+1), requests.Reply{Text: "hello"}); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("somebody else's link wrote: %v", err)
		}
		if err := h.try(requests.RequesterOf(h.request.SubmissionID), requests.Decide{Outcome: requests.Granted, Text: "mine"}); err == nil {
			t.Error("the requester decided")
		}
		h.verified()
	})
}

func TestWhatTheDatabaseHoldsNamesNobody(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		h.deliver().do(requests.SendMessage{Text: "Dear Dana Whitlock, welcome"}).do(requests.Note{Text: "Whitlock is a friend"})
		for _, table := range []string{"requests", "events", "messages", "letters", "audit_entries", "outbox", "submissions", "clocks", "links"} {
			var rows []map[string]any
			if err := h.db.Read().NewRaw("SELECT * FROM "+table).Scan(h.Context(), &rows); err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				for column, value := range row {
					text := fmt.Sprint(value)
					if b, ok := value.([]byte); ok {
						text = string(b)
					}
					if contains(text, "whitlock") || contains(text, "dana") {
						t.Errorf("%s.%s holds the person's name", table, column)
					}
				}
			}
		}
	})
}

func TestAnAlteredRowIsNamed(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		h.do(requests.TakeUp{})
		for _, c := range []struct{ statement, undo, want string }{
			{"UPDATE requests SET phase = 'decision'", "UPDATE requests SET phase = 'search'", "the phase"},
			{"UPDATE requests SET residence = 'FR'", "UPDATE requests SET residence = 'DE'", "the residence"},
			{"UPDATE clocks SET due_date = '2030-01-01' WHERE name = 'respond.law'", "UPDATE clocks SET due_date = '2026-04-02' WHERE name = 'respond.law'", "due on"},
			{"UPDATE events SET act = 'note' WHERE seq = 2", "UPDATE events SET act = 'take_up' WHERE seq = 2", "altered"},
			{"DELETE FROM clocks WHERE name = 'respond.promise'", "", "missing"},
		} {
			if _, err := h.db.Read().NewRaw("SELECT 1").Exec(h.Context()); err != nil {
				t.Fatal(err)
			}
			h.sql(c.statement)
			var all []string
			if _, err := h.VerifyTimelines(h.Context(), func(m requests.Mismatch) { all = append(all, m.String()) }); err != nil {
				t.Fatal(err)
			}
			if len(all) == 0 || !contains(strings.Join(all, "\n"), c.want) {
				t.Errorf("%s: found %q", c.statement, all)
			}
			if c.undo != "" {
				h.sql(c.undo)
			}
		}
	})
}

// The numbers of rows are given without asking the database. One that another
// process gave at the same instant is simply tried again.
func TestANumberThatIsTakenIsTriedAgain(t *testing.T) {
	each(t, func(h *house) {
		other := h.receive("moxora", "DE", policies.Access).Requests[0]
		h.receive("moxora", "DE", policies.Access)
		h.do(requests.Note{Text: "The first."})
		h.sql(fmt.Sprintf(`INSERT INTO messages (id, request_id, seq, at, author, actor, kind, sealed)
			SELECT id + 1, %d, 99, at, author, actor, kind, sealed FROM messages WHERE request_id = %d`, other.ID, h.request.ID))
		h.do(requests.Note{Text: "The second."})
		if h.look(); len(h.opened.Messages) != 2 {
			h.Errorf("%d notes were kept", len(h.opened.Messages))
		}
	})
}
