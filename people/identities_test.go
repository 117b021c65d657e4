package people_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/people"
)

func TestIdentities(t *testing.T) {
	tell(t, []story{
		{"a colleague is found by address once and by account from then on", aColleagueIsFoundByAddressOnce},
		{"an address that nobody vouches for ties nothing", anAddressThatNobodyVouchesFor},
		{"an address that changes hands does not change the account", anAddressThatChangesHands},
		{"who was invited is at work", whoWasInvitedIsAtWork},
		{"who has left stays out", whoHasLeftStaysOut},
		{"a new colleague is made only where the groups say so", aNewColleagueIsMade},
		{"groups give role and policies at each sign-in", groupsGiveRoleAndPolicies},
		{"the last administrator is not taken away by a group", aGroupLeavesTheLastAdministrator},
		{"who is in no group any more is shut out", whoIsInNoGroupIsShutOut},
		{"an account is parted from a colleague", anAccountIsParted},
		{"subject and issuer are not in the tables", subjectIsNotInTheTables},
	})
}

func outside() people.Outside {
	return people.Outside{Issuer: "https://login.example.com", Subject: "u-1", Email: "Kim@moxora.example", Verified: true, Name: "Kim O."}
}

// come plays a sign-in and says what went along, "" for nothing.
func come(t testing.TB, register *people.Register, o people.Outside) (u people.User, along string, err error) {
	t.Helper()
	u, err = register.FromOutside(t.Context(), monday, o, func(a people.Arrival) people.Along {
		return func(_ context.Context, _ bun.Tx, u people.User) error {
			along = fmt.Sprintf("created %v, linked %v, joined %v, changed %v", a.Created, a.Linked, a.Joined, a.Changed)
			return nil
		}
	})
	return u, along, err
}

func aColleagueIsFoundByAddressOnce(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	for _, want := range []string{"created false, linked true, joined false, changed false", ""} {
		got, along, err := come(t, register, outside())
		if err != nil || got.ID != kim.ID || got.Name != kim.Name || got.Role != access.Handler || along != want {
			t.Errorf("%+v, %q, %v; want %q", got, along, err, want)
		}
	}
	moved := outside()
	moved.Email, moved.Verified = "kim.otter@moxora.example", false
	if got, _, err := come(t, register, moved); err != nil || got.ID != kim.ID {
		t.Errorf("with another address there: %+v, %v", got, err)
	}
	other := outside()
	other.Issuer = "https://login.other.example"
	if got, along, err := come(t, register, other); err != nil || got.ID != kim.ID || along == "" {
		t.Errorf("the same subject of another issuer: %+v, %q, %v", got, along, err)
	}
}

