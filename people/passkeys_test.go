package people_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/internal/passkey"
	"dsr/people"
)

const site = "https://privacy.moxora.example"

func TestPasskeys(t *testing.T) {
	tell(t, []story{
		{"a passkey signs in without a password", aPasskeySignsIn},
		{"a passkey is a second factor", aPasskeyIsASecondFactor},
		{"an answer counts once and for its own question", anAnswerCountsOnce},
		{"an answer from another site is refused", anAnswerFromAnotherSite},
		{"who holds it must be checked where nothing else is asked", whoHoldsItMustBeChecked},
		{"another's passkey is no factor of mine", anothersPasskeyIsNoFactorOfMine},
		{"a passkey is on one list only", aPasskeyIsOnOneListOnly},
		{"a removed passkey opens nothing", aRemovedPasskeyOpensNothing},
		{"who has left is not let in", whoHasLeftIsNotLetIn},
		{"a copied passkey is blocked", aCopiedPasskeyIsBlocked},
		{"passkeys have names of their owner's choice", passkeysHaveNames},
		{"the last factor stays where one is asked for", theLastFactorStays},
	})
}

// noted counts what goes along.
func noted(in, suspect *int) people.Noted {
	counting := func(n *int) people.Along {
		return func(context.Context, bun.Tx, people.User) error { *n++; return nil }
	}
	return people.Noted{In: counting(in), Suspect: counting(suspect)}
}

func quiet() people.Noted { return noted(new(int), new(int)) }

func passkeysOf(t testing.TB, register *people.Register) *people.Passkeys {
	t.Helper()
	passkeys, err := people.NewPasskeys(register, site)
	if err != nil {
		t.Fatal(err)
	}
	return passkeys
}

