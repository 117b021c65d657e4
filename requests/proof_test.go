package requests_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/identity"
	"dsr/policies"
	"dsr/requests"
)

// days moves through time, six hours a step, and writes down on which day which
// letter went to the requester.
func (h *house) days(until string) []string {
	h.Helper()
	end, err := time.Parse(time.DateOnly, until)
	if err != nil {
		h.Fatal(err)
	}
	var got []string
	for ; h.clock.Before(end); h.clock = h.clock.Add(6 * time.Hour) {
		h.post = nil
		h.sweep().sweep()
		for _, e := range h.post {
			if strings.Contains(e.Text, "https://privacy.example.com/r/") {
				_, subject, _ := strings.Cut(e.Subject, ": ")
				got = append(got, h.clock.Format("01-02 ")+subject)
			}
		}
	}
	return got
}

func TestAMailboxThatNobodyOpensIsAskedThriceThenSetAside(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		h.deliver()
		first := h.link()
		got := h.days("2026-04-20")
		if len(got) != 4 || !strings.HasPrefix(got[0], "03-03") || !strings.HasPrefix(got[1], "03-05") || !strings.HasPrefix(got[2], "03-29") || !strings.HasPrefix(got[3], "03-30") {
			t.Errorf("the letters were %q", got)
		}
		h.look()
		if h.opened.Phase != requests.Aside || h.opened.Outcome != requests.Lapsed || h.opened.ClosedAt.IsZero() {
			t.Fatalf("it is in %s as %s", h.opened.Phase, h.opened.Outcome)
		}

		// The link in the lapse letter, or any older one, opens it again.
		h.on("2026-04-20")
		target, err := h.PeekLink(h.Context(), h.clock.AddDate(0, 0, -21), first)
		if err != nil || !target.Lapsed {
			t.Fatalf("the link leads to %+v: %v", target, err)
		}
		if _, err := h.UseLink(h.Context(), h.clock.AddDate(0, 0, -21), first); err != nil {
			t.Fatal(err)
		}
		h.look()
		if h.opened.Phase != requests.Triage || h.opened.Outcome != "" || !h.opened.ClosedAt.IsZero() || h.opened.ReceivedAt.Format(time.DateOnly) != "2026-03-02" || !h.opened.Proved() {
			t.Errorf("opened again it is %+v", h.opened.Request)
		}
		h.want("respond.law", requests.Overdue, "04-02")
		h.verified()
	})
}

func TestAnOptOutNeverLapses(t *testing.T) {
	each(t, func(h *house) {
		for _, residence := range []string{"US-CA", "DE", "US-VA", ""} {
			for _, right := range []policies.Right{policies.OptOutSale, policies.OptOutMarketing, policies.LimitSensitive} {
				h.on("2026-03-02")
				if _, err := h.tryReceive("opvio", residence, right); errors.Is(err, requests.ErrInvalid) {
					continue // not given there
				} else if err != nil {
					t.Fatal(err)
				}
				h.deliver()
				got := slices.DeleteFunc(h.days("2026-05-20"), func(s string) bool { return contains(s, "we are late") })
				if len(got) != 0 {
					t.Errorf("%s in %s: letters %q", right, residence, got)
				}
			}
		}
	})
}

