package people_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/people"
)

// wrong tries a wrong password and fails unless it is refused as wrong.
func wrong(t testing.TB, register *people.Register, now time.Time, address, network string) {
	t.Helper()
	if _, err := register.SignIn(t.Context(), now, address, "ten otters, two canoes", network); !errors.Is(err, people.ErrCredentials) {
		t.Fatalf("a wrong password at %v: %v", now, err)
	}
}

func TestSigningIn(t *testing.T) {
	tell(t, []story{
		{"only the right password of somebody at work will do", signingIn},
		{"a new password replaces the old", aNewPasswordReplacesTheOld},
		{"a guesser is slowed down", aGuesserIsSlowedDown},
		{"addresses of nobody are counted alike", addressesOfNobodyAreCountedAlike},
		{"a right password is not counted", aRightPasswordIsNotCounted},
		{"a network that tries many addresses is slowed down", aNetworkThatTriesManyAddressesIsSlowedDown},
		{"a stranger cannot lock a colleague out", aStrangerCannotLockAColleagueOut},
		{"one network alone never uses up the limit of an address", oneNetworkAloneNeverUsesUpTheLimitOfAnAddress},
		{"a network is forgotten after ninety days", aNetworkIsForgottenAfterNinetyDays},
	})
}

func signingIn(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	gone := create(t, register, people.User{Email: "gone@moxora.example", Name: "Gone", Role: access.Auditor, Policies: access.AllPolicies()})
	if err := register.Deactivate(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, email, password string
		want                  error
	}{
		{"the right password", email, password, nil},
		{"the address typed otherwise", " KIM@Moxora.example ", password, nil},
		{"a wrong password", email, "ten otters, two canoes", people.ErrCredentials},
		{"the password in other case", email, "Nine Otters, One Canoe", people.ErrCredentials},
		{"no password", email, "", people.ErrCredentials},
		{"a password longer than any", email, password + string(make([]byte, 1<<20)), people.ErrCredentials},
		{"an address nobody has", "lee@moxora.example", password, people.ErrCredentials},
		{"what is no address", "kim\x00\xff", password, people.ErrCredentials},
		{"somebody who has left", "gone@moxora.example", password, people.ErrCredentials},
	}
	for _, c := range cases {
		got, err := register.SignIn(t.Context(), monday, c.email, c.password, office)
		if !errors.Is(err, c.want) || c.want == nil && got.ID != kim.ID {
			t.Errorf("%s: %+v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func aNewPasswordReplacesTheOld(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	if err := register.SetPassword(t.Context(), kim.ID, "eleven herons, no boat"); err != nil {
		t.Fatal(err)
	}
	if _, err := register.SignIn(t.Context(), monday, email, password, office); !errors.Is(err, people.ErrCredentials) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := register.SignIn(t.Context(), monday, email, "eleven herons, no boat", office); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if err := register.SetPassword(t.Context(), kim.ID, "Kim Otter, Kim Otter"); !errors.Is(err, people.ErrInvalid) {
		t.Errorf("the name as password: %v", err)
	}
	if err := register.SetPassword(t.Context(), 99, "eleven herons, no boat"); !errors.Is(err, people.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func aGuesserIsSlowedDown(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	for range 10 {
		wrong(t, register, monday, email, office)
	}
	refused := func(now time.Time, want time.Duration) {
		t.Helper()
		_, err := register.SignIn(t.Context(), now, email, password, office)
		var many people.ErrTooMany
		if !errors.As(err, &many) || many.RetryAfter != want {
			t.Errorf("at %v: %v, wait %v; want to wait %v", now, err, many.RetryAfter, want)
		}
	}
	refused(monday, 90*time.Second)
	refused(monday.Add(time.Minute), 30*time.Second) // the refused attempt did not count
	if _, err := register.SignIn(t.Context(), monday.Add(90*time.Second), email, password, office); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func addressesOfNobodyAreCountedAlike(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	for _, address := range []string{email, "nobody@moxora.example", "no address"} {
		answers := ""
		for i := range 12 {
			_, err := register.SignIn(t.Context(), monday, address, fmt.Sprint("guess number ", i), "198.51.100."+address)
			answers += fmt.Sprintln(err)
		}
		want := ""
		for i := range 12 {
			if want += people.ErrCredentials.Error() + "\n"; i >= 10 {
				want = want[:len(want)-len(people.ErrCredentials.Error())-1] + "too many attempts: try again in 2 minutes\n"
			}
		}
		if answers != want {
			t.Errorf("%s: got\n%swant\n%s", address, answers, want)
		}
	}
}

func aRightPasswordIsNotCounted(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	for range 9 {
		wrong(t, register, monday, email, office)
	}
	for range 30 {
		if _, err := register.SignIn(t.Context(), monday, email, password, office); err != nil {
			t.Fatal(err)
		}
	}
	// Nor does it wipe out what was counted, or a guesser with an account
	// of their own would never be slowed down.
	wrong(t, register, monday, email, office)
	if _, err := register.SignIn(t.Context(), monday, email, password, office); !errors.As(err, new(people.ErrTooMany)) {
		t.Errorf("after ten wrong ones: %v", err)
	}
}

func aNetworkThatTriesManyAddressesIsSlowedDown(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	if _, err := register.SignIn(t.Context(), monday, email, password, office); err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		wrong(t, register, monday, fmt.Sprintf("user%d@moxora.example", i), office)
	}
	_, err := register.SignIn(t.Context(), monday, "another@moxora.example", password, office)
	var many people.ErrTooMany
	if !errors.As(err, &many) || many.RetryAfter != time.Minute {
		t.Errorf("the sixty-first address: %v", err)
	}
	if _, err := register.SignIn(t.Context(), monday, email, password, office); err != nil {
		t.Errorf("who is known in that network: %v", err)
	}
}

func aStrangerCannotLockAColleagueOut(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	if _, err := register.SignIn(t.Context(), monday, email, password, office); err != nil {
		t.Fatal(err)
	}
	// Strangers in many networks guess again and again, as fast as they are let.
	now := monday
	for week := range 3 {
		now = monday.AddDate(0, 0, 7*week)
		for i := 0; ; i++ {
			_, err := register.SignIn(t.Context(), now, email, "ten otters, two canoes", fmt.Sprintf("203.0.113.%d", i/10))
			if errors.As(err, new(people.ErrTooMany)) {
				break
			}
			if i > 100 {
				t.Fatal("the guessers are never slowed down")
			}
		}
		if _, err := register.SignIn(t.Context(), now, email, password, office); err != nil {
			t.Fatalf("week %d: Kim at the office: %v", week, err)
		}
	}
	if _, err := register.SignIn(t.Context(), now, email, password, "198.51.100.9"); !errors.As(err, new(people.ErrTooMany)) {
		t.Errorf("Kim on a train: %v", err)
	}
	if _, err := register.SignIn(t.Context(), now.Add(72*time.Second), email, password, "198.51.100.9"); err != nil {
		t.Errorf("Kim on a train, when the guessers pause: %v", err)
	}
}

func oneNetworkAloneNeverUsesUpTheLimitOfAnAddress(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	now := monday
	for range 150 {
		_, err := register.SignIn(t.Context(), now, email, "ten otters, two canoes", "203.0.113.1")
		var many people.ErrTooMany
		if errors.As(err, &many) {
			now = now.Add(many.RetryAfter)
		} else if !errors.Is(err, people.ErrCredentials) {
			t.Fatal(err)
		}
	}
	if _, err := register.SignIn(t.Context(), now, email, password, "198.51.100.9"); err != nil {
		t.Errorf("Kim in a new network: %v", err)
	}
}

func aNetworkIsForgottenAfterNinetyDays(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	if _, err := register.SignIn(t.Context(), monday, email, password, office); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		days int
		want error
	}{{89, people.ErrCredentials}, {91, people.ErrTooMany{}}} {
		now := monday.AddDate(0, 0, step.days)
		for i := range 50 {
			wrong(t, register, now, email, fmt.Sprintf("203.0.113.%d", i/10))
		}
		_, err := register.SignIn(t.Context(), now, email, "ten otters, two canoes", office)
		if fmt.Sprintf("%T", err) != fmt.Sprintf("%T", step.want) {
			t.Errorf("after %d days: %v", step.days, err)
		}
	}
}

func TestAFloodAtOnceGetsNoFurtherThanOneAfterAnother(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		ring := newRing(t)
		var processes []*people.Register
		for range 2 {
			register, err := people.New(dbtest.Open(t, url), ring, cheap())
			if err != nil {
				t.Fatal(err)
			}
			processes = append(processes, register)
		}
		create(t, processes[0], kim())
		errs := make([]error, 100)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				_, errs[i] = processes[i%2].SignIn(t.Context(), monday, email, fmt.Sprint("guess number ", i), office)
			})
		}
		all.Wait()
		checked := 0
		for _, err := range errs {
			switch {
			case errors.Is(err, people.ErrCredentials):
				checked++
			case !errors.As(err, new(people.ErrTooMany)):
				t.Error(err)
			}
		}
		if checked != 10 {
			t.Errorf("%d guesses of a flood were checked, want 10", checked)
		}
	})
}

func TestTheTimeDoesNotTellWhoIsHere(t *testing.T) {
	register, err := people.New(dbtest.Open(t, dbtest.SQLite(t)), newRing(t), people.OWASP())
	if err != nil {
		t.Fatal(err)
	}
	create(t, register, kim())
	quickest := map[string]time.Duration{email: time.Hour, "lee@moxora.example": time.Hour, "no address": time.Hour}
	for i := range 3 {
		for address, least := range quickest {
			began := time.Now()
			wrong(t, register, monday, address, fmt.Sprintf("203.0.113.%d", i))
			quickest[address] = min(least, time.Since(began))
		}
	}
	// A busy computer may slow one of them down a few times; without its hash
	// an attempt would be thirty times as quick.
	for address, least := range quickest {
		if least < quickest[email]/8 || least > quickest[email]*8 {
			t.Errorf("%s takes %v, Kim's address %v", address, least, quickest[email])
		}
	}
}
