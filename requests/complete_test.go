package requests_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"dsr/access"
	"dsr/intake"
	"dsr/policies"
	"dsr/requests"
)

// person is what the office knows about whoever asked, as staff see it who
// looked.
func (h *house) person() requests.Person {
	h.Helper()
	h.look()
	return h.opened.Person
}

// wanted is what the requester could still add.
func (h *house) wanted() requests.Wanted {
	h.Helper()
	v, err := h.Open(h.Context(), requests.RequesterOf(h.request.SubmissionID), h.clock, h.last, false)
	if err != nil {
		h.Fatal(err)
	}
	return h.Office.Wanted(v)
}

// nameless is a letter without a name, a place or anything else to find its
// writer by.
func (h *house) nameless() *house {
	h.Helper()
	h.mailTo("moxora", "From: d.w@example.org", "Subject: My data", "", "Please send me a copy of all personal data you hold about me.")
	v := h.became(intake.Request)
	h.request = v.Request
	return h
}

// keyed records a request that came by phone, without a residence.
func (h *house) keyed(policy string, right policies.Right) {
	h.Helper()
	h.nonces++
	receipt, err := h.Receive(h.Context(), h.mara, h.clock, requests.Submission{
		Nonce: "keyed-in-by-staff-" + h.clock.Format("150405"), Policy: policy, Rights: []policies.Right{right}, Channel: "phone", Language: "en",
		Person: requests.Person{Email: "d.w@example.org"},
	})
	if err != nil {
		h.Fatal(err)
	}
	h.request, h.last = receipt.Requests[0], receipt.Requests[0].Reference
}

// Somebody wrote three lines. Behind the link in their letter they say where
// they live and what they are called: the law is theirs from then on, counted
// from the same receipt, and the promise stands.
func TestWhoWroteByMailAddsWhatIsMissing(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").nameless()
		if w := h.wanted(); !w.Place || w.Proposed != "" || !w.Name || len(w.Identifiers) != 1 || !w.Missing() {
			t.Fatalf("missing is %+v", w)
		}
		h.want("respond.promise", requests.Running, "")
		promise, due := h.opened.Clocks[slices.IndexFunc(h.opened.Clocks, func(c requests.Clock) bool { return c.Name() == "respond.promise" })].Due.Date, h.opened.LawClock().Due.Date
		if !h.opened.Provisional {
			t.Fatal("a law is not only assumed")
		}
		h.do(requests.Assign{UserID: h.mara.ID}).deliver().letters()
		told := requests.Complete{Residence: "US-CA", Name: " Dana\tWhitlock ", Identifiers: map[string]string{"workspace": "Hallam & Sons"}}
		h.on("2026-03-04").asRequester(told)
		h.want("respond.law", requests.Running, "04-16").want("respond.promise", requests.Running, promise.String()[5:])
		if due == h.opened.LawClock().Due.Date || h.opened.Provisional || h.opened.Residence != "US-CA" {
			t.Errorf("the law's date stays %s, provisional %v, residence %s", due, h.opened.Provisional, h.opened.Residence)
		}
		p := h.person()
		if p.Name != "Dana Whitlock" || p.Identifiers["workspace"] != "Hallam & Sons" || p.Email != "d.w@example.org" {
			t.Errorf("the person is %+v", p)
		}
		last := h.opened.Timeline[len(h.opened.Timeline)-1]
		if last.Act != requests.ActComplete || len(last.Change.Moved) == 0 || last.Text != "Lives in: US-CA\nName: Dana Whitlock\nWorkspace name: Hallam & Sons" {
			t.Errorf("the timeline ends with %s, moved %v: %q", last.Act, last.Change.Moved, last.Text)
		}
		if read := h.opened.Facts.Reading; read == nil || read.Residence != "US-CA" || !read.Told {
			t.Errorf("the reading is %+v", read)
		}
		if subjects := h.deliver().letters(); len(subjects) != 1 {
			t.Errorf("the handler was told %q", subjects)
		}
		h.asRequester(told).stored("SELECT COUNT(*) FROM events WHERE act = 'complete'", 1)
		if subjects := h.deliver().letters(); len(subjects) != 0 {
			t.Errorf("the second time the handler was told %q", subjects)
		}
		if w := h.wanted(); w.Any() || w.Missing() {
			t.Errorf("still missing is %+v", w)
		}
		h.stored("SELECT COUNT(*) FROM events WHERE data LIKE '%Whitlock%' OR data LIKE '%Hallam%'", 0)
		h.stored("SELECT COUNT(*) FROM requests WHERE facts LIKE '%Whitlock%' OR facts LIKE '%Hallam%'", 0)
		h.refused(requests.TakeUp{}, "Say first what the message asks for")
		h.do(requests.ConfirmReading{Right: policies.Access, Residence: "US-CA"}).do(requests.TakeUp{})
		h.verified()
	})
}