// California: three points and a declaration, compared by staff, then deleted.
func TestProofIsComparedAndThenDeleted(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-06-01").receive("opvio", "US-CA", policies.Access)
		h.deliver().letters()
		h.on("2026-06-02").do(requests.AskProof{Points: []string{"invoice_number", "joined_month", "postcode", "mother"}, Declaration: true, Why: "A copy may only go to you."}).deliver()
		if letter := h.post[0].Text; !strings.Contains(letter, "invoice") || strings.Contains(letter, "mother") {
			t.Errorf("the letter does not name what is asked for:\n%s", letter)
		}
		h.want("respond.law", requests.Running, "07-16")
		h.asksToMend(requests.GiveProof{}, "text", "declared")
		secret := "INV-2026-0042"
		h.on("2026-06-05").asRequester(requests.GiveProof{Points: map[string]string{"invoice_number": secret, "joined_month": "March 2024", "postcode": "94110", "mother": "Jane"}, Declared: true,
			Files: []requests.Upload{{Name: "invoice.pdf", Type: "application/pdf", Content: []byte("%PDF-1.7 " + secret)}}})
		h.look()
		if g := h.opened.Given; g == nil || g.Points["invoice_number"] != secret || g.Points["mother"] != "" || !g.Declared || len(h.opened.Files) != 1 {
			t.Fatalf("staff compares %+v", g)
		}
		if next := h.opened.Next(); next.What != "Compare the proof" {
			t.Errorf("the next step is %q", next.What)
		}
		h.mends(requests.RecordProof{Level: "three_points", Matched: []string{"invoice_number", "postcode"}}, "matched")
		h.do(requests.RecordProof{Level: "three_points", Matched: []string{"invoice_number", "postcode", "joined_month"}})
		h.look()
		if h.opened.Given != nil || len(h.opened.Files) != 0 || !h.opened.Proved() || h.opened.Phase != requests.Search {
			t.Errorf("after judging: %+v, files %d, %s", h.opened.Given, len(h.opened.Files), h.opened.Phase)
		}
		for _, e := range h.opened.Timeline {
			if strings.Contains(e.Text+e.Data, secret) {
				t.Errorf("the timeline keeps what was given: %s", e.Data)
			}
		}
		h.verified()
	})
}

func TestInTheUnionComparingIsTheTeamsOwnTime(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Deletion)
		h.on("2026-03-05").do(requests.AskProof{What: "The workspace you made first", Why: "The address is not the one of the account."})
		h.want("respond.law", requests.Held, "")
		h.on("2026-03-09").asRequester(requests.GiveProof{Text: "Hallam"}).want("respond.law", requests.Running, "04-07")
		h.on("2026-03-12").do(requests.RejectProof{What: "The month it was made in", Why: "There are two of that name."}).want("respond.law", requests.Held, "")
		h.refused(requests.RejectProof{What: "x", Why: "y"}, "no proof has come")
		h.on("2026-03-13").asRequester(requests.GiveProof{Text: "March 2024"})
		h.refused(requests.AskProof{What: "More", Why: "More"}, "not possible")
		h.on("2026-03-20").do(requests.RecordProof{Level: "mailbox"}).want("respond.law", requests.Running, "04-09")
		h.verified()
	})
}

func TestProofThatDoesNotComeLapsesAndTheLawStaysHeld(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Deletion)
		if _, err := h.UseLink(h.Context(), h.clock, h.deliver().link()); err != nil {
			t.Fatal(err)
		}
		h.on("2026-03-04").do(requests.AskProof{What: "The workspace you made first", Why: "The address is not the one of the account."}).deliver()
		got := h.days("2026-05-01")
		if len(got) != 4 || !strings.HasPrefix(got[3], "04-01") {
			t.Errorf("the letters were %q", got)
		}
		h.look()
		if h.opened.Phase != requests.Aside {
			t.Fatalf("it is in %s", h.opened.Phase)
		}
		h.on("2026-05-01").asRequester(requests.Reopen{}).want("respond.law", requests.Held, "")
		h.asRequester(requests.GiveProof{Text: "Hallam"}).do(requests.RecordProof{Level: "mailbox"})
		h.want("respond.law", requests.Running, "")
		if c := h.opened.LawClock(); c.Due.Date.String() < "2026-05-25" {
			t.Errorf("the law's day is %s, though nobody could know who asked for two months", c.Due.Date)
		}
		h.verified()
	})
}

func TestADeadlineBetweenRequestAndProofIsToldAsItIs(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-06-01").receive("opvio", "US-CA", policies.Deletion)
		h.on("2026-07-10").do(requests.AskProof{What: "Two invoices", Why: "Deleting cannot be undone."})
		h.on("2026-07-20").want("respond.law", requests.Overdue, "07-16")
		h.asRequester(requests.GiveProof{Text: "here"}).do(requests.RecordProof{Level: "two_points", Matched: []string{"invoice_number", "postcode"}})
		h.want("respond.law", requests.Overdue, "07-16")
		h.verified()
	})
}

