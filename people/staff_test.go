package people_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/people"
	"dsr/vault"
)

func TestStaff(t *testing.T) {
	tell(t, []story{
		{"a colleague is found by id and by any form of the address", aColleagueIsFoundByIdAndByAnyFormOfTheAddress},
		{"an address belongs to one person", anAddressBelongsToOnePerson},
		{"the tables show neither address nor name", theTableShowsNeitherAddressNorName},
		{"who hears about a policy", whoHearsAboutAPolicy},
		{"what goes along is kept or undone with the change", whatGoesAlongIsKeptOrUndoneWithTheChange},
		{"the last administrator stays", theLastAdministratorStays},
	})
}

func aColleagueIsFoundByIdAndByAnyFormOfTheAddress(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	want := people.User{ID: kim.ID, Email: email, Name: "Kim Otter", Role: access.Handler,
		Policies: access.OnlyPolicies("moxora", "opvio"), Active: true}
	if got, err := register.Find(t.Context(), kim.ID); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Find: %+v, %v; want %+v", got, err, want)
	}
	for _, typed := range []string{email, " KIM@Moxora.EXAMPLE\n"} {
		if got, err := register.ByEmail(t.Context(), typed); err != nil || got.ID != kim.ID {
			t.Errorf("ByEmail(%q): %+v, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "kim", "lee@moxora.example"} {
		if _, err := register.ByEmail(t.Context(), typed); !errors.Is(err, people.ErrNotFound) {
			t.Errorf("ByEmail(%q): %v", typed, err)
		}
	}
	if _, err := register.Find(t.Context(), kim.ID+1); !errors.Is(err, people.ErrNotFound) {
		t.Errorf("Find of nobody: %v", err)
	}
}

func TestTheCallerIsTheColleagueUntilTheyLeave(t *testing.T) {
	u := kim()
	u.ID, u.Active = 12, true
	want := access.Caller{Kind: access.Staff, ID: 12, Name: "Kim Otter", Role: access.Handler, Policies: access.OnlyPolicies("moxora", "opvio")}
	if got := u.Caller(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	u.Active = false
	if got := u.Caller(); got.May(access.View, "moxora") || got.Actor() != "nobody" {
		t.Errorf("somebody who left is %+v", got)
	}
}

func TestWhatIsTypedIsMendedOrRefusedByField(t *testing.T) {
	register := newRegister(t, dbtest.Open(t, dbtest.SQLite(t)))
	cases := []struct {
		name   string
		change func(*people.User)
		field  string // that has to be mended, or none
	}{
		{"everything right", func(*people.User) {}, ""},
		{"an address without @", func(u *people.User) { u.Email = "kim" }, "email"},
		{"an address with a display name", func(u *people.User) { u.Email = "Kim <kim@moxora.example>" }, "email"},
		{"a domain without a dot", func(u *people.User) { u.Email = "kim@moxora" }, "email"},
		{"a line break in the address", func(u *people.User) { u.Email = "kim@moxora.example\r\nBcc: a@b.example" }, "email"},
		{"an address that is too long", func(u *people.User) { u.Email = strings.Repeat("k", 65) + "@moxora.example" }, "email"},
		{"bytes that are no text", func(u *people.User) { u.Email = "k\xffm@moxora.example" }, "email"},
		{"no name", func(u *people.User) { u.Name = " \t" }, "name"},
		{"a name on two lines", func(u *people.User) { u.Name = "Kim\nOtter" }, "name"},
		{"a long name", func(u *people.User) { u.Name = strings.Repeat("ö", 121) }, "name"},
		{"no role", func(u *people.User) { u.Role = "" }, "role"},
		{"a role nobody knows", func(u *people.User) { u.Role = "machine" }, "role"},
		{"no policy", func(u *people.User) { u.Policies = access.OnlyPolicies() }, "policies"},
		{"a policy with a comma", func(u *people.User) { u.Policies = access.OnlyPolicies("moxora,opvio") }, "policies"},
		{"the sign for all as a name", func(u *people.User) { u.Policies = access.OnlyPolicies("*") }, "policies"},
	}
	for _, c := range cases {
		u := kim()
		c.change(&u)
		_, err := register.Create(t.Context(), monday, u, password)
		var fields people.FieldErrors
		if c.field == "" && err == nil {
			continue
		}
		if !errors.As(err, &fields) || len(fields) != 1 || fields[c.field] == "" || !errors.Is(err, people.ErrInvalid) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAllFaultsAreNamedAtOnceAndNothingTypedIsRepeated(t *testing.T) {
	register := newRegister(t, dbtest.Open(t, dbtest.SQLite(t)))
	_, err := register.Create(t.Context(), monday, people.User{Email: "kim.otter", Name: "Kim\x00Otter"}, "short")
	var fields people.FieldErrors
	if !errors.As(err, &fields) || len(fields) != 5 {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); strings.Contains(strings.ToLower(text), "otter") || strings.Contains(text, "short") {
		t.Errorf("the error repeats what was typed: %s", text)
	}
}

func TestAddressesHaveOneForm(t *testing.T) {
	for typed, want := range map[string]string{
		"Kim@MOXORA.example":        "kim@moxora.example",
		"  kim@moxora.example ":     "kim@moxora.example",
		"kim@bücher.example":        "kim@xn--bcher-kva.example",
		"kim@BU\u0308CHER.example":  "kim@xn--bcher-kva.example",
		"kim@xn--bcher-kva.example": "kim@xn--bcher-kva.example",
		"jo\u0301se@例え.テスト":         "j\u00f3se@xn--r8jz45g.xn--zckzah",
		"kim+dsr@moxora.example":    "kim+dsr@moxora.example",
		"kim@mox_ora.example":       "",
		"kim..otter@moxora.example": "",
		"@moxora.example":           "",
		"kim@":                      "",
	} {
		got, ok := people.NormalEmail(typed)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", typed, got, ok, want)
		}
	}
}

func anAddressBelongsToOnePerson(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	again := kim()
	again.Email, again.Name = "KIM@moxora.example", "Kim the Second"
	_, err := register.Create(t.Context(), monday, again, password)
	var fields people.FieldErrors
	if !errors.As(err, &fields) || fields["email"] == "" || count(t, db, "users") != 1 {
		t.Errorf("got %v with %d users", err, count(t, db, "users"))
	}
}

func theTableShowsNeitherAddressNorName(t *testing.T, db *database.DB, register *people.Register, u people.User) {
	for range 2 {
		wrong(t, register, monday, email, office)
	}
	var rows []map[string]any
	for _, table := range []string{"users", "attempts", "user_networks"} {
		if err := db.Read().NewSelect().Table(table).Scan(t.Context(), &rows); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"kim@", "Kim Otter", "moxora.example", office} {
			for _, row := range rows {
				for column, value := range row {
					if strings.Contains(fmt.Sprintf("%s", value), secret) {
						t.Errorf("%s.%s holds %q", table, column, secret)
					}
				}
			}
		}
	}
	write(t, db, "UPDATE users SET person = ? WHERE id = ?", []byte("somebody else's!"), u.ID)
	if _, err := register.Find(t.Context(), u.ID); !errors.Is(err, vault.ErrTampered) {
		t.Errorf("a row under another's address: %v", err)
	}
}

func whoHearsAboutAPolicy(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	var gone people.User
	for _, u := range []people.User{
		{Name: "noor", Role: access.Handler, Policies: access.OnlyPolicies("vensor", "moxora")},
		{Name: "Ada", Role: access.Administrator, Policies: access.AllPolicies()},
		{Name: "Max", Role: access.Administrator, Policies: access.OnlyPolicies("vensor")},
		{Name: "Gone", Role: access.Administrator, Policies: access.AllPolicies()},
		{Name: "Bo", Role: access.Auditor, Policies: access.OnlyPolicies("moxora")},
	} {
		u.Email = u.Name + "@moxora.example"
		if u = create(t, register, u); u.Name == "Gone" {
			gone = u
		}
	}
	if err := register.Deactivate(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		policy string
		roles  []access.Role
		want   string
	}{
		{"moxora", []access.Role{access.Administrator}, "Ada"},
		{"vensor", []access.Role{access.Administrator}, "Ada Max"},
		{"moxora", []access.Role{access.Handler, access.Administrator}, "Ada Kim Otter noor"},
		{"moxora", nil, "Ada Bo Kim Otter noor"},
		{"sectora", []access.Role{access.Handler}, ""},
	} {
		users, err := register.ForPolicy(t.Context(), c.policy, c.roles...)
		if got := names(users); err != nil || got != c.want {
			t.Errorf("%s %v: %q, %v; want %q", c.policy, c.roles, got, err, c.want)
		}
	}
	users, err := register.List(t.Context())
	if got := names(users); err != nil || got != "Ada Bo Gone Kim Otter Max noor" {
		t.Errorf("List: %q, %v", got, err)
	}
}

func names(users []people.User) string {
	var all []string
	for _, u := range users {
		all = append(all, u.Name)
	}
	return strings.Join(all, " ")
}

func whatGoesAlongIsKeptOrUndoneWithTheChange(t *testing.T, db *database.DB, register *people.Register, u people.User) {
	full := errors.New("no entry could be written")
	var seen []people.User
	note := func(ctx context.Context, tx bun.Tx, u people.User) error {
		seen = append(seen, u)
		return full
	}
	lee := kim()
	lee.Email = "lee@moxora.example"
	_, err := register.Create(t.Context(), monday, lee, password, note)
	if !errors.Is(err, full) || count(t, db, "users") != 1 {
		t.Errorf("Create: %v with %d users", err, count(t, db, "users"))
	}
	if err := register.SetPassword(t.Context(), u.ID, "eleven herons, no boat", note); !errors.Is(err, full) {
		t.Errorf("SetPassword: %v", err)
	}
	if err := register.Deactivate(t.Context(), u.ID, note); !errors.Is(err, full) {
		t.Errorf("Deactivate: %v", err)
	}
	if _, err := register.SignIn(t.Context(), monday, email, password, office); err != nil {
		t.Errorf("the undone changes left something behind: %v", err)
	}
	if len(seen) != 3 || seen[0].ID == 0 || seen[1].ID != u.ID || seen[2].Active {
		t.Errorf("what went along saw %+v", seen)
	}
}

func theLastAdministratorStays(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	var ids []int64
	for _, name := range []string{"ada", "max"} {
		u := create(t, register, people.User{Email: name + "@moxora.example", Name: name, Role: access.Administrator, Policies: access.AllPolicies()})
		ids = append(ids, u.ID)
	}
	errs := make([]error, len(ids))
	for range 20 {
		write(t, db, "UPDATE users SET active = TRUE")
		// Both deactivate each other at the same instant.
		var both sync.WaitGroup
		for i, id := range ids {
			both.Go(func() { errs[i] = register.Deactivate(t.Context(), id) })
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), people.ErrLastAdministrator) {
			t.Fatalf("got %v", errs)
		}
	}
	left := ids[0]
	if errs[0] == nil {
		left = ids[1]
		if err := register.Deactivate(t.Context(), ids[0]); err != nil {
			t.Errorf("leaving twice: %v", err)
		}
	}
	if err := register.Deactivate(t.Context(), left); !errors.Is(err, people.ErrLastAdministrator) {
		t.Errorf("the last one: %v", err)
	}
	if err := register.Deactivate(t.Context(), 99); !errors.Is(err, people.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}
