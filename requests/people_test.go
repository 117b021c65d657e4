package requests_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dsr/access"
	"dsr/audit"
	"dsr/people"
	"dsr/policies"
	"dsr/requests"
)

const longPhrase = "eleven herons, no boat"

// welcome returns the token of the newest letter with a link to choose a
// password, and to whom it went.
func (h *house) welcome() (token, to string) {
	h.Helper()
	h.deliver()
	for i := len(h.post) - 1; i >= 0; i-- {
		if _, rest, found := strings.Cut(h.post[i].Text, "https://privacy.example.com/console/welcome/"); found {
			return strings.Fields(rest)[0], h.post[i].To
		}
	}
	h.Fatal("no letter holds such a link")
	return "", ""
}

// houseActs lists the acts on the trail of the house, the refused ones marked.
func (h *house) houseActs() (acts []string) {
	h.Helper()
	err := h.db.Read().NewSelect().Table("audit_entries").
		ColumnExpr("CASE WHEN outcome = ? THEN act ELSE act || ' refused' END", audit.Done).Where("chain = 0").Order("id").Scan(h.Context(), &acts)
	if err != nil {
		h.Fatal(err)
	}
	return acts
}

func tomas(serves access.Policies) people.User {
	return people.User{Email: "tomas@example.com", Name: "Tomas Rey", Role: access.Handler, Policies: serves}
}

// Everything that happens to an account, with its letters and its trail.
func TestAColleagueFromTheInvitationToLeavingAndBack(t *testing.T) {
	each(t, func(h *house) {
		priya := h.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
		must := func(err error) {
			h.Helper()
			if err != nil {
				h.Fatal(err)
			}
		}
		u, err := h.Invite(h.Context(), priya, h.clock, tomas(access.OnlyPolicies("moxora", "opvio")))
		must(err)
		first, to := h.welcome()
		if to != "tomas@example.com" || !strings.Contains(h.post[0].Text, "Moxora, Opvio") || strings.Contains(h.post[0].Text, "Tomas") {
			t.Errorf("to %s:\n%s", to, h.post[0].Text)
		}
		must(h.InviteAgain(h.Context(), priya, h.clock, u.ID))
		second, _ := h.welcome()
		if _, _, err := h.people.Peek(h.Context(), h.clock, first); err == nil {
			t.Error("the first link still works")
		}
		_, err = h.people.UseLink(h.Context(), h.clock, second, longPhrase, requests.OnHouse(h.clock, u.Caller(), "join", nil))
		must(err)
		must(h.Change(h.Context(), priya, h.clock, u.ID, people.Change{Name: "Tomas Ray", Role: access.Approver, Policies: access.OnlyPolicies("moxora")}))
		must(h.EndSessions(h.Context(), priya, h.clock, u.ID))
		must(h.LetLeave(h.Context(), priya, h.clock, u.ID))
		must(h.BringBack(h.Context(), priya, h.clock, u.ID))
		must(h.TakeBack(h.Context(), priya, h.clock, u.ID))
		if err := h.LetLeave(h.Context(), priya, h.clock, priya.ID); !errors.Is(err, people.ErrLastAdministrator) {
			t.Errorf("the last administrator leaves: %v", err)
		}
		want := []string{"invite", "invite_again", "join", "change_colleague", "end_sessions", "leave", "bring_back", "take_back_invitation"}
		if got := h.houseActs(); !slices.Equal(got, want) {
			t.Errorf("the trail says %q, want %q", got, want)
		}
		var detail string
		h.scan(&detail, "SELECT detail FROM audit_entries WHERE act = 'change_colleague'")
		if want := `{"name":"changed","policies":[["moxora","opvio"],["moxora"]],"role":["handler","approver"],"user":` + fmt.Sprint(u.ID) + `}`; detail != want {
			t.Errorf("it says %s, want %s", detail, want)
		}
		h.receive("moxora", "DE", policies.Access)
		h.verified()
	})
}

func (h *house) scan(into any, query string) {
	h.Helper()
	if err := h.db.Read().NewRaw(query).Scan(h.Context(), into); err != nil {
		h.Fatal(err)
	}
}