var codeInLetter = regexp.MustCompile(`\b(\d{3}) ?(\d{3})\b`)

// code returns the code in the newest letter.
func (h *house) code() string {
	h.Helper()
	for i := len(h.post) - 1; i >= 0; i-- {
		if found := codeInLetter.FindStringSubmatch(h.post[i].Text); found != nil {
			return found[1] + found[2]
		}
	}
	h.Fatal("no letter held a code")
	return ""
}

func TestACodeDoesWhatItsLinkDoes(t *testing.T) {
	each(t, func(h *house) {
		receipt := h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		code := h.deliver().code()
		if _, err := h.UseCode(h.Context(), h.clock.Add(25*time.Hour), receipt.SubmissionID, code); !errors.Is(err, requests.ErrCode) {
			t.Errorf("a code of yesterday gave %v", err)
		}
		caller, err := h.UseCode(h.Context(), h.clock, receipt.SubmissionID, code[:3]+" "+code[3:])
		if err != nil || caller.Kind != access.Requester || !caller.Sees(receipt.SubmissionID, 0) {
			t.Fatalf("the code made %+v: %v", caller, err)
		}
		if h.look(); h.opened.Verified != identity.Mailbox {
			t.Errorf("the proof is %s", h.opened.Verified)
		}
		if _, err := h.UseCode(h.Context(), h.clock, receipt.SubmissionID, code); !errors.Is(err, requests.ErrCode) {
			t.Errorf("a used code gave %v", err)
		}
	})
}

func TestGuessingCodesGetsNowhere(t *testing.T) {
	each(t, func(h *house) {
		receipt := h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		code, link := h.deliver().code(), h.link()
		tries := 10_000
		if h.db.Engine() != database.SQLite {
			tries = 500 // the count is the same statement there
		}
		for i := range tries {
			guess := fmt.Sprintf("%06d", i)
			if guess == code {
				continue
			}
			if _, err := h.UseCode(h.Context(), h.clock, receipt.SubmissionID, guess); !errors.Is(err, requests.ErrCode) {
				t.Fatalf("guess %d gave %v", i, err)
			}
		}
		if _, err := h.UseCode(h.Context(), h.clock, receipt.SubmissionID, code); !errors.Is(err, requests.ErrCode) {
			t.Errorf("after %d guesses the right code gave %v", tries, err)
		}
		if _, err := h.UseLink(h.Context(), h.clock, link); err != nil {
			t.Errorf("guessing shut the person out of their link: %v", err)
		}
	})
}

func TestALinkToAllRequestsGoesToTheAddressAlone(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		second := h.receive("moxora", "DE", policies.Deletion)
		h.receive("opvio", "DE", policies.Access)
		h.deliver().letters()
		for _, address := range []string{"nobody@example.org", "dana.whitlock@example.org", "DANA.Whitlock@Example.org"} {
			h.clock = h.clock.Add(time.Minute)
			if err := h.AskLink(h.Context(), h.clock, "moxora", address); err != nil {
				t.Fatal(err)
			}
			h.deliver()
		}
		if err := h.AskLink(h.Context(), h.clock, "moxora", "dana"); !errors.Is(err, requests.ErrInvalid) {
			t.Errorf("half an address gave %v", err)
		}
		h.deliver()
		if len(h.post) != 2 || h.post[0].To != "dana.whitlock@example.org" {
			t.Fatalf("%d letters went out", len(h.post))
		}
		mark, err := h.PersonMark("dana.whitlock@example.org")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.UseCodeOf(h.Context(), h.clock, "opvio", mark, h.code()); !errors.Is(err, requests.ErrCode) {
			t.Errorf("the code opens another policy's requests: %v", err)
		}
		caller, err := h.UseCodeOf(h.Context(), h.clock, "moxora", mark, h.code())
		if err != nil {
			t.Fatal(err)
		}
		if mine, err := h.Mine(h.Context(), caller, h.clock); err != nil || len(mine) != 2 {
			t.Errorf("the visit opens %d requests: %v", len(mine), err)
		}

		began := h.clock
		h.clock = h.clock.Add(time.Hour)
		if err := h.SignOut(h.Context(), caller, h.clock); err != nil {
			t.Fatal(err)
		}
		still, err := h.StillIn(h.Context(), caller, began)
		if err != nil || len(still.Submissions) != 0 {
			t.Errorf("after signing out everywhere the visit opens %v: %v", still.Submissions, err)
		}
		if still, err = h.StillIn(h.Context(), requests.RequesterOf(second.SubmissionID), h.clock.Add(time.Minute)); err != nil || len(still.Submissions) != 1 {
			t.Errorf("a later visit opens %v: %v", still.Submissions, err)
		}
	})
}