// What rules read from a letter is a proposal, and the person knows better.
func TestWherePeopleLiveCountsMoreThanWhatWasRead(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").mailTo("moxora", dana, "Subject: My data", "", "Please delete my account. I live in Germany.")
		h.request = h.became(intake.Request).Request
		if w := h.wanted(); !w.Place || w.Proposed != "DE" || w.Name {
			t.Fatalf("missing is %+v", w)
		}
		h.asRequester(requests.Complete{Residence: "FR"})
		if h.request.Residence != "FR" || h.request.Facts.Reading == nil {
			t.Errorf("they live in %s, reading %+v", h.request.Residence, h.request.Facts.Reading)
		}
		h.unwanted(requests.Complete{Residence: "GB"}, "lives is known already")
		h.do(requests.ConfirmReading{Residence: "FR"}).verified()
	})
}

// unwanted checks that a requester is refused with a sentence.
func (h *house) unwanted(v requests.Verb, words string) {
	h.Helper()
	err := h.try(requests.RequesterOf(h.request.SubmissionID), v)
	var refusal *requests.Refused
	if !errors.As(err, &refusal) || !contains(refusal.Error(), words) {
		h.Errorf("%T gave %v, want a refusal with %q", v, err, words)
	}
}

func TestWhatTheTeamKnowsIsNotOverwritten(t *testing.T) {
	each(t, func(h *house) {
		h.keyed("moxora", policies.Access)
		h.do(requests.SetLaw{Residence: "DE", Reason: "She said so."})
		h.unwanted(requests.Complete{Residence: "US-CA", Name: "Dana"}, "lives is known already")
		h.asRequester(requests.Complete{Name: "Dana Whitlock", Residence: "DE"}).asRequester(requests.Complete{Name: "Dana Whitlock"})
		h.unwanted(requests.Complete{Name: "Eve"}, "known already")
		h.asRequester(requests.Complete{Identifiers: map[string]string{"workspace": "Hallam"}})
		h.unwanted(requests.Complete{Identifiers: map[string]string{"workspace": "Other"}}, "known already")
		if p := h.person(); p.Name != "Dana Whitlock" || p.Identifiers["workspace"] != "Hallam" || h.opened.Residence != "DE" {
			t.Errorf("the person is %+v in %s", p, h.opened.Residence)
		}
		h.verified()
	})
}

// A law that a person chose stands, though nobody knows where the requester
// lives.
func TestALawThatTheTeamChoseStands(t *testing.T) {
	each(t, func(h *house) {
		h.keyed("moxora", policies.Access)
		h.do(requests.SetLaw{Regime: "UK_GDPR", Reason: "Handled in London."})
		if w := h.wanted(); w.Place || !w.Name {
			t.Errorf("missing is %+v", w)
		}
		h.unwanted(requests.Complete{Residence: "US-CA"}, "known already")
		if h.request.Regime != "UK_GDPR" {
			t.Errorf("the law is %s", h.request.Regime)
		}
	})
}

func TestWhoMayCompleteARequestAndWhen(t *testing.T) {
	each(t, func(h *house) {
		h.nameless()
		add := requests.Complete{Residence: "DE", Name: "Dana"}
		h.refused(add, "can only be done by the requester")
		auditor := h.hire("ada@example.com", "Ada", access.Auditor, access.AllPolicies())
		if err := h.try(auditor, add); !errors.Is(err, requests.ErrForbidden) {
			t.Errorf("an auditor: %v", err)
		}
		if err := h.try(requests.RequesterOf(h.request.SubmissionID+1), add); !errors.Is(err, requests.ErrNotFound) {
			t.Errorf("somebody else: %v", err)
		}
		h.do(requests.Dismiss{Outcome: requests.NotUs, Text: "Write to them."})
		h.unwanted(add, "The request is closed")
		if w := h.wanted(); w.Any() {
			t.Errorf("missing of a closed one is %+v", w)
		}
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'complete'", 0)
		h.stored("SELECT COUNT(*) FROM audit_entries WHERE act = 'complete' AND outcome = 'refused'", 3)
	})
}

