package year_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"dsr/access"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

// mark stands in every seeded name and address, and nowhere else: wherever it is
// found in the database, something personal lies in the clear.
const mark = "qzxwvk"

// team is the staff of the year.
type team struct {
	w        *world
	handlers []access.Caller
	second   access.Caller // an approver
	chief    access.Caller // an administrator
	auditor  access.Caller
}

// hire makes the staff: handlers of some policies and of all, an approver, an
// administrator, an auditor.
func (w *world) hire() {
	w.Helper()
	w.team = &team{w: w}
	all := access.AllPolicies()
	person := func(n int, role access.Role, serves access.Policies) access.Caller {
		u := people.User{Email: fmt.Sprintf("staff%d.%s@team.example", n, mark), Name: fmt.Sprintf("Staff %d Qzxwvk", n), Role: role, Policies: serves, Active: true}
		added, err := w.houses[0].people.Create(context.Background(), w.clock, u, "a long enough pass phrase")
		if err != nil {
			w.Fatal(err)
		}
		return added.Caller()
	}
	w.team.handlers = []access.Caller{
		person(1, access.Handler, all), person(2, access.Handler, access.OnlyPolicies("moxora", "nexoro")),
		person(3, access.Handler, access.OnlyPolicies("opvio", "sectora", "vensor")),
	}
	w.team.second = person(4, access.Approver, all)
	w.team.chief = person(5, access.Administrator, all)
	w.team.auditor = person(6, access.Auditor, all)
	for _, p := range w.houses[0].office.Book().Packs()[:2] {
		w.attempt(w.houses[0], "approval for "+p.ID, func(ctx context.Context, now time.Time) error {
			return w.houses[0].office.SetApproval(ctx, w.team.chief, now, p.ID, policies.ApprovalKinds())
		})
	}
}

// forMatter is somebody who may work on a matter.
func (s *team) forMatter(m *matter) access.Caller {
	for range 4 {
		if c := s.handlers[s.w.random.IntN(len(s.handlers))]; c.Policies.Include(m.policy) {
			return c
		}
	}
	return s.handlers[0]
}

// plan lets the team come to work: on weekdays, but for two weeks in which
// almost nobody is there. Some requests nobody looks at for months.
func (s *team) plan(midnight time.Time) {
	w := s.w
	if day := midnight.Weekday(); day == time.Saturday || day == time.Sunday {
		return
	}
	pace := 230
	if year := midnight.YearDay(); year > 210 && year < 225 {
		pace = 20
	}
	for _, m := range w.ledger.open {
		if m.number%17 == 0 && midnight.Sub(m.recorded) < 75*24*time.Hour || !w.chance(pace) {
			continue
		}
		w.agenda.add(midnight.Add(7*time.Hour+time.Duration(w.random.IntN(12*60))*time.Minute), func() { s.act(m) })
	}
}

// act is one thing that one of the team does to a request.
func (s *team) act(m *matter) {
	w := s.w
	h, who := w.any(), s.forMatter(m)
	if w.chance(20) { // somebody who may not
		who = s.auditor
	}
	verb := s.verb(h, who, m)
	if verb == nil {
		return
	}
	if w.chance(60) && !w.calm {
		s.twoAtOnce(m, who, verb)
		return
	}
	seen := int64(0)
	if w.chance(40) {
		seen = m.seq // may be stale, or not the revision at all
	}
	if w.chance(100) {
		verb = requests.WithParagraph{Verb: verb, Text: "Added by hand."}
	}
	w.do(h, who, m, seen, verb)
}

// twoAtOnce does the same in two processes in the same moment, as somebody does
// who has two windows open: what is done is done once, however they come to
// meet. It is one person and one instant, so that the day is the same whoever is
// quicker; in turn the first is.
func (s *team) twoAtOnce(m *matter, who access.Caller, verb requests.Verb) {
	w := s.w
	errs, now := make([]error, 2), w.now(w.houses[0])
	var both sync.WaitGroup
	for i := range errs {
		both.Go(func() {
			_, errs[i] = w.houses[i].office.Do(context.Background(), who, now, m.reference, 0, verb)
		})
		if *inTurn {
			both.Wait()
		}
	}
	both.Wait()
	w.done["at once"]++
	w.note("%T #%d twice at once: %.80v, %.80v", verb, m.number, errs[0], errs[1])
	for _, err := range errs {
		if err != nil && !refusal(err) {
			w.fault(m, "twice at once, %T: %v", verb, err)
		}
	}
}

// verb chooses what fits the phase, and sometimes what does not.
func (s *team) verb(h *house, who access.Caller, m *matter) requests.Verb {
	w := s.w
	switch n := w.random.IntN(100); {
	case n < 3:
		return requests.Note{Text: fmt.Sprintf("Looked at on day %d; Dana Qzxwvk rang.", w.day)}
	case n < 5:
		return requests.AddLabel{Label: []string{"urgent", "press", "child"}[w.random.IntN(3)]}
	case n < 7:
		return requests.Assign{UserID: s.handlers[w.random.IntN(len(s.handlers))].ID}
	case n < 10:
		return requests.SendMessage{Text: "We have not forgotten you."}
	case n < 12:
		return requests.SetLaw{Residence: residences()[w.random.IntN(len(residences()))], Reason: "The invoice says so."}
	case n < 14:
		return requests.CorrectReceipt{ReceivedAt: m.facts.ReceivedAt.Add(-time.Duration(1+w.random.IntN(20*24)) * time.Hour), Reason: "The letter lay in another mailbox."}
	case n < 20 && m.undecided():
		return s.extension(h, who, m)
	case n < 21:
		return requests.Close{Done: true} // too early, mostly
	}
	switch m.phase {
	case requests.Triage:
		return s.triage(m)
	case requests.Verification:
		return s.judge(m)
	case requests.Search:
		return s.search(m)
	case requests.Decision:
		return s.decide(h, who, m)
	case requests.Answer:
		return requests.Close{Done: true}
	}
	return nil
}

