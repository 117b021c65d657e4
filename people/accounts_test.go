package people_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/people"
)

func TestAccounts(t *testing.T) {
	tell(t, []story{
		{"who is invited is nobody until they choose a password", whoIsInvitedIsNobody},
		{"a link is used up by a password that will do", aLinkIsUsedUpByAPassword},
		{"links that cannot be used say why", linksThatCannotBeUsedSayWhy},
		{"an invitation taken back leaves nothing", anInvitationTakenBackLeavesNothing},
		{"who comes back chooses a password anew", whoComesBackChoosesAPasswordAnew},
		{"a forgotten password", aForgottenPassword},
		{"a change takes effect at once", aChangeTakesEffectAtOnce},
		{"the house keeps an administrator for everything", theHouseKeepsAnAdministratorForEverything},
		{"sessions are listed and ended", sessionsAreListedAndEnded},
		{"failed sign-ins are counted without anybody's address", failedSignInsAreCounted},
	})
}

func lee() people.User {
	return people.User{Email: "lee@moxora.example", Name: "Lee Heron", Role: access.Approver, Policies: access.OnlyPolicies("moxora")}
}

func invite(t testing.TB, register *people.Register) (people.User, people.Link) {
	t.Helper()
	link := register.NewLink(monday, people.ForInvitation)
	u, err := register.Invite(t.Context(), monday, lee(), link)
	if err != nil {
		t.Fatal(err)
	}
	return u, link
}

const another = "eleven herons, no boat"

func whoIsInvitedIsNobody(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	u, link := invite(t, register)
	if u.State() != people.Invited || u.Caller().Kind != "" {
		t.Errorf("%+v", u)
	}
	for _, tried := range []string{"", password, another} {
		if _, err := register.SignIn(t.Context(), monday, u.Email, tried, office); !errors.Is(err, people.ErrCredentials) {
			t.Errorf("with %q: %v", tried, err)
		}
	}
	if list, err := register.ForPolicy(t.Context(), "moxora"); err != nil || len(list) != 1 {
		t.Errorf("those at work: %v, %v", list, err)
	}
	again := lee()
	again.Email = "LEE@moxora.example"
	if _, err := register.Invite(t.Context(), monday, again, register.NewLink(monday, people.ForInvitation)); !errors.Is(err, people.ErrInvalid) {
		t.Errorf("invited twice: %v", err)
	}
	if _, err := register.UseLink(t.Context(), monday, link.Token, another); err != nil {
		t.Fatal(err)
	}
	got, err := register.SignIn(t.Context(), monday, u.Email, another, office)
	if err != nil || got.State() != people.AtWork || got.Role != access.Approver {
		t.Errorf("%+v, %v", got, err)
	}
}

func aLinkIsUsedUpByAPassword(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	u, link := invite(t, register)
	for range 3 { // scanners of mail
		if got, purpose, err := register.Peek(t.Context(), monday, link.Token); err != nil || got.ID != u.ID || purpose != people.ForInvitation {
			t.Fatal(got, purpose, err)
		}
	}
	if _, err := register.UseLink(t.Context(), monday, link.Token, "too short"); !errors.Is(err, people.ErrInvalid) {
		t.Errorf("a short password: %v", err)
	}
	undo := errors.New("no entry, no account")
	if _, err := register.UseLink(t.Context(), monday, link.Token, another, func(context.Context, bun.Tx, people.User) error { return undo }); !errors.Is(err, undo) {
		t.Errorf("what goes along fails: %v", err)
	}
	if _, err := register.UseLink(t.Context(), monday, link.Token, another); err != nil {
		t.Errorf("the first use that will do: %v", err)
	}
	for _, use := range []func() error{
		func() error { _, err := register.UseLink(t.Context(), monday, link.Token, another); return err },
		func() error { _, _, err := register.Peek(t.Context(), monday, link.Token); return err },
	} {
		if err := use(); !errors.Is(err, people.LinkError{Fault: people.LinkUsed}) {
			t.Errorf("used again: %v", err)
		}
	}
	var rows []map[string]any
	if err := db.Read().NewSelect().Table("account_links").Scan(t.Context(), &rows); err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	for column, value := range rows[0] {
		if b, _ := value.([]byte); strings.Contains(string(b), link.Token[:12]) {
			t.Errorf("%s holds the token", column)
		}
	}
}