// An administrator bound to Moxora looks after those who serve nothing else,
// sees who shares it, and finds nobody beyond.
func TestAnAdministratorGivesNothingTheyDoNotHave(t *testing.T) {
	each(t, func(h *house) {
		h.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
		moxora, opvio := access.OnlyPolicies("moxora"), access.OnlyPolicies("opvio")
		ana := h.hire("ana@example.com", "Ana", access.Administrator, moxora)
		own := h.hire("own@example.com", "Own", access.Handler, moxora)
		shared := h.hire("shared@example.com", "Shared", access.Handler, access.OnlyPolicies("moxora", "opvio"))
		theirs := h.hire("theirs@example.com", "Theirs", access.Handler, opvio)

		list, err := h.Colleagues(h.Context(), ana)
		var seen []string
		for _, c := range list {
			seen = append(seen, c.Name+" "+c.Policies.String())
			if c.Within != (c.Name == "Ana" || c.Name == "Own") {
				t.Errorf("she may change %s: %v", c.Name, c.Within)
			}
		}
		if want := []string{"Ana Moxora", "Mara Lindqvist Moxora", "Own Moxora", "Priya Nair Moxora", "Shared Moxora"}; err != nil || !slices.Equal(seen, want) {
			t.Errorf("she sees %q, %v", seen, err)
		}
		acts := map[string]func(id int64) error{
			"leave": func(id int64) error { return h.LetLeave(h.Context(), ana, h.clock, id) },
			"end":   func(id int64) error { return h.EndSessions(h.Context(), ana, h.clock, id) },
			"reset": func(id int64) error { return h.ResetFactors(h.Context(), ana, h.clock, id, requests.FactorLost) },
			"change": func(id int64) error {
				return h.Change(h.Context(), ana, h.clock, id, people.Change{Name: "X", Role: access.Handler, Policies: moxora})
			},
			"again": func(id int64) error { return h.InviteAgain(h.Context(), ana, h.clock, id) },
			"back":  func(id int64) error { return h.BringBack(h.Context(), ana, h.clock, id) },
			"take":  func(id int64) error { return h.TakeBack(h.Context(), ana, h.clock, id) },
		}
		for name, act := range acts {
			if err := act(theirs.ID); !errors.Is(err, people.ErrNotFound) {
				t.Errorf("%s of somebody unseen: %v", name, err)
			}
			if err := act(shared.ID); !errors.Is(err, requests.ErrForbidden) {
				t.Errorf("%s of who serves more: %v", name, err)
			}
		}
		if _, err := h.Colleague(h.Context(), ana, theirs.ID); !errors.Is(err, people.ErrNotFound) {
			t.Errorf("looking at somebody unseen: %v", err)
		}
		for _, p := range []access.Policies{opvio, access.AllPolicies(), access.OnlyPolicies("moxora", "opvio")} {
			if _, err := h.Invite(h.Context(), ana, h.clock, tomas(p)); !errors.Is(err, people.ErrInvalid) {
				t.Errorf("inviting for %s: %v", p, err)
			}
			if err := h.Change(h.Context(), ana, h.clock, own.ID, people.Change{Name: "Own", Role: access.Handler, Policies: p}); !errors.Is(err, people.ErrInvalid) {
				t.Errorf("giving %s: %v", p, err)
			}
		}
		hidden, known := tomas(moxora), tomas(moxora)
		hidden.Email, known.Email = "theirs@example.com", "own@example.com"
		_, one := h.Invite(h.Context(), ana, h.clock, hidden)
		_, other := h.Invite(h.Context(), ana, h.clock, known)
		if one == nil || other == nil || one.Error() != other.Error() {
			t.Errorf("an address of somebody unseen is told apart: %v, %v", one, other)
		}
		if err := h.AskFactor(h.Context(), ana, h.clock, people.AllOfThem, h.clock); !errors.Is(err, requests.ErrForbidden) {
			t.Errorf("asking everybody: %v", err)
		}
		if err := h.AskFactor(h.Context(), ana, h.clock, "opvio", h.clock); !errors.Is(err, people.ErrNotFound) {
			t.Errorf("asking those of a policy unseen: %v", err)
		}
		if err := h.AskFactor(h.Context(), ana, h.clock, "moxora", h.clock); err != nil {
			t.Errorf("asking her own: %v", err)
		}
		if err := h.LetLeave(h.Context(), ana, h.clock, own.ID); err != nil {
			t.Errorf("her own colleague: %v", err)
		}
	})
}

func TestOnlyAdministratorsChangeStaffAndAttemptsAreRecorded(t *testing.T) {
	each(t, func(h *house) {
		priya := h.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
		joon := h.hire("joon@example.com", "Joon Park", access.Auditor, access.AllPolicies())
		for _, who := range []access.Caller{h.mara, joon, {}} {
			if _, err := h.Colleagues(h.Context(), who); !errors.Is(err, requests.ErrForbidden) {
				t.Errorf("%s lists: %v", who.Actor(), err)
			}
			if err := h.LetLeave(h.Context(), who, h.clock, priya.ID); !errors.Is(err, requests.ErrForbidden) || !strings.Contains(err.Error(), "Changing who works here needs the role administrator") {
				t.Errorf("%s lets the administrator leave: %v", who.Actor(), err)
			}
			serves := tomas(who.Policies)
			if _, err := h.Invite(h.Context(), who, h.clock, serves); err == nil {
				t.Errorf("%s invites", who.Actor())
			}
		}
		if u, err := h.people.Find(h.Context(), priya.ID); err != nil || !u.Active {
			t.Errorf("%+v, %v", u, err)
		}
		if got := h.houseActs(); len(got) < 5 || strings.Contains(strings.ReplaceAll(strings.Join(got, " "), " refused", ""), "leave ") != strings.Contains(strings.Join(got, " "), "leave refused") {
			t.Errorf("the trail says %q", got)
		}
	})
}