func anAddressThatNobodyVouchesFor(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	for name, change := range map[string]func(*people.Outside){
		"not verified": func(o *people.Outside) { o.Verified = false },
		"none":         func(o *people.Outside) { o.Email = "" },
		"no address":   func(o *people.Outside) { o.Email = "kim" },
	} {
		o := outside()
		change(&o)
		if got, _, err := come(t, register, o); !errors.Is(err, people.ErrUnverified) || got.ID != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if n := count(t, db, "user_identities"); n != 0 {
		t.Errorf("%d accounts are tied", n)
	}
}

func anAddressThatChangesHands(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	if _, _, err := come(t, register, outside()); err != nil {
		t.Fatal(err)
	}
	next := outside()
	next.Subject = "u-2"
	if got, _, err := come(t, register, next); !errors.Is(err, people.ErrOtherIdentity) || got.ID != 0 {
		t.Errorf("who got Kim's address: %+v, %v", got, err)
	}
}

func whoWasInvitedIsAtWork(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	link := register.NewLink(monday, people.ForInvitation)
	lee, err := register.Invite(t.Context(), monday, people.User{Email: "lee@moxora.example", Name: "Lee", Role: access.Auditor, Policies: access.AllPolicies()}, link)
	if err != nil {
		t.Fatal(err)
	}
	o := outside()
	o.Subject, o.Email = "u-lee", "lee@moxora.example"
	got, along, err := come(t, register, o)
	if err != nil || got.ID != lee.ID || got.State() != people.AtWork || along != "created false, linked true, joined true, changed false" {
		t.Errorf("%+v, %q, %v", got, along, err)
	}
	var fault people.LinkError
	if _, _, err := register.Peek(t.Context(), monday, link.Token); !errors.As(err, &fault) {
		t.Errorf("the link in the letter still works: %v", err)
	}
	if _, err := register.SignIn(t.Context(), monday, "lee@moxora.example", "", office); !errors.Is(err, people.ErrCredentials) {
		t.Errorf("an empty password for who has none: %v", err)
	}
}

func whoHasLeftStaysOut(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	if _, _, err := come(t, register, outside()); err != nil {
		t.Fatal(err)
	}
	if err := register.Deactivate(t.Context(), kim.ID); err != nil {
		t.Fatal(err)
	}
	other := outside()
	other.Subject = "u-2"
	for _, o := range []people.Outside{outside(), other} {
		if got, _, err := come(t, register, o); !errors.Is(err, people.ErrClosed) || got.ID != 0 {
			t.Errorf("subject %s: %+v, %v", o.Subject, got, err)
		}
	}
	if n := count(t, db, "user_identities"); n != 1 {
		t.Errorf("%d accounts are tied", n)
	}
}

func aNewColleagueIsMade(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	o := outside()
	o.Subject, o.Email, o.Name = "u-lee", "lee@moxora.example", ""
	if _, _, err := come(t, register, o); !errors.Is(err, people.ErrUnknown) {
		t.Errorf("without rules: %v", err)
	}
	o.Governs, o.Role, o.Policies = true, access.Approver, access.OnlyPolicies("opvio")
	if _, _, err := come(t, register, o); !errors.Is(err, people.ErrUnknown) {
		t.Errorf("by rules that make none: %v", err)
	}
	o.Create = true
	got, along, err := come(t, register, o)
	if err != nil || got.Name != "lee" || got.Role != access.Approver || got.Policies.String() != "Opvio" || !got.Active || along != "created true, linked true, joined false, changed false" {
		t.Errorf("%+v, %q, %v", got, along, err)
	}
	if again, along, err := come(t, register, o); err != nil || again.ID != got.ID || along != "" {
		t.Errorf("again: %+v, %q, %v", again, along, err)
	}
}

func groupsGiveRoleAndPolicies(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	o := outside()
	o.Governs, o.Role, o.Policies = true, access.Auditor, access.OnlyPolicies("opvio")
	for _, want := range []string{"created false, linked true, joined false, changed true", ""} {
		got, along, err := come(t, register, o)
		if err != nil || got.Role != access.Auditor || got.Policies.String() != "Opvio" || along != want {
			t.Errorf("%+v, %q, %v; want %q", got, along, err, want)
		}
	}
	if found, err := register.Find(t.Context(), kim.ID); err != nil || found.Role != access.Auditor {
		t.Errorf("on the list: %+v, %v", found, err)
	}
}

func aGroupLeavesTheLastAdministrator(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	create(t, register, people.User{Email: "pat@moxora.example", Name: "Pat", Role: access.Administrator, Policies: access.AllPolicies()})
	o := outside()
	o.Subject, o.Email = "u-pat", "pat@moxora.example"
	o.Governs, o.Role, o.Policies = true, access.Handler, access.AllPolicies()
	if got, _, err := come(t, register, o); !errors.Is(err, people.ErrLastAdministrator) || got.ID != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func whoIsInNoGroupIsShutOut(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	if _, _, err := come(t, register, outside()); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, db, console(new(time.Duration)))
	b.enter(kim.ID)
	stranger := outside()
	stranger.Subject = "u-9"
	if err := register.ShutOut(t.Context(), stranger); err != nil {
		t.Errorf("somebody unknown: %v", err)
	}
	b.want(kim.ID, "after somebody unknown was shut out")
	if err := register.ShutOut(t.Context(), outside()); err != nil {
		t.Fatal(err)
	}
	b.want(0, "after being shut out")
}

func anAccountIsParted(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	if err := register.Part(t.Context(), kim.ID); !errors.Is(err, people.ErrNotFound) {
		t.Errorf("nothing to part: %v", err)
	}
	if _, _, err := come(t, register, outside()); err != nil {
		t.Fatal(err)
	}
	if err := register.Part(t.Context(), kim.ID); err != nil {
		t.Fatal(err)
	}
	next := outside()
	next.Subject = "u-2"
	if got, _, err := come(t, register, next); err != nil || got.ID != kim.ID {
		t.Errorf("the new account: %+v, %v", got, err)
	}
}

func subjectIsNotInTheTables(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	if _, _, err := come(t, register, outside()); err != nil {
		t.Fatal(err)
	}
	var account, issuer []byte
	if err := database.Row(t.Context(), db.Read(), []any{&account, &issuer}, "SELECT account, issuer FROM user_identities"); err != nil || len(account) != 16 || len(issuer) != 16 {
		t.Errorf("%q, %q, %v", account, issuer, err)
	}
}
