package people

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/vault"
)

func testRegister(t *testing.T, db *database.DB, cost Hashing) *Register {
	t.Helper()
	ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	register, err := New(db, ring, cost)
	if err != nil {
		t.Fatal(err)
	}
	u := User{Email: "kim@moxora.example", Name: "Kim", Role: access.Handler, Policies: access.AllPolicies()}
	if _, err := register.Create(t.Context(), time.Unix(0, 0), u, "nine otters, one canoe"); err != nil {
		t.Fatal(err)
	}
	return register
}

func TestAFloodTakesNoMoreThanItsShare(t *testing.T) {
	h, err := newHasher(Hashing{Memory: 8, Passes: 1, Parallel: 3, Waiting: 4})
	if err != nil {
		t.Fatal(err)
	}
	var atWork, most, let, busy atomic.Int64
	hold := make(chan struct{})
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			err := h.within(t.Context(), func() error {
				now := atWork.Add(1)
				for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
				}
				<-hold
				atWork.Add(-1)
				let.Add(1)
				return nil
			})
			if errors.Is(err, ErrBusy) && busy.Add(1) == 193 {
				close(hold) // all but those at work and in the queue were sent away
			}
		})
	}
	all.Wait()
	if most.Load() != 3 || let.Load() != 7 || busy.Load() != 193 {
		t.Errorf("%d at once, %d let in, %d sent away; want 3, 7 and 193", most.Load(), let.Load(), busy.Load())
	}
}

func TestWhoGivesUpLeavesTheQueue(t *testing.T) {
	h, err := newHasher(Hashing{Memory: 8, Passes: 1, Parallel: 1, Waiting: 1})
	if err != nil {
		t.Fatal(err)
	}
	err = h.within(t.Context(), func() error {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 3 {
			if err := h.within(gone, func() error { return nil }); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestABusyMomentIsTheSameForEverybodyAndCountsForNobody(t *testing.T) {
	register := testRegister(t, dbtest.Open(t, dbtest.SQLite(t)), Hashing{Memory: 8, Passes: 1, Parallel: 1})
	now := time.Unix(1e9, 0)
	err := register.hash.within(t.Context(), func() error {
		for range 20 {
			for _, email := range []string{"kim@moxora.example", "lee@moxora.example", "no address"} {
				if _, err := register.SignIn(t.Context(), now, email, "nine otters, one canoe", "office"); !errors.Is(err, ErrBusy) {
					t.Errorf("%s: %v", email, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := register.SignIn(t.Context(), now, "kim@moxora.example", "nine otters, one canoe", "office"); err != nil {
		t.Error(err)
	}
}

func TestASignInThatHasToWriteTheHash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		register := testRegister(t, db, Hashing{Memory: 8, Passes: 1, Parallel: 1})
		hashesAgainWhenTheCostHasChanged(t, register)
		seesWhatChangedMeanwhile(t, register)
	})
}

func hashesAgainWhenTheCostHasChanged(t *testing.T, register *Register) {
	dearer, err := New(register.db, register.ring, Hashing{Memory: 16, Passes: 2, Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := dearer.SignIn(t.Context(), time.Unix(1e9, 0), "kim@moxora.example", "nine otters, one canoe", "home"); err != nil {
			t.Fatal(err)
		}
		row, err := selectUser(t.Context(), register.db.Read(), "u.active = ?", true)
		if err != nil || !strings.HasPrefix(row.PasswordHash, "$argon2id$v=19$m=16,t=2,p=1$") {
			t.Errorf("%v, %v", row, err)
		}
	}
}

func nobodyArrives(context.Context, bun.Tx, User, []byte) error {
	return errors.New("they were let in")
}

// A password is changed, and a person leaves, while the password is checked.
func seesWhatChangedMeanwhile(t *testing.T, register *Register) {
	now := time.Unix(1e9, 0)
	a := register.attempt("kim@moxora.example", "office")
	for name, change := range map[string]func(id int64) error{
		"a new password": func(id int64) error { return register.SetPassword(t.Context(), id, "eleven herons, no boat") },
		"having left":    func(id int64) error { return register.Deactivate(t.Context(), id) },
	} {
		row, err := register.lookUp(t.Context(), now, a)
		if err != nil || row.Known {
			t.Fatalf("known: %v, %v", row.Known, err)
		}
		if err := change(row.ID); err != nil {
			t.Fatal(err)
		}
		row.Active = true // as it was when the password was checked
		if _, err := register.admit(t.Context(), row, "renewed", a, register.charges(a, false), nobodyArrives); !errors.Is(err, ErrCredentials) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