// add puts the passkey of a new authenticator on somebody's list.
func add(t testing.TB, passkeys *people.Passkeys, id int64) (*passkey.Authenticator, people.Passkey) {
	t.Helper()
	device := passkey.New("privacy.moxora.example", site)
	asked, err := passkeys.BeginAdd(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	made, err := passkeys.FinishAdd(t.Context(), monday, id, asked.Challenge, device.Create(t, asked.Options), " Work laptop ")
	if err != nil {
		t.Fatal(err)
	}
	return device, made
}

func ask(t testing.TB, passkeys *people.Passkeys) people.Ceremony {
	t.Helper()
	asked, err := passkeys.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	return asked
}

func aPasskeySignsIn(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	device, made := add(t, passkeys, kim.ID)
	asked := ask(t, passkeys)
	if !strings.Contains(asked.Options, `"userVerification":"required"`) || strings.Contains(asked.Options, "allowCredentials") {
		t.Errorf("the browser is asked for %s", asked.Options)
	}
	var in int
	got, err := passkeys.FinishSignIn(t.Context(), monday.Add(time.Hour), asked.Challenge, device.Get(t, asked.Options), office, noted(&in, new(int)))
	if err != nil || got.ID != kim.ID || got.Factors.Passkeys != 1 || in != 1 {
		t.Fatalf("%+v, %v, noted %d times", got, err, in)
	}
	list, err := passkeys.List(t.Context(), kim.ID)
	if err != nil || len(list) != 1 || list[0].ID != made.ID || list[0].Name != "Work laptop" || !list[0].UsedAt.Equal(monday.Add(time.Hour)) {
		t.Errorf("the list: %+v, %v", list, err)
	}
	if found, err := register.Find(t.Context(), kim.ID); err != nil || !found.SignedInAt.Equal(monday.Add(time.Hour)) {
		t.Errorf("signed in at %v, %v", found.SignedInAt, err)
	}
}

func aPasskeyIsASecondFactor(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	if _, err := passkeys.BeginFactor(t.Context(), kim.ID); !errors.Is(err, people.ErrNoFactor) {
		t.Errorf("without a passkey: %v", err)
	}
	device, _ := add(t, passkeys, kim.ID)
	if u, err := register.SignIn(t.Context(), monday, email, password, office); err != nil || !u.Factors.Any() || !u.SignedInAt.IsZero() {
		t.Errorf("the password alone: %+v, %v", u, err)
	}
	asked, err := passkeys.BeginFactor(t.Context(), kim.ID)
	if err != nil || !device.Allowed(t, asked.Options) {
		t.Fatalf("asked for %s: %v", asked.Options, err)
	}
	device.Verifies = false // the password was the other factor
	if got, err := passkeys.FinishFactor(t.Context(), monday, kim.ID, asked.Challenge, device.Get(t, asked.Options), office, quiet()); err != nil || got.ID != kim.ID {
		t.Errorf("%+v, %v", got, err)
	}
	for n := range 8 {
		_, err := passkeys.FinishFactor(t.Context(), monday, kim.ID, asked.Challenge, "{}", office, quiet())
		var many people.ErrTooMany
		if n < 5 && !errors.Is(err, people.ErrPasskey) || n >= 5 && !errors.As(err, &many) {
			t.Errorf("try %d: %v", n, err)
		}
	}
}

func anAnswerCountsOnce(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	device, _ := add(t, passkeys, kim.ID)
	device.Steps = 1
	asked := ask(t, passkeys)
	answer := device.Get(t, asked.Options)
	if _, err := passkeys.FinishSignIn(t.Context(), monday, asked.Challenge, answer, office, quiet()); err != nil {
		t.Fatal(err)
	}
	for name, challenge := range map[string]string{"another question": ask(t, passkeys).Challenge, "no question": "", "the empty one": "AAAA"} {
		if _, err := passkeys.FinishSignIn(t.Context(), monday, challenge, answer, office, quiet()); !errors.Is(err, people.ErrPasskey) {
			t.Errorf("the answer to %s: %v", name, err)
		}
	}
	for _, answer := range []string{"", "{}", "null", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, strings.Repeat("[", 10_000), device.Attest(t, asked.Challenge)} {
		if _, err := passkeys.FinishSignIn(t.Context(), monday, asked.Challenge, answer, office, quiet()); !errors.Is(err, people.ErrPasskey) {
			t.Errorf("%.30q as an answer: %v", answer, err)
		}
	}
}

func anAnswerFromAnotherSite(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	device, _ := add(t, passkeys, kim.ID)
	for name, change := range map[string]func(*passkey.Authenticator){
		"another host":    func(a *passkey.Authenticator) { a.Origin = "https://privacy.moxora.example.evil.example" },
		"a host below":    func(a *passkey.Authenticator) { a.Origin = "https://mail.privacy.moxora.example" },
		"another port":    func(a *passkey.Authenticator) { a.Origin = site + ":8443" },
		"without TLS":     func(a *passkey.Authenticator) { a.Origin = "http://privacy.moxora.example" },
		"for another key": func(a *passkey.Authenticator) { a.Host = "moxora.example" },
		"another account": func(a *passkey.Authenticator) { a.Handle = []byte("somebody else's!") },
		"no account":      func(a *passkey.Authenticator) { a.Handle = nil },
	} {
		twin, asked := device.Copy(), ask(t, passkeys)
		change(twin)
		if _, err := passkeys.FinishSignIn(t.Context(), monday, asked.Challenge, twin.Get(t, asked.Options), office, quiet()); !errors.Is(err, people.ErrPasskey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twin := device.Copy()
	twin.Origin = "https://evil.example"
	asked, err := passkeys.BeginAdd(t.Context(), kim.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := passkeys.FinishAdd(t.Context(), monday, kim.ID, asked.Challenge, twin.Create(t, asked.Options), "From elsewhere"); !errors.Is(err, people.ErrPasskey) {
		t.Errorf("adding from another site: %v", err)
	}
}

func whoHoldsItMustBeChecked(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	device, _ := add(t, passkeys, kim.ID)
	device.Verifies = false
	asked := ask(t, passkeys)
	if _, err := passkeys.FinishSignIn(t.Context(), monday, asked.Challenge, device.Get(t, asked.Options), office, quiet()); !errors.Is(err, people.ErrPasskey) {
		t.Errorf("a key that anybody can press: %v", err)
	}
}

func anothersPasskeyIsNoFactorOfMine(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	lee := create(t, register, people.User{Email: "lee@moxora.example", Name: "Lee", Role: access.Handler, Policies: access.AllPolicies()})
	add(t, passkeys, kim.ID)
	theirs, _ := add(t, passkeys, lee.ID)
	asked, err := passkeys.BeginFactor(t.Context(), kim.ID)
	if err != nil || theirs.Allowed(t, asked.Options) {
		t.Fatalf("Kim is asked for Lee's passkey: %v", err)
	}
	answers := map[string]string{"as it is": theirs.Get(t, asked.Options)}
	theirs.Handle = nil
	answers["without an account"] = theirs.Get(t, asked.Options)
	for name, answer := range answers {
		if got, err := passkeys.FinishFactor(t.Context(), monday, kim.ID, asked.Challenge, answer, office, quiet()); !errors.Is(err, people.ErrPasskey) {
			t.Errorf("Lee's passkey for Kim, %s: %+v, %v", name, got, err)
		}
	}
	list, err := passkeys.List(t.Context(), lee.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := passkeys.Remove(t.Context(), kim.ID, list[0].ID); !errors.Is(err, people.ErrNotFound) {
		t.Errorf("Kim removes Lee's passkey: %v", err)
	}
	if err := passkeys.Rename(t.Context(), kim.ID, list[0].ID, "Mine"); !errors.Is(err, people.ErrNotFound) {
		t.Errorf("Kim names Lee's passkey: %v", err)
	}
}

func aPasskeyIsOnOneListOnly(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	device, _ := add(t, passkeys, kim.ID)
	asked, err := passkeys.BeginAdd(t.Context(), kim.ID)
	if err != nil || !strings.Contains(asked.Options, `"excludeCredentials":[{`) || !strings.Contains(asked.Options, `"attestation":"none"`) {
		t.Fatalf("asked to make %s: %v", asked.Options, err)
	}
	lee := create(t, register, people.User{Email: "lee@moxora.example", Name: "Lee", Role: access.Handler, Policies: access.AllPolicies()})
	for _, id := range []int64{kim.ID, lee.ID} {
		asked, err := passkeys.BeginAdd(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := passkeys.FinishAdd(t.Context(), monday, id, asked.Challenge, device.Attest(t, asked.Challenge), "Again"); !errors.Is(err, people.ErrPasskeyKnown) {
			t.Errorf("the same passkey for user %d: %v", id, err)
		}
	}
	for range 9 {
		add(t, passkeys, kim.ID)
	}
	if _, err := passkeys.BeginAdd(t.Context(), kim.ID); !errors.Is(err, people.ErrManyPasskeys) {
		t.Errorf("an eleventh: %v", err)
	}
}

func aRemovedPasskeyOpensNothing(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	device, made := add(t, passkeys, kim.ID)
	if _, err := register.NewCodes(t.Context(), kim.ID); err != nil {
		t.Fatal(err)
	}
	asked := ask(t, passkeys)
	if err := passkeys.Remove(t.Context(), kim.ID, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := passkeys.FinishSignIn(t.Context(), monday, asked.Challenge, device.Get(t, asked.Options), office, quiet()); !errors.Is(err, people.ErrPasskey) {
		t.Errorf("a removed passkey: %v", err)
	}
	if u, err := register.Find(t.Context(), kim.ID); err != nil || u.Factors != (people.Factors{}) {
		t.Errorf("what is left: %+v, %v", u.Factors, err)
	}
	if err := passkeys.Remove(t.Context(), kim.ID, made.ID); !errors.Is(err, people.ErrNotFound) {
		t.Errorf("removing it twice: %v", err)
	}
}

func whoHasLeftIsNotLetIn(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	device, _ := add(t, passkeys, kim.ID)
	write(t, db, "UPDATE users SET active = FALSE") // as it would be while they are under way
	asked := ask(t, passkeys)
	if _, err := passkeys.FinishSignIn(t.Context(), monday, asked.Challenge, device.Get(t, asked.Options), office, quiet()); !errors.Is(err, people.ErrPasskey) {
		t.Errorf("who has left: %v", err)
	}
	write(t, db, "UPDATE users SET active = TRUE")
	if err := register.Deactivate(t.Context(), kim.ID); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, "user_passkeys"); n != 0 {
		t.Errorf("%d passkeys stay", n)
	}
}

func aCopiedPasskeyIsBlocked(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	device, made := add(t, passkeys, kim.ID)
	device.Steps = 1
	twin := device.Copy()
	use := func(a *passkey.Authenticator) (blocked int, err error) {
		asked := ask(t, passkeys)
		_, err = passkeys.FinishSignIn(t.Context(), monday, asked.Challenge, a.Get(t, asked.Options), office, noted(new(int), &blocked))
		return blocked, err
	}
	for range 2 {
		if _, err := use(device); err != nil {
			t.Fatal(err)
		}
	}
	if blocked, err := use(twin); !errors.Is(err, people.ErrSuspect) || blocked != 1 {
		t.Errorf("the copy: %v, noted %d times", err, blocked)
	}
	if blocked, err := use(device); !errors.Is(err, people.ErrSuspect) || blocked != 0 {
		t.Errorf("the first one afterwards: %v, noted %d times", err, blocked)
	}
	list, err := passkeys.List(t.Context(), kim.ID)
	if err != nil || len(list) != 1 || !list[0].Suspect {
		t.Errorf("the list: %+v, %v", list, err)
	}
	// A password alone must not be enough now.
	if u, err := register.SignIn(t.Context(), monday, email, password, office); err != nil || !u.Factors.Any() {
		t.Errorf("the password: %+v, %v", u.Factors, err)
	}
	if err := passkeys.Remove(t.Context(), kim.ID, made.ID); err != nil {
		t.Error(err)
	}
}

func passkeysHaveNames(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	_, made := add(t, passkeys, kim.ID)
	if err := passkeys.Rename(t.Context(), kim.ID, made.ID, "Grüner Schlüssel"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "   ", strings.Repeat("k", 61), "two\nlines"} {
		var faults people.FieldErrors
		if err := passkeys.Rename(t.Context(), kim.ID, made.ID, name); !errors.As(err, &faults) || faults["name"] == "" {
			t.Errorf("the name %q: %v", name, err)
		}
		if _, err := passkeys.FinishAdd(t.Context(), monday, kim.ID, "", "", name); !errors.Is(err, people.ErrInvalid) {
			t.Errorf("adding one as %q: %v", name, err)
		}
	}
	list, err := passkeys.List(t.Context(), kim.ID)
	if err != nil || list[0].Name != "Grüner Schlüssel" {
		t.Errorf("the list: %+v, %v", list, err)
	}
	var sealed []byte
	if err := database.Row(t.Context(), db.Read(), []any{&sealed}, "SELECT sealed_name FROM user_passkeys"); err != nil || strings.Contains(string(sealed), "Schl") {
		t.Errorf("the name lies in the clear: %q, %v", sealed, err)
	}
}

func theLastFactorStays(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	passkeys := passkeysOf(t, register)
	_, first := add(t, passkeys, kim.ID)
	_, second := add(t, passkeys, kim.ID)
	if err := register.AskFactor(t.Context(), people.FactorRule{Policy: "moxora", AskedAt: monday, ByWhen: monday}); err != nil {
		t.Fatal(err)
	}
	if err := passkeys.Remove(t.Context(), kim.ID, first.ID); err != nil {
		t.Errorf("one of two: %v", err)
	}
	if err := passkeys.Remove(t.Context(), kim.ID, second.ID); !errors.Is(err, people.ErrLastFactor) {
		t.Errorf("the last one: %v", err)
	}
	if n := count(t, db, "user_passkeys"); n != 1 {
		t.Errorf("%d passkeys are left", n)
	}
}

func TestPasskeysBelongToTheNameOfTheSite(t *testing.T) {
	for address, want := range map[string]string{
		"https://privacy.example.com": "https://privacy.example.com", "https://privacy.example.com:8443": "https://privacy.example.com:8443",
		"http://localhost:8080": "http://localhost:8080", "http://127.0.0.1:8080": "http://localhost:8080", "http://[::1]:8080": "http://localhost:8080",
		"https://192.0.2.7": "", "": "", "privacy.example.com": "",
	} {
		passkeys, err := people.NewPasskeys(nil, address)
		if want == "" && !errors.Is(err, people.ErrNoHost) || want != "" && (err != nil || passkeys.Origin() != want) {
			t.Errorf("%q: %v, want %q", address, err, want)
		}
	}
}