func (s *team) triage(m *matter) requests.Verb {
	w := s.w
	n := w.random.IntN(10)
	switch {
	case m.unread:
		c := requests.ConfirmReading{Right: m.right, Residence: m.law.Residence}
		if n < 2 {
			c.Also = []policies.Right{policies.Deletion, policies.Access}
		}
		return c
	case m.suspect != "" && n < 7:
		return requests.Clear{}
	case m.suspect != "":
		return requests.Dismiss{Outcome: requests.Spam}
	case n < 2:
		return s.askProof(m)
	case n < 3:
		return requests.Dismiss{Outcome: requests.NotUs, Text: "You are a customer of somebody else."}
	}
	return requests.TakeUp{}
}

func (s *team) askProof(m *matter) requests.Verb {
	w := s.w
	return requests.AskProof{
		Authority: m.agent != 0 && w.chance(600), Points: []string{"full_name", "postcode", "last_use"}[:1+w.random.IntN(3)],
		Why: "The address you wrote from is not the one of the account.",
	}
}

func (s *team) judge(m *matter) requests.Verb {
	w := s.w
	switch p := m.proof; {
	case p.Given() && w.chance(250):
		return requests.RejectProof{What: "The month in which you joined.", Why: "The postcode is another one."}
	case p.Given() && p.Authority:
		return requests.RecordProof{Authority: "signed_permission"}
	case p.Given(), w.chance(40):
		return requests.RecordProof{Level: []string{"two_points", "three_points", "mailbox", "declaration"}[w.random.IntN(4)], Matched: []string{"full_name", "postcode", "last_use", "email"}}
	case w.chance(30):
		return requests.Dismiss{Outcome: requests.Unproved, Text: "Nobody has shown that this account is theirs."}
	}
	return nil
}

func (s *team) search(m *matter) requests.Verb {
	w := s.w
	switch n := w.random.IntN(10); {
	case n < 2:
		return requests.AskQuestion{Question: "Which of your accounts do you mean?"}
	case n < 3 && m.proof == nil:
		return s.askProof(m)
	}
	found := []string{"found", "nothing", "exception"}[w.random.IntN(3)]
	return requests.RecordFindings{Systems: []requests.Searched{{System: "App database", Found: found}, {System: "Helpdesk", Found: "found"}}}
}

// decide decides, or moves a decision on that waits for a second person.
func (s *team) decide(h *house, who access.Caller, m *matter) requests.Verb {
	w := s.w
	if m.waiting != "" {
		reply := requests.Verb(requests.Approve{})
		if w.chance(250) {
			reply = requests.SendBack{Reason: "Look at the second system again."}
		}
		w.do(h, s.second, m, 0, reply)
		return nil
	}
	d := requests.Decide{Outcome: requests.Granted, Text: "Here is what you asked for."}
	switch n := w.random.IntN(10); {
	case n < 5:
		d.Files = []requests.Upload{{Name: "export-" + mark + ".csv", Type: "text/csv", Content: []byte("name\nDana Qzxwvk\n")}}
	case n < 6:
		d.Outcome, d.Text = requests.NothingFound, "We hold nothing about you."
	case n < 9:
		d.Outcome, d.Ground = requests.RefusedAll, s.ground(h, who, m)
		if n < 8 {
			d.Outcome = requests.Partly
		}
	}
	return d
}

// ground is a ground in law to refuse a request, or "" where the law knows none.
func (s *team) ground(h *house, who access.Caller, m *matter) string {
	v, err := h.office.Open(context.Background(), who, s.w.now(h), m.reference, false)
	if err != nil || len(v.Grounds()) == 0 {
		return ""
	}
	return v.Grounds()[s.w.random.IntN(len(v.Grounds()))].Ground
}

// extension is one that the law allows, one that is too long, or one that comes
// too late.
func (s *team) extension(h *house, who access.Caller, m *matter) requests.Verb {
	w := s.w
	v, err := h.office.Open(context.Background(), who, w.now(h), m.reference, false)
	if err != nil || len(v.Version.Extensions) == 0 {
		return requests.Extend{Ground: "busy", Reason: "We are busy.", Until: "2027-12-31"}
	}
	until, lawful, err := v.LastExtended(h.office.Book())
	if err != nil || !lawful || w.chance(100) {
		until = until.AddDays(400)
	}
	w.note("#%d could be extended to %s at the latest", m.number, until)
	return requests.Extend{Ground: v.Version.Extensions[0].Ground, Reason: "There are many backups.", Until: until.String()}
}