func TestSuspectedAbuseIsReceivedAndWritesToNobody(t *testing.T) {
	each(t, func(h *house) {
		h.suspect = requests.SuspectMailbox
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		h.want("respond.law", requests.Running, "04-02").deliver()
		if len(h.post) != 0 {
			t.Fatalf("%d letters went to somebody who may not have asked", len(h.post))
		}
		if got := h.days("2026-03-20"); len(got) != 0 {
			t.Errorf("letters %q", got)
		}
		h.on("2026-03-03").do(requests.Dismiss{Outcome: requests.Spam}).deliver()
		if len(h.post) != 0 || h.request.Phase != requests.Aside {
			t.Errorf("as spam it is in %s, with %d letters", h.request.Phase, len(h.post))
		}
		h.on("2026-03-04").do(requests.Reopen{Reason: "A colleague knows her."}).deliver()
		if got := h.letters(); len(got) != 1 || got[0] != "we have your request" || h.request.Suspect != "" {
			t.Errorf("the letters were %q", got)
		}
		h.receive("moxora", "DE", policies.Access)
		h.do(requests.Clear{}).deliver()
		if got := h.letters(); len(got) != 1 || got[0] != "we have your request" || h.request.Suspect != "" {
			t.Errorf("the letters were %q", got)
		}
		h.refused(requests.Clear{}, "nothing is suspected")
		h.verified()
	})
}

// look opens the request as staff sees it.
func (h *house) look() {
	h.Helper()
	var err error
	if h.opened, err = h.Open(h.Context(), h.mara, h.clock, h.last, true); err != nil {
		h.Fatal(err)
	}
}

// mends checks that a form of staff must mend fields.
func (h *house) mends(v requests.Verb, fields ...string) {
	h.Helper()
	h.needs(h.try(h.mara, v), fields)
}

// asksToMend does so for the requester.
func (h *house) asksToMend(v requests.Verb, fields ...string) {
	h.Helper()
	h.needs(h.try(requests.RequesterOf(h.request.SubmissionID), v), fields)
}

func (h *house) needs(err error, fields []string) {
	h.Helper()
	var mend requests.FieldErrors
	if !errors.As(err, &mend) || len(mend) != len(fields) {
		h.Errorf("the form gave %v (%v), want %v", err, mend, fields)
	}
	for _, f := range fields {
		if mend[f] == "" {
			h.Errorf("nothing is said at %s", f)
		}
	}
}

func TestAfterAStandstillThePersonGetsOneReminderNotAll(t *testing.T) {
	each(t, func(h *house) {
		h.on("2026-03-02").receive("moxora", "DE", policies.Access)
		h.deliver()
		h.post = nil
		h.on("2026-03-24").sweep()
		var person, team int
		for _, e := range h.post {
			if e.To == "dana.whitlock@example.org" {
				person++
			} else {
				team++
			}
		}
		if person != 1 || team == 0 {
			t.Errorf("%d letters to the person, %d to the team", person, team)
		}
		h.verified()
	})
}
