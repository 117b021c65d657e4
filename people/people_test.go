package people_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/internal/dbtest"
	"dsr/people"
	"dsr/vault"
)

const (
	email    = "kim@moxora.example"
	password = "nine otters, one canoe"
	office   = "192.0.2.7"
)

// monday is when the tests play; later instants are given from it.
var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// cheap lets a test hash often. What one costs is no part of the behaviour.
func cheap() people.Hashing {
	return people.Hashing{Memory: 8, Passes: 1, Parallel: 2, Waiting: 500}
}

func newRing(t testing.TB) *vault.Ring {
	t.Helper()
	ring, err := vault.CreateRing(filepath.Join(t.TempDir(), "keys"), monday)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func newRegister(t testing.TB, db *database.DB) *people.Register {
	t.Helper()
	register, err := people.New(db, newRing(t), cheap())
	if err != nil {
		t.Fatal(err)
	}
	return register
}

func kim() people.User {
	return people.User{Email: email, Name: "Kim Otter", Role: access.Handler, Policies: access.OnlyPolicies("moxora", "opvio")}
}

func create(t testing.TB, register *people.Register, u people.User) people.User {
	t.Helper()
	u, err := register.Create(t.Context(), monday, u, password)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// A story is told on both engines, with a register that knows Kim alone. Making
// a database takes long, so several stories share one that is emptied.
type story struct {
	name string
	tell func(t *testing.T, db *database.DB, register *people.Register, kim people.User)
}

func tell(t *testing.T, stories []story) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for _, s := range stories {
			t.Run(s.name, func(t *testing.T) {
				for _, table := range []string{"sessions", "attempts", "user_networks", "account_links", "user_apps", "user_codes", "user_passkeys", "user_identities", "staff_letters", "failed_sign_ins", "factor_rules", "users"} {
					write(t, db, "DELETE FROM "+table)
				}
				register := newRegister(t, db)
				s.tell(t, db, register, create(t, register, kim()))
			})
		}
	})
}

func count(t testing.TB, db *database.DB, table string) int {
	t.Helper()
	n, err := db.Read().NewSelect().Table(table).Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func write(t testing.TB, db *database.DB, statement string, args ...any) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheSweep(t *testing.T) {
	tell(t, []story{
		{"it leaves what still counts", theSweepLeavesWhatStillCounts},
		{"it removes more than one batch", theSweepRemovesMoreThanOneBatch},
		{"it empties old letters that were sent", theSweepEmptiesOldLetters},
	})
}

func theSweepLeavesWhatStillCounts(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	if _, err := register.SignIn(t.Context(), monday, email, password, office); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		wrong(t, register, monday, email, "198.51.100.1")
	}
	for _, step := range []struct {
		after              time.Duration
		removed            int64
		attempts, networks int
	}{
		{time.Second, 2, 3, 1}, // what the right password took back; three limits still count the wrong ones
		{time.Hour, 3, 0, 1},
		{89 * 24 * time.Hour, 0, 0, 1},
		{90 * 24 * time.Hour, 1, 0, 0},
	} {
		removed, err := register.Sweep(t.Context(), monday.Add(step.after))
		if err != nil || removed != step.removed {
			t.Errorf("after %v: removed %d, %v; want %d", step.after, removed, err, step.removed)
		}
		if a, n := count(t, db, "attempts"), count(t, db, "user_networks"); a != step.attempts || n != step.networks {
			t.Errorf("after %v: %d attempts and %d networks are left, want %d and %d", step.after, a, n, step.attempts, step.networks)
		}
	}
}

func theSweepEmptiesOldLetters(t *testing.T, db *database.DB, register *people.Register, kim people.User) {
	var sent, waits int64
	err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
		if sent, err = register.Post(ctx, tx, monday, kim.ID, people.Letter{Kind: "team_digest", MessageID: "sent@example.com", Content: []byte("what waits")}); err == nil {
			waits, err = register.Post(ctx, tx, monday, kim.ID, people.Letter{Kind: "team_digest", MessageID: "waits@example.com", Content: []byte("what waits")})
		}
		return err
	})
	if err = errors.Join(err, register.Posted(t.Context(), monday, sent, "")); err != nil {
		t.Fatal(err)
	}
	for days, want := range []int64{89: 0, 90: 1, 91: 0} {
		if days < 89 {
			continue
		}
		if n, err := register.Sweep(t.Context(), monday.AddDate(0, 0, days)); n != want || err != nil {
			t.Errorf("after %d days %d letters are emptied, want %d: %v", days, n, want, err)
		}
		_, err := register.Letter(t.Context(), sent)
		if gone := errors.Is(err, people.ErrNotFound); gone != (days >= 90) {
			t.Errorf("after %d days the letter that was sent: %v", days, err)
		}
	}
	if l, err := register.Letter(t.Context(), waits); err != nil || string(l.Content) != "what waits" {
		t.Errorf("the letter that waits: %v", err)
	}
	if n := count(t, db, "staff_letters"); n != 2 {
		t.Errorf("%d letters are known, want 2", n)
	}
}

func theSweepRemovesMoreThanOneBatch(t *testing.T, db *database.DB, register *people.Register, _ people.User) {
	err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for i := range 2001 {
			key := []byte{byte(i >> 8), byte(i)}
			if _, err := database.Exec(ctx, tx, "INSERT INTO attempts (key, clear_at) VALUES (?, ?)", key, monday.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if removed, err := register.Sweep(t.Context(), monday); err != nil || removed != 2001 {
		t.Errorf("removed %d, %v", removed, err)
	}
}