func TestAForgottenPasswordIsAnsweredAlikeForEveryAddress(t *testing.T) {
	each(t, func(h *house) {
		gone := h.hire("gone@example.com", "Gone", access.Handler, access.AllPolicies())
		if err := h.people.Deactivate(h.Context(), gone.ID); err != nil {
			t.Fatal(err)
		}
		for _, address := range []string{"nobody@example.com", "gone@example.com", "mara@example.com"} {
			if err := h.ForgotPassword(h.Context(), h.clock, address); err != nil {
				t.Errorf("%s: %v", address, err)
			}
		}
		token, to := h.welcome()
		if to != "mara@example.com" || len(h.post) != 1 {
			t.Errorf("%d letters, one to %s", len(h.post), to)
		}
		if u, purpose, err := h.people.Peek(h.Context(), h.clock, token); err != nil || u.ID != h.mara.ID || purpose != people.ForPassword {
			t.Errorf("%+v %s %v", u, purpose, err)
		}
		if got := h.houseActs(); !slices.Equal(got, []string{"send_password_link"}) {
			t.Errorf("the trail says %q", got)
		}
	})
}

func TestAFactorIsResetWithAReasonAndALetter(t *testing.T) {
	each(t, func(h *house) {
		priya := h.hire("priya@example.com", "Priya Nair", access.Administrator, access.AllPolicies())
		app, err := h.people.BeginApp(h.Context(), h.clock, h.mara.ID)
		if err != nil || len(app.QR) == 0 {
			t.Fatal(err)
		}
		if err := h.ResetFactors(h.Context(), priya, h.clock, h.mara.ID, requests.FactorLost); !errors.Is(err, people.ErrNoFactor) {
			t.Errorf("before there is one: %v", err)
		}
		h.sql("UPDATE user_apps SET sealed = pending, confirmed_at = pending_at")
		if err := h.ResetFactors(h.Context(), priya, h.clock, h.mara.ID, "because"); !errors.Is(err, people.ErrInvalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := h.ResetFactors(h.Context(), priya, h.clock, h.mara.ID, requests.FactorLost); err != nil {
			t.Fatal(err)
		}
		h.deliver()
		if len(h.post) != 1 || h.post[0].To != "mara@example.com" || h.post[0].Subject != "Your second factor was removed" {
			t.Errorf("the letters are %+v", h.post)
		}
		var detail string
		h.scan(&detail, "SELECT detail FROM audit_entries WHERE act = 'reset_factor'")
		if want := `{"reason":"lost","user":` + fmt.Sprint(h.mara.ID) + `}`; detail != want {
			t.Errorf("the trail says %s", detail)
		}
	})
}

func TestFailedSignInsAreOnTheTrailAsNumbers(t *testing.T) {
	each(t, func(h *house) {
		for range 3 {
			h.people.SignIn(h.Context(), h.clock, "mara@example.com", "wrong", "192.0.2.1")
		}
		h.people.SignIn(h.Context(), h.clock, "nobody@example.com", "wrong", "192.0.2.1")
		if err := h.SweepPeople(h.Context(), h.clock.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		var detail string
		h.scan(&detail, "SELECT detail FROM audit_entries WHERE act = 'sign_ins_failed'")
		if !strings.Contains(detail, `"passwords":3`) || !strings.Contains(detail, `"unknown_addresses":1`) || strings.Contains(detail, "example") || strings.Contains(detail, "192") {
			t.Errorf("the trail says %s", detail)
		}
	})
}

func TestAnAuditorSaysWhyTheyLookAtWhoItIs(t *testing.T) {
	each(t, func(h *house) {
		joon := h.hire("joon@example.com", "Joon Park", access.Auditor, access.AllPolicies())
		h.receive("moxora", "DE", policies.Access)
		if err := h.try(joon, requests.Show{}); !errors.Is(err, requests.ErrInvalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := h.try(joon, requests.Show{Reason: " Sample of November "}); err != nil {
			t.Errorf("with one: %v", err)
		}
		if err := h.try(h.mara, requests.Show{}); err != nil {
			t.Errorf("who works on it: %v", err)
		}
		v, err := h.Open(h.Context(), h.mara, h.clock, h.last, false)
		if err != nil || !slices.ContainsFunc(v.Timeline, func(e requests.Event) bool { return e.Act == requests.ActShow && e.Text == "Sample of November" }) {
			t.Errorf("the reason is not on the timeline: %v", err)
		}
		h.verified()
	})
}