func linksThatCannotBeUsedSayWhy(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	u, first := invite(t, register)
	second := register.NewLink(monday, people.ForInvitation)
	if err := register.InviteAgain(t.Context(), monday, u.ID, second); err != nil {
		t.Fatal(err)
	}
	changed := []byte(second.Token)
	changed[3] ^= 1
	for _, c := range []struct {
		name, token string
		at          time.Time
		want        people.LinkFault
	}{
		{"the newest", second.Token, monday, ""},
		{"one that a newer one replaced", first.Token, monday, people.LinkTaken},
		{"one that was never sent", register.NewLink(monday, people.ForInvitation).Token, monday, people.LinkTaken},
		{"a changed one", string(changed), monday, people.LinkForged},
		{"no link", "x", monday, people.LinkForged},
		{"nothing", "", monday, people.LinkForged},
		{"after its end", second.Token, monday.Add(people.InvitationLifetime), people.LinkExpired},
		{"a moment before its end", second.Token, monday.Add(people.InvitationLifetime - time.Second), ""},
	} {
		_, _, err := register.Peek(t.Context(), c.at, c.token)
		if c.want == "" && err != nil || c.want != "" && !errors.Is(err, people.LinkError{Fault: c.want}) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func anInvitationTakenBackLeavesNothing(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	u, link := invite(t, register)
	if err := register.TakeBack(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := register.Peek(t.Context(), monday, link.Token); !errors.Is(err, people.LinkError{Fault: people.LinkTaken}) {
		t.Errorf("its link: %v", err)
	}
	if _, err := register.Find(t.Context(), u.ID); !errors.Is(err, people.ErrNotFound) {
		t.Errorf("the mistyped address is still there: %v", err)
	}
	if err := register.TakeBack(t.Context(), kim.ID); !errors.Is(err, people.ErrNotInvited) {
		t.Errorf("somebody at work: %v", err)
	}
}

func whoComesBackChoosesAPasswordAnew(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	link := register.NewLink(monday, people.ForInvitation)
	if err := register.BringBack(t.Context(), monday, kim.ID, link); !errors.Is(err, people.ErrNotLeft) {
		t.Errorf("somebody at work: %v", err)
	}
	withApp(t, register, kim.ID, monday)
	if err := register.Deactivate(t.Context(), kim.ID); err != nil {
		t.Fatal(err)
	}
	if err := register.BringBack(t.Context(), monday, kim.ID, link); err != nil {
		t.Fatal(err)
	}
	if _, err := register.SignIn(t.Context(), monday, email, password, office); !errors.Is(err, people.ErrCredentials) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := register.UseLink(t.Context(), monday, link.Token, another); err != nil {
		t.Fatal(err)
	}
	if u, err := register.SignIn(t.Context(), monday, email, another, office); err != nil || u.Factors.Any() {
		t.Errorf("%+v, %v", u, err)
	}
	if err := register.Deactivate(t.Context(), kim.ID); err != nil {
		t.Fatal(err)
	}
	if err := register.BringBack(t.Context(), monday, kim.ID, register.NewLink(monday, people.ForInvitation)); err != nil {
		t.Fatal(err)
	}
	if err := register.TakeBack(t.Context(), kim.ID); err != nil {
		t.Fatal(err)
	}
	if u, err := register.Find(t.Context(), kim.ID); err != nil || u.State() != people.Left {
		t.Errorf("who was at work once is %s, %v", u.State(), err)
	}
}

func aForgottenPassword(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	b := newBrowser(t, db, console(new(time.Duration)))
	b.enter(kim.ID)
	link := register.NewLink(monday, people.ForPassword)
	if err := register.Reset(t.Context(), monday, kim.ID, link); err != nil {
		t.Fatal(err)
	}
	if _, err := register.SignIn(t.Context(), monday, email, password, office); err != nil {
		t.Errorf("the password until then: %v", err)
	}
	if _, _, err := register.Peek(t.Context(), monday.Add(people.ResetLifetime), link.Token); !errors.Is(err, people.LinkError{Fault: people.LinkExpired}) {
		t.Errorf("after an hour: %v", err)
	}
	if _, err := register.UseLink(t.Context(), monday, link.Token, another); err != nil {
		t.Fatal(err)
	}
	b.want(0, "after the new password")
	if _, err := register.SignIn(t.Context(), monday, email, another, office); err != nil {
		t.Error(err)
	}
	// A link that somebody else may have asked for ends with a password chosen otherwise.
	link = register.NewLink(monday, people.ForPassword)
	if err := errors.Join(register.Reset(t.Context(), monday, kim.ID, link), register.SetPassword(t.Context(), kim.ID, password)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := register.Peek(t.Context(), monday, link.Token); !errors.Is(err, people.LinkError{Fault: people.LinkTaken}) {
		t.Errorf("after another password: %v", err)
	}
	if err := register.Deactivate(t.Context(), kim.ID); err != nil {
		t.Fatal(err)
	}
	if err := register.Reset(t.Context(), monday, kim.ID, register.NewLink(monday, people.ForPassword)); !errors.Is(err, people.ErrNotFound) {
		t.Errorf("for who has left: %v", err)
	}
}

func nothingAlong(people.User) people.Along {
	return func(context.Context, bun.Tx, people.User) error { return nil }
}

func aChangeTakesEffectAtOnce(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	to := people.Change{Name: " Kim Heron ", Role: access.Auditor, Policies: access.OnlyPolicies("vensor")}
	var was people.User
	err := register.Change(t.Context(), kim.ID, to, func(before people.User) people.Along {
		was = before
		return nothingAlong(before)
	})
	u, found := register.Find(t.Context(), kim.ID)
	if err != nil || found != nil || was.Role != access.Handler || u.Name != "Kim Heron" || u.Role != access.Auditor || u.Caller().May(access.View, "moxora") || !u.Active {
		t.Errorf("%v, %v: was %+v, is %+v", err, found, was, u)
	}
	var fields people.FieldErrors
	if err := register.Change(t.Context(), kim.ID, people.Change{}, nothingAlong); !errors.As(err, &fields) || len(fields) != 3 {
		t.Errorf("nothing filled in: %v", err)
	}
	if _, err := register.SignIn(t.Context(), monday, email, password, office); err != nil {
		t.Errorf("the password: %v", err)
	}
}

func theHouseKeepsAnAdministratorForEverything(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	chief := create(t, register, people.User{Email: "chief@moxora.example", Name: "Chief", Role: access.Administrator, Policies: access.AllPolicies()})
	bound := create(t, register, people.User{Email: "bound@moxora.example", Name: "Bound", Role: access.Administrator, Policies: access.OnlyPolicies("moxora")})
	for name, err := range map[string]error{
		"leaving":             register.Deactivate(t.Context(), chief.ID),
		"becoming a handler":  register.Change(t.Context(), chief.ID, people.Change{Name: "Chief", Role: access.Handler, Policies: access.AllPolicies()}, nothingAlong),
		"serving one policy":  register.Change(t.Context(), chief.ID, people.Change{Name: "Chief", Role: access.Administrator, Policies: bound.Policies}, nothingAlong),
		"nothing of the kind": nil,
	} {
		if want := name != "nothing of the kind"; errors.Is(err, people.ErrLastAdministrator) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := register.Deactivate(t.Context(), bound.ID); err != nil {
		t.Errorf("one of two: %v", err)
	}
	if err := register.Change(t.Context(), chief.ID, people.Change{Name: "The Chief", Role: access.Administrator, Policies: access.AllPolicies()}, nothingAlong); err != nil {
		t.Errorf("another name: %v", err)
	}
}

func sessionsAreListedAndEnded(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	began := time.Now().UTC().Truncate(time.Microsecond)
	enter := func(name string) *browser {
		b := newBrowser(t, db, console(new(time.Duration)))
		b.enter(kim.ID)
		b.visit(func(r *http.Request) string {
			people.Mark(r.Context(), b.sessions, began, name)
			return ""
		})
		return b
	}
	here, other, third := enter("Firefox on Linux"), enter("Safari on iPhone"), enter("Chrome on Windows")
	stranger := newBrowser(t, db, console(new(time.Duration)))
	stranger.enter(kim.ID + 1)
	token := here.cookies["dsr_console"]
	list, err := register.Visits(t.Context(), time.Now(), kim.ID, token)
	if err != nil || len(list) != 3 || !list[0].Here || list[0].Browser != "Firefox on Linux" || !list[0].Since.Equal(began) || list[0].Seen.IsZero() || list[1].Here {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, v := range list {
		if v.Browser == "Safari on iPhone" {
			if err := register.EndVisit(t.Context(), kim.ID+1, v.ID); !errors.Is(err, people.ErrNotFound) {
				t.Errorf("a session of a colleague: %v", err)
			}
			if err := register.EndVisit(t.Context(), kim.ID, v.ID); err != nil {
				t.Error(err)
			}
		}
	}
	other.want(0, "after it was ended")
	third.want(kim.ID, "the one not ended")
	if err := register.EndVisit(t.Context(), kim.ID, "00"); !errors.Is(err, people.ErrNotFound) {
		t.Errorf("a session of nobody: %v", err)
	}
	if err := register.EndOthers(t.Context(), kim.ID, token); err != nil {
		t.Error(err)
	}
	third.want(0, "after all others were ended")
	here.want(kim.ID, "the one asked from")
	stranger.want(kim.ID+1, "a colleague's")
}

func failedSignInsAreCounted(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	secret, _ := withApp(t, register, kim.ID, monday)
	for range 3 {
		wrong(t, register, monday, email, office)
	}
	wrong(t, register, monday, "nobody@moxora.example", office)
	register.PassFactor(t.Context(), monday, kim.ID, wrongAt(t, secret, monday), office)
	var taken []people.Failures
	keep := func(_ context.Context, _ bun.Tx, f people.Failures) error {
		taken = append(taken, f)
		return nil
	}
	if err := register.TakeFailures(t.Context(), monday.Add(time.Minute), keep); err != nil || len(taken) != 0 {
		t.Errorf("an hour that is not over: %v, %v", taken, err)
	}
	for range 2 {
		if err := register.TakeFailures(t.Context(), monday.Add(time.Hour), keep); err != nil {
			t.Error(err)
		}
	}
	want := people.Failures{Hour: monday, Passwords: 3, Unknown: 1, Factors: 1, Accounts: 1}
	if len(taken) != 1 || !taken[0].Hour.Equal(want.Hour) {
		t.Fatalf("%+v", taken)
	}
	if taken[0].Hour = want.Hour; taken[0] != want {
		t.Errorf("%+v, want %+v", taken[0], want)
	}
}