// Whatever is sent is words, one line each, or is asked to be mended; nothing
// of it is kept then.
func TestHostileCompletionsAreWordsOrAreRefused(t *testing.T) {
	each(t, func(h *house) {
		h.nameless()
		long := strings.Repeat("ñ", 201)
		for _, residence := range []string{"at home", "de", "DE'; DROP TABLE requests; --", "US_CA", "Q9", "DE\x00"} {
			h.asksToMend(requests.Complete{Residence: residence, Name: "Dana"}, "residence")
		}
		h.asksToMend(requests.Complete{}, "residence")
		h.asksToMend(requests.Complete{Name: " \n\t "}, "residence")
		h.asksToMend(requests.Complete{Name: long, Identifiers: map[string]string{"workspace": long}}, "name", "workspace")
		h.asksToMend(requests.Complete{Identifiers: map[string]string{"password": "x", "": "y"}}, "residence")
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'complete'", 0)
		evil := "<b>\"x\"</b>\r\nSubject: y \u202e' OR 1=1 --"
		h.asRequester(requests.Complete{Name: evil, Identifiers: map[string]string{"nobody": "z"}})
		if p := h.person(); p.Name != "<b>\"x\"</b> Subject: y \u202e' OR 1=1 --" || len(p.Identifiers) != 0 {
			t.Errorf("the person is %+v", p)
		}
		h.verified()
	})
}

// Whoever comes first, the residence is the team's in the end, nothing is lost
// half-way and the timeline explains the row.
func TestTheTeamAndTheRequesterSetTheResidenceAtOnce(t *testing.T) {
	each(t, func(h *house) {
		h.nameless()
		requester := requests.RequesterOf(h.request.SubmissionID)
		var group sync.WaitGroup
		var byRequester, byTeam error
		group.Add(2)
		go func() {
			defer group.Done()
			_, byRequester = h.Do(h.Context(), requester, h.clock, h.last, 0, requests.Complete{Residence: "US-CA", Name: "Dana"})
		}()
		go func() {
			defer group.Done()
			_, byTeam = h.Do(h.Context(), h.mara, h.clock, h.last, 0, requests.SetLaw{Residence: "DE", Reason: "She wrote so."})
		}()
		group.Wait()
		var refusal *requests.Refused
		if byTeam != nil || byRequester != nil && !errors.As(byRequester, &refusal) {
			t.Fatalf("the team: %v, the requester: %v", byTeam, byRequester)
		}
		p := h.person()
		if h.opened.Residence != "DE" || (p.Name == "Dana") != (byRequester == nil) {
			t.Errorf("residence %s, name %q, the requester %v", h.opened.Residence, p.Name, byRequester)
		}
		h.verified()
	})
}

// The form asks for all of it. Who rather did not say where they live can say
// it later; who only wants something to stop is not asked at all.
func TestWhoFilledTheFormInIsAskedOnlyWhereTheyLive(t *testing.T) {
	each(t, func(h *house) {
		h.receive("moxora", "DE", policies.Access)
		if w := h.wanted(); w.Any() {
			t.Errorf("of a whole form is missing %+v", w)
		}
		h.receive("moxora", "", policies.Access)
		if w := h.wanted(); !w.Place || w.Name || !w.Missing() {
			t.Errorf("of a form without a place is missing %+v", w)
		}
		h.asRequester(requests.Complete{Residence: "BR"})
		if w := h.wanted(); w.Any() || h.request.Residence != "BR" {
			t.Errorf("afterwards %+v in %s", w, h.request.Residence)
		}
		h.receive("moxora", "", policies.OptOutMarketing)
		if w := h.wanted(); w.Any() {
			t.Errorf("of an opt-out is missing %+v", w)
		}
		h.verified()
	})
}

// What is said once holds for everything that was sent with it.
func TestWhatIsSaidOnceHoldsForTheWholeForm(t *testing.T) {
	each(t, func(h *house) {
		receipt := h.receive("moxora", "", policies.Access, policies.Deletion, policies.OptOutMarketing)
		told := requests.Complete{Residence: "US-CA", Identifiers: map[string]string{"workspace": "Hallam"}}
		caller := requests.RequesterOf(h.request.SubmissionID)
		h.asRequester(told)
		for range 2 {
			if err := h.CompleteRest(h.Context(), caller, h.clock, receipt.Requests[0], told); err != nil {
				t.Fatal(err)
			}
		}
		h.stored("SELECT COUNT(*) FROM events WHERE act = 'complete'", 2)
		h.stored("SELECT COUNT(*) FROM requests WHERE residence = 'US-CA'", 2)
		h.verified()
	})
}
